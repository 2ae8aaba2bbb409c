//! History: every blob that any ref reaches.
//!
//! Owns the scan of a repository's objects and the way back from a blob to the first commit
//! that holds it. Refs come from `refs`, bytes from `pack` and `objects`, the graph from
//! `commits`, trees from `skeleton` and `descent`, or, under a filter, `reachable`. Never fetches: what is absent is a gap.

mod commits;
mod descent;
mod edges;
mod links;
mod objects;
mod pack;
mod provenance;
mod reachable;
mod refs;
mod skeleton;
mod survey;
mod trees;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use git2::Oid;

pub(super) use commits::read_shallow;
pub(super) use objects::{Fault, Objects};
pub use provenance::Provenance;

use self::pack::{Decoder, Kind, Packs, Version};
use self::reachable::Known;
use self::refs::Tip;
use self::survey::Survey;
use super::repository::Repository;
use super::worker::{Worker, note_interrupt, share};
use super::{Coverage, Error, GapReason, Lineage, MakeSink, Options, Origin, Run, SkipReason};

/// The place of an object that is not to be scanned.
const NOT_WANTED: u32 = u32::MAX;

/// The history of one repository.
#[derive(Debug)]
pub struct History {
    git_dir: PathBuf,
    common_dir: PathBuf,
    tips: Vec<Tip>,
    /// Commits whose parents a shallow clone lacks.
    cut: BTreeSet<Oid>,
    head: Option<String>,
    /// What was wrong with the refs.
    faults: Coverage,
    survey: OnceLock<Survey>,
}

impl History {
    /// Reads the refs of a repository: all of `refs/`, HEAD of every linked worktree, and the
    /// stash with its past entries.
    ///
    /// # Errors
    /// When the refs cannot be listed at all.
    pub fn open(repository: &Repository) -> Result<Self, Error> {
        let mut faults = Coverage::default();
        let tips = refs::list_tips(repository, &mut faults)
            .map_err(|source| repository.error("the references", source))?;
        Ok(Self {
            git_dir: repository.git_dir().to_owned(),
            common_dir: repository.common_dir().to_owned(),
            tips,
            cut: read_shallow(repository.common_dir()),
            head: repository.head(),
            faults,
            survey: OnceLock::new(),
        })
    }

    /// Scans every blob that a ref reaches, once each.
    ///
    /// # Errors
    /// When the repository cannot be opened again. What cannot be read in it is in the ledger.
    pub fn scan(&self, options: &Options<'_>, make: &MakeSink<'_>) -> Result<Coverage, Error> {
        let objects = self.open_objects()?;
        let mut coverage = self.faults.clone();
        if !self.cut.is_empty() {
            let detail = format!("history is cut at {} commits", self.cut.len());
            coverage.gap(GapReason::Shallow, ".", detail);
        }
        let survey = self.survey(&objects, options.run(), &mut coverage);
        coverage.commits += survey.graph.commits.len() as u64;
        let blobs = if options.filter.is_empty() {
            descent::list_blobs(&objects, survey, options, &mut coverage)
        } else {
            reachable::list_blobs(&objects, &survey.graph, options, &mut coverage)
        };
        drop(objects);
        let (packed, rest) = scan_packs(&survey.packs, blobs, options, make);
        coverage.absorb(packed);
        let open = || Objects::open(&self.git_dir);
        coverage.absorb(share(
            &rest,
            options,
            make,
            open,
            |worker, objects, blob| match objects {
                Ok(objects) => scan_blob(worker, objects, blob),
                Err(error) => {
                    worker.coverage.gap(
                        GapReason::Unreadable,
                        blob.id.to_string(),
                        error.message(),
                    );
                }
            },
        ));
        note_interrupt(&mut coverage, options);
        Ok(coverage)
    }

    /// Commits and trees, read on first use; the ledger says what could not be read.
    fn survey(&self, objects: &Objects, run: Run<'_>, coverage: &mut Coverage) -> &Survey {
        self.survey.get_or_init(|| {
            let (tips, cut) = (&self.tips, &self.cut);
            Survey::read(&self.common_dir, objects, tips, cut, run, coverage)
        })
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

    fn open_objects(&self) -> Result<Objects, Error> {
        Objects::open(&self.git_dir).map_err(|source| Error::Repository {
            what: "the objects",
            path: self.git_dir.clone(),
            source,
        })
    }
}

/// Scans the blobs that packs hold, each tree of deltas once; gives the others back.
fn scan_packs(
    packs: &Packs,
    blobs: Vec<Known>,
    options: &Options<'_>,
    make: &MakeSink<'_>,
) -> (Coverage, Vec<Known>) {
    let mut wanted = vec![NOT_WANTED; packs.count()];
    for (at, blob) in blobs.iter().enumerate() {
        if let Some(number) = packs.find(blob.id) {
            wanted[number as usize] = at as u32;
        }
    }
    let scanned: Vec<AtomicBool> = blobs.iter().map(|_| AtomicBool::new(false)).collect();
    let roots = packs.roots(Kind::Blob);
    let coverage = share(
        &roots,
        options,
        make,
        Decoder::new,
        |worker, decoder, root| {
            decoder.walk(*root, |version| {
                let at = wanted[version.number as usize] as usize;
                if let Some(blob) = blobs.get(at) {
                    search_version(worker, blob, version);
                    scanned[at].store(true, Ordering::Relaxed);
                }
            });
        },
    );
    let mut rest: Vec<Known> = blobs
        .into_iter()
        .zip(scanned)
        .filter(|(_, is_scanned)| !is_scanned.load(Ordering::Relaxed))
        .map(|(blob, _)| blob)
        .collect();
    rest.sort_by_key(|blob| blob.id);
    (coverage, rest)
}

fn search_version(worker: &mut Worker<'_>, blob: &Known, version: &Version<'_>) {
    if worker.options.full_scan {
        return search_blob(worker, blob, version.bytes);
    }
    let size = version.bytes.len() as u64;
    if size > worker.options.max_file_size {
        return worker.coverage.skip(SkipReason::TooLarge, &blob.path, size);
    }
    let lineage = Lineage {
        level: version.level,
        version: version.number,
        base: version.base,
        copies: version.copies,
        shift: 0,
    };
    worker.search_version(&origin(blob), version.bytes, lineage);
}

fn search_blob(worker: &mut Worker<'_>, blob: &Known, bytes: &[u8]) {
    let size = bytes.len() as u64;
    if size > worker.options.max_file_size {
        return worker.coverage.skip(SkipReason::TooLarge, &blob.path, size);
    }
    worker.search(&origin(blob), bytes);
}

fn origin(blob: &Known) -> Origin {
    Origin::Blob {
        id: blob.id.to_string(),
        path: blob.path.clone(),
    }
}

fn scan_blob(worker: &mut Worker<'_>, objects: &Objects, blob: &Known) {
    match objects.read_blob(blob.id, worker.options.max_file_size) {
        Ok(read) => search_blob(worker, blob, read.content()),
        Err(fault) => fault.record(&mut worker.coverage, blob.id, &blob.path),
    }
}

#[cfg(test)]
mod tests;
