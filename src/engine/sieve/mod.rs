//! The sieve: four bytes at a time against one small table of bits.
//!
//! Each pattern is known by four neighbouring bytes of it, its *gram*, chosen where they are
//! rarest in source code. A hash of the four bytes at every second place asks a table of bits
//! that stays in the nearest caches, and most places end there. Of the few others most end with the
//! bytes beside them, which no pattern has there; for the rest another table tells which patterns
//! have this gram, and those are compared byte by byte. Because only every
//! second place is looked at, a pattern is entered under two neighbouring grams. The time
//! hardly grows with the number of detectors. The tables of the embedded detectors lie in the binary,
//! those of others take a few milliseconds to build, so that nothing has to be compiled or cached.
//!
//! Case plays no part in a gram, and the comparison afterwards is exact. Does not own
//! confirmation.

mod entry;
pub(super) mod tables;

use super::targets::Targets;
#[cfg(target_arch = "x86_64")]
use super::wide;
use super::{Find, Hit};
use crate::detectors::gram::{Classes, GRAM, STRIDE};
use entry::{BEFORE_GRAM, ENTRY, Entry};
use tables::{BESIDE, Claim, Tables, View, WITHOUT_FIRST, WITHOUT_LAST};

/// Those of the embedded detectors (`build.rs`).
static EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sieve.bin"));

/// Places whose grams lie in eight bytes.
const PLACES: usize = (8 - GRAM) / STRIDE + 1;
/// Words of eight bytes looked at before the first branch.
const WORDS: usize = 3;
/// Places looked at before the first branch.
const BLOCK: usize = PLACES * WORDS;
/// Bytes that a block reads.
const BLOCK_BYTES: usize = (WORDS - 1) * PLACES * STRIDE + 8;
/// Bit 5 of every byte.
const FOLD: u64 = 0x2020_2020_2020_2020;

/// Finds patterns by their grams.
#[derive(Debug)]
pub(super) struct Sieve {
    tables: Tables,
}

impl Sieve {
    /// The sieve of these targets; `None` when a pattern is too short to be told by a gram.
    pub(super) fn new(targets: &Targets, is_embedded: bool) -> Option<Self> {
        let tables = if is_embedded {
            Tables::built(EMBEDDED)
        } else {
            Tables::new(targets, 1)?
        };
        Some(Self { tables })
    }

    /// The share of places in source code that are looked at a second time; an estimate.
    pub(super) fn load(&self) -> Option<f64> {
        self.tables.load()
    }
}

/// What one thread needs to search.
#[derive(Debug, Default)]
pub(super) struct Working {
    #[cfg(target_arch = "x86_64")]
    passed: wide::Passed,
    #[cfg(target_arch = "x86_64")]
    claims: Vec<(u32, Claim)>,
    likely: Likely,
}

impl Find for Sieve {
    type Working = Working;

    fn find(
        &self,
        targets: &Targets,
        bytes: &[u8],
        working: &mut Working,
        hits: &mut Vec<Hit>,
    ) -> bool {
        let Some(tables) = self.tables.view() else {
            return false;
        };
        let search = Search {
            tables,
            targets,
            bytes,
        };
        #[cfg(target_arch = "x86_64")]
        if wide::is_available() {
            search.sift_wide(working, hits);
            return true;
        }
        search.sift_all(&mut working.likely, hits);
        true
    }
}

/// Entries whose patterns may stand at a place, for use again and again.
#[derive(Debug, Default)]
struct Likely {
    places: Vec<(usize, Entry)>,
    count: usize,
}

impl Likely {
    /// Adds those entries of a gram at a place that agree with the bytes around it. Has no branch that
    /// waits for an entry, which often has to be fetched from afar.
    #[inline]
    fn add(&mut self, at: usize, entries: &[[u8; ENTRY]], around: Option<u64>) {
        let room = self.count + entries.len();
        if self.places.len() < room {
            self.places.resize(room, (0, Entry::default()));
        }
        for entry in entries {
            let (entry, common) = Entry::read(entry);
            self.places[self.count] = (at, entry);
            self.count += usize::from(around.is_none_or(|around| common.stand_in(around)));
        }
    }

    fn drain(&mut self) -> &[(usize, Entry)] {
        let count = std::mem::take(&mut self.count);
        &self.places[..count]
    }
}

/// A search of one text.
struct Search<'a> {
    tables: View<'a>,
    targets: &'a Targets,
    bytes: &'a [u8],
}

impl Search<'_> {
    /// Looks at all places.
    fn sift_all(&self, likely: &mut Likely, hits: &mut Vec<Hit>) {
        let mut at = 0;
        while let Some(block) = self.bytes.get(at..).and_then(|rest| rest.first_chunk()) {
            self.sift(block, at, likely, hits);
            at += BLOCK * STRIDE;
        }
        while at < self.bytes.len() {
            let mut block = [0; BLOCK_BYTES];
            let rest = &self.bytes[at..];
            block[..rest.len()].copy_from_slice(rest);
            self.sift(&block, at, likely, hits);
            at += BLOCK * STRIDE;
        }
    }

    /// The same on a processor that looks at many places together.
    #[cfg(target_arch = "x86_64")]
    fn sift_wide(&self, working: &mut Working, hits: &mut Vec<Hit>) {
        let (bits, factor) = self.tables.bits();
        let Working {
            passed,
            claims,
            likely,
        } = working;
        let mut at = 0;
        while at < self.bytes.len() {
            let rest = &self.bytes[at..];
            let mut end = [0; 2 * wide::WINDOW];
            let text = if rest.len() < wide::WINDOW {
                end[..rest.len()].copy_from_slice(rest);
                &end
            } else {
                rest
            };
            let (places, read) = wide::sift(bits, factor, text, passed);
            let gram = |place: u32| {
                let gram = text.get(place as usize..).and_then(<[u8]>::first_chunk);
                gram.map_or(0, |gram| u32::from_le_bytes(*gram)) | FOLD as u32
            };
            if claims.len() < places.len() {
                claims.resize(places.len(), (0, Claim::default()));
            }
            let mut kept = 0;
            for &place in places {
                let claim = self.claim(gram(place), at + place as usize);
                claims[kept] = (place, claim);
                kept += usize::from(claim.is_any());
            }
            for &(place, claim) in &claims[..kept] {
                self.list(claim, gram(place), at + place as usize, likely);
            }
            self.compare(likely, hits);
            at += read;
        }
    }

    /// What the gram at this place may be. Text is full of words that share a gram with a pattern; the
    /// bytes beside it tell most of them.
    #[inline]
    fn claim(&self, gram: u32, at: usize) -> Claim {
        let around = self.around(at);
        around.map_or(Claim::ANY, |around| self.tables.claim(gram, *around))
    }

    /// The bytes around the gram at a place.
    #[inline]
    fn around(&self, at: usize) -> Option<&[u8; 8]> {
        let start = at.checked_sub(BEFORE_GRAM)?;
        self.bytes.get(start..)?.first_chunk()
    }

    /// Looks at the places of one block, a copy of part of the text that begins at `at`.
    #[inline]
    fn sift(&self, block: &[u8; BLOCK_BYTES], at: usize, likely: &mut Likely, hits: &mut Vec<Hit>) {
        // Each word holds three places.
        let words: [u64; WORDS] = std::array::from_fn(|word| {
            let rest = &block[word * PLACES * STRIDE..];
            let eight = rest
                .first_chunk()
                .map_or(0, |eight| u64::from_le_bytes(*eight));
            eight | FOLD
        });
        let gram = |place: usize| (words[place / PLACES] >> (8 * STRIDE * (place % PLACES))) as u32;
        let mut passed = 0_u64;
        for place in 0..BLOCK {
            passed |= u64::from(self.tables.passes(gram(place))) << place;
        }
        while passed != 0 {
            let place = passed.trailing_zeros() as usize;
            passed &= passed - 1;
            let (gram, at) = (gram(place), at + place * STRIDE);
            let claim = self.claim(gram, at);
            if claim.is_any() {
                self.list(claim, gram, at, likely);
                self.compare(likely, hits);
            }
        }
    }

    /// Lists the entries of the gram at a place that may stand there.
    #[inline]
    fn list(&self, claim: Claim, gram: u32, at: usize, likely: &mut Likely) {
        let around = self.around(at).map(|around| u64::from_le_bytes(*around));
        if let Some(entries) = self.tables.claimed(claim) {
            likely.add(at, entries, around);
            if !claim.may_be_short() {
                return;
            }
        } else {
            let entries = self.tables.look_up(gram, self.beside(at));
            likely.add(at, entries, around);
        }
        for key in [gram & WITHOUT_FIRST, gram & WITHOUT_LAST] {
            if self.tables.may_be_short(key) {
                let entries = self.tables.look_up(key, self.beside(at));
                likely.add(at, entries, around);
            }
        }
    }

    /// The classes of the bytes beside the gram at a place.
    fn beside(&self, at: usize) -> [Classes; BESIDE.len()] {
        BESIDE.map(|step| {
            let place = at.checked_add_signed(step);
            Classes::of(place.and_then(|place| self.bytes.get(place)))
        })
    }

    /// Appends the hits of the listed patterns that do stand at their places.
    fn compare(&self, likely: &mut Likely, hits: &mut Vec<Hit>) {
        for &(at, entry) in likely.drain() {
            let probe = entry.probe();
            let pattern = self.targets.pattern(probe);
            let Some(start) = at.checked_add_signed(-entry.offset(pattern)) else {
                continue;
            };
            if pattern.fits(self.bytes.get(start..).unwrap_or_default()) {
                hits.push(Hit { start, probe });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::DetectorSet;

    #[test]
    fn the_tables_in_the_binary_are_those_of_the_embedded_detectors() {
        let targets = Targets::of(DetectorSet::embedded().detectors());
        assert_eq!(Tables::new(&targets, 256), Some(Tables::built(EMBEDDED)));
    }

    /// Text of anchors in any case and of whatever stands between them.
    fn text(targets: &Targets, length: usize) -> Vec<u8> {
        let mut state = 1_u64;
        let mut next = move |below: usize| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let mut text = Vec::new();
        while text.len() < length {
            let pattern = &targets.patterns()[next(targets.patterns().len())];
            let anchor = pattern.anchor.as_bytes();
            match next(3) {
                0 => text.extend(anchor.to_ascii_uppercase()),
                1 => text.extend(anchor),
                _ => text.extend((0..next(9)).map(|_| next(256) as u8)),
            }
        }
        text.truncate(length);
        text
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn many_places_together_find_what_each_of_them_does() {
        if !wide::is_available() {
            return;
        }
        let targets = Targets::of(DetectorSet::embedded().detectors());
        let tables = Tables::built(EMBEDDED);
        let all = text(&targets, 100_000);
        let ends = (0..200).chain([8_190, 8_192, 8_194, 8_250, all.len()]);
        for bytes in ends.map(|end| &all[..end]) {
            let search = Search {
                tables: tables.view().expect("whole tables"),
                targets: &targets,
                bytes,
            };
            let (mut one_by_one, mut together) = (Vec::new(), Vec::new());
            search.sift_all(&mut Likely::default(), &mut one_by_one);
            search.sift_wide(&mut Working::default(), &mut together);
            assert_eq!(one_by_one, together, "in {} bytes", bytes.len());
            assert!(bytes.len() < 8_000 || one_by_one.len() > 100);
        }
    }

    #[test]
    fn tables_that_are_cut_short_are_not_read() {
        assert!(Tables::built(EMBEDDED).view().is_some());
        for length in [0, 15, 16, 100_000, 300_000] {
            assert!(Tables::built(&EMBEDDED[..length]).view().is_none());
        }
    }
}
