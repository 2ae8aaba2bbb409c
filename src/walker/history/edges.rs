//! Edges: which trees hold the wanted blobs, and the trees that lead to them, under which names.
//!
//! The skeleton tells which trees may lead to a wanted blob: those with a fresh entry that does,
//! and those written upon such a tree, which may have taken the entry over. These alone are
//! decoded once more, and their entries that matter are kept. Trees outside the packs are read one
//! by one. Does not own commits.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use git2::Oid;

use super::objects::{Entry, EntryKind, Objects, split_entry};
use super::pack::{Decoder, Kind, Packs};
use super::skeleton::{Child, Skeleton};
use super::survey::Survey;
use super::trees::TreeReader;
use crate::walker::Run;
use crate::walker::worker::spread;

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
#[derive(Debug, Default)]
pub(super) struct Edges {
    all: Vec<Edge>,
    /// Places in `edges`, those of one tree next to each other: trees share most of theirs.
    lists: Vec<u32>,
    of: HashMap<Node, Range<u32>>,
    names: Names,
    nodes: Nodes,
}

/// Numbers of objects outside the packs.
#[derive(Debug, Default)]
struct Nodes {
    packed: u32,
    strangers: Vec<Oid>,
    by_id: HashMap<Oid, Node>,
}

/// Names of entries, each once.
#[derive(Debug, Default)]
struct Names {
    names: Vec<Box<[u8]>>,
    by_name: HashMap<Box<[u8]>, u32>,
}

/// What is looked for.
struct Wanted {
    /// Packed blobs and trees, by number.
    packed: Vec<bool>,
    /// Blobs outside the packs.
    strangers: HashSet<Oid>,
}

/// An entry that matters.
struct Found {
    name: Box<[u8]>,
    id: Oid,
    is_tree: bool,
}

/// What one thread found.
#[derive(Default)]
struct Part {
    reader: TreeReader,
    edges: Vec<Found>,
    lists: Vec<u32>,
    of: Vec<(Node, Range<u32>)>,
}

impl Edges {
    /// Finds the edges that lead from trees to the wanted blobs.
    pub(super) fn read(
        survey: &Survey,
        objects: &Objects,
        blobs: &BTreeSet<Oid>,
        run: Run<'_>,
    ) -> Self {
        let packs = &survey.packs;
        let wanted = Wanted::new(survey, blobs);
        let mut edges = Self::default();
        edges.nodes.packed = packs.count() as u32;
        for part in wanted.read_packs(survey, run) {
            edges.absorb(packs, part);
        }
        let roots = survey.graph.commits.iter().map(|(_, commit)| commit.tree);
        let mut open: Vec<Node> = roots.map(|root| edges.nodes.of(packs, root)).collect();
        open.extend(edges.trees_from(0));
        while let Some(tree) = open.pop() {
            if run.is_interrupted() {
                break;
            }
            // What the skeleton has was decoded if it matters.
            if edges.of.contains_key(&tree) || survey.skeleton.tree(tree).is_some() {
                continue;
            }
            let first = edges.all.len();
            let id = edges.nodes.id(packs, tree);
            let part = wanted.read_stranger(survey, objects, tree, id);
            edges.absorb(packs, part);
            open.extend(edges.trees_from(first));
        }
        edges
    }

    fn absorb(&mut self, packs: &Packs, part: Part) {
        let (first, first_list) = (self.all.len() as u32, self.lists.len() as u32);
        for Found { name, id, is_tree } in part.edges {
            let edge = Edge {
                name: self.names.number(name),
                child: self.nodes.of(packs, id),
                is_tree,
            };
            self.all.push(edge);
        }
        self.lists
            .extend(part.lists.into_iter().map(|edge| first + edge));
        for (tree, list) in part.of {
            let list = first_list + list.start..first_list + list.end;
            self.of.insert(tree, list);
        }
    }

    /// The trees that edges from this one on lead to.
    fn trees_from(&self, first: usize) -> impl Iterator<Item = Node> + '_ {
        let edges = self.all[first..].iter();
        edges.filter(|edge| edge.is_tree).map(|edge| edge.child)
    }

    /// The edges of a tree.
    pub(super) fn of(&self, tree: Node) -> impl Iterator<Item = Edge> + '_ {
        let list = self.of.get(&tree).cloned().unwrap_or_default();
        let list = &self.lists[list.start as usize..list.end as usize];
        list.iter().map(|&edge| self.all[edge as usize])
    }

    /// The node of an object.
    pub(super) fn node(&self, packs: &Packs, id: Oid) -> Option<Node> {
        let stranger = || self.nodes.by_id.get(&id).copied();
        packs.find(id).or_else(stranger)
    }

    /// The id of a node.
    pub(super) fn id(&self, packs: &Packs, node: Node) -> Option<Oid> {
        self.nodes.id(packs, node)
    }

    /// A name by its number.
    pub(super) fn name(&self, name: u32) -> &[u8] {
        &self.names.names[name as usize]
    }

    /// The wanted blobs below a tree.
    pub(super) fn list_blobs(&self, root: Node) -> HashSet<Node> {
        let (mut blobs, mut seen, mut open) = (HashSet::new(), HashSet::new(), vec![root]);
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
    fn of(&mut self, packs: &Packs, id: Oid) -> Node {
        packs.find(id).unwrap_or_else(|| {
            *self.by_id.entry(id).or_insert_with(|| {
                self.strangers.push(id);
                self.packed + self.strangers.len() as u32 - 1
            })
        })
    }

    fn id(&self, packs: &Packs, node: Node) -> Option<Oid> {
        match node.checked_sub(self.packed) {
            Some(stranger) => self.strangers.get(stranger as usize).copied(),
            None => packs.id(node),
        }
    }
}

impl Names {
    fn number(&mut self, name: Box<[u8]>) -> u32 {
        if let Some(&number) = self.by_name.get(&name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.clone());
        self.by_name.insert(name, number);
        number
    }
}

impl Wanted {
    fn new(survey: &Survey, blobs: &BTreeSet<Oid>) -> Self {
        let Survey {
            packs, skeleton, ..
        } = survey;
        let mut wanted = Self {
            packed: vec![false; packs.count()],
            strangers: HashSet::new(),
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
        // An object, and a tree that has it as a fresh entry or as its base.
        let mut above: Vec<(u32, u32)> = Vec::new();
        for (number, tree) in skeleton.trees() {
            let mut is_wanted = false;
            for link in tree.links.clone() {
                let (kind, _, child) = skeleton.links().get(link);
                match (kind, child) {
                    (EntryKind::Blob, Child::Packed(blob)) => {
                        is_wanted |= self.packed[blob as usize];
                    }
                    (EntryKind::Blob, Child::Stranger(id)) => {
                        is_wanted |= self.strangers.contains(&id);
                    }
                    (EntryKind::Tree, Child::Packed(tree)) if skeleton.tree(tree).is_some() => {
                        above.push((tree, number));
                    }
                    // It may hold anything.
                    (EntryKind::Tree, _) => is_wanted = true,
                    (EntryKind::Submodule, _) => {}
                }
            }
            above.extend(tree.base.map(|base| (base, number)));
            if is_wanted {
                open.push(number);
            }
        }
        above.sort_unstable();
        while let Some(tree) = open.pop() {
            if !std::mem::replace(&mut self.packed[tree as usize], true) {
                let first = above.partition_point(|&(child, _)| child < tree);
                let above = above[first..]
                    .iter()
                    .take_while(|(child, _)| *child == tree);
                open.extend(above.map(|&(_, tree)| tree));
            }
        }
    }

    /// Says whether an entry matters.
    fn has(&self, survey: &Survey, entry: &Entry<'_>) -> bool {
        let is_known = |number: u32| survey.skeleton.tree(number).is_some();
        match (entry.kind, survey.packs.find(entry.id)) {
            (EntryKind::Blob, Some(number)) => self.packed[number as usize],
            (EntryKind::Blob, None) => self.strangers.contains(&entry.id),
            (EntryKind::Tree, Some(number)) => self.packed[number as usize] || !is_known(number),
            (EntryKind::Tree, None) => true,
            (EntryKind::Submodule, _) => false,
        }
    }

    /// Decodes the marked trees of the packs, and those they are written upon.
    fn read_packs(&self, survey: &Survey, run: Run<'_>) -> Vec<Part> {
        let mut needed = self.packed.clone();
        for (number, tree) in survey.skeleton.trees() {
            let mut base = tree.base.filter(|_| self.packed[number as usize]);
            while let Some(number) = base
                && !std::mem::replace(&mut needed[number as usize], true)
            {
                base = survey.skeleton.tree(number).and_then(|tree| tree.base);
            }
        }
        let roots = survey.packs.roots(Kind::Tree);
        let open = || (Decoder::new(), Part::default());
        let parts = spread(&roots, run, open, |(decoder, part), root| {
            let is_needed = |number: u32| needed[number as usize];
            decoder.walk_some(*root, is_needed, |version| {
                let Part { reader, edges, .. } = part;
                let tree = reader.read(version, |entry| {
                    let matters = self.has(survey, entry);
                    matters.then(|| {
                        edges.push(Found::of(entry));
                        edges.len() as u32 - 1
                    })
                });
                if self.packed[version.number as usize] {
                    let first = part.lists.len() as u32;
                    part.lists.extend(tree.marks());
                    let list = first..part.lists.len() as u32;
                    part.of.push((version.number, list));
                }
            });
        });
        parts.into_iter().map(|(_, part)| part).collect()
    }

    /// Reads a tree that the skeleton does not have.
    fn read_stranger(
        &self,
        survey: &Survey,
        objects: &Objects,
        tree: Node,
        id: Option<Oid>,
    ) -> Part {
        let data = id.and_then(|id| objects.read_tree(id).ok());
        let data = data.unwrap_or_default();
        let (mut part, mut rest) = (Part::default(), data.as_slice());
        while let Some((entry, after)) = split_entry(rest) {
            if self.has(survey, &entry) {
                part.lists.push(part.edges.len() as u32);
                part.edges.push(Found::of(&entry));
            }
            rest = after;
        }
        part.of = vec![(tree, 0..part.lists.len() as u32)];
        part
    }
}

impl Found {
    fn of(entry: &Entry<'_>) -> Self {
        Self {
            name: entry.name.into(),
            id: entry.id,
            is_tree: entry.kind == EntryKind::Tree,
        }
    }
}
