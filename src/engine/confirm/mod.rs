//! Confirmation: does the shape match around a probe, within its bounded window?
//!
//! Owns the rules at both ends of a token (what may stand beside it) and the lazily compiled
//! expressions. Does not judge the token.

use std::ops::Range;
use std::sync::OnceLock;

use memchr::memmem;

use super::assignment::Assigned;
use super::expression::{Expression, Found};
use super::reach::Reach;
use super::{Assignment, Candidate, Operator, keyword};
use crate::detectors::byteset::ByteSet;
use crate::detectors::probe::Probe;
use crate::detectors::spec::NearSpec;
use crate::detectors::{Confidence, Detector, Shape};

/// Longest marker of a block, in bytes.
pub(super) const LONGEST_MARKER: usize = 200;
/// How many bytes before a token tell whether it may begin there.
pub(super) const BEFORE_TOKEN: usize = 6;
/// How much of a marker tells another block, in bytes.
const OPENING: usize = 10;
/// Shortest line of base64 in a block, in bytes.
const SHORTEST_LINE: usize = 16;

/// The expressions of a set, each made when it is first needed.
#[derive(Debug)]
pub(super) struct Confirmer {
    expressions: Box<[OnceLock<Box<Expression>>]>,
    /// Those for the ends of blocks.
    ends: Box<[OnceLock<Box<Expression>>]>,
}

/// Says whether a detector is distinctive enough for binary data.
pub(super) fn is_distinctive(detector: &Detector) -> bool {
    detector.confidence == Confidence::Likely && detector.near.is_none()
}

impl Confirmer {
    pub(super) fn new(detectors: &[Detector]) -> Self {
        let none = || detectors.iter().map(|_| OnceLock::new()).collect();
        Self {
            expressions: none(),
            ends: none(),
        }
    }

    /// The expression of a detector, or of its first marker.
    fn expression(&self, index: usize, text: &str) -> &Expression {
        self.expressions[index].get_or_init(|| Box::new(Expression::new(text)))
    }

    /// Confirms a probe of a detector, both by number, that begins at `at`; appends what it finds.
    /// Gives how far was looked, where that is not all that the detector may look at.
    pub(super) fn confirm(
        &self,
        (index, number): (usize, usize),
        detector: &Detector,
        bytes: &[u8],
        at: usize,
        found: &mut Vec<Candidate>,
    ) -> Option<Reach> {
        let probe = &detector.probes[number];
        let mut accept = |whole: Range<usize>, secret: Range<usize>| {
            let near = detector.near.as_ref();
            if near.is_none_or(|near| has_word_near(near, bytes, &whole)) {
                found.push(Candidate {
                    detector: index,
                    secret,
                    whole,
                    assignment: None,
                });
            }
        };
        match &detector.shape {
            Shape::Run {
                prefix,
                set,
                least,
                most,
            } => {
                for start in run_starts(prefix, probe, bytes, at) {
                    let end = run_end(bytes, start + prefix.len(), **set, *least, *most);
                    if let Some(end) = end
                        && is_free_on_the_left(bytes, start)
                    {
                        accept(start..end, start..end);
                    }
                }
            }
            Shape::Regex { pattern, most } if probe.near => {
                let window = window_near(probe, bytes, at, *most);
                let expression = self.expression(index, pattern);
                if !expression.may_match_in(bytes, window.clone()) {
                    return None;
                }
                for found in matches_in(expression, bytes, window) {
                    accept(found.whole, found.secret);
                }
            }
            Shape::Regex { pattern, most } => {
                let expression = self.expression(index, pattern);
                let window = at.saturating_sub(probe.before)..bytes.len().min(at + most);
                let place = at..at + probe.len();
                let probes = (&*detector.probes, number);
                let refusal = expression.refusal_around(probes, bytes, window, place);
                if refusal.is_some() {
                    return refusal;
                }
                if let Some(found) = match_around(expression, bytes, at, probe, *most) {
                    accept(found.whole, found.secret);
                }
            }
            Shape::Block { begin, end, most } => {
                let begin = self.expression(index, begin);
                let end = self.ends[index].get_or_init(|| Box::new(Expression::new(end)));
                if let Some(first) = match_around(begin, bytes, at, probe, LONGEST_MARKER) {
                    let whole = block(bytes, first.whole, end, *most);
                    accept(whole.clone(), whole);
                }
            }
            Shape::Any => {}
        }
        None
    }

    /// Confirms a keyword: a value that fits the shape belongs to it.
    pub(super) fn confirm_keyworded(
        &self,
        index: usize,
        detector: &Detector,
        bytes: &[u8],
        word: &Range<usize>,
    ) -> Option<Candidate> {
        let secret = match &detector.shape {
            Shape::Regex { pattern, most } => {
                keyword::find(bytes, word, self.expression(index, pattern), *most)
            }
            Shape::Run { .. } | Shape::Block { .. } | Shape::Any => None,
        };
        if let Some(secret) = secret {
            return Some(Candidate {
                detector: index,
                whole: word.start..secret.end,
                secret,
                assignment: None,
            });
        }
        let (name_end, secret) = keyword::find_named(bytes, word)?;
        Some(Candidate {
            detector: index,
            whole: word.start..secret.end,
            secret,
            assignment: Some(Assignment {
                name: word.start..name_end,
                quote: None,
                operator: Operator::Option,
            }),
        })
    }

    /// Confirms an assigned value: the name must contain one of the detector's words, the shape
    /// must fill the value.
    pub(super) fn confirm_assigned(
        &self,
        index: usize,
        detector: &Detector,
        bytes: &[u8],
        assigned: &Assigned,
    ) -> Option<Candidate> {
        let fits_name = |words: &String| holds_in_order(&assigned.normal_name, words);
        if !detector.names.iter().any(fits_name) {
            return None;
        }
        let value = &bytes[assigned.value.clone()];
        let fits = match &detector.shape {
            Shape::Run {
                prefix,
                set,
                least,
                most,
            } => value.strip_prefix(&**prefix).is_some_and(|rest| {
                (*least..=*most).contains(&rest.len())
                    && rest.iter().all(|&byte| set.contains(byte))
            }),
            Shape::Regex { pattern, .. } => self.expression(index, pattern).fills(value),
            Shape::Any => true,
            Shape::Block { .. } => false,
        };
        let whole = assigned.name.start..assigned.value.end;
        let is_near = |near: &NearSpec| has_word_near(near, bytes, &whole);
        let fits = fits && detector.near.as_deref().is_none_or(is_near);
        fits.then(|| assigned.candidate(index))
    }
}

/// The block that begins with the marker `first`: up to its end marker, or, where that is
/// missing or another block begins before it, up to the last of its text.
fn block(bytes: &[u8], first: Range<usize>, end: &Expression, most: usize) -> Range<usize> {
    let mut limit = bytes.len().min(first.end + most);
    let opening = &bytes[first.start..first.end.min(first.start + OPENING)];
    if let Some(next) = memmem::find(&bytes[first.end..limit], opening) {
        limit = first.end + next;
    }
    let window = first.end..bytes.len().min(limit + LONGEST_MARKER);
    let last = end.search(bytes, window).map(|found| found.whole);
    match last.filter(|last| last.start < limit) {
        Some(last) => first.start..last.end,
        None => first.start..body_end(bytes, first.end, limit),
    }
}

/// The end of lines of base64 that follow `start`; quotes, escapes and signs of joined strings
/// may stand between them.
fn body_end(bytes: &[u8], start: usize, limit: usize) -> usize {
    let (mut at, mut end) = (start, start);
    for word in bytes[start..limit].split_inclusive(|byte| !is_base64(*byte)) {
        let length = word.iter().take_while(|byte| is_base64(**byte)).count();
        if length >= SHORTEST_LINE {
            end = at + length;
        } else if length > 2 {
            break;
        }
        at += word.len();
    }
    end
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Where a prefix stands: at the probe, or, for a probe that is a word nearby, anywhere within
/// its reach.
fn run_starts(prefix: &[u8], probe: &Probe, bytes: &[u8], at: usize) -> Vec<usize> {
    if !probe.near {
        return vec![at];
    }
    let Range { start, end } = window_near(probe, bytes, at, 0);
    memmem::find_iter(&bytes[start..end], prefix)
        .map(|found| start + found)
        .collect()
}

/// Where what a word near it stands for may be.
fn window_near(probe: &Probe, bytes: &[u8], at: usize, most: usize) -> Range<usize> {
    at.saturating_sub(probe.before)..bytes.len().min(at + probe.len() + probe.before + most)
}

/// The matches in a window that stand free.
fn matches_in(expression: &Expression, bytes: &[u8], window: Range<usize>) -> Vec<Found> {
    let mut all = Vec::new();
    let mut start = window.start;
    while let Some(found) = expression.search(bytes, start..window.end) {
        if stands_free(&found, bytes) {
            start = found.whole.end;
            all.push(found);
        } else {
            start = next_start(&found, bytes, window.end);
        }
    }
    all
}

/// Says whether the words stand in the name, in their order.
fn holds_in_order(name: &[u8], words: &str) -> bool {
    let mut rest = name;
    words.split(' ').all(|word| {
        let found = memmem::find(rest, word.as_bytes());
        if let Some(at) = found {
            rest = &rest[at + word.len()..];
        }
        found.is_some()
    })
}

/// Finds the match that covers the probe at `at` and stands free.
fn match_around(
    expression: &Expression,
    bytes: &[u8],
    at: usize,
    probe: &Probe,
    most: usize,
) -> Option<Found> {
    if probe.exact {
        let start = at.checked_sub(probe.before)?;
        let end = bytes.len().min(start + most);
        if is_word(*bytes.get(start)?) && !is_free_on_the_left(bytes, start) {
            return None;
        }
        let found = expression.match_at(bytes, start..end)?;
        return stands_free(&found, bytes).then_some(found);
    }
    // Several matches may begin before the probe; the first that covers it and stands free
    // wins. The window bounds the loop.
    let mut start = at.saturating_sub(probe.before);
    let end = bytes.len().min(at + most);
    while start <= at {
        let found = expression.search(bytes, start..end)?;
        if found.whole.start > at {
            return None;
        }
        if found.whole.end > at && stands_free(&found, bytes) {
            return Some(found);
        }
        start = next_start(&found, bytes, at + 1);
    }
    None
}

/// The next place before `limit` where a match may begin after one that does not stand free; in a long
/// word none may.
fn next_start(found: &Found, bytes: &[u8], limit: usize) -> usize {
    let next = found.whole.start + 1;
    let is_inside = |at: &usize| is_word(bytes[*at]) && !is_free_on_the_left(bytes, *at);
    next + (next..limit).take_while(is_inside).count()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Says whether a match is no part of a longer word.
fn stands_free(found: &Found, bytes: &[u8]) -> bool {
    let Range { start, end } = found.whole;
    let free_left = !is_word(bytes[start]) || is_free_on_the_left(bytes, start);
    let goes_on = match bytes[end..] {
        [b'_' | b'-', ..] => true,
        [b'~', next, ..] | [next, ..] => is_word(next),
        [] => false,
    };
    let free_right = !is_word(bytes[end - 1]) || !goes_on;
    free_left && free_right && !found.secret.is_empty()
}

/// The end of a run of `set` that begins at `start`, if its length is in range and no further
/// member follows.
fn run_end(bytes: &[u8], start: usize, set: ByteSet, least: usize, most: usize) -> Option<usize> {
    let rest = bytes.get(start..)?;
    let length = rest
        .iter()
        .take(most + 1)
        .take_while(|&&byte| set.contains(byte))
        .count();
    (least..=most).contains(&length).then_some(start + length)
}

/// Says whether a token may begin at `start`: no letter or digit before it, unless that ends
/// an escape such as `\n`, `%20`, `\x22` or `\u0022`.
fn is_free_on_the_left(bytes: &[u8], start: usize) -> bool {
    let before = &bytes[start.saturating_sub(BEFORE_TOKEN)..start];
    let Some(&last) = before.last() else {
        return true;
    };
    if !last.is_ascii_alphanumeric() {
        return true;
    }
    let ends_with = |marker: &[u8], digits: usize| {
        before.len() >= marker.len() + digits && {
            let (head, tail) = before.split_at(before.len() - digits);
            head.ends_with(marker) && tail.iter().all(u8::is_ascii_hexdigit)
        }
    };
    before.ends_with(b"\\n")
        || before.ends_with(b"\\t")
        || before.ends_with(b"\\r")
        || ends_with(b"%", 2)
        || ends_with(b"\\x", 2)
        || ends_with(b"\\u", 4)
}

/// Says whether one of the words stands within reach, in any case.
fn has_word_near(near: &NearSpec, bytes: &[u8], whole: &Range<usize>) -> bool {
    let start = whole.start.saturating_sub(near.reach);
    let end = bytes.len().min(whole.end + near.reach);
    let window = &bytes[start..end];
    let lower = window.to_ascii_lowercase();
    near.words.iter().any(|word| {
        let mut places = memmem::find_iter(&lower, word.as_bytes());
        places.any(|at| word.len() > SHORT_WORD || may_begin_word(window, at))
    })
}

/// A word near a match that is longer is seldom part of another, in bytes.
const SHORT_WORD: usize = 5;

/// Says whether a word may begin here: `oktaToken` and `myOkta`, not `rookTable`. The words for
/// secrets are often joined to others.
fn may_begin_word(text: &[u8], at: usize) -> bool {
    let joined = ["auth", "token", "key", "pass", "api"];
    let is_joined = |word: &&str| {
        let head = text.get(at..at + word.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
    };
    let before = at.checked_sub(1).map(|before| text[before]);
    before.is_none_or(|before| {
        !before.is_ascii_alphabetic()
            || !text[at].is_ascii_alphabetic()
            || (before.is_ascii_lowercase() && text[at].is_ascii_uppercase())
    }) || joined.iter().any(is_joined)
}

#[cfg(test)]
mod tests;
