//! The report as annotations of GitHub Actions: workflow commands on standard output.
//!
//! Owns the form of a command and GitHub's limit on them. Each line begins with a command of
//! ours or with a figure, and text from outside holds no line break, so a scanned file cannot
//! give the runner orders. Does not own the summary that has what is left out (`markdown`).

use std::io;

use super::Report;
use super::model::{Finding, Occurrence};
use super::terminal::escape;
use super::words::{commit_note, count, gap_text, summary};
use crate::findings::Verdict;

/// Most annotations of a level that GitHub keeps of a step.
const LIMIT: usize = 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

const LEVELS: [Level; 3] = [Level::Error, Level::Warning, Level::Notice];

/// Writes an annotation for each finding and gap that GitHub would keep, then one line of figures.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let (mut room, more) = share(report);
    for finding in &report.findings {
        let level = level(finding.verdict);
        let left = &mut room[level as usize];
        if *left > 0 {
            *left -= 1;
            writeln!(out, "{}", annotation(level, finding))?;
        }
    }
    for gap in report.coverage.gaps.iter().take(LIMIT) {
        let title = [("title", "outgate: not searched".to_owned())];
        writeln!(out, "{}", command(Level::Warning, &title, &gap_text(gap)))?;
    }
    if more > 0 {
        let text = format!("{more} more in the summary (-o markdown=$GITHUB_STEP_SUMMARY)");
        let title = [("title", "outgate".to_owned())];
        writeln!(out, "{}", command(Level::Notice, &title, &text))?;
    }
    writeln!(out, "{}", summary(report))
}

/// How many findings of each level there is room for, and how many are left over. Gaps come
/// first among warnings, and what tells of the rest is a notice itself.
fn share(report: &Report) -> ([usize; 3], usize) {
    let gaps = report.coverage.gaps.len().min(LIMIT);
    let left_over = |room: [usize; 3]| -> usize {
        let over = |level: Level| {
            let of_level = |finding: &&Finding| self::level(finding.verdict) == level;
            let number = report.findings.iter().filter(of_level).count();
            number.saturating_sub(room[level as usize])
        };
        LEVELS.into_iter().map(over).sum()
    };
    let room = [LIMIT, LIMIT - gaps, LIMIT];
    if left_over(room) == 0 {
        return (room, 0);
    }
    let room = [LIMIT, LIMIT - gaps, LIMIT - 1];
    (room, left_over(room))
}

fn level(verdict: Verdict) -> Level {
    match verdict {
        Verdict::Verified | Verdict::Likely => Level::Error,
        Verdict::Possible => Level::Warning,
        Verdict::Unlikely => Level::Notice,
    }
}

/// One finding, at its first place in the checkout if it has one there; what a commit added is
/// where that put it, as long as it is still in HEAD.
fn annotation(level: Level, finding: &Finding) -> String {
    let mut places = finding.occurrences.iter();
    let in_tree = places.clone().find(|one| one.commit.is_none());
    let in_head = places.find(|one| one.commit.as_ref().is_some_and(|commit| commit.in_head));
    let mut properties = in_tree.or(in_head).map(position).unwrap_or_default();
    let title = format!("{}: {}", finding.verdict.as_str(), finding.title);
    properties.push(("title", title));

    let mut parts = vec![finding.redacted.clone()];
    parts.extend(finding.reasons.iter().cloned());
    if in_tree.is_none()
        && let Some(first) = finding.occurrences.first()
    {
        let note = first.commit.as_ref().map(commit_note).unwrap_or_default();
        parts.push(format!("{}:{} {note}", first.path, first.start_line));
    }
    let others = finding.occurrences.len().saturating_sub(1) as u64;
    if others > 0 {
        parts.push(format!("also in {}", count(others, "other place")));
    }
    let text = format!(
        "{}. {} ({}, fingerprint {})",
        parts.join("; "),
        finding.remediation,
        finding.detector,
        finding.fingerprint
    );
    command(level, &properties, &text)
}

fn position(place: &Occurrence) -> Vec<(&'static str, String)> {
    let mut properties = vec![
        ("file", place.path.clone()),
        ("line", place.start_line.to_string()),
        ("endLine", place.end_line.to_string()),
    ];
    // The runner takes columns within one line only.
    if place.start_line == place.end_line {
        properties.push(("col", place.start_column.to_string()));
        properties.push(("endColumn", place.end_column.to_string()));
    }
    properties
}

fn command(level: Level, properties: &[(&str, String)], text: &str) -> String {
    let name = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    let properties: Vec<_> = properties
        .iter()
        .map(|(key, value)| format!("{key}={}", encode_property(value)))
        .collect();
    format!("::{name} {}::{}", properties.join(","), encode_data(text))
}

/// Encodes as the toolkit's `escapeData` does; line breaks are control characters, so `escape`
/// has taken them out already.
fn encode_data(text: &str) -> String {
    escape(text).replace('%', "%25")
}

/// Encodes as the toolkit's `escapeProperty` does.
fn encode_property(text: &str) -> String {
    encode_data(text).replace(':', "%3A").replace(',', "%2C")
}
