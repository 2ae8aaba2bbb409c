//! Trees: the entries of a tree that is written upon another.
//!
//! Git keeps a tree as copies from an earlier one with a few entries between, so nearly all its
//! entries were seen when that one was read. Owns telling the fresh entries from those taken over.
//! Does not own what the entries lead to.

use super::objects::{Entry, split_entry};
use super::pack::Version;
use crate::walker::Copy;
use crate::walker::id::Format;

/// Reads trees in the order in which a decoder hands them over.
#[derive(Debug, Default)]
pub(super) struct TreeReader {
    /// Where each entry of the tree last read at a level begins, in order, and where the last
    /// one ends.
    levels: Vec<Vec<u32>>,
}

/// Entries that a tree has from its base, next to each other in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Which entry of the tree is the first.
    pub(super) at: u32,
    /// Which entry of the base that is.
    pub(super) from: u32,
    pub(super) count: u32,
}

impl TreeReader {
    /// Reads a tree: hands over the fresh entries in order and appends what else it has to
    /// `taken`. False when not all of it is entries.
    pub(super) fn read(
        &mut self,
        tree: &Version<'_>,
        format: Format,
        taken: &mut Vec<Taken>,
        mut fresh: impl FnMut(&Entry<'_>),
    ) -> bool {
        if self.levels.len() <= tree.level {
            self.levels.resize_with(tree.level + 1, Vec::new);
        }
        let (above, below) = self.levels.split_at_mut(tree.level);
        let starts = &mut below[0];
        starts.clear();
        let mut copies = tree.copies.iter().peekable();
        let mut at = 0;
        let is_whole = loop {
            while copies.next_if(|copy| copy.to + copy.length <= at).is_some() {}
            if let (Some(base), Some(copy)) = (above.last(), copies.peek())
                && let Some((run, after)) = take_over(starts, base, copy, at)
            {
                taken.push(run);
                at = after;
                continue;
            }
            let rest = tree.bytes.get(at..).unwrap_or_default();
            let Some((entry, after)) = split_entry(rest, format) else {
                break rest.is_empty();
            };
            starts.push(at as u32);
            fresh(&entry);
            at = tree.bytes.len() - after.len();
        };
        starts.push(at as u32);
        is_whole
    }
}

/// Takes over the entries of the base from `at` on that lie wholly in a copy; says which, and
/// where the last of them ends. Nothing when no entry of the base begins there: bytes that were
/// no entry in the base have to be read.
fn take_over(
    starts: &mut Vec<u32>,
    base: &[u32],
    copy: &Copy,
    at: usize,
) -> Option<(Taken, usize)> {
    let in_base = at.checked_sub(copy.to)? + copy.from;
    let end = copy.from + copy.length;
    let from = base.binary_search(&(in_base as u32)).ok()?;
    // The last of the starts is an end.
    let rest = &base[from..];
    let ends = rest.partition_point(|&start| start as usize <= end);
    let count = ends.checked_sub(1).filter(|&count| count > 0)?;
    let run = Taken {
        at: starts.len() as u32,
        from: from as u32,
        count: count as u32,
    };
    let moved = |&start: &u32| (start as usize - in_base + at) as u32;
    starts.extend(rest[..count].iter().map(moved));
    Some((run, at + rest[count] as usize - in_base))
}
