//! The report: findings, coverage and run facts, and one writer per format.
//!
//! Owns how results look. Writers only render: nothing is decided, filtered or sorted here,
//! so every format tells the same story.

mod hidden;
mod json;
mod jsonl;
mod notice;
mod plain;
mod sarif;
mod terminal;
#[cfg(test)]
mod tests;
mod words;

pub use hidden::Hidden;
pub use json::schema;
pub use notice::{Notice, NoticeKind};

pub(crate) use terminal::escape;

use std::io;

use crate::findings::Finding;
use crate::walker::Coverage;

/// Everything a run has to say.
#[derive(Debug)]
pub struct Report {
    /// Facts about the run.
    pub run: Run,
    /// Findings to show, sorted: surest and gravest first, then by place.
    pub findings: Vec<Finding>,
    /// Findings held back, by why.
    pub hidden: Hidden,
    /// What else the reader should know, in the order of its weight.
    pub notices: Vec<Notice>,
    /// What was read and what was not.
    pub coverage: Coverage,
}

/// Facts about a run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Version of outgate.
    pub version: String,
    /// What was scanned, as the user named it (`.`, `-`, paths).
    pub targets: Vec<String>,
    /// Which sources were read: `tree`, `history`, `staged`, `range A..B`, `stdin`, `files`.
    pub sources: Vec<String>,
    /// How many detectors were on.
    pub detectors: usize,
    /// Digest of the detector set, hexadecimal.
    pub detector_digest: String,
    /// Whether the run was cut short by an interrupt.
    pub interrupted: bool,
    /// Revision of HEAD, where there is one.
    pub revision: Option<String>,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Text for people, like a compiler's.
    Plain,
    /// One JSON document.
    Json,
    /// One JSON object a line: findings, then the summary.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
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
    /// Says whether everything asked for was read.
    pub fn is_complete(&self) -> bool {
        self.coverage.is_complete() && !self.run.interrupted
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
        }
    }
}
