//! OpenSSH's own private key format, version 1 (`PROTOCOL.key` of OpenSSH).
//!
//! Owns cipher, public half and the pair of check numbers that proves a plain key whole.

use super::super::{Evidence, Proof};
use super::CUT;
use super::der::bits;

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// Examines the bytes of a key.
pub(super) fn examine(bytes: &[u8]) -> Evidence {
    parse(bytes).unwrap_or_else(|| Evidence::new(Proof::Forged, CUT))
}

fn parse(bytes: &[u8]) -> Option<Evidence> {
    let mut reader = Reader {
        rest: bytes.strip_prefix(MAGIC)?,
    };
    let cipher = reader.string()?;
    let derivation = reader.string()?;
    reader.string()?;
    reader.number()?;
    let name = name(reader.string()?)?;
    let mut private = Reader {
        rest: reader.string()?,
    };
    if cipher != b"none" {
        let words = format!("encrypted with {} ({})", plain(cipher), plain(derivation));
        return Some(Evidence::new(Proof::Encrypted, words).because(name));
    }
    if private.number()? == private.number()? && !private.string()?.is_empty() {
        Some(Evidence::new(Proof::Genuine, format!("whole {name} key")).because("not encrypted"))
    } else {
        Some(Evidence::new(Proof::Forged, "check numbers differ"))
    }
}

/// Names kind and size of a public key.
fn name(public: &[u8]) -> Option<String> {
    let mut reader = Reader { rest: public };
    let kind = reader.string()?;
    Some(match kind {
        b"ssh-ed25519" => "Ed25519".to_owned(),
        b"ssh-rsa" => {
            reader.string()?;
            format!("RSA {} bit", bits(reader.string()?))
        }
        b"ssh-dss" => format!("DSA {} bit", bits(reader.string()?)),
        other => plain(other),
    })
}

/// Makes a name of the file fit for people.
pub(super) fn plain(name: &[u8]) -> String {
    name.iter()
        .take(40)
        .filter(|byte| byte.is_ascii_graphic())
        .map(|&byte| char::from(byte))
        .collect()
}

/// Takes fields from the front.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u32::from_be_bytes(*digits))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (data, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(data)
    }
}

#[cfg(test)]
mod tests {
    use super::super::build;
    use super::*;

    #[test]
    fn check_numbers_prove_a_plain_key() {
        let mut key = build::openssh(b"seed", "none");
        let evidence = examine(&key);
        assert_eq!(evidence.proof, Proof::Genuine);
        assert_eq!(evidence.reasons[0], "whole Ed25519 key");
        // After the magic, three names, the count and the public half of 51 bytes.
        let private = MAGIC.len() + 8 + 8 + 4 + 4 + 55 + 4;
        key[private] ^= 1;
        assert_eq!(examine(&key).reasons, ["check numbers differ"]);
        assert_eq!(examine(&key[..90]).reasons, [CUT]);
        assert_eq!(examine(b"").proof, Proof::Forged);
    }

    #[test]
    fn names_the_cipher() {
        let evidence = examine(&build::openssh(b"seed", "aes256-ctr"));
        assert_eq!(evidence.proof, Proof::Encrypted);
        assert_eq!(evidence.reasons[0], "encrypted with aes256-ctr (bcrypt)");
    }
}
