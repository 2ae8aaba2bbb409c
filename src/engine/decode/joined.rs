//! Joined literals: a text written in several, with an operator or nothing between.
//!
//! Owns the joints of the usual languages. A literal with anything but literals beside it is
//! joined as far as they go.

use super::{Decoded, Encoding, FURTHEST, LEFT, Layer};

/// Most bytes between two literals.
const WIDEST: usize = 80;
/// Room for a joined text that most need no more of, in bytes.
const USUAL: usize = 256;

/// Joins the literals around the joint at `at`, the closing quote of one, unless an earlier joint
/// did.
pub(super) fn decode(bytes: &[u8], at: usize) -> Option<Layer> {
    let quote = bytes[at];
    joint(&bytes[at..], quote)?;
    let line = &bytes[at.saturating_sub(LEFT)..at];
    let open = at - line.len() + memchr::memrchr(quote, line)?;
    // Before the opening quote another joint would have to end.
    let is_first = !bytes[open.saturating_sub(WIDEST)..open]
        .iter()
        .rposition(|&byte| byte == quote)
        .is_some_and(|before| {
            let before = open.saturating_sub(WIDEST) + before;
            joint(&bytes[before..], quote) == Some(open + 1 - before)
        });
    if !is_first || memchr::memchr(b'\n', &bytes[open..at]).is_some() {
        return None;
    }
    let limit = bytes.len().min(at + FURTHEST);
    let mut decoded = Decoded::with_capacity(USUAL);
    let mut place = open + 1;
    while place < limit {
        let byte = bytes[place];
        if byte == b'\n' {
            break;
        }
        if byte != quote {
            decoded.push(byte, place);
            place += 1;
            continue;
        }
        match joint(&bytes[place..limit], quote) {
            Some(width) => place += width,
            None => break,
        }
    }
    Some(Layer {
        is_cut: place >= limit && limit < bytes.len(),
        ..decoded.finish(Encoding::Joined, place)
    })
}

/// The length of a joint from the closing quote of one literal to the opening one of the next.
fn joint(text: &[u8], quote: u8) -> Option<usize> {
    let between = text.get(1..text.len().min(WIDEST))?;
    let length = memchr::memchr(quote, between)?;
    let between = &between[..length];
    let words = between.trim_ascii();
    let breaks = memchr::memchr_iter(b'\n', between).count();
    let is_operator = matches!(words, b"+" | b"." | b".." | b"&" | b"\\" | b"<>" | b"++");
    (is_operator || (words.is_empty() && breaks == 1)).then_some(length + 2)
}
