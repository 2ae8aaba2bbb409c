//! Words and figures that more than one writer needs.
//!
//! Owns phrases built from values. Does not own layout or escaping.

use crate::findings::{CommitRef, Severity};

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
pub(super) fn commit_note(commit: &CommitRef) -> String {
    let id = commit.id.get(..8).unwrap_or(&commit.id);
    let day = commit.date.get(..10).unwrap_or(&commit.date);
    let head = if commit.in_head {
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
        let commit = CommitRef {
            id: "0123456789".repeat(4),
            date: "2024-01-02T03:04:05+00:00".to_owned(),
            in_head: true,
            versions: 3,
        };
        assert_eq!(
            commit_note(&commit),
            "in commit 01234567 (2024-01-02), 3 versions, still in HEAD"
        );
    }
}
