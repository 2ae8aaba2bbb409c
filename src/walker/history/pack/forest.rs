//! The delta forest of a pack: which entry is written on top of which.
//!
//! Owns entry headers and the links from bases to deltas. Does not decode anything. Costs 24
//! bytes an object.

use super::delta::read_size;
use super::index::Index;
use super::near::Near;

/// Bytes before the first entry of a pack.
const HEADER: usize = 12;
/// No entry.
pub(super) const NONE: u32 = u32::MAX;

/// Chains of deltas longer than this are taken as corrupt; git makes none of over 4,095.
const LONGEST_CHAIN: usize = 10_000;

/// Copies of an object that are looked at on either side in the index.
const MOST_COPIES: usize = 8;

/// How many bytes behind an entry are handed over with it.
const AHEAD: usize = 64;

/// Kinds of entries, as numbered in the format.
const COMMIT: u8 = 1;
const TREE: u8 = 2;
const BLOB: u8 = 3;
const TAG: u8 = 4;
const OFFSET_DELTA: u8 = 6;
const ID_DELTA: u8 = 7;

/// What the objects of a tree of deltas are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::walker::history) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

impl Kind {
    /// As objects name it in their headers.
    pub(in crate::walker::history) fn as_str(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }
}

/// The entries of a pack in pack order, with the links between them.
#[derive(Debug)]
pub(super) struct Forest {
    /// Where each entry begins; one more at the end for where the last one ends.
    offsets: Vec<u64>,
    /// The place of each in the index.
    places: Vec<u32>,
    /// The first delta upon each entry.
    first_child: Vec<u32>,
    /// The next delta upon the same base.
    next_sibling: Vec<u32>,
    /// Entries that are no deltas.
    roots: Vec<(u32, Kind)>,
    /// Bytes of an object id.
    id_length: usize,
}

/// The header of an entry.
struct Header<'a> {
    kind: u8,
    size: u64,
    /// What follows the header: for a delta the name of its base, then the compressed bytes.
    rest: &'a [u8],
}

impl Forest {
    /// Reads all headers. `None` when the index does not fit the pack.
    pub(super) fn grow(data: &[u8], index: Index<'_>) -> Option<Self> {
        let id_length = index.id_length();
        // The pack ends with a checksum as long as an id.
        let end = data.len().checked_sub(id_length)? as u64;
        if !data.starts_with(b"PACK") || index.count() >= NONE as usize {
            return None;
        }
        let mut entries: Vec<(u64, u32)> = Vec::with_capacity(index.count());
        for place in 0..index.count() {
            entries.push((index.offset(place)?, place as u32));
        }
        entries.sort_unstable();
        let is_sound = entries.first().is_none_or(|first| first.0 >= HEADER as u64)
            && entries.last().is_none_or(|last| last.0 < end);
        if !is_sound {
            return None;
        }
        let places: Vec<u32> = entries.iter().map(|&(_, place)| place).collect();
        let count = entries.len();
        let mut offsets: Vec<u64> = Vec::with_capacity(count + 1);
        offsets.extend(entries.iter().map(|&(offset, _)| offset));
        drop(entries);
        offsets.push(end);
        let mut forest = Self {
            offsets,
            places,
            first_child: vec![NONE; count],
            next_sibling: vec![NONE; count],
            roots: Vec::new(),
            id_length,
        };
        forest.link(data, index);
        Some(forest)
    }

    /// Links every delta to its base. Backwards, so that siblings end in pack order.
    fn link(&mut self, data: &[u8], index: Index<'_>) {
        let near = Near::new(&self.offsets);
        let by_place = self.entries_by_place();
        let entry_at = |place: usize| by_place.get(place).copied();
        for entry in (0..self.places.len() as u32).rev() {
            let Some(header) = self.header(data, entry) else {
                continue;
            };
            let kind = match header.kind {
                COMMIT => Some(Kind::Commit),
                TREE => Some(Kind::Tree),
                BLOB => Some(Kind::Blob),
                TAG => Some(Kind::Tag),
                _ => None,
            };
            if let Some(kind) = kind {
                self.roots.push((entry, kind));
                continue;
            }
            let base = match header.kind {
                OFFSET_DELTA => self.base_by_offset(entry, header.rest, Some(&near)),
                ID_DELTA => header
                    .rest
                    .get(..self.id_length)
                    .and_then(|id| self.base_by_id(data, index, id, entry_at)),
                _ => continue,
            };
            // A base in another pack, or a delta upon itself: not in this forest.
            if let Some(base) = base.filter(|&base| base != entry) {
                self.next_sibling[entry as usize] = self.first_child[base as usize];
                self.first_child[base as usize] = entry;
            }
        }
        self.roots.reverse();
    }

    /// Says whether the bytes of an entry are those that were written: its checksum tells.
    pub(super) fn is_intact(&self, data: &[u8], index: Index<'_>, entry: u32) -> bool {
        let bytes = || {
            let start = usize::try_from(*self.offsets.get(entry as usize)?).ok()?;
            let end = usize::try_from(*self.offsets.get(entry as usize + 1)?).ok()?;
            let checksum = index.checksum(self.place(entry)?)?;
            Some(crc32fast::hash(data.get(start..end)?) == checksum)
        };
        bytes().unwrap_or(false)
    }

    /// Says whether the chain of deltas from the entry at this place of the index is intact
    /// and leads to an object of a kind that there is.
    pub(super) fn is_sound(&self, data: &[u8], index: Index<'_>, place: usize) -> bool {
        let mut entry = self.entry_at(index, place);
        for _ in 0..LONGEST_CHAIN {
            let intact = entry.filter(|&entry| self.is_intact(data, index, entry));
            let header = intact.and_then(|entry| self.header(data, entry));
            let (Some(at), Some(header)) = (entry, header) else {
                return false;
            };
            entry = match header.kind {
                COMMIT | TREE | BLOB | TAG => return true,
                OFFSET_DELTA => self.base_by_offset(at, header.rest, None),
                ID_DELTA => header.rest.get(..self.id_length).and_then(|id| {
                    self.base_by_id(data, index, id, |place| self.entry_at(index, place))
                }),
                _ => return false,
            };
        }
        false
    }

    /// The entries from the one at this place of the index to the object that its chain of deltas
    /// ends in, and the kind of that.
    pub(super) fn chain(
        &self,
        data: &[u8],
        index: Index<'_>,
        place: usize,
    ) -> Option<(Vec<u32>, Kind)> {
        let entry_at = |place: usize| self.entry_at(index, place);
        let mut chain = vec![entry_at(place)?];
        while chain.len() < LONGEST_CHAIN {
            let at = *chain.last()?;
            let header = self.header(data, at)?;
            let kind = match header.kind {
                COMMIT => Kind::Commit,
                TREE => Kind::Tree,
                BLOB => Kind::Blob,
                TAG => Kind::Tag,
                OFFSET_DELTA => {
                    chain.push(self.base_by_offset(at, header.rest, None)?);
                    continue;
                }
                ID_DELTA => {
                    let id = header.rest.get(..self.id_length)?;
                    chain.push(self.base_by_id(data, index, id, entry_at)?);
                    continue;
                }
                _ => return None,
            };
            return Some((chain, kind));
        }
        None
    }

    /// The entry at a place of the index.
    fn entry_at(&self, index: Index<'_>, place: usize) -> Option<u32> {
        let offset = index.offset(place)?;
        let offsets = self.offsets.get(..self.places.len())?;
        let entry = offsets.binary_search(&offset).ok()?;
        Some(entry as u32)
    }

    /// How many entries there are.
    pub(super) fn count(&self) -> usize {
        self.places.len()
    }

    fn entries_by_place(&self) -> Vec<u32> {
        let mut by_place = vec![NONE; self.places.len()];
        for (entry, &place) in self.places.iter().enumerate() {
            by_place[place as usize] = entry as u32;
        }
        by_place
    }

    /// The objects of a kind where trees of deltas begin, in pack order.
    pub(super) fn roots(&self, kind: Kind) -> impl Iterator<Item = u32> + '_ {
        let roots = self.roots.iter();
        roots.filter_map(move |&(entry, other)| (other == kind).then_some(entry))
    }

    /// The kind of each entry whose chain of deltas ends in this pack, by its place in the index.
    pub(super) fn kinds(&self) -> Vec<Option<Kind>> {
        let mut kinds = vec![None; self.count()];
        let mut open = Vec::new();
        for &(root, kind) in &self.roots {
            open.push(root);
            while let Some(entry) = open.pop() {
                if let Some(place) = self.place(entry) {
                    kinds[place] = Some(kind);
                }
                let mut child = self.first_child(entry);
                while child != NONE {
                    open.push(child);
                    child = self.next_sibling(child);
                }
            }
        }
        kinds
    }

    /// The first delta upon an entry, or `NONE`.
    pub(super) fn first_child(&self, entry: u32) -> u32 {
        self.first_child
            .get(entry as usize)
            .copied()
            .unwrap_or(NONE)
    }

    /// The next delta upon the same base, or `NONE`.
    pub(super) fn next_sibling(&self, entry: u32) -> u32 {
        self.next_sibling
            .get(entry as usize)
            .copied()
            .unwrap_or(NONE)
    }

    /// The place of an entry in the index.
    pub(super) fn place(&self, entry: u32) -> Option<usize> {
        self.places.get(entry as usize).map(|&place| place as usize)
    }

    /// The size of an entry's bytes once inflated, and the compressed bytes; others follow, so that the
    /// reader need not mind the end.
    pub(super) fn content<'a>(&self, data: &'a [u8], entry: u32) -> Option<(u64, &'a [u8])> {
        let header = self.header(data, entry)?;
        let bytes = match header.kind {
            OFFSET_DELTA => read_distance(header.rest)?.1,
            ID_DELTA => header.rest.get(self.id_length..)?,
            _ => header.rest,
        };
        let end = usize::try_from(*self.offsets.get(entry as usize + 1)?).ok()?;
        let start = end.checked_sub(bytes.len())?;
        Some((header.size, data.get(start..data.len().min(end + AHEAD))?))
    }

    fn header<'a>(&self, data: &'a [u8], entry: u32) -> Option<Header<'a>> {
        let start = usize::try_from(*self.offsets.get(entry as usize)?).ok()?;
        let end = usize::try_from(*self.offsets.get(entry as usize + 1)?).ok()?;
        let (&first, rest) = data.get(start..end)?.split_first()?;
        let low = u64::from(first & 0x0f);
        let (size, rest) = if first & 0x80 == 0 {
            (low, rest)
        } else {
            let (high, rest) = read_size(rest)?;
            (low | high.checked_mul(16)?, rest)
        };
        Some(Header {
            kind: first >> 4 & 7,
            size,
            rest,
        })
    }

    /// The base of a delta that names it by its id. A pack may hold an object twice, and one of the two
    /// be written upon the other by that same id: one that is not written so comes first.
    fn base_by_id(
        &self,
        data: &[u8],
        index: Index<'_>,
        id: &[u8],
        entry_at: impl Fn(usize) -> Option<u32>,
    ) -> Option<u32> {
        let found = index.find(id)?;
        let is_same = |place: &usize| index.id(*place) == Some(id);
        let before = (0..found).rev().take_while(is_same).take(MOST_COPIES);
        let after = (found + 1..index.count()).take_while(is_same);
        let copies = before.chain(after.take(MOST_COPIES));
        let is_by_id = |entry: u32| {
            let header = self.header(data, entry);
            header.is_none_or(|header| header.kind == ID_DELTA)
        };
        let first = entry_at(found)?;
        if copies.clone().next().is_none() || !is_by_id(first) {
            return Some(first);
        }
        let mut others = copies.filter_map(&entry_at);
        Some(others.find(|&entry| !is_by_id(entry)).unwrap_or(first))
    }

    /// The base of a delta that names it by its distance.
    fn base_by_offset(&self, entry: u32, bytes: &[u8], near: Option<&Near>) -> Option<u32> {
        let (distance, _) = read_distance(bytes)?;
        let offset = self.offsets.get(entry as usize)?.checked_sub(distance)?;
        let all = 0..self.places.len();
        let range = near.map_or(Some(all), |near| near.range(offset))?;
        let base = self.offsets.get(range.clone())?.binary_search(&offset);
        Some((range.start + base.ok()?) as u32)
    }
}

/// How far before a delta its base begins, and what follows: a number of 7 bits a byte, the highest
/// first, where each further byte adds one.
fn read_distance(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut distance = 0_u64;
    for (at, &byte) in bytes.iter().enumerate().take(9) {
        distance = distance << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((distance, &bytes[at + 1..]));
        }
        distance += 1;
    }
    None
}
