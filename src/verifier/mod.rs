//! The verifier: from candidates to verdicts with reasons.
//!
//! Owns how sure we are and why: published constants, placeholders, offline checks, entropy
//! floors, test modes, the place, and which of several detectors names a text best. Nothing is
//! dropped: what is probably harmless is `unlikely` and says why. Works offline.

pub mod checks;
mod drawn;
pub mod examples;
mod filler;
mod forms;
pub mod generic;
mod harmless;
mod keyworded;
mod known;
mod place;
mod placeholder;

use std::collections::BTreeMap;
use std::ops::Range;

use checks::Proof;
use generic::features::Sample;

use crate::detectors::{Confidence, Detector, Severity, Shape};
use crate::engine::{Assignment, Candidate, Operator};
use crate::entropy;
use crate::findings::Verdict;
use crate::walker::Haystack;

/// Time that expiry is judged by, in Unix seconds: 2026-11-01. A constant, so that the same
/// input gives the same report on any day; what expired before it has certainly expired.
const REFERENCE_TIME: i64 = 1_793_491_200;

/// What decides about values assigned to names, where no provider is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Generic {
    /// The model, after the rules about what is certainly no secret.
    #[default]
    Model,
    /// Rules alone.
    Rules,
}

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// How sure we are.
    pub verdict: Verdict,
    /// Why, the weightiest first.
    pub reasons: Vec<String>,
    /// What the model thinks, where it was asked.
    pub estimate: Option<Estimate>,
}

/// What the model thinks of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// That it is a secret, 0 to 1.
    pub probability: f32,
    /// Whether something keeps it from being `likely`, however probable.
    pub doubtful: bool,
}

impl Judgement {
    fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self {
            verdict,
            reasons: vec![reason.into()],
            estimate: None,
        }
    }
}

/// A candidate with everything that was found out about it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Index of the detector that names it best.
    pub detector: usize,
    /// Indexes of others that hit the same text.
    pub also: Vec<usize>,
    /// The secret in the haystack.
    pub secret: Range<usize>,
    /// The whole match; the secret is part of it.
    pub whole: Range<usize>,
    /// All text that any detector took for part of a secret here; never shown.
    pub mask: Range<usize>,
    /// How sure we are.
    pub verdict: Verdict,
    /// What a leak costs here.
    pub severity: Severity,
    /// Why.
    pub reasons: Vec<String>,
    /// What the model thinks, where it was asked.
    pub estimate: Option<Estimate>,
}

/// Judges the candidates of one haystack; those that overlap become one, named by the detector
/// that knows most. Sorted by place.
pub fn judge(
    detectors: &[Detector],
    haystack: &Haystack<'_>,
    candidates: &[Candidate],
    generic: Generic,
) -> Vec<Judged> {
    let mut judged: Vec<Judged> = candidates
        .iter()
        .filter_map(|candidate| {
            judge_one(&detectors[candidate.detector], haystack, candidate, generic)
        })
        .collect();
    // Best first: knowledge of the provider beats sureness, a longer text beats its part.
    judged.sort_by_key(|one| {
        let detector = &detectors[one.detector];
        (
            std::cmp::Reverse(knowledge(detector)),
            // Of two that know the shape, one that knows a word near it knows the provider.
            std::cmp::Reverse(detector.near.is_some()),
            std::cmp::Reverse(one.verdict),
            detector.is_generic(),
            std::cmp::Reverse(one.secret.len()),
            one.secret.start,
            one.detector,
        )
    });
    // Disjoint, by start: at most one can hold the end of another text or lie inside it.
    let mut kept: BTreeMap<usize, Judged> = BTreeMap::new();
    for one in judged {
        let before = kept.range_mut(..one.secret.end).next_back();
        match before.filter(|(_, other)| other.secret.end > one.secret.start) {
            Some((_, better)) => {
                better.mask.start = better.mask.start.min(one.secret.start);
                better.mask.end = better.mask.end.max(one.secret.end);
                // Of two that only read names, the one that read the right name.
                let are_generic = [better.detector, one.detector]
                    .iter()
                    .all(|index| detectors[*index].is_generic());
                let is_surer = better.verdict == Verdict::Possible
                    && one.verdict == Verdict::Likely
                    || are_generic && one.verdict > better.verdict;
                if is_surer && better.secret == one.secret {
                    better.verdict = one.verdict;
                    better.reasons.extend(one.reasons);
                }
                let mut other = one.detector;
                if detectors[better.detector].shared
                    && detectors[other].is_keyworded()
                    && better.secret == one.secret
                {
                    std::mem::swap(&mut better.detector, &mut other);
                    better.severity = one.severity;
                }
                // That no form is known adds nothing to one that is.
                let adds = detectors[other].confidence != Confidence::Unlikely;
                if adds && better.detector != other && !better.also.contains(&other) {
                    better.also.push(other);
                }
            }
            None => {
                kept.insert(one.secret.start, one);
            }
        }
    }
    let mut kept: Vec<Judged> = kept.into_values().collect();
    for one in &mut kept {
        one.also.sort_unstable();
    }
    kept
}

/// How much a detector knows of what it names, from 0 to 3.
pub fn knowledge(detector: &Detector) -> u8 {
    match detector.confidence {
        Confidence::Generic | Confidence::Unlikely => 0,
        Confidence::Possible => 1,
        Confidence::Likely if detector.is_assigned() || detector.is_keyworded() => 2,
        Confidence::Likely => 3,
    }
}

/// Says whether a value stands without quotes or tags.
fn is_bare(candidate: &Candidate) -> bool {
    candidate.assignment.as_ref().is_some_and(|assignment| {
        assignment.quote.is_none()
            && !matches!(
                assignment.operator,
                Operator::Element | Operator::Option | Operator::List
            )
    })
}

/// Judges one candidate; `None` only for a name: on the right side of an assignment in code, or one
/// that begins as tokens do.
fn judge_one(
    detector: &Detector,
    haystack: &Haystack<'_>,
    candidate: &Candidate,
    generic: Generic,
) -> Option<Judged> {
    let path = haystack.origin.path();
    if detector.confidence == Confidence::Unlikely {
        let secret = &haystack.bytes[candidate.secret.clone()];
        let is_name = harmless::is_identifier(secret) || drawn::is_numbered_name(secret);
        if is_name && placeholder::filler(secret).is_none() {
            return None;
        }
    }
    let mut judgement = weigh(detector, candidate, haystack, generic);
    if is_bare(candidate) && !place::has_bare_values(path) {
        if judgement.verdict < Verdict::Likely {
            return None;
        }
        let reason = "unquoted, where most languages take that for a name";
        judgement = Judgement::new(Verdict::Unlikely, reason);
    }
    let mut severity = detector.severity;
    if let Some(place) = place::rehearsal(path) {
        judgement.reasons.push(place.to_owned());
        severity = lower(severity);
    }
    Some(Judged {
        detector: candidate.detector,
        also: Vec::new(),
        secret: candidate.secret.clone(),
        whole: candidate.whole.clone(),
        mask: candidate.secret.clone(),
        verdict: judgement.verdict,
        severity,
        reasons: judgement.reasons,
        estimate: judgement.estimate,
    })
}

fn lower(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium => Severity::Low,
        Severity::Low | Severity::Info => severity,
    }
}

/// Weighs everything that speaks for and against a text; what is certain comes first.
fn weigh(
    detector: &Detector,
    candidate: &Candidate,
    haystack: &Haystack<'_>,
    generic: Generic,
) -> Judgement {
    let bytes = haystack.bytes;
    let secret = &bytes[candidate.secret.clone()];
    if let Some(name) = known::published(secret) {
        return Judgement::new(Verdict::Unlikely, format!("published for everyone: {name}"));
    }
    let template = placeholder::template(secret);
    if let Some(reason) = template.or_else(|| placeholder::beside_slot(bytes, &candidate.secret)) {
        return Judgement::new(Verdict::Unlikely, reason);
    }
    let evidence = detector.check.map(|check| {
        let context = checks::context(check, bytes, &candidate.whole);
        checks::examine(check, secret, context, Some(REFERENCE_TIME))
    });
    let (proof, mut reasons) = evidence.map_or((Proof::Unknown, Vec::new()), |found| {
        (found.proof, found.reasons)
    });
    if let Some(verdict) = settled(proof) {
        return Judgement {
            verdict,
            reasons,
            estimate: None,
        };
    }
    if let Some(reason) = against(detector, candidate, bytes) {
        reasons.insert(0, reason);
        return Judgement {
            verdict: Verdict::Unlikely,
            reasons,
            estimate: None,
        };
    }
    let base = base(detector, candidate, haystack, generic);
    reasons.extend(base.reasons);
    Judgement { reasons, ..base }
}

/// Says what makes a text of a detector's shape no secret.
fn against(detector: &Detector, candidate: &Candidate, bytes: &[u8]) -> Option<String> {
    let secret = &bytes[candidate.secret.clone()];
    let context = &bytes[candidate.whole.clone()];
    let holds = |mark: &String| memchr::memmem::find(context, mark.as_bytes()).is_some();
    if detector.public {
        return Some("public by design".to_owned());
    }
    if detector.test_mode.iter().any(holds) {
        return Some("belongs to a test mode or sandbox".to_owned());
    }
    if let Some(reason) = placeholder::filler(random_part(detector, secret)) {
        return Some(reason.to_owned());
    }
    if is_member(detector, secret) {
        return Some("the value looks like a name in code".to_owned());
    }
    if candidate.assignment.is_none() && place::is_in_base64(bytes, &candidate.whole) {
        return Some("part of a longer run of base64".to_owned());
    }
    let score = entropy::shannon(random_part(detector, secret));
    // A keyword in the name of an assigned value says nothing about its shape.
    let is_named = detector.is_keyworded() && candidate.assignment.is_some();
    (score < detector.entropy && !is_named).then(|| {
        format!(
            "too regular for a generated secret ({score:.1} bits a character, expected {:.1})",
            detector.entropy
        )
    })
}

/// The verdict on a text that nothing speaks against.
fn base(
    detector: &Detector,
    candidate: &Candidate,
    haystack: &Haystack<'_>,
    generic: Generic,
) -> Judgement {
    let bytes = haystack.bytes;
    match &candidate.assignment {
        Some(assignment) if detector.is_keyworded() => {
            let sample = sample(haystack, candidate, assignment);
            keyworded::judge_assigned(detector, &sample, assignment, generic)
        }
        None if detector.is_keyworded() => {
            let context = &bytes[candidate.whole.clone()];
            keyworded::judge(detector, context, &bytes[candidate.secret.clone()])
        }
        Some(assignment) if detector.is_generic() => {
            let sample = sample(haystack, candidate, assignment);
            generic::judge(&sample, assignment, generic)
        }
        _ => by_confidence(detector, candidate),
    }
}

/// The verdict of evidence that needs no further look.
fn settled(proof: Proof) -> Option<Verdict> {
    match proof {
        Proof::Genuine => Some(Verdict::Verified),
        Proof::Forged | Proof::Expired | Proof::Encrypted | Proof::Public | Proof::Sample => {
            Some(Verdict::Unlikely)
        }
        Proof::WellFormed | Proof::Unknown => None,
    }
}

/// An assignment as the model sees it.
fn sample<'a>(
    haystack: &Haystack<'a>,
    candidate: &Candidate,
    assignment: &Assignment,
) -> Sample<'a> {
    Sample {
        bytes: haystack.bytes,
        name: (assignment.name.start, assignment.name.end),
        value: (candidate.secret.start, candidate.secret.end),
        quote: assignment.quote,
        operator: assignment.operator,
        path: haystack.origin.path(),
    }
}

fn by_confidence(detector: &Detector, candidate: &Candidate) -> Judgement {
    match (detector.confidence, &candidate.assignment) {
        (Confidence::Unlikely, _) => Judgement::new(
            Verdict::Unlikely,
            format!("has the shape of {}", article(&detector.name)),
        ),
        (Confidence::Generic | Confidence::Possible, _) => Judgement::new(
            Verdict::Possible,
            format!("has the shape of {}", article(&detector.name)),
        ),
        (Confidence::Likely, Some(_)) => Judgement::new(
            Verdict::Likely,
            format!("name and shape fit {}", article(&detector.name)),
        ),
        (Confidence::Likely, None) => Judgement::new(
            Verdict::Likely,
            format!("has the distinctive shape of {}", article(&detector.name)),
        ),
    }
}

fn article(name: &str) -> String {
    let vowel = name.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']);
    format!("{} {name}", if vowel { "an" } else { "a" })
}

/// Says whether a token may be a member of something that its prefix names: `STS.assumeRole`.
fn is_member(detector: &Detector, secret: &[u8]) -> bool {
    let is_dotted = matches!(&detector.shape, Shape::Run { prefix, .. } if prefix.ends_with(b"."));
    is_dotted && harmless::is_identifier(random_part(detector, secret))
}

/// The part of a token that its issuer drew at random.
fn random_part<'a>(detector: &Detector, secret: &'a [u8]) -> &'a [u8] {
    match &detector.shape {
        Shape::Run { prefix, .. } => secret.strip_prefix(&**prefix).unwrap_or(secret),
        Shape::Regex { .. } | Shape::Block { .. } | Shape::Any => secret,
    }
}
