//! Pairs of a key id and its secret: near, far, and alone.

use serde_json::Value;

use crate::sandbox::Sandbox;
use crate::tokens::aws_pair;

fn id_line() -> String {
    format!("aws_access_key_id = {}\n", aws_pair("pairs").0)
}

fn secret_line() -> String {
    format!("aws_secret_access_key = {}\n", aws_pair("pairs").1)
}

/// The verdict and the reasons of the one finding of a detector.
fn finding(report: &Value, id: &str) -> (String, String) {
    let findings = report["findings"].as_array().expect("findings");
    let one = findings.iter().find(|one| one["detector"] == id);
    let one = one.unwrap_or_else(|| panic!("{id}: {report}"));
    (one["verdict"].to_string(), one["reasons"].to_string())
}

#[test]
fn the_other_part_is_found_near_and_far() {
    let filler = "x = 1\n".repeat(50);
    for (files, wanted) in [
        (vec![("a.ini", id_line() + &secret_line())], "one line away"),
        (
            vec![("a.ini", id_line() + "# c\n" + &secret_line())],
            "2 lines away",
        ),
        (
            vec![("a.ini", id_line() + &filler + &secret_line())],
            "in the same file",
        ),
        (
            vec![("d/a.ini", id_line()), ("d/b.ini", secret_line())],
            "in the same folder",
        ),
    ] {
        let sandbox = Sandbox::folder();
        for (name, text) in files {
            sandbox.write(name, text);
        }
        let report = sandbox.json(&["."]).report;
        for id in ["aws-access-key-id", "aws-secret-access-key"] {
            let (verdict, reasons) = finding(&report, id);
            assert_eq!(verdict, "\"likely\"", "{wanted}: {reasons}");
            assert!(reasons.contains(wanted), "{wanted}: {reasons}");
        }
    }
}

#[test]
fn half_a_pair_is_a_lesser_finding() {
    let sandbox = Sandbox::folder();
    sandbox.write("a/a.ini", id_line());
    sandbox.write("b/b.ini", secret_line());
    let report = sandbox.json(&["."]).report;
    for id in ["aws-access-key-id", "aws-secret-access-key"] {
        let (verdict, reasons) = finding(&report, id);
        assert_eq!(verdict, "\"possible\"");
        assert!(reasons.contains("half of a pair"), "{reasons}");
    }
}

#[test]
fn a_part_of_another_commit_counts() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.ini", id_line());
    sandbox.commit("id");
    sandbox.write("a.ini", secret_line());
    sandbox.commit("secret");
    let report = sandbox.json(&["--history", "."]).report;
    let (verdict, reasons) = finding(&report, "aws-access-key-id");
    assert_eq!(verdict, "\"likely\"");
    assert!(reasons.contains("its other part is"), "{reasons}");
}
