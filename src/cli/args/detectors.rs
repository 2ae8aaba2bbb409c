//! Flags of `outgate detectors`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Args, Debug)]
pub(crate) struct DetectorsArgs {
    #[command(subcommand)]
    pub(crate) command: DetectorsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DetectorsCommand {
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
