//! Runs of base64 or hexadecimal digits.
//!
//! Owns following long runs over line breaks, and decoding them. Text that
//! nothing but chance makes of a run is not text, and is left alone.

use std::ops::Range;

use libdeflater::{DecompressionError, Decompressor};

use super::digits::{HEAD, head, is_digit, is_mixed};
use super::marks::RUN;
use super::{Decoded, Encoding, Layer, is_odd, is_text};

/// Most bytes of source that are read of a run.
pub(in crate::engine) const LONGEST: usize = 1 << 20;
/// Longest line break with all around it, in bytes.
const LONGEST_BREAK: usize = 64;
/// Longest line that a run goes on after, in bytes: wider ones stand by themselves.
const LONGEST_LINE: usize = 512;
/// How far before a line those are looked at with which it may go on, in bytes: of many lines one
/// looks like the start of a text.
const LINES_ABOVE: usize = 4 << 10;
/// Bytes before a run that decide what is decoded.
pub(super) const LEFT: usize = LINES_ABOVE + 2;
/// Most bytes that a run of gzip may hold.
const LARGEST: usize = 8 << 20;
/// The mark of gzip with its only method (RFC 1952).
const GZIP: &[u8] = b"\x1f\x8b\x08";

/// The value of each byte as a digit of base64.
const VALUES: [u8; 256] = {
    let mut values = [63; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        values[byte as usize] = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        byte += 1;
    }
    values
};

/// Decodes the run that begins at `start`.
pub(super) fn decode(bytes: &[u8], start: usize) -> Option<Layer> {
    if !is_start(bytes, start) || goes_on(bytes, start) {
        return None;
    }
    let lines = lines(bytes, start);
    let end = lines.last()?.end;
    let text: Vec<&[u8]> = lines.iter().map(|line| &bytes[line.clone()]).collect();
    let text = text.concat();
    let is_cut = end == start + LONGEST && bytes.get(end).is_some_and(|byte| is_digit(*byte));
    let layer = decode_hex(&text, &lines, end);
    let layer = layer.or_else(|| decode_base64(&text, &lines, end, is_cut))?;
    Some(Layer {
        is_cut: layer.is_cut || is_cut,
        ..layer
    })
}

/// Says whether a run begins at a place that may hold text.
fn is_start(bytes: &[u8], start: usize) -> bool {
    let before = &bytes[start.saturating_sub(2)..start];
    // The parts of a JSON web token are read by its own check.
    let is_part = matches!(before, [digit, b'.'] if is_digit(*digit));
    let is_inside = before.last().is_some_and(|byte| is_digit(*byte));
    let head = head(bytes, start).filter(|_| !is_part && !is_inside);
    head.is_some_and(|head| is_mixed(head) && may_hold_text(head))
}

/// Says whether a line goes on with a run that begins some lines above, with which it is decoded:
/// else each line of a wrapped text would be decoded with all that follow.
fn goes_on(bytes: &[u8], start: usize) -> bool {
    let rest = bytes[start..].iter().take(LONGEST_LINE + 1);
    let width = rest.take_while(|byte| is_digit(**byte)).count();
    let first = start.saturating_sub(LINES_ABOVE);
    let above = |line: &usize| line_above(bytes, first, *line, width);
    may_go_on(width)
        && std::iter::successors(above(&start), above).any(|line| is_start(bytes, line))
}

/// Where the line right above that of a run begins, if it has the same width and lies behind `first`.
fn line_above(bytes: &[u8], first: usize, start: usize, width: usize) -> Option<usize> {
    let before = &bytes[first..start];
    let gap = before.iter().rev();
    let gap = gap.take_while(|byte| !is_digit(**byte)).count();
    let above = before[..before.len() - gap].iter().rev().take(width + 1);
    let is_wide = above.take_while(|byte| is_digit(**byte)).count() == width;
    (is_wide && line_break(&bytes[start - gap..]) == Some(gap)).then(|| start - gap - width)
}

/// Says whether a run goes on after a line of this many digits: a text is wrapped at a multiple of
/// four.
fn may_go_on(width: usize) -> bool {
    width.is_multiple_of(4) && (RUN..=LONGEST_LINE).contains(&width)
}

/// Says whether what begins like this may be text, or gzip, when it is decoded.
fn may_hold_text(head: &[u8; HEAD]) -> bool {
    let (fours, _) = head.as_chunks();
    let mut base64 = [[0; 3]; HEAD / 4];
    for (three, four) in base64.iter_mut().zip(fours) {
        *three = three_bytes(*four);
    }
    let base64 = base64.as_flattened();
    let (pairs, _) = base64.as_chunks();
    let is_wide = pairs.iter().all(|[_, high]: &[u8; 2]| *high == 0);
    base64.starts_with(GZIP)
        || is_plain(base64)
        || is_wide && is_plain(&pairs.iter().map(|[low, _]| *low).collect::<Vec<_>>())
        || decode_digits(head).is_some_and(|digits| {
            let (pairs, _) = digits.as_chunks();
            let bytes = pairs.iter().map(|[high, low]| high << 4 | low);
            is_plain(&bytes.collect::<Vec<_>>())
        })
}

/// Says whether the start of a decoded text may be text: at most one byte of it is odd.
fn is_plain(bytes: &[u8]) -> bool {
    // The last character may be cut.
    let is_whole = |error: std::str::Utf8Error| error.error_len().is_none();
    bytes.iter().filter(|byte| is_odd(**byte)).count() <= 1
        && std::str::from_utf8(bytes).err().is_none_or(is_whole)
}

/// How many bytes from the start of a run on decide what it holds.
pub(super) fn extent(bytes: &[u8], start: usize) -> usize {
    if head(bytes, start).is_some_and(|head| is_mixed(head) && !may_hold_text(head)) {
        return HEAD;
    }
    if goes_on(bytes, start) {
        return LONGEST_LINE + 1;
    }
    let end = lines(bytes, start).last().map_or(start, |last| last.end);
    end - start + LONGEST_BREAK + 2
}

/// Where the digits of a run stand on this line and those that continue it.
fn lines(bytes: &[u8], start: usize) -> Vec<Range<usize>> {
    let limit = bytes.len().min(start + LONGEST);
    let mut lines = Vec::new();
    let mut at = start;
    let mut width = None;
    loop {
        let line = bytes[at..limit]
            .iter()
            .take_while(|byte| is_digit(**byte))
            .count();
        if line > 0 {
            lines.push(at..at + line);
        }
        // Lines of a wrapped text have one width but for the last.
        let continues = may_go_on(line) && width.is_none_or(|width| width == line);
        width = Some(line);
        let Some(next) = continues
            .then(|| line_break(&bytes[at + line..limit]))
            .flatten()
        else {
            return lines;
        };
        at += line + next;
    }
}

/// The length of a line break with the indentation, quotes and joints around it.
fn line_break(rest: &[u8]) -> Option<usize> {
    let is_around = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`+\\.,#*".contains(byte);
    let around = rest
        .iter()
        .take(LONGEST_BREAK)
        .take_while(|byte| is_around(byte))
        .count();
    let (gap, after) = rest.split_at(around);
    // In a text that is quoted in another, the break is an escape.
    if gap.ends_with(b"\\") && after.starts_with(b"n") {
        return Some(around + 1);
    }
    let is_wrapped = gap.contains(&b'\n') && after.first().is_some_and(|byte| is_digit(*byte));
    is_wrapped.then_some(around)
}

fn decode_hex(text: &[u8], lines: &[Range<usize>], end: usize) -> Option<Layer> {
    let digits = decode_digits(text)?;
    let mut decoded = Decoded::with_capacity(digits.len() / 2);
    let places = lines.iter().cloned().flatten();
    for (pair, place) in digits.chunks_exact(2).zip(places.step_by(2)) {
        decoded.push(pair[0] << 4 | pair[1], place);
    }
    is_text(&decoded.text).then(|| decoded.finish(Encoding::Hex, end))
}

/// The values of hexadecimal digits; nothing if one is none.
fn decode_digits(text: &[u8]) -> Option<Vec<u8>> {
    if !text.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let value = |byte: &u8| char::from(*byte).to_digit(16).map(|value| value as u8);
    text.iter().map(value).collect()
}

fn decode_base64(text: &[u8], lines: &[Range<usize>], end: usize, is_cut: bool) -> Option<Layer> {
    let mut decoded = from_base64(text, lines);
    if decoded.text.starts_with(GZIP) {
        return inflate(&decoded.text, lines.first()?.start, end, is_cut);
    }
    if let Some(narrow) = narrow(&decoded) {
        decoded = narrow;
    }
    is_text(&decoded.text).then(|| decoded.finish(Encoding::Base64, end))
}

fn from_base64(text: &[u8], lines: &[Range<usize>]) -> Decoded {
    let mut decoded = Decoded::with_capacity(text.len() / 4 * 3 + 2);
    let mut places = lines.iter().cloned().flatten();
    for digits in text.chunks(4) {
        let mut four = [b'A'; 4];
        four[..digits.len()].copy_from_slice(digits);
        // Of two digits one byte is whole, of three two.
        places.next();
        let places = places.by_ref().take(3);
        for (place, byte) in places.zip(three_bytes(four)) {
            decoded.push(byte, place - 1);
        }
    }
    decoded
}

/// The bytes of four digits of base64, of either alphabet (RFC 4648).
fn three_bytes(four: [u8; 4]) -> [u8; 3] {
    let bits = four.iter().fold(0_u32, |bits, &byte| {
        bits << 6 | u32::from(VALUES[usize::from(byte)])
    });
    let [_, high, middle, low] = bits.to_be_bytes();
    [high, middle, low]
}

/// UTF-16 of ASCII text, as PowerShell encodes its commands, in one byte a character.
fn narrow(wide: &Decoded) -> Option<Decoded> {
    let pairs = wide.text.chunks_exact(2).zip(wide.offsets.chunks_exact(2));
    let mut decoded = Decoded::default();
    for (pair, offsets) in pairs {
        if pair[1] != 0 {
            return None;
        }
        decoded.push(pair[0], offsets[0] as usize);
    }
    Some(decoded)
}

/// Inflates gzip; every byte stands for the whole run. What is cut or inflates beyond the limit
/// gives nothing and says so.
fn inflate(packed: &[u8], start: usize, end: usize, is_cut: bool) -> Option<Layer> {
    // The length of the content stands at the end (RFC 1952).
    let tail: &[u8; 4] = packed.last_chunk()?;
    let size = u32::from_le_bytes(*tail) as usize;
    let mut text = vec![0; size.min(LARGEST)];
    let length = match Decompressor::new().gzip_decompress(packed, &mut text) {
        Ok(length) => length,
        Err(DecompressionError::BadData) if !is_cut => return None,
        Err(_) => {
            let layer = Decoded::default().finish(Encoding::GzipBase64, start);
            return Some(Layer {
                is_cut: true,
                ..layer
            });
        }
    };
    text.truncate(length);
    let offsets = vec![start as u32; text.len()];
    let decoded = Decoded { text, offsets };
    is_text(&decoded.text).then(|| decoded.finish(Encoding::GzipBase64, end))
}
