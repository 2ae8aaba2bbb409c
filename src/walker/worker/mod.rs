//! The worker: one thread's sink, buffer and ledger, and the sharing of work among threads.
//!
//! Owns the way of bytes from a reader to a sink and what the ledger says of it. Does not own
//! which files or objects there are.

mod chunks;
mod fill;
mod inside;

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read as _, Take};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

pub(super) use fill::fill;
use fill::fill_on;

use super::content::{self, Reading};
use super::history::is_stream;
use super::{
    Content, Coverage, Fresh, GapReason, Haystack, Lineage, MakeSink, Options, Origin, Run,
    Searched, Sink, SkipReason, State, What,
};

/// No secret is as short as a name of fewer bytes than this.
const SHORTEST_NAME: usize = 8;

/// What one thread works with.
pub(super) struct Worker<'a> {
    sink: Box<dyn Sink + 'a>,
    buffer: Vec<u8>,
    pub(super) options: &'a Options<'a>,
    pub(super) coverage: Coverage,
}

impl<'a> Worker<'a> {
    pub(super) fn new<'s: 'a>(options: &'a Options<'a>, make: &MakeSink<'s>) -> Self {
        Self {
            sink: make(),
            buffer: Vec::new(),
            options,
            coverage: Coverage::new(options),
        }
    }

    /// Reads and searches a file; what goes wrong is in the ledger.
    pub(super) fn read_file(&mut self, path: &Path, name: String) {
        match File::open(path) {
            Ok(file) => {
                let size = file.metadata().map_or(0, |metadata| metadata.len());
                if size > self.options.max_file_size {
                    self.coverage.skip(SkipReason::TooLarge, name, size);
                } else {
                    self.read(file, size, name);
                }
            }
            Err(error) => self
                .coverage
                .gap(GapReason::Unreadable, name, error.to_string()),
        }
    }

    fn read(&mut self, file: File, size: u64, name: String) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let origin = Origin::File(name);
        let mut input = file.take(self.options.max_file_size.saturating_add(1));
        let is_large = size > self.options.sizes.core as u64;
        if !(is_large && self.search_windows(&origin, &mut input, size, &mut buffer)) {
            self.read_whole(&origin, &mut input, size, &mut buffer);
        }
        self.buffer = buffer;
    }

    /// Reads the rest of a file and searches all of it.
    fn read_whole(
        &mut self,
        origin: &Origin,
        input: &mut Take<File>,
        size: u64,
        buffer: &mut Vec<u8>,
    ) {
        match fill_on(buffer, input, size) {
            // The file grew while it was read.
            Ok(true) => {
                let (name, size) = (origin.path().to_owned(), buffer.len() as u64);
                self.coverage.skip(SkipReason::TooLarge, name, size);
            }
            Ok(false) => self.search_file(origin, buffer),
            Err(error) => {
                self.search(origin, buffer);
                self.coverage
                    .gap(GapReason::Unreadable, origin.path(), error.to_string());
            }
        }
    }

    /// Searches a whole file, and where all is read what a file of git's own holds.
    fn search_file(&mut self, origin: &Origin, bytes: &[u8]) {
        let stray = match self.options.stores {
            Some(_) => self.search_stray(origin, bytes),
            None => None,
        };
        let Some(is_whole) = stray else {
            return self.search(origin, bytes);
        };
        if !is_whole {
            let (name, detail) = (origin.path(), "a file of git's own that is cut or damaged");
            self.coverage.gap(GapReason::Corrupt, name, detail);
        }
        // What is packed in it was searched.
        let reading = self.classify(bytes);
        if self.search_bytes(origin, &reading, bytes.len(), Fresh::All, None) {
            self.count(origin);
        }
    }

    /// Searches the target of a symbolic link, which is all that there is of it.
    pub(super) fn search_link(&mut self, name: String, target: &[u8]) {
        self.coverage.files += 1;
        self.coverage
            .enter(&name, "", target.len() as u64, State::Scanned);
        let origin = Origin::Metadata {
            path: name,
            what: What::Target,
        };
        self.search_name(&origin, target);
    }

    /// Searches all of `bytes`, raw as they were read.
    pub(super) fn search(&mut self, origin: &Origin, bytes: &[u8]) {
        self.search_reading(origin, &self.classify(bytes), bytes, Fresh::All);
    }

    /// Says what bytes are; where all is read, what else of them is to be read counts, too.
    fn classify<'b>(&self, bytes: &'b [u8]) -> Reading<'b> {
        let reading = content::read(bytes);
        match (self.options.stores, &reading) {
            (Some(stores), Reading::Skip(SkipReason::LfsPointer)) if stores.has_content(bytes) => {
                Reading::Text(Cow::Borrowed(bytes))
            }
            (Some(_), _) if is_stream(bytes) => Reading::Skip(SkipReason::Bundled),
            // A first mark of a format whose reader does not know the rest.
            (Some(_), Reading::Skip(SkipReason::Binary)) => Reading::Binary(bytes),
            _ => reading,
        }
    }

    /// Searches all of an object of a pack, with what is known of the object it is written upon.
    pub(super) fn search_version(&mut self, origin: &Origin, bytes: &[u8], lineage: Lineage<'_>) {
        let reading = self.classify(bytes);
        let text = match &reading {
            Reading::Text(Cow::Borrowed(text)) | Reading::Binary(text) => Some(text.len()),
            // What is decoded has nothing from its base byte by byte.
            Reading::Text(Cow::Owned(_)) | Reading::Skip(_) => None,
        };
        let lineage = text.map(|length| Lineage {
            shift: bytes.len() - length,
            ..lineage
        });
        self.search_part(origin, &reading, bytes, Fresh::All, lineage);
    }

    /// Searches the fresh part of what `raw` bytes were read as.
    pub(super) fn search_reading(
        &mut self,
        origin: &Origin,
        reading: &Reading<'_>,
        raw: &[u8],
        fresh: Fresh<'_>,
    ) {
        self.search_part(origin, reading, raw, fresh, None);
    }

    /// Searches the `fresh` part of the text of an object that is no blob.
    pub(super) fn search_object(&mut self, origin: &Origin, bytes: &[u8], fresh: Range<usize>) {
        if bytes.len() as u64 > self.options.max_file_size {
            let size = bytes.len() as u64;
            return self
                .coverage
                .skip_origin(SkipReason::TooLarge, origin, size);
        }
        let reading = content::read(bytes);
        // What is decoded has other places.
        let ranges = [fresh];
        let fresh = match &reading {
            Reading::Text(Cow::Borrowed(text)) if text.len() == bytes.len() => {
                Fresh::Ranges(&ranges)
            }
            _ => Fresh::All,
        };
        self.search_reading(origin, &reading, bytes, fresh);
    }

    /// Searches the name of something that is counted where it is read.
    pub(super) fn search_name(&mut self, origin: &Origin, name: &[u8]) {
        if name.len() >= SHORTEST_NAME {
            self.sink.search(&Haystack {
                bytes: name,
                origin,
                content: Content::Text,
                fresh: Fresh::All,
                lineage: None,
                window: None,
            });
        }
    }

    fn search_part(
        &mut self,
        origin: &Origin,
        reading: &Reading<'_>,
        raw: &[u8],
        fresh: Fresh<'_>,
        lineage: Option<Lineage<'_>>,
    ) {
        if let Some(format) = self.recognise(raw) {
            let is_counted =
                format.replaces || self.search_bytes(origin, reading, raw.len(), fresh, lineage);
            if is_counted {
                self.count(origin);
            }
            // A member has no lines that were there before: what is inside is new as a whole.
            let state = self.search_members(origin, format, raw);
            if format.replaces {
                self.coverage.enter_origin(origin, raw.len() as u64, state);
            }
        } else if self.search_bytes(origin, reading, raw.len(), fresh, lineage) {
            self.count(origin);
        }
    }

    /// Searches what bytes were read as; false when that is nothing.
    fn search_bytes(
        &mut self,
        origin: &Origin,
        reading: &Reading<'_>,
        size: usize,
        fresh: Fresh<'_>,
        lineage: Option<Lineage<'_>>,
    ) -> bool {
        let (bytes, content) = match reading {
            Reading::Text(text) => (&**text, Content::Text),
            Reading::Binary(bytes) => (*bytes, Content::Binary),
            Reading::Skip(reason) => {
                self.coverage.skip_origin(*reason, origin, size as u64);
                return false;
            }
        };
        let haystack = Haystack {
            bytes,
            origin,
            content,
            fresh,
            lineage,
            window: None,
        };
        self.hand_over(&haystack, size as u64);
        if content == Content::Binary && self.options.unpack.is_some() {
            self.search_wide(origin, bytes);
        }
        true
    }

    /// Counts a file or object.
    fn count(&mut self, origin: &Origin) {
        let progress = self.options.progress;
        match origin {
            Origin::File(_) => {
                self.coverage.files += 1;
                progress.files.fetch_add(1, Ordering::Relaxed);
            }
            Origin::Blob { .. } | Origin::Metadata { .. } => {
                self.coverage.objects += 1;
                progress.objects.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Hands a haystack to the sink; `size` is that of what it was read from.
    fn hand_over(&mut self, haystack: &Haystack<'_>, size: u64) {
        let searched = self.hand_over_unnamed(haystack);
        self.enter(haystack.origin, size, searched);
    }

    /// Enters what was searched into a full list.
    fn enter(&mut self, origin: &Origin, size: u64, searched: Searched) {
        match searched {
            Searched::Whole => self.coverage.enter_origin(origin, size, State::Scanned),
            Searched::Cut => self
                .coverage
                .skip_origin(SkipReason::LongEncoding, origin, size),
        }
    }

    /// Hands over what has no entry of its own in a full list.
    fn hand_over_unnamed(&mut self, haystack: &Haystack<'_>) -> Searched {
        let size = haystack.bytes.len() as u64;
        self.coverage.bytes += size;
        let progress = self.options.progress;
        progress.bytes.fetch_add(size, Ordering::Relaxed);
        self.sink.search(haystack)
    }
}

/// Works through `items` on several threads, each with a worker and a state of its own, and
/// returns the sum of their ledgers.
pub(super) fn share<T: Sync, S: Send>(
    items: &[T],
    options: &Options<'_>,
    make: &MakeSink<'_>,
    open: impl Fn() -> S + Sync,
    work: impl Fn(&mut Worker<'_>, &mut S, &T) + Sync,
) -> Coverage {
    let open = || (Worker::new(options, make), open());
    let work = |(worker, state): &mut (Worker<'_>, S), item: &T| work(worker, state, item);
    let mut coverage = Coverage::new(options);
    for (worker, _) in spread(items, options.run(), open, work) {
        coverage.absorb(worker.coverage);
    }
    coverage
}

/// Works through `items` on several threads and returns what each thread made of its part; which
/// part that was is chance.
pub(super) fn spread<T: Sync, S: Send>(
    items: &[T],
    run: Run<'_>,
    open: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) + Sync,
) -> Vec<S> {
    let next = AtomicUsize::new(0);
    let one = || {
        let mut state = open();
        while !run.is_interrupted() {
            match items.get(next.fetch_add(1, Ordering::Relaxed)) {
                Some(item) => work(&mut state, item),
                None => break,
            }
        }
        state
    };
    // A thread for a handful of items costs more than it saves.
    let threads = run.threads.min(items.len().div_ceil(4));
    if threads <= 1 {
        return vec![one()];
    }
    thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        let join = |handle: thread::ScopedJoinHandle<'_, S>| {
            handle
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        handles.into_iter().map(join).collect()
    })
}

/// Records that the user stopped the walk, if so.
pub(super) fn note_interrupt(coverage: &mut Coverage, options: &Options<'_>) {
    if options.is_interrupted() {
        coverage.gap(GapReason::Interrupted, ".", "stopped by the user");
    }
}
