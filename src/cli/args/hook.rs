//! Flags of `outgate hook`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ConfigArgs, EXIT_CODES, OutputArgs};

#[derive(Args, Debug)]
pub(crate) struct HookArgs {
    #[command(subcommand)]
    pub(crate) command: HookCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HookCommand {
    Run(Box<HookRunArgs>),
    Install(HookInstallArgs),
    Uninstall(HookUninstallArgs),
}

/// Judge what a commit or a push is about to take.
///
/// Of a named file that is staged the staged bytes are judged, of any other those on disk. Exclude
/// rules hold for named files, too. A hook that found nothing to scan says so and fails.
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct HookRunArgs {
    /// Files to judge in whole, as hook managers name them
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Judge the lines added to the index
    #[arg(long, help_heading = "Source", conflicts_with = "files")]
    pub(crate) staged: bool,
    /// Judge the lines added by the commits to be pushed
    ///
    /// Which ones they are is read from `PRE_COMMIT_FROM_REF` and `PRE_COMMIT_TO_REF`, else from
    /// standard input as git gives it to a pre-push hook.
    #[arg(long, help_heading = "Source", conflicts_with_all = ["files", "staged"])]
    pub(crate) push: bool,
    /// Name of the remote that is pushed to, as git gives it to a pre-push hook
    #[arg(long, value_name = "NAME", help_heading = "Source")]
    pub(crate) remote: Option<String>,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// When the hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum HookStage {
    /// Before each commit.
    PreCommit,
    /// Before each push.
    PrePush,
}

/// Install outgate as a hook of this repository.
///
/// The hook goes where git looks for it, `core.hooksPath` included. One that is there already is
/// kept and runs first.
#[derive(Args, Debug)]
pub(crate) struct HookInstallArgs {
    /// When to run; may be repeated
    #[arg(long = "stage", value_name = "STAGE", default_value = "pre-commit")]
    pub(crate) stages: Vec<HookStage>,
}

/// Remove the hook, and put back the one that was there before.
#[derive(Args, Debug)]
pub(crate) struct HookUninstallArgs {
    /// Which one to remove; all by default
    #[arg(long = "stage", value_name = "STAGE")]
    pub(crate) stages: Vec<HookStage>,
}
