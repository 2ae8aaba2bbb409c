//! Entries: one for each gram of a pattern, with the bits by which it is told from others.
//!
//! Owns how they lie in the tables. Does not own which grams a pattern has.

use super::super::targets::Pattern;
use super::tables::{WITHOUT_FIRST, WITHOUT_LAST};
use crate::detectors::gram::STRIDE;

/// Bytes of an entry in the tables.
pub(in crate::engine) const ENTRY: usize = 24;
/// Bytes before a gram that are looked at with it.
pub(super) const BEFORE_GRAM: usize = 2;

/// A gram, the number of a pattern, and how far behind the rarest place of the pattern the gram
/// stands. In one number, they are sorted in that order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(u64);

impl Entry {
    pub(super) fn new(gram: u32, probe: usize, step: usize) -> Self {
        let place = probe * STRIDE + step;
        Self(u64::from(gram) << 32 | u64::from(place as u32))
    }

    /// Reads an entry of the tables, and what is common around its gram.
    pub(super) fn read(bytes: &[u8; ENTRY]) -> (Self, Common) {
        let (numbers, _) = bytes.as_chunks();
        let [entry, value, mask] = [0, 1, 2].map(|at| u64::from_le_bytes(numbers[at]));
        (Self(entry), Common { value, mask })
    }

    pub(super) fn write(self, pattern: &Pattern) -> [u8; ENTRY] {
        let common = Common::around(pattern, self.offset(pattern));
        let numbers = [self.0, common.value, common.mask].map(u64::to_le_bytes);
        std::array::from_fn(|at| numbers.as_flattened()[at])
    }

    pub(super) fn gram(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Says whether the first or last byte may be any.
    pub(super) fn is_short(self) -> bool {
        let gram = self.gram();
        gram & !WITHOUT_FIRST == 0 || gram & !WITHOUT_LAST == 0
    }

    pub(super) fn probe(self) -> u32 {
        self.0 as u32 / STRIDE as u32
    }

    /// Where the gram begins in the pattern; less than 0 where bytes before the pattern are part
    /// of the gram.
    pub(super) fn offset(self, pattern: &Pattern) -> isize {
        isize::from(pattern.rarest.unwrap_or(0)) + self.0 as isize % STRIDE as isize
    }
}

/// The bits that the eight bytes around a gram have wherever the pattern stands: all of a byte that is
/// always the same, all but the case of a letter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Common {
    value: u64,
    mask: u64,
}

impl Common {
    /// Those around the gram at an offset.
    fn around(pattern: &Pattern, offset: isize) -> Self {
        let (mut value, mut mask) = ([0; 8], [0; 8]);
        for place in 0..value.len() {
            let offset = offset + place as isize - BEFORE_GRAM as isize;
            if let Some(set) = pattern.set_at(offset) {
                (value[place], mask[place]) = set.common_bits();
            }
        }
        let [value, mask] = [value, mask].map(u64::from_le_bytes);
        Self { value, mask }
    }

    /// Says whether bytes around a gram have them.
    #[inline]
    pub(super) fn stand_in(self, around: u64) -> bool {
        (around ^ self.value) & self.mask == 0
    }
}
