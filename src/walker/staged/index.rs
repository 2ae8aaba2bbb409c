//! The index file: its entries one after the other, and the trees that git remembers for them.
//!
//! Owns the format (gitformat-index, versions 2 to 4). Every length is checked: an index is
//! hostile input. What is odd, unknown or rare (conflicts, a split or sparse index, entries that
//! only intend to add) is refused; libgit2 reads all of that, and slower. The checksum at the end is not
//! looked at, and neither does git when it commits.

use crate::walker::id::Format;

/// Bytes before the id of an entry: times, device, inode, mode, owner and size.
const STAT: usize = 40;
/// Where the mode and the size stand among them.
const MODE: usize = 24;
const SIZE: usize = 36;
/// The flags of an entry: two more bytes of flags follow; its stage; the length of its path.
const EXTENDED: u16 = 0x4000;
const STAGE: u16 = 0x3000;
const LENGTH: u16 = 0x0fff;
/// One of the two more bytes: the file is going to be added, and nothing of it is staged.
const INTENT_TO_ADD: u16 = 0x2000;
/// Files, executable ones, links and submodules.
const MODES: [u32; 4] = [0o100_644, 0o100_755, 0o120_000, 0o160_000];

/// An index without the oddities that are refused.
#[derive(Debug)]
pub(super) struct Index<'a> {
    entries: Entries<'a>,
    folders: Vec<Folder<'a>>,
}

impl<'a> Index<'a> {
    /// Reads an index; `None` for one that is refused.
    pub(super) fn parse(bytes: &'a [u8], format: Format) -> Option<Self> {
        let entries = Entries::parse(bytes, format)?;
        let mut all = entries.clone();
        while !all.is_done() {
            all.advance()?;
        }
        let mut rest = all.rest;
        let mut folders = Vec::new();
        while rest.len() > format.length() {
            let (name, size) = (rest.get(..4)?, read_u32(rest, 1)? as usize);
            let data;
            (data, rest) = rest.get(8..)?.split_at_checked(size)?;
            match name {
                b"TREE" => folders = parse_folders(data, format)?,
                // In upper case those that may be left unread.
                _ if name[0].is_ascii_uppercase() => {}
                _ => return None,
            }
        }
        (rest.len() == format.length()).then_some(Self { entries, folders })
    }

    /// The entries, from the first.
    pub(super) fn entries(&self) -> Entries<'a> {
        self.entries.clone()
    }

    /// What git remembers of folders: each before those in it, the root first. Empty where it
    /// remembers nothing.
    pub(super) fn folders(&self) -> &[Folder<'a>] {
        &self.folders
    }
}

/// Reads entries, in the order of their paths.
#[derive(Clone, Debug)]
pub(super) struct Entries<'a> {
    rest: &'a [u8],
    left: u32,
    version: u32,
    format: Format,
    path: Vec<u8>,
}

/// An entry without its path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    /// Type and permissions.
    pub(super) mode: u32,
    /// Size of the file in the working tree in bytes, the low 32 bits.
    pub(super) size: u32,
    /// Id of the object.
    pub(super) id: &'a [u8],
}

impl<'a> Entries<'a> {
    fn parse(bytes: &'a [u8], format: Format) -> Option<Self> {
        let version = read_u32(bytes.strip_prefix(b"DIRC")?, 0)?;
        (2..=4).contains(&version).then_some(Self {
            rest: bytes.get(12..)?,
            left: read_u32(bytes, 2)?,
            version,
            format,
            path: Vec::new(),
        })
    }

    /// The path of the entry read last.
    pub(super) fn path(&self) -> &[u8] {
        &self.path
    }

    /// Says whether there are no more.
    pub(super) fn is_done(&self) -> bool {
        self.left == 0
    }

    /// Reads the next entry; `None` for an index that is refused.
    pub(super) fn advance(&mut self) -> Option<Entry<'a>> {
        self.left = self.left.checked_sub(1)?;
        let bytes = self.rest;
        let (stat, after) = bytes.split_at_checked(STAT)?;
        let (id, after) = after.split_at_checked(self.format.length())?;
        let flags = read_u16(after)?;
        let mut after = after.get(2..)?;
        if flags & EXTENDED != 0 {
            if self.version < 3 || read_u16(after)? & INTENT_TO_ADD != 0 {
                return None;
            }
            after = after.get(2..)?;
        }
        let entry = Entry {
            mode: read_u32(stat, MODE / 4)?,
            size: read_u32(stat, SIZE / 4)?,
            id,
        };
        if flags & STAGE != 0 || !MODES.contains(&entry.mode) {
            return None;
        }
        let (kept, path) = self.read_path(&mut after, flags)?;
        if path <= self.path.get(kept..)? {
            return None;
        }
        self.path.truncate(kept);
        self.path.extend_from_slice(path);
        self.rest = match self.version {
            4 => after,
            // Filled up with zeros, one at least, to a multiple of eight bytes.
            _ => bytes.get((bytes.len() - after.len()).next_multiple_of(8)..)?,
        };
        Some(entry)
    }

    /// How much of the path before is kept, and what comes after that; moves `rest` beyond it.
    fn read_path<'b>(&self, rest: &mut &'b [u8], flags: u16) -> Option<(usize, &'b [u8])> {
        let kept = match self.version {
            4 => self.path.len().checked_sub(read_number(rest)?)?,
            _ => 0,
        };
        let length = match flags & LENGTH {
            length if length < LENGTH && self.version < 4 => usize::from(length),
            _ => memchr::memchr(0, rest)?,
        };
        let (path, after) = rest.split_at_checked(length)?;
        *rest = after.strip_prefix(b"\0")?;
        Some((kept, path))
    }
}

/// A folder as the index remembers it (the extension TREE).
#[derive(Debug)]
pub(super) struct Folder<'a> {
    /// The name in the folder above; the root has none.
    pub(super) name: &'a [u8],
    /// How many entries the folder holds, and the id of the tree they make; nothing where they
    /// have changed since that was known.
    pub(super) tree: Option<(u32, &'a [u8])>,
    /// The place of the first folder behind this one that is not in it.
    pub(super) end: usize,
}

fn parse_folders<'a>(mut data: &'a [u8], format: Format) -> Option<Vec<Folder<'a>>> {
    let mut folders: Vec<Folder<'a>> = Vec::new();
    // Folders that are not complete, and how many more they hold.
    let mut open: Vec<(usize, u32)> = Vec::new();
    while !data.is_empty() {
        let name = take_until(&mut data, 0)?;
        let count = take_until(&mut data, b' ')?;
        let below = parse_number(take_until(&mut data, b'\n')?)?;
        let mut tree = None;
        if count != b"-1" {
            let id;
            (id, data) = data.split_at_checked(format.length())?;
            tree = Some((parse_number(count)?, id));
        }
        match open.last_mut() {
            Some((_, left)) => *left -= 1,
            // A single root.
            None if folders.is_empty() && name.is_empty() => {}
            None => return None,
        }
        open.push((folders.len(), below));
        folders.push(Folder { name, tree, end: 0 });
        while let Some((place, 0)) = open.last() {
            folders[*place].end = folders.len();
            open.pop();
        }
    }
    open.is_empty().then_some(folders)
}

fn take_until<'a>(data: &mut &'a [u8], end: u8) -> Option<&'a [u8]> {
    let length = memchr::memchr(end, data)?;
    let (taken, rest) = data.split_at(length);
    *data = &rest[1..];
    Some(taken)
}

fn parse_number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Reads a number of the form that offsets in packs have, too.
fn read_number(bytes: &mut &[u8]) -> Option<usize> {
    let mut number = 0_usize;
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number = number.checked_mul(128)? | usize::from(byte & 127);
        if byte < 128 {
            return Some(number);
        }
        number = number.checked_add(1)?;
    }
}

fn read_u16(bytes: &[u8]) -> Option<u16> {
    bytes.first_chunk().map(|two| u16::from_be_bytes(*two))
}

fn read_u32(bytes: &[u8], place: usize) -> Option<u32> {
    let rest = bytes.get(place * 4..)?;
    rest.first_chunk().map(|four| u32::from_be_bytes(*four))
}
