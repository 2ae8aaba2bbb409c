//! The passes over every byte of a text, 64 at a time, on processors with AVX-512.
//!
//! Owns the choice of the processor, the pass of the sieve, which lets the same places pass as
//! `View::passes` does one by one, and the search for digits. Does not own what becomes of what they
//! find, nor the same for other processors.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_and_si512, _mm512_cmpeq_epi8_mask, _mm512_cmpgt_epi8_mask,
    _mm512_cmplt_epu8_mask, _mm512_i32gather_epi32, _mm512_loadu_epi8, _mm512_maskz_compress_epi32,
    _mm512_mullo_epi32, _mm512_or_si512, _mm512_permutexvar_epi16, _mm512_rorv_epi32,
    _mm512_set1_epi8, _mm512_set1_epi32, _mm512_srli_epi32, _mm512_storeu_epi32, _mm512_sub_epi8,
    _mm512_test_epi32_mask,
};

use super::sieve::tables::{BIT, Bits, OTHER_BIT, WORD};
use crate::detectors::gram::STRIDE;

/// Places looked at together.
const LANES: usize = 16;
/// Bytes between the first of them and the first of the next.
const STEP: usize = LANES * STRIDE;
/// Bytes that one look reads; only the first `STEP + 2` of them count.
pub(super) const WINDOW: usize = 64;
/// Most looks of one pass.
const LOOKS: usize = 256;

/// The words that hold the gram of each place: two neighbours each.
const PAIRS: [u16; 2 * LANES] = {
    let mut pairs = [0; 2 * LANES];
    let mut at = 0;
    while at < pairs.len() {
        pairs[at] = (at / 2 + at % 2) as u16;
        at += 1;
    }
    pairs
};
/// Where each place lies after the first.
const PLACES: [u32; LANES] = {
    let mut places = [0; LANES];
    let mut at = 0;
    while at < places.len() {
        places[at] = (at * STRIDE) as u32;
        at += 1;
    }
    places
};

/// Places that passed, for use again and again.
#[derive(Debug, Default)]
pub(in crate::engine) struct Passed(Vec<u32>);

/// Says whether this processor has the pass and gains by it. Those before the ones that know
/// `bf16` (Intel's until Ice Lake) read scattered words no faster than one by one, since their
/// microcode mends a fault in just that (INTEL-SA-00828).
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512bf16")
        && is_x86_feature_detected!("popcnt")
}

/// The places of the beginning of a text whose grams pass, in order, and how many bytes were
/// passed over: none where the text is shorter than `WINDOW`.
pub(super) fn sift<'a>(
    bits: &Bits,
    factor: u32,
    text: &[u8],
    passed: &'a mut Passed,
) -> (&'a [u32], usize) {
    passed.0.resize((LOOKS + 1) * LANES, 0);
    if !is_available() {
        return (&[], 0);
    }
    // SAFETY: the processor has all that the function is compiled for.
    let (count, read) = unsafe { pass(bits, factor, text, &mut passed.0) };
    (&passed.0[..count], read)
}

#[target_feature(enable = "avx512f,avx512bw,popcnt")]
fn pass(bits: &Bits, factor: u32, text: &[u8], passed: &mut [u32]) -> (usize, usize) {
    let pairs = load(PAIRS.map(u16::to_le_bytes).as_flattened());
    let mut places = load(PLACES.map(u32::to_le_bytes).as_flattened());
    let (step, fold) = (splat(STEP as u32), splat(0x2020_2020));
    let (factor, one) = (splat(factor), splat(1));
    let (mut count, mut read) = (0, 0);
    for _ in 0..LOOKS {
        let Some(window) = text.get(read..read + WINDOW) else {
            break;
        };
        let Some(room) = passed.get_mut(count..count + LANES) else {
            break;
        };
        let grams = _mm512_or_si512(_mm512_permutexvar_epi16(pairs, load(window)), fold);
        let hashes = _mm512_mullo_epi32(grams, factor);
        let words = gather(bits, _mm512_srli_epi32::<WORD>(hashes));
        // A rotation obeys the lowest five bits of the number.
        let first = _mm512_rorv_epi32(words, _mm512_srli_epi32::<BIT>(hashes));
        let second = _mm512_rorv_epi32(words, _mm512_srli_epi32::<OTHER_BIT>(hashes));
        let mask = _mm512_test_epi32_mask(_mm512_and_si512(first, second), one);
        store(room, _mm512_maskz_compress_epi32(mask, places));
        count += mask.count_ones() as usize;
        places = _mm512_add_epi32(places, step);
        read += STEP;
    }
    (count, read)
}

/// Hands over each place, a multiple of eight, where so many digits of a run follow each other:
/// 24 bytes, all of `+`, `-`, `/`, `_`, letters and digits. False where nothing was looked at.
pub(super) fn find_digits(text: &[u8], hand_over: impl FnMut(usize)) -> bool {
    if !is_available() {
        return false;
    }
    // SAFETY: the processor has all that the function is compiled for.
    unsafe { each_run(text, hand_over) };
    true
}

#[target_feature(enable = "avx512f,avx512bw")]
fn each_run(text: &[u8], mut hand_over: impl FnMut(usize)) {
    let mut at = 0;
    while at < text.len() {
        let mut padded = [0; WINDOW];
        let rest = &text[at..];
        let window = rest.get(..WINDOW).unwrap_or_else(|| {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        });
        let window = load(window);
        // One comparison that few words of text pass which is none.
        if eights(_mm512_cmpgt_epi8_mask(
            window,
            _mm512_set1_epi8(b'*'.cast_signed()),
        )) != 0
        {
            let mut runs = eights(digits(window));
            while runs != 0 {
                hand_over(at + runs.trailing_zeros() as usize);
                runs &= runs - 1;
            }
        }
        // The next window begins with the last two eights of this one.
        at += WINDOW - 16;
    }
}

/// The places at multiples of eight from which 24 bits are set.
fn eights(bits: u64) -> u64 {
    let two = bits & bits >> 4;
    let four = two & two >> 2;
    let full = four & four >> 1 & 0x0101_0101_0101_0101;
    full & full >> 8 & full >> 16
}

/// Which bytes are digits of a run.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn digits(window: __m512i) -> u64 {
    let byte = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
    let within = |bytes, first: u8, count: u8| {
        _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, byte(first)), byte(count))
    };
    let is = |sign| _mm512_cmpeq_epi8_mask(window, byte(sign));
    let letters = within(_mm512_or_si512(window, byte(0x20)), b'a', 26);
    // `/` stands before the digits.
    letters | within(window, b'/', 11) | is(b'+') | is(b'-') | is(b'_')
}

/// What the bytes of a window may be part of after a keyword (`keyword`), a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds {
    /// A value, and one of any shape but for its padding.
    pub(super) value: u64,
    pub(super) plain: u64,
    pub(super) digit: u64,
}

/// Says whether something holds for one of the windows of a text, each of which begins with the last
/// sixteen bytes of the one before. `None` where nothing was looked at.
pub(super) fn any_window(text: &[u8], holds: impl FnMut(Kinds) -> bool) -> Option<bool> {
    // SAFETY: the processor has all that the function is compiled for.
    is_available().then(|| unsafe { any_kinds(text, holds) })
}

#[target_feature(enable = "avx512f,avx512bw")]
fn any_kinds(text: &[u8], mut holds: impl FnMut(Kinds) -> bool) -> bool {
    let byte = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
    let mut at = 0;
    while at < text.len() {
        let mut padded = [0; WINDOW];
        let rest = &text[at..];
        let window = rest.get(..WINDOW).unwrap_or_else(|| {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        });
        let window = load(window);
        let is = |sign| _mm512_cmpeq_epi8_mask(window, byte(sign));
        let plain = digits(window) | is(b'~');
        let others = is(b'.') | is(b':') | is(b'=') | is(b'|') | is(b'!');
        let digit = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(window, byte(b'0')), byte(10));
        let value = plain | others;
        if holds(Kinds {
            value,
            plain,
            digit,
        }) {
            return true;
        }
        if rest.len() <= WINDOW {
            break;
        }
        at += WINDOW - 16;
    }
    false
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(number: u32) -> __m512i {
    _mm512_set1_epi32(number.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load(bytes: &[u8]) -> __m512i {
    assert!(bytes.len() == WINDOW);
    // SAFETY: there are 64 bytes, and they may lie at any address.
    unsafe { _mm512_loadu_epi8(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(room: &mut [u32], numbers: __m512i) {
    assert!(room.len() == LANES);
    // SAFETY: there is room for sixteen numbers, at any address.
    unsafe {
        _mm512_storeu_epi32(room.as_mut_ptr().cast(), numbers);
    }
}

/// The words with these numbers, each of which is a hash shifted by `WORD`.
#[inline]
#[target_feature(enable = "avx512f")]
fn gather(bits: &Bits, words: __m512i) -> __m512i {
    const { assert!(size_of::<Bits>() == 4 << (u32::BITS - WORD)) };
    // SAFETY: no number has more bits than the length of the table allows, and its words may lie
    // at any address.
    unsafe { _mm512_i32gather_epi32::<4>(words, bits.as_ptr().cast()) }
}
