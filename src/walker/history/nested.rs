//! Nested: a pack or bundle within another file, all of its objects in memory.
//!
//! Owns their order, and a path for each that the trees beside it give. There are no refs to walk from
//! and no commit to name: the scan of a history (`History`) is for what lies in a file of its own.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::objects::split_entry;
use super::pack::{Decoder, Kind, Lost, Packs};
use super::whole::Header;
use crate::walker::id::Id;
use crate::walker::naming::name_bytes;

/// A path has no more parts than this.
const PARTS: usize = 64;

/// The objects of a pack or bundle.
pub(in crate::walker) struct Nested {
    packs: Packs,
    /// Which tree names an object how; the first that does.
    names: HashMap<Id, (Id, Vec<u8>), RandomState>,
    lost: Option<Lost>,
    /// Whether it builds on commits that it does not hold.
    pub(in crate::walker) is_partial: bool,
    most: u64,
}

/// One object.
pub(in crate::walker) struct Object<'a> {
    /// `commit`, `tree`, `blob` or `tag`.
    pub(in crate::walker) kind: &'static str,
    /// Its id in hexadecimal and, where a tree has it, `/` and a path.
    pub(in crate::walker) name: String,
    pub(in crate::walker) bytes: &'a [u8],
}

impl Nested {
    /// Opens a pack or bundle that may unfold to `most` bytes; nothing when it is none.
    pub(in crate::walker) fn open(bytes: &[u8], most: u64) -> Option<Self> {
        let header = Header::parse(bytes)?;
        let data = bytes.get(header.length..)?.to_vec();
        let (packs, lost) = Packs::of_stream(data, header.format, most)?;
        let mut nested = Self {
            packs,
            names: HashMap::default(),
            lost,
            is_partial: header.is_partial,
            most,
        };
        nested.names = nested.read_names();
        Some(nested)
    }

    fn read_names(&self) -> HashMap<Id, (Id, Vec<u8>), RandomState> {
        let mut names = HashMap::default();
        self.walk(Kind::Tree, &mut |id, bytes| {
            let mut rest = bytes;
            while let Some((entry, after)) = split_entry(rest, self.packs.format()) {
                let named = || (id, entry.name.to_vec());
                names.entry(entry.id).or_insert_with(named);
                rest = after;
            }
        });
        names
    }

    /// Hands over every object, and gives how many could not be.
    pub(in crate::walker) fn each(&self, visit: &mut dyn FnMut(&Object<'_>)) -> usize {
        let mut missed = self.packs.count();
        for kind in [Kind::Blob, Kind::Commit, Kind::Tag, Kind::Tree] {
            self.walk(kind, &mut |id, bytes| {
                missed = missed.saturating_sub(1);
                visit(&Object {
                    kind: kind.as_str(),
                    name: self.name(id),
                    bytes,
                });
            });
        }
        missed
    }

    /// What of it could not be read, if anything, and whether that is no damage but beyond a limit.
    pub(in crate::walker) fn lost(&self) -> Option<(&str, bool)> {
        let lost = self.lost.as_ref()?;
        Some((&lost.words, lost.is_limit))
    }

    fn walk(&self, kind: Kind, visit: &mut dyn FnMut(Id, &[u8])) {
        let mut decoder = Decoder::with_limit(self.most);
        for root in self.packs.roots(kind) {
            decoder.walk(root, |version| {
                if let Some(id) = self.packs.id(version.number) {
                    visit(id, version.bytes);
                }
            });
        }
    }

    /// The id of an object, and a path that leads to it.
    fn name(&self, id: Id) -> String {
        let (mut parts, mut at) = (Vec::new(), id);
        while let Some((tree, name)) = self.names.get(&at)
            && parts.len() < PARTS
        {
            parts.push(name_bytes(name));
            at = *tree;
        }
        parts.push(id.to_string());
        parts.reverse();
        parts.join("/")
    }
}
