//! The report as SARIF 2.1.0, within the limits of GitHub code scanning.
//!
//! Owns the mapping: a detector is a rule, a finding is one result for each path, a gap is a
//! notification. Does not own the shape (`model`). A file over a limit is refused whole by
//! GitHub, so results and locations are cut, and a cut is told.

mod model;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;

use model::{
    ArtifactLocation, AutomationDetails, Driver, FindingProperties, Invocation, Location, Log,
    LogicalLocation, Message, Notification, PhysicalLocation, Region, Rule, RuleProperties,
    RunProperties, Tool, UriBase,
};

use super::model::{Finding, Gap, Occurrence};
use super::terminal::{escape, escape_json};
use super::words::{commit_note, gap_text, severity_word};
use super::{Notice, Report};
use crate::findings::{Severity, Verdict};

/// Most results GitHub takes in a run.
const RESULTS: usize = 25_000;
/// Most locations GitHub takes in a result.
const LOCATIONS: usize = 1_000;
/// Most characters GitHub takes in a description.
const DESCRIPTION: usize = 1_024;
/// Stands for the root of the scan in every URI.
const ROOT: &str = "SRCROOT";

/// Writes the report as one line of SARIF.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let log = Log {
        schema: model::SCHEMA,
        version: "2.1.0",
        runs: [run(report)],
    };
    let json = serde_json::to_string(&log)?;
    writeln!(out, "{}", escape_json(&json))
}

fn run(report: &Report) -> model::Run {
    let rules = rules(&report.findings);
    let mut results = results(&report.findings, &rules);
    let mut notifications: Vec<Notification> = report.coverage.gaps.iter().map(gap).collect();
    if results.len() > RESULTS {
        notifications.push(Notification {
            level: "warning",
            message: Message::text(format!(
                "only the first {RESULTS} of {} results are in this file; the JSON format has all",
                results.len()
            )),
        });
        results.truncate(RESULTS);
    }
    notifications.extend(report.notices.iter().map(notice));
    let facts = &report.run;
    model::Run {
        tool: Tool {
            driver: Driver {
                name: "outgate",
                version: facts.version.clone(),
                information_uri: env!("CARGO_PKG_REPOSITORY"),
                rules: rules.into_values().map(|(_, rule)| rule).collect(),
            },
        },
        automation_details: AutomationDetails {
            id: category(&facts.sources),
        },
        invocations: [Invocation {
            execution_successful: report.run.complete,
            tool_execution_notifications: notifications,
        }],
        original_uri_base_ids: BTreeMap::from([(
            ROOT,
            UriBase {
                description: Message::text("The root of the repository or of the scan."),
            },
        )]),
        column_kind: "utf16CodeUnits",
        results,
        properties: RunProperties {
            sources: facts.sources.clone(),
            revision: facts.revision.clone(),
            detectors: facts.detectors,
            detector_digest: facts.detector_digest.clone(),
        },
    }
}

/// The category under which code scanning keeps the results: a line that is gone from the tree
/// closes its alert there, though the secret is still in history.
fn category(sources: &[String]) -> &'static str {
    if sources.iter().any(|source| source == "history") {
        "outgate/history/"
    } else {
        "outgate/tree/"
    }
}

/// The rules by detector id, each with its index in that order.
fn rules(findings: &[Finding]) -> BTreeMap<&str, (usize, Rule)> {
    let mut by_detector: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_detector
            .entry(&finding.detector)
            .or_default()
            .push(finding);
    }
    by_detector
        .into_iter()
        .enumerate()
        .filter_map(|(index, (id, group))| Some((id, (index, rule(&group)?))))
        .collect()
}

/// The rule of findings that share a detector.
fn rule(group: &[&Finding]) -> Option<Rule> {
    let finding = *group.first()?;
    let severity = group.iter().map(|finding| finding.severity).max()?;
    let verdict = group.iter().map(|finding| finding.verdict).max()?;
    let remediation = escape(&finding.remediation);
    let source = escape(&finding.source);
    let is_url = finding.link().is_some();
    let link = if is_url {
        format!("<{source}>")
    } else {
        source.to_string()
    };
    Some(Rule {
        id: finding.detector.clone(),
        name: finding.title.clone(),
        short_description: Message::text(description(&finding.title)),
        full_description: Message::text(description(&format!(
            "{} ({}): everyone who can read the repository or its history can use it.",
            finding.title, finding.provider
        ))),
        help_uri: is_url.then(|| encode_uri(&source)),
        help: Message {
            text: format!("What to do: {remediation}\n\nFormat: {source}"),
            markdown: Some(format!(
                "**What to do:** {remediation}\n\n**Format:** {link}"
            )),
        },
        properties: RuleProperties {
            security_severity: security_severity(severity),
            precision: precision(verdict),
            tags: ["security", "secret", "CWE-798"],
        },
    })
}

fn results(findings: &[Finding], rules: &BTreeMap<&str, (usize, Rule)>) -> Vec<model::Finding> {
    let mut results = Vec::new();
    for finding in findings {
        let rule_index = rules
            .get(finding.detector.as_str())
            .map_or(0, |(index, _)| *index);
        for places in finding.by_path() {
            results.push(result(finding, rule_index, &places));
        }
    }
    results
}

fn result(finding: &Finding, rule_index: usize, places: &[&Occurrence]) -> model::Finding {
    let commit = places.iter().find_map(|place| place.commit.as_ref());
    let only_history = places.iter().all(|place| place.commit.is_some());

    let mut text = format!(
        "{}: {} {}",
        finding.verdict.as_str(),
        finding.title,
        finding.redacted
    );
    if !finding.reasons.is_empty() {
        let _ = write!(text, "; {}", finding.reasons.join("; "));
    }
    if let Some(commit) = commit.filter(|_| only_history) {
        let _ = write!(text, "; {}", commit_note(commit));
    }

    let mut partial_fingerprints =
        BTreeMap::from([("outgateFingerprint/v1", finding.fingerprint.clone())]);
    if only_history {
        // The uploader computes this one from the checkout, which lacks these lines.
        partial_fingerprints.insert(
            "primaryLocationLineHash",
            format!("{}:1", finding.fingerprint),
        );
    }

    model::Finding {
        rule_id: finding.detector.clone(),
        rule_index,
        level: level(finding.verdict),
        message: Message::text(message_text(&text)),
        locations: locations(places),
        partial_fingerprints,
        properties: FindingProperties {
            verdict: finding.verdict.as_str(),
            severity: severity_word(finding.severity),
            fingerprint: finding.fingerprint.clone(),
            redacted: finding.redacted.clone(),
            commit: commit.map(|commit| commit.id.clone()),
        },
    }
}

/// The places without repetition, in their order, as many as GitHub takes.
fn locations(places: &[&Occurrence]) -> Vec<Location> {
    let mut seen = BTreeSet::new();
    places
        .iter()
        .filter(|place| {
            let commit = place.commit.as_ref().map(|commit| &commit.id);
            seen.insert((commit, place.start_line, place.start_column, place.offset))
        })
        .take(LOCATIONS)
        .map(|place| location(place))
        .collect()
}

fn location(place: &Occurrence) -> Location {
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation {
                uri: encode_path(&place.path),
                uri_base_id: ROOT,
            },
            region: Region {
                start_line: place.start_line.max(1),
                start_column: place.start_column.max(1),
                end_line: place.end_line.max(1),
                end_column: place.end_column.max(1),
            },
        },
        logical_locations: (!place.kind.is_file()).then(|| {
            [LogicalLocation {
                fully_qualified_name: place.path.clone(),
                kind: place.kind,
            }]
        }),
        message: place
            .commit
            .as_ref()
            .map(|commit| Message::text(message_text(&commit_note(commit)))),
    }
}

fn gap(gap: &Gap) -> Notification {
    Notification {
        level: "error",
        message: Message::text(message_text(&gap_text(gap))),
    }
}

fn notice(notice: &Notice) -> Notification {
    Notification {
        level: "note",
        message: Message::text(message_text(&notice.text)),
    }
}

fn level(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Verified | Verdict::Likely => "error",
        Verdict::Possible => "warning",
        Verdict::Unlikely => "note",
    }
}

/// How often a rule is right, as far as the best of its findings shows.
fn precision(best: Verdict) -> &'static str {
    match best {
        Verdict::Verified => "very-high",
        Verdict::Likely => "high",
        Verdict::Possible => "medium",
        Verdict::Unlikely => "low",
    }
}

/// The score that code scanning sorts by: critical above 9.0, high from 7.0, medium from 4.0.
fn security_severity(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.5"),
        Severity::Info => None,
    }
}

fn description(text: &str) -> String {
    text.chars().take(DESCRIPTION).collect()
}

/// Makes text from outside fit for a message, where `[text](target)` would be a link.
fn message_text(text: &str) -> String {
    escape(text).replace("](", "] (")
}

/// Percent-encodes a path as a relative URI.
fn encode_path(path: &str) -> String {
    percent_encode(path.trim_start_matches('/'), b"-._~/")
}

/// Percent-encodes what may not stand in a URI and leaves its delimiters alone.
fn encode_uri(uri: &str) -> String {
    percent_encode(uri, b"-._~/:?#[]@!$&'()*+,;=%")
}

fn percent_encode(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
