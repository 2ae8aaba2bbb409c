//! Irregular tokens: those that begin as a provider's do and fit none of its detectors.
//!
//! A provider that lengthens its tokens is seen the day it does so, and what was cut or made up is
//! accounted for. Owns the detector that the `prefixes` of a file stand for. Does not own what a
//! match is worth: it is `unlikely` in any case (`Confidence::Unlikely`).

use super::spec::{Confidence, DetectorSpec, ProviderSpec, RegexSpec, Severity, ShapeSpec};

/// Shortest prefix, in bytes: a shorter one stands in other names, too.
const SHORTEST: usize = 4;
/// Least and greatest length of what follows the prefix, in bytes.
const LEAST: usize = 10;
const MOST: usize = 200;

impl ProviderSpec {
    /// The detector of irregular tokens, if the file has prefixes.
    ///
    /// # Errors
    /// A description, when a prefix is too short or there is no detector to take after.
    pub(super) fn irregular(&self) -> Result<Option<DetectorSpec>, String> {
        let Some(first) = self.prefixes.first() else {
            return Ok(None);
        };
        let model = self.detectors.first();
        let model = model.ok_or("`prefixes` need a detector beside them")?;
        if let Some(short) = self.prefixes.iter().find(|prefix| prefix.len() < SHORTEST) {
            return Err(format!(
                "prefix `{short}` has fewer than {SHORTEST} bytes: it would stand in other names, too"
            ));
        }
        let escaped: Vec<String> = self.prefixes.iter().map(|text| escape(text)).collect();
        Ok(Some(DetectorSpec {
            provider: None,
            id: format!("{}-irregular", self.provider),
            name: format!("{} token (irregular form)", self.name),
            severity: Severity::Low,
            anchors: self.prefixes.clone(),
            shape: Some(ShapeSpec::Regex(RegexSpec {
                regex: format!("(?:{})[A-Za-z0-9_-]{{{LEAST},{MOST}}}", escaped.join("|")),
            })),
            entropy: 0.0,
            near: None,
            assigned: Vec::new(),
            keywords: Vec::new(),
            forms: Vec::new(),
            check: None,
            companions: Vec::new(),
            public: false,
            shared: false,
            test_mode: Vec::new(),
            confidence: Confidence::Unlikely,
            remediation: model.remediation.clone(),
            source: model.source.clone(),
            examples: vec![
                format!("token = \"{first}{{alnum:24}}\""),
                format!("{first}{{alnum:33}}"),
            ],
            counter_examples: vec![format!("{first}{{alnum:3}}"), format!("{first}=")],
        }))
    }
}

/// A text as a regular expression for itself; prefixes hold letters, digits and a few signs.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if !letter.is_ascii_alphanumeric() {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
