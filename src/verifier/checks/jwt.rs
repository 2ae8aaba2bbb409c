//! JSON web tokens (RFC 7519): header, claims, dates, and published demo tokens.
//!
//! Owns what can be told without the issuer's key, which is never that one is genuine.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::encoding::{day, decode_base64, encode_base64url};
use super::json::{object, text};
use super::{Evidence, Proof};

/// Keys of published examples: jwt.io, then and now, and Supabase's local development set-up.
const DEMO_KEYS: &[&[u8]] = &[
    b"secret",
    b"your-256-bit-secret",
    b"a-string-secret-at-least-256-bits-long",
    b"super-secret-jwt-token-with-at-least-32-characters-long",
];
/// Numbers above this are taken for milliseconds; as seconds they lie past the year 5000.
const MILLISECONDS_FROM: f64 = 1e11;

pub(super) fn examine(token: &[u8], now: Option<i64>) -> Evidence {
    let parts: Vec<&[u8]> = token.split(|&byte| byte == b'.').take(6).collect();
    let Some(header) = parts.first().and_then(|part| object(&decode_base64(part)?)) else {
        return Evidence::new(Proof::Forged, "header is no JSON");
    };
    if parts.len() == 5 && header.contains_key("enc") {
        return Evidence::new(Proof::Encrypted, "encrypted token (JWE)");
    }
    let [_, claims, signature] = match parts.as_slice() {
        [header, claims] => [header, claims, &b"".as_slice()],
        [header, claims, signature] => [header, claims, signature],
        _ => return Evidence::unknown(),
    };
    let Some(algorithm) = text(&header, "alg") else {
        return Evidence::new(Proof::Forged, "header names no algorithm");
    };
    let Some(claims) = decode_base64(claims).and_then(|bytes| object(&bytes)) else {
        return Evidence::new(Proof::Forged, "claims are no JSON");
    };
    if algorithm.eq_ignore_ascii_case("none") {
        return Evidence::new(Proof::Sample, "unsigned token");
    }
    let Some(signature_bytes) = decode_base64(signature).filter(|bytes| fits(&algorithm, bytes))
    else {
        return Evidence::new(Proof::Forged, format!("signature does not fit {algorithm}"));
    };
    let signed = &token[..token.len() - signature.len() - 1];
    if is_demo(&claims) || (algorithm == "HS256" && has_demo_key(signed, &signature_bytes)) {
        return Evidence::new(Proof::Sample, "published demo token");
    }
    judge_claims(&claims, &algorithm, now)
}

/// Judges a whole token by its claims.
fn judge_claims(
    claims: &serde_json::Map<String, Value>,
    algorithm: &str,
    now: Option<i64>,
) -> Evidence {
    let expiry = seconds(claims, "exp");
    let role = text(claims, "role");
    let is_supabase =
        text(claims, "iss").as_deref() == Some("supabase") || claims.contains_key("ref");
    let expired_on = expiry
        .filter(|&expiry| now.is_some_and(|now| expiry < now))
        .map(|expiry| day(expiry).unwrap_or_default());
    let mut evidence = match (expired_on, role.as_deref()) {
        (Some(day), _) => Evidence::new(Proof::Expired, format!("JWT expired {day}")),
        (None, Some("anon")) if is_supabase => {
            Evidence::new(Proof::Public, "role anon is public by design")
        }
        (None, Some("service_role")) if is_supabase => Evidence::new(
            Proof::WellFormed,
            "role service_role passes every access rule",
        ),
        (None, _) => Evidence::new(Proof::WellFormed, format!("JWT signed with {algorithm}")),
    };
    if let Some(issuer) = text(claims, "iss") {
        evidence = evidence.because(format!("issuer {issuer}"));
    }
    match expiry.and_then(day) {
        _ if evidence.proof == Proof::Expired => {}
        Some(day) => evidence = evidence.because(format!("expires {day}")),
        None => evidence = evidence.because("never expires"),
    }
    if let (Some(start), Some(now)) = (seconds(claims, "nbf"), now)
        && start > now
        && let Some(day) = day(start)
    {
        evidence = evidence.because(format!("not valid before {day}"));
    }
    evidence
}

/// Builds header and claims in the first two parts, kept as long as they are.
pub(super) fn stamp(token: &mut [u8]) -> bool {
    if examine(token, None).proof == Proof::WellFormed {
        return true;
    }
    let dots: Vec<usize> = (0..token.len())
        .filter(|&place| token[place] == b'.')
        .collect();
    let [first, second] = dots[..] else {
        return false;
    };
    let length = token.len() - second - 1;
    let algorithm = match length * 6 / 8 {
        // One digit more than whole bytes have is no base64.
        _ if length % 4 == 1 => return false,
        32 => "HS256",
        48 => "HS384",
        64 => "HS512",
        128.. => "RS256",
        _ => return false,
    };
    let header = padded_json(&format!(r#"{{"alg":"{algorithm}"}}"#), first);
    let claims = padded_json(r#"{"iss":"issuer"}"#, second - first - 1);
    let (Some(header), Some(claims)) = (header, claims) else {
        return false;
    };
    token[..first].copy_from_slice(&header);
    token[first + 1..second].copy_from_slice(&claims);
    true
}

/// Writes JSON as base64 of exactly this length, filled up with blanks.
fn padded_json(json: &str, length: usize) -> Option<Vec<u8>> {
    let text = encode_base64url(format!("{json:<0$}", length * 6 / 8).as_bytes());
    (text.len() == length).then_some(text)
}

/// Tells whether a signature has the length its algorithm gives it (RFC 7518 section 3).
fn fits(algorithm: &str, signature: &[u8]) -> bool {
    let length = signature.len();
    match algorithm {
        "HS256" => length == 32,
        "HS384" => length == 48,
        "HS512" => length == 64,
        // Some writers use the longer DER form, against the RFC.
        "ES256" | "ES256K" => (64..=72).contains(&length),
        "ES384" => (96..=104).contains(&length),
        "ES512" => (132..=141).contains(&length),
        "EdDSA" => matches!(length, 64 | 114),
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => length >= 128,
        _ => length > 0,
    }
}

/// Reads a date of the claims in Unix seconds.
fn seconds(claims: &serde_json::Map<String, Value>, name: &str) -> Option<i64> {
    let number = claims.get(name)?.as_f64()?;
    let number = if number > MILLISECONDS_FROM {
        number / 1000.0
    } else {
        number
    };
    Some(number as i64)
}

fn is_demo(claims: &serde_json::Map<String, Value>) -> bool {
    text(claims, "iss").as_deref() == Some("supabase-demo")
        || (text(claims, "sub").as_deref() == Some("1234567890")
            && text(claims, "name").as_deref() == Some("John Doe"))
}

fn has_demo_key(signed: &[u8], signature: &[u8]) -> bool {
    DEMO_KEYS
        .iter()
        .any(|key| hmac_sha256(key, signed) == signature)
}

/// Computes HMAC (RFC 2104) with SHA-256, for keys up to the block size of 64 bytes.
pub(super) fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        for (padded, key) in block.iter_mut().zip(key) {
            *padded ^= key;
        }
        block
    };
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::super::{examine, stamp};
    use super::*;
    use crate::detectors::Check::Jwt;

    fn token(header: &str, claims: &str, signature: usize) -> Vec<u8> {
        let part = |json: &str| encode_base64url(json.as_bytes());
        let signature = encode_base64url(&vec![7; signature]);
        [part(header), part(claims), signature].join(&b'.')
    }

    fn hs256(claims: &str) -> Vec<u8> {
        token(r#"{"alg":"HS256"}"#, claims, 32)
    }

    #[test]
    fn tells_issuer_and_expiry() {
        let token = hs256(r#"{"iss":"https://id.invalid","exp":1614816000}"#);
        let evidence = examine(Jwt, &token, b"", None);
        assert_eq!(evidence.proof, Proof::WellFormed);
        assert_eq!(
            evidence.reasons,
            [
                "JWT signed with HS256",
                "issuer https://id.invalid",
                "expires 2021-03-04"
            ]
        );
        let evidence = examine(Jwt, &token, b"", Some(1_614_816_001));
        assert_eq!(evidence.proof, Proof::Expired);
        assert_eq!(evidence.reasons[0], "JWT expired 2021-03-04");
        let later = hs256(r#"{"exp":1614816000000}"#);
        assert_eq!(
            examine(Jwt, &later, b"", Some(1_614_815_999)).proof,
            Proof::WellFormed
        );
    }

    #[test]
    fn tells_supabase_roles_apart() {
        let of = |role: &str| hs256(&format!(r#"{{"iss":"supabase","role":"{role}"}}"#));
        assert_eq!(examine(Jwt, &of("anon"), b"", None).proof, Proof::Public);
        assert_eq!(
            examine(Jwt, &of("service_role"), b"", None).proof,
            Proof::WellFormed
        );
        let demo = hs256(r#"{"iss":"supabase-demo","role":"service_role"}"#);
        assert_eq!(examine(Jwt, &demo, b"", None).proof, Proof::Sample);
    }

    #[test]
    fn knows_demo_tokens_by_claims_and_by_key() {
        let claims = r#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#;
        assert_eq!(examine(Jwt, &hs256(claims), b"", None).proof, Proof::Sample);
        let mut token = hs256(r#"{"sub":"7"}"#);
        token.truncate(token.len() - 43);
        let signature = hmac_sha256(b"your-256-bit-secret", &token[..token.len() - 1]);
        token.extend(encode_base64url(&signature));
        assert_eq!(examine(Jwt, &token, b"", None).proof, Proof::Sample);
    }

    #[test]
    fn hmac_vector() {
        // RFC 4231, test case 2.
        let digest = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(digest[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        assert_eq!(digest[28..], [0x64, 0xec, 0x38, 0x43]);
    }

    #[test]
    fn refutes_broken_parts() {
        let proof = |token: &[u8]| examine(Jwt, token, b"", None).proof;
        assert_eq!(proof(&token("no", "{}", 32)), Proof::Forged);
        assert_eq!(proof(&token("{}", "{}", 32)), Proof::Forged);
        assert_eq!(proof(&hs256("no")), Proof::Forged);
        assert_eq!(proof(&token(r#"{"alg":"HS256"}"#, "{}", 31)), Proof::Forged);
        assert_eq!(proof(&token(r#"{"alg":"none"}"#, "{}", 0)), Proof::Sample);
        let jwe = [
            token(r#"{"alg":"dir","enc":"A256GCM"}"#, "{}", 12),
            b".YQ.YQ".to_vec(),
        ]
        .concat();
        assert_eq!(proof(&jwe), Proof::Encrypted);
    }

    #[test]
    fn stamp_builds_what_is_missing() {
        let part = |length: usize| "k".repeat(length);
        for signature in [43, 64, 86, 342] {
            let mut token = [part(36), part(80), part(signature)].join(".").into_bytes();
            assert!(stamp(Jwt, &mut token));
            assert_eq!(examine(Jwt, &token, b"", None).proof, Proof::WellFormed);
        }
        assert!(!stamp(Jwt, &mut b"a.b.c".to_vec()));
        let odd = [part(36), part(80), part(173)].join(".");
        assert!(!stamp(Jwt, &mut odd.into_bytes()));
    }
}
