//! Cabinets of Windows (MS-CAB).
//!
//! Owns heads, folders and blocks, MSZIP with the window that its blocks share, and which file has
//! which bytes of its folder. Does not own Deflate and LZX. Quantum is not read: nothing writes it.

use std::io::Read as _;

use flate2::bufread::DeflateDecoder;
use lzxd::{Lzxd, WindowSize};

use super::budget::End;
use super::{Unpacker, join, slice, strings, u16_le, u32_le};
use crate::walker::SkipReason;

/// How many bytes back a block of MSZIP may name.
const WINDOW: usize = 1 << 15;

pub(super) fn is_cabinet(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MSCF\0\0\0\0")
}

/// A run of blocks that are packed together.
struct Folder {
    start: usize,
    blocks: u16,
    method: u16,
}

/// A file in a folder.
struct File<'a> {
    name: &'a [u8],
    offset: usize,
    size: usize,
    folder: usize,
}

/// What the head of a cabinet says.
struct Head<'a> {
    folders: Vec<Folder>,
    files: Vec<File<'a>>,
    /// Bytes that a program keeps for itself in front of each block.
    reserved: usize,
    /// Where the names end.
    end: usize,
    is_whole: bool,
}

pub(super) fn cabinet(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let Some(head) = Head::read(bytes) else {
        unpacker.damaged(address, "its head is damaged", bytes.len() as u64);
        return unpacker.text(address, "strings", &strings::all(bytes));
    };
    unpacker.text(
        address,
        "directory",
        &strings::all(slice(bytes, 0, head.end)),
    );
    for (number, folder) in head.folders.iter().enumerate() {
        let files = || head.files.iter().filter(|file| file.folder == number);
        if unpacker.is_spent() {
            let rest = (bytes.len() - folder.start.min(bytes.len())) as u64;
            return unpacker.skip(SkipReason::UnpackLimit, address, rest);
        }
        let Some((whole, end)) = folder.decode(unpacker, bytes, head.reserved) else {
            for file in files() {
                unpacker.unsupported(&join(address, file.name), file.size as u64);
            }
            continue;
        };
        for file in files() {
            let body = slice(&whole, file.offset, file.size);
            if !body.is_empty() || file.size == 0 {
                unpacker.stored(address, file.name, body);
            }
            let missing = (file.size - body.len()) as u64;
            let end = match &end {
                End::Whole => End::Damaged("it goes on in another cabinet".to_owned()),
                end => end.clone(),
            };
            if missing > 0 {
                unpacker.note(&end, &join(address, file.name), missing);
            }
        }
    }
    if !head.is_whole {
        unpacker.damaged(address, "its list of files is cut or damaged", 0);
    }
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let list = u32_le(bytes, 16)? as usize;
        let (folders, files) = (u16_le(bytes, 26)?, u16_le(bytes, 28)?);
        let flags = u16_le(bytes, 30)?;
        let mut at = 36;
        let (mut by_folder, mut reserved) = (0, 0);
        if flags & 4 != 0 {
            by_folder = usize::from(*bytes.get(38)?);
            reserved = usize::from(*bytes.get(39)?);
            at += 4 + usize::from(u16_le(bytes, 36)?);
        }
        // The cabinets before and behind, each with the name of its disk.
        let names = 2 * (flags & 3).count_ones();
        for _ in 0..names {
            at += memchr::memchr(0, bytes.get(at..)?)? + 1;
        }
        let mut head = Self {
            folders: Vec::new(),
            files: Vec::new(),
            reserved,
            end: at,
            is_whole: true,
        };
        for _ in 0..folders {
            head.folders.push(Folder {
                start: u32_le(bytes, at)? as usize,
                blocks: u16_le(bytes, at + 4)?,
                method: u16_le(bytes, at + 6)?,
            });
            at += 8 + by_folder;
        }
        at = list;
        for _ in 0..files {
            let Some((file, end)) = File::read(bytes, at, head.folders.len()) else {
                head.is_whole = false;
                break;
            };
            head.files.push(file);
            at = end;
        }
        head.end = at;
        Some(head)
    }
}

impl<'a> File<'a> {
    /// Reads an entry, and gives where it ends.
    fn read(bytes: &'a [u8], at: usize, folders: usize) -> Option<(Self, usize)> {
        let name = bytes.get(at + 16..)?;
        let name = &name[..memchr::memchr(0, name)?];
        let folder = match u16_le(bytes, at + 8)? {
            // It began in the cabinet before, or goes on in the one behind.
            0xfffd | 0xffff => 0,
            0xfffe => folders.checked_sub(1)?,
            number => usize::from(number),
        };
        let file = Self {
            name,
            offset: u32_le(bytes, at + 4)? as usize,
            size: u32_le(bytes, at)? as usize,
            folder,
        };
        Some((file, at + 17 + name.len()))
    }
}

impl Folder {
    /// Decodes all blocks; `None` for a method that is not read.
    fn decode(
        &self,
        unpacker: &mut Unpacker<'_>,
        bytes: &[u8],
        reserved: usize,
    ) -> Option<(Vec<u8>, End)> {
        let mut lzx = match self.method & 15 {
            0 | 1 => None,
            3 => Some(Lzxd::new(window(self.method >> 8)?)),
            _ => return None,
        };
        let (mut whole, mut at) = (Vec::new(), self.start);
        for _ in 0..self.blocks {
            let sizes = u16_le(bytes, at + 4).zip(u16_le(bytes, at + 6));
            let Some((packed, size)) = sizes.map(|(a, b)| (usize::from(a), usize::from(b))) else {
                return Some((whole, End::Damaged("it is cut".to_owned())));
            };
            let block = slice(bytes, at + 8 + reserved, packed);
            at += 8 + reserved + packed;
            if !unpacker.budget.take(size as u64) {
                return Some((whole, End::Limit));
            }
            let fault = match (&mut lzx, self.method & 15) {
                (Some(lzx), _) => match lzx.decompress_next(block, size) {
                    Ok(part) => {
                        whole.extend_from_slice(part);
                        None
                    }
                    Err(error) => Some(error.to_string()),
                },
                (None, 0) => {
                    whole.extend_from_slice(block);
                    None
                }
                (None, _) => inflate(block, size, &mut whole),
            };
            if let Some(fault) = fault {
                return Some((whole, End::Damaged(fault)));
            }
        }
        Some((whole, End::Whole))
    }
}

/// Inflates a block of MSZIP behind those before it; gives what went wrong.
fn inflate(block: &[u8], size: usize, whole: &mut Vec<u8>) -> Option<String> {
    let Some(packed) = block.strip_prefix(b"CK") else {
        return Some("a block has no mark".to_owned());
    };
    // Each block is a stream of its own that goes on with the window of the one before: a first
    // block, stored as it is, gives the decoder that window.
    let window = whole[whole.len().saturating_sub(WINDOW)..].to_vec();
    let length = (window.len() as u16).to_le_bytes();
    let head = [0, length[0], length[1], !length[0], !length[1]];
    let source = head.as_slice().chain(window.as_slice()).chain(packed);
    let mut part = Vec::with_capacity(window.len() + size);
    let decoder = DeflateDecoder::new(std::io::BufReader::new(source));
    let end = decoder
        .take((window.len() + size) as u64)
        .read_to_end(&mut part);
    whole.extend_from_slice(part.get(window.len()..).unwrap_or_default());
    end.err().map(|error| error.to_string())
}

/// The window of LZX, by the power of two.
fn window(power: u16) -> Option<WindowSize> {
    Some(match power & 31 {
        15 => WindowSize::KB32,
        16 => WindowSize::KB64,
        17 => WindowSize::KB128,
        18 => WindowSize::KB256,
        19 => WindowSize::KB512,
        20 => WindowSize::MB1,
        21 => WindowSize::MB2,
        _ => return None,
    })
}
