//! Flags of `outgate report`.

use std::path::PathBuf;

use clap::Args;

use super::FormatArgs;

/// Write a saved run in other formats.
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct ReportArgs {
    /// A report in the JSON or JSON Lines format; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

const EXIT_CODES: &str = "\
A run saved by `outgate scan --output run.json` gives the same reports as the scan itself.

Exit codes, whatever the run found:
  0    written
  2    the file cannot be read, is no report, or a report cannot be written";
