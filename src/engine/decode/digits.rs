//! Digits of base64 and hexadecimal, and where runs of them begin.
//!
//! Owns the search for long runs. Does not own what they hold.

use super::marks::RUN;
#[cfg(target_arch = "x86_64")]
use crate::engine::wide;

/// Bytes of a run's start that tell digits and both cases, and whether it may hold text.
pub(super) const HEAD: usize = RUN;

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

pub(super) fn is_digit(byte: u8) -> bool {
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
pub(super) fn head(bytes: &[u8], start: usize) -> Option<&[u8; HEAD]> {
    bytes.get(start..)?.first_chunk()
}

/// Says whether letters and digits are mixed as encoded text mixes them, at the start of a run.
pub(super) fn is_mixed(head: &[u8; HEAD]) -> bool {
    let all = head
        .iter()
        .fold(0, |all, &byte| all | KINDS[usize::from(byte)]);
    let has = |kind: u8| all & kind != 0;
    has(DIGIT) && !has(OTHER) && (has(UPPER) && has(LOWER) || !has(BEYOND_HEX))
}
