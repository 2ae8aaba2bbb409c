//! Whole repositories whose files were changed: every way to scan one ends.
#![no_main]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::sync::{LazyLock, Mutex};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use outgate::walker::{
    Commits, Coverage, Error, Haystack, History, Origin, Repository, Run, scan_range, scan_staged,
    scan_tree,
};
use outgate_fuzz::{forgive_decoders, scan, scratch_folder};
use sha1::{Digest as _, Sha1};

/// What happens to a file.
#[derive(Arbitrary, Debug)]
enum Change<'a> {
    Set { at: u16, bytes: &'a [u8] },
    Flip { at: u16, by: u8 },
    Cut { to: u16 },
    Whole(&'a [u8]),
    Lose,
}

#[derive(Arbitrary, Debug)]
struct Patch<'a> {
    file: u8,
    change: Change<'a>,
    /// Whether the checksum at the end is made to fit.
    is_sealed: bool,
}

#[derive(Arbitrary, Debug)]
enum Scan {
    History,
    Whole,
    Tree,
    Staged,
    Range,
}

/// The file and its sound bytes.
type File = (PathBuf, Vec<u8>);

/// One file of every kind that git keeps.
const BUILD: &str = r#"
set -e
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_AUTHOR_DATE='1700000000 +0100'
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_COMMITTER_DATE='1700000000 +0100'
git init --quiet --initial-branch=main .
for version in 1 2 3 4 5 6; do
    mkdir -p sub
    seq $((version * 3)) 90 | sed 's/^/needle-line-/' >a.txt
    seq $((version * 5)) 60 | sed 's/^/needle-other-/' >sub/b.txt
    git add --all
    git commit --quiet --message "version $version"
    test $version != 3 || { git tag --annotate --message 'a tag' v1; git repack -dq; }
done
git branch other HEAD~2
git pack-refs --all
git repack -dq --depth=20 --window=20
git multi-pack-index write
git commit-graph write --reachable
echo needle-staged >>a.txt
git add a.txt
echo needle-stashed >>sub/b.txt
git stash --quiet
echo needle-last >c.txt
git add c.txt
git commit --quiet --message last
echo needle-new >d.txt
git add d.txt
echo 0000000000000000000000000000000000000001 >.git/shallow
mkdir -p .git/objects/info
echo ../nowhere >.git/objects/info/alternates
rm -rf .git/hooks .git/description .git/info/exclude
"#;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = scratch_folder().join("repository");
    fs::create_dir_all(&folder).expect("the folder for temporary files can be written to");
    let status = Command::new("sh")
        .args(["-c", BUILD])
        .current_dir(&folder)
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "git made no repository"
    );
    folder
});

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let mut files = Vec::new();
    list(&FOLDER.join(".git"), &mut files);
    files.sort();
    files
});

fn list(folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("git made it").flatten() {
        let path = entry.path();
        if path.is_dir() {
            list(&path, files);
        } else {
            files.push((path.clone(), fs::read(&path).expect("git wrote it")));
        }
    }
}

fn change(bytes: &mut Vec<u8>, patch: &Patch<'_>) {
    let place = |at: u16, length: usize| usize::from(at) % length.max(1);
    match patch.change {
        Change::Whole(other) => *bytes = other.to_vec(),
        Change::Cut { to } => bytes.truncate(usize::from(to)),
        Change::Lose => {}
        Change::Flip { at, by } => {
            let at = place(at, bytes.len());
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= by;
            }
        }
        Change::Set { at, bytes: others } => {
            let at = place(at, bytes.len());
            for (byte, other) in bytes.iter_mut().skip(at).zip(others) {
                *byte = *other;
            }
        }
    }
    if let Some(end) = bytes.len().checked_sub(20).filter(|_| patch.is_sealed) {
        let seal = Sha1::digest(&bytes[..end]);
        bytes[end..].copy_from_slice(&seal);
    }
}

/// Writes what is changed, and gives the files that have to be put back.
fn apply(patches: &[Patch<'_>]) -> Vec<&'static File> {
    let mut touched = Vec::new();
    for patch in patches.iter().take(6) {
        let file = &FILES[usize::from(patch.file) % FILES.len()];
        let mut bytes = fs::read(&file.0).unwrap_or_default();
        change(&mut bytes, patch);
        // A file that is mapped must not be cut: it is made anew.
        let _ = fs::remove_file(&file.0);
        if !matches!(patch.change, Change::Lose) {
            fs::write(&file.0, bytes).expect("the folder can be written to");
        }
        touched.push(file);
    }
    touched
}

/// Scans the repository in one way; the ids of the blobs that were seen.
fn run(way: &Scan) -> Result<BTreeSet<String>, Error> {
    let blobs = Mutex::new(BTreeSet::new());
    let check = |haystack: &Haystack<'_>| {
        if let Origin::Blob { id, .. } = haystack.origin {
            blobs.lock().expect("one thread").insert(id.clone());
        }
    };
    let whole = matches!(way, Scan::Whole).then(|| History::open_whole(&FOLDER.join(".git")));
    let history = match (way, Repository::discover(&FOLDER)?) {
        (Scan::Whole, _) => whole.transpose()?,
        (Scan::History, Some(repository)) => Some(History::open(&repository)?),
        _ => None,
    };
    let mut fault = None;
    scan(false, history.is_some(), &check, |options, make| {
        let coverage = match (way, &history, Repository::discover(&FOLDER)) {
            (_, Some(history), _) => history.scan(options, make),
            (Scan::Tree, ..) => scan_tree(&FOLDER, options, make),
            (Scan::Staged, _, Ok(Some(repository))) => scan_staged(&repository, options, make),
            (Scan::Range, _, Ok(Some(repository))) => {
                let commits = Commits::Range("v1..HEAD".to_owned());
                scan_range(&repository, &commits, options, make)
            }
            _ => Ok(Coverage::default()),
        };
        coverage.unwrap_or_else(|error| {
            fault = Some(error);
            Coverage::default()
        })
    });
    let blobs = blobs.into_inner().expect("one thread");
    if let Some(history) = &history {
        let interrupt = AtomicBool::new(false);
        history.provenance(
            &blobs,
            Run {
                threads: 1,
                interrupt: &interrupt,
            },
        )?;
    }
    fault.map_or(Ok(blobs), Err)
}

fuzz_target!(init: forgive_decoders(), |input: (Scan, Vec<Patch<'_>>)| {
    let (way, patches) = input;
    let touched = apply(&patches);
    let blobs = run(&way);
    if touched.is_empty() && matches!(way, Scan::History | Scan::Whole) {
        assert!(
            blobs.is_ok_and(|blobs| blobs.len() > 10),
            "a sound repository is not read"
        );
    }
    for (path, bytes) in touched {
        let _ = fs::remove_file(path);
        fs::write(path, bytes).expect("the folder can be written to");
    }
});
