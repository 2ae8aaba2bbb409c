//! The finder of builds without Hyperscan: portable whatever was chosen.

use std::sync::OnceLock;

use super::portable::Portable;
use super::targets::Targets;
use super::{Find as _, Hit, Options};

/// Finds probes; shared by all threads.
#[derive(Debug)]
pub(super) struct Finder {
    targets: Targets,
    portable: OnceLock<Portable>,
}

/// What one thread needs to search: nothing.
#[derive(Debug, Default)]
pub(super) struct Working {}

impl Finder {
    /// A finder for these targets.
    pub(super) fn new(targets: Targets, _digest: &[u8; 32], _options: &Options) -> Self {
        Self {
            targets,
            portable: OnceLock::new(),
        }
    }

    /// What is looked for.
    pub(super) fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Appends every place where a probe stands.
    pub(super) fn find(&self, bytes: &[u8], _working: &mut Working, hits: &mut Vec<Hit>) {
        let portable = self.portable.get_or_init(|| Portable::new(&self.targets));
        portable.find(&self.targets, bytes, &mut (), hits);
    }
}
