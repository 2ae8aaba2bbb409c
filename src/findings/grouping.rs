//! Grouping: many sightings, one finding.
//!
//! Owns the rule that one value is one finding whatever the number of places and detectors,
//! and the order of findings and of their places. Does not judge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{
    CommitRef, Finding, Occurrence, Place, PlaceKind, Secret, Severity, Snippet, Span, Suppression,
    Verdict, pairs,
};
use crate::detectors::Detector;
use crate::walker::{Origin, Provenance, What};

/// One judged candidate, of which the value is known.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// Index of the detector that names it best.
    pub detector: usize,
    /// How much that detector knows of what it names; more wins the name of the finding.
    pub knowledge: u8,
    /// Indexes of others that hit the same text.
    pub also: Vec<usize>,
    /// How sure we are, at this place.
    pub verdict: Verdict,
    /// What a leak costs, at this place.
    pub severity: Severity,
    /// Why.
    pub reasons: Vec<String>,
    /// Where; those of one text share it.
    pub origin: Arc<Origin>,
    /// Where exactly.
    pub span: Span,
    /// The masked line.
    pub snippet: Snippet,
    /// The inline comment that covers it.
    pub ignored: Option<Suppression>,
}

/// Collects sightings and turns them into findings.
#[derive(Debug, Default)]
pub struct Collector {
    groups: BTreeMap<Secret, Vec<Sighting>>,
}

impl Collector {
    /// Adds sightings; the order of additions does not change the result.
    pub fn extend(&mut self, sightings: impl IntoIterator<Item = (Secret, Sighting)>) {
        for (secret, sighting) in sightings {
            // Most secrets are seen once.
            let group = self.groups.entry(secret);
            group
                .or_insert_with(|| Vec::with_capacity(1))
                .push(sighting);
        }
    }

    /// Names the blobs that hold something worth attributing: of `least` or better.
    pub fn blobs(&self, least: Verdict) -> BTreeSet<String> {
        self.groups
            .values()
            .filter(|group| group.iter().any(|one| one.verdict >= least))
            .flatten()
            .filter_map(|sighting| match &*sighting.origin {
                Origin::Blob { id, .. } => Some(id.clone()),
                Origin::File(_) | Origin::Metadata { .. } => None,
            })
            .collect()
    }

    /// Makes the findings: surest and gravest first, then by place.
    pub fn finish(
        self,
        detectors: &[Detector],
        provenance: &BTreeMap<String, Vec<Provenance>>,
    ) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self
            .groups
            .into_iter()
            .map(|(secret, group)| finding(detectors, secret, group, provenance))
            .collect();
        pairs::note(detectors, &mut findings);
        findings.sort_by(|a, b| {
            (b.verdict, b.severity)
                .cmp(&(a.verdict, a.severity))
                .then_with(|| a.occurrences[0].place.cmp(&b.occurrences[0].place))
                .then_with(|| a.occurrences[0].span.cmp(&b.occurrences[0].span))
                .then_with(|| a.detector.cmp(&b.detector))
                .then_with(|| a.secret.cmp(&b.secret))
        });
        findings
    }
}

fn finding(
    detectors: &[Detector],
    secret: Secret,
    mut group: Vec<Sighting>,
    provenance: &BTreeMap<String, Vec<Provenance>>,
) -> Finding {
    group.sort_by(|a, b| {
        b.knowledge
            .cmp(&a.knowledge)
            .then_with(|| b.verdict.cmp(&a.verdict))
            .then_with(|| b.severity.cmp(&a.severity))
            .then_with(|| a.origin.cmp(&b.origin))
            .then_with(|| a.span.cmp(&b.span))
    });
    let index = group[0].detector;
    let detector = &detectors[index];
    let also: BTreeSet<usize> = group
        .iter()
        .flat_map(|one| one.also.iter().copied().chain([one.detector]))
        .collect();
    let suppressed = suppression(&group);
    Finding {
        fingerprint: String::new(),
        detector: detector.id.to_string(),
        also: also
            .into_iter()
            .filter(|&other| other != index)
            .map(|other| detectors[other].id.to_string())
            .collect(),
        title: detector.name.to_string(),
        provider: detector.provider.to_string(),
        verdict: group[0].verdict,
        severity: group[0].severity,
        reasons: group[0].reasons.clone(),
        remediation: detector.remediation.to_string(),
        source: detector.source.to_string(),
        secret,
        occurrences: occurrences(&group, provenance),
        suppressed,
    }
}

/// Comments hide a secret only where they cover every place of it; one that is meant for another
/// scanner is named before our own, so that it is counted.
fn suppression(group: &[Sighting]) -> Option<Suppression> {
    let comments: Vec<&Suppression> = group
        .iter()
        .map(|one| one.ignored.as_ref())
        .collect::<Option<_>>()?;
    let is_foreign = |one: &&&Suppression| matches!(one, Suppression::Foreign { .. });
    let named = comments.iter().find(is_foreign).or(comments.first());
    named.map(|&comment| comment.clone())
}

/// Files first, then one place a path in history: its first commit, with a count of versions.
fn occurrences(
    group: &[Sighting],
    provenance: &BTreeMap<String, Vec<Provenance>>,
) -> Vec<Occurrence> {
    let mut places: BTreeMap<(Place, Span), (Snippet, PlaceKind)> = BTreeMap::new();
    let mut by_path: BTreeMap<String, Vec<(&Provenance, &str, &Sighting)>> = BTreeMap::new();
    for sighting in group {
        match &*sighting.origin {
            origin @ (Origin::File(_) | Origin::Metadata { .. }) => {
                let place = Place {
                    commit: None,
                    path: origin.place(),
                };
                let text = (sighting.snippet.clone(), kind_of(origin));
                places.insert((place, sighting.span), text);
            }
            Origin::Blob { id, path, member } => {
                let (outer, member) = path.split_at(path.len() - member);
                let known = provenance.get(id).map_or(&[][..], Vec::as_slice);
                for one in known {
                    by_path
                        .entry(format!("{}{member}", one.path))
                        .or_default()
                        .push((one, id, sighting));
                }
                if known.is_empty() {
                    // No commit holds it under a path: a tag can name a blob.
                    let place = Place {
                        commit: None,
                        path: format!("{outer} (object {id}){member}"),
                    };
                    let text = (sighting.snippet.clone(), PlaceKind::Object);
                    places.insert((place, sighting.span), text);
                }
            }
        }
    }
    let mut result: Vec<Occurrence> = places
        .into_iter()
        .map(|((place, span), (snippet, kind))| Occurrence {
            place,
            span,
            snippet,
            kind,
        })
        .collect();
    for (path, known) in by_path {
        result.extend(first_version(&path, &known));
    }
    result
}

/// The places in the oldest version of a file that holds the secret.
fn first_version(path: &str, known: &[(&Provenance, &str, &Sighting)]) -> Vec<Occurrence> {
    let Some((oldest, oldest_blob, _)) = known.iter().min_by_key(|(one, id, _)| (one.rank, *id))
    else {
        return Vec::new();
    };
    let versions: BTreeSet<&str> = known.iter().map(|(_, id, _)| *id).collect();
    let commit = CommitRef {
        id: oldest.commit.clone(),
        date: oldest.date.clone(),
        in_head: known.iter().any(|(one, ..)| one.in_head),
        versions: versions.len() as u32,
        reachable: oldest.is_reached,
    };
    let spans: BTreeMap<Span, &Snippet> = known
        .iter()
        .filter(|(_, id, _)| id == oldest_blob)
        .map(|(_, _, sighting)| (sighting.span, &sighting.snippet))
        .collect();
    spans
        .into_iter()
        .map(|(span, snippet)| Occurrence {
            place: Place {
                path: path.to_owned(),
                commit: Some(commit.clone()),
            },
            span,
            snippet: snippet.clone(),
            kind: PlaceKind::File,
        })
        .collect()
}

fn kind_of(origin: &Origin) -> PlaceKind {
    match origin {
        Origin::File(_) | Origin::Blob { .. } => PlaceKind::File,
        Origin::Metadata { what, .. } => match what {
            What::Commit(_) => PlaceKind::Commit,
            What::Tag(_) => PlaceKind::Tag,
            What::NameInTree(_) | What::Name | What::RefName => PlaceKind::Name,
            What::Target => PlaceKind::Link,
            What::Object(_) => PlaceKind::Object,
            What::Reflog => PlaceKind::Reflog,
        },
    }
}
