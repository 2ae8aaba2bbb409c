//! Flags of `outgate config`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ConfigArgs;

#[derive(Args, Debug)]
pub(crate) struct ConfigCommandArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    Show(Box<ConfigShowArgs>),
    Init(ConfigInitArgs),
    Import(ConfigImportArgs),
}

/// Print what holds for a scan, and where each value comes from.
///
/// Flags and variables win over the file, and that over defaults. The output is a configuration file
/// itself.
#[derive(Args, Debug)]
pub(crate) struct ConfigShowArgs {
    /// The folder, repository or file that would be scanned
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// Write a configuration file with every key explained.
#[derive(Args, Debug)]
pub(crate) struct ConfigInitArgs {
    /// The file
    #[arg(value_name = "FILE", default_value = "outgate.toml")]
    pub(crate) file: PathBuf,
    /// Overwrite a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// Turn the rules, ignores and baselines of another scanner into ours.
///
/// Reads configurations of gitleaks and betterleaks (TOML), `.gitleaksignore`, JSON reports of
/// gitleaks, `.secrets.baseline` of detect-secrets and exclude files of trufflehog. What could not be
/// carried over is listed on standard error, and the exit code is 3 then.
#[derive(Args, Debug)]
pub(crate) struct ConfigImportArgs {
    /// What to read; its kind is told from its name and content
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Folder to write `outgate.toml`, `outgate-detectors/` and `outgate-baseline.json` into
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) to: PathBuf,
    /// Overwrite files that are there
    #[arg(long)]
    pub(crate) force: bool,
}
