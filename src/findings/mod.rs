//! What a scan found: one secret is one finding, with a verdict, reasons and every place.
//!
//! Owns the vocabulary the reports render. Does not own how a verdict is reached (verifier)
//! or how it is written (report).

mod fingerprint;
mod foreign;
mod grouping;
mod pairs;
mod secret;
mod snippet;
mod span;
mod suppression;

pub use fingerprint::fingerprint;
pub use grouping::{Collector, Sighting};
pub use secret::Secret;
pub use snippet::snippet;
pub use span::{LineCounter, line_around};
pub use suppression::{InlineIgnore, InlineIgnores, Suppression, inline_ignores};

use serde::{Deserialize, Serialize};

pub use crate::detectors::Severity;

/// How sure we are that a finding is a genuine credential, from least to most.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Placeholder, example, test mode, public by design, expired, hash or id, encrypted.
    Unlikely,
    /// Could be one; the surroundings do not settle it.
    Possible,
    /// Has the shape and the surroundings of a real one.
    Likely,
    /// A checksum or the inner structure proves that an issuer made it.
    Verified,
}

impl Verdict {
    /// The lower-case word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unlikely => "unlikely",
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Verified => "verified",
        }
    }
}

/// One secret with all that is known of it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Stable over line moves and renames: depends on detector and value alone.
    pub fingerprint: String,
    /// Id of the detector that names it best.
    pub detector: String,
    /// Ids of other detectors that hit the same text.
    pub also: Vec<String>,
    /// Name of the detector for people.
    pub title: String,
    /// Short provider name, as in `github`.
    pub provider: String,
    /// How sure we are.
    pub verdict: Verdict,
    /// What a leak usually costs.
    pub severity: Severity,
    /// Why this verdict, in words; the weightiest first.
    pub reasons: Vec<String>,
    /// What to do.
    pub remediation: String,
    /// Where the format is documented.
    pub source: String,
    /// The value; prints redacted.
    pub secret: Secret,
    /// Every place, the working tree first, then history from the oldest commit; never empty.
    pub occurrences: Vec<Occurrence>,
    /// Why the finding does not count, if it is suppressed.
    pub suppressed: Option<Suppression>,
}

/// One place of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Where the bytes came from.
    pub place: Place,
    /// The span in that text.
    pub span: Span,
    /// The line around the span with every secret in it masked; empty when there is none worth
    /// showing (binary data).
    pub snippet: Snippet,
    /// What kind of text it is.
    pub kind: PlaceKind,
}

/// What kind of text holds a place.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// A file, on disk or in a commit.
    #[default]
    File,
    /// An object of git that no commit holds under a path.
    Object,
    /// A commit: its message, who made it, its other headers.
    Commit,
    /// A tag.
    Tag,
    /// The name of a file, folder or ref.
    Name,
    /// The target of a symbolic link.
    Link,
    /// Entries of reflogs.
    Reflog,
}

impl PlaceKind {
    /// Says whether it is a file.
    pub fn is_file(&self) -> bool {
        *self == Self::File
    }
}

/// Where bytes came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Path relative to the root of the scan with `/` between parts; `-` for standard input.
    pub path: String,
    /// The commit, for places in history.
    pub commit: Option<CommitRef>,
}

/// The first commit that holds a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitRef {
    /// Full hexadecimal id.
    pub id: String,
    /// Author date, RFC 3339.
    pub date: String,
    /// Whether the tree of HEAD still holds the same text at any path.
    pub in_head: bool,
    /// How many versions of the file at this path hold the secret, this one included.
    pub versions: u32,
    /// Whether a ref leads to the commit.
    pub reachable: bool,
}

/// A span of text. Lines and columns count from 1, the end column is exclusive, columns are
/// UTF-16 code units (what editors and SARIF's `utf16CodeUnits` use).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Line of the first byte.
    pub start_line: u32,
    /// Column of the first byte.
    pub start_column: u32,
    /// Line of the last byte.
    pub end_line: u32,
    /// Column after the last byte.
    pub end_column: u32,
    /// Offset of the first byte in the scanned text.
    pub offset: u64,
}

/// One masked line of text and where the redacted secret stands in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The line with secrets masked and control characters escaped, cut to 160 characters.
    pub line: String,
    /// Start of the redacted secret in `line`, in bytes.
    pub start: usize,
    /// End of the redacted secret in `line`, in bytes.
    pub end: usize,
}
