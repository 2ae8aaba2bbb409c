//! History: reading every blob of a generated repository, alone and with the whole pipeline.
//!
//! A pack without deltas shows what inflating costs, the same blobs as deltas what applying them
//! does: nearly all bytes of those come from copies.
//!
//! One worker thread, so that the rate is that of one core.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

use criterion::{Criterion, Throughput};
use outgate::detectors::DetectorSet;
use outgate::engine::Choice;
use outgate::findings::Verdict;
use outgate::pipeline::{self, Obedience, Part, Rules, Settings, Sources};
use outgate::verifier::Generic;
use outgate::walker::{
    Filter, Haystack, History, Options, Progress, Repository, Searched, Sink, Sizes,
};
use tempfile::TempDir;

use super::corpus::{self, Dice, File};

const COMMITS: usize = 300;
const FILES: usize = 40;
/// Larger than any blob of the repository, in bytes.
const MAX_FILE_SIZE: u64 = 1 << 20;

/// Does nothing with a haystack.
struct Ignore;

impl Sink for Ignore {
    fn search(&mut self, haystack: &Haystack<'_>) -> Searched {
        black_box(haystack.bytes);
        Searched::Whole
    }
}

/// A repository in a temporary folder.
struct Generated {
    folder: TempDir,
    /// The bytes of its different blobs.
    bytes: usize,
    blobs: usize,
}

impl Generated {
    /// Writes all objects into one pack with chains of at most `depth` deltas.
    fn repack(&self, depth: usize) {
        let depth = format!("--depth={depth}");
        git(
            self.folder.path(),
            &["repack", "-a", "-d", "-f", "--quiet", &depth],
            b"",
        );
    }
}

pub(crate) fn bench(criterion: &mut Criterion) {
    let generated = generate();
    let path = generated.folder.path();
    let mut group = criterion.benchmark_group("history");
    group.throughput(Throughput::Bytes(generated.bytes as u64));
    for (name, depth) in [("inflate", 0), ("apply deltas", 50)] {
        generated.repack(depth);
        group.bench_function(name, |bencher| {
            bencher.iter(|| read(path, generated.blobs));
        });
    }
    group.bench_function("scan", |bencher| bencher.iter(|| scan(path)));
    group.finish();
}

/// Reads the whole history for nothing.
fn read(path: &Path, blobs: usize) {
    let filter = Filter::new(&[]).unwrap();
    let options = Options {
        threads: 1,
        max_file_size: MAX_FILE_SIZE,
        sizes: Sizes::default(),
        filter: &filter,
        obey_gitignore: true,
        full_scan: false,
        list_all: false,
        stores: None,
        extracted: None,
        unpack: None,
        interrupt: &AtomicBool::new(false),
        progress: &Progress::default(),
    };
    let repository = Repository::discover(path).unwrap().unwrap();
    let history = History::open(&repository).unwrap();
    let coverage = history.scan(&options, &|| Box::new(Ignore)).unwrap();
    assert_eq!(coverage.objects, blobs as u64, "blobs read");
}

/// Scans the whole history and makes a report.
fn scan(path: &Path) {
    let settings = Settings {
        set: DetectorSet::embedded(),
        engine: Choice::default(),
        exclude: Vec::new(),
        rules: Rules::default(),
        audited: Rules::default(),
        comments: Obedience::Obey,
        notices: Vec::new(),
        today: jiff::civil::Date::default(),
        generic: Generic::Model,
        show: Verdict::Possible,
        gate: Some(Verdict::Possible),
        threads: 1,
        max_file_size: MAX_FILE_SIZE,
        sizes: Sizes::default(),
        obey_gitignore: true,
        full_scan: false,
        list_all: false,
        unpack: None,
        digest: false,
    };
    let sources = Sources::Paths {
        paths: vec![path.to_owned()],
        part: Part::History,
    };
    let interrupt = AtomicBool::new(false);
    let outcome = pipeline::run(settings, &sources, &interrupt, &Progress::default()).unwrap();
    assert!(
        !outcome.report.findings.is_empty(),
        "the planted token was not found"
    );
}

/// Makes a repository whose commits each change a few lines of one or two files; the middle one
/// adds a token.
fn generate() -> Generated {
    let mut dice = Dice::new(5);
    let mut files: Vec<File> = (0..FILES)
        .map(|number| corpus::file(number, &mut dice))
        .collect();
    let mut seen = BTreeSet::new();
    let mut stream = Vec::new();
    for commit in 0..COMMITS {
        let changed = match commit {
            0 => (0..FILES).collect(),
            _ => BTreeSet::from([dice.below(FILES), dice.below(FILES)]),
        };
        let time = 1_700_000_000 + commit;
        let head = format!(
            "commit refs/heads/main\ncommitter C <c@example.org> {time} +0000\ndata 6\nchange\n"
        );
        stream.extend(head.into_bytes());
        for number in changed {
            let file = &mut files[number];
            change(&mut file.text, &mut dice);
            if commit == COMMITS / 2 {
                let secret = corpus::token("github-pat", "history");
                file.text.extend([b"\n", secret.as_slice(), b"\n"].concat());
            }
            let (path, length) = (file.origin.path(), file.text.len());
            stream.extend(format!("M 100644 inline {path}\ndata {length}\n").into_bytes());
            stream.extend(&file.text);
            stream.push(b'\n');
            seen.insert(file.text.clone());
        }
    }
    let folder = tempfile::tempdir().unwrap();
    git(
        folder.path(),
        &["init", "--quiet", "--initial-branch=main"],
        b"",
    );
    git(folder.path(), &["fast-import", "--quiet"], &stream);
    Generated {
        folder,
        bytes: seen.iter().map(Vec::len).sum(),
        blobs: seen.len(),
    }
}

/// Replaces a few lines in the middle of a text.
fn change(text: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(text.len() / 2);
    let start = text[..at]
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |end| end + 1);
    let length = text[at..]
        .iter()
        .take(200)
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |end| end + 1);
    let lines: String = (0..3).map(|_| corpus::code_line(dice)).collect();
    text.splice(start..at + length, lines.into_bytes());
}

/// Runs git away from the user's configuration.
fn git(folder: &Path, arguments: &[&str], input: &[u8]) {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_WORK_TREE")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // Dropping the pipe is what ends the input.
    child.stdin.take().unwrap().write_all(input).unwrap();
    let status = child.wait().unwrap();
    assert!(status.success(), "git {arguments:?} ended with {status}");
}
