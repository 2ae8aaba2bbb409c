//! Spellings: the ways to write what an expression matches, as far as their length is known.
//!
//! Owns the way from a regular expression to sequences of byte sets with gaps. Does not own what is
//! made of them.

use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

use super::byteset::ByteSet;

/// Longest repetition that is written out, and longest probe, in bytes; a longer one would not filter
/// better.
pub(super) const LONGEST: usize = 48;
/// Most ways one expression may be spelled out before its parts are left open.
const MOST_SPELLINGS: usize = 48;

/// One way to spell an expression: known bytes, with gaps where the length varies.
pub type Spelling = Vec<Part>;

/// A part of a spelling.
#[derive(Clone, Debug)]
pub enum Part {
    /// One byte.
    Byte(ByteSet),
    /// Up to so many bytes.
    Gap {
        /// What they may be.
        set: ByteSet,
        /// How many there may be.
        most: usize,
    },
}

/// Lists the ways to spell an expression.
pub fn spell(hir: &Hir) -> Vec<Spelling> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![Vec::new()],
        HirKind::Literal(literal) => {
            let bytes = literal.0.iter();
            vec![bytes.map(|&byte| Part::Byte(ByteSet::of(byte))).collect()]
        }
        HirKind::Class(class) => vec![vec![class_part(class)]],
        HirKind::Capture(capture) => spell(&capture.sub),
        HirKind::Repetition(repetition) => spell_repetition(repetition),
        HirKind::Concat(parts) => parts.iter().fold(vec![Vec::new()], |done, part| {
            let next = spell(part);
            if done.len() * next.len() > MOST_SPELLINGS {
                return append(&done, &[vec![gap(part)]]);
            }
            append(&done, &next)
        }),
        HirKind::Alternation(branches) => {
            let all: Vec<Spelling> = branches.iter().flat_map(spell).collect();
            if all.len() > MOST_SPELLINGS {
                vec![vec![gap(hir)]]
            } else {
                all
            }
        }
    }
}

/// Leaves a part open. Its length is bounded, as that of the whole expression is.
fn gap(hir: &Hir) -> Part {
    Part::Gap {
        set: bytes_of(hir),
        most: hir.properties().maximum_len().unwrap_or(0),
    }
}

fn append(heads: &[Spelling], tails: &[Spelling]) -> Vec<Spelling> {
    let join = |head: &Spelling, tail: &Spelling| head.iter().chain(tail).cloned().collect();
    heads
        .iter()
        .flat_map(|head| tails.iter().map(move |tail| join(head, tail)))
        .collect()
}

fn spell_repetition(repetition: &Repetition) -> Vec<Spelling> {
    let least = repetition.min as usize;
    let most = repetition.max.map_or(least, |most| most as usize);
    let sub = &*repetition.sub;
    let longest = sub.properties().maximum_len().unwrap_or(0);
    let open = || {
        vec![vec![Part::Gap {
            set: bytes_of(sub),
            most: most * longest,
        }]]
    };
    let inner = spell(sub);
    let [only] = inner.as_slice() else {
        return open();
    };
    if only.iter().any(|part| matches!(part, Part::Gap { .. })) {
        return open();
    }
    let copies = least.min(LONGEST.div_ceil(only.len().max(1)));
    let mut spelling: Spelling = std::iter::repeat_n(only, copies)
        .flatten()
        .cloned()
        .collect();
    if copies < most {
        spelling.push(Part::Gap {
            set: bytes_of(sub),
            most: (most - copies) * longest,
        });
    }
    vec![spelling]
}

/// A character of any bytes.
const ANY_CHARACTER: Part = Part::Gap {
    set: ByteSet::all(),
    most: 4,
};

fn class_part(class: &Class) -> Part {
    let mut set = ByteSet::empty();
    match class {
        Class::Bytes(bytes) => {
            for range in bytes.ranges() {
                set.insert_range(range.start(), range.end());
            }
        }
        Class::Unicode(unicode) => {
            for range in unicode.ranges() {
                let (Ok(first), Ok(last)) =
                    (u8::try_from(range.start()), u8::try_from(range.end()))
                else {
                    return ANY_CHARACTER;
                };
                if !last.is_ascii() {
                    return ANY_CHARACTER;
                }
                set.insert_range(first, last);
            }
        }
    }
    Part::Byte(set)
}

/// The bytes that may stand in a match.
fn bytes_of(hir: &Hir) -> ByteSet {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => ByteSet::empty(),
        HirKind::Literal(literal) => {
            let mut set = ByteSet::empty();
            literal.0.iter().for_each(|&byte| set.insert(byte));
            set
        }
        HirKind::Class(class) => match class_part(class) {
            Part::Byte(set) | Part::Gap { set, .. } => set,
        },
        HirKind::Capture(capture) => bytes_of(&capture.sub),
        HirKind::Repetition(repetition) => bytes_of(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            let sets = parts.iter().map(bytes_of);
            sets.fold(ByteSet::empty(), ByteSet::or)
        }
    }
}
