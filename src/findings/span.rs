//! Lines and columns of a text.
//!
//! Owns counting: lines from 1, columns from 1 in UTF-16 code units, which editors and SARIF's
//! `utf16CodeUnits` use. Does not own masking.

use std::ops::Range;

use super::Span;
use crate::walker::Window;

/// Turns byte offsets into lines and columns; ask in ascending order, as it counts on from the
/// last answer and so reads each byte once.
#[derive(Debug)]
pub struct LineCounter<'a> {
    text: &'a [u8],
    at: Position,
}

/// A counted place: its offset, and line and column there.
#[derive(Clone, Copy, Debug)]
struct Position {
    offset: usize,
    line: u32,
    column: u32,
}

const START: Position = Position {
    offset: 0,
    line: 1,
    column: 1,
};

impl<'a> LineCounter<'a> {
    /// A counter at the start of `text`.
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: START }
    }

    /// The span of a byte range whose start is not before that of any range asked for earlier.
    pub fn span(&mut self, range: &Range<usize>) -> Span {
        if range.start < self.at.offset {
            self.at = START;
        }
        self.at = self.count(self.at, range.start);
        let end = self.count(self.at, range.end.max(range.start));
        Span {
            start_line: self.at.line,
            start_column: self.at.column,
            end_line: end.line,
            end_column: end.column,
            offset: range.start as u64,
        }
    }

    /// Counts on from a place to an offset.
    fn count(&self, from: Position, offset: usize) -> Position {
        let between = &self.text[from.offset..offset];
        let breaks = memchr::memchr_iter(b'\n', between).count() as u32;
        let column = match memchr::memrchr(b'\n', between) {
            Some(at) => 1 + units(&between[at + 1..]),
            None => from.column + units(between),
        };
        Position {
            offset,
            line: from.line + breaks,
            column,
        }
    }
}

impl Span {
    /// The span in the text of which it was counted in a part.
    #[must_use]
    pub fn within(self, window: Window) -> Self {
        Self {
            start_line: self.start_line + window.lines,
            end_line: self.end_line + window.lines,
            offset: self.offset + window.offset as u64,
            ..self
        }
    }
}

/// What can be seen of the line that holds the start of `this`: its byte range without its line
/// break, no more than `reach` bytes before and after `this`, and whether more stands there.
pub fn line_around(text: &[u8], this: &Range<usize>, reach: usize) -> (Range<usize>, (bool, bool)) {
    let first = this.start.saturating_sub(reach);
    let (start, is_cut) = match memchr::memrchr(b'\n', &text[first..this.start]) {
        Some(at) => (first + at + 1, false),
        None => (first, first > 0 && text[first - 1] != b'\n'),
    };
    let limit = this.end.saturating_add(reach);
    // A line break of two bytes may begin at the limit.
    let rest = &text[this.start..text.len().min(limit.saturating_add(2))];
    let end = memchr::memchr(b'\n', rest).map_or(this.start + rest.len(), |at| this.start + at);
    let end = if end > start && text[end - 1] == b'\r' {
        end - 1
    } else {
        end
    };
    (start..end.min(limit), (is_cut, end > limit))
}

/// Bytes that are looked at together for any beyond ASCII.
const BLOCK: usize = 64;

/// The code units of a text.
fn units(bytes: &[u8]) -> u32 {
    let (mut at, mut count) = (0, 0);
    while at < bytes.len() {
        let mut end = bytes.len().min(at + BLOCK);
        if bytes[at..end].is_ascii() {
            count += (end - at) as u32;
        } else {
            // A byte of ASCII is part of no other character, so that none is cut here.
            let rest = bytes[end..].iter();
            end += rest.take_while(|byte| !byte.is_ascii()).count();
            count += units_beyond_ascii(&bytes[at..end]);
        }
        at = end;
    }
    count
}

fn units_beyond_ascii(bytes: &[u8]) -> u32 {
    // In valid text each character has one byte that continues none, and those beyond the first plane,
    // which take two units, begin with one from 0xf0 on.
    let of_valid = |text: &str| {
        let bytes = text.bytes();
        bytes.fold(0, |count, byte| {
            count + u32::from(byte & 0xc0 != 0x80) + u32::from(byte >= 0xf0)
        })
    };
    // Invalid bytes count one each, as an editor would show a replacement character.
    bytes
        .utf8_chunks()
        .map(|chunk| of_valid(chunk.valid()) + u32::from(!chunk.invalid().is_empty()))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_utf16_columns() {
        let text = "a\nπ𝄞 key\nxyz".as_bytes();
        let mut counter = LineCounter::new(text);
        let at = text.windows(3).position(|window| window == b"key").unwrap();
        let span = counter.span(&(at..at + 3));
        assert_eq!((span.start_line, span.start_column), (2, 5));
        assert_eq!((span.end_line, span.end_column), (2, 8));
    }

    #[test]
    fn columns_of_long_lines_are_those_of_the_whole() {
        let mut line = Vec::new();
        for number in 0..400_usize {
            line.extend("x".repeat(number % 71).as_bytes());
            line.extend(["é", "𝄞", "字"][number % 3].repeat(number % 37).as_bytes());
            line.extend([[0xff, 0xe2, 0xf0][number % 3]].repeat(number % 5));
        }
        let whole = String::from_utf8_lossy(&line).encode_utf16().count();
        let span = LineCounter::new(&line).span(&(line.len()..line.len()));
        assert_eq!(span.start_column as usize, 1 + whole);
    }

    #[test]
    fn a_span_may_cross_lines() {
        let text = b"--a\nbb\ncc-";
        let span = LineCounter::new(text).span(&(2..9));
        assert_eq!(
            (
                span.start_line,
                span.start_column,
                span.end_line,
                span.end_column
            ),
            (1, 3, 3, 3)
        );
    }

    #[test]
    fn the_line_leaves_out_its_break() {
        let line = |at| line_around(b"ab\r\ncd", &(at..at + 1), 9);
        assert_eq!(line(1), (0..2, (false, false)));
        assert_eq!(line(4), (4..6, (false, false)));
    }

    #[test]
    fn a_long_line_is_cut_on_either_side() {
        let line = |text: &[u8], reach| line_around(text, &(4..5), reach);
        assert_eq!(line(b"abcdefgh", 2), (2..7, (true, true)));
        assert_eq!(line(b"a\ncdefg", 2), (2..7, (false, false)));
        assert_eq!(line(b"abcdefg\r\nh", 2), (2..7, (true, false)));
        assert_eq!(line(b"abcdefg\rh", 2), (2..7, (true, true)));
        assert_eq!(line(b"abcdefg\r", 2), (2..7, (true, false)));
    }
}
