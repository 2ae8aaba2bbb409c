//! The fixture of this room's tests: throw-away repositories and a sink that remembers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::id::Format;
use super::{
    Content, Coverage, Filter, Fresh, Haystack, MakeSink, Options, Origin, Progress, Searched,
    Sink, Sizes,
};

/// A repository in a temporary folder, driven by the `git` command.
pub(super) struct Fixture(tempfile::TempDir);

impl Fixture {
    pub(super) fn new() -> Self {
        Self::with_format(Format::Sha1)
    }

    pub(super) fn with_format(format: Format) -> Self {
        let fixture = Self::plain();
        let format = match format {
            Format::Sha1 => "--object-format=sha1",
            Format::Sha256 => "--object-format=sha256",
        };
        fixture.git(&["init", "--quiet", "--initial-branch=main", format]);
        fixture.git(&["config", "core.excludesFile", "/dev/null"]);
        fixture
    }

    /// A folder without a repository.
    pub(super) fn plain() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Adds everything that git does not ignore and commits it; returns the id.
    pub(super) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        self.git_at("2024-05-06T07:08:09+02:00", arguments)
    }

    /// Runs git with this author and committer date.
    pub(super) fn git_at(&self, date: &str, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(self.path())
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .env_remove("GIT_WORK_TREE")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A")
            .env("GIT_AUTHOR_EMAIL", "a@example.org")
            .env("GIT_COMMITTER_NAME", "C")
            .env("GIT_COMMITTER_EMAIL", "c@example.org")
            .env("GIT_AUTHOR_DATE", date)
            .env("GIT_COMMITTER_DATE", date)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }
}

/// What a scan handed to its sinks: by path, each text with its fresh part in brackets.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<BTreeMap<String, Vec<String>>>);

impl Seen {
    /// The paths handed over.
    pub(super) fn paths(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }

    /// What was fresh under `path`, haystack after haystack, sorted.
    pub(super) fn fresh(&self, path: &str) -> Vec<String> {
        let mut texts = self
            .0
            .lock()
            .unwrap()
            .get(path)
            .cloned()
            .unwrap_or_default();
        texts.sort();
        texts
    }

    /// Every fresh text, sorted.
    pub(super) fn texts(&self) -> Vec<String> {
        let mut texts: Vec<_> = self.0.lock().unwrap().values().flatten().cloned().collect();
        texts.sort();
        texts
    }
}

struct Memory<'a>(&'a Seen);

impl Sink for Memory<'_> {
    fn search(&mut self, haystack: &Haystack<'_>) -> Searched {
        let ranges = match haystack.fresh {
            Fresh::All => std::slice::from_ref(&(0..haystack.bytes.len())).to_vec(),
            Fresh::Ranges(ranges) => ranges.to_vec(),
        };
        let mut text = String::new();
        for range in ranges {
            text.push_str(&String::from_utf8_lossy(&haystack.bytes[range]));
        }
        if haystack.content == Content::Binary {
            text.insert_str(0, "binary:");
        }
        if let Origin::Blob { id, .. } = haystack.origin {
            assert!(matches!(id.len(), 40 | 64), "{id}");
        }
        let mut seen = self.0.0.lock().unwrap();
        seen.entry(haystack.origin.path().to_owned())
            .or_default()
            .push(text);
        Searched::Whole
    }
}

/// Runs a scan with two threads, files up to 1,000 bytes, git's rules obeyed.
pub(super) fn observe(
    filter: &Filter,
    scan: impl FnOnce(&Options<'_>, &MakeSink<'_>) -> Coverage,
) -> (Seen, Coverage) {
    let seen = Seen::default();
    let options = Options {
        threads: 2,
        max_file_size: 1_000,
        sizes: Sizes::default(),
        filter,
        obey_gitignore: true,
        full_scan: false,
        list_all: false,
        stores: None,
        extracted: None,
        unpack: None,
        interrupt: &AtomicBool::new(false),
        progress: &Progress::default(),
    };
    let make = || -> Box<dyn Sink + '_> { Box::new(Memory(&seen)) };
    let coverage = scan(&options, &make);
    (seen, coverage)
}
