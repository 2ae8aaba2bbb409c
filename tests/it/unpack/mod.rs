//! Archives and documents: every kind is opened, each member has its address, wherever it comes from.

mod hostile;
pub(crate) mod locked;
mod stores;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::sandbox::{Sandbox, Seen};
use crate::tokens::github;

/// Runs a script that builds files, and gives the lines it prints.
pub(crate) fn build(script: &str, folder: &Path, tokens: &[String]) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/unpack")
        .join(script);
    let output = Command::new("python3")
        .arg(path)
        .arg(folder)
        .args(tokens)
        .output()
        .expect("python3 is installed");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {said}");
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    lines.lines().map(str::to_owned).collect()
}

fn tokens(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| github(&format!("unpack {number}")))
        .collect()
}

/// All files of all kinds, and the addresses of the tokens in them.
fn every_kind(sandbox: &Sandbox) -> Vec<String> {
    let count = build("build.py", Path::new("--count"), &[]);
    let count = count[0].parse().expect("a number");
    build("build.py", sandbox.root(), &tokens(count))
}

/// The names a ledger has for a reason.
pub(crate) fn named(seen: &Seen, kind: &str, reason: &str) -> Vec<String> {
    let entries = seen.report["coverage"][kind].as_array();
    let of_reason = |entry: &&Value| entry["reason"] == reason;
    let names = entries.into_iter().flatten().filter(of_reason);
    let names = names.flat_map(|entry| entry["names"].as_array().cloned().unwrap_or_default());
    names
        .map(|name| {
            let text = name.as_str().or_else(|| name["name"].as_str());
            text.unwrap_or_default().to_owned()
        })
        .collect()
}

fn paths(seen: &Seen) -> Vec<String> {
    seen.places().into_iter().map(|(path, _)| path).collect()
}

#[test]
fn a_token_in_every_kind_of_file_is_found_at_its_address() {
    let sandbox = Sandbox::folder();
    let addresses = every_kind(&sandbox);
    let seen = sandbox.json(&["--unpack", "."]);
    let paths = paths(&seen);
    let missed: Vec<&String> = addresses
        .iter()
        .filter(|address| !paths.contains(address))
        .collect();
    assert!(missed.is_empty(), "{missed:#?} of {paths:#?}");
    assert_eq!(seen.findings().len(), addresses.len());
}

#[test]
fn without_the_flag_nothing_is_unpacked() {
    let sandbox = Sandbox::folder();
    every_kind(&sandbox);
    let seen = sandbox.json(&["."]);
    assert!(
        paths(&seen).iter().all(|path| !path.contains("!/")),
        "{:?}",
        paths(&seen)
    );
    assert!(seen.report["coverage"].get("members").is_none());
}

#[test]
fn an_archive_of_history_has_the_commit_of_its_blob_and_all_its_paths() {
    let sandbox = Sandbox::repository();
    build("build.py", sandbox.root(), &{
        let count = build("build.py", Path::new("--count"), &[]);
        tokens(count[0].parse().expect("a number"))
    });
    let archive = fs::read(sandbox.root().join("a.docx")).expect("it was built");
    let outside = Sandbox::repository();
    outside.write("doc/a!/one.docx", &archive);
    let first = outside.commit("add");
    outside.write("two.docx", &archive);
    outside.commit("copy");
    outside.git(&["rm", "--quiet", "-r", "doc", "two.docx"]);
    outside.commit("remove");
    outside.git(&["repack", "-adq"]);
    let seen = outside.json(&["--history", "--unpack", "."]);
    let part = "word/comments.xml";
    let expected = [
        format!("doc/a!/one.docx!/{part}"),
        format!("two.docx!/{part}"),
    ];
    assert_eq!(paths(&seen), expected);
    let place = &seen.only()["occurrences"][0];
    assert_eq!(place["commit"]["id"], first.as_str());
    assert_eq!(place["commit"]["in_head"], false);
}

#[test]
fn archives_of_ranges_the_index_lists_and_streams_are_unpacked() {
    let sandbox = Sandbox::repository();
    every_kind(&sandbox);
    let archive = fs::read(sandbox.root().join("a.tgz")).expect("it was built");
    let sandbox = Sandbox::repository();
    sandbox.write("a", "a");
    sandbox.commit("first");
    sandbox.write("b.tgz", &archive);
    sandbox.git(&["add", "--all"]);
    let member = ["b.tgz!/app.yml".to_owned()];
    assert_eq!(paths(&sandbox.json(&["--staged", "--unpack"])), member);
    sandbox.commit("second");
    assert_eq!(
        paths(&sandbox.json(&["--range=HEAD~1..", "--unpack"])),
        member
    );
    sandbox.write("../list", "b.tgz\n");
    let seen = sandbox.json(&["--files-from=../list", "--unpack"]);
    assert_eq!(paths(&seen), member);
    let outcome = sandbox.pipe(&["-", "--unpack", "--format=json"], &archive);
    assert!(outcome.stdout.contains("\"-!/app.yml\""), "{outcome:?}");
}

#[test]
fn reports_are_the_same_with_one_thread_and_many() {
    let sandbox = Sandbox::folder();
    every_kind(&sandbox);
    let run = |threads: &str| sandbox.scan(&["--unpack", threads, "--format=json", "."]);
    assert_eq!(run("--threads=1"), run("--threads=4"));
}

#[test]
fn a_rule_for_an_archive_covers_its_members() {
    let sandbox = Sandbox::folder();
    every_kind(&sandbox);
    let archive = fs::read(sandbox.root().join("in/nested.zip")).expect("it was built");
    let sandbox = Sandbox::folder();
    sandbox.write("lib/a.zip", &archive);
    assert_eq!(sandbox.json(&["--unpack", "."]).findings().len(), 1);
    let allow = "[[allow]]\npaths = [\"lib/a.zip\"]\nreason = \"sample\"\n";
    sandbox.write("outgate.toml", allow);
    assert!(sandbox.json(&["--unpack", "."]).findings().is_empty());
}

#[test]
fn no_report_has_a_secret_of_a_member_whole() {
    let sandbox = Sandbox::folder();
    every_kind(&sandbox);
    let count = build("build.py", Path::new("--count"), &[]);
    let tokens = tokens(count[0].parse().expect("a number"));
    for format in ["plain", "json", "jsonl", "sarif", "html", "csv", "markdown"] {
        let outcome = sandbox.scan(&["--unpack", "--format", format, "."]);
        let said = outcome.stdout + &outcome.stderr;
        assert!(tokens.iter().all(|token| !said.contains(token)), "{format}");
    }
}
