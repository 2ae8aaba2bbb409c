//! The report as one HTML file that needs nothing else: no network, no other file.
//!
//! Owns the page. A strict policy in it allows our own style and script by their digests and
//! nothing more, so markup that escaped escaping would still not run. The findings stand in the
//! page as a table; `report.js` replaces it by one to filter, sort and group. Does not own
//! escaping (`markup`) or the bars of the timeline (`timeline`).

mod rows;
mod timeline;

use std::io;

use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};

use super::Report;
use super::markup::escape_xml;
use super::model::{Gap, Skip};
use super::submission::Submission;
use super::terminal::escape_json;
use super::words::{VERDICTS, count, found, hidden, incomplete, searched, size, verdict_count};
use crate::findings::Verdict;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");
/// Keeps the browser from laying out thousands of rows that the script is about to replace. If
/// no script may run, or `SCRIPT` fails, they show.
const EARLY: &str = r#"{
  const page = document.documentElement.classList;
  page.add("busy");
  addEventListener("DOMContentLoaded", () => page.remove("busy"));
}"#;

/// Writes the page.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    write_head(report, out)?;
    write_tally(report, out)?;
    if let Some(submission) = &report.submission {
        write_submission(submission, out)?;
    }
    out.write_all(timeline::section(report).as_bytes())?;
    rows::write(report, out)?;
    write_coverage(report, out)?;
    write_facts(report, out)?;
    out.write_all(b"</main>\n<footer>Secrets are shown in part only; this file holds none whole and loads nothing.</footer>\n")?;
    let data = serde_json::to_string(report)?;
    // Nothing within the data can end the element or begin another.
    let data = escape_json(&data).replace('<', "\\u003c");
    writeln!(
        out,
        "<script type=\"application/json\" id=\"data\">{data}</script>"
    )?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

fn write_head(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let title = escape_xml(&found(report));
    let (style, early, script) = (source(STYLE), source(EARLY), source(SCRIPT));
    let targets = escape_xml(&report.run.targets.join(", "));
    let revision = report
        .run
        .revision
        .as_deref()
        .map_or_else(String::new, |id| {
            let short: String = id.chars().take(12).collect();
            format!(" at <code>{}</code>", escape_xml(&short))
        });
    let searched = escape_xml(&searched(&report.coverage));
    writeln!(
        out,
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src {style}; script-src {early} {script}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title} · outgate</title>
<style>{STYLE}</style>
<script>{EARLY}</script>
</head>
<body>
<header class="top">
<div>
<div class="brand">outgate · secrets in <code>{targets}</code>{revision}</div>
<h1>{heading}</h1>
<p class="soft">Searched {searched}.</p>
</div>
<button type="button" id="theme" hidden aria-label="Switch between light and dark">◐</button>
</header>
<main>"#,
        heading = heading(report)
    )
}

/// What the policy allows: this text and no other.
fn source(text: &str) -> String {
    format!("'sha256-{}'", BASE64.encode(&Sha256::digest(text)))
}

fn heading(report: &Report) -> String {
    match report.findings.len() {
        0 => "No findings".to_owned(),
        number => count(number as u64, "finding"),
    }
}

fn capitalize(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

fn write_tally(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    if !report.run.complete {
        let why = escape_xml(&incomplete(report));
        writeln!(
            out,
            r##"<div class="note bad" role="status"><b>Incomplete.</b> {}; <a href="#coverage">see what was missed</a>.</div>"##,
            capitalize(&why)
        )?;
    } else if report.findings.is_empty() {
        writeln!(
            out,
            r#"<div class="note" role="status"><b>Clean.</b> Everything asked for was searched.</div>"#
        )?;
    }
    writeln!(out, r#"<section class="tally" aria-label="By verdict">"#)?;
    for verdict in VERDICTS {
        let number = verdict_count(&report.findings, verdict);
        let none = if number == 0 { r#" class="none""# } else { "" };
        writeln!(
            out,
            "<div{none}><span class=\"badge {word}\">{word}</span><b>{number}</b><p>{}</p></div>",
            meaning(verdict),
            word = verdict.as_str(),
        )?;
    }
    writeln!(out, "</section>")
}

/// Writes whether what was scanned may be handed over, and what there is to do.
fn write_submission(submission: &Submission, out: &mut dyn io::Write) -> io::Result<()> {
    let summary = escape_xml(&submission.summary);
    writeln!(
        out,
        r#"<section class="card" id="submission"><h2>Submission</h2><p><b>{summary}</b></p><ol>"#
    )?;
    for step in &submission.steps {
        let (mut places, mut commands) = (String::new(), String::new());
        for place in &step.places {
            places.push_str(&format!("<li><code>{}</code></li>", escape_xml(place)));
        }
        for command in &step.commands {
            commands.push_str(&format!("<p><code>{}</code></p>", escape_xml(command)));
        }
        let what = escape_xml(&step.what);
        writeln!(out, "<li>{what}{commands}<ul>{places}</ul></li>")?;
    }
    writeln!(out, "</ol></section>")
}

fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Verified => "A checksum or the inner structure proves that an issuer made it.",
        Verdict::Likely => "It has the shape and the surroundings of a real one.",
        Verdict::Possible => "The surroundings do not settle it.",
        Verdict::Unlikely => "A placeholder, an example, a test key or public by design.",
    }
}

fn write_coverage(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let coverage = &report.coverage;
    writeln!(
        out,
        r#"<section class="card" id="coverage"><h2>Coverage</h2><dl class="facts">"#
    )?;
    let mut figures = vec![
        ("Files", coverage.files.to_string()),
        ("Objects of history", coverage.objects.to_string()),
        ("Commits", coverage.commits.to_string()),
        ("Bytes searched", size(coverage.bytes)),
        (
            "Not shown",
            hidden(&report.hidden).unwrap_or_else(|| "nothing".to_owned()),
        ),
    ];
    let notices = report.notices.iter();
    figures.extend(notices.map(|notice| ("Note", notice.text.clone())));
    write_terms(&figures, out)?;
    writeln!(out, "</dl>")?;
    if !coverage.gaps.is_empty() {
        write_ledger("Not searched, though asked for", out)?;
        for gap in &coverage.gaps {
            write_gap(gap, out)?;
        }
        writeln!(out, "</tbody></table>")?;
    }
    if !coverage.skipped.is_empty() {
        write_ledger("Skipped by rule", out)?;
        for skip in &coverage.skipped {
            write_skip(skip, out)?;
        }
        writeln!(out, "</tbody></table>")?;
    }
    writeln!(out, "</section>")
}

fn write_ledger(title: &str, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        "<h3>{title}</h3><table class=\"ledger\"><thead><tr><th scope=\"col\">Reason</th>\
         <th scope=\"col\">Count</th><th scope=\"col\">What</th></tr></thead><tbody>"
    )
}

fn write_gap(gap: &Gap, out: &mut dyn io::Write) -> io::Result<()> {
    let names = gap.names.iter().map(|one| {
        let detail = match escape_xml(&one.detail) {
            detail if detail.is_empty() => detail,
            detail => format!(" <span class=\"soft\">{detail}</span>"),
        };
        format!("<li><code>{}</code>{detail}</li>", escape_xml(&one.name))
    });
    let names: String = names.collect();
    writeln!(
        out,
        "<tr><td>{}</td><td>{}</td><td><ul>{names}{}</ul><p class=\"act small\">{}</p></td></tr>",
        escape_xml(&gap.reason),
        gap.count,
        rest(gap.count, gap.names.len()),
        escape_xml(&capitalize(&gap.hint))
    )
}

fn write_skip(skip: &Skip, out: &mut dyn io::Write) -> io::Result<()> {
    let mut names = String::new();
    for name in &skip.names {
        names.push_str(&format!("<li><code>{}</code></li>", escape_xml(name)));
    }
    let size = match skip.bytes {
        0 => String::new(),
        bytes => format!(", {}", size(bytes)),
    };
    writeln!(
        out,
        "<tr><td>{}</td><td>{}{size}</td><td><details><summary>Names</summary><ul>{names}{}</ul>\
         </details></td></tr>",
        escape_xml(&skip.reason),
        skip.count,
        rest(skip.count, skip.names.len())
    )
}

fn rest(count: u64, named: usize) -> String {
    match count.saturating_sub(named as u64) {
        0 => String::new(),
        more => format!("<li class=\"soft\">and {more} more</li>"),
    }
}

fn write_facts(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let run = &report.run;
    writeln!(
        out,
        r#"<section class="card"><h2>This run</h2><dl class="facts">"#
    )?;
    let facts = [
        ("Targets", run.targets.join(", ")),
        ("Sources", run.sources.join(", ")),
        (
            "Revision",
            run.revision.clone().unwrap_or_else(|| "none".to_owned()),
        ),
        ("outgate", run.version.clone()),
        ("Detectors", run.detectors.to_string()),
        ("Digest of the detectors", run.detector_digest.clone()),
    ];
    write_terms(&facts, out)?;
    writeln!(out, "</dl></section>")
}

fn write_terms(terms: &[(&str, String)], out: &mut dyn io::Write) -> io::Result<()> {
    for (name, value) in terms {
        let value = escape_xml(value);
        writeln!(
            out,
            "<div><dt>{name}</dt><dd class=\"mono\">{value}</dd></div>"
        )?;
    }
    Ok(())
}
