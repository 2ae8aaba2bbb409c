//! 7z archives: members and the chains of decoders in front of them.
//!
//! Owns the reading of packed data by what the directory says. Does not own the directory
//! (`sevenhead`). No crate reads the format without taking memory on the word of the file, so that the
//! framing is read here, and decoders are those of the other formats.

use std::io::Read as _;

use flate2::bufread::DeflateDecoder;
use lzma_rust2::Lzma2Reader;
use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::bcj2::Bcj2Reader;
use lzma_rust2::filter::delta::DeltaReader;

use super::budget::End;
use super::sevenhead::{Archive, Coder, Folder, Member, Source};
use super::{Unpacker, join, slice, stream, u32_le};
use crate::walker::SkipReason;

pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"7z\xbc\xaf\x27\x1c")
}

/// Methods by their ids (`DOC/Methods.txt` of 7-Zip).
const COPY: &[u8] = &[0];
const DELTA: &[u8] = &[3];
const LZMA: &[u8] = &[3, 1, 1];
const LZMA2: &[u8] = &[0x21];
const PPMD: &[u8] = &[3, 4, 1];
const BCJ2: &[u8] = &[3, 3, 1, 0x1b];
const DEFLATE: &[u8] = &[4, 1, 8];
const DEFLATE64: &[u8] = &[4, 1, 9];
const BZIP2: &[u8] = &[4, 2, 2];
const ZSTD: &[u8] = &[4, 0xf7, 0x11, 1];
const LZ4: &[u8] = &[4, 0xf7, 0x11, 4];
const AES: &[u8] = &[6, 0xf1, 7, 1];

/// No model of `PPMd` is given more memory than this many bytes.
const LARGEST_MODEL: u32 = 256 << 20;
/// A directory that is packed may itself be, but not without end.
const DEEPEST_HEAD: u32 = 4;

pub(super) fn archive(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let size = bytes.len() as u64;
    let (offset, length) = (super::u64_le(bytes, 12), super::u64_le(bytes, 20));
    let head = offset.and_then(|offset| {
        let start = usize::try_from(offset).ok()?.checked_add(32)?;
        bytes.get(start..start.checked_add(usize::try_from(length?).ok()?)?)
    });
    let Some(head) = head else {
        return unpacker.damaged(address, "its directory is cut", size);
    };
    let mut head = head.to_vec();
    for _ in 0..DEEPEST_HEAD {
        match head.first() {
            None => return,
            Some(1) => break,
            _ => {}
        }
        let Some(packed) = Archive::read_packed_head(&head) else {
            return unpacker.damaged(address, "its directory is damaged", size);
        };
        let Some(folder) = packed.folders.first() else {
            return unpacker.damaged(address, "its directory is damaged", size);
        };
        match read_folder(unpacker, folder, &packed.packed(bytes, 0)) {
            Ok((part, End::Whole)) => head = part,
            Ok((_, end)) => return unpacker.note(&end, address, size),
            Err(reason) => return unpacker.skip(reason, address, size),
        }
    }
    match Archive::read(&head) {
        Some(archive) => members(unpacker, address, bytes, &archive),
        None => unpacker.damaged(address, "its directory is damaged", size),
    }
}

/// Decodes folder by folder: each holds the members one after the other.
fn members(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8], archive: &Archive) {
    let mut members = archive.members.iter();
    for (number, folder) in archive.folders.iter().enumerate() {
        let count = folder.sizes.len();
        let own: Vec<&Member> = members
            .by_ref()
            .filter(|one| one.has_data)
            .take(count)
            .collect();
        let packed = archive.packed(bytes, number);
        let size = packed.iter().map(|part| part.len() as u64).sum();
        let (whole, end) = match read_folder(unpacker, folder, &packed) {
            Ok(read) => read,
            Err(reason) => {
                for member in &own {
                    unpacker.skip(reason, &join(address, &member.name), size);
                }
                if own.is_empty() {
                    unpacker.skip(reason, address, size);
                }
                continue;
            }
        };
        let mut at = 0_usize;
        for (place, &length) in folder.sizes.iter().enumerate() {
            let name = own.get(place).map_or(&b"?"[..], |member| &member.name);
            let member = join(address, name);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let part = slice(&whole, at, length);
            at = at.saturating_add(length);
            if !part.is_empty() {
                unpacker.part(&member, part);
            }
            if part.len() < length {
                let missing = (length - part.len()) as u64;
                match &end {
                    End::Whole => unpacker.damaged(&member, "its data is cut", missing),
                    end => unpacker.note(end, &member, missing),
                }
            }
        }
    }
}

/// Decodes the data of a folder, or says why not.
fn read_folder(
    unpacker: &mut Unpacker<'_>,
    folder: &Folder,
    packed: &[&[u8]],
) -> Result<(Vec<u8>, End), SkipReason> {
    let is_locked = |coder: &Coder| coder.method.starts_with(AES);
    if folder.coders.iter().any(is_locked) {
        return Err(SkipReason::Encrypted);
    }
    let last = folder.last().ok_or(SkipReason::Unsupported)?;
    let mut left = folder.coders.len();
    read_coder(unpacker, folder, packed, last, &mut left).ok_or(SkipReason::Unsupported)
}

/// Decodes what comes out of one decoder, and before that what goes into it. Each is run once: `left`
/// counts them, so that none can lead to itself.
fn read_coder(
    unpacker: &mut Unpacker<'_>,
    folder: &Folder,
    packed: &[&[u8]],
    coder: usize,
    left: &mut usize,
) -> Option<(Vec<u8>, End)> {
    *left = left.checked_sub(1)?;
    let one = folder.coders.get(coder)?;
    let (mut inputs, mut last) = (Vec::new(), End::Whole);
    for source in folder.sources(coder)? {
        let (part, end) = match source {
            Source::Coder(before) => read_coder(unpacker, folder, packed, before, left)?,
            Source::Packed(number) => (packed.get(number)?.to_vec(), End::Whole),
        };
        inputs.push(part);
        last = if end == End::Whole { last } else { end };
    }
    let size = folder.unpacked(coder);
    let (part, end) = match &inputs[..] {
        [source] => decode(unpacker, one, source, size)?,
        [main, _, _, _] if one.method == BCJ2 => {
            let length = main.len() as u64;
            let inputs = inputs.iter().map(Vec::as_slice).collect();
            unpacker.read(length, Bcj2Reader::new(inputs, size).take(size))
        }
        _ => return None,
    };
    Some((part, if last == End::Whole { end } else { last }))
}

/// Runs one decoder; `None` when there is none.
fn decode(
    unpacker: &mut Unpacker<'_>,
    coder: &Coder,
    source: &[u8],
    size: u64,
) -> Option<(Vec<u8>, End)> {
    let length = source.len() as u64;
    let properties = &coder.properties[..];
    let start = u32_le(properties, 0).unwrap_or(0) as usize;
    Some(match &coder.method[..] {
        COPY => unpacker.read(length, source),
        LZMA => {
            let (first, dictionary) = (*properties.first()?, u32_le(properties, 1)?);
            stream::read_lzma(unpacker, source, first, dictionary, size)
        }
        LZMA2 => {
            let dictionary = stream::dictionary(*properties.first()?);
            let dictionary = unpacker.dictionary(source, dictionary);
            unpacker.read(
                length,
                Lzma2Reader::new(source, dictionary, None).take(size),
            )
        }
        PPMD => {
            let (order, memory) = (u32::from(*properties.first()?), u32_le(properties, 1)?);
            let memory = Some(memory).filter(|&memory| memory <= LARGEST_MODEL)?;
            let decoder = ppmd_rust::Ppmd7Decoder::new(source, order, memory).ok()?;
            unpacker.read(length, decoder.take(size))
        }
        DEFLATE => unpacker.read(length, DeflateDecoder::new(source).take(size)),
        DEFLATE64 => {
            let decoder = deflate64::Deflate64Decoder::with_buffer(source);
            unpacker.read(length, decoder.take(size))
        }
        BZIP2 => unpacker.read(
            length,
            bzip2::bufread::MultiBzDecoder::new(source).take(size),
        ),
        ZSTD => stream::read_zstd(unpacker, &mut &*source),
        LZ4 => stream::read_lz4_frames(unpacker, source),
        DELTA => {
            let distance = usize::from(*properties.first()?) + 1;
            unpacker.read(length, DeltaReader::new(source, distance))
        }
        [3, 3, 1, 3] | [4] => unpacker.read(length, BcjReader::new_x86(source, start)),
        [3, 3, 2, 5] | [5] => unpacker.read(length, BcjReader::new_ppc(source, start)),
        [3, 3, 4, 1] | [6] => unpacker.read(length, BcjReader::new_ia64(source, start)),
        [3, 3, 5, 1] | [7] => unpacker.read(length, BcjReader::new_arm(source, start)),
        [3, 3, 7, 1] | [8] => unpacker.read(length, BcjReader::new_arm_thumb(source, start)),
        [3, 3, 8, 5] | [9] => unpacker.read(length, BcjReader::new_sparc(source, start)),
        [10] => unpacker.read(length, BcjReader::new_arm64(source, start)),
        [11] => unpacker.read(length, BcjReader::new_riscv(source, start)),
        _ => return None,
    })
}
