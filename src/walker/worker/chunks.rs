//! Chunks: a large file in windows, each of which is searched by itself.
//!
//! Owns which files are searched so, and where windows begin and end: each has a core of whole
//! lines, and around it all that may decide what is found there. What touches the core counts, so
//! the windows of a file give what a search of all of it gives. Behind a line that is longer than a
//! core all is one window, for a comment speaks for a whole line. Does not own what becomes of them.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Take};
use std::ops::Range;
use std::sync::atomic::Ordering;

use super::Worker;
use super::fill::RESERVE;
use crate::walker::content::{self, Reading};
use crate::walker::{
    Content, Fresh, GapReason, Haystack, Origin, REACH, Searched, Sizes, SkipReason, Window,
};

impl Default for Sizes {
    fn default() -> Self {
        Self {
            core: 4 << 20,
            margin: REACH,
        }
    }
}

/// The windows of one file, of which one is in a buffer.
#[derive(Debug)]
pub(super) struct Windows {
    sizes: Sizes,
    /// Bytes of the file, as far as is known.
    size: u64,
    /// Where the buffer begins in the text.
    pub(super) start: Window,
    /// The core, in the buffer.
    pub(super) core: Range<usize>,
    /// Whether nothing stands behind it.
    pub(super) is_last: bool,
}

impl Windows {
    pub(super) fn new(sizes: Sizes, size: u64) -> Self {
        Self {
            sizes,
            size,
            start: Window::default(),
            core: 0..0,
            is_last: false,
        }
    }

    /// Reads on until `buffer` holds the window. On an error what could be read is the last one.
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>, input: &mut impl Read) -> io::Result<()> {
        let wanted = self.core.start + self.sizes.core + self.sizes.margin;
        let missing = wanted.saturating_sub(buffer.len());
        self.make_room(buffer, missing);
        let mut read = input.take(missing as u64).read_to_end(buffer);
        if buffer.len() == wanted {
            let lines = &buffer[self.core.start..wanted - self.sizes.margin];
            if let Some(last) = memchr::memrchr(b'\n', lines) {
                self.core.end = self.core.start + last + 1;
                return Ok(());
            }
            // Windows of such lines would hold most of the file.
            self.make_room(buffer, RESERVE as usize);
            read = input.read_to_end(buffer);
        }
        self.is_last = true;
        self.core.end = buffer.len();
        read.map(|_| ())
    }

    /// Makes room for so many bytes or the rest of the file, and for one more, by which its end is seen:
    /// a buffer that grows by itself doubles.
    fn make_room(&self, buffer: &mut Vec<u8>, bytes: usize) {
        let read = self.start.offset + buffer.len();
        let rest = self.size.saturating_sub(read as u64).saturating_add(1);
        buffer.reserve_exact(usize::try_from(rest).unwrap_or(bytes).min(bytes));
    }

    /// Leaves out the first bytes of the text.
    pub(super) fn strip(&mut self, buffer: &mut Vec<u8>, bytes: usize) {
        buffer.drain(..bytes);
        self.core.end = self.core.end.saturating_sub(bytes);
    }

    /// Goes on behind the core; of the buffer the lines stay that are within reach.
    pub(super) fn advance(&mut self, buffer: &mut Vec<u8>) {
        let next = self.core.end;
        let beyond = &buffer[..next.saturating_sub(self.sizes.margin)];
        let dropped = memchr::memrchr(b'\n', beyond).map_or(0, |at| at + 1);
        self.start.offset += dropped;
        self.start.lines += memchr::memchr_iter(b'\n', &buffer[..dropped]).count() as u32;
        buffer.drain(..dropped);
        self.core = next - dropped..next - dropped;
    }
}

impl Worker<'_> {
    /// Searches a large file in windows. False when it is to be searched as a whole; then `buffer`
    /// holds the beginning.
    pub(super) fn search_windows(
        &mut self,
        origin: &Origin,
        input: &mut Take<File>,
        size: u64,
        buffer: &mut Vec<u8>,
    ) -> bool {
        // Some formats are told by their end, and whoever is to know all of a file reads all of it.
        if self.options.unpack.is_some() || self.options.stores.is_some() {
            return false;
        }
        let mut windows = Windows::new(self.options.sizes, size);
        // What goes wrong here goes wrong for the one who reads on.
        if windows.fill(buffer, input).is_err() || windows.is_last {
            return false;
        }
        let (content, mark) = match content::read(buffer) {
            Reading::Text(Cow::Borrowed(text)) => (Content::Text, buffer.len() - text.len()),
            Reading::Binary(bytes) => (Content::Binary, buffer.len() - bytes.len()),
            Reading::Text(Cow::Owned(_)) | Reading::Skip(_) => return false,
        };
        windows.strip(buffer, mark);
        let (mut searched, mut fault) = (Searched::Whole, None);
        loop {
            // The file grew while it was read.
            if input.limit() == 0 {
                let size = self.options.max_file_size.saturating_add(1);
                let name = origin.path().to_owned();
                self.coverage.skip(SkipReason::TooLarge, name, size);
                return true;
            }
            if self.search_window(origin, buffer, content, &windows) == Searched::Cut {
                searched = Searched::Cut;
            }
            if windows.is_last {
                break;
            }
            windows.advance(buffer);
            fault = windows.fill(buffer, input).err();
        }
        let size = windows.start.offset + buffer.len() + mark;
        self.enter(origin, size as u64, searched);
        self.count(origin);
        if let Some(fault) = fault {
            let detail = fault.to_string();
            self.coverage
                .gap(GapReason::Unreadable, origin.path(), detail);
        }
        true
    }

    fn search_window(
        &mut self,
        origin: &Origin,
        bytes: &[u8],
        content: Content,
        windows: &Windows,
    ) -> Searched {
        let size = windows.core.len() as u64;
        self.coverage.bytes += size;
        let progress = self.options.progress;
        progress.bytes.fetch_add(size, Ordering::Relaxed);
        self.sink.search(&Haystack {
            bytes,
            origin,
            content,
            fresh: Fresh::Ranges(std::slice::from_ref(&windows.core)),
            lineage: None,
            window: Some(windows.start),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Start and line of each window, with its text and its core.
    fn windows(text: &str, core: usize, margin: usize) -> Vec<(usize, u32, String, String)> {
        let (mut input, mut buffer) = (text.as_bytes(), Vec::new());
        let mut windows = Windows::new(Sizes { core, margin }, text.len() as u64);
        let mut all = Vec::new();
        loop {
            windows.fill(&mut buffer, &mut input).unwrap();
            let text = std::str::from_utf8(&buffer).unwrap();
            let (start, core) = (windows.start, &text[windows.core.clone()]);
            all.push((start.offset, start.lines, text.to_owned(), core.to_owned()));
            if windows.is_last {
                return all;
            }
            windows.advance(&mut buffer);
        }
    }

    #[test]
    fn cores_are_whole_lines_and_hold_every_byte_once() {
        let text: String = (0..40)
            .flat_map(|line| [line.to_string(), "\n".to_owned()])
            .collect();
        let all = windows(&text, 12, 5);
        let cores: String = all.iter().map(|(.., core)| core.as_str()).collect();
        assert_eq!(cores, text);
        assert!(all.len() > 5);
        for (start, lines, window, core) in all {
            assert!(core.ends_with('\n') && window.contains(&core));
            assert!(text[start..].starts_with(&window));
            assert_eq!(text[..start].matches('\n').count(), lines as usize);
            let (before, after) = window.split_once(&core).unwrap();
            let is_edge = (start == 0, start + window.len() == text.len());
            assert!(is_edge.0 || before.len() >= 5, "{window:?} {core:?}");
            assert!(is_edge.1 || after.len() >= 5, "{window:?} {core:?}");
        }
    }

    #[test]
    fn a_long_line_is_whole_wherever_it_is_in_a_core_or_before_one() {
        let long = "x".repeat(50);
        let text = format!("a\n{long}\nb\nc\n{}", "d\n".repeat(20));
        let all = windows(&text, 12, 5);
        let holds = |(.., core): &&(usize, u32, String, String)| core.contains(&long);
        assert_eq!(all.iter().filter(holds).count(), 1);
        for (start, _, window, core) in &all {
            let up_to = window.find(core.as_str()).unwrap() + core.len();
            let is_whole = window.contains(&long) || !window[..up_to].contains('x');
            assert!(is_whole, "{start} {window:?}");
        }
    }

    #[test]
    fn a_file_of_one_line_is_one_window() {
        let text = "x".repeat(100);
        assert_eq!(windows(&text, 12, 5), [(0, 0, text.clone(), text)]);
    }
}
