//! The finder in use: the sieve, unless another was asked for or a probe is too short for it.
//!
//! Owns the choice and when tables are built: on first use. Does not own any search.

use std::sync::OnceLock;

use super::decode::find_runs;
#[cfg(accelerated)]
use super::hyperscan::{Database, Scratch};
use super::portable::Portable;
use super::sieve::{self, Sieve};
use super::targets::Targets;
use super::{Choice, Find as _, Hit};

/// Finds probes; shared by all threads.
#[derive(Debug)]
pub(super) struct Finder {
    targets: Targets,
    choice: Choice,
    is_embedded: bool,
    sieve: OnceLock<Option<Sieve>>,
    portable: OnceLock<Portable>,
    #[cfg(accelerated)]
    database: OnceLock<Option<Database>>,
}

/// What one thread needs to search.
#[derive(Debug, Default)]
pub(super) struct Working {
    sieve: sieve::Working,
    #[cfg(accelerated)]
    scratch: Option<Scratch>,
}

impl Finder {
    /// A finder for these targets, which may be those of the embedded detectors.
    pub(super) fn new(targets: Targets, choice: Choice, is_embedded: bool) -> Self {
        Self {
            targets,
            choice,
            is_embedded,
            sieve: OnceLock::new(),
            portable: OnceLock::new(),
            #[cfg(accelerated)]
            database: OnceLock::new(),
        }
    }

    /// What is looked for.
    pub(super) fn targets(&self) -> &Targets {
        &self.targets
    }

    /// What the targets cost the sieve (`Sieve::load`); `None` where one is too short for it.
    pub(super) fn load(&self) -> Option<f64> {
        self.sieve().and_then(Sieve::load)
    }

    fn sieve(&self) -> Option<&Sieve> {
        let sieve = self
            .sieve
            .get_or_init(|| Sieve::new(&self.targets, self.is_embedded));
        sieve.as_ref()
    }

    /// Appends every place where a probe stands or a run begins.
    pub(super) fn find(&self, bytes: &[u8], working: &mut Working, hits: &mut Vec<Hit>) {
        self.find_probes(bytes, working, hits);
        let probe = self.targets.run_probe();
        find_runs(bytes, |start| hits.push(Hit { start, probe }));
    }

    fn find_probes(&self, bytes: &[u8], working: &mut Working, hits: &mut Vec<Hit>) {
        if self.choice == Choice::Hyperscan && self.find_with_hyperscan(bytes, working, hits) {
            return;
        }
        if self.choice != Choice::Portable
            && let Some(sieve) = self.sieve()
            && sieve.find(&self.targets, bytes, &mut working.sieve, hits)
        {
            return;
        }
        let portable = self.portable.get_or_init(|| Portable::new(&self.targets));
        portable.find(&self.targets, bytes, &mut (), hits);
    }

    /// False when there is no database (out of memory) or the input is over 4 GiB.
    #[cfg(accelerated)]
    fn find_with_hyperscan(
        &self,
        bytes: &[u8],
        working: &mut Working,
        hits: &mut Vec<Hit>,
    ) -> bool {
        let database = self
            .database
            .get_or_init(|| Database::compile(&self.targets));
        let before = hits.len();
        let is_done = database.as_ref().is_some_and(|database| {
            database.find(&self.targets, bytes, &mut working.scratch, hits)
        });
        if !is_done {
            hits.truncate(before);
        }
        is_done
    }

    #[cfg(not(accelerated))]
    #[expect(clippy::unused_self, reason = "the counterpart of a build with it")]
    fn find_with_hyperscan(&self, _: &[u8], _: &mut Working, _: &mut Vec<Hit>) -> bool {
        false
    }
}
