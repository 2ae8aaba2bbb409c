//! What is held back: how many findings are not shown, and why.
//!
//! Owns the counts. Does not own the decision (`pipeline`) or its words (`words`).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::findings::Suppression;

/// How many findings are held back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Hidden {
    /// `unlikely`, when these are not asked for.
    pub unlikely: usize,
    /// Suppressed by an inline comment.
    pub inline: usize,
    /// Suppressed by an inline comment for another scanner, by its name.
    pub foreign: BTreeMap<String, usize>,
    /// Suppressed by the configuration file.
    pub config: usize,
    /// Known to the baseline.
    pub baseline: usize,
}

impl Hidden {
    /// Counts a finding that is held back.
    pub fn add(&mut self, suppression: &Suppression) {
        match suppression {
            Suppression::Inline { .. } => self.inline += 1,
            Suppression::Foreign { tool } => {
                *self.foreign.entry((*tool).to_owned()).or_default() += 1;
            }
            Suppression::Baseline { .. } => self.baseline += 1,
            Suppression::Allow { .. } | Suppression::Excluded | Suppression::Off => {
                self.config += 1;
            }
        }
    }
}
