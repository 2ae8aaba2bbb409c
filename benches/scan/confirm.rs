//! The confirmers on text that is all triggers: what a hostile or unlucky file costs.

use std::hint::black_box;
use std::sync::LazyLock;

use criterion::{Criterion, Throughput};
use outgate::detectors::DetectorSet;

use super::corpus::{self, Dice, MEGABYTE};

pub(crate) fn bench(criterion: &mut Criterion) {
    let texts = [
        ("near-misses", near_misses()),
        ("assignments", assignments()),
    ];
    let mut group = criterion.benchmark_group("confirm");
    for &(finder, choice) in super::FINDERS {
        let engine = LazyLock::new(|| corpus::engine(choice));
        for (name, text) in &texts {
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(format!("{name}/{finder}"), |bencher| {
                LazyLock::force(&engine);
                bencher.iter(|| black_box(corpus::search(&engine, text)));
            });
        }
    }
    group.finish();
}

/// The anchor of every probe of every detector, each with too little after it.
fn near_misses() -> Vec<u8> {
    let set = DetectorSet::embedded();
    let anchors: Vec<&[u8]> = set
        .detectors()
        .iter()
        .flat_map(|detector| &detector.probes)
        .map(|probe| probe.anchor.as_ref())
        .collect();
    let mut dice = Dice::new(2);
    let mut text = Vec::new();
    while text.len() < MEGABYTE {
        let anchor = anchors[dice.below(anchors.len())];
        let line = [b"x = ", anchor, dice.word().as_bytes(), b";\n"];
        text.extend(line.concat());
    }
    text
}

/// Assignments to names that trigger, half of them of expressions, half of strings.
fn assignments() -> Vec<u8> {
    const NAMES: [&str; 5] = [
        "password",
        "api_key",
        "token",
        "client_secret",
        "credential",
    ];
    let mut dice = Dice::new(3);
    let mut text = String::new();
    while text.len() < MEGABYTE {
        let (a, b, name) = (dice.word(), dice.word(), NAMES[dice.below(NAMES.len())]);
        text += &match dice.below(4) {
            0 => format!("{a}_{name} = get_{b}({name})\n"),
            1 => format!("{a}.{name}: {b}.{name},\n"),
            2 => format!("\"{a}_{name}\": \"{b}-{a}-{}\",\n", dice.below(1 << 30)),
            _ => format!("export {name}_{a}='{b}{}'\n", dice.below(1 << 30)),
        };
    }
    text.into_bytes()
}
