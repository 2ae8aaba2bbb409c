//! The model: from features to the probability that a value is a secret.
//!
//! A logistic regression: every feature has a weight, a probability comes from their sum. The weights
//! are lines of text in `weights.tsv`, written by `./x train`. Owns the sum and what weighed most in it.
//! Does not own features or what follows from a probability.

use std::collections::HashMap;
use std::sync::OnceLock;

use foldhash::fast::RandomState;

use super::features::{self, Sample, Visitor};

/// What the training wrote.
const WEIGHTS: &str = include_str!("weights.tsv");

/// Weights by feature.
#[derive(Debug)]
pub struct Model {
    weights: HashMap<u64, f32, RandomState>,
    intercept: f32,
    /// Least probability of a `likely` and of a `possible` secret.
    likely: f32,
    possible: f32,
}

/// What speaks for or against a secret, by kind of feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// The words of the name.
    Name,
    /// The form of the value.
    Form,
    /// Operator, quotes and the kind of file.
    Manner,
    /// What stands before the name.
    Line,
    /// The folders.
    Place,
}

const ASPECTS: [Aspect; 5] = [
    Aspect::Name,
    Aspect::Form,
    Aspect::Manner,
    Aspect::Line,
    Aspect::Place,
];

impl Aspect {
    fn of(family: &str) -> Self {
        match family {
            "word" | "first" | "last" | "ending" | "name" | "last+manner" => Self::Name,
            "extension" | "manner" | "extension+manner" | "between" => Self::Manner,
            "before" | "touching" | "opening" | "left" | "left2" => Self::Line,
            "folder" => Self::Place,
            _ => Self::Form,
        }
    }

    /// The aspect in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Name => "its name",
            Self::Form => "its form",
            Self::Manner => "how it is written",
            Self::Line => "what stands before it",
            Self::Place => "where the file lies",
        }
    }
}

/// A probability with what each aspect added to it.
#[derive(Clone, Copy, Debug)]
pub struct Opinion {
    /// That the value is a secret, 0 to 1.
    pub probability: f32,
    shares: [f32; ASPECTS.len()],
}

impl Opinion {
    /// The aspects that weighed most for a secret, or against one, the weightiest first; at most two.
    pub fn strongest(&self, for_secret: bool) -> Vec<Aspect> {
        let sign = if for_secret { 1.0 } else { -1.0 };
        let mut all: Vec<(f32, Aspect)> = self
            .shares
            .iter()
            .zip(ASPECTS)
            .map(|(share, aspect)| (share * sign, aspect))
            .filter(|(share, _)| *share > 0.0)
            .collect();
        all.sort_by(|one, other| other.0.total_cmp(&one.0));
        all.into_iter().take(2).map(|(_, aspect)| aspect).collect()
    }
}

struct Sum<'a> {
    model: &'a Model,
    shares: [f32; ASPECTS.len()],
}

impl Visitor for Sum<'_> {
    fn visit(&mut self, family: &'static str, seen: &[u8], also: &[u8]) {
        if let Some(weight) = self.model.weights.get(&key(family, seen, also)) {
            self.shares[Aspect::of(family) as usize] += weight;
        }
    }
}

/// FNV-1a of a feature, its parts set apart.
pub fn key(family: &str, seen: &[u8], also: &[u8]) -> u64 {
    let parts = family.bytes().chain([0]).chain(seen.iter().copied());
    let parts = parts.chain([0]).chain(also.iter().copied());
    parts.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The probability of a sum of weights.
pub fn logistic(sum: f32) -> f32 {
    1.0 / (1.0 + (-sum).exp())
}

impl Model {
    /// The model that is built in.
    pub fn embedded() -> &'static Self {
        static MODEL: OnceLock<Model> = OnceLock::new();
        MODEL.get_or_init(|| Self::parse(WEIGHTS))
    }

    /// Reads weights: lines of family, what is seen in two parts, and the weight, set apart by tabs,
    /// with escapes in the parts. A line that is none is left out; a test reads all of those built in.
    pub fn parse(text: &str) -> Self {
        let mut model = Self {
            weights: HashMap::default(),
            intercept: 0.0,
            likely: 1.0,
            possible: 1.0,
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut parts = line.split('\t');
            let (Some(family), Some(seen), Some(also), Some(weight)) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            let Ok(weight) = weight.parse::<f32>() else {
                continue;
            };
            match family {
                "intercept" => model.intercept = weight,
                "likely" => model.likely = weight,
                "possible" => model.possible = weight,
                _ => {
                    let key = key(family, &unescape(seen), &unescape(also));
                    model.weights.insert(key, weight);
                }
            }
        }
        model
    }

    /// Weighs a sample.
    pub fn weigh(&self, sample: &Sample<'_>) -> Opinion {
        let mut sum = Sum {
            model: self,
            shares: [0.0; ASPECTS.len()],
        };
        features::visit(sample, &mut sum);
        let total = self.intercept + sum.shares.iter().sum::<f32>();
        Opinion {
            probability: logistic(total),
            shares: sum.shares,
        }
    }

    /// Least probability of a `likely` secret.
    pub fn likely(&self) -> f32 {
        self.likely
    }

    /// Least probability of a `possible` secret.
    pub fn possible(&self) -> f32 {
        self.possible
    }
}

/// A part with `\xNN`, `\t`, `\n`, `\r`, `\\`, `\'` and `\"` taken back.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let (&sign, after) = match rest.split_first() {
            Some(next) if byte == b'\\' => next,
            _ => {
                bytes.push(byte);
                continue;
            }
        };
        rest = after;
        bytes.push(match sign {
            b't' => b'\t',
            b'n' => b'\n',
            b'r' => b'\r',
            b'x' if rest.len() >= 2 => {
                let (digits, after) = rest.split_at(2);
                rest = after;
                let digits = std::str::from_utf8(digits).unwrap_or_default();
                u8::from_str_radix(digits, 16).unwrap_or(b'?')
            }
            other => other,
        });
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Operator;

    #[test]
    fn every_line_of_the_weights_is_read() {
        let lines = WEIGHTS
            .lines()
            .filter(|line| !line.starts_with('#'))
            .count();
        // The intercept and two thresholds are no features.
        assert_eq!(Model::embedded().weights.len() + 3, lines);
    }

    #[test]
    fn escapes_are_taken_back() {
        let all: Vec<u8> = (0..=255).collect();
        let text = all.escape_ascii().to_string();
        assert_eq!(unescape(&text), all);
    }

    #[test]
    fn weights_add_up_by_aspect() {
        let model =
            Model::parse("# x\nintercept\t\t\t-1.0\nlast\tpassword\t\t2.5\nlikely\t\t\t0.9\n");
        let sample = Sample {
            bytes: b"password = 'x'",
            name: (0, 8),
            value: (12, 13),
            quote: Some(b'\''),
            operator: Operator::Assign,
            path: "a.py",
        };
        let opinion = model.weigh(&sample);
        assert!((opinion.probability - logistic(1.5)).abs() < 1e-6);
        assert_eq!(opinion.strongest(true), [Aspect::Name]);
        assert_eq!(opinion.strongest(false), []);
        assert!((model.likely() - 0.9).abs() < 1e-6);
    }
}
