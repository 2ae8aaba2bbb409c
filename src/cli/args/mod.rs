//! The flags, and nothing else: what they mean is in each subcommand's file.

mod baseline;
mod ci;
mod config;
mod detectors;
mod hook;
mod output;
mod report;
mod rules;
mod scan;
mod submit;

use clap::{Args, CommandFactory as _, Parser, Subcommand};

pub(super) use baseline::{BaselineArgs, BaselineCommand, BaselineScanArgs, NewEntryArgs};
pub(super) use ci::{CiArgs, Scope};
pub(super) use config::{
    ConfigCommand, ConfigCommandArgs, ConfigImportArgs, ConfigInitArgs, ConfigShowArgs,
};
pub(super) use detectors::{DetectorsArgs, DetectorsCommand};
pub(super) use hook::{HookArgs, HookCommand, HookRunArgs, HookStage};
pub(super) use output::{Color, DisplayArgs, FormatArgs, OutputArgs, Show};
pub(super) use report::ReportArgs;
pub(super) use rules::ConfigArgs;
pub(super) use scan::ScanArgs;
pub(super) use submit::SubmitArgs;

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
    Scan(Box<ScanArgs>),
    /// Say whether a folder or repository may be handed over
    Submit(Box<SubmitArgs>),
    /// Run as a hook of git, and install or remove that hook
    Hook(Box<HookArgs>),
    Ci(Box<CiArgs>),
    /// Know the findings that are there, so that only new ones fail
    Baseline(BaselineArgs),
    /// Show or begin a configuration, or take over that of another scanner
    Config(ConfigCommandArgs),
    Report(ReportArgs),
    /// List, explain and test detectors
    Detectors(DetectorsArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    clean and complete
  1    findings at or above --fail-on
  2    usage, configuration or internal error
  3    incomplete: something that was asked for could not be read
  130  interrupted";

#[derive(Args, Debug)]
pub(super) struct CompletionsArgs {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_consistent() {
        command().debug_assert();
    }
}
