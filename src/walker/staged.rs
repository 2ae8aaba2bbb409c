//! The index: what a commit made now would add.
//!
//! Owns the comparison of HEAD's tree with the index. Bytes are those of the index; the working
//! tree plays no part. Does not own finding added lines (`added`).

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use git2::{Delta, Diff, DiffFindOptions, DiffOptions, FileMode};

use super::added::Change;
use super::history::{Objects, check_indexes};
use super::naming::{name_bytes, to_path};
use super::repository::Repository;
use super::worker::{note_interrupt, share};
use super::{Coverage, Error, GapReason, MakeSink, Options, Origin, SkipReason};

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
        check_indexes(repository)?;
        let index = repository
            .read_index()
            .map_err(|source| repository.error("the index", source))?;
        let diff = compare_with_head(repository, &index)
            .map_err(|source| repository.error("the index", source))?;
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

fn compare_with_head<'r>(
    repository: &'r Repository,
    index: &git2::Index,
) -> Result<Diff<'r>, git2::Error> {
    let git = repository.git();
    let tree = match repository.head() {
        Some(_) => Some(git.head()?.peel_to_tree()?),
        None => None,
    };
    let mut wanted = DiffOptions::new();
    wanted.include_typechange(true).ignore_submodules(true);
    let mut diff = git.diff_tree_to_index(tree.as_ref(), Some(index), Some(&mut wanted))?;
    find_renames(&mut diff)?;
    Ok(diff)
}

/// Pairs what was renamed, so that only lines that are really new count.
pub(super) fn find_renames(diff: &mut Diff<'_>) -> Result<(), git2::Error> {
    diff.find_similar(Some(DiffFindOptions::new().renames(true)))
}

/// The blobs a comparison brings in; deleted files, submodules and changes of mode alone bring
/// none.
pub(super) fn list_changes(diff: &Diff<'_>) -> Vec<Change> {
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
pub(super) fn drop_excluded(
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
pub(super) fn search(
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
mod tests {
    use super::super::Filter;
    use super::super::fixture::{Fixture, Seen, observe};
    use super::*;

    fn scan(fixture: &Fixture) -> (Seen, Coverage) {
        let repository = Repository::discover(fixture.path()).unwrap().unwrap();
        observe(&Filter::none(), |options, make| {
            scan_staged(&repository, options, make).unwrap()
        })
    }

    #[test]
    fn the_first_commit_is_all_fresh() {
        let fixture = Fixture::new();
        fixture.write("a", "one\ntwo\n");
        fixture.git(&["add", "a"]);
        let (seen, coverage) = scan(&fixture);
        assert_eq!(seen.fresh("a"), ["one\ntwo\n"]);
        assert!(coverage.is_complete());
    }

    #[test]
    fn bytes_are_those_of_the_index() {
        let fixture = Fixture::new();
        fixture.write("a", "one\n");
        fixture.write("gone", "gone\n");
        fixture.commit("first");
        fixture.write("a", "one\nstaged\n");
        fixture.git(&["add", "a"]);
        fixture.git(&["rm", "--quiet", "gone"]);
        fixture.write("a", "one\nstaged\nlater\n");
        fixture.write("untracked", "u");
        let (seen, coverage) = scan(&fixture);
        assert_eq!(seen.paths(), ["a"]);
        assert_eq!(seen.fresh("a"), ["staged\n"]);
        assert_eq!((coverage.files, coverage.is_complete()), (1, true));
    }

    #[test]
    fn a_rename_shows_only_new_lines_and_attributes_hide_nothing() {
        let fixture = Fixture::new();
        let lines = (0..20)
            .map(|line| format!("line {line}"))
            .collect::<Vec<_>>()
            .join("\n")
            + "\n";
        fixture.write("old", &lines);
        fixture.write(".gitattributes", "* -diff\n");
        fixture.commit("first");
        fixture.git(&["mv", "old", "new"]);
        fixture.write("new", lines + "added\n");
        fixture.git(&["add", "new"]);
        let (seen, _) = scan(&fixture);
        assert_eq!(seen.paths(), ["new"]);
        assert_eq!(seen.fresh("new"), ["added\n"]);
    }

    #[test]
    fn binary_files_are_all_fresh_and_utf_16_is_compared_as_text() {
        let fixture = Fixture::new();
        let wide = |text: &str| {
            text.encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<_>>()
        };
        fixture.write("data", b"a\0\x01b");
        fixture.write("wide", wide("one line\n"));
        fixture.commit("first");
        fixture.write("data", b"a\0\x01bc");
        fixture.write("wide", wide("one line\nnext line\n"));
        fixture.git(&["add", "--all"]);
        let (seen, _) = scan(&fixture);
        assert_eq!(seen.fresh("data"), ["binary:a\0\u{1}bc"]);
        assert_eq!(seen.fresh("wide"), ["next line\n"]);
    }

    #[test]
    fn both_sides_of_a_conflict_are_whole() {
        let fixture = Fixture::new();
        fixture.write("a", "base\n");
        fixture.commit("base");
        fixture.git(&["checkout", "--quiet", "-b", "side"]);
        fixture.write("a", "theirs\n");
        fixture.commit("theirs");
        fixture.git(&["checkout", "--quiet", "main"]);
        fixture.write("a", "ours\n");
        fixture.commit("ours");
        let merge = std::process::Command::new("git")
            .args([
                "-c",
                "user.name=A",
                "-c",
                "user.email=a@example.org",
                "merge",
                "--quiet",
                "side",
            ])
            .current_dir(fixture.path())
            .output()
            .unwrap();
        assert!(!merge.status.success());
        assert_eq!(scan(&fixture).0.fresh("a"), ["ours\n", "theirs\n"]);
    }

    #[test]
    fn an_empty_stage_is_a_gap_and_a_deletion_is_not() {
        let fixture = Fixture::new();
        fixture.write("a", "a");
        fixture.commit("first");
        assert!(
            scan(&fixture)
                .1
                .gaps
                .contains_key(&GapReason::NothingScanned)
        );
        fixture.git(&["rm", "--quiet", "a"]);
        let (seen, coverage) = scan(&fixture);
        assert!(seen.paths().is_empty() && coverage.is_complete());
    }

    #[test]
    fn odd_names_and_submodules_are_no_obstacle() {
        let fixture = Fixture::new();
        fixture.write("a", "a");
        let first = fixture.commit("first");
        fixture.write("new\nline", "n");
        fixture.write("-dash", "d");
        fixture.git(&["add", "--all"]);
        let link = format!("160000,{first},sub");
        fixture.git(&["update-index", "--add", "--cacheinfo", &link]);
        let (seen, coverage) = scan(&fixture);
        assert_eq!(seen.paths(), ["-dash", "new\nline"]);
        assert!(coverage.is_complete());
    }

    #[test]
    fn another_index_file_can_be_named() {
        let fixture = Fixture::new();
        fixture.write("a", "a");
        fixture.git(&["add", "a"]);
        let other = fixture.path().join(".git/other");
        std::fs::rename(fixture.path().join(".git/index"), &other).unwrap();
        let repository = Repository::discover(fixture.path())
            .unwrap()
            .unwrap()
            .with_index(other);
        let (seen, _) = observe(&Filter::none(), |options, make| {
            scan_staged(&repository, options, make).unwrap()
        });
        assert_eq!(seen.paths(), ["a"]);
    }
}
