//! `docs/detectors.md`: what is looked for, and what each detector rests on.
//!
//! Owns the page, which is written from the detectors alone (`./x generated`). Does not own facts.

use super::DetectorSet;
use super::model::{Detector, Shape};
use super::spec::{Check, Severity};

const HEAD: &str = "\
# Detectors

Written by `./x generated` from the files in `detectors/`; `outgate detectors show ID` tells more of
each, with what to do after a leak.

`found by` says what must be there: `shape`, a text that is distinctive alone; `shape near word`, one that
needs a word nearby; `name`, a value assigned to a name of the provider; `keyword`, a value after a word
for the provider. `check` is what can be proved or refuted without network.
";

const TABLE_HEAD: &str = "\
## Providers by keyword

Tokens of these providers have no text of their own: a word for the provider and a value after it, as in
`ACME_TOKEN=...` or `acme key: ...`. The shapes are those that vendors document or that public rule sets
state in agreement; where one source alone states a shape, or none, a finding is no more than `possible`
unless the value looks drawn at random and its name calls it a secret. The ids are those below with
`-credential`.
";

/// The page.
pub fn document() -> String {
    let set = DetectorSet::embedded();
    let (keyworded, own): (Vec<&Detector>, Vec<&Detector>) =
        set.detectors().iter().partition(|one| one.is_keyworded());
    let mut page = format!(
        "{HEAD}\n{} detectors, and {} providers by keyword.\n\n## Shapes and names\n\n\
         | id | what | severity | found by | check | source |\n|---|---|---|---|---|---|\n",
        own.len(),
        keyworded.len()
    );
    for one in own {
        let check = one.check.map(name_of).unwrap_or_default();
        page.push_str(&format!(
            "| {} | {} | {} | {} | {check} | {} |\n",
            one.id,
            one.name.replace('|', "\\|"),
            severity(one.severity),
            found_by(one),
            one.source
        ));
    }
    page.push_str(&format!(
        "\n{TABLE_HEAD}\n| provider | words | severity |\n|---|---|---|\n"
    ));
    for one in keyworded {
        page.push_str(&format!(
            "| {} | {} | {} |\n",
            one.provider,
            one.keywords.replace(' ', ", "),
            severity(one.severity)
        ));
    }
    page
}

fn found_by(detector: &Detector) -> &'static str {
    match (&detector.shape, &detector.near) {
        (Shape::Any, _) => "name",
        _ if detector.is_assigned() => "name and shape",
        (_, Some(_)) => "shape near word",
        (_, None) => "shape",
    }
}

fn severity(severity: Severity) -> String {
    format!("{severity:?}").to_lowercase()
}

/// The name of a check in detector files.
pub fn name_of(check: Check) -> String {
    serde_json::to_value(check)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
