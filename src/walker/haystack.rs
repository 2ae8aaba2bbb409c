//! One text to search and where it came from.
//!
//! Owns the hand-over from walkers to the engine. Does not own reading or matching.

use std::ops::Range;

/// How far from a place, at most, the bytes lie that decide what is found there and what is shown of
/// it. The greatest part is a run of encoded text, which the engine reads for a mebibyte.
pub const REACH: usize = (1 << 20) + (256 << 10);

/// Bytes to search, with their origin and the part of them that counts.
#[derive(Clone, Copy, Debug)]
pub struct Haystack<'a> {
    /// The bytes: text as UTF-8 (other encodings are converted by the walker), or binary data
    /// as it is.
    pub bytes: &'a [u8],
    /// Where they came from.
    pub origin: &'a Origin,
    /// Text or binary data.
    pub content: Content,
    /// The ranges that must be searched.
    pub fresh: Fresh<'a>,
    /// What they have from another haystack.
    pub lineage: Option<Lineage<'a>>,
    /// Which part of a text they are, when they are not all of it. The parts of a text come one
    /// after the other to one sink.
    pub window: Option<Window>,
}

/// Where a part of a text stands that begins with a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// How many bytes stand before it.
    pub offset: usize,
    /// How many lines.
    pub lines: u32,
}

/// How the bytes of an object of a pack derive from those of another. Objects are told apart by
/// their number; a sink that keeps the last haystack of each level has the base at hand when
/// the one upon it comes, unless the base was not handed over.
#[derive(Clone, Copy, Debug)]
pub struct Lineage<'a> {
    /// How many deltas lie between the object and one that is whole.
    pub level: usize,
    /// Number of the object.
    pub version: u32,
    /// Number of its base, one level up.
    pub base: Option<u32>,
    /// What the object has from its base, in the order of the object.
    pub copies: &'a [Copy],
    /// How many bytes of the object stand before the haystack: those of a byte order mark.
    pub shift: usize,
}

/// Bytes that an object has from its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Where they begin in the base.
    pub from: usize,
    /// Where they begin in the object.
    pub to: usize,
    /// How many.
    pub length: usize,
}

/// What kind of bytes a haystack holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text: every detector applies, lines and columns mean something.
    Text,
    /// Binary data: only distinctive token formats apply.
    Binary,
}

/// Which part of a haystack counts.
#[derive(Clone, Copy, Debug)]
pub enum Fresh<'a> {
    /// All of it.
    All,
    /// Only what touches one of these byte ranges (sorted, disjoint): the added lines of a
    /// staged file, say.
    Ranges(&'a [Range<usize>]),
}

impl Fresh<'_> {
    /// Says whether `span` touches a range that counts.
    pub fn touches(&self, span: &Range<usize>) -> bool {
        match self {
            Self::All => true,
            Self::Ranges(ranges) => {
                let next = ranges.partition_point(|range| range.end <= span.start);
                ranges
                    .get(next)
                    .is_some_and(|range| range.start < span.end.max(span.start + 1))
            }
        }
    }
}

/// Where bytes came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A file, index entry or stream, by its path relative to the root of the scan with `/`
    /// between parts; `-` for standard input.
    File(String),
    /// A blob of history, by object id in lower-case hexadecimal, with one path it is known
    /// under.
    Blob {
        /// Object id.
        id: String,
        /// A path relative to the root of the repository, with the address of a member in the blob
        /// behind it.
        path: String,
        /// How many bytes of the path are that address; 0 for the blob itself.
        member: usize,
    },
    /// Text that is no file: that of a commit or tag, a name, the target of a link.
    Metadata {
        /// The file, folder or repository it belongs to; empty for the root of the scan.
        path: String,
        /// What it is.
        what: What,
    },
}

/// Text that is no file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A commit, by its id.
    Commit(String),
    /// A tag, by its id.
    Tag(String),
    /// A name in a tree, by the id of that.
    NameInTree(String),
    /// The name of a file or folder, or a path in the index.
    Name,
    /// The name of a ref.
    RefName,
    /// The target of a symbolic link.
    Target,
    /// An object in a file of its own that no repository reads, with the address of a member in it
    /// or nothing.
    Object(String),
    /// Entries of reflogs.
    Reflog,
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Commit(id) => write!(f, "commit {id}"),
            Self::Tag(id) => write!(f, "tag {id}"),
            Self::NameInTree(id) => write!(f, "name in tree {id}"),
            Self::Name => f.write_str("name of an entry"),
            Self::RefName => f.write_str("name of a ref"),
            Self::Target => f.write_str("target of the link"),
            Self::Object(_) => f.write_str("object"),
            Self::Reflog => f.write_str("reflog"),
        }
    }
}

impl Origin {
    /// The path, whatever the origin.
    pub fn path(&self) -> &str {
        match self {
            Self::File(path) | Self::Blob { path, .. } | Self::Metadata { path, .. } => path,
        }
    }

    /// The place as reports write it; that of a blob is the path it is known under.
    pub fn place(&self) -> String {
        match self {
            Self::File(path) | Self::Blob { path, .. } => path.clone(),
            Self::Metadata { path, what } if path.is_empty() => what.to_string(),
            Self::Metadata {
                path,
                what: what @ What::Object(member),
            } => format!("{path} ({what}){member}"),
            Self::Metadata { path, what } => format!("{path} ({what})"),
        }
    }

    /// The origin of a member at an address within this. A text that is no file has no members.
    #[must_use]
    pub fn within(&self, address: &str) -> Self {
        match self {
            Self::File(path) => Self::File(format!("{path}{address}")),
            Self::Blob { id, path, member } => Self::Blob {
                id: id.clone(),
                path: format!("{path}{address}"),
                member: member + address.len(),
            },
            Self::Metadata {
                path,
                what: What::Object(member),
            } => Self::Metadata {
                path: path.clone(),
                what: What::Object(format!("{member}{address}")),
            },
            Self::Metadata { .. } => self.clone(),
        }
    }
}

/// How much of a haystack a sink saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Searched {
    /// All of it.
    Whole,
    /// All but the rest of an encoded text that goes on beyond a limit.
    Cut,
}

/// Takes haystacks; one per worker thread.
pub trait Sink: Send {
    /// Searches one haystack.
    fn search(&mut self, haystack: &Haystack<'_>) -> Searched;
}

/// Makes one sink per worker thread; sinks hand over their results when dropped.
pub type MakeSink<'a> = dyn Fn() -> Box<dyn Sink + 'a> + Sync + 'a;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_counts_when_it_touches_a_range() {
        let ranges = [10..20, 30..40];
        let fresh = Fresh::Ranges(&ranges);
        assert!(fresh.touches(&(5..11)));
        assert!(fresh.touches(&(19..25)));
        assert!(!fresh.touches(&(20..30)));
        assert!(!fresh.touches(&(40..45)));
        assert!(Fresh::All.touches(&(0..1)));
    }
}
