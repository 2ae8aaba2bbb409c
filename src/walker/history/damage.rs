//! Damaged packs of either object format: what the damage hides is a gap.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::super::Filter;
use super::super::fixture::{Fixture, observe};
use super::super::id::Format;
use super::*;

/// A repository in one pack, with the ids of its blobs and the bytes of its index and pack.
struct Packed {
    fixture: Fixture,
    blobs: BTreeSet<String>,
    index: (PathBuf, Vec<u8>),
    pack: (PathBuf, Vec<u8>),
}

static SHORT: LazyLock<Packed> = LazyLock::new(|| pack_versions(Format::Sha1));
static LONG: LazyLock<Packed> = LazyLock::new(|| pack_versions(Format::Sha256));

fn pack_versions(format: Format) -> Packed {
    let fixture = Fixture::with_format(format);
    for version in 0..20 {
        for file in 0..8 {
            let line = format!("line of {file}, the same in every version\n");
            let text = format!("{}{}\n", line.repeat(10), version / (file + 1));
            fixture.write(&format!("folder-{}/file-{file}", file % 3), text);
        }
        fixture.commit("version");
    }
    fixture.git(&["repack", "-adfq", "--depth=20", "--window=30"]);
    let format = "--batch-check=%(objecttype) %(objectname)";
    let all = fixture.git(&["cat-file", "--batch-all-objects", format]);
    let blobs = all.lines().filter_map(|line| line.strip_prefix("blob "));
    let folder = fixture.path().join(".git/objects/pack");
    let files = fs::read_dir(folder).unwrap();
    let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    let read = |end: &str| {
        let has_end = |path: &&PathBuf| path.extension().is_some_and(|other| other == end);
        let path = files.iter().find(has_end).unwrap().clone();
        let bytes = fs::read(&path).unwrap();
        (path, bytes)
    };
    Packed {
        blobs: blobs.map(str::to_owned).collect(),
        index: read("idx"),
        pack: read("pack"),
        fixture,
    }
}

/// Replaces a file, which git makes read-only.
fn replace(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn what_damage_to_a_pack_hides_is_a_gap(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=u8::MAX), 0..4),
        in_index in any::<bool>(),
        cut in prop_oneof![Just(0), 0..400_usize],
        is_long in any::<bool>(),
    ) {
        let packed = if is_long { &*LONG } else { &*SHORT };
        let (path, sound) = if in_index { &packed.index } else { &packed.pack };
        let mut damaged = sound.clone();
        for (place, flip) in &flips {
            let at = place.index(damaged.len());
            damaged[at] ^= flip;
        }
        damaged.truncate(damaged.len() - cut);
        replace(path, &damaged);
        let repository = Repository::discover(packed.fixture.path()).unwrap().unwrap();
        let history = match History::open(&repository) {
            Ok(history) => history,
            Err(fault) => {
                replace(path, sound);
                let is_named = matches!(fault, Error::DamagedIndex { .. });
                prop_assert!(is_named, "{fault}");
                return Ok(());
            }
        };
        let (_, coverage) = observe(&Filter::new(&[]).unwrap(), |options, make| {
            history.scan(options, make).unwrap()
        });
        let run = Run { threads: 1, interrupt: &AtomicBool::new(false) };
        let places = history.provenance(&packed.blobs, run).unwrap();
        replace(path, sound);
        let expected = packed.blobs.len();
        let is_sound = flips.is_empty() && cut == 0;
        prop_assert!(coverage.objects as usize <= expected);
        if is_sound {
            prop_assert_eq!((coverage.objects as usize, places.len()), (expected, expected));
            prop_assert!(coverage.is_complete());
        }
        prop_assert!(
            coverage.objects as usize == expected || !coverage.is_complete(),
            "{} of {expected} blobs, and no gap", coverage.objects
        );
    }
}
