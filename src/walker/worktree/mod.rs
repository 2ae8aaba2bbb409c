//! The working tree: every file below a folder, as it is on disk.
//!
//! Owns which entries of the file system are read and which are skipped. Does not own git's
//! ignore rules (`rules`, `ignored`) or reading a file (`worker`).

mod rules;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{MAIN_SEPARATOR_STR, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::ignored::Folder;
use super::naming::{name_path, push_bytes};
use super::worker::{Worker, note_interrupt};
use super::{
    Coverage, Error, GapReason, MakeSink, Options, Origin, SkipReason, State, Stores, What,
};

/// Scans every file below the folder `root`; paths are relative to it.
///
/// Git's ignore rules hold inside repositories, nested ones included, unless
/// `options.obey_gitignore` is off. Symbolic links are not followed.
///
/// # Errors
/// When `root` does not exist. What cannot be read below it is in the ledger.
pub fn scan_tree(
    root: &Path,
    options: &Options<'_>,
    make: &MakeSink<'_>,
) -> Result<Coverage, Error> {
    if !root.exists() {
        return Err(Error::NoSuchPath {
            path: root.to_owned(),
        });
    }
    let mut coverage = walk(root, root, &BTreeSet::new(), options, make);
    // A folder of packs and bundles alone was read as the objects in them.
    let is_read = options.stores.is_some_and(Stores::has_read_any);
    if coverage.files == 0 && !is_read {
        let name = name_path(root);
        coverage.gap(GapReason::NothingScanned, name, "no file was searched");
    }
    note_interrupt(&mut coverage, options);
    Ok(coverage)
}

/// Walks `root`, with names relative to `base`; the entries `apart` are scanned on their own.
pub(super) fn walk(
    root: &Path,
    base: &Path,
    apart: &BTreeSet<String>,
    options: &Options<'_>,
    make: &MakeSink<'_>,
) -> Coverage {
    let tree = Tree {
        root,
        base,
        apart,
        options,
        folders: Mutex::default(),
        coverage: Mutex::default(),
    };
    WalkBuilder::new(root)
        .standard_filters(false)
        .follow_links(false)
        .threads(options.threads.max(1))
        .build_parallel()
        .run(|| {
            let mut visitor = Visitor {
                tree: &tree,
                worker: Worker::new(options, make),
                last: None,
            };
            Box::new(move |entry| visitor.visit(entry))
        });
    tree.coverage
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

/// What the threads of one walk share.
struct Tree<'a> {
    root: &'a Path,
    base: &'a Path,
    apart: &'a BTreeSet<String>,
    options: &'a Options<'a>,
    /// Rules of the folders visited so far; a folder is visited before what is in it.
    folders: Mutex<HashMap<PathBuf, Arc<Folder>>>,
    coverage: Mutex<Coverage>,
}

/// One thread of a walk.
struct Visitor<'a> {
    tree: &'a Tree<'a>,
    worker: Worker<'a>,
    /// The folder asked for last: entries of one folder tend to come together.
    last: Option<Known>,
}

/// What is known of a folder.
struct Known {
    path: PathBuf,
    /// What the names of its entries begin with.
    prefix: String,
    rules: Option<Arc<Folder>>,
}

impl Known {
    /// The name of an entry in its folder, if its path is one of this folder.
    fn own_name<'a>(&self, path: &'a Path) -> Option<&'a [u8]> {
        let bytes = |path: &'a Path| path.as_os_str().as_encoded_bytes();
        let rest = bytes(path).strip_prefix(self.path.as_os_str().as_encoded_bytes())?;
        let own = rest.strip_prefix(MAIN_SEPARATOR_STR.as_bytes())?;
        (!own.is_empty() && !own.contains(&b'/')).then_some(own)
    }
}

impl Drop for Visitor<'_> {
    fn drop(&mut self) {
        lock(&self.tree.coverage).absorb(std::mem::take(&mut self.worker.coverage));
    }
}

impl Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        if self.tree.options.is_interrupted() {
            return WalkState::Quit;
        }
        match entry {
            Ok(entry) if entry.depth() == 0 => self.visit_root(),
            Ok(entry) => self.visit_entry(&entry),
            Err(error) => {
                let (path, detail) = explain(&error);
                let name = self.name(path.unwrap_or(self.tree.root));
                self.worker
                    .coverage
                    .gap(GapReason::Unreadable, name, detail);
                WalkState::Continue
            }
        }
    }

    fn visit_root(&mut self) -> WalkState {
        let root = self.tree.root;
        if self.tree.options.obey_gitignore
            && let Some(folder) = self.find_rules(root)
        {
            lock(&self.tree.folders).insert(root.to_owned(), folder);
        }
        WalkState::Continue
    }

    fn visit_entry(&mut self, entry: &DirEntry) -> WalkState {
        let path = entry.path();
        let Some(kind) = entry.file_type() else {
            return WalkState::Continue; // Only standard input has none.
        };
        let name = self.name_entry(path);
        if self.tree.apart.contains(&name) {
            return WalkState::Skip;
        }
        if let Some(stores) = self.tree.options.stores {
            self.search_entry_name(entry);
            if kind.is_file() && stores.has_read(path) {
                let size = entry.metadata().map_or(0, |metadata| metadata.len());
                let coverage = &mut self.worker.coverage;
                coverage.enter(&name, "", size, State::AsObjects);
                return WalkState::Continue;
            }
        }
        let mark = if kind.is_dir() { "/" } else { "" };
        if let Some(reason) = self.rule_against(entry, &name, kind.is_dir()) {
            self.worker.coverage.skip(reason, name + mark, 0);
            return WalkState::Skip;
        }
        if kind.is_dir() {
            self.enter(entry);
        } else if kind.is_symlink() {
            match fs::read_link(path) {
                Ok(target) if self.tree.options.stores.is_some() => {
                    let target = target.as_os_str().as_encoded_bytes();
                    self.worker.search_link(name, target);
                }
                _ => self.worker.coverage.skip(SkipReason::Symlink, name, 0),
            }
        } else if kind.is_file() {
            self.worker.read_file(path, name);
        } else {
            self.worker.coverage.skip(SkipReason::Special, name, 0);
        }
        WalkState::Continue
    }

    /// Searches the name of an entry, as it leaves with the folder, too.
    fn search_entry_name(&mut self, entry: &DirEntry) {
        let folder = entry.path().parent().map(|folder| self.name(folder));
        let origin = Origin::Metadata {
            path: folder.unwrap_or_default(),
            what: What::Name,
        };
        let name = entry.file_name().as_encoded_bytes();
        self.worker.search_name(&origin, name);
    }

    /// The rule by which an entry is left out, if any.
    fn rule_against(&mut self, entry: &DirEntry, name: &str, is_dir: bool) -> Option<SkipReason> {
        let is_whole = self.tree.options.stores.is_some();
        if is_dir && entry.file_name() == ".git" && !is_whole {
            return Some(SkipReason::GitFolder);
        }
        if self.tree.options.filter.matches(name, is_dir) {
            return Some(SkipReason::Excluded);
        }
        let folder = self.folder_of(entry.path())?;
        let rules = folder.rules.as_ref()?;
        rules
            .ignores(entry.file_name().as_encoded_bytes(), is_dir)
            .then_some(SkipReason::GitIgnored)
    }

    /// The name of what lies in a folder.
    fn name_entry(&mut self, path: &Path) -> String {
        if let Some(folder) = self.folder_of(path)
            && let Some(own) = folder.own_name(path)
        {
            let mut name = String::with_capacity(folder.prefix.len() + own.len());
            name.push_str(&folder.prefix);
            push_bytes(&mut name, own);
            return name;
        }
        self.name(path)
    }

    fn name(&self, path: &Path) -> String {
        name_path(path.strip_prefix(self.tree.base).unwrap_or(path))
    }
}

/// The path an error is about and the system's words.
fn explain(error: &ignore::Error) -> (Option<&Path>, String) {
    match error {
        ignore::Error::WithPath { path, err } => (Some(path), explain(err).1),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            explain(err)
        }
        ignore::Error::Io(error) => (None, error.to_string()),
        other => (None, other.to_string()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
