//! Which entries lie near an offset of a pack.
//!
//! Owns a table of stretches that is made once for many searches. Does not own the offsets.

use std::ops::Range;

/// The entries that begin in each of many stretches of a pack, all of one length.
pub(super) struct Near {
    /// The length is two to this power.
    bits: u32,
    /// The first entry of each stretch, and one more at the end.
    first: Vec<u32>,
}

impl Near {
    /// Takes sorted offsets, and behind them the end of the pack.
    pub(super) fn new(offsets: &[u64]) -> Self {
        let (count, end) = match offsets.split_last() {
            Some((end, entries)) => (entries.len(), *end),
            None => (0, 0),
        };
        let bits = (end / (count as u64 + 1)).max(1).ilog2();
        let mut first = Vec::new();
        for (entry, offset) in offsets.iter().enumerate().take(count) {
            let stretch = offset >> bits;
            if first.len() as u64 <= stretch {
                first.resize(stretch as usize + 1, entry as u32);
            }
        }
        first.push(count as u32);
        Self { bits, first }
    }

    /// The entries of the stretch in which an offset lies.
    pub(super) fn range(&self, offset: u64) -> Option<Range<usize>> {
        let stretch = usize::try_from(offset >> self.bits).ok()?;
        let (from, to) = (self.first.get(stretch)?, self.first.get(stretch + 1)?);
        Some(*from as usize..*to as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_is_in_its_stretch() {
        for offsets in [
            vec![12, 13, 14, 900, 5_000, 5_001, 40_000],
            vec![12, 1 << 40],
        ] {
            let near = Near::new(&offsets);
            let entries = &offsets[..offsets.len() - 1];
            assert!(near.first.len() <= 2 * offsets.len() + 2, "{offsets:?}");
            for (entry, offset) in entries.iter().enumerate() {
                let range = near.range(*offset).unwrap();
                assert!(range.contains(&entry), "{offset} {range:?}");
            }
            let beyond = near.range(u64::MAX);
            assert_eq!(beyond, None);
        }
        assert_eq!(Near::new(&[12]).range(12), None);
    }
}
