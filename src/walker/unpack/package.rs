//! Packages: ar (and with it deb and static libraries), cpio and rpm.
//!
//! Owns the lists of members of the three. What is packed in a package is a stream of its own.

use super::{Unpacker, join, slice, strings, u16_le, u32_be};
use crate::walker::SkipReason;

pub(super) fn is_ar(bytes: &[u8]) -> bool {
    bytes.starts_with(b"!<arch>\n")
}

/// Reads an archive of ar: heads of 60 bytes, names in the head, behind it (BSD, `#1/LENGTH`) or in
/// a member named `//` (GNU, `/OFFSET`).
pub(super) fn ar(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let (mut at, mut names) = (8, &[][..]);
    while let Some(head) = bytes.get(at..at + 60) {
        if unpacker.is_spent() {
            let rest = (bytes.len() - at) as u64;
            return unpacker.skip(SkipReason::UnpackLimit, address, rest);
        }
        let Some(size) = number(&head[48..58], 10).filter(|_| &head[58..] == b"`\n") else {
            break;
        };
        at += 60;
        let mut body = slice(bytes, at, size);
        at = at.saturating_add(size.saturating_add(size & 1));
        let short = head[..16].trim_ascii_end();
        let name = match short.strip_prefix(b"/") {
            Some(b"/") => {
                names = body;
                continue;
            }
            Some(offset) if !offset.is_empty() => {
                let name = slice(names, number(offset, 10).unwrap_or(0), names.len());
                let end = memchr::memchr2(b'\n', b'/', name);
                &name[..end.unwrap_or(name.len())]
            }
            _ => match short.strip_prefix(b"#1/") {
                Some(length) => {
                    let length = number(length, 10).unwrap_or(0);
                    let name = slice(body, 0, length);
                    body = slice(body, length, body.len());
                    &name[..memchr::memchr(0, name).unwrap_or(name.len())]
                }
                None => short.strip_suffix(b"/").unwrap_or(short),
            },
        };
        unpacker.member(address, name, body);
    }
    if at < bytes.len() {
        broken(unpacker, address, &bytes[at..]);
    } else if at > bytes.len() + 1 {
        unpacker.damaged(address, "it is cut", 0);
    }
}

/// Searches what stands where a head should be.
fn broken(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    if bytes.iter().any(|&byte| !matches!(byte, 0 | b'\n')) {
        unpacker.damaged(address, "a head is damaged", bytes.len() as u64);
        unpacker.visitor.member(&format!("{address}#lost"), bytes);
    }
}

fn number(digits: &[u8], radix: u32) -> Option<usize> {
    let digits = std::str::from_utf8(digits).ok()?.trim();
    usize::from_str_radix(digits, radix).ok()
}

pub(super) fn is_cpio(bytes: &[u8]) -> bool {
    cpio_head(bytes, 0).is_some()
}

/// The head of a member: its own length, that of the name and of the body, and what each is
/// rounded up to.
struct Head {
    length: usize,
    name: usize,
    size: usize,
    align: usize,
}

/// Reads a head of the new, the portable or the old form (cpio(5) of `FreeBSD`).
fn cpio_head(bytes: &[u8], at: usize) -> Option<Head> {
    let rest = bytes.get(at..)?;
    let field = |from: usize, length: usize, radix| number(rest.get(from..from + length)?, radix);
    match rest {
        [b'0', b'7', b'0', b'7', b'0', b'1' | b'2', ..] => Some(Head {
            length: 110,
            name: field(94, 8, 16)?,
            size: field(54, 8, 16)?,
            align: 4,
        }),
        [b'0', b'7', b'0', b'7', b'0', b'7', ..] => Some(Head {
            length: 76,
            name: field(59, 6, 8)?,
            size: field(65, 11, 8)?,
            align: 1,
        }),
        [0xc7, 0x71, ..] if rest.len() > 26 && rest[20] > 0 => Some(Head {
            length: 26,
            name: usize::from(u16_le(rest, 20)?),
            size: usize::from(u16_le(rest, 22)?) << 16 | usize::from(u16_le(rest, 24)?),
            align: 2,
        }),
        _ => None,
    }
}

pub(super) fn cpio(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let mut at = 0;
    while let Some(head) = cpio_head(bytes, at) {
        if unpacker.is_spent() {
            let rest = (bytes.len() - at) as u64;
            return unpacker.skip(SkipReason::UnpackLimit, address, rest);
        }
        let name = slice(bytes, at + head.length, head.name);
        let name = name.strip_suffix(b"\0").unwrap_or(name);
        at = (at + head.length)
            .saturating_add(head.name)
            .next_multiple_of(head.align);
        if name == b"TRAILER!!!" {
            break;
        }
        let body = slice(bytes, at, head.size);
        if !body.is_empty() {
            unpacker.member(address, name, body);
        }
        if body.len() < head.size {
            let missing = (head.size - body.len()) as u64;
            let name = join(address, name);
            unpacker.damaged(&name, "it goes on beyond the end of the archive", missing);
        }
        at = at.saturating_add(body.len()).next_multiple_of(head.align);
    }
    broken(unpacker, address, bytes.get(at..).unwrap_or_default());
}

pub(super) fn is_rpm(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xed\xab\xee\xdb")
}

/// Reads a package of rpm: a lead of 96 bytes, two heads of tagged values, the second of which is
/// the signed one, and the packed files (the format of version 4).
pub(super) fn rpm(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let signature = head_length(bytes, 96).map(|length| (96 + length).next_multiple_of(8));
    let head = signature.and_then(|at| Some((at, at + head_length(bytes, at)?)));
    let Some((head, payload)) = head else {
        unpacker.damaged(address, "its head is damaged", bytes.len() as u64);
        return unpacker.text(address, "strings", &strings::all(bytes));
    };
    let fields = strings::all(slice(bytes, head, payload - head));
    unpacker.text(address, "head", &fields);
    unpacker.member(address, b"payload", slice(bytes, payload, bytes.len()));
}

fn head_length(bytes: &[u8], at: usize) -> Option<usize> {
    if !bytes.get(at..)?.starts_with(b"\x8e\xad\xe8") {
        return None;
    }
    let (entries, store) = (u32_be(bytes, at + 8)?, u32_be(bytes, at + 12)?);
    Some(16 + entries as usize * 16 + store as usize)
}
