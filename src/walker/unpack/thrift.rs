//! Thrift's compact protocol, in which Parquet writes its heads.
//!
//! Owns values of every type, by the number of their fields (thrift-compact-protocol.md). Does not own
//! what the fields mean.

/// Values within values are read this deep.
const DEEPEST: u32 = 32;
/// No more values than this are read of one head.
const MOST: usize = 4 << 20;

/// A value; what is no number, text, list or record has no place here.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Number(i64),
    Bytes(&'a [u8]),
    List(Vec<Self>),
    Record(Vec<(i16, Self)>),
    Other,
}

impl<'a> Value<'a> {
    /// Reads a record, and gives how many bytes it has.
    pub(super) fn read(bytes: &'a [u8]) -> Option<(Self, usize)> {
        let mut source = Source {
            rest: bytes,
            left: MOST.min(bytes.len() + 1),
        };
        let record = source.record(0)?;
        Some((record, bytes.len() - source.rest.len()))
    }

    pub(super) fn field(&self, number: i16) -> Option<&Self> {
        let Self::Record(fields) = self else {
            return None;
        };
        let (_, value) = fields.iter().find(|(one, _)| *one == number)?;
        Some(value)
    }

    pub(super) fn number(&self, number: i16) -> Option<i64> {
        match self.field(number)? {
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn list(&self, number: i16) -> &[Self] {
        match self.field(number) {
            Some(Self::List(items)) => items,
            _ => &[],
        }
    }
}

struct Source<'a> {
    rest: &'a [u8],
    /// How many values may still come.
    left: usize,
}

impl<'a> Source<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn record(&mut self, depth: u32) -> Option<Value<'a>> {
        let (mut fields, mut number) = (Vec::new(), 0_i16);
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(Value::Record(fields));
            }
            number = match head >> 4 {
                0 => self.signed()? as i16,
                step => number.checked_add(i16::from(step))?,
            };
            let value = match head & 15 {
                // The type is the value.
                1 => Value::Number(1),
                2 => Value::Number(0),
                kind => self.value(kind, depth)?,
            };
            fields.push((number, value));
        }
    }

    fn value(&mut self, kind: u8, depth: u32) -> Option<Value<'a>> {
        self.left = self.left.checked_sub(1)?;
        if depth > DEEPEST {
            return None;
        }
        Some(match kind {
            1..=3 => Value::Number(i64::from(self.byte()? as i8)),
            4..=6 => Value::Number(self.signed()?),
            7 => {
                self.take(8)?;
                Value::Other
            }
            8 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => self.varint()?,
                    count => u64::from(count),
                };
                let item = |_| self.value(head & 15, depth + 1);
                Value::List((0..count).map(item).collect::<Option<_>>()?)
            }
            11 => {
                let count = self.varint()?;
                if count > 0 {
                    let kinds = self.byte()?;
                    for _ in 0..count {
                        self.value(kinds >> 4, depth + 1)?;
                        self.value(kinds & 15, depth + 1)?;
                    }
                }
                Value::Other
            }
            12 => self.record(depth + 1)?,
            _ => return None,
        })
    }
}
