//! Reach: how far from a probe bytes were looked at.
//!
//! Owns the measure. Does not own how far a detector may look (`reaches`).

/// Bytes around the start of a probe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// How many before it.
    pub(super) left: usize,
    /// How many from it on.
    pub(super) right: usize,
}

impl Reach {
    /// The least reach that covers both.
    pub(super) fn join(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            right: self.right.max(other.right),
        }
    }
}
