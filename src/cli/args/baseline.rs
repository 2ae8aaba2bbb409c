//! Flags of `outgate baseline`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ConfigArgs, DisplayArgs};
use crate::config::Day;

#[derive(Args, Debug)]
pub(crate) struct BaselineArgs {
    #[command(subcommand)]
    pub(crate) command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BaselineCommand {
    /// Scan, and write all findings into a new baseline
    Create {
        #[command(flatten)]
        scan: Box<BaselineScanArgs>,
        #[command(flatten)]
        entry: NewEntryArgs,
        /// Overwrite a baseline that is there
        #[arg(long)]
        force: bool,
    },
    /// Scan, and take out of the baseline what is there no more
    Update {
        #[command(flatten)]
        scan: Box<BaselineScanArgs>,
        #[command(flatten)]
        entry: NewEntryArgs,
        /// Put new findings into it, too
        #[arg(long)]
        add: bool,
    },
    /// Scan, and decide about each finding in turn
    Audit {
        #[command(flatten)]
        scan: Box<BaselineScanArgs>,
        /// Go through what has been decided, too
        #[arg(long)]
        all: bool,
    },
}

/// What is scanned for a baseline, and by which rules.
#[derive(Args, Debug)]
pub(crate) struct BaselineScanArgs {
    /// The folder or repository; its history is scanned, too
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) display: DisplayArgs,
}

/// What is said of the entries that are added.
#[derive(Args, Debug)]
pub(crate) struct NewEntryArgs {
    /// Why the findings are known
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// The last day on which they are, as in `2027-03-31`
    #[arg(long, value_name = "DAY")]
    pub(crate) expires: Option<Day>,
}
