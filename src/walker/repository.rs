//! The repository: a thin owner of libgit2's view of one repository and its paths.
//!
//! Owns opening. Does not own what is read from it (`staged`, `range`, `history`, `ignored`).

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;

use git2::{ErrorCode, RepositoryOpenFlags};
use memmap2::Mmap;

use super::Error;
use super::id::Format;
use super::mapping::map;
use super::naming::to_path;

/// Extensions of the repository format that are known here besides the object format: those
/// libgit2 reads, and partial clones.
const EXTENSIONS: [&str; 5] = [
    "noop",
    "partialclone",
    "preciousobjects",
    "relativeworktrees",
    "worktreeconfig",
];

/// A git repository, opened for reading.
pub struct Repository {
    inner: git2::Repository,
    index: Option<PathBuf>,
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Repository").field(&self.git_dir()).finish()
    }
}

/// The folder of a repository's hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hooks {
    /// That of this repository.
    Own(PathBuf),
    /// One that the user's or the machine's configuration sets for all repositories.
    Shared(PathBuf),
}

impl Repository {
    /// Opens the repository `path` lies in, or says that there is none.
    ///
    /// # Errors
    /// When `path` does not exist, or there is a repository that cannot be opened.
    pub fn discover(path: &Path) -> Result<Option<Self>, Error> {
        if !path.exists() {
            return Err(Error::NoSuchPath {
                path: path.to_owned(),
            });
        }
        match open(path, RepositoryOpenFlags::CROSS_FS) {
            Ok(inner) => Ok(Some(Self { inner, index: None })),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(source) => Err(match find_unsupported(path) {
                Some(what) => Error::UnsupportedFormat {
                    path: path.to_owned(),
                    what,
                },
                None => Error::Repository {
                    what: "the configuration",
                    path: path.to_owned(),
                    source,
                },
            }),
        }
    }

    /// Opens the repository whose root is `path`, without looking further up.
    pub(super) fn open_at(path: &Path) -> Result<Self, git2::Error> {
        let inner = open(path, RepositoryOpenFlags::NO_SEARCH)?;
        Ok(Self { inner, index: None })
    }

    /// Opens the repository whose `.git` folder is `path`.
    pub(super) fn open_git_dir(path: &Path) -> Result<Self, Error> {
        match reopen(path) {
            Ok(inner) => Ok(Self { inner, index: None }),
            Err(source) => Err(match find_unsupported(path) {
                Some(what) => Error::UnsupportedFormat {
                    path: path.to_owned(),
                    what,
                },
                None => Error::Repository {
                    what: "the configuration",
                    path: path.to_owned(),
                    source,
                },
            }),
        }
    }

    /// Reads the index from `path` from here on: git names another file in `GIT_INDEX_FILE`
    /// while it runs the hooks of `git commit --all`, say.
    #[must_use]
    pub fn with_index(mut self, path: PathBuf) -> Self {
        self.index = Some(path);
        self
    }

    /// The folder of the working tree; a bare repository has none.
    pub fn workdir(&self) -> Option<&Path> {
        self.inner.workdir()
    }

    /// The `.git` folder, or that of the linked worktree.
    pub fn git_dir(&self) -> &Path {
        self.inner.path()
    }

    /// The `.git` folder that linked worktrees share.
    pub fn common_dir(&self) -> &Path {
        self.inner.commondir()
    }

    /// Id of the commit HEAD names, in lower-case hexadecimal; none before the first commit.
    pub fn head(&self) -> Option<String> {
        let head = self.inner.head().ok()?;
        head.target().map(|id| id.to_string())
    }

    /// Which hash makes the ids of objects.
    pub(super) fn format(&self) -> Format {
        self.inner.object_format().into()
    }

    /// Says whether the history is cut.
    pub fn is_shallow(&self) -> bool {
        self.inner.is_shallow()
    }

    /// Says whether there is no working tree.
    pub fn is_bare(&self) -> bool {
        self.inner.is_bare()
    }

    /// Where git looks for the hooks (githooks(5)).
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub fn hooks(&self) -> Result<Hooks, Error> {
        let fault = |source| self.error("the configuration", source);
        let config = self.inner.config().map_err(fault)?;
        let Ok(entry) = config.get_entry("core.hooksPath") else {
            return Ok(Hooks::Own(self.common_dir().join("hooks")));
        };
        let path = config.get_path("core.hooksPath").map_err(fault)?;
        match entry.level() {
            git2::ConfigLevel::Local | git2::ConfigLevel::Worktree => {
                let root = self.workdir().unwrap_or_else(|| self.git_dir());
                Ok(Hooks::Own(root.join(path)))
            }
            _ => Ok(Hooks::Shared(path)),
        }
    }

    /// Libgit2's view.
    pub(super) fn git(&self) -> &git2::Repository {
        &self.inner
    }

    /// The bytes of the index; `None` where it cannot be read or is empty.
    pub(super) fn map_index(&self) -> Option<Mmap> {
        match &self.index {
            Some(path) => map(path),
            None => map(&self.git_dir().join("index")),
        }
    }

    /// Reads the index.
    pub(super) fn read_index(&self) -> Result<git2::Index, git2::Error> {
        match &self.index {
            Some(path) => git2::Index::open_ext(path, self.inner.object_format()),
            None => self.inner.index(),
        }
    }

    /// Wraps what libgit2 says of a failure to read `what`.
    pub(super) fn error(&self, what: &'static str, source: git2::Error) -> Error {
        Error::Repository {
            what,
            path: self.workdir().unwrap_or_else(|| self.git_dir()).to_owned(),
            source,
        }
    }
}

/// Opens the repository with this `.git` folder once more, for another thread.
pub(super) fn reopen(git_dir: &Path) -> Result<git2::Repository, git2::Error> {
    open(
        git_dir,
        RepositoryOpenFlags::NO_SEARCH | RepositoryOpenFlags::NO_DOTGIT,
    )
}

/// Opens the objects alone of a repository that libgit2 refuses for the form of its refs.
pub(super) fn open_objects(git_dir: &Path) -> Option<git2::Repository> {
    prepare();
    let format = find_format(git_dir)?;
    let odb = git2::Odb::new_ext(format.into()).ok()?;
    odb.add_disk_alternate(git_dir.join("objects").to_str()?)
        .ok()?;
    git2::Repository::from_odb(odb).ok()
}

/// The object format that the configuration of a `.git` folder names, if its objects can be read.
pub(super) fn find_format(git_dir: &Path) -> Option<Format> {
    // A configuration that does not parse hides no objects.
    let text = fs::read(git_dir.join("config")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).to_ascii_lowercase();
    let format = text.lines().rev().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "objectformat").then(|| value.trim().to_owned())
    });
    match format.as_deref() {
        None | Some("sha1") => Some(Format::Sha1),
        Some("sha256") => Some(Format::Sha256),
        Some(_) => None,
    }
}

fn open(path: &Path, flags: RepositoryOpenFlags) -> Result<git2::Repository, git2::Error> {
    prepare();
    git2::Repository::open_ext(path, flags, &[] as &[&str])
}

/// Says what of the format of the repository `path` lies in cannot be read, if anything.
fn find_unsupported(path: &Path) -> Option<String> {
    let git_dir = git2::Repository::discover_path(path, &[] as &[&str]).ok()?;
    // A linked worktree names the folder with the configuration.
    let common_dir = match fs::read(git_dir.join("commondir")) {
        Ok(text) => git_dir.join(to_path(text.trim_ascii_end())),
        Err(_) => git_dir,
    };
    let config = git2::Config::open(&common_dir.join("config")).ok()?;
    let version = config.get_i32("core.repositoryformatversion");
    if let Ok(version @ 2..) = version {
        return Some(format!("version {version} of the repository format"));
    }
    let mut found = None;
    let entries = config.entries(Some("^extensions\\.")).ok()?;
    let visit = |entry: &git2::ConfigEntry<'_>| {
        let (name, value) = (entry.name().unwrap_or(""), entry.value().unwrap_or(""));
        let name = name.strip_prefix("extensions.").unwrap_or(name);
        if found.is_none() {
            found = describe_unsupported(name, value);
        }
    };
    entries.for_each(visit).ok()?;
    found
}

/// Names an extension of the repository format that cannot be read; names are in lower case.
fn describe_unsupported(name: &str, value: &str) -> Option<String> {
    match name {
        "objectformat" if ["sha1", "sha256"].contains(&value) => None,
        "objectformat" => Some(format!("the object format {}", value.escape_debug())),
        "refstorage" => Some(format!("the ref format {}", value.escape_debug())),
        known if EXTENSIONS.contains(&known) => None,
        other => Some(format!("the extension {}", other.escape_debug())),
    }
}

/// Sets libgit2's process-wide options once, before the first use.
fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Checking each id against the bytes costs more than all the rest. A damaged object
        // fails to inflate, and one that was tampered with is searched as it is.
        git2::opts::strict_hash_verification(false);
        // SAFETY: both calls write global options of libgit2 and must not race with its use.
        // Every repository is opened after this, and `Once` lets a single thread in.
        #[expect(unsafe_code, reason = "libgit2's global options have no safe binding")]
        unsafe {
            // A repository of another owner may be read: nothing in it is ever executed.
            let _ = git2::opts::set_verify_owner_validation(false);
            // A partial clone is a plain one to us; objects it lacks are gaps.
            let _ = git2::opts::set_extensions(&["partialclone"]);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn a_repository_is_found_from_a_folder_below() {
        let fixture = Fixture::new();
        fixture.write("a/b/c.txt", "c");
        let found = Repository::discover(&fixture.path().join("a/b"))
            .unwrap()
            .unwrap();
        assert_eq!(found.head(), None);
        assert!(!found.is_bare() && !found.is_shallow());
        let id = fixture.commit("first");
        assert_eq!(found.head(), Some(id));
        assert!(reopen(found.git_dir()).unwrap().workdir().is_some());
    }

    #[test]
    fn formats_that_cannot_be_read_are_named() {
        let formats = [
            ("objectFormat", "sha512", "the object format sha512"),
            ("refStorage", "reftable", "the ref format reftable"),
            ("newer", "true", "the extension newer"),
        ];
        for (key, value, expected) in formats {
            let (fixture, place) = (Fixture::new(), Fixture::plain());
            fixture.commit("first");
            let linked = place.path().join("linked");
            let at = linked.to_str().unwrap();
            fixture.git(&["worktree", "add", "--quiet", "--detach", at]);
            fixture.write("below/file", "a");
            fixture.git(&["config", "core.repositoryFormatVersion", "1"]);
            let config = fs::read_to_string(fixture.path().join(".git/config")).unwrap();
            let extension = format!("[extensions]\n{key} = {value}\n");
            fixture.write(".git/config", config + &extension);
            for path in [
                fixture.path().join("below"),
                fixture.path().join(".git"),
                linked,
            ] {
                match Repository::discover(&path) {
                    Err(Error::UnsupportedFormat { what, .. }) => assert_eq!(what, expected),
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    #[test]
    fn a_later_version_of_the_format_is_named() {
        let fixture = Fixture::new();
        fixture.git(&["config", "core.repositoryFormatVersion", "2"]);
        let outcome = Repository::discover(fixture.path());
        assert!(
            matches!(outcome, Err(Error::UnsupportedFormat { what, .. }) if what.starts_with("version 2 "))
        );
    }

    #[test]
    fn a_config_that_does_not_parse_is_no_unsupported_format() {
        let fixture = Fixture::new();
        fixture.write(".git/config", "[broken");
        let outcome = Repository::discover(fixture.path());
        assert!(matches!(outcome, Err(Error::Repository { .. })));
    }

    #[test]
    fn no_repository_and_no_path_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Repository::discover(folder.path()).unwrap().is_none());
        assert!(matches!(
            Repository::discover(&folder.path().join("none")),
            Err(Error::NoSuchPath { .. })
        ));
    }
}
