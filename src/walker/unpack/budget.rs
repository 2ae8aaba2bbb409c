//! The budget: how much one file may unfold to.
//!
//! Owns the bounds and what of them is spent. Time is bounded by work, bytes and members, and not
//! by a clock, so that the same file is read as far on every machine.

use std::io::Read;

use super::Unpacker;
use crate::walker::SkipReason;

/// Bounds on what one file may unfold to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes come out of decoders, all members and levels together. A level is held in
    /// memory while its members are read, so this also bounds memory, for each thread.
    pub total: u64,
    /// How many levels: a file in an archive is one, one in an archive in that two.
    pub depth: u32,
    /// How many members, all levels together.
    pub members: u32,
    /// How many times its packed size a member may unfold to, beyond the first MiB.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            total: 256 << 20,
            depth: 8,
            members: 100_000,
            // Deflate does not go beyond 1,032; what other formats do is a bomb or one byte repeated.
            ratio: 1_000,
        }
    }
}

/// What unfolds to less than this is no bomb, whatever its ratio.
const SMALL: u64 = 1 << 20;
/// The first piece of memory that is taken for a member; more only as bytes come.
const FIRST: usize = 1 << 16;

/// What may still be spent.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) limits: Limits,
    bytes: u64,
    members: u32,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            bytes: limits.total,
            members: limits.members,
        }
    }

    /// Counts a member; false when there may be no more.
    pub(super) fn count(&mut self) -> bool {
        let is_left = self.members > 0;
        self.members = self.members.saturating_sub(1);
        is_left
    }

    pub(super) fn is_spent(&self) -> bool {
        self.members == 0
    }

    /// Takes bytes that are there already; false when they are more than may be.
    pub(super) fn take(&mut self, bytes: u64) -> bool {
        let is_left = bytes <= self.bytes;
        self.bytes = self.bytes.saturating_sub(bytes);
        is_left
    }

    /// How many bytes may come out of a decoder for `packed` bytes.
    fn most(&self, packed: u64) -> u64 {
        let by_ratio = packed.saturating_mul(self.limits.ratio).max(SMALL);
        self.bytes.min(by_ratio)
    }
}

/// How reading a member ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    /// There is more than may be read.
    Limit,
    /// It does not decode; why.
    Damaged(String),
}

impl Unpacker<'_> {
    /// How many bytes may come out of a decoder for `packed` bytes.
    pub(super) fn most(&self, packed: u64) -> u64 {
        self.budget.most(packed)
    }

    /// Reads all that comes out of a decoder for `packed` bytes, as far as the budget goes.
    pub(super) fn read(&mut self, packed: u64, reader: impl Read) -> (Vec<u8>, End) {
        let limit = self.budget.most(packed);
        let mut bytes = Vec::with_capacity(FIRST.min(limit as usize));
        let read = reader.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        let mut end = match read {
            Ok(_) => End::Whole,
            Err(error) => End::Damaged(error.to_string()),
        };
        if bytes.len() as u64 > limit {
            bytes.truncate(limit as usize);
            end = End::Limit;
        }
        self.budget.take(bytes.len() as u64);
        (bytes, end)
    }

    /// The size of a dictionary that is large enough for what may come out of a decoder: a file may
    /// name any.
    pub(super) fn dictionary(&self, packed: &[u8], named: u32) -> u32 {
        let most = self.budget.most(packed.len() as u64).max(1 << 12);
        u64::from(named).min(most) as u32
    }

    /// Enters in the ledger why a member was not read to its end; `bytes` are those that are
    /// missing, as far as they are known.
    pub(super) fn note(&mut self, end: &End, address: &str, bytes: u64) {
        match end {
            End::Whole => {}
            End::Limit => self.skip(SkipReason::UnpackLimit, address, bytes),
            End::Damaged(why) => self.damaged(address, why, bytes),
        }
    }
}
