//! `Base58Check`, which Bitcoin writes its keys in.
//!
//! Owns the number system and the checksum: the first 4 bytes of the SHA-256 of the SHA-256 of what
//! is before them (Bitcoin's `base58.cpp`; BIP-32 for extended keys). Does not own what the bytes
//! mean.

use sha2::{Digest as _, Sha256};

use super::{Evidence, Proof, checksum};

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const CHECK_LENGTH: usize = 4;
/// Longest text that is decoded, in bytes: the work is its square.
const LONGEST: usize = 128;

/// Examines the checksum over all other bytes.
pub(super) fn examine(token: &[u8]) -> Evidence {
    let Some((data, check)) = decode(token).and_then(|bytes| {
        let (data, check) = bytes.split_last_chunk::<CHECK_LENGTH>()?;
        Some((data.to_vec(), *check))
    }) else {
        return Evidence::unknown();
    };
    if digest(&data) == check {
        Evidence::new(Proof::Genuine, checksum::MATCHES)
    } else {
        Evidence::new(Proof::Forged, checksum::DIFFERS)
    }
}

/// Turns a random text into one with a checksum, which keeps its length and its first four
/// characters.
pub(super) fn stamp(token: &mut Vec<u8>) -> bool {
    // Not every sum fits the length; a few other bytes may.
    for change in 0..=u8::MAX {
        let Some(mut bytes) = decode(token) else {
            return false;
        };
        let Some(length) = bytes
            .len()
            .checked_sub(CHECK_LENGTH)
            .filter(|&length| length > 8)
        else {
            return false;
        };
        bytes[length - 1] = bytes[length - 1].wrapping_add(change);
        bytes.truncate(length);
        bytes.extend(digest(&bytes));
        let text = encode(&bytes);
        if text.len() == token.len() && text.get(..4) == token.get(..4) {
            *token = text;
            return true;
        }
    }
    false
}

fn digest(data: &[u8]) -> [u8; CHECK_LENGTH] {
    let twice = Sha256::digest(Sha256::digest(data));
    [twice[0], twice[1], twice[2], twice[3]]
}

/// The bytes of a number written in base 58; each leading `1` is a zero byte.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > LONGEST {
        return None;
    }
    let mut bytes: Vec<u8> = Vec::new();
    for byte in text {
        let digit = ALPHABET.iter().position(|letter| letter == byte)?;
        let mut carry = digit as u32;
        for byte in &mut bytes {
            carry += u32::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            bytes.push(carry as u8);
        }
    }
    let zeros = text.iter().take_while(|byte| **byte == b'1').count();
    bytes.extend(std::iter::repeat_n(0, zeros));
    bytes.reverse();
    Some(bytes)
}

fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = Vec::new();
    for &byte in bytes {
        let mut carry = u32::from(byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    digits.extend(std::iter::repeat_n(0, zeros));
    digits
        .iter()
        .rev()
        .map(|&digit| ALPHABET[usize::from(digit)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Base58Check` of a version byte and a payload, by the definition.
    fn key(version: u8, payload: &[u8]) -> Vec<u8> {
        let data = [&[version], payload].concat();
        encode(&[data.as_slice(), &digest(&data)].concat())
    }

    #[test]
    fn a_number_is_read_back() {
        for bytes in [&b"\0\0abc"[..], b"\xff\xff\xff", b"\x01", b"\0"] {
            assert_eq!(decode(&encode(bytes)).as_deref(), Some(bytes));
        }
        // The draft of Base58 (draft-msporny-base58) has this vector.
        assert_eq!(encode(b"Hello World!"), b"2NEpo7TZRRrLZSi2U");
        assert_eq!(decode(b"0OIl"), None);
    }

    #[test]
    fn a_key_is_genuine_and_any_change_forges_it() {
        // A private key for the main network begins with 0x80 and, as WIF, with `5`.
        let genuine = key(0x80, &[7; 32]);
        assert_eq!((genuine.len(), genuine[0]), (51, b'5'));
        assert_eq!(examine(&genuine).proof, Proof::Genuine);
        for at in 0..genuine.len() {
            let mut forged = genuine.clone();
            forged[at] = if forged[at] == b'2' { b'3' } else { b'2' };
            assert_ne!(examine(&forged).proof, Proof::Genuine, "{at}");
        }
        assert_eq!(examine(b"KOl").proof, Proof::Unknown);
        assert_eq!(examine(b"11").proof, Proof::Unknown);
    }

    #[test]
    fn a_stamped_text_keeps_its_start() {
        let mut text = b"xprvQ7kTz9WmL2hRf".repeat(6);
        text.truncate(98);
        assert!(stamp(&mut text));
        assert!(text.starts_with(b"xprv"));
        assert_eq!(examine(&text).proof, Proof::Genuine);
    }
}
