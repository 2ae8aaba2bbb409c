//! Texts written upon others: the search of what is new finds what the search of the whole does.
#![no_main]

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use outgate::detectors::DetectorSet;
use outgate::engine::{Choice, Engine, Searcher};
use outgate::walker::{Content, Copy, Haystack, Lineage, Origin};
use outgate_fuzz::text::{self, Part};

static ENGINE: LazyLock<Arc<Engine>> =
    LazyLock::new(|| Engine::new(DetectorSet::embedded(), Choice::Sieve));

thread_local! {
    static SEARCHERS: RefCell<[Searcher; 2]> = RefCell::new([ENGINE.searcher(), ENGINE.searcher()]);
}

/// What a version has, one after the other.
#[derive(Arbitrary, Debug)]
enum Piece<'a> {
    Copy { from: u16, length: u16 },
    Insert(&'a [u8]),
}

fn build(base: &[u8], pieces: &[Piece<'_>]) -> (Vec<u8>, Vec<Copy>) {
    let (mut text, mut copies): (Vec<u8>, Vec<Copy>) = (Vec::new(), Vec::new());
    for piece in pieces.iter().take(64) {
        match *piece {
            Piece::Insert(bytes) => text.extend_from_slice(bytes),
            Piece::Copy { from, length } => {
                let from = usize::from(from).min(base.len());
                let length = usize::from(length).min(base.len() - from);
                let to = text.len();
                text.extend_from_slice(&base[from..from + length]);
                match copies.last_mut() {
                    // As the reader of packs hands them over.
                    Some(last)
                        if (last.from + last.length, last.to + last.length) == (from, to) =>
                    {
                        last.length += length;
                    }
                    _ if length > 0 => copies.push(Copy { from, to, length }),
                    _ => {}
                }
            }
        }
    }
    (text, copies)
}

fuzz_target!(|input: (Vec<Part<'_>>, Vec<Vec<Piece<'_>>>)| {
    let (base, versions) = input;
    let origin = Origin::File("src/settings.py".to_owned());
    let mut base = text::build(&base);
    let mut copies = Vec::new();
    SEARCHERS.with_borrow_mut(|[derived, whole]| {
        for level in 0..=versions.len().min(4) {
            let whole_text = outgate_fuzz::haystack(&base, &origin, Content::Text);
            let lineage = Lineage {
                level,
                version: level as u32,
                base: level.checked_sub(1).map(|base| base as u32),
                copies: &copies,
                shift: 0,
            };
            let part = Haystack {
                lineage: Some(lineage),
                ..whole_text
            };
            let found = (derived.search(&part), derived.layers());
            assert_eq!(
                found,
                (whole.search(&whole_text), whole.layers()),
                "level {level}"
            );
            let Some(pieces) = versions.get(level) else {
                break;
            };
            (base, copies) = build(&base, pieces);
        }
    });
});
