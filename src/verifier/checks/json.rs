//! Tokens that carry JSON in base64: Sentry, Grafana Cloud, 1Password, Mapbox.
//!
//! Owns reading the JSON and naming who it belongs to. Does not own web tokens, see `jwt`.

use serde_json::{Map, Value};

use super::encoding::{day, decode_base64, encode_base64url, is_base64, trim_padding};
use super::{Evidence, Proof};

/// Start of every object with a first key, in base64.
const OBJECT_START: &[u8] = b"eyJ";
/// Start of the object of a Grafana key, whose members are `k`, `n` and `id`; see
/// github.com/grafana/grafana, `pkg/components/apikeygen`.
const GRAFANA_KEY: &[u8] = b"eyJrIjoi";
const SENTRY_PREFIX: &[u8] = b"sntrys_";
/// Characters of the random part of a Sentry token: 32 bytes.
const SENTRY_SECRET: usize = 43;
/// Longest text of a token that a reason repeats, in characters.
const SHOWN: usize = 80;

/// Keys that make an object one of a known issuer, and which key names the owner.
struct Issuer {
    keys: &'static [&'static str],
    owner: &'static str,
    words: &'static str,
}

const ISSUERS: &[Issuer] = &[
    Issuer {
        keys: &["o", "n", "k", "m"],
        owner: "o",
        words: "Grafana Cloud organisation",
    },
    Issuer {
        keys: &["n", "k", "id"],
        owner: "id",
        words: "Grafana organisation",
    },
    Issuer {
        keys: &["signInAddress", "secretKey"],
        owner: "signInAddress",
        words: "1Password account at",
    },
    Issuer {
        keys: &["u", "a"],
        owner: "u",
        words: "Mapbox user",
    },
];

/// Reads an object.
pub(super) fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(bytes).ok()
}

/// Reads a member that is a text or a number, made fit for people: printable and short.
pub(super) fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    let text = match object.get(key)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let mut shown: String = text
        .chars()
        .filter(|character| !character.is_control())
        .take(SHOWN)
        .collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    Some(shown)
}

/// Examines a token with an object after its prefix.
pub(super) fn examine(token: &[u8]) -> Evidence {
    let Some((_, part)) = payload(token) else {
        return Evidence::unknown();
    };
    let Some(object) = decode_base64(part).and_then(|bytes| object(&bytes)) else {
        return Evidence::new(Proof::Forged, "JSON inside is cut or mangled");
    };
    let issuer = ISSUERS
        .iter()
        .find(|issuer| issuer.keys.iter().all(|key| object.contains_key(*key)));
    let Some(issuer) = issuer else {
        if part.starts_with(GRAFANA_KEY) {
            return Evidence::new(Proof::Forged, "JSON inside has no name and organisation");
        }
        return Evidence::new(Proof::WellFormed, "JSON inside");
    };
    let owner = text(&object, issuer.owner).unwrap_or_default();
    let reason = format!("{} {owner}", issuer.words);
    if token.starts_with(b"pk.") {
        return Evidence::new(Proof::Public, "public token").because(reason);
    }
    Evidence::new(Proof::Genuine, reason)
}

/// Builds an object where the token has its base64: from `eyJ`, else from the last `_` or the
/// first `.`.
pub(super) fn stamp(token: &mut [u8]) -> bool {
    if matches!(examine(token).proof, Proof::Genuine | Proof::Public) {
        return true;
    }
    let after = |byte: u8| token.iter().position(|&other| other == byte);
    let Some(start) = payload(token)
        .map(|(start, _)| start)
        .or_else(|| after(b'_').or_else(|| after(b'.')).map(|place| place + 1))
    else {
        return false;
    };
    let json = match token.get(..3) {
        Some(b"sk." | b"pk." | b"tk.") => r#"{"u":"user","a":"id"}"#,
        Some(b"ops") => r#"{"signInAddress":"my.1password.com","secretKey":""}"#,
        Some(b"glc") => r#"{"o":"1","n":"name","k":"","m":{"r":"eu"}}"#,
        _ => r#"{"k":"","n":"name","id":1}"#,
    };
    let end = token[start..]
        .iter()
        .position(|&byte| !is_base64(byte))
        .map_or(token.len(), |length| start + length);
    overwrite(&mut token[start..end], json)
}

/// Examines a Sentry organisation token: `sntrys_`, the object, `_` and a random part, as in
/// Sentry's RFC 91.
pub(super) fn examine_sentry(token: &[u8]) -> Evidence {
    let Some((json, secret)) = split_sentry(token) else {
        return Evidence::unknown();
    };
    let Some(object) = decode_base64(json).and_then(|bytes| object(&bytes)) else {
        return Evidence::new(Proof::Forged, "JSON inside is cut or mangled");
    };
    let (Some(organisation), Some(url)) = (text(&object, "org"), text(&object, "url")) else {
        return Evidence::new(Proof::WellFormed, "JSON inside");
    };
    let proof = if trim_padding(secret).len() == SENTRY_SECRET && object.contains_key("iat") {
        Proof::Genuine
    } else {
        Proof::WellFormed
    };
    let evidence = Evidence::new(proof, format!("Sentry organisation {organisation}"))
        .because(format!("at {url}"));
    let issued = object.get("iat").and_then(Value::as_f64);
    match issued.and_then(|seconds| day(seconds as i64)) {
        Some(day) => evidence.because(format!("issued {day}")),
        None => evidence,
    }
}

pub(super) fn stamp_sentry(token: &mut [u8]) -> bool {
    let Some((json, _)) = split_sentry(token) else {
        return false;
    };
    let end = SENTRY_PREFIX.len() + json.len();
    overwrite(
        &mut token[SENTRY_PREFIX.len()..end],
        r#"{"iat":1700000000,"url":"https://s.io","org":"a"}"#,
    )
}

/// Writes JSON as base64 over characters, filled up with blanks before the last brace.
fn overwrite(characters: &mut [u8], json: &str) -> bool {
    let length = trim_padding(characters).len();
    let Some(open) = json.strip_suffix('}') else {
        return false;
    };
    let width = (length * 6 / 8).saturating_sub(1);
    let text = encode_base64url(format!("{open:<width$}}}").as_bytes());
    if text.len() != length {
        return false;
    }
    characters[..length].copy_from_slice(&text);
    true
}

/// Finds the base64 of an object and where it starts.
fn payload(token: &[u8]) -> Option<(usize, &[u8])> {
    let start = token
        .windows(OBJECT_START.len())
        .position(|window| window == OBJECT_START)?;
    let rest = &token[start..];
    let length = rest
        .iter()
        .position(|&byte| !is_base64(byte))
        .unwrap_or(rest.len());
    Some((start, &rest[..length]))
}

fn split_sentry(token: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = token.strip_prefix(SENTRY_PREFIX)?;
    // The random part may hold a `_` itself; the object, in standard base64, does not.
    let place = rest.iter().position(|&byte| byte == b'_')?;
    Some((&rest[..place], &rest[place + 1..]))
}

#[cfg(test)]
mod tests {
    use super::super::{examine, stamp};
    use super::*;
    use crate::detectors::Check::{Base64Json, SentryOrg};

    fn token(prefix: &str, json: &str, tail: &str) -> Vec<u8> {
        [
            prefix.as_bytes(),
            &encode_base64url(json.as_bytes()),
            tail.as_bytes(),
        ]
        .concat()
    }

    #[test]
    fn names_the_owner() {
        let grafana = token("glc_", r#"{"o":"42","n":"ci","k":"x","m":{"r":"eu"}}"#, "");
        let evidence = examine(Base64Json, &grafana, b"", None);
        assert_eq!(evidence.proof, Proof::Genuine);
        assert_eq!(evidence.reasons, ["Grafana Cloud organisation 42"]);
        let public = token("pk.", r#"{"u":"ann","a":"c"}"#, ".abc");
        assert_eq!(examine(Base64Json, &public, b"", None).proof, Proof::Public);
        let other = token("x_", r#"{"z":1}"#, "");
        assert_eq!(
            examine(Base64Json, &other, b"", None).proof,
            Proof::WellFormed
        );
    }

    #[test]
    fn refutes_a_cut_object() {
        let whole = token("glc_", r#"{"o":"42","n":"ci","k":"x","m":{"r":"eu"}}"#, "");
        let cut = &whole[..whole.len() - 8];
        assert_eq!(examine(Base64Json, cut, b"", None).proof, Proof::Forged);
        assert_eq!(
            examine(Base64Json, b"glc_zzzz", b"", None).proof,
            Proof::Unknown
        );
    }

    #[test]
    fn reasons_hold_no_control_characters() {
        let long = "y".repeat(100);
        let hostile = token(
            "sk.",
            &format!("{{\"u\":\"a\\u001b[31m{long}\",\"a\":\"c\"}}"),
            ".abc",
        );
        let reason = &examine(Base64Json, &hostile, b"", None).reasons[0];
        assert!(!reason.contains('\x1b'));
        assert!(reason.chars().count() < 100);
    }

    #[test]
    fn sentry_tells_organisation_and_date() {
        let secret = "k".repeat(43);
        let json = r#"{"iat":1614816000,"url":"https://sentry.io","org":"acme"}"#;
        let whole = token("sntrys_", json, &format!("_{secret}"));
        let evidence = examine(SentryOrg, &whole, b"", None);
        assert_eq!(evidence.proof, Proof::Genuine);
        assert_eq!(evidence.reasons[0], "Sentry organisation acme");
        assert_eq!(evidence.reasons[2], "issued 2021-03-04");
        let short = &whole[..whole.len() - 1];
        assert_eq!(
            examine(SentryOrg, short, b"", None).proof,
            Proof::WellFormed
        );
        let broken = token("sntrys_", "no", &format!("_{secret}"));
        assert_eq!(examine(SentryOrg, &broken, b"", None).proof, Proof::Forged);
        assert_eq!(
            examine(SentryOrg, b"sntrys_abc", b"", None).proof,
            Proof::Unknown
        );
    }

    #[test]
    fn stamps_round_trip() {
        for prefix in ["glc_", "ops_", "sk.", "eyJ"] {
            let mut token = format!("{prefix}{}", "k".repeat(90)).into_bytes();
            let stamped = stamp(Base64Json, &mut token);
            assert_eq!(
                stamped,
                examine(Base64Json, &token, b"", None).proof == Proof::Genuine
            );
            assert_eq!(stamped, prefix != "eyJ" || token.len() % 4 != 1, "{prefix}");
        }
        let mut token = format!("sntrys_{}_{}", "k".repeat(160), "k".repeat(43)).into_bytes();
        assert!(stamp(SentryOrg, &mut token));
        assert_eq!(examine(SentryOrg, &token, b"", None).proof, Proof::Genuine);
    }
}
