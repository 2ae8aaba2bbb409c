//! All finders report the very same candidates: the law that lets any be used.

use std::sync::{Arc, LazyLock};

use outgate::detectors::{DetectorSet, embedded_examples};
use outgate::engine::{Candidate, Choice, Engine};
use outgate::verifier::examples::{Generator, expand};
use outgate::walker::{Content, Fresh, Haystack, Origin};
use proptest::prelude::*;

static PORTABLE: LazyLock<Arc<Engine>> = LazyLock::new(|| engine(Choice::Portable));
static SIEVE: LazyLock<Arc<Engine>> = LazyLock::new(|| engine(Choice::Sieve));
/// The sieve again in builds without Hyperscan.
static HYPERSCAN: LazyLock<Arc<Engine>> = LazyLock::new(|| engine(Choice::Hyperscan));
/// Every example of every detector, filled in.
static EXAMPLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let set = DetectorSet::embedded();
    let texts = |(detector, examples): (&outgate::detectors::Detector, _)| {
        let outgate::detectors::Examples {
            positive, negative, ..
        } = examples;
        let fill = |template: &String| expand(template, detector, &mut Generator::new(template));
        positive
            .iter()
            .chain(&negative)
            .map(fill)
            .collect::<Vec<_>>()
    };
    set.detectors()
        .iter()
        .zip(embedded_examples())
        .flat_map(texts)
        .collect()
});

fn engine(choice: Choice) -> Arc<Engine> {
    Engine::new(DetectorSet::embedded(), choice)
}

fn candidates(engine: &Arc<Engine>, bytes: &[u8]) -> Vec<Candidate> {
    let origin = Origin::File("text".to_owned());
    let haystack = Haystack {
        bytes,
        origin: &origin,
        content: Content::Text,
        fresh: Fresh::All,
    };
    engine.searcher().search(&haystack)
}

#[test]
fn agree_on_every_example() {
    let mut found = 0;
    for text in EXAMPLES.iter() {
        let portable = candidates(&PORTABLE, text);
        found += portable.len();
        let shown = String::from_utf8_lossy(text);
        assert_eq!(portable, candidates(&SIEVE, text), "{shown}");
        assert_eq!(portable, candidates(&HYPERSCAN, text), "{shown}");
    }
    assert!(found > EXAMPLES.len() / 2, "{found} of {}", EXAMPLES.len());
}

#[test]
fn agree_on_all_examples_in_one_text() {
    let text = EXAMPLES.join(&b"\n"[..]);
    let portable = candidates(&PORTABLE, &text);
    assert!(portable.len() > 1_000);
    assert_eq!(portable, candidates(&SIEVE, &text));
    assert_eq!(portable, candidates(&HYPERSCAN, &text));
}

/// Text made of pieces of examples, cut and glued anywhere, with noise between.
fn glued() -> impl Strategy<Value = Vec<u8>> {
    let piece = (any::<prop::sample::Index>(), 0..60_usize, 1..400_usize).prop_map(
        |(which, skip, length)| {
            let text = which.get(&EXAMPLES);
            text.iter()
                .copied()
                .skip(skip)
                .take(length)
                .collect::<Vec<u8>>()
        },
    );
    let noise = prop::collection::vec(any::<u8>(), 0..12);
    let word = "[a-zA-Z0-9_=:\"' \n/.-]{0,40}".prop_map(String::into_bytes);
    let part = prop_oneof![3 => piece, 1 => noise, 2 => word];
    prop::collection::vec(part, 1..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn agree_on_generated_text(text in glued()) {
        let portable = candidates(&PORTABLE, &text);
        prop_assert_eq!(&portable, &candidates(&SIEVE, &text));
        prop_assert_eq!(&portable, &candidates(&HYPERSCAN, &text));
    }

    #[test]
    fn a_candidate_depends_on_its_surroundings_alone(text in glued(), far in glued()) {
        // What lies beyond every detector's reach changes nothing: what a search of the
        // changed parts of a file alone will rest on.
        let reach = b". \n".repeat(4_000);
        let near = [&reach, text.as_slice(), &reach].concat();
        let start = far.len() + reach.len();
        let moved = [&far, near.as_slice(), &far].concat();
        let inside = |all: Vec<Candidate>, start: usize| -> Vec<_> {
            all.into_iter()
                .filter(|one| one.whole.start >= start && one.whole.end <= start + text.len())
                .map(|one| (one.detector, one.secret.start - start..one.secret.end - start))
                .collect()
        };
        prop_assert_eq!(
            inside(candidates(&PORTABLE, &near), reach.len()),
            inside(candidates(&PORTABLE, &moved), start)
        );
    }
}
