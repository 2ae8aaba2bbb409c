//! `SQLite` databases: the values of all tables, and what is left in pages that are free.
//!
//! Owns the file format (<https://www.sqlite.org/fileformat2.html>) as far as values need it. Every
//! page is looked at: by the trees of the tables first, so that values are named after them, then
//! one by one, so that a damaged or deleted tree hides nothing. No SQL is run.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::rows::Rows;
use super::{Unpacker, join, slice, strings, u16_be, u32_be};

const MAGIC: &[u8] = b"SQLite format 3\0";

pub(super) fn is_database(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

pub(super) fn database(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let Some(database) = Database::read(bytes) else {
        unpacker.damaged(address, "its head is damaged", bytes.len() as u64);
        return unpacker.text(address, "strings", &strings::all(bytes));
    };
    let mut seen = vec![false; database.pages() + 1];
    let mut damage = bytes.len() % database.page_size;
    for (name, root) in database.tables() {
        let mut rows = Rows::default();
        damage += database.walk(root, &mut seen, &mut rows);
        rows.hand_over(unpacker, &join(address, name.as_bytes()));
    }
    let (mut lost, mut rows) = (Vec::new(), Rows::default());
    let mut followed = seen.clone();
    for (page, _) in seen.iter().enumerate().skip(1).filter(|(_, seen)| !**seen) {
        // Records of a page that was deleted whole can still be read; what is between them, and
        // the rest of all other pages, are strings.
        database.records(page, &mut followed, &mut rows);
        lost.extend(strings::all(database.page(page)));
    }
    for (page, _) in seen.iter().enumerate().skip(1).filter(|(_, seen)| **seen) {
        lost.extend(strings::all(&database.unused(page)));
    }
    rows.hand_over(unpacker, &format!("{address}#free"));
    unpacker.text(address, "pages", &lost);
    if damage > 0 {
        unpacker.damaged(
            address,
            "a page of a table is cut or damaged",
            damage as u64,
        );
    }
}

struct Database<'a> {
    bytes: &'a [u8],
    page_size: usize,
    /// How many bytes of a page hold cells.
    usable: usize,
    /// 1 for UTF-8, 2 and 3 for UTF-16.
    encoding: u32,
    /// How many bytes of records may still be copied: they may lie upon each other.
    left: Cell<usize>,
}

/// A tree is not deeper.
const DEEPEST: u32 = 40;

impl<'a> Database<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let page_size = match u16_be(bytes, 16)? {
            1 => 65_536,
            size if size.is_power_of_two() && size >= 512 => usize::from(size),
            _ => return None,
        };
        let reserved = usize::from(*bytes.get(20)?);
        Some(Self {
            bytes,
            page_size,
            usable: page_size
                .checked_sub(reserved)
                .filter(|&usable| usable >= 480)?,
            encoding: u32_be(bytes, 56)?,
            left: Cell::new(bytes.len().saturating_mul(4)),
        })
    }

    fn pages(&self) -> usize {
        self.bytes.len().div_ceil(self.page_size)
    }

    fn page(&self, number: usize) -> &'a [u8] {
        let start = number.saturating_sub(1).saturating_mul(self.page_size);
        slice(self.bytes, start, self.page_size)
    }

    /// Where the head of a tree's page begins: the first page has that of the file before it.
    fn head(number: usize) -> usize {
        if number == 1 { 100 } else { 0 }
    }

    /// What of a tree's page no record has: space that is free, or was.
    fn unused(&self, number: usize) -> Vec<u8> {
        let (page, head) = (self.page(number), Self::head(number));
        let kind = page.get(head).copied().unwrap_or(0);
        let list = head + if kind < 8 { 12 } else { 8 };
        let count = usize::from(u16_be(page, head + 3).unwrap_or(0));
        let mut used = vec![(0, list + 2 * count)];
        used.extend((0..count).filter_map(|cell| {
            let start = usize::from(u16_be(page, list + 2 * cell)?);
            Some((start, self.end_of_cell(page, start, kind)?))
        }));
        used.push((page.len(), page.len()));
        used.sort_unstable();
        let (mut unused, mut from) = (Vec::new(), 0);
        for (start, end) in used {
            if start > from {
                unused.extend_from_slice(&page[from..start.min(page.len())]);
                unused.push(0);
            }
            from = from.max(end);
        }
        unused
    }

    /// Where a record ends in its page.
    fn end_of_cell(&self, page: &[u8], mut at: usize, kind: u8) -> Option<usize> {
        if kind < 8 {
            at += 4;
        }
        if kind == 0x05 {
            return varint(page, &mut at).map(|_| at);
        }
        let length = usize::try_from(varint(page, &mut at)?).ok()?;
        if kind == 0x0d {
            varint(page, &mut at)?;
        }
        let local = self.local(length, kind);
        Some(at + local + if local < length { 4 } else { 0 })
    }

    /// How many bytes of a record stay in its page (section 1.6).
    fn local(&self, length: usize, kind: u8) -> usize {
        let most = if kind == 0x0d {
            self.usable - 35
        } else {
            (self.usable - 12) * 64 / 255 - 23
        };
        if length <= most {
            return length;
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let local = least + (length - least) % (self.usable - 4);
        if local <= most { local } else { least }
    }

    /// Names and roots of all tables and indexes, the list of them first.
    fn tables(&self) -> Vec<(String, usize)> {
        let mut tables = vec![("sqlite_schema".to_owned(), 1)];
        let mut roots = BTreeMap::new();
        let mut seen = vec![false; self.pages() + 1];
        self.each_record(1, &mut seen, 0, &mut |values: &[Value]| {
            if let [_, Value::Text(name), _, Value::Number(root), ..] = values {
                let name = String::from_utf8_lossy(name).into_owned();
                roots.entry(*root as usize).or_insert(name);
            }
        });
        tables.extend(roots.into_iter().map(|(root, name)| (name, root)));
        tables
    }

    /// Reads a tree; gives how many bytes of it are damaged.
    fn walk(&self, root: usize, seen: &mut [bool], rows: &mut Rows) -> usize {
        self.each_record(root, seen, 0, &mut |values: &[Value]| push(rows, values))
    }

    /// Reads what looks like the records of a page outside of the trees.
    fn records(&self, number: usize, seen: &mut [bool], rows: &mut Rows) {
        let kind = self.page(number).first();
        if matches!(kind, Some(0x0d | 0x0a | 0x02)) {
            self.cells(number, seen, &mut |values: &[Value]| {
                push(rows, values);
            });
        }
    }

    fn each_record(
        &self,
        number: usize,
        seen: &mut [bool],
        depth: u32,
        take: &mut dyn FnMut(&[Value]),
    ) -> usize {
        let is_known = seen.get(number).copied().unwrap_or(true);
        if number == 0 || is_known || depth > DEEPEST {
            return 0;
        }
        seen[number] = true;
        let (page, head) = (self.page(number), Self::head(number));
        let Some(&kind @ (0x02 | 0x05 | 0x0a | 0x0d)) = page.get(head) else {
            return page.len();
        };
        let mut damage = self.cells(number, seen, take);
        if kind == 0x02 || kind == 0x05 {
            let count = usize::from(u16_be(page, head + 3).unwrap_or(0));
            let children = (0..count)
                .filter_map(|cell| u16_be(page, head + 12 + 2 * cell))
                .filter_map(|at| u32_be(page, usize::from(at)))
                .chain(u32_be(page, head + 8));
            for child in children {
                damage += self.each_record(child as usize, seen, depth + 1, take);
            }
        }
        damage
    }

    /// Reads the records of one page; gives how many bytes of them are damaged.
    fn cells(&self, number: usize, seen: &mut [bool], take: &mut dyn FnMut(&[Value])) -> usize {
        let (page, head) = (self.page(number), Self::head(number));
        let kind = page.get(head).copied().unwrap_or(0);
        if kind == 0x05 {
            return 0;
        }
        let list = head + if kind == 0x02 { 12 } else { 8 };
        let mut damage = 0;
        for cell in 0..usize::from(u16_be(page, head + 3).unwrap_or(0)) {
            let at = u16_be(page, list + 2 * cell).map(usize::from);
            let values = at.and_then(|at| {
                let payload = self.payload(page, at, kind, seen)?;
                self.values(&payload)
            });
            match values {
                Some(values) => take(&values),
                None => damage += 4,
            }
        }
        damage
    }

    /// The bytes of a record, put together from its overflow pages.
    fn payload(&self, page: &[u8], mut at: usize, kind: u8, seen: &mut [bool]) -> Option<Vec<u8>> {
        if kind == 0x02 {
            at += 4;
        }
        let length = usize::try_from(varint(page, &mut at)?).ok()?;
        if kind == 0x0d {
            varint(page, &mut at)?;
        }
        let left = self.left.get().checked_sub(length)?;
        if length > self.bytes.len() {
            return None;
        }
        self.left.set(left);
        let local = self.local(length, kind);
        if local == length {
            return page.get(at..at + length).map(<[u8]>::to_vec);
        }
        let mut payload = page.get(at..at + local)?.to_vec();
        let mut next = u32_be(page, at + local)? as usize;
        while payload.len() < length {
            let more = self.page(next);
            if next == 0 || more.len() < self.usable || seen.get(next).copied().unwrap_or(true) {
                break;
            }
            seen[next] = true;
            let part = slice(more, 4, (length - payload.len()).min(self.usable - 4));
            payload.extend_from_slice(part);
            next = u32_be(more, 0)? as usize;
        }
        Some(payload)
    }

    /// The values of a record (section 2.1).
    fn values(&self, payload: &[u8]) -> Option<Vec<Value>> {
        let mut at = 0;
        let head = usize::try_from(varint(payload, &mut at)?).ok()?;
        let (mut body, mut values) = (head, Vec::new());
        while at < head {
            let kind = varint(payload, &mut at)?;
            let length = match kind {
                0 | 8 | 9 => 0,
                1..=4 => kind as usize,
                5 => 6,
                6 | 7 => 8,
                10 | 11 => return None,
                _ => usize::try_from((kind - 12) / 2).ok()?,
            };
            // Of a value that is cut the first part counts.
            let bytes = slice(payload, body, length);
            body = body.saturating_add(length);
            values.push(match kind {
                1..=6 => Value::Number(number(bytes)),
                12.. if kind % 2 == 0 => Value::Blob(bytes.to_vec()),
                12.. => Value::Text(self.decode(bytes)),
                _ => Value::Number(0),
            });
        }
        Some(values)
    }

    fn decode(&self, bytes: &[u8]) -> Vec<u8> {
        let decoded = match self.encoding {
            2 => encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0,
            3 => encoding_rs::UTF_16BE.decode_without_bom_handling(bytes).0,
            _ => return bytes.to_vec(),
        };
        decoded.into_owned().into_bytes()
    }
}

enum Value {
    Number(i64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

fn push(rows: &mut Rows, values: &[Value]) {
    for value in values {
        match value {
            Value::Text(text) => rows.add_text(text),
            Value::Blob(blob) => rows.add_blob(blob),
            Value::Number(_) => {}
        }
    }
    rows.end_row();
}

fn number(bytes: &[u8]) -> i64 {
    bytes
        .iter()
        .fold(0, |sum: i64, &byte| sum << 8 | i64::from(byte))
}

/// A number of up to nine bytes, the first seven bits of each, of the ninth all.
fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0;
    for place in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if place == 8 {
            return Some(value << 8 | u64::from(byte));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(value)
}
