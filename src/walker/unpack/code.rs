//! Compiled code of Java and Python: the texts among its constants.
//!
//! Owns where texts begin and end there: the byte in front of one is its length, which may well look
//! like a letter, so that the text with it is another word.

use super::{Unpacker, slice, u16_be, u16_le, u32_le};

pub(super) fn is_class(bytes: &[u8]) -> bool {
    // Mach-O files for several processors begin the same; they name fewer of them than there are
    // versions of Java.
    bytes.starts_with(b"\xca\xfe\xba\xbe") && u16_be(bytes, 6).is_some_and(|major| major >= 45)
}

/// Reads the constants of a class (Java Virtual Machine Specification, section 4.4).
pub(super) fn class(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let mut text = Vec::new();
    let count = u16_be(bytes, 8).unwrap_or(0);
    let (mut at, mut number) = (10, 1);
    while number < count {
        let length = match bytes.get(at) {
            Some(1) => {
                let length = usize::from(u16_be(bytes, at + 1).unwrap_or(0));
                text.extend_from_slice(slice(bytes, at + 3, length));
                text.push(b'\n');
                3 + length
            }
            Some(3 | 4 | 9..=12 | 17 | 18) => 5,
            Some(5 | 6) => {
                number += 1;
                9
            }
            Some(7 | 8 | 16 | 19 | 20) => 3,
            Some(15) => 4,
            _ => {
                unpacker.damaged(address, "its constants are damaged", bytes.len() as u64);
                break;
            }
        };
        at += length;
        number += 1;
    }
    unpacker.text(address, "constants", &text);
    if at < bytes.len() {
        unpacker
            .visitor
            .member(&format!("{address}#code"), &bytes[at..]);
    }
}

/// Says whether this is a compiled module: the magic number of every version ends in `\r\n`.
pub(super) fn is_pyc(bytes: &[u8]) -> bool {
    bytes.get(2..4) == Some(b"\r\n")
        && matches!(u16_le(bytes, 0), Some(3_000..4_000 | 62_000..62_300))
}

/// Finds the texts of a marshalled module (`Python/marshal.c`) without following its objects, which
/// differ from version to version: a kind, a length, and as many bytes of text.
pub(super) fn pyc(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let (mut text, mut at) = (Vec::new(), 8);
    while at < bytes.len() {
        // The first bit of a kind says that the object is referred to.
        let (start, length) = match bytes[at] & 0x7f {
            b'z' | b'Z' => (at + 2, bytes.get(at + 1).map(|&length| usize::from(length))),
            b's' | b'u' | b't' | b'a' | b'A' => {
                (at + 5, u32_le(bytes, at + 1).map(|length| length as usize))
            }
            _ => (0, None),
        };
        let string = length.and_then(|length| bytes.get(start..start.checked_add(length)?));
        let is_text = |string: &&[u8]| {
            let is_control = |&byte: &u8| byte < b' ' && !byte.is_ascii_whitespace();
            !string.is_empty()
                && !string.iter().any(is_control)
                && std::str::from_utf8(string).is_ok()
        };
        match string.filter(is_text) {
            Some(string) => {
                text.extend_from_slice(string);
                text.push(b'\n');
                at = start + string.len();
            }
            None => at += 1,
        }
    }
    unpacker.text(address, "constants", &text);
}
