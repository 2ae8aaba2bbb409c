//! `outgate detectors`: list, show, lint and test.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::args::DetectorsCommand;
use super::{Error, Exit};
use crate::detectors::{
    self, Detector, DetectorSet, Shape, embedded_examples, lint, list_files, read_file,
};
use crate::engine::{Choice, Engine};
use crate::verifier::examples::failures;

/// Largest share of places in source text, as estimated, at which a search may stop to look. Every one costs
/// about 20 ns, against 0.6 ns for a byte that is passed over.
const MOST_LOAD: f64 = 0.03;

pub(super) fn run(command: &DetectorsCommand) -> Result<Exit, Error> {
    let (text, exit) = match command {
        DetectorsCommand::List { filter } => (list(filter.as_deref()), Exit::Clean),
        DetectorsCommand::Show { id } => (show(DetectorSet::embedded().find(id)?), Exit::Clean),
        DetectorsCommand::Lint { paths } => lint_all(paths)?,
        DetectorsCommand::Test { ids } => test_all(ids)?,
    };
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(Error::Stdout)?;
    Ok(exit)
}

fn list(filter: Option<&str>) -> String {
    let wanted = filter.unwrap_or("").to_lowercase();
    let set = DetectorSet::embedded();
    let rows: Vec<&Detector> = set
        .detectors()
        .iter()
        .filter(|one| {
            format!("{} {} {}", one.id, one.name, one.provider)
                .to_lowercase()
                .contains(&wanted)
        })
        .collect();
    let width = rows.iter().map(|one| one.id.len()).max().unwrap_or(0);
    rows.iter()
        .map(|one| format!("{:width$}  {:8}  {}\n", one.id, severity(one), one.name))
        .chain(std::iter::once(format!("{} detectors\n", rows.len())))
        .collect()
}

fn severity(detector: &Detector) -> String {
    format!("{:?}", detector.severity).to_lowercase()
}

fn show(detector: &Detector) -> String {
    let mut text = format!(
        "{}\n  id:        {}\n  provider:  {}\n  severity:  {}\n",
        detector.name,
        detector.id,
        detector.provider,
        severity(detector)
    );
    let mut line = |label: &str, value: String| text.push_str(&format!("  {label:<10} {value}\n"));
    match &detector.shape {
        Shape::Run {
            prefix,
            set,
            least,
            most,
        } => {
            let prefix = String::from_utf8_lossy(prefix);
            let length = if least == most {
                least.to_string()
            } else {
                format!("{least} to {most}")
            };
            line(
                "shape:",
                format!("`{prefix}` and {length} of {}", set.to_notation()),
            );
        }
        Shape::Regex { pattern, .. } => line("shape:", format!("/{pattern}/")),
        Shape::Block { begin, end, .. } => line("shape:", format!("/{begin}/ to /{end}/")),
        Shape::Any => line(
            "shape:",
            "any value; its form and surroundings decide".to_owned(),
        ),
    }
    if !detector.names.is_empty() {
        line("names:", detector.names.join(", "));
    }
    if detector.is_keyworded() {
        line("keywords:", detector.keywords.replace(' ', ", "));
    }
    if let Some(near) = &detector.near {
        line(
            "near:",
            format!("{} within {} bytes", near.words.join(" or "), near.reach),
        );
    }
    if detector.entropy > 0.0 {
        line(
            "entropy:",
            format!("{:.1} bits a character or more", detector.entropy),
        );
    }
    if let Some(check) = detector.check {
        line("check:", detectors::name_of(check));
    }
    if !detector.companions.is_empty() {
        line("pairs:", detector.companions.join(", "));
    }
    if detector.public {
        line("public:", "by design; reported as unlikely".to_owned());
    }
    line("remedy:", detector.remediation.to_string());
    line("source:", detector.source.to_string());
    text
}

fn lint_all(paths: &[PathBuf]) -> Result<(String, Exit), Error> {
    let mut text = String::new();
    let mut all = Vec::new();
    let mut faults = 0;
    let mut owners: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in list_files(paths)? {
        let mut fault = |detector: &str, message: &str| {
            faults += 1;
            text.push_str(&format!("{}: {detector}: {message}\n", path.display()));
        };
        match read_file(&path) {
            Err(error) => fault("file", &error.to_string()),
            Ok((spec, found, examples)) => {
                for one in lint(stem(&path), &spec, &found, &examples) {
                    fault(&one.detector, &one.message);
                }
                for detector in &found {
                    if let Some(other) = owners.insert(detector.id.to_string(), path.clone()) {
                        fault(
                            &detector.id,
                            &format!("the id is taken in {}", other.display()),
                        );
                    }
                }
                for (detector, texts) in found.iter().zip(&examples) {
                    for message in failures(detector, texts) {
                        fault(&detector.id, &message);
                    }
                }
                all.extend(found);
            }
        }
    }
    let count = all.len();
    if let Some(message) = lint_load(all) {
        faults += 1;
        text.push_str(&message);
    }
    text.push_str(&format!("{count} detectors, {faults} faults\n"));
    Ok((
        text,
        if faults == 0 {
            Exit::Clean
        } else {
            Exit::Findings
        },
    ))
}

/// Says when the detectors together make every search slow.
fn lint_load(all: Vec<Detector>) -> Option<String> {
    let load = Engine::new(DetectorSet::of(all), Choice::Sieve).load();
    let message = match load {
        Some(load) if load <= MOST_LOAD => return None,
        Some(load) => format!(
            "a search would stop at {:.1} % of all places, more than {:.1}: look for the dearest shapes",
            load * 100.0,
            MOST_LOAD * 100.0
        ),
        None => "a probe is too short for the sieve, so that all searches are slow".to_owned(),
    };
    Some(format!("all files: {message}\n"))
}

fn stem(path: &Path) -> &str {
    path.file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("")
}

fn test_all(ids: &[String]) -> Result<(String, Exit), Error> {
    let set = DetectorSet::embedded();
    for id in ids {
        set.find(id)?;
    }
    let mut text = String::new();
    let (mut passed, mut failed) = (0, 0);
    for (detector, examples) in set.detectors().iter().zip(embedded_examples()) {
        if !ids.is_empty() && ids.iter().all(|id| **id != *detector.id) {
            continue;
        }
        let failures = failures(detector, &examples);
        failed += failures.len();
        passed += examples.positive.len() + examples.negative.len() - failures.len();
        for failure in failures {
            text.push_str(&format!("{}: {failure}\n", detector.id));
        }
    }
    text.push_str(&format!("{passed} passed, {failed} failed\n"));
    Ok((
        text,
        if failed == 0 {
            Exit::Clean
        } else {
            Exit::Findings
        },
    ))
}
