//! Files that are generated and checked in. `OUTGATE_BLESS=1` writes them anew.

use std::fs;
use std::path::Path;

/// Compares a schema with its checked-in file, or writes the file.
fn check(name: &str, schema: &serde_json::Value) {
    let mut schema = schema.clone();
    schema.sort_all_objects();
    let current = serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
    check_text(&format!("schemas/{name}"), &current);
}

/// Compares a text with its checked-in file, or writes the file.
fn check_text(name: &str, current: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("OUTGATE_BLESS").is_some() {
        fs::write(&path, current).expect("the project is writable");
    }
    let checked_in = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        current == checked_in.replace("\r\n", "\n"),
        "{name} is out of date; run `OUTGATE_BLESS=1 cargo test --test it generated`"
    );
}

#[test]
fn the_report_schema_is_current() {
    check("report.schema.json", &outgate::report::schema());
}

#[test]
fn the_detector_schema_is_current() {
    check("detectors.schema.json", &outgate::detectors::schema());
}

#[test]
fn the_page_of_detectors_is_current() {
    check_text("docs/detectors.md", &outgate::detectors::document());
}

#[test]
fn the_schema_of_the_table_is_current() {
    check("keyworded.schema.json", &outgate::detectors::table_schema());
}

#[test]
fn the_configuration_schema_is_current() {
    check("config.schema.json", &outgate::config::schema());
}

#[test]
fn the_schema_of_profiles_is_current_and_the_shipped_one_obeys() {
    let schema = outgate::submission::schema();
    check("profile.schema.json", &schema);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/submission.toml");
    let profile = fs::read_to_string(path).expect("it is shipped");
    let profile: serde_json::Value = toml::from_str(&profile).expect("it is TOML");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    assert!(validator.is_valid(&profile));
}

#[test]
fn every_detector_file_obeys_the_schema() {
    let of_providers = jsonschema::validator_for(&outgate::detectors::schema()).unwrap();
    let of_table = jsonschema::validator_for(&outgate::detectors::table_schema()).unwrap();
    let mut files = 0;
    for path in crate::detectors::files() {
        let text = fs::read_to_string(&path).unwrap();
        let file: serde_json::Value = toml::from_str(&text).unwrap();
        let (name, validator) = if path.ends_with("keyworded.toml") {
            ("keyworded", &of_table)
        } else {
            ("detectors", &of_providers)
        };
        let faults: Vec<_> = validator
            .iter_errors(&file)
            .map(|fault| fault.to_string())
            .collect();
        assert_eq!(faults, [""; 0], "{}", path.display());
        let schema = format!("#:schema ../schemas/{name}.schema.json\n");
        assert!(text.starts_with(&schema), "{}", path.display());
        files += 1;
    }
    assert!(files > 50, "{files} files");
}

#[test]
fn reports_obey_the_checked_in_schema() {
    let sandbox = crate::sandbox::Sandbox::repository();
    let token = crate::tokens::github("schema");
    sandbox.write("a.env", format!("T={token}\n"));
    sandbox.write("a.png", b"\x89PNG\r\n\x1a\n\0\0\xff");
    sandbox.commit("leak");
    let validator = jsonschema::validator_for(&outgate::report::schema()).unwrap();
    let mut report = sandbox.json(&["."]).report;
    let faults: Vec<_> = validator
        .iter_errors(&report)
        .map(|fault| fault.to_string())
        .collect();
    assert_eq!(faults, [""; 0]);
    report["coverage"]["files"] = "many".into();
    assert!(!validator.is_valid(&report));
}
