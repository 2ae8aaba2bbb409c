//! Reach: how far from a probe the bytes lie that decide whether it leads to a candidate.
//!
//! Owns the sums; the limits come from where each is obeyed. Does not own matching.

use super::confirm::{BEFORE_TOKEN, LONGEST_MARKER};
use super::targets::{Target, Targets};
use super::{assignment, keyword};
use crate::detectors::probe::Probe;
use crate::detectors::{Detector, Shape};

/// Bytes around the start of a probe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// How many before it.
    pub(super) left: usize,
    /// How many from it on.
    pub(super) right: usize,
}

impl Reach {
    /// The least reach that covers both.
    fn join(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            right: self.right.max(other.right),
        }
    }
}

/// The reach of each probe of the targets.
pub(super) fn list(detectors: &[Detector], targets: &Targets) -> Box<[Reach]> {
    let reach = |probe: usize| match targets.target(probe as u32) {
        Target::Detector { index, probe } => {
            let detector = &detectors[index];
            of_probe(detector, &detector.probes[probe])
        }
        Target::Trigger { word, length } => {
            let triggered = targets.triggered(word);
            let keyworded = triggered
                .keyworded
                .iter()
                .map(|&index| longest(&detectors[index]));
            let keyworded = keyworded.max().map(|most| Reach {
                left: keyword::LEFT,
                right: keyword::reach(length, most),
            });
            let common = || targets.all_named().filter(|_| triggered.is_secret_word);
            let of_common = common().flat_map(|one| &one.waiting);
            let of_common = of_common.map(|&index| longest(&detectors[index])).max();
            let of_common = of_common.map(|most| Reach {
                left: keyword::LOOKBACK + keyword::LEFT,
                right: keyword::reach(length, most),
            });
            let assigned = common()
                .flat_map(|one| &one.assigned)
                .chain(&triggered.assigned);
            let assigned = assigned.map(|&index| near(&detectors[index]));
            let assigned = assigned.max().map(|near| of_trigger(length, near));
            let all = [keyworded, of_common, assigned].into_iter().flatten();
            all.fold(Reach::default(), Reach::join)
        }
    };
    (0..targets.patterns().len()).map(reach).collect()
}

fn near(detector: &Detector) -> usize {
    detector.near.as_ref().map_or(0, |near| near.reach)
}

fn of_probe(detector: &Detector, probe: &Probe) -> Reach {
    let near = near(detector);
    // One byte more tells that a token ends.
    let right = match &detector.shape {
        Shape::Run { prefix, most, .. } => probe.len() + probe.before + prefix.len() + most + 1,
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
