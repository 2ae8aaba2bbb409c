//! Tokens of `pypi.org`: macaroons in their second binary format.
//!
//! Owns reading location, caveats and signature, and the scope that caveats
//! state.

use serde_json::Value;

use super::encoding::{day, decode_base64, encode_base64url};
use super::{Evidence, Proof};

const PREFIX: &[u8] = b"pypi-";
const VERSION: u8 = 2;
const SIGNATURE_LENGTH: usize = 32;

/// Kinds of fields in a packet; 0 ends a section.
mod field {
    pub(super) const END: u64 = 0;
    pub(super) const LOCATION: u64 = 1;
    pub(super) const IDENTIFIER: u64 = 2;
    pub(super) const VERIFICATION: u64 = 4;
    pub(super) const SIGNATURE: u64 = 6;
}

/// What a token says of itself.
struct Macaroon<'a> {
    location: &'a [u8],
    caveats: Vec<&'a [u8]>,
}

pub(super) fn examine(token: &[u8], now: Option<i64>) -> Evidence {
    let Some(body) = token.strip_prefix(PREFIX) else {
        return Evidence::unknown();
    };
    let bytes = decode_base64(body).unwrap_or_default();
    let Some(macaroon) = parse(&bytes) else {
        return Evidence::new(Proof::Forged, "macaroon is cut or mangled");
    };
    let host = match macaroon.location {
        b"pypi.org" => "pypi.org",
        b"test.pypi.org" => "test.pypi.org",
        _ => return Evidence::new(Proof::WellFormed, "macaroon of another issuer"),
    };
    let mut expiry = None;
    let mut scope = None;
    for caveat in macaroon.caveats {
        match serde_json::from_slice(caveat) {
            Ok(Value::Array(parts)) => match parts.as_slice() {
                [kind, end, ..] if kind == 0 => expiry = end.as_i64(),
                [kind, Value::Array(names), ..] if kind == 1 || kind == 2 => {
                    scope = Some(format!("scope of {} projects", names.len()));
                }
                [kind, ..] if kind == 3 => scope = Some("scope of a whole account".to_owned()),
                _ => {}
            },
            Ok(Value::Object(first_form)) if first_form.contains_key("permissions") => {
                scope = Some(match first_form.get("permissions") {
                    Some(Value::String(_)) => "scope of a whole account".to_owned(),
                    _ => "scope of projects".to_owned(),
                });
            }
            _ => {}
        }
    }
    let ended = expiry.filter(|&expiry| now.is_some_and(|now| expiry < now));
    let evidence = match ended.and_then(day) {
        Some(day) => Evidence::new(Proof::Expired, format!("expired {day}")),
        None => Evidence::new(Proof::Genuine, format!("whole macaroon of {host}")),
    };
    match scope {
        Some(scope) => evidence.because(scope),
        None => evidence,
    }
}

/// Builds a macaroon without caveats around the characters there are.
pub(super) fn stamp(token: &mut [u8]) -> bool {
    let Some(body) = token.strip_prefix(PREFIX) else {
        return false;
    };
    // "AgENd" starts the location of the test site, which is 13 characters long.
    let location: &[u8] = if body.starts_with(b"AgEN") {
        b"test.pypi.org"
    } else {
        b"pypi.org"
    };
    let mut filler: Vec<u8> = body.to_vec();
    let mut bytes = vec![VERSION, field::LOCATION as u8, location.len() as u8];
    bytes.extend_from_slice(location);
    // Beside the identifier: its kind and a length of two bytes, more than a short one needs,
    // the ends of both sections, and the signature with kind and length.
    let fixed = bytes.len() + 7 + SIGNATURE_LENGTH;
    let Some(length) = (body.len() * 6 / 8).checked_sub(fixed) else {
        return false;
    };
    bytes.push(field::IDENTIFIER as u8);
    bytes.extend([(length as u8 & 0x7f) | 0x80, (length >> 7) as u8]);
    let signature = filler.split_off(filler.len() - SIGNATURE_LENGTH);
    bytes.extend(&filler[..length]);
    bytes.extend([0, 0, field::SIGNATURE as u8, SIGNATURE_LENGTH as u8]);
    bytes.extend(signature);
    let text = encode_base64url(&bytes);
    if text.len() != body.len() || length >= 1 << 14 {
        return false;
    }
    token[PREFIX.len()..].copy_from_slice(&text);
    true
}

/// Reads a whole macaroon and nothing after it.
fn parse(bytes: &[u8]) -> Option<Macaroon<'_>> {
    let mut reader = Reader {
        rest: bytes.strip_prefix(&[VERSION])?,
    };
    let location = reader.field(field::LOCATION)?;
    reader.field(field::IDENTIFIER)?;
    reader.end()?;
    let mut caveats = Vec::new();
    while reader.end().is_none() {
        reader.field(field::LOCATION);
        caveats.push(reader.field(field::IDENTIFIER)?);
        reader.field(field::VERIFICATION);
        reader.end()?;
    }
    let signature = reader.field(field::SIGNATURE)?;
    let is_whole = signature.len() == SIGNATURE_LENGTH && reader.rest.is_empty();
    is_whole.then_some(Macaroon { location, caveats })
}

/// Reads fields from the front.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Takes the next field if it is of this kind.
    fn field(&mut self, kind: u64) -> Option<&'a [u8]> {
        let (found, rest) = number(self.rest)?;
        let (length, rest) = number(rest)?;
        if found != kind {
            return None;
        }
        let (data, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(data)
    }

    /// Takes the end of a section.
    fn end(&mut self) -> Option<()> {
        let (found, rest) = number(self.rest)?;
        (found == field::END).then(|| self.rest = rest)
    }
}

/// Reads a number of 7 bits a byte, low bits first.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let length = bytes.iter().take(4).position(|byte| byte & 0x80 == 0)? + 1;
    let (digits, rest) = bytes.split_at(length);
    let value = digits
        .iter()
        .rev()
        .fold(0, |value, &byte| value << 7 | u64::from(byte & 0x7f));
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::super::{examine, stamp};
    use super::*;
    use crate::detectors::Check::PypiMacaroon;

    fn token(location: &[u8], caveats: &[&str]) -> Vec<u8> {
        let field = |kind: u8, data: &[u8]| [&[kind, data.len() as u8], data].concat();
        let mut bytes = vec![2];
        bytes.extend(field(1, location));
        bytes.extend(field(2, &[b'i'; 36]));
        bytes.push(0);
        for caveat in caveats {
            bytes.extend(field(2, caveat.as_bytes()));
            bytes.push(0);
        }
        bytes.push(0);
        bytes.extend(field(6, &[9; 32]));
        [PREFIX, &encode_base64url(&bytes)].concat()
    }

    #[test]
    fn tells_scope_and_expiry() {
        let whole = token(b"pypi.org", &["[0, 1614816000, 1]", r#"[1, ["a", "b"]]"#]);
        let evidence = examine(PypiMacaroon, &whole, b"", None);
        assert_eq!(evidence.proof, Proof::Genuine);
        assert_eq!(evidence.reasons[1], "scope of 2 projects");
        let evidence = examine(PypiMacaroon, &whole, b"", Some(1_700_000_000));
        assert_eq!(evidence.proof, Proof::Expired);
        assert_eq!(evidence.reasons[0], "expired 2021-03-04");
    }

    #[test]
    fn refutes_a_cut_one() {
        let whole = token(b"pypi.org", &[r#"{"version": 1, "permissions": "user"}"#]);
        assert_eq!(
            examine(PypiMacaroon, &whole, b"", None).proof,
            Proof::Genuine
        );
        for length in PREFIX.len()..whole.len() - 1 {
            assert_eq!(
                examine(PypiMacaroon, &whole[..length], b"", None).proof,
                Proof::Forged
            );
        }
        assert_eq!(
            examine(PypiMacaroon, &whole[1..], b"", None).proof,
            Proof::Unknown
        );
        let other = token(b"other.invalid", &[]);
        assert_eq!(
            examine(PypiMacaroon, &other, b"", None).proof,
            Proof::WellFormed
        );
    }

    #[test]
    fn stamps_any_length_that_is_whole() {
        for length in 90..300 {
            let mut token = [PREFIX, b"AgEIcHlwaS5vcmcC", &vec![b'k'; length]].concat();
            let start = token[..21].to_vec();
            let stamped = stamp(PypiMacaroon, &mut token);
            assert_eq!(stamped, (length + 16) % 4 != 1, "{length}");
            if stamped {
                assert_eq!(token[..20], start[..20]);
                assert_eq!(
                    examine(PypiMacaroon, &token, b"", None).proof,
                    Proof::Genuine
                );
            }
        }
        assert!(!stamp(PypiMacaroon, &mut b"pypi-abc".to_vec()));
    }
}
