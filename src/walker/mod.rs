//! Sources of bytes: working tree, index, history, lists and streams.
//!
//! Owns reading: which bytes exist, which are read, which are not and why. Does not own
//! searching: every haystack goes to a `Sink`. The scanned repository is untrusted; nothing in
//! it is executed.

mod added;
mod content;
mod coverage;
mod extraction;
mod files;
mod filter;
#[cfg(test)]
mod fixture;
mod haystack;
mod history;
mod id;
mod ignored;
mod mapping;
mod naming;
mod range;
mod reasons;
mod repository;
mod staged;
mod stores;
mod strays;
mod unpack;
mod worker;
mod worktree;

pub use coverage::{Coverage, Entries, Item, NAMED, State};
pub use extraction::Extraction;
pub use files::{read_list, scan_files, scan_stream};
pub use filter::Filter;
pub use haystack::{
    Content, Copy, Fresh, Haystack, Lineage, MakeSink, Origin, REACH, Searched, Sink, What, Window,
};
pub use history::{History, Provenance};
pub use range::{Commits, scan_range};
pub use reasons::{GapReason, SkipReason};
pub use repository::{Hooks, Repository};
pub use staged::{Staged, scan_staged};
pub use stores::{Store, Stores, find_stores};
pub use unpack::Limits;
pub use worktree::scan_tree;
#[cfg(fuzzing)]
pub use {history::fuzzing as packs, staged::fuzzing as staging};

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What every walk needs to know.
#[derive(Debug)]
pub struct Options<'a> {
    /// Worker threads, at least 1.
    pub threads: usize,
    /// Files and blobs larger than this many bytes are skipped by rule.
    pub max_file_size: u64,
    /// Paths to leave out, in gitignore syntax, relative to the root of the scan.
    pub filter: &'a Filter,
    /// Whether untracked files that git ignores are skipped.
    pub obey_gitignore: bool,
    /// Whether every version of a file is searched in whole, not only what it does not have from
    /// another.
    pub full_scan: bool,
    /// How much of a large file is in memory at a time.
    pub sizes: Sizes,
    /// How far files with parts are unpacked; `None` when they are searched as they are.
    pub unpack: Option<Limits>,
    /// Whether the ledger names everything, not only the first few of what was not read.
    pub list_all: bool,
    /// What is known of a folder that is to be handed over, where all of it is read: the `.git`
    /// folders, names, and the targets of links.
    pub stores: Option<&'a Stores>,
    /// Members of an archive that are read as files in their own right, and not in it.
    pub extracted: Option<&'a Extraction>,
    /// Set when the user interrupts; walks stop at the next file or object.
    pub interrupt: &'a AtomicBool,
    /// Live counters for a progress display.
    pub progress: &'a Progress,
}

impl Options<'_> {
    fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }

    /// How work is shared and when it stops.
    pub fn run(&self) -> Run<'_> {
        Run {
            threads: self.threads,
            interrupt: self.interrupt,
        }
    }
}

/// How a file that is larger than a core is searched, where its bytes are searched as they are: core
/// by core, with a margin around each.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Bytes of which it is said what is found in them, at most, unless a line is longer.
    pub core: usize,
    /// Bytes before and after that are looked at to find out.
    pub margin: usize,
}

/// How work is shared and when it stops.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// Threads, at least 1.
    pub threads: usize,
    /// Set when the user interrupts.
    pub interrupt: &'a AtomicBool,
}

impl Run<'_> {
    fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }
}

/// Live counters, written by walkers and read by the progress display. They play no part in
/// results.
#[derive(Debug, Default)]
pub struct Progress {
    /// Files read so far.
    pub files: AtomicU64,
    /// Objects read so far.
    pub objects: AtomicU64,
    /// Bytes read so far.
    pub bytes: AtomicU64,
    /// Candidates reported so far.
    pub hits: AtomicU64,
}

/// What stops a whole walk; anything less is an entry in the ledger.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path does not exist.
    #[error("path `{path}` does not exist")]
    NoSuchPath {
        /// The path as given.
        path: PathBuf,
    },
    /// The path is not inside a git repository.
    #[error("`{path}` is not in a git repository")]
    NotARepository {
        /// The path as given.
        path: PathBuf,
        /// What libgit2 says.
        source: git2::Error,
    },
    /// An index of a pack leads beyond the pack, or the pack is cut.
    #[error("pack index `{path}` does not fit its pack")]
    DamagedIndex {
        /// The index.
        path: PathBuf,
    },
    /// The file of an object is cut or damaged.
    #[error("object file `{path}` is cut or damaged")]
    DamagedObject {
        /// The file.
        path: PathBuf,
    },
    /// The repository is kept in a format that cannot be read.
    #[error("repository at `{path}` uses {what}, which is not supported yet")]
    UnsupportedFormat {
        /// The path as given.
        path: PathBuf,
        /// Its format: `the ref format reftable`.
        what: String,
    },
    /// A revision or range does not resolve.
    #[error("revision `{revision}` cannot be resolved")]
    BadRevision {
        /// The revision as given.
        revision: String,
        /// What libgit2 says.
        source: git2::Error,
    },
    /// The repository cannot be read at all.
    #[error("cannot read {what} of the repository at `{path}`")]
    Repository {
        /// What was being read: `the index`, `the references`.
        what: &'static str,
        /// The repository.
        path: PathBuf,
        /// What libgit2 says.
        source: git2::Error,
    },
    /// A list of files cannot be read.
    #[error("cannot read the file list `{path}`")]
    List {
        /// The list.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// An exclude pattern is not valid.
    #[error("exclude pattern `{pattern}` is empty or only a comment")]
    BadPattern {
        /// The pattern as given.
        pattern: String,
    },
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoSuchPath { .. } => {
                Some("check the spelling; use `-` for standard input".to_owned())
            }
            Self::NotARepository { .. } => Some(
                "leave out `--history`, `--staged` and `--range` to scan a plain folder".to_owned(),
            ),
            Self::UnsupportedFormat { .. } => Some(
                "scan its working tree with `--tree`, and the history of a copy made with \
                 `git clone --mirror --ref-format=files`"
                    .to_owned(),
            ),
            Self::DamagedIndex { .. } => Some(
                "fetch the pack again, or write its index anew with `git index-pack PACK`"
                    .to_owned(),
            ),
            Self::DamagedObject { .. } => {
                Some("move it away and fetch it again; `git fsck` says what needs it".to_owned())
            }
            Self::BadRevision { .. } => Some(
                "name commits, branches or tags that exist here, as in `main..HEAD`".to_owned(),
            ),
            Self::Repository { .. } => {
                Some("run `git fsck --full`; a fresh clone usually mends it".to_owned())
            }
            Self::List { .. } => {
                Some("give one path a line, or separate them with NUL bytes".to_owned())
            }
            Self::BadPattern { .. } => Some("escape a leading `#` as `\\#`".to_owned()),
        }
    }
}
