//! Offline checks: each on any text, with any surroundings, and on its own stamp.
#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use outgate::detectors::{Check, Detector, DetectorSet};
use outgate::verifier::checks::{Proof, context, examine, stamp};
use outgate::verifier::examples::Generator;

static DETECTORS: LazyLock<Vec<(Check, Detector)>> = LazyLock::new(|| {
    let detectors = DetectorSet::embedded().detectors().to_vec().into_iter();
    detectors
        .filter_map(|one| Some((one.check?, one)))
        .collect()
});

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    detector: u16,
    /// A token made from a seed, or nothing.
    seed: Option<u8>,
    /// Bytes of it that are others.
    edits: Vec<(u16, u8)>,
    more: &'a [u8],
    now: Option<i64>,
    after: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let (check, detector) = &DETECTORS[usize::from(input.detector) % DETECTORS.len()];
    let check = *check;
    let is_token = input.seed.is_some() && input.edits.is_empty() && input.more.is_empty();
    let mut secret = Vec::new();
    if let Some(seed) = input.seed {
        secret = Generator::new(&seed.to_string()).token(detector);
    }
    for (at, byte) in input.edits.into_iter().take(8) {
        let at = usize::from(at) % secret.len().max(1);
        if let Some(other) = secret.get_mut(at) {
            *other = byte;
        }
    }
    secret.extend_from_slice(input.more);
    let text = [&secret, input.after].concat();
    let found = examine(
        check,
        &secret,
        context(check, &text, &(0..secret.len())),
        input.now,
    );
    let shown = found.reasons.concat();
    // A name of an issuer or host may be told, a whole secret may not.
    let is_shown = secret.len() >= 40 && shown.contains(&*String::from_utf8_lossy(&secret));
    assert!(!is_shown, "a reason holds the secret");
    // A stamp is for what is generated: the shape of a token has to be right.
    if is_token && stamp(check, &mut secret) {
        let proof = examine(
            check,
            &secret,
            context(check, &secret, &(0..secret.len())),
            None,
        )
        .proof;
        assert_ne!(
            proof,
            Proof::Forged,
            "{check:?} refuses its own stamp of `{}`",
            detector.id
        );
    }
});
