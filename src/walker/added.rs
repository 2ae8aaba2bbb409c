//! Added lines: which part of a new version was not in an old one.
//!
//! Owns the line comparison of two blobs and their hand-over to a worker. Does not own which
//! versions are compared (`staged`, `range`). Attributes of the repository play no part: a file
//! marked `-diff` is compared like any other.

use std::ops::Range;

use git2::{DiffOptions, Patch};

use super::content::{self, Reading};
use super::history::Objects;
use super::id::Id;
use super::naming::name_bytes;
use super::worker::Worker;
use super::{Fresh, Origin};

/// A new version of a file and what it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Path in the tree or index.
    pub(super) path: Vec<u8>,
    /// The new blob.
    pub(super) id: Id,
    /// Older blobs; a line counts if it is new compared with one of them, and all lines do if
    /// one of them is `None`.
    pub(super) bases: Vec<Option<Id>>,
}

impl Change {
    /// Searches what the change adds; `origin` makes the origin from the readable path.
    pub(super) fn search(
        &self,
        worker: &mut Worker<'_>,
        objects: &Objects,
        origin: impl Fn(String) -> Origin,
    ) {
        let name = name_bytes(&self.path);
        let limit = worker.options.max_file_size;
        let blob = match objects.read_blob(self.id, limit) {
            Ok(blob) => blob,
            Err(fault) => {
                fault.record(&mut worker.coverage, self.id, &name);
                return;
            }
        };
        let reading = content::read(blob.content());
        let fresh = self.find_added(objects, limit, &reading);
        let fresh = fresh.as_deref().map_or(Fresh::All, Fresh::Ranges);
        if let Fresh::Ranges([]) = fresh {
            return; // Only lines were taken away.
        }
        worker.search_reading(&origin(name), &reading, blob.content(), fresh);
    }

    /// The added ranges, or nothing when all counts: an old version is absent, not readable or
    /// no text.
    fn find_added(
        &self,
        objects: &Objects,
        limit: u64,
        new: &Reading<'_>,
    ) -> Option<Vec<Range<usize>>> {
        let Reading::Text(new) = new else {
            return None;
        };
        let mut added = Vec::new();
        for base in &self.bases {
            let blob = objects.read_blob((*base)?, limit).ok()?;
            let Reading::Text(old) = content::read(blob.content()) else {
                return None;
            };
            added.extend(compare(&old, new)?);
        }
        Some(merge(added))
    }
}

/// The byte ranges of the lines of `new` that `old` lacks, or nothing when the texts cannot be
/// compared.
fn compare(old: &[u8], new: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut options = DiffOptions::new();
    options.context_lines(0).interhunk_lines(0).force_text(true);
    let patch = Patch::from_buffers(old, None, new, None, Some(&mut options)).ok()?;
    let mut starts = vec![0];
    starts.extend(memchr::memchr_iter(b'\n', new).map(|end| end + 1));
    let start_of = |line: usize| starts.get(line).copied().unwrap_or(new.len());
    let mut added = Vec::new();
    for index in 0..patch.num_hunks() {
        let (hunk, _) = patch.hunk(index).ok()?;
        if hunk.new_lines() > 0 {
            let first = (hunk.new_start() as usize).checked_sub(1)?;
            added.push(start_of(first)..start_of(first + hunk.new_lines() as usize));
        }
    }
    Some(added)
}

/// Sorts ranges and joins those that touch.
fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(old: &str, new: &str) -> Vec<String> {
        let ranges = compare(old.as_bytes(), new.as_bytes()).unwrap();
        ranges
            .into_iter()
            .map(|range| new[range].to_owned())
            .collect()
    }

    #[test]
    fn only_added_lines_count() {
        assert_eq!(added("a\nb\nc\n", "a\nx\nb\nc\ny\n"), ["x\n", "y\n"]);
        assert_eq!(added("a\nb\nc\n", "a\nB\nc\n"), ["B\n"]);
        assert_eq!(added("a\n", "a\nlast"), ["last"]);
        assert_eq!(added("", "a\nb"), ["a\nb"]);
        assert!(added("a\nb\n", "b\n").is_empty());
    }

    #[test]
    fn ranges_are_joined() {
        assert_eq!(merge(vec![5..9, 0..3, 3..4, 6..7]), [0..4, 5..9]);
    }
}
