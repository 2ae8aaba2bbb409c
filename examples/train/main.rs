//! Trains the model for generic credentials: `./x train FOLDER`.
//!
//! Reads `credentials-dev.jsonl.gz` in the folder, scores the model by cross-validation over whole
//! repositories, once on the text as it is and once with letters and digits of all labelled values drawn
//! anew, then fits it to all samples, and writes `src/verifier/generic/weights.tsv` and
//! `docs/accuracy.png`, the share of true values by probability. The same corpus gives the same files.

mod corpus;
mod fit;
mod plot;
mod samples;
mod score;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use outgate::detectors::DetectorSet;
use outgate::engine::{Choice, Engine};
use outgate::findings::Verdict;

use fit::{Example, fit, sum};
use samples::Corpus;
use score::Score;

const FOLDS: usize = 10;
/// Precision that `likely` has to have, over all findings, on each part of the corpus.
const PRECISION: f64 = 0.91;
/// Least probabilities of `likely` and `possible`, whatever the corpus allows: in whole repositories values
/// that are no secrets are many more than in it.
const LEAST_LIKELY: f64 = 0.75;
const LEAST_POSSIBLE: f64 = 0.5;
/// Steps of the thresholds.
const STEPS: u32 = 100;

/// What the model thinks of each sample, by file and finding, when it has not seen its repository.
type Probabilities = BTreeMap<(usize, usize), f64>;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("usage: train FOLDER")?;
    let engine = Engine::new(DetectorSet::embedded(), Choice::Sieve);
    let corpus = Corpus::of(corpus::read(Path::new(&folder))?, &engine);
    let sums = cross_validate(&corpus);
    let (scale, shift) = calibrate(&corpus, &sums);
    let probabilities = probabilities(&sums, scale, shift);
    let largest = largest(&corpus);
    let (likely, possible) = thresholds(&corpus, &probabilities, largest);
    let mut text = format!(
        "{} samples of {} files, {} features\nlikely from {likely:.2}, possible from {possible:.2}\n",
        corpus.samples.len(),
        corpus.files.len(),
        corpus.vocabulary.len()
    );
    text.push_str("text as it is\n");
    describe(
        &mut text,
        &corpus,
        &probabilities,
        (likely, possible),
        largest,
    )?;
    let mut files = corpus::read(Path::new(&folder))?;
    files.iter_mut().for_each(corpus::File::mask);
    let masked = Corpus::of(files, &engine);
    let sums = cross_validate(&masked);
    text.push_str("letters and digits of all labelled values drawn anew\n");
    let masked_probabilities = self::probabilities(&sums, scale, shift);
    describe(
        &mut text,
        &masked,
        &masked_probabilities,
        (likely, possible),
        largest,
    )?;
    let all: Vec<&Example> = corpus
        .samples
        .iter()
        .map(|sample| &sample.example)
        .collect();
    let weights = fit(&all, corpus.vocabulary.len());
    write_weights(&corpus, &weights, (scale, shift), (likely, possible))?;
    let points = corpus.samples.iter().map(|sample| {
        let probability = probabilities[&(sample.file, sample.hit)];
        (probability, sample.example.is_true, sample.example.weight)
    });
    fs::write("docs/accuracy.png", plot::reliability(points)?)?;
    anstream::print!("{text}");
    Ok(())
}

/// The sum of weights of each sample by a model that has not seen its repository.
fn cross_validate(corpus: &Corpus) -> Probabilities {
    let folds = corpus.folds(FOLDS);
    let mut sums = BTreeMap::new();
    for fold in 0..FOLDS {
        let seen = corpus
            .samples
            .iter()
            .filter(|sample| folds[sample.file] != fold);
        let seen: Vec<&Example> = seen.map(|sample| &sample.example).collect();
        let weights = fit(&seen, corpus.vocabulary.len());
        for sample in corpus
            .samples
            .iter()
            .filter(|sample| folds[sample.file] == fold)
        {
            let sum = sum(&sample.example.features, &weights);
            sums.insert((sample.file, sample.hit), sum);
        }
    }
    sums
}

/// Scale and shift that make sums into honest probabilities (Platt, 1999): a regression upon the sum.
fn calibrate(corpus: &Corpus, sums: &Probabilities) -> (f64, f64) {
    let (mut scale, mut shift) = (1.0_f64, 0.0_f64);
    for _ in 0..2000 {
        let (mut by_scale, mut by_shift, mut all) = (0.0, 0.0, 0.0);
        for sample in &corpus.samples {
            let sum = sums[&(sample.file, sample.hit)];
            let thought = 1.0 / (1.0 + (-(scale * sum + shift)).exp());
            let miss =
                sample.example.weight * (f64::from(u8::from(sample.example.is_true)) - thought);
            by_scale += miss * sum;
            by_shift += miss;
            all += sample.example.weight;
        }
        scale += 0.1 * by_scale / all;
        shift += 0.1 * by_shift / all;
    }
    (scale, shift)
}

fn probabilities(sums: &Probabilities, scale: f64, shift: f64) -> Probabilities {
    let probability = |sum: f64| 1.0 / (1.0 + (-(scale * sum + shift)).exp());
    sums.iter()
        .map(|(&place, &sum)| (place, probability(sum)))
        .collect()
}

/// The repository with most true rows: figures are given without it, too.
fn largest(corpus: &Corpus) -> &str {
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for file in &corpus.files {
        *rows.entry(&file.repo).or_default() += file
            .rows
            .iter()
            .filter(|row| row.is_true && row.counts)
            .count();
    }
    let most = rows.into_iter().max_by_key(|&(repo, count)| (count, repo));
    most.map_or("", |(repo, _)| repo)
}

fn score(
    corpus: &Corpus,
    probabilities: &Probabilities,
    (likely, possible): (f64, f64),
    least: Verdict,
    counts: impl Fn(&str, &str) -> bool,
) -> Score {
    let mut score = Score::default();
    for (index, file) in corpus.files.iter().enumerate() {
        if !counts(&file.repo, "") {
            continue;
        }
        let hits = corpus.verdicts(index, probabilities, likely, possible);
        score.add(file, &hits, least, |category| counts(&file.repo, category));
    }
    score
}

/// Least probabilities: of `likely`, that at which precision is high enough, with and without the largest
/// repository; of `possible`, that with the best balance without it.
fn thresholds(corpus: &Corpus, probabilities: &Probabilities, largest: &str) -> (f64, f64) {
    let steps = || (1..STEPS).map(|step| f64::from(step) / f64::from(STEPS));
    let at = |threshold: f64, least: Verdict, with: bool| {
        score(
            corpus,
            probabilities,
            (threshold, threshold),
            least,
            |repo, _| with || repo != largest,
        )
    };
    let is_precise = |&threshold: &f64| {
        let scores = [true, false].map(|with| at(threshold, Verdict::Likely, with));
        scores.iter().all(|score| score.strict() >= PRECISION)
    };
    let likely = steps().find(is_precise).unwrap_or(0.99).max(LEAST_LIKELY);
    let possible = steps().max_by(|&one, &other| {
        let f1 = |threshold| at(threshold, Verdict::Possible, false).f1();
        f1(one).total_cmp(&f1(other))
    });
    (
        likely,
        possible.unwrap_or(likely).clamp(LEAST_POSSIBLE, likely),
    )
}

fn describe(
    text: &mut String,
    corpus: &Corpus,
    probabilities: &Probabilities,
    thresholds: (f64, f64),
    largest: &str,
) -> Result<(), std::fmt::Error> {
    for (least, name) in [(Verdict::Likely, "likely"), (Verdict::Possible, "possible")] {
        let all = score(corpus, probabilities, thresholds, least, |_, _| true);
        let rest = score(corpus, probabilities, thresholds, least, |repo, _| {
            repo != largest
        });
        writeln!(
            text,
            "  {name:9} {all}\n    without the largest repository: {rest}"
        )?;
    }
    let mut categories: BTreeMap<&str, usize> = BTreeMap::new();
    for row in corpus
        .files
        .iter()
        .flat_map(|file| &file.rows)
        .filter(|row| row.is_true && row.counts)
    {
        *categories.entry(&row.category).or_default() += 1;
    }
    let mut categories: Vec<(&str, usize)> = categories.into_iter().collect();
    categories.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
    for (name, _) in categories.into_iter().take(24) {
        let at = |least| {
            score(corpus, probabilities, thresholds, least, |_, category| {
                category.is_empty() || category == name
            })
        };
        let (likely, possible) = (at(Verdict::Likely), at(Verdict::Possible));
        writeln!(
            text,
            "    {name:32} {:5} true; likely P {:.3} R {:.3}; possible P {:.3} R {:.3}",
            likely.rows,
            likely.precision(),
            likely.recall(),
            possible.precision(),
            possible.recall()
        )?;
    }
    Ok(())
}

/// Writes the weights that are not next to nothing, scaled to honest probabilities.
fn write_weights(
    corpus: &Corpus,
    weights: &[f64],
    (scale, shift): (f64, f64),
    (likely, possible): (f64, f64),
) -> Result<(), Box<dyn Error>> {
    let mut text = String::from(
        "# Weights of the model for generic credentials, written by `./x train`: family, what is seen in\n\
         # two parts, weight. The probability is the logistic function of their sum.\n",
    );
    let intercept = weights.last().copied().unwrap_or(0.0) * scale + shift;
    writeln!(
        text,
        "intercept\t\t\t{intercept:.3}\nlikely\t\t\t{likely:.2}\npossible\t\t\t{possible:.2}"
    )?;
    for (name, weight) in corpus.vocabulary.iter().zip(weights) {
        let weight = weight * scale;
        if weight.abs() >= 0.005 {
            writeln!(text, "{name}\t{weight:.3}")?;
        }
    }
    fs::write("src/verifier/generic/weights.tsv", text)?;
    Ok(())
}
