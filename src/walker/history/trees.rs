//! Trees: the entries of a tree that is written upon another.
//!
//! Git keeps a tree as copies from an earlier one with a few entries between, so nearly all its
//! entries were seen when that one was read. Owns telling the fresh entries from those taken over.
//! Does not own what the entries lead to.

use super::objects::{Entry, split_entry};
use super::pack::Version;
use crate::walker::Copy;

/// Reads trees in the order in which a decoder hands them over.
#[derive(Debug, Default)]
pub(super) struct TreeReader {
    levels: Vec<Level>,
}

/// What is known of the tree last read at one level.
#[derive(Debug, Default)]
struct Level {
    /// Where each entry begins, in order; one more for the end of the last.
    starts: Vec<u32>,
    /// The marked entries, in order.
    marked: Vec<Marked>,
}

/// An entry that is handed over with each tree that has it.
#[derive(Clone, Copy, Debug)]
struct Marked {
    start: u32,
    mark: u32,
}

/// A tree as read.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    bytes: &'a [u8],
    marked: &'a [Marked],
    /// Whether all of it is entries.
    pub(super) is_whole: bool,
}

impl<'a> Tree<'a> {
    /// The marked entries.
    pub(super) fn marked(&self) -> impl Iterator<Item = Entry<'a>> + '_ {
        self.marked.iter().filter_map(|one| {
            let (entry, _) = split_entry(self.bytes.get(one.start as usize..)?)?;
            Some(entry)
        })
    }

    /// The marks of these entries.
    pub(super) fn marks(&self) -> impl Iterator<Item = u32> + '_ {
        self.marked.iter().map(|one| one.mark)
    }
}

impl TreeReader {
    /// Reads a tree. `mark` gets each fresh entry, and what it returns for one stays with that
    /// entry in all trees that take it over.
    pub(super) fn read<'a>(
        &'a mut self,
        tree: &Version<'a>,
        mut mark: impl FnMut(&Entry<'_>) -> Option<u32>,
    ) -> Tree<'a> {
        if self.levels.len() <= tree.level {
            self.levels.resize_with(tree.level + 1, Level::default);
        }
        let (above, below) = self.levels.split_at_mut(tree.level);
        let level = &mut below[0];
        level.starts.clear();
        level.marked.clear();
        let mut copies = tree.copies.iter().peekable();
        let mut at = 0;
        let is_whole = loop {
            while copies.next_if(|copy| copy.to + copy.length <= at).is_some() {}
            if let (Some(base), Some(copy)) = (above.last(), copies.peek())
                && let Some(after) = level.take_over(base, copy, at)
            {
                at = after;
                continue;
            }
            let rest = tree.bytes.get(at..).unwrap_or_default();
            let Some((entry, after)) = split_entry(rest) else {
                break rest.is_empty();
            };
            let start = at as u32;
            level.starts.push(start);
            if let Some(mark) = mark(&entry) {
                level.marked.push(Marked { start, mark });
            }
            at = tree.bytes.len() - after.len();
        };
        level.starts.push(at as u32);
        Tree {
            bytes: tree.bytes,
            marked: &level.marked,
            is_whole,
        }
    }
}

impl Level {
    /// Takes over the entries of the base from `at` on that lie wholly in a copy; says where the
    /// last of them ends. Nothing when no entry of the base begins there: bytes that were no
    /// entry in the base have to be read.
    fn take_over(&mut self, base: &Self, copy: &Copy, at: usize) -> Option<usize> {
        let in_base = at.checked_sub(copy.to)? + copy.from;
        let end = copy.from + copy.length;
        let first = base.starts.binary_search(&(in_base as u32)).ok()?;
        // The last of the starts is an end.
        let rest = &base.starts[first..];
        let count = rest
            .partition_point(|&start| start as usize <= end)
            .checked_sub(1)?;
        let last = rest[count] as usize;
        if count == 0 {
            return None;
        }
        let moved = |start: u32| (start as usize - in_base + at) as u32;
        self.starts
            .extend(rest[..count].iter().map(|&start| moved(start)));
        let marked = &base.marked[base
            .marked
            .partition_point(|one| (one.start as usize) < in_base)..];
        let marked = marked.iter().take_while(|one| (one.start as usize) < last);
        self.marked.extend(marked.map(|one| Marked {
            start: moved(one.start),
            mark: one.mark,
        }));
        Some(at + last - in_base)
    }
}
