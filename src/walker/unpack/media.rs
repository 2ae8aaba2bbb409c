//! Pictures and sound: the text that stands beside the pixels.
//!
//! Owns the parts that hold text of PNG (third edition of W3C), JPEG (ITU T.81, Exif 3.0), GIF (89a)
//! and RIFF (`WebP`, WAVE, AVI). Pixels and sound are not read, and said to be.

use super::{Unpacker, slice, strings, u16_be, u32_be, u32_le};
use crate::walker::SkipReason;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What a picture holds beside its pixels.
#[derive(Default)]
struct Beside {
    text: Vec<u8>,
    /// How many bytes are pixels, sound or tables for them.
    unread: u64,
    /// What stands behind the end of the picture.
    rest: usize,
}

impl Beside {
    fn push(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
        self.text.push(b'\n');
    }

    fn hand_over(self, unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
        unpacker.text(address, "text", &self.text);
        unpacker.skip(SkipReason::Pixels, address, self.unread);
        let rest = slice(bytes, self.rest, bytes.len());
        if self.rest > 0 && rest.iter().any(|&byte| byte != 0) {
            unpacker.visit(&format!("{address}#rest"), rest);
        }
    }
}

pub(super) fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(PNG)
}

pub(super) fn png(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let (mut at, mut beside) = (PNG.len(), Beside::default());
    while let Some(length) = u32_be(bytes, at) {
        let (kind, body) = (
            slice(bytes, at + 4, 4),
            slice(bytes, at + 8, length as usize),
        );
        match kind {
            b"IDAT" | b"PLTE" | b"fdAT" => beside.unread += body.len() as u64,
            b"tEXt" => beside.push(&spaced(body)),
            b"zTXt" => {
                let end = memchr::memchr(0, body).unwrap_or(body.len());
                beside.push(&body[..end]);
                beside.push(&inflate(
                    unpacker,
                    address,
                    slice(body, end + 2, body.len()),
                ));
            }
            b"iTXt" => beside.push(&international(unpacker, address, body)),
            b"iCCP" => {
                let end = memchr::memchr(0, body).unwrap_or(body.len());
                let profile = inflate(unpacker, address, slice(body, end + 2, body.len()));
                beside.push(&strings::all(&profile));
            }
            // Exif and whatever a program keeps for itself.
            _ => beside.push(&strings::all(body)),
        }
        at = (at + 12).saturating_add(length as usize);
        if kind == b"IEND" {
            beside.rest = at.min(bytes.len());
            break;
        }
    }
    if beside.rest == 0 {
        unpacker.damaged(address, "it is cut", 0);
    }
    beside.hand_over(unpacker, address, bytes);
}

/// A key and a text as an assignment.
fn spaced(body: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = body.splitn(2, |&byte| byte == 0).collect();
    parts.join(&b": "[..])
}

/// A text in UTF-8: key, flags, language, translated key, and the text, which may be packed.
fn international(unpacker: &mut Unpacker<'_>, address: &str, body: &[u8]) -> Vec<u8> {
    let mut parts = body.splitn(2, |&byte| byte == 0);
    let (key, rest) = (parts.next(), parts.next().unwrap_or_default());
    let is_packed = rest.first() == Some(&1);
    let mut parts = slice(rest, 2, rest.len()).splitn(3, |&byte| byte == 0);
    let (_, translated, text) = (parts.next(), parts.next(), parts.next());
    let text = text.unwrap_or_default();
    let text = if is_packed {
        inflate(unpacker, address, text)
    } else {
        text.to_vec()
    };
    [
        key.unwrap_or_default(),
        translated.unwrap_or_default(),
        &text,
    ]
    .join(&b": "[..])
}

fn inflate(unpacker: &mut Unpacker<'_>, address: &str, packed: &[u8]) -> Vec<u8> {
    let decoder = flate2::bufread::ZlibDecoder::new(packed);
    let (text, end) = unpacker.read(packed.len() as u64, decoder);
    unpacker.note(&end, &format!("{address}#text"), packed.len() as u64);
    text
}

pub(super) fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xd8\xff")
}

pub(super) fn jpeg(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let (mut at, mut beside) = (2, Beside::default());
    loop {
        // Pixels go on to the next mark that is no stuffing and no restart.
        let found = memchr::memchr_iter(0xff, bytes.get(at..).unwrap_or_default())
            .map(|place| at + place)
            .find(|place| !matches!(bytes.get(place + 1), Some(0 | 0xff | 0xd0..=0xd7)));
        let Some(mark) = found.filter(|mark| mark + 1 < bytes.len()) else {
            unpacker.damaged(address, "it is cut", 0);
            break;
        };
        beside.unread += (mark - at) as u64;
        if bytes[mark + 1] == 0xd9 {
            beside.rest = mark + 2;
            break;
        }
        let length = u16_be(bytes, mark + 2).map_or(2, usize::from).max(2);
        let body = slice(bytes, mark + 4, length - 2);
        match bytes[mark + 1] {
            0xfe => beside.push(body),
            0xe0..=0xef => {
                // The packet of XMP is text as it is.
                if body.starts_with(b"http://ns.adobe.com/") {
                    beside.push(&body.replace_nul());
                } else {
                    beside.push(&strings::all(body));
                }
            }
            _ => beside.unread += body.len() as u64,
        }
        at = mark + 2 + length;
    }
    beside.hand_over(unpacker, address, bytes);
}

trait ReplaceNul {
    fn replace_nul(&self) -> Vec<u8>;
}

impl ReplaceNul for [u8] {
    fn replace_nul(&self) -> Vec<u8> {
        let replace = |&byte: &u8| if byte == 0 { b'\n' } else { byte };
        self.iter().map(replace).collect()
    }
}

pub(super) fn is_gif(bytes: &[u8]) -> bool {
    (bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a"))
        && bytes.len() > 13
        && bytes[..13].contains(&0)
}

pub(super) fn gif(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let table = |flags: u8| {
        if flags & 0x80 == 0 {
            0
        } else {
            3 << ((flags & 7) + 1)
        }
    };
    let mut beside = Beside::default();
    let mut at = 13 + table(bytes[10]);
    while let Some(&kind) = bytes.get(at) {
        let (is_text, start) = match kind {
            0x21 => (bytes.get(at + 1) != Some(&0xf9), at + 2),
            0x2c => (
                false,
                at + 11 + table(bytes.get(at + 9).copied().unwrap_or(0)),
            ),
            _ => {
                beside.rest = at + 1;
                break;
            }
        };
        let (mut text, mut block) = (Vec::new(), start);
        while let Some(&length) = bytes.get(block).filter(|&&length| length > 0) {
            text.extend_from_slice(slice(bytes, block + 1, usize::from(length)));
            block += 1 + usize::from(length);
        }
        if is_text {
            beside.push(&strings::all(&text));
        } else {
            beside.unread += text.len() as u64;
        }
        at = block + 1;
    }
    beside.hand_over(unpacker, address, bytes);
}

pub(super) fn is_riff(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.len() > 12 && bytes[4..12].iter().any(|&byte| byte < b' ')
}

/// Reads the chunks of RIFF; those with pixels and sound have names that are known.
pub(super) fn riff(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let (mut at, mut beside) = (12, Beside::default());
    while let Some(length) = u32_le(bytes, at + 4) {
        let (kind, body) = (slice(bytes, at, 4), slice(bytes, at + 8, length as usize));
        match kind {
            b"VP8 " | b"VP8L" | b"ANMF" | b"ALPH" | b"data" => beside.unread += body.len() as u64,
            b"XMP " => beside.push(body),
            b"LIST" if body.starts_with(b"movi") => beside.unread += body.len() as u64,
            _ => beside.push(&strings::all(body)),
        }
        at = (at + 8).saturating_add((length as usize).next_multiple_of(2));
    }
    beside.hand_over(unpacker, address, bytes);
}

/// Magic numbers of sound, film, and pictures that have no reader here.
pub(super) fn is_media(bytes: &[u8]) -> bool {
    const MAGIC: &[&[u8]] = &[
        b"ID3\x02",
        b"ID3\x03",
        b"ID3\x04",
        b"\xff\xfb",
        b"\xff\xf3",
        b"\xff\xf2",
        b"OggS\0",
        b"fLaC\0",
        b"\0\0\x01\0",
        b"\0\0\x02\0",
        b"II*\0",
        b"MM\0*",
        b"\x1aE\xdf\xa3",
        b"8BPS\0\x01",
        b"FLV\x01",
    ];
    let is_bitmap = bytes.starts_with(b"BM") && u32_le(bytes, 6) == Some(0);
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
        || is_bitmap
        || (bytes.get(4..8) == Some(b"ftyp") && bytes[0] == 0)
}

/// Strings of the whole; the rest is pixels and sound.
pub(super) fn media(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let beside = Beside {
        text: strings::all(bytes),
        unread: bytes.len() as u64,
        rest: 0,
    };
    beside.hand_over(unpacker, address, bytes);
}

/// Says whether a file is a font whose tables are not packed (ISO/IEC 14496-22).
pub(super) fn is_font(bytes: &[u8]) -> bool {
    let is_head = |magic: &[u8]| bytes.starts_with(magic);
    is_head(b"\0\x01\0\0\0") || is_head(b"OTTO\0") || is_head(b"true\0") || is_head(b"ttcf\0")
}

/// Names and licences of a font; the rest is outlines.
pub(super) fn font(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    unpacker.text(address, "strings", &strings::all(bytes));
}
