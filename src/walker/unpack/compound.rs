//! Compound files: the old documents of Office, Outlook messages, installers.
//!
//! Owns their streams, packed macros and the marks of encryption ([MS-CFB], [MS-OVBA] 2.4.1,
//! [MS-OFFCRYPTO] 2.3.4.4). Does not own the sectors, which a crate reads.

use std::io::{Cursor, Read as _};

use super::{Unpacker, join, slice, strings, u16_le};
use crate::walker::SkipReason;

pub(super) fn is_compound(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
}

pub(super) fn compound(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let mut file = match cfb::CompoundFile::open(Cursor::new(bytes)) {
        Ok(file) => file,
        Err(error) => {
            unpacker.damaged(address, &error.to_string(), bytes.len() as u64);
            return unpacker.text(address, "strings", &strings::all(bytes));
        }
    };
    let streams: Vec<_> = file
        .walk()
        .filter(cfb::Entry::is_stream)
        .map(|entry| (entry.path().to_owned(), entry.len()))
        .take(unpacker.budget.limits.members as usize)
        .collect();
    for (path, size) in streams {
        let name = path.to_string_lossy().replace('\\', "/");
        // Names begin with a slash, and some with a control character.
        let name: String = name
            .trim_start_matches('/')
            .chars()
            .filter(|one| !one.is_control())
            .collect();
        let member = join(address, name.as_bytes());
        if name == "EncryptedPackage" {
            unpacker.skip(SkipReason::Encrypted, &member, size);
            continue;
        }
        let mut stream = match file.open_stream(&path) {
            Ok(stream) => stream,
            Err(error) => {
                unpacker.damaged(&member, &error.to_string(), size);
                continue;
            }
        };
        let packed = size.min(bytes.len() as u64);
        let (content, end) = unpacker.read(packed, stream.by_ref());
        if is_locked(&name, &content) {
            unpacker.skip(SkipReason::Encrypted, &member, size);
        }
        if !content.is_empty() {
            unpacker.visit(&member, &content);
        }
        for (number, macros) in macros(&content).iter().enumerate() {
            unpacker.text(&member, &format!("macro-{}", number + 1), macros);
        }
        unpacker.note(&end, &member, size.saturating_sub(content.len() as u64));
    }
    // Sectors that no stream has any more.
    unpacker.text(address, "strings", &strings::all(bytes));
}

/// Says whether the main stream of a document is encrypted ([MS-DOC] 2.5.1, [MS-XLS] 2.4.117).
fn is_locked(name: &str, content: &[u8]) -> bool {
    match name {
        "WordDocument" => u16_le(content, 10).is_some_and(|flags| flags & 0x100 != 0),
        "Workbook" | "Book" => {
            // Records of the first few that stand before any content.
            let mut at = 0;
            (0..16).any(|_| {
                let kind = u16_le(content, at);
                at += 4 + usize::from(u16_le(content, at + 2).unwrap_or(0));
                kind == Some(0x2f)
            })
        }
        _ => false,
    }
}

/// Unpacks the sources of macros: containers that begin with 1 and a chunk's head.
fn macros(content: &[u8]) -> Vec<Vec<u8>> {
    let is_start = |&at: &usize| {
        content.get(at) == Some(&1)
            && u16_le(content, at + 1).is_some_and(|head| head >> 12 == 0xb)
            && slice(content, at + 4, 8) == b"Attribut"
    };
    let starts = memchr::memchr_iter(1, content).filter(is_start);
    starts
        .take(MOST_MACROS)
        .map(|at| unpack(&content[at + 1..]))
        .collect()
}

/// No stream has the sources of more macros: it is one module.
const MOST_MACROS: usize = 4;
/// No source of a macro is longer.
const LONGEST: usize = 4 << 20;

fn unpack(mut rest: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    while let Some(head) = u16_le(rest, 0).filter(|head| head >> 12 & 7 == 3) {
        let length = usize::from(head & 0xfff) + 3;
        let chunk = slice(rest, 2, length - 2);
        rest = slice(rest, length, rest.len());
        if out.len() > LONGEST {
            break;
        }
        if head & 0x8000 == 0 {
            out.extend_from_slice(chunk);
        } else {
            unpack_chunk(chunk, &mut out);
        }
    }
    out
}

fn unpack_chunk(chunk: &[u8], out: &mut Vec<u8>) {
    let (start, mut at) = (out.len(), 0);
    while let Some(&flags) = chunk.get(at) {
        at += 1;
        for bit in 0..8 {
            if flags >> bit & 1 == 0 {
                let Some(&byte) = chunk.get(at) else {
                    return;
                };
                out.push(byte);
                at += 1;
                continue;
            }
            let Some(token) = u16_le(chunk, at) else {
                return;
            };
            at += 2;
            // The more is there already, the more bits tell how far back, the fewer how long.
            let there = (out.len() - start).max(1);
            let bits = (usize::BITS - (there - 1).leading_zeros()).clamp(4, 12);
            let length = usize::from(token & (0xffff >> bits)) + 3;
            let back = usize::from(token >> (16 - bits)) + 1;
            if back > out.len() - start {
                return;
            }
            for _ in 0..length {
                out.push(out[out.len() - back]);
            }
        }
    }
}
