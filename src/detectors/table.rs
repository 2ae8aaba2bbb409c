//! The table of keywords: providers whose tokens have no text of their own, one line each.
//!
//! Owns the form of `detectors/keyworded.toml` and what a line means: a detector that needs a word
//! for the provider before the token. Does not own how such a detector works (`engine::keyword`).

use serde::Deserialize;

use super::spec::{Confidence, DetectorSpec, ProviderSpec, RegexSpec, Severity, ShapeSpec};

/// Name of the table without `.toml`.
pub const TABLE: &str = "keyworded";
/// Where it is said what the lines without documentation of their own rest on.
const SOURCE: &str = "https://github.com/outgate/outgate/blob/main/docs/detectors.md";
/// Rule sets that must know a shape before it is more than possible.
const CORROBORATED: u8 = 2;
/// Least entropy of a value, in bits a character: digits alone have no more than 3.3.
const ENTROPY: f32 = 2.5;

/// The table.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KeywordTable {
    /// The lines, by provider.
    pub providers: Vec<KeywordLine>,
}

/// One provider.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KeywordLine {
    /// Short name in kebab-case; the detector is called `<id>-credential`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Words that stand before a token (see `DetectorSpec::keywords`).
    pub words: Vec<String>,
    /// Expressions for the values, bounded; without one only values that are assigned to a name
    /// with one of the words are found.
    #[serde(default)]
    pub values: Vec<String>,
    /// Expressions for all keys and tokens, where the vendor documents them: another value that is
    /// assigned to a key or token of it is none.
    #[serde(default)]
    pub forms: Vec<String>,
    /// How many independent public sources state these shapes; a single one makes a value after
    /// one of the words no more than `possible`.
    #[serde(default)]
    pub known: u8,
    /// What a leak usually costs.
    #[serde(default = "medium")]
    pub severity: Severity,
    /// The vendor's documentation, if it is known to state the format.
    #[serde(default)]
    pub source: Option<String>,
}

fn medium() -> Severity {
    Severity::Medium
}

impl KeywordTable {
    /// The lines written out as detectors.
    pub fn expand(&self) -> ProviderSpec {
        ProviderSpec {
            provider: TABLE.to_owned(),
            name: "Providers by keyword".to_owned(),
            prefixes: Vec::new(),
            detectors: self.providers.iter().map(KeywordLine::expand).collect(),
        }
    }
}

impl KeywordLine {
    fn expand(&self) -> DetectorSpec {
        let confidence = if self.known >= CORROBORATED || self.values.is_empty() {
            Confidence::Likely
        } else {
            Confidence::Possible
        };
        let first = self.words.first();
        let word = first.map_or_else(String::new, |word| word.to_ascii_uppercase());
        DetectorSpec {
            provider: Some(self.id.clone()),
            id: format!("{}-credential", self.id),
            name: format!("{} credential", self.name),
            severity: self.severity,
            anchors: Vec::new(),
            shape: (!self.values.is_empty()).then(|| {
                ShapeSpec::Regex(RegexSpec {
                    regex: format!("(?:{})", self.values.join("|")),
                })
            }),
            entropy: ENTROPY,
            near: None,
            assigned: Vec::new(),
            keywords: self.words.clone(),
            forms: self.forms.clone(),
            check: None,
            companions: Vec::new(),
            public: false,
            shared: false,
            test_mode: Vec::new(),
            confidence,
            remediation: format!(
                "Revoke it in the account at {}, issue a new one and read that from the environment or a secret store.",
                self.name
            ),
            source: self.source.clone().unwrap_or_else(|| SOURCE.to_owned()),
            examples: vec![
                format!("{word}_ACCESS_TOKEN=\"{{secret}}\""),
                format!("  \"{word}_secret\": \"{{secret}}\","),
            ],
            counter_examples: vec![
                format!("{word}_TOKEN=your_token_here"),
                format!("{word}_TOKEN = load_secret(\"{{lower:12}}\")"),
            ],
        }
    }
}
