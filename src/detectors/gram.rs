//! Grams: four neighbouring bytes by which a pattern is known, chosen where they are rarest.
//!
//! Owns folding and the estimate of how often a gram stands in source code. The estimate decides
//! how fast a search is, never what it finds. Does not own tables.

use super::byteset::ByteSet;

/// Bytes of a gram.
pub const GRAM: usize = 4;
/// Distance between the places of a text that a search looks at: a pattern is known by this many
/// neighbouring grams, one of which is at such a place.
pub const STRIDE: usize = 2;
/// Folded bytes there are.
pub const ALL: usize = 128;
/// Most grams a pattern may have at one offset: one of two bytes, which any other two may stand
/// beside, has more.
const MOST_GRAMS: u64 = 4_096;
/// A gram that is entered takes room in the table, which other text then passes by chance.
const ROOM: f64 = 2e-6;

/// How often each folded byte stands in 100,000 bytes of source code, by rank (`Symbols`); counted
/// over the C, Python, PHP and shell of redis, git, ansible and symfony.
const FREQUENCY: [u16; 128] = [
    17566, 39, 939, 175, 256, 125, 232, 2712, 572, 1301, 3008, 51, 1197, 870, 546, 346, 227, 199,
    136, 92, 83, 68, 75, 48, 52, 50, 571, 297, 153, 928, 865, 28, 82, 3816, 838, 2050, 1820, 5404,
    1220, 1228, 1251, 3562, 170, 609, 2176, 1664, 3194, 2994, 1358, 91, 3294, 3422, 4358, 1598,
    475, 435, 324, 567, 158, 346, 222, 345, 21, 996, 579, 291, 246, 231, 502, 192, 297, 350, 327,
    203, 233, 208, 211, 465, 189, 431, 440, 354, 272, 174, 232, 314, 160, 165, 311, 248, 315, 248,
    228, 279, 416, 913, 1318, 479, 362, 275, 93, 120, 55, 34, 39, 31, 11, 24, 44, 11, 97, 64, 1780,
    454, 14, 21, 1, 72, 13, 83, 266, 218, 45, 56, 1, 1, 1, 1,
];

/// How rare a folded byte is after another, in eighths of a bit; 64 rows of 64 by rank
/// (`examples/grams.rs`).
static DIGRAMS: &[u8; 4096] = include_bytes!("digrams.bin");
/// The commonest grams, sorted: four ranks of 6 bits, and above them how rare it is, in eighths of
/// a bit (`examples/grams.rs`).
static GRAMS: &[u8; 48_000] = include_bytes!("grams.bin");
/// How often a gram stands at most in text that is none of these.
const UNCOMMON: f64 = 1.2e-5;
/// Most grams of a window whose frequencies are looked up one by one.
const LOOKED_UP: u64 = 64;

/// The share of bytes after one of rank `first` that have rank `second`.
fn after(first: u8, second: u8) -> Option<f64> {
    let row = DIGRAMS.as_chunks::<64>().0.get(usize::from(first))?;
    Some(rarity(*row.get(usize::from(second))?))
}

/// The folded bytes that may stand at one place of a gram: one bit each, by rank. Folding sets
/// bit 5, which merges the cases of letters, and of a few signs too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbols(u128);

impl Symbols {
    /// Any byte.
    pub const ANY: Self = Self(u128::MAX);

    /// The folded members of a set.
    pub fn of(set: &ByteSet) -> Self {
        // The rank of a byte is the byte without bit 5, which in each word of 64 lays the upper
        // half on the lower.
        let folded = set.words().map(|word| (word | word >> 32) as u32);
        let place = |all: u128, half: u32| all << 32 | u128::from(half);
        Self(folded.into_iter().rev().fold(0, place))
    }

    /// The classes of these bytes.
    pub fn classes(self) -> Classes {
        // The rank of a byte keeps its lowest five bits.
        let quarters = [self.0, self.0 >> 32, self.0 >> 64, self.0 >> 96];
        Classes(quarters.into_iter().fold(0, |all, one| all | one as u32))
    }

    fn len(self) -> u32 {
        self.0.count_ones()
    }

    fn ranks(self) -> impl Iterator<Item = u8> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let rank = rest.trailing_zeros();
            rest &= rest.checked_sub(1)?;
            Some(rank as u8)
        })
    }

    /// The folded bytes.
    fn bytes(self) -> impl Iterator<Item = u8> {
        self.ranks().map(folded)
    }
}

/// A set of bytes, those with the same lowest five bits being one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes(pub u32);

impl Classes {
    /// The class of a byte; all classes where there is none.
    #[inline]
    pub fn of(byte: Option<&u8>) -> Self {
        byte.map_or(Self(u32::MAX), |byte| Self(1 << (byte & 0x1f)))
    }

    /// Adds those of another set.
    pub fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Says whether they share one.
    #[inline]
    pub fn meet(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The symbols of a gram.
pub type Window = [Symbols; GRAM];

/// How often one of the grams of a window stands in text, as a share of all places: by how often
/// each byte follows the one before.
fn estimate(window: &Window) -> f64 {
    let mut shares: Vec<(u8, f64)> = Vec::new();
    for &symbols in window {
        let single = |rank: u8| f64::from(FREQUENCY[usize::from(rank)]) / 100_000.0;
        let follows = |rank: u8| {
            let of = |&(before, share): &(u8, f64)| {
                share * after(before, rank).unwrap_or_else(|| single(rank))
            };
            shares.iter().map(of).sum()
        };
        shares = match symbols {
            Symbols::ANY if shares.is_empty() => continue,
            Symbols::ANY => break,
            _ if shares.is_empty() => symbols.ranks().map(|rank| (rank, single(rank))).collect(),
            _ => symbols.ranks().map(|rank| (rank, follows(rank))).collect(),
        };
    }
    shares.iter().map(|(_, share)| share).sum()
}

/// Replaces `grams` by those of a window, as little-endian numbers in ascending order of their
/// bytes from the last to the first.
pub fn spell(window: &Window, grams: &mut Vec<u32>) {
    let [first, second, third, fourth] = *window;
    grams.clear();
    for fourth in fourth.bytes() {
        for third in third.bytes() {
            for second in second.bytes() {
                let rest = [0, second, third, fourth];
                let rest = u32::from_le_bytes(rest);
                grams.extend(first.bytes().map(|first| rest | u32::from(first)));
            }
        }
    }
}

/// A pattern, folded.
#[derive(Debug)]
pub struct Folded(Vec<Symbols>);

impl Folded {
    /// Folds the runs of a pattern.
    pub fn new(runs: impl Iterator<Item = (ByteSet, u16)>) -> Self {
        let places = runs.map(|(set, count)| (Symbols::of(&set), count));
        let places = places.flat_map(|(set, count)| std::iter::repeat_n(set, usize::from(count)));
        Self(places.collect())
    }

    /// The window at an offset; beyond the pattern any byte may stand.
    pub fn window(&self, offset: isize) -> Window {
        std::array::from_fn(|place| {
            let at = offset.checked_add_unsigned(place);
            at.and_then(|at| usize::try_from(at).ok())
                .and_then(|at| self.0.get(at).copied())
                .unwrap_or(Symbols::ANY)
        })
    }

    /// The place whose grams are rarest, with the share of all places of source code that have
    /// one of them; `None` when each place has too many grams.
    pub fn rarest(&self) -> Option<(i16, f64)> {
        let last = self.0.len() as isize - 1;
        let first = 1 - GRAM as isize;
        let mut before = None;
        let mut prices: Vec<f64> = Vec::with_capacity(self.0.len() + GRAM);
        for offset in first..last + STRIDE as isize {
            let window = self.window(offset);
            // A long run of one set has the same window again and again.
            let price = match prices.last() {
                Some(&price) if before == Some(window) => price,
                _ => price(&window),
            };
            prices.push(price);
            before = Some(window);
        }
        let sums = prices.windows(STRIDE).map(|run| run.iter().sum());
        let (best, price) = (first..)
            .zip(sums)
            .min_by(|(_, a): &(isize, f64), (_, b)| a.total_cmp(b))?;
        price.is_finite().then_some((best as i16, price))
    }
}

/// How often a window passes the table, as a share of all places.
fn price(window: &Window) -> f64 {
    let count: u64 = window.iter().map(|one| u64::from(one.len())).product();
    let share = match count {
        0..=LOOKED_UP => {
            let mut grams = Vec::new();
            spell(window, &mut grams);
            grams.into_iter().map(frequency).sum()
        }
        _ if count <= MOST_GRAMS => estimate(window),
        _ => f64::INFINITY,
    };
    share + count as f64 * ROOM
}

/// How often a gram stands in source code, as a share of all places; zero bytes may be any.
pub fn frequency(gram: u32) -> f64 {
    let bytes = gram.to_le_bytes();
    if bytes.contains(&0) {
        let symbols = |byte: u8| match byte {
            0 => Symbols::ANY,
            byte => Symbols::of(&ByteSet::of(byte)),
        };
        return estimate(&bytes.map(symbols));
    }
    let rank = |byte: u8| u32::from(byte & 0x1f | byte >> 6 << 5);
    let ranks = bytes.iter().rev();
    let key = ranks.fold(0, |sum, &byte| sum << 6 | rank(byte));
    let (common, _) = GRAMS.as_chunks();
    let entry = |at: usize| u32::from_le_bytes(common[at]);
    let place = common.binary_search_by_key(&key, |entry| u32::from_le_bytes(*entry) & 0xff_ffff);
    match place {
        Ok(at) if bytes.is_ascii() => rarity((entry(at) >> 24) as u8),
        _ => estimate(&bytes.map(|byte| Symbols::of(&ByteSet::of(byte)))).min(UNCOMMON),
    }
}

/// The commonest grams of source code, each with its share of all places.
pub fn commonest() -> impl Iterator<Item = (u32, f64)> {
    let (common, _) = GRAMS.as_chunks();
    common.iter().map(|entry| {
        let entry = u32::from_le_bytes(*entry);
        let bytes = [18, 12, 6, 0].map(|shift| folded((entry >> shift & 0x3f) as u8));
        (u32::from_be_bytes(bytes), rarity((entry >> 24) as u8))
    })
}

/// The folded byte of a rank.
fn folded(rank: u8) -> u8 {
    rank & 0x1f | (rank >> 5) << 6 | 0x20
}

/// The share that so many eighths of a bit mean.
fn rarity(eighths: u8) -> f64 {
    (-f64::from(eighths) / 8.0).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Folded {
        Folded::new(text.bytes().map(|byte| (ByteSet::of(byte), 1)))
    }

    #[test]
    fn the_rarest_window_is_chosen() {
        assert_eq!(literal("testzqxj").rarest().map(|(at, _)| at), Some(3));
        assert_eq!(literal("-----qzx").rarest().map(|(at, _)| at), Some(3));
        assert_eq!(literal("ab").rarest(), None);
    }

    #[test]
    fn a_gram_is_folded_and_little_endian() {
        let mut grams = Vec::new();
        spell(&literal("Ab-_").window(0), &mut grams);
        assert_eq!(grams, [u32::from_le_bytes(*b"ab-\x7f")]);
        spell(&literal("key").window(0), &mut grams);
        assert_eq!(grams.len(), ALL);
    }
}
