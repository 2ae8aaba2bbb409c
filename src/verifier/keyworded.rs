//! Values after a word for their provider: is one drawn at random, and is it called a secret?
//!
//! Owns what tells such a value from identifiers, digests and ids. Does not own how far apart
//! word and value may be (`engine::keyword`).

use memchr::memmem;

use super::drawn::is_drawn;
use super::generic::features::Sample;
use super::harmless::harmless;
use super::{Generic, Judgement, article, forms, generic};
use crate::detectors::{Confidence, Detector};
use crate::engine::keyword::{is_straight, names_a_secret};
use crate::engine::{Assignment, Operator};
use crate::findings::Verdict;

/// Words before a value that say it is a digest or an id.
const DIGESTS: &[&str] = &[
    "sha1",
    "sha2",
    "sha5",
    "sha-",
    "hash",
    "digest",
    "integrity",
    "checksum",
    "commit",
    "revision",
    "/blob/",
    "/tree/",
    "/raw/",
    "etag",
    "md5",
    "fingerprint",
    "uuid",
    "guid",
    "h1:",
    "rev=",
    "ref=",
];

/// Judges a value; `context` runs from the word to the end of the value.
pub(super) fn judge(detector: &Detector, context: &[u8], value: &[u8]) -> Judgement {
    let between = &context[..context.len() - value.len()];
    let lower = between.to_ascii_lowercase();
    if let Some(word) = digest_word(&lower) {
        return Judgement::new(
            Verdict::Unlikely,
            format!("a digest or id: `{word}` stands before it"),
        );
    }
    if !is_drawn(value) {
        return Judgement::new(
            Verdict::Unlikely,
            "the value looks like a name, not drawn at random",
        );
    }
    if let Some(reason) = harmless(value) {
        return Judgement::new(Verdict::Unlikely, reason);
    }
    let is_hex = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    let is_joined = matches!(between, [.., b'-' | b'_']);
    if is_straight(between) && (is_joined || value.iter().all(is_hex)) {
        return Judgement::new(
            Verdict::Unlikely,
            "straight after the name, where the id of a commit or of a thing may stand",
        );
    }
    let is_named = names_a_secret(between);
    if detector.confidence == Confidence::Likely && is_named {
        let reason = format!("words and shape fit {}", article(&detector.name));
        return Judgement::new(Verdict::Likely, reason);
    }
    let reason = format!("has the shape of {}", article(&detector.name));
    Judgement::new(Verdict::Possible, reason)
}

/// The word in a text, in lower case, that says that a digest or an id follows.
fn digest_word(lower: &[u8]) -> Option<&'static str> {
    let mut digests = DIGESTS.iter();
    let word = digests.find(|word| memmem::find(lower, word.as_bytes()).is_some())?;
    Some(word.trim_matches(|sign: char| !sign.is_alphanumeric()))
}

/// Judges a value that is assigned to a name with the word in it, whatever its shape.
pub(super) fn judge_assigned(
    detector: &Detector,
    sample: &Sample<'_>,
    assignment: &Assignment,
    generic: Generic,
) -> Judgement {
    let (name, value) = (sample.name(), sample.value());
    let lower = name.to_ascii_lowercase();
    if let Some(word) = digest_word(&lower) {
        return Judgement::new(
            Verdict::Unlikely,
            format!("a digest or id: `{word}` stands before it"),
        );
    }
    let mut judgement = generic::judge(sample, assignment, generic);
    // A value after a blank may be any word of a sentence or of code.
    let is_loose = assignment.operator == Operator::Option || generic == Generic::Rules;
    let must_be_drawn = is_loose && !generic::is_password(name);
    if judgement.verdict > Verdict::Unlikely && must_be_drawn && !is_drawn(value) {
        return Judgement::new(
            Verdict::Unlikely,
            "the value looks like a name, not drawn at random",
        );
    }
    let names_a_token = ["key", "token"]
        .iter()
        .any(|word| memmem::find(&lower, word.as_bytes()).is_some());
    if names_a_token && forms::exclude(&detector.forms, value) {
        return Judgement::new(
            Verdict::Unlikely,
            format!("not of the form of {}", article(&detector.name)),
        );
    }
    judgement
        .reasons
        .push(format!("the name speaks of {}", detector.provider));
    judgement
}
