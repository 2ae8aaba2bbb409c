//! The ground that tokens are planted in: a repository, and what is expected of each place.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use outgate::detectors::DetectorSet;
use outgate::findings::fingerprint;
use serde_json::Value;

use crate::sandbox::{Sandbox, Seen};
use crate::tokens::github;

/// A token in one place.
pub(super) struct Plant {
    /// The place in words.
    pub(super) place: &'static str,
    pub(super) token: String,
    /// Where it is to be found: paths, with ` @` and the commit in history.
    pub(super) expected: Vec<String>,
}

/// A repository, and what was planted in it.
pub(super) struct Ground {
    pub(super) sandbox: Sandbox,
    pub(super) planted: Vec<Plant>,
}

impl Ground {
    pub(super) fn new() -> Self {
        let sandbox = Sandbox::repository();
        // Logs would hold the names of all refs and people again.
        sandbox.git(&["config", "core.logAllRefUpdates", "false"]);
        sandbox.write("README.md", "A repository.\n");
        sandbox.commit("begin");
        let planted = Vec::new();
        Self { sandbox, planted }
    }

    /// A token of its own for a place.
    pub(super) fn token(place: &str) -> String {
        github(place)
    }

    /// A line with the token of a place.
    pub(super) fn line(place: &str) -> String {
        format!("TOKEN={}\n", github(place))
    }

    /// Says where the token of a place is to be found.
    pub(super) fn expect(&mut self, place: &'static str, expected: &[&str]) {
        let mut expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        expected.sort();
        self.planted.push(Plant {
            place,
            token: github(place),
            expected,
        });
    }

    pub(super) fn git(&self, args: &[&str]) -> String {
        self.sandbox.git(args)
    }

    /// Runs git with a text on standard input.
    pub(super) fn feed(&self, args: &[&str], input: &str) -> String {
        self.feed_with(args, input, &[])
    }

    /// Runs git with a text on standard input and other variables.
    pub(super) fn feed_with(&self, args: &[&str], input: &str, set: &[(&str, &str)]) -> String {
        let mut child = self
            .sandbox
            .git_command(args)
            .envs(set.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("git starts");
        let mut stdin = child.stdin.take().expect("it is piped");
        stdin.write_all(input.as_bytes()).expect("git reads it");
        drop(stdin);
        let output = child.wait_with_output().expect("git ends");
        assert!(output.status.success(), "git {args:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Writes a blob.
    pub(super) fn blob(&self, text: &str) -> String {
        self.feed(&["hash-object", "-w", "--stdin"], text)
    }

    /// Writes a tree of one file.
    pub(super) fn tree(&self, name: &str, text: &str) -> String {
        let blob = self.blob(text);
        self.feed(&["mktree"], &format!("100644 blob {blob}\t{name}\n"))
    }

    /// Writes a commit of a tree without parents.
    pub(super) fn commit_tree(&self, tree: &str, message: &str) -> String {
        self.feed(&["commit-tree", tree, "-F", "-"], message)
    }

    /// Writes a commit with one file, and gives its id.
    pub(super) fn commit_file(&self, name: &str, text: &str) -> String {
        let tree = self.tree(name, text);
        self.commit_tree(&tree, &format!("add {name}\n"))
    }

    /// Runs the submission and reads its report.
    pub(super) fn submit(&self) -> Seen {
        submit(&self.sandbox, &["."])
    }

    /// What is not found where it is expected, in words.
    pub(super) fn compare(&self, seen: &Seen) -> Vec<String> {
        let found = found(seen);
        let set = DetectorSet::embedded();
        let detector = set.find("github-pat").expect("it is embedded");
        let mut wrong = Vec::new();
        for plant in &self.planted {
            let print = fingerprint(detector, plant.token.as_bytes());
            let places = found.get(&print).cloned().unwrap_or_default();
            if places != plant.expected {
                wrong.push(format!(
                    "{}: expected {:?}, found {places:?}",
                    plant.place, plant.expected
                ));
            }
        }
        wrong
    }
}

/// Runs `outgate submit` and reads its report.
pub(super) fn submit(sandbox: &Sandbox, args: &[&str]) -> Seen {
    let outcome = sandbox.run(&[&["submit", "--out=../out"], args].concat());
    let path = sandbox.outside().join("out/outgate-report.json");
    let text = fs::read_to_string(&path).unwrap_or_else(|_| unreachable!("{outcome:?}"));
    let report = serde_json::from_str(&text).expect("it is JSON");
    let code = outcome.code;
    Seen { code, report }
}

/// The places of all findings by fingerprint; secrets in names are masked.
fn found(seen: &Seen) -> BTreeMap<String, Vec<String>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in seen.findings() {
        let places = found.entry(text(&finding["fingerprint"])).or_default();
        for one in finding["occurrences"].as_array().into_iter().flatten() {
            let path = text(&one["path"]);
            places.push(match one["commit"]["id"].as_str() {
                Some(commit) => format!("{path} @{commit}"),
                None => path,
            });
        }
        places.sort();
        places.dedup();
    }
    found
}
