//! The coverage ledger: what was read, and by name what was not.
//!
//! Owns the two classes: a *skip* follows a rule the user can know and leaves the exit code
//! alone; a *gap* is something that was asked for and could not be read, and makes the run
//! incomplete. Does not own the rules.

use std::collections::BTreeMap;

/// What a scan read and what it did not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Files of the working tree, index, list or stream that were searched.
    pub files: u64,
    /// Blobs of history that were searched.
    pub objects: u64,
    /// Commits whose trees were walked.
    pub commits: u64,
    /// Bytes searched, after any text decoding.
    pub bytes: u64,
    /// What was skipped by rule, by reason.
    pub skipped: BTreeMap<SkipReason, Entries>,
    /// What could not be read, by reason.
    pub gaps: BTreeMap<GapReason, Entries>,
}

/// A count with the first few names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// How many in all.
    pub count: u64,
    /// Their bytes, where known.
    pub bytes: u64,
    /// Up to `NAMED` of them, the smallest in byte order, each with a detail or nothing.
    pub names: BTreeMap<String, String>,
}

/// How many entries of one reason the ledger names.
pub const NAMED: usize = 20;

/// Why something was skipped by rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// An untracked file or folder that git ignores.
    GitIgnored,
    /// Matches `exclude`.
    Excluded,
    /// A compressed, media or object file with no text to search.
    Binary,
    /// Over `--max-file-size`.
    TooLarge,
    /// The rest of an encoded text (base64, gzip in it, escapes) beyond a limit; the file around
    /// it was searched.
    LongEncoding,
    /// A Git LFS pointer whose content is not here.
    LfsPointer,
    /// A symbolic link; its target is scanned where it lies, if inside.
    Symlink,
    /// Not a regular file: fifo, socket, device.
    Special,
    /// A `.git` folder: its objects are the history.
    GitFolder,
    /// A submodule: its objects are another repository's.
    Submodule,
}

/// Why something asked for was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapReason {
    /// History is cut: shallow clone.
    Shallow,
    /// Objects are absent: partial clone, or lost.
    MissingObject,
    /// An object or the index does not decode.
    Corrupt,
    /// A file or folder could not be opened or read.
    Unreadable,
    /// Nothing was there to scan.
    NothingScanned,
    /// Stopped by the user.
    Interrupted,
}

impl SkipReason {
    /// The words used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GitIgnored => "git-ignored",
            Self::Excluded => "excluded",
            Self::Binary => "binary without text",
            Self::TooLarge => "over the size limit",
            Self::LongEncoding => "long encoded text, in part",
            Self::LfsPointer => "LFS content absent",
            Self::Symlink => "symbolic link",
            Self::Special => "not a regular file",
            Self::GitFolder => "git folder",
            Self::Submodule => "submodule",
        }
    }
}

impl GapReason {
    /// The words used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shallow => "shallow clone",
            Self::MissingObject => "missing object",
            Self::Corrupt => "corrupt",
            Self::Unreadable => "unreadable",
            Self::NothingScanned => "nothing scanned",
            Self::Interrupted => "interrupted",
        }
    }

    /// What the user can do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Shallow => "run `git fetch --unshallow` (in CI: `fetch-depth: 0`) and scan again",
            Self::MissingObject => {
                "run `git fetch --refetch` on a partial clone, or `git fsck` to see what is lost"
            }
            Self::Corrupt => "run `git fsck --full`; a fresh clone usually mends it",
            Self::Unreadable => "check permissions, or exclude the path in outgate.toml",
            Self::NothingScanned => "check the path and the exclude rules",
            Self::Interrupted => "run again without interrupting",
        }
    }
}

impl Entries {
    fn add(&mut self, name: String, detail: String, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
        self.names.insert(name, detail);
        if self.names.len() > NAMED {
            self.names.pop_last();
        }
    }

    fn absorb(&mut self, other: Self) {
        self.count += other.count;
        self.bytes += other.bytes;
        self.names.extend(other.names);
        while self.names.len() > NAMED {
            self.names.pop_last();
        }
    }
}

impl Coverage {
    /// Records something skipped by rule.
    pub fn skip(&mut self, reason: SkipReason, name: impl Into<String>, bytes: u64) {
        self.skipped
            .entry(reason)
            .or_default()
            .add(name.into(), String::new(), bytes);
    }

    /// Records something that was asked for and not read; `detail` says what failed.
    pub fn gap(&mut self, reason: GapReason, name: impl Into<String>, detail: impl Into<String>) {
        self.gaps
            .entry(reason)
            .or_default()
            .add(name.into(), detail.into(), 0);
    }

    /// Adds another ledger to this one; the order of additions does not change the result.
    pub fn absorb(&mut self, other: Self) {
        self.files += other.files;
        self.objects += other.objects;
        self.commits += other.commits;
        self.bytes += other.bytes;
        for (reason, entries) in other.skipped {
            self.skipped.entry(reason).or_default().absorb(entries);
        }
        for (reason, entries) in other.gaps {
            self.gaps.entry(reason).or_default().absorb(entries);
        }
    }

    /// Says whether everything asked for was read.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absorbing_is_independent_of_order() {
        let ledger = |names: std::ops::Range<u32>| {
            let mut ledger = Coverage::default();
            for name in names {
                ledger.skip(SkipReason::Binary, format!("{name:03}.png"), 10);
            }
            ledger
        };
        let (mut ab, mut ba) = (ledger(0..30), ledger(30..60));
        ab.absorb(ledger(30..60));
        ba.absorb(ledger(0..30));
        assert_eq!(ab, ba);
        let entries = &ab.skipped[&SkipReason::Binary];
        assert_eq!(
            (entries.count, entries.bytes, entries.names.len()),
            (60, 600, NAMED)
        );
    }

    #[test]
    fn a_skip_is_complete_and_a_gap_is_not() {
        let mut ledger = Coverage::default();
        ledger.skip(SkipReason::Symlink, "a", 0);
        assert!(ledger.is_complete());
        ledger.gap(GapReason::Unreadable, "b", "permission denied");
        assert!(!ledger.is_complete());
    }
}
