//! The report as text for people, like a compiler's.
//!
//! Owns layout and colour: findings, then the ledger of what was not searched, then one line
//! that sums up. Everything from outside is escaped first. Does not own the words (`words`).

use std::fmt::Write as _;
use std::io;

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet,
};
use anstyle::{AnsiColor, Style as Ansi};

use super::terminal::escape;
use super::words::{commit_note, count, severity_word, size};
use super::{Hidden, Report, Style};
use crate::findings::{self, Finding, Occurrence, Place, Verdict};
use crate::walker::{Coverage, Entries, GapReason};

/// Most other places a finding names.
const PLACES: usize = 5;

/// Writes the report as text.
pub(super) fn write(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let paint = Paint { color: style.color };
    if !style.quiet {
        let renderer = renderer(style.color);
        for finding in &report.findings {
            writeln!(out, "{}\n", render_finding(&renderer, finding))?;
        }
        for (reason, entries) in &report.coverage.gaps {
            writeln!(out, "{}\n", renderer.render(&[gap_group(*reason, entries)]))?;
        }
        write_ledger(report, paint, out)?;
    }
    let summary = summary(report);
    writeln!(out, "{}", paint.over(&summary, Ansi::new().bold()))
}

/// Renders one finding.
pub(super) fn render(finding: &Finding, color: bool) -> String {
    render_finding(&renderer(color), finding)
}

fn renderer(color: bool) -> Renderer {
    if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
}

fn write_ledger(report: &Report, paint: Paint, out: &mut dyn io::Write) -> io::Result<()> {
    if let Some(skipped) = skipped(&report.coverage) {
        writeln!(out, "skipped by rule: {skipped}")?;
    }
    if let Some(hidden) = hidden(&report.hidden) {
        writeln!(out, "not shown: {hidden}")?;
    }
    for notice in &report.notices {
        writeln!(out, "note: {}", escape(&notice.text))?;
    }
    if !report.is_complete() {
        let line = incomplete(report);
        writeln!(
            out,
            "{}",
            paint.over(&line, AnsiColor::BrightRed.on_default().bold())
        )?;
    }
    Ok(())
}

/// Renders a finding, with the true column beside its path: the one in the snippet differs
/// where the line is cut or masked.
fn render_finding(renderer: &Renderer, finding: &Finding) -> String {
    let text = renderer.render(&[finding_group(finding)]);
    let Some(occurrence) = finding.occurrences.first() else {
        return text;
    };
    let before = shown_line(occurrence).0;
    let place = format!(
        "{}:{}:",
        escape(&occurrence.place.path),
        occurrence.span.start_line
    );
    let shown = format!("{place}{}", before.chars().count() + 1);
    text.replacen(
        &shown,
        &format!("{place}{}", occurrence.span.start_column),
        1,
    )
}

/// One finding with its first place, why, where else and what to do.
fn finding_group(finding: &Finding) -> Group<'static> {
    let title = level(finding.verdict)
        .with_name(finding.verdict.as_str())
        .primary_title(escaped(&finding.title))
        .id(escaped(&finding.detector));
    let mut group = Group::with_title(title);
    let mut reasons = finding.reasons.iter().map(|reason| escaped(reason));

    if let Some(occurrence) = finding.occurrences.first() {
        if occurrence.snippet.line.is_empty() {
            let redacted = finding.secret.redacted();
            group = group.element(origin(occurrence)).element(note(format!(
                "{redacted} at byte {}",
                occurrence.span.offset
            )));
        } else {
            group = group.element(snippet(occurrence, reasons.next()));
        }
        if let Some(commit) = &occurrence.place.commit {
            group = group.element(note(escaped(&commit_note(commit))));
        }
    }
    group = group.elements(reasons.map(note));
    if let Some(places) = other_places(finding) {
        group = group.element(note(places));
    }
    if !finding.also.is_empty() {
        group = group.element(note(format!(
            "also matches {}",
            escaped(&finding.also.join(", "))
        )));
    }
    group
        .element(note(format!(
            "severity {}, fingerprint {}",
            severity_word(finding.severity),
            escaped(&finding.fingerprint)
        )))
        .element(Level::HELP.message(escaped(&finding.remediation)))
}

fn level(verdict: Verdict) -> Level<'static> {
    match verdict {
        Verdict::Verified | Verdict::Likely => Level::ERROR,
        Verdict::Possible => Level::WARNING,
        Verdict::Unlikely => Level::NOTE,
    }
}

fn origin(occurrence: &Occurrence) -> Origin<'static> {
    Origin::path(escaped(&occurrence.place.path))
        .line(occurrence.span.start_line as usize)
        .char_column(occurrence.span.start_column as usize)
}

fn snippet(
    occurrence: &Occurrence,
    label: Option<String>,
) -> Snippet<'static, Annotation<'static>> {
    let (before, secret, after) = shown_line(occurrence);
    let span = before.len()..before.len() + secret.len();
    Snippet::source(before + &secret + &after)
        .path(escaped(&occurrence.place.path))
        .line_start(occurrence.span.start_line as usize)
        .annotation(AnnotationKind::Primary.span(span).label(label))
}

/// The masked line as it is shown: before the redacted secret, the secret, and after it.
fn shown_line(occurrence: &Occurrence) -> (String, String, String) {
    let findings::Snippet { line, start, end } = &occurrence.snippet;
    let part = |text: Option<&str>| escaped(&text.unwrap_or_default().replace('\t', "    "));
    (
        part(line.get(..*start)),
        part(line.get(*start..*end)),
        part(line.get(*end..)),
    )
}

fn other_places(finding: &Finding) -> Option<String> {
    let others = finding
        .occurrences
        .get(1..)
        .filter(|others| !others.is_empty())?;
    let mut text = format!("also in {}", count(others.len() as u64, "other place"));
    for other in others.iter().take(PLACES) {
        text.push_str("\n  ");
        text.push_str(&place(other));
    }
    if others.len() > PLACES {
        let _ = write!(text, "\n  and {} more", others.len() - PLACES);
    }
    Some(text)
}

fn place(occurrence: &Occurrence) -> String {
    let Place { path, commit } = &occurrence.place;
    let line = occurrence.span.start_line;
    match commit {
        Some(commit) => format!("{}:{line} {}", escape(path), escape(&commit_note(commit))),
        None => format!("{}:{line}:{}", escape(path), occurrence.span.start_column),
    }
}

/// One kind of gap with names, what failed and what to do.
fn gap_group(reason: GapReason, entries: &Entries) -> Group<'static> {
    let title = format!("not searched, {}: {}", reason.as_str(), entries.count);
    let names = entries.names.iter().map(|(name, detail)| {
        let separator = if detail.is_empty() { "" } else { ": " };
        note(format!("{}{separator}{}", escape(name), escape(detail)))
    });
    let more = entries.count.saturating_sub(entries.names.len() as u64);
    Group::with_title(Level::WARNING.with_name("gap").primary_title(title))
        .elements(names)
        .elements((more > 0).then(|| note(format!("and {more} more"))))
        .element(Level::HELP.message(reason.hint()))
}

fn note(text: String) -> Element<'static> {
    Level::NOTE.message(text).into()
}

fn escaped(text: &str) -> String {
    escape(text).into_owned()
}

fn skipped(coverage: &Coverage) -> Option<String> {
    let counts: Vec<_> = coverage
        .skipped
        .iter()
        .map(|(reason, entries)| format!("{} {}", entries.count, reason.as_str()))
        .collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

fn hidden(hidden: &Hidden) -> Option<String> {
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

fn incomplete(report: &Report) -> String {
    let mut causes: Vec<_> = report
        .coverage
        .gaps
        .iter()
        .map(|(reason, entries)| format!("{} {}", entries.count, reason.as_str()))
        .collect();
    if report.run.interrupted && !report.coverage.gaps.contains_key(&GapReason::Interrupted) {
        causes.push("stopped by an interrupt".to_owned());
    }
    format!(
        "INCOMPLETE: not everything asked for was searched ({})",
        causes.join(", ")
    )
}

/// The last line, as in `2 findings (1 verified, 1 likely) in 12 files, 340 objects, 3.4 MB`.
fn summary(report: &Report) -> String {
    let verdicts = [
        Verdict::Verified,
        Verdict::Likely,
        Verdict::Possible,
        Verdict::Unlikely,
    ];
    let parts: Vec<_> = verdicts
        .into_iter()
        .map(|verdict| {
            (
                report
                    .findings
                    .iter()
                    .filter(|f| f.verdict == verdict)
                    .count(),
                verdict,
            )
        })
        .filter(|(number, _)| *number > 0)
        .map(|(number, verdict)| format!("{number} {}", verdict.as_str()))
        .collect();
    let found = match report.findings.len() {
        0 => "no findings".to_owned(),
        number => format!("{} ({})", count(number as u64, "finding"), parts.join(", ")),
    };
    let coverage = &report.coverage;
    let mut searched = Vec::new();
    if coverage.files > 0 || coverage.objects == 0 {
        searched.push(count(coverage.files, "file"));
    }
    if coverage.objects > 0 {
        searched.push(count(coverage.objects, "object"));
    }
    searched.push(size(coverage.bytes));
    let end = if report.is_complete() {
        ""
    } else {
        "; incomplete"
    };
    format!("{found} in {}{end}", searched.join(", "))
}

/// Colours a line of text, or not.
#[derive(Clone, Copy)]
struct Paint {
    color: bool,
}

impl Paint {
    fn over(self, text: &str, style: Ansi) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}
