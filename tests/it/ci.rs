//! `outgate ci`: recorded events of GitHub Actions, written after its documentation.

use std::fs;

use serde_json::{Value, json};

use crate::sandbox::{Outcome, Sandbox};
use crate::tokens::github;

/// What a run of a job left behind.
struct Job {
    outcome: Outcome,
    summary: String,
    outputs: Vec<(String, String)>,
}

impl Job {
    fn output(&self, name: &str) -> &str {
        let mut values = self.outputs.iter().filter(|(key, _)| key == name);
        values.next_back().map_or("", |(_, value)| value)
    }
}

fn run(sandbox: &Sandbox, event: &str, payload: &Value, args: &[&str]) -> Job {
    let file = |name: &str| sandbox.outside().join(name);
    fs::write(file("event.json"), payload.to_string()).expect("a file");
    for name in ["summary.md", "output"] {
        fs::write(file(name), "").expect("a file");
    }
    let mut command = sandbox.outgate();
    command
        .arg("ci")
        .args(args)
        .env("GITHUB_EVENT_NAME", event)
        .env("GITHUB_EVENT_PATH", file("event.json"))
        .env("GITHUB_STEP_SUMMARY", file("summary.md"))
        .env("GITHUB_OUTPUT", file("output"));
    let outcome = sandbox.finish(command.output());
    let read = |name: &str| fs::read_to_string(file(name)).expect("a file");
    let outputs = read("output");
    let outputs = outputs.lines().filter_map(|line| line.split_once('='));
    Job {
        outcome,
        summary: read("summary.md"),
        outputs: outputs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    }
}

/// A repository with an old leak on `main`, as a runner has it: with the branches of the remote.
fn checkout() -> (Sandbox, String) {
    let sandbox = Sandbox::repository();
    sandbox.write("old.env", format!("T={}\n", github("old")));
    let first = sandbox.commit("old leak");
    sandbox.git(&["update-ref", "refs/remotes/origin/main", &first]);
    (sandbox, first)
}

fn leak(sandbox: &Sandbox) -> String {
    sandbox.write("new.env", format!("T={}\n", github("new")));
    sandbox.commit("new leak")
}

fn push(before: &str, after: &str, more: &Value) -> Value {
    let mut payload = json!({
        "ref": "refs/heads/topic",
        "before": before,
        "after": after,
        "created": false,
        "deleted": false,
        "forced": false,
        "repository": {"full_name": "acme/app", "default_branch": "main"},
        "sender": {"login": "ada"},
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        payload[key] = value.clone();
    }
    payload
}

fn pull_request(base: &str, head: &str, fork: &str) -> Value {
    json!({
        "action": "synchronize",
        "number": 1,
        "pull_request": {
            "base": {"ref": "main", "sha": base, "repo": {"full_name": "acme/app"}},
            "head": {"ref": "topic", "sha": head, "repo": {"full_name": fork}},
        },
        "repository": {"full_name": "acme/app", "default_branch": "main"},
    })
}

#[test]
fn a_push_is_judged_by_its_own_commits() {
    let (sandbox, first) = checkout();
    sandbox.write("readme", "clean\n");
    let clean = sandbox.commit("clean");
    let job = run(&sandbox, "push", &push(&first, &clean, &json!({})), &[]);
    assert_eq!(job.outcome.code, 0, "{:?}", job.outcome);
    let leaky = leak(&sandbox);
    let job = run(&sandbox, "push", &push(&clean, &leaky, &json!({})), &[]);
    assert_eq!(job.outcome.code, 1, "{:?}", job.outcome);
    assert_eq!(
        (job.output("findings"), job.output("exit-code")),
        ("1", "1")
    );
    assert_eq!(job.output("coverage"), "complete");
    assert!(
        job.outcome.stdout.contains("\n::error file=new.env,line=1"),
        "{:?}",
        job.outcome
    );
    assert!(job.summary.contains("new.env") && !job.summary.contains("old.env"));
}

#[test]
fn a_new_and_a_rewritten_branch_are_judged_against_the_default_one() {
    let (sandbox, _) = checkout();
    let leaky = leak(&sandbox);
    let zero = "0".repeat(40);
    let created = push(&zero, &leaky, &json!({"created": true}));
    let job = run(&sandbox, "push", &created, &[]);
    assert_eq!(job.output("findings"), "1", "{:?}", job.outcome);
    let gone = "1".repeat(40);
    let forced = push(&gone, &leaky, &json!({"forced": true}));
    let job = run(&sandbox, "push", &forced, &[]);
    assert_eq!(job.output("findings"), "1", "{:?}", job.outcome);
    let deleted = push(&leaky, &zero, &json!({"deleted": true}));
    let job = run(&sandbox, "push", &deleted, &[]);
    assert_eq!(job.outcome.code, 0, "{:?}", job.outcome);
    let main = push(
        &zero,
        &leaky,
        &json!({"created": true, "ref": "refs/heads/main"}),
    );
    let job = run(&sandbox, "push", &main, &[]);
    assert_eq!(job.output("findings"), "2", "all of it is new");
}

#[test]
fn a_pull_request_is_judged_by_its_commits_and_a_fork_uploads_nothing() {
    let (sandbox, first) = checkout();
    let head = leak(&sandbox);
    let own = pull_request(&first, &head, "acme/app");
    let job = run(&sandbox, "pull_request", &own, &["--sarif=out.sarif"]);
    assert_eq!((job.outcome.code, job.output("findings")), (1, "1"));
    assert_eq!(job.output("upload-sarif"), "true");
    assert_eq!(job.output("sarif-file"), "out.sarif");
    assert_eq!(job.output("sarif-category"), "outgate/history");
    let sarif = fs::read_to_string(sandbox.root().join("out.sarif")).expect("a report");
    assert!(sarif.contains("old.env"), "code scanning gets all there is");
    let fork = pull_request(&first, &head, "eve/app");
    let job = run(&sandbox, "pull_request", &fork, &[]);
    assert_eq!((job.outcome.code, job.output("upload-sarif")), (1, "false"));
}

#[test]
fn a_merge_queue_is_judged_by_its_commits() {
    let (sandbox, first) = checkout();
    let head = leak(&sandbox);
    let payload = json!({
        "action": "checks_requested",
        "merge_group": {"base_ref": "refs/heads/main", "base_sha": first, "head_sha": head},
    });
    let job = run(&sandbox, "merge_group", &payload, &[]);
    assert_eq!((job.outcome.code, job.output("findings")), (1, "1"));
}

#[test]
fn a_schedule_and_a_run_by_hand_scan_all_there_is() {
    let (sandbox, _) = checkout();
    leak(&sandbox);
    fs::remove_file(sandbox.root().join("old.env")).expect("it is there");
    sandbox.commit("gone");
    for (event, payload) in [
        ("schedule", json!({"schedule": "0 3 * * *"})),
        (
            "workflow_dispatch",
            json!({"ref": "refs/heads/main", "inputs": {}}),
        ),
    ] {
        let job = run(&sandbox, event, &payload, &[]);
        assert_eq!(job.output("findings"), "2", "{:?}", job.outcome);
        assert!(
            job.summary.contains("still in the history"),
            "{}",
            job.summary
        );
        let tree = run(&sandbox, event, &payload, &["--scan=tree"]);
        assert_eq!(tree.output("findings"), "1");
        assert_eq!(tree.output("sarif-category"), "outgate/tree");
        let range = run(&sandbox, event, &payload, &["--scan=range"]);
        assert_eq!(range.outcome.code, 2, "{:?}", range.outcome);
    }
}

#[test]
fn the_baseline_tells_new_findings_from_known_ones() {
    let (sandbox, _) = checkout();
    sandbox.run(&["baseline", "create"]);
    leak(&sandbox);
    let job = run(&sandbox, "schedule", &json!({}), &[]);
    assert_eq!(job.output("findings"), "2", "{:?}", job.outcome);
    assert_eq!(job.output("new-findings"), "1");
}

#[test]
fn a_shallow_clone_is_refused_with_its_remedy() {
    let (sandbox, _) = checkout();
    leak(&sandbox);
    let url = format!("file://{}", sandbox.root().display());
    sandbox.git(&["clone", "--quiet", "--depth=1", &url, "shallow"]);
    let payload = json!({});
    let job = run(&sandbox, "schedule", &payload, &["shallow"]);
    assert_eq!(job.outcome.code, 3, "{:?}", job.outcome);
    assert!(
        job.outcome.stdout.contains("fetch-depth: 0"),
        "{:?}",
        job.outcome
    );
    assert_eq!(job.output("coverage"), "incomplete");
    let tree = run(&sandbox, "schedule", &payload, &["shallow", "--scan=tree"]);
    assert_eq!(tree.outcome.code, 1);
}

#[test]
fn scanned_text_cannot_pass_for_a_command() {
    let (sandbox, first) = checkout();
    let name = "a\n::set-output name=x::y\n::error::mine";
    let head = if cfg!(windows) {
        leak(&sandbox)
    } else {
        sandbox.write(name, format!("::add-mask::T={}\n", github("command")));
        sandbox.commit("hostile")
    };
    let job = run(&sandbox, "push", &push(&first, &head, &json!({})), &[]);
    let stdout = &job.outcome.stdout;
    let (stop, rest) = stdout.split_once('\n').expect("a first line");
    let token = stop
        .strip_prefix("::stop-commands::")
        .expect("commands are off");
    let (text, commands) = rest
        .split_once(&format!("\n::{token}::\n"))
        .expect("commands are on again");
    assert!(!text.contains(token));
    let [annotation, figures] = commands.lines().collect::<Vec<_>>()[..] else {
        unreachable!("one command and the figures: {commands}");
    };
    assert!(annotation.starts_with("::error file="), "{annotation}");
    assert!(figures.starts_with("1 finding "), "{figures}");
}

#[test]
fn outside_of_actions_it_says_what_to_use() {
    let (sandbox, _) = checkout();
    let outcome = sandbox.run(&["ci"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("outgate scan"), "{outcome:?}");
}
