//! The engine and the verifier over any bytes: both finders agree, whatever is found lies in the
//! text, and no line that is shown holds a secret whole.
#![no_main]

use std::cell::RefCell;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use memchr::memmem;
use outgate::detectors::DetectorSet;
use outgate::engine::{Candidate, Choice, Engine, Searcher};
use outgate::findings::{LineCounter, inline_ignores, snippet};
use outgate::verifier::{self, Generic, Judged};
use outgate::walker::{Content, Haystack, Origin};
use outgate_fuzz::text::{self, Part};

static ENGINES: LazyLock<[Arc<Engine>; 2]> = LazyLock::new(|| {
    [Choice::Sieve, Choice::Portable].map(|choice| Engine::new(DetectorSet::embedded(), choice))
});

thread_local! {
    static SEARCHERS: RefCell<[Searcher; 2]> = RefCell::new(ENGINES.each_ref().map(Engine::searcher));
}

const PATHS: [&str; 6] = ["src/a.py", "a.env", "test/a.rs", "a.yml", "-", "docs/a.md"];

fn assert_within(inner: &Range<usize>, outer: &Range<usize>) {
    let is_within =
        outer.start <= inner.start && inner.start <= inner.end && inner.end <= outer.end;
    assert!(is_within, "{inner:?} in {outer:?}");
}

fn check(haystack: &Haystack<'_>, candidates: &[Candidate]) {
    let all = 0..haystack.bytes.len();
    for one in candidates {
        assert_within(&one.whole, &all);
        assert_within(&one.secret, &one.whole);
        if let Some(assignment) = &one.assignment {
            assert_within(&assignment.name, &all);
        }
    }
    for generic in [Generic::Model, Generic::Rules] {
        let judged = verifier::judge(ENGINES[0].set().detectors(), haystack, candidates, generic);
        assert!(judged.is_sorted_by(|one, next| one.secret.end <= next.secret.start));
        check_judged(haystack.bytes, &judged);
    }
}

fn check_judged(bytes: &[u8], judged: &[Judged]) {
    let mut masks: Vec<Range<usize>> = Vec::new();
    for one in judged {
        assert_within(&one.secret, &one.mask);
        assert_within(&one.mask, &(0..bytes.len()));
        match masks.last_mut() {
            Some(last) if one.mask.start < last.end => last.end = last.end.max(one.mask.end),
            _ => masks.push(one.mask.clone()),
        }
    }
    let mut lines = LineCounter::new(bytes);
    for one in judged {
        let span = lines.span(&one.secret);
        assert!((span.start_line, span.start_column) <= (span.end_line, span.end_column));
        let shown = snippet(bytes, &one.secret, &masks);
        assert!(shown.line.is_char_boundary(shown.start) && shown.line.is_char_boundary(shown.end));
        let secret = &bytes[one.secret.clone()];
        let is_in = |text: &[u8]| memmem::find_iter(text, secret).count();
        if secret.len() >= 20 && is_in(shown.line.as_bytes()) > 0 {
            // The same text may stand beside itself where no detector sees it.
            assert!(is_in(bytes) > 1, "a line shows a secret");
        }
    }
}

fuzz_target!(|input: (u8, Vec<Part<'_>>)| {
    let (first, parts) = input;
    let bytes = text::build(&parts);
    let content = if first & 1 == 0 {
        Content::Text
    } else {
        Content::Binary
    };
    let origin = Origin::File(PATHS[usize::from(first >> 1) % PATHS.len()].to_owned());
    let haystack = outgate_fuzz::haystack(&bytes, &origin, content);
    let search = |searcher: &mut Searcher| (searcher.search(&haystack), searcher.layers());
    let [found, other] = SEARCHERS.with_borrow_mut(|searchers| searchers.each_mut().map(search));
    assert_eq!(found, other);
    let (candidates, layers) = found;
    check(&haystack, &candidates);
    for layer in &layers {
        assert_within(&layer.source(&(0..layer.text.len())), &(0..bytes.len()));
        let inner = Haystack {
            bytes: &layer.text,
            ..haystack
        };
        check(&inner, &layer.candidates);
    }
    inline_ignores(&bytes);
});
