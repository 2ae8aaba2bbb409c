//! Keys of a configuration of gitleaks that stand in several of its tables.
//!
//! Owns which of them are listed, and how their text is shortened. Does not own what they mean.

use std::collections::BTreeMap;

use toml::Value;

use super::Imported;

/// Keys that say nothing about what is found.
const TELLING: [&str; 5] = [
    "title",
    "description",
    "tags",
    "minversion",
    "betterleaksminversion",
];

/// Lists keys that have no counterpart.
pub(super) fn leave_rest(imported: &mut Imported, of: &str, rest: &BTreeMap<String, Value>) {
    for key in rest.keys().filter(|key| !TELLING.contains(&key.as_str())) {
        imported.leave(format!("`{key}`{of}"), "it has no counterpart");
    }
}

/// The text without breaks, if there is any.
pub(super) fn one_line(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}
