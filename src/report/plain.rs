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

use super::model::{Finding, Gap, Occurrence};
use super::submission::{Answer, Submission};
use super::terminal::escape;
use super::words::{commit_note, count, hidden, incomplete, severity_word, skipped, summary};
use super::{Report, Style};
use crate::findings::Verdict;

/// Most places that a step of what there is to do names.
const STEP_PLACES: usize = 20;
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
        for gap in &report.coverage.gaps {
            writeln!(out, "{}\n", renderer.render(&[gap_group(gap)]))?;
        }
        write_ledger(report, paint, out)?;
    }
    let summary = summary(report);
    writeln!(out, "{}", paint.over(&summary, Ansi::new().bold()))?;
    match &report.submission {
        Some(submission) => write_submission(submission, style.quiet, paint, out),
        None => Ok(()),
    }
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
        let skipped = escape(&skipped);
        writeln!(out, "skipped by rule: {skipped}")?;
    }
    if let Some(hidden) = hidden(&report.hidden) {
        writeln!(out, "not shown: {}", escape(&hidden))?;
    }
    for notice in &report.notices {
        writeln!(out, "note: {}", escape(&notice.text))?;
    }
    if !report.run.complete {
        let line = format!("INCOMPLETE: {}", escape(&incomplete(report)));
        writeln!(
            out,
            "{}",
            paint.over(&line, AnsiColor::BrightRed.on_default().bold())
        )?;
    }
    Ok(())
}

/// Writes what there is to do and, last, the answer.
fn write_submission(
    submission: &Submission,
    quiet: bool,
    paint: Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if !quiet {
        for (index, step) in submission.steps.iter().enumerate() {
            writeln!(out, "\n{}. {}", index + 1, escape(&step.what))?;
            for line in step.places.iter().take(STEP_PLACES) {
                writeln!(out, "   - {}", escape(line))?;
            }
            let more = step.places.len().saturating_sub(STEP_PLACES);
            if more > 0 {
                writeln!(out, "   - and {more} more")?;
            }
            for command in &step.commands {
                writeln!(out, "   $ {}", escape(command))?;
            }
        }
        writeln!(out)?;
    }
    let color = match submission.answer {
        Answer::Ready => AnsiColor::BrightGreen,
        Answer::NotReady => AnsiColor::BrightRed,
        Answer::CannotTell => AnsiColor::BrightYellow,
    };
    let line = escape(&submission.summary);
    writeln!(out, "{}", paint.over(&line, color.on_default().bold()))
}

/// Renders a finding, with the true column beside its path: the one in the snippet differs
/// where the line is cut or masked.
fn render_finding(renderer: &Renderer, finding: &Finding) -> String {
    let text = renderer.render(&[finding_group(finding)]);
    let Some(occurrence) = finding.occurrences.first() else {
        return text;
    };
    let before = shown_line(occurrence).0;
    let place = format!("{}:{}:", escape(&occurrence.path), occurrence.start_line);
    let shown = format!("{place}{}", before.chars().count() + 1);
    text.replacen(&shown, &format!("{place}{}", occurrence.start_column), 1)
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
        if occurrence.snippet.is_empty() {
            group = group.element(origin(occurrence)).element(note(format!(
                "{} at byte {}",
                escape(&finding.redacted),
                occurrence.offset
            )));
        } else {
            group = group.element(snippet(occurrence, reasons.next()));
        }
        if let Some(commit) = &occurrence.commit {
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
    Origin::path(escaped(&occurrence.path))
        .line(occurrence.start_line as usize)
        .char_column(occurrence.start_column as usize)
}

fn snippet(
    occurrence: &Occurrence,
    label: Option<String>,
) -> Snippet<'static, Annotation<'static>> {
    let (before, secret, after) = shown_line(occurrence);
    let span = before.len()..before.len() + secret.len();
    Snippet::source(before + &secret + &after)
        .path(escaped(&occurrence.path))
        .line_start(occurrence.start_line as usize)
        .annotation(AnnotationKind::Primary.span(span).label(label))
}

/// The masked line as it is shown: before the redacted secret, the secret, and after it.
fn shown_line(occurrence: &Occurrence) -> (String, String, String) {
    let part = |text: &str| escaped(&text.replace('\t', "    "));
    let (before, secret, after) = occurrence.snippet_parts();
    (part(before), part(secret), part(after))
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
    let (path, line) = (&occurrence.path, occurrence.start_line);
    match &occurrence.commit {
        Some(commit) => format!("{}:{line} {}", escape(path), escape(&commit_note(commit))),
        None => format!("{}:{line}:{}", escape(path), occurrence.start_column),
    }
}

/// One kind of gap with names, what failed and what to do.
fn gap_group(gap: &Gap) -> Group<'static> {
    let title = format!("not searched, {}: {}", escape(&gap.reason), gap.count);
    let names = gap.names.iter().map(|one| {
        let separator = if one.detail.is_empty() { "" } else { ": " };
        note(format!(
            "{}{separator}{}",
            escape(&one.name),
            escape(&one.detail)
        ))
    });
    let more = gap.count.saturating_sub(gap.names.len() as u64);
    Group::with_title(Level::WARNING.with_name("gap").primary_title(title))
        .elements(names)
        .elements((more > 0).then(|| note(format!("and {more} more"))))
        .element(Level::HELP.message(escaped(&gap.hint)))
}

fn note(text: String) -> Element<'static> {
    Level::NOTE.message(text).into()
}

fn escaped(text: &str) -> String {
    escape(text).into_owned()
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
