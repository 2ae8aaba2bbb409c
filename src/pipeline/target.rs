//! Targets: how what was found in one is named.
//!
//! Owns the rule that names are relative to the root of the repository a target lies in, so
//! that excludes, reports and annotations mean the same file wherever a scan starts; outside a
//! repository they are relative to the target. Several targets without a common repository
//! keep the names they were given in front.

use std::path::{Path, PathBuf};

use crate::walker::{Coverage, Entries, Repository};

/// What stands before the names of one walk, without a slash at its end; empty for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefix(String);

impl Prefix {
    /// The text itself.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// A prefix of these words.
    pub(super) fn of(name: String) -> Self {
        Self(name)
    }

    /// Puts the prefix before a name, unless that is absolute or no path of a file.
    pub(super) fn name(&self, name: &str) -> String {
        if self.0.is_empty() || name.starts_with('/') || name == "-" {
            name.to_owned()
        } else if name == "." {
            self.0.clone()
        } else {
            format!("{}/{name}", self.0)
        }
    }

    /// Puts the prefix before all names of a ledger.
    pub(super) fn rename(&self, coverage: &mut Coverage) {
        if self.0.is_empty() {
            return;
        }
        for item in coverage.list.iter_mut().flatten() {
            // An object is named by its id wherever it lies.
            let is_id = matches!(item.name.len(), 40 | 64)
                && item.name.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !is_id {
                item.name = self.name(&item.name);
            }
        }
        let skipped = coverage.skipped.values_mut();
        for entries in skipped.chain(coverage.gaps.values_mut()) {
            self.rename_entries(entries);
        }
    }

    fn rename_entries(&self, entries: &mut Entries) {
        entries.names = std::mem::take(&mut entries.names)
            .into_iter()
            .map(|(name, detail)| (self.name(&name), detail))
            .collect();
    }
}

/// The prefixes of folders that are scanned together.
pub(super) fn prefixes(paths: &[PathBuf]) -> Vec<Prefix> {
    let places: Vec<Option<(PathBuf, String)>> = paths.iter().map(|path| place(path)).collect();
    let root = |place: &Option<(PathBuf, String)>| place.as_ref().map(|(root, _)| root.clone());
    let first = places.first().and_then(&root);
    let together =
        paths.len() == 1 || (first.is_some() && places.iter().all(|one| root(one) == first));
    let named = paths.iter().zip(places).map(|(path, place)| match place {
        Some((_, below)) if together => below,
        _ if together => String::new(),
        _ => write(path),
    });
    named.map(Prefix).collect()
}

/// The root of the repository that holds `path`, and where `path` lies below it.
fn place(path: &Path) -> Option<(PathBuf, String)> {
    let repository = Repository::discover(path).ok().flatten()?;
    let path = path.canonicalize().ok()?;
    if is_same(&path, repository.git_dir()) {
        // Its names are those of history, whatever folder it lies in.
        return Some((path, String::new()));
    }
    let root = repository.workdir()?.canonicalize().ok()?;
    let below = write(path.strip_prefix(&root).ok()?);
    Some((root, below))
}

fn write(path: &Path) -> String {
    let parts = path
        .components()
        .filter(|part| !matches!(part, std::path::Component::CurDir));
    let text: PathBuf = parts.collect();
    text.to_string_lossy()
        .replace('\\', "/")
        .trim_end_matches('/')
        .to_owned()
}

/// Says whether two paths lead to the same folder.
pub(super) fn is_same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_a_repository_is_named_from_its_root() {
        let top = tempfile::tempdir().unwrap();
        git2::Repository::init(top.path()).unwrap();
        let sub = top.path().join("a/b");
        std::fs::create_dir_all(&sub).unwrap();
        let names = |paths: &[PathBuf]| {
            prefixes(paths)
                .iter()
                .map(|prefix| prefix.name("c.txt"))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(std::slice::from_ref(&sub)), ["a/b/c.txt"]);
        assert_eq!(names(&[top.path().to_owned()]), ["c.txt"]);
        assert_eq!(
            names(&[sub, top.path().join("a")]),
            ["a/b/c.txt", "a/c.txt"]
        );
    }

    #[test]
    fn objects_are_named_as_in_history() {
        let top = tempfile::tempdir().unwrap();
        git2::Repository::init(top.path()).unwrap();
        let (git, copy) = (top.path().join(".git"), top.path().join("copy"));
        assert_eq!(prefixes(std::slice::from_ref(&git))[0].name("c"), "c");
        // A bare copy without configuration: libgit2 takes the folder around it for a tree.
        std::fs::rename(git, &copy).unwrap();
        std::fs::remove_file(copy.join("config")).unwrap();
        assert_eq!(prefixes(&[copy])[0].name("c"), "c");
    }

    #[test]
    fn unrelated_folders_keep_their_names() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let paths = [one.path().to_owned(), two.path().to_owned()];
        let names: Vec<String> = prefixes(&paths)
            .iter()
            .map(|prefix| prefix.name("c"))
            .collect();
        assert_ne!(names[0], names[1]);
        assert_eq!(prefixes(&paths[..1])[0].name("c"), "c");
    }
}
