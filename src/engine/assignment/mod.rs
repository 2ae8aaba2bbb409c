//! The assignment scanner: from a word in a name to the value assigned to that name.
//!
//! Hand-written, because as an expression this eats most of a scan's time. Looks at no more
//! than `LEFT` bytes before the word and `RIGHT` after it. Owns the syntax of names,
//! operators and values in the usual languages. Does not judge the value.

use std::ops::Range;

mod operator;
mod wrapped;

use super::{Assignment, Candidate, Operator};
use operator::{default_of_variable, operator_after};

/// Longest part of a name on either side of the word, in bytes.
const LONGEST_NAME: usize = 64;
/// Longest gap between name and value, in bytes.
const LONGEST_GAP: usize = 40;
/// Longest text in a block between its name and the value it declares, in bytes.
const LONGEST_BLOCK: usize = 160;
/// Shortest and longest value, in bytes.
const VALUE: std::ops::RangeInclusive<usize> = 4..=300;
/// How many bytes are looked at from the start of a value on.
const LONGEST_REST: usize = *VALUE.end() + 8;
/// Longest blank text between a bare value and the end of its line, in bytes.
const LONGEST_TAIL: usize = 64;

/// How many bytes before the word are looked at: the name, and what stands before it on its line.
pub(super) const LEFT: usize = 2 * LONGEST_NAME;
/// How many bytes after the word are looked at.
pub(super) const RIGHT: usize =
    LONGEST_NAME + LONGEST_BLOCK + LONGEST_GAP + LONGEST_REST + LONGEST_TAIL + 1;

/// A value with the name it is assigned to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assigned {
    pub(super) name: Range<usize>,
    /// The name in lower case without `_`, `-`, `.`.
    pub(super) normal_name: Vec<u8>,
    pub(super) operator: Operator,
    pub(super) quote: Option<u8>,
    pub(super) value: Range<usize>,
}

impl Assigned {
    /// The candidate that the value is for a detector, by index.
    pub(super) fn candidate(&self, detector: usize) -> Candidate {
        Candidate {
            detector,
            secret: self.value.clone(),
            whole: self.name.start..self.value.end,
            assignment: Some(Assignment {
                name: self.name.clone(),
                quote: self.quote,
                operator: self.operator,
            }),
        }
    }
}

/// Reads the assignment around the word of `length` bytes at `at`, if there is one.
pub(super) fn parse(bytes: &[u8], at: usize, length: usize) -> Option<Assigned> {
    let name = name_around(bytes, at, length);
    let before = name.start.checked_sub(1).map(|before| bytes[before]);
    let (operator, value_at) =
        operator_after(bytes, name.end, before).or_else(|| default_of_variable(bytes, &name))?;
    let fits = match operator {
        Operator::Option => is_option(&bytes[name.clone()]),
        // In a list of texts none is the name of the next.
        Operator::Argument if is_option(&bytes[name.clone()]) => {
            bytes.get(value_at + 1) != Some(&b'-')
        }
        Operator::Argument => opens_call(bytes, name.start),
        _ => true,
    };
    if !fits {
        return None;
    }
    let plain = value_at_start(bytes, value_at, operator, &name);
    let (operator, quote, value) = match plain {
        Some((quote, value)) => (operator, quote, without_inner_quotes(bytes, value)),
        None => wrapped_value(bytes, value_at, operator)?,
    };
    // What stands in a text with its name is a literal, as if it had quotes of its own.
    // So has a parameter of an address.
    let quote = quote.or(before.filter(|before| b"\"'?&".contains(before)));
    let normal_name = bytes[name.clone()]
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    VALUE.contains(&value.len()).then_some(Assigned {
        name,
        normal_name,
        operator,
        quote,
        value,
    })
}

/// A value inside a call or a list, with what is then to be said of the operator.
fn wrapped_value(
    bytes: &[u8],
    at: usize,
    operator: Operator,
) -> Option<(Operator, Option<u8>, Range<usize>)> {
    if !matches!(operator, Operator::Assign | Operator::Colon) {
        return None;
    }
    let rest = &bytes[at..bytes.len().min(at + LONGEST_REST)];
    if let Some((quote, value)) = wrapped::argument(rest) {
        return Some((operator, Some(quote), at + value.start..at + value.end));
    }
    let list = wrapped::list(rest)?;
    Some((Operator::List, None, at + list.start..at + list.end))
}

/// Says whether a name is an option of a command: `--password`, or `-Password` of PowerShell.
fn is_option(name: &[u8]) -> bool {
    match name {
        // These ask for a value instead of giving one.
        [b'-', b'-', rest @ ..] => !["ask", "no-", "prompt"]
            .iter()
            .any(|word| rest.starts_with(word.as_bytes())),
        [b'-', first, rest @ ..] => {
            first.is_ascii_uppercase() && rest.iter().any(u8::is_ascii_lowercase)
        }
        _ => false,
    }
}

/// A value without quotes inside its own, which are those of the code it becomes: `'"value"'`.
fn without_inner_quotes(bytes: &[u8], value: Range<usize>) -> Range<usize> {
    let text = &bytes[value.clone()];
    let width = ["\"", "\\\""].into_iter().find(|quote| {
        let rest = text.strip_prefix(quote.as_bytes());
        let inner = rest.and_then(|rest| rest.strip_suffix(quote.as_bytes()));
        inner.is_some_and(|inner| !inner.contains(&b'"'))
    });
    let width = width.map_or(0, str::len);
    value.start + width..value.end - width
}

/// Says whether the quote before a name is the first thing in the brackets of a call, not of a
/// tuple, or follows its type, as in Android's `buildConfigField "String", "NAME", `.
fn opens_call(bytes: &[u8], name_start: usize) -> bool {
    let before = &bytes[name_start.saturating_sub(LEFT)..name_start];
    let before = before.split_last().map_or(before, |(_, before)| before);
    let types = ["String\"", "String'", "string\"", "string'"];
    let first = before.trim_ascii_end().strip_suffix(b",");
    if first.is_some_and(|first| {
        let first = first.trim_ascii_end();
        types.iter().any(|end| first.ends_with(end.as_bytes()))
    }) {
        return true;
    }
    let function = before.trim_ascii_end().strip_suffix(b"(");
    let last = function.and_then(|function| function.last());
    last.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_!".contains(byte))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn name_around(bytes: &[u8], at: usize, length: usize) -> Range<usize> {
    let left = bytes[at.saturating_sub(LONGEST_NAME)..at]
        .iter()
        .rev()
        .take_while(|&&byte| is_name(byte))
        .count();
    let after = at + length;
    let right = bytes[after..]
        .iter()
        .take(LONGEST_NAME)
        .take_while(|&&byte| is_name(byte))
        .count();
    at - left..after + right
}

fn blanks(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|&&byte| byte == b' ' || byte == b'\t')
        .count()
}

fn value_at_start(
    bytes: &[u8],
    at: usize,
    operator: Operator,
    name: &Range<usize>,
) -> Option<(Option<u8>, Range<usize>)> {
    let rest = &bytes[at..bytes.len().min(at + LONGEST_REST)];
    // A string prefix of Python, Rust, C or C#, or the backslash of JSON quoted in JSON.
    let prefix = rest
        .iter()
        .take(2)
        .take_while(|&&byte| {
            matches!(
                byte,
                b'b' | b'B' | b'r' | b'R' | b'u' | b'U' | b'f' | b'L' | b'@' | b'\\'
            )
        })
        .count();
    // A text of several lines in brackets begins on the next.
    let bracket = if operator == Operator::Assign && rest.first() == Some(&b'(') {
        let space = rest[1..]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace());
        1 + space.count()
    } else {
        0
    };
    for skip in [0, prefix, bracket] {
        if let Some(&quote @ (b'"' | b'\'' | b'`')) = rest.get(skip) {
            // Three quotes in TOML and Python.
            let is_tripled = rest[skip..].starts_with(&[quote; 3]);
            let skip = skip + if is_tripled { 2 } else { 0 };
            return quoted(rest, skip, quote)
                .map(|value| (Some(quote), at + value.start..at + value.end));
        }
    }
    match operator {
        Operator::Element => element(rest).map(|length| (None, at..at + length)),
        Operator::Colon if matches!(rest.first(), Some(b'|' | b'>')) => {
            scalar(rest).map(|value| (None, at + value.start..at + value.end))
        }
        Operator::Assign | Operator::Colon => bare(bytes, at, name)
            .or_else(|| inline(bytes, at, name))
            .or_else(|| enclosed(bytes, at, name))
            .map(|length| (None, at..at + length)),
        Operator::Option => option(rest).map(|length| (None, at..at + length)),
        Operator::Call | Operator::Compare | Operator::Argument | Operator::List => None,
    }
}

/// The inside of a quoted text; an escaped quote does not end it, a line break refuses it.
fn quoted(rest: &[u8], open: usize, quote: u8) -> Option<Range<usize>> {
    let escaped_open = open > 0 && rest[open - 1] == b'\\';
    let start = open + 1;
    let mut at = start;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\n' | b'\r' => return None,
            b'\\' if escaped_open && rest.get(at + 1) == Some(&quote) => return Some(start..at),
            b'\\' => at += 1,
            _ if byte == quote => return Some(start..at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The one line of a block scalar of YAML, after its sign: `|`, `>-`.
fn scalar(rest: &[u8]) -> Option<Range<usize>> {
    let sign = rest
        .iter()
        .take_while(|byte| b"|>+-".contains(byte))
        .count();
    let sign = sign + blanks(&rest[sign..]);
    let end = rest[sign..]
        .strip_prefix(b"\r\n")
        .or_else(|| rest[sign..].strip_prefix(b"\n"))?;
    let start = rest.len() - end.len();
    let start = start + blanks(&rest[start..]);
    let length = plain(rest, start, b"")?;
    let ends = matches!(rest.get(start + length), None | Some(b'\n' | b'\r'));
    ends.then_some(start..start + length)
}

/// The text of an XML element up to its closing tag, which may stand on a line of its own.
fn element(rest: &[u8]) -> Option<usize> {
    let length = rest
        .iter()
        .take_while(|&&byte| byte != b'<' && !byte.is_ascii_whitespace())
        .count();
    let closing = rest[length..].trim_ascii_start();
    closing.starts_with(b"</").then_some(length)
}

/// The unquoted value of an option of a command.
fn option(rest: &[u8]) -> Option<usize> {
    let length = rest
        .iter()
        .take_while(|byte| byte.is_ascii_graphic())
        .count();
    let is_plain = !rest[..length]
        .iter()
        .any(|byte| b"()[]{}<>\"'`|\\,;".contains(byte));
    is_plain.then_some(length)
}

/// The length of unquoted text at `at`: printable, and no call, index, template or quote.
fn plain(bytes: &[u8], at: usize, ends: &[u8]) -> Option<usize> {
    let rest = &bytes[at..bytes.len().min(at + LONGEST_REST)];
    let ends_here = |at: &usize| {
        let byte = rest[*at];
        // A line break written as an escape, in a file that is quoted in another.
        let is_break = byte == b'\\' && matches!(rest.get(at + 1), Some(b'n' | b'r' | b't'));
        !byte.is_ascii_graphic() || ends.contains(&byte) || is_break
    };
    let length = (0..rest.len()).find(ends_here).unwrap_or(rest.len());
    let is_plain = !rest[..length]
        .iter()
        .any(|byte| b"()[]{}<>\"'`|\\".contains(byte));
    is_plain.then_some(length)
}

/// An unquoted value that is all that follows on a line that begins with the name, as in YAML,
/// properties and env files.
fn bare(bytes: &[u8], at: usize, name: &Range<usize>) -> Option<usize> {
    let length = plain(bytes, at, b"")?;
    let tail = &bytes[at + length..bytes.len().min(at + length + LONGEST_TAIL + 1)];
    let blanks = blanks(tail);
    let tail = &tail[blanks..];
    let ends_line = match tail.first() {
        Some(b';') => blanks > 0,
        Some(next) => matches!(next, b'\n' | b'\r' | b'#'),
        None => blanks <= LONGEST_TAIL,
    };
    let ends_in_mark = matches!(bytes[..at + length].last(), Some(b';' | b','));
    (ends_line && !ends_in_mark && begins_line(bytes, name.start)).then_some(length)
}

/// An unquoted value right after `=`, as the shell has it: `A=x ./run`, `-e A=x`,
/// `--password=x`, `export A=x; B=y`.
fn inline(bytes: &[u8], at: usize, name: &Range<usize>) -> Option<usize> {
    let begins_word = name.start.checked_sub(1).is_none_or(|before| {
        matches!(
            bytes[before],
            b' ' | b'\t' | b'\n' | b';' | b'&' | b'"' | b'\''
        )
    });
    let is_tight = at == name.end + 1 && bytes[name.end] == b'=';
    let length = plain(bytes, at, b";&")?;
    let ends_in_mark = matches!(bytes[..at + length].last(), Some(b',' | b':' | b'.'));
    (begins_word && is_tight && !ends_in_mark).then_some(length)
}

/// A value inside a longer text that the name begins or follows a mark in: a parameter of an
/// address, `?token=x&y=z`, a whole header or setting in quotes, `"X-Token: x"`, `"TOKEN=x"`, or a
/// default in braces, `${token:x}`.
fn enclosed(bytes: &[u8], at: usize, name: &Range<usize>) -> Option<usize> {
    let before = bytes[name.start.checked_sub(1)?];
    let is_parameter = matches!(before, b'?' | b'&') && bytes.get(name.end) == Some(&b'=');
    let is_setting =
        matches!(before, b'"' | b'\'') && matches!(bytes.get(name.end), Some(b':' | b'='));
    let rest = &bytes[at..bytes.len().min(at + LONGEST_REST)];
    let is_end = |byte: &u8| {
        // Some tokens have a bar in them, which ends a parameter all the same.
        let is_bar = *byte == b'|' && !is_setting;
        !byte.is_ascii_graphic() || is_bar || b"&\"'`<>()[]{}\\;,#".contains(byte)
    };
    let length = rest.iter().position(is_end).unwrap_or(rest.len());
    let closes = rest.get(length) == Some(&before);
    let is_default = bytes[..name.start].ends_with(b"${") && rest.get(length) == Some(&b'}');
    (is_parameter || is_default || is_setting && closes).then_some(length)
}

/// Says whether only indentation, a list dash, a comment sign or a word like `export` stands
/// before the name on its line.
fn begins_line(bytes: &[u8], name_start: usize) -> bool {
    let window = &bytes[name_start.saturating_sub(LONGEST_NAME)..name_start];
    let line = window
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(window, |at| &window[at + 1..]);
    let text = line.trim_ascii();
    // An entry of a list of names and values, as Kubernetes has it.
    let is_entry = text.ends_with(b"name:") || text.ends_with(b"Name:");
    is_entry
        || matches!(
            text,
            b"" | b"-"
                | b"#"
                | b"//"
                | b";"
                | b"*"
                | b"#!"
                | b"export"
                | b"set"
                | b"ENV"
                | b"ARG"
                | b"setenv"
                | b"setx"
                | b"declare"
                | b"local"
                | b"\""
                | b"'"
        )
}

#[cfg(test)]
mod tests;
