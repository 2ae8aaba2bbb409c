//! Rows: the values of a table of a database or of a file of records.
//!
//! Owns how they become text and members: a row is a line, and what is large or binary is a file of
//! its own. Does not own formats.

use super::{Unpacker, recognise, strings};

/// A text of this many bytes or more is searched as a file of its own; so is every blob.
const OWN_FILE: usize = 1 << 16;
/// Of a shorter value that is no file of a known format the strings are enough.
const LARGE: usize = 1 << 10;

/// The values of a table.
#[derive(Default)]
pub(super) struct Rows {
    text: Vec<u8>,
    blobs: Vec<Vec<u8>>,
    /// Whether the row that is being added has a text yet.
    is_begun: bool,
}

impl Rows {
    pub(super) fn add_text(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        if text.len() >= OWN_FILE {
            return self.add_blob(text);
        }
        if self.is_begun {
            self.text.push(b'\t');
        }
        self.is_begun = true;
        self.text.extend_from_slice(text);
    }

    pub(super) fn add_blob(&mut self, blob: &[u8]) {
        if !blob.is_empty() {
            self.blobs.push(blob.to_vec());
        }
    }

    /// Adds a value that is a text or a few bytes, of which many may come.
    pub(super) fn add_value(&mut self, value: &[u8]) {
        if std::str::from_utf8(value).is_ok() {
            self.add_text(value);
        } else if value.len() >= LARGE || recognise(value).is_some() {
            self.add_blob(value);
        } else {
            self.add_text(strings::all(value).trim_ascii_end());
        }
    }

    pub(super) fn end_row(&mut self) {
        if std::mem::take(&mut self.is_begun) {
            self.text.push(b'\n');
        }
    }

    /// Hands over the text under the address of the table, and what is a file of its own in it.
    pub(super) fn hand_over(self, unpacker: &mut Unpacker<'_>, address: &str) {
        if !self.text.is_empty() {
            unpacker.visit(address, &self.text);
        }
        for (number, blob) in self.blobs.iter().enumerate() {
            unpacker.visit(&format!("{address}!/blob-{}", number + 1), blob);
        }
    }
}
