//! What is inside of a file: its members, wide text in binary data, and what git keeps packed in
//! files of its own.
//!
//! Owns their names and the way to the sink. Does not own the formats (`unpack`, `strays`).

use std::collections::BTreeSet;

use super::Worker;
use crate::walker::content::{self, Reading};
use crate::walker::strays;
use crate::walker::unpack::{self, Format, Unpacker, Visitor};
use crate::walker::{
    Content, Fresh, GapReason, Haystack, Origin, Searched, SkipReason, State, What,
};

impl Worker<'_> {
    /// Says of what format with parts bytes are, where files are unpacked.
    pub(super) fn recognise(&self, bytes: &[u8]) -> Option<&'static Format> {
        self.options.unpack.and_then(|_| unpack::recognise(bytes))
    }

    /// Searches the members of a file; says what became of the file itself.
    pub(super) fn search_members(
        &mut self,
        outer: &Origin,
        format: &Format,
        bytes: &[u8],
    ) -> State {
        let limits = self.options.unpack.unwrap_or_default();
        let mut members = Members {
            worker: self,
            outer,
            state: State::Scanned,
            kept: BTreeSet::new(),
        };
        Unpacker::new(&mut members, outer.path(), limits).open(format, "", bytes);
        members.state
    }

    /// Searches the UTF-16 text in binary data, of which a search of its bytes sees nothing.
    pub(super) fn search_wide(&mut self, origin: &Origin, bytes: &[u8]) {
        let text = unpack::wide(bytes);
        if text.is_empty() {
            return;
        }
        let origin = origin.within("#strings");
        let searched = self.hand_over_unnamed(&Haystack {
            bytes: &text,
            origin: &origin,
            content: Content::Binary,
            fresh: Fresh::All,
            lineage: None,
            window: None,
        });
        if searched == Searched::Cut {
            let size = text.len() as u64;
            self.coverage
                .skip_origin(SkipReason::LongEncoding, &origin, size);
        }
    }

    /// Searches what is packed in a file of git's own that no repository reads; `None` when it is
    /// no such file, false when some of it could not be read.
    pub(super) fn search_stray(&mut self, origin: &Origin, bytes: &[u8]) -> Option<bool> {
        let of = |what: What| Origin::Metadata {
            path: origin.path().to_owned(),
            what,
        };
        if let Some(loose) = strays::inflate_loose(bytes) {
            self.search_within(&of(What::Object(String::new())), &loose.bytes);
            let body = memchr::memchr(0, &loose.bytes).map_or(0, |end| end + 1);
            self.search_parts(origin, &loose.bytes[body..]);
            return Some(loose.is_whole);
        }
        let table = strays::read_reftable(bytes)?;
        for name in &table.names {
            self.search_name(&of(What::RefName), name);
        }
        for log in &table.logs {
            self.search_within(&of(What::Reflog), log);
        }
        Some(table.is_whole)
    }

    /// Searches the members of an object that no repository reads, if it has any.
    fn search_parts(&mut self, file: &Origin, bytes: &[u8]) {
        if let Some(format) = self.recognise(bytes) {
            let origin = Origin::Metadata {
                path: file.path().to_owned(),
                what: What::Object(String::new()),
            };
            self.search_members(&origin, format, bytes);
        }
    }

    /// Searches what a file holds that is counted itself.
    fn search_within(&mut self, origin: &Origin, bytes: &[u8]) {
        let (bytes, content) = match &content::read(bytes) {
            Reading::Text(text) => (text.to_vec(), Content::Text),
            Reading::Binary(_) | Reading::Skip(_) => (bytes.to_vec(), Content::Binary),
        };
        self.sink.search(&Haystack {
            bytes: &bytes,
            origin,
            content,
            fresh: Fresh::All,
            lineage: None,
            window: None,
        });
    }
}

/// The members of one file, on their way to the sink.
struct Members<'w, 'a> {
    worker: &'w mut Worker<'a>,
    outer: &'w Origin,
    /// What became of the file itself, which a full list names once.
    state: State,
    /// Members that are read as files instead.
    kept: BTreeSet<String>,
}

impl Visitor for Members<'_, '_> {
    fn keeps(&mut self, address: &str, _: &[u8]) -> bool {
        let extracted = self.worker.options.extracted;
        // A second member of the same name is no file.
        extracted.is_some_and(|one| one.holds(address)) && self.kept.insert(address.to_owned())
    }

    fn member(&mut self, address: &str, bytes: &[u8]) {
        let origin = self.outer.within(address);
        let reading = self.worker.classify(bytes);
        let worker = &mut *self.worker;
        if worker.search_bytes(&origin, &reading, bytes.len(), Fresh::All, None) {
            worker.coverage.members += 1;
        }
    }

    fn text(&mut self, address: &str, text: &[u8]) {
        self.worker.coverage.members += 1;
        let haystack = Haystack {
            bytes: text,
            origin: &self.outer.within(address),
            content: Content::Text,
            fresh: Fresh::All,
            lineage: None,
            window: None,
        };
        self.worker.hand_over(&haystack, text.len() as u64);
    }

    fn skip(&mut self, reason: SkipReason, address: &str, bytes: u64) {
        let origin = self.outer.within(address);
        let coverage = &mut self.worker.coverage;
        if address.is_empty() {
            self.state = State::Skipped(reason);
            coverage.add_skip(reason, origin.path().to_owned(), bytes);
        } else {
            coverage.skip_origin(reason, &origin, bytes);
        }
    }

    fn gap(&mut self, reason: GapReason, address: &str, detail: &str, bytes: u64) {
        let name = self.outer.within(address).place();
        let coverage = &mut self.worker.coverage;
        if address.is_empty() {
            self.state = State::Unreadable(reason);
            coverage.add_gap(reason, name, detail.to_owned(), bytes);
        } else {
            coverage.damage(reason, name, detail, bytes);
        }
    }

    fn is_stopped(&self) -> bool {
        self.worker.options.is_interrupted()
    }
}
