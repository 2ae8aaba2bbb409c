//! Mapping: the bytes of a file of git's as memory.
//!
//! Owns the one place where that is done. Does not own what the bytes mean.

use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

/// Maps a file; `None` where it cannot be read or is empty.
pub(super) fn map(path: &Path) -> Option<Mmap> {
    let file = File::open(path).ok()?;
    // SAFETY: the map is only read. Git never changes a pack, an index of one or the index once
    // it is there, but puts another file in its place; if something else cuts the file short
    // meanwhile, the process may be stopped, as any that maps a file.
    #[expect(unsafe_code, reason = "mapping a file")]
    let map = unsafe { Mmap::map(&file) };
    map.ok()
}
