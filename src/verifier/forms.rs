//! Forms: what all keys and tokens of a provider look like, where it documents that.
//!
//! Owns the question whether a text is of one, and the expressions, compiled when they are first
//! needed. Does not own which values are asked about.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::bytes::{Regex, RegexBuilder};

/// What was compiled, by its text; few providers have any.
static COMPILED: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);

/// Says whether the forms are known, and a value is of none of them.
pub(super) fn exclude(forms: &str, value: &[u8]) -> bool {
    if forms.is_empty() {
        return false;
    }
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if !compiled.contains_key(forms) {
        let mut builder = RegexBuilder::new(&format!(r"\A(?:{forms})\z"));
        compiled.insert(forms.to_owned(), builder.unicode(false).build().ok());
    }
    let regex = compiled.get(forms).and_then(Option::as_ref);
    regex.is_some_and(|regex| !regex.is_match(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excludes_what_is_of_no_form() {
        let forms = "ab[0-9]{3}|x{4}";
        assert!(exclude(forms, b"ab12"));
        assert!(exclude(forms, b"ab1234"));
        assert!(!exclude(forms, b"ab123"));
        assert!(!exclude(forms, b"xxxx"));
        assert!(!exclude("", b"anything"));
    }
}
