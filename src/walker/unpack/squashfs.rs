//! File systems of squashfs 4.0: images of firmware, snaps, what an `AppImage` carries.
//!
//! Owns the superblock, the tables and their blocks, folders and files
//! (<https://dr-emann.github.io/squashfs/>). Does not own codecs (`blocks`). LZO and the old LZMA are
//! not read.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::blocks::Codec;
use super::budget::End;
use super::{Unpacker, join, slice, strings, u16_le, u32_le, u64_le};
use crate::walker::SkipReason;

/// What a block of a table unfolds to, at the most.
const TABLE_BLOCK: usize = 8_192;
/// The largest block of a file.
const LARGEST: usize = 1 << 20;
/// Stands where a file has no part in a fragment.
const NONE: u32 = u32::MAX;
/// A path longer than this is not added to.
const LONGEST_PATH: usize = 4_096;

pub(super) fn is_image(bytes: &[u8]) -> bool {
    bytes.starts_with(b"hsqs") && u16_le(bytes, 28) == Some(4)
}

pub(super) fn image(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let codec = match u16_le(bytes, 20) {
        Some(1) => Codec::Zlib,
        Some(4) => Codec::Xz,
        Some(5) => Codec::Lz4,
        Some(6) => Codec::Zstd,
        _ => Codec::Other,
    };
    if codec == Codec::Other {
        unpacker.text(address, "strings", &strings::all(bytes));
        return unpacker.unsupported(address, bytes.len() as u64);
    }
    let Some(mut image) = Image::read(unpacker, address, bytes, codec) else {
        unpacker.text(address, "strings", &strings::all(bytes));
        return unpacker.damaged(address, "its head is damaged", bytes.len() as u64);
    };
    image.walk(unpacker, address);
    unpacker.text(address, "names", &image.names);
    if !image.is_whole {
        unpacker.damaged(address, "a folder is cut or damaged", 0);
    }
}

/// Blocks of a table, put together.
#[derive(Default)]
struct Table {
    bytes: Vec<u8>,
    /// Where each block begins in `bytes`, by its place in the table.
    starts: BTreeMap<usize, usize>,
}

struct Image<'a> {
    bytes: &'a [u8],
    codec: Codec,
    block_size: usize,
    root: u64,
    inodes: Table,
    folders: Table,
    /// Where the list of fragments is listed.
    fragments: usize,
    /// The fragment that was read last: files next to each other share it.
    last: RefCell<(Option<u32>, Vec<u8>)>,
    /// Paths of folders, links and files, a line each, and what links lead to.
    names: Vec<u8>,
    is_whole: bool,
}

/// What an inode says.
enum Inode<'t> {
    /// Where in the table of folders it is listed, and how long that list is.
    Folder {
        block: usize,
        offset: usize,
        size: usize,
    },
    File {
        start: usize,
        size: u64,
        fragment: u32,
        offset: usize,
        /// Sizes of blocks, four bytes each.
        blocks: &'t [u8],
    },
    Link(&'t [u8]),
    Other,
}

impl<'a> Image<'a> {
    fn read(
        unpacker: &mut Unpacker<'_>,
        address: &str,
        bytes: &'a [u8],
        codec: Codec,
    ) -> Option<Self> {
        let place = |at| Some(usize::try_from(u64_le(bytes, at)?).unwrap_or(usize::MAX));
        let (inodes, folders) = (place(64)?, place(72)?);
        let others = [place(48)?, place(56)?, place(80)?, place(88)?];
        let behind = others.into_iter().filter(|&at| at > folders).min();
        let mut image = Self {
            bytes,
            codec,
            block_size: (u32_le(bytes, 12)? as usize).clamp(1, LARGEST),
            root: u64_le(bytes, 32)?,
            inodes: Table::default(),
            folders: Table::default(),
            fragments: place(80)?,
            last: RefCell::default(),
            names: Vec::new(),
            is_whole: true,
        };
        image.inodes = image.table(unpacker, address, inodes, folders)?;
        let end = behind.unwrap_or(bytes.len()).min(bytes.len());
        image.folders = image.table(unpacker, address, folders, end)?;
        Some(image)
    }

    /// Reads the blocks of a table up to where another begins.
    fn table(
        &mut self,
        unpacker: &mut Unpacker<'_>,
        address: &str,
        start: usize,
        end: usize,
    ) -> Option<Table> {
        let mut table = Table::default();
        let mut at = start;
        while at < end.min(self.bytes.len()) {
            table.starts.insert(at - start, table.bytes.len());
            let Some((block, used, end)) = self.table_block(unpacker, at) else {
                break;
            };
            table.bytes.extend_from_slice(&block);
            at += used;
            if end != End::Whole {
                unpacker.note(&end, address, (self.bytes.len() - at) as u64);
                break;
            }
        }
        (!table.bytes.is_empty()).then_some(table)
    }

    /// Reads one block, and says how many bytes it has.
    fn table_block(&self, unpacker: &mut Unpacker<'_>, at: usize) -> Option<(Vec<u8>, usize, End)> {
        let head = u16_le(self.bytes, at)?;
        let size = usize::from(head & 0x7fff);
        let codec = if head & 0x8000 == 0 {
            self.codec
        } else {
            Codec::None
        };
        let packed = self.bytes.get(at + 2..)?.get(..size)?;
        let (block, end) = unpacker.block(codec, packed, Some(TABLE_BLOCK))?;
        Some((block, size + 2, end))
    }

    fn walk(&mut self, unpacker: &mut Unpacker<'_>, address: &str) {
        // A file by several names is read once.
        let mut seen = BTreeSet::new();
        let mut open = vec![(self.root, Vec::new())];
        while let Some((number, path)) = open.pop() {
            if !seen.insert(number) {
                continue;
            }
            if unpacker.is_spent() {
                return unpacker.skip(SkipReason::UnpackLimit, address, self.bytes.len() as u64);
            }
            self.names.extend_from_slice(&path);
            self.names.push(b'\n');
            match self.inodes.inode(number, self.block_size) {
                Some(Inode::Folder {
                    block,
                    offset,
                    size,
                }) => {
                    let (entries, is_whole) = self.folders.entries(block, offset, size);
                    self.is_whole &= is_whole;
                    for (name, number) in entries.into_iter().rev() {
                        let mut below = path.clone();
                        if below.len() < LONGEST_PATH {
                            below.extend(if path.is_empty() { &b""[..] } else { b"/" });
                            below.extend_from_slice(name);
                        }
                        open.push((number, below));
                    }
                }
                Some(Inode::Link(target)) => {
                    self.names.extend_from_slice(target);
                    self.names.push(b'\n');
                }
                Some(file @ Inode::File { .. }) => {
                    self.file(unpacker, &join(address, &path), &file);
                }
                Some(Inode::Other) => {}
                None => self.is_whole = false,
            }
        }
    }

    /// Puts a file together and hands it over.
    fn file(&self, unpacker: &mut Unpacker<'_>, address: &str, file: &Inode<'_>) {
        let &Inode::File {
            start,
            size,
            fragment,
            offset,
            blocks,
        } = file
        else {
            return;
        };
        let (mut whole, mut at) = (Vec::new(), start);
        let mut end = End::Whole;
        for block in blocks.chunks_exact(4) {
            let head = u32_le(block, 0).unwrap_or(0);
            let packed = (head & 0x00ff_ffff) as usize;
            let left = size.saturating_sub(whole.len() as u64);
            let room = self
                .block_size
                .min(usize::try_from(left).unwrap_or(usize::MAX));
            let source = slice(self.bytes, at, packed);
            at = at.saturating_add(packed);
            let part = if packed == 0 {
                // Zeros are not written.
                let zeros = std::io::Read::take(std::io::repeat(0), room as u64);
                Some(unpacker.read(0, zeros))
            } else {
                let codec = if head & 1 << 24 == 0 {
                    self.codec
                } else {
                    Codec::None
                };
                unpacker.block(codec, source, Some(self.block_size))
            };
            let Some((part, fault)) = part else {
                return unpacker.unsupported(address, size);
            };
            whole.extend_from_slice(&part);
            if fault != End::Whole {
                end = fault;
                break;
            }
        }
        if fragment != NONE && end == End::Whole {
            let left = size.saturating_sub(whole.len() as u64);
            end = self.read_fragment(unpacker, fragment);
            let left = usize::try_from(left).unwrap_or(usize::MAX);
            whole.extend_from_slice(slice(&self.last.borrow().1, offset, left));
        }
        let missing = size.saturating_sub(whole.len() as u64);
        if missing > 0 && end == End::Whole {
            end = End::Damaged("it is cut".to_owned());
        }
        unpacker.visit(address, &whole);
        unpacker.note(&end, address, missing);
    }

    /// Reads the block of a fragment, unless it was the last one that was read.
    fn read_fragment(&self, unpacker: &mut Unpacker<'_>, number: u32) -> End {
        if self.last.borrow().0 == Some(number) {
            return End::Whole;
        }
        let (part, end) = self.fragment(unpacker, number).unwrap_or_else(|| {
            let why = "its last part is missing";
            (Vec::new(), End::Damaged(why.to_owned()))
        });
        let is_whole = end == End::Whole;
        *self.last.borrow_mut() = (is_whole.then_some(number), part);
        end
    }

    /// Reads the block that the ends of several files share.
    fn fragment(&self, unpacker: &mut Unpacker<'_>, number: u32) -> Option<(Vec<u8>, End)> {
        let number = number as usize;
        let list = u64_le(self.bytes, self.fragments.checked_add(number / 512 * 8)?)?;
        let (list, ..) = self.table_block(unpacker, usize::try_from(list).ok()?)?;
        let entry = list.get(number % 512 * 16..)?;
        let (start, head) = (u64_le(entry, 0)?, u32_le(entry, 8)?);
        let size = (head & 0x00ff_ffff) as usize;
        let packed = self
            .bytes
            .get(usize::try_from(start).ok()?..)?
            .get(..size)?;
        let codec = if head & 1 << 24 == 0 {
            self.codec
        } else {
            Codec::None
        };
        unpacker.block(codec, packed, Some(self.block_size))
    }
}

impl Table {
    fn at(&self, block: usize, offset: usize) -> Option<&[u8]> {
        self.bytes
            .get(self.starts.get(&block)?.checked_add(offset)?..)
    }

    fn inode(&self, number: u64, block_size: usize) -> Option<Inode<'_>> {
        let block = usize::try_from(number >> 16).ok()?;
        let inode = self.at(block, (number & 0xffff) as usize)?;
        let word = |at| Some(u32_le(inode, at)? as usize);
        Some(match u16_le(inode, 0)? {
            1 => Inode::Folder {
                block: word(16)?,
                offset: usize::from(u16_le(inode, 26)?),
                size: usize::from(u16_le(inode, 24)?),
            },
            8 => Inode::Folder {
                block: word(24)?,
                offset: usize::from(u16_le(inode, 34)?),
                size: word(20)?,
            },
            2 => {
                let (size, fragment) = (u64::from(u32_le(inode, 28)?), u32_le(inode, 20)?);
                Inode::File {
                    start: word(16)?,
                    size,
                    fragment,
                    offset: word(24)?,
                    blocks: blocks(inode, 32, size, fragment, block_size),
                }
            }
            9 => {
                let (size, fragment) = (u64_le(inode, 24)?, u32_le(inode, 44)?);
                Inode::File {
                    start: usize::try_from(u64_le(inode, 16)?).ok()?,
                    size,
                    fragment,
                    offset: word(48)?,
                    blocks: blocks(inode, 56, size, fragment, block_size),
                }
            }
            3 | 10 => Inode::Link(slice(inode, 24, word(20)?)),
            _ => Inode::Other,
        })
    }

    /// The names in a folder, each with the number of its inode, and whether the list is whole.
    fn entries(&self, block: usize, offset: usize, size: usize) -> (Vec<(&[u8], u64)>, bool) {
        let mut entries = Vec::new();
        // Three bytes stand for the folder itself and the one above, which are not written.
        let size = size.saturating_sub(3);
        let list = self.at(block, offset).unwrap_or_default();
        let mut rest = slice(list, 0, size);
        let is_there = rest.len() == size;
        while let (Some(count), Some(start)) = (u32_le(rest, 0), u32_le(rest, 4)) {
            rest = slice(rest, 12, rest.len());
            for _ in 0..=count.min(255) {
                let length = u16_le(rest, 6).map(|length| usize::from(length) + 1);
                let name = length.and_then(|length| rest.get(8..8 + length));
                let (Some(name), Some(offset)) = (name, u16_le(rest, 0)) else {
                    return (entries, false);
                };
                entries.push((name, u64::from(start) << 16 | u64::from(offset)));
                rest = &rest[8 + name.len()..];
            }
        }
        (entries, is_there && rest.is_empty())
    }
}

/// The list of sizes behind the inode of a file: the last part may lie in a fragment.
fn blocks(inode: &[u8], at: usize, size: u64, fragment: u32, block_size: usize) -> &[u8] {
    let whole = size / block_size as u64;
    let has_rest = fragment == NONE && !size.is_multiple_of(block_size as u64);
    let count = usize::try_from(whole + u64::from(has_rest)).unwrap_or(usize::MAX);
    slice(inode, at, count.saturating_mul(4))
}
