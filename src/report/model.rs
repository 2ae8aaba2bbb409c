//! What a report holds, which is also the shape of its JSON.
//!
//! Owns the data that writers render: no secret can be in it, as a finding carries the redacted
//! text alone. The JSON Schema comes from the comments below. Changes are additive within one
//! `schema_version`: readers ignore what they do not know. Does not own how a report is made
//! (`intake`), read back (`saved`) or written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::submission::Submission;
use super::{Hidden, Notice};
use crate::findings::{PlaceKind, Severity, Verdict};

/// Version of the shape; raised only when a reader of the last one would break.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// Report of a scan by outgate.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "outgate report")]
pub struct Report {
    /// Version of this shape; additions do not change it.
    pub schema_version: u32,
    /// Facts about the run.
    pub run: Run,
    /// What was found, the surest and gravest first.
    pub findings: Vec<Finding>,
    /// How many findings are held back, by why.
    pub hidden: Hidden,
    /// What else there is to know; absent when there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// What was read and what was not.
    pub coverage: Coverage,
    /// Whether what was scanned may be handed over, where that was the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<Submission>,
}

/// Facts about a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Version of outgate.
    pub version: String,
    /// What was scanned, as named on the command line.
    pub targets: Vec<String>,
    /// Which sources were read: `tree`, `history`, `staged`, `range A..B`, `stdin`, `files`,
    /// `nested history` (of repositories in the scanned folder).
    pub sources: Vec<String>,
    /// Revision of HEAD, or null where there is none.
    pub revision: Option<String>,
    /// How many detectors were on.
    pub detectors: usize,
    /// Digest of the detector set, hexadecimal.
    pub detector_digest: String,
    /// Whether the run was cut short by an interrupt.
    pub interrupted: bool,
    /// Whether everything asked for was read.
    pub complete: bool,
    /// When the run began. Only formats that must name a time show it, so that the same input
    /// gives the same bytes in all others.
    #[serde(skip)]
    pub started: Timestamp,
    /// When the run ended.
    #[serde(skip)]
    pub ended: Timestamp,
}

/// One secret with all that is known of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Stable over line moves and renames: depends on detector and value alone.
    pub fingerprint: String,
    /// Id of the detector that names it best.
    pub detector: String,
    /// Name of the detector for people.
    pub title: String,
    /// Short name of who issues the credential.
    pub provider: String,
    /// How sure the verdict is.
    pub verdict: Verdict,
    /// What a leak usually costs.
    pub severity: Severity,
    /// Why this verdict, the weightiest first.
    pub reasons: Vec<String>,
    /// Ids of other detectors that hit the same text.
    pub also: Vec<String>,
    /// The value with all but a few characters left out.
    pub redacted: String,
    /// What to do.
    pub remediation: String,
    /// Where the format is documented.
    pub source: String,
    /// Every place, the working tree first, then history from the oldest commit.
    pub occurrences: Vec<Occurrence>,
}

/// One place of a secret. Lines and columns count from 1, the end column is exclusive, columns
/// are UTF-16 code units.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Occurrence {
    /// Path relative to the root of the scan with `/` between parts; `-` for standard input.
    pub path: String,
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
    /// The line around the place with secrets masked; empty for binary data.
    pub snippet: String,
    /// Where the redacted value starts in `snippet`, in bytes of UTF-8.
    #[serde(default)]
    pub snippet_start: usize,
    /// Where the redacted value ends in `snippet`, in bytes of UTF-8.
    #[serde(default)]
    pub snippet_end: usize,
    /// The first commit that holds the place; absent outside history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// What kind of text it is; absent for a file.
    #[serde(default, skip_serializing_if = "PlaceKind::is_file")]
    pub kind: PlaceKind,
}

/// The first commit that holds a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Commit {
    /// Full hexadecimal id.
    pub id: String,
    /// Author date, RFC 3339.
    pub date: String,
    /// Whether the tree of HEAD still holds the same text at any path.
    pub in_head: bool,
    /// How many versions of the file at this path hold the secret.
    pub versions: u32,
    /// Whether a ref leads to the commit; absent where one does.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub reachable: bool,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_yes(value: &bool) -> bool {
    *value
}

/// What a scan read and what it did not.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Files that were searched.
    pub files: u64,
    /// Blobs of history that were searched.
    pub objects: u64,
    /// Members of archives and documents that were searched, with `--unpack`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub members: u64,
    /// Commits whose trees were walked.
    pub commits: u64,
    /// Bytes searched, after any text decoding.
    pub bytes: u64,
    /// Whether there are no gaps.
    pub complete: bool,
    /// What was skipped by rule.
    pub skipped: Vec<Skip>,
    /// What was asked for and could not be read.
    pub gaps: Vec<Gap>,
    /// Everything by name, where that was asked for: each file, object and other thing with what
    /// became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<Item>>,
}

/// One thing and what became of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// A path, the id of an object, or what else it is.
    pub name: String,
    /// The path or kind of an object, what failed, or nothing.
    pub detail: String,
    /// Its bytes, once inflated; 0 where they are not known.
    pub bytes: u64,
    /// What became of it.
    pub state: ItemState,
    /// Why it was skipped or could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ItemState {
    /// It was searched.
    Scanned,
    /// It was searched as the objects that it holds.
    AsObjects,
    /// A rule left it out, or a part of it.
    Skipped,
    /// It could not be read.
    Unreadable,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What was skipped for one reason.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Skip {
    /// The rule, in words.
    pub reason: String,
    /// How many in all.
    pub count: u64,
    /// Their bytes, where known.
    pub bytes: u64,
    /// The first few, in byte order.
    pub names: Vec<String>,
}

/// What could not be read for one reason.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// The reason, in words.
    pub reason: String,
    /// How many in all.
    pub count: u64,
    /// Their bytes, where known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bytes: u64,
    /// The first few, in byte order.
    pub names: Vec<GapName>,
    /// What can be done about it.
    pub hint: String,
}

/// One thing that could not be read.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct GapName {
    /// A path, object or repository.
    pub name: String,
    /// What failed; may be empty.
    pub detail: String,
}

impl Finding {
    /// The places by path; paths and places keep their order.
    pub(super) fn by_path(&self) -> Vec<Vec<&Occurrence>> {
        let mut index: BTreeMap<&str, usize> = BTreeMap::new();
        let mut groups: Vec<Vec<&Occurrence>> = Vec::new();
        for occurrence in &self.occurrences {
            let group = *index.entry(&occurrence.path).or_insert(groups.len());
            match groups.get_mut(group) {
                Some(places) => places.push(occurrence),
                None => groups.push(vec![occurrence]),
            }
        }
        groups
    }

    /// Where the format is documented, if that is an address to follow.
    pub(super) fn link(&self) -> Option<&str> {
        let is_link = self.source.starts_with("https://") || self.source.starts_with("http://");
        is_link.then_some(&*self.source)
    }
}

impl Occurrence {
    /// The masked line: before the redacted value, the value, and after it.
    pub(super) fn snippet_parts(&self) -> (&str, &str, &str) {
        let (start, end) = (self.snippet_start, self.snippet_end);
        let parts = || {
            let line = &self.snippet;
            Some((line.get(..start)?, line.get(start..end)?, line.get(end..)?))
        };
        parts().unwrap_or((&self.snippet, "", ""))
    }
}
