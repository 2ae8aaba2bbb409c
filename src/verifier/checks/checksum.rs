//! Check characters: where they stand, what they must be, and what a mismatch may say.
//!
//! Owns comparing and overwriting them. Does not own any algorithm: a format hands in a
//! [`Checksum`] it worked out from the rest of the token.

use std::ops::Range;

use super::{Evidence, Proof};

pub(super) const MATCHES: &str = "checksum matches";
pub(super) const DIFFERS: &str = "checksum does not match";

/// The check characters of one token.
pub(super) struct Checksum {
    /// Where they stand in the token.
    pub(super) at: Range<usize>,
    /// What they must be.
    pub(super) expected: Vec<u8>,
    /// The issuer documents the algorithm or published tokens agree with it, so that a
    /// mismatch is a refutation.
    pub(super) confirmed: bool,
}

/// Compares the check characters of a token with what they must be.
pub(super) fn judge(checksum: Option<Checksum>, token: &[u8]) -> Evidence {
    let Some(checksum) = checksum else {
        return Evidence::unknown();
    };
    if token.get(checksum.at) == Some(checksum.expected.as_slice()) {
        Evidence::new(Proof::Genuine, MATCHES)
    } else if checksum.confirmed {
        Evidence::new(Proof::Forged, DIFFERS)
    } else {
        Evidence::unknown()
    }
}

/// Writes the check characters a token must have.
pub(super) fn stamp(checksum: Option<Checksum>, token: &mut [u8]) -> bool {
    let Some(checksum) = checksum else {
        return false;
    };
    match token.get_mut(checksum.at) {
        Some(characters) if characters.len() == checksum.expected.len() => {
            characters.copy_from_slice(&checksum.expected);
            true
        }
        _ => false,
    }
}
