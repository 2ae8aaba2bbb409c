//! Streams: one compressed file without a list of members.
//!
//! Owns gzip (RFC 1952), zlib (RFC 1950), bzip2, xz (its file format 1.2.1), lzma, lzip, zstd
//! (RFC 8878) and lz4 frames. Each may be several streams one after the other. Does not own the
//! decoders.

use std::io::Read;

use flate2::bufread::{GzDecoder, ZlibDecoder};
use lz4_flex::frame::FrameDecoder as Lz4;
use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::delta::DeltaReader;
use lzma_rust2::{Lzma2Reader, LzmaReader};
use ruzstd::decoding::StreamingDecoder;

use super::budget::End;
use super::{Unpacker, git, recognise, slice, u32_le, u64_le};

/// Endings of names that what a stream unfolds to does not have.
const ENDINGS: &str = ".gz .bz2 .xz .lzma .lz .zst .zstd .lz4 .sz .zz .z .Z";

impl Unpacker<'_> {
    /// Hands over what streams one after the other unfold to; `next` reads one and says how many
    /// bytes it took.
    fn streams(
        &mut self,
        address: &str,
        bytes: &[u8],
        is_start: fn(&[u8]) -> bool,
        next: impl Fn(&mut Self, &[u8]) -> (Vec<u8>, End, usize),
    ) {
        let (mut whole, mut rest) = (Vec::new(), bytes);
        let mut last = End::Whole;
        while is_start(rest) && last == End::Whole {
            if !self.budget.count() {
                last = End::Limit;
                break;
            }
            let (part, end, used) = next(self, rest);
            if whole.is_empty() {
                whole = part;
            } else {
                whole.extend_from_slice(&part);
            }
            rest = &rest[used.clamp(1, rest.len())..];
            last = end;
        }
        self.stream(address, &whole, &last, rest.len() as u64);
        drop(whole);
        // Padding is no content; anything else behind the last stream is.
        if last == End::Whole && rest.iter().any(|&byte| byte != 0) {
            self.visit(&format!("{address}#rest"), rest);
        }
    }

    /// Hands over what a stream unfolded to, its one member. A tar archive is one level with it:
    /// nobody thinks of two.
    pub(super) fn stream(&mut self, address: &str, whole: &[u8], end: &End, missing: u64) {
        let name = format!("{}{address}", self.name);
        let name = name.rsplit('/').next().unwrap_or_default();
        let mut endings = ENDINGS.split(' ');
        let stem = endings.find_map(|ending| name.strip_suffix(ending));
        let stem = stem.filter(|stem| !stem.is_empty()).unwrap_or("data");
        let member = super::join(address, stem.as_bytes());
        if self.depth < self.budget.limits.depth
            && let Some(format) = recognise(whole).filter(|format| format.is_listing)
        {
            self.open(format, address, whole);
        } else if !whole.is_empty() || *end == End::Whole {
            self.visit(&member, whole);
        }
        self.note(end, &member, missing);
    }
}

pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1f\x8b\x08")
}

pub(super) fn gzip(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let decoder = GzDecoder::new(bytes);
    if let Some(head) = decoder.header() {
        let texts = [head.filename(), head.comment(), head.extra()];
        let texts: Vec<&[u8]> = texts.into_iter().flatten().collect();
        unpacker.text(address, "head", &texts.join(&b'\n'));
    }
    unpacker.streams(address, bytes, is_gzip, |unpacker, rest| {
        let mut decoder = GzDecoder::new(rest);
        let (part, end) = unpacker.read(rest.len() as u64, &mut decoder);
        (part, end, rest.len() - decoder.get_ref().len())
    });
}

/// The first two bytes of zlib are a multiple of 31; with the usual window there are four.
pub(super) fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..])
}

pub(super) fn zlib(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let mut decoder = ZlibDecoder::new(bytes);
    let (part, end) = unpacker.read(bytes.len() as u64, &mut decoder);
    if git::loose(unpacker, address, &part) {
        unpacker.note(&end, address, bytes.len() as u64);
    } else if !part.is_empty() {
        unpacker.stream(address, &part, &end, bytes.len() as u64);
    }
}

pub(super) fn is_bzip2(bytes: &[u8]) -> bool {
    bytes.starts_with(b"BZh")
        && bytes.get(3).is_some_and(u8::is_ascii_digit)
        && matches!(
            bytes.get(4..10),
            Some(b"\x31\x41\x59\x26\x53\x59" | b"\x17\x72\x45\x38\x50\x90")
        )
}

pub(super) fn bzip2(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    unpacker.streams(address, bytes, is_bzip2, |unpacker, rest| {
        let mut decoder = bzip2::bufread::BzDecoder::new(rest);
        let (part, end) = unpacker.read(rest.len() as u64, &mut decoder);
        (part, end, decoder.total_in() as usize)
    });
}

pub(super) fn is_zstd(bytes: &[u8]) -> bool {
    is_zstd_frame(bytes) || is_skippable(bytes)
}

fn is_zstd_frame(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x28\xb5\x2f\xfd")
}

/// Frames of zstd and lz4 that hold data of a program.
fn is_skippable(bytes: &[u8]) -> bool {
    u32_le(bytes, 0).is_some_and(|magic| magic & 0xffff_fff0 == 0x184d_2a50)
        && skippable(bytes) <= bytes.len()
}

fn skippable(bytes: &[u8]) -> usize {
    8 + u32_le(bytes, 4).unwrap_or(0) as usize
}

pub(super) fn zstd(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    unpacker.streams(address, bytes, is_zstd, |unpacker, rest| {
        if is_skippable(rest) {
            let used = skippable(rest);
            return (slice(rest, 8, used - 8).to_vec(), End::Whole, used);
        }
        let mut source = rest;
        let (part, end) = read_zstd(unpacker, &mut source);
        (part, end, rest.len() - source.len())
    });
}

/// Reads one frame and leaves what is behind it.
pub(super) fn read_zstd(unpacker: &mut Unpacker<'_>, source: &mut &[u8]) -> (Vec<u8>, End) {
    let packed = source.len() as u64;
    match StreamingDecoder::new(source) {
        Ok(decoder) => unpacker.read(packed, decoder),
        Err(error) => (Vec::new(), End::Damaged(error.to_string())),
    }
}

pub(super) fn is_lz4(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x04\x22\x4d\x18")
}

pub(super) fn lz4(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let is_start = |rest: &[u8]| is_lz4(rest) || is_skippable(rest);
    unpacker.streams(address, bytes, is_start, read_lz4);
}

/// Reads one frame; gives how many bytes it has.
fn read_lz4(unpacker: &mut Unpacker<'_>, rest: &[u8]) -> (Vec<u8>, End, usize) {
    if is_skippable(rest) {
        let used = skippable(rest);
        return (slice(rest, 8, used - 8).to_vec(), End::Whole, used);
    }
    let mut source = rest;
    let (part, end) = unpacker.read(rest.len() as u64, Lz4::new(&mut source));
    (part, end, rest.len() - source.len())
}

/// Reads frames one after the other, and nothing else.
pub(super) fn read_lz4_frames(unpacker: &mut Unpacker<'_>, mut rest: &[u8]) -> (Vec<u8>, End) {
    let mut whole = Vec::new();
    while !rest.is_empty() {
        let is_data = is_lz4(rest);
        let (part, end, used) = read_lz4(unpacker, rest);
        if is_data {
            whole.extend_from_slice(&part);
        }
        if end != End::Whole {
            return (whole, end);
        }
        rest = &rest[used.clamp(1, rest.len())..];
    }
    (whole, End::Whole)
}

pub(super) fn is_lzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"LZIP\x01")
}

pub(super) fn lzip(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    unpacker.streams(address, bytes, is_lzip, |unpacker, rest| {
        let code = rest.get(5).copied().unwrap_or(0);
        let base = 1_u32 << (code & 31).clamp(12, 28);
        let dictionary = base - base / 16 * u32::from(code >> 5);
        let mut source = slice(rest, 6, rest.len());
        let dictionary = unpacker.dictionary(rest, dictionary);
        let (part, end) = match LzmaReader::new(&mut source, u64::MAX, 3, 0, 2, dictionary, None) {
            Ok(decoder) => unpacker.read(rest.len() as u64, decoder),
            Err(error) => (Vec::new(), End::Damaged(error.to_string())),
        };
        // A checksum and two sizes end a member.
        (part, end, rest.len() - source.len() + 20)
    });
}

/// The old format has no magic number; its usual head is taken for one.
pub(super) fn is_lzma(bytes: &[u8]) -> bool {
    let is_size = |size: u64| size == u64::MAX || size < 1 << 40;
    bytes.first() == Some(&0x5d)
        && u32_le(bytes, 1).is_some_and(|size| size.is_power_of_two() && size >= 1 << 12)
        && u64_le(bytes, 5).is_some_and(is_size)
        && bytes.get(13) == Some(&0)
}

pub(super) fn lzma(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let dictionary = u32_le(bytes, 1).unwrap_or(0);
    let size = u64_le(bytes, 5).unwrap_or(u64::MAX);
    let (part, end) = read_lzma(
        unpacker,
        slice(bytes, 13, bytes.len()),
        0x5d,
        dictionary,
        size,
    );
    unpacker.stream(address, &part, &end, bytes.len() as u64);
}

/// Reads a raw stream with the properties that stand beside it.
pub(super) fn read_lzma(
    unpacker: &mut Unpacker<'_>,
    source: &[u8],
    properties: u8,
    dictionary: u32,
    size: u64,
) -> (Vec<u8>, End) {
    let dictionary = unpacker.dictionary(source, dictionary);
    match LzmaReader::new_with_props(source, size, properties, dictionary, None) {
        Ok(decoder) => unpacker.read(source.len() as u64, decoder),
        Err(error) => (Vec::new(), End::Damaged(error.to_string())),
    }
}

/// The size of a dictionary as LZMA2 writes it.
pub(super) fn dictionary(code: u8) -> u32 {
    let size = (2 | u64::from(code & 1)) << (code.min(40) / 2 + 11);
    size.min(u64::from(u32::MAX)) as u32
}

pub(super) fn is_xz(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xfd7zXZ\0")
}

pub(super) fn xz(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    unpacker.streams(address, bytes, is_xz, read_xz);
}

/// Reads one stream: a head, blocks, an index and a foot. The framing is read here and not by the
/// crate of the decoder, which takes as much memory as the file says.
pub(super) fn read_xz(unpacker: &mut Unpacker<'_>, bytes: &[u8]) -> (Vec<u8>, End, usize) {
    let check = match bytes.get(7).map(|kind| kind & 15) {
        Some(0) => 0,
        Some(1..=3) => 4,
        Some(4..=6) => 8,
        Some(7..=9) => 16,
        Some(10..=12) => 32,
        _ => 64,
    };
    let mut whole = Vec::new();
    let mut source = slice(bytes, 12, bytes.len());
    loop {
        let end = match source.first() {
            None => Some(End::Damaged("the file ends within the stream".to_owned())),
            // The index and the foot, up to the next stream.
            Some(0) => {
                let foot = memchr::memmem::find(source, b"YZ").map_or(source.len(), |at| at + 2);
                source = &source[foot..];
                let padding = source.iter().take_while(|&&byte| byte == 0).count();
                source = &source[padding..];
                Some(End::Whole)
            }
            Some(_) => match read_block(unpacker, &mut source, check, &mut whole) {
                End::Whole => None,
                end => Some(end),
            },
        };
        if let Some(end) = end {
            return (whole, end, bytes.len() - source.len());
        }
    }
}

fn read_block(
    unpacker: &mut Unpacker<'_>,
    source: &mut &[u8],
    check: usize,
    whole: &mut Vec<u8>,
) -> End {
    let length = (usize::from(source[0]) + 1) * 4;
    let head = slice(source, 0, length);
    let Some(filters) = filters(head) else {
        return End::Damaged("a block's head does not decode".to_owned());
    };
    let mut body = slice(source, length, source.len());
    let before = body.len();
    let most = unpacker.dictionary(body, u32::MAX);
    let (part, end) = match decoder(&mut body, &filters, most) {
        Some(decoder) => unpacker.read(before as u64, decoder),
        None => (Vec::new(), End::Damaged("a filter is not known".to_owned())),
    };
    whole.extend_from_slice(&part);
    let used = before - body.len();
    *source = slice(body, used.next_multiple_of(4) - used + check, body.len());
    end
}

/// The filters of a block, each an id and its properties.
fn filters(head: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let flags = *head.get(1)?;
    let mut rest = head.get(2..)?;
    for bit in [0x40, 0x80] {
        if flags & bit != 0 {
            varint(&mut rest)?;
        }
    }
    let mut filters = Vec::new();
    for _ in 0..=flags & 3 {
        let id = varint(&mut rest)?;
        let size = varint(&mut rest)? as usize;
        filters.push((id, rest.get(..size)?));
        rest = &rest[size..];
    }
    Some(filters)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Puts the filters around the decoder, the last of which is LZMA2.
fn decoder<'a>(
    source: &'a mut &[u8],
    filters: &[(u64, &[u8])],
    most: u32,
) -> Option<Box<dyn Read + 'a>> {
    let (&(last, properties), before) = filters.split_last()?;
    if last != 0x21 {
        return None;
    }
    let size = dictionary(*properties.first()?).min(most);
    let mut reader: Box<dyn Read + 'a> = Box::new(Lzma2Reader::new(source, size, None));
    for (id, properties) in before.iter().rev() {
        let start = u32_le(properties, 0).unwrap_or(0) as usize;
        reader = match id {
            3 => Box::new(DeltaReader::new(
                reader,
                usize::from(*properties.first()?) + 1,
            )),
            4 => Box::new(BcjReader::new_x86(reader, start)),
            5 => Box::new(BcjReader::new_ppc(reader, start)),
            6 => Box::new(BcjReader::new_ia64(reader, start)),
            7 => Box::new(BcjReader::new_arm(reader, start)),
            8 => Box::new(BcjReader::new_arm_thumb(reader, start)),
            9 => Box::new(BcjReader::new_sparc(reader, start)),
            10 => Box::new(BcjReader::new_arm64(reader, start)),
            11 => Box::new(BcjReader::new_riscv(reader, start)),
            _ => return None,
        };
    }
    Some(reader)
}
