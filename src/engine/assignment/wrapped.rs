//! Values inside something else: a call that decodes them, `hex.DecodeString("...")`, or a list of
//! bytes, `[]byte{0x20, 0x54, ...}`.
//!
//! Owns their syntax. Does not own names, operators or plain values.

use std::ops::Range;

use super::{blanks, quoted};

/// Longest text before the bracket of a call or list, in bytes.
const LONGEST_CALLEE: usize = 40;
/// Fewest elements of a list that may be a key, as DES has it.
const FEWEST_BYTES: usize = 8;

/// Parts of names of functions that turn a text into the bytes it spells, in lower case.
const DECODERS: &[&str] = &[
    "hex",
    "base64",
    "b64",
    "byte",
    "buffer",
    "decode",
    "encoder",
    "a2b",
    "secretstring",
    "securestring",
];

/// Starts of names of functions that look something up under the text they get, in lower case.
const LOOKUPS: &[&str] = &[
    "get", "read", "load", "find", "fetch", "config", "env", "lookup", "param",
];

/// The text that a decoding call gets: its quote and its inside.
pub(super) fn argument(rest: &[u8]) -> Option<(u8, Range<usize>)> {
    let length = callee(rest);
    let open = rest
        .get(length)
        .filter(|&&byte| byte == b'(')
        .map(|_| length + 1)?;
    let name = rest[..length].to_ascii_lowercase();
    let last = name.rsplit(|byte| b".: ".contains(byte)).next()?;
    let is = |words: &[&str], test: fn(&[u8], &[u8]) -> bool| {
        words.iter().any(|word| test(last, word.as_bytes()))
    };
    let contains = |text: &[u8], word: &[u8]| memchr::memmem::find(text, word).is_some();
    let spells = is(DECODERS, contains) || matches!(&*name, b"buffer.from" | b"bytes.fromhex");
    if !spells || is(LOOKUPS, <[u8]>::starts_with) {
        return None;
    }
    let prefix = usize::from(rest.get(open) == Some(&b'b'));
    let &quote @ (b'"' | b'\'' | b'`') = rest.get(open + prefix)? else {
        return None;
    };
    Some((quote, quoted(rest, open + prefix, quote)?))
}

/// The elements of a list of bytes, from the first to the last that is seen.
pub(super) fn list(rest: &[u8]) -> Option<Range<usize>> {
    let mut open = callee(rest);
    while let Some(b'[' | b']' | b'(' | b' ') = rest.get(open)
        && open < LONGEST_CALLEE
    {
        open += 1 + callee(&rest[open + 1..]);
    }
    let has_brace = rest.get(open) == Some(&b'{');
    let mut at = open + usize::from(has_brace);
    if !has_brace && !matches!(rest.get(..at)?.trim_ascii_end().last(), Some(b'[' | b'(')) {
        return None;
    }
    let mut list: Option<Range<usize>> = None;
    let mut count = 0;
    loop {
        at += space(&rest[at..]);
        let width = element(&rest[at..]);
        if width == 0 {
            break;
        }
        let start = list.as_ref().map_or(at, |list| list.start);
        list = Some(start..at + width);
        count += 1;
        at += width;
        at += space(&rest[at..]);
        if rest.get(at) != Some(&b',') {
            break;
        }
        at += 1;
    }
    list.filter(|_| count >= FEWEST_BYTES)
}

fn callee(rest: &[u8]) -> usize {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.:*&<>".contains(byte);
    if !rest.first().is_some_and(u8::is_ascii_alphabetic) {
        return 0;
    }
    let word = rest.iter().take(LONGEST_CALLEE).take_while(is_part).count();
    let is_new = &rest[..word] == b"new" || &rest[..word] == b"unsigned";
    let blank = blanks(&rest[word..]);
    if is_new && blank > 0 {
        word + blank
            + rest[word + blank..]
                .iter()
                .take(LONGEST_CALLEE)
                .take_while(is_part)
                .count()
    } else {
        word
    }
}

fn space(rest: &[u8]) -> usize {
    rest.iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}

/// The width of one byte written as a number, 0 where none stands; negative ones are Java's.
fn element(rest: &[u8]) -> usize {
    let sign = usize::from(rest.first() == Some(&b'-'));
    let rest = &rest[sign..];
    let cast = rest
        .strip_prefix(b"(byte)")
        .map_or(0, |rest| 6 + blanks(rest));
    let rest = &rest[cast..];
    let hex = rest
        .strip_prefix(b"0x")
        .or_else(|| rest.strip_prefix(b"0X"));
    let width = match hex {
        Some(digits) => match digits
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count()
        {
            width @ 1..=2 => 2 + width,
            _ => 0,
        },
        None => match rest.iter().take_while(|byte| byte.is_ascii_digit()).count() {
            width @ 1..=3 => width,
            _ => 0,
        },
    };
    if width == 0 { 0 } else { sign + cast + width }
}
