//! The sieve: four bytes at a time against one small table of bits.
//!
//! Each pattern is known by four neighbouring bytes of it, its *gram*, chosen where they are
//! rarest in source code. A hash of the four bytes at every second place asks a table of bits
//! that stays in the nearest caches, and most places end there; for the few others a second table
//! tells which patterns have this gram, and those are compared byte by byte. Because only every
//! second place is looked at, a pattern is entered under two neighbouring grams. The time
//! hardly grows with the number of detectors, and the tables take half a millisecond to build, so
//! that nothing has to be compiled or cached.
//!
//! Case plays no part in a gram, and the comparison afterwards is exact. Does not own
//! confirmation.

use super::targets::Targets;
use super::{Find, Hit};
use crate::detectors::gram::{ALL, GRAM, STRIDE, Symbols, frequency, spell};

/// Places whose grams lie in eight bytes.
const PLACES: usize = (8 - GRAM) / STRIDE + 1;
/// Words of eight bytes looked at before the first branch.
const WORDS: usize = 3;
/// Places looked at before the first branch.
const BLOCK: usize = PLACES * WORDS;
/// Bytes that a block reads.
const BLOCK_BYTES: usize = (WORDS - 1) * PLACES * STRIDE + 8;
/// Words of the table of bits: 128 KiB. Half of it lets twice as much text pass, twice of it
/// costs more in cache misses than it keeps back.
const TABLE: usize = 1 << 14;
/// Bit 5 of every byte.
const FOLD: u64 = 0x2020_2020_2020_2020;
/// What is left of a gram where its first or last byte may be any: folded bytes are never zero.
const WITHOUT_FIRST: u32 = 0xffff_ff00;
const WITHOUT_LAST: u32 = 0x00ff_ffff;
/// No entry.
const NONE: u32 = u32::MAX;

/// Finds patterns by their grams.
#[derive(Debug)]
pub(super) struct Sieve {
    /// Two bits of one word for each gram (a blocked Bloom filter).
    bits: Box<[u64; TABLE]>,
    /// An open-addressed table from grams to the first of their entries.
    slots: Box<[Slot]>,
    /// Patterns by gram; those of one gram follow each other.
    entries: Box<[Entry]>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    gram: u32,
    first: u32,
}

/// A gram, the number of a pattern, and how far behind the rarest place of the pattern the gram
/// stands. In one number, they are sorted in that order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u64);

impl Entry {
    fn new(gram: u32, probe: usize, step: usize) -> Self {
        let place = probe * STRIDE + step;
        Self(u64::from(gram) << 32 | u64::from(place as u32))
    }

    fn gram(self) -> u32 {
        (self.0 >> 32) as u32
    }

    fn probe(self) -> u32 {
        self.0 as u32 / STRIDE as u32
    }

    fn step(self) -> isize {
        self.0 as isize % STRIDE as isize
    }
}

impl Sieve {
    /// Builds the tables; `None` when a pattern is too short to be told by a gram.
    pub(super) fn new(targets: &Targets) -> Option<Self> {
        let mut bits: Box<[u64; TABLE]> = vec![0; TABLE].try_into().ok()?;
        // Most patterns have a few grams at each of their places.
        let mut entries = Vec::with_capacity(4 * STRIDE * targets.patterns().len());
        let mut grams = Vec::new();
        for (probe, pattern) in targets.patterns().iter().enumerate() {
            let rarest = isize::from(pattern.rarest?);
            for step in 0..STRIDE {
                let window = pattern.window(rarest + step as isize);
                spell(&window, &mut grams);
                for &gram in &grams {
                    let hash = hash(gram);
                    bits[word(hash)] |= 1 << bit(hash) | 1 << other_bit(hash);
                }
                // Those that differ in a byte that may be any are one entry.
                let (keys, mask) = match window {
                    [Symbols::ANY, ..] => (grams.iter().step_by(ALL), WITHOUT_FIRST),
                    [.., Symbols::ANY] => {
                        (grams[..grams.len() / ALL].iter().step_by(1), WITHOUT_LAST)
                    }
                    _ => (grams.iter().step_by(1), u32::MAX),
                };
                entries.extend(keys.map(|gram| Entry::new(gram & mask, probe, step)));
            }
        }
        entries.sort_unstable();
        Some(Self {
            bits,
            slots: index(&entries),
            entries: entries.into(),
        })
    }

    /// The share of places in source code that are looked at a second time: those with the gram
    /// of a pattern, and those that the table lets pass by chance. An estimate.
    pub(super) fn load(&self) -> f64 {
        let grams = self.slots.iter().filter(|slot| slot.first != NONE);
        let known: f64 = grams.map(|slot| frequency(slot.gram)).sum();
        let set: u32 = self.bits.iter().map(|word| word.count_ones()).sum();
        let full = f64::from(set) / (TABLE as f64 * 64.0);
        known + full * full
    }

    /// Appends the hits of every pattern that has this gram and stands at this place of `bytes`.
    #[cold]
    fn look(&self, targets: &Targets, bytes: &[u8], gram: u32, at: usize, hits: &mut Vec<Hit>) {
        for key in [gram, gram & WITHOUT_FIRST, gram & WITHOUT_LAST] {
            let Some(first) = self.first_entry(key) else {
                continue;
            };
            let entries = self.entries[first..].iter();
            for entry in entries.take_while(|entry| entry.gram() == key) {
                let probe = entry.probe();
                let pattern = targets.pattern(probe);
                // Less than 0 where bytes before the pattern are part of the gram.
                let offset = isize::from(pattern.rarest.unwrap_or(0)) + entry.step();
                let Some(start) = at.checked_add_signed(-offset) else {
                    continue;
                };
                if pattern.fits(bytes.get(start..).unwrap_or_default()) {
                    hits.push(Hit { start, probe });
                }
            }
        }
    }

    fn first_entry(&self, gram: u32) -> Option<usize> {
        let mut at = slot(gram, self.slots.len());
        loop {
            let slot = self.slots[at];
            if slot.first == NONE {
                return None;
            }
            if slot.gram == gram {
                return Some(slot.first as usize);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Looks at the places of one block, a copy of part of `bytes` that begins at `at`.
    #[inline]
    fn sift(
        &self,
        targets: &Targets,
        bytes: &[u8],
        block: &[u8; BLOCK_BYTES],
        at: usize,
        hits: &mut Vec<Hit>,
    ) {
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
            passed |= self.passes(gram(place)) << place;
        }
        while passed != 0 {
            let place = passed.trailing_zeros() as usize;
            passed &= passed - 1;
            self.look(targets, bytes, gram(place), at + place * STRIDE, hits);
        }
    }

    /// 1 for a gram that may be one of a pattern, else 0.
    #[inline]
    fn passes(&self, gram: u32) -> u64 {
        let hash = hash(gram);
        let word = self.bits[word(hash)];
        word.wrapping_shr(bit(hash)) & word.wrapping_shr(other_bit(hash)) & 1
    }
}

impl Find for Sieve {
    type Working = ();

    fn find(
        &self,
        targets: &Targets,
        bytes: &[u8],
        (): &mut Self::Working,
        hits: &mut Vec<Hit>,
    ) -> bool {
        let mut at = 0;
        while let Some(block) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
            self.sift(targets, bytes, block, at, hits);
            at += BLOCK * STRIDE;
        }
        while at < bytes.len() {
            let mut block = [0; BLOCK_BYTES];
            let rest = &bytes[at..];
            block[..rest.len()].copy_from_slice(rest);
            self.sift(targets, bytes, &block, at, hits);
            at += BLOCK * STRIDE;
        }
        true
    }
}

/// A table from the gram of each entry to the first entry that has it.
fn index(entries: &[Entry]) -> Box<[Slot]> {
    let grams = entries.chunk_by(|one, next| one.gram() == next.gram());
    // Most are asked for in vain, which a crowded table makes dear.
    let length = (4 * grams.clone().count()).next_power_of_two();
    let free = Slot {
        gram: 0,
        first: NONE,
    };
    let mut slots = vec![free; length];
    let mut first = 0;
    for same in grams {
        let gram = same[0].gram();
        let mut at = slot(gram, length);
        while slots[at].first != NONE {
            at = (at + 1) & (length - 1);
        }
        slots[at] = Slot { gram, first };
        first += same.len() as u32;
    }
    slots.into()
}

/// Fibonacci hashing: the high bits of the product depend on every bit of the gram.
#[inline]
fn hash(gram: u32) -> u64 {
    u64::from(gram).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[inline]
fn word(hash: u64) -> usize {
    (hash >> (u64::BITS - TABLE.trailing_zeros())) as usize
}

#[inline]
fn bit(hash: u64) -> u32 {
    (hash >> 40) as u32 & 63
}

#[inline]
fn other_bit(hash: u64) -> u32 {
    (hash >> 34) as u32 & 63
}

/// Where the search for a gram begins in a table of `length`, a power of two.
fn slot(gram: u32, length: usize) -> usize {
    // Other bits than those that chose the word.
    (hash(gram) >> 16) as usize & (length - 1)
}
