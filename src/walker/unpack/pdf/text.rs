//! The text that the content of a page shows.
//!
//! Owns the joining of what is shown piece by piece (ISO 32000-2, section 9.4): a word may be cut
//! wherever letters are moved closer, and letters may be numbers of glyphs that only the font's
//! table leads back to characters (section 9.10.3).

use std::collections::BTreeMap;

use super::lexer::{Lexer, Token};

/// Characters by code, and how many bytes a code has.
#[derive(Clone, Debug, Default)]
pub(super) struct Glyphs {
    characters: BTreeMap<u32, String>,
    width: usize,
    /// How many were written, those that were overwritten too.
    written: usize,
}

/// Letters moved apart by more thousandths of their size are apart.
const GAP: f64 = -180.0;
/// No table has more characters.
const MOST: usize = 1 << 18;

/// Says whether a stream shows text.
pub(super) fn is_content(bytes: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(bytes, word).is_some();
    has(b"BT") && has(b"ET") && (has(b"Tj") || has(b"TJ") || has(b"'") || has(b"\""))
}

/// The shown text, line by line, of the lines that do not stand in the content as they are. `fonts`
/// are the tables by name.
pub(super) fn shown(bytes: &[u8], fonts: &BTreeMap<Vec<u8>, Glyphs>) -> Vec<u8> {
    let mut lines = Lines::default();
    let mut operands: Vec<Token<'_>> = Vec::new();
    for token in Lexer::new(bytes) {
        let Token::Word(operator) = token else {
            operands.push(token);
            continue;
        };
        let numbers: Vec<f64> = operands.iter().filter_map(number).collect();
        match operator {
            b"Tf" => {
                let name = operands.iter().find_map(|token| match token {
                    Token::Name(name) => Some(*name),
                    _ => None,
                });
                lines.font = name.and_then(|name| fonts.get(name));
            }
            // Along the line, letters may be placed one by one.
            b"Td" | b"TD" if numbers.get(1) == Some(&0.0) => {}
            b"Tm" => lines.go_to(numbers.get(5).copied()),
            b"Td" | b"TD" | b"T*" => lines.end(),
            b"Tj" | b"TJ" => lines.show(&operands),
            b"'" | b"\"" => {
                lines.end();
                lines.show(&operands);
            }
            b"ET" if lines.height.is_none() => lines.end(),
            _ => {}
        }
        operands.clear();
    }
    lines.end();
    lines.text.into_bytes()
}

fn number(token: &Token<'_>) -> Option<f64> {
    match token {
        Token::Number(number) => Some(*number),
        _ => None,
    }
}

/// Lines that are put together.
#[derive(Default)]
struct Lines<'f> {
    text: String,
    /// Where the last begins, and of how many pieces it is.
    start: usize,
    pieces: usize,
    /// Where it stands, if that is known.
    height: Option<f64>,
    font: Option<&'f Glyphs>,
}

impl Lines<'_> {
    fn go_to(&mut self, height: Option<f64>) {
        if height.map(f64::to_bits) != self.height.map(f64::to_bits) {
            self.end();
        }
        self.height = height;
    }

    fn end(&mut self) {
        if self.pieces > 1 {
            self.text.push('\n');
        } else {
            self.text.truncate(self.start);
        }
        self.start = self.text.len();
        self.pieces = 0;
    }

    fn show(&mut self, operands: &[Token<'_>]) {
        let mut is_array = false;
        for token in operands {
            match token {
                Token::ArrayStart => is_array = true,
                Token::Text(codes) => {
                    let start = self.text.len();
                    match self.font {
                        Some(glyphs) => glyphs.push(&mut self.text, codes),
                        None => self.text.push_str(&decode(codes)),
                    }
                    let is_changed =
                        self.text.as_bytes()[start..] != **codes || codes.contains(&b'(');
                    self.pieces += 1 + usize::from(is_changed);
                }
                Token::Number(move_by) if is_array && *move_by < GAP => self.text.push(' '),
                _ => {}
            }
        }
    }
}

/// A string outside of content: UTF-16 or UTF-8 with a mark, or one byte a letter.
pub(super) fn decode(bytes: &[u8]) -> String {
    if let Some(text) = bytes.strip_prefix(b"\xfe\xff") {
        return encoding_rs::UTF_16BE
            .decode_without_bom_handling(text)
            .0
            .into_owned();
    }
    if let Some(text) = bytes.strip_prefix(b"\xff\xfe") {
        return encoding_rs::UTF_16LE
            .decode_without_bom_handling(text)
            .0
            .into_owned();
    }
    // Numbers of glyphs without a table are often their characters.
    let is_wide = bytes.len() >= 2
        && bytes.len().is_multiple_of(2)
        && bytes.chunks(2).all(|unit| unit[0] == 0);
    if is_wide {
        return bytes
            .iter()
            .skip(1)
            .step_by(2)
            .map(|&byte| char::from(byte))
            .collect();
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        Err(_) => text.iter().map(|&byte| char::from(byte)).collect(),
    }
}

impl Glyphs {
    /// Reads a table: `beginbfchar`, pairs, `endbfchar`, and ranges likewise.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut glyphs = Self::default();
        let mut pending: Vec<Token<'_>> = Vec::new();
        for token in Lexer::new(bytes) {
            match token {
                Token::Word(word) => {
                    match word {
                        b"endcodespacerange" => {
                            if let Some(Token::Text(code)) = pending.first() {
                                glyphs.width = code.len();
                            }
                        }
                        b"endbfchar" => glyphs.add_pairs(&pending),
                        b"endbfrange" => glyphs.add_ranges(&pending),
                        _ => {}
                    }
                    pending.clear();
                }
                token => pending.push(token),
            }
        }
        glyphs
    }

    pub(super) fn is_empty(&self) -> bool {
        self.characters.is_empty()
    }

    fn add(&mut self, code: u32, text: String) {
        self.written += 1;
        if self.written < MOST {
            self.characters.insert(code, text);
        }
    }

    fn add_pairs(&mut self, tokens: &[Token<'_>]) {
        for pair in tokens.chunks(2) {
            if let [Token::Text(code), Token::Text(to)] = pair {
                self.width = self.width.max(code.len());
                self.add(value(code), utf_16(to));
            }
        }
    }

    fn add_ranges(&mut self, tokens: &[Token<'_>]) {
        let mut tokens = tokens.iter();
        while let (Some(Token::Text(from)), Some(Token::Text(to))) = (tokens.next(), tokens.next())
        {
            self.width = self.width.max(from.len());
            let (from, to) = (value(from), value(to));
            let range = from..=to.min(from.saturating_add(0xffff));
            match tokens.next() {
                _ if self.written >= MOST => return,
                Some(Token::Text(first)) => {
                    let first = utf_16(first);
                    let mut letters = first.chars();
                    let last = letters.next_back().map_or(0, u32::from);
                    for code in range {
                        let last = char::from_u32(last.saturating_add(code - from));
                        let text = letters.clone().chain(last).collect();
                        self.add(code, text);
                    }
                }
                Some(Token::ArrayStart) => {
                    for code in range {
                        match tokens.next() {
                            Some(Token::Text(to)) => self.add(code, utf_16(to)),
                            _ => break,
                        }
                    }
                    let is_end = |token: &&Token<'_>| **token != Token::ArrayEnd;
                    if tokens.as_slice().first() == Some(&Token::ArrayEnd) {
                        tokens.next();
                    } else {
                        tokens.by_ref().take_while(is_end).for_each(drop);
                    }
                }
                _ => return,
            }
        }
    }

    fn push(&self, text: &mut String, codes: &[u8]) {
        if self.is_empty() {
            return text.push_str(&decode(codes));
        }
        for code in codes.chunks(self.width.clamp(1, 4)) {
            match self.characters.get(&value(code)) {
                Some(character) => text.push_str(character),
                None => text.extend(
                    code.iter()
                        .map(|&byte| char::from(byte))
                        .filter(|one| *one >= ' '),
                ),
            }
        }
    }
}

fn value(code: &[u8]) -> u32 {
    code.iter()
        .fold(0, |sum: u32, &byte| sum << 8 | u32::from(byte))
}

fn utf_16(bytes: &[u8]) -> String {
    encoding_rs::UTF_16BE
        .decode_without_bom_handling(bytes)
        .0
        .into_owned()
}
