//! Fingerprints: a stable name for a secret that does not give it away.
//!
//! A fingerprint depends on detector and value alone, so it survives line moves, renames and
//! rewrites of history. A guessable value goes through Argon2id (RFC 9106), so that testing a
//! list of passwords against a published report costs a millisecond and 1 MiB each; a value
//! with 128 bits of room or more needs no such help. Owns nothing else.

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::detectors::{Check, Confidence, Detector};

/// Bytes of a fingerprint: 80 bits keep accidental collisions out of reach.
const LENGTH: usize = 10;
/// From this many bits of room on, guessing is hopeless whatever the digest.
const UNGUESSABLE: f32 = 128.0;
/// Argon2id memory in KiB.
const MEMORY: u32 = 1024;

/// Names a secret: 20 lower-case hexadecimal digits.
pub fn fingerprint(detector: &Detector, secret: &[u8]) -> String {
    let salt = Sha256::new()
        .chain_update(b"outgate fingerprint v1\0")
        .chain_update(detector.id.as_bytes())
        .finalize();
    if is_drawn(detector) && room(secret) >= UNGUESSABLE {
        let digest = Sha256::new()
            .chain_update(salt)
            .chain_update(secret)
            .finalize();
        return HEXLOWER.encode(&digest[..LENGTH]);
    }
    let mut digest = [0u8; LENGTH];
    let done = Params::new(MEMORY, 1, 1, Some(LENGTH)).and_then(|params| {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
            secret,
            &salt,
            &mut digest,
        )
    });
    // The parameters are constants within the limits of RFC 9106; only a value over 4 GiB
    // could fail, and no detector matches one.
    done.map_or_else(|_| String::new(), |()| HEXLOWER.encode(&digest))
}

/// Says whether an issuer drew the value at random; a person may have chosen any other, and a
/// wrapping such as base64 hides how short it is.
fn is_drawn(detector: &Detector) -> bool {
    let wraps = matches!(
        detector.check,
        Some(Check::BasicAuth | Check::UrlCredentials)
    );
    detector.confidence == Confidence::Likely && !detector.is_assigned() && !wraps
}

/// A cautious estimate of the room a guesser must search, in bits: Shannon entropy of the
/// value itself times its length.
fn room(secret: &[u8]) -> f32 {
    crate::entropy::shannon(secret) * secret.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::DetectorSet;

    #[test]
    fn depends_on_detector_and_value() {
        let set = DetectorSet::embedded();
        let (password, token) = (
            set.find("generic-password").unwrap(),
            set.find("generic-token").unwrap(),
        );
        let weak = fingerprint(password, b"hunter2");
        assert_eq!(weak, fingerprint(password, b"hunter2"));
        assert_eq!(weak.len(), 20);
        assert_ne!(weak, fingerprint(password, b"hunter3"));
        assert_ne!(weak, fingerprint(token, b"hunter2"));
    }

    #[test]
    fn only_what_an_issuer_drew_takes_the_fast_path() {
        let set = DetectorSet::embedded();
        assert!(is_drawn(set.find("github-pat").unwrap()));
        assert!(!is_drawn(set.find("generic-password").unwrap()));
        assert!(!is_drawn(set.find("http-basic").unwrap()));
        assert!(room(b"correct horse") < UNGUESSABLE);
        assert!(room(b"0123456789abcdefghijklmnopqrstuvwxyzABCD") >= UNGUESSABLE);
    }
}
