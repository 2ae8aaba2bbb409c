//! `outgate config import`: what another scanner was told holds here, and what does not is listed.

use std::fs;

use sha1::{Digest as _, Sha1};

use crate::sandbox::{Outcome, Sandbox};
use crate::tokens::{fill, github};

const RULES: &str = r#"
title = "acme"
[extend]
useDefault = true
disabledRules = ["jwt", "no-such-rule"]

[[rules]]
id = "Acme_Key"
description = "Acme key"
regex = '''(?i)\bacme_key\s*=\s*["']([a-z0-9]{24})["']'''
secretGroup = 1
entropy = 2.5
keywords = ["acme_key"]
tags = ["own"]
[[rules.allowlists]]
description = "samples"
regexTarget = "secret"
regexes = ['''^sample''']
stopwords = ["DoNotUse"]

[[rules]]
id = "github-pat"
regex = '''corp_[0-9a-f]{40}'''

[[rules]]
id = "bare"
regex = '''[0-9a-f]{32}'''
keywords = ["acme"]

[[rules]]
id = "by-name"
path = '''\.p12$'''

[[rules]]
id = "open"
regex = '''acme-open-[a-z0-9]+'''
path = '''\.py$'''

[[allowlists]]
description = "third party"
paths = ['''^vendor/''', '''(^|/)node_modules/''', '''.*\.lock$''', '''\bodd\b''']
commits = ["0123456789abcdef0123456789abcdef01234567"]

[[allowlists]]
targetRules = ["Acme_Key"]
condition = "AND"
paths = ['''^tests/''']
stopwords = ["plain"]
"#;

pub(crate) fn import(sandbox: &Sandbox, args: &[&str]) -> Outcome {
    sandbox.run(&[&["config", "import"], args].concat())
}

pub(crate) fn read(sandbox: &Sandbox, name: &str) -> String {
    fs::read_to_string(sandbox.root().join(name)).unwrap_or_default()
}

pub(crate) fn left(outcome: &Outcome) -> Vec<&str> {
    let lines = outcome.stderr.lines();
    lines
        .filter_map(|line| line.strip_prefix("not carried: "))
        .collect()
}

/// A value of the rule above.
fn acme(seed: &str) -> String {
    fill("github-pat", "{alnum:24}", seed).to_lowercase()
}

fn sha1(secret: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha1::digest(secret))
}

fn imported() -> (Sandbox, Outcome) {
    let sandbox = Sandbox::repository();
    sandbox.write(".gitleaks.toml", RULES);
    let outcome = import(&sandbox, &[".gitleaks.toml"]);
    (sandbox, outcome)
}

#[test]
fn rules_of_gitleaks_find_what_they_found() {
    let (sandbox, outcome) = imported();
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let corp = format!("corp_{}", fill("github-pat", "{hex:40}", "corp"));
    sandbox.write(
        "a.py",
        format!(
            "acme_key = '{}'\nACME_KEY='{}'\nx = '{corp}'\n",
            acme("one"),
            acme("two")
        ),
    );
    let seen = sandbox.json(&["a.py"]);
    let mut ids: Vec<&str> = seen.verdicts().into_iter().map(|(id, _)| id).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["acme-key", "acme-key", "gitleaks-github-pat"]);
    assert_eq!(seen.report["notices"], serde_json::Value::Null);
    let linted = sandbox.run(&["detectors", "lint", "outgate-detectors"]);
    assert_eq!(linted.code, 0, "{linted:?}");
}

#[test]
fn allowlists_of_gitleaks_hide_what_they_hid() {
    let (sandbox, _) = imported();
    let sample = format!("sample{}", &acme("sample")[6..]);
    let word = format!("{}donotuse", &acme("word")[8..]);
    let plain = format!("plain{}", &acme("plain")[5..]);
    let line = |value: &str| format!("acme_key = '{value}'\n");
    sandbox.write("a.py", line(&sample) + &line(&word));
    sandbox.write("vendor/b.py", line(&acme("vendor")));
    sandbox.write("x/node_modules/c.py", line(&acme("modules")));
    sandbox.write("deep/d.lock", line(&acme("lock")));
    sandbox.write("tests/e.py", line(&plain));
    let clean = sandbox.json(&["."]);
    assert_eq!(clean.places(), [], "{:#}", clean.report);
    assert_eq!(clean.report["hidden"]["config"], 3, "{:#}", clean.report);
    // What is allowed only where all of it holds is not allowed elsewhere.
    sandbox.write("src/e.py", line(&plain.replace("plain", "plaIn")));
    sandbox.write("tests/f.py", line(&acme("real")));
    sandbox.write("src/vendor/g.py", line(&acme("nested")));
    let paths: Vec<String> = sandbox
        .json(&["."])
        .places()
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    assert_eq!(paths, ["src/e.py", "src/vendor/g.py", "tests/f.py"]);
}

#[test]
fn what_cannot_be_carried_is_listed_with_the_reason() {
    let (sandbox, outcome) = imported();
    let left = left(&outcome);
    for wanted in [
        "disabled rule `no-such-rule`: ",
        "rule `bare`: an alternative of the regex has no literal text",
        "rule `by-name`: it finds files by their name alone",
        "open repetition of rule `open`: ",
        "`path` of rule `open`: the detector looks at every file",
        r"path `\bodd\b` of allowlist `third party`: ",
        "`commits` of allowlist `third party`: ",
    ] {
        let count = left.iter().filter(|line| line.starts_with(wanted)).count();
        assert_eq!(count, 1, "{wanted} in {left:#?}");
    }
    assert_eq!(left.len(), 7, "{left:#?}");
    let config = read(&sandbox, "outgate.toml");
    assert!(config.contains("off = [\"jwt\"]"), "{config}");
}

#[test]
fn a_config_that_is_carried_whole_ends_with_0_and_nothing_is_overwritten() {
    let sandbox = Sandbox::repository();
    let text = "[extend]\nuseDefault = true\n[allowlist]\npaths = ['^vendor/']\n";
    sandbox.write(".gitleaks.toml", text);
    let first = import(&sandbox, &[".gitleaks.toml"]);
    assert_eq!(
        (first.code, first.stderr.as_str()),
        (0, "wrote `./outgate.toml`\n")
    );
    sandbox.write("outgate.toml", "exclude = [\"mine/\"]\n");
    let again = import(&sandbox, &[".gitleaks.toml"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.stderr.contains("merge the two by hand"), "{again:?}");
    assert!(read(&sandbox, "outgate.toml").contains("mine/"));
    assert!(read(&sandbox, "outgate.imported.toml").contains("/vendor/"));
    import(&sandbox, &[".gitleaks.toml", "--force"]);
    assert!(read(&sandbox, "outgate.toml").contains("/vendor/"));
    let elsewhere = import(&sandbox, &[".gitleaks.toml", "--to", "none"]);
    assert_eq!(elsewhere.code, 2, "{elsewhere:?}");
}

#[test]
fn a_gitleaksignore_becomes_a_baseline() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", format!("\nT={}\n", github("one")));
    let commit = sandbox.commit("one");
    sandbox.write("b.env", format!("T={}\n", github("two")));
    sandbox.write("c.env", format!("T={}\n", github("three")));
    let other = commit.chars().rev().collect::<String>();
    sandbox.write(
        ".gitleaksignore",
        format!(
            "# known\n{commit}:a.env:github-pat:2\nb.env:generic-api-key:1\n\
             {other}:c.env:github-pat:1\nb.env:github-pat:9\nnonsense\n"
        ),
    );
    let outcome = import(&sandbox, &[".gitleaksignore"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(
        outcome.stderr.contains("added 2 known findings"),
        "{outcome:?}"
    );
    let mut left = left(&outcome);
    left.sort_unstable();
    assert_eq!(left.len(), 3, "{left:?}");
    assert_eq!(left[0], "b.env:9: no finding stands there");
    assert!(left[1].starts_with("c.env:1 in ") && left[2].starts_with("line 6: "));
    let baseline = read(&sandbox, "outgate-baseline.json");
    assert!(
        baseline.contains("\"reason\":\"from .gitleaksignore\""),
        "{baseline}"
    );
    assert_eq!(sandbox.json(&["."]).places(), [("c.env".to_owned(), 1)]);
}

#[test]
fn a_report_of_gitleaks_adds_to_the_baseline_and_its_secrets_go_nowhere() {
    let sandbox = Sandbox::repository();
    let (known, moved, gone) = (github("known"), github("moved"), github("gone"));
    sandbox.write("a.env", format!("T={known}\n"));
    sandbox.run(&["baseline", "create", "--reason", "mine"]);
    sandbox.write("b.env", format!("\n\n\nT={moved}\n"));
    sandbox.write("c.env", format!("T={}\n", github("redacted")));
    sandbox.write("d.env", format!("T={}\n", github("rotated")));
    let entry = |file: &str, secret: &str| {
        serde_json::json!({
            "RuleID": "github-pat", "File": file, "StartLine": 1, "Secret": secret,
            "Match": secret, "Commit": "", "Fingerprint": format!("{file}:github-pat:1"),
        })
    };
    let report = serde_json::json!([
        entry("a.env", &known),
        entry("b.env", &moved),
        entry("c.env", "REDACTED"),
        entry("d.env", &gone),
        entry("gone.env", &gone)
    ]);
    // Beside the repository, so that the scan does not find the report itself.
    sandbox.write(".git/report.json", report.to_string());
    let outcome = import(&sandbox, &[".git/report.json"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let why = "no finding there has this value";
    let wanted = [format!("d.env:1: {why}"), format!("gone.env:1: {why}")];
    assert_eq!(left(&outcome), wanted);
    let baseline = read(&sandbox, "outgate-baseline.json");
    let open = sandbox.json(&["."]).places();
    assert_eq!(open, [("d.env".to_owned(), 1)], "{baseline}");
    assert_eq!(
        baseline.matches("\"reason\":\"mine\"").count(),
        1,
        "{baseline}"
    );
    for secret in [known, moved, gone] {
        let shown = [&baseline, &outcome.stderr, &outcome.stdout];
        assert!(shown.iter().all(|text| !text.contains(&secret)));
        assert!(shown.iter().all(|text| !text.contains(&sha1(&secret))));
    }
}

#[test]
fn a_baseline_of_detect_secrets_is_matched_by_value() {
    let sandbox = Sandbox::repository();
    let (real, sample) = (github("real"), github("sample"));
    sandbox.write("a.env", format!("\n\nT={real}\nU={sample}\n"));
    sandbox.write("b.env", format!("T={}\n", github("new")));
    let known = |secret: &str, is_secret: bool| {
        serde_json::json!({
            "type": "GitHub Token", "filename": "a.env", "hashed_secret": sha1(secret),
            "is_verified": false, "line_number": 1, "is_secret": is_secret,
        })
    };
    let baseline = serde_json::json!({
        "version": "1.5.0",
        "plugins_used": [{"name": "GitHubTokenDetector"}],
        "filters_used": [
            {"path": "detect_secrets.filters.allowlist.is_line_allowlisted"},
            {"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["^vendor/"]},
            {"path": "detect_secrets.filters.regex.should_exclude_secret", "pattern": ["EXAMPLE"]},
        ],
        "results": {
            "a.env": [known(&real, true), known(&sample, false), known("gone", true)],
            "gone.env": [known("gone", true), known("gone too", true)],
        },
    });
    sandbox.write(".secrets.baseline", baseline.to_string());
    let outcome = import(&sandbox, &[".secrets.baseline"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert_eq!(
        left(&outcome),
        [
            "1 entry for a.env: no finding there has this value",
            "2 entries for gone.env: no finding there has this value",
        ]
    );
    let written = read(&sandbox, "outgate-baseline.json");
    assert_eq!(
        written.matches("\"decision\":\"ignored\"").count(),
        1,
        "{written}"
    );
    assert_eq!(written.matches("\"added\"").count(), 2, "{written}");
    assert_eq!(sandbox.json(&["."]).places(), [("b.env".to_owned(), 1)]);
    let config = read(&sandbox, "outgate.toml");
    assert!(config.contains("exclude = [\"/vendor/\"]"), "{config}");
    assert!(config.contains("EXAMPLE"), "{config}");
}

#[test]
fn an_exclude_file_of_trufflehog_becomes_patterns() {
    let sandbox = Sandbox::repository();
    sandbox.write("excludes.txt", "# third party\n^vendor/\n\n\\.lock$\n(a\n");
    let outcome = import(&sandbox, &["excludes.txt"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert_eq!(left(&outcome).len(), 1, "{outcome:?}");
    for path in ["vendor/a.env", "x/y.lock", "src/a.env"] {
        sandbox.write(path, format!("T={}\n", github(path)));
    }
    assert_eq!(sandbox.json(&["."]).places(), [("src/a.env".to_owned(), 1)]);
}
