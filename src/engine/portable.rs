//! The portable finder: Aho-Corasick over the anchors, then the sets around each.
//!
//! Slower than the sieve, but no probe is too short for it. It is the fallback, the finder of the
//! examples of one detector, and an oracle in tests. Does not own confirmation.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::targets::Targets;
use super::{Find, Hit};

#[derive(Debug)]
pub(super) struct Portable {
    automaton: AhoCorasick,
    /// For each literal of the automaton, the probes it is the anchor of.
    by_literal: Vec<Vec<u32>>,
}

impl Portable {
    pub(super) fn new(targets: &Targets) -> Self {
        let mut literals: Vec<&[u8]> = Vec::new();
        let mut by_literal: Vec<Vec<u32>> = Vec::new();
        let mut places: HashMap<&[u8], usize> = HashMap::new();
        for (probe, pattern) in targets.patterns().iter().enumerate() {
            let at = *places.entry(pattern.anchor.as_bytes()).or_insert_with(|| {
                literals.push(pattern.anchor.as_bytes());
                by_literal.push(Vec::new());
                by_literal.len() - 1
            });
            by_literal[at].push(probe as u32);
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&literals)
            .unwrap_or_else(|_| unreachable!("a few thousand short literals fit the automaton"));
        Self {
            automaton,
            by_literal,
        }
    }
}

impl Find for Portable {
    type Working = ();

    fn find(
        &self,
        targets: &Targets,
        bytes: &[u8],
        (): &mut Self::Working,
        hits: &mut Vec<Hit>,
    ) -> bool {
        for found in self.automaton.find_overlapping_iter(bytes) {
            for &probe in &self.by_literal[found.pattern().as_usize()] {
                let pattern = targets.pattern(probe);
                let Some(start) = found.start().checked_sub(pattern.anchor_at) else {
                    continue;
                };
                if pattern.fits(&bytes[start..]) {
                    hits.push(Hit { start, probe });
                }
            }
        }
        true
    }
}
