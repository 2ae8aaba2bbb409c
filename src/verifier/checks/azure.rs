//! Microsoft's identifiable secrets: Azure keys and Entra client secrets.
//!
//! Owns their layouts, signatures and seeds, as Microsoft publishes them in
//! `microsoft/security-utilities` (`IdentifiableMetadata`, `IdentifiableSecrets`). Does not
//! own the hash, see `marvin`.

use data_encoding::BASE64;

use super::checksum::{self, Checksum, DIFFERS, MATCHES};
use super::encoding::{BASE62, decode_base64, encode_number, trim_padding};
use super::marvin;
use super::{Evidence, Proof};

/// Seed of the keys that have no seed of their own.
const DEFAULT_SEED: u64 = u64::from_be_bytes(*b"Default0");
const ENTRA_SEED: u64 = u64::from_be_bytes(*b"AadPwd00");
const ENTRA_ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";

/// A service whose keys carry its signature.
struct Service {
    signature: &'static [u8; 4],
    name: &'static str,
    seeds: &'static [&'static [u8; 8]],
    /// All seeds in use are known and the key is stored as computed.
    confirmed: bool,
}

const MESSAGING: &[&[u8; 8]] = &[
    b"Send0000",
    b"Manage00",
    b"Listen00",
    b"System00",
    b"Unknown0",
];

#[rustfmt::skip]
const SERVICES: &[Service] = &[
    Service { signature: b"+ASt", name: "Azure Storage", seeds: &[b"Default0"], confirmed: true },
    Service { signature: b"ACDb", name: "Azure Cosmos DB", seeds: &[b"MastRW00", b"MastRO00", b"SysAll00", b"Resour00", b"SystRO00", b"SystRW00", b"Encryp00"], confirmed: true },
    Service { signature: b"+ABa", name: "Azure Batch", seeds: &[b"AbAcct00"], confirmed: true },
    Service { signature: b"+AMC", name: "Azure ML Classic", seeds: &[b"Classic0"], confirmed: true },
    Service { signature: b"APIM", name: "Azure API Management", seeds: &[b"Tenant00", b"IoTHub00", b"Gatewy00", b"GitKey00"], confirmed: true },
    Service { signature: b"+ASb", name: "Azure Service Bus", seeds: MESSAGING, confirmed: true },
    Service { signature: b"+AEh", name: "Azure Event Hubs", seeds: MESSAGING, confirmed: true },
    Service { signature: b"+ARm", name: "Azure Relay", seeds: MESSAGING, confirmed: true },
    Service { signature: b"AIoT", name: "Azure IoT", seeds: &[b"IoTHub00", b"DpsKey00", b"Device00"], confirmed: true },
    // The issuer replaces `+` and `/` after the checksum was computed.
    Service { signature: b"AzCa", name: "Azure Cache for Redis", seeds: &[b"Access00"], confirmed: false },
    Service { signature: b"AZEG", name: "Azure Event Grid", seeds: &[b"Default0"], confirmed: true },
    Service { signature: b"AzSe", name: "Azure AI Search", seeds: &[b"Query000", b"PAdmin00"], confirmed: true },
    Service { signature: b"+ACR", name: "Azure Container Registry", seeds: &[b"ACRDflt0"], confirmed: true },
    Service { signature: b"AzFu", name: "Azure Functions", seeds: &[b"Functi00", b"System00", b"Master00"], confirmed: true },
];

/// Examines a key whose last 4 bytes are a Marvin32 of the others, little end first, after a
/// signature of 4 characters.
pub(super) fn examine_key(token: &[u8]) -> Evidence {
    let Some((service, bytes)) = parse_key(token) else {
        return Evidence::unknown();
    };
    let Some((body, check)) = bytes.split_last_chunk::<4>() else {
        return Evidence::unknown();
    };
    let matches = service
        .seeds
        .iter()
        .any(|seed| marvin::checksum(body, u64::from_be_bytes(**seed)).to_le_bytes() == *check);
    let (proof, reason) = match (matches, service.confirmed) {
        (true, _) => (Proof::Genuine, MATCHES),
        (false, true) => (Proof::Forged, DIFFERS),
        (false, false) => (Proof::WellFormed, "signature of the service"),
    };
    Evidence::new(proof, reason).because(format!("{} key", service.name))
}

pub(super) fn stamp_key(token: &mut [u8]) -> bool {
    let Some((service, mut bytes)) = parse_key(token) else {
        return false;
    };
    let (Some(seed), Some((body, check))) =
        (service.seeds.first(), bytes.split_last_chunk_mut::<4>())
    else {
        return false;
    };
    // The bits between the signature and the checksum are zero in keys the issuer makes.
    let spill = body.len() * 8 % 6;
    if let Some(last) = body.last_mut() {
        *last = *last >> spill << spill;
    }
    *check = marvin::checksum(body, u64::from_be_bytes(**seed)).to_le_bytes();
    let is_url_safe = token.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let mut text = BASE64.encode(&bytes).into_bytes();
    for byte in text.iter_mut().filter(|_| is_url_safe) {
        *byte = match *byte {
            b'+' => b'-',
            b'/' => b'_',
            other => other,
        };
    }
    let length = trim_padding(token).len();
    token[..length].copy_from_slice(&text[..length]);
    true
}

fn parse_key(token: &[u8]) -> Option<(&'static Service, Vec<u8>)> {
    let text = trim_padding(token);
    if !matches!(text.len(), 43 | 52 | 54 | 86) {
        return None;
    }
    let signature = text.get(text.len() - 10..text.len() - 6)?;
    let service = SERVICES
        .iter()
        .find(|service| service.signature == signature)?;
    Some((service, decode_base64(text)?))
}

/// Examines a key of the common annotated form: `JQQJ99` at 52, year and month at 58, the
/// provider at 76, then a Marvin32 over the first 60 bytes, of which 4 characters (84) or all
/// (88) are kept.
pub(super) fn examine_cask(token: &[u8]) -> Evidence {
    let (Some(forms), Some(date)) = (cask_checks(token), cask_date(token)) else {
        return Evidence::unknown();
    };
    let matches = forms
        .iter()
        .any(|form| token.get(80..80 + form.len()) == Some(form));
    let evidence = if matches {
        Evidence::new(Proof::Genuine, MATCHES)
    } else {
        // No published key was at hand to confirm how the checksum is written.
        Evidence::new(Proof::WellFormed, "common annotated security key")
    };
    evidence.because(format!("made in {date}"))
}

pub(super) fn stamp_cask(token: &mut [u8]) -> bool {
    if !matches!(token.len(), 84 | 88) {
        return false;
    }
    token[52..58].copy_from_slice(b"JQQJ99");
    token[58..60].copy_from_slice(b"BC");
    let Some([_, form]) = cask_checks(token) else {
        return false;
    };
    token[80..80 + form.len()].copy_from_slice(&form);
    if token.len() == 88 {
        // 64 bytes leave 4 bits of the last character unused.
        token[85..].copy_from_slice(b"A==");
    }
    true
}

/// The two ways the checksum may be written: base64, and base62 filled up on the right.
fn cask_checks(token: &[u8]) -> Option<[Vec<u8>; 2]> {
    let length = match token.len() {
        84 => 4,
        88 => 5,
        _ => return None,
    };
    let body = decode_base64(token.get(..80)?)?;
    let check = marvin::checksum(&body, DEFAULT_SEED).to_le_bytes();
    let mut plain = BASE64.encode(&check).into_bytes();
    let mut base62 = encode_number(u64::from(u32::from_be_bytes(check)), BASE62, 1);
    base62.resize(6, b'0');
    plain.truncate(length);
    base62.truncate(length);
    Some([plain, base62])
}

/// Reads the month a key was made in, as in `2025-03`; years count from 2024 as `A`.
fn cask_date(token: &[u8]) -> Option<String> {
    let [
        b'J',
        b'Q',
        b'Q',
        b'J',
        b'9',
        b'9' | b'D' | b'H',
        year,
        month,
    ] = token.get(52..60)?
    else {
        return None;
    };
    let year = 2024 + u32::from(year.checked_sub(b'A').filter(|&year| year < 26)?);
    let month = 1 + u32::from(month.checked_sub(b'A').filter(|&month| month < 12)?);
    Some(format!("{year}-{month:02}"))
}

/// Works out the last 3 characters of an Entra client secret with `8Q~`: the first digits, in
/// base 66, of the Marvin32 over the rest.
pub(super) fn entra(token: &[u8]) -> Option<Checksum> {
    if token.len() != 40 || token.get(3..6) != Some(b"8Q~") {
        return None;
    }
    let hash = marvin::checksum(&token[..37], ENTRA_SEED);
    let mut expected = encode_number(u64::from(hash), ENTRA_ALPHABET, 1);
    expected.truncate(3);
    (expected.len() == 3).then_some(Checksum {
        at: 37..40,
        expected,
        confirmed: true,
    })
}

pub(super) fn stamp_entra(token: &mut [u8]) -> bool {
    if token.len() != 40 {
        return false;
    }
    token[3..6].copy_from_slice(b"8Q~");
    checksum::stamp(entra(token), token)
}

#[cfg(test)]
mod tests {
    use super::super::{examine, stamp};
    use super::*;
    use crate::detectors::Check::{AzureCask, AzureKey, EntraSecret};

    fn run(length: usize) -> Vec<u8> {
        (b'a'..=b'z')
            .chain(b'A'..=b'Z')
            .cycle()
            .take(length)
            .collect()
    }

    fn key(before: usize, signature: &[u8], padding: &[u8]) -> Vec<u8> {
        [
            run(before),
            signature.to_vec(),
            b"Abcdef".to_vec(),
            padding.to_vec(),
        ]
        .concat()
    }

    #[test]
    fn keys_of_every_length_round_trip() {
        let forms: [(usize, &[u8], &[u8]); 6] = [
            (76, b"+ASt", b"=="),
            (76, b"ACDb", b""),
            (33, b"+AEh", b"="),
            (33, b"AZEG", b"="),
            (42, b"AzSe", b""),
            (44, b"AzFu", b"=="),
        ];
        for (before, signature, padding) in forms {
            let mut token = key(before, signature, padding);
            let length = token.len();
            assert_eq!(examine(AzureKey, &token, b"", None).proof, Proof::Forged);
            assert!(stamp(AzureKey, &mut token));
            assert_eq!(token.len(), length);
            assert_eq!(&token[before..before + 4], signature);
            assert_eq!(examine(AzureKey, &token, b"", None).proof, Proof::Genuine);
            token[7] = b'9';
            assert_eq!(examine(AzureKey, &token, b"", None).proof, Proof::Forged);
        }
    }

    /// Worked out by a second implementation of the hash.
    #[test]
    fn check_characters_computed_elsewhere_agree() {
        let mut token = key(76, b"+ASt", b"==");
        assert!(stamp(AzureKey, &mut token));
        assert_eq!(&token[80..], b"RMr/sA==");
        let mut token = run(40);
        assert!(stamp(EntraSecret, &mut token));
        assert_eq!(&token[37..], b"bln");
        let mut token = run(88);
        token[52..60].copy_from_slice(b"JQQJ99BC");
        let forms = cask_checks(&token).unwrap();
        assert_eq!(forms, [b"WoQy9", b"1elwf"]);
    }

    #[test]
    fn redis_keys_are_never_refuted() {
        let token = key(33, b"AzCa", b"=");
        assert_eq!(
            examine(AzureKey, &token, b"", None).proof,
            Proof::WellFormed
        );
    }

    #[test]
    fn keys_without_a_known_signature_are_unknown() {
        let token = key(76, b"zzzz", b"==");
        assert_eq!(examine(AzureKey, &token, b"", None), Evidence::unknown());
        assert_eq!(examine(AzureKey, b"", b"", None), Evidence::unknown());
    }

    #[test]
    fn annotated_keys_tell_their_month() {
        for length in [84, 88] {
            let mut token = run(length);
            assert_eq!(examine(AzureCask, &token, b"", None).proof, Proof::Unknown);
            assert!(stamp(AzureCask, &mut token));
            let evidence = examine(AzureCask, &token, b"", None);
            assert_eq!(evidence.proof, Proof::Genuine);
            assert_eq!(evidence.reasons[1], "made in 2025-03");
            token[0] = b'9';
            assert_eq!(
                examine(AzureCask, &token, b"", None).proof,
                Proof::WellFormed
            );
            token[59] = b'M';
            assert_eq!(examine(AzureCask, &token, b"", None).proof, Proof::Unknown);
        }
    }

    #[test]
    fn client_secrets() {
        let mut token = run(40);
        assert_eq!(
            examine(EntraSecret, &token, b"", None).proof,
            Proof::Unknown
        );
        assert!(stamp(EntraSecret, &mut token));
        assert_eq!(
            examine(EntraSecret, &token, b"", None).proof,
            Proof::Genuine
        );
        token[20] = b'.';
        assert_eq!(examine(EntraSecret, &token, b"", None).proof, Proof::Forged);
        token[3] = b'7';
        assert_eq!(
            examine(EntraSecret, &token, b"", None).proof,
            Proof::Unknown
        );
    }
}
