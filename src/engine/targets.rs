//! What the finders look for: one numbered list of probes over all detectors.
//!
//! Owns the numbering, shared by both finders. Does not own searching.

use crate::detectors::Detector;
use crate::detectors::byteset::ByteSet;
use crate::detectors::probe::Probe;

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
    /// Sets, each with how many bytes in a row it holds.
    pub(super) runs: Box<[(ByteSet, u16)]>,
    /// Bytes in all.
    pub(super) length: usize,
    /// The literal in it, in lower case.
    pub(super) anchor: Box<[u8]>,
    /// Where the literal begins.
    pub(super) anchor_at: usize,
    target: Target,
}

impl Pattern {
    /// Says whether the pattern stands at the start of `bytes`.
    pub(super) fn fits(&self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        bytes.len() >= self.length
            && self.runs.iter().all(|&(set, count)| {
                let (run, after) = rest.split_at(usize::from(count));
                rest = after;
                run.iter().all(|&byte| set.contains(byte))
            })
    }
}

/// All probes.
#[derive(Clone, Debug)]
pub(super) struct Targets {
    patterns: Vec<Pattern>,
    assigned: Vec<Vec<usize>>,
    longest: usize,
}

impl Targets {
    pub(super) fn of(detectors: &[Detector]) -> Self {
        let mut patterns = Vec::new();
        let mut words: Vec<&str> = Vec::new();
        let mut assigned: Vec<Vec<usize>> = Vec::new();
        for (index, detector) in detectors.iter().enumerate() {
            for (probe, found) in detector.probes.iter().enumerate() {
                patterns.push(pattern(found, Target::Detector { index, probe }));
            }
            for trigger in &detector.triggers {
                if let Some(word) = words.iter().position(|word| word == trigger) {
                    assigned[word].push(index);
                } else {
                    words.push(trigger);
                    assigned.push(vec![index]);
                }
            }
        }
        for (word, text) in words.iter().enumerate() {
            let target = Target::Trigger {
                word: word as u32,
                length: text.len(),
            };
            patterns.push(pattern(&Probe::caseless(text, 0), target));
        }
        let longest = patterns.iter().map(|pattern| pattern.length).max();
        Self {
            patterns,
            assigned,
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

    pub(super) fn target(&self, probe: u32) -> Target {
        self.patterns[probe as usize].target
    }

    /// The detectors that a trigger word concerns.
    pub(super) fn assigned(&self, word: u32) -> &[usize] {
        &self.assigned[word as usize]
    }
}

fn pattern(probe: &Probe, target: Target) -> Pattern {
    Pattern {
        runs: probe.runs.as_slice().into(),
        length: probe.len(),
        anchor: probe.anchor.clone().into(),
        anchor_at: probe.anchor_at,
        target,
    }
}
