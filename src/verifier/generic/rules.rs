//! Generic credentials: a name, a value, and the question whether the value is a secret.
//!
//! Owns the rules that tell chosen or generated secrets from names, types, sentences, paths,
//! hashes and ids. Does not own placeholders, the place, or what values alone say (`harmless`).

use super::Judgement;
use super::drawn::{is_drawn, is_numbered_name};
use super::harmless::harmless;
use crate::engine::{Assignment, Operator};
use crate::entropy;
use crate::findings::Verdict;

/// Ends of names that hold something about a secret instead of one, normalised.
const HARMLESS_ENDINGS: &str = "\
    field type path file filename name names url uri endpoint label hint hash hashes salt digest \
    length size count regex pattern policy prompt message title placeholder error help text \
    format class element selector id ids publickey expiry expires expiration expiresin ttl \
    timeout algorithm alg version enabled required visible method mode header headers param \
    parameter column attribute attr property ref arn kind scope scopes strength rules validator \
    provider manager service factory helper util utils input form page screen view dialog button \
    icon env envvar variable var keyid issuer audience location dir directory storage \
    store limit limits tokens usage description desc example symbol separator delimiter \
    index position offset generator encoder reset change changed forgot confirm confirmation \
    mismatch invalid comment result status signature";

/// Words of names for values that open nothing, normalised.
const UNREAL: &str = "\
    dummy fake mock bogus invalid wrong incorrect nonmatching another example sample badtoken \
    badpassword badsecret badkey";

/// Words that hold `pass` without a password, normalised.
const OTHER_PASSES: &str = "\
    highpass lowpass bandpass bypass compass passthrough passport passive encompass passenger \
    resultpass testpass";

/// Ends of function names whose argument is the secret, normalised.
const CALLED: &str = "\
    password passwd passphrase pwd pass secret token apikey key credential credentials";

/// A name taken apart.
struct Name {
    /// All of it in lower case, without separators.
    normal: String,
    /// Its last word in lower case, by separators and camel case.
    last: String,
}

impl Name {
    fn of(text: &[u8]) -> Self {
        let normal = text.iter().filter(|byte| byte.is_ascii_alphanumeric());
        let normal = normal
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect();
        let end = text
            .iter()
            .rposition(u8::is_ascii_alphanumeric)
            .map_or(0, |at| at + 1);
        let starts_word = |at: usize| {
            let before = at.checked_sub(1).map(|before| text[before]);
            before.is_none_or(|before| {
                !before.is_ascii_alphanumeric()
                    || (before.is_ascii_lowercase() && text[at].is_ascii_uppercase())
            })
        };
        let start = (0..end).rev().find(|&at| starts_word(at)).unwrap_or(0);
        let last = String::from_utf8_lossy(&text[start..end]).to_ascii_lowercase();
        Self { normal, last }
    }

    /// The ending that makes the name harmless: its last word, or, where words are not set
    /// apart, a long enough end.
    fn harmless_ending(&self) -> Option<&'static str> {
        if self.normal.ends_with("secretid") {
            return None;
        }
        HARMLESS_ENDINGS.split_ascii_whitespace().find(|ending| {
            let may_be_joined = ending.len() >= 5 || matches!(*ending, "hash" | "file");
            self.last == **ending || (may_be_joined && self.normal.ends_with(ending))
        })
    }

    fn is_password(&self) -> bool {
        ["pass", "pwd", "pw"]
            .iter()
            .any(|word| self.normal.contains(word))
    }
}

/// Judges the value of an assignment to a name.
pub(super) fn judge(name: &[u8], value: &[u8], assignment: &Assignment) -> Judgement {
    let name = Name::of(name);
    if let Some(ending) = name.harmless_ending() {
        return Judgement::new(
            Verdict::Unlikely,
            format!("a name ending in `{ending}` seldom holds a secret"),
        );
    }
    if UNREAL
        .split_ascii_whitespace()
        .any(|word| name.normal.contains(word))
    {
        return Judgement::new(Verdict::Unlikely, "a name for a value that opens nothing");
    }
    if ["csrf", "xsrf", "authenticitytoken"]
        .iter()
        .any(|word| name.normal.contains(word))
    {
        return Judgement::new(
            Verdict::Unlikely,
            "a token against forged requests, worth nothing alone",
        );
    }
    if name.normal.contains("publictoken") || name.normal.contains("publishable") {
        return Judgement::new(Verdict::Unlikely, "public by its name");
    }
    if OTHER_PASSES
        .split_ascii_whitespace()
        .any(|word| name.normal.contains(word))
    {
        return Judgement::new(Verdict::Unlikely, "a name that passes, but no password");
    }
    if let Some(reason) = harmless(value) {
        return Judgement::new(Verdict::Unlikely, reason);
    }
    if let Some(reason) = not_an_assignment(&name.normal, value, assignment) {
        return Judgement::new(Verdict::Unlikely, reason);
    }
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

/// Says why a call or comparison gives no value to the name.
fn not_an_assignment(name: &str, value: &[u8], assignment: &Assignment) -> Option<&'static str> {
    let is_called = CALLED
        .split_ascii_whitespace()
        .any(|word| name.ends_with(word));
    match assignment.operator {
        Operator::Call if !is_called => Some("the argument of another function"),
        Operator::Argument if !is_called || value.iter().all(u8::is_ascii_alphabetic) => {
            Some("the argument after another text")
        }
        Operator::Compare if value.iter().all(u8::is_ascii_alphabetic) => {
            Some("compared with a plain word")
        }
        _ => None,
    }
}

/// Says whether a name is one of a password, which need not be drawn at random.
pub(super) fn is_password(name: &[u8]) -> bool {
    Name::of(name).is_password()
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
fn hash_or_id(value: &[u8]) -> Option<&'static str> {
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
    let dashes = [8, 13, 18, 23];
    let uuid = value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| {
            if dashes.contains(&at) {
                *byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        });
    uuid.then_some("has the form of a UUID; keys of this form exist too")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(name: &str, value: &str) -> Verdict {
        let assignment = Assignment {
            name: 0..1,
            quote: Some(b'"'),
            operator: Operator::Assign,
        };
        judge(name.as_bytes(), value.as_bytes(), &assignment).verdict
    }

    #[test]
    fn chosen_and_generated_secrets_are_likely() {
        for (name, value) in [
            ("dbpassword", "hunter22"),
            ("password", "Tr0ub4dor&3"),
            ("apikey", "kT9fWq27LmZxPq81Rv3N"),
            ("SECRET_KEY", "/9hGkT2fWq27LmZxPq81Rv3N"),
            ("api_key_android", "kT9fWq27LmZxPq81Rv3N"),
            ("password", "MyPassword2024!"),
        ] {
            assert_eq!(verdict(name, value), Verdict::Likely, "{value}");
        }
    }

    #[test]
    fn words_and_names_are_not() {
        for (name, value) in [
            ("password", "new_password"),
            ("passwordfield", "kT9fWq27LmZx"),
            ("PWDHASH", "kT9fWq27LmZx"),
            ("WebhookSecret-Signature", "kT9fWq27LmZxPq81Rv3N"),
            ("password", "$SERVERDIR/passwords1"),
            ("password", "Form\\Type\\PasswordType"),
            ("token", "format_1_1_AES256.yml"),
            ("token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0"),
            ("token", "/^[!#$%&*+0-9A-Z^_`a-z{|}~-]+$/D"),
            ("passwordId", "kT9fWq27LmZx"),
            ("csrfToken", "kT9fWq27LmZxPq81Rv3N"),
            ("invalidToken", "kT9fWq27LmZxPq81Rv3N"),
            ("WRONG_PASSWORD", "hunter22"),
            ("secret", "my.module.Name"),
            ("password", "Enter your choice"),
            ("token", "/etc/token"),
            ("password", "Required"),
            ("password", "userPassword1"),
            ("pbkdf2password", "1.0.2"),
        ] {
            assert_eq!(verdict(name, value), Verdict::Unlikely, "{name} {value}");
        }
    }

    #[test]
    fn a_plain_word_as_password_is_possible() {
        assert_eq!(verdict("password", "letmein"), Verdict::Possible);
    }
}
