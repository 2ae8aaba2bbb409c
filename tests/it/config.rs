//! Configuration: what holds, where it comes from, and what a scanned repository may not say.

use std::fs;

use serde_json::Value;

use crate::sandbox::{Sandbox, Seen};
use crate::tokens::github;

fn leaky() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("app.env", format!("T={}\n", github("config")));
    sandbox
}

fn allow(sandbox: &Sandbox, entry: &str) -> Seen {
    let text = format!("[[allow]]\nreason = \"known\"\n{entry}\n");
    sandbox.write("outgate.toml", text);
    sandbox.json(&["."])
}

#[test]
fn an_allow_entry_may_name_detectors_paths_and_values() {
    let sandbox = leaky();
    for (entry, code) in [
        ("detectors = ['github-pat']", 0),
        ("detectors = ['jwt']", 1),
        ("paths = ['*.env']", 0),
        ("paths = ['tests/']", 1),
        ("values = ['ghp_.*']", 0),
        ("values = ['ghp_']", 1),
        ("detectors = ['github-pat']\npaths = ['tests/']", 1),
        ("detectors = ['github-pat']\nexpires = '2999-01-01'", 0),
        ("detectors = ['github-pat']\nexpires = '2020-01-01'", 1),
    ] {
        assert_eq!(allow(&sandbox, entry).code, code, "{entry}");
    }
}

#[test]
fn a_path_must_cover_every_place() {
    let sandbox = leaky();
    sandbox.write("tests/copy.env", format!("T={}\n", github("config")));
    assert_eq!(allow(&sandbox, "paths = ['tests/']").code, 1);
    fs::remove_file(sandbox.root().join("app.env")).expect("it is there");
    assert_eq!(allow(&sandbox, "paths = ['tests/']").code, 0);
}

#[test]
fn an_allow_entry_that_ended_is_said_to_have() {
    let sandbox = leaky();
    let seen = allow(&sandbox, "paths = ['*.env']\nexpires = '2020-01-01'");
    let reasons = seen.only()["reasons"].to_string();
    assert!(reasons.contains("ended on 2020-01-01"), "{reasons}");
}

#[test]
fn an_allow_entry_without_use_is_named() {
    let sandbox = leaky();
    let seen = allow(&sandbox, "fingerprint = '00000000000000000000'");
    let notices = seen.report["notices"].to_string();
    assert!(notices.contains("covers nothing any more"), "{notices}");
    let tree = sandbox.json(&[".", "--tree"]);
    assert_eq!(tree.report["notices"], Value::Null, "history was not seen");
    sandbox.write("sub/a.txt", "text\n");
    let sub = sandbox.json(&["sub"]);
    assert_eq!(sub.report["notices"], Value::Null, "the rest was not seen");
    let sure = sandbox.json(&[".", "--show=verified"]);
    assert_eq!(
        sure.report["notices"],
        Value::Null,
        "not all were asked for"
    );
}

#[test]
fn comments_of_other_scanners_hide_and_are_counted_by_name() {
    let sandbox = Sandbox::folder();
    let token = |seed: &str| github(seed);
    sandbox.write(
        "a.py",
        format!(
            "a = '{}'  # gitleaks:allow\nb = '{}'  # pragma: allowlist secret\n\
             # pragma: allowlist nextline secret\nc = '{}'\n",
            token("one"),
            token("two"),
            token("three")
        ),
    );
    let seen = sandbox.json(&["."]);
    assert_eq!(seen.code, 0, "{:#}", seen.report);
    let foreign = &seen.report["hidden"]["foreign"];
    assert_eq!(
        (&foreign["gitleaks"], &foreign["detect-secrets"]),
        (&1.into(), &2.into())
    );
    let audited = sandbox.json(&[".", "--no-ignores"]);
    assert_eq!((audited.code, audited.findings().len()), (1, 3));
    let reasons = audited.findings()[0]["reasons"].to_string();
    assert!(
        reasons.contains("an ignore comment for gitleaks"),
        "{reasons}"
    );
}

#[test]
fn no_ignores_shows_what_rules_hide() {
    let sandbox = leaky();
    allow(&sandbox, "paths = ['*.env']");
    let seen = sandbox.json(&[".", "--no-ignores"]);
    assert_eq!(seen.code, 1);
    let reasons = seen.only()["reasons"].to_string();
    assert!(
        reasons.contains("an allow entry (known) would hide it"),
        "{reasons}"
    );
}

/// Everything with which a repository can hide a leak.
fn hostile() -> Sandbox {
    let sandbox = leaky();
    sandbox.run(&["baseline", "create"]);
    sandbox.write("vendor/a.env", format!("T={}\n", github("excluded")));
    sandbox.write("b.env", format!("T={} # outgate: ignore\n", github("own")));
    sandbox.write(
        "c.env",
        format!("T={} # gitleaks:allow\n", github("foreign")),
    );
    sandbox.write("d.env", format!("T={}\n", github("allowed")));
    sandbox.write("ignored.log", format!("T={}\n", github("git")));
    sandbox.write(".gitignore", "*.log\n");
    let config = "exclude = ['vendor/']\nfail-on = 'never'\nmax-file-size = '1'\n\
         [detectors]\noff = ['github-pat']\n[[allow]]\npaths = ['d.env']\nreason = 'trust me'\n";
    sandbox.write("outgate.toml", config);
    sandbox
}

#[test]
fn an_untrusted_repository_hides_nothing_and_what_it_would_hide_is_listed() {
    let sandbox = hostile();
    assert_eq!(sandbox.json(&["."]).findings().len(), 0);
    let seen = sandbox.json(&[".", "--untrusted"]);
    assert_eq!(
        (seen.code, seen.findings().len()),
        (1, 6),
        "{:#}",
        seen.report
    );
    let findings = seen.report["findings"].to_string();
    for reason in [
        "an ignore comment would hide it",
        "an ignore comment for gitleaks would hide it",
        "an allow entry (trust me) would hide it",
        "the baseline would hide it",
        "the detector being switched off would hide it",
    ] {
        assert!(findings.contains(reason), "{reason}: {findings}");
    }
    let notices = seen.report["notices"].to_string();
    assert!(notices.contains("`outgate.toml` of the scanned repository is not obeyed"));
    assert!(
        notices.contains("the baseline `outgate-baseline.json`"),
        "{notices}"
    );
    assert!(
        notices.contains("6 findings are shown that a rule"),
        "{notices}"
    );
}

#[test]
fn an_exclude_pattern_of_an_untrusted_repository_is_named() {
    let sandbox = Sandbox::repository();
    sandbox.write("vendor/a.env", format!("T={}\n", github("excluded")));
    sandbox.write("outgate.toml", "exclude = ['vendor/']\n");
    let seen = sandbox.json(&[".", "--untrusted"]);
    let reasons = seen.only()["reasons"].to_string();
    assert!(
        reasons.contains("an exclude pattern would hide it"),
        "{reasons}"
    );
}

#[test]
fn a_file_inside_cannot_be_named_as_trusted() {
    let sandbox = hostile();
    for flag in ["--config=outgate.toml", "--baseline=outgate-baseline.json"] {
        let outcome = sandbox.scan(&[".", "--untrusted", flag]);
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert!(outcome.stderr.contains("--untrusted"), "{outcome:?}");
    }
    fs::write(sandbox.outside().join("mine.toml"), "fail-on = 'never'\n").expect("a file");
    let mine = sandbox.outside().join("mine.toml");
    let mine = mine.to_str().expect("a text");
    assert_eq!(
        sandbox.scan(&[".", "--untrusted", "--config", mine]).code,
        0
    );
}

#[test]
fn a_broken_configuration_of_an_untrusted_repository_stops_nothing() {
    let sandbox = leaky();
    sandbox.write("outgate.toml", "exclude = [");
    assert_eq!(sandbox.scan(&["."]).code, 2);
    assert_eq!(sandbox.scan(&[".", "--untrusted"]).code, 1);
}

#[test]
fn settings_are_shown_with_their_origin() {
    let sandbox = leaky();
    sandbox.write(
        ".github/outgate.toml",
        "fail-on = \"likely\"\nbaseline = \"known.json\"\n",
    );
    let mut command = sandbox.outgate();
    command
        .args(["config", "show", "--max-file-size=1M", "."])
        .env("OUTGATE_FAIL_ON", "verified");
    let shown = sandbox.finish(command.output());
    for line in [
        "fail-on = \"verified\"                     # OUTGATE_FAIL_ON",
        "max-file-size = \"1M\"                     # --max-file-size",
        "baseline = \"known.json\"                  # .github/outgate.toml",
        "exclude = []                             # default",
    ] {
        assert!(shown.stdout.contains(line), "{line}\n{}", shown.stdout);
    }
}

#[test]
fn a_first_configuration_is_valid_and_is_not_overwritten() {
    let sandbox = leaky();
    assert_eq!(sandbox.run(&["config", "init"]).code, 0);
    assert_eq!(sandbox.scan(&["."]).code, 1);
    let again = sandbox.run(&["config", "init"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("--force"), "{again:?}");
}

const OWN: &str = r#"
provider = "acme"
name = "Acme"

[[detector]]
id = "acme-ticket"
name = "Acme ticket"
severity = "high"
shape = { prefix = "acmetk_", alphabet = "a-z0-9", length = 24 }
remediation = "Revoke it in the console of Acme."
source = "https://acme.example/docs"
examples = ["t = {secret}", "ticket: {secret}"]
counter-examples = ["acmetk_", "acmetk"]
"#;

#[test]
fn detectors_of_ones_own_are_used_beside_the_others() {
    let sandbox = Sandbox::folder();
    sandbox.write("mine/acme.toml", OWN);
    let ticket = crate::tokens::token("github-pat", "own")[4..28].to_lowercase();
    sandbox.write("a.txt", format!("t = acmetk_{ticket}\n"));
    assert_eq!(sandbox.scan(&["."]).code, 0);
    let seen = sandbox.json(&["a.txt", "--detectors", "mine"]);
    assert_eq!(seen.only()["detector"], "acme-ticket");
    sandbox.write("outgate.toml", "[detectors]\npaths = ['mine/acme.toml']\n");
    assert_eq!(sandbox.json(&["a.txt"]).code, 1);
    assert_eq!(sandbox.run(&["detectors", "lint", "mine"]).code, 0);
}

#[test]
fn faults_of_ones_own_detectors_are_said_as_the_lint_says_them() {
    let sandbox = Sandbox::folder();
    let unproven = OWN.replace("\"t = {secret}\", ", "");
    sandbox.write("mine/acme.toml", unproven);
    sandbox.write("a.txt", "nothing\n");
    let lint = sandbox.run(&["detectors", "lint", "mine"]);
    let message = "`examples` should show two contexts or more";
    assert!(lint.code == 1 && lint.stdout.contains(message), "{lint:?}");
    let scan = sandbox.scan(&["a.txt", "--detectors=mine"]);
    assert!(scan.code == 0 && scan.stdout.contains(message), "{scan:?}");
    sandbox.write("mine/acme.toml", OWN.replace("acme-ticket", "github-pat"));
    let twice = sandbox.scan(&["a.txt", "--detectors=mine"]);
    assert!(
        twice.code == 2 && twice.stderr.contains("there already"),
        "{twice:?}"
    );
    sandbox.write("mine/acme.toml", OWN.replace("severity", "gravity"));
    let wrong = sandbox.scan(&["a.txt", "--detectors=mine"]);
    assert!(
        wrong.code == 2 && wrong.stderr.contains("gravity"),
        "{wrong:?}"
    );
}
