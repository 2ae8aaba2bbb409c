//! Bech32 (BIP-173), which age and Nostr write their secret keys in.
//!
//! Owns the checksum over prefix and data. Does not own what the data means.

use super::checksum::{self, Checksum};

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const CHECK_LENGTH: usize = 6;

/// Works out the last 6 characters. The prefix is all before the last `1`.
pub(super) fn layout(token: &[u8]) -> Option<Checksum> {
    let separator = token.iter().rposition(|&byte| byte == b'1')?;
    let end = token.len().checked_sub(CHECK_LENGTH)?;
    let data = token.get(separator + 1..end)?;
    let is_upper = token.iter().any(u8::is_ascii_uppercase);
    if separator == 0 || data.is_empty() || (is_upper && token.iter().any(u8::is_ascii_lowercase)) {
        return None;
    }
    let values: Option<Vec<u8>> = data.iter().map(|&byte| value(byte)).collect();
    let mut expected = check_characters(&token[..separator], &values?);
    if is_upper {
        expected.make_ascii_uppercase();
    }
    Some(Checksum {
        at: end..token.len(),
        expected,
        confirmed: true,
    })
}

/// Turns what follows the first `1` after the prefix into data of whole bytes and a checksum.
pub(super) fn stamp(token: &mut [u8]) -> bool {
    // The prefix of age has no `1`, and neither have the digits.
    let Some(start) = token
        .iter()
        .position(|&byte| byte == b'1')
        .map(|one| one + 1)
    else {
        return false;
    };
    let Some(end) = token.len().checked_sub(CHECK_LENGTH) else {
        return false;
    };
    let is_upper = token[..start].iter().any(u8::is_ascii_uppercase);
    let Some(data) = token.get_mut(start..end).filter(|data| !data.is_empty()) else {
        return false;
    };
    let spare_bits = data.len() * 5 % 8;
    for byte in data.iter_mut() {
        let value = value(*byte).unwrap_or(*byte & 31);
        *byte = ALPHABET[usize::from(value)];
    }
    if let Some(last) = data.last_mut().filter(|_| spare_bits < 5) {
        let value = value(*last).unwrap_or(0) >> spare_bits << spare_bits;
        *last = ALPHABET[usize::from(value)];
    }
    if is_upper {
        data.make_ascii_uppercase();
    }
    checksum::stamp(layout(token), token)
}

fn value(byte: u8) -> Option<u8> {
    let byte = byte.to_ascii_lowercase();
    let place = ALPHABET.iter().position(|&letter| letter == byte)?;
    u8::try_from(place).ok()
}

fn check_characters(prefix: &[u8], values: &[u8]) -> Vec<u8> {
    let prefix = prefix.to_ascii_lowercase();
    let high = prefix.iter().map(|byte| byte >> 5);
    let low = prefix.iter().map(|byte| byte & 31);
    let sum = high
        .chain([0])
        .chain(low)
        .chain(values.iter().copied())
        .chain([0; CHECK_LENGTH])
        .fold(1, step)
        ^ 1;
    (0..CHECK_LENGTH)
        .rev()
        .map(|place| ALPHABET[(sum >> (5 * place) & 31) as usize])
        .collect()
}

/// Divides by the generator polynomial of BIP-173.
fn step(sum: u32, value: u8) -> u32 {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let top = sum >> 25;
    let shifted = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
    GENERATOR
        .iter()
        .enumerate()
        .filter(|(bit, _)| top >> bit & 1 == 1)
        .fold(shifted, |sum, (_, term)| sum ^ term)
}

#[cfg(test)]
mod tests {
    use super::super::{Proof, examine, stamp};
    use crate::detectors::Check::Bech32;

    fn proof(token: &[u8]) -> Proof {
        examine(Bech32, token, token, None).proof
    }

    #[test]
    fn address_of_the_specification() {
        // The pay-to-witness-key-hash example of BIP-173.
        let address = b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
        assert_eq!(proof(address), Proof::Genuine);
        assert_eq!(proof(&address.to_ascii_uppercase()), Proof::Genuine);
        let mut changed = address.to_vec();
        changed[10] = b'x';
        assert_eq!(proof(&changed), Proof::Forged);
    }

    #[test]
    fn other_characters_and_mixed_case_do_not_apply() {
        assert_eq!(
            proof(b"bc1qw508d6qejxtdg4y5b3zarvary0c5xw7kv8f3t4"),
            Proof::Unknown
        );
        assert_eq!(
            proof(b"bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
            Proof::Unknown
        );
        assert_eq!(proof(b"1qqqqqqq"), Proof::Unknown);
        assert_eq!(proof(b""), Proof::Unknown);
    }

    #[test]
    fn stamps_random_letters() {
        let letters: String = ('A'..='Z').chain('1'..='9').cycle().take(58).collect();
        let mut token = format!("AGE-SECRET-{}-1{letters}", "KEY").into_bytes();
        assert!(stamp(Bech32, &mut token));
        assert_eq!(proof(&token), Proof::Genuine);
        assert_eq!(token.len(), 74);
    }
}
