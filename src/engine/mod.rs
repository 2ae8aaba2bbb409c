//! The engine: from a haystack to candidates.
//!
//! A finder reports where probes stand (`sieve`; `portable` and `hyperscan` report the very same
//! places); `confirm` and `assignment` look at a bounded window around each place. A candidate
//! therefore is a pure function of the bytes within its detector's reach, whichever finder was
//! used. Does not know where bytes came from and does not judge them.

mod assignment;
mod confirm;
mod decode;
mod expression;
mod finder;
mod hint;
#[cfg(accelerated)]
#[expect(
    unsafe_code,
    reason = "the C API of Hyperscan; every call of it is in this one file"
)]
mod hyperscan;
pub(crate) mod keyword;
mod number;
mod portable;
mod reach;
mod reaches;
mod sieve;
mod targets;
mod versions;
#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "instructions that only some processors have; all of them are in this one file"
)]
mod wide;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::detectors::DetectorSet;
use crate::walker::{Content, Haystack};
use confirm::Confirmer;
use decode::DEEPEST;
#[cfg(fuzzing)]
pub use decode::fuzzing;
pub use decode::{Encoding, Layer};
use finder::{Finder, Working};
use reach::Reach;
use reaches::Reaches;
use targets::{Role, Target, Targets, Triggered};
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
    /// What assigns a list of bytes, `[]byte{0x20, 0x54, ...}`; the value is all its elements.
    List,
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
    reaches: Box<[Reaches]>,
}

impl Engine {
    /// Prepares a set; nothing is compiled until it is needed.
    pub fn new(set: DetectorSet, choice: Choice) -> Arc<Self> {
        let targets = Targets::of(set.detectors());
        Arc::new(Self {
            confirmer: Confirmer::new(set.detectors()),
            reaches: reaches::list(set.detectors(), &targets),
            finder: Finder::new(targets, choice, set.is_embedded()),
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

    /// Appends what a probe leads to; gives how far was looked to find out. `None` when this kind of
    /// content is not looked at for it.
    fn confirm(
        &self,
        haystack: &Haystack<'_>,
        hit: Hit,
        working: &mut Working,
        found: &mut Found,
    ) -> Option<Reach> {
        let (bytes, confirmer) = (haystack.bytes, &self.confirmer);
        let is_binary = haystack.content == Content::Binary;
        let reaches = self.reaches[hit.probe as usize];
        match self.finder.targets().target(hit.probe) {
            Target::Detector { index, probe } => {
                let detector = &self.set.detectors()[index];
                if is_binary && !confirm::is_distinctive(detector) {
                    return None;
                }
                let candidates = &mut found.candidates;
                let probe = (index, probe);
                let looked = confirmer.confirm(probe, detector, bytes, hit.start, candidates);
                return Some(looked.unwrap_or(reaches.with_value));
            }
            Target::Trigger { .. } | Target::Encoded(_) if is_binary => return None,
            Target::Trigger { word, length } => {
                let triggered = self.finder.targets().triggered(word);
                let word = hit.start..hit.start + length;
                if !self.confirm_word(bytes, word, triggered, &mut found.candidates) {
                    return Some(reaches.without_value);
                }
            }
            Target::Encoded(mark) => {
                if let Some(layer) = decode::decode(bytes, mark, hit.start) {
                    self.search_layer(haystack, layer, working, &mut found.layers);
                }
                return Some(Reach {
                    right: decode::extent(bytes, mark, hit.start),
                    ..reaches.with_value
                });
            }
        }
        Some(reaches.with_value)
    }

    /// Appends what a word leads to: a value after a keyword or assigned to a name. False when
    /// no value is near for one that waits for a word for a secret.
    fn confirm_word(
        &self,
        bytes: &[u8],
        word: Range<usize>,
        triggered: &Triggered,
        candidates: &mut Vec<Candidate>,
    ) -> bool {
        let (targets, detectors) = (self.finder.targets(), self.set.detectors());
        let mut confirm_keyword = |keyworded: &[usize], word: Range<usize>| {
            candidates.extend(keyworded.iter().filter_map(|&index| {
                let detector = &detectors[index];
                self.confirmer
                    .confirm_keyworded(index, detector, bytes, &word)
            }));
        };
        confirm_keyword(&triggered.keyworded, word.clone());
        let mut assigned = Cow::Borrowed(&triggered.assigned);
        let has_value = triggered.is_secret_word && keyword::has_value_after(bytes, word.end);
        if has_value {
            // The word itself may be one that a detector of assigned values waits for.
            let line = keyword::line_before(bytes, word.start).start..word.end;
            keyword::words(bytes, line, word.start, |word, number| {
                for named in targets.named(number) {
                    match named.role {
                        Role::Waiting => confirm_keyword(&[named.detector()], word.clone()),
                        Role::Assigned => assigned.to_mut().push(named.detector()),
                        Role::Keyword => {}
                    }
                }
            });
        }
        if assigned.is_empty() && !has_value {
            return false;
        }
        let Some(found) = assignment::parse(bytes, word.start, word.len()) else {
            return has_value;
        };
        candidates.extend(assigned.iter().filter_map(|&index| {
            let detector = &detectors[index];
            self.confirmer
                .confirm_assigned(index, detector, bytes, &found)
        }));
        if triggered.is_secret_word || triggered.is_generic {
            keyword::words(bytes, found.name.clone(), word.start, |_, number| {
                let named = targets.named(number).iter();
                let keywords = named.filter(|named| named.role == Role::Keyword);
                candidates.extend(keywords.map(|named| found.candidate(named.detector())));
            });
        }
        has_value
    }

    /// Searches what an encoded text holds, and what is encoded in that.
    fn search_layer(
        &self,
        haystack: &Haystack<'_>,
        mut layer: Layer,
        working: &mut Working,
        layers: &mut Vec<Layer>,
    ) {
        let mut hits = Vec::new();
        self.finder.find(&layer.text, working, &mut hits);
        hits.sort_unstable();
        let mut found = Found::default();
        for hit in hits {
            let inner = Haystack {
                bytes: &layer.text,
                lineage: None,
                ..*haystack
            };
            match self.finder.targets().target(hit.probe) {
                Target::Encoded(mark) if layer.encodings.len() < DEEPEST => {
                    if let Some(deeper) = decode::decode_within(&layer, mark, hit.start) {
                        self.search_layer(haystack, deeper, working, layers);
                    }
                }
                Target::Encoded(_) => {}
                Target::Detector { .. } | Target::Trigger { .. } => {
                    self.confirm(&inner, hit, working, &mut found);
                }
            }
        }
        // What is written out as it is was found in the source.
        found
            .candidates
            .retain(|one| layer.source(&one.secret).len() != one.secret.len());
        if layer.is_cut || !found.candidates.is_empty() {
            sort(&mut found.candidates);
            layer.candidates = found.candidates;
            layers.push(layer);
        }
    }

    /// A searcher for one thread.
    pub fn searcher(self: &Arc<Self>) -> Searcher {
        Searcher {
            engine: Arc::clone(self),
            working: Working::default(),
            hits: Vec::new(),
            runs: Vec::new(),
            layers: Vec::new(),
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
    /// Those of runs.
    runs: Vec<Hit>,
    layers: Vec<Layer>,
    versions: Versions,
}

/// Bytes of a text whose hits are confirmed before the next are looked for: those of all of a large
/// one take more memory than it.
const PART: usize = 64 << 10;

/// What the probes of a text led to.
#[derive(Debug, Default)]
struct Found {
    candidates: Vec<Candidate>,
    layers: Vec<Layer>,
}

impl Found {
    fn len(&self) -> usize {
        self.candidates.len() + self.layers.len()
    }
}

/// Sorts candidates and leaves out repeats.
fn sort(candidates: &mut Vec<Candidate>) {
    let place = |one: &Candidate| {
        (
            one.secret.start,
            one.secret.end,
            one.detector,
            one.whole.start,
        )
    };
    candidates.sort_by_key(place);
    candidates.dedup();
}

impl Searcher {
    /// Lists the candidates of a haystack, sorted, without repeats: those outside its fresh
    /// ranges too, because what surrounds a candidate may have to be masked.
    pub fn search(&mut self, haystack: &Haystack<'_>) -> Vec<Candidate> {
        let engine = &*self.engine;
        let (bytes, working) = (haystack.bytes, &mut self.working);
        let mut found = Found::default();
        if let Some(lineage) = &haystack.lineage {
            let finder = &engine.finder;
            let anchors = self.versions.find(lineage, bytes, finder, working);
            for anchor in anchors {
                let Some(hit) = anchor.open(lineage.shift) else {
                    continue;
                };
                let before = found.len();
                let looked_at = engine.confirm(haystack, hit, working, &mut found);
                if let Some(looked_at) = looked_at.filter(|_| found.len() == before) {
                    anchor.close(looked_at);
                }
            }
        } else {
            self.runs.clear();
            engine.finder.find_runs(bytes, &mut self.runs);
            let mut runs = self.runs.iter().copied().peekable();
            for start in (0..bytes.len()).step_by(PART) {
                let part = start..bytes.len().min(start + PART);
                self.hits.clear();
                let finder = &engine.finder;
                finder.find_probes_in(bytes, part.clone(), working, &mut self.hits);
                let within = |run: &Hit| run.start < part.end;
                self.hits
                    .extend(std::iter::from_fn(|| runs.next_if(within)));
                self.hits.sort_unstable();
                for &hit in &self.hits {
                    engine.confirm(haystack, hit, working, &mut found);
                }
            }
        }
        sort(&mut found.candidates);
        self.layers = found.layers;
        found.candidates
    }

    /// What the last search found in encoded text, in the order of the source.
    pub fn layers(&mut self) -> Vec<Layer> {
        std::mem::take(&mut self.layers)
    }
}
