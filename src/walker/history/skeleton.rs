//! The skeleton: all commits of the packs, and what each of their trees adds to the tree it is
//! written upon.
//!
//! One pass over the packs, on all threads. A tree of a real history differs from its base in an
//! entry or two, so that the links are few and following them reaches everything the trees hold
//! (`descent`). Does not own which commits and trees are reachable.

use std::ops::Range;

use git2::Oid;

use super::objects::{Commit, Entry, EntryKind, parse_commit};
use super::pack::{Decoder, Kind, Packs, Root, Version};
use super::trees::TreeReader;
use crate::walker::Run;
use crate::walker::worker::spread;

/// Commits and trees by the number that `Packs` gives them.
#[derive(Debug, Default)]
pub(super) struct Skeleton {
    /// For each object, where it is in `commits` or `trees`.
    places: Vec<Place>,
    commits: Vec<Commit>,
    trees: Vec<TreeLinks>,
    links: Links,
}

#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Elsewhere,
    Commit(u32),
    Tree(u32),
}

/// A tree of the packs.
#[derive(Clone, Debug)]
pub(super) struct TreeLinks {
    /// Its fresh entries, in `Links`.
    pub(super) links: Range<u32>,
    /// The number of the tree it is written upon.
    pub(super) base: Option<u32>,
    /// Whether all of it could be read.
    pub(super) is_whole: bool,
}

/// Entries of trees.
#[derive(Debug, Default)]
pub(super) struct Links {
    all: Vec<Link>,
    /// The names, each as its length in two bytes and its bytes.
    names: Vec<u8>,
    /// Ids of what the packs do not hold.
    strangers: Vec<Oid>,
}

/// An entry of a tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    kind: EntryKind,
    is_stranger: bool,
    /// A number of `Packs`, or a place in `strangers`.
    child: u32,
    name: u32,
}

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Child {
    /// An object of the packs, by number.
    Packed(u32),
    /// An object they do not hold.
    Stranger(Oid),
}

/// What one thread reads.
#[derive(Default)]
struct Part {
    commits: Vec<(u32, Commit)>,
    trees: Vec<(u32, TreeLinks)>,
    links: Links,
    reader: TreeReader,
}

impl Skeleton {
    /// Reads the packs.
    pub(super) fn read(packs: &Packs, run: Run<'_>) -> Self {
        let commits = packs.roots(Kind::Commit);
        let trees = packs.roots(Kind::Tree);
        let roots: Vec<(Kind, Root<'_>)> = commits
            .into_iter()
            .map(|root| (Kind::Commit, root))
            .chain(trees.into_iter().map(|root| (Kind::Tree, root)))
            .collect();
        let open = || (Decoder::new(), Part::default());
        let parts = spread(&roots, run, open, |(decoder, part), root| {
            let (kind, root) = root;
            decoder.walk(*root, |version| match kind {
                Kind::Commit => part.read_commit(version),
                Kind::Tree | Kind::Blob => part.read_tree(packs, version),
            });
        });
        let mut skeleton = Self {
            places: vec![Place::default(); packs.count()],
            ..Self::default()
        };
        for (_, part) in parts {
            skeleton.absorb(part);
        }
        skeleton
    }

    fn absorb(&mut self, part: Part) {
        let first = self.links.append(part.links);
        for (number, commit) in part.commits {
            self.places[number as usize] = Place::Commit(self.commits.len() as u32);
            self.commits.push(commit);
        }
        for (number, mut tree) in part.trees {
            self.places[number as usize] = Place::Tree(self.trees.len() as u32);
            tree.links = tree.links.start + first..tree.links.end + first;
            self.trees.push(tree);
        }
    }

    /// A commit by number.
    pub(super) fn commit(&self, number: u32) -> Option<&Commit> {
        match self.places.get(number as usize)? {
            Place::Commit(place) => self.commits.get(*place as usize),
            Place::Tree(_) | Place::Elsewhere => None,
        }
    }

    /// A tree by number.
    pub(super) fn tree(&self, number: u32) -> Option<&TreeLinks> {
        match self.places.get(number as usize)? {
            Place::Tree(place) => self.trees.get(*place as usize),
            Place::Commit(_) | Place::Elsewhere => None,
        }
    }

    /// All trees that were read, by ascending number.
    pub(super) fn trees(&self) -> impl Iterator<Item = (u32, &TreeLinks)> + '_ {
        (0..self.places.len() as u32).filter_map(|number| Some((number, self.tree(number)?)))
    }

    /// The entries of all trees.
    pub(super) fn links(&self) -> &Links {
        &self.links
    }
}

impl Part {
    fn read_commit(&mut self, version: &Version<'_>) {
        if let Some(commit) = parse_commit(version.bytes) {
            self.commits.push((version.number, commit));
        }
    }

    fn read_tree(&mut self, packs: &Packs, version: &Version<'_>) {
        let first = self.links.len();
        let links = &mut self.links;
        let tree = self.reader.read(version, |entry| {
            let is_submodule = entry.kind == EntryKind::Submodule;
            // Submodules have no object to be reached by: each tree names its own.
            if !is_submodule {
                links.push(packs, entry);
            }
            is_submodule.then_some(0)
        });
        for entry in tree.marked() {
            links.push(packs, &entry);
        }
        let is_whole = tree.is_whole;
        let links = first..self.links.len();
        self.trees.push((
            version.number,
            TreeLinks {
                links,
                base: version.base,
                is_whole,
            },
        ));
    }
}

impl Links {
    fn len(&self) -> u32 {
        self.all.len() as u32
    }

    /// All of them.
    pub(super) fn all(&self) -> Range<u32> {
        0..self.len()
    }

    /// Adds an entry.
    pub(super) fn push(&mut self, packs: &Packs, entry: &Entry<'_>) {
        let Entry { kind, name, id } = *entry;
        let packed = match kind {
            EntryKind::Tree | EntryKind::Blob => packs.find(id),
            // It names a commit of another repository.
            EntryKind::Submodule => None,
        };
        let child = packed.unwrap_or_else(|| {
            self.strangers.push(id);
            self.strangers.len() as u32 - 1
        });
        let start = self.names.len() as u32;
        let length = u16::try_from(name.len()).unwrap_or(u16::MAX);
        self.names.extend(length.to_le_bytes());
        self.names.extend(&name[..usize::from(length)]);
        self.all.push(Link {
            kind,
            is_stranger: packed.is_none(),
            child,
            name: start,
        });
    }

    /// Adds other links and says where they begin.
    fn append(&mut self, other: Self) -> u32 {
        let (first, names) = (self.len(), self.names.len() as u32);
        let strangers = self.strangers.len() as u32;
        self.names.extend(other.names);
        self.strangers.extend(other.strangers);
        self.all.extend(other.all.into_iter().map(|link| Link {
            child: link.child + if link.is_stranger { strangers } else { 0 },
            name: link.name + names,
            ..link
        }));
        first
    }

    /// Kind, name and object of an entry.
    pub(super) fn get(&self, link: u32) -> (EntryKind, &[u8], Child) {
        let one = self.all[link as usize];
        let child = if one.is_stranger {
            Child::Stranger(self.strangers[one.child as usize])
        } else {
            Child::Packed(one.child)
        };
        (one.kind, self.name(one.name), child)
    }

    fn name(&self, start: u32) -> &[u8] {
        let start = start as usize;
        let length = usize::from(u16::from_le_bytes([
            self.names[start],
            self.names[start + 1],
        ]));
        &self.names[start + 2..start + 2 + length]
    }
}
