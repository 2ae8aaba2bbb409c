//! The JSON report, one document a run, and its schema.
//!
//! Owns how the document is laid out. Does not own its shape (`model`) or framing by lines
//! (`jsonl`).

use std::io;

use schemars::generate::SchemaSettings;

use super::Report;
use super::terminal::escape_json;

/// Writes the report as one indented document.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let json = serde_json::to_string_pretty(report)?;
    writeln!(out, "{}", escape_json(&json))
}

/// Gives the JSON Schema of the document.
pub fn schema() -> serde_json::Value {
    let mut schema = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Report>()
        .to_value();
    schema.sort_all_objects();
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_obeys_its_schema() {
        let mut bytes = Vec::new();
        write(&super::super::tests::report(), &mut bytes).unwrap();
        let mut document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&document)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(errors, [""; 0]);

        document["findings"][0]["verdict"] = "certain".into();
        assert!(!validator.is_valid(&document));
    }
}
