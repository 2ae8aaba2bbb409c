//! The report as comma-separated values (RFC 4180), a row for each place of each finding.
//!
//! Owns quoting, and keeps spreadsheets from running what a cell holds. Gaps have no row: a
//! table of findings does not tell whether all was searched.

use std::borrow::Cow;
use std::io;

use super::Report;
use super::model::{Finding, Occurrence};
use super::terminal::escape;
use super::words::severity_word;

const HEADER: [&str; 18] = [
    "fingerprint",
    "detector",
    "title",
    "provider",
    "verdict",
    "severity",
    "path",
    "start_line",
    "start_column",
    "end_line",
    "end_column",
    "commit",
    "date",
    "in_head",
    "redacted",
    "reasons",
    "remediation",
    "source",
];

/// Writes a line of names, then the rows.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    write!(out, "{}\r\n", HEADER.join(","))?;
    for finding in &report.findings {
        for occurrence in &finding.occurrences {
            let cells = cells(finding, occurrence).map(|text| cell(&text));
            write!(out, "{}\r\n", cells.join(","))?;
        }
    }
    Ok(())
}

fn cells<'a>(finding: &'a Finding, place: &'a Occurrence) -> [Cow<'a, str>; HEADER.len()] {
    let commit = place.commit.as_ref();
    let number = |number: u32| Cow::Owned(number.to_string());
    [
        finding.fingerprint.as_str().into(),
        finding.detector.as_str().into(),
        finding.title.as_str().into(),
        finding.provider.as_str().into(),
        finding.verdict.as_str().into(),
        severity_word(finding.severity).into(),
        place.path.as_str().into(),
        number(place.start_line),
        number(place.start_column),
        number(place.end_line),
        number(place.end_column),
        commit.map_or("", |commit| &commit.id).into(),
        commit.map_or("", |commit| &commit.date).into(),
        commit
            .map_or("", |commit| if commit.in_head { "true" } else { "false" })
            .into(),
        finding.redacted.as_str().into(),
        finding.reasons.join("; ").into(),
        finding.remediation.as_str().into(),
        finding.source.as_str().into(),
    ]
}

/// Quotes a cell where it must be. A spreadsheet takes one that begins with a sign for a formula,
/// which a quote mark before it prevents; some split at semicolons, too.
fn cell(text: &str) -> String {
    let text = escape(text);
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let mark = if is_formula { "'" } else { "" };
    if is_formula || text.contains(['"', ',', ';', '\'', ' ']) {
        format!("\"{mark}{}\"", text.replace('"', "\"\""))
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_a_formula() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a\"b,c"), "\"a\"\"b,c\"");
        assert_eq!(cell("a;=1"), "\"a;=1\"");
        for formula in ["=1+1", "+1", "-1", "@a", "＝1"] {
            assert_eq!(cell(formula), format!("\"'{formula}\""));
        }
        assert_eq!(cell("\t=1"), "\\u{9}=1");
        assert_eq!(cell("\r=1"), "\\u{d}=1");
    }
}
