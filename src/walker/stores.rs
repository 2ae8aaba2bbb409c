//! Stores: what of a folder is git's own, wherever it lies.
//!
//! Owns finding `.git` folders and bare repositories, packs and bundles, and the contents that Git
//! LFS keeps, and the question which files were read as objects. Does not own reading them
//! (`history`). Symbolic links are not followed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::history::{History, is_stream};
use super::naming::name_path;

/// Bytes that tell a pack or bundle.
const HEAD: usize = 16;
/// Folders nested deeper than this are not entered; the walk over files names what is there.
const DEPTH: usize = 1_024;

/// What of a folder is git's own.
#[derive(Debug, Default)]
pub struct Stores {
    /// The folder as it was given, and where it really lies.
    root: PathBuf,
    real: PathBuf,
    /// Everything that holds objects, sorted by path.
    all: Vec<Store>,
    /// Ids of the contents that Git LFS keeps.
    contents: BTreeSet<String>,
    /// Folders of objects, and packs and bundles without their extensions, that were read.
    folders: BTreeSet<PathBuf>,
    packs: BTreeSet<PathBuf>,
    streams: BTreeSet<PathBuf>,
}

/// Something that holds objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Store {
    /// A `.git` folder, or a bare repository.
    Folder(PathBuf),
    /// A pack or bundle in a file of its own.
    Stream(PathBuf),
}

/// Finds what of a folder is git's own.
pub fn find_stores(root: &Path) -> Stores {
    let mut stores = Stores {
        root: root.to_owned(),
        real: root.canonicalize().unwrap_or_else(|_| root.to_owned()),
        ..Stores::default()
    };
    if root.is_file() {
        stores.look_at(root.to_owned());
    }
    let mut open = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        if is_git_folder(&folder) {
            stores.all.push(Store::Folder(folder.clone()));
        }
        // What cannot be listed is named by the walk over files.
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        let above = folder.parent().filter(|_| folder.ends_with("objects"));
        let is_objects = above.is_some_and(is_git_folder);
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let path = entry.path();
            let is_loose = is_objects && entry.file_name().len() == 2;
            if kind.is_dir() && depth < DEPTH && !is_loose {
                open.push((path, depth + 1));
            } else if kind.is_file() {
                stores.look_at(path);
            }
        }
    }
    stores.all.sort();
    stores
}

impl Stores {
    /// Everything that holds objects: folders first, then streams.
    pub fn all(&self) -> &[Store] {
        &self.all
    }

    /// Says whether a `.git` folder is among them.
    pub fn has_folder(&self, path: &Path) -> bool {
        let real = path.canonicalize().ok();
        self.all.iter().any(|store| match store {
            Store::Folder(folder) => folder.canonicalize().ok() == real,
            Store::Stream(_) => false,
        })
    }

    /// Notes the objects of a history as read.
    pub fn note(&mut self, history: &History) {
        let (folders, packs) = history.files();
        let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
        self.folders.extend(folders.into_iter().map(real));
        for pack in packs {
            // The name is that of no file.
            if let (Some(folder), Some(name)) = (pack.parent(), pack.file_name()) {
                self.packs.insert(real(folder.to_owned()).join(name));
            }
        }
    }

    /// Notes a pack or bundle as read.
    pub fn note_stream(&mut self, path: &Path) {
        self.streams.insert(path.to_owned());
    }

    /// What a store is called: for a `.git` folder the folder around it.
    pub fn name(&self, path: &Path) -> String {
        let path = match path.file_name() {
            Some(name) if name == ".git" => path.parent().unwrap_or(path),
            _ => path,
        };
        let below = path.strip_prefix(&self.root).unwrap_or(path);
        let name = name_path(below);
        if name == "." { String::new() } else { name }
    }

    /// Says whether anything was read as the objects that it holds.
    pub(super) fn has_read_any(&self) -> bool {
        !(self.folders.is_empty() && self.packs.is_empty() && self.streams.is_empty())
    }

    /// Says whether a file was read as the objects that it holds.
    pub fn has_read(&self, path: &Path) -> bool {
        if self.streams.contains(path) {
            return true;
        }
        let Ok(below) = path.strip_prefix(&self.root) else {
            return false;
        };
        let path = self.real.join(below);
        let extension = path.extension().and_then(|extension| extension.to_str());
        if let Some("pack" | "idx") = extension {
            return self.packs.contains(&path.with_extension(""));
        }
        let is_id = |name: &str| {
            matches!(name.len(), 38 | 62) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let name = path.file_name().and_then(|name| name.to_str());
        let folder = path.parent().and_then(Path::parent);
        name.is_some_and(is_id) && folder.is_some_and(|folder| self.folders.contains(folder))
    }

    /// Says whether Git LFS keeps the content that a pointer names, so that it is read as a file.
    pub(super) fn has_content(&self, pointer: &[u8]) -> bool {
        let text = std::str::from_utf8(pointer).unwrap_or_default();
        let id = text
            .lines()
            .find_map(|line| line.strip_prefix("oid sha256:"));
        id.is_some_and(|id| self.contents.contains(id))
    }

    fn look_at(&mut self, path: PathBuf) {
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(id) = name
            && id.len() == 64
            && path
                .ancestors()
                .nth(4)
                .is_some_and(|above| above.ends_with("lfs"))
        {
            self.contents.insert(id.to_owned());
        }
        let mut head = [0; HEAD];
        let is_read = File::open(&path).and_then(|mut file| file.read_exact(&mut head));
        if is_read.is_ok() && is_stream(&head) {
            self.all.push(Store::Stream(path));
        }
    }
}

/// Says whether a folder is one that git takes for a repository (gitrepository-layout).
fn is_git_folder(folder: &Path) -> bool {
    let is_folder = |name: &str| {
        let kind = fs::symlink_metadata(folder.join(name));
        kind.is_ok_and(|kind| kind.is_dir())
    };
    fs::symlink_metadata(folder.join("HEAD")).is_ok() && is_folder("objects") && is_folder("refs")
}
