//! Paths: each once, as a number, so that the millions of places in a history stay small.
//!
//! Hashes are seeded at random: names come from the repository, which is not to choose them so
//! that they fall together. Does not own how a path is shown.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// The number of a path.
pub(super) type Path = u32;

/// The path of a root tree.
pub(super) const ROOT: Path = 0;

/// Paths, each a name below another path.
#[derive(Debug, Default)]
pub(super) struct Paths {
    names: Vec<Box<[u8]>>,
    by_name: HashMap<Box<[u8]>, u32, RandomState>,
    /// All but the root, from 1 on.
    all: Vec<(Path, u32)>,
    by_last: HashMap<(Path, u32), Path, RandomState>,
}

impl Paths {
    /// The number of a name.
    pub(super) fn name(&mut self, name: &[u8]) -> u32 {
        if let Some(&number) = self.by_name.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.into());
        self.by_name.insert(name.into(), number);
        number
    }

    /// The path of what has this name below `path`.
    pub(super) fn join(&mut self, path: Path, name: u32) -> Path {
        *self.by_last.entry((path, name)).or_insert_with(|| {
            self.all.push((path, name));
            self.all.len() as Path
        })
    }

    /// Writes a path, `/` between its names.
    pub(super) fn write(&self, mut path: Path) -> Vec<u8> {
        let mut names: Vec<&[u8]> = Vec::new();
        while let Some(last) = path.checked_sub(1) {
            let (above, name) = self.all[last as usize];
            names.push(&self.names[name as usize]);
            path = above;
        }
        names.reverse();
        names.join(&b'/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_number() {
        let mut paths = Paths::default();
        let (a, b) = (paths.name(b"a"), paths.name(b"b"));
        let path = paths.join(ROOT, a);
        let below = paths.join(path, b);
        assert_eq!(paths.name(b"a"), a);
        assert_eq!(paths.join(path, b), below);
        assert_ne!(paths.join(below, b), below);
        assert_eq!(paths.write(below), b"a/b");
        assert_eq!(paths.write(ROOT), b"");
    }
}
