//! Packs of objects that refer to each other, as a fuzzer chooses (gitformat-pack).

use arbitrary::Arbitrary;
use sha1::{Digest as _, Sha1};

use crate::zlib;

/// An entry of a pack.
#[derive(Arbitrary, Debug)]
pub struct Entry<'a> {
    content: Object<'a>,
    /// What is wrong with it.
    fault: Option<Fault>,
}

#[derive(Arbitrary, Debug)]
enum Object<'a> {
    Blob(&'a [u8]),
    Raw {
        kind: u8,
        bytes: &'a [u8],
    },
    Tree(Vec<(bool, &'a [u8], u8)>),
    Commit {
        tree: u8,
        parents: Vec<u8>,
        rest: &'a [u8],
    },
    Tag {
        target: u8,
        rest: &'a [u8],
    },
    /// Upon an earlier entry, named by its distance or its id.
    Delta {
        base: u8,
        by_id: bool,
        steps: Vec<Step<'a>>,
    },
}

#[derive(Arbitrary, Debug)]
enum Step<'a> {
    Copy { from: u16, length: u16 },
    Insert(&'a [u8]),
    Raw(&'a [u8]),
}

#[derive(Arbitrary, Debug)]
enum Fault {
    Size(i16),
    Kind(u8),
    Distance(u16),
    Bytes(u16),
    Base([u8; 2]),
}

/// A pack that was put together.
#[derive(Debug, Default)]
pub struct Pack {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Where its entries begin.
    pub offsets: Vec<usize>,
    /// Its blobs that are plain text, by id.
    pub texts: Vec<(String, Vec<u8>)>,
    /// Whether nothing is wrong with any entry.
    pub is_sound: bool,
}

/// An entry that was written: its kind, its bytes and its id.
struct Done {
    kind: u8,
    bytes: Vec<u8>,
    id: [u8; 20],
}

const KINDS: [&str; 5] = ["", "commit", "tree", "blob", "tag"];

/// Puts a pack together.
pub fn build(entries: &[Entry<'_>]) -> Pack {
    let entries = &entries[..entries.len().min(64)];
    let mut pack = Pack {
        is_sound: true,
        ..Pack::default()
    };
    pack.bytes.extend(b"PACK\0\0\0\x02");
    pack.bytes.extend((entries.len() as u32).to_be_bytes());
    let mut done: Vec<Done> = Vec::new();
    for entry in entries {
        let one = pack.write(entry, &done);
        done.push(one);
    }
    pack.bytes.extend([0; 20]);
    for one in &done {
        let is_text = one.bytes.is_ascii() && !one.bytes.iter().any(|byte| byte.is_ascii_control());
        let is_new = one.kind == 3 && !one.bytes.is_empty() && !one.bytes.starts_with(b"version ");
        if is_text && is_new {
            let id = one.id.iter().map(|byte| format!("{byte:02x}")).collect();
            pack.texts.push((id, one.bytes.clone()));
        }
    }
    pack
}

fn pick(done: &[Done], which: u8) -> Option<&Done> {
    done.get(usize::from(which) % done.len().max(1))
}

fn name(done: &[Done], which: u8) -> [u8; 20] {
    // Some lead nowhere.
    let known = pick(done, which).filter(|_| which < 250);
    known.map_or([which; 20], |one| one.id)
}

fn hex(id: [u8; 20]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Pack {
    fn write(&mut self, entry: &Entry<'_>, done: &[Done]) -> Done {
        let start = self.bytes.len();
        self.offsets.push(start);
        let (mut kind, content, base) = content(entry, done);
        let mut size = content.len() as i64;
        let mut packed = zlib(&content);
        let mut distance = base.map_or(0, |(base, _)| start - self.offsets[base]) as u64;
        let mut name = base.map_or([0; 20], |(base, _)| done[base].id);
        self.is_sound &= entry.fault.is_none();
        match &entry.fault {
            None => {}
            Some(Fault::Size(by)) => size = (size + i64::from(*by)).max(0),
            Some(Fault::Kind(other)) => kind = other & 7,
            Some(Fault::Distance(other)) => distance = u64::from(*other),
            Some(Fault::Base(start)) => name[..2].copy_from_slice(start),
            Some(Fault::Bytes(at)) => {
                let at = usize::from(*at) % packed.len();
                packed[at] ^= 0x55;
            }
        }
        write_head(&mut self.bytes, kind, size as u64);
        match kind {
            6 => write_distance(&mut self.bytes, distance),
            7 => self.bytes.extend(name),
            _ => {}
        }
        self.bytes.extend(packed);
        let (kind, bytes) = match base {
            Some((base, steps)) => match apply(&done[base].bytes, steps) {
                Some(bytes) => (done[base].kind, bytes),
                None => {
                    self.is_sound = false;
                    (0, Vec::new())
                }
            },
            None => (kind, content),
        };
        self.is_sound &= (1..5).contains(&kind);
        let word = KINDS.get(usize::from(kind)).unwrap_or(&"");
        let head = format!("{word} {}\0", bytes.len());
        let id = Sha1::new_with_prefix(head)
            .chain_update(&bytes)
            .finalize()
            .into();
        Done { kind, bytes, id }
    }
}

type Base<'e> = Option<(usize, &'e [Step<'e>])>;

fn content<'e>(entry: &'e Entry<'e>, done: &[Done]) -> (u8, Vec<u8>, Base<'e>) {
    match &entry.content {
        Object::Blob(bytes) => (3, bytes.to_vec(), None),
        Object::Raw { kind, bytes } => (kind & 7, bytes.to_vec(), None),
        Object::Tree(entries) => {
            let mut bytes = Vec::new();
            for (is_folder, text, target) in entries {
                bytes.extend(if *is_folder {
                    b"40000 ".as_slice()
                } else {
                    b"100644 "
                });
                bytes.extend_from_slice(text);
                bytes.push(0);
                bytes.extend(name(done, *target));
            }
            (2, bytes, None)
        }
        Object::Commit {
            tree,
            parents,
            rest,
        } => {
            let mut text = format!("tree {}\n", hex(name(done, *tree)));
            for parent in parents {
                text += &format!("parent {}\n", hex(name(done, *parent)));
            }
            (
                1,
                [text.as_bytes(), b"author a <b> 1 +0000\n\n", rest].concat(),
                None,
            )
        }
        Object::Tag { target, rest } => {
            let text = format!("object {}\ntype commit\ntag v\n", hex(name(done, *target)));
            (4, [text.as_bytes(), rest].concat(), None)
        }
        Object::Delta { base, by_id, steps } if !done.is_empty() => {
            let base = usize::from(*base) % done.len();
            let kind = if *by_id { 7 } else { 6 };
            (kind, delta(&done[base].bytes, steps), Some((base, steps)))
        }
        Object::Delta { .. } => (3, Vec::new(), None),
    }
}

fn delta(base: &[u8], steps: &[Step<'_>]) -> Vec<u8> {
    let size = apply(base, steps).map_or(0, |bytes| bytes.len());
    let mut out = Vec::new();
    write_number(&mut out, base.len() as u64);
    write_number(&mut out, size as u64);
    for step in steps {
        match step {
            Step::Raw(bytes) => out.extend_from_slice(bytes),
            Step::Insert(bytes) => {
                for part in bytes.chunks(127) {
                    out.push(part.len() as u8);
                    out.extend_from_slice(part);
                }
            }
            Step::Copy { from, length } => {
                let (from, length) = cut(base, *from, *length);
                if length > 0 {
                    out.push(0xb3);
                    out.extend((from as u16).to_le_bytes());
                    out.extend((length as u16).to_le_bytes());
                }
            }
        }
    }
    out
}

fn cut(base: &[u8], from: u16, length: u16) -> (usize, usize) {
    let from = usize::from(from) % (base.len() + 1);
    (from, usize::from(length).min(base.len() - from))
}

/// What a delta makes; nothing when it has steps of any bytes, or makes too much.
fn apply(base: &[u8], steps: &[Step<'_>]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for step in steps {
        match step {
            Step::Raw(bytes) => bytes.is_empty().then_some(())?,
            Step::Insert(bytes) => out.extend_from_slice(bytes),
            Step::Copy { from, length } => {
                let (from, length) = cut(base, *from, *length);
                out.extend_from_slice(&base[from..from + length]);
            }
        }
        (out.len() < 1 << 18).then_some(())?;
    }
    Some(out)
}

fn write_head(out: &mut Vec<u8>, kind: u8, size: u64) {
    let first = kind << 4 | (size & 15) as u8;
    let rest = size >> 4;
    if rest == 0 {
        return out.push(first);
    }
    out.push(first | 0x80);
    write_number(out, rest);
}

fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number > 127 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// The highest 7 bits first, where each further byte adds one.
fn write_distance(out: &mut Vec<u8>, mut distance: u64) {
    let mut bytes = vec![(distance & 127) as u8];
    while distance > 127 {
        distance = (distance >> 7) - 1;
        bytes.push((distance & 127) as u8 | 0x80);
    }
    out.extend(bytes.iter().rev());
}
