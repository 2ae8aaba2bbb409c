//! AWS access key ids: the account inside, and what the prefix says.
//!
//! Owns the id. The secret access key beside it has no structure to check.

use data_encoding::BASE32_NOPAD;

use super::{Evidence, Proof};

const PREFIX: usize = 4;
const LENGTH: usize = 20;

/// Examines an id. The first 6 of the 10 bytes hold the account in bits 7 to 46, in ids made
/// since 2019 or so; the published decoding example agrees. Many a random id decodes to an
/// account as well, so that this proves nothing.
pub(super) fn examine(id: &[u8]) -> Evidence {
    if id.ends_with(b"EXAMPLE") {
        return Evidence::new(Proof::Sample, "example id of the AWS documentation");
    }
    let Some(body) = id.get(PREFIX..).filter(|_| id.len() == LENGTH) else {
        return Evidence::unknown();
    };
    let Ok(bytes) = BASE32_NOPAD.decode(body) else {
        return Evidence::unknown();
    };
    let evidence = match account(&bytes) {
        // Ids that start so are older than the encoding of the account.
        _ if matches!(body.first(), Some(b'I' | b'J')) => {
            Evidence::new(Proof::WellFormed, "AWS access key id of the older form")
        }
        Some(account) => Evidence::new(Proof::WellFormed, format!("AWS account {account:012}")),
        None => return Evidence::unknown(),
    };
    if id.starts_with(b"ASIA") {
        evidence.because("temporary credentials")
    } else {
        evidence
    }
}

/// Makes the body base32 that decodes to an account of 12 digits.
pub(super) fn stamp(id: &mut [u8]) -> bool {
    if id.len() != LENGTH {
        return false;
    }
    for byte in &mut id[PREFIX..] {
        *byte = match byte.to_ascii_uppercase() {
            upper @ (b'A'..=b'Z' | b'2'..=b'7') => upper,
            other => b'A' + other % 26,
        };
    }
    // `R` keeps clear of the older form, and of accounts of more than 12 digits.
    id[PREFIX] = b'R';
    true
}

/// Reads the account, if it has no more than 12 digits.
fn account(bytes: &[u8]) -> Option<u64> {
    let top = bytes.first_chunk::<6>()?;
    let number = top
        .iter()
        .fold(0, |number, &byte| number << 8 | u64::from(byte));
    let account = (number & 0x7fff_ffff_ff80) >> 7;
    (account < 1_000_000_000_000).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::super::{examine, stamp};
    use super::*;
    use crate::detectors::Check::AwsKeyId;

    fn id_of(account: u64, prefix: &str) -> Vec<u8> {
        let bytes = (account << 7 | 1 << 47).to_be_bytes();
        let body = BASE32_NOPAD.encode(&[&bytes[2..], &[1, 2, 3, 4]].concat());
        format!("{prefix}{body}").into_bytes()
    }

    #[test]
    fn tells_the_account() {
        let evidence = examine(AwsKeyId, &id_of(29_608_264_753, "AKIA"), b"", None);
        assert_eq!(evidence.proof, Proof::WellFormed);
        assert_eq!(evidence.reasons, ["AWS account 029608264753"]);
        let evidence = examine(AwsKeyId, &id_of(123_456_789_012, "ASIA"), b"", None);
        assert_eq!(evidence.reasons[1], "temporary credentials");
    }

    #[test]
    fn refuses_what_is_no_account_or_no_base32() {
        let id = id_of(1_050_000_000_000, "AKIA");
        assert_eq!(examine(AwsKeyId, &id, b"", None).proof, Proof::Unknown);
        let mut id = id_of(1, "AKIA");
        id[9] = b'1';
        assert_eq!(examine(AwsKeyId, &id, b"", None).proof, Proof::Unknown);
        assert_eq!(examine(AwsKeyId, b"AKIA", b"", None).proof, Proof::Unknown);
    }

    #[test]
    fn knows_the_example() {
        let id = [b"AK".as_slice(), b"IA", b"QRSTUVWXY", b"EXAMPLE"].concat();
        assert_eq!(examine(AwsKeyId, &id, b"", None).proof, Proof::Sample);
    }

    #[test]
    fn stamp_makes_any_body_decode() {
        let mut id = [b"AK".as_slice(), b"IA", b"0123456789018901"].concat();
        assert!(stamp(AwsKeyId, &mut id));
        assert_eq!(examine(AwsKeyId, &id, b"", None).proof, Proof::WellFormed);
    }
}
