//! The rest: what no ref leads to.
//!
//! Owns the order in which it is followed: commits, then trees, then what the index names, then all
//! other blobs. Does not own following a tree (`descent`).

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::descent::Descent;
use super::inventory::Inventory;
use super::links::Child;
use super::objects::{Commit, EntryKind, split_entry};
use super::pack::Kind;
use crate::walker::Coverage;
use crate::walker::id::Id;

/// What stands for the path of a blob that nothing leads to.
const UNREACHED: &[u8] = b"unreachable";

/// A blob that the index names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Staged {
    pub(super) id: Id,
    pub(super) path: Vec<u8>,
}

impl Descent<'_> {
    /// Follows what no ref leads to: commits, then trees, then blobs. These may lead to what is no
    /// longer there, which nobody can read any more.
    pub(super) fn follow_rest(
        &mut self,
        inventory: &Inventory,
        commits: &[(Id, Commit)],
        staged: &[Staged],
    ) {
        let before = std::mem::replace(self.coverage, Coverage::new(self.options));
        let first = self.listed.blobs.len();
        for (_, commit) in commits {
            self.enter(self.child(commit.tree));
        }
        self.complete();
        for tree in self.list_lone_trees(inventory) {
            self.enter(tree);
        }
        self.complete();
        // Trees that lead to each other in a circle have no root.
        for tree in inventory.of(Kind::Tree) {
            if !self.was_met(tree) {
                self.enter(tree);
            }
        }
        self.complete();
        for Staged { id, path } in staged {
            let child = self.child(*id);
            if self.is_new(child) {
                self.listed
                    .push(child, &[path, b" in the index".as_slice()].concat());
            }
        }
        for blob in inventory.of(Kind::Blob) {
            if self.is_new(blob) {
                self.listed.push(blob, UNREACHED);
            }
        }
        let mut after = self.listed.blobs.split_off(first);
        after.retain(|known| inventory.has(known.blob));
        self.listed.blobs.append(&mut after);
        let mut found = std::mem::replace(self.coverage, before);
        found.forget_missing();
        self.coverage.absorb(found);
    }

    /// The trees that were not reached and that no other such tree leads to.
    fn list_lone_trees(&self, inventory: &Inventory) -> Vec<Child> {
        let lone: Vec<Child> = inventory
            .of(Kind::Tree)
            .filter(|tree| !self.was_met(*tree))
            .collect();
        let mut below: HashSet<Child, RandomState> = HashSet::default();
        for tree in &lone {
            let Some(known) = self.links(*tree) else {
                below.extend(self.children_of(*tree));
                continue;
            };
            // What was taken over from a base is below that, too.
            let links = self.skeleton.fresh(known).iter();
            below.extend(links.map(|link| self.skeleton.links().get(*link).1));
        }
        lone.into_iter()
            .filter(|tree| !below.contains(tree))
            .collect()
    }

    /// The trees that a tree outside the skeleton leads to; one that cannot be read is met again
    /// where it is followed.
    fn children_of(&self, tree: Child) -> Vec<Child> {
        let read = |id| {
            self.packs
                .check(id)
                .and_then(|()| self.objects.read_tree(id))
        };
        let data = self.id(tree).map(read);
        let data = data.and_then(Result::ok).unwrap_or_default();
        let mut rest = data.as_slice();
        let mut children = Vec::new();
        while let Some((entry, after)) = split_entry(rest, self.objects.format) {
            if entry.kind == EntryKind::Tree {
                children.push(self.child(entry.id));
            }
            rest = after;
        }
        children
    }
}
