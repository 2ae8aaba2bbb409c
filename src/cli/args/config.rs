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
    /// Print what holds for a scan, and where each value comes from
    Show(Box<ConfigShowArgs>),
    /// Write a configuration file with every key explained
    Init(ConfigInitArgs),
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
