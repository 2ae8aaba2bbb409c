//! The inventory: every object that is there, whether or not a ref leads to it.
//!
//! Owns the list by kind, each object once: those of the packs by number, the others by id. Does
//! not own which of them a ref reaches (`descent`), nor what is done with them.

use std::fs;
use std::path::Path;

use super::fault::Fault;
use super::folders::object_folders;
use super::links::Child;
use super::objects::Objects;
use super::pack::{Kind, Packs};
use crate::walker::id::{Format, Id};

/// All objects.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    /// The kinds of the objects of the packs, by number.
    packed: Vec<Option<Kind>>,
    /// Objects that the walk over the packs does not reach, by id.
    others: Vec<(Id, Kind)>,
    /// Objects whose kind cannot be told.
    pub(super) faults: Vec<(Id, Fault)>,
}

impl Inventory {
    /// Lists the objects of packs and, where there is a repository around them, the loose ones.
    pub(super) fn read(packs: &Packs, objects: &Objects, common_dir: Option<&Path>) -> Self {
        let mut inventory = Self {
            packed: packs.kinds(),
            ..Self::default()
        };
        let unknown = inventory.packed.iter().enumerate();
        let unknown: Vec<u32> = unknown
            .filter(|(_, kind)| kind.is_none())
            .map(|(number, _)| number as u32)
            .collect();
        let unknown = unknown.into_iter().filter(|&one| packs.is_first(one));
        let unknown: Vec<Id> = unknown.filter_map(|number| packs.id(number)).collect();
        let loose = common_dir.map_or_else(Vec::new, |folder| list_loose(folder, objects.format));
        let loose = loose.into_iter().filter(|id| packs.find(*id).is_none());
        let mut ids: Vec<Id> = unknown.into_iter().chain(loose).collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            match packs.check(id).and_then(|()| objects.read_kind(id)) {
                Ok(kind) => inventory.others.push((id, kind)),
                Err(fault) => inventory.faults.push((id, fault)),
            }
        }
        inventory
    }

    /// The objects of a kind.
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = Child> + '_ {
        let packed = self.packed.iter().enumerate();
        let packed = packed.filter(move |(_, other)| **other == Some(kind));
        packed
            .map(|(number, _)| Child::Packed(number as u32))
            .chain(self.others_of(kind).map(Child::Stranger))
    }

    /// Those of a kind that the walk over the packs does not reach.
    pub(super) fn others_of(&self, kind: Kind) -> impl Iterator<Item = Id> + '_ {
        let others = self.others.iter();
        others.filter_map(move |&(id, other)| (other == kind).then_some(id))
    }

    /// Says whether an object is there.
    pub(super) fn has(&self, child: Child) -> bool {
        match child {
            Child::Packed(_) => true,
            Child::Stranger(id) => self.others.binary_search_by_key(&id, |&(id, _)| id).is_ok(),
        }
    }

    /// The kind of an object of the packs; none for one that is a copy or cannot be told.
    pub(super) fn kind(&self, number: u32) -> Option<Kind> {
        self.packed.get(number as usize).copied().flatten()
    }
}

/// The objects that lie in files of their own, here and where alternates lead.
fn list_loose(common_dir: &Path, format: Format) -> Vec<Id> {
    let mut ids = Vec::new();
    for folder in object_folders(common_dir) {
        for first in list(&folder) {
            if first.len() != 2 {
                continue;
            }
            for rest in list(&folder.join(&first)) {
                ids.extend(Id::parse(format!("{first}{rest}").as_bytes(), format));
            }
        }
    }
    ids
}

fn list(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.collect()
}
