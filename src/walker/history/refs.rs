//! Refs: where history starts.
//!
//! Owns the list of everything git keeps objects for by name. Does not own reading objects. A
//! ref that cannot be read is a gap; a symbolic ref to a branch that does not exist is not, for
//! it names no object.

use std::collections::BTreeSet;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use crate::walker::id::{Format, Id};
use crate::walker::naming::{name_bytes, name_path};
use crate::walker::repository::Repository;
use crate::walker::{Coverage, GapReason};

/// A name and the object it names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tip {
    pub(super) name: String,
    pub(super) id: Id,
}

/// Lists all tips, sorted by name.
pub(super) fn list_tips(
    repository: &Repository,
    faults: &mut Coverage,
) -> Result<Vec<Tip>, git2::Error> {
    let git = repository.git();
    let mut tips = BTreeSet::new();
    for reference in git.references()? {
        let reference = reference?;
        if let Some(id) = reference.target() {
            let name = name_bytes(reference.name_bytes());
            let id = id.into();
            tips.insert(Tip { name, id });
        }
    }
    // The stash keeps all entries but the last in its log alone. Libgit2 would make a log that is
    // not there, and what is scanned is not written to.
    let has_log = repository.common_dir().join("logs/refs/stash").is_file();
    if has_log && let Ok(log) = git.reflog("refs/stash") {
        for (index, entry) in log.iter().enumerate() {
            let name = format!("stash@{{{index}}}");
            let id = entry.id_new().into();
            tips.insert(Tip { name, id });
        }
    }
    let mut files = Files {
        common: repository.common_dir(),
        format: repository.format(),
        tips: &mut tips,
        faults,
    };
    files.read_all();
    Ok(tips.into_iter().collect())
}

/// Refs that lie in files of their own. Libgit2 passes silently over those it cannot parse, and
/// over what belongs to another linked worktree: detached HEADs, bisections.
struct Files<'a> {
    common: &'a Path,
    format: Format,
    tips: &'a mut BTreeSet<Tip>,
    faults: &'a mut Coverage,
}

impl Files<'_> {
    fn read_all(&mut self) {
        let worktrees = self.common.join("worktrees");
        let mut homes = vec![self.common.to_owned()];
        if worktrees.is_dir() {
            let linked = self.list(&worktrees);
            homes.extend(linked.into_iter().map(|entry| entry.path()));
        }
        for home in homes {
            self.read_file(&home.join("HEAD"));
            let refs = home.join("refs");
            if refs.is_dir() {
                self.read_folder(refs);
            }
        }
    }

    fn read_folder(&mut self, root: PathBuf) {
        let mut open = vec![root];
        while let Some(folder) = open.pop() {
            for entry in self.list(&folder) {
                let path = entry.path();
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    open.push(path);
                } else if path.extension().is_none_or(|extension| extension != "lock") {
                    self.read_file(&path);
                }
            }
        }
    }

    fn list(&mut self, folder: &Path) -> Vec<DirEntry> {
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        entries.unwrap_or_else(|error| {
            self.faults
                .gap(GapReason::Unreadable, self.name(folder), error.to_string());
            Vec::new()
        })
    }

    fn read_file(&mut self, path: &Path) {
        let name = self.name(path);
        // A fifo would block.
        let text = match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => fs::read(path),
            Ok(_) => Ok(Vec::new()),
            Err(error) => Err(error),
        };
        match text {
            Ok(text) if text.starts_with(b"ref:") => {}
            Ok(text) => match Id::parse(text.trim_ascii_end(), self.format) {
                Some(id) => {
                    self.tips.insert(Tip { name, id });
                }
                None => self
                    .faults
                    .gap(GapReason::Corrupt, name, "the ref cannot be parsed"),
            },
            // Deleted between listing and reading, or a folder that is no worktree.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self
                .faults
                .gap(GapReason::Unreadable, name, error.to_string()),
        }
    }

    fn name(&self, path: &Path) -> String {
        name_path(path.strip_prefix(self.common).unwrap_or(path))
    }
}
