//! Tokens that end in a CRC-32 (IEEE 802.3, as in zlib), each issuer writing it differently.
//!
//! Owns base62, hexadecimal and base64 forms of GitHub, npm, Vercel, Polar, Zuplo, Confluent,
//! Grafana and Atlassian. GitLab and Azure DevOps keep theirs beside their other structure.

use data_encoding::BASE64;

use super::checksum::Checksum;
use super::encoding::{BASE62, encode_number};
use crate::detectors::Check;

/// Prefixes whose checksum is confirmed, with the length of the body in characters: GitHub's
/// blog of 2021-04-05, Polar's `server/polar/kit/crypto.py`, published npm and Vercel tokens.
const BASE62_ISSUERS: &[(&[u8], usize)] = &[
    (b"ghp_", 30),
    (b"gho_", 30),
    (b"ghu_", 30),
    (b"ghs_", 30),
    (b"npm_", 30),
    (b"vcp_", 50),
    (b"vci_", 50),
    (b"vca_", 50),
    (b"vcr_", 50),
    (b"vck_", 50),
    (b"polar_", 37),
];

/// Atlassian prefixes of which published tokens agree with the algorithm.
const ATLASSIAN_CONFIRMED: &[&[u8]] = &[b"ATATT", b"ATCTT"];

/// Works out the check characters of a token, if it has the form the check is about.
pub(super) fn layout(check: Check, token: &[u8]) -> Option<Checksum> {
    match check {
        Check::Base62Crc32 => base62(token),
        Check::HexCrc32 => hexadecimal(token),
        Check::ConfluentCrc32 => confluent(token),
        Check::GrafanaCrc32 => grafana(token),
        Check::AtlassianCrc32 => atlassian(token),
        _ => None,
    }
}

fn base62(token: &[u8]) -> Option<Checksum> {
    let start = token.iter().rposition(|&byte| byte == b'_')? + 1;
    let end = token.len().checked_sub(6)?;
    let body = token.get(start..end).filter(|body| !body.is_empty())?;
    if !token.get(start..)?.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    Some(Checksum {
        at: end..token.len(),
        expected: encode_number(u64::from(crc32fast::hash(body)), BASE62, 6),
        confirmed: BASE62_ISSUERS
            .iter()
            .any(|&(prefix, length)| token.starts_with(prefix) && body.len() == length),
    })
}

fn hexadecimal(token: &[u8]) -> Option<Checksum> {
    let end = token.len().checked_sub(9)?;
    let body = token.get(end.checked_sub(32)?..end)?;
    if token.get(end) != Some(&b'_') {
        return None;
    }
    Some(Checksum {
        at: end + 1..token.len(),
        expected: format!("{:08x}", crc32fast::hash(body)).into_bytes(),
        confirmed: true,
    })
}

fn confluent(token: &[u8]) -> Option<Checksum> {
    let end = token.len().checked_sub(6)?;
    let body = token.get(end.checked_sub(54)?..end)?;
    let mut expected = BASE64
        .encode(&crc32fast::hash(body).to_le_bytes())
        .into_bytes();
    expected.truncate(6);
    Some(Checksum {
        at: end..token.len(),
        expected,
        confirmed: true,
    })
}

fn grafana(token: &[u8]) -> Option<Checksum> {
    let end = token.len().checked_sub(9)?;
    let body = token.get(..end)?;
    if token.get(end) != Some(&b'_') {
        return None;
    }
    Some(Checksum {
        at: end + 1..token.len(),
        expected: format!("{:08x}", crc32fast::hash(body).swap_bytes()).into_bytes(),
        confirmed: true,
    })
}

fn atlassian(token: &[u8]) -> Option<Checksum> {
    let end = token.len().checked_sub(8)?;
    let body = token.get(..end)?;
    Some(Checksum {
        at: end..token.len(),
        expected: format!("{:08X}", crc32fast::hash(body)).into_bytes(),
        confirmed: ATLASSIAN_CONFIRMED
            .iter()
            .any(|prefix| token.starts_with(prefix)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Proof, examine, stamp};
    use super::*;

    fn proof(check: Check, token: &[u8]) -> Proof {
        examine(check, token, token, None).proof
    }

    #[test]
    fn check_characters_computed_elsewhere_agree() {
        // CRC-32 of "123456789" is 0xCBF43926 by definition; the others are from zlib.
        let nine = base62(b"abc_123456789000000");
        assert_eq!(nine.unwrap().expected, b"3jZRME");
        let zeros = hexadecimal(&[&[b'0'; 32][..], b"_00000000"].concat());
        assert_eq!(zeros.unwrap().expected, b"a0f292d0");
        let confluent = confluent(&[b'q'; 60]);
        assert_eq!(confluent.unwrap().expected, b"txsqnQ");
        let grafana = grafana(&[b"gl".as_slice(), b"sa_", &[b'q'; 32], b"_00000000"].concat());
        assert_eq!(grafana.unwrap().expected, b"a51b724a");
    }

    #[test]
    fn base62_is_refuted_for_known_issuers_alone() {
        let mut token = [b"gh".as_slice(), b"p_", &[b'k'; 36]].concat();
        assert_eq!(proof(Check::Base62Crc32, &token), Proof::Forged);
        assert!(stamp(Check::Base62Crc32, &mut token));
        assert_eq!(proof(Check::Base62Crc32, &token), Proof::Genuine);
        token[10] = b'j';
        assert_eq!(proof(Check::Base62Crc32, &token), Proof::Forged);

        let refresh = [b"gh".as_slice(), b"r_", &[b'k'; 76]].concat();
        assert_eq!(proof(Check::Base62Crc32, &refresh), Proof::Unknown);
        assert_eq!(proof(Check::Base62Crc32, b"gh"), Proof::Unknown);
    }

    #[test]
    fn every_form_round_trips_and_notices_a_change() {
        let forms: [(Check, Vec<u8>); 4] = [
            (
                Check::HexCrc32,
                [b"zpka_".as_slice(), &[b'q'; 32], b"_00000000"].concat(),
            ),
            (
                Check::ConfluentCrc32,
                [b"cflt".as_slice(), &[b'q'; 60]].concat(),
            ),
            (
                Check::GrafanaCrc32,
                [b"glsa_".as_slice(), &[b'q'; 32], b"_00000000"].concat(),
            ),
            (
                Check::AtlassianCrc32,
                [b"ATATT3x".as_slice(), &[b'q'; 180], b"=00000000"].concat(),
            ),
        ];
        for (check, mut token) in forms {
            assert_eq!(proof(check, &token), Proof::Forged, "{check:?}");
            assert!(stamp(check, &mut token));
            assert_eq!(proof(check, &token), Proof::Genuine, "{check:?}");
            token[20] ^= 1;
            assert_eq!(proof(check, &token), Proof::Forged, "{check:?}");
            assert_eq!(proof(check, b"short"), Proof::Unknown, "{check:?}");
        }
    }

    #[test]
    fn unconfirmed_atlassian_prefix_is_not_refuted() {
        let mut token = [b"ATBB".as_slice(), &[b'q'; 32]].concat();
        assert_eq!(proof(Check::AtlassianCrc32, &token), Proof::Unknown);
        assert!(stamp(Check::AtlassianCrc32, &mut token));
        assert_eq!(proof(Check::AtlassianCrc32, &token), Proof::Genuine);
    }
}
