//! Keywords: a word for a provider, and a value near after it.
//!
//! Many providers issue tokens without any text of their own: 32 hexadecimal digits, say. The
//! provider's name before them tells whose they are: `TODOIST_TOKEN=`, `todoist key: `. Owns where
//! the word may stand, how far the value may be and what must stand between. Does not judge.

mod words;

use std::ops::Range;

pub(super) use words::words;

use super::expression::Expression;
use super::hint::holds_run;
#[cfg(target_arch = "x86_64")]
use super::wide;

/// Most bytes between the word and its value on one line, and with line breaks between.
const LONGEST_GAP: usize = 100;
const LONGEST_BROKEN_GAP: usize = 64;
/// Most line breaks between them.
const MOST_BREAKS: usize = 2;
/// Shortest value, in bytes.
const SHORTEST_VALUE: usize = 8;
/// Longest value of any shape, in bytes.
const LONGEST_VALUE: usize = 160;
/// Most padding of base64, in bytes.
const MOST_PADDING: usize = 2;
/// A value of this many bytes may well have no digit.
const LONG_VALUE: usize = 16;

/// How many bytes before the word tell whether it begins there.
pub(super) const LEFT: usize = 1;
/// How many bytes before a word for a secret a common keyword may begin.
pub(super) const LOOKBACK: usize = 48;
/// Longest rest of a name after a word for a secret, in bytes.
const LONGEST_REST: usize = 32;

/// Words of names for secrets, without separators.
const NAMES: &[&[u8]] = &[
    b"key",
    b"token",
    b"secret",
    b"pass",
    b"password",
    b"passwd",
    b"passphrase",
    b"pwd",
    b"auth",
    b"authorization",
    b"authtoken",
    b"access",
    b"private",
    b"cred",
    b"creds",
    b"credential",
    b"credentials",
    b"client",
    b"bearer",
    b"license",
    b"webhook",
    b"_pat",
    b"dsn",
    b"session",
];

const VALUE: u8 = 1;
const DIGIT: u8 = 2;
const NAME: u8 = 4;
const WORD: u8 = 8;
const PLAIN: u8 = 16;
/// What each byte may be part of: a value, a digit, a name, a word of it, a value of any shape but for
/// its padding.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        kinds[byte as usize] = match byte {
            b'0'..=b'9' => VALUE | NAME | WORD | PLAIN | DIGIT,
            b'a'..=b'z' | b'A'..=b'Z' => VALUE | NAME | WORD | PLAIN,
            b'_' | b'-' => VALUE | NAME | PLAIN,
            b'.' => VALUE | NAME,
            b'+' | b'/' | b'~' => VALUE | PLAIN,
            b'=' | b'|' | b':' | b'!' => VALUE,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

fn is_part_of(byte: u8, kind: u8) -> bool {
    KINDS[usize::from(byte)] & kind != 0
}

/// How many bytes from the start of a word on decide, for values of at most `most` bytes.
pub(super) fn reach(length: usize, most: usize) -> usize {
    length + LONGEST_GAP + most.max(LONGEST_VALUE) + 2
}

/// How many bytes after a word for a secret tell whether a value may follow.
pub(super) const NEAR: usize = LONGEST_REST + LONGEST_BROKEN_GAP;

/// Says whether something like a value stands near after a word for a secret, which `end`s there.
pub(super) fn has_value_after(bytes: &[u8], end: usize) -> bool {
    let rest = &bytes[end..bytes.len().min(end + NEAR)];
    let name = rest.iter().take(LONGEST_REST);
    let name = name.take_while(|byte| is_part_of(**byte, NAME)).count();
    let after = &rest[name..];
    let may_follow = match after.iter().find(|byte| !b" \t\"'`]\\".contains(byte)) {
        Some(b'=' | b':' | b'>' | b'(' | b',' | b'?' | b'\n' | b'\r' | b'.' | b'+') => true,
        // A word or a value after a blank.
        Some(byte) => byte.is_ascii_alphanumeric() && after.first() == Some(&b' '),
        None => false,
    };
    // After a name with `-` or `_` the value may have been taken for its end.
    (may_follow || name >= SHORTEST_VALUE) && holds_a_value(rest)
}

/// The text before `at` on its line in which a common keyword may stand.
pub(super) fn line_before(bytes: &[u8], at: usize) -> Range<usize> {
    let first = at.saturating_sub(LOOKBACK);
    let line = memchr::memrchr(b'\n', &bytes[first..at]);
    line.map_or(first, |line| first + line + 1)..at
}

/// Finds the value that belongs to a word.
pub(super) fn find(
    bytes: &[u8],
    word: &Range<usize>,
    expression: &Expression,
    most: usize,
) -> Option<Range<usize>> {
    let end = word.end;
    if !is_word(bytes, word.start, end) {
        return None;
    }
    let limit = limit(bytes, end);
    let window_end = bytes.len().min(limit + most + 1);
    if !holds_a_value(&bytes[end..window_end]) || !expression.may_match_in(bytes, end..window_end) {
        return None;
    }
    let mut start = end;
    while start < limit {
        let found = expression.search(bytes, start..window_end)?.whole;
        if found.start > limit {
            return None;
        }
        if stands_alone(bytes, &found, end)
            && is_evident(&bytes[end..found.start], &bytes[found.clone()])
        {
            return Some(found);
        }
        // No value begins before the next place where one may.
        start = found.start + 1;
        start += (start..limit)
            .take_while(|&at| !begins_alone(bytes, at, end))
            .count();
    }
    None
}

/// Finds a value of any shape after a word, on its line, where a word for a secret stands between;
/// gives it with the end of the name before it.
pub(super) fn find_named(bytes: &[u8], word: &Range<usize>) -> Option<(usize, Range<usize>)> {
    if !is_word(bytes, word.start, word.end) {
        return None;
    }
    let rest = &bytes[word.end..bytes.len().min(word.end + LONGEST_GAP + LONGEST_VALUE)];
    let rest = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    // One that begins in the gap lies within so many bytes.
    let shortest = LONG_VALUE - MOST_PADDING;
    let head = &rest[..rest.len().min(LONGEST_GAP + shortest)];
    if !holds_plain(head, shortest) {
        return None;
    }
    let is_part = |byte: &&u8| is_part_of(**byte, PLAIN);
    let mut at = 0;
    while at < rest.len().min(LONGEST_GAP) {
        let plain = rest[at..].iter().take_while(is_part).count();
        let after = rest[at + plain..].iter();
        let padding = after.take_while(|byte| **byte == b'=').count();
        let length = plain + if padding > MOST_PADDING { 0 } else { padding };
        let value = word.end + at..word.end + at + length;
        let (between, text) = rest.split_at(at);
        let text = &text[..length];
        let is_value =
            (LONG_VALUE..=LONGEST_VALUE).contains(&length) && text.iter().any(u8::is_ascii_digit);
        // Past the end of one of several values the word belongs to another.
        let is_one = || !between.iter().any(|byte| b",;".contains(byte)) && !text.starts_with(b"/");
        if is_value
            && is_one()
            && names_a_secret(last_name(between))
            && stands_alone(bytes, &value, word.end)
        {
            let name = between.iter().rposition(u8::is_ascii_alphanumeric)?;
            return Some((word.end + name + 1, value));
        }
        // An `=` may also stand before a value.
        at += plain + 1;
    }
    None
}

/// The name that ends a text, with what stands between it and the end.
fn last_name(text: &[u8]) -> &[u8] {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let end = text.iter().rposition(u8::is_ascii_alphanumeric);
    let end = end.map_or(0, |at| at + 1);
    let start = text[..end].iter().rposition(|byte| !is_part(byte));
    &text[start.map_or(0, |at| at + 1)..]
}

/// Says whether the word is one of its own or part of a name, not of a longer word.
fn is_word(bytes: &[u8], at: usize, end: usize) -> bool {
    let before = at.checked_sub(1).map(|before| bytes[before]);
    let begins = before.is_none_or(|before| {
        !before.is_ascii_alphabetic()
            || (before.is_ascii_lowercase() && bytes[at].is_ascii_uppercase())
    });
    let rest = &bytes[end..];
    let ends = rest.first().is_none_or(|next| {
        !next.is_ascii_alphabetic()
            || (next.is_ascii_uppercase() && bytes[end - 1].is_ascii_lowercase())
    });
    begins && (ends || starts_with_secret_word(rest))
}

fn starts_with_secret_word(rest: &[u8]) -> bool {
    let starts = |word: &&[u8]| {
        let head = rest.get(..word.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    NAMES.iter().any(starts) || starts(&b"api".as_slice())
}

/// Where the value must have begun.
fn limit(bytes: &[u8], end: usize) -> usize {
    let gap = &bytes[end..bytes.len().min(end + LONGEST_GAP)];
    let mut breaks = gap.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let Some((first, _)) = breaks.next() else {
        return end + gap.len();
    };
    let last = breaks.nth(MOST_BREAKS - 1).map_or(gap.len(), |(at, _)| at);
    end + first.max(last.min(LONGEST_BROKEN_GAP))
}

/// Says whether there is anything like a value: a run of its characters with a digit among them.
fn holds_a_value(window: &[u8]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if let Some(found) = wide::any_window(window, |kinds| {
        let long = starts(kinds.value, SHORTEST_VALUE);
        // A bit for every byte of these runs.
        let all = (1..SHORTEST_VALUE).fold(long, |all, step| all | long << step);
        all & kinds.digit != 0 || starts(kinds.value, LONG_VALUE) != 0
    }) {
        return found;
    }
    holds_a_value_of(window)
}

/// Says whether so many characters of a value of any shape stand in a row, at most `LONG_VALUE`.
fn holds_plain(window: &[u8], least: usize) -> bool {
    #[cfg(target_arch = "x86_64")]
    if let Some(found) = wide::any_window(window, |kinds| starts(kinds.plain, least) != 0) {
        return found;
    }
    holds_run(window, least, |byte| is_part_of(byte, PLAIN))
}

/// The places from which so many bits are set, of which there is at least one.
#[cfg(target_arch = "x86_64")]
#[inline]
fn starts(bits: u64, count: usize) -> u64 {
    let (mut all, mut length) = (bits, 1);
    while length < count {
        let step = length.min(count - length);
        all &= all >> step;
        length += step;
    }
    all
}

/// The same on any processor.
fn holds_a_value_of(window: &[u8]) -> bool {
    let (mut length, mut all) = (0, 0);
    window.iter().any(|&byte| {
        let kind = KINDS[usize::from(byte)];
        if kind & VALUE == 0 {
            (length, all) = (0, 0);
        } else {
            length += 1;
            all |= kind;
        }
        length >= LONG_VALUE || length >= SHORTEST_VALUE && all & DIGIT != 0
    })
}

/// Says whether a value is no part of a longer text; the word before it `end`s there.
fn stands_alone(bytes: &[u8], value: &Range<usize>, end: usize) -> bool {
    let mut after = bytes[value.end..].iter();
    let is_free_after = match after.next() {
        None => true,
        Some(b'.' | b':') => after
            .next()
            .is_none_or(|next| !next.is_ascii_alphanumeric()),
        Some(&byte) => !(byte.is_ascii_alphanumeric() || b"_-+/([@".contains(&byte)),
    };
    is_free_after && begins_alone(bytes, value.start, end)
}

/// Says whether a value that begins here does not go on with a longer text.
fn begins_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let Some(before) = start.checked_sub(1) else {
        return true;
    };
    let byte = bytes[before];
    let is_glue = byte.is_ascii_alphanumeric() || b"_-.+%$@\\".contains(&byte);
    let joins =
        || matches!(byte, b'-' | b'_') && (before == end || ends_with_name(&bytes[..before]));
    !is_glue || joins()
}

/// Says whether a text ends with a word for a secret.
fn ends_with_name(text: &[u8]) -> bool {
    let ends = |word: &&[u8]| {
        let tail = text
            .len()
            .checked_sub(word.len())
            .map(|start| &text[start..]);
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(word))
    };
    NAMES.iter().any(ends)
}

/// Says whether what stands between the word and the value makes the one belong to the other.
fn is_evident(between: &[u8], value: &[u8]) -> bool {
    let is_near = between.iter().all(|byte| b" \t,|-_".contains(byte));
    // What is joined to the word may be the rest of a name.
    let is_name = matches!(between, [b'-' | b'_']) && !value.iter().any(u8::is_ascii_digit);
    is_near && !is_name || !is_straight(between)
}

/// Says whether nothing before a value says that it belongs to the word: no sign of an assignment, no
/// word for a secret, no `login` of a command.
pub(crate) fn is_straight(before: &[u8]) -> bool {
    let operator = before.iter().any(|byte| b"=:>\"'(".contains(byte));
    !(operator || before.ends_with(b" login ") || names_a_secret(before))
}

/// Says whether a word for a secret ends somewhere in a text: `apikey` and `KEY_1`, not `keyboard`.
pub(crate) fn names_a_secret(between: &[u8]) -> bool {
    let lower = between.to_ascii_lowercase();
    let ends = |end: usize| {
        let last = between[end - 1];
        let mut rest = between[end..].iter();
        let plural = between[end..]
            .first()
            .is_some_and(|byte| byte.eq_ignore_ascii_case(&b's'));
        if plural {
            rest.next();
        }
        rest.next().is_none_or(|next| {
            !next.is_ascii_alphabetic() || (last.is_ascii_lowercase() && next.is_ascii_uppercase())
        })
    };
    NAMES.iter().any(|word| {
        let mut places = memchr::memmem::find_iter(&lower, word);
        places.any(|at| ends(at + word.len()))
    })
}

#[cfg(test)]
mod tests;
