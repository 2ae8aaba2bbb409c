//! The JSON report, one document a run.
//!
//! Owns the shape of the JSON and JSON Lines formats and its schema, generated from the
//! comments below. Changes are additive within one `schema_version`: readers ignore what they
//! do not know. Does not own framing by lines (`jsonl`).

use std::collections::BTreeMap;
use std::io;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::terminal::escape_json;
use super::{Hidden, Notice, Report};
use crate::findings::{CommitRef, Finding, Occurrence, Severity, Verdict};
use crate::walker::{Coverage, Entries, GapReason, SkipReason};

/// Version of the shape; raised only when a reader of the last one would break.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// Report of a scan by outgate.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "outgate report")]
struct Document<'a> {
    /// Version of this shape; additions do not change it.
    schema_version: u32,
    /// Facts about the run.
    run: RunRecord<'a>,
    /// What was found, the surest and gravest first.
    findings: Vec<FindingRecord<'a>>,
    /// How many findings are held back, by why.
    hidden: HiddenRecord,
    /// What else there is to know; absent when there is nothing.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notices: &'a [Notice],
    /// What was read and what was not.
    coverage: CoverageRecord<'a>,
}

/// Facts about a run.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Run")]
pub(super) struct RunRecord<'a> {
    /// Version of outgate.
    version: &'a str,
    /// What was scanned, as named on the command line.
    targets: &'a [String],
    /// Which sources were read: `tree`, `history`, `staged`, `range A..B`, `stdin`, `files`.
    sources: &'a [String],
    /// Revision of HEAD, or null where there is none.
    revision: Option<&'a str>,
    /// How many detectors were on.
    detectors: usize,
    /// Digest of the detector set, hexadecimal.
    detector_digest: &'a str,
    /// Whether the run was cut short by an interrupt.
    interrupted: bool,
    /// Whether everything asked for was read.
    complete: bool,
}

/// One secret with all that is known of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub(super) struct FindingRecord<'a> {
    /// Stable over line moves and renames: depends on detector and value alone.
    fingerprint: &'a str,
    /// Id of the detector that names it best.
    detector: &'a str,
    /// Name of the detector for people.
    title: &'a str,
    /// Short name of who issues the credential.
    provider: &'a str,
    /// How sure the verdict is.
    verdict: Verdict,
    /// What a leak usually costs.
    severity: Severity,
    /// Why this verdict, the weightiest first.
    reasons: &'a [String],
    /// Ids of other detectors that hit the same text.
    also: &'a [String],
    /// The value with all but a few characters left out.
    redacted: String,
    /// What to do.
    remediation: &'a str,
    /// Where the format is documented.
    source: &'a str,
    /// Every place, the working tree first, then history from the oldest commit.
    occurrences: Vec<OccurrenceRecord<'a>>,
}

/// One place of a secret. Lines and columns count from 1, the end column is exclusive, columns
/// are UTF-16 code units.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Occurrence")]
struct OccurrenceRecord<'a> {
    /// Path relative to the root of the scan with `/` between parts; `-` for standard input.
    path: &'a str,
    /// Line of the first byte.
    start_line: u32,
    /// Column of the first byte.
    start_column: u32,
    /// Line of the last byte.
    end_line: u32,
    /// Column after the last byte.
    end_column: u32,
    /// Offset of the first byte in the scanned text.
    offset: u64,
    /// The line around the place with secrets masked; empty for binary data.
    snippet: &'a str,
    /// The first commit that holds the place; absent outside history.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<CommitRecord<'a>>,
}

/// The first commit that holds a place.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Commit")]
struct CommitRecord<'a> {
    /// Full hexadecimal id.
    id: &'a str,
    /// Author date, RFC 3339.
    date: &'a str,
    /// Whether the tree of HEAD still holds the same text at any path.
    in_head: bool,
    /// How many versions of the file at this path hold the secret.
    versions: u32,
}

/// How many findings are held back.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Hidden")]
pub(super) struct HiddenRecord {
    /// `unlikely`, when these are not asked for.
    unlikely: usize,
    /// Suppressed by an inline comment.
    inline: usize,
    /// Suppressed by an inline comment for another scanner, by its name.
    foreign: BTreeMap<String, usize>,
    /// Suppressed by the configuration file.
    config: usize,
    /// Known to the baseline.
    baseline: usize,
}

/// What a scan read and what it did not.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Coverage")]
pub(super) struct CoverageRecord<'a> {
    /// Files that were searched.
    files: u64,
    /// Blobs of history that were searched.
    objects: u64,
    /// Commits whose trees were walked.
    commits: u64,
    /// Bytes searched, after any text decoding.
    bytes: u64,
    /// Whether there are no gaps.
    complete: bool,
    /// What was skipped by rule.
    skipped: Vec<SkipRecord<'a>>,
    /// What was asked for and could not be read.
    gaps: Vec<GapRecord<'a>>,
}

/// What was skipped for one reason.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Skip")]
struct SkipRecord<'a> {
    /// The rule, in words.
    reason: &'static str,
    /// How many in all.
    count: u64,
    /// Their bytes, where known.
    bytes: u64,
    /// The first few, in byte order.
    names: Vec<&'a str>,
}

/// What could not be read for one reason.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Gap")]
struct GapRecord<'a> {
    /// The reason, in words.
    reason: &'static str,
    /// How many in all.
    count: u64,
    /// The first few, in byte order.
    names: Vec<GapName<'a>>,
    /// What can be done about it.
    hint: &'static str,
}

/// One thing that could not be read.
#[derive(Serialize, JsonSchema)]
struct GapName<'a> {
    /// A path, object or repository.
    name: &'a str,
    /// What failed; may be empty.
    detail: &'a str,
}

/// Writes the report as one indented document.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        run: RunRecord::new(report),
        findings: report.findings.iter().map(FindingRecord::new).collect(),
        hidden: HiddenRecord::new(&report.hidden),
        notices: &report.notices,
        coverage: CoverageRecord::new(&report.coverage),
    };
    let json = serde_json::to_string_pretty(&document)?;
    writeln!(out, "{}", escape_json(&json))
}

/// Gives the JSON Schema of the document.
pub fn schema() -> serde_json::Value {
    let mut schema = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Document<'_>>()
        .to_value();
    schema.sort_all_objects();
    schema
}

impl<'a> RunRecord<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        let run = &report.run;
        Self {
            version: &run.version,
            targets: &run.targets,
            sources: &run.sources,
            revision: run.revision.as_deref(),
            detectors: run.detectors,
            detector_digest: &run.detector_digest,
            interrupted: run.interrupted,
            complete: report.is_complete(),
        }
    }
}

impl<'a> FindingRecord<'a> {
    pub(super) fn new(finding: &'a Finding) -> Self {
        Self {
            fingerprint: &finding.fingerprint,
            detector: &finding.detector,
            title: &finding.title,
            provider: &finding.provider,
            verdict: finding.verdict,
            severity: finding.severity,
            reasons: &finding.reasons,
            also: &finding.also,
            redacted: finding.secret.redacted(),
            remediation: &finding.remediation,
            source: &finding.source,
            occurrences: finding
                .occurrences
                .iter()
                .map(OccurrenceRecord::new)
                .collect(),
        }
    }
}

impl<'a> OccurrenceRecord<'a> {
    fn new(occurrence: &'a Occurrence) -> Self {
        let span = &occurrence.span;
        Self {
            path: &occurrence.place.path,
            start_line: span.start_line,
            start_column: span.start_column,
            end_line: span.end_line,
            end_column: span.end_column,
            offset: span.offset,
            snippet: &occurrence.snippet.line,
            commit: occurrence.place.commit.as_ref().map(CommitRecord::new),
        }
    }
}

impl<'a> CommitRecord<'a> {
    fn new(commit: &'a CommitRef) -> Self {
        Self {
            id: &commit.id,
            date: &commit.date,
            in_head: commit.in_head,
            versions: commit.versions,
        }
    }
}

impl HiddenRecord {
    pub(super) fn new(hidden: &Hidden) -> Self {
        Self {
            unlikely: hidden.unlikely,
            inline: hidden.inline,
            foreign: hidden.foreign.clone(),
            config: hidden.config,
            baseline: hidden.baseline,
        }
    }
}

impl<'a> CoverageRecord<'a> {
    pub(super) fn new(coverage: &'a Coverage) -> Self {
        Self {
            files: coverage.files,
            objects: coverage.objects,
            commits: coverage.commits,
            bytes: coverage.bytes,
            complete: coverage.is_complete(),
            skipped: coverage.skipped.iter().map(SkipRecord::new).collect(),
            gaps: coverage.gaps.iter().map(GapRecord::new).collect(),
        }
    }
}

impl<'a> SkipRecord<'a> {
    fn new((reason, entries): (&SkipReason, &'a Entries)) -> Self {
        Self {
            reason: reason.as_str(),
            count: entries.count,
            bytes: entries.bytes,
            names: entries.names.keys().map(String::as_str).collect(),
        }
    }
}

impl<'a> GapRecord<'a> {
    fn new((reason, entries): (&GapReason, &'a Entries)) -> Self {
        Self {
            reason: reason.as_str(),
            count: entries.count,
            names: entries
                .names
                .iter()
                .map(|(name, detail)| GapName { name, detail })
                .collect(),
            hint: reason.hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKED_IN: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/schemas/report.schema.json"
    ));

    #[test]
    fn the_checked_in_schema_is_current() {
        let current = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
        assert!(
            current == CHECKED_IN,
            "schemas/report.schema.json should be:\n{current}"
        );
    }

    #[test]
    fn the_document_obeys_its_schema() {
        let mut bytes = Vec::new();
        write(&super::super::tests::report(), &mut bytes).unwrap();
        let mut document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&document)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(errors, [""; 0]);

        document["findings"][0]["verdict"] = "certain".into();
        assert!(!validator.is_valid(&document));
    }
}
