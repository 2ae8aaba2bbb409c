//! Tar archives.
//!
//! Owns the blocks of POSIX ustar and pax (IEEE 1003.1, pax) and of GNU tar, and picking up again
//! behind a damaged head. Nothing is written to disk, so that names and links that lead out of the
//! archive are names and no more.

use super::{Unpacker, join, slice, strings};
use crate::walker::SkipReason;

const BLOCK: usize = 512;

/// Says whether a file begins with a head of tar: its mark is there, or its checksum holds.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    bytes.len() >= BLOCK
        && bytes[0] != 0
        && (&bytes[257..262] == b"ustar" || is_head(&bytes[..BLOCK]))
}

fn is_head(block: &[u8]) -> bool {
    let Some(named) = octal(&block[148..156]) else {
        return false;
    };
    let sum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
    let field: u64 = block[148..156].iter().map(|&byte| u64::from(byte)).sum();
    // The field itself counts as blanks.
    sum - field + 8 * u64::from(b' ') == named && named > 8 * u64::from(b' ')
}

/// A number in octal digits, or in base 256 when the first bit is set.
fn octal(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let tail = field[field.len() - 8..].first_chunk()?;
        return Some(u64::from_be_bytes(*tail) & (u64::MAX >> 1));
    }
    let is_fill = |byte: &u8| matches!(byte, 0 | b' ');
    let from = field.iter().position(|byte| !is_fill(byte))?;
    let digits = &field[from..];
    let digits = &digits[..digits.iter().position(is_fill).unwrap_or(digits.len())];
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

/// What heads of their own say of the member behind them.
#[derive(Debug, Default)]
struct Extended {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

pub(super) fn tar(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let (mut at, mut extended, mut damage) = (0, Extended::default(), None);
    let mut heads = Vec::new();
    while let Some(head) = bytes.get(at..at + BLOCK) {
        if unpacker.is_spent() {
            let rest = (bytes.len() - at) as u64;
            return unpacker.skip(SkipReason::UnpackLimit, address, rest);
        }
        at += BLOCK;
        if !is_head(head) {
            if head.iter().any(|&byte| byte != 0) {
                damage.get_or_insert(at - BLOCK);
            }
            continue;
        }
        if let Some(start) = damage.take() {
            lost(unpacker, address, &bytes[start..at - BLOCK]);
        }
        heads.extend(strings::all(head));
        let size = extended
            .size
            .or_else(|| octal(&head[124..136]))
            .unwrap_or(0);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let body = slice(bytes, at, size);
        at = at.saturating_add(body.len().next_multiple_of(BLOCK));
        let kind = head[156];
        if extended.take(kind, body) {
            heads.extend(strings::all(body));
        } else {
            let name = std::mem::take(&mut extended).name;
            let name = name.unwrap_or_else(|| name_of(head));
            // Links, devices and folders have no bytes of their own.
            if !body.is_empty() {
                unpacker.member(address, &name, body);
            }
        }
        if body.len() < size {
            let name = join(address, &name_of(head));
            let missing = (size - body.len()) as u64;
            unpacker.damaged(&name, "it goes on beyond the end of the archive", missing);
        }
    }
    unpacker.text(address, "heads", &heads);
    let rest = damage.unwrap_or(at.min(bytes.len()));
    if bytes[rest..].iter().any(|&byte| byte != 0) {
        lost(unpacker, address, &bytes[rest..]);
    }
}

/// Searches what stands between members where a head should be.
fn lost(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    unpacker.damaged(address, "a head is damaged", bytes.len() as u64);
    unpacker.visitor.member(&format!("{address}#lost"), bytes);
}

impl Extended {
    /// Takes the body of a head that speaks of the next; false for a member.
    fn take(&mut self, kind: u8, body: &[u8]) -> bool {
        match kind {
            b'L' => self.name = Some(until_nul(body).to_vec()),
            b'K' | b'V' | b'g' => {}
            b'x' | b'X' => {
                for (key, value) in records(body) {
                    match key {
                        b"path" => self.name = Some(value.to_vec()),
                        b"size" => {
                            let text = std::str::from_utf8(value).ok();
                            self.size = text.and_then(|text| text.parse().ok());
                        }
                        _ => {}
                    }
                }
            }
            _ => return false,
        }
        true
    }
}

/// The records of a pax head: `LENGTH KEY=VALUE` and a line feed.
fn records(mut body: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let blank = memchr::memchr(b' ', body)?;
        let length: usize = std::str::from_utf8(&body[..blank]).ok()?.parse().ok()?;
        let record = body.get(blank + 1..length)?;
        body = &body[length..];
        let equals = memchr::memchr(b'=', record)?;
        let value = &record[equals + 1..];
        Some((
            &record[..equals],
            value.strip_suffix(b"\n").unwrap_or(value),
        ))
    })
}

fn name_of(head: &[u8]) -> Vec<u8> {
    let name = until_nul(&head[..100]);
    let prefix = until_nul(&head[345..500]);
    // GNU tar keeps dates where ustar keeps the first part of a name.
    if &head[257..263] != b"ustar\0" || prefix.is_empty() {
        return name.to_vec();
    }
    [prefix, b"/", name].concat()
}

fn until_nul(field: &[u8]) -> &[u8] {
    &field[..memchr::memchr(0, field).unwrap_or(field.len())]
}
