//! What differs between HEAD's tree and the index, without reading all of either.
//!
//! The index remembers for each folder the tree that its entries make (`index`), until one of
//! them changes; it is what git commits for that folder. Where it is the tree of HEAD, nothing in
//! the folder differs, and neither has its tree to be read. Owns that comparison. What it finds
//! is left to libgit2, which is given those paths alone and pairs renames.

use std::cmp::Ordering;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use git2::{IndexEntry, IndexTime, ObjectType, Oid, TreeEntry};

use super::index::{Entries, Entry, Folder, Index};
use crate::walker::Repository;
use crate::walker::history::Loose;

/// Folders within each other at the most.
const DEPTH: usize = 512;

/// Where the index and HEAD's tree differ.
#[derive(Debug, Default)]
pub(super) struct Differing {
    /// Entries of the index that HEAD's tree has otherwise or not at all.
    pub(super) entries: Vec<IndexEntry>,
    /// Paths that are in HEAD's tree alone; that of a folder ends with a slash.
    pub(super) gone: Vec<Vec<u8>>,
}

impl Differing {
    /// Compares an index with HEAD's tree; `None` where that takes libgit2.
    pub(super) fn find(repository: &Repository, index: &[u8], head: Oid) -> Option<Self> {
        let index = Index::parse(index, repository.format())?;
        let mut comparison = Comparison {
            git: repository.git(),
            loose: Loose::open(repository.common_dir()),
            folders: index.folders(),
            entries: index.entries(),
            entry: None,
            differing: Self::default(),
        };
        comparison.advance()?;
        let root = (!index.folders().is_empty()).then_some(0);
        comparison.compare_folder(b"", root, head, 0)?;
        comparison.entry.is_none().then_some(comparison.differing)
    }

    /// Says whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.gone.is_empty()
    }

    /// Every path at which something differs.
    pub(super) fn paths(&self) -> impl Iterator<Item = &[u8]> {
        let entries = self.entries.iter().map(|entry| &entry.path);
        entries.chain(&self.gone).map(Vec::as_slice)
    }
}

struct Comparison<'a> {
    git: &'a git2::Repository,
    loose: Loose,
    folders: &'a [Folder<'a>],
    entries: Entries<'a>,
    /// The first entry that has not been compared.
    entry: Option<Entry<'a>>,
    differing: Differing,
}

impl Comparison<'_> {
    fn advance(&mut self) -> Option<()> {
        self.entry = if self.entries.is_done() {
            None
        } else {
            Some(self.entries.advance()?)
        };
        Some(())
    }

    /// Says whether there is an entry left in the folder with this path.
    fn is_in(&self, folder: &[u8]) -> bool {
        self.entry.is_some() && self.entries.path().starts_with(folder)
    }

    /// Compares the entries of a folder, whose path ends with a slash, with a tree. `place` is
    /// that of what the index remembers of it.
    fn compare_folder(
        &mut self,
        folder: &[u8],
        place: Option<usize>,
        tree: Oid,
        depth: usize,
    ) -> Option<()> {
        let known = place.and_then(|place| self.folders[place].tree);
        if let Some((count, id)) = known
            && id == tree.as_bytes()
        {
            return self.pass(folder, count);
        }
        if depth > DEPTH {
            return None;
        }
        let below = list_below(self.folders, place);
        self.loose.check(tree.into()).ok()?;
        let tree = self.git.find_tree(tree).ok()?;
        let mut theirs = tree.iter();
        let mut their = theirs.next();
        loop {
            let order = match (self.is_in(folder), &their) {
                (true, Some(their)) => self.order(folder, their),
                (true, None) => Ordering::Less,
                (false, Some(_)) => Ordering::Greater,
                (false, None) => return Some(()),
            };
            let path = |their: &TreeEntry<'_>| [folder, their.name_bytes()].concat();
            match (order, &their) {
                (Ordering::Less, _) | (_, None) => self.take()?,
                (Ordering::Equal, Some(their)) if is_folder(their) => {
                    let place = below.get(their.name_bytes()).copied();
                    let path = [&path(their), b"/".as_slice()].concat();
                    self.compare_folder(&path, place, their.id(), depth + 1)?;
                }
                (Ordering::Equal, Some(their)) if self.is_same(their) => self.advance()?,
                (Ordering::Equal, Some(_)) => self.take()?,
                (Ordering::Greater, Some(their)) => {
                    let end = if is_folder(their) { "/" } else { "" };
                    let path = [&path(their), end.as_bytes()].concat();
                    self.differing.gone.push(path);
                }
            }
            if order != Ordering::Less {
                their = theirs.next();
            }
        }
    }

    /// Passes over the entries of a folder; `None` if there are not as many as that.
    fn pass(&mut self, folder: &[u8], count: u32) -> Option<()> {
        for _ in 0..count {
            if !self.is_in(folder) {
                return None;
            }
            self.advance()?;
        }
        (!self.is_in(folder)).then_some(())
    }

    /// Enters the entry, and goes on to the next.
    fn take(&mut self) -> Option<()> {
        let entry = self.entry?;
        let unknown = IndexTime::new(0, 0);
        self.differing.entries.push(IndexEntry {
            ctime: unknown,
            mtime: unknown,
            dev: 0,
            ino: 0,
            mode: entry.mode,
            uid: 0,
            gid: 0,
            file_size: entry.size,
            id: Oid::from_bytes(entry.id).ok()?,
            flags: 0,
            flags_extended: 0,
            path: self.entries.path().to_vec(),
        });
        self.advance()
    }

    /// How the entry, or the folder of it that is in this one, sorts beside an entry of the tree.
    fn order(&self, folder: &[u8], their: &TreeEntry<'_>) -> Ordering {
        let rest = &self.entries.path()[folder.len()..];
        // With the slash of a folder, as both the index and a tree are sorted.
        let ours = memchr::memchr(b'/', rest).map_or(rest, |end| &rest[..=end]);
        let end: &[u8] = if is_folder(their) { b"/" } else { b"" };
        ours.iter().cmp(their.name_bytes().iter().chain(end))
    }

    fn is_same(&self, their: &TreeEntry<'_>) -> bool {
        let id = their.id();
        self.entry.is_some_and(|ours| {
            ours.id == id.as_bytes() && i64::from(ours.mode) == i64::from(their.filemode())
        })
    }
}

fn is_folder(entry: &TreeEntry<'_>) -> bool {
    entry.kind() == Some(ObjectType::Tree)
}

/// What the index remembers of the folders in the one at this place, by name.
fn list_below<'a>(
    folders: &'a [Folder<'a>],
    place: Option<usize>,
) -> HashMap<&'a [u8], usize, RandomState> {
    let mut below = HashMap::default();
    if let Some(place) = place {
        let mut next = place + 1;
        while next < folders[place].end {
            below.insert(folders[next].name, next);
            next = folders[next].end;
        }
    }
    below
}
