//! Examples: a detector file's own tests.
//!
//! Owns running the templates of a detector through engine and verifier. Does not own what a
//! report of failures looks like.

mod template;

use std::sync::Arc;

pub use template::{Generator, expand};

use crate::detectors::{Confidence, Detector, DetectorSet, Examples, Severity};
use crate::engine::{Choice, Engine};
use crate::findings::Verdict;
use crate::walker::{Content, Fresh, Haystack, Origin};

/// Runs the examples of one detector against it alone; the template is named, never the text.
pub fn failures(detector: &Detector, examples: &Examples) -> Vec<String> {
    let set = DetectorSet::of(vec![detector.clone()]);
    // One detector's tables are built sooner than those of the sieve are cleared.
    let engine = Engine::new(set, Choice::Portable);
    // What is drawn for a keyword may look like a word: one draw of a few must not.
    let draws = if detector.is_keyworded() { 5 } else { 1 };
    let best = |template: &String| {
        let draw = |draw: usize| {
            let seed = format!("{}\0{template}{}", detector.id, "\0".repeat(draw));
            best_verdict(
                &engine,
                &expand(template, detector, &mut Generator::new(&seed)),
            )
        };
        (0..draws).filter_map(draw).max()
    };
    let positive = examples.positive.iter().filter(|template| {
        let verdict = best(template);
        let harmless = detector.public
            || !detector.test_mode.is_empty()
            // What is drawn for a short shape may well look like a word.
            || detector.is_keyworded()
            || detector.severity == Severity::Info
            || detector.confidence == Confidence::Unlikely;
        verdict.is_none() || (verdict == Some(Verdict::Unlikely) && !harmless)
    });
    let positive = positive.map(|template| format!("finds nothing in example `{template}`"));
    let negative = examples
        .negative
        .iter()
        .filter(|template| best(template) > Some(Verdict::Unlikely));
    let negative =
        negative.map(|template| format!("finds something in counter-example `{template}`"));
    positive.chain(negative).collect()
}

fn best_verdict(engine: &Arc<Engine>, text: &[u8]) -> Option<Verdict> {
    let origin = Origin::File("-".to_owned());
    let haystack = Haystack {
        bytes: text,
        origin: &origin,
        content: Content::Text,
        fresh: Fresh::All,
        lineage: None,
        window: None,
    };
    let candidates = engine.searcher().search(&haystack);
    let judged = super::judge(
        engine.set().detectors(),
        &haystack,
        &candidates,
        super::Generic::default(),
    );
    judged.iter().map(|one| one.verdict).max()
}
