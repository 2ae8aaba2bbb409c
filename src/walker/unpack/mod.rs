//! Unpacking: what lies inside of archives, documents and other files with parts.
//!
//! Owns the way from the bytes of such a file to its members, down to a depth, and the bounds
//! on that. A format is told by its first bytes, never by a name. Every member goes to a
//! `Visitor`, and so does, by name, whatever could not be read. Does not own searching, the
//! ledger or where the outer bytes came from.
//!
//! A member is addressed as `!/name` behind the address of what holds it, text that was put
//! together from a part as `#text`, `#strings` or the like behind that.

mod avro;
mod blocks;
mod budget;
mod cabinet;
mod code;
mod compound;
mod formats;
mod git;
mod image;
mod keystore;
mod mail;
mod markup;
mod media;
mod notebook;
mod package;
mod parquet;
mod pdf;
mod program;
mod rar;
mod rows;
mod rtf;
mod sevenhead;
mod sevenzip;
mod sqlite;
mod squashfs;
mod stream;
mod strings;
mod tar;
mod thrift;
mod zip;
mod zipdir;

use std::panic::{AssertUnwindSafe, catch_unwind};

use budget::Budget;
pub use budget::Limits;
pub(super) use formats::{Format, recognise};
pub(super) use strings::wide;

use super::naming::name_bytes;
use super::{GapReason, SkipReason};

/// Takes what is found inside of a file. Addresses are those behind the name of the file.
pub(super) trait Visitor {
    /// Says whether a member is taken as it is, and not opened or handed over.
    fn keeps(&mut self, _address: &str, _bytes: &[u8]) -> bool {
        false
    }

    /// A member to be searched.
    fn member(&mut self, address: &str, bytes: &[u8]);

    /// Text that was put together from a member, to be searched whatever it looks like.
    fn text(&mut self, address: &str, text: &[u8]);

    /// Something that is not read by rule; `bytes` as far as they are known.
    fn skip(&mut self, reason: SkipReason, address: &str, bytes: u64);

    /// Something that should be readable and is not; `detail` says why.
    fn gap(&mut self, reason: GapReason, address: &str, detail: &str, bytes: u64);

    /// Says whether to stop.
    fn is_stopped(&self) -> bool;
}

/// Unpacks one file.
pub(super) struct Unpacker<'v> {
    visitor: &'v mut dyn Visitor,
    /// The name of the file.
    name: &'v str,
    budget: Budget,
    depth: u32,
}

impl<'v> Unpacker<'v> {
    pub(super) fn new(visitor: &'v mut dyn Visitor, name: &'v str, limits: Limits) -> Self {
        Self {
            visitor,
            name,
            budget: Budget::new(limits),
            depth: 0,
        }
    }

    /// Hands over all there is in a file of a format that `recognise` told.
    pub(super) fn open(&mut self, format: &Format, address: &str, bytes: &[u8]) {
        self.depth += 1;
        let open = AssertUnwindSafe(|| (format.open)(self, address, bytes));
        // The decoders are others' code; a fault of theirs costs one file and no finding elsewhere.
        if catch_unwind(open).is_err() {
            self.damaged(address, "its decoder gave up", bytes.len() as u64);
        }
        self.depth -= 1;
    }

    /// Hands over a member by the name it has in what holds it, and what is inside of it.
    fn member(&mut self, outer: &str, name: &[u8], bytes: &[u8]) {
        self.visit(&join(outer, name), bytes);
    }

    /// Hands over a member that stands in what holds it as it is.
    fn stored(&mut self, outer: &str, name: &[u8], bytes: &[u8]) {
        let address = join(outer, name);
        if self.may_repeat(&address, bytes) {
            self.visit(&address, bytes);
        }
    }

    /// Counts bytes that are there already: no copy is made, but one range may be listed many
    /// times. False, with an entry in the ledger, when there were too many before.
    fn may_repeat(&mut self, address: &str, bytes: &[u8]) -> bool {
        let may = self.budget.take(bytes.len() as u64);
        if !may {
            self.skip(SkipReason::UnpackLimit, address, bytes.len() as u64);
        }
        may
    }

    /// Hands over bytes under a whole address, and what is inside of them.
    fn visit(&mut self, address: &str, bytes: &[u8]) {
        if !self.may_go_on(address, bytes.len() as u64) || self.visitor.keeps(address, bytes) {
            return;
        }
        let Some(format) = recognise(bytes) else {
            return self.visitor.member(address, bytes);
        };
        if self.depth >= self.budget.limits.depth {
            self.skip(SkipReason::UnpackLimit, address, bytes.len() as u64);
            return;
        }
        if !format.replaces {
            self.visitor.member(address, bytes);
        }
        self.open(format, address, bytes);
    }

    /// Hands over text that was put together from a part, unless it is empty.
    fn text(&mut self, address: &str, kind: &str, text: &[u8]) {
        let address = format!("{address}#{kind}");
        if !text.is_empty() && self.may_go_on(&address, text.len() as u64) {
            self.visitor.text(&address, text);
        }
    }

    /// Counts a member; false, with an entry in the ledger, when there were too many before.
    fn may_go_on(&mut self, address: &str, bytes: u64) -> bool {
        let may = !self.visitor.is_stopped() && self.budget.count();
        if !may {
            self.skip(SkipReason::UnpackLimit, address, bytes);
        }
        may
    }

    /// Says whether members can still be handed over: a loop over them may end early.
    fn is_spent(&self) -> bool {
        self.visitor.is_stopped() || self.budget.is_spent()
    }

    fn skip(&mut self, reason: SkipReason, address: &str, bytes: u64) {
        self.visitor.skip(reason, address, bytes);
    }

    fn damaged(&mut self, address: &str, detail: &str, bytes: u64) {
        self.visitor.gap(GapReason::Damaged, address, detail, bytes);
    }

    fn unsupported(&mut self, address: &str, bytes: u64) {
        self.skip(SkipReason::Unsupported, address, bytes);
    }
}

/// The address of a member.
fn join(outer: &str, name: &[u8]) -> String {
    format!("{outer}!/{}", name_bytes(name))
}

/// The bytes that lie in none of the ranges, with a zero for each range.
fn outside(bytes: &[u8], mut ranges: Vec<(usize, usize)>) -> Vec<u8> {
    ranges.push((bytes.len(), bytes.len()));
    ranges.sort_unstable();
    let (mut outside, mut from) = (Vec::new(), 0);
    for (start, end) in ranges {
        if start > from {
            outside.extend_from_slice(slice(bytes, from, start - from));
        }
        outside.push(0);
        from = from.max(end);
    }
    outside
}

/// The bytes of `range`, as far as they are there.
fn slice(bytes: &[u8], start: usize, length: usize) -> &[u8] {
    let rest = bytes.get(start..).unwrap_or_default();
    &rest[..length.min(rest.len())]
}

fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_le(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u16_be(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_be(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests;
