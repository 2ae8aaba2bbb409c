//! Operators: what stands between a name and its value in the usual languages.
//!
//! Owns their syntax, with type annotations and the brackets and quotes around names. Does not own
//! names or values.

use std::ops::Range;

use super::{LONGEST_BLOCK, LONGEST_GAP, LONGEST_REST, blanks};
use crate::engine::Operator;

/// Longest type between a name and `=`, as in `var token string = `, in bytes.
const LONGEST_TYPE: usize = 24;

/// Reads what stands between name and value: a closing quote or bracket, blanks, a type, the
/// operator, blanks. `before` is the byte before the name.
pub(super) fn operator_after(
    bytes: &[u8],
    from: usize,
    before: Option<u8>,
) -> Option<(Operator, usize)> {
    let gap = &bytes[from..bytes.len().min(from + LONGEST_GAP)];
    let mut at = 0;
    at += usize::from(gap.starts_with(b"\\"));
    let closing = gap.get(at).copied().filter(|byte| b"\"'`".contains(byte));
    at += usize::from(closing.is_some());
    at += usize::from(gap.get(at) == Some(&b']'));
    at += dimension(&gap[at..]);
    if let Some((operator, width)) = apart(&gap[at..]) {
        return Some((operator, from + at + width));
    }
    at += blanks(&gap[at..]);
    let rest = &gap[at..];
    let (operator, width) = default(rest)
        .filter(|_| before == Some(b'{'))
        .or_else(|| sign(rest))
        .or_else(|| pair(rest).filter(|_| before == Some(b'{') && closing.is_none()))
        .or_else(|| command(rest, bytes, from).filter(|_| closing.is_none()))
        .or_else(|| typed(rest))
        .or_else(|| argument(rest).filter(|_| closing.is_some() && closing == before))
        .or_else(|| option(rest, bytes, from).filter(|_| closing.is_none()))?;
    at += width;
    let gap = gap.get(at..)?;
    // An element may hold its text on a line of its own.
    let blank = if operator == Operator::Element {
        gap.iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count()
    } else {
        blanks(gap)
    };
    Some((operator, from + at + blank))
}

/// The place of the default of a variable of Terraform: `variable "name" { default = `.
pub(super) fn default_of_variable(bytes: &[u8], name: &Range<usize>) -> Option<(Operator, usize)> {
    let declaration = b"variable \"";
    let first = name.start.checked_sub(declaration.len())?;
    let rest = bytes[name.end..].strip_prefix(b"\"")?.trim_ascii_start();
    let block = rest.strip_prefix(b"{")?;
    let start = bytes.len() - block.len();
    if &bytes[first..name.start] != declaration || start > name.end + LONGEST_GAP {
        return None;
    }
    let block = &block[..block.len().min(LONGEST_BLOCK)];
    let block = &block[..memchr::memchr(b'}', block).unwrap_or(block.len())];
    let word = b"default";
    let after = memchr::memmem::find(block, word)? + word.len();
    let sign = after + blanks(&block[after..]);
    let value = sign + 1 + blanks(block.get(sign + 1..)?);
    (block[sign] == b'=').then_some((Operator::Assign, start + value))
}

/// A value that the text names elsewhere than beside its name: `name: DB_PASSWORD` and `value: x` on
/// the next line, `"name": "password", "value": "x"`, `<key>password</key>` and `<string>x</string>`; with the width up to the value.
fn apart(gap: &[u8]) -> Option<(Operator, usize)> {
    let space = |text: &[u8]| {
        text.iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count()
    };
    if let Some(rest) = gap.strip_prefix(b"</key>") {
        let rest = &rest[space(rest)..];
        let rest = rest.strip_prefix(b"<string>")?;
        return Some((Operator::Element, gap.len() - rest.len()));
    }
    let rest = gap.strip_prefix(b",").unwrap_or(gap);
    let is_member = rest.len() < gap.len();
    let blank = space(rest);
    let is_below = rest[..blank].contains(&b'\n');
    let rest = &rest[blank..];
    let quote = rest.first().filter(|byte| b"\"'".contains(byte));
    if !is_below && (!is_member || quote.is_none()) {
        return None;
    }
    let rest = &rest[usize::from(quote.is_some())..];
    let rest = rest
        .strip_prefix(b"value")
        .or_else(|| rest.strip_prefix(b"Value"))?;
    let rest = match quote {
        Some(&quote) => rest.strip_prefix(&[quote])?,
        None => rest,
    };
    let rest = &rest[blanks(rest)..];
    let rest = rest
        .strip_prefix(b":")
        .or_else(|| rest.strip_prefix(b"="))?;
    let rest = &rest[blanks(rest)..];
    Some((Operator::Colon, gap.len() - rest.len()))
}

/// The default of a variable in braces: `${TOKEN:-x}`, `${token:x}` of Spring.
fn default(rest: &[u8]) -> Option<(Operator, usize)> {
    match rest {
        [b':', b'-' | b'=', ..] => Some((Operator::Assign, 2)),
        [b':', ..] => Some((Operator::Assign, 1)),
        _ => None,
    }
}

/// The other half of a pair in braces, as Erlang has it: `{password, "x"}`.
fn pair(rest: &[u8]) -> Option<(Operator, usize)> {
    let blank = blanks(rest.strip_prefix(b",")?);
    (rest.get(1 + blank) == Some(&b'"')).then_some((Operator::Assign, 1))
}

/// What begins a line that gives its name the value after a blank.
const COMMANDS: &[&[u8]] = &[
    b"set",
    b"(setq",
    b"(setf",
    b"(def",
    b"(defvar",
    b"(defparameter",
    b"(defconst",
];

/// The value after a blank that a command or a keyword of Lisp gives: `ENV TOKEN x`,
/// `(setq token "x")`, `:token "x"`.
fn command(rest: &[u8], bytes: &[u8], from: usize) -> Option<(Operator, usize)> {
    if !matches!(bytes.get(from), Some(b' ' | b'\t')) {
        return None;
    }
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let name = bytes[..from]
        .iter()
        .rev()
        .take(2 * LONGEST_GAP)
        .take_while(is_name)
        .count();
    let before = &bytes[(from - name).saturating_sub(LONGEST_GAP)..from - name];
    let line = before.rsplit(|byte| *byte == b'\n').next()?.trim_ascii();
    let is_quoted = matches!(rest.first(), Some(b'"' | b'\''));
    let gives = line == b"ENV"
        || line.eq_ignore_ascii_case(b"setx")
        || is_quoted && (line.ends_with(b":") || COMMANDS.contains(&line))
        || is_quoted && line.is_empty() && ends_line(bytes[from..].trim_ascii_start());
    gives.then_some((Operator::Assign, 0))
}

/// Says whether a text in quotes is all that is left of its line, as in the blocks of Gradle.
fn ends_line(rest: &[u8]) -> bool {
    let line = rest.iter().take(LONGEST_REST);
    let length = line.take_while(|byte| !b"\r\n".contains(byte)).count();
    match rest[..length].trim_ascii_end() {
        [open, inside @ .., close] => open == close && !inside.contains(open),
        _ => false,
    }
}

/// The width of the brackets of an array in C, `[]` or `[32]`.
fn dimension(rest: &[u8]) -> usize {
    let Some(inside) = rest.strip_prefix(b"[") else {
        return 0;
    };
    let is_size = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let size = inside.iter().take(LONGEST_TYPE).take_while(is_size).count();
    if inside.get(size) == Some(&b']') {
        size + 2
    } else {
        0
    }
}

/// An operator with its width.
fn sign(rest: &[u8]) -> Option<(Operator, usize)> {
    let colons = rest.iter().take_while(|&&byte| byte == b':').count();
    Some(match rest {
        [b'=' | b'!', b'=', b'=', ..] => (Operator::Compare, 3),
        [b'=' | b'!', b'=', ..] => (Operator::Compare, 2),
        [b'=', b'>', ..] | [b'?' | b'+' | b'.', b'=', ..] | [b'<', b'-', b' ', ..] => {
            (Operator::Assign, 2)
        }
        // A default where nothing was assigned before, in Ruby, PHP and Perl.
        [b'|', b'|', b'=', ..] | [b'?', b'?', b'=', ..] | [b'/', b'/', b'=', ..] => {
            (Operator::Assign, 3)
        }
        // An optional member in TypeScript.
        [b'?', b':', ..] => (Operator::Assign, 2 + annotation(&rest[2..])?),
        [b'{', b'"', ..] => (Operator::Call, 1),
        [b'=', ..] => (Operator::Assign, 1),
        _ if colons > 0 && rest.get(colons) == Some(&b'=') => (Operator::Assign, colons + 1),
        [b':', b':', ..] => return None,
        [b':', ..] => match annotation(&rest[1..]) {
            Some(width) => (Operator::Assign, 1 + width),
            None => (Operator::Colon, 1),
        },
        [b'(', ..] => (Operator::Call, 1),
        [b'>', ..] => (Operator::Element, 1),
        _ => return None,
    })
}

/// A type and `=` after a name, as in Go: `string = `.
fn typed(rest: &[u8]) -> Option<(Operator, usize)> {
    let is_type = |byte: &u8| byte.is_ascii_alphanumeric() || b"*[].".contains(byte);
    // Basic has it as two words.
    let basic = rest.strip_prefix(b"As ").map_or(0, |_| 3);
    let rest = &rest[basic..];
    let word = rest
        .iter()
        .take(LONGEST_TYPE)
        .take_while(|byte| is_type(byte))
        .count();
    let end = word + blanks(&rest[word..]);
    let is_assigned = rest.get(end) == Some(&b'=') && rest.get(end + 1) != Some(&b'=');
    (word > 0 && end > word && is_assigned).then_some((Operator::Assign, basic + end + 1))
}

/// The next argument of a call whose argument the quoted name is, as in
/// `setProperty("name", "value")`, or the other half of an XML pair: `key="name" value="value"`.
fn argument(rest: &[u8]) -> Option<(Operator, usize)> {
    let value = b"value=";
    if rest.len() >= value.len() && rest[..value.len()].eq_ignore_ascii_case(value) {
        return Some((Operator::Assign, value.len()));
    }
    let blank = blanks(rest.get(1..)?);
    let is_quoted = rest
        .get(1 + blank)
        .is_some_and(|byte| b"\"'`".contains(byte));
    (rest[0] == b',' && is_quoted).then_some((Operator::Argument, 1))
}

/// The value of an option of a command, as in `--password value`; `from` is the end of the name.
fn option(rest: &[u8], bytes: &[u8], from: usize) -> Option<(Operator, usize)> {
    let is_blank = from.checked_sub(1).is_some() && bytes.get(from) == Some(&b' ');
    let starts = rest
        .first()
        .is_some_and(|byte| byte.is_ascii_graphic() && *byte != b'-');
    (is_blank && starts).then_some((Operator::Option, 0))
}

/// The width of a type annotation with its `=`, as in `: str = `, after the colon.
fn annotation(bytes: &[u8]) -> Option<usize> {
    let start = blanks(bytes);
    let word = bytes[start..]
        .iter()
        .take_while(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'_' | b'&' | b'\'' | b'<' | b'>' | b'[' | b']' | b'|' | b'?'
                )
        })
        .count();
    if word == 0 || !bytes[start].is_ascii_alphabetic() && bytes[start] != b'&' {
        return None;
    }
    let end = start + word + blanks(&bytes[start + word..]);
    let value = end + 1 + blanks(bytes.get(end + 1..)?);
    // Without a value after it the `=` belongs to the text before: padding of base64, say.
    let is_value = bytes
        .get(value)
        .is_some_and(|&byte| !matches!(byte, b'=' | b'\n' | b'\r'));
    (bytes[end] == b'=' && is_value).then_some(end + 1)
}
