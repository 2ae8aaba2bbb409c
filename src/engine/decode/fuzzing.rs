//! The door for the fuzz target of encodings. Built for it alone.

use std::sync::LazyLock;

use super::marks::{Mark, probes};
use super::{DEEPEST, Layer, decode, decode_within, extent, find_runs};
use crate::detectors::byteset::ByteSet;
use crate::detectors::probe::Probe;

/// What is decoded has a place in the source for each byte, in order and within the text.
pub fn decode_all(bytes: &[u8]) {
    for (mark, at) in marks(bytes) {
        assert!(extent(bytes, mark, at) > 0);
        if let Some(layer) = decode(bytes, mark, at) {
            check(&layer, bytes.len(), 1);
        }
    }
}

fn check(layer: &Layer, length: usize, depth: usize) {
    assert_eq!(layer.offsets.len(), layer.text.len() + 1);
    assert_eq!(layer.encodings.len(), depth);
    assert!(layer.offsets.is_sorted(), "{layer:?}");
    assert!(
        layer
            .offsets
            .last()
            .is_some_and(|&end| end as usize <= length)
    );
    let found = marks(&layer.text);
    // The text of a layer is small for nearly all inputs; what is long has many marks alike.
    for (mark, at) in found.into_iter().take(64).filter(|_| depth < DEEPEST) {
        if let Some(deeper) = decode_within(layer, mark, at) {
            check(&deeper, length, depth + 1);
        }
    }
}

/// The probes of marks, as the sets of bytes that they are.
static PROBES: LazyLock<Vec<(Vec<ByteSet>, Mark)>> = LazyLock::new(|| {
    let expand = |(set, count): (ByteSet, u16)| vec![set; usize::from(count)];
    let sets = |probe: &Probe| probe.runs.iter().flat_map(expand).collect();
    let probes = probes().into_iter();
    probes.map(|(probe, mark)| (sets(&probe), mark)).collect()
});

/// The marks as a finder reports them.
fn marks(bytes: &[u8]) -> Vec<(Mark, usize)> {
    let mut found = Vec::new();
    find_runs(bytes, |at| found.push((Mark::Run, at)));
    for (sets, mark) in PROBES.iter() {
        let stands = |window: &[u8]| {
            window
                .iter()
                .zip(sets)
                .all(|(byte, set)| set.contains(*byte))
        };
        let windows = bytes.windows(sets.len()).enumerate();
        found.extend(windows.filter_map(|(at, window)| stands(window).then_some((*mark, at))));
    }
    found
}
