//! Probes: the fixed-length part of a shape around its anchor, which an engine searches for.
//!
//! A probe is a necessary condition: wherever the shape matches, one of its probes does, at a
//! known place. Fixed length lets Hyperscan's end offset name the start, so both engines report
//! the very same places. Owns the derivation from a regular expression. Does not own searching.

use regex_syntax::hir::Hir;
use serde::{Deserialize, Serialize};

use super::byteset::ByteSet;
use super::gram::Folded;
use super::runs::Runs;
use super::spelling::{LONGEST, Part, Spelling, spell};
use super::text::Text;

/// Shortest literal text that may serve as an anchor of its own accord, in bytes.
const SHORTEST_LITERAL: usize = 3;

/// A fixed-length sequence of byte sets with a literal in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Probe {
    /// The sequence, as sets with repetition counts.
    pub runs: Runs,
    /// The literal in lower case.
    pub anchor: Text,
    /// Where the literal begins in the sequence.
    pub anchor_at: usize,
    /// How many bytes of a match may stand before the probe.
    pub before: usize,
    /// Whether exactly `before` bytes do.
    pub exact: bool,
    /// Whether it is a word that stands near a match, within `before` bytes of its start.
    pub near: bool,
    /// Where its rarest grams are (`gram`); `None` when it is too short or too wide for them.
    pub rarest: Option<i16>,
}

/// A word that triggers the search for a detector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Trigger {
    /// The word in lower case.
    pub word: Text,
    /// Where its rarest grams are (`Probe::rarest`).
    pub rarest: Option<i16>,
}

impl Probe {
    /// Builds a probe from its sequence; `anchor_at` is the place of `anchor` in it.
    pub fn new(
        sets: &[ByteSet],
        anchor: &str,
        anchor_at: usize,
        before: usize,
        exact: bool,
    ) -> Self {
        let mut runs: Vec<(ByteSet, u16)> = Vec::new();
        for &set in sets {
            match runs.last_mut() {
                Some((last, count)) if *last == set => *count += 1,
                _ => runs.push((set, 1)),
            }
        }
        let runs: Runs = runs.into_iter().collect();
        Self {
            rarest: Folded::new(runs.iter()).rarest().map(|(at, _)| at),
            runs,
            anchor: anchor.to_ascii_lowercase().into(),
            anchor_at,
            before,
            exact,
            near: false,
        }
    }

    /// A probe that is a word near a match, in any case.
    pub fn near(word: &str, reach: usize) -> Self {
        Self {
            near: true,
            ..Self::caseless(word, reach)
        }
    }

    /// A probe that is the literal alone, in any case.
    pub fn caseless(literal: &str, before: usize) -> Self {
        let sets: Vec<ByteSet> = literal.bytes().map(caseless_set).collect();
        Self::new(&sets, literal, 0, before, false)
    }

    /// How often text stops a search for the probe, as a share of all places.
    pub fn price(&self) -> f64 {
        Folded::new(self.runs.iter())
            .rarest()
            .map_or(1.0, |(_, price)| price)
    }

    /// The probe of a prefix followed by at least `least` bytes of `set`.
    pub fn of_run(prefix: &str, set: ByteSet, least: usize) -> Self {
        let mut sets: Vec<ByteSet> = prefix.bytes().map(ByteSet::of).collect();
        let rest = least.min(LONGEST.saturating_sub(sets.len()));
        sets.extend(std::iter::repeat_n(set, rest));
        Self::new(&sets, prefix, 0, 0, true)
    }

    /// Length of the sequence in bytes.
    pub fn len(&self) -> usize {
        self.runs.iter().map(|(_, count)| usize::from(count)).sum()
    }

    /// Says whether the sequence is empty.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

/// A letter in both cases, or another byte.
pub fn caseless_set(byte: u8) -> ByteSet {
    let mut set = ByteSet::of(byte.to_ascii_lowercase());
    set.insert(byte.to_ascii_uppercase());
    set
}

/// Derives the probes of an expression: for each way to spell it, the most selective
/// fixed-length part that holds one of `anchors` or any other literal text.
///
/// # Errors
/// A description, if there is an alternative without literal text.
pub fn derive(hir: &Hir, anchors: &[String]) -> Result<Vec<Probe>, String> {
    let mut probes: Vec<Probe> = Vec::new();
    for spelling in spell(hir) {
        let probe = probe_of(&spelling, anchors)
            .ok_or_else(|| format!("an alternative of the regex has no literal text of {SHORTEST_LITERAL} bytes or more"))?;
        if !probes.contains(&probe) {
            probes.push(probe);
        }
    }
    Ok(probes)
}

/// What ends the last part of known bytes.
const END: Part = Part::Gap {
    set: ByteSet::empty(),
    most: 0,
};

fn probe_of(spelling: &Spelling, anchors: &[String]) -> Option<Probe> {
    let mut segment: Vec<ByteSet> = Vec::new();
    let mut best: Option<(usize, Probe)> = None;
    let mut before = 0;
    let mut gap_before = false;
    for part in spelling.iter().chain(std::iter::once(&END)) {
        match part {
            Part::Byte(set) => segment.push(*set),
            Part::Gap { most, .. } => {
                if let Some(probe) = anchored(&segment, anchors, before, !gap_before) {
                    let weight = selectivity(&probe);
                    if best.as_ref().is_none_or(|(other, _)| weight > *other) {
                        best = Some((weight, probe));
                    }
                }
                before += segment.len() + most;
                segment.clear();
                gap_before = true;
            }
        }
    }
    best.map(|(_, probe)| probe)
}

/// Cuts a segment to `LONGEST` around an anchor: the first declared one that stands in it,
/// else its longest literal text of `SHORTEST_LITERAL` bytes or more.
fn anchored(segment: &[ByteSet], anchors: &[String], before: usize, exact: bool) -> Option<Probe> {
    let (anchor, at) = declared(segment, anchors).or_else(|| longest_literal(segment))?;
    let end = segment
        .len()
        .min((at + anchor.len()).max(LONGEST.min(segment.len())));
    let start = end.saturating_sub(LONGEST).min(at);
    let end = end.min(start + LONGEST.max(anchor.len()));
    Some(Probe::new(
        &segment[start..end],
        &anchor,
        at - start,
        before + start,
        exact,
    ))
}

fn declared(segment: &[ByteSet], anchors: &[String]) -> Option<(String, usize)> {
    anchors
        .iter()
        .filter(|anchor| !anchor.is_empty())
        .find_map(|anchor| {
            let bytes = anchor.as_bytes();
            segment
                .windows(bytes.len())
                .position(|window| {
                    window
                        .iter()
                        .zip(bytes)
                        .all(|(set, &byte)| set.is_letter(byte))
                })
                .map(|at| (anchor.clone(), at))
        })
}

fn longest_literal(segment: &[ByteSet]) -> Option<(String, usize)> {
    let letter = |set: &ByteSet| set.members().next().filter(|&byte| set.is_letter(byte));
    let mut best: Option<(String, usize)> = None;
    let mut at = 0;
    while at < segment.len() {
        let literal: Vec<u8> = segment[at..].iter().map_while(letter).collect();
        let length = literal.len();
        if length >= SHORTEST_LITERAL && best.as_ref().is_none_or(|(text, _)| length > text.len()) {
            best = String::from_utf8(literal).ok().map(|text| (text, at));
        }
        at += length + 1;
    }
    best
}

/// How much a probe rules out, in bits.
fn selectivity(probe: &Probe) -> usize {
    probe
        .runs
        .iter()
        .map(|(set, count)| (8.0 - (set.len() as f32).log2()) as usize * usize::from(count))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probes(pattern: &str, anchors: &[&str]) -> Result<Vec<Probe>, String> {
        let hir = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(pattern)
            .unwrap();
        let anchors: Vec<String> = anchors.iter().map(|&anchor| anchor.to_owned()).collect();
        derive(&hir, &anchors)
    }

    #[test]
    fn a_prefix_takes_the_least_run_after_it() {
        let found = probes("xoxb-[0-9]{10,13}-[a-z]{4}", &["xoxb-"]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].len(), found[0].anchor_at, found[0].before),
            (15, 0, 0)
        );
        assert!(found[0].exact);
    }

    #[test]
    fn an_inner_anchor_takes_fixed_neighbours_on_both_sides() {
        let found = probes(r"[0-9]{6,14}-[a-z]{8}\.apps\.test", &[".apps."]).unwrap();
        assert_eq!((found[0].len(), found[0].anchor_at), (1 + 8 + 10, 9));
        assert!(!found[0].exact);
        assert_eq!(found[0].before, 14);
    }

    #[test]
    fn each_alternative_gets_its_own_probe() {
        let found = probes("(?:ab1|cd2)_[0-9]{3}", &["ab1_", "cd2_"]).unwrap();
        assert_eq!(found.len(), 2);
        assert!(
            probes("(?:ab1|c[a-z]_)[0-9]{3}", &["ab1"])
                .unwrap_err()
                .contains("alternative")
        );
    }

    #[test]
    fn an_undeclared_literal_serves_as_anchor() {
        let found = probes("https?://[a-z]{2,9}hooks/[0-9]{4}", &[]).unwrap();
        assert_eq!(
            (found[0].anchor.as_bytes(), found[0].len()),
            (b"hooks/".as_slice(), 10)
        );
    }

    #[test]
    fn a_caseless_anchor_is_found_in_any_case() {
        let found = probes("(?i:heroku)[=:]", &["heroku"]).unwrap();
        assert_eq!(*found[0].anchor, *"heroku");
        assert_eq!(found[0].len(), 7);
    }

    #[test]
    fn a_long_run_is_cut() {
        let found = probes("glc_[a-z]{400}", &["glc_"]).unwrap();
        assert_eq!(found[0].len(), LONGEST);
    }
}
