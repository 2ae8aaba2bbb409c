//! The descent: from the root trees of commits down to every blob, along the skeleton.
//!
//! A tree holds its fresh entries and what it took over from its base. Where the base is reached
//! as well, whatever was taken over is reached by that way, so following fresh entries alone is
//! enough; the few trees whose bases no commit leads to, and those outside the packs, are read in
//! whole. Every blob is listed once, with one real path. Does not own the exclude filter
//! (`reachable`), nor reading blobs.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::links::{Child, Links};
use super::objects::{EntryKind, Objects, split_entry};
use super::pack::Packs;
use super::paths::{Path, ROOT};
use super::reachable::{DEPTH_LIMIT, Known, Listed};
use super::rest::Staged;
use super::skeleton::{Marks, Skeleton, TreeLinks};
use super::survey::Survey;
use crate::walker::id::Id;
use crate::walker::naming::name_bytes;
use crate::walker::{Coverage, GapReason, Options, SkipReason};

/// Lists the blobs below the graph, and with an inventory all others, `staged` among them.
pub(super) fn list_blobs(
    objects: &Objects,
    survey: &Survey,
    staged: &[Staged],
    options: &Options<'_>,
    coverage: &mut Coverage,
) -> Listed {
    let Survey {
        packs,
        skeleton,
        graph,
        ..
    } = survey;
    let mut descent = Descent {
        objects,
        packs,
        skeleton,
        submodules: skeleton.mark(|link| {
            let (kind, _) = skeleton.links().get(link);
            (kind == EntryKind::Submodule).then_some(link)
        }),
        options,
        coverage,
        reached: vec![false; packs.count()],
        strangers: HashSet::default(),
        trees: Vec::new(),
        open: Vec::new(),
        listed: Listed::default(),
        noted: HashSet::default(),
    };
    for blob in &graph.blobs {
        let child = descent.child(blob.id);
        if descent.is_new(child) {
            descent.listed.push(child, blob.name.as_bytes());
        }
    }
    let (reached, others) = graph.commits.split_at(graph.reached);
    let commits = reached.iter().map(|(_, commit)| commit.tree);
    let tagged = graph.trees.iter().map(|tree| tree.id);
    let roots: Vec<Id> = commits.chain(tagged).collect();
    for root in Child::find_all(packs, &roots) {
        descent.enter(root);
    }
    descent.complete();
    if let Some(inventory) = &survey.inventory {
        descent.follow_rest(inventory, others, staged);
    }
    descent.listed
}

pub(super) struct Descent<'a> {
    pub(super) objects: &'a Objects,
    pub(super) packs: &'a Packs,
    pub(super) skeleton: &'a Skeleton,
    /// Submodules have no object to be reached by: each tree names its own.
    submodules: Marks,
    pub(super) options: &'a Options<'a>,
    pub(super) coverage: &'a mut Coverage,
    /// Which objects of the packs were reached, by number, and which others.
    reached: Vec<bool>,
    strangers: HashSet<Id, RandomState>,
    /// The trees of the skeleton that were reached.
    trees: Vec<Open>,
    /// Trees whose entries are still to be followed.
    open: Vec<Open>,
    pub(super) listed: Listed,
    /// Where submodules were met.
    noted: HashSet<Path, RandomState>,
}

/// A tree at a path.
#[derive(Clone, Copy, Debug)]
struct Open {
    tree: Child,
    path: Path,
    depth: u32,
}

impl<'a> Descent<'a> {
    /// Follows a root tree.
    pub(super) fn enter(&mut self, tree: Child) {
        self.open.push(Open {
            tree,
            path: ROOT,
            depth: 0,
        });
        self.follow();
    }

    /// Follows the fresh entries of all open trees.
    fn follow(&mut self) {
        while let Some(open) = self.open.pop() {
            if self.options.is_interrupted() {
                self.open.clear();
                return;
            }
            if !self.is_new(open.tree) {
                continue;
            }
            if open.depth as usize >= DEPTH_LIMIT {
                let detail = format!("trees nested deeper than {DEPTH_LIMIT} levels");
                self.coverage
                    .gap(GapReason::Corrupt, self.name(open.tree), detail);
                continue;
            }
            let Some(tree) = self.links(open.tree) else {
                self.read_whole(&open);
                continue;
            };
            let (skeleton, links) = (self.skeleton, self.skeleton.links());
            let fresh = skeleton.fresh(tree).iter().copied();
            self.follow_links(links, fresh, tree.is_whole, &open);
            let marks = skeleton.marks_of(&self.submodules, tree.number);
            let submodules: Vec<u32> = marks.collect();
            self.follow_links(links, submodules.into_iter(), true, &open);
            self.trees.push(open);
        }
    }

    /// Reads the trees in whole whose bases were not reached.
    pub(super) fn complete(&mut self) {
        let mut at = 0;
        while let Some(&open) = self.trees.get(at) {
            if self.options.is_interrupted() {
                return;
            }
            at += 1;
            let base = self.links(open.tree).and_then(|tree| tree.base);
            if base.is_some_and(|base| !self.was_reached(base)) {
                self.read_whole(&open);
                self.follow();
            }
        }
    }

    /// What the skeleton has of a tree.
    pub(super) fn links(&self, tree: Child) -> Option<&'a TreeLinks> {
        match tree {
            Child::Packed(number) => self.skeleton.tree(number),
            Child::Stranger(_) => None,
        }
    }

    fn follow_links(
        &mut self,
        links: &Links,
        of: impl Iterator<Item = u32>,
        is_whole: bool,
        open: &Open,
    ) {
        for link in of {
            let (kind, child) = links.get(link);
            if kind == EntryKind::Blob && !self.is_new(child)
                || kind == EntryKind::Tree && self.was_met(child)
            {
                continue;
            }
            let name = self.listed.paths.name(links.name(link));
            let path = self.listed.paths.join(open.path, name);
            match kind {
                EntryKind::Tree => self.open.push(Open {
                    tree: child,
                    path,
                    depth: open.depth + 1,
                }),
                EntryKind::Blob => self.listed.blobs.push(Known { blob: child, path }),
                EntryKind::Submodule => self.note_submodule(path),
            }
        }
        if !is_whole {
            let detail = format!("{}: malformed tree", self.path(open.path));
            self.coverage
                .gap(GapReason::Corrupt, self.name(open.tree), detail);
        }
    }

    /// Follows all entries of a tree.
    fn read_whole(&mut self, open: &Open) {
        let Some(id) = self.id(open.tree) else {
            return;
        };
        let data = match self
            .packs
            .check(id)
            .and_then(|()| self.objects.read_tree(id))
        {
            Ok(data) => data,
            Err(fault) => {
                let place = format!("{}/", self.path(open.path));
                return fault.record(self.coverage, id, &place);
            }
        };
        let mut links = Links::default();
        let mut rest = data.as_slice();
        while let Some((entry, after)) = split_entry(rest, self.objects.format) {
            links.push(self.packs, &entry);
            rest = after;
        }
        links.settle(self.packs);
        self.follow_links(&links, links.all(), rest.is_empty(), open);
    }

    fn note_submodule(&mut self, path: Path) {
        if self.noted.insert(path) {
            let path = self.path(path);
            self.coverage.skip(SkipReason::Submodule, path, 0);
        }
    }

    /// A path as it is shown.
    fn path(&self, path: Path) -> String {
        name_bytes(&self.listed.paths.write(path))
    }

    /// Says whether a tree was reached.
    pub(super) fn was_met(&self, child: Child) -> bool {
        match child {
            Child::Packed(number) => self.reached[number as usize],
            Child::Stranger(id) => self.strangers.contains(&id),
        }
    }

    /// Marks an object as reached; false when it was before.
    pub(super) fn is_new(&mut self, child: Child) -> bool {
        match child {
            Child::Packed(number) => !std::mem::replace(&mut self.reached[number as usize], true),
            Child::Stranger(id) => self.strangers.insert(id),
        }
    }

    /// Says whether an object, or the same one in another pack, was reached.
    fn was_reached(&self, number: u32) -> bool {
        let is_reached = |number: u32| self.reached[number as usize];
        is_reached(number)
            || self
                .packs
                .id(number)
                .and_then(|id| self.packs.find(id))
                .is_some_and(is_reached)
    }

    pub(super) fn child(&self, id: Id) -> Child {
        Child::find(self.packs, id)
    }

    pub(super) fn id(&self, child: Child) -> Option<Id> {
        child.id(self.packs)
    }

    fn name(&self, child: Child) -> String {
        self.id(child).map_or_else(String::new, |id| id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::reachable;
    use super::*;
    use crate::walker::fixture::{Fixture, observe};
    use crate::walker::{Filter, Repository};

    /// The ids that the descent lists, and those that a walk over all trees lists.
    fn list_both(fixture: &Fixture) -> [BTreeSet<Id>; 2] {
        let repository = Repository::discover(fixture.path()).unwrap().unwrap();
        let history = super::super::History::open(&repository).unwrap();
        let objects = Objects::open(repository.git_dir()).unwrap();
        let filter = Filter::new(&[]).unwrap();
        let mut lists = [BTreeSet::new(), BTreeSet::new()];
        observe(&filter, |options, _| {
            let mut coverage = Coverage::default();
            let survey = history.survey(&objects, options.run(), &mut coverage);
            let fast = list_blobs(&objects, survey, &[], options, &mut coverage);
            let slow = reachable::list_blobs(&objects, survey, options, &mut coverage);
            let listed = fast.blobs.len();
            let id = |known: &Known| match known.blob {
                Child::Packed(number) => survey.packs.id(number).unwrap(),
                Child::Stranger(id) => id,
            };
            lists = [fast, slow].map(|listed| listed.blobs.iter().map(id).collect());
            assert_eq!(lists[0].len(), listed, "a blob was listed twice");
            assert!(coverage.is_complete());
            coverage
        });
        lists
    }

    /// Many versions of a few folders, so that trees are written upon each other.
    fn grow(fixture: &Fixture, versions: std::ops::Range<usize>) {
        for version in versions {
            for file in 0..30 {
                let name = format!("{}/sub/file-{file}-with-a-long-name", file % 4);
                // A third of them never changes.
                if version == 0 || file / 4 % 3 != 0 && (version + file) % 13 == 0 {
                    fixture.write(&name, format!("{version} {file}"));
                }
            }
            fixture.commit("version");
        }
    }

    #[test]
    fn lists_what_a_walk_over_all_trees_lists() {
        let fixture = Fixture::new();
        grow(&fixture, 0..25);
        fixture.git(&["repack", "-adfq", "--depth=30", "--window=50"]);
        fixture.write("loose", "not in the pack");
        fixture.commit("loose");
        let [fast, slow] = list_both(&fixture);
        assert_eq!(fast, slow);
        assert!(fast.len() > 50, "{}", fast.len());
    }

    #[test]
    fn what_no_ref_leads_to_is_not_listed_though_others_are_written_upon_it() {
        let fixture = Fixture::new();
        grow(&fixture, 0..12);
        let middle = fixture.git(&["rev-parse", "HEAD~6"]);
        grow(&fixture, 12..25);
        fixture.git(&["repack", "-adfq", "--depth=30", "--window=50"]);
        let all = list_both(&fixture)[1].len();
        // The newest trees, which git takes for bases, are out of reach from now on.
        fixture.git(&["update-ref", "refs/heads/main", &middle]);
        fixture.git(&["reflog", "expire", "--expire=now", "--all"]);
        let [fast, slow] = list_both(&fixture);
        assert_eq!(fast, slow);
        assert!(fast.len() < all, "{} of {all}", fast.len());
    }
}
