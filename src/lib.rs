//! outgate scans code repositories, history included, for secrets and credentials.
//!
//! ```text
//! Args -> Config -> Source -> Haystack -> Candidate -> Finding -> Report
//!  cli    config    walker     walker      engine      verifier    report
//! ```
//!
//! Bytes come from [`walker`], the working tree, the index, history or a stream, as haystacks.
//! The [`engine`] finds candidates in them by the [`detectors`]; the [`verifier`] judges each
//! with reasons; [`findings`] groups them into one finding a secret; [`report`] renders. The
//! [`pipeline`] wires these stages, [`cli`] turns flags into a pipeline and its outcome into an
//! exit code. A stage imports earlier ones only, and no output ever holds a whole secret.

pub mod baseline;
pub mod cli;
pub mod config;
pub mod detectors;
pub mod engine;
pub mod entropy;
pub mod findings;
pub mod pipeline;
pub mod report;
pub mod submission;
pub mod verifier;
pub mod walker;

/// Doors to private parsers for the targets in `fuzz/`, which alone are built with this flag.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::engine::fuzzing::decode_all;
    pub use crate::walker::packs::{delta, index, pack};
    pub use crate::walker::staging::index as git_index;
}
