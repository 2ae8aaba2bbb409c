//! The words of a text, alone and several together, as numbers to look names up by.
//!
//! Owns where a word begins and ends and which stand together. Does not own what a name concerns.

use std::ops::Range;

use super::{NAME, WORD, is_part_of};
use crate::engine::number::Number;

/// Longest name of several words, in bytes, with its separators, and most words of it.
const LONGEST: usize = 32;
const MOST: usize = 3;

/// A word in a text.
#[derive(Clone, Copy, Debug)]
struct Word {
    start: usize,
    end: usize,
    number: Number,
    /// Whether only what may stand inside of a name is between it and the word before.
    is_joined: bool,
}

/// Hands over the words that begin in a part of a text, each alone and with the next two, with
/// their numbers. A word also ends at `joint`, where a word for a secret begins: `acmekey`.
pub(in crate::engine) fn words(
    bytes: &[u8],
    part: Range<usize>,
    joint: usize,
    mut hand_over: impl FnMut(Range<usize>, Number),
) {
    let mut at = part.start;
    while at < part.end && is_part_of(bytes[at], WORD) && !begins(bytes, at) {
        at += 1;
    }
    let part = &bytes[..part.end];
    // The words that may be told of yet: all that follow the first are needed for that.
    let (mut waiting, mut count) = ([None; MOST], 0);
    loop {
        let next = next_word(part, at, joint);
        if let Some(word) = next {
            at = word.end;
            waiting[count] = next;
            count += 1;
            if count < MOST {
                continue;
            }
        }
        if count == 0 {
            return;
        }
        // The word for a secret is none of its own where it ends another.
        if waiting[0].is_some_and(|word| word.start != joint || begins(bytes, joint)) {
            together(&waiting, &mut hand_over);
        }
        waiting.copy_within(1.., 0);
        waiting[MOST - 1] = None;
        count -= 1;
    }
}

/// The first word from a place on that lies in no word, or begins at the joint.
fn next_word(bytes: &[u8], from: usize, joint: usize) -> Option<Word> {
    let gap = bytes[from..].iter();
    let gap = gap.take_while(|byte| !is_part_of(**byte, WORD)).count();
    let start = from + gap;
    let is_joined = bytes[from..start]
        .iter()
        .all(|&byte| is_part_of(byte, NAME) || byte == b' ');
    let mut number = Number::NONE.and(*bytes.get(start)?);
    let mut end = start + 1;
    while let Some(&byte) = bytes.get(end) {
        let begins = || end == joint || byte.is_ascii_uppercase() && begins(bytes, end);
        if !is_part_of(byte, WORD) || begins() {
            break;
        }
        number = number.and(byte);
        end += 1;
    }
    Some(Word {
        start,
        end,
        number,
        is_joined,
    })
}

/// Says whether a letter or digit begins a word: the first of all, or a capital after a small one.
fn begins(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| bytes[before]);
    before.is_none_or(|before| {
        !is_part_of(before, WORD) || before.is_ascii_lowercase() && bytes[at].is_ascii_uppercase()
    })
}

/// Hands over the first of some words, alone and with those after it.
fn together(words: &[Option<Word>; MOST], hand_over: &mut impl FnMut(Range<usize>, Number)) {
    let mut name: Option<(usize, Number)> = None;
    for word in words.iter().flatten() {
        let (start, number) = match name {
            Some((start, number)) if word.is_joined => (start, number.then(word.number)),
            Some(_) => return,
            None => (word.start, word.number),
        };
        if word.end > start + LONGEST {
            return;
        }
        hand_over(start..word.end, number);
        name = Some((start, number));
    }
}
