//! Versions: a text that is mostly copies from another, searched for what it adds and in whole.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use outgate::engine::{Choice, Searcher};
use outgate::walker::{Copy, Lineage};

use super::corpus::{self, Dice, File, MEGABYTE};

/// A file and how a version of it derives from it.
struct Version {
    base: File,
    text: Vec<u8>,
    copies: Vec<Copy>,
}

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut dice = Dice::new(7);
    let files = corpus::files(6 * MEGABYTE).into_iter();
    let versions: Vec<Version> = files.map(|file| edit(file, &mut dice)).collect();
    let bytes: usize = versions.iter().map(|version| version.text.len()).sum();
    let engine = corpus::engine(Choice::Sieve);
    let mut group = criterion.benchmark_group("versions");
    group.throughput(Throughput::Bytes(bytes as u64));
    for (name, is_whole) in [("in whole", true), ("what they add", false)] {
        group.bench_function(name, |bencher| {
            // The base of each version has a searcher of its own, which has just searched it.
            let mut searchers: Vec<Searcher> = Vec::new();
            for version in &versions {
                let mut searcher = engine.searcher();
                let mut base = corpus::haystack(&version.base.origin, &version.base.text);
                base.lineage = Some(lineage(0, &[]));
                searcher.search(&base);
                searchers.push(searcher);
            }
            bencher.iter(|| {
                for (version, searcher) in versions.iter().zip(&mut searchers) {
                    let mut haystack = corpus::haystack(&version.base.origin, &version.text);
                    haystack.lineage = (!is_whole).then(|| lineage(1, &version.copies));
                    black_box(searcher.search(&haystack));
                }
            });
        });
    }
    group.finish();
}

fn lineage(level: usize, copies: &[Copy]) -> Lineage<'_> {
    Lineage {
        level,
        version: level as u32,
        base: level.checked_sub(1).map(|base| base as u32),
        copies,
        shift: 0,
    }
}

/// Adds a line at eight places of a file, as a commit does.
fn edit(base: File, dice: &mut Dice) -> Version {
    let (mut text, mut copies) = (Vec::new(), Vec::new());
    let length = base.text.len() / 8;
    for part in 0..8 {
        let from = part * length;
        copies.push(Copy {
            from,
            to: text.len(),
            length,
        });
        text.extend(&base.text[from..from + length]);
        text.extend(corpus::code_line(dice).bytes());
    }
    Version { base, text, copies }
}
