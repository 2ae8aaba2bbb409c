//! The SARIF log of a real scan against the schema that OASIS publishes.
//!
//! The schema comes from the package `serde-sarif`, which ships it. Without a network and with
//! nothing cached the test says so and checks the shape alone.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::sandbox::Sandbox;
use crate::tokens::{github, pem};

/// Gives the schema, or what stood in the way.
fn schema(scratch: &Path) -> Result<Value, String> {
    let text = |fault: &dyn std::error::Error| fault.to_string();
    std::fs::create_dir_all(scratch.join("src")).map_err(|fault| text(&fault))?;
    std::fs::write(scratch.join("src/lib.rs"), "").map_err(|fault| text(&fault))?;
    let manifest = scratch.join("Cargo.toml");
    let package = "[package]\nname = \"schema\"\nedition = \"2024\"\n[workspace]\n\
                   [dependencies]\nserde-sarif = { version = \"=0.8.0\", default-features = false }\n";
    std::fs::write(&manifest, package).map_err(|fault| text(&fault))?;
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--manifest-path"])
        .arg(&manifest)
        .output()
        .map_err(|fault| text(&fault))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|fault| text(&fault))?;
    let package = metadata["packages"]
        .as_array()
        .and_then(|all| all.iter().find(|package| package["name"] == "serde-sarif"))
        .and_then(|package| package["manifest_path"].as_str())
        .ok_or("cargo metadata does not name serde-sarif")?;
    let file = Path::new(package).with_file_name("src").join("schema.json");
    // The published schema has a stray bracket in the pattern for languages; strict regex
    // engines refuse it.
    let schema = std::fs::read_to_string(file)
        .map_err(|fault| text(&fault))?
        .replace("{2}]?$", "{2}$");
    serde_json::from_str(&schema).map_err(|fault| text(&fault))
}

/// The log of a repository with findings in tree and history, and a gap.
fn log() -> Value {
    let sandbox = Sandbox::repository();
    sandbox.write("näh/a b.env", format!("T={}\n", github("sarif")));
    sandbox.write("key.pem", format!("{}\n", pem()));
    sandbox.write("gone.txt", "gone\n");
    sandbox.commit("leak");
    std::fs::remove_file(sandbox.loose("HEAD:gone.txt")).expect("a loose object");
    std::fs::remove_file(sandbox.root().join("key.pem")).expect("a file");
    let outcome = sandbox.scan(&["--format=sarif", "--show=unlikely", "."]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    serde_json::from_str(&outcome.stdout).expect("SARIF is JSON")
}

#[test]
fn a_log_has_a_result_for_each_finding_and_path() {
    let log = log();
    assert_eq!(log["version"], "2.1.0");
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2, "{log:#}");
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    for result in results {
        let id = result["ruleId"].as_str().unwrap();
        assert!(rules.iter().any(|rule| rule["id"] == id), "{id}");
    }
}

#[test]
fn a_place_that_is_no_file_has_a_logical_location() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", "nothing\n");
    let id = sandbox.commit(&format!("because of {}", github("message")));
    let outcome = sandbox.run(&["submit", "--out=../out", "."]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let log = std::fs::read_to_string(sandbox.outside().join("out/outgate-report.sarif"));
    let log: Value = serde_json::from_str(&log.expect("it is written")).expect("SARIF is JSON");
    let results = log["runs"][0]["results"].as_array().expect("results");
    let mut locations = results.iter().map(|result| &result["locations"][0]);
    // The reflog, which has the message, too, is a file.
    assert!(
        locations
            .clone()
            .any(|one| one.get("logicalLocations").is_none())
    );
    let logical = locations.find_map(|one| one.get("logicalLocations"));
    let logical = &logical.expect("one for the commit")[0];
    assert_eq!(logical["fullyQualifiedName"], format!("commit {id}"));
    assert_eq!(logical["kind"], "commit");
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped check must be seen")]
fn a_log_obeys_the_published_schema() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sarif-schema");
    let schema = match schema(&scratch) {
        Ok(schema) => schema,
        Err(fault) => {
            eprintln!("not checked against the SARIF schema: {fault}");
            return;
        }
    };
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let mut log = log();
    let faults: Vec<_> = validator
        .iter_errors(&log)
        .map(|fault| fault.to_string())
        .collect();
    assert_eq!(faults, [""; 0]);
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] =
        0.into();
    assert!(!validator.is_valid(&log));
}
