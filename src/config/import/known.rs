//! Known findings: what other scanners were told to pass over.
//!
//! Owns `.gitleaksignore`, JSON reports of gitleaks and baselines of detect-secrets, as references to
//! places and digests. A secret in a report is digested here and goes no further. Does not own
//! finding what is referred to (`cli`).

use std::collections::BTreeMap;

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;
use serde_json::Value;
use sha1::{Digest as _, Sha1};

use super::filters::{Exclude, Used, leave_plugins, take_filters};
use super::{Imported, Oracle, Reference};
use crate::baseline::Decision;

/// Digits of the id of a commit.
const COMMIT: usize = 40;

/// Says whether each line is as in `.gitleaksignore`.
pub(super) fn is_ignore_list(text: &str) -> bool {
    let mut lines = lines(text).peekable();
    lines.peek().is_some() && lines.all(|(_, line)| parse_line(line).is_some())
}

/// Reads a `.gitleaksignore`.
pub(super) fn import_ignore_list(text: &str) -> Imported {
    let mut imported = Imported::of(".gitleaksignore");
    for (number, line) in lines(text) {
        match parse_line(line) {
            Some(reference) => add(&mut imported, reference),
            // Not shown: it may be anything.
            None => imported.leave(
                format!("line {number}"),
                "not of the form `[commit:]file:rule:line`",
            ),
        }
    }
    imported
}

/// Lines that say something, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.lines().map(str::trim));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// Reads `[commit:]file:rule:line`; the file may hold colons.
fn parse_line(line: &str) -> Option<Reference> {
    let (rest, number) = line.rsplit_once(':')?;
    let (rest, _rule) = rest.rsplit_once(':')?;
    let (commit, path) = match rest.split_once(':') {
        Some((commit, path)) if is_commit(commit) => (Some(commit.to_owned()), path),
        _ => (None, rest),
    };
    Some(Reference {
        path: plain(path),
        line: Some(number.parse().ok()?),
        commit,
        sha1: None,
        decision: Decision::Known,
    })
}

fn is_commit(text: &str) -> bool {
    text.len() == COMMIT && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The path as ours are written.
fn plain(path: &str) -> String {
    let path = path.replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

/// The same secret is often listed once for each rule that found it.
fn add(imported: &mut Imported, reference: Reference) {
    if !imported.references.contains(&reference) {
        imported.references.push(reference);
    }
}

/// Reads JSON: a report or a baseline, if it is one.
///
/// # Errors
/// Where it is broken, without what it holds.
pub(super) fn import_json(text: &str, oracle: Oracle<'_>) -> Result<Option<Imported>, String> {
    let at = |fault: serde_json::Error| {
        let (line, column) = (fault.line(), fault.column());
        format!("at line {line}, column {column}: not as expected there")
    };
    match serde_json::from_str(text).map_err(at)? {
        Value::Array(items) => Ok(import_report(items)),
        Value::Object(object) if object.contains_key("results") => {
            let baseline = serde_json::from_str(text).map_err(at)?;
            Ok(Some(import_baseline(&baseline, oracle)))
        }
        _ => Ok(None),
    }
}

/// One finding in a report of gitleaks.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reported {
    file: String,
    start_line: u32,
    #[serde(default)]
    secret: Option<String>,
    #[serde(default)]
    commit: Option<String>,
}

fn import_report(items: Vec<Value>) -> Option<Imported> {
    let mut imported = Imported::of("a report of gitleaks");
    let count = items.len();
    for (index, item) in items.into_iter().enumerate() {
        match serde_json::from_value::<Reported>(item) {
            Ok(reported) => add(&mut imported, refer(reported)),
            Err(_) => imported.leave(
                format!("entry {} of the report", index + 1),
                "it has no `File` and `StartLine`",
            ),
        }
    }
    let is_other = count > 0 && imported.references.is_empty();
    (!is_other).then_some(imported)
}

fn refer(reported: Reported) -> Reference {
    // What `--redact` leaves of a secret is of no use.
    let is_whole =
        |secret: &String| !secret.is_empty() && secret != "REDACTED" && !secret.ends_with("...");
    let secret = reported.secret.filter(is_whole);
    Reference {
        path: plain(&reported.file),
        line: Some(reported.start_line),
        commit: reported.commit.filter(|commit| is_commit(commit)),
        sha1: secret.map(|secret| Sha1::digest(secret).into()),
        decision: Decision::Known,
    }
}

/// A baseline of detect-secrets, of the old form too.
#[derive(Deserialize)]
struct Baseline {
    results: BTreeMap<String, Vec<Known>>,
    #[serde(default)]
    filters_used: Vec<Used>,
    #[serde(default)]
    plugins_used: Vec<Used>,
    #[serde(default)]
    exclude: Exclude,
}

#[derive(Deserialize)]
struct Known {
    hashed_secret: String,
    #[serde(default)]
    is_secret: Option<bool>,
}

fn import_baseline(baseline: &Baseline, oracle: Oracle<'_>) -> Imported {
    let mut imported = Imported::of(".secrets.baseline");
    take_filters(
        &mut imported,
        &baseline.filters_used,
        &baseline.exclude,
        oracle,
    );
    leave_plugins(&mut imported, &baseline.plugins_used);
    for (path, entries) in &baseline.results {
        for entry in entries {
            let digest = HEXLOWER_PERMISSIVE.decode(entry.hashed_secret.as_bytes());
            let Some(sha1) = digest.ok().and_then(|digest| digest.try_into().ok()) else {
                imported.leave(
                    format!("an entry for {path}"),
                    "`hashed_secret` is not a SHA-1",
                );
                continue;
            };
            let reference = Reference {
                path: plain(path),
                line: None,
                commit: None,
                sha1: Some(sha1),
                decision: match entry.is_secret {
                    Some(false) => Decision::Ignored,
                    _ => Decision::Known,
                },
            };
            add(&mut imported, reference);
        }
    }
    imported
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_name_a_commit_and_a_path_with_colons() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let parse = |line: &str| {
            let found = parse_line(line)?;
            Some((found.commit, found.path, found.line))
        };
        let own = |path: &str| path.to_owned();
        assert_eq!(parse("a/b.py:rule:7"), Some((None, own("a/b.py"), Some(7))));
        assert_eq!(
            parse(&format!("{commit}:./c:d.py:rule:12")),
            Some((Some(own(commit)), own("c:d.py"), Some(12)))
        );
        assert_eq!(parse("a:b:c"), None);
        assert_eq!(parse("a:99999999999"), None);
        assert!(is_ignore_list("# x\na:r:1\n") && !is_ignore_list("a:r:1\nb\n"));
        assert!(!is_ignore_list(""));
    }

    #[test]
    fn a_report_is_digested() {
        let text = r#"[{"File": "a", "StartLine": 2, "Secret": "abc", "Commit": ""}, 7]"#;
        let oracle = Oracle {
            is_known: &|_| false,
            fault: &|_| None,
            holds_secret: &|_| false,
        };
        let imported = import_json(text, oracle).unwrap().unwrap();
        let sha1 = imported.references[0].sha1.unwrap();
        // The first example of FIPS 180-1.
        assert_eq!(
            HEXLOWER_PERMISSIVE.encode(&sha1),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(imported.left.len(), 1);
        assert!(import_json("{\"a\": 1}", oracle).unwrap().is_none());
        assert!(import_json("[1, 2]", oracle).unwrap().is_none());
    }
}
