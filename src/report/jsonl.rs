//! The report as JSON Lines: each finding on a line of its own, then one summary.
//!
//! Owns the framing, both ways. Does not own the shape of what stands on a line (`model`).

use std::borrow::Cow;
use std::io;

use serde::{Deserialize, Serialize};

use super::model::{Coverage, Finding, Run};
use super::submission::Submission;
use super::terminal::escape_json;
use super::{Fault, Hidden, Notice, Report};

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[expect(clippy::large_enum_variant, reason = "there is one summary a run")]
enum Line<'a> {
    Finding(Cow<'a, Finding>),
    Summary(Summary<'a>),
    /// Of a later version.
    #[serde(other, skip_serializing)]
    Other,
}

#[derive(Serialize, Deserialize)]
struct Summary<'a> {
    schema_version: u32,
    run: Cow<'a, Run>,
    hidden: Cow<'a, Hidden>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    notices: Cow<'a, [Notice]>,
    coverage: Cow<'a, Coverage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    submission: Option<Cow<'a, Submission>>,
}

/// Writes one line for each finding and a last one for the run.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in &report.findings {
        write_line(&Line::Finding(Cow::Borrowed(finding)), out)?;
    }
    let summary = Summary {
        schema_version: report.schema_version,
        run: Cow::Borrowed(&report.run),
        hidden: Cow::Borrowed(&report.hidden),
        notices: Cow::Borrowed(&report.notices),
        coverage: Cow::Borrowed(&report.coverage),
        submission: report.submission.as_ref().map(Cow::Borrowed),
    };
    write_line(&Line::Summary(summary), out)
}

fn write_line(line: &Line<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let json = serde_json::to_string(line)?;
    writeln!(out, "{}", escape_json(&json))
}

/// Reads a report from its lines.
pub(super) fn read(text: &[u8]) -> Result<Report, Fault> {
    let mut findings = Vec::new();
    let mut last = None;
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let line = serde_json::from_slice(line).map_err(|fault| Fault::of(&fault, index))?;
        match line {
            Line::Finding(finding) => findings.push(finding.into_owned()),
            Line::Summary(summary) => last = Some(summary),
            Line::Other => {}
        }
    }
    let summary = last.ok_or(Fault::CutShort)?;
    Ok(Report {
        schema_version: summary.schema_version,
        run: summary.run.into_owned(),
        findings,
        hidden: summary.hidden.into_owned(),
        notices: summary.notices.into_owned(),
        coverage: summary.coverage.into_owned(),
        submission: summary.submission.map(Cow::into_owned),
    })
}
