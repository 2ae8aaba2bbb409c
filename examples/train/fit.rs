//! Fitting: a logistic regression with a quadratic penalty, by L-BFGS.
//!
//! Owns the numbers: loss, gradient, steps. The same input gives the same weights. Source: Nocedal and
//! Wright, Numerical Optimization, 2nd edition, algorithm 7.4.

/// A sample: the numbers of its features, its label and its weight.
pub(crate) struct Example {
    /// Numbers of features that hold, sorted.
    pub(crate) features: Vec<u32>,
    /// Whether it is a secret.
    pub(crate) is_true: bool,
    /// How much it counts.
    pub(crate) weight: f64,
}

/// Cost of a misfit against that of large weights.
const FIT: f64 = 0.2;
/// How many steps are remembered, and how many are taken at most.
const MEMORY: usize = 10;
const STEPS: usize = 300;
/// Length of the gradient at which the search ends.
const FLAT: f64 = 1e-5;

/// Fits weights for features by number; the last is the intercept.
pub(crate) fn fit(examples: &[&Example], count: usize) -> Vec<f64> {
    let mut at = vec![0.0; count + 1];
    let (mut loss, mut gradient) = slope(examples, &at);
    let mut memory: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    for _ in 0..STEPS {
        if dot(&gradient, &gradient).sqrt() < FLAT {
            break;
        }
        let mut direction = direction(&gradient, &memory);
        if dot(&direction, &gradient) >= 0.0 {
            memory.clear();
            direction = gradient.iter().map(|one| -one).collect();
        }
        let descent = dot(&direction, &gradient);
        let mut width = if memory.is_empty() {
            1.0 / dot(&gradient, &gradient).sqrt()
        } else {
            1.0
        };
        let (next, next_loss, next_gradient) = loop {
            let next: Vec<f64> = at
                .iter()
                .zip(&direction)
                .map(|(a, d)| a + width * d)
                .collect();
            let (next_loss, next_gradient) = slope(examples, &next);
            if next_loss <= loss + 1e-4 * width * descent || width < 1e-12 {
                break (next, next_loss, next_gradient);
            }
            width *= 0.5;
        };
        let step: Vec<f64> = next.iter().zip(&at).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = next_gradient
            .iter()
            .zip(&gradient)
            .map(|(a, b)| a - b)
            .collect();
        if dot(&step, &change) > 1e-12 {
            memory.push((step, change));
            if memory.len() > MEMORY {
                memory.remove(0);
            }
        }
        (at, loss, gradient) = (next, next_loss, next_gradient);
    }
    at
}

/// The sum of the weights of an example.
pub(crate) fn sum(features: &[u32], weights: &[f64]) -> f64 {
    let intercept = weights.last().copied().unwrap_or(0.0);
    features
        .iter()
        .map(|&feature| weights[feature as usize])
        .sum::<f64>()
        + intercept
}

fn slope(examples: &[&Example], weights: &[f64]) -> (f64, Vec<f64>) {
    let mut loss = 0.5 * dot(weights, weights);
    let mut gradient = weights.to_vec();
    let intercept = weights.len() - 1;
    for example in examples {
        let sign = if example.is_true { 1.0 } else { -1.0 };
        let margin = sign * sum(&example.features, weights);
        let cost = FIT * example.weight;
        // ln(1 + e^-m) without overflow.
        loss += cost * ((-margin.abs()).exp().ln_1p() + (-margin).max(0.0));
        let pull = -cost * sign / (1.0 + margin.exp());
        for &feature in &example.features {
            gradient[feature as usize] += pull;
        }
        gradient[intercept] += pull;
    }
    (loss, gradient)
}

fn direction(gradient: &[f64], memory: &[(Vec<f64>, Vec<f64>)]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|one| -one).collect();
    let mut factors = Vec::new();
    for (step, change) in memory.iter().rev() {
        let rate = 1.0 / dot(step, change);
        let factor = rate * dot(step, &direction);
        add(&mut direction, change, -factor);
        factors.push((rate, factor));
    }
    if let Some((step, change)) = memory.last() {
        let scale = dot(step, change) / dot(change, change);
        for one in &mut direction {
            *one *= scale;
        }
    }
    for ((step, change), (rate, factor)) in memory.iter().zip(factors.into_iter().rev()) {
        let back = rate * dot(change, &direction);
        add(&mut direction, step, factor - back);
    }
    direction
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], what: &[f64], times: f64) {
    for (to, what) in to.iter_mut().zip(what) {
        *to += times * what;
    }
}
