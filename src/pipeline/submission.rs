//! Submission: all that leaves with a folder, repository, pack, bundle or archive.
//!
//! Owns the order: first every store of objects in the folder, then the folder with everything in
//! it, `.git` included, but for what was read as objects. An archive with a repository in it is
//! such a folder. Does not own what the outcome means.

use std::path::{Path, PathBuf};

use super::target::{Prefix, is_same};
use super::{Error, Pass};
use crate::walker::{self, Extraction, GapReason, History, Limits, Repository, Store, Stores};

/// What the history of the scanned path is called, and that of repositories in it.
const OWN: &str = "history";
const NESTED: &str = "nested history";
/// A pack or bundle is read into memory up to this many bytes.
const LARGEST_STREAM: u64 = 4 << 30;
/// How far an archive that is handed over itself is unpacked: it may be a whole repository.
const ARCHIVE: Limits = Limits {
    total: 4 << 30,
    depth: 8,
    members: 2_000_000,
    ratio: 1_000,
};

/// A folder whose stores and files are read, and what stands before its names.
struct Ground<'a> {
    root: &'a Path,
    prefix: &'a Prefix,
}

impl Ground<'_> {
    /// The prefix of something below the folder; of its own where that has no name.
    fn prefix(&self, name: String) -> Prefix {
        match (name.as_str(), self.prefix.as_str()) {
            ("", outer) => Prefix::of(outer.to_owned()),
            (_, "") => Prefix::of(name),
            (_, outer) => Prefix::of(format!("{outer}/{name}")),
        }
    }
}

impl Pass<'_> {
    /// Scans all that leaves with a path.
    pub(super) fn scan_submission(&mut self, path: &Path) -> Result<(), Error> {
        if std::fs::symlink_metadata(path).is_err() {
            let path = path.to_owned();
            return Err(walker::Error::NoSuchPath { path }.into());
        }
        let mut stores = walker::find_stores(path);
        let ground = Ground {
            root: path,
            prefix: &Prefix::default(),
        };
        if let Some(repository) = Self::repository_of(path)? {
            self.revision = repository.head();
            let elsewhere = repository.common_dir();
            if !stores.has_folder(elsewhere) {
                // A linked worktree, or links within the `.git` folder.
                self.scan_store(elsewhere, String::new(), &ground, &mut stores)?;
            }
        }
        self.scan_stores(&ground, &mut stores)?;
        if path.is_dir() {
            self.scan_folder(&ground, &stores)
        } else if stores.has_read(path) {
            Ok(())
        } else {
            self.scan_file(path)
        }
    }

    /// Scans a file, and the repository in it if it is an archive of one.
    fn scan_file(&mut self, path: &Path) -> Result<(), Error> {
        let name = name_below(path, path);
        let (most, run) = (self.options.max_file_size, self.options.run());
        let extraction = Extraction::open(path, most, ARCHIVE, run);
        let extraction = extraction.unwrap_or_else(|error| {
            // Its members are read one by one.
            let detail = format!("it cannot be extracted: {error}");
            self.coverage.gap(GapReason::Unreadable, &name, detail);
            None
        });
        let none = Stores::default();
        let folder = path.parent().unwrap_or(path);
        self.walk("files", &Prefix::default(), |options, make| {
            let options = walker::Options {
                unpack: Some(ARCHIVE),
                stores: Some(&none),
                extracted: extraction.as_ref(),
                ..*options
            };
            walker::scan_files(folder, &[PathBuf::from(&name)], false, &options, make)
        })?;
        let Some(extraction) = extraction else {
            return Ok(());
        };
        let ground = Ground {
            root: extraction.folder(),
            prefix: &Prefix::of(format!("{name}!")),
        };
        let mut stores = walker::find_stores(ground.root);
        self.scan_stores(&ground, &mut stores)?;
        self.scan_folder(&ground, &stores)?;
        // Where the folder lies is chance, and gone when the report is read.
        let folder = ground.root.display().to_string();
        self.coverage.replace(&folder, ground.prefix.as_str());
        self.extractions.push(extraction);
        Ok(())
    }

    /// Scans all objects in a folder.
    fn scan_stores(&mut self, ground: &Ground<'_>, stores: &mut Stores) -> Result<(), Error> {
        for store in stores.all().to_vec() {
            match store {
                Store::Folder(folder) => {
                    let name = stores.name(&folder);
                    self.scan_store(&folder, name, ground, stores)?;
                }
                Store::Stream(file) => self.scan_stream_file(&file, ground, stores)?,
            }
        }
        Ok(())
    }

    /// Scans all files in a folder, but for those that were read as objects.
    fn scan_folder(&mut self, ground: &Ground<'_>, stores: &Stores) -> Result<(), Error> {
        self.walk("tree", ground.prefix, |options, make| {
            let options = walker::Options {
                stores: Some(stores),
                ..*options
            };
            walker::scan_tree(ground.root, &options, make)
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
        ground: &Ground<'_>,
        stores: &mut Stores,
    ) -> Result<(), Error> {
        // The one folder of an archive is what was packed.
        let is_archive = !ground.prefix.as_str().is_empty();
        let is_own = name.is_empty() || (is_archive && !name.contains('/'));
        let prefix = ground.prefix(name);
        let history = match History::open_whole(folder) {
            Ok(history) => history,
            Err(fault) => {
                // Its files are read one by one with the folder.
                self.coverage
                    .gap(GapReason::Corrupt, prefix.name("."), fault.to_string());
                return Ok(());
            }
        };
        let source = if is_own { OWN } else { NESTED };
        self.scan_history_of(history, source, prefix, stores)
    }

    fn scan_history_of(
        &mut self,
        history: History,
        source: &str,
        prefix: Prefix,
        stores: &mut Stores,
    ) -> Result<(), Error> {
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
        ground: &Ground<'_>,
        stores: &mut Stores,
    ) -> Result<(), Error> {
        if stores.has_read(file) {
            return Ok(());
        }
        let prefix = ground.prefix(name_below(file, ground.root));
        let name = prefix.as_str().to_owned();
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
        let source = if file == ground.root { OWN } else { NESTED };
        self.scan_history_of(history, source, prefix, stores)
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
