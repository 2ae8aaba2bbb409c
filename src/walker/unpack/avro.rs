//! Avro object container files (Apache Avro 1.12).
//!
//! Owns the head, the blocks, and which bytes of a block are texts, which only the schema in the head
//! tells: they stand next to each other, each behind its length. Does not own codecs (`blocks`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::blocks::Codec;
use super::budget::End;
use super::rows::Rows;
use super::{Unpacker, join, slice, strings};

const MAGIC: &[u8] = b"Obj\x01";
/// Bytes between blocks.
const MARK: usize = 16;
/// Values within values are read this deep.
const DEEPEST: u32 = 64;
/// How many values there may be for each byte: one without bytes, `null`, could come for ever.
const VALUES_A_BYTE: usize = 4;

pub(super) fn is_container(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

pub(super) fn container(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let mut source = Source::new(slice(bytes, MAGIC.len(), bytes.len()));
    let Some(head) = source.head() else {
        unpacker.damaged(address, "its head is damaged", bytes.len() as u64);
        return unpacker.text(address, "strings", &strings::all(bytes));
    };
    let mut text = Vec::new();
    for (key, value) in &head {
        for part in [key, &b": "[..], value, b"\n"] {
            text.extend_from_slice(part);
        }
    }
    unpacker.text(address, "head", &text);
    let field = |key: &[u8]| head.iter().find(|one| one.0 == key).map(|one| one.1);
    let codec = codec(field(b"avro.codec").unwrap_or(b"null"));
    let schema = field(b"avro.schema").and_then(|json| serde_json::from_slice(json).ok());
    let schema = schema.unwrap_or(Value::Null);
    let mut types = Types::default();
    types.collect(&schema, 0);
    let (mut rows, mut lost, mut ledger) = (Rows::default(), Vec::new(), Vec::new());
    source.skip(MARK);
    while !source.rest.is_empty() && !unpacker.is_spent() {
        let size = source.rest.len() as u64;
        let Some((count, packed)) = source.block() else {
            ledger.push((End::Damaged("a block is cut".to_owned()), size));
            lost.extend(strings::all(source.rest));
            break;
        };
        let (name, size) = (format!("{address}#blocks"), packed.len() as u64);
        // A checksum ends a block of Snappy.
        let packed = match codec {
            Codec::Snappy => &packed[..packed.len().saturating_sub(4)],
            _ => packed,
        };
        let Some((block, end)) = unpacker.block(codec, packed, None) else {
            unpacker.unsupported(&name, size);
            continue;
        };
        let mut values = Source::new(&block);
        let read = (0..count).try_for_each(|_| {
            types.value(&schema, &mut values, &mut rows, 0)?;
            rows.end_row();
            Some(())
        });
        if read.is_none() || !values.rest.is_empty() {
            lost.extend(strings::all(&block));
            let why = "a block does not fit the schema".to_owned();
            ledger.push((
                if end == End::Whole {
                    End::Damaged(why)
                } else {
                    end
                },
                size,
            ));
        }
    }
    let name = schema.get("name").and_then(Value::as_str).unwrap_or("rows");
    rows.hand_over(unpacker, &join(address, name.as_bytes()));
    unpacker.text(address, "strings", &lost);
    for (end, size) in ledger {
        unpacker.note(&end, &format!("{address}#blocks"), size);
    }
}

fn codec(name: &[u8]) -> Codec {
    match name {
        b"null" => Codec::None,
        b"deflate" => Codec::Deflate,
        b"snappy" => Codec::Snappy,
        b"bzip2" => Codec::Bzip2,
        b"xz" => Codec::Xz,
        b"zstandard" => Codec::Zstd,
        _ => Codec::Other,
    }
}

/// Bytes that are read one value after the other.
struct Source<'a> {
    rest: &'a [u8],
    /// How many values may still come.
    left: usize,
}

impl<'a> Source<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            left: bytes.len().saturating_mul(VALUES_A_BYTE) + 1_024,
        }
    }

    fn skip(&mut self, length: usize) {
        self.rest = slice(self.rest, length, self.rest.len());
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// A number of up to ten bytes with its sign in the lowest bit.
    fn number(&mut self) -> Option<i64> {
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }

    /// How many items of an array or map come next; 0 at its end.
    fn items(&mut self) -> Option<u64> {
        let count = self.number()?;
        if count < 0 {
            // The length in bytes lets a reader pass over them.
            self.number()?;
        }
        Some(count.unsigned_abs())
    }

    /// The map of texts that a file begins with.
    fn head(&mut self) -> Option<Vec<(&'a [u8], &'a [u8])>> {
        let mut head = Vec::new();
        loop {
            let count = self.items()?;
            if count == 0 {
                return Some(head);
            }
            for _ in 0..count {
                head.push((self.bytes()?, self.bytes()?));
            }
        }
    }

    /// How many values a block has, and its bytes. What is damaged is not passed over.
    fn block(&mut self) -> Option<(u64, &'a [u8])> {
        let before = self.rest;
        let count = self.number();
        let body = self.bytes();
        let mark = self.take(MARK);
        if let (Some(count @ 0..), Some(body), Some(_)) = (count, body, mark) {
            return Some((count as u64, body));
        }
        self.rest = before;
        None
    }
}

/// The types of a schema that have names.
#[derive(Default)]
struct Types<'s>(BTreeMap<&'s str, &'s Value>);

impl<'s> Types<'s> {
    fn collect(&mut self, schema: &'s Value, depth: u32) {
        if depth > DEEPEST {
            return;
        }
        if let Some(name) = schema.get("name").and_then(Value::as_str)
            && schema.get("type").is_some_and(Value::is_string)
        {
            self.0.entry(name).or_insert(schema);
        }
        match schema {
            Value::Array(parts) => parts.iter().for_each(|one| self.collect(one, depth + 1)),
            Value::Object(parts) => parts.values().for_each(|one| self.collect(one, depth + 1)),
            _ => {}
        }
    }

    /// Reads one value and adds its texts; `None` when the bytes do not fit the schema.
    fn value(
        &self,
        schema: &Value,
        source: &mut Source<'_>,
        rows: &mut Rows,
        depth: u32,
    ) -> Option<()> {
        source.left = source.left.checked_sub(1)?;
        if depth > DEEPEST {
            return None;
        }
        let kind = match schema {
            Value::String(kind) => kind.as_str(),
            Value::Array(branches) => {
                let branch = usize::try_from(source.number()?).ok()?;
                return self.value(branches.get(branch)?, source, rows, depth + 1);
            }
            Value::Object(parts) => match parts.get("type")? {
                Value::String(kind) => kind.as_str(),
                inner => return self.value(inner, source, rows, depth + 1),
            },
            _ => return None,
        };
        match kind {
            "null" => {}
            "boolean" => drop(source.take(1)?),
            "int" | "long" | "enum" => drop(source.number()?),
            "float" => drop(source.take(4)?),
            "double" => drop(source.take(8)?),
            "bytes" => rows.add_value(source.bytes()?),
            "string" => rows.add_value(source.bytes()?),
            "fixed" => {
                let size = usize::try_from(schema.get("size")?.as_u64()?).ok()?;
                rows.add_value(source.take(size)?);
            }
            "record" | "error" => {
                for field in schema.get("fields")?.as_array()? {
                    self.value(field.get("type")?, source, rows, depth + 1)?;
                }
            }
            "array" | "map" => self.items(kind, schema, source, rows, depth)?,
            name => {
                let short = name.rsplit('.').next().unwrap_or(name);
                let named = self.0.get(name).or_else(|| self.0.get(short))?;
                self.value(named, source, rows, depth + 1)?;
            }
        }
        Some(())
    }

    /// Reads the items of an array or map, which come in runs.
    fn items(
        &self,
        kind: &str,
        schema: &Value,
        source: &mut Source<'_>,
        rows: &mut Rows,
        depth: u32,
    ) -> Option<()> {
        let inner = if kind == "map" { "values" } else { "items" };
        let inner = schema.get(inner)?;
        loop {
            let count = source.items()?;
            if count == 0 {
                return Some(());
            }
            for _ in 0..count {
                if kind == "map" {
                    rows.add_value(source.bytes()?);
                }
                self.value(inner, source, rows, depth + 1)?;
            }
        }
    }
}
