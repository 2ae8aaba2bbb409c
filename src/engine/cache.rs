//! The database cache: a compiled database in the user's cache folder.
//!
//! Owns the file: its name binds it to detectors, library and platform, a digest guards its
//! bytes, its mode keeps it private. Any fault is a miss. Does not own compilation.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

const DIGEST: usize = 32;

/// One cache file.
#[derive(Debug)]
pub(super) struct Entry {
    path: PathBuf,
}

impl Entry {
    /// Names the file for a detector digest and a library version.
    pub(super) fn new(folder: &Path, detectors: &[u8; 32], version: &str) -> Self {
        let key = Sha256::new()
            .chain_update(detectors)
            .chain_update(version)
            .chain_update(std::env::consts::ARCH)
            .chain_update(std::env::consts::OS)
            .chain_update(env!("CARGO_PKG_VERSION"))
            .finalize();
        let name = data_encoding::HEXLOWER.encode(&key[..16]);
        Self {
            path: folder.join(format!("detectors-{name}.hsdb")),
        }
    }

    /// Reads the database; `None` when absent, damaged or writable by others.
    pub(super) fn read(&self) -> Option<Vec<u8>> {
        if !is_private(&self.path) {
            return None;
        }
        let mut bytes = fs::read(&self.path).ok()?;
        if bytes.len() < DIGEST {
            return None;
        }
        let payload = bytes.split_off(DIGEST);
        (Sha256::digest(&payload).as_slice() == bytes).then_some(payload)
    }

    /// Writes the database; a cache that cannot be written only costs the next run time.
    pub(super) fn write(&self, payload: &[u8]) {
        let Some(folder) = self.path.parent() else {
            return;
        };
        let written = fs::create_dir_all(folder).and_then(|()| {
            // Mode 0600 by tempfile; the rename is atomic, so a reader never sees half a file.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&Sha256::digest(payload))?;
            file.write_all(payload)?;
            file.persist(&self.path).map_err(|fault| fault.error)
        });
        drop(written);
    }
}

#[cfg(unix)]
fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    // No bit of group and others: the lowest six.
    fs::metadata(path).is_ok_and(|meta| meta.permissions().mode().trailing_zeros() >= 6)
}

#[cfg(not(unix))]
fn is_private(_path: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_a_miss() {
        let folder = tempfile::tempdir().unwrap();
        let entry = Entry::new(folder.path(), &[7; 32], "5.4");
        assert_eq!(entry.read(), None);
        entry.write(b"database");
        assert_eq!(entry.read().as_deref(), Some(b"database".as_slice()));
        let mut bytes = fs::read(&entry.path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&entry.path, bytes).unwrap();
        assert_eq!(entry.read(), None);
    }

    #[test]
    fn the_name_binds_detectors_and_version() {
        let folder = Path::new("x");
        let names = [
            Entry::new(folder, &[1; 32], "5.4").path,
            Entry::new(folder, &[2; 32], "5.4").path,
            Entry::new(folder, &[1; 32], "5.5").path,
        ];
        assert!(names[0] != names[1] && names[0] != names[2] && names[1] != names[2]);
    }
}
