//! Filler: values that are words for a value, strung together, or bytes that were counted up.
//!
//! Owns what says so of passwords and lists of bytes. Does not own filler in tokens (`placeholder`).

/// Words that people make values of which protect nothing. No list of passwords: a word of it that is
/// somebody's real secret is a finding. Sorted, for those with a first letter stand together.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "a", "abc", "admin", "any", "api", "app", "auth", "bad", "bar", "baz", "blah", "changeit",
    "client", "config", "correct", "cred", "creds", "custom", "db", "default", "demo", "different",
    "dummy", "else", "empty", "example", "fake", "first", "foo", "for", "garbage", "good", "guest",
    "invalid", "is", "key", "login", "matter", "my", "name", "new", "nil", "no", "none", "not",
    "null", "of", "old", "other", "pass", "passwd", "password", "phrase", "pw", "pwd", "qux",
    "random", "right", "root", "sample", "second", "secret", "some", "something", "string",
    "super", "temp", "test", "testing", "that", "the", "this", "tmp", "to", "token", "unknown",
    "user", "username", "valid", "value", "very", "word", "wrong", "x", "xx", "xxx", "xyz", "your",
];

/// Most digits behind the words, unless they count up; more, or a sign after them, make it a password
/// that someone chose.
const MOST_DIGITS: usize = 3;
/// Longest value that is looked at, in bytes.
const LONGEST: usize = 32;
/// Most different bytes of a list that was made by hand.
const FEW: usize = 4;

/// Says why a value is words for a value and nothing else: `test123`, `newPass`, `some-value`.
pub(super) fn words(value: &[u8]) -> Option<&'static str> {
    if value.len() > LONGEST {
        return None;
    }
    let end = value.iter().rposition(|byte| !b"!.?*$#@".contains(byte))? + 1;
    let digits = value[..end].iter().rev();
    let digits = digits.take_while(|byte| byte.is_ascii_digit()).count();
    let text = value[..end - digits].to_ascii_lowercase();
    let mut parts = text.split(|byte| b"-_. ".contains(byte));
    let number = &value[end - digits..];
    let is_short =
        digits <= MOST_DIGITS && (digits == 0 || end == value.len()) || number == b"1234";
    let is_filler = !text.is_empty() && is_short && parts.all(is_strung);
    is_filler.then_some("made of words that stand for a value")
}

/// Says whether a text is words one after another, of at most one of which a part is left: none.
fn is_strung(text: &[u8]) -> bool {
    // How far words reach from the start.
    let mut reached = [false; LONGEST + 1];
    reached[0] = true;
    for at in 0..text.len() {
        if !reached[at] {
            continue;
        }
        let begins = |word: &&&str| word.as_bytes()[0] == text[at];
        let first = WORDS.partition_point(|word| word.as_bytes()[0] < text[at]);
        for word in WORDS[first..].iter().take_while(begins) {
            if text[at..].starts_with(word.as_bytes()) {
                reached[at + word.len()] = true;
            }
        }
    }
    reached[text.len()]
}

/// Says why a list of bytes is no key: few different ones, or ones that were counted up.
pub(super) fn list(value: &[u8]) -> Option<&'static str> {
    let numbers: Vec<i32> = value
        .split(|byte| *byte == b',')
        .filter_map(|part| number(part.trim_ascii()))
        .collect();
    let mut distinct = numbers.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let counted = numbers
        .windows(3)
        .filter(|three| three[2] - three[1] == three[1] - three[0])
        .count();
    let is_few = distinct.len() <= FEW;
    (is_few || counted * 2 > numbers.len())
        .then_some("a list of bytes that were not drawn at random")
}

fn number(text: &[u8]) -> Option<i32> {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.strip_prefix("(byte)").map_or(text, str::trim_start);
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    hex.map_or_else(|| text.parse(), |digits| i32::from_str_radix(digits, 16))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_value_are_filler() {
        for value in [
            "test123",
            "admin",
            "newPass",
            "some-value",
            "foo1234",
            "rootpass",
            "does.not.matter",
            "pwd2",
        ] {
            let is_filler = words(value.as_bytes()).is_some();
            assert_eq!(is_filler, value != "does.not.matter", "{value}");
        }
        for value in [
            "hunter22",
            "kT9fWq27",
            "sunshine",
            "",
            "!!!!",
            "test12345",
            "t3st",
            "MyPassword2024!",
            "Test1!",
        ] {
            assert_eq!(words(value.as_bytes()), None, "{value}");
        }
    }

    #[test]
    fn words_are_sorted() {
        assert!(WORDS.is_sorted() && !WORDS.contains(&""));
    }

    #[test]
    fn lists_that_were_counted_up_are_no_keys() {
        assert!(list(b"0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07").is_some());
        assert!(list(b"1, 1, 1, 1, 2, 2, 2, 2").is_some());
        assert_eq!(
            list(b"0x20, 0x54, 0x33, 0x95, 0x62, 0x74, 0x8B, 0x59"),
            None
        );
    }
}
