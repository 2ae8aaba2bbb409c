//! Zip files and all that are zip files inside: jar, war, apk, wheel, nupkg, vsix, xpi, OOXML, ODF
//! and EPUB.
//!
//! Owns the members and their methods of compression (PKWARE's APPNOTE 6.3.10, section 4.4.5), and
//! that of parts in XML the text without tags is searched, too. Does not own the directory
//! (`zipdir`).

use deflate64::Deflate64Decoder;
use flate2::bufread::DeflateDecoder;

use super::budget::End;
use super::zipdir::{self, Entry};
use super::{Unpacker, join, markup, outside, slice, stream, strings, u16_le, u32_le};
use crate::walker::SkipReason;

pub(super) fn is_zip(bytes: &[u8]) -> bool {
    let is_head = |magic: &[u8]| bytes.starts_with(magic);
    is_head(b"PK\x03\x04") || is_head(b"PK\x05\x06") || is_head(b"PK\x07\x08PK\x03\x04")
}

/// How far from the end of a file with something else in front a directory is looked for.
const TAIL: usize = 1_024;

/// Says whether a file of another kind ends in a zip directory, as programs do that unpack
/// themselves.
pub(super) fn is_appended(bytes: &[u8]) -> bool {
    let tail = slice(bytes, bytes.len().saturating_sub(TAIL), TAIL);
    memchr::memmem::rfind(tail, b"PK\x05\x06").is_some_and(|at| {
        let comment = u16_le(tail, at + 20).map(usize::from);
        comment.is_some_and(|length| at + 22 + length == tail.len())
            && u16_le(tail, at + 10) != Some(0)
    })
}

pub(super) fn zip(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let most = unpacker.budget.limits.members as usize;
    let directory = zipdir::read(bytes, most);
    let mut read = Vec::new();
    let mut open = |unpacker: &mut Unpacker<'_>, entry: &Entry| {
        let end = entry
            .start
            .saturating_add(entry.open(unpacker, address, bytes));
        read.push((entry.start, end));
        end
    };
    for entry in &directory.entries {
        if unpacker.is_spent() {
            break;
        }
        open(unpacker, entry);
    }
    let mut from = 0;
    while !unpacker.is_spent()
        && let Some(entry) = directory.find_unlisted(bytes, from)
    {
        from = open(unpacker, &entry);
    }
    if unpacker.is_spent() {
        return unpacker.skip(SkipReason::UnpackLimit, address, bytes.len() as u64);
    }
    // Names, comments and whatever else is no member.
    let rest = outside(bytes, read);
    unpacker.text(address, "directory", &strings::all(&rest));
    if !directory.is_whole {
        unpacker.damaged(address, "its directory is cut or damaged", 0);
    }
}

impl Entry {
    /// Hands the member over; gives how many packed bytes it has.
    fn open(&self, unpacker: &mut Unpacker<'_>, outer: &str, bytes: &[u8]) -> usize {
        let member = join(outer, &self.name);
        let claimed = self.packed.map_or(usize::MAX, |packed| packed as usize);
        let packed = slice(bytes, self.start, claimed);
        if self.name.ends_with(b"/") && packed.is_empty() {
            return 0;
        }
        let is_read = self.method == 0 && self.packed.is_some();
        if !is_read && !unpacker.may_go_on(&member, packed.len() as u64) {
            return packed.len();
        }
        let known = self.packed.map_or(0, |_| packed.len());
        if self.is_encrypted && !self.is_plain(unpacker, packed, is_read) {
            unpacker.skip(SkipReason::Encrypted, &member, packed.len() as u64);
            return known;
        }
        if is_read {
            if unpacker.may_repeat(&member, packed) {
                unpacker.part(&member, packed);
                self.check_length(unpacker, &member, packed.len() as u64);
            }
            return packed.len();
        }
        let Some((part, end, used)) = self.decode(unpacker, packed) else {
            unpacker.unsupported(&member, packed.len() as u64);
            return known;
        };
        if !part.is_empty() || end == End::Whole {
            unpacker.part(&member, &part);
        }
        let is_wrong = |crc: u32| crc != crc32fast::hash(&part);
        match end {
            End::Whole if self.crc.is_some_and(is_wrong) => {
                unpacker.damaged(&member, "its checksum is wrong", part.len() as u64);
            }
            end => unpacker.note(&end, &member, self.size.saturating_sub(part.len() as u64)),
        }
        used
    }

    /// Says whether a member is not encrypted though it is marked so: some programs do not look at
    /// the mark.
    fn is_plain(&self, unpacker: &mut Unpacker<'_>, packed: &[u8], is_read: bool) -> bool {
        let Some(crc) = self.crc.filter(|&crc| crc != 0) else {
            return false;
        };
        if is_read {
            return crc32fast::hash(packed) == crc;
        }
        let decoded = self.decode(unpacker, packed);
        decoded.is_some_and(|(part, end, _)| end == End::Whole && crc32fast::hash(&part) == crc)
    }

    /// Says so when a member that is stored as it is goes on beyond the end of the file.
    fn check_length(&self, unpacker: &mut Unpacker<'_>, member: &str, there: u64) {
        let missing = self.packed.unwrap_or(0).saturating_sub(there);
        if missing > 0 {
            unpacker.damaged(member, "it goes on beyond the end of the file", missing);
        }
    }

    /// Decodes the packed bytes; `None` for a method that is not known. Gives how many were used.
    fn decode(&self, unpacker: &mut Unpacker<'_>, packed: &[u8]) -> Option<(Vec<u8>, End, usize)> {
        let length = packed.len() as u64;
        let (part, end) = match self.method {
            // Where it ends is said behind it.
            0 => {
                let end = memchr::memmem::find(packed, b"PK\x07\x08").unwrap_or(packed.len());
                let (part, over) = unpacker.read(length, &packed[..end]);
                return Some((part, over, end));
            }
            8 => {
                let mut decoder = DeflateDecoder::new(packed);
                let (part, end) = unpacker.read(length, &mut decoder);
                return Some((part, end, decoder.total_in() as usize));
            }
            9 => unpacker.read(length, Deflate64Decoder::with_buffer(packed)),
            12 => unpacker.read(length, bzip2::bufread::BzDecoder::new(packed)),
            14 => {
                let skip = 4 + usize::from(u16_le(packed, 2)?);
                let (properties, dictionary) = (*packed.get(4)?, u32_le(packed, 5)?);
                let body = slice(packed, skip, packed.len());
                stream::read_lzma(unpacker, body, properties, dictionary, self.size)
            }
            93 => stream::read_zstd(unpacker, &mut &*packed),
            95 => {
                let (part, end, _) = stream::read_xz(unpacker, packed);
                (part, end)
            }
            98 => {
                let settings = u16_le(packed, 0)?;
                let (order, memory) = (settings & 15, (settings >> 4 & 255) + 1);
                let body = slice(packed, 2, packed.len());
                let restore = match settings >> 12 {
                    0 => ppmd_rust::RestoreMethod::Restart,
                    1 => ppmd_rust::RestoreMethod::CutOff,
                    _ => return None,
                };
                let memory = u32::from(memory) << 20;
                let order = u32::from(order) + 1;
                match ppmd_rust::Ppmd8Decoder::new(body, order, memory, restore) {
                    // The size tells the end.
                    Ok(decoder) => unpacker.read(length, std::io::Read::take(decoder, self.size)),
                    Err(_) => (Vec::new(), End::Damaged("bad settings".to_owned())),
                }
            }
            _ => return None,
        };
        Some((part, end, self.packed.map_or(0, |_| packed.len())))
    }
}

impl Unpacker<'_> {
    /// Hands over a part of a document: as it is, and the text without tags if it is XML.
    pub(super) fn part(&mut self, member: &str, bytes: &[u8]) {
        self.visit(member, bytes);
        if let Some(text) = markup::text(bytes) {
            self.text(member, "text", &text);
        }
    }
}
