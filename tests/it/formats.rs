//! Every format of a real run: valid, the same from a saved run, and safe with hostile names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use clap::ValueEnum as _;
use outgate::report::Format;
use serde_json::Value;

use crate::sandbox::{Outcome, Sandbox};
use crate::tokens::{fill, github};

/// Names of all formats, as `--format` takes them.
pub(crate) fn all() -> Vec<String> {
    Format::value_variants()
        .iter()
        .filter_map(clap::ValueEnum::to_possible_value)
        .map(|value| value.get_name().to_owned())
        .collect()
}

/// Names that a format could take for markup, a command or a formula.
const HOSTILE: [&str; 6] = [
    "=cmd('x')!A1;@b.env",
    "a,b|c`d`[e](f.env",
    "%0A::error file=x,title=y::z.env",
    "::stop-commands::x.env",
    "__proto__ &amp; {{x}} -->.env",
    "\u{202e}vne.a",
];

/// More of them, which some systems do not allow.
#[cfg(unix)]
const FORBIDDEN: [&str; 3] = [
    "<img src=x onerror=alert(1)>.env",
    "a\n::error::b\r\n.env",
    "\t=1+1\u{1b}[2J]]>.env",
];
#[cfg(not(unix))]
const FORBIDDEN: [&str; 0] = [];

/// A repository with findings in tree and history, hostile names, skips and a gap.
pub(crate) fn repository() -> Sandbox {
    let sandbox = Sandbox::repository();
    let gone = fill("github-pat", "DB_PASSWORD={alnum:18}\n", "gone");
    sandbox.write("old/näh.env", format!("{gone}T={}\n", github("old")));
    sandbox.write("lost.txt", "lost\n");
    sandbox.commit("leak");
    fs::remove_dir_all(sandbox.root().join("old")).expect("a folder");
    sandbox.commit("clean up");
    for name in HOSTILE.iter().chain(&FORBIDDEN) {
        if cfg!(unix) || !name.contains([':', '|', '>']) {
            let text = format!("# <b>|`\u{202e}\nT={} # &lt;\n", github(name));
            sandbox.write(name, text);
        }
    }
    for name in ["twice/a.env", "twice/b.env"] {
        sandbox.write(name, format!("T={}\n", github("twice")));
    }
    sandbox.write("a.png", b"\x89PNG\r\n\x1a\n\0\0\xff");
    fs::remove_file(sandbox.loose("HEAD:lost.txt")).expect("a loose object");
    sandbox
}

/// What `outgate scan` says in a format.
pub(crate) fn scan(sandbox: &Sandbox, format: &str) -> String {
    let outcome = sandbox.scan(&["--format", format, "--show=unlikely", "."]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    outcome.stdout
}

/// Runs `outgate report -` on a text.
fn report(sandbox: &Sandbox, text: &str, args: &[&str]) -> Outcome {
    sandbox.write("../saved", text);
    let saved = fs::File::open(sandbox.root().join("../saved")).expect("a file");
    let mut command = sandbox.outgate();
    command
        .args(["report", "-"])
        .args(args)
        .stdin(Stdio::from(saved));
    sandbox.finish(command.output())
}

#[test]
fn a_saved_run_gives_the_same_bytes_in_every_format() {
    let sandbox = repository();
    let (json, lines) = (scan(&sandbox, "json"), scan(&sandbox, "jsonl"));
    for format in all() {
        let direct = scan(&sandbox, &format);
        for saved in [&json, &lines] {
            let again = report(&sandbox, saved, &["--format", &format]);
            assert_eq!((again.code, again.stderr.as_str()), (0, ""), "{format}");
            assert!(
                again.stdout == direct,
                "{format} differs:\n{}",
                again.stdout
            );
        }
    }
}

#[test]
fn a_saved_run_goes_to_several_files() {
    let sandbox = repository();
    let json = scan(&sandbox, "json");
    let outputs = [
        "-o=a.xml",
        "-o=gitlab=gl.json",
        "-o=a.md",
        "-o=a.html",
        "-o=a.csv",
    ];
    assert_eq!(report(&sandbox, &json, &outputs).code, 0);
    for (name, start) in [
        ("a.xml", "<?xml "),
        ("gl.json", "{\"version\":\"15."),
        ("a.md", "## outgate: "),
        ("a.html", "<!doctype html>"),
        ("a.csv", "fingerprint,"),
    ] {
        let text = fs::read_to_string(sandbox.root().join(name)).unwrap();
        assert!(text.starts_with(start), "{name}: {text:.40}");
    }
}

#[test]
fn what_is_no_saved_run_is_refused_without_a_word_of_it() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.env", format!("T={}\n", github("saved")));
    let json = sandbox.scan(&["--format=json", "."]).stdout;
    let lines = sandbox.scan(&["--format=jsonl", "."]).stdout;
    let token = github("misplaced");
    let first = lines.lines().next().unwrap();
    for (text, said) in [
        (format!("T={token}"), "not JSON at line 1"),
        (
            format!("{{\"run\": \"{token}\"}}"),
            "another type at line 1",
        ),
        (
            json.replace("\"likely\"", "\"x\"")
                .replace("\"verified\"", &format!("\"{token}\"")),
            "another type at line",
        ),
        (
            json.replace("\"schema_version\": 1", "\"schema_version\": 2"),
            "`schema_version` is 2",
        ),
        (json[..json.len() / 2].to_owned(), "ends early"),
        (format!("{first}\n"), "cut short"),
        (
            format!("{first}\n{{\"type\": \"finding\", \"x\": \"{token}\"}}\n"),
            "another type at line 2",
        ),
        (String::new(), "ends early"),
    ] {
        let outcome = report(&sandbox, &text, &["--format=plain"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{said}");
        assert!(outcome.stderr.contains(said), "{said}: {}", outcome.stderr);
        assert!(
            outcome.stderr.contains("hint: save one with"),
            "{}",
            outcome.stderr
        );
        assert!(!outcome.stderr.contains(&token), "a value is quoted");
    }
    let unknown = json.replacen('{', "{\"later\": [1],", 1);
    assert_eq!(report(&sandbox, &unknown, &[]).code, 0);
}

#[test]
fn a_line_of_the_github_format_begins_with_a_command_of_ours() {
    let text = scan(&repository(), "github");
    let commands = ["::error ", "::warning ", "::notice "];
    let (last, lines) = text
        .lines()
        .collect::<Vec<_>>()
        .split_last()
        .map(|(a, b)| (*a, b.to_vec()))
        .unwrap();
    assert!(
        last.contains(" findings (") && last.ends_with("; incomplete"),
        "{last}"
    );
    for line in &lines {
        assert!(
            commands.iter().any(|command| line.starts_with(command)),
            "{line}"
        );
        let (properties, _) = line[2..].split_once("::").unwrap();
        let (_, properties) = properties.split_once(' ').unwrap();
        for property in properties.split(',') {
            let (key, value) = property.split_once('=').unwrap();
            let known = ["file", "line", "endLine", "col", "endColumn", "title"];
            assert!(known.contains(&key) && !value.contains(':'), "{line}");
        }
    }
    assert!(!text.contains(['\r', '\u{1b}', '\u{202e}']));
    let gone = lines.iter().find(|line| line.contains("old/n")).unwrap();
    assert!(
        !gone.contains("file=") && gone.contains("no longer in HEAD"),
        "{gone}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("::warning title=outgate%3A not searched::"))
    );
    if cfg!(unix) {
        assert!(
            text.contains("file=%250A%3A%3Aerror file=x%2Ctitle=y%3A%3Az.env,line=2,"),
            "{text}"
        );
    }
}

#[test]
fn a_gitlab_report_obeys_the_schema() {
    let sandbox = repository();
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/schemas/gitlab-secret-detection.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut report: Value = serde_json::from_str(&scan(&sandbox, "gitlab")).unwrap();
    let faults: Vec<_> = validator
        .iter_errors(&report)
        .map(|fault| fault.to_string())
        .collect();
    assert_eq!(faults, [""; 0]);
    let found = report["vulnerabilities"].as_array().unwrap();
    let ids: BTreeSet<_> = found
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), found.len(), "ids are unique");
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    let commits: BTreeSet<_> = found
        .iter()
        .map(|one| one["location"]["commit"]["sha"].as_str().unwrap())
        .collect();
    assert!(
        commits.contains(&*head) && commits.len() == 2,
        "{commits:?}"
    );
    assert!(
        report["scan"]["messages"][0]["value"]
            .as_str()
            .unwrap()
            .contains("missing object")
    );
    report["vulnerabilities"][0]["location"]["commit"] = Value::Null;
    assert!(!validator.is_valid(&report));
}
