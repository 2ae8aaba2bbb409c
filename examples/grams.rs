//! Counts the commonest grams and digrams of source text, for the sieve's estimate of what is rare:
//! `cargo run --release --example grams -- FOLDER...` rewrites `src/detectors/*.bin`.
//!
//! `digrams.bin` has 64 rows of 64 bytes, both by rank (a folded ASCII byte without bit 5): how rare
//! the second byte is after the first, in eighths of a bit, at most 255. `grams.bin` has the
//! commonest grams, four bytes each: the ranks of the four bytes, 6 bits each from the lowest on,
//! and above them how rare the gram is among all places, in eighths of a bit; sorted by gram.

use std::error::Error;
use std::{env, fs};

/// Bytes of a file that count, so that no large one tells most.
const HEAD: usize = 50_000;
/// How many grams are kept.
const GRAMS: usize = 12_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut digrams = vec![[1_u64; 64]; 64];
    let mut grams = vec![0_u32; 1 << 24];
    let mut places = 0_u64;
    for folder in env::args().skip(1) {
        for entry in ignore::WalkBuilder::new(folder).build().flatten() {
            let Ok(text) = fs::read(entry.path()) else {
                continue;
            };
            let text = &text[..text.len().min(HEAD)];
            if text.contains(&0) {
                continue;
            }
            for pair in text.windows(2).filter(|pair| pair.is_ascii()) {
                digrams[rank(pair[0])][rank(pair[1])] += 1;
            }
            for gram in text.windows(4).filter(|gram| gram.is_ascii()) {
                let ranks = gram.iter().rev();
                grams[ranks.fold(0, |sum, &byte| sum << 6 | rank(byte))] += 1;
                places += 1;
            }
        }
    }
    let mut table = Vec::new();
    for row in &digrams {
        let all: u64 = row.iter().sum();
        table.extend(row.map(|count| eighths(count, all)));
    }
    fs::write("src/detectors/digrams.bin", table)?;
    let mut common: Vec<usize> = (0..grams.len()).collect();
    common.sort_unstable_by_key(|&gram| std::cmp::Reverse(grams[gram]));
    common.truncate(GRAMS);
    common.sort_unstable();
    let table: Vec<u8> = common
        .iter()
        .map(|&gram| gram as u32 | u32::from(eighths(grams[gram].into(), places)) << 24)
        .flat_map(u32::to_le_bytes)
        .collect();
    fs::write("src/detectors/grams.bin", table)?;
    Ok(())
}

/// How rare `count` of `all` are, in eighths of a bit.
fn eighths(count: u64, all: u64) -> u8 {
    ((all as f64 / count as f64).log2() * 8.0).min(255.0) as u8
}

/// The rank of an ASCII byte: without bit 5.
fn rank(byte: u8) -> usize {
    usize::from(byte & 0x1f | byte >> 6 << 5)
}
