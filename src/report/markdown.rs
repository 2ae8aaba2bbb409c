//! The report as Markdown: a page for people, and the summary of a job on GitHub.
//!
//! Owns the page and its size: GitHub drops a summary over 1 MiB whole, so rows that would make
//! it too long are left out and counted. Does not own escaping (`markup`).

use std::fmt::Write as _;
use std::io;

use super::Report;
use super::markup::{code_span, escape_markdown};
use super::model::{Finding, Gap};
use super::words::{
    commit_note, count, found, hidden, incomplete, place, searched, severity_word, skipped,
};

/// Longest page, in bytes.
const LIMIT: usize = 900 * 1024;
/// Longest text from a scanned file in a cell, in characters.
const WIDTH: usize = 200;

/// Writes the page.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(page(report, LIMIT).as_bytes())
}

/// The page, cut after a row of the table so that it has at most `limit` bytes.
fn page(report: &Report, limit: usize) -> String {
    let mut page = head(report);
    let end = tail(report);
    let left_out = |number: usize| {
        format!("\n… and {number} more; the HTML and JSON reports have them all.\n")
    };
    let reserved = end.len() + left_out(report.findings.len()).len();
    for (shown, finding) in report.findings.iter().enumerate() {
        let row = row(finding);
        if page.len() + row.len() + reserved > limit {
            page.push_str(&left_out(report.findings.len() - shown));
            break;
        }
        page.push_str(&row);
    }
    page + &end
}

fn head(report: &Report) -> String {
    let mut head = format!("## outgate: {}\n\n", found(report));
    let _ = writeln!(head, "Searched {}.", searched(&report.coverage));
    if !report.run.complete {
        let why = escape_markdown(&incomplete(report));
        let _ = writeln!(head, "\n**Incomplete**: {why}.");
    }
    let in_history = |finding: &Finding| finding.occurrences.iter().any(|one| one.commit.is_some());
    if report.findings.iter().any(in_history) {
        head.push_str(
            "\nWhat history holds can be read by everyone who has the repository, even after its \
             line is gone. Revoke the secret first.\n",
        );
    }
    if !report.findings.is_empty() {
        head.push_str("\n| Verdict | Severity | Secret | Where | Redacted | What to do |\n");
        head.push_str("|---|---|---|---|---|---|\n");
    }
    head
}

fn row(finding: &Finding) -> String {
    let mut at = String::new();
    if let Some(first) = finding.occurrences.first() {
        at = code_span(&place(first), WIDTH);
        if let Some(commit) = &first.commit {
            let _ = write!(at, " {}", escape_markdown(&commit_note(commit)));
        }
        let others = finding.occurrences.len() as u64 - 1;
        if others > 0 {
            let _ = write!(at, "<br>and {}", count(others, "other place"));
        }
    }
    let link = match finding.link() {
        // The rest of an address could end the link.
        Some(link) if !link.contains(['(', ')', '<', '>', '|', ' ', '\\', '`']) => {
            format!(" ([format](<{}>))", super::escape(link))
        }
        _ => String::new(),
    };
    format!(
        "| **{}** | {} | {} {} | {at} | {} | {}{link} |\n",
        finding.verdict.as_str(),
        severity_word(finding.severity),
        escape_markdown(&finding.title),
        code_span(&finding.detector, WIDTH),
        code_span(&finding.redacted, WIDTH),
        escape_markdown(&finding.remediation)
    )
}

fn tail(report: &Report) -> String {
    let mut tail = String::new();
    if !report.coverage.gaps.is_empty() {
        tail.push_str(
            "\n### Not searched\n\n| Why | How many | What | What to do |\n|---|---|---|---|\n",
        );
        for gap in &report.coverage.gaps {
            tail.push_str(&gap_row(gap));
        }
    }
    if let Some(skipped) = skipped(&report.coverage) {
        let _ = writeln!(tail, "\nSkipped by rule: {}.", escape_markdown(&skipped));
    }
    if let Some(hidden) = hidden(&report.hidden) {
        let _ = writeln!(tail, "\nNot shown: {}.", escape_markdown(&hidden));
    }
    for notice in &report.notices {
        let _ = writeln!(tail, "\nNote: {}.", escape_markdown(&notice.text));
    }
    let run = &report.run;
    let sources: Vec<_> = run
        .sources
        .iter()
        .map(|one| code_span(one, WIDTH))
        .collect();
    let _ = writeln!(
        tail,
        "\noutgate {}, {} detectors, of {}{}",
        escape_markdown(&run.version),
        run.detectors,
        sources.join(", "),
        run.revision.as_ref().map_or_else(String::new, |revision| {
            format!(" at {}", code_span(revision, WIDTH))
        })
    );
    tail
}

fn gap_row(gap: &Gap) -> String {
    let names: Vec<_> = gap
        .names
        .iter()
        .map(|one| match code_span(&one.detail, WIDTH) {
            detail if detail.is_empty() => code_span(&one.name, WIDTH),
            detail => format!("{}: {detail}", code_span(&one.name, WIDTH)),
        })
        .collect();
    format!(
        "| {} | {} | {} | {} |\n",
        escape_markdown(&gap.reason),
        gap.count,
        names.join("<br>"),
        escape_markdown(&gap.hint)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_after_a_row() {
        let mut report = super::super::tests::report();
        let finding = report.findings[0].clone();
        report.findings = vec![finding; 400];
        let whole = page(&report, LIMIT);
        for limit in [3_000, 20_000, 20_100, 20_200, 20_300] {
            let cut = page(&report, limit);
            assert!(
                cut.len() <= limit && cut.len() + 1_000 > limit,
                "{}",
                cut.len()
            );
            let rows = cut.matches("| **verified** |").count();
            assert!(
                cut.contains(&format!("\n… and {} more;", 400 - rows)),
                "{cut}"
            );
            assert!(cut.ends_with(&tail(&report)) && whole.ends_with(&tail(&report)));
        }
        assert!(!whole.contains("more;"));
    }
}
