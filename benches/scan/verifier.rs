//! The verifier on texts that are dense in candidates.
//!
//! The rate is candidates a second. Two sizes of the same text tell a cost that grows with the
//! square of the candidates from one that does not.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput};
use outgate::detectors::embedded_examples;
use outgate::engine::{Choice, Engine};
use outgate::verifier::examples::{Generator, expand};
use outgate::verifier::judge;
use outgate::walker::Origin;

use super::corpus;

pub(crate) fn bench(criterion: &mut Criterion) {
    let engine = corpus::engine(Choice::Sieve);
    let text = examples(&engine);
    let origin = Origin::File("src/settings.py".to_owned());
    let mut group = criterion.benchmark_group("verifier");
    for (name, length) in [
        ("examples, a quarter", text.len() / 4),
        ("examples, all", text.len()),
    ] {
        let haystack = corpus::haystack(&origin, &text[..length]);
        let candidates = engine.searcher().search(&haystack);
        assert!(!candidates.is_empty(), "the examples must be found");
        group.throughput(Throughput::Elements(candidates.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(judge(engine.set().detectors(), &haystack, &candidates)));
        });
    }
    group.finish();
}

/// The examples and counter-examples of every detector, filled in, one after the other.
fn examples(engine: &Arc<Engine>) -> Vec<u8> {
    let mut text = Vec::new();
    for (detector, examples) in engine.set().detectors().iter().zip(embedded_examples()) {
        for template in examples.positive.iter().chain(&examples.negative) {
            text.extend(expand(template, detector, &mut Generator::new(template)));
            text.push(b'\n');
        }
    }
    text
}
