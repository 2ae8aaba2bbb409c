//! Pairs: credentials of two parts, as a key id and its secret.
//!
//! Owns how near the other part is: a few lines away, in the same file at any time of its history, or
//! in the same folder. Half a pair is a finding, too, but a lesser one. Does not judge otherwise.

use std::collections::BTreeMap;

use super::{Finding, Verdict};
use crate::detectors::Detector;

/// Most lines between the parts of a pair that are surely one.
const NEAR: u32 = 20;

/// Where the parts of pairs stand: paths and lines, by detector.
type Parts = BTreeMap<String, Vec<(String, u32)>>;

/// How near the other part of a pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    Lines(u32),
    File,
    Folder,
}

/// Notes in each finding of a pair where its other part is, and lowers what is only half a pair.
pub(super) fn note(detectors: &[Detector], findings: &mut [Finding]) {
    let companions: BTreeMap<&str, &[String]> = detectors
        .iter()
        .filter(|one| !one.companions.is_empty())
        .map(|one| (&*one.id, &*one.companions))
        .collect();
    let parts = parts(&companions, findings);
    for finding in findings {
        let Some(companions) = companions.get(finding.detector.as_str()) else {
            continue;
        };
        let nearest = companions.iter().filter_map(|companion| {
            let places = parts.get(companion)?;
            Some((distance(finding, places)?, companion))
        });
        match nearest.min() {
            Some((distance, companion)) => finding.reasons.push(match distance {
                Distance::Lines(0) => format!("its other part is on the same line (`{companion}`)"),
                Distance::Lines(1) => format!("its other part is one line away (`{companion}`)"),
                Distance::Lines(lines) => {
                    format!("its other part is {lines} lines away (`{companion}`)")
                }
                Distance::File => format!("its other part is in the same file (`{companion}`)"),
                Distance::Folder => format!("its other part is in the same folder (`{companion}`)"),
            }),
            None if finding.verdict == Verdict::Likely => {
                finding.verdict = Verdict::Possible;
                let missing = companions.join("` or `");
                finding.reasons.push(format!(
                    "half of a pair: there is no `{missing}` in its folder"
                ));
            }
            None => {}
        }
    }
}

/// Where the parts that are no filler stand.
fn parts(companions: &BTreeMap<&str, &[String]>, findings: &[Finding]) -> Parts {
    let mut parts = Parts::new();
    for named in companions.values().copied().flatten() {
        parts.insert(named.clone(), Vec::new());
    }
    for finding in findings {
        // An identifier is public, and a part nonetheless.
        let counts =
            finding.verdict > Verdict::Unlikely || finding.severity == super::Severity::Info;
        if let Some(places) = parts.get_mut(&finding.detector).filter(|_| counts) {
            let occurrences = finding.occurrences.iter();
            places.extend(occurrences.map(|one| (one.place.path.clone(), one.span.start_line)));
        }
    }
    parts
}

/// How near the nearest of some places is to any of a finding's.
fn distance(finding: &Finding, places: &[(String, u32)]) -> Option<Distance> {
    let folder = |path: &str| {
        path.rsplit_once('/')
            .map_or("", |(folder, _)| folder)
            .to_owned()
    };
    let occurrences = finding.occurrences.iter();
    let pairs = occurrences.flat_map(|one| places.iter().map(move |place| (one, place)));
    pairs
        .filter_map(|(one, (path, line))| {
            let lines = one.span.start_line.abs_diff(*line);
            if one.place.path == *path && lines <= NEAR {
                Some(Distance::Lines(lines))
            } else if one.place.path == *path {
                Some(Distance::File)
            } else {
                (folder(&one.place.path) == folder(path)).then_some(Distance::Folder)
            }
        })
        .min()
}
