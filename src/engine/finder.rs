//! The finder in use: the sieve, unless another was asked for or a probe is too short for it.
//!
//! Owns the choice and when tables are built: on first use. Does not own any search.

use std::ops::Range;
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
        self.find_runs(bytes, hits);
    }

    /// Appends every place where a run begins.
    pub(super) fn find_runs(&self, bytes: &[u8], hits: &mut Vec<Hit>) {
        let probe = self.targets.run_probe();
        find_runs(bytes, |start| hits.push(Hit { start, probe }));
    }

    /// Appends every place where a probe stands that begins in this range.
    pub(super) fn find_probes_in(
        &self,
        bytes: &[u8],
        range: Range<usize>,
        working: &mut Working,
        hits: &mut Vec<Hit>,
    ) {
        let before = hits.len();
        let end = bytes.len().min(range.end + self.targets.longest());
        self.find_probes(&bytes[range.start..end], working, hits);
        let mut kept = before;
        for at in before..hits.len() {
            let start = hits[at].start + range.start;
            hits[kept] = Hit { start, ..hits[at] };
            kept += usize::from(start < range.end);
        }
        hits.truncate(kept);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::DetectorSet;

    #[test]
    fn parts_of_a_text_hold_what_all_of_it_does() {
        let targets = Targets::of(DetectorSet::embedded().detectors());
        let anchors = targets.patterns().iter().step_by(3);
        let text: Vec<u8> = anchors.flat_map(|one| one.anchor.bytes()).collect();
        let finder = Finder::new(targets, Choice::Sieve, true);
        let mut working = Working::default();
        let mut all = Vec::new();
        finder.find_probes(&text, &mut working, &mut all);
        all.sort_unstable();
        assert!(all.len() > 1_000);
        for part in [1_001, 4_096, text.len()] {
            let mut found = Vec::new();
            for start in (0..text.len()).step_by(part) {
                let range = start..text.len().min(start + part);
                finder.find_probes_in(&text, range, &mut working, &mut found);
            }
            found.sort_unstable();
            assert_eq!(found, all, "in parts of {part} bytes");
        }
    }
}
