//! Flags of `outgate ci`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ConfigArgs, DisplayArgs, EXIT_CODES};

/// Scan what a run of GitHub Actions is about, and report where it is read there.
///
/// A pull request, a push or a merge queue is judged by the lines that its commits add; a schedule or
/// a run by hand by the tree and the whole history. Findings become annotations and a job summary; the
/// SARIF file always holds all there is, so that alerts of code scanning stay open until they are dealt
/// with. What was found is also written to the outputs of the step.
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct CiArgs {
    /// The folder or repository
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// What to scan
    #[arg(
        long,
        value_name = "WHAT",
        default_value = "auto",
        help_heading = "Source"
    )]
    pub(crate) scan: Scope,
    /// Write the report for code scanning to this file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) sarif: Option<PathBuf>,
    /// Write a report to a file, as in `html=out.html`; may be repeated
    #[arg(short, long, value_name = "[FORMAT=]FILE", help_heading = "Output")]
    pub(crate) output: Vec<String>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) display: DisplayArgs,
    /// Exit with 0 even if there are findings
    #[arg(long, help_heading = "Output")]
    pub(crate) exit_zero: bool,
}

/// What to scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scope {
    /// What the event is about.
    Auto,
    /// The working tree.
    Tree,
    /// The commits of the event.
    Range,
    /// The working tree and the whole history.
    History,
}
