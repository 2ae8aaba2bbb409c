//! A user and a password: in base64 (Basic authorization, Docker) or in a URL.
//!
//! Owns what the two parts and the host tell. Does not own the general search for
//! placeholders.

use super::encoding::{decode_base64, encode_base64url, is_base64, trim_padding};
use super::{Evidence, Proof};
use crate::verifier::filler;

/// Hosts and domains nobody can own (RFC 2606, RFC 6761).
const EXAMPLE_DOMAINS: &[&str] = &[
    "example.com",
    "example.org",
    "example.net",
    "example",
    "test",
    "invalid",
];
/// Hosts of the machine or network at hand.
const LOCAL_DOMAINS: &[&str] = &["localhost", "local", "127.0.0.1", "0.0.0.0", "::1"];
/// Passwords of documentation.
const PLACEHOLDERS: &[&str] = &[
    "password",
    "passwd",
    "pass",
    "secret",
    "changeme",
    "example",
    "user",
    "token",
    "xxx",
    "pwd",
    "yourpassword",
    "mypassword",
    "foo",
    "bar",
    "baz",
    "qux",
];
/// Longest word with `pass` at its end that is one: `dbpass`, `secretpassword`.
const LONGEST_WORD: usize = 16;
/// User names this long may be keys themselves, with the password left empty.
const KEY_LENGTH: usize = 16;

/// Examines `user:password` in base64, after anything that is not base64, as in `Basic `.
pub(super) fn examine_basic(text: &[u8]) -> Evidence {
    let (_, encoded) = encoded_part(text);
    if encoded.is_empty() {
        return Evidence::unknown();
    }
    let bytes = decode_base64(encoded).unwrap_or_default();
    let pair = String::from_utf8(bytes).unwrap_or_default();
    match pair.split_once(':') {
        Some((user, password))
            if !pair.contains(char::is_control) && !user.is_empty() && !user.starts_with('{') =>
        {
            judge_pair(user, password)
                .unwrap_or_else(|| Evidence::new(Proof::WellFormed, "user and password in base64"))
        }
        _ => Evidence::new(Proof::Forged, "holds no user and password"),
    }
}

/// Turns random base64 into that of a user and a password.
pub(super) fn stamp_basic(text: &mut [u8]) -> bool {
    let (start, encoded) = encoded_part(text);
    let length = trim_padding(encoded).len();
    let filler = &encoded[..length];
    let user = b"deploy:";
    let Some(rest) = (length * 6 / 8)
        .checked_sub(user.len())
        .filter(|&rest| rest >= 5)
    else {
        return false;
    };
    let password = filler
        .iter()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                *byte
            } else {
                b'x'
            }
        })
        .take(rest);
    let pair: Vec<u8> = user.iter().copied().chain(password).collect();
    let encoded = encode_base64url(&pair);
    if encoded.len() != length {
        return false;
    }
    text[start..start + length].copy_from_slice(&encoded);
    true
}

/// Examines `scheme://user:password@host`, in the secret or else around it.
pub(super) fn examine_url(secret: &[u8], context: &[u8]) -> Evidence {
    let parsed = [secret, context]
        .into_iter()
        .find_map(|text| parse_url(std::str::from_utf8(text).ok()?));
    let Some((user, password, host)) = parsed else {
        return Evidence::unknown();
    };
    if is_under(&host, EXAMPLE_DOMAINS) {
        return Evidence::new(Proof::Sample, "host is reserved for examples");
    }
    if is_port(&user, &password) {
        return Evidence::new(Proof::Forged, "a host, a port and a fragment, no password");
    }
    if let Some(evidence) = judge_pair(&user, &password) {
        return evidence;
    }
    let evidence = Evidence::new(Proof::WellFormed, "user and password in a URL");
    if is_under(&host, LOCAL_DOMAINS) {
        evidence.because("host is local")
    } else {
        evidence
    }
}

/// Tells whether what looks like user and password is the authority of a URL whose fragment holds the
/// `@`: `acme.io:80#@`. A fragment begins at the first `#` (RFC 3986, section 3.5).
fn is_port(user: &str, password: &str) -> bool {
    let port = password.split_once('#').map(|(port, _)| port);
    let is_number = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    user.contains('.') && port.is_some_and(is_number)
}

/// Says whether a host lies in one of these domains.
fn is_under(host: &str, domains: &[&str]) -> bool {
    domains.iter().any(|domain| {
        let above = host.strip_suffix(domain);
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    })
}

/// Examines a password that someone chose and that stands in a command, a call or the address of
/// a database.
pub(super) fn examine_password(secret: &[u8], context: &[u8]) -> Evidence {
    let is_example = std::str::from_utf8(context)
        .ok()
        .and_then(named_host)
        .is_some_and(|host| is_under(&host.to_lowercase(), EXAMPLE_DOMAINS));
    if is_example {
        return Evidence::new(Proof::Sample, "host is reserved for examples");
    }
    let password = std::str::from_utf8(secret).ok();
    password
        .and_then(|password| judge_pair("", password))
        .unwrap_or_else(Evidence::unknown)
}

/// Tells what makes a pair worthless, if anything does.
fn judge_pair(user: &str, password: &str) -> Option<Evidence> {
    let lower = password.to_lowercase();
    let mut characters = password.chars();
    let first = characters.next();
    let reason = if password.is_empty() {
        if user.len() >= KEY_LENGTH {
            return Some(Evidence::new(Proof::WellFormed, "key in place of a user"));
        }
        "password is empty"
    } else if is_variable(password) {
        "password is a variable"
    } else if characters.all(|character| Some(character) == first) {
        "password is one character repeated"
    } else if PLACEHOLDERS.contains(&lower.replace(['_', '-'], "").as_str())
        || is_constant(password)
        || is_a_word_for_one(&lower)
        || lower == "world" && user.eq_ignore_ascii_case("hello")
        || [&lower, &spelled(&lower)]
            .iter()
            .any(|text| filler::words(text.as_bytes()).is_some())
    {
        "password is a placeholder"
    } else if lower == user.to_lowercase() {
        "password equals the user"
    } else {
        return None;
    };
    Some(Evidence::new(Proof::Sample, reason))
}

/// A password as its word is spelled: `p%40ss` is one. Each percent sign here begins an escape.
fn spelled(lower: &str) -> String {
    let text = lower
        .replace("%40", "a")
        .replace(['@', '4'], "a")
        .replace('0', "o")
        .replace('$', "s");
    let text = text.replace('3', "e").replace('1', "i").replace('5', "s");
    let text = match text.split_once('%') {
        Some(("", escape)) => escape.get(2..).unwrap_or_default(),
        _ => &text,
    };
    text.to_owned()
}

/// Tells whether a password is a word that says it is one.
fn is_a_word_for_one(lower: &str) -> bool {
    let ends = ["pass", "password", "passwd"];
    let is_word = lower
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    is_word && lower.len() <= LONGEST_WORD && ends.iter().any(|end| lower.ends_with(end))
}

/// Tells whether a text is written like a constant that names what to put there: `SECRET_KEY`.
fn is_constant(text: &str) -> bool {
    let names = ["PASS", "SECRET", "KEY", "TOKEN", "PWD"];
    let is_part = |byte: u8| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-');
    text.bytes().all(is_part) && names.iter().any(|name| text.contains(name))
}

/// Tells whether something else will be put in place of the text.
fn is_variable(text: &str) -> bool {
    let is_wrapped = [
        ("${", "}"),
        ("{", "}"),
        ("<", ">"),
        ("[", "]"),
        ("%", "%"),
        ("$(", ")"),
    ]
    .iter()
    .any(|(open, close)| text.starts_with(open) && text.ends_with(close));
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
    };
    is_wrapped || matches!(text, "%s" | "%v") || text.strip_prefix('$').is_some_and(is_name)
}

/// Splits a URL into user, password and host in lower case, without port.
fn parse_url(text: &str) -> Option<(String, String, String)> {
    let (_, rest) = text.split_once("://")?;
    let ends = ['/', '?', '#', '"', '\'', ' '];
    // A password may hold what ends the authority, though it should have been escaped.
    let authority = rest
        .split(ends)
        .next()
        .filter(|authority| authority.contains('@'))
        .unwrap_or(rest);
    let (userinfo, after) = authority.rsplit_once('@')?;
    let (user, password) = userinfo.split_once(':')?;
    let authority = after.split(ends).next()?;
    let host = match authority.strip_prefix('[') {
        Some(address) => address.split(']').next()?,
        None => authority.split([':', ',']).next()?,
    };
    let host = host.trim_end_matches('.').to_lowercase();
    Some((user.to_owned(), password.to_owned(), host))
}

/// The host of an address (`jdbc:mysql://db.acme.io:3306`) or of a list of parameters
/// (`Server=db.acme.io;`).
fn named_host(text: &str) -> Option<&str> {
    let names = ["://", "server=", "host=", "hostname=", "data source="];
    let lower = text.to_ascii_lowercase();
    let start = names
        .iter()
        .find_map(|name| lower.find(name).map(|at| at + name.len()))?;
    text.get(start..)?
        .split([':', '/', ';', ',', '?', '"', '\'', ' ', '&', '\\'])
        .next()
}

/// Finds the last run of base64 and where it starts.
fn encoded_part(text: &[u8]) -> (usize, &[u8]) {
    let end = trim_padding(text).len();
    let start = text[..end]
        .iter()
        .rposition(|&byte| !is_base64(byte))
        .map_or(0, |place| place + 1);
    (start, &text[start..])
}

#[cfg(test)]
mod tests {
    use super::super::{examine, stamp};
    use super::*;
    use crate::detectors::Check::{BasicAuth, Password, UrlCredentials};

    fn url(user: &str, password: &str, host: &str) -> Evidence {
        let text = format!("https://{user}:{password}@{host}/path");
        examine(UrlCredentials, text.as_bytes(), b"", None)
    }

    fn basic(pair: &str) -> Proof {
        let text = [b"Basic ".as_slice(), &encode_base64url(pair.as_bytes())].concat();
        examine(BasicAuth, &text, b"", None).proof
    }

    #[test]
    fn words_for_a_password_are_none_however_they_are_spelled() {
        for word in ["test123", "p%40ssword", "s3cret", "%5Dfoo", "pa$$"] {
            assert_eq!(
                url("ann", word, "db.acme.io").proof,
                Proof::Sample,
                "{word}"
            );
        }
        for word in ["sunsh1ne", "%41%42", "hunter22"] {
            assert_eq!(
                url("ann", word, "db.acme.io").proof,
                Proof::WellFormed,
                "{word}"
            );
        }
    }

    #[test]
    fn judges_the_host_beside_a_password() {
        let proof = |context: &str| examine(Password, b"k7Q-vz9w2", context.as_bytes(), None).proof;
        for context in [
            "jdbc:mysql://db.example.com:3306/app?user=a&password=",
            "Server=sql.example.org;Uid=a;Pwd=",
            "host=example.net password=",
        ] {
            assert_eq!(proof(context), Proof::Sample, "{context}");
        }
        for context in ["jdbc:mysql://db.acme.io/example.com", "mysql -u a -p"] {
            assert_eq!(proof(context), Proof::Unknown, "{context}");
        }
    }

    #[test]
    fn judges_hosts() {
        let word = "k7Q-vz9w2";
        assert_eq!(url("ann", word, "db.acme.io").proof, Proof::WellFormed);
        for host in [
            "example.com",
            "DB.Example.org:5432",
            "db.test",
            "a.invalid.",
        ] {
            assert_eq!(url("ann", word, host).proof, Proof::Sample, "{host}");
        }
        assert_eq!(url("ann", word, "notexample.com").proof, Proof::WellFormed);
        assert_eq!(url("acme.io", "80#", "db.io").proof, Proof::Forged);
        assert_eq!(url("ann", "80#", "db.io").proof, Proof::WellFormed);
        assert_eq!(url("hello", "world", "10.0.0.7").proof, Proof::Sample);
        for host in ["localhost:80", "127.0.0.1", "[::1]:80", "printer.local"] {
            assert_eq!(url("ann", word, host).reasons[1], "host is local", "{host}");
        }
    }

    #[test]
    fn judges_passwords() {
        for password in [
            "",
            "password",
            "${PASS}",
            "$PASS",
            "<pw>",
            "****",
            "ann",
            "change-me",
        ] {
            assert_eq!(
                url("ann", password, "acme.io").proof,
                Proof::Sample,
                "{password}"
            );
        }
        assert_eq!(url(&"k".repeat(20), "", "acme.io").proof, Proof::WellFormed);
        assert_eq!(url("ann", "$5ecret$", "acme.io").proof, Proof::WellFormed);
        assert_eq!(url("ann", "k7@vz/9w", "acme.io").proof, Proof::WellFormed);
    }

    #[test]
    fn reads_the_context_where_the_secret_is_the_password() {
        let path = b"https://ann:k7Qvz9w2@example.com/@scope/name";
        assert_eq!(
            examine(UrlCredentials, path, b"", None).proof,
            Proof::Sample
        );
        let context = b"postgres://ann:k7Qvz9w2@example.com/db";
        let evidence = examine(UrlCredentials, b"k7Qvz9w2", context, None);
        assert_eq!(evidence.proof, Proof::Sample);
        assert_eq!(
            examine(UrlCredentials, b"k7", b"k7", None),
            Evidence::unknown()
        );
    }

    #[test]
    fn judges_basic_pairs() {
        assert_eq!(basic("ann:k7Qvz9w2"), Proof::WellFormed);
        assert_eq!(basic("ann:ann"), Proof::Sample);
        assert_eq!(basic("ann"), Proof::Forged);
        assert_eq!(basic("ann:\x01k7Qvz9w2"), Proof::Forged);
        assert_eq!(basic("{\"alg\":\"HS256\"}"), Proof::Forged);
        assert_eq!(
            examine(BasicAuth, &[0xff; 9], b"", None).proof,
            Proof::Unknown
        );
    }

    #[test]
    fn judges_passwords_alone() {
        let proof = |password: &str| examine(Password, password.as_bytes(), b"", None).proof;
        assert_eq!(proof("k7Qvz9w2"), Proof::Unknown);
        for password in ["foobar", "s3cret", "$PASSWORD", "someclientsecret"] {
            assert_eq!(proof(password), Proof::Sample, "{password}");
        }
    }

    #[test]
    fn stamps_a_pair() {
        let mut text = [b"Basic ".as_slice(), &b"kqzv".repeat(9), b"kq=="].concat();
        assert!(stamp(BasicAuth, &mut text));
        assert_eq!(text.len(), 46);
        assert_eq!(
            examine(BasicAuth, &text, b"", None).proof,
            Proof::WellFormed
        );
    }
}
