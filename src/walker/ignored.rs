//! Git's ignore rules for a working tree, folder by folder.
//!
//! Owns the question "would git ignore this?": tracked files from the index, `.gitignore` of
//! each folder, `info/exclude` and `core.excludesFile`. Does not own the walk. Rules follow
//! gitignore(5): the deepest file that says something wins, and nothing below an ignored folder
//! can be taken back in.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bstr::{BString, ByteSlice as _};
use etcetera::BaseStrategy as _;
use gix_ignore::Search;
use gix_ignore::glob::pattern::Case;
use gix_ignore::glob::search::pattern::List;
use gix_ignore::search::{Ignore, pattern_matching_relative_path};

use super::repository::Repository;

/// Pattern files larger than this are not read; git has the same limit.
const PATTERN_FILE_LIMIT: u64 = 100 << 20;

/// A working tree: what holds in all of it.
#[derive(Debug)]
struct Checkout {
    tracked: Tracked,
    global: Search,
    case: Case,
}

/// Paths of the index, sorted; unknown when the index cannot be read.
#[derive(Debug)]
struct Tracked(Option<Vec<Vec<u8>>>);

/// A folder of a working tree, with the rules in force in it.
#[derive(Debug)]
pub(super) struct Folder {
    checkout: Arc<Checkout>,
    above: Option<Arc<Self>>,
    /// Path relative to the root of the working tree, with `/` at the end; empty for the root.
    prefix: BString,
    rules: Option<List<Ignore>>,
    /// Whether git ignores the whole folder; it is entered for the tracked files in it.
    is_ignored: bool,
}

impl Folder {
    /// The root of a working tree, and what is wrong with the index if it cannot be read.
    pub(super) fn root(repository: &Repository, workdir: &Path) -> (Arc<Self>, Option<String>) {
        let (tracked, fault) = match Tracked::read(repository) {
            Ok(tracked) => (tracked, None),
            Err(error) => (Tracked(None), Some(error.message().to_owned())),
        };
        let config = repository.git().config().ok();
        let is_case_blind =
            config.is_some_and(|config| config.get_bool("core.ignorecase").unwrap_or(false));
        let checkout = Checkout {
            tracked,
            global: read_global(repository),
            case: if is_case_blind {
                Case::Fold
            } else {
                Case::Sensitive
            },
        };
        let root = Self {
            checkout: Arc::new(checkout),
            above: None,
            prefix: BString::default(),
            rules: read_rules(workdir, b""),
            is_ignored: false,
        };
        (Arc::new(root), fault)
    }

    /// The folder `name` in this one; `path` is where it lies on disk.
    pub(super) fn enter(self: &Arc<Self>, name: &[u8], path: &Path) -> Arc<Self> {
        let is_ignored = self.is_ignored || self.matches(name, true);
        let mut prefix = self.prefix.clone();
        prefix.extend_from_slice(name);
        prefix.push(b'/');
        Arc::new(Self {
            checkout: Arc::clone(&self.checkout),
            above: Some(Arc::clone(self)),
            rules: if is_ignored {
                None
            } else {
                read_rules(path, &prefix)
            },
            prefix,
            is_ignored,
        })
    }

    /// This folder as one the user asked for by name: it is not ignored as a
    /// whole.
    pub(super) fn asked_for(self: Arc<Self>, path: &Path) -> Arc<Self> {
        if !self.is_ignored {
            return self;
        }
        Arc::new(Self {
            checkout: Arc::clone(&self.checkout),
            above: self.above.clone(),
            prefix: self.prefix.clone(),
            rules: read_rules(path, &self.prefix),
            is_ignored: false,
        })
    }

    /// Says whether git ignores the entry `name` and tracks nothing at or below it.
    pub(super) fn ignores(&self, name: &[u8], is_dir: bool) -> bool {
        (self.is_ignored || self.matches(name, is_dir)) && !self.holds_tracked(name, is_dir)
    }

    fn holds_tracked(&self, name: &[u8], is_dir: bool) -> bool {
        let path = [self.prefix.as_slice(), name].concat();
        self.checkout.tracked.holds(&path, is_dir)
    }

    fn matches(&self, name: &[u8], is_dir: bool) -> bool {
        let path = [self.prefix.as_slice(), name].concat();
        let (path, case) = (path.as_bstr(), self.checkout.case);
        let base = Some(self.prefix.len()).filter(|&base| base > 0);
        let mut folder = Some(self);
        while let Some(here) = folder {
            let found = here.rules.as_ref().and_then(|rules| {
                pattern_matching_relative_path(rules, path, base, Some(is_dir), case)
            });
            if let Some(found) = found {
                return !found.pattern.is_negative();
            }
            folder = here.above.as_deref();
        }
        self.checkout
            .global
            .pattern_matching_relative_path(path, Some(is_dir), case)
            .is_some_and(|found| !found.pattern.is_negative())
    }
}

impl Tracked {
    fn read(repository: &Repository) -> Result<Self, git2::Error> {
        let mut paths: Vec<_> = repository
            .read_index()?
            .iter()
            .map(|entry| entry.path)
            .collect();
        // Libgit2 sorts without case where the file system has none.
        paths.sort_unstable();
        Ok(Self(Some(paths)))
    }

    /// Says whether `path`, or for a folder anything below it, is tracked.
    fn holds(&self, path: &[u8], is_dir: bool) -> bool {
        let Some(paths) = &self.0 else {
            return true;
        };
        if paths
            .binary_search_by(|known| known.as_slice().cmp(path))
            .is_ok()
        {
            return true;
        }
        let folder = [path, b"/"].concat();
        let first = paths.partition_point(|known| known.as_slice() < folder.as_slice());
        is_dir
            && paths
                .get(first)
                .is_some_and(|known| known.starts_with(&folder))
    }
}

/// Reads `core.excludesFile` (or git's default place for it) and `info/exclude`; the latter
/// wins.
fn read_global(repository: &Repository) -> Search {
    let configured = repository
        .git()
        .config()
        .ok()
        .and_then(|config| config.get_path("core.excludesFile").ok());
    let personal = configured.or_else(default_excludes_file);
    let own = repository.common_dir().join("info").join("exclude");
    let mut search = Search::default();
    for path in personal.into_iter().chain([own]) {
        if let Some(bytes) = read_patterns(&path, true) {
            // Without a root there is no base path, and that alone could fail.
            let _ = search.add_patterns_buffer(&bytes, path, None, Ignore::default());
        }
    }
    search
}

fn default_excludes_file() -> Option<PathBuf> {
    let places = etcetera::base_strategy::Xdg::new().ok()?;
    Some(places.config_dir().join("git").join("ignore"))
}

fn read_rules(folder: &Path, prefix: &[u8]) -> Option<List<Ignore>> {
    let path = folder.join(".gitignore");
    // Git does not follow a symbolic link here either.
    let bytes = read_patterns(&path, false)?;
    let mut rules = List::from_bytes(&bytes, path, None, Ignore::default()).ok()?;
    rules.base = (!prefix.is_empty()).then(|| prefix.into());
    Some(rules)
}

/// Reads a pattern file if it is a regular one: a fifo would block, a device might never end.
fn read_patterns(path: &Path, follow: bool) -> Option<Vec<u8>> {
    let metadata = if follow {
        fs::metadata(path)
    } else {
        fs::symlink_metadata(path)
    };
    let metadata = metadata.ok()?;
    let is_readable = metadata.is_file() && metadata.len() <= PATTERN_FILE_LIMIT;
    if is_readable {
        fs::read(path).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    fn root(fixture: &Fixture) -> Arc<Folder> {
        let repository = Repository::open_at(fixture.path()).unwrap();
        let (root, fault) = Folder::root(&repository, fixture.path());
        assert_eq!(fault, None);
        root
    }

    /// Compares with what `git check-ignore` says of untracked paths.
    #[test]
    fn rules_agree_with_git() {
        let fixture = Fixture::new();
        fixture.write(
            ".gitignore",
            "*.log\n/top\nbuild/\nsub/*.tmp\n!always.log\nd/**/e\n",
        );
        fixture.write("sub/.gitignore", "!keep.log\n/only\n*.x\n");
        fixture.write(".git/info/exclude", "*.secret\n");
        let root = root(&fixture);
        let sub = root.enter(b"sub", &fixture.path().join("sub"));
        for name in [
            "a.log",
            "always.log",
            "top",
            "only",
            "keep.log",
            "t.tmp",
            "b.x",
            "c.secret",
            "plain",
        ] {
            for (folder, prefix) in [(&root, ""), (&sub, "sub/")] {
                let path = format!("{prefix}{name}");
                let git = std::process::Command::new("git")
                    .args(["check-ignore", "--quiet", "--no-index", &path])
                    .current_dir(fixture.path())
                    .status()
                    .unwrap();
                assert_eq!(
                    folder.ignores(name.as_bytes(), false),
                    git.success(),
                    "{path}"
                );
            }
        }
        assert!(root.ignores(b"build", true) && !root.ignores(b"build", false));
    }

    #[test]
    fn nothing_below_an_ignored_folder_comes_back() {
        let fixture = Fixture::new();
        fixture.write(".gitignore", "out/\n!out/keep\n");
        fixture.write("out/tracked", "t");
        fixture.git(&["add", "--force", "out/tracked"]);
        let root = root(&fixture);
        assert!(!root.ignores(b"out", true));
        let out = root.enter(b"out", &fixture.path().join("out"));
        assert!(out.ignores(b"keep", false) && out.ignores(b"deep", true));
        assert!(!out.ignores(b"tracked", false));
        let out = out.asked_for(&fixture.path().join("out"));
        assert!(!out.ignores(b"keep", false));
    }
}
