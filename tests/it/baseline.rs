//! `outgate baseline`: what is known passes, what is new or changed does not.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use crate::sandbox::{Outcome, Sandbox};
use crate::tokens::{aws_pair, github};

const FILE: &str = "outgate-baseline.json";

/// A repository with old secrets and a baseline that knows them.
fn known() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", format!("T={}\n", github("first")));
    sandbox.write("b.env", "db_password = \"Zk4!vbn29Q\"\n"); // outgate: ignore made up
    sandbox.commit("old");
    let created = sandbox.run(&["baseline", "create", "--reason", "old"]);
    assert_eq!(created.code, 0, "{created:?}");
    assert!(
        created.stderr.contains("wrote 2 known findings"),
        "{created:?}"
    );
    sandbox
}

fn file(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.root().join(FILE)).expect("a baseline")
}

fn audit(sandbox: &Sandbox, answers: &str) -> Outcome {
    let mut child = sandbox
        .outgate()
        .args(["baseline", "audit"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(answers.as_bytes()).expect("it is read");
    drop(stdin);
    sandbox.finish(child.wait_with_output())
}

#[test]
fn what_is_known_passes_and_what_is_new_fails() {
    let sandbox = known();
    let clean = sandbox.scan(&["."]);
    assert_eq!(clean.code, 0, "{clean:?}");
    assert!(
        clean.stdout.contains("2 known to the baseline"),
        "{clean:?}"
    );
    sandbox.write("c.env", format!("T={}\n", github("second")));
    let seen = sandbox.json(&["."]);
    assert_eq!((seen.code, seen.findings().len()), (1, 1));
    assert_eq!(seen.report["hidden"]["baseline"], 2);
}

#[test]
fn what_is_known_passes_though_it_is_not_shown() {
    let sandbox = known();
    let quiet = ["--show", "verified", "--fail-on", "possible", "."];
    let clean = sandbox.scan(&quiet);
    assert_eq!(clean.code, 0, "{clean:?}");
    sandbox.write("c.env", "db_password = \"Qm7?trs48W\"\n"); // outgate: ignore made up
    let seen = sandbox.scan(&quiet);
    assert_eq!(seen.code, 1, "what is new fails, shown or not: {seen:?}");
}

#[test]
fn a_secret_that_moves_stays_known_and_one_that_changes_does_not() {
    let sandbox = known();
    let token = github("first");
    sandbox.git(&["mv", "a.env", "moved.env"]);
    sandbox.write("moved.env", format!("# a\n# b\nexport TOKEN={token}\n"));
    assert_eq!(sandbox.scan(&["."]).code, 0);
    sandbox.write("moved.env", format!("export TOKEN={}\n", github("rotated")));
    assert_eq!(sandbox.scan(&["."]).code, 1);
}

#[test]
fn the_file_is_sorted_one_entry_a_line_and_gives_nothing_away() {
    let sandbox = known();
    let text = file(&sandbox);
    let paths: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("{\"path\":\"")?.split('"').next())
        .collect();
    assert_eq!(paths, ["a.env", "b.env"]);
    let fingerprints = sandbox.json(&[".", "--isolated"]);
    for finding in fingerprints.findings() {
        let fingerprint = finding["fingerprint"].as_str().expect("a text");
        assert!(!text.contains(fingerprint));
    }
    assert!(!text.contains(&github("first")));
    let alone = sandbox.json(&[FILE, "--isolated", "--show=unlikely"]);
    assert!(alone.findings().is_empty(), "{:#}", alone.report);
}

#[test]
fn update_takes_out_what_is_gone_and_adds_only_when_asked() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.env", format!("T={}\n", github("first")));
    sandbox.write("b.env", format!("T={}\n", github("second")));
    sandbox.run(&["baseline", "create"]);
    fs::remove_file(sandbox.root().join("b.env")).expect("it is there");
    let stale = sandbox.scan(&["."]);
    assert!(
        stale.stdout.contains("`b.env` is there no more"),
        "{stale:?}"
    );
    sandbox.write("c.env", format!("T={}\n", github("third")));
    let updated = sandbox.run(&["baseline", "update"]);
    assert!(
        updated.stderr.contains("1 taken out, 1 new and not added"),
        "{updated:?}"
    );
    assert_eq!(sandbox.scan(&["."]).code, 1);
    sandbox.run(&["baseline", "update", "--add", "--reason", "seen"]);
    let clean = sandbox.scan(&["."]);
    assert_eq!(clean.code, 0, "{clean:?}");
    assert!(!clean.stdout.contains("no more"), "{clean:?}");
    assert!(file(&sandbox).contains("\"reason\":\"seen\""));
}

#[test]
fn an_entry_that_ended_counts_again() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.env", format!("T={}\n", github("first")));
    sandbox.run(&["baseline", "create", "--expires", "2999-12-31"]);
    assert_eq!(sandbox.scan(&["."]).code, 0);
    sandbox.run(&["baseline", "create", "--force", "--expires", "2020-01-31"]);
    let seen = sandbox.json(&["."]);
    assert_eq!(seen.code, 1);
    let reasons = seen.only()["reasons"].to_string();
    assert!(reasons.contains("ended on 2020-01-31"), "{reasons}");
}

#[test]
fn a_baseline_is_not_overwritten_by_accident_and_a_broken_one_is_named() {
    let sandbox = known();
    let again = sandbox.run(&["baseline", "create"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("--force"), "{again:?}");
    sandbox.write(FILE, format!("{}<<<<<<< main\n", file(&sandbox)));
    let broken = sandbox.scan(&["."]);
    assert_eq!(broken.code, 2);
    assert!(
        broken.stderr.contains("unresolved merge at line"),
        "{broken:?}"
    );
    let absent = sandbox.scan(&[".", "--baseline", "none.json"]);
    assert_eq!(absent.code, 2);
    assert!(
        absent.stderr.contains("outgate baseline create"),
        "{absent:?}"
    );
}

#[test]
fn an_audit_asks_about_each_finding_and_keeps_each_answer() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.env", format!("T={}\n", github("first")));
    sandbox.write("b.env", format!("T={}\n", github("second")));
    sandbox.write("c.env", format!("T={}\n", github("third")));
    let audited = audit(&sandbox, "i\n\nmade up\nnonsense\nr\n\ns\n");
    assert_eq!(audited.code, 0, "{audited:?}");
    assert!(
        audited.stderr.contains("2 of 3 findings decided"),
        "{audited:?}"
    );
    let text = file(&sandbox);
    assert!(
        text.contains("\"decision\":\"ignored\",\"reason\":\"made up\""),
        "{text}"
    );
    assert!(text.contains("\"decision\":\"rotate\""), "{text}");
    let seen = sandbox.scan(&["."]);
    assert_eq!(seen.code, 1);
    assert!(
        seen.stdout
            .contains("1 known finding is noted to be rotated"),
        "{seen:?}"
    );
    let rest = audit(&sandbox, "q\n");
    assert!(rest.stdout.contains("[1/1]"), "{rest:?}");
}

#[test]
fn known_secrets_pass_the_hook_too() {
    let sandbox = known();
    let (id, secret) = aws_pair("hook");
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message", "baseline"]);
    sandbox.write("copy.env", format!("T={}\n", github("first")));
    sandbox.git(&["add", "--all"]);
    assert_eq!(sandbox.run(&["hook", "run", "--staged"]).code, 0);
    let pair = format!("aws_access_key_id={id}\naws_secret_access_key={secret}\n");
    sandbox.write("copy.env", pair);
    sandbox.git(&["add", "--all"]);
    assert_eq!(sandbox.run(&["hook", "run", "--staged"]).code, 1);
}
