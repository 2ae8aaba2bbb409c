//! Reach: how far from a probe the bytes lie that decide whether it leads to a candidate.
//!
//! Owns the sums; the limits come from where each is obeyed. Does not own matching.

use super::assignment;
use super::confirm::{BEFORE_TOKEN, LONGEST_MARKER};
use super::targets::{Target, Targets};
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

/// The reach of each probe of the targets.
pub(super) fn list(detectors: &[Detector], targets: &Targets) -> Box<[Reach]> {
    let reach = |probe: usize| match targets.target(probe as u32) {
        Target::Detector { index, probe } => {
            let detector = &detectors[index];
            of_probe(detector, &detector.probes[probe])
        }
        Target::Trigger { word, length } => {
            let assigned = targets.assigned(word).iter();
            let near = assigned.map(|&index| near(&detectors[index])).max();
            of_trigger(length, near.unwrap_or(0))
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

fn of_trigger(length: usize, near: usize) -> Reach {
    Reach {
        left: assignment::LEFT + near,
        right: length + assignment::RIGHT + near,
    }
}
