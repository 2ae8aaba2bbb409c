//! Generic credentials: a name, a value, and the question whether the value is a secret.
//!
//! Owns the order of the question: what speaks against a secret for certain, for its name, its value and
//! where it stands; then the model, or the rules where there is to be no model. Does not own placeholders, the place, or what values alone say
//! (`harmless`).

pub mod features;
pub mod model;
mod name;
mod rules;

use super::drawn::is_numbered_name;
use super::harmless::{harmless, is_identifier};
use super::{Estimate, Generic, Judgement, filler};
use crate::engine::{Assignment, Operator};
use crate::findings::Verdict;
use features::Sample;
use model::{Model, Opinion};
use name::Name;

/// Words of names of functions that take a secret and do nothing else: `setPassword`, `api_key`.
const TAKING: &str = "\
    set with put api key keys secret secrets token tokens password passwd passphrase pwd auth access \
    client private user admin db shared signing encryption bearer credential credentials root";

/// Judges the value of an assignment to a name.
pub(super) fn judge(sample: &Sample<'_>, assignment: &Assignment, generic: Generic) -> Judgement {
    let name = Name::of(sample.name());
    let value = sample.value();
    if let Some(reason) = name.against() {
        return Judgement::new(Verdict::Unlikely, reason);
    }
    let against = value_against(&name, value, assignment).or_else(|| place_against(&name, sample));
    if let Some(reason) = against {
        return Judgement::new(Verdict::Unlikely, reason);
    }
    let opinion = Model::embedded().weigh(sample);
    let doubt = doubt(&name, value, assignment.quote);
    let mut judgement = match generic {
        Generic::Model => by_model(opinion, doubt),
        Generic::Rules if is_identifier(value) => {
            Judgement::new(Verdict::Unlikely, "the value looks like a name in code")
        }
        Generic::Rules => rules::judge(&name, value, assignment),
    };
    judgement.estimate = Some(Estimate {
        probability: opinion.probability,
        doubtful: doubt.is_some(),
    });
    judgement
}

/// Says whether a name is one of a password, which need not be drawn at random.
pub(super) fn is_password(name: &[u8]) -> bool {
    Name::of(name).is_password()
}

/// Says what speaks against a value for certain.
fn value_against(name: &Name, value: &[u8], assignment: &Assignment) -> Option<&'static str> {
    if assignment.operator == Operator::List {
        return filler::list(value);
    }
    harmless(value)
        .or_else(|| filler::words(value))
        .or_else(|| not_an_assignment(name, value, assignment))
        .or_else(|| (!name.is_password()).then(|| named(value)).flatten())
}

/// How far before a parameter of an address its other parts are looked at, in bytes.
const ADDRESS: usize = 120;

/// How far before a password its user is looked for, in bytes.
const USER: usize = 80;

/// Says whether the user beside a password is the one who needs none, whatever he gives (RFC 1635).
fn is_of_anonymous(before: &[u8]) -> bool {
    let user = [
        b"\"anonymous\"".as_slice(),
        b"'anonymous'",
        b"=anonymous",
        b": anonymous",
    ];
    user.iter()
        .any(|user| memchr::memmem::find(before, user).is_some())
}

/// Says what speaks against a value for certain where it stands.
fn place_against(name: &Name, sample: &Sample<'_>) -> Option<&'static str> {
    let (start, value) = (sample.name.0, sample.value.0);
    let before = start.checked_sub(1).map(|at| sample.bytes[at]);
    let between = sample.bytes.get(sample.name.1..value).unwrap_or_default();
    let is_quoted_alone = between.iter().any(|byte| b"\"'`".contains(byte));
    let user = &sample.bytes[start.saturating_sub(USER)..start];
    if name.is_password() && is_of_anonymous(user) {
        return Some("the password of an anonymous user");
    }
    match before {
        // A message of a test: `"PASS: all of it"`.
        Some(b'"' | b'\'') if !is_quoted_alone && name.normal == "pass" => Some("a message"),
        Some(b'?' | b'&') => {
            let address = &sample.bytes[start.saturating_sub(ADDRESS)..start];
            let address = address.rsplit(u8::is_ascii_whitespace).next()?;
            let is_badge = memchr::memmem::find(address, b"badge").is_some();
            is_badge.then_some("a token for a badge, which everyone who reads the page has")
        }
        _ => None,
    }
}

/// Letters, or digits, that are too few for a generated value when there is nothing else: ids of
/// accounts and messages have up to 20 digits.
const SHORT: usize = 16;
const SHORT_NUMBER: usize = 24;

/// Says what speaks against a value that nobody chose: it is a word, a number or a name.
fn named(value: &[u8]) -> Option<&'static str> {
    let value = value
        .strip_prefix(b"@")
        .or_else(|| value.strip_prefix(b"!"))
        .or_else(|| value.strip_prefix(b"?"))
        .unwrap_or(value);
    let is_all = |test: fn(&u8) -> bool| value.iter().all(test);
    if is_mail_address(value) {
        Some("a mail address")
    } else if value.len() < SHORT && is_all(u8::is_ascii_alphabetic)
        || value.len() < SHORT_NUMBER && is_all(u8::is_ascii_digit)
    {
        Some("the value looks like a word or a number")
    } else if is_identifier(value) {
        Some("the value looks like a name in code")
    } else {
        is_numbered_name(value).then_some("the value looks like a name with a number")
    }
}

/// Says whether a value is the address of a mailbox, in an address of the web or not.
fn is_mail_address(value: &[u8]) -> bool {
    let at = memchr::memmem::find(value, b"%40").map(|at| (at, at + 3));
    let at = at.or_else(|| memchr::memchr(b'@', value).map(|at| (at, at + 1)));
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-+".contains(byte);
    at.is_some_and(|(end, start)| {
        let host = value[start..]
            .split(|byte| b"%/".contains(byte))
            .next()
            .unwrap_or_default();
        end > 0
            && value[..end].iter().all(is_part)
            && host.contains(&b'.')
            && host.iter().all(is_part)
    })
}

/// Says why a call or comparison gives no value to the name.
fn not_an_assignment(name: &Name, value: &[u8], assignment: &Assignment) -> Option<&'static str> {
    let is_word = value.iter().all(u8::is_ascii_alphabetic);
    match assignment.operator {
        Operator::Call if !name.is_of(TAKING) => Some("the argument of another function"),
        Operator::Argument if is_word || !name.ends_in(TAKING) => {
            Some("the argument after another text")
        }
        Operator::Compare if is_word && !name.is_password() => Some("compared with a plain word"),
        _ => None,
    }
}

/// What keeps a value from being sure: it looks like a name in code, or like a digest or id, or a part
/// of it may stand for another.
fn doubt(name: &Name, value: &[u8], quote: Option<u8>) -> Option<&'static str> {
    if is_identifier(value) {
        return Some("the value looks like a name in code");
    }
    if quote.is_none() && ends_in_variable(value) {
        return Some("the end may be a variable of a shell");
    }
    rules::hash_or_id(value).filter(|_| !name.is_key() || rules::is_uuid(value))
}

/// Says whether a value ends as a text with a variable of a shell does: `base$name`. Without quotes, and
/// in double ones, a shell puts its value there (POSIX.1-2024, XCU 2.6.2).
fn ends_in_variable(value: &[u8]) -> bool {
    let at = memchr::memrchr(b'$', value);
    at.is_some_and(|at| {
        let name = &value[at + 1..];
        at > 0
            && value[at - 1] != b'$'
            && name.len() >= 4
            && name.iter().all(u8::is_ascii_lowercase)
    })
}

/// Judges by what the model thinks.
fn by_model(opinion: Opinion, doubt: Option<&'static str>) -> Judgement {
    let model = Model::embedded();
    let verdict = match opinion.probability {
        least if least >= model.likely() && doubt.is_none() => Verdict::Likely,
        least if least >= model.possible() => Verdict::Possible,
        _ => Verdict::Unlikely,
    };
    let is_for = verdict > Verdict::Unlikely;
    let aspects = opinion.strongest(is_for);
    let aspects: Vec<_> = aspects.iter().map(|aspect| aspect.words()).collect();
    let percent = (opinion.probability * 100.0).round();
    let mut reason = format!("{percent} % sure to be a secret");
    if !aspects.is_empty() {
        let speak = if aspects.len() == 1 {
            "speaks"
        } else {
            "speak"
        };
        let side = if is_for { "for" } else { "against" };
        reason = format!("{reason}: {} {speak} {side} it", aspects.join(" and "));
    }
    let mut judgement = Judgement::new(verdict, reason);
    judgement.reasons.extend(doubt.map(str::to_owned));
    judgement
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict_by(name: &str, value: &str, generic: Generic) -> Verdict {
        let text = format!("{name} = \"{value}\"\n");
        let assignment = Assignment {
            name: 0..name.len(),
            quote: Some(b'"'),
            operator: Operator::Assign,
        };
        let start = name.len() + 4;
        let sample = Sample {
            bytes: text.as_bytes(),
            name: (0, name.len()),
            value: (start, start + value.len()),
            quote: assignment.quote,
            operator: assignment.operator,
            path: "src/settings.py",
        };
        judge(&sample, &assignment, generic).verdict
    }

    fn verdict(name: &str, value: &str) -> Verdict {
        let by_rules = verdict_by(name, value, Generic::Rules);
        let by_model = verdict_by(name, value, Generic::Model);
        assert_eq!(by_rules, by_model, "{name} {value}: rules and model");
        by_model
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
    fn an_anonymous_user_has_no_password() {
        assert!(is_of_anonymous(b"ftp.user = \"anonymous\";\nftp."));
        assert!(is_of_anonymous(b"user: anonymous\n"));
        assert!(!is_of_anonymous(b"user = \"ann\"; // not anonymous\n"));
    }

    #[test]
    fn a_plain_word_is_a_password_to_the_model_and_perhaps_one_to_the_rules() {
        assert_eq!(
            verdict_by("password", "letmein", Generic::Rules),
            Verdict::Possible
        );
        assert_eq!(
            verdict_by("password", "letmein", Generic::Model),
            Verdict::Likely
        );
    }

    #[test]
    fn a_variable_at_the_end_is_a_doubt() {
        assert!(ends_in_variable(b"prefix$name"));
        for value in ["pa$$word", "pa$Word9", "$name", "rest$na"] {
            assert!(!ends_in_variable(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn words_that_stand_for_a_value_are_none() {
        for (name, value) in [
            ("password", "test123"),
            ("secret", "inherit"),
            ("token", "!important"),
            ("significantToken", "?EndOfExpression"),
            ("nextToken", "kT9fWq27LmZxPq81Rv3N"),
            ("credential", "someone%40project.example.com%2F20990101"),
            ("signingkey", "someone@example.com"),
            ("lpass", "k4Rz81qW"),
            ("allPass", "overEvery"),
        ] {
            assert_eq!(verdict(name, value), Verdict::Unlikely, "{name} {value}");
        }
    }
}
