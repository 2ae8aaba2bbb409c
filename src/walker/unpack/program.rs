//! Programs that carry an archive: what unpacks itself, and `AppImage`.
//!
//! Owns finding the archive behind a program. Bytes that only look like the start of one stand in every
//! program that reads archives, so that a head has to prove itself. Zip files are found from their end
//! (`zip`). Does not own the formats.

use memchr::memmem;

use super::{Unpacker, slice, u16_le, u32_le, u64_le};

/// The start of an archive: its magic number, and what says that it is one.
type Start = (&'static [u8], fn(&[u8]) -> bool);

const STARTS: &[Start] = &[
    (b"7z\xbc\xaf\x27\x1c", is_seven_zip),
    (b"Rar!\x1a\x07\x01\0", is_rar),
    (b"Rar!\x1a\x07\0", is_old_rar),
    (b"MSCF\0\0\0\0", is_cabinet),
    (b"hsqs", is_squashfs),
];

pub(super) fn is_carrier(bytes: &[u8]) -> bool {
    (bytes.starts_with(b"MZ") || bytes.starts_with(b"\x7fELF")) && find(bytes).is_some()
}

/// Hands over the archive; the program itself is searched beside it.
pub(super) fn carrier(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    if let Some(at) = find(bytes) {
        unpacker.visit(&format!("{address}#rest"), &bytes[at..]);
    }
}

/// Where the first archive begins.
fn find(bytes: &[u8]) -> Option<usize> {
    let starts = STARTS.iter().filter_map(|(magic, is_start)| {
        memmem::find_iter(bytes, magic).find(|&at| is_start(&bytes[at..]))
    });
    starts.min()
}

/// The head has a checksum of where the list of files is.
fn is_seven_zip(bytes: &[u8]) -> bool {
    u32_le(bytes, 8) == Some(crc32fast::hash(slice(bytes, 12, 20))) && bytes.len() >= 32
}

/// The first head, of the archive or its encryption, has a checksum.
fn is_rar(bytes: &[u8]) -> bool {
    let size = bytes.get(12).copied().unwrap_or(0);
    let head = slice(bytes, 12, 1 + usize::from(size));
    matches!(size, 1..=0x7f) && u32_le(bytes, 8) == Some(crc32fast::hash(head))
}

fn is_old_rar(bytes: &[u8]) -> bool {
    let size = u16_le(bytes, 12).map_or(0, usize::from);
    let sum = crc32fast::hash(slice(bytes, 9, size.saturating_sub(2)));
    // No more than it ever has, as there may be many marks.
    matches!(size, 13..=64) && bytes.get(9) == Some(&0x73) && u16_le(bytes, 7) == Some(sum as u16)
}

/// Its size, and its version, which is the only one.
fn is_cabinet(bytes: &[u8]) -> bool {
    let is_inside = |size: u32| size > 36 && size as usize <= bytes.len();
    u32_le(bytes, 8).is_some_and(is_inside) && bytes.get(24..26) == Some(b"\x03\x01")
}

/// The size of blocks stands there twice, and the whole ends within the file.
fn is_squashfs(bytes: &[u8]) -> bool {
    let (size, power) = (u32_le(bytes, 12), u16_le(bytes, 22));
    let is_same = size
        .zip(power)
        .is_some_and(|(size, power)| 1_u32.checked_shl(u32::from(power)) == Some(size));
    let is_inside = u64_le(bytes, 40).is_some_and(|used| used <= bytes.len() as u64);
    is_same && is_inside && u16_le(bytes, 28) == Some(4)
}
