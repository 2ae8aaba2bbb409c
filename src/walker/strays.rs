//! Strays: files of git's own form that no repository reads: an object in a folder that is lost or
//! was never finished, and refs and reflogs kept as reftables.
//!
//! Owns both formats, as far as text is in them. Does not own whole repositories (`history`).

use flate2::{Decompress, FlushDecompress, Status};

/// No more than this many bytes are inflated of one file or block.
const LARGEST: usize = 256 << 20;
/// Names of refs are at most this long (reftable stores no longer ones in a block of 16 MiB).
const LONGEST_NAME: usize = 1 << 16;

/// What a loose object or a part of one inflates to; whether it is whole.
pub(super) struct Loose {
    pub(super) bytes: Vec<u8>,
    pub(super) is_whole: bool,
}

/// Inflates a loose object (gitformat-loose); nothing when the bytes are none.
pub(super) fn inflate_loose(bytes: &[u8]) -> Option<Loose> {
    let head = u16::from_be_bytes(*bytes.first_chunk()?);
    if bytes[0] != 0x78 || head % 31 != 0 {
        return None;
    }
    let (start, _) = inflate(bytes, 64);
    let kinds = ["blob ", "commit ", "tree ", "tag "];
    kinds
        .iter()
        .any(|kind| start.starts_with(kind.as_bytes()))
        .then(|| {
            let (bytes, used) = inflate(bytes, LARGEST);
            let is_whole = used.is_some();
            Loose { bytes, is_whole }
        })
}

/// The kind of a loose object that was inflated, and its bytes; nothing when it is none.
pub(super) fn split_loose(whole: &[u8]) -> Option<(&'static str, &[u8])> {
    let kinds = ["blob", "commit", "tree", "tag"];
    let kind = kinds.into_iter().find(|kind| {
        let rest = whole.strip_prefix(kind.as_bytes());
        rest.is_some_and(|rest| rest.first() == Some(&b' '))
    })?;
    let end = memchr::memchr(0, &whole[..whole.len().min(32)])?;
    let size = &whole[kind.len() + 1..end];
    let is_size = !size.is_empty() && size.iter().all(u8::is_ascii_digit);
    is_size.then(|| (kind, &whole[end + 1..]))
}

/// Inflates up to `limit` bytes of what may be cut; says how many bytes the stream had if its end
/// was seen.
fn inflate(bytes: &[u8], limit: usize) -> (Vec<u8>, Option<usize>) {
    let mut out = Vec::new();
    let mut stream = Decompress::new(true);
    while out.len() < limit {
        let before = (stream.total_in(), stream.total_out());
        out.reserve(out.len().clamp(256, 1 << 20));
        let rest = &bytes[(before.0 as usize).min(bytes.len())..];
        match stream.decompress_vec(rest, &mut out, FlushDecompress::None) {
            Ok(Status::StreamEnd) => return (out, Some(stream.total_in() as usize)),
            Ok(_) if (stream.total_in(), stream.total_out()) != before => {}
            _ => break,
        }
    }
    (out, None)
}

/// The texts of a reftable.
#[derive(Debug, Default)]
pub(super) struct Reftable {
    /// Names of refs, and targets of symbolic ones.
    pub(super) names: Vec<Vec<u8>>,
    /// Blocks of the reflog, inflated.
    pub(super) logs: Vec<Vec<u8>>,
    /// Whether all blocks could be read.
    pub(super) is_whole: bool,
}

/// Reads a reftable (git's documentation, "reftable"); nothing when the bytes are none.
pub(super) fn read_reftable(bytes: &[u8]) -> Option<Reftable> {
    if !bytes.starts_with(b"REFT") {
        return None;
    }
    let (header, footer, id_length) = match bytes.get(4)? {
        1 => (24, 68, 20),
        2 if bytes.get(24..28)? == b"s256" => (28, 72, 32),
        2 => (28, 72, 20),
        _ => return None,
    };
    let block_size = read_u24(bytes, 5)?;
    let mut table = Reftable::default();
    let end = bytes.len().checked_sub(footer)?;
    // The first block begins with the header of the file, as far as its size goes.
    let (mut start, mut at) = (0, header);
    table.is_whole = loop {
        if at >= end {
            break true;
        }
        let Some(next) = table.read_block(bytes, start, at, id_length) else {
            break false;
        };
        // Zeros pad a block, but for the last one before logs, and logs themselves.
        let is_block = bytes.get(next).is_some_and(|kind| b"riog".contains(kind));
        let next = if is_block || next >= end {
            next
        } else {
            next.next_multiple_of(block_size.max(1))
        };
        if next <= at {
            break false;
        }
        (start, at) = (next, next);
    };
    Some(table)
}

impl Reftable {
    /// Reads a block and says where it ends.
    fn read_block(
        &mut self,
        bytes: &[u8],
        start: usize,
        at: usize,
        id_length: usize,
    ) -> Option<usize> {
        let length = read_u24(bytes, at + 1)?;
        match bytes.get(at)? {
            b'g' => {
                let (log, used) = inflate(bytes.get(at + 4..)?, LARGEST);
                self.logs.push(log);
                Some(at + 4 + used?)
            }
            b'r' => {
                let block = bytes.get(at + 4..start.checked_add(length)?)?;
                self.read_refs(block, id_length)?;
                Some(start + length)
            }
            b'i' | b'o' => start.checked_add(length),
            _ => None,
        }
    }

    /// Reads the records of a block of refs; each name is written upon the one before.
    fn read_refs(&mut self, block: &[u8], id_length: usize) -> Option<()> {
        let tail = block.len().checked_sub(2)?;
        let restarts = u16::from_be_bytes(*block.get(tail..)?.first_chunk()?);
        let end = tail.checked_sub(3 * usize::from(restarts))?;
        let mut rest = block.get(..end)?;
        let mut name: Vec<u8> = Vec::new();
        while !rest.is_empty() {
            let (prefix, after) = read_number(rest)?;
            let (suffix, after) = read_number(after)?;
            let (kind, suffix) = (suffix & 7, suffix >> 3);
            if prefix > name.len() || prefix + suffix > LONGEST_NAME {
                return None;
            }
            name.truncate(prefix);
            name.extend(after.get(..suffix)?);
            self.names.push(name.clone());
            let (_, after) = read_number(after.get(suffix..)?)?;
            rest = match kind {
                0 => after,
                1 => after.get(id_length..)?,
                2 => after.get(2 * id_length..)?,
                3 => {
                    let (length, after) = read_number(after)?;
                    self.names.push(after.get(..length)?.to_vec());
                    after.get(length..)?
                }
                _ => return None,
            };
        }
        Some(())
    }
}

fn read_u24(bytes: &[u8], at: usize) -> Option<usize> {
    let [a, b, c] = bytes.get(at..at + 3)? else {
        return None;
    };
    Some(usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c))
}

/// Reads a number of 7 bits a byte, the highest first, where each further byte adds one.
fn read_number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    for (at, &byte) in bytes.iter().enumerate().take(8) {
        value = value << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
        value += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    /// A table of one block of refs, `refs/heads/a` and `refs/heads/bc`, and one of a log.
    fn table() -> Vec<u8> {
        let mut refs = vec![0, 12 << 3 | 1];
        refs.extend(b"refs/heads/a\0");
        refs.extend([1; 20]);
        refs.extend([11, 2 << 3 | 3]);
        refs.extend(b"bc\0");
        refs.extend([4]);
        refs.extend(b"else");
        refs.extend([0, 0, 28, 0, 1]);
        let mut bytes = b"REFT\x01\0\x10\0".to_vec();
        bytes.extend([0; 16]);
        let length = bytes.len() + 4 + refs.len();
        bytes.extend([b'r', 0, 0, length as u8]);
        bytes.extend(refs);
        let log = b"a reason to remember";
        bytes.extend([b'g', 0, 0, log.len() as u8 + 4]);
        bytes.extend(deflate(log));
        bytes.extend([0; 68]);
        bytes
    }

    #[test]
    fn names_and_logs_of_a_reftable_are_read() {
        let table = read_reftable(&table()).unwrap();
        let names = ["refs/heads/a", "refs/heads/bc", "else"];
        assert_eq!(table.names, names.map(|name| name.as_bytes().to_vec()));
        assert_eq!(table.logs, [b"a reason to remember"]);
        assert!(table.is_whole);
    }

    #[test]
    fn an_object_that_is_cut_is_read_as_far_as_it_goes() {
        let whole = deflate(b"blob 11\0some content");
        let loose = inflate_loose(&whole).unwrap();
        assert_eq!(
            (&loose.bytes[..], loose.is_whole),
            (&b"blob 11\0some content"[..], true)
        );
        let cut = inflate_loose(&whole[..whole.len() - 6]).unwrap();
        assert!(cut.bytes.starts_with(b"blob 11\0some") && !cut.is_whole);
        assert!(inflate_loose(&deflate(b"no object at all")).is_none());
    }

    proptest! {
        #[test]
        fn damage_is_no_reason_to_panic(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            cut in 0..200_usize,
        ) {
            let mut bytes = table();
            for (place, byte) in flips {
                let at = place.index(bytes.len());
                bytes[at] ^= byte;
            }
            bytes.truncate(bytes.len().saturating_sub(cut));
            drop(read_reftable(&bytes));
            drop(inflate_loose(&bytes));
        }
    }
}
