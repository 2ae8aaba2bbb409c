//! Allow entries: which findings are known and accepted, why and for how long.
//!
//! Owns the shape of an `[[allow]]` entry, its demands and what it covers. Does not own the
//! consequences (`pipeline`).

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;
use regex::bytes::Regex;
use serde::Deserialize;

/// One rule for findings that are known and accepted. What it names must all hold.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Allow {
    /// The fingerprint as reports show it.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// Ids of detectors, one of which found it.
    #[serde(default)]
    pub detectors: Vec<String>,
    /// Paths in gitignore syntax, relative to the root of the scan, one of which matches each place
    /// of the finding.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Regular expressions, one of which matches the whole value.
    #[serde(default)]
    pub values: Vec<Pattern>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which the entry holds, as in `2027-03-31`.
    #[serde(default)]
    pub expires: Option<Day>,
}

impl Allow {
    /// Says what an entry lacks.
    pub(super) fn fault(&self) -> Option<(String, &'static str)> {
        let scopes = [&self.detectors, &self.paths];
        let is_scoped = self.fingerprint.is_some()
            || !self.values.is_empty()
            || scopes.iter().any(|scope| !scope.is_empty());
        if !is_scoped {
            return Some((
                "an allow entry says of no finding that it is accepted".to_owned(),
                "name a `fingerprint`, or `detectors`, `paths` or `values`",
            ));
        }
        self.reason.trim().is_empty().then(|| {
            (
                format!("the allow entry for {self} has no reason"),
                "say in `reason` why the finding is accepted",
            )
        })
    }

    /// Says whether the entry no longer holds on a day.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|Day(last)| last < today)
    }
}

/// What an entry is about, as in `fingerprint 1e38…` or `paths tests/`.
impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(fingerprint) = &self.fingerprint {
            parts.push(format!("fingerprint {fingerprint}"));
        }
        if !self.detectors.is_empty() {
            parts.push(format!("detectors {}", self.detectors.join(", ")));
        }
        if !self.paths.is_empty() {
            parts.push(format!("paths {}", self.paths.join(", ")));
        }
        // An expression may well be the secret itself.
        if !self.values.is_empty() {
            parts.push("values …".to_owned());
        }
        f.write_str(&parts.join(" and "))
    }
}

/// A regular expression for whole values.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Says whether the expression matches all of a value.
    pub fn matches(&self, value: &[u8]) -> bool {
        self.regex.is_match(value)
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match Regex::new(&format!(r"(?s)\A(?:{text})\z")) {
            Ok(regex) => Ok(Self { text, regex }),
            // The message would show the expression, which may be the secret itself.
            Err(_) => Err(
                "not a regular expression (look-around and back references are not supported)"
                    .to_owned(),
            ),
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl schemars::JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A regular expression in the syntax of the Rust `regex` crate, which must match the whole value.",
            "type": "string"
        })
    }
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Day(pub Date);

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.parse() {
            Ok(day) => Ok(Self(day)),
            Err(_) => Err("not a day, which is written as in `2027-03-31`".to_owned()),
        }
    }
}

impl std::str::FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl schemars::JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A day, as in `2027-03-31`.",
            "type": "string",
            "format": "date"
        })
    }
}
