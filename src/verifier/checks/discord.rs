//! Discord bot tokens: the first part is the bot's id, a snowflake, in base64.
//!
//! Owns reading the id and the time inside it.

use super::encoding::{day, decode_base64, encode_base64url};
use super::{Evidence, Proof};

/// First millisecond of 2015, from which snowflakes count; see Discord's API reference.
const EPOCH: u64 = 1_420_070_400_000;
/// The bot in the examples of Discord's API reference.
const DOCUMENTED_BOT: u64 = 198_622_483_471_925_248;

pub(super) fn examine(token: &[u8], now: Option<i64>) -> Evidence {
    let Some((first, _)) = split(token) else {
        return Evidence::unknown();
    };
    let Some(id) = decode_base64(first).and_then(|digits| snowflake(&digits)) else {
        return Evidence::new(Proof::Forged, "first part is no bot id");
    };
    if id == DOCUMENTED_BOT {
        return Evidence::new(Proof::Sample, "example of the Discord documentation");
    }
    let created = i64::try_from(((id >> 22) + EPOCH) / 1000).unwrap_or(i64::MAX);
    if now.is_some_and(|now| created > now) {
        return Evidence::new(Proof::Forged, "bot id lies in the future");
    }
    let evidence = Evidence::new(Proof::Genuine, "first part is a bot id");
    match day(created) {
        Some(day) => evidence.because(format!("bot created {day}")),
        None => evidence,
    }
}

/// Turns the first part into a plausible id.
pub(super) fn stamp(token: &mut [u8]) -> bool {
    let Some((first, _)) = split(token) else {
        return false;
    };
    let count = first.len() * 6 / 8;
    if !(17..=19).contains(&count) {
        return false;
    }
    let mut digits: Vec<u8> = first
        .iter()
        .take(count)
        .map(|byte| b'0' + byte % 10)
        .collect();
    // Ids of 19 digits that start with 10 are of 2022.
    digits[0] = b'1';
    digits[1] = b'0';
    let text = encode_base64url(&digits);
    if text.len() != first.len() {
        return false;
    }
    token[..text.len()].copy_from_slice(&text);
    true
}

fn split(token: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = token.iter().position(|&byte| byte == b'.')?;
    Some((&token[..dot], &token[dot + 1..]))
}

fn snowflake(digits: &[u8]) -> Option<u64> {
    let is_id = (17..=20).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(digits).ok().filter(|_| is_id)?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::{examine, stamp};
    use super::*;
    use crate::detectors::Check::DiscordBot;

    fn token(id: &str) -> Vec<u8> {
        [
            &encode_base64url(id.as_bytes())[..],
            b".abcdef.",
            &[b'k'; 38],
        ]
        .concat()
    }

    #[test]
    fn tells_when_the_bot_was_made() {
        // 175928847299117063 is the snowflake Discord's reference takes apart.
        let evidence = examine(DiscordBot, &token("175928847299117063"), b"", None);
        assert_eq!(evidence.proof, Proof::Genuine);
        assert_eq!(evidence.reasons[1], "bot created 2016-04-30");
    }

    #[test]
    fn refutes_other_first_parts() {
        for id in ["17592884729911706x", "1234", "99999999999999999999"] {
            assert_eq!(
                examine(DiscordBot, &token(id), b"", None).proof,
                Proof::Forged
            );
        }
        let future = examine(
            DiscordBot,
            &token("9000000000000000000"),
            b"",
            Some(1_800_000_000),
        );
        assert_eq!(future.proof, Proof::Forged);
        assert_eq!(examine(DiscordBot, b"abc", b"", None).proof, Proof::Unknown);
        let documented = token(&DOCUMENTED_BOT.to_string());
        assert_eq!(
            examine(DiscordBot, &documented, b"", None).proof,
            Proof::Sample
        );
    }

    #[test]
    fn stamps_each_length() {
        for length in [23, 24, 26] {
            let mut token = [&"k".repeat(length), ".abcdef.", &"k".repeat(38)]
                .concat()
                .into_bytes();
            assert!(stamp(DiscordBot, &mut token));
            assert_eq!(examine(DiscordBot, &token, b"", None).proof, Proof::Genuine);
        }
    }
}
