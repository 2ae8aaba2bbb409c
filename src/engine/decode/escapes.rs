//! Escapes: characters written as their numbers.
//!
//! Owns the forms of URLs, JSON, the C family and HTML. Does not own which text is worth decoding:
//! any with an escape of a character that stands in tokens, or with two escapes in a row.

use super::marks::ESCAPES;
use super::{Decoded, Encoding, FURTHEST, LEFT, Layer};

/// Decodes the word around the escape at `at`, unless an earlier one of it did.
pub(super) fn decode(bytes: &[u8], at: usize) -> Option<Layer> {
    let is_part = |byte: &u8| byte.is_ascii_graphic() && !b"\"'`<>".contains(byte);
    let before = bytes[at.saturating_sub(LEFT)..at].iter().rev();
    let start = at - before.take_while(|byte| is_part(byte)).count();
    let after = bytes[at..bytes.len().min(at + FURTHEST)].iter();
    let end = at + after.take_while(|byte| is_part(byte)).count();
    let is_mark = |place: usize| {
        ESCAPES
            .iter()
            .any(|shape| fits(shape.as_bytes(), &bytes[place..]))
    };
    if (start..at).any(|place| b"%\\&".contains(&bytes[place]) && is_mark(place)) {
        return None;
    }
    let mut decoded = Decoded::default();
    let mut place = start;
    while place < end {
        let (byte, width) = escape(&bytes[place..end]).unwrap_or((bytes[place], 1));
        decoded.push(byte, place);
        place += width;
    }
    Some(Layer {
        is_cut: end == at + FURTHEST && bytes.get(end).is_some_and(is_part),
        ..decoded.finish(Encoding::Escapes, end)
    })
}

/// Says whether a shape stands at the start of a text.
fn fits(shape: &[u8], text: &[u8]) -> bool {
    let fits = |(&shape, &byte): (&u8, &u8)| match shape {
        0 => matches!(byte, b'0'..=b'7'),
        1 => byte.is_ascii_hexdigit(),
        2 => matches!(byte, b'2'..=b'7'),
        _ => shape == byte,
    };
    text.len() >= shape.len() && shape.iter().zip(text).all(fits)
}

/// The ASCII character that an escape stands for, with the width of the escape.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let (number, width) = match text {
        [b'%', a, b, ..] => (number(&[*a, *b], 16)?, 3),
        [b'\\', b'x', a, b, ..] => (number(&[*a, *b], 16)?, 4),
        [b'\\', b'u', b'0', b'0', a, b, ..] => (number(&[*a, *b], 16)?, 6),
        [b'\\', b'0'..=b'3', b'0'..=b'7', b'0'..=b'7', ..] => (number(&text[1..4], 8)?, 4),
        [b'&', b'#', b'x' | b'X', rest @ ..] => entity(rest, 16, 3)?,
        [b'&', b'#', rest @ ..] => entity(rest, 10, 2)?,
        _ => return None,
    };
    u8::try_from(number)
        .ok()
        .filter(u8::is_ascii)
        .map(|byte| (byte, width))
}

fn entity(rest: &[u8], base: u32, before: usize) -> Option<(u32, usize)> {
    let length = rest.iter().take(4).position(|&byte| byte == b';')?;
    Some((number(&rest[..length], base)?, before + length + 1))
}

fn number(digits: &[u8], base: u32) -> Option<u32> {
    let value = |sum: u32, &byte: &u8| Some(sum * base + char::from(byte).to_digit(base)?);
    digits
        .iter()
        .try_fold(0, value)
        .filter(|_| !digits.is_empty())
}
