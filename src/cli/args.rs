//! The flags, and nothing else: what they mean is in each subcommand's file.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::config::FailOn;
use crate::report::Format;

/// A fast, offline scanner for secrets and credentials in code repositories, history included.
#[derive(Debug, Parser)]
#[command(
    name = "outgate",
    version,
    max_term_width = 100,
    propagate_version = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The clap command, for completions and manual pages.
pub fn command() -> clap::Command {
    Cli::command()
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Scan folders, files, repositories, staged changes or standard input
    Scan(Box<ScanArgs>),
    /// List, explain and test detectors
    Detectors(DetectorsArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

/// Scan folders, files, repositories, staged changes or standard input.
///
/// At the root of a git repository the working tree and the whole history of all refs are
/// scanned, because that is what leaves when a repository leaves. Everything stays on this
/// machine, and no output ever holds a whole secret.
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag")]
pub(super) struct ScanArgs {
    /// Folders, repositories or files; `-` reads standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,

    /// Scan the working tree only
    #[arg(long, help_heading = "Source", group = "source")]
    pub(super) tree: bool,
    /// Scan the history of all refs only
    #[arg(long, help_heading = "Source", group = "source")]
    pub(super) history: bool,
    /// Scan the lines added to the index, as a commit would take them
    #[arg(long, help_heading = "Source", group = "source")]
    pub(super) staged: bool,
    /// Scan the lines added by a range of commits, as in `main..HEAD`
    #[arg(long, value_name = "A..B", help_heading = "Source", group = "source")]
    pub(super) range: Option<String>,
    /// Scan the files named in a list, one a line or separated by NUL; `-` reads the list from
    /// standard input
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Source",
        group = "source",
        conflicts_with = "paths"
    )]
    pub(super) files_from: Option<PathBuf>,
    /// Scan untracked files that git ignores, too
    #[arg(long, help_heading = "Source")]
    pub(super) no_gitignore: bool,
    /// Search every version of a file in history in whole, not only what it adds to another
    ///
    /// Finds the same, slower: for comparison and in case of doubt.
    #[arg(long, help_heading = "Source")]
    pub(super) full_scan: bool,
    /// Skip files and objects larger than this, as in `500k`, `10M`, `2G`
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = parse_size, help_heading = "Source")]
    pub(super) max_file_size: u64,

    /// Use this configuration file
    #[arg(
        long,
        value_name = "FILE",
        env = "OUTGATE_CONFIG",
        help_heading = "Configuration"
    )]
    pub(super) config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    pub(super) isolated: bool,
    /// Worker threads; one a core by default
    #[arg(
        long,
        value_name = "N",
        env = "OUTGATE_THREADS",
        help_heading = "Configuration"
    )]
    pub(super) threads: Option<std::num::NonZeroUsize>,

    /// How to write the report
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "plain",
        help_heading = "Output"
    )]
    pub(super) format: Format,
    /// Write a report to a file, as in `out.json` or `sarif=out.sarif`; may be repeated
    #[arg(short, long, value_name = "[FORMAT=]FILE", help_heading = "Output")]
    pub(super) output: Vec<String>,
    /// Least verdict that makes the exit code 1 [default: possible]
    #[arg(
        long,
        value_name = "LEVEL",
        env = "OUTGATE_FAIL_ON",
        help_heading = "Output"
    )]
    pub(super) fail_on: Option<FailOn>,
    /// Show findings that are probably harmless, too
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "possible",
        help_heading = "Output"
    )]
    pub(super) show: Show,
    /// Exit with 0 even if there are findings
    #[arg(long, help_heading = "Output")]
    pub(super) exit_zero: bool,
    /// When to use colour
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub(super) color: Color,
    /// Show no progress
    #[arg(long, help_heading = "Output")]
    pub(super) no_progress: bool,
    /// Print only the last line of the plain report
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub(super) quiet: bool,
    /// Print what is scanned and how long it took
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    clean and complete
  1    findings at or above --fail-on
  2    usage, configuration or internal error
  3    incomplete: something that was asked for could not be read
  130  interrupted";

/// Least verdict shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Show {
    /// Proved by checksum or structure.
    Verified,
    /// Real by shape and surroundings, or surer.
    Likely,
    /// Perhaps real, or surer.
    Possible,
    /// Everything.
    Unlikely,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal that shows it.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Args, Debug)]
pub(super) struct DetectorsArgs {
    #[command(subcommand)]
    pub(super) command: DetectorsCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum DetectorsCommand {
    /// List all detectors
    List {
        /// Only those whose id, name or provider contains this
        #[arg(value_name = "TEXT")]
        filter: Option<String>,
    },
    /// Explain one detector
    Show {
        /// Its id
        id: String,
    },
    /// Check detector files for faults, cost and missing examples
    Lint {
        /// Files or folders of files
        #[arg(value_name = "PATH", default_value = "detectors")]
        paths: Vec<PathBuf>,
    },
    /// Run the examples of detectors against them
    Test {
        /// Ids of detectors; all by default
        #[arg(value_name = "ID")]
        ids: Vec<String>,
    },
}

#[derive(Args, Debug)]
pub(super) struct CompletionsArgs {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

/// Reads a size with an optional binary suffix.
fn parse_size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let factor: u64 = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        suffix => return Err(format!("unknown suffix `{suffix}`; use k, M or G")),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| format!("`{digits}` is not a number"))?;
    number
        .checked_mul(factor)
        .ok_or_else(|| "too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn sizes_take_suffixes() {
        assert_eq!(parse_size("10"), Ok(10));
        assert_eq!(parse_size("2k"), Ok(2048));
        assert_eq!(parse_size("1M"), Ok(1 << 20));
        assert!(parse_size("1x").is_err());
        assert!(parse_size("99999999999G").is_err());
    }
}
