//! Base32 with a CRC-16 at its end: seeds of NATS (NKEYs) and Stellar (SEP-23 strkeys).
//!
//! Owns the checksum: CRC-16/XMODEM over all bytes before it, the low byte first, as both
//! specifications say. Does not own what the bytes mean.

use data_encoding::{BASE32_NOPAD, Specification};

use super::{Evidence, Proof, checksum};

const CHECK_LENGTH: usize = 2;

/// Examines the checksum over all other bytes.
pub(super) fn examine(token: &[u8]) -> Evidence {
    let Some(bytes) = decode(token) else {
        return Evidence::unknown();
    };
    match bytes.split_last_chunk::<CHECK_LENGTH>() {
        Some((data, check)) if sum(data).to_le_bytes() == *check => {
            Evidence::new(Proof::Genuine, checksum::MATCHES)
        }
        Some((data, _)) if !data.is_empty() => Evidence::new(Proof::Forged, checksum::DIFFERS),
        _ => Evidence::unknown(),
    }
}

/// Writes the checksum a random text must have.
pub(super) fn stamp(token: &mut Vec<u8>) -> bool {
    let Some(mut bytes) = decode(token) else {
        return false;
    };
    let Some(length) = bytes
        .len()
        .checked_sub(CHECK_LENGTH)
        .filter(|&length| length > 0)
    else {
        return false;
    };
    bytes.truncate(length);
    bytes.extend(sum(&bytes).to_le_bytes());
    *token = BASE32_NOPAD.encode(&bytes).into_bytes();
    true
}

/// The bytes of base32; bits that fill no byte are left out.
fn decode(token: &[u8]) -> Option<Vec<u8>> {
    let mut loose = Specification::new();
    loose.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    loose.check_trailing_bits = false;
    loose.encoding().ok()?.decode(token).ok()
}

/// CRC-16/XMODEM: polynomial 0x1021, start 0.
fn sum(data: &[u8]) -> u16 {
    data.iter().fold(0, |sum: u16, &byte| {
        (0..8).fold(sum ^ u16::from(byte) << 8, |sum, _| {
            let shifted = sum << 1;
            if sum & 0x8000 == 0 {
                shifted
            } else {
                shifted ^ 0x1021
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_the_catalogue() {
        // The check value of CRC-16/XMODEM in the catalogue of parametrised CRC algorithms.
        assert_eq!(sum(b"123456789"), 0x31c3);
    }

    #[test]
    fn a_seed_is_genuine_and_any_change_forges_it() {
        // A Stellar seed: version 18 << 3, 32 bytes, the checksum.
        let data = [&[18 << 3][..], &[7; 32]].concat();
        let all = [data.as_slice(), &sum(&data).to_le_bytes()].concat();
        let genuine = BASE32_NOPAD.encode(&all).into_bytes();
        assert_eq!((genuine.len(), genuine[0]), (56, b'S'));
        assert_eq!(examine(&genuine).proof, Proof::Genuine);
        for at in 0..genuine.len() {
            let mut forged = genuine.clone();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(examine(&forged).proof, Proof::Forged, "{at}");
        }
        assert_eq!(examine(b"SAA0").proof, Proof::Unknown);
        assert_eq!(examine(b"SA").proof, Proof::Unknown);
    }

    #[test]
    fn a_stamped_text_keeps_its_length_and_start() {
        let mut text = b"SUAKQ7TZ2WML4HRF".repeat(4);
        text.truncate(58);
        assert!(stamp(&mut text));
        assert_eq!((text.len(), &text[..2]), (58, &b"SU"[..]));
        assert_eq!(examine(&text).proof, Proof::Genuine);
    }
}
