//! The coverage ledger: what was read, and by name what was not.
//!
//! Owns the two classes: a *skip* follows a rule the user can know and leaves the exit code
//! alone; a *gap* is something that was asked for and could not be read, and makes the run
//! incomplete. Does not own the rules, nor the reasons (`reasons`).

use std::collections::BTreeMap;

use super::{GapReason, Options, Origin, SkipReason, What};

/// What a scan read and what it did not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Files of the working tree, index, list or stream that were searched.
    pub files: u64,
    /// Objects of history that were searched: blobs, and in a submission all others.
    pub objects: u64,
    /// Members of archives and documents that were searched.
    pub members: u64,
    /// Commits whose trees were walked.
    pub commits: u64,
    /// Bytes searched, after any text decoding.
    pub bytes: u64,
    /// What was skipped by rule, by reason.
    pub skipped: BTreeMap<SkipReason, Entries>,
    /// What could not be read, by reason.
    pub gaps: BTreeMap<GapReason, Entries>,
    /// What was read in another way than usual.
    pub notes: Vec<String>,
    /// Everything by name, where that is asked for.
    pub list: Option<Vec<Item>>,
}

/// One thing of a full list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// A path, the id of an object, or what else it is.
    pub name: String,
    /// The path of an object, what failed, or nothing.
    pub detail: String,
    /// Its bytes as they are stored, once inflated; zero where they are not known.
    pub bytes: u64,
    /// What became of it.
    pub state: State,
}

/// What became of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It was searched.
    Scanned,
    /// It was searched as the objects that it holds.
    AsObjects,
    /// A rule left it out, or a part of it.
    Skipped(SkipReason),
    /// It could not be read.
    Unreadable(GapReason),
}

/// A count with the first few names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// How many in all.
    pub count: u64,
    /// Their bytes, where known.
    pub bytes: u64,
    /// Up to `NAMED` of them, the smallest in byte order, each with a detail or nothing.
    pub names: BTreeMap<String, String>,
}

/// How many entries of one reason the ledger names.
pub const NAMED: usize = 20;

impl Entries {
    fn add(&mut self, name: String, detail: String, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
        self.names.insert(name, detail);
        if self.names.len() > NAMED {
            self.names.pop_last();
        }
    }

    fn absorb(&mut self, other: Self) {
        self.count += other.count;
        self.bytes += other.bytes;
        self.names.extend(other.names);
        while self.names.len() > NAMED {
            self.names.pop_last();
        }
    }
}

impl Coverage {
    /// A ledger that lists everything if the options ask for it.
    pub fn new(options: &Options<'_>) -> Self {
        Self {
            list: options.list_all.then(Vec::new),
            ..Self::default()
        }
    }

    /// Records something skipped by rule.
    pub fn skip(&mut self, reason: SkipReason, name: impl Into<String>, bytes: u64) {
        let name = name.into();
        self.enter(&name, "", bytes, State::Skipped(reason));
        self.add_skip(reason, name, bytes);
    }

    /// Records a file or object skipped by rule.
    pub fn skip_origin(&mut self, reason: SkipReason, origin: &Origin, bytes: u64) {
        self.enter_origin(origin, bytes, State::Skipped(reason));
        self.add_skip(reason, origin.path().to_owned(), bytes);
    }

    /// Records what is skipped of a thing that is listed elsewhere.
    pub(super) fn add_skip(&mut self, reason: SkipReason, name: String, bytes: u64) {
        let entries = self.skipped.entry(reason).or_default();
        entries.add(name, String::new(), bytes);
    }

    /// Records an object without a path that was searched.
    pub fn object(&mut self, id: &str, what: &str, bytes: u64) {
        self.objects += 1;
        self.bytes += bytes;
        self.enter(id, what, bytes, State::Scanned);
    }

    /// Lists a thing, if there is a list.
    pub fn enter(&mut self, name: &str, detail: &str, bytes: u64, state: State) {
        if let Some(list) = &mut self.list {
            list.push(Item {
                name: name.to_owned(),
                detail: detail.to_owned(),
                bytes,
                state,
            });
        }
    }

    /// Lists what an origin names, if there is a list.
    pub fn enter_origin(&mut self, origin: &Origin, bytes: u64, state: State) {
        if self.list.is_none() {
            return;
        }
        match origin {
            Origin::File(path) => self.enter(path, "", bytes, state),
            Origin::Blob { id, path, .. } => self.enter(id, path, bytes, state),
            Origin::Metadata { path, what } => match what {
                What::Commit(id) => self.enter(id, "commit", bytes, state),
                What::Tag(id) => self.enter(id, "tag", bytes, state),
                _ => self.enter(path, &what.to_string(), bytes, state),
            },
        }
    }

    /// Forgets that objects are missing, where nobody can ask for them.
    pub(super) fn forget_missing(&mut self) {
        self.gaps.remove(&GapReason::MissingObject);
        if let Some(list) = &mut self.list {
            list.retain(|item| item.state != State::Unreadable(GapReason::MissingObject));
        }
    }

    /// Records something that was asked for and not read; `detail` says what failed.
    pub fn gap(&mut self, reason: GapReason, name: impl Into<String>, detail: impl Into<String>) {
        self.damage(reason, name, detail, 0);
    }

    /// Records a part that does not decode, with how many bytes are lost by that.
    pub fn damage(
        &mut self,
        reason: GapReason,
        name: impl Into<String>,
        detail: impl Into<String>,
        bytes: u64,
    ) {
        let (name, detail) = (name.into(), detail.into());
        self.enter(&name, &detail, bytes, State::Unreadable(reason));
        self.add_gap(reason, name, detail, bytes);
    }

    /// Records what could not be read of a thing that is listed elsewhere.
    pub(super) fn add_gap(&mut self, reason: GapReason, name: String, detail: String, bytes: u64) {
        let entries = self.gaps.entry(reason).or_default();
        entries.add(name, detail, bytes);
    }

    /// Puts other words for `text` wherever a detail or note has it.
    pub fn replace(&mut self, text: &str, other: &str) {
        let entries = self.skipped.values_mut().chain(self.gaps.values_mut());
        let details = entries.flat_map(|one| one.names.values_mut());
        let listed = self.list.iter_mut().flatten().map(|item| &mut item.detail);
        for words in details.chain(listed).chain(&mut self.notes) {
            *words = words.replace(text, other);
        }
    }

    /// Adds another ledger to this one; the order of additions does not change the result.
    pub fn absorb(&mut self, other: Self) {
        match (&mut self.list, other.list) {
            (Some(list), Some(mut more)) => list.append(&mut more),
            (list @ None, more @ Some(_)) => *list = more,
            (Some(list), None) => {
                // What was noted before there was a list.
                let skipped = other.skipped.iter();
                let skipped = skipped.map(|(reason, named)| (State::Skipped(*reason), named));
                let gaps = other.gaps.iter();
                let gaps = gaps.map(|(reason, named)| (State::Unreadable(*reason), named));
                for (state, entries) in skipped.chain(gaps) {
                    let names = entries.names.iter();
                    list.extend(names.map(|(name, detail)| Item {
                        name: name.clone(),
                        detail: detail.clone(),
                        bytes: 0,
                        state,
                    }));
                }
            }
            (None, None) => {}
        }
        self.notes.extend(other.notes);
        self.files += other.files;
        self.objects += other.objects;
        self.members += other.members;
        self.commits += other.commits;
        self.bytes += other.bytes;
        for (reason, entries) in other.skipped {
            self.skipped.entry(reason).or_default().absorb(entries);
        }
        for (reason, entries) in other.gaps {
            self.gaps.entry(reason).or_default().absorb(entries);
        }
    }

    /// Says whether everything asked for was read.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absorbing_is_independent_of_order() {
        let ledger = |names: std::ops::Range<u32>| {
            let mut ledger = Coverage::default();
            for name in names {
                ledger.skip(SkipReason::Binary, format!("{name:03}.png"), 10);
            }
            ledger
        };
        let (mut ab, mut ba) = (ledger(0..30), ledger(30..60));
        ab.absorb(ledger(30..60));
        ba.absorb(ledger(0..30));
        assert_eq!(ab, ba);
        let entries = &ab.skipped[&SkipReason::Binary];
        assert_eq!(
            (entries.count, entries.bytes, entries.names.len()),
            (60, 600, NAMED)
        );
    }

    #[test]
    fn a_skip_is_complete_and_a_gap_is_not() {
        let mut ledger = Coverage::default();
        ledger.skip(SkipReason::Symlink, "a", 0);
        assert!(ledger.is_complete());
        ledger.gap(GapReason::Unreadable, "b", "permission denied");
        assert!(!ledger.is_complete());
    }
}
