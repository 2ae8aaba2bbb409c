//! The directory of a zip file: which members there are and where.
//!
//! Owns the parsing of the central directory and, for what it does not list, of the heads in
//! front of the members (PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5). A file is read by both:
//! a directory may be cut, damaged or keep quiet about members.

use memchr::memmem;

use super::{slice, u16_le, u32_le, u64_le};

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const LOCAL_LENGTH: usize = 30;
const CENTRAL_LENGTH: usize = 46;

/// A member as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) method: u16,
    pub(super) is_encrypted: bool,
    /// Where its packed bytes begin.
    pub(super) start: usize,
    /// How many there are; `None` when only decoding tells.
    pub(super) packed: Option<u64>,
    /// How many it says they unfold to.
    pub(super) size: u64,
    pub(super) crc: Option<u32>,
}

/// What a zip file lists.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) entries: Vec<Entry>,
    /// Where the head of each listed member begins, sorted, and where the bytes of it and of all
    /// before it end.
    covered: Vec<(usize, usize)>,
    /// Whether the directory was whole.
    pub(super) is_whole: bool,
}

/// Reads the central directory.
pub(super) fn read(bytes: &[u8], most: usize) -> Directory {
    let mut directory = Directory::default();
    let Some(end) = memmem::rfind(bytes, END) else {
        return directory;
    };
    let count = u16_le(bytes, end + 10).unwrap_or(0);
    let size = u32_le(bytes, end + 12).unwrap_or(0) as usize;
    let offset = u32_le(bytes, end + 16).unwrap_or(0) as usize;
    // Before the end stand, in zip64, a locator of 20 bytes and a record of 56 or more.
    let is_large = offset == u32::MAX as usize || count == u16::MAX || size == u32::MAX as usize;
    let record = is_large.then(|| memmem::rfind(&bytes[..end], b"PK\x06\x06"));
    let record = record.flatten();
    let (last, count, size, offset) = match record {
        Some(at) => (
            at,
            u64_le(bytes, at + 32).unwrap_or(0),
            u64_le(bytes, at + 40).unwrap_or(0) as usize,
            u64_le(bytes, at + 48).unwrap_or(0) as usize,
        ),
        None => (end, u64::from(count), size, offset),
    };
    // Bytes before the archive, of a program that unpacks it, shift all offsets.
    let start = last.saturating_sub(size);
    let start = if slice(bytes, start, 4) == CENTRAL {
        start
    } else {
        offset
    };
    let shift = start.saturating_sub(offset);
    let mut at = start;
    while directory.entries.len() <= most {
        let Some((entry, head, next)) = central(bytes, at, shift) else {
            break;
        };
        let end = entry.packed.unwrap_or(0) as usize;
        directory
            .covered
            .push((head, entry.start.saturating_add(end)));
        directory.entries.push(entry);
        at = next;
    }
    directory.is_whole = directory.entries.len() as u64 == count;
    directory.covered.push((start, bytes.len()));
    directory.covered.sort_unstable();
    let mut last = 0;
    for (_, end) in &mut directory.covered {
        last = last.max(*end);
        *end = last;
    }
    directory
}

impl Directory {
    /// Finds the members that are not listed, from `from` on; gives the first.
    pub(super) fn find_unlisted(&self, bytes: &[u8], from: usize) -> Option<Entry> {
        let mut at = from;
        loop {
            at += memmem::find(bytes.get(at..)?, LOCAL)?;
            // The listed ones that begin before are over, or this lies in one of them.
            let before = self.covered.partition_point(|&(start, _)| start <= at);
            let end = before.checked_sub(1).map(|last| self.covered[last].1);
            match end.filter(|&end| end > at) {
                Some(end) => at = end,
                None => match local(bytes, at) {
                    Some(entry) => return Some(entry),
                    None => at += LOCAL.len(),
                },
            }
        }
    }
}

/// Reads an entry of the directory; gives where its head stands and where the next entry begins.
fn central(bytes: &[u8], at: usize, shift: usize) -> Option<(Entry, usize, usize)> {
    let fixed = bytes.get(at..at.checked_add(CENTRAL_LENGTH)?)?;
    if !fixed.starts_with(CENTRAL) {
        return None;
    }
    let length = |place| u16_le(fixed, place).map(usize::from);
    let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
    let after = at + CENTRAL_LENGTH;
    let name_text = bytes.get(after..after + name)?;
    let extra_text = slice(bytes, after + name, extra);
    let mut packed = u64::from(u32_le(fixed, 20)?);
    let mut size = u64::from(u32_le(fixed, 24)?);
    let mut head = u64::from(u32_le(fixed, 42)?);
    widen(extra_text, [&mut size, &mut packed, &mut head]);
    let head = usize::try_from(head).ok()?.saturating_add(shift);
    let start = start_of(bytes, head);
    let entry = Entry {
        name: name_text.to_vec(),
        method: method(u16_le(fixed, 10)?, extra_text),
        is_encrypted: u16_le(fixed, 8)? & 1 != 0,
        start,
        packed: Some(packed),
        size,
        crc: u32_le(fixed, 16),
    };
    Some((entry, head, after + name + extra + comment))
}

/// Where the bytes of a member begin whose head stands at `head`.
fn start_of(bytes: &[u8], head: usize) -> usize {
    let length = |place| u16_le(bytes, head.saturating_add(place)).map_or(0, usize::from);
    head.saturating_add(LOCAL_LENGTH + length(26) + length(28))
}

/// Reads the head of a member.
fn local(bytes: &[u8], at: usize) -> Option<Entry> {
    let fixed = bytes.get(at..at + LOCAL_LENGTH)?;
    let length = |place| u16_le(fixed, place).map(usize::from);
    let (name, extra) = (length(26)?, length(28)?);
    let name_text = bytes.get(at + LOCAL_LENGTH..at + LOCAL_LENGTH + name)?;
    let extra_text = slice(bytes, at + LOCAL_LENGTH + name, extra);
    let flags = u16_le(fixed, 6)?;
    let mut packed = u64::from(u32_le(fixed, 18)?);
    let mut size = u64::from(u32_le(fixed, 22)?);
    widen(extra_text, [&mut size, &mut packed, &mut 0]);
    // The sizes stand behind the member.
    let is_open = flags & 8 != 0 && packed == 0;
    Some(Entry {
        name: name_text.to_vec(),
        method: method(u16_le(fixed, 8)?, extra_text),
        is_encrypted: flags & 1 != 0,
        start: at + LOCAL_LENGTH + name + extra,
        packed: (!is_open).then_some(packed),
        size,
        crc: u32_le(fixed, 14).filter(|_| !is_open),
    })
}

/// The fields of an extra part, by id.
fn fields(mut extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (id, length) = (u16_le(extra, 0)?, usize::from(u16_le(extra, 2)?));
        let field = slice(extra, 4, length);
        extra = slice(extra, 4 + length, extra.len());
        Some((id, field))
    })
}

/// Takes the values from the extra part that do not fit into 32 bits (section 4.5.3).
fn widen(extra: &[u8], values: [&mut u64; 3]) {
    let Some((_, mut field)) = fields(extra).find(|&(id, _)| id == 1) else {
        return;
    };
    for value in values {
        if *value == u64::from(u32::MAX)
            && let Some(wide) = u64_le(field, 0)
        {
            *value = wide;
            field = &field[8..];
        }
    }
}

/// The method of a member; one encrypted with AES keeps it in the extra part, and is encrypted
/// whatever the flags say.
fn method(method: u16, extra: &[u8]) -> u16 {
    let aes = fields(extra).find(|&(id, _)| id == 0x9901);
    let inner = aes.and_then(|(_, field)| u16_le(field, 5));
    inner.filter(|_| method == 99).unwrap_or(method)
}
