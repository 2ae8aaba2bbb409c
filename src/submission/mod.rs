//! Submission: whether a repository may be handed over.
//!
//! Owns profiles, which say what stops one, and the answer: ready, not ready with what to do, or
//! cannot tell with what is not known. Does not own scanning (`pipeline`) or rendering (`report`).

mod answer;
mod profile;
mod steps;

pub use answer::answer;
pub use profile::{Class, Classes, Error, HistoryRule, Profile, Unread, schema};
