//! Benchmarks over the public interface: `cargo bench --bench scan -- engine` runs one group.
//!
//! Every input is generated, the same on each run, so that rates can be compared between
//! revisions. They say little about the rate on a real repository, whose text is not ours to
//! make up.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing to report"
)]

mod confirm;
mod corpus;
mod engine;
mod history;
mod report;
mod startup;
mod verifier;
mod versions;

use std::time::Duration;

use criterion::Criterion;
use outgate::engine::Choice;

/// The finders to compare: those that are built in.
const FINDERS: &[(&str, Choice)] = &[
    ("sieve", Choice::Sieve),
    ("portable", Choice::Portable),
    #[cfg(any(feature = "hyperscan", feature = "system-libhs"))]
    ("hyperscan", Choice::Hyperscan),
];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(15)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4))
        .configure_from_args();
    engine::bench(&mut criterion);
    confirm::bench(&mut criterion);
    versions::bench(&mut criterion);
    verifier::bench(&mut criterion);
    history::bench(&mut criterion);
    report::bench(&mut criterion);
    startup::bench(&mut criterion);
    criterion.final_summary();
}
