//! Provenance: from a blob back to the first commit that holds it.
//!
//! Owns attribution, which runs only when there is something to attribute. One pass over the
//! trees keeps the edges that lead to a wanted blob; the commits are then taken from the oldest
//! on, each place going to the first that has it. Does not own scanning.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

use git2::Oid;
use jiff::Timestamp;
use jiff::tz::Offset;

use super::commits::Graph;
use super::objects::{Commit, EntryKind, Objects, split_entry};
use super::reachable::DEPTH_LIMIT;
use super::refs::Tip;
use crate::walker::Coverage;
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
    /// Place of the commit in the order from the roots on; smaller is older.
    pub rank: usize,
}

/// Finds the places of the blobs with these ids; once interrupted, those found so far.
pub(super) fn trace(
    objects: &Objects,
    tips: &[Tip],
    cut: &BTreeSet<Oid>,
    head: Option<&str>,
    blobs: &BTreeSet<String>,
    interrupt: &AtomicBool,
) -> BTreeMap<String, Vec<Provenance>> {
    // The scan has entered what cannot be read.
    let graph = Graph::read(
        objects,
        None,
        tips,
        cut,
        interrupt,
        &mut Coverage::default(),
    );
    let wanted = blobs
        .iter()
        .filter_map(|id| Oid::from_str(id).ok())
        .collect();
    let mut edges = Edges {
        wanted,
        below: HashMap::new(),
    };
    for (_, commit) in &graph.commits {
        if interrupt.load(Ordering::Relaxed) {
            return BTreeMap::new();
        }
        edges.read(objects, commit.tree, interrupt);
    }
    let in_head = graph
        .commits
        .iter()
        .find(|(id, _)| Some(id.to_string().as_str()) == head)
        .map_or_else(HashSet::new, |(_, commit)| edges.list_blobs(commit.tree));
    let mut places = Places::default();
    let mut found: BTreeMap<String, Vec<Provenance>> = BTreeMap::new();
    for (rank, (id, commit)) in sort(&graph.commits).into_iter().enumerate() {
        if interrupt.load(Ordering::Relaxed) {
            break;
        }
        for (blob, path) in places.take_new(&edges, commit.tree) {
            found.entry(blob.to_string()).or_default().push(Provenance {
                path: name_bytes(&path),
                commit: id.to_string(),
                date: write_date(commit.seconds, commit.offset),
                in_head: in_head.contains(&blob),
                rank,
            });
        }
    }
    found
}

/// Sorts commits from the roots on: parents before children, and among those that could come
/// next the oldest by author date, then by id.
fn sort(commits: &[(Oid, Commit)]) -> Vec<&(Oid, Commit)> {
    let index: HashMap<Oid, usize> = commits
        .iter()
        .enumerate()
        .map(|(at, (id, _))| (*id, at))
        .collect();
    let mut children = vec![Vec::new(); commits.len()];
    let mut waiting = vec![0_usize; commits.len()];
    let mut ready = BinaryHeap::new();
    for (at, (id, commit)) in commits.iter().enumerate() {
        let parents: BTreeSet<usize> = commit
            .parents
            .iter()
            .filter_map(|id| index.get(id).copied())
            .collect();
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

/// The entries of trees that lead to wanted blobs.
struct Edges {
    wanted: HashSet<Oid>,
    below: HashMap<Oid, Vec<Edge>>,
}

#[derive(Clone, Debug)]
struct Edge {
    name: Box<[u8]>,
    id: Oid,
    is_tree: bool,
}

/// A tree on the way: entries still to look at, and those that lead to a wanted blob.
struct Frame {
    id: Oid,
    open: Vec<Edge>,
    kept: Vec<Edge>,
}

impl Edges {
    /// Reads a tree and all below it that was not read before.
    fn read(&mut self, objects: &Objects, root: Oid, interrupt: &AtomicBool) {
        let mut stack = Vec::new();
        if !self.below.contains_key(&root) {
            stack.push(self.open(objects, root));
        }
        loop {
            let depth = stack.len();
            let Some(frame) = stack.last_mut() else {
                return;
            };
            if interrupt.load(Ordering::Relaxed) {
                return;
            }
            let Some(edge) = frame.open.last() else {
                if let Some(frame) = stack.pop() {
                    self.below.insert(frame.id, frame.kept);
                }
                continue;
            };
            match self.below.get(&edge.id) {
                Some(below) if edge.is_tree && below.is_empty() => {
                    frame.open.pop();
                }
                // The edge stays open: it is looked at again when its tree is read.
                None if edge.is_tree && depth < DEPTH_LIMIT => {
                    let id = edge.id;
                    stack.push(self.open(objects, id));
                }
                None if edge.is_tree => {
                    frame.open.pop();
                }
                _ => frame.kept.extend(frame.open.pop()),
            }
        }
    }

    fn open(&self, objects: &Objects, id: Oid) -> Frame {
        let data = objects.read_tree(id).unwrap_or_default();
        let (mut open, mut rest) = (Vec::new(), data.as_slice());
        while let Some((entry, after)) = split_entry(rest) {
            let is_tree = entry.kind == EntryKind::Tree;
            if is_tree || (entry.kind == EntryKind::Blob && self.wanted.contains(&entry.id)) {
                open.push(Edge {
                    name: entry.name.into(),
                    id: entry.id,
                    is_tree,
                });
            }
            rest = after;
        }
        Frame {
            id,
            open,
            kept: Vec::new(),
        }
    }

    fn of(&self, tree: Oid) -> &[Edge] {
        self.below.get(&tree).map_or(&[], Vec::as_slice)
    }

    /// The wanted blobs below a tree.
    fn list_blobs(&self, root: Oid) -> HashSet<Oid> {
        let (mut blobs, mut seen, mut open) = (HashSet::new(), HashSet::new(), vec![root]);
        while let Some(tree) = open.pop() {
            for edge in self.of(tree) {
                if !edge.is_tree {
                    blobs.insert(edge.id);
                } else if seen.insert(edge.id) {
                    open.push(edge.id);
                }
            }
        }
        blobs
    }
}

/// The places that earlier commits have taken.
#[derive(Default)]
struct Places {
    trees: HashSet<(Oid, Vec<u8>)>,
    counts: HashMap<Oid, u32>,
    blobs: HashSet<(Oid, Vec<u8>)>,
}

impl Places {
    /// Takes the places below a root tree that no earlier commit has, sorted by path.
    fn take_new(&mut self, edges: &Edges, root: Oid) -> Vec<(Oid, Vec<u8>)> {
        let mut taken = Vec::new();
        let mut open = vec![(root, Vec::new())];
        while let Some((tree, path)) = open.pop() {
            if edges.of(tree).is_empty() || self.trees.contains(&(tree, path.clone())) {
                continue;
            }
            let count = self.counts.entry(tree).or_default();
            if *count == PLACES_OF_A_TREE {
                continue;
            }
            *count += 1;
            for edge in edges.of(tree) {
                let mut path = path.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(&edge.name);
                if edge.is_tree {
                    open.push((edge.id, path));
                } else if self.blobs.insert((edge.id, path.clone())) {
                    taken.push((edge.id, path));
                }
            }
            self.trees.insert((tree, path));
        }
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
    use super::super::History;
    use super::*;
    use crate::walker::Repository;
    use crate::walker::fixture::Fixture;

    fn trace_in(fixture: &Fixture, ids: &[&str]) -> BTreeMap<String, Vec<Provenance>> {
        let repository = Repository::discover(fixture.path()).unwrap().unwrap();
        let ids = ids.iter().map(ToString::to_string).collect();
        History::open(&repository)
            .unwrap()
            .provenance(&ids, &AtomicBool::new(false))
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
            history.provenance(&BTreeSet::from([blob.clone()]), &AtomicBool::new(interrupt))
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
