//! The embedded detectors as a set, and the commands about them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use outgate::detectors::{DetectorSet, embedded_examples, read_file};
use outgate::verifier::examples::failures;

use crate::sandbox::Sandbox;

/// The detector files of the project.
pub(crate) fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("detectors");
    let entries = std::fs::read_dir(folder).expect("the folder of detectors");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

#[test]
fn there_are_enough_and_ids_are_unique() {
    let set = DetectorSet::embedded();
    let ids: BTreeSet<_> = set.detectors().iter().map(|one| &one.id).collect();
    assert_eq!(ids.len(), set.detectors().len());
    assert!(ids.len() >= 150, "{}", ids.len());
}

#[test]
fn companions_exist() {
    let set = DetectorSet::embedded();
    for detector in set.detectors() {
        for companion in &detector.companions {
            assert!(set.find(companion).is_ok(), "{}: {companion}", detector.id);
        }
    }
}

#[test]
fn every_example_passes() {
    let set = DetectorSet::embedded();
    let examples = embedded_examples();
    assert_eq!(set.detectors().len(), examples.len());
    let mut faults = Vec::new();
    for (detector, examples) in set.detectors().iter().zip(&examples) {
        assert!(examples.positive.len() >= 2, "{}", detector.id);
        assert!(!examples.negative.is_empty(), "{}", detector.id);
        let all = failures(detector, examples);
        faults.extend(
            all.into_iter()
                .map(|fault| format!("{}: {fault}", detector.id)),
        );
    }
    assert_eq!(faults, [""; 0]);
}

#[test]
fn each_file_is_named_after_its_provider_and_embedded() {
    let set = DetectorSet::embedded();
    let mut count = 0;
    for path in files() {
        let (spec, detectors, _) = read_file(&path).unwrap();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        assert_eq!(stem, Some(spec.provider.as_str()));
        for detector in &detectors {
            let embedded = set.find(&detector.id).unwrap();
            assert_eq!(embedded.provider, detector.provider);
            let is_table = spec.provider == "keyworded";
            assert!(is_table || *detector.provider == *spec.provider);
        }
        count += detectors.len();
    }
    assert_eq!(count, set.detectors().len());
}

#[test]
fn the_project_passes_its_own_lint() {
    let sandbox = Sandbox::folder();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("detectors");
    let outcome = sandbox.run(&["detectors", "lint", folder.to_str().unwrap()]);
    assert_eq!(outcome.code, 0, "{}", outcome.stdout);
    assert!(
        outcome.stdout.ends_with(", 0 faults\n"),
        "{}",
        outcome.stdout
    );
}

/// A detector file with one detector of this shape.
fn file_with(shape: &str) -> String {
    format!(
        "provider = \"acme\"\nname = \"Acme\"\n\n[[detector]]\nid = \"acme-key\"\n\
         name = \"Acme key\"\nseverity = \"low\"\nanchors = [\"acme_\"]\nshape = {shape}\n\
         remediation = \"Revoke it.\"\nsource = \"https://acme.example/docs\"\n\
         examples = [\"key: {{secret}}\", \"k={{secret}}\"]\n\
         counter-examples = [\"acme_{{alnum:3}}\", \"key: acme_\"]\n"
    )
}

#[test]
fn lint_accepts_a_good_file_and_names_the_fault_of_a_bad_one() {
    let sandbox = Sandbox::folder();
    let lint = |shape: &str| {
        sandbox.write("acme.toml", file_with(shape));
        sandbox.run(&["detectors", "lint", "acme.toml"])
    };
    let good = lint("{ regex = 'acme_[A-Za-z0-9]{24}' }");
    assert_eq!(
        (good.code, good.stdout.as_str()),
        (0, "1 detectors, 0 faults\n")
    );
    for bad in [
        "{ regex = 'acme_[A-Z' }",
        "{ regex = 'acme_[A-Za-z0-9]+' }",
        "{ regex = '[a-f0-9]{32}' }",
    ] {
        let outcome = lint(bad);
        assert!(matches!(outcome.code, 1 | 2), "{bad}: {outcome:?}");
        let said = outcome.stdout + &outcome.stderr;
        assert!(said.contains("acme.toml"), "{bad}: {said}");
        assert!(said.contains("acme-key"), "{bad}: {said}");
        assert!(!said.contains("panicked"), "{bad}: {said}");
    }
}

#[test]
fn lint_refuses_a_set_that_stops_the_search_at_every_other_word() {
    let sandbox = Sandbox::folder();
    let words = [
        "ing", "ion", "the", "ent", "est", "for", "con", "str", "int", "ret", "ter", "tio", "sta",
        "ate", "ati", "ment", "   ", "---", "in_", "or_", "er_", "ine", "and", "all", "his", "tha",
        "ver", "per",
    ];
    let lint = |words: &[&str]| {
        let shape = "{ alphabet = \"a-z\", length = 24 }";
        let names = format!("anchors = {words:?}\nassigned = {words:?}");
        let file = file_with(shape).replace("anchors = [\"acme_\"]", &names);
        sandbox.write("acme.toml", file);
        sandbox.run(&["detectors", "lint", "acme.toml"])
    };
    assert!(!lint(&words[..1]).stdout.contains("a search would stop"));
    let outcome = lint(&words);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stdout.contains("all files: a search would stop"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn lint_reports_files_it_cannot_read() {
    let sandbox = Sandbox::folder();
    let outcome = sandbox.run(&["detectors", "lint", "gone.toml"]);
    assert!(matches!(outcome.code, 1 | 2), "{outcome:?}");
    assert!((outcome.stdout + &outcome.stderr).contains("gone.toml"));
    sandbox.write("typo.toml", file_with("{ prefx = \"acme_\" }"));
    let outcome = sandbox.run(&["detectors", "lint", "typo.toml"]);
    let said = outcome.stdout + &outcome.stderr;
    assert!(
        said.contains("typo.toml") && said.contains("line 9"),
        "{said}"
    );
}

#[test]
fn list_show_and_test_speak_of_the_same_detectors() {
    let sandbox = Sandbox::folder();
    let all = sandbox.run(&["detectors", "list"]);
    let count = DetectorSet::embedded().detectors().len();
    assert_eq!(all.code, 0);
    assert!(all.stdout.ends_with(&format!("\n{count} detectors\n")));
    let some = sandbox.run(&["detectors", "list", "GitHub"]);
    assert!(some.stdout.lines().count() < 30);
    assert!(some.stdout.contains("github-pat "));
    let shown = sandbox.run(&["detectors", "show", "github-pat"]);
    assert_eq!(shown.code, 0);
    for part in [
        "severity:  critical",
        "ghp_",
        "base62-crc32",
        "https://docs.github.com",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    let test = sandbox.run(&["detectors", "test", "github-pat", "stripe-secret-key"]);
    assert_eq!(
        (test.code, test.stdout.as_str()),
        (0, "11 passed, 0 failed\n")
    );
}

#[test]
fn an_unknown_id_gets_a_guess() {
    let sandbox = Sandbox::folder();
    for command in ["show", "test"] {
        let outcome = sandbox.run(&["detectors", command, "github-pta"]);
        assert_eq!(outcome.code, 2);
        let wanted =
            "error: no detector is called `github-pta`\n  hint: did you mean `github-pat`?\n";
        assert_eq!(outcome.stderr, wanted);
    }
}
