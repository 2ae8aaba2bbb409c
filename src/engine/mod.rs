//! The engine: from a haystack to candidates.
//!
//! A finder reports where probes stand (`sieve`; `portable` and `hyperscan` report the very same
//! places); `confirm` and `assignment` look at a bounded window around each place. A candidate
//! therefore is a pure function of the bytes within its detector's reach, whichever finder was
//! used. Does not know where bytes came from and does not judge them.

mod assignment;
mod confirm;
mod expression;
mod finder;
#[cfg(accelerated)]
#[expect(
    unsafe_code,
    reason = "the C API of Hyperscan; every call of it is in this one file"
)]
mod hyperscan;
mod portable;
mod sieve;
mod targets;

use std::ops::Range;
use std::sync::Arc;

use crate::detectors::DetectorSet;
use crate::walker::{Content, Haystack};
use confirm::Confirmer;
use finder::{Finder, Working};
use targets::{Target, Targets};

/// A place in a haystack that fits a detector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Index of the detector in the set.
    pub detector: usize,
    /// The secret.
    pub secret: Range<usize>,
    /// The whole match; the secret is part of it.
    pub whole: Range<usize>,
    /// How the value is assigned, for detectors of assigned values.
    pub assignment: Option<Assignment>,
}

/// How a value is assigned to a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The name.
    pub name: Range<usize>,
    /// The quote around the value, if there is one.
    pub quote: Option<u8>,
    /// What stands between name and value.
    pub operator: Operator,
}

/// What stands between a name and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `=`, `:=`, `=>`, `?=`, `+=`.
    Assign,
    /// `:` as in YAML and JSON.
    Colon,
    /// `==`, `!=` and their longer forms.
    Compare,
    /// `(` of a call, as in `setPassword("...")`.
    Call,
    /// `>` of an XML element, as in `<password>...`.
    Element,
}

/// Which finder to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The sieve.
    #[default]
    Sieve,
    /// Aho-Corasick.
    Portable,
    /// Hyperscan; the sieve where it is not built in.
    Hyperscan,
}

/// The compiled detector set, shared by all threads.
#[derive(Debug)]
pub struct Engine {
    set: DetectorSet,
    confirmer: Confirmer,
    finder: Finder,
}

impl Engine {
    /// Prepares a set; nothing is compiled until it is needed.
    pub fn new(set: DetectorSet, choice: Choice) -> Arc<Self> {
        let targets = Targets::of(set.detectors());
        Arc::new(Self {
            confirmer: Confirmer::new(set.detectors()),
            finder: Finder::new(targets, choice),
            set,
        })
    }

    /// The detectors.
    pub fn set(&self) -> &DetectorSet {
        &self.set
    }

    /// A searcher for one thread.
    pub fn searcher(self: &Arc<Self>) -> Searcher {
        Searcher {
            engine: Arc::clone(self),
            working: Working::default(),
            hits: Vec::new(),
        }
    }
}

/// Where a probe begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Hit {
    start: usize,
    probe: u32,
}

/// A way to find probes. Whichever is used, the places are the very same.
trait Find {
    /// What one thread needs to search.
    type Working: Default;

    /// Appends every place where a probe stands; false when the search could not be done, and
    /// then some places may have been appended.
    fn find(
        &self,
        targets: &Targets,
        bytes: &[u8],
        working: &mut Self::Working,
        hits: &mut Vec<Hit>,
    ) -> bool;
}

/// Searches haystacks on one thread.
#[derive(Debug)]
pub struct Searcher {
    engine: Arc<Engine>,
    working: Working,
    hits: Vec<Hit>,
}

impl Searcher {
    /// Lists the candidates of a haystack, sorted, without repeats: those outside its fresh
    /// ranges too, because what surrounds a candidate may have to be masked.
    pub fn search(&mut self, haystack: &Haystack<'_>) -> Vec<Candidate> {
        let engine = &*self.engine;
        self.hits.clear();
        engine
            .finder
            .find(haystack.bytes, &mut self.working, &mut self.hits);
        self.hits.sort_unstable();
        let targets = engine.finder.targets();
        let mut candidates = Vec::new();
        for hit in &self.hits {
            match targets.target(hit.probe) {
                Target::Detector { index, probe } => {
                    let detector = &engine.set.detectors()[index];
                    if haystack.content == Content::Binary && !confirm::is_distinctive(detector) {
                        continue;
                    }
                    let probe = &detector.probes[probe];
                    let (confirmer, bytes) = (&engine.confirmer, haystack.bytes);
                    confirmer.confirm(index, detector, probe, bytes, hit.start, &mut candidates);
                }
                Target::Trigger { word, length } => {
                    if haystack.content == Content::Binary {
                        continue;
                    }
                    let Some(assigned) = assignment::parse(haystack.bytes, hit.start, length)
                    else {
                        continue;
                    };
                    for &index in targets.assigned(word) {
                        let detector = &engine.set.detectors()[index];
                        candidates.extend(engine.confirmer.confirm_assigned(
                            index,
                            detector,
                            haystack.bytes,
                            &assigned,
                        ));
                    }
                }
            }
        }
        candidates.sort_by_key(|one| {
            (
                one.secret.start,
                one.secret.end,
                one.detector,
                one.whole.start,
            )
        });
        candidates.dedup();
        candidates
    }
}
