//! Commits: the graph below the tips.
//!
//! Owns following tags and parents. Does not own trees (`reachable`). Replacement refs and
//! grafts play no part but for the cut of a shallow clone.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use foldhash::fast::RandomState;

use super::fault::Fault;
use super::inventory::Inventory;
use super::links::Child;
use super::objects::{Commit, Object, Objects};
use super::pack::{Kind, Packs};
use super::refs::Tip;
use super::skeleton::Skeleton;
use crate::walker::Coverage;
use crate::walker::id::{Format, Id};
use crate::walker::repository::Repository;

/// Everything the tips reach, down to the roots of trees.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// Commits, each once; those that no tip reaches come last.
    pub(super) commits: Vec<(Id, Commit)>,
    /// How many of them the tips reach.
    pub(super) reached: usize,
    /// Trees that tips name, with the name of the tip.
    pub(super) trees: Vec<Tip>,
    /// Blobs that tips name, with the name of the tip.
    pub(super) blobs: Vec<Tip>,
}

/// The commits at which a shallow clone is cut; none in a full one.
pub(in crate::walker) fn read_shallow(repository: &Repository) -> BTreeSet<Id> {
    read_shallow_in(repository.common_dir(), repository.format())
}

pub(super) fn read_shallow_in(common_dir: &Path, format: Format) -> BTreeSet<Id> {
    let path = common_dir.join("shallow");
    if !fs::metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
        return BTreeSet::new();
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|line| Id::parse(line.trim().as_bytes(), format))
        .collect()
}

impl Graph {
    /// Reads the graph, commits from the skeleton where it has them; objects that cannot be read
    /// are in the ledger.
    pub(super) fn read(
        objects: &Objects,
        packs: &Packs,
        skeleton: &mut Skeleton,
        tips: &[Tip],
        cut: &BTreeSet<Id>,
        interrupt: &AtomicBool,
        coverage: &mut Coverage,
    ) -> Self {
        let mut graph = Self::default();
        let mut seen: HashSet<Id, RandomState> = HashSet::default();
        for tip in tips {
            let mut open = vec![(tip.id, None)];
            while let Some((id, child)) = open.pop() {
                if interrupt.load(Ordering::Relaxed) {
                    graph.reached = graph.commits.len();
                    return graph;
                }
                if !seen.insert(id) {
                    continue;
                }
                let named = || Tip {
                    name: tip.name.clone(),
                    id,
                };
                let number = packs.find(id);
                let known = number.and_then(|number| skeleton.take_commit(number));
                let object = match known {
                    Some(commit) => Ok(Object::Commit(commit)),
                    None => packs.check(id).and_then(|()| objects.read(id)),
                };
                let must_be_commit = child.is_some() || tip.name.starts_with("refs/heads/");
                let object = object.and_then(|object| match object {
                    Object::Commit(_) => Ok(object),
                    _ if must_be_commit => Err(Fault::Corrupt(
                        "another object where a commit should be".to_owned(),
                    )),
                    _ => Ok(object),
                });
                match object {
                    Ok(Object::Commit(mut commit)) => {
                        if cut.contains(&id) {
                            commit.parents.clear();
                        }
                        open.extend(
                            commit
                                .parents
                                .iter()
                                .rev()
                                .map(|&parent| (parent, Some(id))),
                        );
                        graph.commits.push((id, commit));
                    }
                    Ok(Object::Tag(target)) => open.push((target, child)),
                    Ok(Object::Tree(_)) => graph.trees.push(named()),
                    Ok(Object::Blob) => graph.blobs.push(named()),
                    Err(fault) => match child {
                        Some(child) => fault.record(coverage, id, &format!("parent of {child}")),
                        None => fault.record_ref(coverage, id, &tip.name),
                    },
                }
            }
        }
        graph.reached = graph.commits.len();
        graph
    }

    /// Adds the commits that no tip reaches; one that cannot be read is met again where its text is
    /// searched.
    pub(super) fn add_unreached(
        &mut self,
        objects: &Objects,
        packs: &Packs,
        skeleton: &mut Skeleton,
        inventory: &Inventory,
    ) {
        let reached: HashSet<Id> = self.commits.iter().map(|&(id, _)| id).collect();
        for child in inventory.of(Kind::Commit) {
            let Some(id) = child.id(packs).filter(|id| !reached.contains(id)) else {
                continue;
            };
            let known = match child {
                Child::Packed(number) => skeleton.take_commit(number),
                Child::Stranger(_) => None,
            };
            let read = || match packs.check(id).and_then(|()| objects.read(id)) {
                Ok(Object::Commit(commit)) => Some(commit),
                _ => None,
            };
            if let Some(commit) = known.or_else(read) {
                self.commits.push((id, commit));
            }
        }
    }
}
