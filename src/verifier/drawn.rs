//! Drawn at random: whether letters and digits are mixed as only chance mixes them.
//!
//! Owns the measure that tells generated values from names and words. Does not own verdicts.

/// Least share of neighbours among letters and digits that change between the two, and least
/// share that change between small, capital and digit.
const CHANGES: f32 = 0.13;
const MIXED_CHANGES: f32 = 0.38;

/// Least length of a word, and least share of a name in camel case that is made of words.
const WORD: usize = 4;
const WORDY: f32 = 0.7;

/// Longest word with a number in a name of several, and most digits of the number.
const LONGEST_WORD: usize = 16;
const MOST_DIGITS: usize = 4;

/// Says whether letters and digits are mixed as only chance mixes them.
pub(super) fn is_drawn(value: &[u8]) -> bool {
    if words_in_camel_case(value) >= WORDY || is_numbered_name(value) {
        return false;
    }
    let kind = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        _ => 2,
    };
    let kinds: Vec<u8> = value
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(|&byte| kind(byte))
        .collect();
    let share = |changes: fn(&[u8]) -> bool| {
        let count = kinds.windows(2).filter(|pair| changes(pair)).count();
        count as f32 / kinds.len().max(1) as f32
    };
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits >= 2 && share(|pair| (pair[0] == 2) != (pair[1] == 2)) >= CHANGES
        || share(|pair| pair[0] != pair[1]) >= MIXED_CHANGES
}

/// The share of the letters and digits that lies in words of a capital and small letters.
fn words_in_camel_case(value: &[u8]) -> f32 {
    let mut covered = 0;
    let mut length = 0;
    for &byte in value.iter().chain(b" ") {
        if byte.is_ascii_lowercase() && length > 0 {
            length += 1;
            continue;
        }
        covered += if length >= WORD { length } else { 0 };
        length = usize::from(byte.is_ascii_uppercase());
    }
    let all = value.iter().filter(|byte| byte.is_ascii_alphanumeric());
    covered as f32 / all.count().max(1) as f32
}

/// Says whether a text is words and numbers that are joined by signs: `DSA-1024-FIPS186-2`,
/// `ALICE_prime192v2`.
pub(super) fn is_numbered_name(value: &[u8]) -> bool {
    let mut parts = value.split(|byte| b"-_.:/".contains(byte));
    let has_word = |part: &[u8]| {
        part.iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count()
            >= 3
    };
    parts.clone().count() > 1 && parts.clone().any(has_word) && parts.all(is_numbered_word)
}

/// Says whether a text is a word, a number, or a word with a number and perhaps a version behind.
fn is_numbered_word(part: &[u8]) -> bool {
    let letters = part
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let (word, rest) = part.split_at(letters);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let version = &rest[digits..];
    let tail = word.get(1..).unwrap_or_default();
    let has_one_case =
        tail.iter().all(u8::is_ascii_lowercase) || word.iter().all(u8::is_ascii_uppercase);
    let ends = match version {
        [] => true,
        [letter, rest @ ..] => {
            letter.is_ascii_lowercase() && rest.len() <= 1 && rest.iter().all(u8::is_ascii_digit)
        }
    };
    let most = if letters == 0 {
        LONGEST_WORD
    } else {
        MOST_DIGITS
    };
    part.len() <= LONGEST_WORD && digits <= most && has_one_case && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_random_text() {
        for drawn in [
            "5179f75c4209d75c79f4d5f420d9a75c75f1d79f",
            "kT9fWq27LmZxPq81Rv3N",
            "qWxKvBnMzLpTyRuIoPaS",
            "123e4567-e89b-12d3-a456-426614174000",
            "kT9f-Wq27-Lm2x-Pq81",
        ] {
            assert!(is_drawn(drawn.as_bytes()), "{drawn}");
        }
        for name in [
            "USB_DEVICE_ID_KYE_GPEN_560",
            "FirstContextualKeyword",
            "ARM64_HAS_ADDRESS_AUTH_ARCH_QARMA5",
            "require_once_more",
            "TestLog4J2LoggingSystem",
            "ALICE_prime192v2",
            "DSA-1024-FIPS186-2",
        ] {
            assert!(!is_drawn(name.as_bytes()), "{name}");
        }
    }
}
