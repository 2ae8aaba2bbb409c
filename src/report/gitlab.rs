//! The report as GitLab takes it for secret detection (schema 15.2.1).
//!
//! Owns the mapping: a finding is one vulnerability for each path. GitLab refuses a file whole
//! that does not obey its schema. The field for the plain source (`raw_source_code_extract`) is
//! never written. Does not own escaping (`markup`).

use std::io;

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::Report;
use super::markup::{code_span, escape_markdown};
use super::model::{Finding, Occurrence};
use super::terminal::{escape, escape_json};
use super::words::{commit_note, gap_text};
use crate::findings::Severity;

const VERSION: &str = "15.2.1";
const SCHEMA: &str = "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v15.2.1/dist/secret-detection-report-format.json";
/// What GitLab's own analyzer writes where there is no commit.
const NO_COMMIT: &str = "0000000";
/// Longest name, in characters.
const NAME: usize = 255;
/// Longest text on what to do, in characters.
const SOLUTION: usize = 7_000;
/// Longest text from a scanned file in a description, in characters.
const WIDTH: usize = 200;

#[derive(Serialize)]
struct Document {
    version: &'static str,
    schema: &'static str,
    scan: Scan,
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Serialize)]
struct Scan {
    analyzer: Tool,
    scanner: Tool,
    #[serde(rename = "type")]
    kind: &'static str,
    start_time: String,
    end_time: String,
    status: &'static str,
    messages: Vec<Message>,
}

#[derive(Clone, Serialize)]
struct Tool {
    id: &'static str,
    name: &'static str,
    url: &'static str,
    version: String,
    vendor: Vendor,
}

#[derive(Clone, Serialize)]
struct Vendor {
    name: &'static str,
}

#[derive(Serialize)]
struct Message {
    level: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Vulnerability {
    id: String,
    name: String,
    description: String,
    severity: &'static str,
    solution: String,
    identifiers: Vec<Identifier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
    location: Location,
}

#[derive(Serialize)]
struct Identifier {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'static str>,
}

#[derive(Serialize)]
struct Link {
    url: String,
}

#[derive(Serialize)]
struct Location {
    file: String,
    start_line: u32,
    end_line: u32,
    commit: Commit,
}

#[derive(Serialize)]
struct Commit {
    sha: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
}

/// Writes the report as one line.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let revision = report.run.revision.as_deref().unwrap_or(NO_COMMIT);
    let vulnerabilities = report
        .findings
        .iter()
        .flat_map(|finding| {
            let paths = finding.by_path().into_iter();
            paths.filter_map(|places| vulnerability(finding, &places, revision))
        })
        .collect();
    let document = Document {
        version: VERSION,
        schema: SCHEMA,
        scan: scan(report),
        vulnerabilities,
    };
    let json = serde_json::to_string(&document)?;
    writeln!(out, "{}", escape_json(&json))
}

fn scan(report: &Report) -> Scan {
    let tool = Tool {
        id: "outgate",
        name: "outgate",
        url: env!("CARGO_PKG_REPOSITORY"),
        version: report.run.version.clone(),
        vendor: Vendor { name: "outgate" },
    };
    let gaps = report.coverage.gaps.iter().map(|gap| Message {
        level: "warn",
        value: gap_text(gap),
    });
    Scan {
        analyzer: tool.clone(),
        scanner: tool,
        kind: "secret_detection",
        start_time: time(report.run.started),
        end_time: time(report.run.ended),
        status: if report.run.interrupted {
            "failure"
        } else {
            "success"
        },
        messages: gaps.collect(),
    }
}

fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// A secret in one file: at its first place there.
fn vulnerability(
    finding: &Finding,
    places: &[&Occurrence],
    revision: &str,
) -> Option<Vulnerability> {
    let first = *places.first()?;
    let links = finding.link().map(|url| Link {
        url: escape(url).into_owned(),
    });
    Some(Vulnerability {
        id: id(&finding.fingerprint, &first.path),
        name: cut(&escape(&finding.title), NAME),
        description: description(finding, first),
        severity: severity(finding.severity),
        solution: cut(&escape(&finding.remediation), SOLUTION),
        identifiers: identifiers(finding),
        links: links.into_iter().collect(),
        location: Location {
            file: escape(&first.path).into_owned(),
            start_line: first.start_line,
            end_line: first.end_line,
            commit: match &first.commit {
                Some(commit) => Commit {
                    sha: escape(&commit.id).into_owned(),
                    date: Some(escape(&commit.date).into_owned()),
                },
                None => Commit {
                    sha: escape(revision).into_owned(),
                    date: None,
                },
            },
        },
    })
}

/// The first identifier is the one that GitLab tracks by.
fn identifiers(finding: &Finding) -> Vec<Identifier> {
    let detector = escape(&finding.detector).into_owned();
    let own = Identifier {
        kind: "outgate_detector",
        name: format!("outgate detector {detector}"),
        value: detector,
        url: None,
    };
    let weakness = Identifier {
        kind: "cwe",
        name: "CWE-798".to_owned(),
        value: "798".to_owned(),
        url: Some("https://cwe.mitre.org/data/definitions/798.html"),
    };
    vec![own, weakness]
}

/// What GitLab shows as Markdown.
fn description(finding: &Finding, first: &Occurrence) -> String {
    let mut parts = vec![format!(
        "{}: {}",
        finding.verdict.as_str(),
        code_span(&finding.redacted, WIDTH)
    )];
    let reasons = finding.reasons.iter();
    parts.extend(reasons.map(|reason| escape_markdown(reason)));
    let commit = first.commit.as_ref().map(commit_note);
    parts.extend(commit.map(|note| escape_markdown(&note)));
    let fingerprint = code_span(&finding.fingerprint, WIDTH);
    parts.push(format!("fingerprint {fingerprint}"));
    parts.join("; ")
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "Info",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}

/// A UUID (RFC 9562, version 8) that stays with a secret in a file.
fn id(fingerprint: &str, path: &str) -> String {
    let digest = Sha256::new()
        .chain_update(b"outgate gitlab v1\0")
        .chain_update(fingerprint)
        .chain_update(b"\0")
        .chain_update(path)
        .finalize();
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

fn cut(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}
