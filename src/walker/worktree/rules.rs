//! Rules: which of git's ignore rules are in force in each folder of a walk.
//!
//! Owns finding the repository around a folder, and the way of its rules down the tree. Does not own
//! what a rule says (`ignored`).

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ignore::DirEntry;

use super::{Known, Visitor, lock};
use crate::walker::ignored::Folder;
use crate::walker::repository::Repository;
use crate::walker::{Error, GapReason};

impl Visitor<'_> {
    /// Notes the rules of a folder before its entries are visited.
    pub(super) fn enter(&mut self, entry: &DirEntry) {
        if !self.tree.options.obey_gitignore {
            return;
        }
        let path = entry.path();
        let folder = match self.open_nested(path) {
            Some(folder) => Some(folder),
            None => self
                .folder_of(path)
                .and_then(|above| above.rules.as_ref())
                .map(|above| above.enter(entry.file_name().as_encoded_bytes(), path)),
        };
        if let Some(folder) = folder {
            lock(&self.tree.folders).insert(path.to_owned(), folder);
        }
    }

    /// The folder an entry lies in, which was visited before.
    pub(super) fn folder_of(&mut self, entry: &Path) -> Option<&Known> {
        let is_known = |known: &Known| known.own_name(entry).is_some();
        if !self.last.as_ref().is_some_and(is_known) {
            let parent = entry.parent()?;
            let mut prefix = self.name(parent);
            if prefix == "." {
                prefix.clear();
            } else if !prefix.ends_with('/') {
                prefix.push('/');
            }
            self.last = Some(Known {
                path: parent.to_owned(),
                prefix,
                rules: lock(&self.tree.folders).get(parent).cloned(),
            });
        }
        self.last.as_ref()
    }

    /// The rules of a nested repository or submodule whose root is `path`.
    fn open_nested(&mut self, path: &Path) -> Option<Arc<Folder>> {
        fs::symlink_metadata(path.join(".git")).ok()?;
        let repository = Repository::open_at(path).ok()?;
        self.open_checkout(&repository, path)
    }

    /// The rules in force in the root of the walk: those of each folder from the root of its
    /// repository down.
    pub(super) fn find_rules(&mut self, root: &Path) -> Option<Arc<Folder>> {
        let repository = match Repository::discover(root) {
            Ok(found) => found?,
            // Without rules more is scanned, not less, and nothing is broken.
            Err(Error::UnsupportedFormat { .. }) => return None,
            Err(error) => {
                let detail =
                    std::error::Error::source(&error).map_or(String::new(), ToString::to_string);
                self.worker.coverage.gap(GapReason::Corrupt, ".git", detail);
                return None;
            }
        };
        let mut here = fs::canonicalize(repository.workdir()?).ok()?;
        let inside = fs::canonicalize(root).ok()?;
        let inside = inside.strip_prefix(&here).ok()?;
        let mut folder = self.open_checkout(&repository, &here)?;
        for part in inside {
            here.push(part);
            folder = folder.enter(part.as_encoded_bytes(), &here);
        }
        Some(folder.asked_for(&here))
    }

    fn open_checkout(&mut self, repository: &Repository, workdir: &Path) -> Option<Arc<Folder>> {
        repository.workdir()?;
        let (folder, fault) = Folder::root(repository, workdir);
        if let Some(fault) = fault {
            // Nothing counts as untracked then, so nothing is left out.
            let name = self.name(&workdir.join(".git/index"));
            self.worker.coverage.gap(GapReason::Corrupt, name, fault);
        }
        Some(folder)
    }
}
