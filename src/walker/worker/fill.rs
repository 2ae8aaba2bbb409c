//! Reading a whole file or stream, up to a limit.
//!
//! Owns how much memory that takes. Does not own what becomes of the bytes.

use std::io::{self, Read, Take};

/// No more memory than this many bytes is taken on the word of a file's size.
pub(super) const RESERVE: u64 = 64 << 20;

/// Fills `buffer` with up to `limit` bytes and says whether there are more; on an error it
/// holds what could be read.
pub(in crate::walker) fn fill(
    buffer: &mut Vec<u8>,
    input: impl Read,
    size: u64,
    limit: u64,
) -> io::Result<bool> {
    buffer.clear();
    fill_on(buffer, &mut input.take(limit.saturating_add(1)), size)
}

/// The same behind what the buffer holds; `input` gives one byte more than the limit.
pub(super) fn fill_on(
    buffer: &mut Vec<u8>,
    input: &mut Take<impl Read>,
    size: u64,
) -> io::Result<bool> {
    // One byte more than the size lets the end be seen without growing the buffer; a sparse
    // file may claim any size.
    let room = size.min(RESERVE).saturating_add(1);
    let room = room.saturating_sub(buffer.len() as u64).min(input.limit());
    buffer.reserve(usize::try_from(room).unwrap_or(0));
    input.read_to_end(buffer)?;
    Ok(input.limit() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filling_stops_at_the_limit_and_says_so() {
        let mut buffer = Vec::new();
        assert!(!fill(&mut buffer, b"abcd".as_slice(), 2, 4).unwrap());
        assert_eq!(buffer, b"abcd");
        assert!(fill(&mut buffer, b"abcdefg".as_slice(), 0, 4).unwrap());
        assert_eq!(buffer.len(), 5);
    }
}
