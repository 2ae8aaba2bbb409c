//! All finders report the very same candidates: the law that lets any be used.

use std::sync::{Arc, LazyLock};

use data_encoding::{BASE64, HEXLOWER};
use outgate::detectors::{DetectorSet, embedded_examples};
use outgate::engine::{Candidate, Choice, Engine, Layer};
use outgate::verifier::examples::{Generator, expand};
use outgate::walker::{Content, Copy, Fresh, Haystack, Lineage, Origin};
use proptest::prelude::*;

static PORTABLE: LazyLock<Arc<Engine>> = LazyLock::new(|| engine(Choice::Portable));
static SIEVE: LazyLock<Arc<Engine>> = LazyLock::new(|| engine(Choice::Sieve));
/// The sieve again in builds without Hyperscan.
static HYPERSCAN: LazyLock<Arc<Engine>> = LazyLock::new(|| engine(Choice::Hyperscan));
/// One example in this many stands a second time in base64, and a third in hexadecimal.
const ENCODED: usize = 9;
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
    let plain: Vec<Vec<u8>> = set
        .detectors()
        .iter()
        .zip(embedded_examples())
        .flat_map(texts)
        .collect();
    let some = || plain.iter().step_by(ENCODED);
    let encoded = some()
        .map(|text| BASE64.encode(text))
        .chain(some().map(|text| HEXLOWER.encode(text)))
        .map(|text| format!("data: {text}\n").into_bytes());
    let encoded: Vec<Vec<u8>> = encoded.collect();
    [plain, encoded].concat()
});

/// What a search finds: in the text, and in what is encoded in it.
type Found = (Vec<Candidate>, Vec<Layer>);

fn search(searcher: &mut outgate::engine::Searcher, haystack: &Haystack<'_>) -> Found {
    (searcher.search(haystack), searcher.layers())
}

fn engine(choice: Choice) -> Arc<Engine> {
    Engine::new(DetectorSet::embedded(), choice)
}

fn candidates(engine: &Arc<Engine>, bytes: &[u8]) -> Found {
    let origin = Origin::File("text".to_owned());
    let haystack = Haystack {
        bytes,
        origin: &origin,
        content: Content::Text,
        fresh: Fresh::All,
        lineage: None,
        window: None,
    };
    search(&mut engine.searcher(), &haystack)
}

#[test]
fn agree_on_every_example() {
    let mut found = 0;
    for text in EXAMPLES.iter() {
        let portable = candidates(&PORTABLE, text);
        found += portable.0.len() + portable.1.len();
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
    assert!(portable.0.len() > 1_000 && portable.1.len() > 100);
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

/// How a version is made of its base: copies, as shares of it, and texts between them.
type Edits = Vec<(prop::sample::Index, prop::sample::Index, Vec<u8>)>;

fn edits() -> impl Strategy<Value = Edits> {
    let text = prop_oneof![
        2 => Just(Vec::new()),
        2 => "[a-zA-Z0-9_=:\"' \n/.-]{1,12}".prop_map(String::into_bytes),
        1 => glued(),
    ];
    prop::collection::vec(
        (
            any::<prop::sample::Index>(),
            any::<prop::sample::Index>(),
            text,
        ),
        1..6,
    )
}

/// Makes a version as a delta does.
fn edit(base: &[u8], edits: &Edits) -> (Vec<u8>, Vec<Copy>) {
    let (mut text, mut copies) = (Vec::new(), Vec::new());
    for (start, end, insert) in edits {
        let (start, end) = (start.index(base.len() + 1), end.index(base.len() + 1));
        let (from, length) = (start.min(end), start.abs_diff(end));
        if length > 0 {
            let to = text.len();
            copies.push(Copy { from, to, length });
        }
        text.extend(&base[from..from + length]);
        text.extend(insert);
    }
    (text, copies)
}

/// A search of versions in the order of a walk.
struct Chain {
    searcher: outgate::engine::Searcher,
    /// The number of the last version at each level.
    numbers: Vec<u32>,
    count: u32,
}

impl Chain {
    /// Searches the version that the others are written upon.
    fn new(first: &[u8]) -> Self {
        let mut chain = Self {
            searcher: SIEVE.searcher(),
            numbers: Vec::new(),
            count: 0,
        };
        chain.search(0, first, &[], Content::Text);
        chain
    }

    /// Fails unless a search of what is new in a version finds what a search of all of it does.
    fn check(
        &mut self,
        level: usize,
        text: &[u8],
        copies: &[Copy],
        content: Content,
    ) -> Result<(), TestCaseError> {
        let [new, all] = self.search(level, text, copies, content);
        prop_assert_eq!(new, all, "{}", String::from_utf8_lossy(text));
        Ok(())
    }

    fn search(
        &mut self,
        level: usize,
        text: &[u8],
        copies: &[Copy],
        content: Content,
    ) -> [Found; 2] {
        self.numbers.truncate(level);
        let lineage = Lineage {
            level,
            version: self.count,
            base: self.numbers.last().copied(),
            copies,
            shift: 0,
        };
        self.numbers.push(self.count);
        self.count += 1;
        let mut haystack = Haystack {
            bytes: text,
            origin: &Origin::File("text".to_owned()),
            content,
            fresh: Fresh::All,
            lineage: Some(lineage),
            window: None,
        };
        let new = search(&mut self.searcher, &haystack);
        haystack.lineage = None;
        [new, search(&mut SIEVE.searcher(), &haystack)]
    }
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
    fn a_search_of_what_is_new_finds_what_a_search_of_all_finds(
        first in glued(),
        chain in prop::collection::vec((edits(), 0..3_usize, any::<bool>()), 1..6),
    ) {
        // The versions on the way from the root to the last one.
        let mut path: Vec<Vec<u8>> = vec![first];
        let mut searched = Chain::new(&path[0]);
        for (edits, up, is_binary) in &chain {
            path.truncate(path.len().saturating_sub(*up).max(1));
            let (text, copies) = edit(&path[path.len() - 1], edits);
            let content = if *is_binary { Content::Binary } else { Content::Text };
            searched.check(path.len(), &text, &copies, content)?;
            path.push(text);
        }
    }

    #[test]
    fn a_token_is_found_when_its_parts_meet(
        which in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        between in "[a-z =\n]{1,3}",
        far in glued(),
        missing in 0..3_usize,
    ) {
        let token = which.get(&EXAMPLES);
        let (head, tail) = token.split_at(cut.index(token.len() + 1));
        // The part that is not in the base is an insert; else a deletion brings both together.
        let (head_in_base, tail_in_base) = match missing {
            0 => (&b""[..], tail),
            1 => (head, &b""[..]),
            _ => (head, tail),
        };
        let far = [far.as_slice(), b"\n", &b". \n".repeat(300)].concat();
        let left = [&far, head_in_base].concat();
        let right = [tail_in_base, b"\n", &far].concat();
        let base = [&left, between.as_bytes(), &right].concat();
        let text = [&far, token.as_slice(), b"\n", &far].concat();
        let copies = [
            Copy { from: 0, to: 0, length: left.len() },
            Copy {
                from: base.len() - right.len(),
                to: text.len() - right.len(),
                length: right.len(),
            },
        ];
        Chain::new(&base).check(1, &text, &copies, Content::Text)?;
    }

    #[test]
    fn a_candidate_depends_on_its_surroundings_alone(text in glued(), far in glued()) {
        // What lies beyond every detector's reach changes nothing: what a search of the
        // changed parts of a file alone will rest on.
        let reach = b". \n".repeat(4_000);
        let near = [&reach, text.as_slice(), &reach].concat();
        let start = far.len() + reach.len();
        let moved = [&far, near.as_slice(), &far].concat();
        let inside = |(all, _): Found, start: usize| -> Vec<_> {
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
