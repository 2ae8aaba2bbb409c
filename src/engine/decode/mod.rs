//! Encodings: text that is written as base64, in hexadecimal, with escapes or in pieces.
//!
//! Owns where encoded text may stand, how far it reaches, and its decoding, with a map from each
//! decoded byte back to the source. What is decoded is searched like any other text, up to
//! `DEEPEST` layers deep. Does not own that search.

mod digits;
mod escapes;
#[cfg(fuzzing)]
pub mod fuzzing;
mod joined;
mod manifest;
pub(super) mod marks;
mod runs;

use std::ops::Range;

pub(super) use digits::find_runs;
pub(super) use runs::LONGEST;

use super::Candidate;
use marks::Mark;

/// Most encodings around one another that are undone.
pub(super) const DEEPEST: usize = 3;
/// Most bytes of source after an escape or a joint that are decoded with it.
const FURTHEST: usize = 2 << 10;
/// How many bytes before an escape or a joint decide.
const LEFT: usize = 256;

/// How a text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// Base64, of either alphabet (RFC 4648).
    Base64,
    /// Base64 of gzip (RFC 1952).
    GzipBase64,
    /// Two hexadecimal digits a byte.
    Hex,
    /// Escapes: `%5F`, `\x5f`, `\u005f`, `\137`, `&#95;`.
    Escapes,
    /// String literals that are joined: `"a" + "b"`.
    Joined,
}

impl Encoding {
    /// The words for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::GzipBase64 => "gzip in base64",
            Self::Hex => "hexadecimal",
            Self::Escapes => "escapes",
            Self::Joined => "joined literals",
        }
    }
}

/// What an encoded text holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The encodings that were undone, the outermost first.
    pub encodings: Vec<Encoding>,
    /// The decoded text.
    pub text: Vec<u8>,
    /// Where in the source each byte of it begins; one more for its end.
    pub(super) offsets: Vec<u32>,
    /// What was found in it, sorted.
    pub candidates: Vec<Candidate>,
    /// Whether the encoded text goes on beyond a limit, and was decoded up to there.
    pub is_cut: bool,
}

impl Layer {
    /// The range of the source that a range of the decoded text is written as.
    pub fn source(&self, range: &Range<usize>) -> Range<usize> {
        let at = |place: usize| self.offsets.get(place).map_or(0, |&at| at as usize);
        at(range.start)..at(range.end)
    }

    /// The same, decoded from a text that is the content of `outer`.
    fn within(mut self, outer: &Self) -> Self {
        for offset in &mut self.offsets {
            *offset = outer.offsets[*offset as usize];
        }
        self.encodings.splice(0..0, outer.encodings.iter().copied());
        self
    }
}

/// A text under construction.
#[derive(Debug, Default)]
struct Decoded {
    text: Vec<u8>,
    offsets: Vec<u32>,
}

impl Decoded {
    fn with_capacity(bytes: usize) -> Self {
        Self {
            text: Vec::with_capacity(bytes),
            offsets: Vec::with_capacity(bytes + 1),
        }
    }

    /// Appends a byte that is written at `at` in the source.
    fn push(&mut self, byte: u8, at: usize) {
        self.text.push(byte);
        self.offsets.push(at as u32);
    }

    /// The layer, whose encoded text ends at `end`.
    fn finish(mut self, encoding: Encoding, end: usize) -> Layer {
        self.offsets.push(end as u32);
        Layer {
            encodings: vec![encoding],
            text: self.text,
            offsets: self.offsets,
            candidates: Vec::new(),
            is_cut: false,
        }
    }
}

/// Decodes the text around a mark at `at`, if there is one to decode; nothing is decoded twice for
/// its several marks.
pub(super) fn decode(bytes: &[u8], mark: Mark, at: usize) -> Option<Layer> {
    match mark {
        Mark::Run => runs::decode(bytes, at),
        Mark::Escape => escapes::decode(bytes, at),
        Mark::Joint => joined::decode(bytes, at),
        Mark::Manifest => manifest::decode(bytes, at),
    }
}

/// How many bytes before a mark decide what is decoded.
pub(super) fn left(mark: Mark) -> usize {
    match mark {
        Mark::Run => runs::LEFT,
        Mark::Escape | Mark::Joint => LEFT,
        Mark::Manifest => manifest::BEFORE,
    }
}

/// How many bytes from a mark on decide what is decoded.
pub(super) fn extent(bytes: &[u8], mark: Mark, at: usize) -> usize {
    match mark {
        Mark::Run => runs::extent(bytes, at),
        Mark::Escape | Mark::Joint => FURTHEST + 1,
        Mark::Manifest => manifest::LONGEST + 1,
    }
}

/// Decodes what stands in a layer.
pub(super) fn decode_within(outer: &Layer, mark: Mark, at: usize) -> Option<Layer> {
    decode(&outer.text, mark, at).map(|layer| layer.within(outer))
}

/// Says whether decoded bytes are text: nearly all printable.
fn is_text(bytes: &[u8]) -> bool {
    let odd = bytes.iter().filter(|byte| is_odd(**byte)).count();
    // Of a text that was cut, the last character may be.
    let error = std::str::from_utf8(bytes).err();
    let is_whole = error.is_none_or(|error| error.error_len().is_none());
    bytes.len() >= 8 && odd * 50 <= bytes.len() && is_whole
}

/// Says whether text seldom holds a byte.
fn is_odd(byte: u8) -> bool {
    byte < 0x80 && !matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests;
