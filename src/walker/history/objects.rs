//! Objects: bytes of blobs, and what commits, trees and tags say.
//!
//! Owns reading one object by id and its parsing: the seam behind which the storage lies. Does
//! not own which objects are read. Formats follow gitformat-* and git's object documentation.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use git2::{Blob, ErrorCode, ObjectType, Oid};

use super::fault::Fault;
use super::loose::Loose;
use super::pack::{Kind, Packs};
use crate::walker::id::{Format, Id};
use crate::walker::repository::{open_objects, reopen};
use crate::walker::{Coverage, GapReason, SkipReason};

/// A commit, tree or tag larger than this many bytes is taken as corrupt.
const STRUCTURE_LIMIT: usize = 256 << 20;

/// Reads objects; one per thread.
pub(in crate::walker) struct Objects {
    git: git2::Repository,
    loose: Loose,
    /// The one pack that holds them all, where there is no repository around it.
    stream: Option<Arc<Packs>>,
    pub(super) format: Format,
}

/// A commit, tree or tag.
#[derive(Debug)]
pub(super) enum Object {
    Commit(Commit),
    Tree(Vec<u8>),
    /// The id of what it names.
    Tag(Id),
    Blob,
}

/// What a commit says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) tree: Id,
    pub(super) parents: Vec<Id>,
    /// Author date, in seconds since 1970.
    pub(super) seconds: i64,
    /// Offset of the author's clock from UTC, in seconds.
    pub(super) offset: i32,
}

/// An entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) kind: EntryKind,
    pub(super) name: &'a [u8],
    pub(super) id: Id,
}

/// What an entry of a tree names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    Tree,
    /// A file, or the target of a symbolic link.
    Blob,
    /// A commit of another repository.
    Submodule,
}

impl Objects {
    /// Opens the objects of the repository with this `.git` folder.
    pub(in crate::walker) fn open(git_dir: &Path) -> Result<Self, git2::Error> {
        let (git, loose) = match reopen(git_dir) {
            Ok(git) => {
                let loose = Loose::open(git.commondir());
                (git, loose)
            }
            Err(fault) => {
                let git = open_objects(git_dir).ok_or(fault)?;
                (git, Loose::open(git_dir))
            }
        };
        let format = git.object_format().into();
        let stream = None;
        Ok(Self {
            git,
            loose,
            stream,
            format,
        })
    }

    /// The objects of a pack that has no repository around it.
    pub(super) fn of_stream(packs: &Arc<Packs>) -> Result<Self, git2::Error> {
        let format = packs.format();
        let git = git2::Repository::from_odb(git2::Odb::new_ext(format.into())?)?;
        let stream = Some(Arc::clone(packs));
        Ok(Self {
            git,
            loose: Loose::default(),
            stream,
            format,
        })
    }

    /// Reads a blob of up to `limit` bytes.
    pub(in crate::walker) fn read_blob(&self, id: Id, limit: u64) -> Result<Blob<'_>, Fault> {
        self.loose.check(id)?;
        let id = id.to_oid()?;
        // The header tells the size before memory is spent.
        let (size, kind) = self.read_header(id)?;
        if kind != ObjectType::Blob {
            return Err(Fault::Corrupt(format!(
                "{} where a blob should be",
                kind.str()
            )));
        }
        if size as u64 > limit {
            return Err(Fault::TooLarge(size as u64));
        }
        Ok(self.git.find_blob(id)?)
    }

    /// Says what an object is.
    pub(super) fn read_kind(&self, id: Id) -> Result<Kind, Fault> {
        if let Some(packs) = &self.stream {
            return packs.read(id).map(|(kind, _)| kind).ok_or(Fault::Missing);
        }
        self.loose.check(id)?;
        kind_of(self.read_header(id.to_oid()?)?.1)
    }

    /// Reads the size and kind of an object. On a kind that there is not the binding of libgit2 panics.
    fn read_header(&self, id: Oid) -> Result<(usize, ObjectType), Fault> {
        let odb = self.git.odb()?;
        let read = catch_unwind(AssertUnwindSafe(|| odb.read_header(id)));
        let unknown = |_| Fault::Corrupt("of no kind that there is".to_owned());
        Ok(read.map_err(unknown)??)
    }

    /// Reads the bytes of a commit, tree or tag; of a blob only that it is one.
    fn read_structure(&self, id: Id) -> Result<(Kind, Vec<u8>), Fault> {
        if let Some(packs) = &self.stream {
            return packs.read(id).ok_or(Fault::Missing);
        }
        self.loose.check(id)?;
        let (odb, id) = (self.git.odb()?, id.to_oid()?);
        let (size, kind) = self.read_header(id)?;
        let kind = kind_of(kind)?;
        if kind == Kind::Blob {
            return Ok((kind, Vec::new()));
        }
        if size > STRUCTURE_LIMIT {
            let detail = format!("{} of {size} bytes", kind.as_str());
            return Err(Fault::Corrupt(detail));
        }
        Ok((kind, odb.read(id)?.data().to_vec()))
    }

    /// Reads the bytes of a commit, tree or tag.
    pub(super) fn read_raw(&self, id: Id) -> Result<Vec<u8>, Fault> {
        self.read_structure(id).map(|(_, data)| data)
    }

    /// Reads and parses any object; of a blob only that it is one.
    pub(super) fn read(&self, id: Id) -> Result<Object, Fault> {
        let (kind, data) = self.read_structure(id)?;
        let parsed = match kind {
            Kind::Blob => Some(Object::Blob),
            Kind::Tree => Some(Object::Tree(data)),
            Kind::Commit => parse_commit(&data, self.format).map(Object::Commit),
            Kind::Tag => header(&data, b"object ")
                .next()
                .and_then(|id| Id::parse(id, self.format))
                .map(Object::Tag),
        };
        parsed.ok_or_else(|| Fault::Corrupt(format!("malformed {}", kind.as_str())))
    }

    /// Reads a tree.
    pub(super) fn read_tree(&self, id: Id) -> Result<Vec<u8>, Fault> {
        match self.read(id)? {
            Object::Tree(data) => Ok(data),
            _ => Err(Fault::Corrupt("no tree where one should be".to_owned())),
        }
    }
}

fn kind_of(kind: ObjectType) -> Result<Kind, Fault> {
    match kind {
        ObjectType::Commit => Ok(Kind::Commit),
        ObjectType::Tree => Ok(Kind::Tree),
        ObjectType::Blob => Ok(Kind::Blob),
        ObjectType::Tag => Ok(Kind::Tag),
        ObjectType::Any => Err(Fault::Corrupt("of no kind that there is".to_owned())),
    }
}

impl From<git2::Error> for Fault {
    fn from(error: git2::Error) -> Self {
        match error.code() {
            ErrorCode::NotFound => Self::Missing,
            _ => Self::Corrupt(error.message().to_owned()),
        }
    }
}

impl Fault {
    /// Enters the fault of the object `id` in the ledger; `place` says where it was wanted.
    pub(in crate::walker) fn record(self, coverage: &mut Coverage, id: Id, place: &str) {
        match self {
            Self::Missing => coverage.gap(GapReason::MissingObject, id.to_string(), place),
            Self::Corrupt(detail) => {
                coverage.gap(
                    GapReason::Corrupt,
                    id.to_string(),
                    format!("{place}: {detail}"),
                );
            }
            Self::TooLarge(size) => {
                let origin = super::origin(id, place.to_owned());
                coverage.skip_origin(SkipReason::TooLarge, &origin, size);
            }
        }
    }

    /// Enters the fault of the object `id`, that the ref `name` leads to, in the ledger.
    pub(super) fn record_ref(self, coverage: &mut Coverage, id: Id, name: &str) {
        match self {
            Self::Corrupt(detail) => {
                coverage.gap(GapReason::Corrupt, name, format!("{id}: {detail}"));
            }
            Self::Missing | Self::TooLarge(_) => {
                coverage.gap(GapReason::MissingObject, name, id.to_string());
            }
        }
    }
}

/// Parses the first entry of a tree and returns it with the rest; nothing when it is malformed.
pub(super) fn split_entry(data: &[u8], format: Format) -> Option<(Entry<'_>, &[u8])> {
    let space = memchr::memchr(b' ', data)?;
    let (mode, rest) = (data.get(..space)?, data.get(space + 1..)?);
    let end = memchr::memchr(0, rest)?;
    let (name, rest) = (rest.get(..end)?, rest.get(end + 1..)?);
    let (id, rest) = rest.split_at_checked(format.length())?;
    let kind = match mode {
        b"40000" => EntryKind::Tree,
        b"100644" | b"100755" => EntryKind::Blob,
        _ => kind_of_mode(mode)?,
    };
    let id = Id::read(id)?;
    Some((Entry { kind, name, id }, rest))
}

fn kind_of_mode(mode: &[u8]) -> Option<EntryKind> {
    let mode = std::str::from_utf8(mode).ok()?;
    Some(match u32::from_str_radix(mode, 8).ok()? & 0o170_000 {
        0o040_000 => EntryKind::Tree,
        0o160_000 => EntryKind::Submodule,
        _ => EntryKind::Blob,
    })
}

pub(super) fn parse_commit(data: &[u8], format: Format) -> Option<Commit> {
    let parse_id = |text| Id::parse(text, format);
    let tree = header(data, b"tree ").next().and_then(parse_id)?;
    // Nearly all have one.
    let mut parents = Vec::with_capacity(1);
    for parent in header(data, b"parent ") {
        parents.push(parse_id(parent)?);
    }
    let date = header(data, b"author ").next().and_then(parse_date);
    let (seconds, offset) = date.unwrap_or_default();
    Some(Commit {
        tree,
        parents,
        seconds,
        offset,
    })
}

/// The values of the header lines that start with `key`.
fn header<'a>(data: &'a [u8], key: &'static [u8]) -> impl Iterator<Item = &'a [u8]> {
    data.split(|&byte| byte == b'\n')
        .take_while(|line| !line.is_empty())
        .filter_map(move |line| line.strip_prefix(key))
}

/// Parses `Name <mail> seconds +hhmm` from its end.
fn parse_date(author: &[u8]) -> Option<(i64, i32)> {
    let end = memchr::memrchr(b'>', author)?;
    let date = std::str::from_utf8(author.get(end + 1..)?).ok()?;
    let mut parts = date.split_ascii_whitespace();
    let seconds = parts.next()?.parse().ok()?;
    let zone: i32 = parts.next().unwrap_or("0").parse().ok()?;
    Some((seconds, (zone / 100).checked_mul(3_600)? + zone % 100 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_parsed() {
        let (tree, parent) = ("1".repeat(40), "2".repeat(40));
        let text = format!(
            "tree {tree}\nparent {parent}\nauthor A > <a@b> 1700000000 -0530\ncommitter C <c> 1 +0000\n\nparent x\n"
        );
        let commit = parse_commit(text.as_bytes(), Format::Sha1).unwrap();
        assert_eq!(
            commit.parents,
            [Id::parse(parent.as_bytes(), Format::Sha1).unwrap()]
        );
        assert_eq!((commit.seconds, commit.offset), (1_700_000_000, -19_800));
        assert_eq!(parse_commit(b"tree 12\n", Format::Sha1), None);
        assert_eq!(parse_commit(text.as_bytes(), Format::Sha256), None);
    }

    #[test]
    fn tree_entries_are_split_and_cut_ones_refused() {
        for format in [Format::Sha1, Format::Sha256] {
            let id = vec![7; format.length()];
            let data = [b"40000 dir\0".as_slice(), &id, b"100644 a b\0", &id].concat();
            let (first, rest) = split_entry(&data, format).unwrap();
            assert_eq!(
                (first.kind, first.name),
                (EntryKind::Tree, b"dir".as_slice())
            );
            let (second, rest) = split_entry(rest, format).unwrap();
            assert_eq!(
                (second.kind, second.name, rest.len()),
                (EntryKind::Blob, b"a b".as_slice(), 0)
            );
            assert_eq!(split_entry(&data[..format.length()], format), None);
        }
    }
}
