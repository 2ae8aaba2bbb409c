//! PDF: all objects of all revisions.
//!
//! Owns the walk over a file and what of each object is text. Objects are found where they stand and
//! not by the tables that list them, so that what a later revision replaced and what a damaged
//! file still has is read as well. Does not own drawing.

mod crypt;
mod filter;
mod lexer;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::memmem;

use self::lexer::{Dict, Lexer, Token, references};
use self::text::Glyphs;
use super::budget::End;
use super::{Unpacker, join, zip};
use crate::walker::SkipReason;

/// How far from the start the magic number may stand.
const HEAD: usize = 1_024;

pub(super) fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-")
        || (bytes.first() == Some(&b'%') || bytes.first() == Some(&b'\n'))
            && memmem::find(&bytes[..bytes.len().min(HEAD)], b"%PDF-").is_some()
}

/// An object with a stream.
struct Stream<'a> {
    number: usize,
    generation: usize,
    dict: Dict<'a>,
    raw: &'a [u8],
}

pub(super) fn pdf(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let (streams, outside) = find_streams(bytes);
    let plain = join_ranges(bytes, &outside);
    let is_encrypted = memmem::find(&plain, b"/Encrypt").is_some();
    if is_encrypted
        && let Some(key) = crypt::Key::find(&plain)
        && unpacker.budget.take(bytes.len() as u64)
    {
        let copy = key.open(bytes, &streams, &outside);
        let (streams, outside) = find_streams(&copy);
        let plain = join_ranges(&copy, &outside);
        read(unpacker, address, plain, streams, false);
    } else {
        read(unpacker, address, plain, streams, is_encrypted);
    }
    if zip::is_appended(bytes) {
        zip::zip(unpacker, address, bytes);
    }
}

/// What stands outside of streams, in one piece.
fn join_ranges(bytes: &[u8], outside: &[Range<usize>]) -> Vec<u8> {
    let mut plain = Vec::new();
    for range in outside {
        plain.extend_from_slice(&bytes[range.clone()]);
        plain.push(b'\n');
    }
    plain
}

/// Hands over what is in the objects.
fn read(
    unpacker: &mut Unpacker<'_>,
    address: &str,
    plain: Vec<u8>,
    streams: Vec<Stream<'_>>,
    is_encrypted: bool,
) {
    unpacker.text(address, "objects", &plain);
    if is_encrypted {
        // What is not, whatever this word means there, is read all the same.
        let packed: usize = streams.iter().map(|stream| stream.raw.len()).sum();
        let size = plain.len() + packed;
        unpacker.skip(SkipReason::Encrypted, address, size as u64);
    }
    // Objects within streams come first: they say what the other streams are.
    let mut lines = strings(&plain, true);
    let (mut objects, mut rest) = (plain, Vec::new());
    for stream in streams {
        if stream.dict.is("Type", "ObjStm") {
            let decoded = filter::decode(unpacker, &stream.dict, stream.raw);
            if !is_encrypted {
                let size = stream.raw.len() as u64;
                unpacker.note(&decoded.end, &stream.address(address), size);
            }
            let inner = numbered(&stream.dict, &decoded.bytes);
            lines.extend(strings(&inner, false));
            objects.extend(inner);
        } else {
            rest.push(stream);
        }
    }
    unpacker.text(address, "strings", &lines);
    let names = file_names(&objects);
    let tables = font_tables(&objects);
    let mut glyphs = BTreeMap::new();
    for stream in &rest {
        if tables.contains_key(&stream.number) {
            let decoded = filter::decode(unpacker, &stream.dict, stream.raw);
            glyphs.insert(stream.number, Glyphs::read(&decoded.bytes));
        }
    }
    let fonts = name_fonts(&objects, &tables, &glyphs);
    for stream in &rest {
        if !tables.contains_key(&stream.number) {
            let end = stream.open(unpacker, address, &names, &fonts);
            if !is_encrypted {
                let size = stream.raw.len() as u64;
                unpacker.note(&end, &stream.address(address), size);
            }
        }
    }
}

/// Finds all streams, and what stands outside of them.
fn find_streams(bytes: &[u8]) -> (Vec<Stream<'_>>, Vec<Range<usize>>) {
    let (mut streams, mut outside) = (Vec::new(), Vec::new());
    let (mut at, mut from) = (0, 0);
    // The last head of an object, and how often it led to no dictionary.
    let (mut object, mut looked, mut tries) = (None, 0, 0);
    while let Some(found) = memmem::find(&bytes[at..], b"stream") {
        let word = at + found;
        at = word + 6;
        if word >= 3 && &bytes[word - 3..word] == b"end" {
            continue;
        }
        let start = match bytes.get(at..) {
            Some([b'\r', b'\n', ..]) => at + 2,
            Some([b'\r' | b'\n', ..]) => at + 1,
            _ => continue,
        };
        // The dictionary stands between the head of the object and the word.
        if let Some(head) = memmem::rfind(&bytes[looked..word], b"obj") {
            (object, tries) = (Some(looked + head), 0);
        }
        looked = word;
        let Some(head) = object.filter(|&head| head >= from && tries < MOST_TRIES) else {
            continue;
        };
        let Ok(dict) = Dict::read(&bytes[head + 3..word]) else {
            tries += 1;
            continue;
        };
        let end = end_of(bytes, start, dict.number("Length"));
        outside.push(from..start);
        streams.push(Stream {
            number: number_before(&bytes[..head]),
            generation: word_before(&bytes[..head], 0),
            dict,
            raw: &bytes[start..end],
        });
        (at, from, looked) = (end, end, end);
    }
    outside.push(from..bytes.len());
    (streams, outside)
}

/// How many words `stream` one object may have among its own text.
const MOST_TRIES: u32 = 8;

/// Where a stream ends: by its length if a mark stands there, else at the next mark.
fn end_of(bytes: &[u8], start: usize, length: Option<usize>) -> usize {
    let by_length = length.and_then(|length| start.checked_add(length));
    if let Some(end) = by_length
        && let Some(rest) = bytes.get(end..)
        && rest.trim_ascii_start().starts_with(b"endstream")
    {
        return end;
    }
    let end = memmem::find(&bytes[start..], b"endstream");
    end.map_or(bytes.len(), |end| start + end)
}

/// The number in front of `GENERATION obj`.
fn number_before(bytes: &[u8]) -> usize {
    word_before(bytes, 1)
}

/// The last number, or one before it; 0 when it is none.
fn word_before(bytes: &[u8], place: usize) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(32)..];
    let mut words = tail
        .rsplit(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let number = words
        .nth(place)
        .and_then(|word| std::str::from_utf8(word).ok());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The objects in a stream of them, written as those outside are.
fn numbered(dict: &Dict<'_>, decoded: &[u8]) -> Vec<u8> {
    let first = dict.number("First").unwrap_or(0).min(decoded.len());
    let list: Vec<usize> = Lexer::new(&decoded[..first])
        .filter_map(|token| match token {
            Token::Number(number) => Some(number as usize),
            _ => None,
        })
        .collect();
    let mut objects = Vec::with_capacity(decoded.len());
    for (place, pair) in list.chunks_exact(2).enumerate() {
        // Objects stand one after the other; a list that goes back and forth would copy for ever.
        if objects.len() > 4 * decoded.len() + (1 << 20) {
            break;
        }
        let next = list
            .get(place * 2 + 3)
            .map_or(decoded.len(), |next| first.saturating_add(*next));
        let start = first.saturating_add(pair[1]);
        let body = super::slice(decoded, start, next.saturating_sub(start));
        objects.extend_from_slice(format!("\n{} 0 obj\n", pair[0]).as_bytes());
        objects.extend_from_slice(body);
        objects.extend_from_slice(b"\nendobj\n");
    }
    if list.is_empty() {
        objects.extend_from_slice(decoded);
    }
    objects
}

/// The strings of objects, one a line: document information, annotations, form values, addresses,
/// scripts. With `encoded` only those that are not written as they are.
fn strings(objects: &[u8], encoded: bool) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut lexer = Lexer::new(objects);
    loop {
        let before = lexer.at;
        let Some(token) = lexer.next() else {
            return lines;
        };
        if let Token::Text(string) = token {
            let source = objects[before..lexer.at].strip_suffix(b")");
            if encoded && source.is_some_and(|source| source.ends_with(&string)) {
                continue;
            }
            lines.extend_from_slice(text::decode(&string).as_bytes());
            lines.push(b'\n');
        }
    }
}

/// The dictionaries behind each place where `mark` stands, with that place.
fn dictionaries<'a>(
    objects: &'a [u8],
    mark: &'static [u8],
) -> impl Iterator<Item = (usize, Dict<'a>)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + memmem::find(objects.get(from..)?, mark)?;
            let start = at + mark.len();
            match Dict::read(&objects[start..]) {
                Ok(dict) => {
                    from = start + dict.end;
                    return Some((at, dict));
                }
                // What is broken is not read again and again.
                Err(used) if used > AGAIN => from = start + used,
                Err(_) => from = start,
            }
        }
    })
}

/// A broken object of at most this many bytes is looked into for others.
const AGAIN: usize = 1_024;

/// The objects that are dictionaries, with their numbers.
fn numbered_dictionaries(objects: &[u8]) -> impl Iterator<Item = (usize, Dict<'_>)> {
    dictionaries(objects, b" obj").map(|(at, dict)| (number_before(&objects[..at]), dict))
}

/// Names of attached files, by the number of the stream.
fn file_names(objects: &[u8]) -> BTreeMap<usize, Vec<u8>> {
    let mut names = BTreeMap::new();
    for (_, dict) in numbered_dictionaries(objects) {
        let name = dict.get("UF").or_else(|| dict.get("F"));
        let name = name.and_then(|name| match Lexer::new(name).next() {
            Some(Token::Text(name)) => Some(text::decode(&name).into_bytes()),
            _ => None,
        });
        if let Some(name) = name {
            for number in dict.references("EF") {
                names.insert(number, name.clone());
            }
        }
    }
    names
}

/// The streams that are tables of fonts, with the fonts they are for.
fn font_tables(objects: &[u8]) -> BTreeMap<usize, Vec<usize>> {
    let mut tables: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, dict) in numbered_dictionaries(objects) {
        for table in dict.references("ToUnicode") {
            tables.entry(table).or_default().push(number);
        }
    }
    tables
}

/// Tables by the names that fonts have on pages. Of two fonts by one name the first counts.
fn name_fonts(
    objects: &[u8],
    tables: &BTreeMap<usize, Vec<usize>>,
    glyphs: &BTreeMap<usize, Glyphs>,
) -> BTreeMap<Vec<u8>, Glyphs> {
    let mut by_font = BTreeMap::new();
    for (table, fonts) in tables {
        for font in fonts {
            if let Some(glyphs) = glyphs.get(table).filter(|glyphs| !glyphs.is_empty()) {
                by_font.insert(*font, glyphs);
            }
        }
    }
    let mut named = BTreeMap::new();
    if by_font.is_empty() {
        return named;
    }
    let mut add = |dict: &Dict<'_>| {
        for (name, value) in dict.entries() {
            if let [font] = references(value)[..]
                && let Some(&glyphs) = by_font.get(&font)
            {
                named.entry(name.to_vec()).or_insert_with(|| glyphs.clone());
            }
        }
    };
    // The list of fonts is an object of its own or stands in one.
    for (_, dict) in numbered_dictionaries(objects) {
        add(&dict);
    }
    for (_, dict) in dictionaries(objects, b"/Font") {
        add(&dict);
    }
    named
}

impl Stream<'_> {
    fn address(&self, outer: &str) -> String {
        join(outer, format!("object-{}", self.number).as_bytes())
    }

    /// Hands over what is in the stream; gives how decoding it ended.
    fn open(
        &self,
        unpacker: &mut Unpacker<'_>,
        outer: &str,
        names: &BTreeMap<usize, Vec<u8>>,
        fonts: &BTreeMap<Vec<u8>, Glyphs>,
    ) -> End {
        if self.dict.is("Type", "XRef") {
            return End::Whole;
        }
        let name = names.get(&self.number);
        let address = name.map_or_else(|| self.address(outer), |name| join(outer, name));
        let size = self.raw.len() as u64;
        let decoded = filter::decode(unpacker, &self.dict, self.raw);
        if decoded.is_closed {
            unpacker.unsupported(&address, size);
            return End::Whole;
        }
        let is_picture = self.dict.is("Subtype", "Image");
        if decoded.is_picture && decoded.bytes.starts_with(b"\xff\xd8\xff") {
            unpacker.visit(&address, &decoded.bytes);
            return End::Whole;
        }
        if decoded.is_picture || is_picture {
            unpacker.skip(SkipReason::Pixels, &address, size);
            return End::Whole;
        }
        if decoded.end == End::Whole || !decoded.bytes.is_empty() {
            unpacker.visit(&address, &decoded.bytes);
        }
        if text::is_content(&decoded.bytes) {
            let shown = text::shown(&decoded.bytes, fonts);
            unpacker.text(&address, "text", &shown);
        }
        decoded.end
    }
}
