//! Files made to harm: nothing is lost that is healthy, nothing grows without bound, and what was not
//! read is in the ledger.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{build, every_kind, named, paths, tokens};
use crate::sandbox::{Sandbox, Seen};

/// Far more than any of the scans needs; one that does not end is stopped by no test harness.
const PATIENCE: Duration = Duration::from_secs(60);

fn scan_all() -> (Vec<String>, Seen) {
    let sandbox = Sandbox::folder();
    let names = build("hostile.py", Path::new("--names"), &[]);
    build("hostile.py", sandbox.root(), &tokens(names.len()));
    let started = Instant::now();
    let seen = sandbox.json(&["--unpack", "--max-unpacked=64M", "."]);
    assert!(started.elapsed() < PATIENCE);
    (names, seen)
}

#[test]
fn what_is_healthy_in_a_harmful_file_is_found_and_the_rest_is_told() {
    let (names, seen) = scan_all();
    let paths = paths(&seen);
    for name in &names {
        let is_within = |path: &&String| path.starts_with(name.as_str());
        assert!(
            paths.iter().any(|path| is_within(&path)),
            "{name}: {paths:#?}"
        );
    }
    let told = |kind: &str, reason: &str, expected: &[&str]| {
        let known = named(&seen, kind, reason);
        for one in expected {
            let is_known = known.iter().any(|name| name.starts_with(one));
            assert!(is_known, "{reason}: {one} is not in {known:#?}");
        }
    };
    told(
        "skipped",
        "encrypted",
        &["encrypted-zip!/locked", "locked-pdf"],
    );
    told(
        "skipped",
        "packed in a way that is not read",
        &["method-zip!/odd"],
    );
    told("skipped", "bundle that is not whole", &["partial-bundle"]);
    told(
        "skipped",
        "beyond the limits of unpacking",
        &[
            "bomb-bz2",
            "bomb-zip!/bomb",
            "nested-zip!/inner.zip!/inner.zip!/",
            "overlap-zip!/same",
            "quine-zip!/self-reproducing-archive-1.zip!/self-reproducing-archive-1.zip!/",
            "bomb-pack",
            "bomb-pdf",
        ],
    );
    told(
        "gaps",
        "damaged archive or document",
        &[
            "crc-gz",
            "cut-cab!/huge",
            "endless-avro",
            "huge-gz",
            "huge-pack",
            "loop-iso!/ALL",
            "cut-gz",
            "cut-pdf",
            "cut-png",
            "cut-xz",
            "headless-zip",
            "huge-tar!/huge",
            "misled-zip",
        ],
    );
    assert_eq!(seen.code, 1);
}

#[test]
fn members_that_lead_out_of_an_archive_are_names_and_no_more() {
    let sandbox = Sandbox::folder();
    let names = build("hostile.py", Path::new("--names"), &[]);
    build("hostile.py", sandbox.root(), &tokens(names.len()));
    let before = listing(sandbox.outside());
    let seen = sandbox.json(&["--unpack", "links-tar"]);
    assert_eq!(paths(&seen), ["links-tar!/../token"]);
    assert_eq!(listing(sandbox.outside()), before);
}

fn listing(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut all = Vec::new();
    for entry in entries {
        if entry.path().is_dir() {
            all.extend(listing(&entry.path()));
        }
        all.push(entry.path());
    }
    all.sort();
    all
}

/// Bytes that look random and are the same each time.
struct Noise(u64);

impl Noise {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % end.max(1)
    }
}

#[test]
fn no_damage_ends_a_scan() {
    let sandbox = Sandbox::folder();
    every_kind(&sandbox);
    let mut noise = Noise(7);
    let files: Vec<_> = listing(sandbox.root());
    for path in files.iter().filter(|path| path.is_file()) {
        let whole = fs::read(path).expect("it was built");
        for copy in 0..6 {
            let mut bytes = whole.clone();
            for _ in 0..=copy {
                let at = noise.below(bytes.len());
                bytes[at] = noise.below(256) as u8;
            }
            if copy % 3 == 2 {
                bytes.truncate(noise.below(bytes.len()));
            }
            let name = path.file_name().expect("a file").to_string_lossy();
            fs::write(path.with_file_name(format!("{copy}-{name}")), bytes).expect("a file");
        }
    }
    let started = Instant::now();
    let outcome = sandbox.scan(&["--unpack", "--max-unpacked=16M", "--format=json", "."]);
    assert!(started.elapsed() < PATIENCE);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
}
