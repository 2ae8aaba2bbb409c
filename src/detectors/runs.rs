//! Runs: sets of bytes in a row, each with how many bytes it holds.
//!
//! Owns their encoding, in which those of the detectors lie in the binary and need not be copied.
//! Does not own matching.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::byteset::ByteSet;

/// Bytes of the set of a run, and of its count after that; both little-endian.
const SET: usize = 32;
const COUNT: usize = 2;

/// Sets in a row.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Runs(Cow<'static, [u8]>);

impl Runs {
    /// Reads them one after the other.
    pub fn iter(&self) -> impl Iterator<Item = (ByteSet, u16)> {
        let (runs, _) = self.0.as_chunks::<{ SET + COUNT }>();
        runs.iter().map(|run| {
            let (words, _) = run[..SET].as_chunks();
            let word = |at: usize| words.get(at).map_or(0, |word| u64::from_le_bytes(*word));
            let set = ByteSet::from_words(std::array::from_fn(word));
            (set, u16::from_le_bytes([run[SET], run[SET + 1]]))
        })
    }

    /// Says whether they spell a text. What was looked for is most often the beginning, so that the end
    /// tells sooner.
    pub fn spell(&self, text: &[u8]) -> bool {
        let (runs, _) = self.0.as_chunks::<{ SET + COUNT }>();
        let mut rest = text;
        let is_spelled = runs.iter().rev().all(|run| {
            let count = u16::from_le_bytes([run[SET], run[SET + 1]]);
            let start = rest.len().checked_sub(count.into());
            let Some((before, here)) = start.and_then(|start| rest.split_at_checked(start)) else {
                return false;
            };
            rest = before;
            let is_member = |byte: u8| run[usize::from(byte >> 3)] >> (byte & 7) & 1 == 1;
            here.iter().rev().all(|&byte| is_member(byte))
        });
        is_spelled && rest.is_empty()
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(ByteSet, u16)> for Runs {
    fn from_iter<T: IntoIterator<Item = (ByteSet, u16)>>(runs: T) -> Self {
        let encode = |(set, count): (ByteSet, u16)| {
            let words = set.words().map(u64::to_le_bytes);
            [words.as_flattened(), &count.to_le_bytes()].concat()
        };
        Self(runs.into_iter().flat_map(encode).collect())
    }
}

impl fmt::Debug for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for Runs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

/// Only from bytes that live as long as the program: those in the binary.
impl<'de: 'static> Deserialize<'de> for Runs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(|bytes| Self(Cow::Borrowed(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back() {
        let all = [(ByteSet::of(b'a'), 3), (ByteSet::of(0xff), 400)];
        let runs: Runs = all.into_iter().collect();
        assert!(runs.iter().eq(all));
        assert!(!runs.is_empty() && Runs::default().is_empty());
    }

    #[test]
    fn a_text_is_spelled_from_end_to_end() {
        let mut set = ByteSet::of(b'b');
        set.insert(0xff);
        let runs: Runs = [(ByteSet::of(b'a'), 2), (set, 1)].into_iter().collect();
        for text in [b"aab".as_slice(), b"aa\xff"] {
            assert!(runs.spell(text), "{text:?}");
        }
        for text in [b"".as_slice(), b"ab", b"aaa", b"bab", b"aaab", b"aab\xff"] {
            assert!(!runs.spell(text), "{text:?}");
        }
    }
}
