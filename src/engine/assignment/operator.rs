//! Operators: what stands between a name and its value in the usual languages.
//!
//! Owns their syntax, with type annotations and the brackets and quotes around names. Does not own
//! names or values.

use std::ops::Range;

use super::{LONGEST_BLOCK, LONGEST_GAP, blanks};
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
    at += blanks(&gap[at..]);
    let rest = &gap[at..];
    let (operator, width) = sign(rest)
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
        [b'=', b'>', ..] | [b'?' | b'+' | b'.', b'=', ..] => (Operator::Assign, 2),
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
    let word = rest
        .iter()
        .take(LONGEST_TYPE)
        .take_while(|byte| is_type(byte))
        .count();
    let end = word + blanks(&rest[word..]);
    let is_assigned = rest.get(end) == Some(&b'=') && rest.get(end + 1) != Some(&b'=');
    (word > 0 && end > word && is_assigned).then_some((Operator::Assign, end + 1))
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
