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
pub(crate) mod keyword;
mod portable;
mod reach;
mod sieve;
mod targets;
mod versions;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::detectors::DetectorSet;
use crate::walker::{Content, Haystack};
use confirm::Confirmer;
use finder::{Finder, Working};
use reach::Reach;
use targets::{Target, Targets};
use versions::Versions;

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
    /// `,` of a call whose argument before is the name: `setProperty("password", "...")`.
    Argument,
    /// A blank after an option of a command: `--password ...`.
    Option,
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
    /// By number of the probe.
    reaches: Box<[Reach]>,
}

impl Engine {
    /// Prepares a set; nothing is compiled until it is needed.
    pub fn new(set: DetectorSet, choice: Choice) -> Arc<Self> {
        let targets = Targets::of(set.detectors());
        Arc::new(Self {
            confirmer: Confirmer::new(set.detectors()),
            reaches: reach::list(set.detectors(), &targets),
            finder: Finder::new(targets, choice),
            set,
        })
    }

    /// The detectors.
    pub fn set(&self) -> &DetectorSet {
        &self.set
    }

    /// The share of places in source code at which a search stops to look, 0 to 1; an estimate
    /// for the cost of the set. `None` when a probe is too short for the sieve.
    pub fn load(&self) -> Option<f64> {
        self.finder.load()
    }

    /// Appends what a probe leads to; false when this kind of content is not looked at for it.
    fn confirm(&self, haystack: &Haystack<'_>, hit: Hit, candidates: &mut Vec<Candidate>) -> bool {
        let (bytes, confirmer) = (haystack.bytes, &self.confirmer);
        let is_binary = haystack.content == Content::Binary;
        let targets = self.finder.targets();
        match targets.target(hit.probe) {
            Target::Detector { index, probe } => {
                let detector = &self.set.detectors()[index];
                if is_binary && !confirm::is_distinctive(detector) {
                    return false;
                }
                let probe = &detector.probes[probe];
                confirmer.confirm(index, detector, probe, bytes, hit.start, candidates);
            }
            Target::Trigger { .. } if is_binary => return false,
            Target::Trigger { word, length } => {
                let detectors = self.set.detectors();
                let triggered = targets.triggered(word);
                let mut confirm_keyword = |detectors_of: &[usize], word: Range<usize>| {
                    candidates.extend(detectors_of.iter().filter_map(|&index| {
                        confirmer.confirm_keyworded(index, &detectors[index], bytes, &word)
                    }));
                };
                confirm_keyword(&triggered.keyworded, hit.start..hit.start + length);
                let mut assigned = Cow::Borrowed(&triggered.assigned);
                if triggered.is_secret_word && keyword::has_value_after(bytes, hit.start + length) {
                    let line = keyword::line_before(bytes, hit.start);
                    keyword::words(bytes, line, |word, normal| {
                        let common = targets.named(normal);
                        confirm_keyword(&common.waiting, word);
                        if !common.assigned.is_empty() {
                            assigned.to_mut().extend(&common.assigned);
                        }
                    });
                }
                if assigned.is_empty() && !triggered.is_secret_word {
                    return true;
                }
                if let Some(found) = assignment::parse(bytes, hit.start, length) {
                    candidates.extend(assigned.iter().filter_map(|&index| {
                        let detector = &detectors[index];
                        confirmer.confirm_assigned(index, detector, bytes, &found)
                    }));
                    if triggered.is_secret_word || triggered.is_generic {
                        keyword::words(bytes, found.name.clone(), |_, normal| {
                            let named = targets.named(normal).keyworded.iter();
                            candidates.extend(named.map(|&index| found.candidate(index)));
                        });
                    }
                }
            }
        }
        true
    }

    /// A searcher for one thread.
    pub fn searcher(self: &Arc<Self>) -> Searcher {
        Searcher {
            engine: Arc::clone(self),
            working: Working::default(),
            hits: Vec::new(),
            versions: Versions::default(),
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
    versions: Versions,
}

impl Searcher {
    /// Lists the candidates of a haystack, sorted, without repeats: those outside its fresh
    /// ranges too, because what surrounds a candidate may have to be masked.
    pub fn search(&mut self, haystack: &Haystack<'_>) -> Vec<Candidate> {
        let engine = &*self.engine;
        let (bytes, working) = (haystack.bytes, &mut self.working);
        let mut candidates = Vec::new();
        if let Some(lineage) = &haystack.lineage {
            let (finder, reaches) = (&engine.finder, &engine.reaches);
            let anchors = self.versions.find(lineage, bytes, finder, working, reaches);
            for anchor in anchors.iter_mut().filter(|anchor| !anchor.is_empty) {
                let hit = Hit {
                    start: anchor.start - lineage.shift,
                    probe: anchor.probe,
                };
                let before = candidates.len();
                let is_settled = engine.confirm(haystack, hit, &mut candidates);
                anchor.is_empty = is_settled && candidates.len() == before;
            }
        } else {
            self.hits.clear();
            engine.finder.find(bytes, working, &mut self.hits);
            self.hits.sort_unstable();
            for &hit in &self.hits {
                engine.confirm(haystack, hit, &mut candidates);
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
