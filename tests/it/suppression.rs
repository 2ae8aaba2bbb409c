//! What keeps a finding from counting: comments, accepted fingerprints, detectors off.

use std::fs;

use crate::sandbox::Sandbox;
use crate::tokens::github;

/// Scans a file; gives the exit code and how many findings inline comments hid.
fn scan(text: &str) -> (i32, u64) {
    let sandbox = Sandbox::folder();
    sandbox.write("app.env", text);
    let seen = sandbox.json(&["."]);
    let hidden = seen.report["hidden"]["inline"].as_u64();
    (seen.code, hidden.expect("a count"))
}

#[test]
fn a_comment_covers_its_line_or_the_next() {
    let token = github("inline");
    assert_eq!(scan(&format!("T={token} # outgate: ignore\n")), (0, 1));
    assert_eq!(scan(&format!("# outgate: ignore\nT={token}\n")), (0, 1));
    assert_eq!(scan(&format!("# outgate: ignore\n\nT={token}\n")), (1, 0));
    assert_eq!(scan(&format!("T={token}\n# outgate: ignore\n")), (1, 0));
    assert_eq!(scan(&format!("A=1 # outgate: ignore\nT={token}\n")), (1, 0));
}

#[test]
fn a_comment_can_name_detectors() {
    let token = github("named");
    let line = |rest: &str| format!("T={token} # outgate: {rest}\n");
    assert_eq!(scan(&line("ignore[github-pat] rotated in March")), (0, 1));
    assert_eq!(scan(&line("ignore[jwt, github-pat]")), (0, 1));
    assert_eq!(scan(&line("ignore[jwt]")), (1, 0));
    assert_eq!(scan(&line("ignored")), (1, 0));
}

#[test]
fn one_open_place_is_enough_to_report() {
    let token = github("twice");
    let (code, hidden) = scan(&format!("T={token} # outgate: ignore\nT={token}\n"));
    assert_eq!((code, hidden), (1, 0));
}

#[test]
fn hidden_findings_are_counted_for_people() {
    let sandbox = Sandbox::folder();
    sandbox.write(
        "a.env",
        format!("T={} # outgate: ignore\n", github("count")),
    );
    let stdout = sandbox.scan(&["."]).stdout;
    assert!(
        stdout.contains("not shown: 1 suppressed by inline comments"),
        "{stdout}"
    );
}

fn fingerprint(sandbox: &Sandbox) -> String {
    let seen = sandbox.json(&["."]);
    let fingerprint = seen.only()["fingerprint"].as_str();
    fingerprint.expect("a text").to_owned()
}

#[test]
fn an_accepted_fingerprint_survives_moves_and_renames() {
    let sandbox = Sandbox::repository();
    let token = github("accepted");
    sandbox.write("a.env", format!("T={token}\n"));
    sandbox.commit("add");
    let accepted = fingerprint(&sandbox);
    sandbox.write("a.env", format!("\n\n# moved\nOTHER={token}\n"));
    sandbox.commit("move");
    assert_eq!(fingerprint(&sandbox), accepted);
    fs::rename(sandbox.root().join("a.env"), sandbox.root().join("b.env")).unwrap();
    sandbox.commit("rename");
    assert_eq!(fingerprint(&sandbox), accepted);
    sandbox.write(
        "outgate.toml",
        format!("[[allow]]\nfingerprint = \"{accepted}\"\nreason = \"revoked\"\n"),
    );
    let seen = sandbox.json(&["."]);
    assert_eq!((seen.code, seen.findings().len()), (0, 0));
    assert_eq!(seen.report["hidden"]["config"], 1);
    let stdout = sandbox.scan(&["."]).stdout;
    assert!(
        stdout.contains("1 suppressed by the configuration file"),
        "{stdout}"
    );
    sandbox.write("other.env", format!("T={}\n", github("fresh")));
    assert_eq!(sandbox.json(&["."]).findings().len(), 1);
}

#[test]
fn an_accepted_finding_needs_a_reason() {
    let sandbox = Sandbox::folder();
    sandbox.write(
        "outgate.toml",
        "[[allow]]\nfingerprint = \"ab\"\nreason = \"\"\n",
    );
    let outcome = sandbox.scan(&["."]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("no reason"), "{}", outcome.stderr);
}

#[test]
fn detectors_can_be_off() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.txt", format!("see {}\n", github("off")));
    assert_eq!(sandbox.scan(&["."]).code, 1);
    sandbox.write("outgate.toml", "[detectors]\noff = [\"github-pat\"]\n");
    let seen = sandbox.json(&["."]);
    assert!(seen.verdicts().iter().all(|(id, _)| *id != "github-pat"));
    sandbox.write("outgate.toml", "[detectors]\noff = [\"github-patt\"]\n");
    let outcome = sandbox.scan(&["."]);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("did you mean `github-pat`?"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn fail_on_can_stand_in_the_file_and_a_flag_wins() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.env", format!("T={}\n", github("fail")));
    sandbox.write("outgate.toml", "fail-on = \"never\"\n");
    assert_eq!(sandbox.scan(&["."]).code, 0);
    assert_eq!(sandbox.scan(&["--fail-on=verified", "."]).code, 1);
    assert_eq!(sandbox.scan(&["--isolated", "."]).code, 1);
}

#[test]
fn an_unknown_key_is_shown_with_a_caret_and_a_guess() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.txt", "text\n");
    sandbox.write("outgate.toml", "fail-on = \"likely\"\nexclud = [\"a\"]\n");
    let outcome = sandbox.scan(&["."]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    for part in [
        "[DIR]/outgate.toml",
        "line 2",
        "^^^^^^",
        "did you mean `exclude`?",
    ] {
        assert!(outcome.stderr.contains(part), "{part}: {}", outcome.stderr);
    }
    sandbox.write("outgate.toml", "fail-on = \"likly\"\n");
    let outcome = sandbox.scan(&["."]);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("did you mean `likely`?"),
        "{}",
        outcome.stderr
    );
    assert_eq!(sandbox.scan(&["--isolated", "."]).code, 0);
}

#[test]
fn a_named_configuration_must_exist() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.txt", "text\n");
    let outcome = sandbox.scan(&["--config", "gone.toml", "."]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("gone.toml"), "{}", outcome.stderr);
}
