//! Runs of base64 or hexadecimal digits.
//!
//! Owns finding long runs, following them over line breaks, and decoding them. Text that
//! nothing but chance makes of a run is not text, and is left alone.

use libdeflater::{DecompressionError, Decompressor};

use super::marks::RUN;
use super::{Decoded, Encoding, Layer, is_odd, is_text};
#[cfg(target_arch = "x86_64")]
use crate::engine::wide;

/// Bytes of a run's start that tell digits and both cases, and whether it may hold text.
const HEAD: usize = RUN;
/// Most bytes of source that are read of a run.
pub(in crate::engine) const LONGEST: usize = 1 << 20;
/// Longest line break with all around it, in bytes.
const LONGEST_BREAK: usize = 64;
/// Most bytes that a run of gzip may hold.
const LARGEST: usize = 8 << 20;
/// The mark of gzip with its only method (RFC 1952).
const GZIP: &[u8] = b"\x1f\x8b\x08";

/// Bytes of a word and of a chunk of the search.
const WORD: usize = 8;
const CHUNK: usize = 16 * WORD;

const DIGIT: u8 = 1;
const UPPER: u8 = 2;
const LOWER: u8 = 4;
const BEYOND_HEX: u8 = 8;
const OTHER: u8 = 16;
/// What each byte is in a run.
const KINDS: [u8; 256] = {
    let mut kinds = [OTHER; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        let beyond = if byte.is_ascii_hexdigit() {
            0
        } else {
            BEYOND_HEX
        };
        kinds[byte as usize] = match byte {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' => UPPER | beyond,
            b'a'..=b'z' => LOWER | beyond,
            b'+' | b'/' | b'-' | b'_' => BEYOND_HEX,
            _ => OTHER,
        };
        byte += 1;
    }
    kinds
};

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

fn is_digit(byte: u8) -> bool {
    KINDS[usize::from(byte)] != OTHER
}

/// Hands over the start of each run of `RUN` bytes or more that may be encoded text. A run that
/// begins with the text begins there.
pub(in crate::engine) fn find_runs(bytes: &[u8], mut hand_over: impl FnMut(usize)) {
    // The last place that was known to lie in a run.
    let mut last = None;
    find_words(bytes, |middle| {
        let is_new = last.is_none_or(|last: usize| middle > last + WORD);
        last = last.max(Some(middle));
        if is_new && let Some(start) = start_of_run(bytes, middle) {
            hand_over(start);
        }
    });
}

/// Hands over each place, a multiple of `WORD`, from which three words of digits stand: there are
/// such wherever a run lies.
fn find_words(bytes: &[u8], mut hand_over: impl FnMut(usize)) {
    #[cfg(target_arch = "x86_64")]
    if wide::find_digits(bytes, &mut hand_over) {
        return;
    }
    find_words_in_chunks(bytes, hand_over);
}

/// The same on any processor.
pub(super) fn find_words_in_chunks(bytes: &[u8], mut hand_over: impl FnMut(usize)) {
    let mut at = 0;
    while at + 3 * WORD <= bytes.len() {
        let mut padded = [0; CHUNK];
        let rest = &bytes[at..];
        let chunk = rest.first_chunk::<CHUNK>().unwrap_or_else(|| {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        });
        let three = |full: u16| full & (full >> 1) & (full >> 2);
        let mut runs = three(full_words(chunk, is_beyond_signs));
        if runs != 0 {
            runs &= three(full_words(chunk, is_digit_of_run));
        }
        while runs != 0 {
            hand_over(at + runs.trailing_zeros() as usize * WORD);
            runs &= runs - 1;
        }
        // The next chunk begins with the last two words of this one.
        at += CHUNK - 2 * WORD;
    }
}

/// Which words of a chunk hold nothing but such bytes, a bit each. The test is to be one of plain
/// comparisons, so that the compiler makes vectors of it.
#[inline]
fn full_words(chunk: &[u8; CHUNK], is_such: impl Fn(u8) -> bool) -> u16 {
    let mut is_in = [0_u8; CHUNK];
    for (is_in, &byte) in is_in.iter_mut().zip(chunk) {
        *is_in = u8::from(is_such(byte)).wrapping_neg();
    }
    let (words, _) = is_in.as_chunks::<WORD>();
    let full = |word: &[u8; WORD]| u16::from(u64::from_ne_bytes(*word) == u64::MAX);
    words
        .iter()
        .rev()
        .fold(0, |all, word| all << 1 | full(word))
}

/// Says whether a byte of ASCII stands behind the blanks, quotes and brackets that part ordinary
/// text: one comparison that all digits of a run pass, and few words of other text.
#[inline]
fn is_beyond_signs(byte: u8) -> bool {
    byte.cast_signed() > b'*'.cast_signed()
}

/// Says whether a byte is a digit of a run.
#[inline]
fn is_digit_of_run(byte: u8) -> bool {
    // `/` stands before the digits.
    let digit = byte.wrapping_sub(b'/') < 11;
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let sign = u8::from(byte == b'+') | u8::from(byte == b'-') | u8::from(byte == b'_');
    u8::from(digit) | u8::from(letter) | sign != 0
}

/// The start of the run around `middle`, the first place whose words are full.
fn start_of_run(bytes: &[u8], middle: usize) -> Option<usize> {
    // Most are names. The start of a run holds a digit, and lies less than a word before.
    let around = bytes
        .get(middle.saturating_sub(WORD)..)?
        .first_chunk::<{ HEAD + WORD }>();
    let digits = around.map(|around| around.iter().filter(|byte| byte.is_ascii_digit()).count());
    if digits == Some(0) {
        return None;
    }
    let before = bytes[..middle].iter().rev();
    let start = middle - before.take_while(|byte| is_digit(**byte)).count();
    let head = head(bytes, start)?;
    is_mixed(head).then_some(start)
}

/// The start of a run.
fn head(bytes: &[u8], start: usize) -> Option<&[u8; HEAD]> {
    bytes.get(start..)?.first_chunk()
}

/// Says whether letters and digits are mixed as encoded text mixes them, at the start of a run.
fn is_mixed(head: &[u8; HEAD]) -> bool {
    let all = head
        .iter()
        .fold(0, |all, &byte| all | KINDS[usize::from(byte)]);
    let has = |kind: u8| all & kind != 0;
    has(DIGIT) && !has(OTHER) && (has(UPPER) && has(LOWER) || !has(BEYOND_HEX))
}

/// Decodes the run that begins at `start`.
pub(super) fn decode(bytes: &[u8], start: usize) -> Option<Layer> {
    if start
        .checked_sub(1)
        .is_some_and(|before| is_digit(bytes[before]))
    {
        return None;
    }
    // The parts of a JSON web token are read by its own check.
    let before = &bytes[start.saturating_sub(2)..start];
    if matches!(before, [digit, b'.'] if is_digit(*digit)) {
        return None;
    }
    let head = head(bytes, start)?;
    if !is_mixed(head) || !may_hold_text(head) {
        return None;
    }
    let digits = collect(bytes, start);
    let end = digits.last()? + 1;
    let text: Vec<u8> = digits.iter().map(|&at| bytes[at]).collect();
    let is_cut = end == start + LONGEST && bytes.get(end).is_some_and(|byte| is_digit(*byte));
    let layer = decode_hex(&text, &digits, end);
    let layer = layer.or_else(|| decode_base64(&text, &digits, end, is_cut))?;
    Some(Layer {
        is_cut: layer.is_cut || is_cut,
        ..layer
    })
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
    let last = collect(bytes, start).last().copied();
    last.map_or(0, |last| last - start) + LONGEST_BREAK + 2
}

/// The places of the digits of a run, on this line and those that continue it.
fn collect(bytes: &[u8], start: usize) -> Vec<usize> {
    let limit = bytes.len().min(start + LONGEST);
    let mut digits = Vec::new();
    let mut at = start;
    let mut width = None;
    loop {
        let line = bytes[at..limit]
            .iter()
            .take_while(|byte| is_digit(**byte))
            .count();
        digits.extend(at..at + line);
        // Lines of a wrapped text have one width, a multiple of four, but for the last.
        let continues = line % 4 == 0 && line >= RUN && width.is_none_or(|width| width == line);
        width = Some(line);
        let Some(next) = continues
            .then(|| line_break(&bytes[at + line..limit]))
            .flatten()
        else {
            return digits;
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

fn decode_hex(text: &[u8], places: &[usize], end: usize) -> Option<Layer> {
    let digits = decode_digits(text)?;
    let mut decoded = Decoded::with_capacity(digits.len() / 2);
    for (pair, places) in digits.chunks_exact(2).zip(places.chunks_exact(2)) {
        decoded.push(pair[0] << 4 | pair[1], places[0]);
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

fn decode_base64(text: &[u8], places: &[usize], end: usize, is_cut: bool) -> Option<Layer> {
    let mut decoded = from_base64(text, places);
    if decoded.text.starts_with(GZIP) {
        return inflate(&decoded.text, places[0], end, is_cut);
    }
    if let Some(narrow) = narrow(&decoded) {
        decoded = narrow;
    }
    is_text(&decoded.text).then(|| decoded.finish(Encoding::Base64, end))
}

fn from_base64(text: &[u8], places: &[usize]) -> Decoded {
    let mut decoded = Decoded::with_capacity(text.len() / 4 * 3 + 2);
    for (digits, places) in text.chunks(4).zip(places.chunks(4)) {
        let mut four = [b'A'; 4];
        four[..digits.len()].copy_from_slice(digits);
        // Of two digits one byte is whole, of three two.
        for (byte, &place) in three_bytes(four).into_iter().zip(&places[1..]) {
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
