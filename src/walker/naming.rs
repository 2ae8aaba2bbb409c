//! Naming: how paths are written in origins and in the ledger.
//!
//! Owns the way from bytes to readable names: `/` between parts, bytes that are not UTF-8 as
//! `\xff`, so that different files keep different names. Control characters stay; whoever
//! prints a name escapes them.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// Writes a path of the file system.
pub(super) fn name_path(path: &Path) -> String {
    let mut name = String::new();
    for component in path.components() {
        match component {
            Component::CurDir => continue,
            Component::RootDir => {
                name.push('/');
                continue;
            }
            _ if !name.is_empty() && !name.ends_with('/') => name.push('/'),
            _ => {}
        }
        push_bytes(&mut name, component.as_os_str().as_encoded_bytes());
    }
    if name.is_empty() {
        ".".to_owned()
    } else {
        name
    }
}

/// Writes a path of a git tree or index.
pub(super) fn name_bytes(path: &[u8]) -> String {
    let mut name = String::with_capacity(path.len());
    push_bytes(&mut name, path);
    name
}

/// Appends the name of one part.
pub(super) fn push_bytes(name: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        name.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(name, "\\x{byte:02x}");
        }
    }
}

/// The path that git or a list writes as these bytes.
#[cfg(unix)]
pub(super) fn to_path(bytes: &[u8]) -> PathBuf {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// The path that git or a list writes as these bytes.
#[cfg(not(unix))]
pub(super) fn to_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_distinct() {
        assert_eq!(name_bytes(b"a\xff/b"), "a\\xff/b");
        assert_eq!(name_bytes(b"a\xfe/b"), "a\\xfe/b");
        assert_eq!(name_bytes(b"-a\nb"), "-a\nb");
    }

    #[test]
    fn paths_lose_only_dots() {
        assert_eq!(name_path(Path::new("./a/./b")), "a/b");
        assert_eq!(name_path(Path::new("/a/b")), "/a/b");
        assert_eq!(name_path(Path::new("../a")), "../a");
        assert_eq!(name_path(Path::new(".")), ".");
    }
}
