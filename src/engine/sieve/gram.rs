//! Grams: four neighbouring bytes by which a pattern is known, chosen where they are rarest.
//!
//! Owns folding and the estimate of how often a gram stands in source code. The estimate decides
//! how fast a search is, never what it finds. Does not own tables.

use crate::detectors::byteset::ByteSet;

/// Bytes of a gram.
pub(super) const GRAM: usize = 4;
/// Most grams a pattern may have at one offset: one of two bytes, which any other two may stand
/// beside, has more.
const MOST_GRAMS: u64 = 4_096;
/// A gram that is entered takes room in the table, which other text then passes by chance.
const ROOM: f64 = 2e-6;
/// How often four equal bytes stand in text: rulers, padding, indentation.
const REPEATED: f64 = 1e-3;

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

/// The commonest grams of letters in that text, linux and a tree of npm packages, the commonest
/// first.
const COMMON: &str = "\
    tion turn etur retu test name type stat ctio port stru truc ruct file dule modu odul \
    this path comm data cons size stri able onst atio cont efin defi self ment valu ions \
    ptio alue pect fine expe ring xpec ject func null with trin rror erro tati list bjec \
    conf time obje comp allo node unct void inte ncti from ible sion onfi opti nfig cess \
    sibl line read redi nter char atic ansi lock requ nsib form call head edis init info \
    atch pack ecti clud lloc para mmit ommi ault tate inde lude else vers pars incl base \
    mpor nclu true code ther arse impo that sour ourc urce ents chec heck date repl sign \
    onte text ount cces aram repo ange faul writ mple efau ndex ersi ache defa emen tree \
    orma rent arra serv quir case entr scri rsio ting asse mand cach spec lect equi ding \
    resu omma uire flag rite succ alse ucce fail mman fals rray sing coun tory erat remo \
    sult vent esul sert tual pdat reat addr hash host crip ript crea star olle chan expo \
    back load vali loca dict http alid tart rica even ctor conn xpor rmat stre iter tabl \
    args free smod tive ight rate acti inst cted work coll igne erve eate aren sser gned \
    ctua actu arge rect rese ismo ecte dism mall rope pare ated tern ress used vice mode \
    grou mber pend diff main oper matc ntex tent ader stan llec play desc none upda nsta \
    bool tter umen trea ould eric ntry long lags llow rati ator meri ffer dire when sage \
    ream nsig irec pres unsi eply only prop ound amer lass enti clas leme orts ture trac \
    user eque plug mask task ient buff roup ined rint rver ontr ugin ndle prot lugi lice \
    leng escr proc ngth engt ance cati hand prin ntro onne targ exte ense nnec outp next \
    lter evic othe late ifie nect icat ener ster tput stor utpu hang ning rget will ecto \
    lien item numb bloc clie umbe refs link util copy supp trol ames appe devi temp tera \
    righ posi attr move sche page over impl elem cept itio reso iles enam rang cket unde \
    byte oken roto here cate rans tran osit sock ampl trib filt andl must essa hook ibut \
    ield icen uffe itte tain itor peci cens fact ribu ilte priv ompo curr erge pref ence \
    merg sync toke gene uest erna dent brea empt reak cifi nent shou houl ranc leas tial \
    xten pass iste mess ocal nten ttps ssag spac niti emov ende echo pace eset ipti each \
    argu fiel pert gume onen rgum pone thre plat ompa ytes ntin uppo rena ease ques anch \
    iona ppor ndef lean urre rato subs have acke push mpon nabl urns exce nera auth nput \
    inpu plic roce mote";

/// The folded bytes that may stand at one place of a gram: one bit each, by rank. Folding sets
/// bit 5, which merges the cases of letters, and of a few signs too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Symbols(u128);

impl Symbols {
    /// Any byte.
    pub(super) const ANY: Self = Self(u128::MAX);

    /// The folded members of a set.
    pub(super) fn of(set: &ByteSet) -> Self {
        // The rank of a byte is the byte without bit 5, which in each word of 64 lays the upper
        // half on the lower.
        let folded = set.words().map(|word| (word | word >> 32) as u32);
        let place = |all: u128, half: u32| all << 32 | u128::from(half);
        Self(folded.into_iter().rev().fold(0, place))
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
        self.ranks()
            .map(|rank| rank & 0x1f | (rank >> 5) << 6 | 0x20)
    }

    /// The share of text they make up.
    fn share(self) -> f64 {
        let sum: u32 = self
            .ranks()
            .map(|rank| u32::from(FREQUENCY[usize::from(rank)]))
            .sum();
        f64::from(sum) / 100_000.0
    }
}

/// The symbols of a gram.
pub(super) type Window = [Symbols; GRAM];

/// The grams of a window, as little-endian numbers.
pub(super) fn spell(window: &Window) -> Vec<u32> {
    let add = |grams: Vec<u32>, symbols: &Symbols| -> Vec<u32> {
        let spell = |gram: u32| symbols.bytes().map(move |byte| gram << 8 | u32::from(byte));
        grams.into_iter().flat_map(spell).collect()
    };
    window.iter().rev().fold(vec![0], add)
}

/// A pattern, folded, with what choosing needs of each place.
#[derive(Debug)]
pub(super) struct Folded {
    symbols: Vec<Symbols>,
    shares: Vec<f64>,
}

impl Folded {
    /// Folds the runs of a pattern.
    pub(super) fn new(runs: &[(ByteSet, u16)]) -> Self {
        let (mut symbols, mut shares) = (Vec::new(), Vec::new());
        for (set, count) in runs {
            let symbol = Symbols::of(set);
            let length = symbols.len() + usize::from(*count);
            symbols.resize(length, symbol);
            shares.resize(length, symbol.share());
        }
        Self { symbols, shares }
    }

    /// The window at an offset; beyond the pattern any byte may stand.
    pub(super) fn window(&self, offset: isize) -> Window {
        std::array::from_fn(|place| {
            let at = offset.checked_add_unsigned(place);
            at.and_then(|at| usize::try_from(at).ok())
                .and_then(|at| self.symbols.get(at).copied())
                .unwrap_or(Symbols::ANY)
        })
    }

    /// The offset at which the `count` windows from there on are rarest; `None` when each has
    /// too many grams.
    pub(super) fn rarest(&self, count: usize, common: &Common) -> Option<isize> {
        let last = self.symbols.len() as isize - 1;
        let first = 1 - GRAM as isize;
        let mut before = None;
        let mut costs: Vec<f64> = Vec::with_capacity(self.symbols.len() + GRAM);
        for offset in first..last + count as isize {
            let window = self.window(offset);
            // A long run of one set has the same window again and again.
            let cost = match costs.last() {
                Some(&cost) if before == Some(window) => cost,
                _ => self.cost(offset, &window, common),
            };
            costs.push(cost);
            before = Some(window);
        }
        let sums = costs.windows(count).map(|run| run.iter().sum());
        let (best, cost) = (first..)
            .zip(sums)
            .min_by(|(_, a): &(isize, f64), (_, b)| a.total_cmp(b))?;
        cost.is_finite().then_some(best)
    }

    /// How often a window passes the table, as a share of all places.
    fn cost(&self, offset: isize, window: &Window, common: &Common) -> f64 {
        let count: u64 = window.iter().map(|one| u64::from(one.len())).product();
        if count > MOST_GRAMS {
            return f64::INFINITY;
        }
        let share: f64 = (offset..offset + GRAM as isize)
            .map(|at| usize::try_from(at).ok())
            .map(|at| at.and_then(|at| self.shares.get(at)).unwrap_or(&1.0))
            .product();
        let known = if count == 1 {
            let bytes = window.map(|symbols| symbols.bytes().next().unwrap_or(0));
            common.share(u32::from_le_bytes(bytes))
        } else {
            0.0
        };
        share + known + count as f64 * ROOM
    }
}

/// The common grams, sorted, each with its share of text.
#[derive(Debug)]
pub(super) struct Common(Vec<(u32, f64)>);

impl Common {
    /// Reads the list.
    pub(super) fn new() -> Self {
        let mut grams: Vec<(u32, f64)> = COMMON
            .split(' ')
            .filter_map(|gram| Some(u32::from_le_bytes(gram.as_bytes().try_into().ok()?)))
            .enumerate()
            // What fits the counts from the first of the list to the last.
            .map(|(rank, gram)| (gram, 2e-3 / (1.0 + rank as f64 / 8.0).powf(0.75)))
            .collect();
        grams.sort_unstable_by_key(|&(gram, _)| gram);
        Self(grams)
    }

    /// How often a gram stands in source code, as a share of all places; zero bytes may be any.
    pub(super) fn frequency(&self, gram: u32) -> f64 {
        let share = |byte: u8| match byte {
            0 => 1.0,
            byte => Symbols::of(&ByteSet::of(byte)).share(),
        };
        gram.to_le_bytes().map(share).iter().product::<f64>() + self.share(gram)
    }

    fn share(&self, gram: u32) -> f64 {
        if gram == gram.rotate_left(8) {
            return REPEATED;
        }
        let place = self.0.binary_search_by_key(&gram, |&(gram, _)| gram);
        place.map_or(0.0, |place| self.0[place].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Folded {
        let runs: Vec<_> = text.bytes().map(|byte| (ByteSet::of(byte), 1)).collect();
        Folded::new(&runs)
    }

    #[test]
    fn the_rarest_window_is_chosen() {
        let common = Common::new();
        assert_eq!(literal("testzqxj").rarest(1, &common), Some(4));
        assert_eq!(literal("-----qzx").rarest(1, &common), Some(4));
        assert_eq!(literal("ab").rarest(1, &common), None);
    }

    #[test]
    fn a_gram_is_folded_and_little_endian() {
        let window = literal("Ab-_").window(0);
        assert_eq!(spell(&window), [u32::from_le_bytes(*b"ab-\x7f")]);
        assert_eq!(spell(&literal("key").window(0)).len(), 128);
    }
}
