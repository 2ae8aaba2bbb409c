//! Sources: which walks a run is made of.
//!
//! Owns what can be scanned and which walks each kind of source takes. Does not own the walks
//! themselves (`walker`) or what becomes of the findings.

use std::path::{Path, PathBuf};

use super::search::Search;
use super::stdin::Stdin;
use super::target::{Prefix, is_same, prefixes};
use super::{Error, Pass};
use crate::walker::{self, Commits, Coverage, GapReason, History, Repository, Sink, Staged};

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
    /// What commits of the repository at a path add.
    Commits {
        /// A path in the repository.
        path: PathBuf,
        /// Which commits.
        commits: Vec<Commits>,
    },
    /// A list of files.
    List(Vec<PathBuf>),
    /// Files as a hook manager names them: those that are staged as the index has them.
    Named {
        /// The files, relative to the working directory.
        paths: Vec<PathBuf>,
        /// Another index than the repository's own.
        index: Option<PathBuf>,
    },
    /// Standard input.
    Stdin,
    /// All that leaves with a folder, repository, pack or bundle.
    Submission(PathBuf),
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

impl Sources {
    /// What is scanned, as the user named it.
    pub(super) fn targets(&self) -> Vec<String> {
        let name = |path: &PathBuf| path.display().to_string();
        match self {
            Self::Paths { paths, .. } => paths.iter().map(name).collect(),
            Self::Staged { path, .. } | Self::Commits { path, .. } => vec![name(path)],
            Self::List(paths) | Self::Named { paths, .. } => {
                vec![format!("{} listed files", paths.len())]
            }
            Self::Stdin => vec!["-".to_owned()],
            Self::Submission(path) => vec![name(path)],
        }
    }

    /// Says whether all of one folder or repository is scanned, so that what is not found is not
    /// there. A folder within a repository is not all of it.
    pub(super) fn is_all(&self) -> bool {
        let Self::Paths { paths, part } = self else {
            return false;
        };
        let is_root = |prefix: &Prefix| prefix.as_str().is_empty();
        let is_whole = paths.len() == 1 && prefixes(paths).iter().all(is_root);
        is_whole && *part == Part::Both && paths[0].is_dir()
    }
}

impl Pass<'_> {
    pub(super) fn scan(&mut self, sources: &Sources) -> Result<(), Error> {
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
            Sources::Commits { path, commits } => self.scan_commits(path, commits)?,
            Sources::List(paths) => self.scan_files(paths, true)?,
            Sources::Named { paths, index } => self.scan_named(paths, index.as_deref())?,
            Sources::Stdin => self.scan_stdin()?,
            Sources::Submission(path) => self.scan_submission(path)?,
        }
        Ok(())
    }

    fn scan_commits(&mut self, path: &Path, commits: &[Commits]) -> Result<(), Error> {
        let repository = open(path)?;
        self.revision = repository.head();
        let root = Prefix::default();
        for commits in commits {
            self.walk(&commits.to_string(), &root, |options, make| {
                walker::scan_range(&repository, commits, options, make)
            })?;
        }
        if commits.is_empty() {
            self.coverage
                .gap(GapReason::NothingScanned, ".", "no commits were named");
        } else {
            self.histories.push((root, History::open(&repository)?));
        }
        Ok(())
    }

    /// Scans files named from the working directory: of those that are staged what is staged, of
    /// the others what is on disk.
    fn scan_named(&mut self, paths: &[PathBuf], index: Option<&Path>) -> Result<(), Error> {
        let Some(mut repository) = Repository::discover(Path::new("."))? else {
            return self.scan_files(paths, true);
        };
        if let Some(index) = index {
            repository = repository.with_index(index.to_owned());
        }
        self.revision = repository.head();
        let mut staged = Staged::read(&repository)?;
        let rest = staged.keep(paths);
        if rest.len() < paths.len() {
            self.walk("staged", &Prefix::default(), |options, make| {
                Ok(staged.scan(options, make))
            })?;
        }
        if rest.is_empty() && !paths.is_empty() {
            return Ok(());
        }
        self.scan_files(&rest, true)
    }

    fn scan_stdin(&mut self) -> Result<(), Error> {
        let mut input = Stdin::open(self.options.interrupt);
        self.walk("stdin", &Prefix::default(), |options, make| {
            walker::scan_stream("-", &mut input, options, make)
        })
    }

    /// Scans files named from the working directory.
    pub(super) fn scan_files(
        &mut self,
        paths: &[PathBuf],
        force_exclude: bool,
    ) -> Result<(), Error> {
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
    pub(super) fn walk<W>(&mut self, name: &str, prefix: &Prefix, walk: W) -> Result<(), Error>
    where
        W: FnOnce(&walker::Options<'_>, &walker::MakeSink<'_>) -> Result<Coverage, walker::Error>,
    {
        let (engine, collector, progress) = (&self.engine, &self.collector, self.options.progress);
        let generic = self.generic;
        let make = || -> Box<dyn Sink + '_> {
            Box::new(Search::new(engine, generic, collector, progress, prefix))
        };
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

pub(super) fn open(path: &Path) -> Result<Repository, walker::Error> {
    Repository::discover(path)?.ok_or_else(|| walker::Error::NotARepository {
        path: path.to_owned(),
        source: git2::Error::from_str("no .git folder here or above"),
    })
}
