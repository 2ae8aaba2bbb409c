//! Confirmation: does the shape match around a probe, within its bounded window?
//!
//! Owns the rules at both ends of a token (what may stand beside it) and the lazily compiled
//! expressions. Does not judge the token.

use std::ops::Range;
use std::sync::OnceLock;

use memchr::memmem;
use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

use super::assignment::Assigned;
use super::{Assignment, Candidate};
use crate::detectors::byteset::ByteSet;
use crate::detectors::probe::Probe;
use crate::detectors::spec::NearSpec;
use crate::detectors::{Confidence, Detector, Shape};

/// Longest marker of a block, in bytes.
const LONGEST_MARKER: usize = 200;
/// How much of a marker tells another block, in bytes.
const OPENING: usize = 10;
/// Shortest line of base64 in a block, in bytes.
const SHORTEST_LINE: usize = 16;

/// The expressions of a set, each compiled when its detector is first triggered.
#[derive(Debug)]
pub(super) struct Confirmer {
    expressions: Vec<OnceLock<Option<Regex>>>,
    /// Those for the ends of blocks.
    ends: Vec<OnceLock<Option<Regex>>>,
}

/// Says whether a detector is distinctive enough for binary data.
pub(super) fn is_distinctive(detector: &Detector) -> bool {
    detector.confidence == Confidence::Likely && detector.near.is_none()
}

impl Confirmer {
    pub(super) fn new(detectors: &[Detector]) -> Self {
        Self {
            expressions: detectors.iter().map(|_| OnceLock::new()).collect(),
            ends: detectors.iter().map(|_| OnceLock::new()).collect(),
        }
    }

    /// Confirms a probe that begins at `at`; appends what it finds.
    pub(super) fn confirm(
        &self,
        index: usize,
        detector: &Detector,
        probe: &Probe,
        bytes: &[u8],
        at: usize,
        found: &mut Vec<Candidate>,
    ) {
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
                    let end = run_end(bytes, start + prefix.len(), *set, *least, *most);
                    if let Some(end) = end
                        && is_free_on_the_left(bytes, start)
                    {
                        accept(start..end, start..end);
                    }
                }
            }
            Shape::Regex { pattern, most } => {
                let regex = self.expression(index, || pattern.clone());
                if let Some((whole, secret)) =
                    regex.and_then(|regex| match_around(regex, bytes, at, probe, *most))
                {
                    accept(whole, secret);
                }
            }
            Shape::Block { begin, end, most } => {
                let begin = self.expression(index, || begin.clone());
                let end = self.ends[index].get_or_init(|| build(end)).as_ref();
                let whole = begin.zip(end).and_then(|(begin, end)| {
                    let first = match_around(begin, bytes, at, probe, LONGEST_MARKER)?.0;
                    Some(block(bytes, first, end, *most))
                });
                if let Some(whole) = whole {
                    accept(whole.clone(), whole);
                }
            }
            Shape::Any => {}
        }
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
            } => value.strip_prefix(prefix.as_slice()).is_some_and(|rest| {
                (*least..=*most).contains(&rest.len())
                    && rest.iter().all(|&byte| set.contains(byte))
            }),
            Shape::Regex { pattern, .. } => self
                .expression(index, || format!("(?:{pattern})$"))
                .is_some_and(|regex| regex.is_match(Input::new(value).anchored(Anchored::Yes))),
            Shape::Any => true,
            Shape::Block { .. } => false,
        };
        let whole = assigned.name.start..assigned.value.end;
        let near = detector
            .near
            .as_ref()
            .is_none_or(|near| has_word_near(near, bytes, &whole));
        (fits && near).then(|| Candidate {
            detector: index,
            secret: assigned.value.clone(),
            whole,
            assignment: Some(Assignment {
                name: assigned.name.clone(),
                quote: assigned.quote,
                operator: assigned.operator,
            }),
        })
    }

    fn expression(&self, index: usize, pattern: impl Fn() -> String) -> Option<&Regex> {
        self.expressions[index]
            .get_or_init(|| build(&pattern()))
            .as_ref()
    }
}

/// Compiles an expression over bytes. `None` cannot happen for a detector that `compile`
/// accepted: it parsed the expression and bounded its length.
fn build(pattern: &str) -> Option<Regex> {
    Regex::builder()
        .configure(
            Regex::config()
                .utf8_empty(false)
                .nfa_size_limit(Some(64 << 20)),
        )
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .build(pattern)
        .ok()
}

/// The block that begins with the marker `first`: up to its end marker, or, where that is
/// missing or another block begins before it, up to the last of its text.
fn block(bytes: &[u8], first: Range<usize>, end: &Regex, most: usize) -> Range<usize> {
    let mut limit = bytes.len().min(first.end + most);
    let opening = &bytes[first.start..first.end.min(first.start + OPENING)];
    if let Some(next) = memmem::find(&bytes[first.end..limit], opening) {
        limit = first.end + next;
    }
    let input = Input::new(bytes).span(first.end..bytes.len().min(limit + LONGEST_MARKER));
    match end.search(&input).filter(|last| last.start() < limit) {
        Some(last) => first.start..last.end(),
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
    if probe.exact {
        return vec![at];
    }
    let start = at.saturating_sub(probe.before);
    let end = bytes.len().min(at + probe.len() + probe.before);
    memmem::find_iter(&bytes[start..end], prefix)
        .map(|found| start + found)
        .collect()
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

/// Finds the match that covers the probe at `at`, and its secret group.
fn match_around(
    regex: &Regex,
    bytes: &[u8],
    at: usize,
    probe: &Probe,
    most: usize,
) -> Option<(Range<usize>, Range<usize>)> {
    let mut captures = regex.create_captures();
    let mut start = at.saturating_sub(probe.before);
    if probe.exact {
        if at < probe.before {
            return None;
        }
        let end = bytes.len().min(start + most);
        let input = Input::new(bytes).span(start..end).anchored(Anchored::Yes);
        regex.search_captures(&input, &mut captures);
        return accept(&captures, bytes);
    }
    // Several matches may begin before the probe; the first that covers it and stands free
    // wins. The window bounds the loop.
    let end = bytes.len().min(at + most);
    while start <= at {
        let input = Input::new(bytes).span(start..end);
        regex.search_captures(&input, &mut captures);
        let found = captures.get_match()?;
        if found.start() > at {
            return None;
        }
        if found.end() > at
            && let Some(accepted) = accept(&captures, bytes)
        {
            return Some(accepted);
        }
        start = found.start() + 1;
    }
    None
}

fn accept(captures: &Captures, bytes: &[u8]) -> Option<(Range<usize>, Range<usize>)> {
    let found = captures.get_match()?;
    let whole = found.range();
    let secret = captures
        .get_group_by_name("secret")
        .map_or(whole.clone(), |group| group.start..group.end);
    let starts_in_word = bytes[whole.start].is_ascii_alphanumeric();
    let ends_in_word = bytes[whole.end - 1].is_ascii_alphanumeric();
    let free_left = !starts_in_word || is_free_on_the_left(bytes, whole.start);
    let free_right = !ends_in_word
        || bytes
            .get(whole.end)
            .is_none_or(|&next| !(next.is_ascii_alphanumeric() || next == b'_' || next == b'-'));
    (free_left && free_right && !secret.is_empty()).then_some((whole, secret))
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
    let before = &bytes[start.saturating_sub(6)..start];
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
    let window = bytes[start..end].to_ascii_lowercase();
    near.words
        .iter()
        .any(|word| memmem::find(&window, word.to_ascii_lowercase().as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_frees_the_left_side() {
        for text in ["", "=", "\\n", "%3D", "\\x3d", "\\u003d", "x="] {
            assert!(is_free_on_the_left(text.as_bytes(), text.len()), "{text}");
        }
        for text in ["a", "3", "nn", "xn", "u003"] {
            assert!(!is_free_on_the_left(text.as_bytes(), text.len()), "{text}");
        }
    }

    #[test]
    fn a_run_must_end_within_its_length() {
        let set = ByteSet::parse("a-z").unwrap();
        assert_eq!(run_end(b"abc-", 0, set, 2, 3), Some(3));
        assert_eq!(run_end(b"abcd", 0, set, 2, 3), None);
        assert_eq!(run_end(b"a", 0, set, 2, 3), None);
    }
}
