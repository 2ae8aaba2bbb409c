//! Versions: what the search of a text keeps for the texts that are written upon it.
//!
//! An object of a pack is mostly copies from another that was searched just before. A probe that
//! lies in a copy stands in the base as well, so only what lies between copies is given to the
//! finder, and a little on both sides of each seam. A probe that led to nothing leads to nothing
//! again where all that was looked at to find out lies in the same copy; any other is confirmed
//! anew. So the candidates are those of a search of the whole text. Does not own confirmation.

use std::ops::Range;

use super::Hit;
use super::finder::{Finder, Working};
use super::reach::Reach;
use crate::walker::{Copy, Lineage};

/// More of a text than one part in this many being new, all of it is searched.
const MOSTLY_NEW: usize = 2;

/// The last text searched at each level.
#[derive(Debug, Default)]
pub(super) struct Versions {
    levels: Vec<Level>,
    zones: Vec<Range<usize>>,
    hits: Vec<Hit>,
}

#[derive(Debug, Default)]
struct Level {
    version: Option<u32>,
    /// Where the text begins in the object.
    shift: usize,
    /// Sorted.
    anchors: Vec<Anchor>,
}

/// A probe in an object. There are many: an object of a pack has less than four gigabytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    /// Where it begins in the object.
    start: u32,
    probe: u32,
    /// Where it is known to lead to no candidate, what was looked at to find out: so many bytes before
    /// it, and so many from it on.
    left: u32,
    right: u32,
}

/// For `Anchor::left`: an anchor that may lead to a candidate.
const NOT_EMPTY: u32 = u32::MAX;

impl Anchor {
    fn new(start: usize, probe: u32) -> Self {
        Self {
            start: start as u32,
            probe,
            left: NOT_EMPTY,
            right: 0,
        }
    }

    /// The place of the probe in a text that begins at `shift` in the object; nothing where it is
    /// known to lead to no candidate.
    pub(super) fn open(&self, shift: usize) -> Option<Hit> {
        (self.left == NOT_EMPTY).then(|| Hit {
            start: self.start as usize - shift,
            probe: self.probe,
        })
    }

    /// Notes that it leads to no candidate, and how far was looked.
    pub(super) fn close(&mut self, looked_at: Reach) {
        (self.left, self.right) = (looked_at.left as u32, looked_at.right as u32);
    }
}

impl Versions {
    /// Finds the probes of a text that derives from others; the level keeps what is returned.
    pub(super) fn find(
        &mut self,
        lineage: &Lineage<'_>,
        bytes: &[u8],
        finder: &Finder,
        working: &mut Working,
    ) -> &mut [Anchor] {
        if self.levels.len() <= lineage.level {
            self.levels.resize_with(lineage.level + 1, Level::default);
        }
        let (above, below) = self.levels.split_at_mut(lineage.level);
        let level = &mut below[0];
        level.version = Some(lineage.version);
        level.shift = lineage.shift;
        level.anchors.clear();
        let base = above
            .last()
            .filter(|base| lineage.base.is_some() && base.version == lineage.base);
        self.zones.clear();
        match base {
            Some(base) => {
                let margin = finder.targets().longest() - 1;
                list_zones(lineage, bytes.len(), margin, &mut self.zones);
                let new: usize = self.zones.iter().map(Range::len).sum();
                if new > bytes.len() / MOSTLY_NEW {
                    self.zones.clear();
                    self.zones.push(0..bytes.len());
                } else {
                    for copy in lineage.copies {
                        level.inherit(base, copy, finder);
                    }
                }
            }
            None => self.zones.push(0..bytes.len()),
        }
        for zone in &self.zones {
            self.hits.clear();
            finder.find(&bytes[zone.clone()], working, &mut self.hits);
            let first = zone.start + lineage.shift;
            let hits = self.hits.iter();
            let anchors = hits.map(|hit| Anchor::new(first + hit.start, hit.probe));
            level.anchors.extend(anchors);
        }
        // Of a probe in a copy that was found again, what was inherited knows more.
        level
            .anchors
            .sort_by_key(|anchor| (anchor.start, anchor.probe, anchor.left == NOT_EMPTY));
        level
            .anchors
            .dedup_by_key(|anchor| (anchor.start, anchor.probe));
        &mut level.anchors
    }
}

impl Level {
    /// Takes over the anchors of the base that lie in a copy.
    fn inherit(&mut self, base: &Self, copy: &Copy, finder: &Finder) {
        // Before `shift` the base holds a mark that is not part of its text.
        let copied = copy.from.max(base.shift)..copy.from + copy.length;
        let (first, end) = (copied.start as u32, copied.end as u32);
        let skipped = base.anchors.partition_point(|anchor| anchor.start < first);
        for anchor in &base.anchors[skipped..] {
            if anchor.start >= end {
                break;
            }
            let length = finder.targets().length(anchor.probe) as u32;
            if anchor.start + length > end {
                continue;
            }
            // One that is not empty reaches further than any copy.
            let is_within =
                (anchor.start - first) >= anchor.left && end - anchor.start >= anchor.right;
            self.anchors.push(Anchor {
                start: (anchor.start as usize - copy.from + copy.to) as u32,
                left: if is_within { anchor.left } else { NOT_EMPTY },
                ..*anchor
            });
        }
    }
}

/// Lists what lies between copies, with `margin` bytes on both sides, as ranges of the text.
fn list_zones(lineage: &Lineage<'_>, length: usize, margin: usize, zones: &mut Vec<Range<usize>>) {
    let mut add = |gap: Range<usize>| {
        let start = gap.start.saturating_sub(lineage.shift + margin);
        let end = length.min((gap.end + margin).saturating_sub(lineage.shift));
        match zones.last_mut() {
            Some(last) if last.end >= start => last.end = last.end.max(end),
            _ if start < end => zones.push(start..end),
            _ => {}
        }
    };
    let mut at = 0;
    for copy in lineage.copies {
        // Nothing stands before the first copy where that begins both objects.
        if copy.to > 0 || copy.from > 0 {
            add(at..copy.to);
        }
        at = copy.to + copy.length;
    }
    let end = length + lineage.shift;
    if at < end {
        add(at..end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(copies: &[(usize, usize)], length: usize, shift: usize) -> Vec<(usize, usize)> {
        let copies = copies.iter().map(|&(to, length)| Copy {
            from: 0,
            to,
            length,
        });
        zones_of(&copies.collect::<Vec<_>>(), length, shift)
    }

    fn zones_of(copies: &[Copy], length: usize, shift: usize) -> Vec<(usize, usize)> {
        let lineage = Lineage {
            level: 1,
            version: 1,
            base: Some(0),
            copies,
            shift,
        };
        let mut zones = Vec::new();
        list_zones(&lineage, length, 5, &mut zones);
        zones.iter().map(|zone| (zone.start, zone.end)).collect()
    }

    #[test]
    fn zones_are_inserts_and_seams_with_a_margin() {
        assert_eq!(zones(&[(0, 50), (50, 50)], 100, 0), [(45, 55)]);
        assert_eq!(zones(&[(0, 50), (60, 40)], 100, 0), [(45, 65)]);
        assert_eq!(zones(&[(10, 90)], 100, 0), [(0, 15)]);
        assert_eq!(zones(&[(0, 90)], 100, 0), [(85, 100)]);
        assert_eq!(zones(&[(0, 100)], 100, 0), []);
        assert_eq!(zones(&[(0, 20), (20, 8), (28, 72)], 100, 0), [(15, 33)]);
        assert_eq!(zones(&[], 100, 0), [(0, 100)]);
    }

    #[test]
    fn what_begins_a_text_may_be_cut_off_from_what_was_before() {
        let copy = Copy {
            from: 7,
            to: 0,
            length: 100,
        };
        assert_eq!(zones_of(&[copy], 100, 0), [(0, 5)]);
    }

    #[test]
    fn zones_of_a_text_begin_after_its_mark() {
        assert_eq!(zones(&[(0, 53), (53, 50)], 100, 3), [(45, 55)]);
        assert_eq!(zones(&[(3, 100)], 100, 3), [(0, 5)]);
    }
}
