//! Expressions: from the syntax of Go to that of Rust.
//!
//! Owns the differences in spelling, and the values that an expression found somewhere in a value
//! stands for. Does not own what a rule's expression must be like (`rule`).

use std::iter::Peekable;
use std::str::Chars;

use crate::config::Pattern;

/// Writes an expression of Go's syntax in that of Rust: what is a literal there and an operator
/// here is escaped.
pub(super) fn from_go(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(one) = rest.next() {
        match one {
            '\\' => escape(&mut rest, &mut written),
            '[' => class(&mut rest, &mut written),
            '{' if !is_repetition(&rest) => written.push_str(r"\{"),
            _ => written.push(one),
        }
    }
    written
}

/// Copies what follows a backslash.
fn escape(rest: &mut Peekable<Chars<'_>>, written: &mut String) {
    match rest.next() {
        Some('Q') => quote(rest, written),
        // Ends of words in Rust.
        Some(sign @ ('<' | '>')) => written.push(sign),
        Some(letter) => {
            written.extend(['\\', letter]);
            if "xpP".contains(letter) && rest.peek() == Some(&'{') {
                for part in rest.by_ref() {
                    written.push(part);
                    if part == '}' {
                        break;
                    }
                }
            }
        }
        None => written.push('\\'),
    }
}

/// Copies a literal text up to `\E`.
fn quote(rest: &mut Peekable<Chars<'_>>, written: &mut String) {
    let mut literal = String::new();
    while let Some(one) = rest.next() {
        if one == '\\' && rest.peek() == Some(&'E') {
            rest.next();
            break;
        }
        literal.push(one);
    }
    regex_syntax::escape_into(&literal, written);
}

/// Copies a class, in which Rust knows nesting and set operators.
fn class(rest: &mut Peekable<Chars<'_>>, written: &mut String) {
    written.push('[');
    if rest.next_if_eq(&'^').is_some() {
        written.push('^');
    }
    // Where the first sign is `]`, it is a member.
    if rest.next_if_eq(&']').is_some() {
        written.push_str(r"\]");
    }
    let mut last = '[';
    while let Some(one) = rest.next() {
        match one {
            ']' => {
                written.push(']');
                return;
            }
            '\\' => escape(rest, written),
            '[' if rest.peek() == Some(&':') => {
                written.push('[');
                for part in rest.by_ref() {
                    written.push(part);
                    if part == ']' {
                        break;
                    }
                }
            }
            '[' | '&' | '~' => written.extend(['\\', one]),
            '-' if last == '-' => written.push_str(r"\-"),
            _ => written.push(one),
        }
        last = one;
    }
}

/// Says whether a count follows an opening brace, as in `3}`, `3,}` or `3,5}`.
fn is_repetition(rest: &Peekable<Chars<'_>>) -> bool {
    let inner: Option<String> = {
        let text: String = rest.clone().take(12).collect();
        text.split_once('}').map(|(inner, _)| inner.to_owned())
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    inner.is_some_and(|inner| match inner.split_once(',') {
        Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
        None => is_number(&inner),
    })
}

/// The whole values in which an expression is found: theirs searches, ours must match all.
pub(super) fn values_with(regex: &str) -> Option<String> {
    let inner = from_go(regex);
    // By itself first, so that no bracket of it closes ours.
    regex_syntax::ast::parse::Parser::new().parse(&inner).ok()?;
    checked(format!(".*(?-su:{inner}).*"))
}

/// The whole values that hold a word, in any case.
pub(super) fn values_with_word(word: &str) -> Option<String> {
    checked(format!(".*(?i:{}).*", regex_syntax::escape(word)))
}

fn checked(pattern: String) -> Option<String> {
    Pattern::try_from(pattern.clone()).ok().map(|_| pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_spells_otherwise_is_rewritten() {
        for (go, rust) in [
            (r"a{2,3}b{4,}c{5}", r"a{2,3}b{4,}c{5}"),
            (r"\{{secret}}", r"\{\{secret}}"),
            (r"a{,3}", r"a\{,3}"),
            (r"[\w[\]]+", r"[\w\[\]]+"),
            (r"[]a]", r"[\]a]"),
            (r"[^]&~]", r"[^\]\&\~]"),
            (r"[[:alpha:]_]", r"[[:alpha:]_]"),
            (r"[+--]", r"[+-\-]"),
            (r"\Qa.b*\E.", r"a\.b\*."),
            (r"\<a\>", "<a>"),
            (r"\x{41}\pL", r"\x{41}\pL"),
        ] {
            assert_eq!(from_go(go), rust);
            assert!(regex::Regex::new(rust).is_ok(), "{rust}");
        }
    }

    #[test]
    fn a_value_is_searched_as_there() {
        let holds = |regex: &str, value: &str| {
            let pattern = Pattern::try_from(values_with(regex).unwrap()).unwrap();
            pattern.matches(value.as_bytes())
        };
        assert!(holds("EXAMPLE", "key-EXAMPLE-1"));
        assert!(holds("^key", "key-1") && !holds("^key", "a-key-1"));
        assert!(holds("1$", "key-1") && !holds("1$", "key-12"));
        assert!(!holds("a.b", "a\nb"));
        assert!(values_with("(").is_none() && values_with("a)(b").is_none());
        assert!(values_with("(?:a{1000}){1000}{1000}").is_none());
    }

    #[test]
    fn a_word_is_found_in_any_case() {
        let pattern = Pattern::try_from(values_with_word("ex.mple").unwrap()).unwrap();
        assert!(pattern.matches(b"an EX.MPLE!") && !pattern.matches(b"example"));
    }
}
