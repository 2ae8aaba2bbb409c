//! Tokens of PDF (ISO 32000-2, sections 7.2 and 7.3), in objects and in content alike.

/// A token; a string comes decoded.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Name(&'a [u8]),
    Text(Vec<u8>),
    Number(f64),
    Word(&'a [u8]),
    ArrayStart,
    ArrayEnd,
    DictStart,
    DictEnd,
}

/// Reads tokens one after the other; what makes none is passed over.
pub(super) struct Lexer<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                let rest = &self.bytes[self.at..];
                self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn regular(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let is_end = |&byte: &u8| is_space(byte) || is_delimiter(byte);
        let length = rest.iter().position(is_end).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// A string in parentheses, from behind the first.
    fn literal(&mut self) -> Vec<u8> {
        let (mut text, mut depth) = (Vec::new(), 1);
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => depth += 1,
                b')' if depth == 1 => break,
                b')' => depth -= 1,
                b'\\' => {
                    text.extend(self.escape());
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
        text
    }

    fn escape(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' | b'f' => b' ',
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    match self.peek() {
                        Some(digit @ b'0'..=b'7') => code = code * 8 + u32::from(digit - b'0'),
                        _ => break,
                    }
                    self.at += 1;
                }
                code as u8
            }
            // The line goes on.
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
                return None;
            }
            b'\n' => return None,
            other => other,
        })
    }

    /// A string in digits, from behind the `<`.
    fn hexadecimal(&mut self) -> Vec<u8> {
        let (mut text, mut half) = (Vec::new(), None);
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == b'>' {
                break;
            }
            let Some(digit) = char::from(byte).to_digit(16) else {
                continue;
            };
            half = match half {
                None => Some(digit),
                Some(first) => {
                    text.push((first << 4 | digit) as u8);
                    None
                }
            };
        }
        text.extend(half.map(|digit| (digit << 4) as u8));
        text
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_space();
        let byte = self.peek()?;
        if !is_delimiter(byte) {
            let word = self.regular();
            let number = || std::str::from_utf8(word).ok()?.parse().ok();
            let is_number = byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.');
            let number = is_number.then(number).flatten();
            return Some(number.map_or(Token::Word(word), Token::Number));
        }
        self.at += 1;
        let is_double = self.peek() == Some(byte);
        Some(match byte {
            b'/' => Token::Name(self.regular()),
            b'(' => Token::Text(self.literal()),
            b'[' => Token::ArrayStart,
            b']' => Token::ArrayEnd,
            b'<' if is_double => {
                self.at += 1;
                Token::DictStart
            }
            b'>' if is_double => {
                self.at += 1;
                Token::DictEnd
            }
            b'<' => Token::Text(self.hexadecimal()),
            _ => Token::Word(&self.bytes[self.at - 1..self.at]),
        })
    }
}

/// Names and the raw text of their values, of the first dictionary in `bytes`.
#[derive(Clone, Debug, Default)]
pub(super) struct Dict<'a> {
    entries: Vec<(&'a [u8], &'a [u8])>,
    /// Where it ends.
    pub(super) end: usize,
}

/// No dictionary has more entries.
const MOST: usize = 100_000;

impl<'a> Dict<'a> {
    /// Reads one; an error says how many bytes were looked at.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, usize> {
        let mut lexer = Lexer::new(bytes);
        if lexer.next() != Some(Token::DictStart) {
            return Err(0);
        }
        let mut dict = Self::default();
        let mut open: Option<(&[u8], usize)> = None;
        let mut depth = 0_usize;
        loop {
            lexer.skip_space();
            let before = lexer.at;
            let Some(token) = lexer.next() else {
                return Err(lexer.at);
            };
            match token {
                Token::DictEnd if depth == 0 => {
                    dict.entries
                        .extend(open.map(|(name, at)| (name, &bytes[at..before])));
                    dict.end = lexer.at;
                    return Ok(dict);
                }
                Token::DictStart | Token::ArrayStart => depth += 1,
                Token::DictEnd | Token::ArrayEnd => depth = depth.saturating_sub(1),
                // A name directly behind a name is its value.
                Token::Name(name) if depth == 0 => match open {
                    Some((_, at)) if bytes[at..before].trim_ascii().is_empty() => {}
                    _ => {
                        dict.entries
                            .extend(open.map(|(name, at)| (name, &bytes[at..before])));
                        open = Some((name, lexer.at));
                    }
                },
                // An object that is cut does not take the next in.
                Token::Word(b"obj" | b"endobj" | b"stream") => return Err(lexer.at),
                _ => {}
            }
            if dict.entries.len() > MOST {
                return Err(lexer.at);
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a [u8]> {
        let found = self.entries.iter().find(|(key, _)| *key == name.as_bytes());
        found.map(|&(_, value)| value)
    }

    pub(super) fn entries(&self) -> &[(&'a [u8], &'a [u8])] {
        &self.entries
    }

    /// The names in a value: one, or those of an array.
    pub(super) fn names(&self, name: &str) -> Vec<&'a [u8]> {
        let tokens = Lexer::new(self.get(name).unwrap_or_default());
        let name = |token| match token {
            Token::Name(name) => Some(name),
            _ => None,
        };
        tokens.filter_map(name).collect()
    }

    pub(super) fn is(&self, key: &str, name: &str) -> bool {
        self.names(key).first() == Some(&name.as_bytes())
    }

    /// A number that is written out, not one of another object.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        let value = self.get(name)?;
        match *Lexer::new(value).collect::<Vec<_>>() {
            [Token::Number(number)] if number >= 0.0 => Some(number as usize),
            _ => None,
        }
    }

    /// The numbers of the objects that a value refers to.
    pub(super) fn references(&self, name: &str) -> Vec<usize> {
        references(self.get(name).unwrap_or_default())
    }
}

/// The numbers in front of each `GENERATION R`.
pub(super) fn references(value: &[u8]) -> Vec<usize> {
    let tokens: Vec<Token<'_>> = Lexer::new(value).collect();
    let reference = |window: &[Token<'_>]| match window {
        [Token::Number(number), Token::Number(_), Token::Word(b"R")] => Some(*number as usize),
        _ => None,
    };
    tokens.windows(3).filter_map(reference).collect()
}
