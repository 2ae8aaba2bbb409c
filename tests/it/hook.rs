//! `outgate hook`: git's own hooks, and files as hook managers name them.

use crate::sandbox::{Outcome, Sandbox};
use crate::tokens::github;

/// A repository with one commit.
fn repository() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("readme", "hello\n");
    sandbox.commit("first");
    sandbox
}

/// Runs git with outgate on the path; gives whether it succeeded and what was said.
fn git(sandbox: &Sandbox, args: &[&str]) -> (bool, String) {
    let output = sandbox.git_command(args).output().expect("git runs");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn assert_blocked((succeeded, said): (bool, String)) {
    assert!(!succeeded && said.contains("github-pat"), "{said}");
}

fn assert_passed((succeeded, said): (bool, String)) {
    assert!(succeeded, "{said}");
}

#[test]
fn an_installed_hook_stops_a_commit_and_lets_a_clean_one_pass() {
    let sandbox = repository();
    let installed = sandbox.run(&["hook", "install"]);
    assert_eq!(installed.code, 0, "{installed:?}");
    sandbox.write("app.env", format!("T={}\n", github("hook")));
    sandbox.git(&["add", "app.env"]);
    assert_blocked(git(&sandbox, &["commit", "--message", "leak"]));
    sandbox.write("app.env", "T=nothing\n");
    sandbox.git(&["add", "app.env"]);
    assert_passed(git(&sandbox, &["commit", "--message", "clean"]));
}

#[test]
fn commits_of_all_kinds_pass_when_they_are_clean() {
    let sandbox = Sandbox::repository();
    sandbox.run(&["hook", "install"]);
    assert_passed(git(
        &sandbox,
        &["commit", "--allow-empty", "--message", "empty and first"],
    ));
    sandbox.write("a", "a\nb\nc\nd\n");
    sandbox.write("data", b"\0\x01\x02");
    sandbox.git(&["add", "--all"]);
    assert_passed(git(&sandbox, &["commit", "--message", "binary"]));
    sandbox.git(&["mv", "a", "b"]);
    assert_passed(git(&sandbox, &["commit", "--message", "rename"]));
    assert_passed(git(&sandbox, &["commit", "--amend", "--message", "reword"]));
    sandbox.git(&["rm", "--quiet", "data"]);
    assert_passed(git(&sandbox, &["commit", "--message", "deletion"]));
    sandbox.git(&["checkout", "--quiet", "-b", "side", "HEAD~1"]);
    sandbox.write("side", "side\n");
    sandbox.git(&["add", "--all"]);
    assert_passed(git(&sandbox, &["commit", "--message", "side"]));
    sandbox.git(&["checkout", "--quiet", "main"]);
    assert_passed(git(&sandbox, &["merge", "--no-edit", "side"]));
}

#[test]
fn a_partly_staged_file_is_judged_by_its_staged_bytes() {
    let sandbox = repository();
    sandbox.run(&["hook", "install"]);
    sandbox.write("app.env", "T=nothing\n");
    sandbox.git(&["add", "app.env"]);
    sandbox.write("app.env", format!("T={}\n", github("later")));
    assert_passed(git(&sandbox, &["commit", "--message", "clean"]));
    sandbox.git(&["add", "app.env"]);
    sandbox.write("app.env", "T=nothing\n");
    assert_blocked(git(&sandbox, &["commit", "--message", "leak"]));
    assert_blocked((
        sandbox.run(&["hook", "run", "app.env"]).code == 0,
        sandbox.run(&["hook", "run", "app.env"]).stdout,
    ));
}

#[test]
fn a_hook_that_was_there_runs_first_and_comes_back() {
    let sandbox = repository();
    let hook = sandbox.root().join(".git/hooks/pre-commit");
    let theirs = "#!/bin/sh\necho theirs >&2\ntest ! -e stop\n";
    sandbox.write(".git/hooks/pre-commit", theirs);
    make_executable(&hook);
    sandbox.run(&["hook", "install"]);
    sandbox.run(&["hook", "install"]);
    sandbox.write("stop", "");
    let (succeeded, said) = git(&sandbox, &["commit", "--allow-empty", "--message", "x"]);
    assert!(!succeeded && said.contains("theirs"), "{said}");
    std::fs::remove_file(sandbox.root().join("stop")).expect("it is there");
    sandbox.write("app.env", format!("T={}\n", github("chain")));
    sandbox.git(&["add", "app.env"]);
    assert_blocked(git(&sandbox, &["commit", "--message", "leak"]));
    let removed = sandbox.run(&["hook", "uninstall"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    assert_eq!(std::fs::read_to_string(&hook).expect("a hook"), theirs);
}

#[test]
fn hooks_go_where_git_looks_for_them() {
    let sandbox = repository();
    sandbox.git(&["config", "core.hooksPath", ".githooks"]);
    sandbox.run(&["hook", "install", "--stage=pre-commit", "--stage=pre-push"]);
    assert!(sandbox.root().join(".githooks/pre-commit").is_file());
    assert!(sandbox.root().join(".githooks/pre-push").is_file());
    sandbox.run(&["hook", "uninstall"]);
    assert!(!sandbox.root().join(".githooks/pre-commit").exists());
    sandbox.git(&["config", "core.hooksPath", ".husky/_"]);
    let refused = sandbox.run(&["hook", "install"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("husky"), "{}", refused.stderr);
}

#[test]
fn a_push_is_judged_by_what_the_remote_does_not_have() {
    let sandbox = repository();
    sandbox.git(&["init", "--quiet", "--bare", "remote.git"]);
    sandbox.git(&["remote", "add", "origin", "remote.git"]);
    sandbox.write("old.env", format!("T={}\n", github("old")));
    sandbox.git(&["add", "old.env"]);
    sandbox.git(&["commit", "--quiet", "--message", "old"]);
    sandbox.git(&["push", "--quiet", "origin", "main"]);
    sandbox.run(&["hook", "install", "--stage", "pre-push"]);
    assert_passed(git(&sandbox, &["push", "origin", "main"]));
    sandbox.git(&["commit", "--quiet", "--allow-empty", "--message", "new"]);
    assert_passed(git(&sandbox, &["push", "origin", "main"]));
    assert_passed(git(&sandbox, &["push", "origin", "main:branch"]));
    sandbox.write("new.env", format!("T={}\n", github("new")));
    sandbox.git(&["add", "new.env"]);
    sandbox.git(&["commit", "--quiet", "--message", "leak"]);
    sandbox.git(&["rm", "--quiet", "new.env"]);
    sandbox.git(&["commit", "--quiet", "--message", "gone again"]);
    assert_blocked(git(&sandbox, &["push", "origin", "main"]));
    assert_blocked(git(&sandbox, &["push", "origin", "main:other"]));
    assert_passed(git(&sandbox, &["push", "origin", "--delete", "branch"]));
}

#[test]
fn the_variables_of_pre_commit_name_a_push() {
    let sandbox = repository();
    sandbox.write("new.env", format!("T={}\n", github("variables")));
    sandbox.commit("leak");
    let run = |variables: &[(&str, &str)]| -> Outcome {
        let mut command = sandbox.outgate();
        command.args(["hook", "run", "--push"]);
        command.envs(variables.iter().copied());
        sandbox.finish(command.output())
    };
    let ends = |from, to| [("PRE_COMMIT_FROM_REF", from), ("PRE_COMMIT_TO_REF", to)];
    assert_eq!(run(&ends("HEAD~1", "HEAD")).code, 1);
    assert_eq!(run(&ends("HEAD", "HEAD")).code, 0);
    assert_eq!(run(&[("PRE_COMMIT_LOCAL_BRANCH", "main")]).code, 1);
    let nothing = run(&[]);
    assert_eq!(nothing.code, 3, "{nothing:?}");
}

#[test]
fn a_hook_that_scanned_nothing_says_so_and_fails() {
    let sandbox = repository();
    for args in [&["hook", "run"][..], &["hook", "run", "--staged"]] {
        let outcome = sandbox.run(args);
        assert_eq!(outcome.code, 3, "{outcome:?}");
        assert!(outcome.stdout.contains("nothing scanned"), "{outcome:?}");
    }
}

#[test]
fn named_files_are_judged_in_whole_and_obey_exclude_rules() {
    let sandbox = repository();
    sandbox.write("app.env", format!("T={}\n", github("whole")));
    sandbox.write("vendor/a.env", format!("T={}\n", github("vendor")));
    sandbox.write("outgate.toml", "exclude = [\"vendor/\"]\n");
    sandbox.commit("old");
    assert_eq!(sandbox.run(&["hook", "run", "app.env"]).code, 1);
    assert_eq!(sandbox.run(&["hook", "run", "vendor/a.env"]).code, 0);
    assert_eq!(sandbox.run(&["hook", "run", "readme"]).code, 0);
}

#[test]
fn a_file_cannot_pass_for_a_flag() {
    let sandbox = repository();
    sandbox.write("--exit-zero", "");
    sandbox.write("app.env", format!("T={}\n", github("flag")));
    let outcome = sandbox.run(&["hook", "run", "--exit-zero", "app.env"]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    let outcome = sandbox.run(&["hook", "run", "--", "--exit-zero", "app.env"]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
}

#[cfg(unix)]
fn make_executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
}

#[cfg(not(unix))]
fn make_executable(_: &std::path::Path) {}

#[test]
fn a_push_hook_hands_its_input_to_the_one_before() {
    let sandbox = repository();
    let theirs = "#!/bin/sh\ncat > seen\n";
    sandbox.write(".git/hooks/pre-push", theirs);
    make_executable(&sandbox.root().join(".git/hooks/pre-push"));
    sandbox.run(&["hook", "install", "--stage=pre-push"]);
    sandbox.git(&["init", "--quiet", "--bare", "remote.git"]);
    assert_passed(git(&sandbox, &["push", "./remote.git", "main"]));
    let seen = std::fs::read_to_string(sandbox.root().join("seen")).expect("it ran");
    assert!(seen.starts_with("refs/heads/main "), "{seen}");
}
