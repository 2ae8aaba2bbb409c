//! The walk over one tree of deltas.
//!
//! Owns inflating and the stack of buffers: explicit, so that a chain of any depth costs no call
//! stack, and bounded in bytes, so that it costs no more memory than promised. An object is held
//! until the last that is written upon it is built, so most chains take turns with two buffers,
//! which a near cache holds. Does not own what is done with a blob.

use libdeflater::Decompressor;

use super::delta::apply;
use super::forest::{Kind, NONE};
use super::index::Index;
use super::{Pack, Root};
use crate::walker::Copy;

/// An object larger than this many bytes is not decoded here.
const LARGEST: u64 = 1 << 30;
/// The buffers of one walk hold this many bytes at the most; what lies deeper is passed over.
const MOST_HELD: usize = 1 << 30;
/// The buffers that are kept for the next walk take this many bytes at the most.
const KEPT: usize = 16 << 20;

/// Room behind what is inflated: libdeflate is faster as long as it need not mind the end.
const SLACK: usize = 320;

/// Decodes trees of deltas; one per thread.
pub(in crate::walker::history) struct Decoder {
    inflater: Inflater,
    delta: Vec<u8>,
    copies: Vec<Copy>,
    /// The objects that others are still to be built upon, by level; others are empty.
    levels: Vec<Vec<u8>>,
    /// Buffers that nobody needs any more, the one used last at the end.
    spare: Vec<Vec<u8>>,
    /// The number of the version at each level.
    numbers: Vec<u32>,
    /// How many bytes may still be decoded; what is larger is passed over.
    left: u64,
    /// Whether anything was.
    pub(super) is_spent: bool,
}

/// One object of a tree of deltas.
#[derive(Clone, Copy, Debug)]
pub(in crate::walker::history) struct Version<'a> {
    /// Its number in `Packs`.
    pub(in crate::walker::history) number: u32,
    /// How many deltas lie between it and the root.
    pub(in crate::walker::history) level: usize,
    /// The number of its base, which was the last version handed over one level up.
    pub(in crate::walker::history) base: Option<u32>,
    pub(in crate::walker::history) bytes: &'a [u8],
    /// What it has from its base.
    pub(in crate::walker::history) copies: &'a [Copy],
}

impl Decoder {
    /// A decoder without buffers.
    pub(in crate::walker::history) fn new() -> Self {
        Self::with_limit(u64::MAX)
    }

    /// A decoder of so many bytes in all.
    pub(in crate::walker::history) fn with_limit(left: u64) -> Self {
        Self {
            inflater: Inflater::new(),
            delta: Vec::new(),
            copies: Vec::new(),
            levels: Vec::new(),
            spare: Vec::new(),
            numbers: Vec::new(),
            left,
            is_spent: false,
        }
    }

    /// Counts bytes that are to be decoded; nothing when they are more than may be.
    fn spend(&mut self, bytes: u64) -> Option<()> {
        let left = self.left.checked_sub(bytes);
        self.is_spent |= left.is_none();
        self.left = left?;
        Some(())
    }

    /// Decodes an object and all that are written upon it, each after its base.
    pub(in crate::walker::history) fn walk(
        &mut self,
        root: Root<'_>,
        mut visit: impl FnMut(&Version<'_>),
    ) {
        let pack = root.pack;
        let Some(index) = pack.index() else {
            return;
        };
        if self.inflate_root(pack, index, root.entry).is_some() {
            let mut path = vec![pack.forest.first_child(root.entry)];
            self.copies.clear();
            self.hand_over(pack, root.entry, 0, &mut visit);
            while let Some(next) = path.last_mut() {
                let entry = *next;
                if entry == NONE {
                    path.pop();
                    self.release(path.len());
                    continue;
                }
                *next = pack.forest.next_sibling(entry);
                let is_last = *next == NONE;
                let level = path.len();
                if self.build(pack, index, entry, level).is_some() {
                    if is_last {
                        self.release(level - 1);
                    }
                    self.hand_over(pack, entry, level, &mut visit);
                    path.push(pack.forest.first_child(entry));
                }
            }
        }
        let mut room = KEPT;
        self.spare.retain(|buffer| {
            let left = room.checked_sub(buffer.capacity());
            room = left.unwrap_or(room);
            left.is_some()
        });
    }

    /// Gives the buffer of a level free.
    fn release(&mut self, level: usize) {
        if let Some(buffer) = self.levels.get_mut(level) {
            let buffer = std::mem::take(buffer);
            if buffer.capacity() > 0 {
                self.spare.push(buffer);
            }
        }
    }

    /// Makes sure that a level has a buffer.
    fn provide(&mut self, level: usize) {
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Vec::new);
        }
        if self.levels[level].capacity() == 0 {
            self.levels[level] = self.spare.pop().unwrap_or_default();
        }
    }

    /// Decodes one object by its place in the index.
    pub(super) fn read(&mut self, pack: &Pack, place: usize) -> Option<(Kind, Vec<u8>)> {
        let index = pack.index()?;
        let (chain, kind) = pack.forest.chain(&pack.data, index, place)?;
        let (root, deltas) = chain.split_last()?;
        self.inflate_root(pack, index, *root)?;
        for &entry in deltas.iter().rev() {
            self.build(pack, index, entry, 1)?;
            self.levels.swap(0, 1);
        }
        Some((kind, std::mem::take(self.levels.first_mut()?)))
    }

    fn hand_over(
        &mut self,
        pack: &Pack,
        entry: u32,
        level: usize,
        visit: &mut impl FnMut(&Version<'_>),
    ) {
        if let (Some(number), Some(bytes)) = (pack.number(entry), self.levels.get(level)) {
            self.numbers.truncate(level);
            let base = self.numbers.last().copied();
            self.numbers.push(number);
            visit(&Version {
                number,
                level,
                base,
                bytes,
                copies: &self.copies,
            });
        }
    }

    fn inflate_root(&mut self, pack: &Pack, index: Index<'_>, entry: u32) -> Option<()> {
        let is_intact = pack.forest.is_intact(&pack.data, index, entry);
        is_intact.then_some(())?;
        let (size, compressed) = pack.forest.content(&pack.data, entry)?;
        self.spend(size)?;
        self.provide(0);
        let root = &mut self.levels[0];
        let length = self.inflater.inflate(compressed, size, root)?;
        root.truncate(length);
        Some(())
    }

    /// Builds the object of a delta from the buffer one level up.
    fn build(&mut self, pack: &Pack, index: Index<'_>, entry: u32, level: usize) -> Option<()> {
        let is_intact = pack.forest.is_intact(&pack.data, index, entry);
        is_intact.then_some(())?;
        let (size, compressed) = pack.forest.content(&pack.data, entry)?;
        self.spend(size)?;
        let length = self.inflater.inflate(compressed, size, &mut self.delta)?;
        self.provide(level);
        let held: usize = self.levels[..level].iter().map(Vec::len).sum();
        let room = MOST_HELD.checked_sub(held)? as u64;
        let (above, below) = self.levels.split_at_mut(level);
        let object = below.first_mut()?;
        let most = room.min(LARGEST).min(self.left);
        let done = apply(
            above.last()?,
            self.delta.get(..length)?,
            most,
            object,
            &mut self.copies,
        );
        let size = object.len() as u64;
        self.is_spent |= done.is_none() && most == self.left;
        done?;
        self.spend(size)
    }
}

/// Inflates what it is given, a piece at a time.
struct Inflater {
    /// For pieces in the one code that the format fixes: its tables are made once, as long as
    /// nothing else comes between.
    fixed: Decompressor,
    other: Decompressor,
}

impl Inflater {
    fn new() -> Self {
        Self {
            fixed: Decompressor::new(),
            other: Decompressor::new(),
        }
    }

    /// Inflates bytes whose inflated size is known to the beginning of `out`, which grows where it
    /// has to; says how long that is.
    fn inflate(&mut self, compressed: &[u8], size: u64, out: &mut Vec<u8>) -> Option<usize> {
        // Deflate makes at most 1,032 bytes of one: a larger size is a lie that would cost memory.
        if size > LARGEST || size / 1_032 > compressed.len() as u64 {
            return None;
        }
        let size = usize::try_from(size).ok()?;
        if out.len() < size + SLACK {
            out.resize(size + SLACK, 0);
        }
        // Two bytes of header, and then the kind of the first block behind one bit.
        let is_fixed = compressed.get(2).is_some_and(|byte| byte >> 1 & 3 == 1);
        let inflater = if is_fixed {
            &mut self.fixed
        } else {
            &mut self.other
        };
        let length = inflater.zlib_decompress(compressed, &mut out[..size + SLACK]);
        length.ok().filter(|&length| length == size)
    }
}
