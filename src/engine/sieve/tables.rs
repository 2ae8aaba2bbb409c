//! The tables of the sieve, as they lie in the binary.
//!
//! Owns how they are laid out and built: when outgate itself is built for the detectors that are part
//! of it, before a search for any other set. Does not own the search.

use std::borrow::Cow;

use super::super::targets::Targets;
use super::entry::{ENTRY, Entry};
use crate::detectors::gram::{ALL, Classes, GRAM, STRIDE, Symbols, commonest, frequency, spell};

/// Words of the table of bits: 128 KiB. Half of it lets twice as much text pass, twice of it
/// costs more in cache misses than it keeps back.
const TABLE: usize = 1 << (u32::BITS - WORD);
/// How far the hash of a gram is shifted to get the number of its word.
pub(in crate::engine) const WORD: u32 = 17;
/// And its bits in that word, of which there are 32.
pub(in crate::engine) const BIT: u32 = 12;
pub(in crate::engine) const OTHER_BIT: u32 = 7;
/// Two bits of one word for each gram (a blocked Bloom filter).
pub(in crate::engine) type Bits = [[u8; 4]; TABLE];
/// Words of the table of grams that are short of a byte.
const SHORT: usize = 64;
/// Places beside a gram that tell more, by their distance from its start.
pub(super) const BESIDE: [isize; 4] = [GRAM as isize, -1, -2, GRAM as isize + 1];
/// Numbers of the header: the factor in two halves, how many slots there are, and how many groups.
const HEADER: usize = 4;
/// Bytes of a group: its first entry, and the classes of each place beside it.
const GROUP: usize = 4 + 4 * BESIDE.len();
/// What is left of a gram where its first or last byte may be any: folded bytes are never zero.
pub(super) const WITHOUT_FIRST: u32 = 0xffff_ff00;
pub(super) const WITHOUT_LAST: u32 = 0x00ff_ffff;
/// No gram.
const NONE: u32 = 0;
/// The group of a gram that no pattern has, and that of one that is not found at once.
const NOTHING: u32 = 0;
const UNKNOWN: u32 = 1;
/// All tables, one after the other, in little-endian numbers.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::engine) struct Tables(pub(in crate::engine) Cow<'static, [u8]>);

impl Tables {
    /// Those that were built before.
    pub(super) const fn built(bytes: &'static [u8]) -> Self {
        Self(Cow::Borrowed(bytes))
    }

    /// Builds the tables; `None` when a pattern is too short to be told by a gram. Of so many
    /// factors, at least 1, the one is taken that lets least of the commonest text pass by chance.
    pub(in crate::engine) fn new(targets: &Targets, factors: u64) -> Option<Self> {
        let grams = Grams::list(targets)?;
        let chance = |bits: &[u32], factor: u64| -> f64 {
            let hash = |gram| hash(gram, factor as u32);
            let is_passing = |gram| pick(bits[word(hash(gram))], hash(gram)) == 1;
            let passing = commonest().filter(|(gram, _)| is_passing(*gram));
            passing.map(|(_, share)| share).sum()
        };
        let tried = (0..factors).map(|number| {
            let factor = factor(number);
            let bits = grams.mark(factor);
            let chance = if factors > 1 {
                chance(&bits, factor)
            } else {
                0.0
            };
            (chance, factor, bits)
        });
        let (_, factor, bits) = tried.min_by(|(one, ..), (other, ..)| one.total_cmp(other))?;
        Some(grams.lay_out(factor, &bits, targets))
    }

    /// The share of places in source code that are looked at a second time: those with the gram
    /// of a pattern, and those that the table lets pass by chance. An estimate.
    pub(super) fn load(&self) -> Option<f64> {
        let view = self.view()?;
        let grams = view.slots.iter().map(|slot| low(*slot));
        let known: f64 = grams.filter(|gram| *gram != NONE).map(frequency).sum();
        let words = view.bits.iter().map(|word| u32::from_le_bytes(*word));
        let set: u32 = words.map(u32::count_ones).sum();
        let full = f64::from(set) / (TABLE as f64 * 32.0);
        Some(known + full * full)
    }

    /// The tables apart from each other; `None` when they are damaged.
    pub(super) fn view(&self) -> Option<View<'_>> {
        let (header, rest) = self.0.split_first_chunk::<{ HEADER * 4 }>()?;
        let (header, _) = header.as_chunks();
        let [low, high, slots, groups] = [0, 1, 2, 3].map(|at| u32::from_le_bytes(header[at]));
        let (bits, rest) = rest.split_at_checked(TABLE * 4)?;
        let (short, rest) = rest.split_at_checked(SHORT * 8)?;
        let (slots, rest) = rest.split_at_checked(slots as usize * 8)?;
        let (groups, entries) = rest.split_at_checked(groups as usize * GROUP)?;
        Some(View {
            factor: u64::from(high) << 32 | u64::from(low),
            bits: bits.as_chunks().0.first_chunk()?,
            short: short.as_chunks().0.first_chunk()?,
            slots: slots.as_chunks().0,
            groups: groups.as_chunks().0,
            entries: entries.as_chunks().0,
        })
    }
}

/// The tables apart from each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    factor: u64,
    bits: &'a Bits,
    /// A bit for each gram that is short of a byte.
    short: &'a [[u8; 8]; SHORT],
    /// An open-addressed table from grams to the numbers of their groups.
    slots: &'a [[u8; 8]],
    /// The patterns of each gram.
    groups: &'a [[u8; GROUP]],
    /// Patterns by gram; those of one gram follow each other.
    entries: &'a [[u8; ENTRY]],
}

impl<'a> View<'a> {
    /// The table of bits, and the factor of its hash.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn bits(&self) -> (&'a Bits, u32) {
        (self.bits, self.factor as u32)
    }

    /// 1 for a gram that may be one of a pattern, else 0.
    #[inline]
    pub(super) fn passes(&self, gram: u32) -> u32 {
        let hash = hash(gram, self.factor as u32);
        pick(u32::from_le_bytes(self.bits[word(hash)]), hash)
    }

    /// What a gram may be among these bytes, of which it is the third to the sixth. Has no branches:
    /// which way it ends can hardly be foreseen, and so the next one is looked for while the tables are
    /// fetched for this.
    #[inline]
    pub(super) fn claim(&self, gram: u32, around: [u8; 8]) -> Claim {
        let mask = self.slots.len() - 1;
        let at = slot(mix(gram, self.factor), self.slots.len());
        let (one, two) = (self.slots[at], self.slots[(at + 1) & mask]);
        let is_end = low(one) == NONE || low(two) == NONE;
        let group = if is_end { NOTHING } else { UNKNOWN };
        let group = if low(two) == gram { high(two) } else { group };
        let group = if low(one) == gram { high(one) } else { group };
        let (numbers, _) = self.groups[group as usize].as_chunks();
        let mut meet = 1;
        for (classes, step) in numbers[1..].iter().zip(BESIDE) {
            let byte = around[(2 + step) as usize];
            meet &= u32::from_le_bytes(*classes).rotate_right(byte.into());
        }
        let is_short =
            self.may_be_short(gram & WITHOUT_FIRST) | self.may_be_short(gram & WITHOUT_LAST);
        Claim(group & (meet & 1).wrapping_neg() | u32::from(is_short) << SHORT_CLAIM)
    }

    /// Says whether a gram without its first or last byte may be one of a pattern.
    #[inline]
    pub(super) fn may_be_short(&self, gram: u32) -> bool {
        let (word, bit) = short(mix(gram, self.factor));
        u64::from_le_bytes(self.short[word]) & bit != 0
    }

    /// The entries of a gram that a claim is about; none where its group is not known.
    #[inline]
    pub(super) fn claimed(&self, claim: Claim) -> Option<&'a [[u8; ENTRY]]> {
        let group = claim.0 & !(1 << SHORT_CLAIM);
        (group != UNKNOWN).then(|| self.entries(group as usize))
    }

    /// The entries of a gram that may stand among such bytes at the places of `BESIDE`.
    pub(super) fn look_up(&self, gram: u32, beside: [Classes; BESIDE.len()]) -> &'a [[u8; ENTRY]] {
        let mut at = slot(mix(gram, self.factor), self.slots.len());
        loop {
            let slot = self.slots[at];
            match low(slot) {
                NONE => return &[],
                key if key == gram => {
                    let (numbers, _) = self.groups[high(slot) as usize].as_chunks();
                    let classes = numbers[1..].iter().map(|one| u32::from_le_bytes(*one));
                    let mut classes = classes.map(Classes).zip(beside);
                    let meet = classes.all(|(one, other)| one.meet(other));
                    return if meet {
                        self.entries(high(slot) as usize)
                    } else {
                        &[]
                    };
                }
                _ => at = (at + 1) & (self.slots.len() - 1),
            }
        }
    }

    /// The entries of a group: they end where those of the next begin.
    #[inline]
    fn entries(&self, group: usize) -> &'a [[u8; ENTRY]] {
        let first = |group: usize| {
            let group = self.groups.get(group)?;
            let number = group.first_chunk()?;
            Some(u32::from_le_bytes(*number) as usize)
        };
        let end = first(group + 1).unwrap_or(self.entries.len());
        let entries = first(group).and_then(|first| self.entries.get(first..end));
        entries.unwrap_or_default()
    }
}

/// What a gram may be: the number of its group where that is known and its bytes fit, and whether it
/// may be one that is short of a byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Claim(u32);

/// The bit that says so.
const SHORT_CLAIM: u32 = 31;

impl Claim {
    /// Anything.
    pub(super) const ANY: Self = Self(UNKNOWN | 1 << SHORT_CLAIM);

    #[inline]
    pub(super) fn is_any(self) -> bool {
        self.0 != NOTHING
    }

    #[inline]
    pub(super) fn may_be_short(self) -> bool {
        self.0 >> SHORT_CLAIM != 0
    }
}

/// The grams of all patterns.
#[derive(Debug, Default)]
struct Grams {
    /// Each way to write them.
    spelled: Vec<u32>,
    /// Sorted; those that differ in a byte that may be any are one.
    entries: Vec<Entry>,
}

impl Grams {
    fn list(targets: &Targets) -> Option<Self> {
        let mut all = Self::default();
        let mut grams = Vec::new();
        for (probe, pattern) in targets.patterns().iter().enumerate() {
            let rarest = isize::from(pattern.rarest?);
            for step in 0..STRIDE {
                let offset = rarest + step as isize;
                let window = pattern.window(offset);
                spell(&window, &mut grams);
                all.spelled.extend(&grams);
                let (keys, mask) = match window {
                    [Symbols::ANY, ..] => (grams.iter().step_by(ALL), WITHOUT_FIRST),
                    [.., Symbols::ANY] => {
                        (grams[..grams.len() / ALL].iter().step_by(1), WITHOUT_LAST)
                    }
                    _ => (grams.iter().step_by(1), u32::MAX),
                };
                let entries = keys.map(|gram| Entry::new(gram & mask, probe, step));
                all.entries.extend(entries);
            }
        }
        all.entries.sort_unstable();
        Some(all)
    }

    /// The table of bits.
    fn mark(&self, factor: u64) -> Vec<u32> {
        let mut bits = vec![0; TABLE];
        for &gram in &self.spelled {
            let hash = hash(gram, factor as u32);
            bits[word(hash)] |=
                1_u32.rotate_left(hash >> BIT) | 1_u32.rotate_left(hash >> OTHER_BIT);
        }
        bits
    }

    fn lay_out(&self, factor: u64, bits: &[u32], targets: &Targets) -> Tables {
        let mut shorts = [0; SHORT];
        for entry in self.entries.iter().filter(|entry| entry.is_short()) {
            let (word, bit) = short(mix(entry.gram(), factor));
            shorts[word] |= bit;
        }
        let same = self.entries.chunk_by(|one, next| one.gram() == next.gram());
        // Most are asked for in vain, which a crowded table makes dear.
        let length = (2 * same.clone().count()).next_power_of_two();
        let mut slots = vec![0_u64; length];
        let mut groups = Vec::new();
        for classes in [0, u32::MAX] {
            groups.push(0);
            groups.extend([classes; BESIDE.len()]);
        }
        let mut first = 0;
        for (number, same) in (UNKNOWN as usize + 1..).zip(same) {
            let gram = same[0].gram();
            let mut at = slot(mix(gram, factor), length);
            while slots[at] as u32 != NONE {
                at = (at + 1) & (length - 1);
            }
            slots[at] = (number as u64) << 32 | u64::from(gram);
            groups.push(first);
            groups.extend(beside(same, targets).map(|classes| classes.0));
            first += same.len() as u32;
        }
        let count = (groups.len() * 4 / GROUP) as u32;
        let header = [factor as u32, (factor >> 32) as u32, length as u32, count];
        let mut all = Vec::new();
        all.extend(header.into_iter().flat_map(u32::to_le_bytes));
        all.extend(bits.iter().flat_map(|word| word.to_le_bytes()));
        all.extend(shorts.into_iter().flat_map(u64::to_le_bytes));
        all.extend(slots.into_iter().flat_map(u64::to_le_bytes));
        all.extend(groups.into_iter().flat_map(u32::to_le_bytes));
        let entries = self.entries.iter();
        all.extend(entries.flat_map(|entry| entry.write(targets.pattern(entry.probe()))));
        Tables(all.into())
    }
}

/// What may stand at each place of `BESIDE` in one of the patterns of a gram.
fn beside(entries: &[Entry], targets: &Targets) -> [Classes; BESIDE.len()] {
    BESIDE.map(|step| {
        let mut all = Classes::default();
        for entry in entries {
            let pattern = targets.pattern(entry.probe());
            all.join(pattern.symbols(entry.offset(pattern) + step).classes());
        }
        all
    })
}

/// A number of the sequence whose first is the golden ratio: odd, its high half well mixed
/// (the finalizer of `SplitMix64`, doi 10.1145/2660193.2660195).
fn factor(number: u64) -> u64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    if number == 0 {
        return GOLDEN;
    }
    let mixed = number.wrapping_mul(GOLDEN);
    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ mixed >> 31) | 1
}

/// Multiplicative hashing: the high bits of the product depend on every bit of the gram.
#[inline]
fn hash(gram: u32, factor: u32) -> u32 {
    gram.wrapping_mul(factor)
}

/// A hash of more bits, for the tables that are asked after the first.
#[inline]
fn mix(gram: u32, factor: u64) -> u64 {
    u64::from(gram).wrapping_mul(factor)
}

#[inline]
fn word(hash: u32) -> usize {
    (hash >> WORD) as usize
}

/// 1 where both bits of a hash are set in its word.
#[inline]
fn pick(word: u32, hash: u32) -> u32 {
    word.rotate_right(hash >> BIT) & word.rotate_right(hash >> OTHER_BIT) & 1
}

/// The word and bit of a gram that is short of a byte.
#[inline]
fn short(hash: u64) -> (usize, u64) {
    let place = (hash >> 20) as usize % (SHORT * 64);
    (place / 64, 1 << (place % 64))
}

/// Where the search for a gram begins in a table of `length`, a power of two.
fn slot(hash: u64, length: usize) -> usize {
    // Other bits than those that chose the word.
    (hash >> 16) as usize & (length - 1)
}

/// The halves of a slot.
fn low(slot: [u8; 8]) -> u32 {
    u64::from_le_bytes(slot) as u32
}

fn high(slot: [u8; 8]) -> u32 {
    (u64::from_le_bytes(slot) >> 32) as u32
}
