//! Edges: which trees hold the wanted blobs, and the trees that lead to them, under which names.
//!
//! The skeleton tells which trees may lead to a wanted blob: those with a fresh entry that does,
//! and those written upon such a tree, which may have taken the entry over. Trees outside the packs
//! are read one by one. Does not own commits.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use foldhash::fast::RandomState;

use super::links::Child;
use super::objects::{Entry, EntryKind, Objects, split_entry};
use super::paths::Paths;
use super::skeleton::{Marks, Skeleton};
use super::survey::Survey;
use crate::walker::Run;
use crate::walker::id::Id;

/// A blob or tree: its number in `Packs`, or one after all of those.
pub(super) type Node = u32;

/// An entry of a tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) name: u32,
    pub(super) child: Node,
    pub(super) is_tree: bool,
}

/// The edges of all trees that may lead to wanted blobs.
#[derive(Debug)]
pub(super) struct Edges<'a> {
    survey: &'a Survey,
    all: Vec<Edge>,
    /// Edges of the trees of the skeleton.
    marks: Marks,
    /// Edges of other trees.
    of: HashMap<Node, Range<u32>, RandomState>,
    /// Its names are those of edges.
    pub(super) paths: Paths,
    nodes: Nodes,
}

/// Numbers of objects outside the packs.
#[derive(Debug, Default)]
struct Nodes {
    packed: u32,
    strangers: Vec<Id>,
    by_id: HashMap<Id, Node, RandomState>,
}

/// What is looked for.
struct Wanted {
    /// Packed blobs and trees, by number.
    packed: Vec<bool>,
    /// Blobs outside the packs.
    strangers: HashSet<Id, RandomState>,
}

impl<'a> Edges<'a> {
    /// Finds the edges that lead from trees to the wanted blobs.
    pub(super) fn read(
        survey: &'a Survey,
        objects: &Objects,
        blobs: &BTreeSet<Id>,
        run: Run<'_>,
    ) -> Self {
        let wanted = Wanted::new(survey, blobs);
        let mut edges = Self {
            survey,
            all: Vec::new(),
            marks: Marks::default(),
            of: HashMap::default(),
            paths: Paths::default(),
            nodes: Nodes {
                packed: survey.packs.count() as u32,
                ..Nodes::default()
            },
        };
        edges.marks = survey.skeleton.mark(|link| edges.add_link(&wanted, link));
        edges.read_strangers(objects, &wanted, run);
        edges
    }

    /// Adds the edge of a link that matters.
    fn add_link(&mut self, wanted: &Wanted, link: u32) -> Option<u32> {
        let links = self.survey.skeleton.links();
        let (kind, child) = links.get(link);
        wanted.has(&self.survey.skeleton, kind, child).then(|| {
            let child = self.nodes.of(child);
            self.add(links.name(link), child, kind)
        })
    }

    fn add(&mut self, name: &[u8], child: Node, kind: EntryKind) -> u32 {
        let edge = Edge {
            name: self.paths.name(name),
            child,
            is_tree: kind == EntryKind::Tree,
        };
        self.all.push(edge);
        self.all.len() as u32 - 1
    }

    /// Reads the trees that the skeleton does not have, from commits and other trees on.
    fn read_strangers(&mut self, objects: &Objects, wanted: &Wanted, run: Run<'_>) {
        let Survey {
            packs,
            skeleton,
            graph,
            ..
        } = self.survey;
        let roots = graph.commits.iter().map(|(_, commit)| commit.tree);
        let roots: Vec<Id> = roots.collect();
        let roots = Child::find_all(packs, &roots).into_iter();
        let mut open: Vec<Node> = roots.map(|root| self.nodes.of(root)).collect();
        open.extend(self.trees_from(0));
        while let Some(tree) = open.pop() {
            if run.is_interrupted() {
                break;
            }
            if self.of.contains_key(&tree) || skeleton.tree(tree).is_some() {
                continue;
            }
            let first = self.all.len();
            let id = self.id(tree);
            let read = |id| packs.check(id).and_then(|()| objects.read_tree(id));
            let data = id.and_then(|id| read(id).ok());
            let mut rest = data.as_deref().unwrap_or_default();
            while let Some((Entry { kind, name, id }, after)) = split_entry(rest, objects.format) {
                let child = Child::find(packs, id);
                if wanted.has(skeleton, kind, child) {
                    let child = self.nodes.of(child);
                    self.add(name, child, kind);
                }
                rest = after;
            }
            self.of.insert(tree, first as u32..self.all.len() as u32);
            open.extend(self.trees_from(first));
        }
    }

    /// The trees that edges from this one on lead to.
    fn trees_from(&self, first: usize) -> impl Iterator<Item = Node> + '_ {
        let edges = self.all[first..].iter();
        edges.filter(|edge| edge.is_tree).map(|edge| edge.child)
    }

    /// The edges of a tree.
    pub(super) fn of(&self, tree: Node) -> impl Iterator<Item = Edge> + '_ {
        let of = self.of.get(&tree).cloned().unwrap_or_default();
        let marks = self.survey.skeleton.marks_of(&self.marks, tree);
        marks.chain(of).map(|edge| self.all[edge as usize])
    }

    /// The node of an object.
    pub(super) fn node(&self, id: Id) -> Option<Node> {
        let stranger = || self.nodes.by_id.get(&id).copied();
        self.survey.packs.find(id).or_else(stranger)
    }

    /// The nodes of many objects.
    pub(super) fn nodes(&self, ids: impl Iterator<Item = Id>) -> Vec<Option<Node>> {
        let ids: Vec<Id> = ids.collect();
        let packed = self.survey.packs.find_all(&ids).into_iter().zip(&ids);
        let nodes = packed.map(|(node, id)| node.or_else(|| self.nodes.by_id.get(id).copied()));
        nodes.collect()
    }

    /// The id of a node.
    pub(super) fn id(&self, node: Node) -> Option<Id> {
        match node.checked_sub(self.nodes.packed) {
            Some(stranger) => self.nodes.strangers.get(stranger as usize).copied(),
            None => self.survey.packs.id(node),
        }
    }

    /// The wanted blobs below a tree.
    pub(super) fn list_blobs(&self, root: Node) -> HashSet<Node, RandomState> {
        let mut blobs = HashSet::default();
        let mut seen: HashSet<Node, RandomState> = HashSet::default();
        let mut open = vec![root];
        while let Some(tree) = open.pop() {
            for edge in self.of(tree) {
                if !edge.is_tree {
                    blobs.insert(edge.child);
                } else if seen.insert(edge.child) {
                    open.push(edge.child);
                }
            }
        }
        blobs
    }
}

impl Nodes {
    fn of(&mut self, child: Child) -> Node {
        match child {
            Child::Packed(number) => number,
            Child::Stranger(id) => *self.by_id.entry(id).or_insert_with(|| {
                self.strangers.push(id);
                self.packed + self.strangers.len() as u32 - 1
            }),
        }
    }
}

impl Wanted {
    fn new(survey: &Survey, blobs: &BTreeSet<Id>) -> Self {
        let Survey {
            packs, skeleton, ..
        } = survey;
        let mut wanted = Self {
            packed: vec![false; packs.count()],
            strangers: HashSet::default(),
        };
        for &blob in blobs {
            match packs.find(blob) {
                Some(number) => wanted.packed[number as usize] = true,
                None => {
                    wanted.strangers.insert(blob);
                }
            }
        }
        wanted.spread(skeleton);
        wanted
    }

    /// Marks all trees that may lead to what is wanted.
    fn spread(&mut self, skeleton: &Skeleton) {
        let mut open = Vec::new();
        let mut above = Above::new(self.packed.len());
        for tree in skeleton.trees() {
            let number = tree.number;
            let mut is_wanted = false;
            for &link in skeleton.fresh(tree) {
                let (kind, child) = skeleton.links().get(link);
                match (kind, child) {
                    (EntryKind::Blob, Child::Packed(blob)) => {
                        is_wanted |= self.packed[blob as usize];
                    }
                    (EntryKind::Blob, Child::Stranger(id)) => {
                        is_wanted |= self.strangers.contains(&id);
                    }
                    (EntryKind::Tree, Child::Packed(tree)) if skeleton.tree(tree).is_some() => {
                        above.add(tree, number);
                    }
                    // It may hold anything.
                    (EntryKind::Tree, _) => is_wanted = true,
                    (EntryKind::Submodule, _) => {}
                }
            }
            if let Some(base) = tree.base {
                above.add(base, number);
            }
            if is_wanted {
                open.push(number);
            }
        }
        while let Some(tree) = open.pop() {
            if !std::mem::replace(&mut self.packed[tree as usize], true) {
                open.extend(above.of(tree));
            }
        }
    }

    /// Says whether an entry matters.
    fn has(&self, skeleton: &Skeleton, kind: EntryKind, child: Child) -> bool {
        match (kind, child) {
            (EntryKind::Blob, Child::Packed(number)) => self.packed[number as usize],
            (EntryKind::Blob, Child::Stranger(id)) => self.strangers.contains(&id),
            (EntryKind::Tree, Child::Packed(number)) => {
                self.packed[number as usize] || skeleton.tree(number).is_none()
            }
            (EntryKind::Tree, Child::Stranger(_)) => true,
            (EntryKind::Submodule, _) => false,
        }
    }
}

/// The trees that have an object as a fresh entry or as their base.
struct Above {
    /// The last of each object, one from `all`.
    last: Vec<u32>,
    /// A tree, and the one before it above the same object.
    all: Vec<(u32, u32)>,
}

/// No tree above an object.
const NO_TREE: u32 = u32::MAX;

impl Above {
    fn new(objects: usize) -> Self {
        Self {
            last: vec![NO_TREE; objects],
            all: Vec::new(),
        }
    }

    fn add(&mut self, object: u32, tree: u32) {
        let last = &mut self.last[object as usize];
        self.all.push((tree, *last));
        *last = self.all.len() as u32 - 1;
    }

    fn of(&self, object: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = self.last[object as usize];
        std::iter::from_fn(move || {
            let &(tree, before) = self.all.get(at as usize)?;
            at = before;
            Some(tree)
        })
    }
}
