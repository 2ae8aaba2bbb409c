//! No output holds a secret: every format, with and without what is unlikely.

use std::fs;

use proptest::prelude::*;

use crate::sandbox::Sandbox;
use crate::tokens::{aws_pair, fill, github, pem, token};

/// Detectors whose tokens are planted; what they need beside them stands in the template.
const PLANTED: [(&str, &str); 6] = [
    ("github-pat", "token: {secret}"),
    (
        "github-fine-grained-pat",
        "curl -u x:{secret} https://example.org/",
    ),
    ("aws-access-key-id", "aws_access_key_id = {secret}"),
    ("stripe-secret-key", "stripe = Stripe('{secret}')"),
    ("stripe-publishable-key", "<div data-key=\"{secret}\">"),
    ("github-pat", "TOKEN={mangled}"),
];

/// All ways to print a report, one after the other.
fn everything_said(sandbox: &Sandbox) -> String {
    let mut said = String::new();
    for format in crate::formats::all() {
        for extra in [&["--verbose"][..], &["--show=unlikely", "--color=always"]] {
            let outcome = sandbox.scan(&[&["--format", &*format, "."], extra].concat());
            assert!(matches!(outcome.code, 0 | 1), "{}", outcome.stderr);
            said.push_str(&outcome.stdout);
            said.push_str(&outcome.stderr);
        }
    }
    said
}

/// Expects no secret and no long part of one; the test's own message must not leak either.
fn expect_hidden(said: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(
            !said.contains(secret.as_str()),
            "a secret of {} bytes is shown",
            secret.len()
        );
        if secret.len() >= 24 {
            let middle = &secret[8..secret.len() - 4];
            assert!(
                !said.contains(middle),
                "most of a secret of {} bytes is shown",
                secret.len()
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn planted_tokens_are_never_shown(
        picks in proptest::collection::vec((0..PLANTED.len(), any::<u32>(), any::<bool>()), 1..6),
    ) {
        let sandbox = Sandbox::folder();
        let (mut text, mut secrets) = (String::new(), Vec::new());
        for (pick, seed, same_line) in picks {
            let (id, template) = PLANTED[pick];
            let hole = if template.contains("{mangled}") { "{mangled}" } else { "{secret}" };
            let seed = seed.to_string();
            secrets.push(fill(id, hole, &seed));
            text.push_str(&fill(id, template, &seed));
            text.push_str(if same_line { " " } else { "\n" });
        }
        sandbox.write("app.yml", &text);
        let said = everything_said(&sandbox);
        prop_assert!(said.contains("app.yml"));
        expect_hidden(&said, &secrets);
    }
}

#[test]
fn no_other_command_shows_a_secret() {
    let sandbox = Sandbox::repository();
    let (token, password) = (
        github("commands"),
        fill("github-pat", "{alnum:20}", "commands"),
    );
    sandbox.write("a.env", format!("T={token}\nDB_PASSWORD={password}\n"));
    sandbox.git(&["add", "a.env"]);
    sandbox.write(
        "outgate.toml",
        format!("[[allow]]\nvalues = ['{token}']\nreason = 'r'\n"),
    );
    let mut said = String::new();
    for args in [
        &["hook", "run", "--staged"][..],
        &["hook", "run", "a.env"],
        &["config", "show"],
        &["baseline", "create"],
        &["baseline", "audit", "--all"],
        &["baseline", "update"],
        &["scan", "--no-ignores", "."],
        &["scan", "--untrusted", "."],
    ] {
        let outcome = sandbox.run(args);
        assert!(
            matches!(outcome.code, 0 | 1),
            "{args:?}: {}",
            outcome.stderr
        );
        said.push_str(&outcome.stdout);
        said.push_str(&outcome.stderr);
    }
    for name in ["outgate-baseline.json", ".git/hooks"] {
        said.push_str(&fs::read_to_string(sandbox.root().join(name)).unwrap_or_default());
    }
    assert!(said.contains("generic-password"));
    expect_hidden(&said, &[token, password]);
}

#[test]
fn neighbours_on_a_line_are_masked_too() {
    let sandbox = Sandbox::folder();
    let (id, key) = aws_pair("neighbours");
    let token = github("neighbours");
    sandbox.write(
        "run.sh",
        format!("AWS_ACCESS_KEY_ID={id} AWS_SECRET_ACCESS_KEY={key} TOKEN={token} ./run\n"),
    );
    let said = everything_said(&sandbox);
    assert!(said.contains("github-pat") && said.contains("aws-access-key-id"));
    expect_hidden(&said, &[id, key, token]);
}

#[test]
fn quoted_neighbours_on_a_line_are_masked_too() {
    let sandbox = Sandbox::folder();
    let (id, key) = aws_pair("quoted");
    let token = github("quoted");
    sandbox.write(
        "keys.json",
        format!("{{\"awsAccessKeyId\": \"{id}\", \"awsSecretAccessKey\": \"{key}\", \"t\": \"{token}\"}}\n"),
    );
    let said = everything_said(&sandbox);
    for detector in ["github-pat", "aws-access-key-id", "aws-secret-access-key"] {
        assert!(said.contains(detector), "{detector}");
    }
    expect_hidden(&said, &[id, key, token]);
}

#[test]
fn the_lines_of_a_key_block_are_masked() {
    let sandbox = Sandbox::folder();
    let block = pem();
    sandbox.write("key.pem", format!("{block}\n"));
    sandbox.write(
        "key.json",
        format!("{{\"key\": \"{}\\n\"}}\n", block.replace('\n', "\\n")),
    );
    sandbox.write(
        "neighbour.txt",
        format!("{block} TOKEN={}\n", github("beside")),
    );
    let said = everything_said(&sandbox);
    assert!(said.contains("private-key-pem"));
    let lines = block
        .lines()
        .filter(|line| line.len() > 16 && !line.starts_with('-'));
    let mut secrets: Vec<_> = lines.map(str::to_owned).collect();
    assert!(!secrets.is_empty());
    secrets.push(github("beside"));
    expect_hidden(&said, &secrets);
}

#[test]
fn a_password_in_a_url_is_masked() {
    let sandbox = Sandbox::folder();
    let password = fill("github-pat", "{alnum:20}", "url");
    let line = format!("DATABASE_URL=postgres://app:{password}@db.internal/app\n");
    sandbox.write("app.env", line);
    let said = everything_said(&sandbox);
    assert!(said.contains("app.env"));
    expect_hidden(&said, &[password]);
}

#[test]
fn history_and_report_files_hide_secrets_too() {
    let sandbox = Sandbox::repository();
    let (kept, gone) = (github("kept"), token("github-fine-grained-pat", "gone"));
    sandbox.write("a.env", format!("A={kept} B={gone}\n"));
    sandbox.commit("leak");
    sandbox.write("a.env", format!("A={kept}\n"));
    sandbox.commit("half clean");
    let mut said = everything_said(&sandbox);
    sandbox.scan(&[
        "-o",
        "out.sarif",
        "-o",
        "out.json",
        "-o",
        "out.txt",
        "-o",
        "jsonl=l",
        "-o",
        "out.html",
        "-o",
        "gitlab=gl.json",
        ".",
    ]);
    for name in [
        "out.sarif",
        "out.json",
        "out.txt",
        "l",
        "out.html",
        "gl.json",
    ] {
        said.push_str(&fs::read_to_string(sandbox.root().join(name)).unwrap());
    }
    sandbox.write(
        "outgate.toml",
        format!("[detectors]\noff = [\"jwt\"]\nx = \"{kept}\"\n"),
    );
    expect_hidden(&said, &[kept, gone]);
}

#[test]
fn errors_about_files_hide_their_values() {
    let sandbox = Sandbox::folder();
    let token = github("misplaced");
    sandbox.write("outgate.toml", format!("github-token = \"{token}\"\n"));
    let scan = sandbox.scan(&["."]);
    assert_eq!(scan.code, 2);
    assert!(scan.stderr.contains("github-token"), "the key is named");
    expect_hidden(&scan.stderr, std::slice::from_ref(&token));
    sandbox.write(
        "acme.toml",
        format!("provider = \"acme\"\nkey = \"{token}\"\n"),
    );
    let lint = sandbox.run(&["detectors", "lint", "acme.toml"]);
    expect_hidden(&(lint.stdout + &lint.stderr), &[token]);
}
