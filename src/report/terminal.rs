//! Text from outside, made safe to show.
//!
//! Owns the escaping of characters that could move a cursor, recolour a screen or reorder a
//! line. Paths, snippets and details of a scanned repository pass through here before they
//! reach a reader. Does not own colour or layout.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Replaces control characters and bidirectional overrides by `\u{..}`; other text is as it
/// was. Line feeds and tabs count as control characters. The older commands of GitHub Actions,
/// `##[name]`, are obeyed anywhere in a line of a job's log and are broken up; the newer ones
/// begin a line, where our own words stand.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let safe = replace(text, |safe, character| {
        let _ = write!(safe, "\\u{{{:x}}}", u32::from(character));
    });
    if safe.contains("##[") {
        return Cow::Owned(safe.replace("##[", r"##\u{5b}"));
    }
    safe
}

/// Replaces in a finished JSON text the characters that JSON allows as they are and a terminal
/// may obey, by `\uXXXX`. The text means the same.
pub(super) fn escape_json(json: &str) -> Cow<'_, str> {
    replace(json, |safe, character| match character {
        // Between the parts of a document; inside strings serde_json has escaped them.
        '\n' => safe.push('\n'),
        _ => {
            let _ = write!(safe, "\\u{:04x}", u32::from(character));
        }
    })
}

fn replace(text: &str, escape_into: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_unsafe(character) {
            escape_into(&mut safe, character);
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// Says whether a terminal could obey `character` instead of showing it: C0, DEL, C1, line
/// separators, and the marks, embeddings, overrides and isolates of bidirectional text.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(
            escape("a\x1b[31mb\n\u{9b}\u{7f}\u{202e}\u{2066}c"),
            "a\\u{1b}[31mb\\u{a}\\u{9b}\\u{7f}\\u{202e}\\u{2066}c"
        );
    }

    #[test]
    fn no_command_of_a_runner_is_left() {
        assert_eq!(escape("a ###[error]b"), r"a ###\u{5b}error]b");
        assert_eq!(escape("# [x] #[y]"), "# [x] #[y]");
    }

    #[test]
    fn harmless_text_is_not_copied() {
        assert!(matches!(escape("größe/数.txt"), Cow::Borrowed(_)));
        assert_eq!(escape(&escape("\x07")), "\\u{7}");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let text = "\u{9b}\u{7f}\u{202e}\n";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let safe = escape_json(&json);
        assert!(!safe.contains(['\u{9b}', '\u{7f}', '\u{202e}']));
        assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), [text]);
    }
}
