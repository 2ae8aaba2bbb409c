//! The report: findings, coverage and run facts, and one writer per format.
//!
//! Owns how results look. Writers only render: nothing is decided, filtered or sorted here,
//! so every format tells the same story.

mod csv;
mod github;
mod gitlab;
mod hidden;
mod html;
mod intake;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod markup;
mod model;
mod notice;
mod plain;
mod sarif;
mod saved;
mod submission;
mod terminal;
#[cfg(test)]
mod tests;
mod words;

pub use hidden::Hidden;
pub use json::schema;
pub use model::{
    Commit, Coverage, Finding, Gap, GapName, Item, ItemState, Occurrence, Report, Run, Skip,
};
pub use notice::{Notice, NoticeKind};
pub use saved::{Fault, read};
pub use submission::{Action, Answer, Step, Submission};

pub(crate) use terminal::escape;

use std::io;

use crate::walker;

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Text for people, like a compiler's.
    Plain,
    /// One JSON document.
    Json,
    /// One JSON object a line: findings, then the summary.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// Secret detection report of GitLab.
    Gitlab,
    /// JUnit XML.
    Junit,
    /// Comma-separated values, a row for each place.
    Csv,
    /// A page of Markdown, at most 900 KiB.
    Markdown,
    /// One page to look through in a browser.
    Html,
}

/// How to render.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether ANSI colour is wanted (plain format only).
    pub color: bool,
    /// Whether only the last summary line is wanted (plain format only).
    pub quiet: bool,
}

/// Shows one finding as the plain report does.
pub fn render(finding: &Finding, color: bool) -> String {
    plain::render(finding, color)
}

impl Report {
    /// Puts a report together; where secrets were, the redacted text stands from here on.
    pub fn new(
        mut run: Run,
        findings: Vec<crate::findings::Finding>,
        hidden: Hidden,
        notices: Vec<Notice>,
        coverage: walker::Coverage,
    ) -> Self {
        run.complete = coverage.is_complete() && !run.interrupted;
        Self {
            schema_version: model::SCHEMA_VERSION,
            run,
            findings: findings.into_iter().map(Into::into).collect(),
            hidden,
            notices,
            coverage: coverage.into(),
            submission: None,
        }
    }

    /// Writes the report.
    ///
    /// # Errors
    /// Only what the writer returns.
    pub fn write(&self, format: Format, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
        match format {
            Format::Plain => plain::write(self, style, out),
            Format::Json => json::write(self, out),
            Format::Jsonl => jsonl::write(self, out),
            Format::Sarif => sarif::write(self, out),
            Format::Github => github::write(self, out),
            Format::Gitlab => gitlab::write(self, out),
            Format::Junit => junit::write(self, out),
            Format::Csv => csv::write(self, out),
            Format::Markdown => markdown::write(self, out),
            Format::Html => html::write(self, out),
        }
    }
}
