//! Ids: what git names objects by, in either object format.
//!
//! Owns their bytes and text. Does not own which objects there are. Libgit2's own type compares
//! and copies through calls, which costs too much where there are millions.

use std::fmt;
use std::hash::{Hash, Hasher};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use git2::{ObjectFormat, Oid};

/// Bytes of an id of SHA-1.
const SHORT: usize = 20;
/// Bytes of an id of SHA-256.
const LONG: usize = 32;

/// The object format of a repository: which hash makes its ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    #[default]
    Sha1,
    Sha256,
}

/// The id of an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Id {
    Sha1([u8; SHORT]),
    Sha256([u8; LONG]),
}

impl Format {
    /// Bytes of an id.
    pub(super) fn length(self) -> usize {
        match self {
            Self::Sha1 => SHORT,
            Self::Sha256 => LONG,
        }
    }
}

impl From<ObjectFormat> for Format {
    fn from(format: ObjectFormat) -> Self {
        match format {
            ObjectFormat::Sha1 => Self::Sha1,
            ObjectFormat::Sha256 => Self::Sha256,
        }
    }
}

impl From<Format> for ObjectFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Sha1 => Self::Sha1,
            Format::Sha256 => Self::Sha256,
        }
    }
}

impl Id {
    /// Takes bytes of the length of either format for an id.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        match bytes.len() {
            SHORT => bytes.try_into().ok().map(Self::Sha1),
            LONG => bytes.try_into().ok().map(Self::Sha256),
            _ => None,
        }
    }

    /// Parses the hexadecimal text of a whole id.
    pub(super) fn parse(text: &[u8], format: Format) -> Option<Self> {
        let mut bytes = [0; LONG];
        let bytes = &mut bytes[..format.length()];
        if text.len() != 2 * bytes.len() {
            return None;
        }
        HEXLOWER_PERMISSIVE.decode_mut(text, bytes).ok()?;
        Self::read(bytes)
    }

    /// The bytes, as many as the format has.
    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha1(bytes) => bytes,
            Self::Sha256(bytes) => bytes,
        }
    }

    /// The id as libgit2 wants it.
    pub(super) fn to_oid(self) -> Result<Oid, git2::Error> {
        Oid::from_bytes(self.as_bytes())
    }
}

impl From<Oid> for Id {
    fn from(oid: Oid) -> Self {
        let bytes = oid.as_bytes();
        match bytes.first_chunk() {
            Some(long) => Self::Sha256(*long),
            None => Self::Sha1(bytes.first_chunk().copied().unwrap_or_default()),
        }
    }
}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.as_bytes());
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(self.as_bytes()))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_of_both_formats_come_back() {
        for format in [Format::Sha1, Format::Sha256] {
            let text = "0a".repeat(format.length());
            let id = Id::parse(text.as_bytes(), format).unwrap();
            assert_eq!(id.to_string(), text);
            assert_eq!(Id::read(id.as_bytes()), Some(id));
            assert_eq!(Id::from(id.to_oid().unwrap()), id);
            let upper = text.to_uppercase();
            assert_eq!(Id::parse(upper.as_bytes(), format), Some(id));
        }
    }

    #[test]
    fn what_is_no_whole_id_of_the_format_is_refused() {
        for text in ["", "0a", &"0g".repeat(20), &"0a".repeat(32)] {
            assert_eq!(Id::parse(text.as_bytes(), Format::Sha1), None, "{text}");
        }
        assert_eq!(Id::parse(&[b'a'; 40], Format::Sha256), None);
        assert_eq!(Id::read(&[0; 21]), None);
    }
}
