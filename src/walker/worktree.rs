//! The working tree: every file below a folder, as it is on disk.
//!
//! Owns which entries of the file system are read and which are skipped. Does not own git's
//! ignore rules (`ignored`) or reading a file (`worker`).

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::ignored::Folder;
use super::naming::name_path;
use super::repository::Repository;
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
    last: Option<(PathBuf, Option<Arc<Folder>>)>,
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
        let name = self.name(path);
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
        let folder = self.folder_of(entry)?;
        folder
            .ignores(entry.file_name().as_encoded_bytes(), is_dir)
            .then_some(SkipReason::GitIgnored)
    }

    /// Notes the rules of a folder before its entries are visited.
    fn enter(&mut self, entry: &DirEntry) {
        if !self.tree.options.obey_gitignore {
            return;
        }
        let path = entry.path();
        let folder = match self.open_nested(path) {
            Some(folder) => Some(folder),
            None => self
                .folder_of(entry)
                .map(|above| above.enter(entry.file_name().as_encoded_bytes(), path)),
        };
        if let Some(folder) = folder {
            lock(&self.tree.folders).insert(path.to_owned(), folder);
        }
    }

    /// The rules of the folder an entry lies in.
    fn folder_of(&mut self, entry: &DirEntry) -> Option<Arc<Folder>> {
        let parent = entry.path().parent()?;
        if let Some((path, folder)) = &self.last
            && path == parent
        {
            return folder.clone();
        }
        let folder = lock(&self.tree.folders).get(parent).cloned();
        self.last = Some((parent.to_owned(), folder.clone()));
        folder
    }

    /// The rules of a nested repository or submodule whose root is `path`.
    fn open_nested(&mut self, path: &Path) -> Option<Arc<Folder>> {
        fs::symlink_metadata(path.join(".git")).ok()?;
        let repository = Repository::open_at(path).ok()?;
        self.open_checkout(&repository, path)
    }

    /// The rules in force in the root of the walk: those of each folder from the root of its
    /// repository down.
    fn find_rules(&mut self, root: &Path) -> Option<Arc<Folder>> {
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
mod tests {
    use super::super::Filter;
    use super::super::fixture::{Fixture, Seen, observe};
    use super::*;

    fn scan(root: &Path, filter: &[&str]) -> (Seen, Coverage) {
        let patterns: Vec<_> = filter.iter().map(ToString::to_string).collect();
        let filter = Filter::new(&patterns).unwrap();
        observe(&filter, |options, make| {
            scan_tree(root, options, make).unwrap()
        })
    }

    fn skipped(coverage: &Coverage, reason: SkipReason) -> Vec<String> {
        let entries = coverage.skipped.get(&reason);
        entries.map_or(Vec::new(), |entries| {
            entries.names.keys().cloned().collect()
        })
    }

    #[test]
    fn untracked_ignored_entries_are_counted_and_tracked_ones_scanned() {
        let fixture = Fixture::new();
        fixture.write(".gitignore", "out/\n*.log\n!sub/keep.log\n");
        for name in [
            "out/a/1",
            "out/a/2",
            "out/tracked",
            "target.log",
            "sub/keep.log",
            "x.log",
            "src",
        ] {
            fixture.write(name, name);
        }
        fixture.write("sub/.gitignore", "*.tmp\n");
        fixture.write("sub/a.tmp", "tmp");
        fixture.git(&["add", "--force", "out/tracked", "target.log"]);
        let (seen, coverage) = scan(fixture.path(), &[]);
        let paths = [
            ".gitignore",
            "out/tracked",
            "src",
            "sub/.gitignore",
            "sub/keep.log",
            "target.log",
        ];
        assert_eq!(seen.paths(), paths);
        assert_eq!(
            skipped(&coverage, SkipReason::GitIgnored),
            ["out/a/", "sub/a.tmp", "x.log"]
        );
        assert_eq!(skipped(&coverage, SkipReason::GitFolder), [".git/"]);
        assert!(coverage.is_complete());
        assert_eq!(coverage.files, 6);
    }

    #[test]
    fn a_subfolder_obeys_the_rules_above_it() {
        let fixture = Fixture::new();
        fixture.write(".gitignore", "*.log\nout/\n");
        fixture.write("sub/a.log", "a");
        fixture.write("sub/b", "b");
        fixture.write("out/c", "c");
        let (seen, coverage) = scan(&fixture.path().join("sub"), &[]);
        assert_eq!(seen.paths(), ["b"]);
        assert_eq!(skipped(&coverage, SkipReason::GitIgnored), ["a.log"]);
        let (seen, _) = scan(&fixture.path().join("out"), &[]);
        assert_eq!(
            seen.paths(),
            ["c"],
            "a folder named by the user is not ignored"
        );
    }

    #[test]
    fn nested_repositories_have_their_own_rules() {
        let (fixture, nested) = (Fixture::new(), Fixture::new());
        fixture.write(".gitignore", "*.a\n");
        nested.write(".gitignore", "*.b\n");
        nested.write("x.a", "a");
        nested.write("x.b", "b");
        fs::rename(nested.path(), fixture.path().join("nested")).unwrap();
        let (seen, coverage) = scan(fixture.path(), &[]);
        assert_eq!(
            seen.paths(),
            [".gitignore", "nested/.gitignore", "nested/x.a"]
        );
        assert_eq!(skipped(&coverage, SkipReason::GitIgnored), ["nested/x.b"]);
    }

    #[test]
    fn outside_a_repository_no_ignore_file_is_obeyed() {
        let fixture = Fixture::plain();
        for name in [".gitignore", ".ignore", ".hidden/a", "a"] {
            fixture.write(name, "a");
        }
        let (seen, _) = scan(fixture.path(), &[]);
        assert_eq!(seen.paths(), [".gitignore", ".hidden/a", ".ignore", "a"]);
    }

    #[test]
    fn exclude_patterns_and_the_size_limit_leave_out_and_count() {
        let fixture = Fixture::plain();
        for name in ["vendor/a", "vendor/b", "a.min.js", "b.js"] {
            fixture.write(name, "a");
        }
        fixture.write("large", vec![b'a'; 1_001]);
        fixture.write("just", vec![b'a'; 1_000]);
        let (seen, coverage) = scan(fixture.path(), &["vendor/", "*.min.js"]);
        assert_eq!(seen.paths(), ["b.js", "just"]);
        assert_eq!(
            skipped(&coverage, SkipReason::Excluded),
            ["a.min.js", "vendor/"]
        );
        assert_eq!(coverage.skipped[&SkipReason::TooLarge].bytes, 1_001);
    }

    #[test]
    fn an_empty_folder_is_a_gap() {
        let (_, coverage) = scan(Fixture::plain().path(), &[]);
        assert!(coverage.gaps.contains_key(&GapReason::NothingScanned));
    }

    #[test]
    fn a_repository_in_an_unknown_format_is_scanned_without_rules() {
        let fixture = Fixture::new();
        fixture.write(".gitignore", "*.log\n");
        fixture.write("a.log", "a");
        fixture.git(&["config", "core.repositoryFormatVersion", "1"]);
        let config = fs::read_to_string(fixture.path().join(".git/config")).unwrap();
        fixture.write(
            ".git/config",
            config + "[extensions]\nobjectFormat = sha512\n",
        );
        let (seen, coverage) = scan(fixture.path(), &[]);
        assert_eq!(seen.paths(), [".gitignore", "a.log"]);
        assert!(coverage.is_complete());
    }

    #[test]
    fn a_broken_index_hides_nothing() {
        let fixture = Fixture::new();
        fixture.write(".gitignore", "*.log\n");
        fixture.write("a.log", "a");
        fixture.write(".git/index", "broken");
        let (seen, coverage) = scan(fixture.path(), &[]);
        assert_eq!(seen.paths(), [".gitignore", "a.log"]);
        assert!(coverage.gaps.contains_key(&GapReason::Corrupt));
    }

    #[cfg(unix)]
    #[test]
    fn odd_entries_are_skipped_and_odd_names_kept() {
        use std::os::unix::ffi::OsStrExt as _;
        use std::os::unix::fs::symlink;

        let fixture = Fixture::plain();
        for name in ["-dash", "new\nline", "bell\u{7}"] {
            fixture.write(name, "a");
        }
        fs::write(
            fixture.path().join(std::ffi::OsStr::from_bytes(b"raw\xff")),
            "a",
        )
        .unwrap();
        symlink(fixture.path(), fixture.path().join("cycle")).unwrap();
        let fifo = fixture.path().join("fifo");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(fifo)
                .status()
                .unwrap()
                .success()
        );
        let (seen, coverage) = scan(fixture.path(), &[]);
        assert_eq!(
            seen.paths(),
            ["-dash", "bell\u{7}", "new\nline", "raw\\xff"]
        );
        assert_eq!(skipped(&coverage, SkipReason::Symlink), ["cycle"]);
        assert_eq!(skipped(&coverage, SkipReason::Special), ["fifo"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_rule_file_that_never_ends_is_not_read() {
        use std::os::unix::fs::symlink;

        let fixture = Fixture::new();
        fixture.write("sub/a", "a");
        fs::remove_dir_all(fixture.path().join(".git/info")).unwrap();
        fs::create_dir(fixture.path().join(".git/info")).unwrap();
        symlink("/dev/zero", fixture.path().join(".git/info/exclude")).unwrap();
        for place in [".gitignore", "sub/.gitignore"] {
            let fifo = fixture.path().join(place);
            let made = std::process::Command::new("mkfifo").arg(fifo).status();
            assert!(made.unwrap().success());
        }
        let (seen, coverage) = scan(fixture.path(), &[]);
        assert_eq!(seen.paths(), ["sub/a"]);
        assert_eq!(coverage.skipped[&SkipReason::Special].count, 2);
    }

    #[cfg(unix)]
    #[test]
    fn unreadable_folders_and_files_are_gaps() {
        use std::os::unix::fs::PermissionsExt as _;

        let fixture = Fixture::plain();
        fixture.write("dir/a", "a");
        fixture.write("file", "a");
        fixture.write("open", "a");
        let set = |name: &str, mode: u32| {
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(fixture.path().join(name), permissions).unwrap();
        };
        set("dir", 0);
        set("file", 0);
        if fs::read(fixture.path().join("file")).is_err() {
            let (seen, coverage) = scan(fixture.path(), &[]);
            assert_eq!(seen.paths(), ["open"]);
            let names: Vec<_> = coverage.gaps[&GapReason::Unreadable].names.keys().collect();
            assert_eq!(names, ["dir", "file"]);
        }
        set("dir", 0o700);
    }
}
