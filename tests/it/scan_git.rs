//! Repositories: history, the index, ranges, and repositories that are not whole.

use std::fs;

use crate::sandbox::{Sandbox, Seen};
use crate::tokens::github;

fn line(seed: &str) -> String {
    format!("TOKEN={}\n", github(seed))
}

/// Path and commit of each place of the only finding.
fn origins(seen: &Seen) -> Vec<(&str, Option<&str>)> {
    let places = seen.only()["occurrences"].as_array();
    places
        .into_iter()
        .flatten()
        .map(|place| {
            let path = place["path"].as_str().unwrap_or_default();
            (path, place["commit"]["id"].as_str())
        })
        .collect()
}

#[test]
fn a_deleted_secret_is_found_with_its_first_commit() {
    let sandbox = Sandbox::repository();
    sandbox.write("README", "hello\n");
    sandbox.commit("start");
    sandbox.write("conf/app.env", format!("A=1\n{}", line("old")));
    let first = sandbox.commit("leak");
    sandbox.write("conf/app.env", format!("A=2\n{}", line("old")));
    sandbox.commit("touch");
    sandbox.write("conf/app.env", "A=2\n");
    sandbox.commit("clean up");
    let seen = sandbox.json(&["."]);
    assert_eq!(seen.code, 1);
    let place = &seen.only()["occurrences"][0];
    assert_eq!(place["path"], "conf/app.env");
    assert_eq!(place["start_line"], 2);
    let commit = &place["commit"];
    assert_eq!(commit["id"], first.as_str());
    assert_eq!(commit["date"], "2024-01-02T12:00:00+01:00");
    assert_eq!(commit["in_head"], false);
    assert_eq!(commit["versions"], 2);
    let plain = sandbox.scan(&["."]).stdout;
    let note = format!(
        "in commit {} (2024-01-02), 2 versions, no longer in HEAD",
        &first[..8]
    );
    assert!(plain.contains(&note), "{plain}");
    assert_eq!(sandbox.json(&["--tree", "."]).code, 0);
}

#[test]
fn a_renamed_file_keeps_its_first_commit() {
    let sandbox = Sandbox::repository();
    sandbox.write("old.env", line("moved"));
    let first = sandbox.commit("add");
    sandbox.git(&["mv", "old.env", "new.env"]);
    sandbox.commit("rename");
    let seen = sandbox.json(&["--history", "."]);
    assert!(
        origins(&seen).contains(&("old.env", Some(first.as_str()))),
        "{:#}",
        seen.report
    );
    assert_eq!(seen.only()["occurrences"][0]["commit"]["in_head"], true);
}

#[test]
fn tree_and_history_make_one_finding() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", line("both"));
    let first = sandbox.commit("add");
    sandbox.write("copy.env", line("both"));
    let seen = sandbox.json(&["."]);
    let wanted = [
        ("a.env", None),
        ("copy.env", None),
        ("a.env", Some(first.as_str())),
    ];
    assert_eq!(origins(&seen), wanted);
    assert_eq!(
        seen.report["run"]["sources"],
        serde_json::json!(["tree", "history"])
    );
}

#[test]
fn staged_means_the_bytes_of_the_index() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", line("before"));
    sandbox.commit("before");
    sandbox.write(
        "a.env",
        format!("{}# x\n{}", line("before"), line("staged")),
    );
    sandbox.git(&["add", "a.env"]);
    sandbox.write("a.env", line("worktree"));
    let seen = sandbox.json(&["--staged", "."]);
    assert_eq!(seen.places(), [("a.env".to_owned(), 3)]);
    // What is only in the working tree is no part of the commit.
    sandbox.git(&["reset", "--quiet"]);
    sandbox.write("b.env", "clean\n");
    sandbox.git(&["add", "b.env"]);
    let seen = sandbox.json(&["--staged", "."]);
    assert_eq!((seen.code, seen.findings().len()), (0, 0));
}

#[test]
fn staged_works_before_the_first_commit() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", line("first"));
    sandbox.git(&["add", "a.env"]);
    let seen = sandbox.json(&["--staged"]);
    assert_eq!(
        (seen.code, seen.places()),
        (1, vec![("a.env".to_owned(), 1)])
    );
}

#[test]
fn a_range_reports_what_its_commits_add() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", line("before"));
    sandbox.commit("before");
    sandbox.git(&["tag", "base"]);
    sandbox.write("a.env", format!("{}{}", line("before"), line("inside")));
    let inside = sandbox.commit("inside");
    sandbox.write("a.env", line("before"));
    sandbox.commit("after");
    let seen = sandbox.json(&["--range", "base..HEAD", "."]);
    assert_eq!(origins(&seen), [("a.env", Some(inside.as_str()))]);
    assert_eq!(seen.places(), [("a.env".to_owned(), 2)]);
    assert_eq!(sandbox.json(&["--range=HEAD~1..HEAD"]).code, 0);
    let unknown = sandbox.scan(&["--range=nowhere..HEAD"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.stderr.contains("`nowhere..HEAD`"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn a_bare_repository_is_history_alone() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", line("bare"));
    let first = sandbox.commit("add");
    sandbox.git(&["clone", "--quiet", "--bare", ".", "bare.git"]);
    let seen = sandbox.json(&["bare.git"]);
    assert_eq!(seen.code, 1);
    assert_eq!(origins(&seen), [("a.env", Some(first.as_str()))]);
}

#[test]
fn a_shallow_clone_is_incomplete_and_says_how_to_mend_it() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", line("deep"));
    sandbox.commit("leak");
    sandbox.write("a.env", "clean\n");
    sandbox.commit("clean");
    let url = format!("file://{}", sandbox.root().display());
    sandbox.git(&["clone", "--quiet", "--depth=1", &url, "shallow"]);
    let outcome = sandbox.scan(&["shallow"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(outcome.stdout.contains("git fetch --unshallow"));
    assert!(outcome.stdout.contains("INCOMPLETE"));
    assert_eq!(sandbox.json(&["shallow"]).gaps("shallow clone"), 1);
    assert_eq!(sandbox.json(&["--tree", "shallow"]).code, 0);
}

#[test]
fn a_missing_object_is_a_gap_and_hides_nothing_else() {
    let sandbox = Sandbox::repository();
    sandbox.write("clean.txt", "clean\n");
    sandbox.commit("clean");
    sandbox.write("a.env", line("kept"));
    sandbox.commit("leak");
    fs::remove_file(sandbox.loose("HEAD:clean.txt")).unwrap();
    let seen = sandbox.json(&["--history"]);
    assert_eq!((seen.code, seen.gaps("missing object")), (1, 1));
    assert_eq!(seen.verdicts(), [("github-pat", "verified")]);
    assert_eq!(sandbox.json(&["--history", "--exit-zero"]).code, 3);
    assert_eq!(sandbox.json(&["--history", "--fail-on=never"]).code, 3);
}

#[test]
fn a_corrupt_object_is_a_gap() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", line("kept"));
    sandbox.write("clean.txt", "clean\n");
    sandbox.commit("all");
    let path = sandbox.loose("HEAD:clean.txt");
    fs::remove_file(&path).unwrap();
    fs::write(&path, "no zlib stream").unwrap();
    let seen = sandbox.json(&["--history"]);
    assert_eq!((seen.code, seen.gaps("corrupt")), (1, 1));
}

#[test]
fn a_truncated_pack_is_a_gap_and_no_crash() {
    let sandbox = Sandbox::repository();
    for seed in ["a", "b", "c"] {
        sandbox.write(format!("{seed}.env"), line(seed).repeat(50));
        sandbox.commit(seed);
    }
    sandbox.git(&["gc", "--quiet"]);
    let folder = sandbox.root().join(".git/objects/pack");
    let pack = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|kind| kind == "pack"))
        .unwrap();
    let bytes = fs::read(&pack).unwrap();
    fs::remove_file(&pack).unwrap();
    fs::write(&pack, &bytes[..bytes.len() / 2]).unwrap();
    let outcome = sandbox.scan(&["--history"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(outcome.stdout.contains("INCOMPLETE"), "{}", outcome.stdout);
    assert_eq!(outcome.stderr, "");
    // The working tree is still searched.
    assert_eq!(sandbox.json(&["--tree"]).findings().len(), 3);
}

#[test]
fn a_corrupt_index_hides_nothing() {
    let sandbox = Sandbox::repository();
    sandbox.write(".gitignore", "*.env\n");
    sandbox.write("a.env", line("indexed"));
    sandbox.commit("all");
    sandbox.write(".git/index", "no index");
    let tree = sandbox.json(&["--tree"]);
    assert_eq!((tree.code, tree.gaps("corrupt")), (1, 1));
    assert_eq!(tree.places(), [("a.env".to_owned(), 1)]);
    let staged = sandbox.scan(&["--staged"]);
    assert_eq!(staged.code, 2);
    assert!(staged.stderr.contains("the index"), "{}", staged.stderr);
}

#[test]
fn a_blob_that_only_a_tag_names_is_searched() {
    let sandbox = Sandbox::repository();
    sandbox.write("clean", "clean\n");
    sandbox.commit("clean");
    sandbox.write("loose.env", line("tagged"));
    let blob = sandbox.git(&["hash-object", "-w", "loose.env"]);
    sandbox.git(&["tag", "secret-blob", &blob]);
    fs::remove_file(sandbox.root().join("loose.env")).unwrap();
    let seen = sandbox.json(&["."]);
    let wanted = format!("refs/tags/secret-blob (object {blob})");
    assert_eq!(origins(&seen), [(wanted.as_str(), None)]);
}

#[test]
fn stash_notes_and_other_branches_are_history() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", "clean\n");
    sandbox.commit("clean");
    sandbox.write("a.env", line("stashed"));
    sandbox.git(&["stash", "--quiet"]);
    sandbox.git(&["notes", "add", "--message", &line("noted")]);
    sandbox.git(&["checkout", "--quiet", "-b", "side"]);
    sandbox.write("side.env", line("side"));
    sandbox.commit("side");
    sandbox.git(&["checkout", "--quiet", "main"]);
    let seen = sandbox.json(&["."]);
    assert_eq!(seen.findings().len(), 3, "{:#}", seen.report);
    assert_eq!(seen.code, 1);
}
