//! Repositories of both object formats: what is found in one with ids of SHA-256 is what is found
//! in one with ids of SHA-1, however the objects are stored.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::sandbox::{Sandbox, Seen};
use crate::tokens::github;

/// Hexadecimal digits of an id of SHA-256.
const DIGITS: usize = 64;

fn line(seed: &str) -> String {
    format!("TOKEN={}\n", github(seed))
}

fn repository(format: &str) -> Sandbox {
    let sandbox = Sandbox::folder();
    let format = format!("--object-format={format}");
    sandbox.git(&["init", "--quiet", "--initial-branch=main", &format, "."]);
    sandbox
}

/// A repository with secrets at every place of a history, and files that grow, so that packs hold
/// chains of deltas.
fn history(format: &str) -> Sandbox {
    let sandbox = repository(format);
    let filler = |version: usize| -> String {
        let rows = (0..200).map(|row| format!("line {row} of {}\n", version.max(row)));
        rows.collect::<Vec<_>>().concat()
    };
    for version in 0..12 {
        sandbox.write("src/deep/app.env", filler(version * 10));
        if version == 4 {
            let leak = filler(version * 10) + &line("gone");
            sandbox.write("src/deep/app.env", leak);
        }
        if version > 7 {
            sandbox.write("kept.env", filler(version * 10) + &line("kept"));
        }
        sandbox.write(format!("src/{version}/note.txt"), filler(version));
        sandbox.commit(&format!("version {version}"));
    }
    sandbox.git(&["checkout", "--quiet", "-b", "side", "HEAD~3"]);
    sandbox.write("side.env", line("side"));
    sandbox.commit("side");
    sandbox.git(&["tag", "--annotate", "--message", "t", "tagged"]);
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.git(&["branch", "--quiet", "-D", "side"]);
    sandbox.write("kept.env", line("stashed"));
    sandbox.git(&["stash", "push", "--quiet", "--message", "stash"]);
    sandbox
}

/// The findings, and the report of what was searched, with the subjects of commits for their ids.
fn named(sandbox: &Sandbox, seen: &Seen) -> String {
    // The place of a finding, by which they are sorted, names a blob or commit.
    let mut findings = seen.findings().to_vec();
    findings.sort_by_key(|finding| finding["fingerprint"].to_string());
    let parts = Value::Array(vec![
        findings.into(),
        seen.report["coverage"].clone(),
        seen.code.into(),
    ]);
    let mut text = format!("{parts:#}");
    let commits = sandbox.git(&["log", "--all", "--reflog", "--format=%H %s"]);
    for commit in commits.lines() {
        let (id, subject) = commit.split_once(' ').expect("an id and a subject");
        text = text.replace(id, subject);
    }
    text
}

/// Runs a scan on the same repository in both formats and compares the reports; gives that of
/// SHA-256.
fn compare(make: impl Fn(&str) -> Sandbox, args: &[&str], findings: usize) -> (Sandbox, Seen) {
    let (short, long) = (make("sha1"), make("sha256"));
    assert_eq!(long.git(&["rev-parse", "--verify", "HEAD"]).len(), DIGITS);
    let (expected, seen) = (short.json(args), long.json(args));
    assert_eq!(seen.findings().len(), findings, "{:#}", seen.report);
    assert_eq!(named(&long, &seen), named(&short, &expected));
    (long, seen)
}

/// The files of the packs that end so.
fn list_packs(sandbox: &Sandbox, end: &str) -> Vec<PathBuf> {
    let folder = sandbox.root().join(".git/objects/pack");
    let entries = fs::read_dir(folder).expect("there are packs");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|kind| kind == end))
        .collect()
}

#[test]
fn loose_objects_are_read() {
    let (sandbox, seen) = compare(history, &["--history"], 4);
    assert!(list_packs(&sandbox, "pack").is_empty());
    let commit = |place: &Value| place["commit"]["id"].as_str().map(str::len);
    let places = seen.findings().iter();
    let mut places = places.flat_map(|finding| finding["occurrences"].as_array().unwrap());
    assert!(places.all(|place| commit(place) == Some(DIGITS)));
    assert_eq!(seen.report["run"]["complete"], true);
}

#[test]
fn packs_with_deltas_are_read_however_these_name_their_bases() {
    for by_offset in ["true", "false"] {
        let packed = |format: &str| {
            let sandbox = history(format);
            sandbox.git(&["config", "repack.useDeltaBaseOffset", by_offset]);
            sandbox.git(&["repack", "-adfq", "--depth=20", "--window=30"]);
            sandbox.git(&["pack-refs", "--all"]);
            sandbox
        };
        let (sandbox, seen) = compare(packed, &["--history"], 4);
        let index = list_packs(&sandbox, "idx").remove(0);
        let verified = sandbox.git(&["verify-pack", "-v", &index.display().to_string()]);
        assert!(verified.contains("chain length = 3"), "{verified}");
        assert_eq!(seen.report["run"]["complete"], true);
        let whole = sandbox.json(&["--history", "--full-scan"]);
        assert_eq!(whole.report["findings"], seen.report["findings"]);
    }
}

#[test]
fn a_filter_walks_the_same_trees() {
    let packed = |format: &str| {
        let sandbox = history(format);
        sandbox.git(&["repack", "-adfq"]);
        sandbox.write("outgate.toml", "exclude = ['kept.env']\n");
        sandbox
    };
    compare(packed, &["--history"], 2);
}

#[test]
fn a_multi_pack_index_and_what_lies_beside_it_are_no_obstacle() {
    let many = |format: &str| {
        let sandbox = history(format);
        sandbox.git(&["repack", "-dq"]);
        sandbox.write("later.env", line("later"));
        sandbox.commit("later");
        sandbox.git(&["repack", "-dq", "--write-midx"]);
        sandbox.git(&["commit-graph", "write", "--reachable"]);
        sandbox.write("loose.env", line("loose"));
        sandbox.commit("loose");
        sandbox
    };
    let (sandbox, seen) = compare(many, &["--history"], 6);
    let midx = sandbox.root().join(".git/objects/pack/multi-pack-index");
    assert!(midx.is_file() && list_packs(&sandbox, "pack").len() == 2);
    assert_eq!(seen.report["run"]["complete"], true);
    compare(many, &["--range=HEAD~1..HEAD"], 1);
}

#[test]
fn alternates_are_read() {
    for is_packed in [false, true] {
        let borrow = |format: &str| {
            let sandbox = history(format);
            if is_packed {
                sandbox.git(&["repack", "-adfq"]);
            }
            let clone = ["clone", "--quiet", "--shared", "--mirror", ".", "borrower"];
            sandbox.git(&clone);
            sandbox
        };
        let (_, seen) = compare(borrow, &["--history", "borrower"], 4);
        assert_eq!(seen.report["run"]["complete"], true);
    }
}

#[test]
fn a_shallow_clone_is_a_gap() {
    let cut = |format: &str| {
        let sandbox = history(format);
        let url = format!("file://{}", sandbox.root().display());
        sandbox.git(&["clone", "--quiet", "--depth=2", "--no-tags", &url, "cut"]);
        sandbox
    };
    let (sandbox, seen) = compare(cut, &["--history", "cut"], 1);
    assert_eq!(seen.gaps("shallow clone"), 1);
    let range = sandbox.json(&["--range=..HEAD", "cut"]);
    assert_eq!(
        (range.findings().len(), range.gaps("shallow clone")),
        (1, 1)
    );
}

#[test]
fn the_tree_obeys_the_rules_of_the_repository() {
    let ruled = |format: &str| {
        let sandbox = history(format);
        sandbox.write(".gitignore", "*.log\ntracked.env\n");
        sandbox.write("tracked.env", line("tracked"));
        sandbox.commit("tracked");
        sandbox.write("ignored.log", line("ignored"));
        sandbox
    };
    let (_, seen) = compare(ruled, &["--tree"], 2);
    assert_eq!(seen.report["run"]["complete"], true);
    compare(ruled, &["."], 5);
}

#[test]
fn staged_lines_are_compared_with_head() {
    let staged = |format: &str| {
        let sandbox = repository(format);
        sandbox.write("a.env", line("before"));
        sandbox.write("moved.txt", "one\ntwo\nthree\nfour\n".repeat(20));
        sandbox.commit("before");
        sandbox.write("a.env", line("before") + &line("staged"));
        sandbox.git(&["mv", "moved.txt", "there.txt"]);
        sandbox.git(&["add", "a.env"]);
        sandbox
    };
    let (sandbox, seen) = compare(staged, &["--staged"], 1);
    assert_eq!(seen.places(), [("a.env".to_owned(), 2)]);
    // Git names another index while it runs the hooks of `git commit --all`.
    assert_eq!(sandbox.run(&["hook", "install"]).code, 0);
    let mut commit = sandbox.git_command(&["commit", "--all", "--message", "leak"]);
    let output = commit.output().expect("git runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("github-pat"),
        "{said}"
    );
}

#[test]
fn before_the_first_commit_everything_staged_is_new() {
    let sandbox = repository("sha256");
    sandbox.write("a.env", line("first"));
    sandbox.git(&["add", "a.env"]);
    assert_eq!(
        sandbox.json(&["--staged"]).places(),
        [("a.env".to_owned(), 1)]
    );
    let history = sandbox.json(&["--history"]);
    assert_eq!((history.code, history.findings().len()), (0, 0));
}

#[test]
fn ranges_and_events_name_commits_by_either_id() {
    let (sandbox, _) = compare(history, &["--range=HEAD~8..HEAD"], 2);
    let ids = sandbox.git(&["rev-list", "--reverse", "main"]);
    let ids: Vec<&str> = ids.lines().collect();
    let zero = "0".repeat(DIGITS);
    for (range, findings) in [
        (format!("{}..{}", ids[3], ids[4]), 1),
        (format!("{zero}..{}", ids[5]), 1),
        (format!("{}..{zero}", ids[0]), 0),
        (zero, 2),
    ] {
        let seen = sandbox.json(&[&format!("--range={range}")]);
        assert_eq!(seen.findings().len(), findings, "{range}");
    }
    assert!(push(&sandbox, ids[4], ids[8]) == 1 && push(&sandbox, ids[0], ids[3]) == 0);
}

/// The exit code of `outgate ci` on a push of commits.
fn push(sandbox: &Sandbox, before: &str, after: &str) -> i32 {
    let payload = serde_json::json!({
        "ref": "refs/heads/main", "before": before, "after": after,
        "created": false, "deleted": false, "forced": false,
        "repository": {"full_name": "acme/app", "default_branch": "main"},
    });
    let event = sandbox.outside().join("event.json");
    fs::write(&event, payload.to_string()).expect("a file");
    let mut command = sandbox.outgate();
    let command = command
        .arg("ci")
        .env("GITHUB_EVENT_NAME", "push")
        .env("GITHUB_EVENT_PATH", event);
    sandbox.finish(command.output()).code
}

#[test]
fn a_truncated_pack_and_a_broken_object_are_gaps() {
    let sandbox = history("sha256");
    sandbox.git(&["repack", "-adfq"]);
    sandbox.write("later.env", line("later"));
    sandbox.commit("later");
    let broken = sandbox.loose("HEAD:later.env");
    fs::remove_file(&broken).expect("it is loose");
    fs::write(&broken, "no zlib stream").expect("a file");
    let seen = sandbox.json(&["--history"]);
    assert_eq!((seen.findings().len(), seen.gaps("corrupt")), (4, 1));
    let pack = list_packs(&sandbox, "pack").remove(0);
    let bytes = fs::read(&pack).expect("a pack");
    fs::remove_file(&pack).expect("a pack");
    fs::write(&pack, &bytes[..bytes.len() / 2]).expect("a file");
    let outcome = sandbox.scan(&["--history"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (3, ""));
}

#[test]
fn other_formats_are_refused_by_name() {
    let sandbox = Sandbox::folder();
    sandbox.git(&["init", "--quiet", "."]);
    sandbox.git(&["config", "core.repositoryFormatVersion", "1"]);
    sandbox.git(&["config", "extensions.refStorage", "reftable"]);
    sandbox.write("a.env", line("tree"));
    for source in ["--history", "--staged", "--range=..HEAD"] {
        let outcome = sandbox.scan(&[source]);
        assert_eq!(outcome.code, 2, "{outcome:?}");
        let (said, hint) = ("uses the ref format reftable", "--ref-format=files");
        assert!(
            outcome.stderr.contains(said) && outcome.stderr.contains(hint),
            "{outcome:?}"
        );
    }
    assert_eq!(sandbox.json(&["--tree"]).findings().len(), 1);
}
