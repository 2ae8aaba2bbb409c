//! The pipeline: sources, engine, verifier and findings wired into one run.
//!
//! Owns how a run goes, from settings to an outcome. Does not own any stage.

mod assemble;
mod rules;
mod search;
mod sources;
mod stdin;
mod submission;
mod target;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;

use crate::detectors::DetectorSet;
use crate::engine::{self, Engine};
use crate::findings::{Collector, Verdict};
use crate::report::{Notice, Report, Run};
use crate::verifier::Generic;
use crate::walker::{
    self, Coverage, Extraction, Filter, GapReason, History, Limits, Progress, Provenance, Sizes,
};
use assemble::{NameMask, Sieve, Sifted};
use rules::Judge;
pub use rules::{Obedience, Rules};
pub use sources::{Part, Sources};
use target::Prefix;

/// How to run.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one setting")]
pub struct Settings {
    /// The detectors.
    pub set: DetectorSet,
    /// The finder.
    pub engine: engine::Choice,
    /// Paths to leave out.
    pub exclude: Vec<String>,
    /// What hides findings.
    pub rules: Rules,
    /// What would hide findings, and is not obeyed.
    pub audited: Rules,
    /// Whether comments in the scanned text hide findings.
    pub comments: Obedience,
    /// Things to be said that are known before the run.
    pub notices: Vec<Notice>,
    /// The day by which rules end.
    pub today: Date,
    /// What decides about values assigned to names.
    pub generic: Generic,
    /// Least verdict shown.
    pub show: Verdict,
    /// Least verdict that fails the run, if any does.
    pub gate: Option<Verdict>,
    /// Worker threads.
    pub threads: usize,
    /// Size limit in bytes.
    pub max_file_size: u64,
    /// How much of a large file is in memory at a time.
    pub sizes: Sizes,
    /// Whether git's ignore rules hide untracked files.
    pub obey_gitignore: bool,
    /// Whether every version in history is searched in whole.
    pub full_scan: bool,
    /// Whether the ledger names everything.
    pub list_all: bool,
    /// How far archives and documents are unpacked.
    pub unpack: Option<Limits>,
    /// Whether the outcome has the digests of values.
    pub digest: bool,
}

/// What stops a run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A source cannot be read at all.
    #[error(transparent)]
    Walker(#[from] walker::Error),
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Walker(fault) => fault.hint(),
        }
    }
}

/// One run: what its walks have in common.
struct Pass<'a> {
    engine: Arc<Engine>,
    generic: Generic,
    options: walker::Options<'a>,
    collector: Mutex<Collector>,
    coverage: Coverage,
    names: Vec<String>,
    revision: Option<String>,
    histories: Vec<(Prefix, History)>,
    /// Files that histories read from, until the report is written.
    extractions: Vec<Extraction>,
    wants_digests: bool,
}

/// What comes of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What is to be said.
    pub report: Report,
    /// The gravest verdict that is not suppressed, of what is shown or would fail the run.
    pub gravest: Option<Verdict>,
    /// SHA-1 of each value that is shown, by fingerprint, where the settings ask for it: what other
    /// scanners know a value by. No report has it, as a short value could be guessed from it.
    pub digests: BTreeMap<String, [u8; 20]>,
}

/// Scans the sources and makes the report.
///
/// # Errors
/// What stops the whole run; anything less is in the report's coverage.
pub fn run(
    settings: Settings,
    sources: &Sources,
    interrupt: &AtomicBool,
    progress: &Progress,
) -> Result<Outcome, Error> {
    let filter = Filter::new(&settings.exclude)?;
    let mut pass = Pass {
        engine: Engine::new(settings.set, settings.engine),
        generic: settings.generic,
        options: walker::Options {
            threads: settings.threads.max(1),
            max_file_size: settings.max_file_size,
            sizes: settings.sizes,
            filter: &filter,
            obey_gitignore: settings.obey_gitignore,
            full_scan: settings.full_scan,
            list_all: settings.list_all,
            stores: None,
            extracted: None,
            unpack: settings.unpack,
            interrupt,
            progress,
        },
        collector: Mutex::default(),
        coverage: Coverage::default(),
        names: Vec::new(),
        revision: None,
        histories: Vec::new(),
        extractions: Vec::new(),
        wants_digests: settings.digest,
    };
    // Taking a thousand detectors apart takes a millisecond that a hook would wait for.
    std::mem::forget(Arc::clone(&pass.engine));
    let sieve = Sieve {
        obeyed: Judge::new(settings.rules, settings.today)?,
        audited: Judge::new(settings.audited, settings.today)?,
        comments: settings.comments,
        show: settings.show,
        gate: settings.gate,
    };
    pass.coverage = Coverage::new(&pass.options);
    pass.scan(sources)?;
    pass.report(sources, settings.notices, sieve)
}

impl Pass<'_> {
    fn report(
        mut self,
        sources: &Sources,
        mut notices: Vec<Notice>,
        mut sieve: Sieve,
    ) -> Result<Outcome, Error> {
        let collector = std::mem::take(
            &mut *self
                .collector
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let provenance = self.provenance(&collector)?;
        let set = self.engine.set();
        let findings = collector.finish(set.detectors(), &provenance);
        let mask = NameMask::of(&findings);
        let Sifted {
            shown: mut findings,
            hidden,
            gravest,
            audited,
        } = sieve.sift(findings, set, self.options.threads);
        mask.mask_findings(&mut findings);
        let digests = if self.wants_digests {
            assemble::digests(&findings)
        } else {
            BTreeMap::new()
        };
        mask.mask_ledger(&mut self.coverage);
        let interrupted = self.options.interrupt.load(Ordering::Relaxed);
        // A walk that was cut short has said so itself.
        if interrupted && !self.coverage.gaps.contains_key(&GapReason::Interrupted) {
            self.coverage
                .gap(GapReason::Interrupted, "the scan", "stopped by the user");
        }
        // What is held back for its verdict is not asked for, and an entry may be for it.
        let is_seen = sieve.show <= Verdict::Possible;
        if is_seen && sources.is_all() && self.coverage.is_complete() {
            notices.extend(sieve.obeyed.stale().into_iter().map(Notice::stale));
        }
        let notes = std::mem::take(&mut self.coverage.notes);
        notices.extend(notes.into_iter().map(Notice::reading));
        notices.extend(Notice::rotate(sieve.obeyed.rotate()));
        notices.extend(Notice::audited(audited));
        let run = Run {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            targets: sources.targets(),
            sources: self.names,
            revision: self.revision,
            detectors: set.detectors().len(),
            detector_digest: data_encoding::HEXLOWER.encode(set.digest()),
            interrupted,
            ..Run::default()
        };
        let report = Report::new(run, findings, hidden, notices, self.coverage);
        Ok(Outcome {
            report,
            gravest,
            digests,
        })
    }

    /// Attributes the blobs that hold something.
    fn provenance(
        &self,
        collector: &Collector,
    ) -> Result<BTreeMap<String, Vec<Provenance>>, Error> {
        let blobs = collector.blobs(Verdict::Unlikely);
        let mut all: BTreeMap<String, Vec<Provenance>> = BTreeMap::new();
        for (prefix, history) in &self.histories {
            let found = history.provenance(&blobs, self.options.run())?;
            for (blob, places) in found {
                let named = places.into_iter().map(|place| Provenance {
                    path: prefix.name(&place.path),
                    ..place
                });
                all.entry(blob).or_default().extend(named);
            }
        }
        Ok(all)
    }
}
