//! The answer to whether what was scanned may be handed over, as reports hold it.
//!
//! Owns its shape. Does not own how it is reached (`submission`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether what was scanned may be handed over, by a profile.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Submission {
    /// The answer.
    pub answer: Answer,
    /// The answer in a line.
    pub summary: String,
    /// Name of the profile.
    pub profile: String,
    /// What there is to do, in order.
    pub steps: Vec<Step>,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Nothing stands against it, and everything was read.
    Ready,
    /// Something has to be removed or changed.
    NotReady,
    /// Something could not be read.
    CannotTell,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// What kind of thing.
    pub action: Action,
    /// What to do, in a sentence.
    pub what: String,
    /// Where, or which ones: paths, commits, reasons.
    pub places: Vec<String>,
    /// Commands that help.
    pub commands: Vec<String>,
}

/// What kind of thing there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Replace a secret where it is valid.
    Rotate,
    /// Take something out.
    Remove,
    /// Make something readable, or allow it to be unread.
    Read,
    /// Meet a limit of the profile.
    Limit,
}
