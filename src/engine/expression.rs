//! Expressions of detectors, compiled when they are first needed.
//!
//! Owns compilation and the three ways a window is matched. An expression has no look-around,
//! so that a window means the same whatever stands beside it. Does not own which windows.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Captures, Regex, RegexBuilder};

use super::hint::Hint;
use super::reach::Reach;
use crate::detectors::probe::Probe;

/// Most bytes one compiled expression may take; bounded repetition of wide classes is large.
const LARGEST: usize = 64 << 20;

/// An expression over bytes.
#[derive(Debug, Default)]
pub(super) struct Expression {
    text: String,
    at_start: OnceLock<Option<Regex>>,
    anywhere: OnceLock<Option<Regex>>,
    whole: OnceLock<Option<Regex>>,
    within: OnceLock<Hint>,
    /// By number of the probe.
    around: OnceLock<Box<[Hint]>>,
}

/// A match and its group `secret`, which without such a group is the match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) whole: Range<usize>,
    pub(super) secret: Range<usize>,
}

impl Expression {
    /// An expression that is not compiled yet.
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }

    /// Says whether the expression may match anywhere in a window.
    pub(super) fn may_match_in(&self, bytes: &[u8], window: Range<usize>) -> bool {
        let hint = self.within.get_or_init(|| Hint::within(&self.text));
        hint.allows(bytes, window)
    }

    /// Where it cannot match in a window around the probe of this number at this place, how far was
    /// looked to find out.
    pub(super) fn refusal_around(
        &self,
        (probes, number): (&[Probe], usize),
        bytes: &[u8],
        window: Range<usize>,
        place: Range<usize>,
    ) -> Option<Reach> {
        let derive = || probes.iter().map(|one| Hint::around(&self.text, one));
        let hints = self.around.get_or_init(|| derive().collect());
        hints.get(number)?.refusal(bytes, window, place)
    }

    /// The match that begins where the window does.
    pub(super) fn match_at(&self, bytes: &[u8], window: Range<usize>) -> Option<Found> {
        let compile = || build(&format!(r"\A(?:{})", self.text));
        let regex = self.at_start.get_or_init(compile).as_ref()?;
        find(regex, bytes, window)
    }

    /// The first match in the window.
    pub(super) fn search(&self, bytes: &[u8], window: Range<usize>) -> Option<Found> {
        let regex = self.anywhere.get_or_init(|| build(&self.text)).as_ref()?;
        find(regex, bytes, window)
    }

    /// Says whether the expression matches all of a text.
    pub(super) fn fills(&self, text: &[u8]) -> bool {
        let compile = || build(&format!(r"\A(?:{})\z", self.text));
        let regex = self.whole.get_or_init(compile).as_ref();
        regex.is_some_and(|regex| regex.is_match(text))
    }
}

/// Compiles an expression. `None` cannot happen for a detector that was accepted: it parses,
/// and the length of its matches is bounded.
fn build(text: &str) -> Option<Regex> {
    RegexBuilder::new(text)
        .unicode(false)
        .size_limit(LARGEST)
        .build()
        .ok()
}

fn find(regex: &Regex, bytes: &[u8], window: Range<usize>) -> Option<Found> {
    let text = bytes.get(window.clone())?;
    let moved = |range: Range<usize>| window.start + range.start..window.start + range.end;
    if regex.captures_len() == 1 {
        let whole = moved(regex.find(text)?.range());
        let secret = whole.clone();
        return Some(Found { whole, secret });
    }
    // Groups are for the few texts that match: room for them is allocated anew each time.
    if !regex.is_match(text) {
        return None;
    }
    let captures: Captures<'_> = regex.captures(text)?;
    let whole = moved(captures.get(0)?.range());
    let secret = captures
        .name("secret")
        .map_or_else(|| whole.clone(), |group| moved(group.range()));
    Some(Found { whole, secret })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_matched_in_three_ways() {
        let expression = Expression::new("ab?(?P<secret>c{1,3})|x");
        let found = |whole, secret| Some(Found { whole, secret });
        assert_eq!(expression.match_at(b"-abcc-", 1..6), found(1..5, 3..5));
        assert_eq!(expression.match_at(b"-abcc-", 0..6), None);
        assert_eq!(expression.search(b"-abcc-", 0..6), found(1..5, 3..5));
        assert_eq!(expression.search(b"-abcc-", 0..4), found(1..4, 3..4));
        assert!(expression.fills(b"abccc") && expression.fills(b"x"));
        assert!(!expression.fills(b"abcccc") && !expression.fills(b"xx"));
    }
}
