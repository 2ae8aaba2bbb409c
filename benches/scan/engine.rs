//! The engine on ordinary text: where a scan spends its time when there is little to find.

use std::hint::black_box;
use std::sync::LazyLock;

use criterion::{Criterion, Throughput};

use super::corpus::{self, MEGABYTE};

pub(crate) fn bench(criterion: &mut Criterion) {
    let files = corpus::files(6 * MEGABYTE);
    let bytes: usize = files.iter().map(|file| file.text.len()).sum();
    let mut group = criterion.benchmark_group("engine");
    group.throughput(Throughput::Bytes(bytes as u64));
    for &(name, choice) in super::FINDERS {
        let engine = LazyLock::new(|| corpus::engine(choice));
        group.bench_function(name, |bencher| {
            let mut searcher = engine.searcher();
            bencher.iter(|| {
                let found: usize = files
                    .iter()
                    .map(|file| searcher.search(&corpus::haystack(&file.origin, &file.text)))
                    .map(|candidates| candidates.len())
                    .sum();
                assert!(found >= 6, "a planted token was not found");
                black_box(found)
            });
        });
    }
    group.finish();
}
