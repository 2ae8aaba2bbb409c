//! Detector files: a set that compiles can be searched for, and both finders find the same.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use outgate::detectors::table::KeywordTable;
use outgate::detectors::{DetectorSet, compile, lint};
use outgate::engine::{Choice, Engine};
use outgate::verifier::examples::{Generator, expand};
use outgate::verifier::{Generic, judge};
use outgate::walker::Content;
use outgate_fuzz::{file, haystack};

fuzz_target!(|text: &str| -> Corpus {
    let spec = toml::from_str(text)
        .or_else(|_| toml::from_str::<KeywordTable>(text).map(|table| table.expand()));
    let Ok(spec) = spec else {
        return Corpus::Keep;
    };
    let Ok((detectors, examples)) = compile::compile(&spec) else {
        return Corpus::Keep;
    };
    lint("acme", &spec, &detectors, &examples);
    let mut bytes = text.as_bytes().to_vec();
    for (detector, examples) in detectors.iter().zip(&examples).take(8) {
        let mut generator = Generator::new("fuzz");
        for template in examples.positive.iter().take(4) {
            bytes.push(b'\n');
            bytes.extend(expand(template, detector, &mut generator));
        }
        bytes.push(b'\n');
        bytes.extend(generator.token(detector));
    }
    let set = DetectorSet::of(detectors);
    let origin = file();
    let haystack = haystack(&bytes, &origin, Content::Text);
    let [one, other] = [Choice::Sieve, Choice::Portable].map(|choice| {
        let mut searcher = Engine::new(set_of(&set), choice).searcher();
        (searcher.search(&haystack), searcher.layers())
    });
    assert_eq!(one, other);
    for found in judge(set.detectors(), &haystack, &one.0, Generic::Model) {
        assert!(found.secret.end <= bytes.len() && found.secret.start <= found.secret.end);
    }
    Corpus::Keep
});

fn set_of(set: &DetectorSet) -> DetectorSet {
    DetectorSet::of(set.detectors().to_vec())
}
