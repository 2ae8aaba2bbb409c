//! The index: what a commit made now would add.
//!
//! Owns the comparison of HEAD's tree with the index. Bytes are those of the index; the working
//! tree plays no part. Does not own finding added lines (`added`).

mod differing;
#[cfg(fuzzing)]
pub mod fuzzing;
mod index;

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use git2::{Delta, Diff, DiffFindOptions, DiffOptions, FileMode, Tree};

use self::differing::Differing;
use crate::walker::added::Change;
use crate::walker::history::{Loose, Objects, check_indexes, check_loose};
use crate::walker::naming::{name_bytes, to_path};
use crate::walker::repository::Repository;
use crate::walker::worker::{note_interrupt, share};
use crate::walker::{Coverage, Error, GapReason, MakeSink, Options, Origin, SkipReason};

/// Scans the lines the index adds to HEAD (to nothing before the first commit).
///
/// # Errors
/// When the index or HEAD's tree cannot be read.
pub fn scan_staged(
    repository: &Repository,
    options: &Options<'_>,
    make: &MakeSink<'_>,
) -> Result<Coverage, Error> {
    let staged = Staged::read(repository)?;
    let is_empty = staged.is_empty;
    let mut coverage = staged.scan(options, make);
    if is_empty {
        coverage.gap(GapReason::NothingScanned, ".", "nothing is staged");
    }
    Ok(coverage)
}

/// What is staged.
pub struct Staged<'r> {
    repository: &'r Repository,
    changes: Vec<Change>,
    is_empty: bool,
}

impl<'r> Staged<'r> {
    /// Compares the index with HEAD.
    ///
    /// # Errors
    /// When the index or HEAD's tree cannot be read.
    pub fn read(repository: &'r Repository) -> Result<Self, Error> {
        check_indexes(repository.common_dir(), repository.format())?;
        if let Some(staged) = Self::read_differing(repository) {
            return Ok(staged);
        }
        check_loose(repository.common_dir(), repository.format())?;
        Self::read_all(repository).map_err(|source| repository.error("the index", source))
    }

    /// Compares what the index does not know to be as in HEAD; `None` where all has to be.
    fn read_differing(repository: &'r Repository) -> Option<Self> {
        let loose = Loose::open(repository.common_dir());
        let tree = sound_head_tree(repository, &loose)?;
        let differing = Differing::find(repository, &repository.map_index()?, tree.id())?;
        let mut staged = Self {
            repository,
            changes: Vec::new(),
            is_empty: true,
        };
        // Without paths all would be compared.
        if !differing.is_empty() {
            let mut index = git2::Index::new_ext(repository.format().into()).ok()?;
            for entry in &differing.entries {
                index.add(entry).ok()?;
            }
            // A file that is a folder, too, takes the place of what is in that.
            if index.len() != differing.entries.len() {
                return None;
            }
            // A folder that is gone is read to its end.
            if differing.gone.iter().any(|path| path.ends_with(b"/")) {
                check_loose(repository.common_dir(), repository.format()).ok()?;
            }
            let mut diff = compare(repository, Some(&tree), &index, differing.paths()).ok()?;
            for delta in diff.deltas() {
                for file in [delta.old_file(), delta.new_file()] {
                    loose.check(file.id().into()).ok()?;
                }
            }
            find_renames(&mut diff).ok()?;
            staged.is_empty = diff.deltas().len() == 0;
            staged.changes = list_changes(&diff);
        }
        Some(staged)
    }

    /// Compares the whole index with the whole tree.
    fn read_all(repository: &'r Repository) -> Result<Self, git2::Error> {
        let index = repository.read_index()?;
        let tree = head_tree(repository)?;
        let mut diff = compare(repository, tree.as_ref(), &index, std::iter::empty())?;
        find_renames(&mut diff)?;
        let mut changes = list_changes(&diff);
        changes.extend(list_conflicts(&index));
        Ok(Self {
            repository,
            is_empty: diff.deltas().len() == 0 && changes.is_empty(),
            changes,
        })
    }

    /// Keeps of what is staged the files that are named from the working directory, to be searched
    /// in whole, and gives the names of the others.
    pub fn keep(&mut self, paths: &[PathBuf]) -> Vec<PathBuf> {
        let root = self
            .repository
            .workdir()
            .and_then(|root| root.canonicalize().ok());
        let here = Path::new(".").canonicalize().ok();
        let (Some(root), Some(here)) = (root, here) else {
            self.changes.clear();
            return paths.to_vec();
        };
        let staged: BTreeSet<PathBuf> = self
            .changes
            .iter()
            .map(|change| to_path(&change.path))
            .collect();
        let mut wanted = BTreeSet::new();
        let mut rest = Vec::new();
        for path in paths {
            let below = resolve(&here.join(path));
            match below.strip_prefix(&root) {
                Ok(below) if staged.contains(below) => drop(wanted.insert(below.to_owned())),
                _ => rest.push(path.clone()),
            }
        }
        self.changes
            .retain(|change| wanted.contains(&to_path(&change.path)));
        for change in &mut self.changes {
            change.bases = vec![None];
        }
        rest
    }

    /// Searches what is staged.
    pub fn scan(mut self, options: &Options<'_>, make: &MakeSink<'_>) -> Coverage {
        let mut coverage = Coverage::default();
        drop_excluded(&mut self.changes, &mut coverage, options);
        coverage.absorb(search(
            &self.changes,
            self.repository,
            options,
            make,
            |_, name| Origin::File(name),
        ));
        note_interrupt(&mut coverage, options);
        coverage
    }
}

/// The path without `.` and `..`, as its text says: what is staged need not be on disk.
fn resolve(path: &Path) -> PathBuf {
    let mut resolved = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(resolved.pop()),
            part => resolved.push(part),
        }
    }
    resolved
}

/// The tree of HEAD; none before the first commit.
fn head_tree(repository: &Repository) -> Result<Option<Tree<'_>>, git2::Error> {
    match repository.head() {
        Some(_) => Ok(Some(repository.git().head()?.peel_to_tree()?)),
        None => Ok(None),
    }
}

/// The tree of HEAD where libgit2 can read it without harm.
fn sound_head_tree<'r>(repository: &'r Repository, loose: &Loose) -> Option<Tree<'r>> {
    let git = repository.git();
    let id = git.head().ok()?.target()?;
    loose.check(id.into()).ok()?;
    let commit = git.find_commit(id).ok()?;
    loose.check(commit.tree_id().into()).ok()?;
    commit.tree().ok()
}

/// Compares a tree with an index, at these paths or at all.
fn compare<'r, 'p>(
    repository: &'r Repository,
    tree: Option<&Tree<'r>>,
    index: &git2::Index,
    paths: impl Iterator<Item = &'p [u8]>,
) -> Result<Diff<'r>, git2::Error> {
    let mut wanted = DiffOptions::new();
    wanted.include_typechange(true).ignore_submodules(true);
    wanted.disable_pathspec_match(true);
    for path in paths {
        wanted.pathspec(path);
    }
    let git = repository.git();
    git.diff_tree_to_index(tree, Some(index), Some(&mut wanted))
}

/// Pairs what was renamed, so that only lines that are really new count.
pub(in crate::walker) fn find_renames(diff: &mut Diff<'_>) -> Result<(), git2::Error> {
    diff.find_similar(Some(DiffFindOptions::new().renames(true)))
}

/// The blobs a comparison brings in; deleted files, submodules and changes of mode alone bring
/// none.
pub(in crate::walker) fn list_changes(diff: &Diff<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for delta in diff.deltas() {
        let (old, new) = (delta.old_file(), delta.new_file());
        let is_link = new.mode() == FileMode::Commit;
        let is_gone = matches!(delta.status(), Delta::Deleted | Delta::Conflicted);
        if is_link || is_gone || new.id().is_zero() || new.id() == old.id() {
            continue;
        }
        let is_base = !old.id().is_zero() && old.mode() != FileMode::Commit;
        changes.push(Change {
            path: new.path_bytes().unwrap_or_default().to_vec(),
            id: new.id().into(),
            bases: vec![is_base.then(|| old.id().into())],
        });
    }
    changes
}

/// Both sides of each conflict, whole: either may end up in the commit.
fn list_conflicts(index: &git2::Index) -> Vec<Change> {
    let stage = |flags: u16| (flags >> 12) & 3;
    let sides: BTreeSet<_> = index
        .iter()
        .filter(|entry| stage(entry.flags) >= 2 && entry.mode != u32::from(FileMode::Commit))
        .map(|entry| (entry.path, entry.id.into()))
        .collect();
    let whole = |(path, id)| Change {
        path,
        id,
        bases: vec![None],
    };
    sides.into_iter().map(whole).collect()
}

/// Takes out what the exclude filter leaves out.
pub(in crate::walker) fn drop_excluded(
    changes: &mut Vec<Change>,
    coverage: &mut Coverage,
    options: &Options<'_>,
) {
    changes.retain(|change| {
        let name = name_bytes(&change.path);
        let is_excluded = options.filter.excludes(&name, false);
        if is_excluded {
            coverage.skip(SkipReason::Excluded, name, 0);
        }
        !is_excluded
    });
}

/// Searches what the changes add, on several threads.
pub(in crate::walker) fn search(
    changes: &[Change],
    repository: &Repository,
    options: &Options<'_>,
    make: &MakeSink<'_>,
    origin: impl Fn(&Change, String) -> Origin + Sync,
) -> Coverage {
    let git_dir = repository.git_dir();
    share(
        changes,
        options,
        make,
        || Objects::open(git_dir),
        |worker, objects, change| match objects {
            Ok(objects) => change.search(worker, objects, |name| origin(change, name)),
            Err(error) => {
                let name = name_bytes(&change.path);
                worker
                    .coverage
                    .gap(GapReason::Unreadable, name, error.message());
            }
        },
    )
}

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;
