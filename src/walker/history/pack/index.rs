//! The index of a pack: which object begins where.
//!
//! Owns the format (gitformat-pack, version 2). Every length is checked: an index is hostile
//! input. Does not own the pack.

use std::cmp::Ordering;

use crate::walker::id::{Format, Id};

/// Magic bytes and version of the index.
const MAGIC: &[u8] = b"\xfftOc\0\0\0\x02";
/// The bit of an offset that is a place in the table of large ones.
const LARGE: u32 = 0x8000_0000;
/// Bytes of the fan-out table.
const FANOUT: usize = 256 * 4;

/// What an index says of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) id: Id,
    pub(super) offset: u64,
    pub(super) checksum: u32,
    /// Whether the id is the true one.
    pub(super) is_named: bool,
}

/// Writes an index of entries that are sorted by id.
pub(super) fn write(entries: &[Entry], format: Format) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for first in 0..=u8::MAX {
        let up_to = entries.partition_point(|entry| entry.id.as_bytes()[0] <= first);
        bytes.extend((up_to as u32).to_be_bytes());
    }
    for entry in entries {
        bytes.extend(entry.id.as_bytes());
    }
    for entry in entries {
        bytes.extend(entry.checksum.to_be_bytes());
    }
    let mut large = Vec::new();
    for entry in entries {
        let small = u32::try_from(entry.offset)
            .ok()
            .filter(|&offset| offset < LARGE);
        let offset = small.unwrap_or_else(|| {
            large.push(entry.offset);
            LARGE | (large.len() as u32 - 1)
        });
        bytes.extend(offset.to_be_bytes());
    }
    bytes.extend(large.iter().flat_map(|offset| offset.to_be_bytes()));
    // The checksums of pack and index, which are not looked at.
    bytes.resize(bytes.len() + 2 * format.length(), 0);
    bytes
}

/// Where ids begin in an index, by their first bits: a fan-out so fine that a search ends where it
/// begins.
#[derive(Debug, Default)]
pub(super) struct Starts {
    bits: u32,
    /// One more at the end.
    places: Vec<u32>,
}

/// Ids that share their first bits, in the middle.
const IDS_A_START: usize = 8;

impl Starts {
    /// Those of an index; of one that is not sorted some that lead nowhere.
    pub(super) fn of(index: Index<'_>) -> Self {
        let bits = (index.count / IDS_A_START).max(1).ilog2().clamp(1, 24);
        let mut places = Vec::with_capacity((1 << bits) + 1);
        for place in 0..index.count {
            let start = index.id(place).and_then(leading).unwrap_or_default() >> (64 - bits);
            while places.len() as u64 <= start {
                places.push(place as u32);
            }
        }
        places.resize((1 << bits) + 1, index.count as u32);
        Self { bits, places }
    }

    fn narrow(&self, leading: u64) -> Option<(usize, usize, u32)> {
        let start = (leading >> (64 - self.bits)) as usize;
        let (low, high) = (self.places.get(start)?, self.places.get(start + 1)?);
        Some((*low as usize, *high as usize, self.bits))
    }
}

/// For how many ids memory is fetched at a time.
const FETCHED: usize = 64;

/// An index, checked for its lengths.
#[derive(Clone, Copy, Debug)]
pub(super) struct Index<'a> {
    fanout: &'a [u8],
    starts: Option<&'a Starts>,
    ids: &'a [u8],
    checksums: &'a [u8],
    offsets: &'a [u8],
    large_offsets: &'a [u8],
    count: usize,
    /// Bytes of an object id.
    id_length: usize,
}

impl<'a> Index<'a> {
    /// Reads an index; `None` for another version or a table that is cut.
    pub(super) fn parse(bytes: &'a [u8], format: Format) -> Option<Self> {
        let id_length = format.length();
        let rest = bytes.strip_prefix(MAGIC)?;
        let (fanout, rest) = rest.split_at_checked(FANOUT)?;
        let count = read_u32(fanout, 255)? as usize;
        let (ids, rest) = rest.split_at_checked(count.checked_mul(id_length)?)?;
        let (checksums, rest) = rest.split_at_checked(count.checked_mul(4)?)?;
        let (offsets, rest) = rest.split_at_checked(count.checked_mul(4)?)?;
        let large_offsets = rest.get(..rest.len().checked_sub(2 * id_length)?)?;
        Some(Self {
            fanout,
            starts: None,
            ids,
            checksums,
            offsets,
            large_offsets,
            count,
            id_length,
        })
    }

    /// The same, where its own starts are at hand, for many searches.
    pub(super) fn with(self, starts: &'a Starts) -> Self {
        let starts = Some(starts);
        Self { starts, ..self }
    }

    /// Bytes of an object id.
    pub(super) fn id_length(&self) -> usize {
        self.id_length
    }

    /// How many objects there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The id of an object by its place in the index.
    pub(super) fn id(&self, place: usize) -> Option<&'a [u8]> {
        self.ids
            .get(place * self.id_length..(place + 1) * self.id_length)
    }

    /// CRC-32 of the entry of an object, header and compressed bytes.
    pub(super) fn checksum(&self, place: usize) -> Option<u32> {
        read_u32(self.checksums, place)
    }

    /// Where the object begins in the pack.
    pub(super) fn offset(&self, place: usize) -> Option<u64> {
        let small = read_u32(self.offsets, place)?;
        if small & LARGE == 0 {
            return Some(u64::from(small));
        }
        let large = (small & !LARGE) as usize;
        let bytes = self.large_offsets.get(large * 8..large * 8 + 8)?;
        Some(u64::from_be_bytes(bytes.try_into().ok()?))
    }

    /// Says whether an object begins at `end` or beyond, or beyond the index.
    fn leads_beyond(&self, end: u64) -> bool {
        // There are millions of them: no branch for each.
        let (offsets, _) = self.offsets.as_chunks();
        let offsets = offsets.iter().map(|offset| u32::from_be_bytes(*offset));
        let greatest = offsets.fold(0, u32::max);
        if greatest & LARGE == 0 {
            return self.count > 0 && u64::from(greatest) >= end;
        }
        let mut places = 0..self.count;
        places.any(|place| self.offset(place).is_none_or(|offset| offset >= end))
    }

    /// The places of the ids that begin with the same bits as this one, and how many bits those are.
    fn narrow(&self, leading: u64) -> Option<(usize, usize, u32)> {
        if let Some(starts) = self.starts {
            return starts.narrow(leading);
        }
        let first = (leading >> 56) as usize;
        // The fan-out says how many ids begin with a byte up to this one.
        let high = (read_u32(self.fanout, first)? as usize).min(self.count);
        let low = match first.checked_sub(1) {
            Some(before) => read_u32(self.fanout, before)? as usize,
            None => 0,
        };
        Some((low, high, 8))
    }

    /// Finds many objects and hands over which of the ids is at which place.
    pub(super) fn find_all(&self, ids: &[Id], mut found: impl FnMut(usize, usize)) {
        for (part, ids) in ids.chunks(FETCHED).enumerate() {
            self.fetch(ids);
            for (at, id) in (part * FETCHED..).zip(ids) {
                if let Some(place) = self.find(id.as_bytes()) {
                    found(at, place);
                }
            }
        }
    }

    /// Has the memory fetched where these ids are likely to be, all of it at once: searches one after
    /// another would each wait for theirs.
    fn fetch(&self, ids: &[Id]) {
        let mut guesses = [0; FETCHED];
        for (place, id) in guesses.iter_mut().zip(ids) {
            let wanted = leading(id.as_bytes()).unwrap_or_default();
            let (low, high, bits) = self.narrow(wanted).unwrap_or_default();
            *place = low + guess(wanted << bits, high.saturating_sub(low) as u64);
        }
        let first = |place: &usize| self.id(*place).and_then(|id| id.first());
        std::hint::black_box(guesses.iter().filter_map(first).fold(0, |sum, id| sum ^ id));
    }

    /// The place of an object by its id.
    pub(super) fn find(&self, id: &[u8]) -> Option<usize> {
        let wanted = leading(id)?;
        let (mut low, mut high, bits) = self.narrow(wanted)?;
        // A damaged fan-out may fall.
        let range = high.checked_sub(low)? as u64;
        // Ids are spread evenly, so the first guess is off by a few; the first eight bytes tell
        // nearly all of them apart.
        let mut guess = low + guess(wanted << bits, range);
        let mut step = 1;
        while low < high {
            let here = self.id(guess)?;
            match leading(here)?.cmp(&wanted).then_with(|| here.cmp(id)) {
                Ordering::Less => {
                    low = guess + 1;
                    guess = (guess + step).min(high.saturating_sub(1));
                }
                Ordering::Greater => {
                    high = guess;
                    guess = guess.saturating_sub(step).max(low);
                }
                Ordering::Equal => return Some(guess),
            }
            if step > high.saturating_sub(low) {
                guess = low.midpoint(high);
            }
            step *= 2;
        }
        None
    }
}

/// Where in a range what begins with these bits is likely to be.
fn guess(leading: u64, range: u64) -> usize {
    (((leading >> 32) * range) >> 32) as usize
}

/// The first eight bytes of an id as a number that sorts like them.
fn leading(id: &[u8]) -> Option<u64> {
    id.first_chunk().map(|bytes| u64::from_be_bytes(*bytes))
}

/// Says whether an object begins at `end` or beyond, or beyond the index, by an index of either
/// version; not so when it is neither.
pub(super) fn leads_beyond(bytes: &[u8], format: Format, end: u64) -> bool {
    if let Some(index) = Index::parse(bytes, format) {
        return index.leads_beyond(end);
    }
    if bytes.starts_with(&MAGIC[..4]) {
        return false;
    }
    // Version 1: the fan-out, and then offset and id of each object.
    let entries = || {
        let (fanout, rest) = bytes.split_at_checked(FANOUT)?;
        let entry_length = 4 + format.length();
        let count = read_u32(fanout, 255)? as usize;
        let entries = rest.get(..count.checked_mul(entry_length)?)?;
        Some(entries.chunks_exact(entry_length))
    };
    let is_beyond = |entry| read_u32(entry, 0).is_none_or(|offset| u64::from(offset) >= end);
    entries().is_some_and(|mut entries| entries.any(is_beyond))
}

fn read_u32(table: &[u8], place: usize) -> Option<u32> {
    let bytes = table.get(place * 4..place * 4 + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMATS: [Format; 2] = [Format::Sha1, Format::Sha256];

    /// An index with the ids that repeat these bytes.
    fn index(ids: &[u8], format: Format) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let up_to = |first: usize| ids.iter().filter(|id| usize::from(**id) <= first).count();
        bytes.extend((0..256).flat_map(|first| (up_to(first) as u32).to_be_bytes()));
        bytes.extend(ids.iter().flat_map(|id| vec![*id; format.length()]));
        bytes.extend(vec![0; ids.len() * 4]);
        bytes.extend((0..ids.len() as u32).flat_map(|place| (12 + place).to_be_bytes()));
        bytes.extend(vec![0; 2 * format.length()]);
        bytes
    }

    #[test]
    fn finds_what_it_holds() {
        for format in FORMATS {
            let bytes = index(&[1, 5, 9], format);
            let index = Index::parse(&bytes, format).unwrap();
            assert_eq!(index.count(), 3);
            assert_eq!(index.find(&vec![5; format.length()]), Some(1));
            assert_eq!(index.find(&vec![6; format.length()]), None);
            assert_eq!(index.offset(2), Some(14));
        }
    }

    #[test]
    fn the_starts_lead_to_the_same_places() {
        for format in FORMATS {
            let ids: Vec<u8> = (0..200).filter(|id| id % 7 != 3).collect();
            let bytes = index(&ids, format);
            let index = Index::parse(&bytes, format).unwrap();
            let starts = Starts::of(index);
            let wanted: Vec<Id> = (0..=u8::MAX)
                .map(|id| Id::read(&vec![id; format.length()]).unwrap())
                .collect();
            let mut found = vec![None; wanted.len()];
            index
                .with(&starts)
                .find_all(&wanted, |at, place| found[at] = Some(place));
            let expected = (0..=u8::MAX).map(|id| ids.binary_search(&id).ok());
            assert_eq!(found, expected.collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_starts_of_an_index_out_of_order_lead_nowhere_else() {
        let bytes = index(&[9, 200, 1, 255, 5, 0, 7, 8, 30], Format::Sha1);
        let index = Index::parse(&bytes, Format::Sha1).unwrap();
        let starts = Starts::of(index);
        for id in 0..=u8::MAX {
            let id = [id; 20];
            let place = index.with(&starts).find(&id);
            assert!(place.is_none_or(|place| index.id(place) == Some(&id)));
        }
    }

    #[test]
    fn an_id_of_the_other_format_is_not_found() {
        let bytes = index(&[1, 5, 9], Format::Sha256);
        let index = Index::parse(&bytes, Format::Sha256).unwrap();
        assert_eq!(index.find(&[5; 20]), None);
    }

    #[test]
    fn refuses_a_cut_or_foreign_index() {
        for format in FORMATS {
            let bytes = index(&[1], format);
            for length in 0..bytes.len() {
                assert!(Index::parse(&bytes[..length], format).is_none(), "{length}");
            }
            let mut huge = bytes.clone();
            huge[8 + 255 * 4..8 + FANOUT].copy_from_slice(&[0xff; 4]);
            assert!(Index::parse(&huge, format).is_none());
        }
    }
}
