//! Content: what kind of bytes a file or blob holds, and text as UTF-8.
//!
//! Owns the decision text, binary or not worth searching, and the decoding of UTF-16 and
//! UTF-32. Does not own reading or searching. Decisions look at the first bytes only; names play no part.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::SkipReason;

/// How many bytes decide whether content is text; git looks at as many.
const HEAD: usize = 8_000;
/// How many bytes decide whether text without a byte order mark is UTF-16.
const UTF_16_HEAD: usize = 512;
/// Text with stray control bytes has at most one in this many.
const TEXT_PER_CONTROL: usize = 50;
/// Text with stray control bytes has at most one byte in this many that is not UTF-8.
const TEXT_PER_INVALID: usize = 20;
/// A Git LFS pointer is smaller than this, by the specification of Git LFS.
const LFS_POINTER_LIMIT: usize = 1_024;
/// The first line of a Git LFS pointer, by the same source.
const LFS_VERSION: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// Bytes as a search wants them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading<'a> {
    /// Text without a byte order mark: as it was, or decoded to UTF-8.
    Text(Cow<'a, [u8]>),
    /// Data that is no text but may hold plain strings.
    Binary(&'a [u8]),
    /// Nothing to search, and why.
    Skip(SkipReason),
}

/// Says what `bytes`, a whole file or blob, are.
pub(super) fn read(bytes: &[u8]) -> Reading<'_> {
    if bytes.len() < LFS_POINTER_LIMIT && bytes.starts_with(LFS_VERSION) {
        return Reading::Skip(SkipReason::LfsPointer);
    }
    // The mark of UTF-32 starts with that of UTF-16.
    if let Some(text) = bytes.strip_prefix(b"\xff\xfe\0\0") {
        return decode_utf_32(u32::from_le_bytes, text);
    }
    if let Some(text) = bytes.strip_prefix(b"\0\0\xfe\xff") {
        return decode_utf_32(u32::from_be_bytes, text);
    }
    if let Some(text) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return plain(text);
    }
    if let Some(text) = bytes.strip_prefix(b"\xff\xfe") {
        return decode(UTF_16LE, text);
    }
    if let Some(text) = bytes.strip_prefix(b"\xfe\xff") {
        return decode(UTF_16BE, text);
    }
    plain(bytes)
}

fn plain(bytes: &[u8]) -> Reading<'_> {
    if is_container(bytes) && !is_plain_text(bytes) {
        return Reading::Skip(SkipReason::Binary);
    }
    if memchr::memchr(0, head(bytes)).is_none() {
        return Reading::Text(Cow::Borrowed(bytes));
    }
    match guess_utf_16(bytes) {
        Some(encoding) => decode(encoding, bytes),
        None if is_mostly_text(head(bytes)) => Reading::Text(Cow::Borrowed(bytes)),
        None => Reading::Binary(bytes),
    }
}

/// Says whether `head` is text but for a few stray bytes: one NUL in a file hides nothing.
fn is_mostly_text(head: &[u8]) -> bool {
    let controls = head.iter().filter(|&&byte| is_control(byte)).count();
    let invalid: usize = head.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    controls * TEXT_PER_CONTROL <= head.len() && invalid * TEXT_PER_INVALID <= head.len()
}

/// Says whether a byte is a control character that has no place in text.
fn is_control(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | b'\x0c' | b'\x1b')
}

fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(HEAD)]
}

fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Reading<'static> {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    Reading::Text(Cow::Owned(text.into_owned().into_bytes()))
}

/// Decodes UTF-32 without its mark; `order` reads one unit.
fn decode_utf_32(order: fn([u8; 4]) -> u32, bytes: &[u8]) -> Reading<'static> {
    let (units, rest) = bytes.as_chunks();
    let mut text: String = units
        .iter()
        .map(|&unit| char::from_u32(order(unit)).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    Reading::Text(Cow::Owned(text.into_bytes()))
}

/// Recognises UTF-16 without a byte order mark: most units are printable ASCII with the zero
/// byte always on the same side.
fn guess_utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let (mut little, mut big, mut units) = (0, 0, 0);
    for unit in bytes[..bytes.len().min(UTF_16_HEAD)].chunks_exact(2) {
        units += 1;
        match *unit {
            [low, 0] if is_printable(low) => little += 1,
            [0, low] if is_printable(low) => big += 1,
            _ => {}
        }
    }
    let most = |count: usize| units >= 2 && count * 10 >= units * 7;
    if most(little) && big == 0 {
        Some(UTF_16LE)
    } else if most(big) && little == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n')
}

/// Says whether the head is UTF-8 without NUL: such bytes are searched whatever their first
/// few look like, so that a false magic number hides nothing.
fn is_plain_text(bytes: &[u8]) -> bool {
    let head = head(bytes);
    let is_text = match std::str::from_utf8(head) {
        Ok(_) => true,
        // A character cut in two by the end of the head is no fault.
        Err(error) => error.error_len().is_none() && head.len() < bytes.len(),
    };
    is_text && memchr::memchr(0, head).is_none()
}

/// Says whether the first bytes are those of a compressed, media or font format. Magic numbers
/// from the specification of each format.
fn is_container(bytes: &[u8]) -> bool {
    const MAGIC: &[&[u8]] = &[
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF87a",
        b"GIF89a",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"PK\x07\x08",
        b"\x1f\x8b\x08",
        b"BZh",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
        b"7z\xbc\xaf\x27\x1c",
        b"%PDF-",
        b"wOFF",
        b"wOF2",
        b"OTTO\0",
        b"ttcf\0",
        b"\0\x01\0\0\0",
        b"ID3",
        b"\xff\xfb",
        b"\xff\xf3",
        b"\xff\xf2",
        b"OggS",
        b"\0\0\x01\0",
    ];
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
        || bytes.get(4..8) == Some(b"ftyp")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        match read(bytes) {
            Reading::Text(text) => String::from_utf8(text.into_owned()).unwrap(),
            other => panic!("not text: {other:?}"),
        }
    }

    fn utf_16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn utf_16_is_decoded_with_and_without_a_mark() {
        let words = "key = süß\r\nnext line\r\n";
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_eq!(text(&utf_16(words, order)), words);
            assert_eq!(text(&utf_16(&format!("\u{feff}{words}"), order)), words);
        }
    }

    #[test]
    fn text_is_borrowed_and_loses_only_its_mark() {
        assert_eq!(
            read(b"\xe9t\xe9"),
            Reading::Text(Cow::Borrowed(b"\xe9t\xe9"))
        );
        assert_eq!(text(b"\xef\xbb\xbfabc"), "abc");
        assert_eq!(text(b""), "");
    }

    #[test]
    fn data_with_nul_is_binary() {
        let wide: Vec<u8> = "abcd"
            .chars()
            .flat_map(|c| u32::from(c).to_le_bytes())
            .collect();
        for data in [
            b"\x7fELF\x02\x01\x01\0abc".as_slice(),
            b"SQLite format 3\0",
            &wide,
        ] {
            assert_eq!(read(data), Reading::Binary(data));
        }
    }

    #[test]
    fn utf_32_with_a_mark_is_decoded() {
        for order in [u32::to_le_bytes, u32::to_be_bytes] {
            let units = |text: &str| -> Vec<u8> {
                text.chars().flat_map(|c| order(u32::from(c))).collect()
            };
            assert_eq!(text(&units("\u{feff}süß 😀\n")), "süß 😀\n");
            let odd = [units("\u{feff}a"), order(0xd800).to_vec(), vec![b'b']].concat();
            assert_eq!(text(&odd), "a\u{fffd}\u{fffd}");
        }
    }

    #[test]
    fn a_few_stray_bytes_do_not_make_text_binary() {
        let line = "name = value # and a few more words\n".repeat(4);
        for stray in [b"\0".as_slice(), b"\0\x07", b"\0\xe9\xe9\xe9"] {
            let data = [stray, line.as_bytes()].concat();
            assert_eq!(read(&data), Reading::Text(Cow::Borrowed(&data)));
        }
        for stray in [
            b"\0\x01\x02".as_slice(),
            b"\0\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9",
        ] {
            let data = [stray, line.as_bytes()].concat();
            assert_eq!(read(&data), Reading::Binary(&data));
        }
    }

    #[test]
    fn containers_are_skipped_but_a_false_magic_number_is_not() {
        for data in [
            b"\x89PNG\r\n\x1a\n\0\0".as_slice(),
            b"PK\x03\x04\x14\0",
            b"\0\0\0\x20ftypmp42\0",
        ] {
            assert_eq!(read(data), Reading::Skip(SkipReason::Binary));
        }
        assert_eq!(text(b"GIF89a = 1\nBZh"), "GIF89a = 1\nBZh");
    }

    #[test]
    fn lfs_pointers_are_named() {
        let pointer = [LFS_VERSION, b"oid sha256:00\nsize 3\n"].concat();
        assert_eq!(read(&pointer), Reading::Skip(SkipReason::LfsPointer));
        let long = [pointer, vec![b'a'; 2_000]].concat();
        assert!(matches!(read(&long), Reading::Text(_)));
    }
}
