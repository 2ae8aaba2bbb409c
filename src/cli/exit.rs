//! Exit codes: a promise to scripts.
//!
//! Owns the codes and which one wins. The output format never changes them.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to report, everything read.
    Clean,
    /// Findings at or above `--fail-on`; wins over `Incomplete`.
    Findings,
    /// Usage, configuration or internal error.
    Error,
    /// Something that was asked for was not read.
    Incomplete,
    /// Interrupted by the user; wins over everything.
    Interrupted,
}

impl Exit {
    /// The code a process ends with.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Error => 2,
            Self::Incomplete => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
