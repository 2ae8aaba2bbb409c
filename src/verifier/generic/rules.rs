//! Rules: what tells secrets from other values without the model.
//!
//! Owns verdicts by length, classes of characters and how random a value looks, and the forms of digests
//! and ids. Does not own names, or what a value alone says against itself (`harmless`).

use super::super::Judgement;
use super::super::drawn::{is_drawn, is_numbered_name};
use super::name::Name;
use crate::engine::Assignment;
use crate::entropy;
use crate::findings::Verdict;

/// Judges a value that nothing speaks against.
pub(super) fn judge(name: &Name, value: &[u8], assignment: &Assignment) -> Judgement {
    if let Some(reason) = hash_or_id(value) {
        return Judgement::new(Verdict::Possible, reason);
    }
    if !name.is_password() && is_numbered_name(value) {
        return Judgement::new(
            Verdict::Unlikely,
            "the value looks like a name with a number",
        );
    }
    let features = Features::of(value);
    if name.is_password() {
        judge_password(&features, assignment)
    } else {
        judge_key(&features)
    }
}

struct Features {
    length: usize,
    entropy: f32,
    is_drawn: bool,
    digits: usize,
    letters: usize,
    others: usize,
    mixed_case: bool,
}

impl Features {
    fn of(value: &[u8]) -> Self {
        let count = |test: fn(&u8) -> bool| value.iter().filter(|byte| test(byte)).count();
        let (upper, lower) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
        Self {
            length: value.len(),
            entropy: entropy::shannon(value),
            is_drawn: is_drawn(value),
            digits: count(u8::is_ascii_digit),
            letters: upper + lower,
            others: value.len() - count(u8::is_ascii_alphanumeric),
            mixed_case: upper > 0 && lower > 0,
        }
    }
}

fn judge_password(features: &Features, assignment: &Assignment) -> Judgement {
    let kinds = usize::from(features.digits > 0)
        + usize::from(features.letters > 0)
        + usize::from(features.others > 0)
        + usize::from(features.mixed_case);
    if features.length >= 8 && kinds >= 3 && features.entropy >= 2.5 {
        return Judgement::new(Verdict::Likely, "a mixed value assigned to a password");
    }
    if features.length >= 6 && kinds >= 2 && features.digits > 0 {
        return Judgement::new(Verdict::Likely, "letters and digits assigned to a password");
    }
    let quoted = if assignment.quote.is_some() {
        "a quoted"
    } else {
        "an unquoted"
    };
    Judgement::new(
        Verdict::Possible,
        format!("{quoted} word assigned to a password"),
    )
}

fn judge_key(features: &Features) -> Judgement {
    let random = features.length >= 16 && features.entropy >= 3.2 && features.is_drawn;
    if random && features.digits > 0 && features.letters > 0 {
        return Judgement::new(
            Verdict::Likely,
            "a random-looking value assigned to a secret's name",
        );
    }
    if features.length >= 8
        && features.digits > 0
        && features.letters > 0
        && features.entropy >= 2.5
    {
        return Judgement::new(
            Verdict::Possible,
            "a value with letters and digits assigned to a secret's name",
        );
    }
    Judgement::new(Verdict::Unlikely, "the value looks like a word or a number")
}

/// Says that a value has the form of a digest or an id, which a secret may have too.
pub(super) fn hash_or_id(value: &[u8]) -> Option<&'static str> {
    let hex = value.iter().all(u8::is_ascii_hexdigit);
    if hex && matches!(value.len(), 32 | 40 | 56 | 64 | 96 | 128) {
        return Some("has the length of a digest; keys of this form exist too");
    }
    let crypt = [
        &b"$1$"[..],
        b"$2a$",
        b"$2b$",
        b"$2y$",
        b"$5$",
        b"$6$",
        b"$y$",
        b"$argon2",
        b"{SSHA}",
        b"pbkdf2_",
    ];
    if crypt.iter().any(|start| value.starts_with(start)) {
        return Some("a password hash, which can be guessed at but not used");
    }
    is_uuid(value).then_some("has the form of a UUID; keys of this form exist too")
}

/// Says whether a value has the form of a UUID (RFC 9562).
pub(super) fn is_uuid(value: &[u8]) -> bool {
    let dashes = [8, 13, 18, 23];
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| {
            if dashes.contains(&at) {
                *byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        })
}
