//! Private keys in DER: PKCS#1, PKCS#8 (RFC 5958), SEC1 (RFC 5915), OpenSSL's DSA form.
//!
//! Owns a bounded reader of DER and what the numbers of a key prove.

use super::super::{Evidence, Proof};
use super::CUT;
use super::product::{is_product, trim};
use crate::entropy;

mod tag {
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const OCTETS: u8 = 0x04;
    pub(super) const OBJECT: u8 = 0x06;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const PARAMETERS: u8 = 0xa0;
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// Named curves with the length of their private keys in bytes.
const CURVES: &[(&[u8], &str, usize)] = &[
    (
        &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01],
        "P-192",
        24,
    ),
    (
        &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
        "P-256",
        32,
    ),
    (&[0x2b, 0x81, 0x04, 0x00, 0x21], "P-224", 28),
    (&[0x2b, 0x81, 0x04, 0x00, 0x22], "P-384", 48),
    (&[0x2b, 0x81, 0x04, 0x00, 0x23], "P-521", 66),
    (&[0x2b, 0x81, 0x04, 0x00, 0x0a], "secp256k1", 32),
    (
        &[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07],
        "brainpoolP256r1",
        32,
    ),
    (
        &[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0b],
        "brainpoolP384r1",
        48,
    ),
    (
        &[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0d],
        "brainpoolP512r1",
        64,
    ),
];

/// Keys that are plain octets (RFC 8410), with their length in bytes.
const OCTET_KEYS: &[(&[u8], &str, usize)] = &[
    (&[0x2b, 0x65, 0x6e], "X25519", 32),
    (&[0x2b, 0x65, 0x6f], "X448", 56),
    (&[0x2b, 0x65, 0x70], "Ed25519", 32),
    (&[0x2b, 0x65, 0x71], "Ed448", 57),
];

/// Bytes of the smallest RSA key in use, of 512 bits, and their entropy in bits a byte, at least: of as
/// many random bytes hardly any set has less.
const LEAST: usize = 256;
const RANDOM: f32 = 6.5;

/// Examines the bytes of a key.
pub(super) fn examine(bytes: &[u8]) -> Evidence {
    let mut outer = Reader { rest: bytes };
    let Some(mut key) = outer.take(tag::SEQUENCE).map(|rest| Reader { rest }) else {
        return Evidence::new(Proof::Forged, CUT);
    };
    let evidence = match key.peek() {
        Some(tag::SEQUENCE) => Some(Evidence::new(Proof::Encrypted, "encrypted private key")),
        _ => key.take(tag::INTEGER).and_then(|_| match key.peek()? {
            tag::SEQUENCE => pkcs8(&mut key),
            tag::OCTETS => sec1(&mut key, None),
            _ => numbers(&mut key),
        }),
    };
    match evidence {
        Some(evidence) if outer.rest.is_empty() => evidence,
        Some(evidence) => evidence.because("more bytes follow the key"),
        // Bytes that look drawn at random may be a key that was damaged on its way here.
        None if bytes.len() >= LEAST && entropy::shannon(bytes) >= RANDOM => Evidence {
            proof: Proof::Unknown,
            reasons: vec!["key body is damaged or changed".to_owned()],
        },
        None => Evidence::new(Proof::Forged, "key body is mangled"),
    }
}

fn pkcs8(key: &mut Reader<'_>) -> Option<Evidence> {
    let mut algorithm = key.sequence()?;
    let object = algorithm.take(tag::OBJECT)?;
    let mut inner = Reader {
        rest: key.take(tag::OCTETS)?,
    };
    if object == RSA || object == RSA_PSS {
        let mut numbers_of_key = inner.sequence()?;
        numbers_of_key.take(tag::INTEGER)?;
        return numbers(&mut numbers_of_key);
    }
    if object == EC {
        let mut inner = inner.sequence()?;
        inner.take(tag::INTEGER)?;
        return sec1(&mut inner, algorithm.take(tag::OBJECT));
    }
    if object == DSA {
        let modulus = algorithm.sequence()?.take(tag::INTEGER)?;
        inner.take(tag::INTEGER)?;
        return Some(genuine(&format!("DSA {} bit", bits(modulus))));
    }
    let Some((_, name, length)) = OCTET_KEYS.iter().find(|(known, ..)| *known == object) else {
        return Some(Evidence::new(
            Proof::WellFormed,
            "private key of a rare kind",
        ));
    };
    let octets = inner.take(tag::OCTETS)?;
    (octets.len() == *length).then(|| genuine(name))
}

/// Reads what follows the version of a SEC1 key. The curve may stand outside.
fn sec1<'a>(key: &mut Reader<'a>, outside: Option<&'a [u8]>) -> Option<Evidence> {
    let octets = key.take(tag::OCTETS)?;
    let inside = match key.peek() {
        Some(tag::PARAMETERS) => Reader {
            rest: key.take(tag::PARAMETERS)?,
        }
        .take(tag::OBJECT),
        _ => None,
    };
    let curve = inside.or(outside);
    let known = CURVES.iter().find(|(object, ..)| Some(*object) == curve);
    let Some((_, name, length)) = known else {
        return Some(Evidence::new(Proof::WellFormed, "EC private key"));
    };
    // Some writers leave out zeros at the big end.
    match octets.len() {
        count if count == *length => Some(genuine(&format!("EC {name}"))),
        count if count < *length && count > 0 => {
            Some(Evidence::new(Proof::WellFormed, format!("EC {name}")))
        }
        _ => None,
    }
}

/// Reads the numbers of an RSA key (n, e, d, p, q and three more) or of a DSA key (five).
fn numbers(key: &mut Reader<'_>) -> Option<Evidence> {
    let mut numbers = Vec::with_capacity(8);
    while numbers.len() < 8
        && let Some(number) = key.take(tag::INTEGER)
    {
        numbers.push(number);
    }
    match numbers[..] {
        [modulus, _, _, p, q, _, _, _] => {
            let name = format!("RSA {} bit", bits(modulus));
            match is_product(modulus, p, q) {
                Some(true) if trim(p).len() > 1 && trim(q).len() > 1 => Some(genuine(&name)),
                None => Some(Evidence::new(Proof::WellFormed, name)),
                _ => Some(Evidence::new(
                    Proof::Forged,
                    "modulus is not the product of its primes",
                )),
            }
        }
        [modulus, ..] if numbers.len() == 5 && key.rest.is_empty() => {
            Some(genuine(&format!("DSA {} bit", bits(modulus))))
        }
        _ => None,
    }
}

fn genuine(name: &str) -> Evidence {
    Evidence::new(Proof::Genuine, format!("whole {name} key")).because("not encrypted")
}

/// Counts the bits of a number, big end first.
pub(super) fn bits(number: &[u8]) -> usize {
    let number = trim(number);
    number
        .first()
        .map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

/// Takes elements from the front.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn sequence(&mut self) -> Option<Self> {
        self.take(tag::SEQUENCE).map(|rest| Self { rest })
    }

    /// Takes the contents of the next element, if it has this tag and is whole.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let [found, first, rest @ ..] = self.rest else {
            return None;
        };
        if *found != tag {
            return None;
        }
        let (length, rest) = match *first {
            short @ 0..=0x7f => (usize::from(short), rest),
            long @ 0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
                let length = digits
                    .iter()
                    .fold(0, |length, &byte| length << 8 | usize::from(byte));
                (length, rest)
            }
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some(contents)
    }
}

#[cfg(test)]
mod tests {
    use super::super::build;
    use super::*;

    #[test]
    fn names_each_kind() {
        for (label, words) in [
            ("RSA PRIVATE KEY", "whole RSA 2048 bit key"),
            ("PRIVATE KEY", "whole RSA 2048 bit key"),
            ("EC PRIVATE KEY", "whole EC P-256 key"),
            ("DSA PRIVATE KEY", "whole DSA 1024 bit key"),
        ] {
            let key = build::key(label, b"seed").unwrap();
            let evidence = examine(&key);
            assert_eq!(evidence.proof, Proof::Genuine, "{label}");
            assert_eq!(evidence.reasons, [words, "not encrypted"]);
            assert_eq!(examine(&key[..key.len() - 1]).proof, Proof::Forged);
        }
        let key = build::key("ENCRYPTED PRIVATE KEY", b"seed").unwrap();
        assert_eq!(examine(&key).proof, Proof::Encrypted);
    }

    #[test]
    fn ed25519_key_of_rfc_8410() {
        let mut key = vec![
            0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
        ];
        key.extend([7; 32]);
        assert_eq!(examine(&key).reasons[0], "whole Ed25519 key");
        key[15] = 0x1f;
        assert_eq!(examine(&key).proof, Proof::Forged);
    }

    #[test]
    fn refutes_a_changed_modulus() {
        let mut key = build::key("RSA PRIVATE KEY", b"seed").unwrap();
        key[100] ^= 1;
        assert_eq!(examine(&key).proof, Proof::Forged);
        assert_eq!(examine(&[0x30, 3, 2, 1, 0]).proof, Proof::Forged);
    }
}
