//! Words and figures that more than one writer needs.
//!
//! Owns phrases built from values. Does not own layout or escaping.

use std::fmt::Write as _;

use super::Hidden;
use super::model::{Commit, Coverage, Finding, Gap, Occurrence};
use super::{Report, escape};
use crate::findings::{Severity, Verdict};
use crate::walker::GapReason;

/// Verdicts as reports count them, the surest first.
pub(super) const VERDICTS: [Verdict; 4] = [
    Verdict::Verified,
    Verdict::Likely,
    Verdict::Possible,
    Verdict::Unlikely,
];

/// The lower-case word for a severity.
pub(super) fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// Tells of a commit, as in `in commit 0123abcd (2024-01-02), no longer in HEAD`.
pub(super) fn commit_note(commit: &Commit) -> String {
    let id = commit.id.get(..8).unwrap_or(&commit.id);
    let day = commit.date.get(..10).unwrap_or(&commit.date);
    let head = if !commit.reachable {
        "which no ref leads to"
    } else if commit.in_head {
        "still in HEAD"
    } else {
        "no longer in HEAD"
    };
    match commit.versions {
        0 | 1 => format!("in commit {id} ({day}), {head}"),
        versions => format!("in commit {id} ({day}), {versions} versions, {head}"),
    }
}

/// A number with its noun, as in `1 file` and `2 files`.
pub(super) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A size in decimal units with one digit after the point, as in `3.4 MB`.
pub(super) fn size(bytes: u64) -> String {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    for (unit, factor) in units {
        if bytes >= factor {
            // Cut, not rounded, so that 999,999 bytes are not 1000.0 kB.
            return format!("{}.{} {unit}", bytes / factor, bytes % factor * 10 / factor);
        }
    }
    count(bytes, "byte")
}

/// How many findings have a verdict.
pub(super) fn verdict_count(findings: &[Finding], verdict: Verdict) -> usize {
    let of_verdict = |finding: &&Finding| finding.verdict == verdict;
    findings.iter().filter(of_verdict).count()
}

/// A place with line and column, as in `src/main.rs:3:14`.
pub(super) fn place(occurrence: &Occurrence) -> String {
    let (line, column) = (occurrence.start_line, occurrence.start_column);
    format!("{}:{line}:{column}", occurrence.path)
}

/// What was skipped, or nothing.
pub(super) fn skipped(coverage: &Coverage) -> Option<String> {
    let counts: Vec<_> = coverage
        .skipped
        .iter()
        .map(|skip| format!("{} {}", skip.count, skip.reason))
        .collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

/// What is not shown, or nothing.
pub(super) fn hidden(hidden: &Hidden) -> Option<String> {
    let own = [
        (hidden.unlikely, "unlikely (`--show unlikely`)"),
        (hidden.inline, "suppressed by inline comments"),
        (hidden.config, "suppressed by the configuration file"),
        (hidden.baseline, "known to the baseline"),
    ];
    let foreign = hidden
        .foreign
        .iter()
        .map(|(tool, number)| (*number, format!("suppressed by comments for {tool}")));
    let counts: Vec<_> = own
        .into_iter()
        .map(|(number, why)| (number, why.to_owned()))
        .chain(foreign)
        .filter(|(number, _)| *number > 0)
        .map(|(number, why)| format!("{number} {why}"))
        .collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

/// What stood in the way of a whole search.
pub(super) fn incomplete(report: &Report) -> String {
    let gaps = &report.coverage.gaps;
    let mut causes: Vec<_> = gaps
        .iter()
        .map(|gap| format!("{} {}", gap.count, gap.reason))
        .collect();
    let told = GapReason::Interrupted.as_str();
    if report.run.interrupted && gaps.iter().all(|gap| gap.reason != told) {
        causes.push("stopped by an interrupt".to_owned());
    }
    format!(
        "not everything asked for was searched ({})",
        causes.join(", ")
    )
}

/// One gap with names, what failed and what to do, on one line.
pub(super) fn gap_text(gap: &Gap) -> String {
    let mut text = format!("not searched, {}: {}", gap.reason, gap.count);
    for (index, one) in gap.names.iter().enumerate() {
        text.push_str(if index == 0 { " (" } else { "; " });
        text.push_str(&one.name);
        if !one.detail.is_empty() {
            let _ = write!(text, ": {}", one.detail);
        }
    }
    if !gap.names.is_empty() {
        let more = gap.count.saturating_sub(gap.names.len() as u64);
        if more > 0 {
            let _ = write!(text, "; and {more} more");
        }
        text.push(')');
    }
    let _ = write!(text, "; {}", gap.hint);
    escape(&text).into_owned()
}

/// What was found, as in `2 findings (1 verified, 1 likely)`.
pub(super) fn found(report: &Report) -> String {
    let parts: Vec<_> = VERDICTS
        .into_iter()
        .map(|verdict| (verdict_count(&report.findings, verdict), verdict))
        .filter(|(number, _)| *number > 0)
        .map(|(number, verdict)| format!("{number} {}", verdict.as_str()))
        .collect();
    match report.findings.len() {
        0 => "no findings".to_owned(),
        number => format!("{} ({})", count(number as u64, "finding"), parts.join(", ")),
    }
}

/// What was searched, as in `12 files, 340 objects, 3.4 MB`.
pub(super) fn searched(coverage: &Coverage) -> String {
    let mut searched = Vec::new();
    if coverage.files > 0 || coverage.objects == 0 {
        searched.push(count(coverage.files, "file"));
    }
    if coverage.objects > 0 {
        searched.push(count(coverage.objects, "object"));
    }
    if coverage.members > 0 {
        searched.push(count(coverage.members, "member"));
    }
    searched.push(size(coverage.bytes));
    searched.join(", ")
}

/// All in one line, as in `2 findings (1 verified, 1 likely) in 12 files, 340 objects, 3.4 MB`.
pub(super) fn summary(report: &Report) -> String {
    let end = if report.run.complete {
        ""
    } else {
        "; incomplete"
    };
    format!("{} in {}{end}", found(report), searched(&report.coverage))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_decimal() {
        assert_eq!(size(0), "0 bytes");
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(3_456_789), "3.4 MB");
        assert_eq!(size(999_999), "999.9 kB");
        assert_eq!(size(1_500_000_000), "1.5 GB");
    }

    #[test]
    fn a_commit_is_named_by_eight_digits_and_its_day() {
        let commit = Commit {
            id: "0123456789".repeat(4),
            date: "2024-01-02T03:04:05+00:00".to_owned(),
            in_head: true,
            versions: 3,
            reachable: true,
        };
        assert_eq!(
            commit_note(&commit),
            "in commit 01234567 (2024-01-02), 3 versions, still in HEAD"
        );
    }
}
