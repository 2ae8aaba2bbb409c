//! What the finders look for: one numbered list of probes over all detectors.
//!
//! Owns the numbering, shared by both finders. Does not own searching.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::decode::marks::{self, Mark};
use super::number::Number;
use crate::detectors::byteset::ByteSet;
use crate::detectors::compile::{ENDED_WORDS, SECRET_WORDS};
use crate::detectors::gram::{Symbols, Window};
use crate::detectors::probe::{Probe, Trigger, caseless_set};
use crate::detectors::runs::Runs;
use crate::detectors::{Detector, Text};

/// What a probe stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A probe of a detector.
    Detector {
        /// Index of the detector.
        index: usize,
        /// Index of the probe in it.
        probe: usize,
    },
    /// A mark of encoded text.
    Encoded(Mark),
    /// A word that may name an assigned value.
    Trigger {
        /// Number of the word.
        word: u32,
        /// Its length in bytes.
        length: usize,
    },
}

/// A probe spelled out for matching.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// Sets, each with how many bytes in a row it holds; none for the anchor alone, in any case.
    runs: Runs,
    /// Bytes in all.
    pub(super) length: usize,
    /// The literal in it, in lower case.
    pub(super) anchor: Text,
    /// Where the literal begins.
    pub(super) anchor_at: usize,
    /// Where its rarest grams are.
    pub(super) rarest: Option<i16>,
    target: Target,
}

impl Pattern {
    /// Says whether the pattern stands at the start of `bytes`.
    pub(super) fn fits(&self, bytes: &[u8]) -> bool {
        bytes.get(..self.length).is_some_and(|head| {
            if self.runs.is_empty() {
                head.eq_ignore_ascii_case(self.anchor.as_bytes())
            } else {
                self.runs.spell(head)
            }
        })
    }
}

impl Pattern {
    /// A word in any case.
    fn word(trigger: &Trigger, target: Target) -> Self {
        Self {
            runs: Runs::default(),
            length: trigger.word.len(),
            anchor: trigger.word,
            anchor_at: 0,
            rarest: trigger.rarest,
            target,
        }
    }

    /// The sets, each with how many bytes in a row it holds.
    #[cfg(accelerated)]
    pub(super) fn spelled(&self) -> Vec<(ByteSet, u16)> {
        if self.runs.is_empty() {
            let sets = self.anchor.bytes().map(|byte| (caseless_set(byte), 1));
            return sets.collect();
        }
        self.runs.iter().collect()
    }

    /// The set of the byte at a place.
    fn set(&self, mut at: usize) -> Option<ByteSet> {
        if self.runs.is_empty() {
            return self
                .anchor
                .as_bytes()
                .get(at)
                .map(|&byte| caseless_set(byte));
        }
        for (set, count) in self.runs.iter() {
            match at.checked_sub(usize::from(count)) {
                Some(rest) => at = rest,
                None => return Some(set),
            }
        }
        None
    }

    /// The symbols of the gram at an offset.
    pub(super) fn window(&self, offset: isize) -> Window {
        std::array::from_fn(|place| self.symbols(offset + place as isize))
    }

    /// The symbols of the byte at an offset; beyond the pattern any may stand.
    pub(super) fn symbols(&self, offset: isize) -> Symbols {
        let set = self.set_at(offset);
        set.map_or(Symbols::ANY, |set| Symbols::of(&set))
    }

    /// The set of the byte at an offset; none beyond the pattern.
    pub(super) fn set_at(&self, offset: isize) -> Option<ByteSet> {
        usize::try_from(offset).ok().and_then(|at| self.set(at))
    }
}

/// Bits of the table that tells most words from names; some 2,500 are set.
const NAME_BITS: usize = 1 << 15;
/// Spreads the numbers of short words over it; any odd number with bits all over.
const SPREAD: u64 = 0xd6e8_feb8_6659_fd93;

/// Room for the patterns that no detector has.
const ROOM: usize = 64;

/// What a trigger word concerns; detectors by index.
#[derive(Clone, Debug, Default)]
pub(super) struct Triggered {
    /// Detectors that have it as a keyword.
    pub(super) keyworded: Vec<usize>,
    /// Detectors of assigned values.
    pub(super) assigned: Vec<usize>,
    /// Whether it is a word for a secret, before which a common keyword may stand.
    pub(super) is_secret_word: bool,
    /// Whether a detector of any provider's values is among them.
    pub(super) is_generic: bool,
}

/// What a word in a name is to a detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// A keyword that triggers no search of its own.
    Waiting,
    /// A keyword, whether it triggers one or not.
    Keyword,
    /// A word of names of assigned values that triggers none.
    Assigned,
}

/// A word in a name, by its number, and a detector that it concerns, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    word: u64,
    pub(super) role: Role,
    detector: u32,
}

impl Named {
    fn new(word: &str, role: Role, detector: usize) -> Self {
        Self {
            word: Number::of(word.as_bytes()).value(),
            role,
            detector: detector as u32,
        }
    }

    /// Index of the detector.
    pub(super) fn detector(self) -> usize {
        self.detector as usize
    }
}

/// The word and the bit of a number in the table of names.
fn name_bit(number: u64) -> (usize, u64) {
    // The highest bits hang on all of the number.
    let place = (number.wrapping_mul(SPREAD) >> (u64::BITS - NAME_BITS.ilog2())) as usize;
    (place / 64, 1 << (place % 64))
}

impl Triggered {
    fn add(&mut self, detector: &Detector, index: usize) {
        if detector.is_keyworded() {
            self.keyworded.push(index);
        } else {
            self.assigned.push(index);
            self.is_generic |= detector.is_generic();
        }
    }
}

/// All probes.
#[derive(Clone, Debug)]
pub(super) struct Targets {
    patterns: Vec<Pattern>,
    triggered: Vec<Triggered>,
    /// What words in names concern, sorted.
    names: Vec<Named>,
    /// A bit for each of their hashes: most words of a text are none of them.
    is_name: Box<[u64; NAME_BITS / 64]>,
    longest: usize,
}

impl Targets {
    pub(super) fn of(detectors: &[Detector]) -> Self {
        // With room from the start: to grow is to copy, and this is done before each search.
        let probes = detectors.iter().map(|one| one.probes.len());
        let triggers = detectors.iter().map(|one| one.triggers.len()).sum();
        let mut patterns = Vec::with_capacity(probes.sum::<usize>() + triggers + ROOM);
        let mut numbers: HashMap<&str, usize, RandomState> = HashMap::default();
        numbers.reserve(triggers);
        let mut triggered: Vec<Triggered> = Vec::with_capacity(triggers + ROOM);
        let mut names: Vec<Named> = Vec::new();
        for (index, detector) in detectors.iter().enumerate() {
            for (probe, found) in detector.probes.iter().enumerate() {
                patterns.push(pattern(found, Target::Detector { index, probe }));
            }
        }
        for (index, detector) in detectors.iter().enumerate() {
            for trigger in &detector.triggers {
                let number = *numbers.entry(&trigger.word).or_insert_with(|| {
                    add_word(&mut patterns, &trigger.word, Some(trigger), triggered.len());
                    triggered.push(Triggered::default());
                    triggered.len() - 1
                });
                triggered[number].add(detector, index);
            }
            let role = if detector.is_keyworded() {
                Role::Waiting
            } else {
                Role::Assigned
            };
            let waiting = detector.common.split_ascii_whitespace();
            names.extend(waiting.map(|word| Named::new(word, role, index)));
            let keywords = detector.keywords.split_ascii_whitespace();
            names.extend(keywords.map(|word| Named::new(word, Role::Keyword, index)));
        }
        names.sort_unstable();
        let mut is_name = Box::new([0; NAME_BITS / 64]);
        for named in &names {
            let (word, bit) = name_bit(named.word);
            is_name[word] |= bit;
        }
        if !names.is_empty() {
            for &word in SECRET_WORDS {
                let number = *numbers.entry(word).or_insert_with(|| {
                    add_word(&mut patterns, word, None, triggered.len());
                    triggered.push(Triggered::default());
                    triggered.len() - 1
                });
                triggered[number].is_secret_word = true;
            }
        }
        for (probe, mark) in marks::probes() {
            patterns.push(pattern(&probe, Target::Encoded(mark)));
        }
        // Before a run another byte tells that it begins.
        let longest = patterns.iter().map(|pattern| pattern.length);
        let longest = longest.chain([marks::RUN + 1]).max();
        Self {
            patterns,
            triggered,
            names,
            is_name,
            longest: longest.unwrap_or(1),
        }
    }

    pub(super) fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// Length of the longest probe, in bytes; at least 1.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    pub(super) fn pattern(&self, probe: u32) -> &Pattern {
        &self.patterns[probe as usize]
    }

    /// The number of the probe of runs, which is no pattern.
    pub(super) fn run_probe(&self) -> u32 {
        self.patterns.len() as u32
    }

    /// Length of a probe, in bytes.
    pub(super) fn length(&self, probe: u32) -> usize {
        let pattern = self.patterns.get(probe as usize);
        pattern.map_or(marks::RUN, |pattern| pattern.length)
    }

    pub(super) fn target(&self, probe: u32) -> Target {
        let pattern = self.patterns.get(probe as usize);
        pattern.map_or(Target::Encoded(Mark::Run), |pattern| pattern.target)
    }

    /// What a trigger word concerns.
    pub(super) fn triggered(&self, word: u32) -> &Triggered {
        &self.triggered[word as usize]
    }

    /// What a word in a name concerns, by its number.
    pub(super) fn named(&self, word: Number) -> &[Named] {
        let word = word.value();
        let (at, bit) = name_bit(word);
        if self.is_name[at] & bit == 0 {
            return &[];
        }
        let first = self.names.partition_point(|named| named.word < word);
        let same = self.names[first..]
            .iter()
            .take_while(|named| named.word == word);
        &self.names[first..first + same.count()]
    }

    /// What all words in names concern.
    pub(super) fn all_named(&self) -> impl Iterator<Item = &Named> {
        self.names.iter()
    }
}

/// Adds the probes of a word in any case: of one that stands in many others with what follows it.
fn add_word(patterns: &mut Vec<Pattern>, word: &str, trigger: Option<&Trigger>, number: usize) {
    let target = Target::Trigger {
        word: number as u32,
        length: word.len(),
    };
    let before = patterns.len();
    for (_, ends) in ENDED_WORDS.iter().filter(|(ended, _)| *ended == word) {
        patterns.push(ended(word, ends, target));
    }
    if patterns.len() == before {
        patterns.push(match trigger {
            Some(trigger) => Pattern::word(trigger, target),
            None => pattern(&Probe::caseless(word, 0), target),
        });
    }
}

/// The probe of a word with one byte of each set after it.
fn ended(word: &str, ends: &[&[u8]], target: Target) -> Pattern {
    let literal = Probe::caseless(word, 0);
    let runs = literal.runs.iter();
    let mut sets: Vec<ByteSet> = runs
        .flat_map(|(set, count)| std::iter::repeat_n(set, usize::from(count)))
        .collect();
    sets.extend(ends.iter().map(|bytes| {
        let mut end = ByteSet::default();
        bytes.iter().for_each(|&byte| end.insert(byte));
        end
    }));
    pattern(&Probe::new(&sets, word, 0, 0, false), target)
}

fn pattern(probe: &Probe, target: Target) -> Pattern {
    Pattern {
        runs: probe.runs.clone(),
        length: probe.len(),
        anchor: probe.anchor,
        anchor_at: probe.anchor_at,
        rarest: probe.rarest,
        target,
    }
}
