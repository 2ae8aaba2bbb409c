//! What a match proves about itself, without network: checksums, structure, dates.
//!
//! Owns the offline checks a detector may name, one file per family of formats, and the
//! evidence they give. Does not own verdicts: `classify` weighs evidence against everything
//! else that is known of a match. Every check takes hostile bytes and does bounded work.
//! Entry point: [`examine`].

mod aws;
mod azure;
mod base58;
mod bech32;
mod bip39;
mod checksum;
mod crc;
mod crc16;
mod devops;
mod discord;
mod encoding;
mod github;
mod gitlab;
mod json;
mod jwt;
mod macaroon;
mod marvin;
mod private_key;
mod signed_url;
mod userinfo;

use std::ops::Range;

use crate::detectors::Check;

/// What an offline check found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// How much is proved.
    pub proof: Proof,
    /// Why, in words for people, weightiest first; never any part of the secret.
    pub reasons: Vec<String>,
}

/// How much an offline check proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A checksum or the structure proves that an issuer made it.
    Genuine,
    /// The structure fits; that says nothing more.
    WellFormed,
    /// The check does not apply to this form.
    Unknown,
    /// A confirmed checksum does not match, or the structure is broken.
    Forged,
    /// It has stopped being valid.
    Expired,
    /// Useless without another secret.
    Encrypted,
    /// Public by design.
    Public,
    /// A documented demo value, demo host or test key.
    Sample,
}

impl Evidence {
    fn new(proof: Proof, reason: impl Into<String>) -> Self {
        Self {
            proof,
            reasons: vec![reason.into()],
        }
    }

    fn unknown() -> Self {
        Self {
            proof: Proof::Unknown,
            reasons: Vec::new(),
        }
    }

    fn because(mut self, reason: impl Into<String>) -> Self {
        self.reasons.push(reason.into());
        self
    }
}

/// What of a text a check has to see beside the secret: the whole match, and of a signed address
/// all of it.
pub fn context<'a>(check: Check, bytes: &'a [u8], whole: &Range<usize>) -> &'a [u8] {
    match check {
        Check::SignedUrl => signed_url::around(bytes, whole),
        _ => &bytes[whole.clone()],
    }
}

/// Examines a match. `context` is what [`context`] gives and may be longer than the secret; `now`
/// is the time in Unix seconds that expiry is judged by, not at all without it.
pub fn examine(check: Check, secret: &[u8], context: &[u8], now: Option<i64>) -> Evidence {
    match check {
        Check::Base62Crc32
        | Check::HexCrc32
        | Check::ConfluentCrc32
        | Check::GrafanaCrc32
        | Check::AtlassianCrc32 => checksum::judge(crc::layout(check, secret), secret),
        Check::GithubFineGrained => checksum::judge(github::fine_grained(secret), secret),
        Check::GithubStateless => github::examine_stateless(secret, now),
        Check::GitlabRoutable => gitlab::examine(secret),
        Check::AzureKey => azure::examine_key(secret),
        Check::AzureCask => azure::examine_cask(secret),
        Check::EntraSecret => checksum::judge(azure::entra(secret), secret),
        Check::AzureDevopsPat => devops::examine(secret),
        Check::Bech32 => checksum::judge(bech32::layout(secret), secret),
        Check::Base58 => base58::examine(secret),
        Check::Base32Crc16 => crc16::examine(secret),
        Check::PrivateKey => private_key::examine(secret, context),
        Check::Jwt => jwt::examine(secret, now),
        Check::AwsKeyId => aws::examine(secret),
        Check::PypiMacaroon => macaroon::examine(secret, now),
        Check::SentryOrg => json::examine_sentry(secret),
        Check::Base64Json => json::examine(secret),
        Check::DiscordBot => discord::examine(secret, now),
        Check::BasicAuth => userinfo::examine_basic(secret),
        Check::UrlCredentials => userinfo::examine_url(secret, context),
        Check::Password => userinfo::examine_password(secret, context),
        Check::SignedUrl => signed_url::examine(context, now),
        Check::Bip39 => bip39::examine(secret),
    }
}

/// Overwrites the check characters of a generated token so that it is genuine; for example
/// templates. Structure that a run of random characters lacks is built as far as the length
/// allows. Gives false, and leaves the token alone, where that is not possible.
pub fn stamp(check: Check, token: &mut Vec<u8>) -> bool {
    match check {
        Check::Base62Crc32
        | Check::HexCrc32
        | Check::ConfluentCrc32
        | Check::GrafanaCrc32
        | Check::AtlassianCrc32 => checksum::stamp(crc::layout(check, token), token),
        Check::GithubFineGrained => checksum::stamp(github::fine_grained(token), token),
        Check::GithubStateless => github::stamp_stateless(token),
        Check::GitlabRoutable => gitlab::stamp(token),
        Check::AzureKey => azure::stamp_key(token),
        Check::AzureCask => azure::stamp_cask(token),
        Check::EntraSecret => azure::stamp_entra(token),
        Check::AzureDevopsPat => devops::stamp(token),
        Check::Bech32 => bech32::stamp(token),
        Check::Base58 => base58::stamp(token),
        Check::Base32Crc16 => crc16::stamp(token),
        Check::PrivateKey => private_key::stamp(token),
        Check::Jwt => jwt::stamp(token),
        Check::AwsKeyId => aws::stamp(token),
        Check::PypiMacaroon => macaroon::stamp(token),
        Check::SentryOrg => json::stamp_sentry(token),
        Check::Base64Json => json::stamp(token),
        Check::DiscordBot => discord::stamp(token),
        Check::BasicAuth => userinfo::stamp_basic(token),
        Check::Bip39 => bip39::stamp(token),
        Check::UrlCredentials | Check::Password | Check::SignedUrl => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Check; 27] = [
        Check::Base62Crc32,
        Check::GithubFineGrained,
        Check::GithubStateless,
        Check::GitlabRoutable,
        Check::HexCrc32,
        Check::ConfluentCrc32,
        Check::GrafanaCrc32,
        Check::AtlassianCrc32,
        Check::AzureKey,
        Check::AzureCask,
        Check::EntraSecret,
        Check::AzureDevopsPat,
        Check::Bech32,
        Check::Base58,
        Check::Base32Crc16,
        Check::PrivateKey,
        Check::Jwt,
        Check::AwsKeyId,
        Check::PypiMacaroon,
        Check::SentryOrg,
        Check::Base64Json,
        Check::DiscordBot,
        Check::BasicAuth,
        Check::UrlCredentials,
        Check::Password,
        Check::SignedUrl,
        Check::Bip39,
    ];

    /// Starts that lead hostile bytes deep into a check.
    const STARTS: [&str; 16] = [
        "",
        "ghs_1_",
        "eyJh.",
        "pypi-AgEI",
        "sntrys_eyJ",
        "sk.eyJ",
        "a1",
        "https://a:b@",
        "PuTTY-User-Key-File-3: a\n",
        "-----BEGIN PGP ? KEY-----\n",
        "-----BEGIN RSA ? KEY-----\nMII",
        "-----BEGIN OPENSSH ? KEY-----\nb3B",
        "gl-a.01.",
        "AKIA",
        "X-Amz-Expires=9&X-Amz-Date=2026",
        "se=2026-01-02T",
    ];

    fn run_all(bytes: &[u8]) {
        for check in ALL {
            examine(check, bytes, bytes, Some(0));
            let mut token = bytes.to_vec();
            stamp(check, &mut token);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_check_panic(
            start in prop::sample::select(STARTS.as_slice()),
            tail in prop::collection::vec(any::<u8>(), 0..120),
        ) {
            run_all(&[start.replace('?', "PRIVATE").as_bytes(), &tail].concat());
        }

        #[test]
        fn no_text_makes_a_check_panic(
            start in prop::sample::select(STARTS.as_slice()),
            tail in "[A-Za-z0-9_.=+/:@\\\\\n-]{0,120}",
        ) {
            run_all(&[start.replace('?', "PRIVATE").as_bytes(), tail.as_bytes()].concat());
        }

        /// A stamp that says it made a token genuine is held to it.
        #[test]
        fn stamped_tokens_are_not_refuted(tail in "[A-Za-z0-9]{20,120}") {
            for check in ALL {
                let mut token = tail.clone().into_bytes();
                if stamp(check, &mut token) {
                    let proof = examine(check, &token, &token, None).proof;
                    prop_assert!(matches!(proof, Proof::Genuine | Proof::WellFormed), "{check:?}");
                }
            }
        }
    }

    /// A checksum of 32 bits lets one in four thousand million pass.
    #[test]
    fn random_tokens_are_not_genuine() {
        let mut state = 1_u64;
        let mut letter = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            encoding::BASE62[(state >> 33) as usize % 62]
        };
        for _ in 0..20_000 {
            let body: Vec<u8> = (0..36).map(|_| letter()).collect();
            let token = [b"npm".as_slice(), b"_", &body].concat();
            let evidence = examine(Check::Base62Crc32, &token, &token, None);
            assert_eq!(evidence.proof, Proof::Forged);
        }
    }
}
