//! Deltas: an object written as copies from another and inserts.
//!
//! Owns the format (gitformat-pack, "Deltified representation"). Every length is checked.

use crate::walker::Copy;

/// A number of 7 bits a byte, the lowest first; gives it with what follows.
pub(super) fn read_size(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (at, &byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}

/// Applies a delta to its base and lists what it copies, in the order of the object; copies of
/// neighbouring bytes to neighbouring places are one. `None` when the two do not fit or the
/// result would be larger than `limit` bytes.
pub(super) fn apply(
    base: &[u8],
    delta: &[u8],
    limit: u64,
    out: &mut Vec<u8>,
    copies: &mut Vec<Copy>,
) -> Option<()> {
    copies.clear();
    let (base_size, rest) = read_size(delta)?;
    let (size, mut rest) = read_size(rest)?;
    if base_size != base.len() as u64 || size > limit {
        return None;
    }
    let size = usize::try_from(size).ok()?;
    out.clear();
    out.reserve(size);
    while let Some((&operation, after)) = rest.split_first() {
        let part = if operation & 0x80 != 0 {
            let (from, length, after) = read_copy(operation, after)?;
            rest = after;
            let to = out.len();
            match copies.last_mut() {
                Some(last) if (last.from + last.length, last.to + last.length) == (from, to) => {
                    last.length += length;
                }
                _ => copies.push(Copy { from, to, length }),
            }
            base.get(from..from.checked_add(length)?)?
        } else {
            // An operation of 0 is reserved.
            let length = usize::from(operation);
            let (part, after) = after.split_at_checked(length).filter(|_| length > 0)?;
            rest = after;
            part
        };
        if out.len() + part.len() > size {
            return None;
        }
        out.extend_from_slice(part);
    }
    (out.len() == size).then_some(())
}

/// Start and length of a copy; the low bits of the operation say which of their bytes follow.
fn read_copy(operation: u8, mut bytes: &[u8]) -> Option<(usize, usize, &[u8])> {
    let mut fields = [0_u8; 7];
    for (bit, field) in fields.iter_mut().enumerate() {
        if operation & (1 << bit) != 0 {
            let (&byte, after) = bytes.split_first()?;
            *field = byte;
            bytes = after;
        }
    }
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .rfold(0, |sum, &byte| sum << 8 | usize::from(byte))
    };
    let (start, length) = (number(&fields[..4]), number(&fields[4..]));
    Some((start, if length == 0 { 0x1_0000 } else { length }, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 1 << 20;

    #[test]
    fn copies_and_inserts() {
        // 6 bytes to 7: copy 2..5, insert "xy", copy 0..2.
        let delta = [6, 7, 0x91, 2, 3, 2, b'x', b'y', 0x90, 2];
        let (mut out, mut copies) = (Vec::new(), Vec::new());
        let done = apply(b"abcdef", &delta, LIMIT, &mut out, &mut copies);
        assert_eq!(done, Some(()));
        assert_eq!(out, b"cdexyab");
        let copy = |from, to, length| Copy { from, to, length };
        assert_eq!(copies, [copy(2, 0, 3), copy(0, 5, 2)]);
    }

    #[test]
    fn neighbouring_copies_are_one() {
        // 6 bytes to 6: copy 0..2, copy 2..4, copy 4..6 again from 2.
        let delta = [6, 6, 0x90, 2, 0x91, 2, 2, 0x91, 2, 2];
        let (mut out, mut copies) = (Vec::new(), Vec::new());
        let done = apply(b"abcdef", &delta, LIMIT, &mut out, &mut copies);
        assert_eq!((done, out.as_slice()), (Some(()), b"abcdcd".as_slice()));
        let copy = |from, to, length| Copy { from, to, length };
        assert_eq!(copies, [copy(0, 0, 4), copy(2, 4, 2)]);
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let (mut out, mut copies) = (Vec::new(), Vec::new());
        let cases: [&[u8]; 8] = [
            &[],
            &[6],
            &[5, 3, 0x90, 3],
            &[6, 3, 0x91, 5, 3],
            &[6, 3, 0],
            &[6, 3, 4, b'a'],
            &[6, 9, 0x90, 3],
            &[6, 2, 0x90, 3],
        ];
        for delta in cases {
            let done = apply(b"abcdef", delta, LIMIT, &mut out, &mut copies);
            assert_eq!(done, None, "{delta:?}");
        }
        let done = apply(b"abcdef", &[6, 3, 0x90, 3], 2, &mut out, &mut copies);
        assert_eq!(done, None);
    }
}
