//! Reasons: why something was not read, in the words of every output.
//!
//! Owns both lists, and what the user can do about a gap. Does not own what is counted under them
//! (`coverage`).

/// Why something was skipped by rule.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
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
    /// What a bundle within another file builds on and does not hold.
    Bundled,
    /// A `.git` folder: its objects are the history.
    GitFolder,
    /// A submodule: its objects are another repository's.
    Submodule,
    /// A member or document that only a password opens.
    Encrypted,
    /// A container or a compression that has no reader.
    Unsupported,
    /// Pixels of a picture, or sound; the text beside them was searched.
    Pixels,
    /// What is beyond the limits of unpacking; what came before it was searched.
    UnpackLimit,
}

/// Why something asked for was not read.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum GapReason {
    /// History is cut: shallow clone.
    Shallow,
    /// Objects are absent: partial clone, or lost.
    MissingObject,
    /// An object or the index does not decode.
    Corrupt,
    /// A file or folder could not be opened or read.
    Unreadable,
    /// A part of an archive or document does not decode; the other parts were searched.
    Damaged,
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
            Self::Bundled => "bundle that is not whole",
            Self::GitFolder => "git folder",
            Self::Submodule => "submodule",
            Self::Encrypted => "encrypted",
            Self::Unsupported => "packed in a way that is not read",
            Self::Pixels => "unread pixels or sound",
            Self::UnpackLimit => "beyond the limits of unpacking",
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
            Self::Damaged => "damaged archive or document",
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
            Self::Damaged => "open it with its own program, or exclude the path in outgate.toml",
            Self::NothingScanned => "check the path and the exclude rules",
            Self::Interrupted => "run again without interrupting",
        }
    }
}
