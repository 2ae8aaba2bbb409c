//! Links: entries of trees, from a name to an object.
//!
//! Owns their compact form: a real repository has millions. Does not own which tree has which.

use std::hash::BuildHasher as _;
use std::ops::Range;

use foldhash::fast::RandomState;

use super::objects::{Entry, EntryKind};
use super::pack::Packs;
use crate::walker::id::Id;

/// Entries of trees.
#[derive(Debug, Default)]
pub(super) struct Links {
    all: Vec<Link>,
    /// The names, each as its length in two bytes and its bytes.
    names: Vec<u8>,
    /// Ids of what the packs do not hold.
    strangers: Vec<Id>,
    /// Links whose objects are still to be looked up, with the ids of these.
    unsettled: (Vec<u32>, Vec<Id>),
}

/// Links and names that were made of late: the trees of a folder name the same objects again and
/// again, and others under the same names.
#[derive(Debug, Default)]
pub(super) struct Recent {
    links: Vec<(Option<Id>, u32)>,
    /// Where names are, by hash; `u32::MAX` for none.
    names: Vec<u32>,
    hasher: RandomState,
}

/// Longest name that is kept, in bytes.
const LONGEST_NAME: usize = 4_096;
/// How many objects are looked up at once.
const LOOKED_UP: usize = 256;
/// How many recent links and names are kept, a power of two: no more than fit a near cache.
const RECENT: usize = 1 << 13;

/// An entry of a tree.
#[derive(Clone, Copy, Debug)]
struct Link {
    kind: EntryKind,
    is_stranger: bool,
    /// A number of `Packs`, or a place in `strangers`.
    child: u32,
    name: u32,
}

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Child {
    /// An object of the packs, by number.
    Packed(u32),
    /// An object they do not hold.
    Stranger(Id),
}

impl Child {
    /// The object with this id.
    pub(super) fn find(packs: &Packs, id: Id) -> Self {
        packs.find(id).map_or(Self::Stranger(id), Self::Packed)
    }

    /// The objects with these ids.
    pub(super) fn find_all(packs: &Packs, ids: &[Id]) -> Vec<Self> {
        let numbers = packs.find_all(ids).into_iter().zip(ids);
        let children = numbers.map(|(number, id)| number.map_or(Self::Stranger(*id), Self::Packed));
        children.collect()
    }

    /// The id of the object.
    pub(super) fn id(self, packs: &Packs) -> Option<Id> {
        match self {
            Self::Packed(number) => packs.id(number),
            Self::Stranger(id) => Some(id),
        }
    }
}

impl Links {
    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.all.len() as u32
    }

    /// All of them.
    pub(super) fn all(&self) -> Range<u32> {
        0..self.count()
    }

    /// The link of an entry, added unless it is a recent one.
    pub(super) fn link(&mut self, packs: &Packs, recent: &mut Recent, entry: &Entry<'_>) -> u32 {
        if recent.links.is_empty() {
            recent.links.resize(RECENT, (None, 0));
            recent.names.resize(RECENT, u32::MAX);
        }
        let place = usize::from(entry.id.as_bytes()[0]) << 8 | usize::from(entry.id.as_bytes()[1]);
        let (id, link) = recent.links[place % RECENT];
        if id == Some(entry.id) && self.is_named(link, entry) {
            return link;
        }
        let hash = recent.hasher.hash_one(entry.name) as usize;
        let name = &mut recent.names[hash % RECENT];
        if self.name_at(*name) != entry.name {
            *name = self.push_name(entry.name);
        }
        self.push_named(packs, entry, *name);
        let link = self.count() - 1;
        recent.links[place % RECENT] = (Some(entry.id), link);
        link
    }

    fn is_named(&self, link: u32, entry: &Entry<'_>) -> bool {
        let link = self.all[link as usize];
        link.kind == entry.kind && self.name_at(link.name) == entry.name
    }

    /// Adds an entry; `settle` ends a series of these.
    pub(super) fn push(&mut self, packs: &Packs, entry: &Entry<'_>) {
        let name = self.push_name(entry.name);
        self.push_named(packs, entry, name);
    }

    fn push_named(&mut self, packs: &Packs, entry: &Entry<'_>, name: u32) {
        let Entry { kind, id, .. } = *entry;
        let is_stranger = kind == EntryKind::Submodule;
        let child = if is_stranger {
            // It names a commit of another repository.
            self.add_stranger(id)
        } else {
            self.unsettled.0.push(self.count());
            self.unsettled.1.push(id);
            0
        };
        self.all.push(Link {
            kind,
            is_stranger,
            child,
            name,
        });
        if self.unsettled.0.len() == LOOKED_UP {
            self.settle(packs);
        }
    }

    /// Looks up the objects of the last links that were added; before that they are not to be asked
    /// for.
    pub(super) fn settle(&mut self, packs: &Packs) {
        let (links, ids) = std::mem::take(&mut self.unsettled);
        for ((link, id), number) in links.iter().zip(&ids).zip(packs.find_all(&ids)) {
            let child = number.unwrap_or_else(|| self.add_stranger(*id));
            let link = &mut self.all[*link as usize];
            (link.child, link.is_stranger) = (child, number.is_none());
        }
        self.unsettled = (links, ids);
        self.unsettled.0.clear();
        self.unsettled.1.clear();
    }

    fn add_stranger(&mut self, id: Id) -> u32 {
        self.strangers.push(id);
        self.strangers.len() as u32 - 1
    }

    /// Adds a name, cut to the longest that any system has; says where it is.
    fn push_name(&mut self, name: &[u8]) -> u32 {
        let name = &name[..name.len().min(LONGEST_NAME)];
        // Four gigabytes of names are an attack: from there on all are that of the first.
        let Ok(start) = u32::try_from(self.names.len()) else {
            return 0;
        };
        self.names.extend((name.len() as u16).to_le_bytes());
        self.names.extend(name);
        start
    }

    /// Adds other links and says where they begin.
    pub(super) fn append(&mut self, other: Self) -> u32 {
        if self.all.is_empty() {
            *self = other;
            return 0;
        }
        let (first, names) = (self.count(), self.names.len() as u32);
        let strangers = self.strangers.len() as u32;
        self.names.extend(other.names);
        self.strangers.extend(other.strangers);
        self.all.extend(other.all.into_iter().map(|link| Link {
            child: link.child + if link.is_stranger { strangers } else { 0 },
            name: link.name.saturating_add(names),
            ..link
        }));
        first
    }

    /// Kind and object of an entry.
    pub(super) fn get(&self, link: u32) -> (EntryKind, Child) {
        let one = self.all[link as usize];
        let child = if one.is_stranger {
            Child::Stranger(self.strangers[one.child as usize])
        } else {
            Child::Packed(one.child)
        };
        (one.kind, child)
    }

    /// The name of an entry: it lies elsewhere than the rest, and few are asked for.
    pub(super) fn name(&self, link: u32) -> &[u8] {
        self.name_at(self.all[link as usize].name)
    }

    fn name_at(&self, start: u32) -> &[u8] {
        let read = || {
            let (length, rest) = self.names.get(start as usize..)?.split_first_chunk()?;
            rest.get(..usize::from(u16::from_le_bytes(*length)))
        };
        read().unwrap_or_default()
    }
}
