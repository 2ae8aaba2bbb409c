//! What is written: a configuration file and a file of detectors.
//!
//! Owns their text. Does not own what stands in them.

use toml::Value;

use super::{Imported, Rule};

/// Where detectors come from, for a format that only its users know.
const SOURCE: &str = "https://github.com/gitleaks/gitleaks#configuration";
/// How far a keyword may be, in bytes: the most that a detector may say.
const REACH: usize = 1000;

impl Imported {
    /// The configuration file; `detectors` is the folder of the detectors relative to the root of the
    /// repository. `None` where there is nothing to say.
    pub fn config_file(&self, detectors: &str) -> Option<String> {
        let mut text = String::new();
        if !self.exclude.is_empty() {
            text.push_str(&format!("exclude = {}\n", list(&self.exclude)));
        }
        if !self.off.is_empty() || !self.rules.is_empty() {
            text.push_str("\n[detectors]\n");
        }
        if !self.off.is_empty() {
            text.push_str(&format!("off = {}\n", list(&self.off)));
        }
        if !self.rules.is_empty() {
            text.push_str(&format!("paths = [{}]\n", quoted(detectors)));
        }
        for entry in &self.allow {
            text.push_str("\n[[allow]]\n");
            for (key, values) in [
                ("detectors", &entry.detectors),
                ("paths", &entry.paths),
                ("values", &entry.values),
            ] {
                if !values.is_empty() {
                    text.push_str(&format!("{key} = {}\n", list(values)));
                }
            }
            text.push_str(&format!("reason = {}\n", quoted(&entry.reason)));
        }
        (!text.is_empty()).then(|| text.trim_start().to_owned())
    }

    /// The file of detectors, if there are any.
    pub fn detector_file(&self) -> Option<String> {
        let rules: Vec<&Rule> = self.rules.iter().collect();
        (!rules.is_empty()).then(|| detector_file(&self.provider, &rules))
    }
}

/// A file of these detectors.
pub(super) fn detector_file(provider: &str, rules: &[&Rule]) -> String {
    let mut text = format!(
        "provider = {}\nname = {}\n",
        quoted(provider),
        quoted(provider)
    );
    for rule in rules {
        let mut line = |key: &str, value: String| text.push_str(&format!("{key} = {value}\n"));
        line("\n[[detector]]\nid", quoted(&rule.id));
        line("name", quoted(&rule.name));
        line("severity", quoted("high"));
        line("shape", format!("{{ regex = {} }}", quoted(&rule.regex)));
        if !rule.anchors.is_empty() {
            line("anchors", list(&rule.anchors));
        }
        if !rule.near.is_empty() {
            let words = list(&rule.near);
            line("near", format!("{{ words = {words}, reach = {REACH} }}"));
        }
        if rule.entropy > 0.0 {
            line("entropy", format!("{:?}", rule.entropy));
        }
        line(
            "remediation",
            quoted("Revoke it where it was issued, then review the log of its use."),
        );
        line("source", quoted(SOURCE));
        line("examples", list(&examples(rule)));
        line(
            "counter-examples",
            list(&["none".to_owned(), "key = none".to_owned()]),
        );
    }
    text
}

/// Two contexts, with a word that must be near.
fn examples(rule: &Rule) -> [String; 2] {
    let word = rule.near.first().map_or("key", String::as_str);
    [
        format!("{word} {{secret}}"),
        format!("{word} = \"{{secret}}\""),
    ]
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}
