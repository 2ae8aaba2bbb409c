//! History: every blob that any ref reaches.
//!
//! Owns the scan of a repository's objects and the way back from a blob to the first commit
//! that holds it. Refs come from `refs`, commits and trees from `survey`, the blobs to scan from
//! `descent` or, under a filter, `reachable`, bytes from `pack` and `objects`. Never fetches: what
//! is absent is a gap.

mod commits;
mod descent;
mod edges;
mod fault;
mod folders;
mod inventory;
mod links;
mod loose;
mod nested;
mod objects;
mod pack;
mod paths;
mod provenance;
mod reachable;
mod refs;
mod rest;
mod skeleton;
mod survey;
mod texts;
mod trees;
mod whole;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

pub(super) use commits::read_shallow;
pub(super) use fault::Fault;
pub(super) use loose::Loose;
pub(super) use nested::Nested;
pub(super) use objects::Objects;
#[cfg(fuzzing)]
pub use pack::fuzzing;
pub use provenance::Provenance;
pub(super) use whole::is_stream;

use self::commits::read_shallow_in;
use self::inventory::Inventory;
use self::links::Child;
use self::pack::{Decoder, Kind, Packs, Version};
use self::reachable::{Known, Listed};
use self::refs::Tip;
use self::rest::Staged;
use self::survey::Survey;
use super::id::{Format, Id};
use super::repository::Repository;
use super::worker::{Worker, note_interrupt, share};
use super::{
    Coverage, Error, GapReason, Lineage, MakeSink, Options, Origin, Run, SkipReason, What,
};

/// The place of an object that is not to be scanned.
const NOT_WANTED: u32 = u32::MAX;

/// The history of one repository.
#[derive(Debug)]
pub struct History {
    git_dir: PathBuf,
    common_dir: PathBuf,
    tips: Vec<Tip>,
    /// Commits whose parents a shallow clone lacks.
    cut: BTreeSet<Id>,
    head: Option<String>,
    /// What was wrong with the refs.
    faults: Coverage,
    /// Whether all objects are wanted, and their texts, not only the blobs that refs reach.
    is_whole: bool,
    /// Whether it is not known what refs lead to, so that everything counts as reached.
    has_lost_refs: bool,
    /// Whether all objects are in one pack that has no repository around it.
    is_stream: bool,
    /// The blobs that the index names, for a whole history.
    staged: Vec<Staged>,
    survey: OnceLock<Survey>,
}

impl History {
    /// Reads the refs of a repository: all of `refs/`, HEAD of every linked worktree, and the
    /// stash with its past entries.
    ///
    /// # Errors
    /// When the refs cannot be listed at all, or an index of a pack is damaged.
    pub fn open(repository: &Repository) -> Result<Self, Error> {
        check_indexes(repository.common_dir(), repository.format())?;
        let mut faults = Coverage::default();
        let tips = refs::list_tips(repository, &mut faults)
            .map_err(|source| repository.error("the references", source))?;
        let (git_dir, format) = (repository.git_dir(), repository.format());
        Ok(Self {
            common_dir: repository.common_dir().to_owned(),
            tips,
            cut: read_shallow(repository),
            head: repository.head(),
            faults,
            ..Self::new(git_dir, format)
        })
    }

    /// A history without refs.
    fn new(git_dir: &Path, format: Format) -> Self {
        Self {
            git_dir: git_dir.to_owned(),
            common_dir: git_dir.to_owned(),
            tips: Vec::new(),
            cut: read_shallow_in(git_dir, format),
            head: None,
            faults: Coverage::default(),
            is_whole: false,
            has_lost_refs: false,
            is_stream: false,
            staged: Vec::new(),
            survey: OnceLock::new(),
        }
    }

    /// Scans every blob that a ref reaches, once each.
    ///
    /// # Errors
    /// When the repository cannot be opened again. What cannot be read in it is in the ledger.
    pub fn scan(&self, options: &Options<'_>, make: &MakeSink<'_>) -> Result<Coverage, Error> {
        let objects = self.open_objects()?;
        let mut coverage = Coverage::new(options);
        coverage.absorb(self.faults.clone());
        if !self.cut.is_empty() {
            let detail = format!("history is cut at {} commits", self.cut.len());
            coverage.gap(GapReason::Shallow, ".", detail);
        }
        let survey = self.survey(&objects, options.run(), &mut coverage);
        coverage.commits += survey.graph.commits.len() as u64;
        let listed = if options.filter.is_empty() || self.is_whole {
            descent::list_blobs(&objects, survey, &self.staged, options, &mut coverage)
        } else {
            reachable::list_blobs(&objects, survey, options, &mut coverage)
        };
        drop(objects);
        let open = || self.read_objects();
        if let Some(inventory) = &survey.inventory {
            coverage.absorb(texts::scan(survey, inventory, open, options, make));
            coverage.absorb(self.scan_index_names(options, make));
        }
        let (packed, rest) = scan_packs(&survey.packs, &listed, options, make);
        coverage.absorb(packed);
        let scan = |worker: &mut Worker<'_>,
                    objects: &mut Result<Objects, git2::Error>,
                    item: &(Id, Known)| {
            let (id, known) = item;
            match objects {
                Ok(objects) => match survey.packs.check(*id) {
                    Ok(()) => scan_blob(worker, objects, *id, listed.path(known)),
                    Err(fault) => {
                        fault.record(&mut worker.coverage, *id, &listed.path(known));
                    }
                },
                Err(error) => {
                    let (id, detail) = (id.to_string(), error.message());
                    worker.coverage.gap(GapReason::Unreadable, id, detail);
                }
            }
        };
        coverage.absorb(share(&rest, options, make, open, scan));
        note_interrupt(&mut coverage, options);
        Ok(coverage)
    }

    /// Commits and trees, read on first use; the ledger says what could not be read.
    fn survey(&self, objects: &Objects, run: Run<'_>, coverage: &mut Coverage) -> &Survey {
        self.survey.get_or_init(|| {
            let (tips, cut) = (&self.tips, &self.cut);
            let packs = Arc::new(Packs::open(&self.common_dir, objects.format));
            let survey = Survey::read(packs, objects, tips, cut, run, coverage);
            if !self.is_whole {
                return survey.without_rest();
            }
            let inventory = Inventory::read(&survey.packs, objects, Some(&self.common_dir));
            for (id, fault) in &inventory.faults {
                fault.clone().record(coverage, *id, "of no known kind");
            }
            survey.with(inventory, objects, self.has_lost_refs)
        })
    }

    /// Searches the paths in the index, which may name what was never committed.
    fn scan_index_names(&self, options: &Options<'_>, make: &MakeSink<'_>) -> Coverage {
        let at = self.git_dir.file_name().is_some_and(|name| name == ".git");
        let origin = Origin::Metadata {
            path: if at { ".git/index" } else { "index" }.to_owned(),
            what: What::Name,
        };
        let scan = |worker: &mut Worker<'_>, (): &mut (), staged: &Staged| {
            worker.search_name(&origin, &staged.path);
        };
        share(&self.staged, options, make, || (), scan)
    }

    /// Says where the blobs with these ids came from, by id; the oldest first. A blob that no
    /// commit holds (a tag can name one) has no entry. Once the run is interrupted the search ends
    /// and places are missing, the newest first, or all.
    ///
    /// # Errors
    /// When the repository cannot be opened again.
    pub fn provenance(
        &self,
        blobs: &BTreeSet<String>,
        run: Run<'_>,
    ) -> Result<BTreeMap<String, Vec<Provenance>>, Error> {
        if blobs.is_empty() {
            return Ok(BTreeMap::new());
        }
        let objects = self.open_objects()?;
        // The scan has entered what cannot be read.
        let survey = self.survey(&objects, run, &mut Coverage::default());
        let head = self.head.as_deref();
        Ok(provenance::trace(survey, &objects, head, blobs, run))
    }

    fn read_objects(&self) -> Result<Objects, git2::Error> {
        match self.survey.get() {
            Some(survey) if self.is_stream => Objects::of_stream(&survey.packs),
            _ => Objects::open(&self.git_dir),
        }
    }

    fn open_objects(&self) -> Result<Objects, Error> {
        self.read_objects().map_err(|source| Error::Repository {
            what: "the objects",
            path: self.git_dir.clone(),
            source,
        })
    }
}

/// Refuses a repository that libgit2 cannot read without harm.
pub(super) fn check_indexes(common_dir: &Path, format: Format) -> Result<(), Error> {
    match pack::find_damaged_index(common_dir, format) {
        Some(path) => Err(Error::DamagedIndex { path }),
        None => Ok(()),
    }
}

/// Refuses a repository with a loose object that libgit2 cannot read without harm: for where it reads
/// them of its own accord.
pub(super) fn check_loose(common_dir: &Path, format: Format) -> Result<(), Error> {
    match Loose::open(common_dir).find_damaged(format) {
        Some(path) => Err(Error::DamagedObject { path }),
        None => Ok(()),
    }
}

/// Scans the blobs that packs hold, each tree of deltas once; gives the others back, by id.
fn scan_packs(
    packs: &Packs,
    listed: &Listed,
    options: &Options<'_>,
    make: &MakeSink<'_>,
) -> (Coverage, Vec<(Id, Known)>) {
    let mut wanted = vec![NOT_WANTED; packs.count()];
    for (at, known) in listed.blobs.iter().enumerate() {
        if let Child::Packed(number) = known.blob {
            wanted[number as usize] = at as u32;
        }
    }
    let scanned: Vec<AtomicBool> = wanted.iter().map(|_| AtomicBool::new(false)).collect();
    let roots = packs.roots(Kind::Blob);
    let coverage = share(
        &roots,
        options,
        make,
        Decoder::new,
        |worker, decoder, root| {
            decoder.walk(*root, |version| {
                let number = version.number as usize;
                if let Some(known) = listed.blobs.get(wanted[number] as usize)
                    && let Some(id) = packs.id(version.number)
                {
                    search_version(worker, &origin(id, listed.path(known)), version);
                    scanned[number].store(true, Ordering::Relaxed);
                }
            });
        },
    );
    let rest = listed.blobs.iter().filter_map(|known| match known.blob {
        Child::Stranger(id) => Some((id, *known)),
        Child::Packed(number) if scanned[number as usize].load(Ordering::Relaxed) => None,
        Child::Packed(number) => Some((packs.id(number)?, *known)),
    });
    let mut rest: Vec<(Id, Known)> = rest.collect();
    rest.sort_by_key(|(id, _)| *id);
    (coverage, rest)
}

fn search_version(worker: &mut Worker<'_>, origin: &Origin, version: &Version<'_>) {
    if is_too_large(worker, origin, version.bytes) {
        return;
    }
    if worker.options.full_scan {
        return worker.search(origin, version.bytes);
    }
    let lineage = Lineage {
        level: version.level,
        version: version.number,
        base: version.base,
        copies: version.copies,
        shift: 0,
    };
    worker.search_version(origin, version.bytes, lineage);
}

/// Enters a blob in the ledger that is over the limit.
fn is_too_large(worker: &mut Worker<'_>, origin: &Origin, bytes: &[u8]) -> bool {
    let size = bytes.len() as u64;
    let is_too_large = size > worker.options.max_file_size;
    if is_too_large {
        worker
            .coverage
            .skip_origin(SkipReason::TooLarge, origin, size);
    }
    is_too_large
}

fn origin(id: Id, path: String) -> Origin {
    Origin::Blob {
        id: id.to_string(),
        path,
        member: 0,
    }
}

fn scan_blob(worker: &mut Worker<'_>, objects: &Objects, id: Id, path: String) {
    match objects.read_blob(id, worker.options.max_file_size) {
        Ok(read) => {
            let origin = origin(id, path);
            if !is_too_large(worker, &origin, read.content()) {
                worker.search(&origin, read.content());
            }
        }
        Err(fault) => fault.record(&mut worker.coverage, id, &path),
    }
}

#[cfg(test)]
mod damage;
#[cfg(test)]
mod tests;
