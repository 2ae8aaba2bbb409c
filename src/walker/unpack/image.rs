//! Images of optical discs (ISO 9660).
//!
//! Owns volume descriptors, folders and names of ECMA-119, of Joliet and of Rock Ridge (SUSP and RRIP
//! 1.12). All trees are walked, as a file may be in one alone; what lies in no file is strings. UDF is
//! not read: an image with both has the same files in both.

use std::collections::BTreeSet;

use super::{Unpacker, join, outside, slice, strings, u32_le};
use crate::walker::SkipReason;

const SECTOR: usize = 2_048;
/// Where the first descriptor lies.
const FIRST: usize = 16 * SECTOR;
/// No more descriptors than this are read.
const DESCRIPTORS: usize = 64;
/// A path longer than this is not added to: names within names would take memory for ever.
const LONGEST_PATH: usize = 4_096;
/// How many areas of one entry may follow each other.
const CONTINUED: usize = 16;

pub(super) fn is_image(bytes: &[u8]) -> bool {
    bytes.get(FIRST + 1..FIRST + 6) == Some(b"CD001")
}

pub(super) fn image(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let mut image = Image {
        bytes,
        left: bytes.len(),
        folders: BTreeSet::new(),
        files: BTreeSet::new(),
        is_whole: true,
    };
    for tree in image.trees() {
        image.walk(unpacker, address, &tree);
    }
    // Descriptors, names, what boots, and what was deleted.
    let rest = outside(bytes, image.files.iter().copied().collect());
    unpacker.text(address, "rest", &strings::all(&rest));
    if !image.is_whole {
        unpacker.damaged(address, "a folder is cut or damaged", 0);
    }
}

struct Image<'a> {
    bytes: &'a [u8],
    /// How many bytes of folders may still be read: they may lie upon each other.
    left: usize,
    /// Where the folders begin that were walked.
    folders: BTreeSet<usize>,
    /// Starts and ends of the files that were handed over.
    files: BTreeSet<(usize, usize)>,
    is_whole: bool,
}

/// A tree of folders.
struct Tree {
    start: usize,
    size: usize,
    /// Whether names are UCS-2.
    is_joliet: bool,
    /// Whether the first folder speaks of Rock Ridge.
    has_long_names: bool,
}

/// An entry of a folder.
struct Entry {
    start: usize,
    size: usize,
    name: Vec<u8>,
    is_folder: bool,
    /// Whether the next entry goes on with the same file.
    goes_on: bool,
}

impl Image<'_> {
    /// The trees, that with the best names first.
    fn trees(&self) -> Vec<Tree> {
        let mut trees = Vec::new();
        for number in 0..DESCRIPTORS {
            let descriptor = slice(self.bytes, FIRST + number * SECTOR, SECTOR);
            let (Some(&kind @ (1 | 2)), Some(b"CD001")) =
                (descriptor.first(), descriptor.get(1..6))
            else {
                if descriptor.get(1..6) == Some(b"CD001") && descriptor[0] != 255 {
                    continue;
                }
                break;
            };
            let Some(root) = descriptor.get(156..190) else {
                break;
            };
            let start = block(root, 2);
            let escape = &descriptor[88..91];
            trees.push(Tree {
                start,
                size: u32_le(root, 10).unwrap_or(0) as usize,
                is_joliet: kind == 2 && matches!(escape, b"%/@" | b"%/C" | b"%/E"),
                has_long_names: self.has_long_names(start),
            });
        }
        trees.sort_by_key(|tree| (!tree.has_long_names, !tree.is_joliet));
        trees
    }

    /// Says whether the entry of a root for itself begins with the mark of SUSP.
    fn has_long_names(&self, root: usize) -> bool {
        let entry = slice(self.bytes, root, 64);
        entry.get(34..36) == Some(b"SP")
    }

    fn walk(&mut self, unpacker: &mut Unpacker<'_>, address: &str, tree: &Tree) {
        let mut open = vec![(tree.start, tree.size, Vec::new())];
        while let Some((start, size, path)) = open.pop() {
            if !self.folders.insert(start) {
                continue;
            }
            let folder = slice(self.bytes, start, size);
            self.is_whole &= folder.len() == size;
            let Some(left) = self.left.checked_sub(folder.len()) else {
                self.is_whole = false;
                return;
            };
            self.left = left;
            let mut parts: Vec<(usize, usize)> = Vec::new();
            for entry in self.entries(folder, tree.is_joliet) {
                if unpacker.is_spent() {
                    let rest = (self.bytes.len() - start) as u64;
                    return unpacker.skip(SkipReason::UnpackLimit, address, rest);
                }
                let mut name = path.clone();
                if name.len() < LONGEST_PATH {
                    name.extend_from_slice(&entry.name);
                }
                if entry.is_folder {
                    name.push(b'/');
                    open.push((entry.start, entry.size, name));
                    continue;
                }
                parts.push((entry.start, entry.size));
                if !entry.goes_on {
                    self.file(unpacker, address, &name, &std::mem::take(&mut parts));
                }
            }
        }
    }

    /// Hands over a file, unless another tree or name has the same.
    fn file(
        &mut self,
        unpacker: &mut Unpacker<'_>,
        address: &str,
        name: &[u8],
        parts: &[(usize, usize)],
    ) {
        let ranges = parts.iter().map(|&(start, size)| {
            let end = start.saturating_add(size);
            (start.min(self.bytes.len()), end.min(self.bytes.len()))
        });
        let ranges: Vec<(usize, usize)> = ranges.filter(|(start, end)| start < end).collect();
        let missing = parts.iter().map(|(_, size)| size).sum::<usize>()
            - ranges.iter().map(|(start, end)| end - start).sum::<usize>();
        let mut is_new = false;
        for range in &ranges {
            is_new |= self.files.insert(*range);
        }
        if is_new && let [(start, end)] = ranges[..] {
            unpacker.stored(address, name, &self.bytes[start..end]);
        } else if is_new {
            let pieces = ranges.iter().map(|&(start, end)| &self.bytes[start..end]);
            let size: usize = ranges.iter().map(|(start, end)| end - start).sum();
            let member = join(address, name);
            // More than the image has is parts upon each other.
            if size <= self.bytes.len() {
                let whole: Vec<u8> = pieces.flatten().copied().collect();
                if unpacker.may_repeat(&member, &whole) {
                    unpacker.visit(&member, &whole);
                }
            } else {
                unpacker.skip(SkipReason::UnpackLimit, &member, size as u64);
            }
        }
        if missing > 0 && (is_new || ranges.is_empty()) {
            let detail = "it goes on beyond the end of the image";
            unpacker.damaged(&join(address, name), detail, missing as u64);
        }
    }

    /// The entries of a folder, but for those of itself and of the one above.
    fn entries(&mut self, folder: &[u8], is_joliet: bool) -> Vec<Entry> {
        let (mut entries, mut at) = (Vec::new(), 0);
        while let Some(&length) = folder.get(at) {
            // An entry does not go on beyond its sector.
            if length == 0 {
                at = (at / SECTOR + 1) * SECTOR;
                continue;
            }
            let record = slice(folder, at, usize::from(length));
            at += usize::from(length);
            let Some(name) = record
                .get(33..)
                .and_then(|rest| rest.get(..usize::from(record[32])))
            else {
                self.is_whole = false;
                continue;
            };
            if matches!(name, [0 | 1]) {
                continue;
            }
            // A filler makes the length of the name odd.
            let system = record.get(33 + (name.len() | 1)..).unwrap_or_default();
            let long = self.long_name(system);
            let name = match long {
                Some(long) if !is_joliet => long,
                _ if is_joliet => without_version(&from_ucs2(name)).to_vec(),
                _ => without_version(name).to_vec(),
            };
            entries.push(Entry {
                start: block(record, 2).saturating_add(usize::from(record[1]) * SECTOR),
                size: u32_le(record, 10).unwrap_or(0) as usize,
                name,
                is_folder: record[25] & 2 != 0,
                goes_on: record[25] & 0x80 != 0,
            });
        }
        entries
    }

    /// The name that Rock Ridge has for an entry, if any.
    fn long_name(&mut self, system: &[u8]) -> Option<Vec<u8>> {
        let (mut area, mut name) = (system, Vec::new());
        for _ in 0..CONTINUED {
            let mut next = None;
            let mut rest = area;
            while let [a, b, length, _, ..] = rest
                && let Some(body) = rest.get(4..usize::from(*length))
            {
                match [*a, *b] {
                    // A flag of 1 says that another entry goes on with the name.
                    [b'N', b'M'] => name.extend_from_slice(body.get(1..).unwrap_or_default()),
                    [b'C', b'E'] => next = Some(body),
                    [b'S', b'T'] => break,
                    _ => {}
                }
                rest = &rest[usize::from(*length)..];
            }
            let Some(next) = next else {
                break;
            };
            let offset = u32_le(next, 8).unwrap_or(0) as usize;
            let length = u32_le(next, 16).unwrap_or(0) as usize;
            let start = block(next, 0).saturating_add(offset);
            area = slice(self.bytes, start, length.min(SECTOR));
        }
        (!name.is_empty()).then_some(name)
    }
}

/// Where the block begins whose number stands at an offset.
fn block(bytes: &[u8], at: usize) -> usize {
    u32_le(bytes, at).map_or(usize::MAX, |number| number as usize * SECTOR)
}

fn from_ucs2(name: &[u8]) -> Vec<u8> {
    let (text, _) = encoding_rs::UTF_16BE.decode_without_bom_handling(name);
    text.into_owned().into_bytes()
}

/// A name without its version, `;1`, and the dot of one without an extension.
fn without_version(name: &[u8]) -> &[u8] {
    let name = match memchr::memrchr(b';', name) {
        Some(end) if name[end + 1..].iter().all(u8::is_ascii_digit) => &name[..end],
        _ => name,
    };
    name.strip_suffix(b".").unwrap_or(name)
}
