//! Ways tokens write bytes and numbers as text.
//!
//! Owns a base64 reader that takes either alphabet, numbers in any base, and dates for
//! people. Does not own what the bytes mean.

use std::sync::LazyLock;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, Encoding, Specification};
use jiff::Timestamp;

pub(super) const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(super) const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Reads both base64 alphabets and does not mind bits left over in the last character.
static EITHER_BASE64: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    specification.translate.from.push_str("-_");
    specification.translate.to.push_str("+/");
    specification.check_trailing_bits = false;
    // The fallback is stricter, never wrong: the specification above is a constant.
    specification.encoding().unwrap_or(BASE64_NOPAD)
});

/// Reads base64 of either alphabet, with or without padding.
pub(super) fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    EITHER_BASE64.decode(trim_padding(text)).ok()
}

/// Writes base64 of the URL alphabet without padding.
pub(super) fn encode_base64url(bytes: &[u8]) -> Vec<u8> {
    BASE64URL_NOPAD.encode(bytes).into_bytes()
}

/// Gives the text without `=` at its end.
pub(super) fn trim_padding(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .rposition(|&byte| byte != b'=')
        .map_or(0, |last| last + 1);
    &text[..end]
}

/// Tells whether a byte belongs to either base64 alphabet, padding left out.
pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Writes a number in the base the alphabet has letters for, filled up on the left with its
/// first letter to at least `width` characters.
pub(super) fn encode_number(mut value: u64, alphabet: &[u8], width: usize) -> Vec<u8> {
    let base = alphabet.len() as u64;
    let mut digits = Vec::with_capacity(width);
    while value > 0 || digits.len() < width {
        digits.push(alphabet[(value % base) as usize]);
        value /= base;
    }
    digits.reverse();
    digits
}

/// Writes the day of a time in Unix seconds, as in `2021-03-04`.
pub(super) fn day(seconds: i64) -> Option<String> {
    let time = Timestamp::from_second(seconds).ok()?;
    Some(time.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_alphabets_and_stray_bits() {
        assert_eq!(decode_base64(b"-_8"), Some(vec![0xfb, 0xff]));
        assert_eq!(decode_base64(b"+/8="), Some(vec![0xfb, 0xff]));
        assert_eq!(decode_base64(b"+/9="), Some(vec![0xfb, 0xff]));
        assert_eq!(decode_base64(b"a b"), None);
        assert_eq!(decode_base64(b"===="), Some(Vec::new()));
    }

    #[test]
    fn writes_numbers_with_leading_zeros() {
        assert_eq!(encode_number(61, BASE62, 3), b"00z");
        assert_eq!(encode_number(36 * 36, BASE36, 2), b"100");
    }

    #[test]
    fn writes_days() {
        assert_eq!(day(0).as_deref(), Some("1970-01-01"));
        assert_eq!(day(i64::MAX), None);
    }
}
