//! Hints: what every match of an expression holds, so that most places can be refused without it.
//!
//! A lazily compiled expression that is asked hundreds of thousands of times costs some microseconds
//! each, and almost all these places fail at once: after `auth` no sign of assignment stands, and
//! nowhere near are 32 digits in a row. A hint is necessary, never sufficient. Owns its derivation
//! and its test. Does not own matching.

use std::ops::Range;

use regex_syntax::ParserBuilder;

use super::reach::Reach;
use crate::detectors::byteset::ByteSet;
use crate::detectors::probe::Probe;
use crate::detectors::spelling::{Part, Spelling, spell};

/// How many bytes beside a probe are looked at.
const FURTHEST: usize = 64;
/// Most ways to go on that are kept apart; with more nothing is told.
const MOST_WAYS: usize = 16;
/// A run that more than this share of all places of a text holds tells nothing.
const DULLEST: f64 = 0.02;
/// Shortest run that is worth a look, in bytes, but for a single byte: an expression finds short texts
/// as fast.
const SHORTEST: usize = 12;

/// What a match holds, in one of several ways; without any, nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hint(Box<[Way]>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Way {
    /// What stands right before the probe, read backwards, and right after it.
    before: Path,
    after: Path,
    /// What stands somewhere after it.
    run: Option<Run>,
}

/// So many bytes of a set in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    set: ByteSet,
    least: usize,
}

impl Hint {
    /// What stands in every match.
    pub(super) fn within(expression: &str) -> Self {
        let runs = spellings(expression).into_iter();
        let runs = runs.map(|spelling| Run::longest(&spelling));
        let join = |one: Run, other: Run| Run {
            set: one.set.or(other.set),
            least: one.least.min(other.least),
        };
        let run = runs.reduce(|one, other| one.zip(other).map(|(one, other)| join(one, other)));
        let run = run.flatten().filter(|run| run.share() < DULLEST);
        Self::of(run.into_iter().map(|run| Way {
            before: Path::default(),
            after: Path::default(),
            run: Some(run),
        }))
    }

    /// What stands around a probe in every match.
    pub(super) fn around(expression: &str, probe: &Probe) -> Self {
        let sets = probe.runs.iter();
        let sets = sets.flat_map(|(set, count)| std::iter::repeat_n(set, usize::from(count)));
        let sets: Vec<ByteSet> = sets.collect();
        let spellings = spellings(expression);
        Self::of(spellings.iter().filter_map(|spelling| {
            let start = place_of(spelling, &sets, probe.before)?;
            let rest = &spelling[start + sets.len()..];
            Some(Way {
                before: Path::new(spelling[..start].iter().rev()),
                after: Path::new(rest.iter()),
                run: Run::longest(rest),
            })
        }))
    }

    fn of(ways: impl Iterator<Item = Way>) -> Self {
        let mut kept: Vec<Way> = Vec::new();
        for way in ways {
            if !kept.contains(&way) {
                kept.push(way);
            }
        }
        if kept.len() > MOST_WAYS {
            kept.clear();
        }
        Self(kept.into())
    }

    /// Says whether a match may stand in a window.
    pub(super) fn allows(&self, bytes: &[u8], window: Range<usize>) -> bool {
        let start = window.start;
        self.refusal(bytes, window, start..start).is_none()
    }

    /// Where no match may stand in a window, of which a probe takes `place`, how far around the
    /// start of that was looked to find out.
    pub(super) fn refusal(
        &self,
        bytes: &[u8],
        window: Range<usize>,
        place: Range<usize>,
    ) -> Option<Reach> {
        let before = bytes.get(window.start..place.start)?;
        let after = bytes.get(place.end..window.end)?;
        let mut looked = Reach {
            left: 0,
            right: place.len(),
        };
        for way in &self.0 {
            let Reach { left, right } = way.refusal(before, after)?;
            looked = looked.join(Reach {
                left,
                right: place.len() + right,
            });
        }
        (!self.0.is_empty()).then_some(looked)
    }
}

impl Way {
    /// How far before and after a probe was looked, where it is not gone.
    fn refusal(&self, before: &[u8], after: &[u8]) -> Option<Reach> {
        let (mut left, mut right) = (0, 0);
        if let Some(looked) = self.after.refusal(after.iter()) {
            right = looked;
        } else if let Some(looked) = self.before.refusal(before.iter().rev()) {
            left = looked;
        } else {
            self.run.filter(|run| !run.stands_in(after))?;
            // The end of the text, too, may have told.
            right = after.len() + 1;
        }
        Some(Reach { left, right })
    }
}

/// Parts of a spelling in their order. A gap may be as long as it likes here, so that what has been
/// passed is a bit for each part.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Path {
    /// The bytes of each part, and which parts may follow them.
    parts: Box<[(ByteSet, u64)]>,
    /// Which may come first.
    first: u64,
}

/// The path that all texts take.
impl Default for Path {
    fn default() -> Self {
        Self::new(std::iter::empty())
    }
}

impl Path {
    /// The path along the first of some parts; the bit behind them stands for all that follow.
    fn new<'a>(parts: impl Iterator<Item = &'a Part>) -> Self {
        let parts: Vec<&Part> = parts.take(u64::BITS as usize - 1).collect();
        let mut first = 1 << parts.len();
        let mut steps = Vec::with_capacity(parts.len());
        for (place, part) in parts.iter().enumerate().rev() {
            match part {
                Part::Byte(set) => {
                    steps.push((*set, first));
                    first = 1 << place;
                }
                Part::Gap { set, .. } => {
                    first |= 1 << place;
                    steps.push((*set, first));
                }
            }
        }
        steps.reverse();
        Self {
            parts: steps.into(),
            first,
        }
    }

    /// How many bytes were looked at, where a text does not take the path; its end counts as one.
    fn refusal<'a>(&self, mut text: impl Iterator<Item = &'a u8>) -> Option<usize> {
        let (mut places, end) = (self.first, 1 << self.parts.len());
        for looked in 1..=FURTHEST {
            if places & end != 0 {
                return None;
            }
            let Some(&byte) = text.next() else {
                return Some(looked);
            };
            let mut next = 0;
            while places != 0 {
                let (set, follow) = &self.parts[places.trailing_zeros() as usize];
                if set.contains(byte) {
                    next |= follow;
                }
                places &= places - 1;
            }
            if next == 0 {
                return Some(looked);
            }
            places = next;
        }
        None
    }
}

/// The ways to spell an expression; none where it does not parse, as no detector's does.
fn spellings(expression: &str) -> Vec<Spelling> {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
    let hir = parser.parse(expression);
    hir.map_or_else(|_| Vec::new(), |hir| spell(&hir))
}

/// Where a probe begins in a spelling that has it, with at most `before` bytes before it.
fn place_of(spelling: &Spelling, probe: &[ByteSet], before: usize) -> Option<usize> {
    let mut passed = 0;
    for (at, part) in spelling.iter().enumerate() {
        let here = spelling.get(at..at + probe.len())?;
        let stands = |(part, set): (&Part, &ByteSet)| match part {
            Part::Byte(byte) => byte == set,
            Part::Gap { .. } => false,
        };
        if passed == before && here.iter().zip(probe).all(stands) {
            return Some(at);
        }
        passed += match part {
            Part::Byte(_) => 1,
            Part::Gap { most, .. } => *most,
        };
    }
    None
}

impl Run {
    /// The longest run among those of some parts that tell something, or else the rarest byte.
    fn longest(parts: &[Part]) -> Option<Self> {
        let known: Vec<(ByteSet, usize)> = shortened(parts);
        let mut best: Option<(usize, f64, Self)> = None;
        for first in 0..known.len() {
            let mut run = Self {
                set: ByteSet::empty(),
                least: 0,
            };
            for (set, count) in &known[first..] {
                run.set = run.set.or(*set);
                run.least += count;
                let share = run.share();
                let is_quick = run.least >= SHORTEST || run.least == 1 && run.set.len() == 1;
                let is_better = best.is_none_or(|(least, other, _)| {
                    run.least > least || run.least == least && share < other
                });
                if is_quick && share < DULLEST && is_better {
                    best = Some((run.least, share, run));
                }
            }
        }
        best.map(|(_, _, run)| run)
    }

    /// At how many places of a text one may begin, an estimate.
    fn share(&self) -> f64 {
        if self.least == 0 {
            return 1.0;
        }
        let of_one: f64 = self.set.members().map(share).sum();
        of_one.powi(self.least as i32)
    }

    /// Says whether such a run stands in a text.
    fn stands_in(&self, text: &[u8]) -> bool {
        let mut members = self.set.members();
        if let (1, Some(only), None) = (self.least, members.next(), members.next()) {
            return memchr::memchr(only, text).is_some();
        }
        holds_run(text, self.least, |byte| self.set.contains(byte))
    }
}

/// Says whether so many members of a set stand in a row. Most bytes of a text without are not looked at.
pub(super) fn holds_run(text: &[u8], least: usize, is_member: impl Fn(u8) -> bool) -> bool {
    let mut start = 0;
    while let Some(here) = text.get(start..start + least) {
        // None may begin before the last byte that is no part of one.
        match here.iter().rposition(|&byte| !is_member(byte)) {
            Some(at) => start += at + 1,
            None => return true,
        }
    }
    false
}

/// Sets of bytes, each with how many of it there must be in a row.
fn shortened(parts: &[Part]) -> Vec<(ByteSet, usize)> {
    let mut all: Vec<(ByteSet, usize)> = Vec::new();
    for part in parts {
        let (set, least) = match part {
            Part::Byte(set) => (*set, 1),
            Part::Gap { set, .. } => (*set, 0),
        };
        match all.last_mut() {
            Some((last, count)) if *last == set => *count += least,
            _ => all.push((set, least)),
        }
    }
    all
}

/// How often text has a byte, roughly.
fn share(byte: u8) -> f64 {
    match byte {
        b' ' => 0.15,
        b'a'..=b'z' => 0.02,
        b'0'..=b'9' | b'A'..=b'Z' => 0.006,
        b'\n' | b'\t' => 0.02,
        b'!'..=b'/' | b':' | b';' | b'=' | b'<' | b'>' | b'_' | b'[' | b']' | b'{' | b'}' => 0.01,
        _ => 0.0005,
    }
}

#[cfg(test)]
mod tests {
    use regex_syntax::hir::Hir;

    use super::*;
    use crate::detectors::probe::derive;

    /// Where no match of the expression around its only probe may stand in a text, what was looked at.
    fn refusal<'a>(expression: &str, text: &'a str) -> Option<&'a str> {
        let hir: Hir = regex_syntax::parse(expression).unwrap();
        let probes = derive(&hir, &[]).unwrap();
        let [probe] = &*probes else {
            panic!("{} probes", probes.len());
        };
        let at = text.find(&*probe.anchor).unwrap() - probe.anchor_at;
        let window = at.saturating_sub(probe.before)..text.len();
        let place = at..at + probe.len();
        let reach = Hint::around(expression, probe).refusal(text.as_bytes(), window, place)?;
        let end = text.len().min(at + reach.right);
        Some(&text[at.saturating_sub(reach.left)..end])
    }

    fn may_stand(expression: &str, text: &str) -> bool {
        refusal(expression, text).is_none()
    }

    #[test]
    fn a_refusal_tells_what_was_looked_at() {
        let expression = r#"["'][ ]{0,4}auth\s?[=:]\s?"[^"]{3,9}""#;
        for (text, looked_at) in [
            (r#"' author = "x", y"#, "autho"),
            (r"' auth = x, y", "auth = x"),
            (r#"x(y) auth = "abcd", y"#, ") auth"),
        ] {
            assert_eq!(refusal(expression, text), Some(looked_at), "{text}");
        }
        let digits = "bank[^\n]{0,60}[^0-9][0-9]{15}";
        assert_eq!(
            refusal(digits, "a bank and no digit"),
            Some("bank and no digit")
        );
    }

    #[test]
    fn what_follows_a_probe_tells() {
        let expression = r#"[a-z]{0,9}auth\s?[=:]\s?"[^"]{3,9}""#;
        for text in [r#"auth="abc""#, r#"myauth : "abc" x"#] {
            assert!(may_stand(expression, text), "{text}");
        }
        for text in ["auth", "author", "auth = x", r#"auth="ab"#] {
            assert!(!may_stand(expression, text), "{text}");
        }
    }

    #[test]
    fn what_stands_before_a_probe_tells() {
        let expression = r#"["'][ ]{0,4}[0-9]{1,3}basic"#;
        assert!(may_stand(expression, "x'  12basic"));
        for text in ["basic", "' basic", "x 1basic"] {
            assert!(!may_stand(expression, text), "{text}");
        }
    }

    #[test]
    fn a_run_must_be_there() {
        let expression = "bank[^\n]{0,60}[^0-9][0-9]{15}";
        let number = "1".repeat(15);
        assert!(may_stand(expression, &format!("bank: {number}")));
        assert!(!may_stand(
            expression,
            &format!("bank: {}", "1234-".repeat(9))
        ));
        let hint = Hint::within("(?:a|b)[0-9]{16}|c[0-9]{14}");
        let may_stand = |text: &str| hint.allows(text.as_bytes(), 0..text.len());
        assert!(may_stand(&format!("c{number}")));
        assert!(!may_stand(&number[..13]));
        assert!(Hint::within("[ -~]{20}").0.is_empty(), "all text has it");
    }

    #[test]
    fn runs_are_found_wherever_they_stand() {
        let is_digit = |byte: u8| byte.is_ascii_digit();
        for text in ["123", "a123", "12a123", "1a12a1234b"] {
            assert!(holds_run(text.as_bytes(), 3, is_digit), "{text}");
        }
        for text in ["", "12", "12a12a12", "a1b2c3"] {
            assert!(!holds_run(text.as_bytes(), 3, is_digit), "{text}");
        }
    }
}
