//! Placeholders: text that stands where a secret would.
//!
//! Owns what fills a gap (templates, filler words, repeated and counted-up characters). Each
//! answer is a reason in words. Does not own verdicts.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::entropy;

/// Words that say "not a real one" wherever they stand, in lower case: a word of 7 letters
/// turns up in 100 random base62 characters once in 400 million.
const FILLER: &str = "\
    example placeholder changeme change_me change-me replaceme replace_me replace-me redacted \
    insert_ insert- xxxxx your_ your- yourpass yoursecret yourtoken yourkey your.api yourapi \
    not_a_real notarealkey faketoken fakesecret fakepass fakekey secret_here key_here \
    token_here password_here goes_here placehold tokenhere keyhere secrethere passwordhere \
    stringhere randomstring";

/// Words that say so where they make up half of a text; people put them into passwords, too.
const WEAK_FILLER: &str = "\
    dummy sample foobar fake todo lorem abc123 abcdef qwerty asdfgh 12345 deadbeef cafebabe c0ffee undefined \
    my_secret mysecret my-secret mypassword my_password my-password mytoken my_token mykey";

/// Words that, alone, stand for what would be there.
const WORDS: &str = "\
    password passwd passphrase pass pwd secret token apikey api_key key user username login test \
    example none null";

/// Least share of counted characters that makes a text filler.
const COUNTED: f32 = 0.5;

/// A text of this many bytes is too long to be chosen: one that was counted up in part is filler.
const LONG: usize = 20;
/// Characters counted up that chance makes in one of some million tokens.
const COUNTED_UP: usize = 7;
/// Letters counted up, whatever stands between them, that chance makes as seldom.
const LETTERS_UP: usize = 8;
/// Longest text that so few different characters make by chance as seldom, where letters are among
/// them, and how many these are.
const MONOTONOUS: usize = 32;
const FEW: usize = 7;
/// Characters whose classes take turns that chance makes as seldom: of three classes, of two.
const TURNS: usize = 20;
const TURNS_OF_TWO: usize = 30;

/// Longest text in which a filler word means something.
const LONGEST: usize = 160;
/// What parts the pieces of a longer one.
const PARTS: &[u8] = b"/?&=@:;,";
/// Words that say the same at the start of a text.
const FIRST_WORDS: [&[u8]; 2] = [b"fake", b"dummy"];

/// Says why `value` is a template or reference to be filled in later, if it is.
pub(super) fn template(value: &[u8]) -> Option<&'static str> {
    let wrapped = |open: &[u8], close: &[u8]| value.starts_with(open) && value.ends_with(close);
    let has = |text: &[u8]| memchr::memmem::find(value, text).is_some();
    if has(b"${")
        || has(b"$(")
        || has(b"#{")
        || has(b"{{")
        || has(b"<%")
        || has(b"%{")
        || has_slot(value)
    {
        return Some("a template, filled in elsewhere");
    }
    if holds_reference(value) {
        return Some("holds a reference to a variable");
    }
    if value.first() == Some(&b'$')
        && value[1..]
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    {
        return Some("a reference to a variable");
    }
    if is_marked_name(value) {
        return Some("a slot to be filled in");
    }
    if wrapped(b"<", b">")
        || wrapped(b"{", b"}")
        || wrapped(b"[", b"]")
        || wrapped(b"%", b"%")
        || wrapped(b"__", b"__")
        || wrapped(b"@@", b"@@")
    {
        return Some("a slot to be filled in");
    }
    is_format(value).then_some("a format string")
}

/// Says whether a value is a name in capitals after `@`, as some templates have it: `@DB_PASSWORD`.
fn is_marked_name(value: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let name = value.strip_prefix(b"@").unwrap_or_default();
    name.len() >= 4 && name.iter().all(is_part) && name[0].is_ascii_uppercase()
}

/// Says whether a reference like `$DB_PASSWORD` stands in a text.
fn holds_reference(value: &[u8]) -> bool {
    memchr::memchr_iter(b'$', value).any(|at| {
        let name = value[at + 1..].iter();
        let length = name
            .take_while(|byte| byte.is_ascii_uppercase() || **byte == b'_')
            .count();
        length >= 4 && value[at + 1..at + 1 + length].contains(&b'_')
    })
}

/// Longest slot, in bytes.
const LONGEST_SLOT: usize = 40;

/// Says whether a slot stands in a text.
fn has_slot(value: &[u8]) -> bool {
    slots(value).next().is_some()
}

/// The slots of a text, names in braces: `{token}`, `{user.name}`, `{digit:12}`.
fn slots(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(byte);
    memchr::memchr_iter(b'{', text).filter_map(move |open| {
        let inside = &text[open + 1..];
        let length = inside.iter().take_while(|byte| is_name(byte)).count();
        let is_slot = inside.first().is_some_and(u8::is_ascii_alphabetic)
            && length >= 2
            && inside.get(length) == Some(&b'}');
        is_slot.then_some(open..open + length + 2)
    })
}

/// Says why the text at `secret` is only part of a template: a slot overlaps it, or touches it or
/// what else of a token stands there.
pub(super) fn beside_slot(bytes: &[u8], secret: &Range<usize>) -> Option<&'static str> {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let before = bytes[..secret.start].iter().rev().take(LONGEST_SLOT);
    let after = bytes[secret.end..].iter().take(LONGEST_SLOT);
    let secret = secret.start - before.take_while(is_part).count()
        ..secret.end + after.take_while(is_part).count();
    let start = secret.start.saturating_sub(LONGEST_SLOT);
    let end = bytes.len().min(secret.end + LONGEST_SLOT);
    let (first, last) = (secret.start - start, secret.end - start);
    // The default of a variable is no slot: `${TOKEN:-x}`.
    let is_default = |slot: &Range<usize>| {
        slot.end == last + 1
            && bytes[..start + slot.start].ends_with(b"$")
            && bytes[..secret.start].ends_with(b":")
    };
    slots(&bytes[start..end])
        .any(|slot| slot.start <= last && slot.end >= first && !is_default(&slot))
        .then_some("part of a template, filled in elsewhere")
}

/// Says whether a text is mostly directives of a format: `%s`, `%s:%d`, `%(password)s`.
fn is_format(value: &[u8]) -> bool {
    let named = value.starts_with(b"%(") && matches!(value, [.., b')', b's' | b'd' | b'r']);
    let directives = value
        .windows(2)
        .filter(|pair| pair[0] == b'%' && matches!(pair[1], b's' | b'd' | b'v' | b'q'))
        .count();
    named || (directives > 0 && directives * 4 >= value.len())
}

/// Says why `value` is filler rather than a generated or chosen secret, if it is.
pub(super) fn filler(value: &[u8]) -> Option<&'static str> {
    if value.len() > LONGEST {
        return long_filler(value);
    }
    let lower = value.to_ascii_lowercase();
    if value.len() >= 5 && entropy::distinct(&lower) <= 2 {
        return Some("one character repeated");
    }
    if value.len() >= 8 && entropy::distinct(&lower) <= 4 {
        return Some("very few different characters");
    }
    if value.len() >= MONOTONOUS
        && entropy::distinct(&lower) <= FEW
        && value.iter().any(u8::is_ascii_alphabetic)
    {
        return Some("very few different characters");
    }
    if entropy::longest_run(&lower) >= 7.max(value.len() / 3).min(12) {
        return Some("a run of equal or counted-up characters");
    }
    if value.len() >= 8 && entropy::counted(&lower) >= COUNTED {
        return Some("mostly characters counted up or down");
    }
    if value.len() >= LONG && is_typed(value, &lower) {
        return Some("typed by hand: characters counted up, or letters and digits in turn");
    }
    if FIRST_WORDS.iter().any(|word| lower.starts_with(word)) {
        return Some("begins with a filler word");
    }
    if is_a_word(&lower) {
        return Some("a word that stands for a secret");
    }
    if repeats_a_block(&lower) {
        return Some("a short text repeated");
    }
    holds_words(&lower)
}

/// The words of both kinds, and how many are not weak.
static FILLERS: LazyLock<Option<(AhoCorasick, usize)>> = LazyLock::new(|| {
    let words = FILLER.split_ascii_whitespace();
    let all = words.clone().chain(WEAK_FILLER.split_ascii_whitespace());
    Some((AhoCorasick::new(all).ok()?, words.count()))
});

/// Says whether a text in lower case holds a filler word, or little more than weak ones.
fn holds_words(lower: &[u8]) -> Option<&'static str> {
    let (words, strong) = FILLERS.as_ref()?;
    let (mut seen, mut weak) = (0_u64, 0);
    for found in words.find_overlapping_iter(lower) {
        let Some(number) = found.pattern().as_usize().checked_sub(*strong) else {
            return Some("holds a filler word");
        };
        // A word counts once, however often it is there.
        if seen & 1 << number == 0 {
            seen |= 1 << number;
            weak += found.len();
        }
    }
    (weak * 2 >= lower.len()).then_some("little more than a filler word")
}

/// Says why a text is filler that is too long for chance to be left out: what is told of a part holds
/// for it all.
fn long_filler(value: &[u8]) -> Option<&'static str> {
    let is_filler = |part: &[u8]| {
        let lower = part.to_ascii_lowercase();
        entropy::longest_count(&lower) >= 2 * COUNTED_UP
            || (LONG..=LONGEST).contains(&part.len()) && entropy::counted(&lower) >= COUNTED
    };
    value
        .split(|byte| PARTS.contains(byte))
        .any(is_filler)
        .then_some("mostly characters counted up or down")
}

/// Says whether a long text was typed to look random: chance seldom counts seven characters up, or
/// takes turns between classes for long.
fn is_typed(value: &[u8], lower: &[u8]) -> bool {
    let has_both_cases =
        value.iter().any(u8::is_ascii_uppercase) && value.iter().any(u8::is_ascii_lowercase);
    let least = if has_both_cases { TURNS } else { TURNS_OF_TWO };
    let letters: Vec<u8> = lower
        .iter()
        .copied()
        .filter(u8::is_ascii_lowercase)
        .collect();
    entropy::longest_count(lower) >= COUNTED_UP
        || entropy::longest_count(&letters) >= LETTERS_UP
        || entropy::longest_pattern(value) >= least.max(value.len() / 2)
}

/// Says whether a text is nothing but a word for a secret or its owner.
fn is_a_word(lower: &[u8]) -> bool {
    let mut words = WORDS.split_ascii_whitespace();
    words.any(|word| word.as_bytes() == lower)
}

/// Says whether the text is one block of at most a quarter of its length, over and over, or has one
/// part three times in a row: `1234-1234-1234-`.
fn repeats_a_block(value: &[u8]) -> bool {
    let parts: Vec<&[u8]> = value.split(|byte| b"-_.:".contains(byte)).collect();
    let is_thrice =
        |three: &[&[u8]]| three[0].len() >= 4 && three[0] == three[1] && three[1] == three[2];
    parts.windows(3).any(is_thrice)
        || value.len() >= 12
            && (1..=value.len() / 4)
                .any(|width| value.iter().zip(&value[width..]).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_and_references() {
        for value in [
            "${DB_PASS}",
            "{{ secret }}",
            "$PASSWORD",
            "@DB_PASSWORD",
            "<token>",
            "%s",
            "%(password)s",
            "sk-{token}-end",
            "#{key}",
            "$(cat f)",
        ] {
            assert!(template(value.as_bytes()).is_some(), "{value}");
        }
        for value in ["pa$$word", "a<b", "100%sure", "Wm8%kq2%q9Lz", "p@@ssw0rd"] {
            assert_eq!(template(value.as_bytes()), None, "{value}");
        }
    }

    #[test]
    fn what_touches_a_slot_is_part_of_a_template() {
        let beside = |text: &str, secret: &str| {
            let at = text.find(secret).unwrap();
            beside_slot(text.as_bytes(), &(at..at + secret.len())).is_some()
        };
        assert!(beside("key = \"kT9fWq27{rest}\"", "kT9fWq27"));
        assert!(beside("//{user:12}@host", "12}"));
        assert!(beside("{prefix}kT9fWq27", "kT9fWq27"));
        assert!(beside("kT9fWq27.{claims}.x", "kT9fWq27"));
        assert!(!beside("{\"key\": \"kT9fWq27\"}", "kT9fWq27"));
        assert!(!beside("{name}: kT9fWq27", "kT9fWq27"));
        assert!(!beside("${TOKEN:-kT9fWq27}", "kT9fWq27"));
        assert!(!beside("${app.token:kT9fWq27}", "kT9fWq27"));
        assert!(beside("{app.token:kT9fWq27}", "kT9fWq27"));
    }

    #[test]
    fn weak_words_count_once_each_and_must_make_up_half() {
        assert_eq!(
            holds_words(b"dummykt9w"),
            Some("little more than a filler word")
        );
        assert_eq!(holds_words(b"dummykt9wq2"), None);
        assert_eq!(holds_words(b"dummy9wdummy2zkr4"), None);
        assert_eq!(
            holds_words(b"abc123abcdefkt9wq2zr"),
            Some("little more than a filler word")
        );
        assert_eq!(
            holds_words(b"kt9wq2changemekt9wq2"),
            Some("holds a filler word")
        );
    }

    #[test]
    fn filler_is_told_from_random_text() {
        for value in [
            "xxxxxxxxxx",
            "0000000000000000",
            "abcdefghijklmnop",
            "your_api_key",
            "changeme",
            "ab12ab12ab12ab12",
            "xoxp-1234-1234-1234-kT9fWq27LmZx",
            "cafebabe:deadbeef",
            "kT9fWq27LmZ1234567xPq81",
            "aB3dE5fG7hI9jK1lM3nO5pQ7rS9",
            "kT-p7qR8s90tUv1wxY-Zk82",
            "a9b8c7d6e5f4kT9f",
            "FakeValues99kT9fWq27LmZx",
            "wkw-wwk--wk-kkw-kww-AA-wAkkwk--A-kwA",
        ] {
            assert!(filler(value.as_bytes()).is_some(), "{value}");
        }
        for value in [
            "kT9fWq27LmZx",
            "hunter22",
            "S3cr3tP4ss",
            "9f86d081884c7d65",
            "5179f75c4209d75c79f4d5f420d9a75c75f1d79f",
        ] {
            assert_eq!(filler(value.as_bytes()), None, "{value}");
        }
    }
}
