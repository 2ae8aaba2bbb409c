//! The skeleton: all commits of the packs, and what each of their trees adds to the tree it is
//! written upon.
//!
//! One pass over the packs, on all threads. A tree of a real history differs from its base in an
//! entry or two, so that the links are few and following them reaches everything the trees hold
//! (`descent`); which entries were taken over from where is kept too, so that no tree has to be
//! decoded again. Does not own which commits and trees are reachable.

use std::ops::Range;

use super::links::{Links, Recent};
use super::objects::{Commit, parse_commit};
use super::pack::{Decoder, Kind, Packs, Root, Version};
use super::trees::{Taken, TreeReader};
use crate::walker::Run;
use crate::walker::worker::spread;

/// Commits and trees by the number that `Packs` gives them.
#[derive(Debug, Default)]
pub(super) struct Skeleton {
    /// For each object, where it is in `commits` or `trees`.
    places: Vec<Place>,
    commits: Vec<Option<Commit>>,
    /// Each after its base.
    trees: Vec<TreeLinks>,
    links: Links,
    /// The fresh entries of trees, in `links`.
    fresh: Vec<u32>,
    taken: Vec<Taken>,
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
    pub(super) number: u32,
    /// Its fresh entries, in `Skeleton::fresh`.
    fresh: Range<u32>,
    /// The number of the tree it is written upon.
    pub(super) base: Option<u32>,
    /// Which entries of that it has, in `Skeleton::taken`.
    taken: Range<u32>,
    /// Whether all of it could be read.
    pub(super) is_whole: bool,
    /// Its bytes.
    pub(super) size: u32,
}

/// Marks on entries of trees, fresh or taken over.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Which entry of its tree has which mark.
    marks: Vec<(u32, u32)>,
    /// Those of each tree, in the order of the trees.
    of: Vec<Range<u32>>,
}

/// What one thread reads.
#[derive(Default)]
struct Part {
    commits: Vec<(u32, Commit)>,
    trees: Vec<TreeLinks>,
    links: Links,
    recent: Recent,
    fresh: Vec<u32>,
    taken: Vec<Taken>,
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
                Kind::Commit => part.read_commit(packs, version),
                Kind::Tree | Kind::Blob | Kind::Tag => part.read_tree(packs, version),
            });
        });
        let mut skeleton = Self {
            places: vec![Place::default(); packs.count()],
            ..Self::default()
        };
        for (_, mut part) in parts {
            part.links.settle(packs);
            skeleton.absorb(part);
        }
        skeleton
    }

    fn absorb(&mut self, part: Part) {
        let first = self.links.append(part.links);
        let (first_fresh, first_taken) = (self.fresh.len() as u32, self.taken.len() as u32);
        if self.trees.is_empty() {
            // The first part, and of one thread the only one, is not copied.
            (self.fresh, self.taken) = (part.fresh, part.taken);
        } else {
            self.fresh
                .extend(part.fresh.iter().map(|link| first + link));
            self.taken.extend(part.taken);
        }
        for (number, commit) in part.commits {
            self.places[number as usize] = Place::Commit(self.commits.len() as u32);
            self.commits.push(Some(commit));
        }
        let first_tree = self.trees.len();
        if first_tree == 0 {
            self.trees = part.trees;
        } else {
            self.trees
                .extend(part.trees.into_iter().map(|tree| TreeLinks {
                    fresh: tree.fresh.start + first_fresh..tree.fresh.end + first_fresh,
                    taken: tree.taken.start + first_taken..tree.taken.end + first_taken,
                    ..tree
                }));
        }
        for (at, tree) in self.trees.iter().enumerate().skip(first_tree) {
            self.places[tree.number as usize] = Place::Tree(at as u32);
        }
    }

    /// Gives a commit away by number, once.
    pub(super) fn take_commit(&mut self, number: u32) -> Option<Commit> {
        match self.places.get(number as usize)? {
            Place::Commit(place) => self.commits.get_mut(*place as usize)?.take(),
            Place::Tree(_) | Place::Elsewhere => None,
        }
    }

    /// Forgets the commits that were not asked for.
    pub(super) fn drop_commits(&mut self) {
        self.commits = Vec::new();
    }

    /// A tree by number.
    pub(super) fn tree(&self, number: u32) -> Option<&TreeLinks> {
        self.trees.get(self.place_of_tree(number)?)
    }

    fn place_of_tree(&self, number: u32) -> Option<usize> {
        match self.places.get(number as usize)? {
            Place::Tree(place) => Some(*place as usize),
            Place::Commit(_) | Place::Elsewhere => None,
        }
    }

    /// All trees that were read, each after its base.
    pub(super) fn trees(&self) -> &[TreeLinks] {
        &self.trees
    }

    /// The links of the fresh entries of a tree, in order.
    pub(super) fn fresh(&self, tree: &TreeLinks) -> &[u32] {
        &self.fresh[tree.fresh.start as usize..tree.fresh.end as usize]
    }

    /// Asks `mark` for a mark of each link, and finds the entries of all trees that have one, be
    /// they fresh or taken over.
    pub(super) fn mark(&self, mark: impl FnMut(u32) -> Option<u32>) -> Marks {
        let of_links: Vec<Option<u32>> = self.links.all().map(mark).collect();
        let mark = |link: &u32| of_links[*link as usize];
        let mut all = Marks::default();
        for tree in &self.trees {
            let first = all.marks.len() as u32;
            let base = tree.base.and_then(|base| self.place_of_tree(base));
            // A base lies before what is written upon it.
            let base = base.and_then(|place| all.of.get(place)).cloned();
            let base = base.unwrap_or_default();
            let mut links = self.fresh(tree).iter();
            let mut index = 0;
            let taken = tree.taken.start as usize..tree.taken.end as usize;
            for run in &self.taken[taken] {
                for (index, link) in (index..run.at).zip(links.by_ref()) {
                    all.marks.extend(mark(link).map(|mark| (index, mark)));
                }
                all.take_over(&base, run);
                index = run.at + run.count;
            }
            for (index, link) in (index..).zip(links) {
                all.marks.extend(mark(link).map(|mark| (index, mark)));
            }
            all.of.push(first..all.marks.len() as u32);
        }
        all
    }

    /// The marks of a tree.
    pub(super) fn marks_of<'a>(
        &self,
        marks: &'a Marks,
        tree: u32,
    ) -> impl Iterator<Item = u32> + use<'a> {
        let place = self.place_of_tree(tree);
        let of = place.and_then(|place| marks.of.get(place)).cloned();
        let of = of.unwrap_or_default();
        let marks = &marks.marks[of.start as usize..of.end as usize];
        marks.iter().map(|&(_, mark)| mark)
    }

    /// The entries of all trees.
    pub(super) fn links(&self) -> &Links {
        &self.links
    }
}

impl Part {
    fn read_commit(&mut self, packs: &Packs, version: &Version<'_>) {
        if let Some(commit) = parse_commit(version.bytes, packs.format()) {
            self.commits.push((version.number, commit));
        }
    }

    fn read_tree(&mut self, packs: &Packs, version: &Version<'_>) {
        let (first, first_taken) = (self.fresh.len() as u32, self.taken.len() as u32);
        let (links, recent, fresh) = (&mut self.links, &mut self.recent, &mut self.fresh);
        let taken = &mut self.taken;
        let is_whole = self.reader.read(version, packs.format(), taken, |entry| {
            fresh.push(links.link(packs, recent, entry));
        });
        self.trees.push(TreeLinks {
            number: version.number,
            fresh: first..self.fresh.len() as u32,
            base: version.base,
            taken: first_taken..self.taken.len() as u32,
            is_whole,
            size: version.bytes.len() as u32,
        });
    }
}

impl Marks {
    /// Adds the marks of a base, whose own are `base`, on the entries taken over from it.
    fn take_over(&mut self, base: &Range<u32>, run: &Taken) {
        let marks = &self.marks[base.start as usize..base.end as usize];
        let first = base.start as usize + marks.partition_point(|&(index, _)| index < run.from);
        for place in first..base.end as usize {
            let (index, mark) = self.marks[place];
            if index >= run.from + run.count {
                break;
            }
            self.marks.push((index - run.from + run.at, mark));
        }
    }
}
