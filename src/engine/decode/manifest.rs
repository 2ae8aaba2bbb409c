//! Kubernetes secrets: base64 under `data:` of a manifest, whatever its length.
//!
//! Owns reading the entries of such a manifest in YAML, and in JSON with an entry a line. Long
//! values are runs, too (`runs`). Does not own other manifests.

use data_encoding::BASE64;

use super::marks::MANIFESTS;
use super::{Decoded, Encoding, Layer};

/// How many bytes before the kind of a manifest its entries may begin.
pub(super) const BEFORE: usize = 4 << 10;
/// How many bytes from the kind on its entries are read.
pub(super) const LONGEST: usize = 64 << 10;

/// Decodes the entries of the manifest whose kind stands at `at`, a line each: `name: value`.
pub(super) fn decode(bytes: &[u8], at: usize) -> Option<Layer> {
    let first = at.saturating_sub(BEFORE);
    let start =
        memchr::memmem::rfind(&bytes[first..at], b"\n---").map_or(first, |mark| first + mark + 4);
    // Its entries were read for the first kind that stands in it.
    let mut shapes = MANIFESTS.iter();
    if shapes.any(|shape| memchr::memmem::find(&bytes[start..at], shape.as_bytes()).is_some()) {
        return None;
    }
    let limit = bytes.len().min(at + LONGEST);
    let end = memchr::memmem::find(&bytes[at..limit], b"\n---").map_or(limit, |mark| at + mark);
    let mut decoded = Decoded::default();
    let mut depth = None;
    let mut place = start;
    for line in bytes[start..end].split_inclusive(|&byte| byte == b'\n') {
        let indent = line
            .iter()
            .take_while(|byte| **byte == b' ' || **byte == b'\t')
            .count();
        let text = line.trim_ascii();
        if matches!(text, b"data:" | b"\"data\": {" | b"\"data\":{") {
            depth = Some(indent);
        } else if depth.is_some_and(|depth| indent > depth) {
            push_entry(line, place, &mut decoded);
        } else if !text.is_empty() {
            depth = None;
        }
        place += line.len();
    }
    let is_cut = end == limit && limit < bytes.len() && depth.is_some();
    (is_cut || !decoded.text.is_empty()).then(|| Layer {
        is_cut,
        ..decoded.finish(Encoding::Base64, place)
    })
}

/// Appends an entry of a line, decoded.
fn push_entry(line: &[u8], place: usize, decoded: &mut Decoded) -> Option<()> {
    let colon = memchr::memchr(b':', line)?;
    let is_around = |byte: &u8| byte.is_ascii_whitespace() || b"\"',".contains(byte);
    let before = line[colon + 1..]
        .iter()
        .take_while(|byte| is_around(byte))
        .count();
    let start = colon + 1 + before;
    let length = line[start..]
        .iter()
        .take_while(|byte| !is_around(byte))
        .count();
    let value = BASE64.decode(&line[start..start + length]).ok()?;
    let is_text = value
        .iter()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t'));
    if !is_text || value.is_empty() {
        return None;
    }
    for &byte in line[..colon].trim_ascii() {
        if byte != b'"' {
            decoded.push(byte, place);
        }
    }
    for &byte in b": " {
        decoded.push(byte, place + colon);
    }
    for (at, &byte) in value.iter().enumerate() {
        decoded.push(byte, place + start + at / 3 * 4 + at % 3);
    }
    decoded.push(b'\n', place + start + length);
    Some(())
}
