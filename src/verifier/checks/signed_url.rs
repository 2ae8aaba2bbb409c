//! Signed addresses: until when the signature is good.
//!
//! Owns reading the expiry from the parameters beside a signature: Azure shared access signatures
//! (`se`), AWS and Google Cloud version 4 (`X-Amz-Date` and `X-Amz-Expires`, `X-Goog-` likewise)
//! and version 2 (`Expires`). Does not own the signature, which only the signer can prove.
//! Sources: learn.microsoft.com/rest/api/storageservices/create-account-sas,
//! docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html,
//! cloud.google.com/storage/docs/authentication/signatures.

use std::ops::Range;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::encoding::day;
use super::{Evidence, Proof};

/// Most bytes on each side of a signature that belong to its address.
const FURTHEST: usize = 4 << 10;
/// Fewest digits of a day, and of a minute of it.
const DAY: usize = 8;
const MINUTE: usize = 12;

/// The address that a signature is part of: all up to white space, quotes or angle brackets.
pub(super) fn around<'a>(bytes: &'a [u8], signature: &Range<usize>) -> &'a [u8] {
    let is_part = |byte: &&u8| byte.is_ascii_graphic() && !b"\"'`<>".contains(byte);
    let before = bytes[signature.start.saturating_sub(FURTHEST)..signature.start].iter();
    let after = bytes[signature.end..].iter().take(FURTHEST);
    let start = signature.start - before.rev().take_while(is_part).count();
    &bytes[start..signature.end + after.take_while(is_part).count()]
}

/// Judges the address by its expiry.
pub(super) fn examine(address: &[u8], now: Option<i64>) -> Evidence {
    let Some(expiry) = expiry(address) else {
        return Evidence::unknown();
    };
    let day = day(expiry).unwrap_or_default();
    if now.is_some_and(|now| expiry < now) {
        return Evidence::new(Proof::Expired, format!("signed address expired {day}"));
    }
    Evidence::new(Proof::WellFormed, format!("good until {day}"))
}

/// The second from which the signature is no longer good.
fn expiry(address: &[u8]) -> Option<i64> {
    for (signed, lifetime) in [
        ("X-Amz-Date", "X-Amz-Expires"),
        ("X-Goog-Date", "X-Goog-Expires"),
    ] {
        if let (Some(signed), Some(lifetime)) =
            (parameter(address, signed), parameter(address, lifetime))
        {
            return time(signed)?.checked_add(number(lifetime)?);
        }
    }
    let stated = parameter(address, "se").or_else(|| parameter(address, "Expires"))?;
    // A service bus and the signatures of version 2 count seconds.
    number(stated)
        .filter(|_| stated.len() > DAY)
        .or_else(|| time(stated))
}

/// The value of a parameter of a query, however its `&` is written.
fn parameter<'a>(address: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let is_named = |part: &&[u8]| {
        let part = part.strip_prefix(b"amp;").unwrap_or(part);
        let rest = part.strip_prefix(name.as_bytes());
        rest.is_some_and(|rest| rest.first() == Some(&b'='))
    };
    let mut parts = address.split(|byte| b"?&; ".contains(byte));
    let part = parts.find(is_named)?;
    let value = memchr::memchr(b'=', part)?;
    Some(&part[value + 1..])
}

fn number(text: &[u8]) -> Option<i64> {
    let is_plain = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(text).ok().filter(|_| is_plain)?;
    text.parse().ok()
}

/// Reads `2026-01-02`, `2026-01-02T03:04Z`, `20260102T030405Z` and the same with `%3A`; a day without a time
/// is its end.
fn time(text: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(text).replace("%3A", ":");
    let text = text.replace("%3a", ":");
    let digits: Vec<i16> = text
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|digit| i16::from(digit - b'0'))
        .take(14)
        .collect();
    let field = |range: Range<usize>| {
        let digits = digits.get(range)?.iter();
        Some(digits.fold(0, |sum, digit| sum * 10 + digit))
    };
    let small = |range: Range<usize>| field(range).map(|value| value as i8);
    let (hour, minute) = if digits.len() < MINUTE {
        (23, 59)
    } else {
        (small(8..10)?, small(10..12)?)
    };
    let second = small(12..14).unwrap_or(0);
    let moment = DateTime::new(
        field(0..4)?,
        small(4..6)?,
        small(6..DAY)?,
        hour,
        minute,
        second,
        0,
    );
    let timestamp = TimeZone::UTC.to_timestamp(moment.ok()?).ok()?;
    Some(timestamp.as_second())
}

#[cfg(test)]
mod tests {
    use super::super::examine;
    use super::*;
    use crate::detectors::Check::SignedUrl;

    /// 2026-01-02T03:04:05Z.
    const MOMENT: i64 = 1_767_323_045;

    fn judge(query: &str, now: i64) -> (Proof, String) {
        let address = format!("https://host/path?a=b&{query}&sig=x");
        let evidence = examine(SignedUrl, b"x", address.as_bytes(), Some(now));
        (evidence.proof, evidence.reasons.concat())
    }

    #[test]
    fn reads_every_way_to_state_an_end() {
        for query in [
            "se=2026-01-02T03%3A04%3A05Z",
            "se=2026-01-02T03:04:05Z",
            "amp;se=1767323045&amp;sp=r",
            "X-Amz-Date=20260102T020405Z&X-Amz-Expires=3600",
            "X-Goog-Expires=60&X-Goog-Date=20260102T030305Z",
            "AWSAccessKeyId=k&Expires=1767323045",
        ] {
            let (proof, reason) = judge(query, MOMENT);
            assert_eq!(proof, Proof::WellFormed, "{query}");
            assert_eq!(reason, "good until 2026-01-02", "{query}");
            let (proof, reason) = judge(query, MOMENT + 1);
            assert_eq!(proof, Proof::Expired, "{query}");
            assert_eq!(reason, "signed address expired 2026-01-02", "{query}");
        }
    }

    #[test]
    fn a_day_lasts_to_its_end() {
        assert_eq!(judge("se=2026-01-02", MOMENT).0, Proof::WellFormed);
        assert_eq!(judge("se=2026-01-01", MOMENT).0, Proof::Expired);
    }

    #[test]
    fn says_nothing_where_no_end_is_stated() {
        for query in [
            "sv=2020",
            "se=",
            "se=2026-13-40",
            "se=soon",
            "X-Amz-Date=20260102T020405Z",
            "X-Amz-Date=20260102T020405Z&X-Amz-Expires=9223372036854775807",
            "rose=2020-01-01",
        ] {
            assert_eq!(judge(query, MOMENT).0, Proof::Unknown, "{query}");
        }
    }

    #[test]
    fn an_address_ends_at_quotes_and_spaces() {
        let text = b"url = \"https://h/?se=1&sig=abc&sp=r\" more";
        let at = memchr::memmem::find(text, b"abc").unwrap();
        assert_eq!(around(text, &(at..at + 3)), b"https://h/?se=1&sig=abc&sp=r");
    }
}
