//! The table of findings, as it is read without a script.
//!
//! Owns the controls, which the script shows, and a row for each finding that opens by itself.
//! `report.js` makes the same columns anew.

use std::fmt::Write as _;
use std::io;

use super::super::Report;
use super::super::markup::escape_xml;
use super::super::model::{Finding, Occurrence};
use super::super::words::{commit_note, count, place, severity_word};

/// Most places that a row names without the script.
const PLACES: usize = 20;

/// Shown by the script once it runs.
const CONTROLS: &str = r#"<form class="tools" id="tools" role="search" hidden>
<input type="search" id="filter" placeholder="Filter by path, detector, reason, commit" aria-label="Filter findings" autocomplete="off" spellcheck="false">
<label>Severity <select id="severity"><option value="">all</option></select></label>
<label>Detector <select id="detector"><option value="">all</option></select></label>
<label>Found in <select id="source"><option value="">anywhere</option><option value="tree">the tree</option><option value="history">history</option><option value="gone">history only</option></select></label>
<label>Group by <select id="group"><option value="secret">secret</option><option value="file">file</option><option value="detector">detector</option></select></label>
</form>
<div class="count" id="counts" hidden><div class="chips" id="verdicts" role="group" aria-label="Verdicts"></div><span><span id="shown" role="status"></span> <span class="keys"><kbd>/</kbd> filter <kbd>j</kbd> <kbd>k</kbd> move <kbd>Enter</kbd> open</span></span></div>"#;

const HEAD: &str = r#"<table id="findings"><colgroup><col class="c-verdict"><col class="c-severity"><col><col class="c-place"><col class="c-date"></colgroup>
<thead><tr><th scope="col" data-sort="verdict">Verdict</th><th scope="col" class="h-severity" data-sort="severity">Severity</th><th scope="col" data-sort="title">Secret</th><th scope="col" data-sort="place">Where</th><th scope="col" class="h-date" data-sort="date">First commit</th></tr></thead>
<tbody id="rows">"#;

const END: &str = r#"</tbody></table>
<p class="empty" id="empty" hidden>No finding passes these filters.</p>
<button type="button" class="more" id="more" hidden>Show more</button>
</section>"#;

/// Writes the section; nothing if there is nothing to show.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    if report.findings.is_empty() {
        return Ok(());
    }
    writeln!(out, r#"<section class="card findings"><h2>Findings</h2>"#)?;
    writeln!(out, "{CONTROLS}\n{HEAD}")?;
    for finding in &report.findings {
        out.write_all(row(finding).as_bytes())?;
    }
    writeln!(out, "{END}")
}

fn row(finding: &Finding) -> String {
    let verdict = finding.verdict.as_str();
    let first = finding.occurrences.first();
    let at = first.map(place).unwrap_or_default();
    let others = match finding.occurrences.len() as u64 {
        0 | 1 => String::new(),
        number => format!(
            "<div class=\"soft small\">and {}</div>",
            count(number - 1, "other place")
        ),
    };
    format!(
        "<tr><td><span class=\"badge {verdict}\">{verdict}</span></td>\
         <td class=\"severity\">{}</td><td><details><summary><b>{}</b></summary>{}</details>\
         <div class=\"under\"><code>{}</code><code class=\"value\">{}</code></div></td>\
         <td><code>{}</code>{others}</td><td class=\"date\">{}</td></tr>\n",
        severity_word(finding.severity),
        escape_xml(&finding.title),
        details(finding),
        escape_xml(&finding.detector),
        escape_xml(&finding.redacted),
        escape_xml(&at),
        escape_xml(first_day(finding).unwrap_or("—")),
    )
}

/// The day of the oldest commit that holds a finding.
fn first_day(finding: &Finding) -> Option<&str> {
    let commits = finding.occurrences.iter().flat_map(|one| &one.commit);
    commits.filter_map(|commit| commit.date.get(..10)).min()
}

fn details(finding: &Finding) -> String {
    let mut text = format!(
        "<p class=\"act\">{}</p><ul>",
        escape_xml(&finding.remediation)
    );
    for reason in &finding.reasons {
        let _ = write!(text, "<li>{}</li>", escape_xml(reason));
    }
    text.push_str("</ul><ul>");
    for occurrence in finding.occurrences.iter().take(PLACES) {
        text.push_str(&whereabouts(occurrence));
    }
    let more = finding.occurrences.len().saturating_sub(PLACES);
    if more > 0 {
        let _ = write!(text, "<li>and {more} more</li>");
    }
    let fingerprint = escape_xml(&finding.fingerprint);
    let _ = write!(
        text,
        "</ul><p class=\"soft small\">fingerprint {fingerprint}</p>"
    );
    text
}

fn whereabouts(occurrence: &Occurrence) -> String {
    let note = occurrence.commit.as_ref().map(commit_note);
    let snippet = match escape_xml(&occurrence.snippet) {
        snippet if snippet.is_empty() => snippet,
        snippet => format!("<pre>{snippet}</pre>"),
    };
    format!(
        "<li><code>{}</code> {}{snippet}</li>",
        escape_xml(&place(occurrence)),
        escape_xml(&note.unwrap_or_default())
    )
}
