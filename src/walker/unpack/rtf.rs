//! RTF: the text without control words, and what is embedded.
//!
//! Owns the tokens of Rich Text Format 1.9.1. Every group counts, shown or not: fields, comments and
//! properties of the document are text as well.

use super::{Unpacker, join, slice};

pub(super) fn is_rtf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"{\\rtf")
}

pub(super) fn rtf(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let mut reader = Reader {
        bytes,
        at: 0,
        text: Vec::new(),
        embedded: Vec::new(),
    };
    reader.read();
    unpacker.text(address, "text", &reader.text);
    for (number, embedded) in reader.embedded.iter().enumerate() {
        let member = join(address, format!("object-{}", number + 1).as_bytes());
        unpacker.visit(&member, embedded);
    }
}

/// A run of this many digits or more is data.
const DATA: usize = 64;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    text: Vec<u8>,
    embedded: Vec<Vec<u8>>,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.control(),
                b'{' | b'}' | b'\r' | b'\n' => {}
                _ => {
                    self.at -= 1;
                    self.plain();
                }
            }
        }
    }

    /// Text up to the next control; digits of embedded data are decoded.
    fn plain(&mut self) {
        let rest = &self.bytes[self.at..];
        let is_end = |byte: &u8| matches!(byte, b'\\' | b'{' | b'}' | b'\r' | b'\n');
        let run = &rest[..rest.iter().position(is_end).unwrap_or(rest.len())];
        let is_digit = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'\r' | b'\n' | b' ');
        let digits = rest.iter().take_while(|byte| is_digit(byte)).count();
        if digits >= DATA && run.iter().all(u8::is_ascii_hexdigit) {
            self.at += digits;
            let digits = rest[..digits].iter();
            let digits: Vec<u8> = digits
                .filter(|byte| byte.is_ascii_hexdigit())
                .copied()
                .collect();
            let pair = |pair: &[u8]| {
                let digit = |byte| char::from(byte).to_digit(16).unwrap_or(0);
                (digit(pair[0]) << 4 | digit(pair[1])) as u8
            };
            self.embedded
                .push(digits.chunks_exact(2).map(pair).collect());
            return;
        }
        self.text.extend_from_slice(run);
        self.at += run.len();
    }

    fn control(&mut self) {
        let rest = &self.bytes[self.at..];
        let Some(&first) = rest.first() else {
            return;
        };
        if !first.is_ascii_alphabetic() {
            self.at += 1;
            match first {
                b'\'' => {
                    let digits = std::str::from_utf8(slice(rest, 1, 2)).unwrap_or("");
                    if let Ok(byte) = u8::from_str_radix(digits, 16) {
                        self.push(char::from(byte));
                        self.at += 2;
                    }
                }
                b'\\' | b'{' | b'}' => self.text.push(first),
                b'~' => self.text.push(b' '),
                b'_' => self.text.push(b'-'),
                b'\r' | b'\n' => self.text.push(b'\n'),
                _ => {}
            }
            return;
        }
        let letters = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let is_number = |byte: &&u8| byte.is_ascii_digit() || **byte == b'-';
        let digits = rest[letters..].iter().take_while(is_number).count();
        let number = std::str::from_utf8(&rest[letters..letters + digits]).ok();
        let number: Option<i64> = number.and_then(|number| number.parse().ok());
        let end = letters + digits;
        // One blank ends a control word and is no text.
        self.at += end + usize::from(rest.get(end) == Some(&b' '));
        match (&rest[..letters], number) {
            (b"par" | b"line" | b"row" | b"sect" | b"page" | b"pard", _) => self.text.push(b'\n'),
            (b"tab" | b"cell", _) => self.text.push(b'\t'),
            (b"u", Some(code)) => self.unicode(code),
            (b"bin", Some(length)) => {
                let length = usize::try_from(length).unwrap_or(0);
                self.embedded
                    .push(slice(self.bytes, self.at, length).to_vec());
                self.at = self.at.saturating_add(length).min(self.bytes.len());
            }
            _ => {}
        }
    }

    /// A character by its number, and a stand-in for readers that know no numbers.
    fn unicode(&mut self, code: i64) {
        let code = u32::from(code as u16);
        self.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        let rest = &self.bytes[self.at..];
        match rest {
            [b'\\', b'\'', ..] => self.at += rest.len().min(4),
            [byte, ..] if !matches!(byte, b'\\' | b'{' | b'}') => self.at += 1,
            _ => {}
        }
    }

    fn push(&mut self, character: char) {
        let mut buffer = [0; 4];
        self.text
            .extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
    }
}
