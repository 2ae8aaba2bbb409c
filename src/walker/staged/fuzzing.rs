//! The door for the fuzz target of the index file. Built for it alone.

use super::index::Index;
use crate::walker::id::Format;

/// The paths of an index ascend, and a folder ends behind itself and within the one around it.
pub fn index(bytes: &[u8], is_long: bool) {
    let format = if is_long {
        Format::Sha256
    } else {
        Format::Sha1
    };
    let Some(index) = Index::parse(bytes, format) else {
        return;
    };
    let mut entries = index.entries();
    let mut before: Option<Vec<u8>> = None;
    while !entries.is_done() {
        let entry = entries.advance().expect("it was read once");
        assert_eq!(entry.id.len(), format.length());
        let path = entries.path().to_vec();
        assert!(before.is_none_or(|before| before < path));
        before = Some(path);
    }
    let folders = index.folders();
    for (at, folder) in folders.iter().enumerate() {
        assert!(at < folder.end && folder.end <= folders.len());
        for inner in &folders[at..folder.end] {
            assert!(inner.end <= folder.end);
        }
    }
}
