//! GitLab routable tokens: a payload, its length and a CRC-32 in base 36.
//!
//! Owns `<prefix><payload>.<length><crc>` and the form with a version, `.01.`, as in GitLab's
//! design document on routable tokens. Tokens without a dot are older and carry no check.

use super::checksum::{DIFFERS, MATCHES};
use super::encoding::{BASE36, encode_number};
use super::{Evidence, Proof};

/// Characters after the last dot: 2 of length and 7 of CRC-32.
const TAIL: usize = 9;

/// Where the parts of a routable token are.
struct Layout {
    /// End of the payload: the first dot.
    payload_end: usize,
    /// Start of the length.
    length_start: usize,
    /// Start of the CRC-32.
    crc_start: usize,
}

pub(super) fn examine(token: &[u8]) -> Evidence {
    let Some(layout) = layout(token) else {
        return Evidence::unknown();
    };
    if token[layout.crc_start..] != crc(&token[..layout.crc_start]) {
        return Evidence::new(Proof::Forged, DIFFERS);
    }
    if has_length(token, &layout) {
        Evidence::new(Proof::Genuine, MATCHES)
    } else {
        Evidence::new(Proof::Forged, "payload length does not match")
    }
}

pub(super) fn stamp(token: &mut [u8]) -> bool {
    let Some(layout) = layout(token) else {
        return false;
    };
    // The payload may hold a dash itself; a generated one starts after the first.
    let Some(dash) = token.iter().position(|&byte| byte == b'-') else {
        return false;
    };
    let Some(length) = layout.payload_end.checked_sub(dash + 1) else {
        return false;
    };
    let digits = encode_number(length as u64, BASE36, 2);
    if digits.len() != 2 {
        return false;
    }
    token[layout.length_start..layout.crc_start].copy_from_slice(&digits);
    let digits = crc(&token[..layout.crc_start]);
    token[layout.crc_start..].copy_from_slice(&digits);
    true
}

fn crc(bytes: &[u8]) -> Vec<u8> {
    encode_number(u64::from(crc32fast::hash(bytes)), BASE36, 7)
}

fn layout(token: &[u8]) -> Option<Layout> {
    let length_start = token.len().checked_sub(TAIL)?;
    let before = token.get(..length_start)?.strip_suffix(b".")?;
    let payload_end = match before.strip_suffix(b".01") {
        Some(payload) => payload.len(),
        None => before.len(),
    };
    let tail_is_base36 = token[length_start..]
        .iter()
        .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
    (tail_is_base36 && payload_end > 0).then_some(Layout {
        payload_end,
        length_start,
        crc_start: length_start + 2,
    })
}

/// Tells whether a payload of the length the token states fits before the first dot. What
/// comes before it is a prefix that every installation may choose.
fn has_length(token: &[u8], layout: &Layout) -> bool {
    let digits = &token[layout.length_start..layout.crc_start];
    std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| usize::from_str_radix(digits, 36).ok())
        .is_some_and(|stated| (1..=layout.payload_end).contains(&stated))
}

#[cfg(test)]
mod tests {
    use super::super::{examine, stamp};
    use super::*;
    use crate::detectors::Check::GitlabRoutable;

    fn proof(token: &[u8]) -> Proof {
        examine(GitlabRoutable, token, token, None).proof
    }

    fn token(middle: &str) -> Vec<u8> {
        format!("gl{}-{}{middle}000000000", "pat", "k".repeat(36)).into_bytes()
    }

    #[test]
    fn both_forms_round_trip() {
        for middle in [".", ".01."] {
            let mut token = token(middle);
            assert_eq!(proof(&token), Proof::Forged);
            assert!(stamp(GitlabRoutable, &mut token));
            assert_eq!(proof(&token), Proof::Genuine);
            token[12] = b'j';
            assert_eq!(proof(&token), Proof::Forged);
        }
    }

    #[test]
    fn length_and_checksum_are_as_computed_elsewhere() {
        let mut token = token(".01.");
        stamp(GitlabRoutable, &mut token);
        assert!(token.ends_with(b".01.101lqjyi0"));
    }

    #[test]
    fn wrong_length_is_refuted() {
        let mut token = token(".");
        let end = token.len() - 7;
        token[end - 2..end].copy_from_slice(b"zz");
        let digits = crc(&token[..end]);
        token[end..].copy_from_slice(&digits);
        assert_eq!(proof(&token), Proof::Forged);
    }

    #[test]
    fn other_forms_are_left_alone() {
        assert_eq!(proof(&token("")), Proof::Unknown);
        assert_eq!(proof(b"."), Proof::Unknown);
        assert_eq!(proof(&token(".")[6..]), Proof::Forged);
    }
}
