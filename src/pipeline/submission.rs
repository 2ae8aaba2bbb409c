//! Submission: all that leaves with a folder, repository, pack or bundle.
//!
//! Owns the order: first every store of objects in the folder, then the folder with everything in
//! it, `.git` included, but for what was read as objects. Does not own what the outcome means.

use std::path::{Path, PathBuf};

use super::target::{Prefix, is_same};
use super::{Error, Pass};
use crate::walker::{self, GapReason, History, Repository, Store, Stores};

/// What the history of the scanned path is called, and that of repositories in it.
const OWN: &str = "history";
const NESTED: &str = "nested history";
/// A pack or bundle is read into memory up to this many bytes.
const LARGEST_STREAM: u64 = 4 << 30;

impl Pass<'_> {
    /// Scans all that leaves with a path.
    pub(super) fn scan_submission(&mut self, path: &Path) -> Result<(), Error> {
        if std::fs::symlink_metadata(path).is_err() {
            let path = path.to_owned();
            return Err(walker::Error::NoSuchPath { path }.into());
        }
        let mut stores = walker::find_stores(path);
        if let Some(repository) = Self::repository_of(path)? {
            self.revision = repository.head();
            let elsewhere = repository.common_dir();
            if !stores.has_folder(elsewhere) {
                // A linked worktree, or links within the `.git` folder.
                self.scan_store(elsewhere, String::new(), &mut stores)?;
            }
        }
        for store in stores.all().to_vec() {
            match store {
                Store::Folder(folder) => {
                    let name = stores.name(&folder);
                    self.scan_store(&folder, name, &mut stores)?;
                }
                Store::Stream(file) => self.scan_stream_file(&file, path, &mut stores)?,
            }
        }
        if !path.is_dir() {
            if !stores.has_read(path) {
                self.scan_files(&[path.to_owned()], false)?;
            }
            return Ok(());
        }
        self.walk("tree", &Prefix::default(), |options, make| {
            let options = walker::Options {
                stores: Some(&stores),
                ..*options
            };
            walker::scan_tree(path, &options, make)
        })
    }

    /// The repository whose root a path is.
    fn repository_of(path: &Path) -> Result<Option<Repository>, Error> {
        let found = match Repository::discover(path) {
            Ok(found) => found,
            // It is met again among the stores.
            Err(walker::Error::NoSuchPath { path }) => {
                return Err(walker::Error::NoSuchPath { path }.into());
            }
            Err(_) => None,
        };
        let is_root = |one: &Repository| {
            let top = one.workdir().unwrap_or_else(|| one.git_dir());
            is_same(path, top)
        };
        Ok(found.filter(is_root))
    }

    /// Scans all objects of a repository.
    fn scan_store(
        &mut self,
        folder: &Path,
        name: String,
        stores: &mut Stores,
    ) -> Result<(), Error> {
        let history = match History::open_whole(folder) {
            Ok(history) => history,
            Err(fault) => {
                // Its files are read one by one with the folder.
                let name = if name.is_empty() { "." } else { &name };
                self.coverage
                    .gap(GapReason::Corrupt, name, fault.to_string());
                return Ok(());
            }
        };
        let source = if name.is_empty() { OWN } else { NESTED };
        self.scan_history_of(history, source, name, stores)
    }

    fn scan_history_of(
        &mut self,
        history: History,
        source: &str,
        name: String,
        stores: &mut Stores,
    ) -> Result<(), Error> {
        let prefix = Prefix::of(name);
        let walked: &Stores = stores;
        self.walk(source, &prefix, |options, make| {
            let options = walker::Options {
                stores: Some(walked),
                ..*options
            };
            history.scan(&options, make)
        })?;
        stores.note(&history);
        self.histories.push((prefix, history));
        Ok(())
    }

    /// Scans a pack or bundle, unless a repository has read it.
    fn scan_stream_file(
        &mut self,
        file: &Path,
        root: &Path,
        stores: &mut Stores,
    ) -> Result<(), Error> {
        if stores.has_read(file) {
            return Ok(());
        }
        let name = name_below(file, root);
        let size = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
        if size > LARGEST_STREAM {
            // The file is over the limit for files, too.
            return Ok(());
        }
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                let detail = error.to_string();
                self.coverage.gap(GapReason::Unreadable, name, detail);
                return Ok(());
            }
        };
        let history = History::open_stream(&name, bytes, self.options.run());
        let Some(history) = history else {
            let detail = "it begins as a pack or bundle and is none";
            self.coverage.gap(GapReason::Corrupt, name, detail);
            return Ok(());
        };
        stores.note_stream(file);
        let source = if file == root { OWN } else { NESTED };
        self.scan_history_of(history, source, name, stores)
    }
}

/// What a file below the root is called.
fn name_below(file: &Path, root: &Path) -> String {
    let below = file.strip_prefix(root).unwrap_or(file);
    let below = if below.as_os_str().is_empty() {
        file.file_name().map(PathBuf::from).unwrap_or_default()
    } else {
        below.to_owned()
    };
    below.to_string_lossy().replace('\\', "/")
}
