//! A range of commits: what they add, commit by commit.
//!
//! Owns which commits a range means and what each adds to its parents. Does not own finding
//! added lines (`added`) or the whole history (`history`).

use std::collections::BTreeMap;
use std::fmt;

use git2::{DiffOptions, Oid, Sort};

use super::added::Change;
use super::history::{Fault, check_indexes, check_loose, read_shallow};
use super::id::Id;
use super::naming::to_path;
use super::repository::Repository;
use super::staged::{drop_excluded, find_renames, list_changes, search};
use super::worker::note_interrupt;
use super::{Coverage, Error, GapReason, MakeSink, Options, Origin};

/// New blobs by path and id, with all they are compared with.
type Changes = BTreeMap<(Vec<u8>, Id), Vec<Option<Id>>>;

/// Which commits count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Commits {
    /// Those of a range: `A..B` and `A...B` mean those in B and not in A, `A` alone means `A..HEAD`.
    ///
    /// As in what CI systems say of a push, an id of zeros is no commit: in place of A, where
    /// nothing is as good, it means from the first commit on (a new branch), and in place of B
    /// no commits at all (a deleted branch).
    Range(String),
    /// Those up to a tip that others do not have.
    New {
        /// The last of them.
        tip: String,
        /// Revisions, and patterns for names of refs as in `refs/remotes/origin/*`, whose commits are
        /// known. One that is not here hides nothing, so that more is scanned and never less.
        known: Vec<String>,
    },
}

impl fmt::Display for Commits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => write!(f, "range {range}"),
            Self::New { tip, .. } => write!(f, "new commits of {tip}"),
        }
    }
}

/// Scans what commits add. Of a merge count only the files that differ from every parent.
///
/// # Errors
/// When the range names no commits, or the commits cannot be listed.
pub fn scan_range(
    repository: &Repository,
    commits: &Commits,
    options: &Options<'_>,
    make: &MakeSink<'_>,
) -> Result<Coverage, Error> {
    check_indexes(repository.common_dir(), repository.format())?;
    check_loose(repository.common_dir(), repository.format())?;
    let commits = list_commits(repository, commits)?;
    let cut = read_shallow(repository);
    let (mut coverage, mut found) = (Coverage::default(), Changes::new());
    for commit in commits {
        if options.is_interrupted() {
            break;
        }
        let id = Id::from(commit);
        if cut.contains(&id) {
            coverage.gap(
                GapReason::Shallow,
                id.to_string(),
                "history is cut at this commit",
            );
        }
        match collect(repository, commit, &mut found) {
            Ok(()) => coverage.commits += 1,
            Err(error) => {
                Fault::from(error).record(&mut coverage, id, "the commit, a parent or their trees");
            }
        }
    }
    let mut changes: Vec<_> = found
        .into_iter()
        .map(|((path, id), bases)| Change { path, id, bases })
        .collect();
    drop_excluded(&mut changes, &mut coverage, options);
    coverage.absorb(search(
        &changes,
        repository,
        options,
        make,
        |change, path| {
            let id = change.id.to_string();
            Origin::Blob {
                id,
                path,
                member: 0,
            }
        },
    ));
    note_interrupt(&mut coverage, options);
    Ok(coverage)
}

/// The commits that count, oldest first.
fn list_commits(repository: &Repository, commits: &Commits) -> Result<Vec<Oid>, Error> {
    let git = repository.git();
    let (tip, hidden) = match commits {
        Commits::Range(range) => {
            let ends = find_ends(git, range).map_err(|source| Error::BadRevision {
                revision: range.clone(),
                source,
            })?;
            let Some((from, to)) = ends else {
                return Ok(Vec::new());
            };
            (to, from.into_iter().collect())
        }
        Commits::New { tip, known } => {
            let tip = find_commit(git, tip).map_err(|source| Error::BadRevision {
                revision: tip.clone(),
                source,
            })?;
            (tip, find_known(git, known))
        }
    };
    let walk = || -> Result<Vec<_>, git2::Error> {
        let mut walk = git.revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
        walk.push(tip)?;
        for commit in hidden {
            walk.hide(commit)?;
        }
        walk.collect()
    };
    walk().map_err(|source| repository.error("the commits", source))
}

fn find_commit(git: &git2::Repository, revision: &str) -> Result<Oid, git2::Error> {
    Ok(git.revparse_single(revision)?.peel_to_commit()?.id())
}

/// The commits that revisions and patterns for refs lead to, as far as they are here.
fn find_known(git: &git2::Repository, known: &[String]) -> Vec<Oid> {
    let mut found = Vec::new();
    for one in known {
        if !one.contains('*') {
            found.extend(find_commit(git, one));
            continue;
        }
        let references = git.references_glob(one).into_iter().flatten().flatten();
        found
            .extend(references.filter_map(|reference| Some(reference.peel_to_commit().ok()?.id())));
    }
    found
}

/// The commit a range starts after, if any, and the one at its end; nothing when a deleted
/// branch leaves no commits.
fn find_ends(
    git: &git2::Repository,
    range: &str,
) -> Result<Option<(Option<Oid>, Oid)>, git2::Error> {
    let (from, to) = range.split_once("..").unwrap_or((range, ""));
    let to = to.strip_prefix('.').unwrap_or(to);
    if is_zero(to) {
        return Ok(None);
    }
    let is_start = range.starts_with("..") || is_zero(from);
    let from = if is_start {
        None
    } else {
        Some(find_commit(git, from)?)
    };
    let to = find_commit(git, if to.is_empty() { "HEAD" } else { to })?;
    Ok(Some((from, to)))
}

/// Says whether a revision is the id that stands for no object, of SHA-1 or SHA-256.
fn is_zero(revision: &str) -> bool {
    matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte == b'0')
}

/// Adds the blobs one commit brings in.
fn collect(repository: &Repository, id: Oid, found: &mut Changes) -> Result<(), git2::Error> {
    let git = repository.git();
    let commit = git.find_commit(id)?;
    let parents = commit
        .parents()
        .map(|parent| parent.tree())
        .collect::<Result<Vec<_>, _>>()?;
    let mut wanted = DiffOptions::new();
    wanted.include_typechange(true).ignore_submodules(true);
    let tree = commit.tree()?;
    let mut diff = git.diff_tree_to_tree(parents.first(), Some(&tree), Some(&mut wanted))?;
    if parents.len() == 1 {
        find_renames(&mut diff)?;
    }
    for change in list_changes(&diff) {
        if is_from(parents.get(1..).unwrap_or_default(), &change) {
            continue;
        }
        let bases = if parents.len() == 1 {
            change.bases
        } else {
            vec![None]
        };
        let known = found.entry((change.path, change.id)).or_default();
        for base in bases {
            if !known.contains(&base) {
                known.push(base);
            }
        }
    }
    Ok(())
}

/// Says whether a merge took the file as it is from one of its further parents.
fn is_from(parents: &[git2::Tree<'_>], change: &Change) -> bool {
    let path = to_path(&change.path);
    let holds = |tree: &git2::Tree<'_>| {
        tree.get_path(&path)
            .is_ok_and(|entry| Id::from(entry.id()) == change.id)
    };
    parents.iter().any(holds)
}

#[cfg(test)]
mod tests {
    use super::super::Filter;
    use super::super::fixture::{Fixture, Seen, observe};
    use super::*;

    fn scan(fixture: &Fixture, range: &str) -> (Seen, Coverage) {
        scan_commits(fixture, &Commits::Range(range.to_owned()))
    }

    fn scan_commits(fixture: &Fixture, commits: &Commits) -> (Seen, Coverage) {
        let repository = Repository::discover(fixture.path()).unwrap().unwrap();
        observe(&Filter::none(), |options, make| {
            scan_range(&repository, commits, options, make).unwrap()
        })
    }

    #[test]
    fn new_commits_are_those_that_nothing_known_has() {
        let fixture = Fixture::new();
        let commits: Vec<String> = ["one\n", "two\n", "three\n"]
            .map(|text| {
                fixture.write("a", text);
                fixture.commit(text)
            })
            .into();
        fixture.git(&["update-ref", "refs/remotes/origin/main", &commits[0]]);
        let new = |known: &[&str]| {
            let commits = Commits::New {
                tip: "HEAD".to_owned(),
                known: known.iter().map(|&one| one.to_owned()).collect(),
            };
            scan_commits(&fixture, &commits).0.fresh("a")
        };
        let absent = "1".repeat(40);
        assert_eq!(
            new(&["refs/remotes/origin/*", &absent]),
            ["three\n", "two\n"]
        );
        assert_eq!(new(&[&commits[1]]), ["three\n"]);
        assert_eq!(new(&["refs/remotes/other/*"]).len(), 3);
    }

    #[test]
    fn an_object_of_no_kind_is_a_gap_and_the_rest_is_searched() {
        let fixture = Fixture::new();
        fixture.write("a", "base\n");
        fixture.commit("base");
        fixture.write("broken", "broken\n");
        fixture.write("whole", "whole\n");
        fixture.commit("both");
        fixture.git(&["repack", "-adq"]);
        let folder = fixture.path().join(".git/objects/pack");
        let mut files = std::fs::read_dir(folder).unwrap();
        let is_pack = |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "pack");
        let path = files.find_map(|file| Some(file.unwrap().path()).filter(is_pack));
        let path = path.unwrap();
        let id = fixture.git(&["rev-parse", "HEAD:broken"]);
        let name = path.with_extension("idx").display().to_string();
        let listed = fixture.git(&["verify-pack", "-v", &name]);
        let line = listed.lines().find(|line| line.starts_with(&id)).unwrap();
        let offset: usize = line.rsplit(' ').next().unwrap().parse().unwrap();
        let mut pack = std::fs::read(&path).unwrap();
        // Kind 5 is none.
        pack[offset] = pack[offset] & 0x8f | 0x50;
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, pack).unwrap();
        let (seen, coverage) = scan(&fixture, "HEAD~1..HEAD");
        assert_eq!(seen.texts(), ["whole\n"]);
        assert_eq!(coverage.gaps[&GapReason::Corrupt].count, 1);
    }

    #[test]
    fn each_commit_counts_even_when_its_lines_are_gone_again() {
        let fixture = Fixture::new();
        fixture.write("a", "base\n");
        fixture.commit("base");
        fixture.write("a", "base\nleak\n");
        fixture.commit("leak");
        fixture.write("a", "base\nclean\n");
        fixture.commit("clean");
        for range in ["HEAD~2..HEAD", "HEAD~2...HEAD", "HEAD~2", "HEAD~2.."] {
            let (seen, coverage) = scan(&fixture, range);
            assert_eq!(seen.fresh("a"), ["clean\n", "leak\n"], "{range}");
            assert_eq!((coverage.commits, coverage.objects), (2, 2));
            assert!(coverage.is_complete());
        }
    }

    #[test]
    fn a_new_branch_starts_at_the_first_commit_and_a_deleted_one_is_empty() {
        let fixture = Fixture::new();
        for text in ["root\n", "next\n"] {
            fixture.write("a", text);
            fixture.commit(text);
        }
        let zero = "0".repeat(40);
        for range in ["..HEAD", "..", "...HEAD", &format!("{zero}..HEAD"), &zero] {
            let (seen, coverage) = scan(&fixture, range);
            assert_eq!(seen.fresh("a"), ["next\n", "root\n"], "{range}");
            assert_eq!(coverage.commits, 2);
        }
        let (seen, coverage) = scan(&fixture, &format!("HEAD..{zero}"));
        assert!(seen.paths().is_empty() && coverage.is_complete());
    }

    #[test]
    fn a_revert_brings_lines_back() {
        let fixture = Fixture::new();
        for text in ["leak\n", "leak\nx\n", "x\n", "leak\nx\n"] {
            fixture.write("a", text);
            fixture.commit(text);
        }
        assert_eq!(scan(&fixture, "HEAD~3..").0.fresh("a"), ["leak\nx\n"]);
    }

    #[test]
    fn of_a_merge_count_only_its_own_blobs() {
        let fixture = Fixture::new();
        fixture.write("base", "base\n");
        fixture.commit("base");
        fixture.git(&["checkout", "--quiet", "-b", "side"]);
        fixture.write("side", "side\n");
        fixture.commit("side");
        fixture.git(&["checkout", "--quiet", "main"]);
        fixture.write("main", "main\n");
        let first = fixture.commit("main");
        fixture.git(&["merge", "--quiet", "--no-commit", "side"]);
        fixture.write("evil", "evil\n");
        fixture.commit("merge");
        let (seen, _) = scan(&fixture, &format!("{first}..HEAD"));
        assert_eq!(seen.texts(), ["evil\n", "side\n"]);
        fixture.git(&["branch", "--quiet", "--delete", "side"]);
        let (seen, _) = scan(&fixture, "HEAD^2..HEAD");
        assert_eq!(seen.texts(), ["evil\n", "main\n"]);
    }

    #[test]
    fn an_empty_range_is_clean_and_a_bad_one_an_error() {
        let fixture = Fixture::new();
        fixture.write("a", "a\n");
        fixture.commit("first");
        let (seen, coverage) = scan(&fixture, "HEAD..HEAD");
        assert!(seen.paths().is_empty() && coverage.is_complete());
        let repository = Repository::discover(fixture.path()).unwrap().unwrap();
        let (_, _) = observe(&Filter::none(), |options, make| {
            let outcome = scan_range(
                &repository,
                &Commits::Range("none..HEAD".to_owned()),
                options,
                make,
            );
            assert!(matches!(outcome, Err(Error::BadRevision { .. })));
            Coverage::default()
        });
    }
}
