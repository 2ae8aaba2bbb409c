//! Bytes of packs and indexes: mapped where they are files, held where they were made.

use memmap2::Mmap;

/// Bytes of a file, mapped or held.
#[derive(Debug)]
pub(super) enum Bytes {
    Mapped(Mmap),
    Held(Vec<u8>),
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Held(bytes) => bytes,
        }
    }
}
