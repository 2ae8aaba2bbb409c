//! Packs and bundles of git within another file, and loose objects.
//!
//! Owns what of each object is searched: blobs as files, the texts of commits and tags, and the names
//! in trees. Does not own the formats (`history`).

use super::{Unpacker, join};
use crate::walker::SkipReason;
use crate::walker::history::{self, Nested};
use crate::walker::strays;

pub(super) fn is_stream(bytes: &[u8]) -> bool {
    history::is_stream(bytes)
}

pub(super) fn stream(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let size = bytes.len() as u64;
    let most = unpacker.most(size);
    let Some(nested) = Nested::open(bytes, most) else {
        return unpacker.damaged(address, "it begins as a pack or bundle and is none", size);
    };
    let missed = nested.each(&mut |one| {
        if unpacker.may_repeat(&join(address, one.name.as_bytes()), one.bytes) {
            object(unpacker, address, one.kind, &one.name, one.bytes);
        }
    });
    match nested.lost() {
        Some((_, true)) => unpacker.skip(SkipReason::UnpackLimit, address, size),
        // The rest is in the repository that it was made for.
        Some(_) if nested.is_partial => unpacker.skip(SkipReason::Bundled, address, 0),
        Some((words, false)) => unpacker.damaged(address, words, 0),
        None if missed > 0 => unpacker.skip(SkipReason::UnpackLimit, address, size),
        None => {}
    }
}

/// Hands over an object.
fn object(unpacker: &mut Unpacker<'_>, outer: &str, kind: &str, name: &str, bytes: &[u8]) {
    let address = join(outer, name.as_bytes());
    match kind {
        "blob" => unpacker.visit(&address, bytes),
        "tree" => unpacker.text(&address, "names", &names(bytes)),
        // What is no kind of object is a text like a commit.
        _ => unpacker.text(&address, kind, without_ids(bytes)),
    }
}

/// Hands over an object as a file of its own has it, its head with it; false when it is none.
pub(super) fn loose(unpacker: &mut Unpacker<'_>, address: &str, whole: &[u8]) -> bool {
    let Some((kind, body)) = strays::split_loose(whole) else {
        return false;
    };
    object(unpacker, address, kind, "object", body);
    true
}

/// The names in a tree, one a line. Ids between them are as long as those of either hash.
fn names(tree: &[u8]) -> Vec<u8> {
    let is_mode = |rest: &[u8]| rest.is_empty() || matches!(rest[0], b'1' | b'4');
    let (mut names, mut rest) = (Vec::new(), tree);
    while let Some(end) = memchr::memchr(0, rest) {
        let entry = &rest[..end];
        let name = memchr::memchr(b' ', entry).map_or(entry, |blank| &entry[blank + 1..]);
        names.extend_from_slice(name);
        names.push(b'\n');
        let after = &rest[end + 1..];
        let short = after.get(20..).unwrap_or_default();
        let long = after.get(32..).unwrap_or_default();
        rest = if is_mode(short) { short } else { long };
    }
    names
}

/// The text of a commit or tag behind the ids that it begins with.
fn without_ids(bytes: &[u8]) -> &[u8] {
    let ids: &[&[u8]] = &[b"tree ", b"parent ", b"object "];
    let mut rest = bytes;
    while ids.iter().any(|key| rest.starts_with(key))
        && let Some(end) = memchr::memchr(b'\n', rest)
    {
        rest = &rest[end + 1..];
    }
    rest
}
