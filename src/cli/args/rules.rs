//! Flags that say by which rules a scan goes: the same for every subcommand that scans.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use crate::config::{FailOn, Size};

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag")]
pub(crate) struct ConfigArgs {
    /// Use this configuration file
    #[arg(
        long,
        value_name = "FILE",
        env = "OUTGATE_CONFIG",
        help_heading = "Configuration"
    )]
    pub(crate) config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    pub(crate) isolated: bool,
    /// Obey nothing that the scanned repository says of itself, and list what it would have hidden
    ///
    /// Its configuration, baseline, ignore comments and .gitignore files.
    #[arg(long, env = "OUTGATE_UNTRUSTED", help_heading = "Configuration")]
    pub(crate) untrusted: bool,
    /// Show what allow entries, the baseline and ignore comments hide
    #[arg(long, help_heading = "Configuration")]
    pub(crate) no_ignores: bool,
    /// File of findings that are known [default: outgate-baseline.json at the root, if it is there]
    #[arg(
        long,
        value_name = "FILE",
        env = "OUTGATE_BASELINE",
        help_heading = "Configuration"
    )]
    pub(crate) baseline: Option<PathBuf>,
    /// Use the detectors of a file, or of the files in a folder, too; may be repeated
    #[arg(
        long,
        value_name = "PATH",
        env = "OUTGATE_DETECTORS",
        value_delimiter = ',',
        help_heading = "Configuration"
    )]
    pub(crate) detectors: Vec<PathBuf>,
    /// Least verdict that makes the exit code 1 [default: possible]
    #[arg(
        long,
        value_name = "LEVEL",
        env = "OUTGATE_FAIL_ON",
        help_heading = "Configuration"
    )]
    pub(crate) fail_on: Option<FailOn>,
    /// Skip files and objects larger than this, as in `500k`, `10M`, `2G` [default: 64M]
    #[arg(
        long,
        value_name = "SIZE",
        env = "OUTGATE_MAX_FILE_SIZE",
        help_heading = "Configuration"
    )]
    pub(crate) max_file_size: Option<Size>,
    /// Judge values assigned to names, as in `password = "..."`, by rules alone, without the model
    #[arg(long, help_heading = "Configuration")]
    pub(crate) no_model: bool,
    /// Worker threads; one a core by default
    #[arg(
        long,
        value_name = "N",
        env = "OUTGATE_THREADS",
        help_heading = "Configuration"
    )]
    pub(crate) threads: Option<NonZeroUsize>,
}
