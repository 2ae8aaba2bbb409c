//! Doors for the fuzz targets, which check what holds of any bytes. Built for them alone.

use super::bytes::Bytes;
use super::delta::apply;
use super::index::{Entry, Index, leads_beyond, write};
use super::{Decoder, Kind, Pack, Packs};
use crate::walker::id::{Format, Id};

/// Nothing larger is made of a delta.
const LIMIT: u64 = 1 << 20;

fn format(is_long: bool) -> Format {
    if is_long {
        Format::Sha256
    } else {
        Format::Sha1
    }
}

/// What a delta makes has the size that it declares, and its copies say what it has from its base.
pub fn delta(base: &[u8], delta: &[u8]) {
    let (mut out, mut copies) = (Vec::new(), Vec::new());
    if apply(base, delta, LIMIT, &mut out, &mut copies).is_none() {
        return;
    }
    assert!(out.len() as u64 <= LIMIT);
    let mut end = 0;
    for copy in &copies {
        assert!(end <= copy.to && copy.length > 0, "{copies:?}");
        end = copy.to + copy.length;
        assert_eq!(out[copy.to..end], base[copy.from..copy.from + copy.length]);
    }
}

/// An index finds nothing but what it holds, and leads nowhere that it was not asked about.
pub fn index(bytes: &[u8], is_long: bool, end: u64) {
    let format = format(is_long);
    let is_beyond = leads_beyond(bytes, format, end);
    let Some(index) = Index::parse(bytes, format) else {
        return;
    };
    assert!(index.count() * (format.length() + 8) <= bytes.len());
    let mut entries = Vec::new();
    for place in 0..index.count() {
        let (Some(id), Some(checksum)) = (index.id(place), index.checksum(place)) else {
            panic!("no entry at {place} of {}", index.count());
        };
        assert!(
            index
                .find(id)
                .is_none_or(|found| index.id(found) == Some(id))
        );
        let offset = index.offset(place);
        assert!(is_beyond || offset.is_some_and(|offset| offset < end));
        entries.extend(Id::read(id).zip(offset).map(|(id, offset)| Entry {
            id,
            offset,
            checksum,
            is_named: true,
        }));
    }
    entries.sort_unstable();
    entries.dedup_by_key(|entry| entry.id);
    let written = write(&entries, format);
    let index = Index::parse(&written, format).expect("what was written is an index");
    for (place, entry) in entries.iter().enumerate() {
        assert_eq!(index.find(entry.id.as_bytes()), Some(place));
        assert_eq!(index.offset(place), Some(entry.offset));
    }
}

/// A pack with an index of these offsets, under ids that follow one another, loses objects and
/// nothing else: none is handed over twice.
pub fn pack(data: Vec<u8>, offsets: &[u16]) {
    let mut sorted: Vec<usize> = offsets.iter().map(|&offset| usize::from(offset)).collect();
    sorted.sort_unstable();
    // The checksum is that of the bytes up to the next entry, or nothing would be decoded.
    let checksum = |offset: usize| {
        let next = sorted.iter().find(|&&other| other > offset);
        let end = next.map_or(data.len().saturating_sub(20), |&next| next);
        data.get(offset..end).map_or(0, crc32fast::hash)
    };
    let entries = offsets.iter().enumerate().map(|(place, &offset)| Entry {
        id: Id::Sha1([place as u8; 20]),
        offset: u64::from(offset),
        checksum: checksum(usize::from(offset)),
        is_named: true,
    });
    let index = write(&entries.collect::<Vec<_>>(), Format::Sha1);
    let bytes = (Bytes::Held(data), Bytes::Held(index));
    let Some(pack) = Pack::new(bytes.0, bytes.1, "fuzz".into(), Format::Sha1, 0) else {
        return;
    };
    let (all, format) = (vec![pack], Format::Sha1);
    let packs = Packs { all, format };
    let kinds = packs.kinds();
    let mut decoder = Decoder::new();
    let mut seen = vec![false; packs.count()];
    for kind in [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag] {
        for root in packs.roots(kind) {
            decoder.walk(root, |version| {
                let number = version.number as usize;
                assert!(
                    !std::mem::replace(&mut seen[number], true),
                    "{number} twice"
                );
                assert_eq!(kinds[number], Some(kind));
                let ends = version.copies.iter().map(|copy| copy.to + copy.length);
                assert!(ends.max().is_none_or(|end| end <= version.bytes.len()));
            });
        }
    }
    for number in 0..packs.count() as u32 {
        let id = packs.id(number).expect("every object has an id");
        let is_sound = packs.check(id).is_ok();
        let read = packs.read(id);
        assert!(is_sound || read.is_none());
        if packs.find(id) == Some(number) && seen[number as usize] {
            assert!(read.is_some(), "{number} is walked and not read");
        }
    }
}
