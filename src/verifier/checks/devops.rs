//! Azure DevOps personal access tokens of the older form, 52 characters of base32.
//!
//! Owns where their CRC-32 stands and what it is combined with, as Microsoft publishes it in
//! `microsoft/security-utilities` (`AdoPat`). Does not own the longer form of today.

use data_encoding::BASE32_NOPAD;

use super::checksum::{DIFFERS, MATCHES};
use super::{Evidence, Proof};

/// What the CRC-32 of a DevOps token is combined with: for users, then for applications.
const SEEDS: [u32; 2] = [0xE0B9_692D, 0x1019_F92E];
/// Where the CRC-32 stands in the 32 bytes of a DevOps token, low byte first.
const CHECK_BYTES: [usize; 4] = [22, 8, 7, 2];

/// Examines an Azure DevOps token of the older form: 32 bytes in base32, of which 4 are the
/// CRC-32 of the others, combined with a constant.
pub(super) fn examine(token: &[u8]) -> Evidence {
    let Some(bytes) = parse(token) else {
        return Evidence::unknown();
    };
    let found = CHECK_BYTES.map(|place| bytes[place]);
    let crc = crc(&bytes);
    if SEEDS.iter().any(|seed| (crc ^ seed).to_le_bytes() == found) {
        Evidence::new(Proof::Genuine, MATCHES)
    } else {
        Evidence::new(Proof::Forged, DIFFERS)
    }
}

pub(super) fn stamp(token: &mut [u8]) -> bool {
    let Some(mut bytes) = parse(token) else {
        return false;
    };
    let check = (crc(&bytes) ^ SEEDS[0]).to_le_bytes();
    for (place, byte) in CHECK_BYTES.into_iter().zip(check) {
        bytes[place] = byte;
    }
    let text = BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    token.copy_from_slice(text.as_bytes());
    true
}

fn crc(bytes: &[u8; 32]) -> u32 {
    let rest: Vec<u8> = (0..32)
        .filter(|place| !CHECK_BYTES.contains(place))
        .map(|place| bytes[place])
        .collect();
    crc32fast::hash(&rest)
}

fn parse(token: &[u8]) -> Option<[u8; 32]> {
    if token.len() != 52 {
        return None;
    }
    let mut text = token.to_ascii_uppercase();
    // Of the last character one bit counts; the decoder wants the others to be zero.
    let last = text.last_mut()?;
    if !matches!(last, b'A'..=b'Z' | b'2'..=b'7') {
        return None;
    }
    *last = if (b'A'..=b'P').contains(last) {
        b'A'
    } else {
        b'Q'
    };
    BASE32_NOPAD.decode(&text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::super::{Proof, examine, stamp};
    use crate::detectors::Check::AzureDevopsPat;

    #[test]
    fn round_trip_and_refutation() {
        let mut token = b"abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst".to_vec();
        assert_eq!(
            examine(AzureDevopsPat, &token, b"", None).proof,
            Proof::Forged
        );
        assert!(stamp(AzureDevopsPat, &mut token));
        // Worked out by a second implementation.
        assert!(token.starts_with(b"abcjgfghijkloa6p"));
        assert_eq!(&token[32..40], b"abcmufgh");
        assert_eq!(
            examine(AzureDevopsPat, &token, b"", None).proof,
            Proof::Genuine
        );
        token[0] = b'z';
        assert_eq!(
            examine(AzureDevopsPat, &token, b"", None).proof,
            Proof::Forged
        );
        token[0] = b'0';
        assert_eq!(
            examine(AzureDevopsPat, &token, b"", None).proof,
            Proof::Unknown
        );
    }
}
