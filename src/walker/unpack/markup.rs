//! Markup: the text of XML and HTML without tags.
//!
//! Owns which tags end a run of text: a word processor cuts a word into runs wherever it likes,
//! and only the text without them has the word whole. Does not own what is searched as it is.

use memchr::memchr;

/// Elements within a line, by local name: their tags vanish. All others end the line.
const INLINE: &str = "\
    r t rPr b i u s a span em strong font code tt small sub sup color sz szCs lang rFonts rStyle \
    proofErr bookmarkStart bookmarkEnd ins del delText hyperlink smartTag sdt sdtContent noProof \
    lastRenderedPageBreak commentRangeStart commentRangeEnd latin ea cs solidFill srgbClr schemeClr \
    highlight shd instrText fldChar tspan bCs iCs kern w spacing vertAlign bookmark-start \
    bookmark-end bookmark change-start change-end soft-page-break rPh phoneticPr rFont family scheme \
    effectLst ln noFill hlinkClick softHyphen wbr mark kbd var samp";

/// The lines of text that tags or references cut, put together; all others stand in `bytes` as they
/// are. `None` when it is no XML or HTML, or there are none.
pub(super) fn text(bytes: &[u8]) -> Option<Vec<u8>> {
    if !is_markup(bytes) {
        return None;
    }
    let mut lines = Lines::default();
    let mut rest = bytes;
    while let Some(open) = memchr(b'<', rest) {
        lines.push(&rest[..open]);
        rest = &rest[open..];
        let length = tag_length(rest);
        let tag = &rest[..length];
        if let Some(data) = tag.strip_prefix(b"<![CDATA[") {
            lines.push(data.strip_suffix(b"]]>").unwrap_or(data));
        } else if !is_inline(tag) {
            lines.end();
        }
        rest = &rest[length..];
    }
    lines.push(rest);
    lines.end();
    (!lines.text.is_empty()).then_some(lines.text)
}

/// Lines that are put together.
#[derive(Default)]
struct Lines {
    text: Vec<u8>,
    /// Where the last begins, and of how many pieces it is.
    start: usize,
    pieces: usize,
}

impl Lines {
    fn push(&mut self, piece: &[u8]) {
        if piece.trim_ascii().is_empty() {
            return;
        }
        self.pieces += 1;
        self.pieces += usize::from(push_unescaped(&mut self.text, piece));
    }

    fn end(&mut self) {
        if self.pieces > 1 {
            self.text.push(b'\n');
        } else {
            self.text.truncate(self.start);
        }
        self.start = self.text.len();
        self.pieces = 0;
    }
}

pub(super) fn is_markup(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bytes = bytes.trim_ascii_start();
    bytes.starts_with(b"<?xml") || (bytes.len() > 2 && bytes[0] == b'<' && is_name(bytes[1]))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'!'
}

/// How long the tag, comment or section is at the start of `rest`.
fn tag_length(rest: &[u8]) -> usize {
    let end: &[u8] = if rest.starts_with(b"<!--") {
        b"-->"
    } else if rest.starts_with(b"<![CDATA[") {
        b"]]>"
    } else {
        b">"
    };
    memchr::memmem::find(rest, end).map_or(rest.len(), |at| at + end.len())
}

fn is_inline(tag: &[u8]) -> bool {
    let name = tag.strip_prefix(b"<").unwrap_or(tag);
    let name = name.strip_prefix(b"/").unwrap_or(name);
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
    let name = &name[..name.iter().position(is_end).unwrap_or(name.len())];
    let local = name.rsplit(|&byte| byte == b':').next().unwrap_or(name);
    let mut inline = INLINE.split_ascii_whitespace();
    inline.any(|known| known.as_bytes() == local)
}

/// The longest reference that is decoded: `&#x10ffff;`.
const LONGEST_REFERENCE: usize = 10;

/// Appends text with its references decoded; says whether there were any.
fn push_unescaped(text: &mut Vec<u8>, mut rest: &[u8]) -> bool {
    let mut is_changed = false;
    while let Some(at) = memchr(b'&', rest) {
        text.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let window = &rest[..rest.len().min(LONGEST_REFERENCE)];
        let end = memchr(b';', window);
        let decoded = end.and_then(|end| Some((end, decode(&window[1..end])?)));
        let (used, character) = decoded.map_or((1, '&'), |(end, one)| (end + 1, one));
        is_changed |= decoded.is_some();
        let mut buffer = [0; 4];
        text.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        rest = &rest[used..];
    }
    text.extend_from_slice(rest);
    is_changed
}

fn decode(reference: &[u8]) -> Option<char> {
    let reference = std::str::from_utf8(reference).ok()?;
    match reference {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        "nbsp" => return Some(' '),
        _ => {}
    }
    let number = reference.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}
