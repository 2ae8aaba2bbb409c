//! OpenPGP secret keys (RFC 4880, RFC 9580): protected or not, whole or cut.
//!
//! Owns the packet header, the public fields that precede the protection octet, and both
//! checksums: CRC-24 of the armour and the sum over unprotected numbers.

use super::super::{Evidence, Proof};
use super::CUT;
use super::der::bits;
use super::pem::Block;

/// Tags of the packets that hold a secret key and a secret subkey.
const SECRET_KEY: u8 = 5;
const SECRET_SUBKEY: u8 = 7;
/// Protection octets that announce a specifier of how the key is derived.
const SPECIFIED: [u8; 3] = [253, 254, 255];
/// Specifiers from here on are private; this one marks keys whose secret is kept elsewhere.
const GNU_STUB: u8 = 101;

/// Fields of one algorithm.
struct Algorithm {
    name: &'static str,
    /// A curve comes first.
    has_curve: bool,
    /// Numbers of the public half, as numbers with their length in bits.
    public: usize,
    /// One more field with its own length comes after them.
    has_derivation: bool,
    /// Numbers of the secret half.
    secret: usize,
}

/// Examines a block of armour.
pub(super) fn examine(block: &Block) -> Evidence {
    let bytes = block.bytes().unwrap_or_default();
    if block.checksum().is_some_and(|sum| sum != crc24(&bytes)) {
        return Evidence::new(Proof::Forged, "checksum of the armour does not match");
    }
    let Some((tag, packet)) = packet(&bytes) else {
        return Evidence::new(Proof::Forged, CUT);
    };
    if tag != SECRET_KEY && tag != SECRET_SUBKEY {
        return Evidence::unknown();
    }
    parse(packet).unwrap_or_else(|| Evidence::new(Proof::Forged, "key body is mangled"))
}

fn parse(packet: &[u8]) -> Option<Evidence> {
    let mut reader = Reader { rest: packet };
    let version = reader.octet()?;
    reader.take(4)?;
    match version {
        3 => drop(reader.take(2)?),
        4 => {}
        _ => {
            return Some(Evidence::new(
                Proof::WellFormed,
                format!("OpenPGP key of version {version}"),
            ));
        }
    }
    let Some(algorithm) = algorithm(reader.octet()?) else {
        return Some(Evidence::new(
            Proof::WellFormed,
            "OpenPGP key of a rare kind",
        ));
    };
    if algorithm.has_curve {
        reader.field()?;
    }
    let mut size = None;
    for _ in 0..algorithm.public {
        let number = reader.number()?;
        size.get_or_insert(bits(number));
    }
    if algorithm.has_derivation {
        reader.field()?;
    }
    let name = match size {
        Some(size) if !algorithm.has_curve => format!("OpenPGP {} {size} bit", algorithm.name),
        _ => format!("OpenPGP {}", algorithm.name),
    };
    let protection = reader.octet()?;
    if protection != 0 {
        let is_stub = SPECIFIED.contains(&protection) && reader.rest.get(1) == Some(&GNU_STUB);
        return Some(if is_stub {
            Evidence::new(Proof::Public, "the secret is kept elsewhere").because(name)
        } else {
            Evidence::new(Proof::Encrypted, "encrypted OpenPGP key").because(name)
        });
    }
    let secret = reader.rest;
    for _ in 0..algorithm.secret {
        reader.number()?;
    }
    let numbers = &secret[..secret.len() - reader.rest.len()];
    let sum = numbers
        .iter()
        .fold(0_u16, |sum, &byte| sum.wrapping_add(u16::from(byte)));
    Some(if reader.take(2)? == sum.to_be_bytes() {
        Evidence::new(Proof::Genuine, format!("whole {name} key")).because("not encrypted")
    } else {
        Evidence::new(Proof::Forged, "checksum of the key does not match")
    })
}

fn algorithm(id: u8) -> Option<Algorithm> {
    let (name, has_curve, public, has_derivation, secret) = match id {
        1..=3 => ("RSA", false, 2, false, 4),
        16 => ("Elgamal", false, 3, false, 1),
        17 => ("DSA", false, 4, false, 1),
        18 => ("ECDH", true, 1, true, 1),
        19 => ("ECDSA", true, 1, false, 1),
        22 => ("EdDSA", true, 1, false, 1),
        _ => return None,
    };
    Some(Algorithm {
        name,
        has_curve,
        public,
        has_derivation,
        secret,
    })
}

/// Reads tag and contents of the first packet, if it is whole.
fn packet(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (&header, rest) = bytes.split_first()?;
    if header & 0x80 == 0 {
        return None;
    }
    let is_new = header & 0x40 != 0;
    let (width, tag) = if is_new {
        let width = match rest.first()? {
            0..192 => 1,
            192..224 => 2,
            255 => 5,
            _ => return None,
        };
        (width, header & 0x3f)
    } else {
        let width = match header & 3 {
            0 => 1,
            1 => 2,
            2 => 4,
            _ => return Some((header >> 2 & 0x0f, rest)),
        };
        (width, header >> 2 & 0x0f)
    };
    let (digits, rest) = rest.split_at_checked(width)?;
    let length = match *digits {
        [high, low] if is_new => (usize::from(high) - 192) * 256 + usize::from(low) + 192,
        [_, ref digits @ ..] if is_new && width == 5 => big(digits),
        ref digits => big(digits),
    };
    Some((tag, rest.get(..length)?))
}

fn big(digits: &[u8]) -> usize {
    digits
        .iter()
        .fold(0, |value, &byte| value << 8 | usize::from(byte))
}

/// Computes the checksum of armour, RFC 4880 section 6.1.
fn crc24(bytes: &[u8]) -> [u8; 3] {
    let mut sum = 0x00b7_04ce_u32;
    for &byte in bytes {
        sum ^= u32::from(byte) << 16;
        for _ in 0..8 {
            sum <<= 1;
            if sum & 0x0100_0000 != 0 {
                sum ^= 0x0186_4cfb;
            }
        }
    }
    let [_, high, middle, low] = sum.to_be_bytes();
    [high, middle, low]
}

/// Takes fields from the front.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (data, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(data)
    }

    fn octet(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// Takes a field of which the first octet is the length.
    fn field(&mut self) -> Option<&'a [u8]> {
        let length = self.octet()?;
        self.take(usize::from(length))
    }

    /// Takes a number of which the first two octets are the length in bits.
    fn number(&mut self) -> Option<&'a [u8]> {
        let length = big(self.take(2)?);
        self.take(length.div_ceil(8))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{build, pem};
    use super::*;

    fn evidence(packet: &[u8], checksum: &str) -> Evidence {
        let body = String::from_utf8(pem::wrap(packet, true, b"\n")).unwrap();
        let label = format!("PGP {} KEY BLOCK", "PRIVATE");
        let text = format!("-----BEGIN {label}-----{body}{checksum}-----END {label}-----");
        super::super::examine(text.as_bytes(), b"")
    }

    #[test]
    fn crc24_check_value() {
        assert_eq!(crc24(b"123456789"), [0x21, 0xcf, 0x02]);
    }

    #[test]
    fn tells_protected_keys() {
        let plain = build::pgp(b"seed", 0);
        let found = evidence(&plain, "");
        assert_eq!(found.proof, Proof::Genuine);
        assert_eq!(found.reasons[0], "whole OpenPGP EdDSA key");
        assert_eq!(
            evidence(&build::pgp(b"seed", 254), "").proof,
            Proof::Encrypted
        );
    }

    #[test]
    fn refutes_wrong_sums_and_cuts() {
        let mut plain = build::pgp(b"seed", 0);
        assert_eq!(evidence(&plain, "=AAAA\n").proof, Proof::Forged);
        assert_eq!(evidence(&plain[..60], "").reasons, [CUT]);
        let end = plain.len() - 3;
        plain[end] ^= 1;
        assert_eq!(evidence(&plain, "").proof, Proof::Forged);
        assert_eq!(evidence(b"", "").reasons, [CUT]);
    }
}
