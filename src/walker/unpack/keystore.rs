//! Key stores: whether one opens without a password or with one that everybody tries.
//!
//! Owns the format of JKS and JCEKS (`sun.security.provider.JavaKeyStore`): names, certificates and
//! keys, which a stream made of SHA-1 and the password covers. A key that comes out is handed over as
//! PEM. Does not own PKCS#12 (RFC 7292), which a crate opens.

use data_encoding::BASE64;
use p12_keystore::Pkcs12Archive;
use sha1::{Digest as _, Sha1};

use super::{Unpacker, join, slice, strings, u16_be, u32_be};
use crate::walker::SkipReason;

/// What is tried.
const PASSWORDS: &[&str] = &[
    "",
    "changeit",
    "changeme",
    "password",
    "secret",
    "123456",
    "android",
    "keystore",
    "storepass",
    "test",
    "notasecret",
    "default",
    "admin",
    "java",
    "tomcat",
    "weblogic",
    "jboss",
];
/// What is mixed into the checksum of a store.
const SALT: &[u8] = b"Mighty Aphrodite";

pub(super) fn is_java(bytes: &[u8]) -> bool {
    let is_magic = bytes.starts_with(b"\xfe\xed\xfe\xed") || bytes.starts_with(b"\xce\xce\xce\xce");
    is_magic && matches!(u32_be(bytes, 4), Some(1 | 2))
}

pub(super) fn java(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    unpacker.text(address, "strings", &strings::all(bytes));
    let (body, sum) = bytes.split_at(bytes.len().saturating_sub(20));
    let opens = |password: &&&str| {
        let mut digest = Sha1::new();
        digest.update(wide(password));
        digest.update(SALT);
        digest.update(body);
        digest.finalize()[..] == *sum
    };
    let password = PASSWORDS.iter().find(opens);
    for (alias, key) in keys(body) {
        let member = join(address, alias);
        // The key may have another password than the store.
        let tried = password.into_iter().chain(PASSWORDS);
        match tried.copied().find_map(|password| uncover(key, password)) {
            Some(plain) => {
                let text = armor(&plain, password.is_some());
                unpacker.visitor.member(&member, text.as_bytes());
            }
            None => unpacker.skip(SkipReason::Encrypted, &member, key.len() as u64),
        }
    }
}

fn wide(password: &str) -> Vec<u8> {
    password.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Aliases and covered keys.
fn keys(bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    let version = u32_be(bytes, 4).unwrap_or(0);
    let mut keys = Vec::new();
    let mut at = 12;
    for _ in 0..u32_be(bytes, 8).unwrap_or(0).min(10_000) {
        let mut read = || {
            let kind = u32_be(bytes, at)?;
            let length = usize::from(u16_be(bytes, at + 4)?);
            let alias = bytes.get(at + 6..at + 6 + length)?;
            at += 6 + length + 8;
            let mut chain = 1;
            if kind == 1 {
                let length = u32_be(bytes, at)? as usize;
                keys.push((alias, bytes.get(at + 4..(at + 4).checked_add(length)?)?));
                at += 4 + length;
                chain = u32_be(bytes, at)?;
                at += 4;
            }
            for _ in 0..chain.min(100) {
                if version == 2 {
                    at += 2 + usize::from(u16_be(bytes, at)?);
                }
                at = at.checked_add(4 + u32_be(bytes, at)? as usize)?;
            }
            matches!(kind, 1 | 2).then_some(())
        };
        if read().is_none() {
            break;
        }
    }
    keys
}

/// Takes the cover off a key: salt of 20 bytes, the key under a mask of SHA-1 of password and
/// the block before, and a checksum of 20 bytes.
fn uncover(key: &[u8], password: &str) -> Option<Vec<u8>> {
    // An algorithm and an octet string around the covered key, both with lengths of two bytes.
    let start = key.windows(2).rposition(|pair| pair == [0x05, 0x00])? + 2;
    let tag = memchr::memchr(0x04, slice(key, start.min(key.len()), 1))? + start;
    let cover = match key.get(tag + 1)? {
        0x82 => key.get(tag + 4..)?,
        0x81 => key.get(tag + 3..)?,
        _ => key.get(tag + 2..)?,
    };
    let (salt, rest) = cover.split_at_checked(20)?;
    let (covered, sum) = rest.split_at_checked(rest.len().checked_sub(20)?)?;
    let password = wide(password);
    let (mut block, mut plain) = (salt.to_vec(), Vec::with_capacity(covered.len()));
    for part in covered.chunks(20) {
        let mut digest = Sha1::new();
        digest.update(&password);
        digest.update(&block);
        block = digest.finalize().to_vec();
        plain.extend(part.iter().zip(&block).map(|(byte, mask)| byte ^ mask));
    }
    let mut digest = Sha1::new();
    digest.update(&password);
    digest.update(&plain);
    (digest.finalize()[..] == *sum).then_some(plain)
}

fn armor(key: &[u8], store_opens: bool) -> String {
    let who = if store_opens { "the store" } else { "the key" };
    let label = "PRIVATE KEY";
    let digits = BASE64.encode(key);
    let lines: Vec<&str> = (0..digits.len())
        .step_by(64)
        .map(|at| &digits[at..digits.len().min(at + 64)])
        .collect();
    let lines = lines.join("\n");
    format!(
        "{who} opens with no or a well-known password\n-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"
    )
}

/// Says whether this is PKCS#12: a sequence of version 3 and signed or plain data (RFC 7292).
pub(super) fn is_pkcs12(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x30) && {
        let head = slice(bytes, 0, 40);
        let version = memchr::memmem::find(head, b"\x02\x01\x03\x30");
        let kind = memchr::memmem::find(head, b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07");
        version.is_some_and(|at| at <= 6) && kind.is_some()
    }
}

pub(super) fn pkcs12(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    unpacker.text(address, "strings", &strings::all(bytes));
    let mut opened = None;
    if !is_costly(bytes) {
        for password in PASSWORDS {
            // The work of a try is paid for like bytes, so that many stores do not take for ever.
            if !unpacker.budget.take(COST) {
                return unpacker.skip(SkipReason::UnpackLimit, address, bytes.len() as u64);
            }
            opened = Pkcs12Archive::from_pkcs12(bytes, password).ok();
            if opened.is_some() {
                break;
            }
        }
    }
    let Some(archive) = opened else {
        return unpacker.skip(SkipReason::Encrypted, address, bytes.len() as u64);
    };
    for (number, bag) in archive.keys.iter().enumerate() {
        let name = bag.friendly_name.clone();
        let name = name.unwrap_or_else(|| format!("key-{}", number + 1));
        let text = armor(bag.key.as_der(), true);
        let member = join(address, name.as_bytes());
        unpacker.visitor.member(&member, text.as_bytes());
    }
}

/// What a try costs, in bytes of the budget.
const COST: u64 = 1 << 20;
/// A store that asks for more rounds than this is not tried; usual are 2,000 to 10,000.
const MOST_ROUNDS: u32 = 100_000;

/// Says whether a number behind a salt, which is that of the rounds, is too large.
fn is_costly(bytes: &[u8]) -> bool {
    let is_large = |window: &[u8]| match *window {
        [2, 3, high, middle, low, ..] if high < 0x80 => {
            u32::from_be_bytes([0, high, middle, low]) > MOST_ROUNDS
        }
        [2, 4, high, ..] => high < 0x80,
        _ => false,
    };
    let is_behind_salt = |at: usize| {
        (0..=at.saturating_sub(2).min(255)).any(|length| {
            let head = at - 2 - length;
            usize::from(bytes[head + 1]) == length && matches!(bytes[head], 4 | 0x81)
        })
    };
    let windows = bytes.windows(6).enumerate().skip(2);
    let mut large = windows.filter(|(_, window)| is_large(window));
    large.any(|(at, _)| is_behind_salt(at))
}
