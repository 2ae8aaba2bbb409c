//! Reachable blobs: every blob below the graph, each once with one path.
//!
//! Owns the walk over trees and the exclude filter in it. Does not own reading blobs. A tree is
//! visited once, but where the filter left out part of it, it is visited under its other paths
//! too: a blob is left out only when all its paths are. Ids are not checked against bytes, so
//! trees may form cycles; the limit on depth ends them.

use std::collections::{HashMap, HashSet};

use super::links::Child;
use super::objects::{EntryKind, Objects, split_entry};
use super::pack::Packs;
use super::paths::{Path, Paths, ROOT};
use super::survey::Survey;
use crate::walker::id::Id;
use crate::walker::naming::name_bytes;
use crate::walker::{Coverage, GapReason, Options, SkipReason};

/// Trees nested deeper than this are not followed; git has the same limit.
pub(super) const DEPTH_LIMIT: usize = 2_048;

/// A tree of which the filter left out a part is visited under this many paths. From there on
/// all of it is taken: a small repository can nest the same few trees into billions of paths.
const PATHS_OF_A_TREE: u32 = 100;

/// Blobs to scan, each once.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) blobs: Vec<Known>,
    pub(super) paths: Paths,
}

/// A blob and a path it is known under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) blob: Child,
    pub(super) path: Path,
}

impl Listed {
    /// Adds a blob at a path that is not further divided.
    pub(super) fn push(&mut self, blob: Child, path: &[u8]) {
        let name = self.paths.name(path);
        let path = self.paths.join(ROOT, name);
        self.blobs.push(Known { blob, path });
    }

    /// The path of a blob as it is shown.
    pub(super) fn path(&self, known: &Known) -> String {
        name_bytes(&self.paths.write(known.path))
    }
}

/// Lists the blobs below the graph that the filter does not leave out.
pub(super) fn list_blobs(
    objects: &Objects,
    survey: &Survey,
    options: &Options<'_>,
    coverage: &mut Coverage,
) -> Listed {
    let mut search = Search::new(objects, &survey.packs, options, coverage);
    let graph = &survey.graph;
    for blob in &graph.blobs {
        search.take_blob(blob.id, blob.name.as_bytes());
    }
    let commits = graph.commits.iter().map(|(_, commit)| commit.tree);
    let tagged = graph.trees.iter().map(|tree| tree.id);
    for root in commits.chain(tagged) {
        search.walk(root, Vec::new(), Mode::Filter);
    }
    search.count_left_out();
    search.listed
}

struct Search<'a> {
    objects: &'a Objects,
    packs: &'a Packs,
    options: &'a Options<'a>,
    coverage: &'a mut Coverage,
    listed: Listed,
    taken: HashSet<Id>,
    /// Trees of which nothing is left to take.
    done: HashSet<Id>,
    /// Trees of which the filter left out a part, with the path they were visited under.
    partial: HashSet<(Id, Vec<u8>)>,
    /// Under how many paths such a tree was visited.
    visits: HashMap<Id, u32>,
    /// What lies at an excluded path, in the order it was met.
    left_out: Vec<(EntryKind, Id, Vec<u8>)>,
    left_out_ids: HashSet<Id>,
    /// Where submodules were met.
    submodules: HashSet<Vec<u8>>,
}

/// A tree on the way.
struct Frame {
    id: Id,
    data: Vec<u8>,
    /// Where the next entry starts.
    at: usize,
    /// Length of the path of this tree.
    path: usize,
    is_partial: bool,
    mode: Mode,
}

/// What happens to the blobs of a tree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// They are taken unless the filter leaves them out.
    Filter,
    /// They are taken.
    Take,
    /// They are counted as left out unless they were taken.
    Count,
}

impl<'a> Search<'a> {
    fn new(
        objects: &'a Objects,
        packs: &'a Packs,
        options: &'a Options<'a>,
        coverage: &'a mut Coverage,
    ) -> Self {
        Self {
            objects,
            packs,
            options,
            coverage,
            listed: Listed::default(),
            taken: HashSet::new(),
            done: HashSet::new(),
            partial: HashSet::new(),
            visits: HashMap::new(),
            left_out: Vec::new(),
            left_out_ids: HashSet::new(),
            submodules: HashSet::new(),
        }
    }

    /// Visits every blob below a tree that lies at `path`.
    fn walk(&mut self, root: Id, mut path: Vec<u8>, mode: Mode) {
        let mut stack = Vec::new();
        self.open(root, &path, &mut stack, mode);
        while let Some(frame) = stack.last_mut() {
            if self.options.is_interrupted() {
                return;
            }
            path.truncate(frame.path);
            let rest = frame.data.get(frame.at..).unwrap_or_default();
            let Some((entry, after)) = split_entry(rest, self.objects.format) else {
                if !rest.is_empty() {
                    let detail = format!("{}: malformed tree", name_bytes(&path));
                    self.coverage
                        .gap(GapReason::Corrupt, frame.id.to_string(), detail);
                }
                self.close(&path, &mut stack);
                continue;
            };
            frame.at = frame.data.len() - after.len();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(entry.name);
            let (kind, id, mode) = (entry.kind, entry.id, frame.mode);
            if mode == Mode::Filter && self.excludes(&path, kind) {
                frame.is_partial = true;
                if self.left_out_ids.insert(id) {
                    self.left_out.push((kind, id, path.clone()));
                }
                continue;
            }
            match kind {
                EntryKind::Tree => self.open(id, &path, &mut stack, mode),
                EntryKind::Blob if mode == Mode::Count => self.count_blob(id, &path),
                EntryKind::Blob => self.take_blob(id, &path),
                EntryKind::Submodule if mode == Mode::Count => {}
                EntryKind::Submodule => self.note_submodule(&path),
            }
        }
    }

    /// Puts a tree on the stack unless nothing in it is new.
    fn open(&mut self, id: Id, path: &[u8], stack: &mut Vec<Frame>, mut mode: Mode) {
        if self.done.contains(&id) {
            return;
        }
        if mode == Mode::Filter
            && let Some(&visits) = self.visits.get(&id)
        {
            if self.partial.contains(&(id, path.to_vec())) {
                if let Some(above) = stack.last_mut() {
                    above.is_partial = true;
                }
                return;
            }
            if visits >= PATHS_OF_A_TREE {
                mode = Mode::Take;
            }
        }
        if stack.len() >= DEPTH_LIMIT {
            let detail = format!("trees nested deeper than {DEPTH_LIMIT} levels");
            self.coverage
                .gap(GapReason::Corrupt, id.to_string(), detail);
            self.done.insert(id);
            return;
        }
        match self
            .packs
            .check(id)
            .and_then(|()| self.objects.read_tree(id))
        {
            Ok(data) => stack.push(Frame {
                id,
                data,
                at: 0,
                path: path.len(),
                is_partial: false,
                mode,
            }),
            Err(fault) => {
                // What is left out need not be here.
                if mode != Mode::Count {
                    fault.record(self.coverage, id, &format!("{}/", name_bytes(path)));
                }
                self.done.insert(id);
            }
        }
    }

    /// Takes a tree from the stack when its last entry is done.
    fn close(&mut self, path: &[u8], stack: &mut Vec<Frame>) {
        let Some(frame) = stack.pop() else {
            return;
        };
        if frame.is_partial {
            *self.visits.entry(frame.id).or_default() += 1;
            self.partial.insert((frame.id, path.to_vec()));
            if let Some(above) = stack.last_mut() {
                above.is_partial = true;
            }
        } else {
            self.done.insert(frame.id);
        }
    }

    fn excludes(&self, path: &[u8], kind: EntryKind) -> bool {
        let filter = self.options.filter;
        !filter.is_empty() && filter.matches(&name_bytes(path), kind != EntryKind::Blob)
    }

    fn take_blob(&mut self, id: Id, path: &[u8]) {
        if self.taken.insert(id) {
            self.listed.push(Child::find(self.packs, id), path);
        }
    }

    fn note_submodule(&mut self, path: &[u8]) {
        if self.submodules.insert(path.to_vec()) {
            self.coverage
                .skip(SkipReason::Submodule, name_bytes(path), 0);
        }
    }

    fn count_blob(&mut self, id: Id, path: &[u8]) {
        if self.taken.insert(id) {
            self.coverage
                .skip(SkipReason::Excluded, name_bytes(path), 0);
        }
    }

    /// Counts the blobs that lie at excluded paths only.
    fn count_left_out(&mut self) {
        for (kind, id, path) in std::mem::take(&mut self.left_out) {
            match kind {
                EntryKind::Tree => self.walk(id, path, Mode::Count),
                EntryKind::Blob => self.count_blob(id, &path),
                EntryKind::Submodule => {}
            }
        }
    }
}
