//! The verifier on texts that are dense in candidates.
//!
//! The rate is candidates a second. Two sizes of the same text tell a cost that grows with the
//! square of the candidates from one that does not.

use std::hint::black_box;
use std::sync::Arc;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use outgate::detectors::embedded_examples;
use outgate::engine::{Choice, Engine};
use outgate::verifier::examples::{Generator, expand};
use outgate::verifier::generic::features::Sample;
use outgate::verifier::generic::model::Model;
use outgate::verifier::{Generic, judge};
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
            bencher.iter(|| {
                black_box(judge(
                    engine.set().detectors(),
                    &haystack,
                    &candidates,
                    Generic::Model,
                ))
            });
        });
    }
    assignments(&mut group, &engine);
    group.finish();
}

/// What the model costs for one assignment after another, and everything else that judges them.
fn assignments(group: &mut BenchmarkGroup<'_, WallTime>, engine: &Arc<Engine>) {
    let origin = Origin::File("src/settings.py".to_owned());
    let detector = &engine.set().detectors()[0];
    let mut generator = Generator::new("assignments");
    let mut text = Vec::new();
    for number in 0..2000 {
        let name = ["db_password", "client_secret", "authToken", "apiKey"][number % 4];
        let line = format!("    config.{name} = \"{{alnum:14}}7\",  # of service\n");
        text.extend(expand(&line, detector, &mut generator));
    }
    let haystack = corpus::haystack(&origin, &text);
    let candidates = engine.searcher().search(&haystack);
    let samples: Vec<Sample<'_>> = candidates
        .iter()
        .filter_map(|candidate| {
            let assignment = candidate.assignment.as_ref()?;
            Some(Sample {
                bytes: &text,
                name: (assignment.name.start, assignment.name.end),
                value: (candidate.secret.start, candidate.secret.end),
                quote: assignment.quote,
                operator: assignment.operator,
                path: origin.path(),
            })
        })
        .collect();
    group.throughput(Throughput::Elements(samples.len() as u64));
    let model = Model::embedded();
    group.bench_function("model", |bencher| {
        bencher.iter(|| {
            for sample in &samples {
                black_box(model.weigh(sample));
            }
        });
    });
    group.bench_function("assignments", |bencher| {
        bencher.iter(|| {
            let detectors = engine.set().detectors();
            black_box(judge(detectors, &haystack, &candidates, Generic::Model))
        });
    });
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
