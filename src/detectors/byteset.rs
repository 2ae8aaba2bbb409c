//! Sets of bytes, the unit a shape and a probe are made of.
//!
//! Owns membership and the two notations (`A-Za-z0-9_-` in detector files, regular-expression
//! classes for Hyperscan). Does not own matching.

use serde::{Deserialize, Serialize};

/// A set of byte values, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// A set without members.
    pub const fn empty() -> Self {
        Self([0; 4])
    }

    /// The set of all bytes.
    pub const fn all() -> Self {
        Self([u64::MAX; 4])
    }

    /// The set of what is in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }

    /// A set with one member.
    pub fn of(byte: u8) -> Self {
        let mut set = Self::empty();
        set.insert(byte);
        set
    }

    /// Adds one byte.
    pub fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    /// Adds every byte from `first` to `last`, both included.
    pub fn insert_range(&mut self, first: u8, last: u8) {
        for byte in first..=last {
            self.insert(byte);
        }
    }

    /// Says whether `byte` is a member.
    #[inline]
    pub fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    /// Counts the members.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Says whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The set with these members as bits, from byte 0 on.
    pub const fn from_words(words: [u64; 4]) -> Self {
        Self(words)
    }

    /// The members as bits, from byte 0 on.
    pub fn words(&self) -> [u64; 4] {
        self.0
    }

    /// The bits that are the same in all members: their values, and which bits they are.
    pub fn common_bits(&self) -> (u8, u8) {
        // Which bytes of a word have each of the lowest six bits.
        const HAVING: [u64; 6] = [
            0xaaaa_aaaa_aaaa_aaaa,
            0xcccc_cccc_cccc_cccc,
            0xf0f0_f0f0_f0f0_f0f0,
            0xff00_ff00_ff00_ff00,
            0xffff_0000_ffff_0000,
            0xffff_ffff_0000_0000,
        ];
        let (mut set, mut clear) = (0, 0);
        for (number, word) in self.0.into_iter().enumerate() {
            for (bit, having) in HAVING.into_iter().enumerate() {
                set |= u8::from(word & having != 0) << bit;
                clear |= u8::from(word & !having != 0) << bit;
            }
            if word != 0 {
                set |= (number as u8) << 6;
                clear |= !(number as u8) << 6;
            }
        }
        (set & !clear, set ^ clear)
    }

    /// Lists the members in ascending order.
    pub fn members(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=u8::MAX).filter(|&byte| self.contains(byte))
    }

    /// Says whether every member is `byte`, in either case.
    pub fn is_letter(&self, byte: u8) -> bool {
        !self.is_empty()
            && self
                .members()
                .all(|member| member.eq_ignore_ascii_case(&byte))
    }

    /// Reads the notation of detector files: single characters and `a-z` ranges; a `-` at the
    /// start or end stands for itself.
    ///
    /// # Errors
    /// A description of the first fault: nothing in it, a byte outside ASCII, or a range that
    /// runs backwards.
    pub fn parse(notation: &str) -> Result<Self, String> {
        let bytes = notation.as_bytes();
        if bytes.is_empty() {
            return Err("an alphabet needs at least one character".to_owned());
        }
        if !notation.is_ascii() {
            return Err(format!(
                "alphabet `{notation}` has a character outside ASCII"
            ));
        }
        let mut set = Self::empty();
        let mut at = 0;
        while at < bytes.len() {
            if at + 2 < bytes.len() && bytes[at + 1] == b'-' {
                if bytes[at] > bytes[at + 2] {
                    return Err(format!("range `{}` runs backwards", &notation[at..at + 3]));
                }
                set.insert_range(bytes[at], bytes[at + 2]);
                at += 3;
            } else {
                set.insert(bytes[at]);
                at += 1;
            }
        }
        Ok(set)
    }

    /// Writes the set in the notation of detector files.
    pub fn to_notation(self) -> String {
        let runs = self.runs();
        runs.map(|(first, last)| {
            let (first, last) = (char::from(first), char::from(last));
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect()
    }

    /// The runs of neighbouring members, in ascending order.
    fn runs(self) -> impl Iterator<Item = (u8, u8)> {
        let mut next = 0_u16;
        std::iter::from_fn(move || {
            let first = (next..256)
                .map(|byte| byte as u8)
                .find(|&byte| self.contains(byte))?;
            let last = (first..=u8::MAX)
                .take_while(|&byte| self.contains(byte))
                .last()?;
            next = u16::from(last) + 1;
            Some((first, last))
        })
    }

    /// Writes the set as a regular-expression class of hexadecimal escapes, which both
    /// Hyperscan and `regex` read alike.
    pub fn to_class(self) -> String {
        let mut class = String::from("[");
        for (first, last) in self.runs() {
            class.push_str(&format!("\\x{first:02x}"));
            if last > first {
                class.push_str(&format!("-\\x{last:02x}"));
            }
        }
        class.push(']');
        class
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_bits_are_those_of_all_members() {
        for notation in ["a", "a-z", "0-9", "A-Za-z0-9", "mM", "+/", "_-", "@A"] {
            let set = ByteSet::parse(notation).unwrap();
            let (value, mask) = set.common_bits();
            let and = set.members().fold(0xff, |all, byte| all & byte);
            let or = set.members().fold(0, |all, byte| all | byte);
            assert_eq!((value, mask), (and, and | !or), "{notation}");
        }
        assert_eq!(ByteSet::all().common_bits(), (0, 0));
        assert_eq!(ByteSet::of(0xe2).common_bits(), (0xe2, 0xff));
    }

    #[test]
    fn reads_ranges_and_a_literal_hyphen() {
        let set = ByteSet::parse("a-c_-").unwrap();
        assert_eq!(set.members().collect::<Vec<_>>(), b"-_abc");
    }

    #[test]
    fn refuses_a_backward_range() {
        assert!(ByteSet::parse("z-a").unwrap_err().contains("backwards"));
    }

    #[test]
    fn the_notation_reads_back() {
        for notation in ["-0-9A-Z_a-z", "+/", "x", "\u{0}-\u{7f}"] {
            let set = ByteSet::parse(notation).unwrap();
            assert_eq!(ByteSet::parse(&set.to_notation()).unwrap(), set);
        }
    }

    #[test]
    fn writes_runs_as_ranges() {
        assert_eq!(
            ByteSet::parse("a-cx").unwrap().to_class(),
            "[\\x61-\\x63\\x78]"
        );
    }
}
