//! The pipeline: sources, engine, verifier and findings wired into one run.
//!
//! Owns which sources a set of targets means and the assembly of the report. Does not own any
//! stage.

mod assemble;
mod search;
mod stdin;
mod target;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::Allow;
use crate::detectors::DetectorSet;
use crate::engine::{self, Engine};
use crate::findings::{Collector, Verdict};
use crate::report::{Report, Run};
use crate::walker::{
    self, Coverage, Filter, GapReason, History, Progress, Provenance, Repository, Sink,
};
use assemble::{NameMask, Sifted, sift};
use search::Search;
use stdin::Stdin;
use target::{Prefix, is_same, prefixes};

/// What to scan.
#[derive(Debug)]
pub enum Sources {
    /// Folders and files as named; at a repository root its history too, unless `tree` or
    /// `history` narrows it to one of the two.
    Paths {
        /// The targets, at least one.
        paths: Vec<PathBuf>,
        /// Which part of a repository.
        part: Part,
    },
    /// The index of a repository against HEAD.
    Staged {
        /// A path in the repository.
        path: PathBuf,
        /// Another index than the repository's own.
        index: Option<PathBuf>,
    },
    /// A range of commits of the repository at this path.
    Range(PathBuf, String),
    /// A list of files.
    List(Vec<PathBuf>),
    /// Standard input.
    Stdin,
}

/// Which part of a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// Working tree and, at a repository root, history.
    #[default]
    Both,
    /// The working tree alone.
    Tree,
    /// History alone.
    History,
}

/// How to run.
#[derive(Debug)]
pub struct Settings {
    /// The detectors.
    pub set: DetectorSet,
    /// The finder.
    pub engine: engine::Choice,
    /// Paths to leave out.
    pub exclude: Vec<String>,
    /// Accepted findings.
    pub allow: Vec<Allow>,
    /// Least verdict shown.
    pub show: Verdict,
    /// Worker threads.
    pub threads: usize,
    /// Size limit in bytes.
    pub max_file_size: u64,
    /// Whether git's ignore rules hide untracked files.
    pub obey_gitignore: bool,
    /// Whether every version in history is searched in whole.
    pub full_scan: bool,
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
    options: walker::Options<'a>,
    collector: Mutex<Collector>,
    coverage: Coverage,
    names: Vec<String>,
    revision: Option<String>,
    histories: Vec<(Prefix, History)>,
}

/// What comes of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What is to be said.
    pub report: Report,
    /// The gravest verdict that is not suppressed, shown or not.
    pub gravest: Option<Verdict>,
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
        options: walker::Options {
            threads: settings.threads.max(1),
            max_file_size: settings.max_file_size,
            filter: &filter,
            obey_gitignore: settings.obey_gitignore,
            full_scan: settings.full_scan,
            interrupt,
            progress,
        },
        collector: Mutex::default(),
        coverage: Coverage::default(),
        names: Vec::new(),
        revision: None,
        histories: Vec::new(),
    };
    // Taking a thousand detectors apart takes a millisecond that a hook would wait for.
    std::mem::forget(Arc::clone(&pass.engine));
    pass.scan(sources)?;
    pass.report(targets(sources), &settings.allow, settings.show)
}

fn targets(sources: &Sources) -> Vec<String> {
    let name = |path: &PathBuf| path.display().to_string();
    match sources {
        Sources::Paths { paths, .. } => paths.iter().map(name).collect(),
        Sources::Staged { path, .. } | Sources::Range(path, _) => vec![name(path)],
        Sources::List(paths) => vec![format!("{} listed files", paths.len())],
        Sources::Stdin => vec!["-".to_owned()],
    }
}

impl Pass<'_> {
    fn scan(&mut self, sources: &Sources) -> Result<(), Error> {
        match sources {
            Sources::Paths { paths, part } => {
                check(paths)?;
                for (path, prefix) in paths.iter().zip(prefixes(paths)) {
                    self.scan_path(path, &prefix, *part)?;
                }
            }
            Sources::Staged { path, index } => {
                let mut repository = open(path)?;
                if let Some(index) = index {
                    repository = repository.with_index(index.clone());
                }
                self.revision = repository.head();
                let root = Prefix::default();
                self.walk("staged", &root, |options, make| {
                    walker::scan_staged(&repository, options, make)
                })?;
                if index.is_some() {
                    // Git runs us within a commit, which may well change nothing: `--amend`.
                    self.coverage.gaps.remove(&GapReason::NothingScanned);
                }
            }
            Sources::Range(path, range) => {
                let repository = open(path)?;
                self.revision = repository.head();
                let root = Prefix::default();
                self.walk(&format!("range {range}"), &root, |options, make| {
                    walker::scan_range(&repository, range, options, make)
                })?;
                self.histories.push((root, History::open(&repository)?));
            }
            Sources::List(paths) => {
                self.scan_files(paths, true)?;
            }
            Sources::Stdin => self.scan_stdin()?,
        }
        Ok(())
    }

    fn scan_stdin(&mut self) -> Result<(), Error> {
        let mut input = Stdin::open(self.options.interrupt);
        self.walk("stdin", &Prefix::default(), |options, make| {
            walker::scan_stream("-", &mut input, options, make)
        })
    }

    /// Scans files named from the working directory.
    fn scan_files(&mut self, paths: &[PathBuf], force_exclude: bool) -> Result<(), Error> {
        let here = [PathBuf::from(".")];
        let prefix = prefixes(&here).pop().unwrap_or_default();
        self.walk("files", &prefix, |options, make| {
            walker::scan_files(&here[0], paths, force_exclude, options, make)
        })
    }

    fn scan_path(&mut self, path: &Path, prefix: &Prefix, part: Part) -> Result<(), Error> {
        if path == Path::new("-") {
            return self.scan_stdin();
        }
        if !path.is_dir() {
            let before = self.coverage.files;
            self.scan_files(&[path.to_owned()], false)?;
            if self.coverage.files == before && self.coverage.is_complete() {
                let name = path.display().to_string();
                let detail = "it was asked for, and a rule skipped it";
                self.coverage.gap(GapReason::NothingScanned, name, detail);
            }
            return Ok(());
        }
        let name = path.display().to_string();
        let repository = match Repository::discover(path) {
            Err(fault @ walker::Error::UnsupportedFormat { .. }) if part != Part::History => {
                if part == Part::Both {
                    self.coverage
                        .gap(GapReason::Unreadable, &name, fault.to_string());
                }
                None
            }
            repository => repository?,
        };
        if repository.is_none() && part != Part::Tree && path.join(".git").exists() {
            let detail = "`.git` is there but is no repository that can be opened";
            self.coverage.gap(GapReason::Corrupt, &name, detail);
        }
        let is_at = |top: Option<&Path>| top.is_some_and(|top| is_same(path, top));
        let at_root = repository.as_ref().is_some_and(|one| is_at(one.workdir()));
        let at_objects = repository
            .as_ref()
            .is_some_and(|one| is_at(Some(one.git_dir())));
        if part != Part::History && !at_objects {
            self.walk("tree", prefix, |options, make| {
                walker::scan_tree(path, options, make)
            })?;
        }
        if part == Part::Tree && at_objects {
            let detail = "a bare repository has no working tree";
            self.coverage.gap(GapReason::NothingScanned, name, detail);
        }
        self.revision = repository.as_ref().and_then(Repository::head);
        if part == Part::History || (part == Part::Both && (at_root || at_objects)) {
            let repository = repository.map_or_else(|| open(path), Ok)?;
            self.scan_history(&repository, path, prefix)?;
        }
        Ok(())
    }

    fn scan_history(
        &mut self,
        repository: &Repository,
        path: &Path,
        prefix: &Prefix,
    ) -> Result<(), Error> {
        let history = match History::open(repository) {
            Err(fault @ walker::Error::DamagedIndex { .. }) => {
                let hint = fault.hint().unwrap_or_default();
                let (name, detail) = (path.display().to_string(), format!("{fault}: {hint}"));
                self.coverage.gap(GapReason::Corrupt, name, detail);
                return Ok(());
            }
            history => history?,
        };
        self.walk("history", prefix, |options, make| {
            history.scan(options, make)
        })?;
        self.histories.push((prefix.clone(), history));
        Ok(())
    }

    /// Runs one walk with a sink a thread and adds its ledger.
    fn walk<W>(&mut self, name: &str, prefix: &Prefix, walk: W) -> Result<(), Error>
    where
        W: FnOnce(&walker::Options<'_>, &walker::MakeSink<'_>) -> Result<Coverage, walker::Error>,
    {
        let (engine, collector, progress) = (&self.engine, &self.collector, self.options.progress);
        let make =
            || -> Box<dyn Sink + '_> { Box::new(Search::new(engine, collector, progress, prefix)) };
        let filter = self.options.filter.below(prefix.as_str());
        let options = walker::Options {
            filter: &filter,
            ..self.options
        };
        let mut coverage = walk(&options, &make)?;
        prefix.rename(&mut coverage);
        self.coverage.absorb(coverage);
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
        Ok(())
    }

    fn report(
        mut self,
        targets: Vec<String>,
        allow: &[Allow],
        show: Verdict,
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
        } = sift(findings, set, allow, show, self.options.threads);
        mask.mask_findings(&mut findings);
        mask.mask_ledger(&mut self.coverage);
        let interrupted = self.options.interrupt.load(Ordering::Relaxed);
        // A walk that was cut short has said so itself.
        if interrupted && !self.coverage.gaps.contains_key(&GapReason::Interrupted) {
            self.coverage
                .gap(GapReason::Interrupted, "the scan", "stopped by the user");
        }
        let report = Report {
            run: Run {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                targets,
                sources: self.names,
                detectors: set.detectors().len(),
                detector_digest: data_encoding::HEXLOWER.encode(set.digest()),
                interrupted,
                revision: self.revision,
            },
            findings,
            hidden,
            coverage: self.coverage,
        };
        Ok(Outcome { report, gravest })
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

/// Refuses targets that are not there, before the first is scanned.
fn check(paths: &[PathBuf]) -> Result<(), walker::Error> {
    let absent = |path: &&PathBuf| {
        path.as_path() != Path::new("-") && std::fs::symlink_metadata(path).is_err()
    };
    match paths.iter().find(absent) {
        Some(path) => Err(walker::Error::NoSuchPath { path: path.clone() }),
        None => Ok(()),
    }
}

fn open(path: &Path) -> Result<Repository, walker::Error> {
    Repository::discover(path)?.ok_or_else(|| walker::Error::NotARepository {
        path: path.to_owned(),
        source: git2::Error::from_str("no .git folder here or above"),
    })
}
