//! Provenance: from a blob back to the first commit that holds it.
//!
//! Owns attribution, which runs only when there is something to attribute. Along the edges that
//! lead to a wanted blob, the commits are taken from the oldest on, each place going to the first
//! that has it. Does not own scanning, nor the edges (`edges`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};

use foldhash::fast::RandomState;
use jiff::Timestamp;
use jiff::tz::Offset;

use super::edges::{Edges, Node};
use super::objects::{Commit, Objects};
use super::paths::{Path, Paths, ROOT};
use super::survey::Survey;
use crate::walker::Run;
use crate::walker::id::Id;
use crate::walker::naming::name_bytes;

/// A tree found in more places than this is not followed into further ones: a small repository
/// can nest the same few trees into billions of paths.
const PLACES_OF_A_TREE: u32 = 100;

/// One place of a blob in history.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Provenance {
    /// Path relative to the root of the repository.
    pub path: String,
    /// Full hexadecimal id of the first commit that holds the blob at this path.
    pub commit: String,
    /// Author date of that commit, RFC 3339 with the author's own offset.
    pub date: String,
    /// Whether the tree of HEAD holds the same blob at any path.
    pub in_head: bool,
    /// Whether a ref leads to that commit.
    pub is_reached: bool,
    /// Place of the commit in the order from the roots on; smaller is older.
    pub rank: usize,
}

/// Finds the places of the blobs with these ids; once interrupted, those found so far.
pub(super) fn trace(
    survey: &Survey,
    objects: &Objects,
    head: Option<&str>,
    blobs: &BTreeSet<String>,
    run: Run<'_>,
) -> BTreeMap<String, Vec<Provenance>> {
    let parse_id = |text: &str| Id::parse(text.as_bytes(), objects.format);
    let wanted = blobs.iter().filter_map(|id| parse_id(id)).collect();
    let head = head.and_then(parse_id);
    let commits = &survey.graph.commits;
    let mut edges = Edges::read(survey, objects, &wanted, run);
    let in_head = commits
        .iter()
        .find(|(id, _)| Some(*id) == head)
        .and_then(|(_, commit)| edges.node(commit.tree))
        .map_or_else(HashSet::default, |root| edges.list_blobs(root));
    let mut places = Places {
        paths: std::mem::take(&mut edges.paths),
        ..Places::default()
    };
    let mut found: BTreeMap<String, Vec<Provenance>> = BTreeMap::new();
    let (reached, others) = commits.split_at(survey.graph.reached.min(commits.len()));
    let sorted: Vec<&(Id, Commit)> = sort(reached).into_iter().chain(sort(others)).collect();
    let roots = edges.nodes(sorted.iter().map(|(_, commit)| commit.tree));
    for (rank, ((id, commit), root)) in sorted.into_iter().zip(roots).enumerate() {
        if run.is_interrupted() {
            break;
        }
        let Some(root) = root else {
            continue;
        };
        for (blob, path) in places.take_new(&edges, root) {
            let Some(blob_id) = edges.id(blob) else {
                continue;
            };
            found
                .entry(blob_id.to_string())
                .or_default()
                .push(Provenance {
                    path: name_bytes(&path),
                    commit: id.to_string(),
                    date: write_date(commit.seconds, commit.offset),
                    in_head: in_head.contains(&blob),
                    is_reached: rank < reached.len(),
                    rank,
                });
        }
    }
    found
}

/// Sorts commits from the roots on: parents before children, and among those that could come
/// next the oldest by author date, then by id.
fn sort(commits: &[(Id, Commit)]) -> Vec<&(Id, Commit)> {
    let index: HashMap<Id, usize, RandomState> = commits
        .iter()
        .enumerate()
        .map(|(at, (id, _))| (*id, at))
        .collect();
    let mut children = vec![Vec::new(); commits.len()];
    let mut waiting = vec![0_usize; commits.len()];
    let mut ready = BinaryHeap::new();
    let mut parents: Vec<usize> = Vec::new();
    for (at, (id, commit)) in commits.iter().enumerate() {
        parents.clear();
        parents.extend(commit.parents.iter().filter_map(|id| index.get(id)));
        parents.sort_unstable();
        parents.dedup();
        waiting[at] = parents.len();
        for parent in &parents {
            children[*parent].push(at);
        }
        if parents.is_empty() {
            ready.push(Reverse((commit.seconds, *id, at)));
        }
    }
    let mut sorted = Vec::with_capacity(commits.len());
    while let Some(Reverse((_, _, at))) = ready.pop() {
        sorted.push(&commits[at]);
        for &child in &children[at] {
            waiting[child] -= 1;
            if waiting[child] == 0 {
                let (id, commit) = &commits[child];
                ready.push(Reverse((commit.seconds, *id, child)));
            }
        }
    }
    sorted
}

/// The places that earlier commits have taken.
#[derive(Default)]
struct Places {
    paths: Paths,
    trees: HashSet<(Node, Path), RandomState>,
    counts: HashMap<Node, u32, RandomState>,
    blobs: HashSet<(Node, Path), RandomState>,
}

impl Places {
    /// Takes the places below a root tree that no earlier commit has, sorted by path.
    fn take_new(&mut self, edges: &Edges<'_>, root: Node) -> Vec<(Node, Vec<u8>)> {
        let mut taken = Vec::new();
        let mut open = vec![(root, ROOT)];
        while let Some((tree, path)) = open.pop() {
            let mut below = edges.of(tree).peekable();
            if below.peek().is_none() || self.trees.contains(&(tree, path)) {
                continue;
            }
            let count = self.counts.entry(tree).or_default();
            if *count == PLACES_OF_A_TREE {
                continue;
            }
            *count += 1;
            for edge in below {
                let path = self.paths.join(path, edge.name);
                if edge.is_tree {
                    open.push((edge.child, path));
                } else if self.blobs.insert((edge.child, path)) {
                    taken.push((edge.child, path));
                }
            }
            self.trees.insert((tree, path));
        }
        let write = |(blob, path)| (blob, self.paths.write(path));
        let mut taken: Vec<(Node, Vec<u8>)> = taken.into_iter().map(write).collect();
        taken.sort_unstable_by(|a, b| a.1.cmp(&b.1));
        taken
    }
}

/// Writes a date as RFC 3339; one that no calendar holds is written as the start of 1970.
fn write_date(seconds: i64, offset: i32) -> String {
    let offset = Offset::from_seconds(offset).unwrap_or(Offset::UTC);
    let timestamp = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    timestamp.display_with_offset(offset).to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::super::History;
    use super::*;
    use crate::walker::Repository;
    use crate::walker::fixture::Fixture;

    fn run(interrupt: &AtomicBool) -> Run<'_> {
        Run {
            threads: 2,
            interrupt,
        }
    }

    fn trace_in(fixture: &Fixture, ids: &[&str]) -> BTreeMap<String, Vec<Provenance>> {
        let repository = Repository::discover(fixture.path()).unwrap().unwrap();
        let ids = ids.iter().map(ToString::to_string).collect();
        History::open(&repository)
            .unwrap()
            .provenance(&ids, run(&AtomicBool::new(false)))
            .unwrap()
    }

    fn commit_at(fixture: &Fixture, date: &str) -> String {
        fixture.git(&["add", "--all"]);
        fixture.git_at(
            date,
            &["commit", "--quiet", "--allow-empty", "--message", "m"],
        );
        fixture.git(&["rev-parse", "HEAD"])
    }

    #[test]
    fn each_path_has_its_first_commit() {
        let fixture = Fixture::new();
        fixture.write("a/b", "leak");
        let first = commit_at(&fixture, "2020-01-02T03:04:05-05:30");
        let blob = fixture.git(&["rev-parse", "HEAD:a/b"]);
        fixture.write("c", "leak");
        // The clock of this author is wrong: order of parents counts, not dates.
        let second = commit_at(&fixture, "2010-01-01T00:00:00Z");
        fixture.write("a/b", "clean");
        commit_at(&fixture, "2021-01-01T00:00:00Z");
        let found = trace_in(&fixture, &[&blob]);
        let place = |rank, path: &str, commit: &str, date: &str| Provenance {
            rank,
            path: path.to_owned(),
            commit: commit.to_owned(),
            date: date.to_owned(),
            in_head: true,
            is_reached: true,
        };
        let places = [
            place(0, "a/b", &first, "2020-01-02T03:04:05-05:30"),
            place(1, "c", &second, "2010-01-01T00:00:00+00:00"),
        ];
        assert_eq!(found[&blob], places);
    }

    #[test]
    fn of_two_branches_the_older_commit_counts_and_head_may_lack_the_blob() {
        let fixture = Fixture::new();
        commit_at(&fixture, "2020-01-01T00:00:00Z");
        fixture.git(&["checkout", "--quiet", "-b", "older"]);
        fixture.write("x", "leak");
        let older = commit_at(&fixture, "2020-03-01T00:00:00Z");
        fixture.git(&["checkout", "--quiet", "main"]);
        fixture.write("x", "leak");
        commit_at(&fixture, "2020-06-01T00:00:00Z");
        let blob = fixture.git(&["rev-parse", "HEAD:x"]);
        fixture.git(&["rm", "--quiet", "x"]);
        commit_at(&fixture, "2020-07-01T00:00:00Z");
        let found = trace_in(&fixture, &[&blob]);
        assert_eq!(found[&blob].len(), 1);
        assert_eq!(
            (&found[&blob][0].commit, found[&blob][0].in_head),
            (&older, false)
        );
    }

    #[test]
    fn repeated_trees_do_not_explode() {
        let fixture = Fixture::new();
        fixture.write("leaf", "leak");
        let blob = fixture.git(&["hash-object", "-w", "leaf"]);
        let make = |kind: &str, mode: &str, id: &str| {
            let lines: Vec<_> = (0..10)
                .map(|at| format!("{mode} {kind} {id}\t{at}"))
                .collect();
            fixture.write("list", lines.join("\n") + "\n");
            fixture.git(&["-c", "alias.m=!git mktree < list", "m"])
        };
        let mut tree = make("blob", "100644", &blob);
        for _ in 0..12 {
            tree = make("tree", "040000", &tree);
        }
        let commit = fixture.git(&["commit-tree", "-m", "bomb", &tree]);
        fixture.git(&["update-ref", "refs/heads/main", &commit]);
        let found = trace_in(&fixture, &[&blob]);
        assert_eq!(found[&blob].len(), 10 * PLACES_OF_A_TREE as usize);
    }

    #[test]
    fn an_interrupt_ends_the_search() {
        let fixture = Fixture::new();
        fixture.write("a", "leak");
        fixture.commit("first");
        let blob = fixture.git(&["rev-parse", "HEAD:a"]);
        let repository = Repository::discover(fixture.path()).unwrap().unwrap();
        let history = History::open(&repository).unwrap();
        let trace = |interrupt| {
            let blobs = BTreeSet::from([blob.clone()]);
            history.provenance(&blobs, run(&AtomicBool::new(interrupt)))
        };
        assert_eq!(trace(false).unwrap().len(), 1);
        assert!(trace(true).unwrap().is_empty());
    }

    #[test]
    fn unknown_ids_have_no_place() {
        let fixture = Fixture::new();
        commit_at(&fixture, "2020-01-01T00:00:00Z");
        assert!(trace_in(&fixture, &["ab", &"0".repeat(40)]).is_empty());
    }
}
