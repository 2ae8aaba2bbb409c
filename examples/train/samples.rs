//! Samples: what the model is asked about, with its features.
//!
//! Owns the vocabulary (features seen in several repositories), how much a repository counts, and the
//! folds. Does not own fitting.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use outgate::engine::Engine;
use outgate::findings::Verdict;
use outgate::verifier::Generic;
use outgate::verifier::generic::features::{self, Sample, Visitor};

use crate::corpus::{File, Hit};
use crate::fit::Example;

/// A feature must be seen in this many repositories.
const LEAST_REPOSITORIES: usize = 3;
/// More samples of a repository count as much as this many.
const MOST_SAMPLES: usize = 100;

/// A feature as the file of weights has it: family and two parts, escaped, set apart by tabs.
struct Names(Vec<String>);

impl Visitor for Names {
    fn visit(&mut self, family: &'static str, seen: &[u8], also: &[u8]) {
        let (seen, also) = (seen.escape_ascii(), also.escape_ascii());
        self.0.push(format!("{family}\t{seen}\t{also}"));
    }
}

/// Files with what is found in them and what the model is asked about.
pub(crate) struct Corpus {
    /// The files.
    pub(crate) files: Vec<File>,
    /// The findings of each.
    pub(crate) hits: Vec<Vec<Hit>>,
    /// What the model is asked about, by file.
    pub(crate) samples: Vec<Asked>,
    /// The features by number.
    pub(crate) vocabulary: Vec<String>,
}

/// A finding that the model is asked about.
pub(crate) struct Asked {
    /// Index of its file and of it among the findings.
    pub(crate) file: usize,
    /// Index among the findings of the file.
    pub(crate) hit: usize,
    /// Its features and label.
    pub(crate) example: Example,
}

impl Corpus {
    /// Searches the files and lists features.
    pub(crate) fn of(files: Vec<File>, engine: &Arc<Engine>) -> Self {
        let mut searcher = engine.searcher();
        let hits: Vec<Vec<Hit>> = files
            .iter()
            .map(|file| file.search(engine, &mut searcher, Generic::Rules))
            .collect();
        let mut named: Vec<(usize, usize, Vec<String>)> = Vec::new();
        let mut seen_in: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (at, file) in files.iter().enumerate() {
            for (hit, found) in hits[at].iter().enumerate() {
                let Some(names) = names(file, found) else {
                    continue;
                };
                for name in &names {
                    let repositories = seen_in.entry(name.clone()).or_default();
                    repositories.insert(&file.repo);
                }
                named.push((at, hit, names));
            }
        }
        let common = seen_in
            .into_iter()
            .filter(|(_, repositories)| repositories.len() >= LEAST_REPOSITORIES);
        let vocabulary: Vec<String> = common.map(|(name, _)| name).collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (file, _, _) in &named {
            *counts.entry(&files[*file].repo).or_default() += 1;
        }
        let samples = named.iter().map(|(at, hit, names)| {
            let file = &files[*at];
            let mut numbers: Vec<u32> = names
                .iter()
                .filter_map(|name| vocabulary.binary_search(name).ok())
                .map(|number| number as u32)
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            let is_true = file
                .rows_at(&hits[*at][*hit].span)
                .any(|row| file.rows[row].is_true);
            let weight = (MOST_SAMPLES as f64 / counts[&*file.repo] as f64).min(1.0);
            Asked {
                file: *at,
                hit: *hit,
                example: Example {
                    features: numbers,
                    is_true,
                    weight,
                },
            }
        });
        let samples = samples.collect();
        Self {
            files,
            hits,
            samples,
            vocabulary,
        }
    }

    /// The fold of each file: whole repositories, the fullest first, each to the emptiest fold.
    pub(crate) fn folds(&self, count: usize) -> Vec<usize> {
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for sample in &self.samples {
            *sizes.entry(&self.files[sample.file].repo).or_default() += 1;
        }
        let mut sizes: Vec<(&str, usize)> = sizes.into_iter().collect();
        sizes.sort_by_key(|&(repo, size)| (std::cmp::Reverse(size), repo));
        let mut full = vec![0; count];
        let mut fold_of: BTreeMap<&str, usize> = BTreeMap::new();
        for (repo, size) in sizes {
            let emptiest = (0..count).min_by_key(|&fold| full[fold]).unwrap_or(0);
            full[emptiest] += size;
            fold_of.insert(repo, emptiest);
        }
        let folds = self.files.iter();
        folds
            .map(|file| fold_of.get(&*file.repo).copied().unwrap_or(0))
            .collect()
    }

    /// The findings of a file with their verdicts, where the model thinks `probability` of a sample.
    pub(crate) fn verdicts<'a>(
        &'a self,
        file: usize,
        probability: &BTreeMap<(usize, usize), f64>,
        likely: f64,
        possible: f64,
    ) -> Vec<(&'a Hit, Verdict)> {
        let hits = self.hits[file].iter().enumerate();
        hits.map(|(index, hit)| {
            let asked = hit.estimate.zip(probability.get(&(file, index)));
            let verdict = match asked {
                Some((estimate, &p)) if p >= likely && !estimate.doubtful => Verdict::Likely,
                Some((_, &p)) if p >= possible => Verdict::Possible,
                Some(_) => Verdict::Unlikely,
                None => hit.verdict,
            };
            (hit, verdict)
        })
        .collect()
    }
}

fn names(file: &File, hit: &Hit) -> Option<Vec<String>> {
    hit.estimate?;
    let candidate = hit.candidate.as_ref()?;
    let assignment = candidate.assignment.as_ref()?;
    let sample = Sample {
        bytes: file.text.as_bytes(),
        name: (assignment.name.start, assignment.name.end),
        value: (candidate.secret.start, candidate.secret.end),
        quote: assignment.quote,
        operator: assignment.operator,
        path: &file.path,
    };
    let mut names = Names(Vec::new());
    features::visit(&sample, &mut names);
    Some(names.0)
}
