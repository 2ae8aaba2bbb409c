//! GitHub's newer tokens: fine-grained (digest inside) and stateless (a JWT inside).
//!
//! Owns these two; the classic tokens are in `crc`.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha256};

use super::checksum::Checksum;
use super::{Evidence, Proof, jwt};

/// Length of a fine-grained token: prefix of 11, 22 characters, `_`, 59 characters.
const FINE_GRAINED_LENGTH: usize = 93;

/// Works out the middle characters of a fine-grained token: base32 of the SHA-256 of all but
/// the last 16 characters, of which 8 are kept. Published tokens agree with it; what the last
/// 8 characters are is not known.
pub(super) fn fine_grained(token: &[u8]) -> Option<Checksum> {
    if token.len() != FINE_GRAINED_LENGTH {
        return None;
    }
    let start = FINE_GRAINED_LENGTH - 16;
    let mut expected = BASE32_NOPAD
        .encode(&Sha256::digest(&token[..start]))
        .into_bytes();
    expected.truncate(8);
    Some(Checksum {
        at: start..start + 8,
        expected,
        confirmed: true,
    })
}

/// Examines `ghs_<app id>_<JWT>`.
pub(super) fn examine_stateless(token: &[u8], now: Option<i64>) -> Evidence {
    let Some((app, start)) = app_id(token) else {
        return Evidence::unknown();
    };
    let evidence = jwt::examine(&token[start..], now);
    if evidence.proof == Proof::Unknown {
        return evidence;
    }
    evidence.because(format!("GitHub app {app}"))
}

/// Builds header and claims of the JWT inside.
pub(super) fn stamp_stateless(token: &mut Vec<u8>) -> bool {
    let Some((_, start)) = app_id(token) else {
        return false;
    };
    let mut inner = token.split_off(start);
    let stamped = jwt::stamp(&mut inner);
    token.append(&mut inner);
    stamped
}

/// Reads the app id and where the JWT starts.
fn app_id(token: &[u8]) -> Option<(String, usize)> {
    let rest = token.strip_prefix(b"ghs_")?;
    let length = rest.iter().position(|&byte| byte == b'_')?;
    let digits = std::str::from_utf8(rest.get(..length)?).ok()?;
    let is_id = (1..=12).contains(&length) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| (digits.to_owned(), token.len() - rest.len() + length + 1))
}

#[cfg(test)]
mod tests {
    use super::super::{examine, stamp};
    use super::*;
    use crate::detectors::Check;

    fn token() -> Vec<u8> {
        let mut token = b"github".to_vec();
        token.extend_from_slice(b"_pat_");
        token.extend((0..22).map(|place| b'A' + place));
        token.push(b'_');
        token.extend((0..59).map(|place| b'0' + place % 10));
        token
    }

    #[test]
    fn fine_grained_digest() {
        let check = Check::GithubFineGrained;
        let mut token = token();
        assert_eq!(examine(check, &token, b"", None).proof, Proof::Forged);
        assert!(stamp(check, &mut token));
        assert_eq!(&token[77..85], b"LLK4KADB");
        assert_eq!(examine(check, &token, b"", None).proof, Proof::Genuine);
        token[92] = b'x';
        assert_eq!(examine(check, &token, b"", None).proof, Proof::Genuine);
        token[15] = b'x';
        assert_eq!(examine(check, &token, b"", None).proof, Proof::Forged);
        assert_eq!(examine(check, &token[1..], b"", None).proof, Proof::Unknown);
    }

    #[test]
    fn stateless_token_names_its_app() {
        let check = Check::GithubStateless;
        let part = |length: usize| "k".repeat(length);
        let mut token =
            format!("gh{}_12345_{}.{}.{}", 's', part(60), part(200), part(342)).into_bytes();
        assert_eq!(examine(check, &token, b"", None).proof, Proof::Forged);
        assert!(stamp(check, &mut token));
        let evidence = examine(check, &token, b"", None);
        assert_eq!(evidence.proof, Proof::WellFormed);
        assert!(evidence.reasons.contains(&"GitHub app 12345".to_owned()));
        assert_eq!(examine(check, b"ghs_x_y", b"", None).proof, Proof::Unknown);
    }
}
