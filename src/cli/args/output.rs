//! Flags that say where results go and how they look.

use clap::{Args, ValueEnum};

use crate::findings::Verdict;
use crate::report::Format;

/// Where results go, how they look, and what they do to the exit code.
#[derive(Args, Debug)]
pub(crate) struct OutputArgs {
    #[command(flatten)]
    pub(crate) format: FormatArgs,
    #[command(flatten)]
    pub(crate) display: DisplayArgs,
    /// Exit with 0 even if there are findings
    #[arg(long, help_heading = "Output")]
    pub(crate) exit_zero: bool,
    /// Print only the last line of the plain report
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Print what is scanned and how long it took
    #[arg(short, long, help_heading = "Output")]
    pub(crate) verbose: bool,
}

impl OutputArgs {
    /// Says whether a progress display may be shown.
    pub(crate) fn wants_progress(&self) -> bool {
        !self.display.no_progress && !self.quiet
    }
}

/// Where reports go and how they look.
#[derive(Args, Debug)]
pub(crate) struct FormatArgs {
    /// How to write the report
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "plain",
        help_heading = "Output"
    )]
    pub(crate) format: Format,
    /// Write a report to a file, as in `out.html` or `sarif=out.json`; may be repeated
    #[arg(short, long, value_name = "[FORMAT=]FILE", help_heading = "Output")]
    pub(crate) output: Vec<String>,
    /// When to use colour
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub(crate) color: Color,
}

/// What is shown of a scan.
#[derive(Args, Debug)]
pub(crate) struct DisplayArgs {
    /// Show findings that are probably harmless, too
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "possible",
        help_heading = "Output"
    )]
    pub(crate) show: Show,
    /// Show no progress
    #[arg(long, help_heading = "Output")]
    pub(crate) no_progress: bool,
}

/// Least verdict shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Show {
    /// Proved by checksum or structure.
    Verified,
    /// Real by shape and surroundings, or surer.
    Likely,
    /// Perhaps real, or surer.
    Possible,
    /// Everything.
    Unlikely,
}

impl From<Show> for Verdict {
    fn from(show: Show) -> Self {
        match show {
            Show::Verified => Self::Verified,
            Show::Likely => Self::Likely,
            Show::Possible => Self::Possible,
            Show::Unlikely => Self::Unlikely,
        }
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal that shows it.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
