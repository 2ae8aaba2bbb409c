//! The one error type of the command line.
//!
//! Owns nothing but the sum of the rooms' errors and their hints.

use std::io;

/// What stops a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] crate::config::Error),
    /// A file of another scanner.
    #[error(transparent)]
    Import(#[from] crate::config::import::Error),
    /// The baseline.
    #[error(transparent)]
    Baseline(#[from] crate::baseline::Error),
    /// The profile of a submission.
    #[error(transparent)]
    Profile(#[from] crate::submission::Error),
    /// The detectors.
    #[error(transparent)]
    Detectors(#[from] crate::detectors::Error),
    /// A scan.
    #[error(transparent)]
    Pipeline(#[from] crate::pipeline::Error),
    /// Writing to standard output.
    #[error("cannot write to standard output")]
    Stdout(#[source] io::Error),
    /// Writing to a file.
    #[error("cannot write `{path}`")]
    Output {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// A hook that cannot be installed or removed.
    #[error("{what}")]
    Hook {
        /// What stands in the way.
        what: String,
        /// What the user can do about it.
        hint: String,
    },
    /// A saved run that cannot be read.
    #[error("cannot read `{path}`")]
    Input {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// A file that is no saved run.
    #[error("`{path}` is not a report of outgate in JSON")]
    Saved {
        /// The file.
        path: String,
        /// What is wrong with it.
        source: crate::report::Fault,
    },
    /// A flag whose value makes no sense.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(fault) => fault.hint(),
            Self::Import(fault) => fault.hint(),
            Self::Baseline(fault) => fault.hint(),
            Self::Profile(fault) => fault.hint(),
            Self::Detectors(fault) => fault.hint(),
            Self::Pipeline(fault) => fault.hint(),
            Self::Output { .. } => Some("the folder must exist and be writable".to_owned()),
            Self::Hook { hint, .. } => Some(hint.clone()),
            Self::Stdout(_) => None,
            Self::Input { .. } | Self::Saved { .. } => {
                Some("save one with `outgate scan --output run.json`".to_owned())
            }
            Self::Usage(_) => Some("`outgate --help` explains the flags".to_owned()),
        }
    }

    /// Says whether the reader of standard output went away, which is no fault.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Stdout(fault) if fault.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<crate::walker::Error> for Error {
    fn from(fault: crate::walker::Error) -> Self {
        Self::Pipeline(fault.into())
    }
}
