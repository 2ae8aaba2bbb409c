//! Strings: the printable text that stands in binary data.
//!
//! Owns runs of ASCII and of UTF-16 of either order, one a line. Does not own formats.

/// A shorter run is chance.
const SHORTEST: usize = 6;

/// All runs, those of ASCII first.
pub(super) fn all(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(|&byte| is_printable(byte)) {
        rest = &rest[start..];
        let end = rest.iter().position(|&byte| !is_printable(byte));
        let run = &rest[..end.unwrap_or(rest.len())];
        if run.len() >= SHORTEST {
            text.extend_from_slice(run);
            text.push(b'\n');
        }
        rest = &rest[run.len()..];
    }
    text.extend_from_slice(&wide(bytes));
    text
}

/// The runs of UTF-16.
pub(in crate::walker) fn wide(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut at = 0;
    // Every run has a zero byte beside its second unit.
    while let Some(zero) = bytes.get(at..).and_then(|rest| memchr::memchr(0, rest)) {
        let zero = at + zero;
        let (mut best, mut first): (&[u8], usize) = (&[], zero);
        // Of big-endian text the zero is the first byte of a unit, of little-endian the second.
        for start in [Some(zero), zero.checked_sub(1)].into_iter().flatten() {
            let is_big = start == zero;
            let rest = &bytes[start..];
            let units = rest.chunks_exact(2).take_while(|unit| {
                let (zero, byte) = if is_big {
                    (unit[0], unit[1])
                } else {
                    (unit[1], unit[0])
                };
                zero == 0 && is_printable(byte)
            });
            let run = &rest[..units.count() * 2];
            if run.len() > best.len() {
                (best, first) = (run, start);
            }
        }
        if best.len() >= SHORTEST * 2 {
            let mut letters = best.iter().filter(|&&byte| byte != 0);
            // The last letter of narrow text and the zero behind it look like a first unit.
            if best[1] == 0 && first > 0 && is_printable(bytes[first - 1]) {
                text.extend(letters.next());
                text.push(b'\n');
            }
            text.extend(letters);
            text.push(b'\n');
        }
        at = zero + best.len().max(1);
    }
    text
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}
