//! Numbers of words, by which they are looked up.
//!
//! Owns the sum, which adds up: the numbers of two words give that of both together. Of 64 bits no two
//! words share all but by intent.

/// Any odd number with bits all over.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Letters and digits in any case, as a number that the numbers of two parts give for both together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number {
    value: u64,
    /// The factor, as many times by itself as there are bytes.
    power: u64,
}

impl Number {
    pub(super) const NONE: Self = Self { value: 0, power: 1 };

    pub(super) fn and(self, byte: u8) -> Self {
        // Sets the case of letters; digits have the bit.
        let byte = u64::from(byte | 0x20);
        Self {
            value: self.value.wrapping_mul(FACTOR).wrapping_add(byte),
            power: self.power.wrapping_mul(FACTOR),
        }
    }

    pub(super) fn then(self, next: Self) -> Self {
        Self {
            value: self.value.wrapping_mul(next.power).wrapping_add(next.value),
            power: self.power.wrapping_mul(next.power),
        }
    }

    /// The number of a text.
    pub(super) fn of(text: &[u8]) -> Self {
        text.iter().fold(Self::NONE, |all, &byte| all.and(byte))
    }

    /// What tells it from all others.
    pub(super) fn value(self) -> u64 {
        self.value
    }
}
