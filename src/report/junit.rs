//! The report as JUnit XML, for whatever shows test results.
//!
//! Owns the mapping: a finding is a test that failed, a gap is one that could not run, and a
//! clean search is one that passed. Does not own escaping (`markup`).

use std::io;

use super::Report;
use super::markup::escape_xml;
use super::model::{Finding, Gap, Occurrence};
use super::words::{commit_note, gap_text, place, searched, severity_word, summary};

/// Writes one suite with a case for each finding and gap.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let (failures, errors) = (report.findings.len(), report.coverage.gaps.len());
    let tests = (failures + errors).max(1);
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="outgate" {counts}>"#)?;
    writeln!(out, r#"  <testsuite name="outgate" {counts} skipped="0">"#)?;
    for finding in &report.findings {
        write_failure(finding, out)?;
    }
    for gap in &report.coverage.gaps {
        write_error(gap, out)?;
    }
    if failures + errors == 0 {
        let name = format!("no secret in {}", searched(&report.coverage));
        let name = escape_xml(&name);
        writeln!(out, r#"    <testcase classname="outgate" name="{name}"/>"#)?;
    }
    let notices = report.notices.iter().map(|notice| notice.text.clone());
    let said: Vec<String> = notices.chain([summary(report)]).collect();
    let said = escape_xml(&said.join("\n"));
    writeln!(out, "    <system-out>{said}</system-out>")?;
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn write_failure(finding: &Finding, out: &mut dyn io::Write) -> io::Result<()> {
    let first = finding.occurrences.first();
    let at = first.map(place).unwrap_or_default();
    // Names tell cases of a class apart, and two secrets can begin at the same place.
    let name = format!("{} in {at} ({})", finding.title, finding.fingerprint);
    write!(
        out,
        r#"    <testcase classname="outgate.{}" name="{}""#,
        escape_xml(&finding.detector),
        escape_xml(&name)
    )?;
    if let Some(first) = first {
        let (file, line) = (escape_xml(&first.path), first.start_line);
        write!(out, r#" file="{file}" line="{line}""#)?;
    }
    let message = format!(
        "{}: {} {}",
        finding.verdict.as_str(),
        finding.title,
        finding.redacted
    );
    writeln!(
        out,
        ">\n      <failure type=\"{}\" message=\"{}\">",
        finding.verdict.as_str(),
        escape_xml(&message)
    )?;
    for line in details(finding) {
        writeln!(out, "{}", escape_xml(&line))?;
    }
    writeln!(out, "      </failure>\n    </testcase>")
}

/// Places, reasons and what to do, a line each.
fn details(finding: &Finding) -> Vec<String> {
    let mut lines: Vec<_> = finding.occurrences.iter().map(whereabouts).collect();
    lines.extend(finding.reasons.iter().map(|reason| format!("- {reason}")));
    lines.push(format!("severity: {}", severity_word(finding.severity)));
    lines.push(format!("what to do: {}", finding.remediation));
    lines
}

fn whereabouts(occurrence: &Occurrence) -> String {
    match &occurrence.commit {
        Some(commit) => format!("{} {}", place(occurrence), commit_note(commit)),
        None => place(occurrence),
    }
}

fn write_error(gap: &Gap, out: &mut dyn io::Write) -> io::Result<()> {
    let (reason, text) = (escape_xml(&gap.reason), escape_xml(&gap_text(gap)));
    writeln!(
        out,
        "    <testcase classname=\"outgate.coverage\" name=\"{reason}\">\n      \
         <error type=\"gap\" message=\"{text}\"/>\n    </testcase>"
    )
}
