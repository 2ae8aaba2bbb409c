//! Parquet files.
//!
//! Owns where the pages of each column lie and how they are packed (Apache Parquet 2.11). Values that
//! are written one after the other, or once in a dictionary, are read as such; of pages in other
//! encodings (`DELTA_BYTE_ARRAY`), where texts are not whole, the strings, and they are said to be unread. Does not own codecs (`blocks`) or the form of heads (`thrift`).

use super::blocks::Codec;
use super::rows::Rows;
use super::thrift::Value;
use super::{Unpacker, join, slice, strings, u32_le};
use crate::walker::SkipReason;

const MAGIC: &[u8] = b"PAR1";
/// Stands at both ends of a file whose list of columns is encrypted.
const ENCRYPTED: &[u8] = b"PARE";
/// A page whose values are not read: an index of others.
const INDEX: i64 = 1;
/// A page whose head says how long its levels are.
const SECOND_FORM: i64 = 3;
/// Encodings of texts that share parts, or stand apart from their lengths.
const SHARED: [i64; 2] = [6, 7];

pub(super) fn is_parquet(bytes: &[u8]) -> bool {
    bytes.len() > 12 && (bytes.starts_with(MAGIC) || bytes.starts_with(ENCRYPTED))
}

pub(super) fn parquet(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    if bytes.starts_with(ENCRYPTED) || bytes.ends_with(ENCRYPTED) {
        return unpacker.skip(SkipReason::Encrypted, address, bytes.len() as u64);
    }
    let foot = foot(bytes);
    let Some((record, _)) = foot.and_then(Value::read) else {
        unpacker.damaged(
            address,
            "its list of columns is damaged",
            bytes.len() as u64,
        );
        return unpacker.text(address, "strings", &strings::all(bytes));
    };
    // The schema, what programs note, and the least and greatest values.
    unpacker.text(address, "foot", &strings::all(foot.unwrap_or_default()));
    for group in record.list(4) {
        for chunk in group.list(1) {
            if unpacker.is_spent() {
                return unpacker.skip(SkipReason::UnpackLimit, address, bytes.len() as u64);
            }
            // The field of a column that is encrypted.
            if chunk.field(8).is_some() {
                unpacker.skip(SkipReason::Encrypted, &format!("{address}#column"), 0);
            } else if let Some(chunk) = chunk.field(3).and_then(Chunk::read) {
                chunk.open(unpacker, address, bytes);
            } else {
                unpacker.damaged(address, "a column is damaged", 0);
            }
        }
    }
}

/// The record at the end, before its length and the magic number.
fn foot(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.strip_suffix(MAGIC)?.len().checked_sub(4)?;
    let length = u32_le(bytes, end)? as usize;
    bytes.get(end.checked_sub(length)?..end)
}

/// The pages of one column in one group of rows.
struct Chunk {
    name: Vec<u8>,
    codec: Codec,
    /// Whether values are bytes behind their length, as all texts are.
    has_lengths: bool,
    start: usize,
    size: usize,
}

/// One page.
struct Page<'a> {
    /// How many bytes it unfolds to.
    size: usize,
    /// Levels that stand in front as they are.
    levels: usize,
    is_packed: bool,
    /// Whether values stand one after the other, or in a dictionary.
    is_plain: bool,
    body: &'a [u8],
}

impl Chunk {
    fn read(meta: &Value<'_>) -> Option<Self> {
        let names = meta.list(3).iter().map(|part| match part {
            Value::Bytes(name) => *name,
            _ => b"",
        });
        let start = meta.number(9)?;
        // A dictionary stands before the pages that use it.
        let start = meta
            .number(11)
            .filter(|&at| at > 0)
            .map_or(start, |at| at.min(start));
        Some(Self {
            name: names.collect::<Vec<_>>().join(&b'.'),
            codec: match meta.number(4)? {
                0 => Codec::None,
                1 => Codec::Snappy,
                2 => Codec::Gzip,
                6 => Codec::Zstd,
                7 => Codec::Lz4,
                _ => Codec::Other,
            },
            has_lengths: meta.number(1) == Some(6),
            start: usize::try_from(start).ok()?,
            size: usize::try_from(meta.number(7)?).ok()?,
        })
    }

    fn open(&self, unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
        let name = join(address, &self.name);
        let mut rest = slice(bytes, self.start, self.size);
        if rest.len() < self.size {
            let missing = (self.size - rest.len()) as u64;
            unpacker.damaged(&name, "it goes on beyond the end of the file", missing);
        }
        if !unpacker.may_repeat(&name, rest) {
            return;
        }
        let mut rows = Rows::default();
        while !rest.is_empty() {
            let Some((page, after)) = Page::read(rest) else {
                unpacker.damaged(&name, "a page is damaged", rest.len() as u64);
                rows.add_text(&strings::all(rest));
                break;
            };
            rest = after;
            let Some(page) = page else {
                continue;
            };
            let (levels, packed) = page.body.split_at(page.levels);
            let codec = if page.is_packed {
                self.codec
            } else {
                Codec::None
            };
            let size = page.size.saturating_sub(levels.len());
            match unpacker.block(codec, packed, Some(size)) {
                Some((values, end)) => {
                    if page.is_plain || !self.has_lengths {
                        self.add_values(&mut rows, &values);
                    } else {
                        rows.add_text(&strings::all(&values));
                        unpacker.unsupported(&name, packed.len() as u64);
                    }
                    unpacker.note(&end, &name, packed.len() as u64);
                }
                None => unpacker.unsupported(&name, packed.len() as u64),
            }
        }
        rows.hand_over(unpacker, &name);
    }

    /// Adds the values of a page. Levels, which may stand in front, have a length before them, too.
    fn add_values(&self, rows: &mut Rows, mut rest: &[u8]) {
        while self.has_lengths
            && let Some(length) = u32_le(rest, 0)
            && let Some(value) = rest.get(4..).and_then(|rest| rest.get(..length as usize))
        {
            rest = &rest[4 + value.len()..];
            rows.add_value(value);
            rows.end_row();
        }
        rows.add_text(&strings::all(rest));
        rows.end_row();
    }
}

impl<'a> Page<'a> {
    /// Reads the head of a page, and gives what is behind the page; no page where it is none of
    /// values.
    fn read(bytes: &'a [u8]) -> Option<(Option<Self>, &'a [u8])> {
        let (head, used) = Value::read(bytes)?;
        let packed = usize::try_from(head.number(3)?).ok()?;
        let body = bytes.get(used..used.checked_add(packed)?)?;
        let rest = &bytes[used + packed..];
        if head.number(1)? == INDEX {
            return Some((None, rest));
        }
        let second = head
            .field(8)
            .filter(|_| head.number(1) == Some(SECOND_FORM));
        let levels = second.map_or(0, |second| {
            let length = |field| second.number(field).unwrap_or(0).max(0) as usize;
            length(5).saturating_add(length(6)).min(body.len())
        });
        let encoding = match second {
            Some(second) => second.number(4),
            None => head.field(5).and_then(|first| first.number(2)),
        };
        let page = Self {
            size: usize::try_from(head.number(2)?).ok()?,
            levels,
            is_plain: !encoding.is_some_and(|one| SHARED.contains(&one)),
            is_packed: second.is_none_or(|second| second.number(7) != Some(0)),
            body,
        };
        Some((Some(page), rest))
    }
}
