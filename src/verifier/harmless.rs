//! Harmless values: sentences, paths, names in code, versions, patterns, pieces of code.
//!
//! Owns what a value alone says against being a secret. Does not own names or verdicts.

use crate::entropy;

/// Values that are words of a language or of a form.
const KEYWORDS: &str = "\
    true false null none nil undefined string required optional empty default unknown hidden text \
    number boolean object bytes digest user include omit sameorigin auto always never on_create inherit \
    pass passed fail failed ok error skip skipped disabled enabled";

/// Words that a value repeats when it is a name, a label or a key of a translation.
const NAME_WORDS: &str = "\
    password passwd passphrase secret token apikey credential username accesskey privatekey";

/// Endings of files that are named where secrets are.
const FILE_ENDINGS: &str = "\
    yml yaml json txt toml xml ini cfg conf env pem key crt cer pub p12 pfx jks log md rst html \
    py js ts rb php sh go rs java cs c h cpp sql db png jpg svg css";

/// Says why a value is no secret: a name, a sentence, a path, an address, a keyword.
pub(super) fn harmless(value: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(value).ok()?;
    let lower = text.to_ascii_lowercase();
    let normal: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    if text.contains(char::is_whitespace) {
        return Some("a sentence or list, not one value");
    }
    if !text.is_ascii() {
        return Some("text in a natural language");
    }
    if lower.contains("://") || is_path(text) {
        return Some("a path or an address");
    }
    if is_pattern(text) {
        return Some("a pattern, not a value");
    }
    if is_between_texts(value) || is_selector(text) || is_below_variable(text) {
        return Some("a piece of code, not a value");
    }
    if is_settings(text) {
        return Some("a list of settings, not one value");
    }
    if is_unsigned_token(text) {
        return Some("a web token without its signature");
    }
    if KEYWORDS.split_ascii_whitespace().any(|word| word == normal) {
        return Some("a keyword");
    }
    if names_a_secret(text, &normal) {
        return Some("the value names a kind of secret");
    }
    if is_version(text) {
        return Some("a version number");
    }
    if is_member_path(text) || is_file(text) {
        return Some("the value looks like a file or module name");
    }
    if text.bytes().all(|byte| !byte.is_ascii_alphanumeric()) {
        return Some("no letters or digits");
    }
    None
}

/// Says whether a text is a regular expression: it is written as one, or holds two of its sets.
fn is_pattern(text: &str) -> bool {
    let sets = ["a-z", "A-Z", "0-9", "\\w", "\\d", "[^"];
    let count = sets.iter().filter(|set| text.contains(**set)).count();
    count >= 2 || text.contains("]{") || (text.starts_with("/^") && text.contains('['))
}

/// Says whether a text is header and claims of a JSON web token and nothing after them.
fn is_unsigned_token(text: &str) -> bool {
    let parts = text.split_once('.');
    parts.is_some_and(|(header, claims)| {
        let is_last = !claims.trim_end_matches('.').contains('.');
        header.starts_with("eyJ") && claims.starts_with("eyJ") && is_last
    })
}

/// Says whether a text is several settings with their names: `id=npm,src=/run/npmrc`.
fn is_settings(text: &str) -> bool {
    let is_name =
        |name: &str| name.len() >= 2 && name.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut parts = text.split(',');
    let is_setting = |part: &str| part.split_once('=').is_some_and(|(name, _)| is_name(name));
    text.contains(',') && parts.all(is_setting)
}

/// Says whether a text is a path below a variable: `$HOME/.netrc`.
fn is_below_variable(text: &str) -> bool {
    let Some((name, _)) = text.strip_prefix('$').and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.len() >= 3 && name.bytes().all(is_name)
}

/// Says whether a text is the name of a file, by its usual ending.
fn is_file(text: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    let ending = text.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| {
        FILE_ENDINGS
            .split_ascii_whitespace()
            .any(|one| one == ending)
    }) && text.bytes().all(is_name)
}

/// Says whether a text stands between two quoted ones instead of in one: `, name: `.
fn is_between_texts(value: &[u8]) -> bool {
    let open = value.first().is_some_and(|byte| b",;)+.:".contains(byte));
    let close = value.last().is_some_and(|byte| b",;([+.:=".contains(byte));
    open && close
}

/// Says whether a text is a selector of a page or a route of a program: `#add-password`,
/// `users/passwords#update`.
fn is_selector(text: &str) -> bool {
    let name = |part: &str| {
        let is_part = |byte: u8| byte.is_ascii_lowercase() || b"_-/".contains(&byte);
        part.len() >= 3 && part.bytes().all(is_part)
    };
    match text.split_once('#') {
        Some(("", id)) => name(id),
        Some((route, action)) => name(route) && name(action),
        None => text.strip_prefix('.').is_some_and(name),
    }
}

/// Says whether a text leads to a file: base64 may begin with a slash, but changes between
/// letters and digits more often than a path does.
fn is_path(text: &str) -> bool {
    let starts = ["/", "./", "../", "~/"]
        .iter()
        .any(|start| text.starts_with(start));
    starts && (entropy::class_changes(text.as_bytes()) < 0.35 || is_plain_path(text))
}

/// Says whether a text is several names in small letters with slashes between.
fn is_plain_path(text: &str) -> bool {
    let is_name =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.@".contains(&byte);
    let mut parts = text.split('/').filter(|part| !part.is_empty());
    let has_word = |part: &str| part.bytes().filter(u8::is_ascii_lowercase).count() >= 2;
    parts.clone().count() >= 3 && parts.all(|part| part.bytes().all(is_name) && has_word(part))
}

/// Says whether a value is a name or label of a secret. A sign or a number at its end makes it
/// a password that someone chose.
fn names_a_secret(text: &str, normal: &str) -> bool {
    let is_word = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/' | b'\\')
    };
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let names = NAME_WORDS
        .split_ascii_whitespace()
        .any(|word| normal.contains(word));
    names && digits < 2 && text.bytes().all(is_word)
}

/// Words joined by case or separators, without digits: `newPassword`, `user_name`, `Required`.
pub(super) fn is_identifier(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else {
        return false;
    };
    let words_only = text.bytes().all(|byte| {
        byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/' | b'\\')
    });
    let joined = text
        .bytes()
        .skip(1)
        .any(|byte| matches!(byte, b'_' | b'-' | b'.' | b':' | b'/' | b'\\'))
        || text
            .as_bytes()
            .windows(2)
            .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    let title = text.as_bytes().first().is_some_and(u8::is_ascii_uppercase)
        && text.bytes().skip(1).all(|byte| byte.is_ascii_lowercase());
    let constant = text
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    words_only && (joined || title || constant) && !is_drawn(text)
}

/// Shortest text of letters that is no name for how it is written, in bytes.
const LONG: usize = 20;

/// Says whether letters were drawn at random: a name of so many has signs between its words, or its
/// words have more than three letters each on the average.
fn is_drawn(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_hump = |pair: &&[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
    let humps = bytes.windows(2).filter(is_hump).count();
    let is_constant = bytes.iter().all(u8::is_ascii_uppercase);
    bytes.len() >= LONG
        && bytes.iter().all(u8::is_ascii_alphabetic)
        && (is_constant || humps * 4 >= bytes.len())
}

/// `package.module.Name`, `file.ext`: dotted words.
fn is_member_path(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|part| {
            part.len() >= 2
                && part
                    .bytes()
                    .next()
                    .is_some_and(|byte| byte.is_ascii_alphabetic())
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'-')
        })
}

/// `1.2.3`, `^4.0.0-rc.1`, `~> 2.1`, `^6.4|^7.0`: a version or several.
fn is_version(text: &str) -> bool {
    text.split(['|', ','])
        .filter(|part| !part.is_empty())
        .all(is_one_version)
}

fn is_one_version(text: &str) -> bool {
    let number = text.trim_start_matches(['^', '~', '>', '<', '=', 'v', ' ']);
    let head = number.split(['-', '+']).next().unwrap_or("");
    head.contains('.')
        && head.split('.').all(|part| {
            !part.is_empty()
                && part.len() <= 4
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'x' || byte == b'*')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_drawn_at_random_are_no_name() {
        for name in [
            "getPasswordFromEnvironment",
            "MAX_PASSWORD_LENGTH_IN_BYTES",
            "org.acme.TokenStore",
            "AUTHENTICATION",
        ] {
            assert!(is_identifier(name.as_bytes()), "{name}");
        }
        for drawn in [["kQwIzrYvnX", "mSxkwEiFng"], ["QZJXVKWPFG", "HTRMNBSDLC"]] {
            assert!(!is_identifier(drawn.concat().as_bytes()), "{drawn:?}");
        }
    }

    #[test]
    fn settings_with_their_names_are_no_value() {
        assert!(is_settings("id=npm,src=/run/npmrc"));
        for value in ["id=npm", "kT9=fWq,27L=mZx", "aaaa,bbbb", ""] {
            assert!(!is_settings(value), "{value}");
        }
    }
}
