//! Accuracy on labelled texts: `./x accuracy FOLDER [MISSES]`.
//!
//! Reads `detectors-dev.jsonl.gz` in the folder, searches each text as a file of its own and
//! prints, by source, the share of positives that are found with any verdict, that are shown by
//! default, and that a detector names which knows the provider; then the share of filler that is
//! `unlikely`, and the shares of negatives that are reported. Texts that no provider issues
//! (`generic`, `keyword`) have no name to find. Providers that are not named everywhere follow.
//! Records judged otherwise than they are labelled go to the file of misses, one JSON object a
//! line. Then scores `credentials-dev.jsonl.gz` by row, with the model, which has seen these rows
//! (`./x train` cross-validates), and by rules alone.

#[path = "train/corpus.rs"]
#[expect(dead_code, reason = "training uses more of it")]
mod corpus;
#[path = "train/score.rs"]
mod score;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::{env, fs};

use outgate::detectors::{Detector, DetectorSet};
use outgate::engine::{Candidate, Choice, Engine, Searcher};
use outgate::findings::Verdict;
use outgate::verifier::{self, Generic, Judged};
use outgate::walker::{Content, Fresh, Haystack, Origin};
use score::Score;
use serde::Deserialize;

/// Providers of texts that nobody issues.
const NAMELESS: &[&str] = &["generic", "keyword"];

/// Fewest true rows of a category that is told by itself.
const LEAST_ROWS: usize = 10;

/// A labelled text.
#[derive(Deserialize)]
struct Record {
    source: String,
    rule: String,
    provider: String,
    text: String,
    /// Whether something should be reported.
    expect: bool,
    #[serde(default)]
    secret: Option<String>,
    filename: String,
    /// Whether the random part was drawn anew, so that no checksum fits.
    #[serde(default)]
    generated: bool,
    /// Whether the secret is filler, which may be dropped on purpose.
    #[serde(default)]
    placeholder: bool,
    id: String,
}

/// Counts over some records.
#[derive(Clone, Default)]
struct Tally {
    positives: u32,
    /// Found at all, found at `possible` or better, and by a detector that names the provider.
    found: u32,
    shown: u32,
    nameable: u32,
    named: u32,
    placeholders: u32,
    unlikely_placeholders: u32,
    negatives: u32,
    negatives_likely: u32,
    negatives_possible: u32,
}

/// What was found in a text.
struct Found {
    verdict: Verdict,
    provider: String,
    detector: String,
    reason: String,
    text: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let folder = arguments.first().ok_or("usage: accuracy FOLDER [MISSES]")?;
    let records = read(&Path::new(folder).join("detectors-dev.jsonl.gz"))?;
    let engine = Engine::new(DetectorSet::embedded(), Choice::Sieve);
    let mut searcher = engine.searcher();
    let mut by_source: BTreeMap<String, Tally> = BTreeMap::new();
    let mut by_provider: BTreeMap<String, Tally> = BTreeMap::new();
    let mut misses = String::new();
    for record in &records {
        let found = search(&engine, &mut searcher, record);
        for source in [&record.source, "all"] {
            let tally = by_source.entry(source.to_owned()).or_default();
            tally.add(record, &found);
        }
        let tally = by_provider.entry(record.provider.clone()).or_default();
        tally.add(record, &found);
        misses.extend(miss(record, &found));
    }
    print(&by_source, &by_provider);
    score_credentials(Path::new(folder), &engine)?;
    if let Some(path) = arguments.get(1) {
        fs::write(path, misses)?;
    }
    Ok(())
}

/// Scores the labelled credentials, both ways.
fn score_credentials(folder: &Path, engine: &Arc<Engine>) -> Result<(), Box<dyn Error>> {
    let files = corpus::read(folder)?;
    let mut searcher = engine.searcher();
    for (generic, way) in [(Generic::Model, "model"), (Generic::Rules, "rules alone")] {
        let mut scores = [Score::default(); 2];
        let mut by_category: BTreeMap<String, [Score; 2]> = BTreeMap::new();
        let levels = [Verdict::Likely, Verdict::Possible];
        for file in &files {
            let hits = file.search(engine, &mut searcher, generic);
            let hits: Vec<_> = hits.iter().map(|hit| (hit, hit.verdict)).collect();
            for (score, least) in scores.iter_mut().zip(levels) {
                score.add(file, &hits, least, |_| true);
            }
            let names: BTreeSet<&String> = file.rows.iter().map(|row| &row.category).collect();
            for name in names {
                let scores = by_category.entry(name.clone()).or_default();
                for (score, least) in scores.iter_mut().zip(levels) {
                    score.add(file, &hits, least, |category| category == name);
                }
            }
        }
        let [likely, possible] = scores;
        anstream::println!("credentials, {way}\n  likely    {likely}\n  possible  {possible}");
        let mut categories: Vec<_> = by_category.into_iter().collect();
        categories.retain(|(_, [likely, _])| likely.rows >= LEAST_ROWS);
        categories.sort_by_key(|(_, [likely, _])| std::cmp::Reverse(likely.rows));
        for (name, [likely, possible]) in categories {
            anstream::println!(
                "    {name:32} {:5} true; likely P {:.3} R {:.3}; possible P {:.3} R {:.3}",
                likely.rows,
                likely.precision(),
                likely.recall(),
                possible.precision(),
                possible.recall()
            );
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<Record>, Box<dyn Error>> {
    let packed = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let tail = packed.last_chunk().ok_or("the file is empty")?;
    // The last four bytes of a gzip file are the length of its content (RFC 1952).
    let mut text = vec![0; u32::from_le_bytes(*tail) as usize];
    libdeflater::Decompressor::new().gzip_decompress(&packed, &mut text)?;
    let lines = text.split(|&byte| byte == b'\n');
    let records = lines
        .filter(|line| !line.is_empty())
        .map(serde_json::from_slice);
    Ok(records.collect::<Result<_, _>>()?)
}

/// What the detectors find in a record, encoded or not.
fn search(engine: &Arc<Engine>, searcher: &mut Searcher, record: &Record) -> Vec<Found> {
    let origin = Origin::File(record.filename.clone());
    let haystack = Haystack {
        bytes: record.text.as_bytes(),
        origin: &origin,
        content: Content::Text,
        fresh: Fresh::All,
        lineage: None,
        window: None,
    };
    let detectors = engine.set().detectors();
    let candidates = searcher.search(&haystack);
    let mut found = list(detectors, &haystack, &candidates);
    for layer in searcher.layers() {
        let inner = Haystack {
            bytes: &layer.text,
            ..haystack
        };
        found.extend(list(detectors, &inner, &layer.candidates));
    }
    found
}

fn list(detectors: &[Detector], haystack: &Haystack<'_>, candidates: &[Candidate]) -> Vec<Found> {
    verifier::judge(detectors, haystack, candidates, Generic::default())
        .into_iter()
        .map(|one: Judged| {
            let detector: &Detector = &detectors[one.detector];
            Found {
                verdict: one.verdict,
                provider: detector.provider.to_string(),
                detector: detector.id.to_string(),
                reason: one.reasons.join("; "),
                text: String::from_utf8_lossy(&haystack.bytes[one.secret]).into_owned(),
            }
        })
        .collect()
}

impl Tally {
    fn add(&mut self, record: &Record, found: &[Found]) {
        let best = found.iter().map(|one| one.verdict).max();
        if !record.expect {
            self.negatives += 1;
            self.negatives_likely += u32::from(best >= Some(Verdict::Likely));
            self.negatives_possible += u32::from(best >= Some(Verdict::Possible));
        } else if record.placeholder {
            self.placeholders += 1;
            self.unlikely_placeholders += u32::from(best == Some(Verdict::Unlikely));
        } else {
            self.positives += 1;
            self.found += u32::from(best.is_some());
            self.shown += u32::from(best >= Some(Verdict::Possible));
            let nameable = !NAMELESS.contains(&record.provider.as_str());
            self.nameable += u32::from(nameable);
            self.named += u32::from(nameable && found.iter().any(|one| names(one, record)));
        }
    }
}

/// Says whether a finding names the provider of a record: the words of one are part of the
/// other's, or of the rule's name.
fn names(found: &Found, record: &Record) -> bool {
    let normal = |text: &str| {
        text.to_lowercase()
            .replace(|c: char| !c.is_alphanumeric(), "")
    };
    let (provider, wanted) = (normal(&found.provider), normal(&record.provider));
    let detector = normal(&found.detector);
    provider != "generic"
        && (provider == wanted
            || detector.contains(&wanted)
            || wanted.contains(&provider)
            || normal(&record.rule).contains(&provider))
}

/// A line for a record that was judged otherwise than it is labelled.
fn miss(record: &Record, found: &[Found]) -> Option<String> {
    let best = found.iter().map(|one| one.verdict).max();
    let kind = match (record.expect, record.placeholder) {
        (false, _) if best >= Some(Verdict::Likely) => "likely",
        (false, _) if best >= Some(Verdict::Possible) => "possible",
        (true, true) if best != Some(Verdict::Unlikely) => "placeholder",
        (true, false) if best.is_none() => "missed",
        (true, false) if !found.iter().any(|one| names(one, record)) => "unnamed",
        (true, false) if best == Some(Verdict::Unlikely) => "unlikely",
        _ => return None,
    };
    let all: Vec<_> = found
        .iter()
        .map(|one| {
            let verdict = one.verdict;
            let Found {
                detector,
                reason,
                text,
                ..
            } = one;
            format!("{detector} {verdict:?}: {reason} [{text}]")
        })
        .collect();
    let line = serde_json::json!({
        "kind": kind,
        "id": record.id,
        "rule": record.rule,
        "provider": record.provider,
        "text": record.text,
        "secret": record.secret,
        "generated": record.generated,
        "found": all,
    });
    Some(format!("{line}\n"))
}

fn print(by_source: &BTreeMap<String, Tally>, by_provider: &BTreeMap<String, Tally>) {
    let share = |part: u32, whole: u32| 100.0 * f64::from(part) / f64::from(whole.max(1));
    let mut text = String::from(
        "source         positives  found  shown  named  placeholders  unlikely  negatives  likely  possible\n",
    );
    for (source, tally) in by_source {
        text.push_str(&format!(
            "{source:14} {:9} {:6.1} {:6.1} {:6.1}  {:12} {:9.1}  {:9} {:7.1} {:9.1}\n",
            tally.positives,
            share(tally.found, tally.positives),
            share(tally.shown, tally.positives),
            share(tally.named, tally.nameable),
            tally.placeholders,
            share(tally.unlikely_placeholders, tally.placeholders),
            tally.negatives,
            share(tally.negatives_likely, tally.negatives),
            share(tally.negatives_possible, tally.negatives),
        ));
    }
    let silent = by_provider
        .values()
        .filter(|tally| tally.nameable > 0 && tally.named == 0);
    text.push_str(&format!(
        "{} providers, {} of them never named\n",
        by_provider.len(),
        silent.count()
    ));
    text.push_str("provider            positives  found  named\n");
    let lacking = by_provider
        .iter()
        .filter(|(_, tally)| tally.named < tally.nameable);
    for (provider, tally) in lacking {
        let (all, found, named) = (tally.nameable, tally.found, tally.named);
        text.push_str(&format!("{provider:20}{all:9} {found:6} {named:6}\n"));
    }
    anstream::print!("{text}");
}
