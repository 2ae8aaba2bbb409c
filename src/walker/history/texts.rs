//! Texts of objects that are no files: commits, tags, and the names in trees.
//!
//! Owns what of them is searched: all but the ids at the start, under the lines that `git cat-file`
//! shows; each name once, in the tree that comes first. Does not own which objects there are
//! (`inventory`).

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use super::inventory::Inventory;
use super::links::Child;
use super::objects::{Objects, split_entry};
use super::pack::{Decoder, Kind, Packs, Root};
use super::survey::Survey;
use crate::walker::id::Id;
use crate::walker::worker::{Worker, share};
use crate::walker::{Coverage, GapReason, MakeSink, Options, Origin, What};

/// One part of the work.
enum Part<'a> {
    /// A tree of deltas.
    Packed(Root<'a>),
    /// An object outside of them.
    Other(Id),
}

/// Searches the texts of all commits, tags and trees.
pub(super) fn scan(
    survey: &Survey,
    inventory: &Inventory,
    open: impl Fn() -> Result<Objects, git2::Error> + Sync,
    options: &Options<'_>,
    make: &MakeSink<'_>,
) -> Coverage {
    let mut coverage = Coverage::new(options);
    for kind in [Kind::Commit, Kind::Tag] {
        coverage.absorb(scan_kind(kind, survey, inventory, &open, options, make));
    }
    let names = match open() {
        Ok(objects) => list_names(survey, inventory, &objects, &mut coverage),
        Err(error) => {
            coverage.gap(GapReason::Unreadable, "the trees", error.message());
            Vec::new()
        }
    };
    let scan = |worker: &mut Worker<'_>, (): &mut (), (name, tree): &(Vec<u8>, Id)| {
        let what = What::NameInTree(tree.to_string());
        worker.search_name(&metadata(what), name);
    };
    coverage.absorb(share(&names, options, make, || (), scan));
    coverage
}

fn metadata(what: What) -> Origin {
    Origin::Metadata {
        path: String::new(),
        what,
    }
}

/// Searches the commits or tags.
fn scan_kind(
    kind: Kind,
    survey: &Survey,
    inventory: &Inventory,
    open: impl Fn() -> Result<Objects, git2::Error> + Sync,
    options: &Options<'_>,
    make: &MakeSink<'_>,
) -> Coverage {
    let packs = &survey.packs;
    let roots = packs.roots(kind).into_iter().map(Part::Packed);
    let others = inventory.others_of(kind).map(Part::Other);
    let parts: Vec<Part<'_>> = roots.chain(others).collect();
    let seen = Seen::new(packs);
    let open = || (Decoder::new(), open());
    let read = |worker: &mut Worker<'_>,
                (decoder, objects): &mut (Decoder, Result<Objects, git2::Error>),
                part: &Part<'_>| match part {
        Part::Packed(root) => decoder.walk(*root, |version| {
            if inventory.kind(version.number) == Some(kind)
                && let Some(id) = packs.id(version.number)
            {
                search(worker, kind, id, version.bytes);
                seen.note(version.number);
            }
        }),
        Part::Other(id) => read_other(worker, packs, objects, *id, kind),
    };
    let mut coverage = share(&parts, options, make, open, read);
    let missed: Vec<Part<'_>> = inventory
        .of(kind)
        .filter_map(|child| match child {
            Child::Packed(number) if !seen.has(number) => packs.id(number).map(Part::Other),
            _ => None,
        })
        .collect();
    if !options.is_interrupted() {
        coverage.absorb(share(&missed, options, make, open, read));
    }
    coverage
}

fn read_other(
    worker: &mut Worker<'_>,
    packs: &Packs,
    objects: &Result<Objects, git2::Error>,
    id: Id,
    kind: Kind,
) {
    let objects = match objects {
        Ok(objects) => objects,
        Err(error) => {
            let coverage = &mut worker.coverage;
            return coverage.gap(GapReason::Unreadable, id.to_string(), error.message());
        }
    };
    match packs.check(id).and_then(|()| objects.read_raw(id)) {
        Ok(object) => search(worker, kind, id, &object),
        Err(fault) => fault.record(&mut worker.coverage, id, kind.as_str()),
    }
}

/// Searches the text of a commit or tag behind the ids that it begins with.
fn search(worker: &mut Worker<'_>, kind: Kind, id: Id, bytes: &[u8]) {
    let ids: &[&[u8]] = &[b"tree ", b"parent ", b"object "];
    let mut start = 0;
    while let Some(rest) = bytes.get(start..)
        && ids.iter().any(|key| rest.starts_with(key))
        && let Some(end) = memchr::memchr(b'\n', rest)
    {
        start += end + 1;
    }
    let id = id.to_string();
    let origin = metadata(match kind {
        Kind::Tag => What::Tag(id),
        _ => What::Commit(id),
    });
    worker.search_object(&origin, bytes, start..bytes.len());
}

/// Lists the names in all trees, each with the first tree that has it, and counts the trees.
fn list_names(
    survey: &Survey,
    inventory: &Inventory,
    objects: &Objects,
    coverage: &mut Coverage,
) -> Vec<(Vec<u8>, Id)> {
    let Survey {
        packs, skeleton, ..
    } = survey;
    let mut packed: HashMap<&[u8], u32, RandomState> = HashMap::default();
    let mut others = Vec::new();
    for child in inventory.of(Kind::Tree) {
        let tree = match child {
            Child::Packed(number) => skeleton.tree(number).filter(|tree| tree.is_whole),
            Child::Stranger(_) => None,
        };
        let (Some(tree), Child::Packed(number)) = (tree, child) else {
            others.extend(child.id(packs));
            continue;
        };
        for &link in skeleton.fresh(tree) {
            let name = skeleton.links().name(link);
            let first = packed.entry(name).or_insert(number);
            *first = number.min(*first);
        }
        if let Some(id) = packs.id(number) {
            coverage.object(&id.to_string(), "tree", u64::from(tree.size));
        }
    }
    let named = packed
        .into_iter()
        .filter_map(|(name, number)| Some((name.to_vec(), packs.id(number)?)));
    let mut names: BTreeMap<Vec<u8>, Id> = named.collect();
    for id in others {
        let data = match packs.check(id).and_then(|()| objects.read_tree(id)) {
            Ok(data) => data,
            Err(fault) => {
                fault.record(coverage, id, Kind::Tree.as_str());
                continue;
            }
        };
        let mut rest = data.as_slice();
        while let Some((entry, after)) = split_entry(rest, objects.format) {
            let first = names.entry(entry.name.to_vec()).or_insert(id);
            *first = id.min(*first);
            rest = after;
        }
        if rest.is_empty() {
            coverage.object(&id.to_string(), "tree", data.len() as u64);
        } else {
            coverage.gap(GapReason::Corrupt, id.to_string(), "malformed tree");
        }
    }
    names.into_iter().collect()
}

/// Which objects of the packs were read.
struct Seen(Vec<std::sync::atomic::AtomicBool>);

impl Seen {
    fn new(packs: &Packs) -> Self {
        Self((0..packs.count()).map(|_| false.into()).collect())
    }

    fn note(&self, number: u32) {
        self.0[number as usize].store(true, std::sync::atomic::Ordering::Relaxed);
    }

    fn has(&self, number: u32) -> bool {
        self.0[number as usize].load(std::sync::atomic::Ordering::Relaxed)
    }
}
