//! Reaches: how far from a probe the bytes may lie that decide whether it leads to a candidate.
//!
//! Owns the sums; the limits come from where each is obeyed. Does not own matching.

use super::confirm::{BEFORE_TOKEN, LONGEST_MARKER};
use super::reach::Reach;
use super::targets::{Role, Target, Targets, Triggered};
use super::{assignment, decode, keyword};
use crate::detectors::compile::LONGEST_MATCH;
use crate::detectors::probe::Probe;
use crate::detectors::{Detector, Shape};
use crate::walker::REACH;

// A part of a large text is searched with this much around it: a run, and what it stands beside.
const _: () = assert!(decode::LONGEST + 16 * LONGEST_MATCH <= REACH);

/// The reach of a probe.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reaches {
    /// Where a value may be near after it.
    pub(super) with_value: Reach,
    /// Where none is near after it, which matters for words for a secret alone.
    pub(super) without_value: Reach,
}

impl From<Reach> for Reaches {
    fn from(reach: Reach) -> Self {
        Self {
            with_value: reach,
            without_value: reach,
        }
    }
}

/// The reach of each probe of the targets.
pub(super) fn list(detectors: &[Detector], targets: &Targets) -> Box<[Reaches]> {
    let waiting = of_waiting(detectors, targets);
    let reach = |probe: usize| match targets.target(probe as u32) {
        Target::Detector { index, probe } => {
            let detector = &detectors[index];
            of_probe(detector, &detector.probes[probe]).into()
        }
        // How far on it goes tells the text.
        Target::Encoded(mark) => Reaches::from(Reach {
            left: decode::left(mark),
            right: 0,
        }),
        Target::Trigger { word, length } => {
            let triggered = targets.triggered(word);
            let without = of_triggered(detectors, triggered, length);
            if triggered.is_secret_word {
                let (most, near) = waiting;
                let found = Reach {
                    left: keyword::LOOKBACK + keyword::LEFT,
                    right: keyword::reach(length, most),
                };
                Reaches {
                    with_value: found.join(of_trigger(length, near)).join(without),
                    without_value: without,
                }
            } else {
                without.into()
            }
        }
    };
    (0..=targets.patterns().len()).map(reach).collect()
}

/// The greatest length of a value, and the greatest `near`, of what waits for a word for a secret.
fn of_waiting(detectors: &[Detector], targets: &Targets) -> (usize, usize) {
    let of = |role: Role| {
        let named = targets.all_named().filter(move |named| named.role == role);
        named.map(|named| &detectors[named.detector()])
    };
    let most = of(Role::Waiting).map(longest).max();
    let near = of(Role::Assigned).map(near).max();
    (most.unwrap_or(0), near.unwrap_or(0))
}

/// The reach of a trigger for the detectors it triggers itself.
fn of_triggered(detectors: &[Detector], triggered: &Triggered, length: usize) -> Reach {
    let keyworded = triggered.keyworded.iter();
    let keyworded = keyworded.map(|&index| longest(&detectors[index])).max();
    let keyworded = keyworded.map(|most| Reach {
        left: keyword::LEFT,
        right: keyword::reach(length, most),
    });
    let assigned = triggered
        .assigned
        .iter()
        .map(|&index| near(&detectors[index]));
    let assigned = assigned.max().map(|near| of_trigger(length, near));
    let value = triggered.is_secret_word.then_some(Reach {
        left: keyword::LEFT,
        right: length + keyword::NEAR,
    });
    let all = [keyworded, assigned, value].into_iter().flatten();
    all.fold(Reach::default(), Reach::join)
}

fn near(detector: &Detector) -> usize {
    detector.near.as_ref().map_or(0, |near| near.reach)
}

fn of_probe(detector: &Detector, probe: &Probe) -> Reach {
    let near = near(detector);
    // One byte more tells that a token ends.
    let right = match &detector.shape {
        Shape::Run { prefix, most, .. } => probe.len() + probe.before + prefix.len() + most + 1,
        Shape::Regex { most, .. } if probe.near => probe.len() + probe.before + most + 1,
        Shape::Regex { most, .. } => probe.len().max(most + 1),
        Shape::Block { most, .. } => 3 * LONGEST_MARKER + most,
        Shape::Any => 0,
    };
    Reach {
        left: probe.before + BEFORE_TOKEN + near,
        right: right + near,
    }
}

/// The greatest length of a value with a keyword.
fn longest(detector: &Detector) -> usize {
    match detector.shape {
        Shape::Regex { most, .. } => most,
        Shape::Run { .. } | Shape::Block { .. } | Shape::Any => 0,
    }
}

fn of_trigger(length: usize, near: usize) -> Reach {
    Reach {
        left: assignment::LEFT + near,
        right: length + assignment::RIGHT + near,
    }
}
