//! `outgate submit`: targets and formats of repositories, the answer, and the ledger.

mod archives;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::sandbox::{Outcome, Sandbox, Seen};
use crate::tokens::github;

/// Runs a submission and reads the JSON report.
fn submit(sandbox: &Sandbox, args: &[&str]) -> (Outcome, Seen) {
    let outcome = sandbox.run(&[&["submit", "--out=../out"], args].concat());
    let path = sandbox.outside().join("out/outgate-report.json");
    let text = fs::read_to_string(path).unwrap_or_else(|_| unreachable!("{outcome:?}"));
    let report = serde_json::from_str(&text).expect("it is JSON");
    let code = outcome.code;
    (outcome, Seen { code, report })
}

fn last_line(outcome: &Outcome) -> &str {
    outcome.stdout.lines().last().unwrap_or_default()
}

/// A repository with a leak that is no longer in HEAD.
fn leaky(format: &[&str]) -> Sandbox {
    let sandbox = Sandbox::folder();
    let args = ["init", "--quiet", "--initial-branch=main"];
    sandbox.git(&[&args[..], format, &["."]].concat());
    sandbox.write("a.env", format!("TOKEN={}\n", github("leak")));
    sandbox.commit("leak");
    sandbox.write("a.env", "nothing of note\n");
    sandbox.commit("gone");
    sandbox
}

fn clean() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", "nothing of note\n");
    sandbox.commit("one");
    sandbox
}

#[test]
fn a_clean_repository_is_ready() {
    let sandbox = clean();
    let (outcome, seen) = submit(&sandbox, &["."]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(last_line(&outcome).starts_with("READY"), "{outcome:?}");
    assert_eq!(seen.report["submission"]["answer"], "ready");
}

#[test]
fn a_leak_names_what_to_do_with_its_commit() {
    let sandbox = leaky(&[]);
    let commit = sandbox.git(&["rev-parse", "HEAD~1"]);
    let (outcome, seen) = submit(&sandbox, &["."]);
    assert_eq!(outcome.code, 1);
    assert!(last_line(&outcome).starts_with("NOT READY"), "{outcome:?}");
    let steps = seen.report["submission"]["steps"].as_array().unwrap();
    let actions: Vec<_> = steps
        .iter()
        .map(|step| step["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["rotate", "remove", "remove"]);
    let text = steps[1].to_string();
    assert!(
        text.contains(&commit) && text.contains("filter-repo"),
        "{text}"
    );
    assert!(!outcome.stdout.contains(&github("leak")));
}

#[test]
fn what_cannot_be_read_leaves_the_question_open() {
    let origin = clean();
    origin.write("a.txt", "more\n");
    origin.commit("two");
    let sandbox = Sandbox::folder();
    let url = format!("file://{}", origin.root().display());
    sandbox.git(&["clone", "--quiet", "--depth=1", &url, "."]);
    let (outcome, seen) = submit(&sandbox, &["."]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(
        last_line(&outcome).starts_with("CANNOT TELL"),
        "{outcome:?}"
    );
    assert!(
        outcome.stdout.contains("git fetch --unshallow"),
        "{outcome:?}"
    );
    assert_eq!(seen.gaps("shallow clone"), 1);

    sandbox.write(
        "../profile.toml",
        "version = 1\nname = 'cut'\n[coverage]\nallow-gaps = ['shallow']\n",
    );
    let (outcome, _) = submit(&sandbox, &["--profile=../profile.toml", "."]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[test]
fn a_profile_sets_the_rules() {
    let sandbox = leaky(&[]);
    let judge = |rules: &str| {
        let text = format!("version = 1\nname = 'own'\n{rules}");
        sandbox.write("../profile.toml", text);
        submit(&sandbox, &["--profile=../profile.toml", "."]).0
    };
    let allowed = judge("[classes.secret]\nblock = 'never'\n");
    assert_eq!(allowed.code, 0, "{allowed:?}");
    let forbidden = judge("history = 'forbidden'\n[classes.secret]\nblock = 'never'\n");
    assert_eq!(forbidden.code, 1);
    assert!(forbidden.stdout.contains("git archive"), "{forbidden:?}");
    let small = judge("max-size = '10'\n[classes.secret]\nblock = 'never'\n");
    assert_eq!(small.code, 1);
    let wrong = sandbox.run(&["submit", "--profile=../none.toml", "."]);
    assert_eq!(wrong.code, 2);
}

#[test]
fn a_folder_without_history_may_lack_what_the_profile_asks_for() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.txt", "nothing of note\n");
    let (outcome, _) = submit(&sandbox, &["."]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    sandbox.write(
        "../profile.toml",
        "version = 1\nname = 'own'\nhistory = 'required'\n",
    );
    let (outcome, _) = submit(&sandbox, &["--profile=../profile.toml", "."]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    // That of another repository is not its own.
    sandbox.git(&["init", "--quiet", "vendor/lib"]);
    let (outcome, _) = submit(&sandbox, &["--profile=../profile.toml", "."]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    sandbox.git(&["init", "--quiet", "."]);
    let (outcome, _) = submit(&sandbox, &["--profile=../profile.toml", "."]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[test]
fn reports_are_never_written_into_what_is_handed_over() {
    let sandbox = clean();
    let outcome = sandbox.run(&["submit", "."]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(!sandbox.root().join("outgate-report.json").exists());
    for end in ["json", "sarif", "html"] {
        let path = sandbox.outside().join(format!("outgate-report.{end}"));
        assert!(path.exists(), "{outcome:?}");
    }
    assert!(
        outcome.stdout.contains("outgate-report.sarif"),
        "{outcome:?}"
    );
}

/// The one place of the one finding.
fn place(seen: &Seen) -> (String, String) {
    let place = &seen.only()["occurrences"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&place["path"]), text(&place["commit"]["id"]))
}

#[test]
fn every_target_and_format_is_read() {
    for format in ["--object-format=sha1", "--object-format=sha256"] {
        let sandbox = leaky(&[format]);
        let leak = sandbox.git(&["rev-parse", "HEAD~1"]);
        let bundle = sandbox.outside().join("a.bundle").display().to_string();
        sandbox.git(&["bundle", "create", "--quiet", &bundle, "--all"]);
        let mirror = sandbox.outside().join("mirror.git").display().to_string();
        sandbox.git(&["clone", "--quiet", "--mirror", ".", &mirror]);
        let targets = [
            (".", "a.env"),
            (mirror.as_str(), "a.env"),
            (bundle.as_str(), "a.bundle/a.env"),
        ];
        for (target, path) in targets {
            let (outcome, seen) = submit(&sandbox, &[target]);
            assert_eq!(
                place(&seen),
                (path.to_owned(), leak.clone()),
                "{target} {outcome:?}"
            );
            assert_eq!(seen.report["run"]["complete"], true, "{target} {outcome:?}");
        }
    }
}

#[test]
fn a_repository_with_reftables_is_read() {
    let sandbox = Sandbox::folder();
    let probe = sandbox.git_command(&["init", "--quiet", "--ref-format=reftable", "."]);
    if !{ probe }
        .output()
        .is_ok_and(|output| output.status.success())
    {
        return; // An older git.
    }
    sandbox.write("a.env", format!("TOKEN={}\n", github("leak")));
    sandbox.commit("leak");
    fs::remove_file(sandbox.root().join("a.env")).unwrap();
    sandbox.commit("gone");
    let name = github("name");
    sandbox.git(&["branch", &name]);
    let message = format!("because of {}", github("log"));
    sandbox.git(&[
        "update-ref",
        "--create-reflog",
        "-m",
        &message,
        "refs/heads/other",
        "HEAD",
    ]);
    let (_, seen) = submit(&sandbox, &["."]);
    let places: BTreeSet<String> = seen.places().into_iter().map(|(path, _)| path).collect();
    assert!(places.contains("a.env"), "{places:?}");
    for end in ["(name of a ref)", "(reflog)"] {
        let is_there = places.iter().any(|place| place.ends_with(end));
        assert!(is_there, "{end} {places:?}");
    }
    assert_eq!(seen.report["run"]["complete"], true);
}

#[test]
fn a_split_index_and_lost_configuration_hide_nothing() {
    let sandbox = leaky(&[]);
    sandbox.write("staged.env", format!("TOKEN={}\n", github("staged")));
    sandbox.git(&["add", "staged.env"]);
    fs::remove_file(sandbox.root().join("staged.env")).unwrap();
    sandbox.git(&["update-index", "--split-index"]);
    sandbox.write(".git/info/grafts", "no graft\n");
    let (_, seen) = submit(&sandbox, &["."]);
    assert_eq!(seen.findings().len(), 2, "{:#}", seen.report);
}

#[test]
fn a_partial_clone_names_what_is_missing() {
    let origin = leaky(&[]);
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    let sandbox = Sandbox::folder();
    let url = format!("file://{}", origin.root().display());
    sandbox.git(&["clone", "--quiet", "--filter=blob:none", &url, "."]);
    let (outcome, seen) = submit(&sandbox, &["."]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert_eq!(seen.gaps("missing object"), 1);
}

/// The files below a folder with their sizes, links with the length of their targets.
fn list_files(root: &Path, folder: &Path, found: &mut BTreeMap<String, u64>) {
    for entry in fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it is there").path();
        let kind = fs::symlink_metadata(&path).expect("it is there");
        if kind.is_dir() {
            list_files(root, &path, found);
        } else {
            let name = path
                .strip_prefix(root)
                .expect("it is there")
                .display()
                .to_string();
            found.insert(name.replace('\\', "/"), kind.len());
        }
    }
}

#[test]
fn the_ledger_lists_exactly_what_is_there() {
    let sandbox = leaky(&[]);
    for version in 0..20 {
        let rows = (0..100).map(|row| format!("line {row} of {}\n", version.max(row)));
        sandbox.write("grown.txt", rows.collect::<String>());
        sandbox.write("image.png", b"\x89PNG\r\n\x1a\n\0\0\xff");
        sandbox.commit("version");
    }
    sandbox.git(&["tag", "--annotate", "--message", "t", "t"]);
    sandbox.git(&["repack", "-adfq", "--depth=20", "--window=30"]);
    sandbox.write("ignored/b.txt", "nothing\n");
    sandbox.write(".gitignore", "ignored/\n");
    sandbox.commit("loose");
    #[cfg(unix)]
    std::os::unix::fs::symlink("a.env", sandbox.root().join("link")).unwrap();
    let (outcome, seen) = submit(&sandbox, &["--explain-coverage", "."]);
    let items = seen.report["coverage"]["items"].as_array().unwrap();
    let is_id = |name: &str| name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut objects = BTreeMap::new();
    let mut files = BTreeMap::new();
    for item in items {
        let name = item["name"].as_str().unwrap().to_owned();
        assert!(outcome.stdout.contains(&name), "{name} is not printed");
        let bytes = item["bytes"].as_u64().unwrap();
        let of = if is_id(&name) {
            &mut objects
        } else {
            &mut files
        };
        assert!(of.insert(name, bytes).is_none(), "{item} is listed twice");
    }
    let format = "--batch-check=%(objectname) %(objectsize)";
    let all = sandbox.git(&["cat-file", "--batch-all-objects", format]);
    let pair = |line: &str| {
        let (id, size) = line.split_once(' ').unwrap();
        (id.to_owned(), size.parse().unwrap())
    };
    let there: BTreeMap<String, u64> = all.lines().map(pair).collect();
    assert_eq!(objects, there);
    let mut there = BTreeMap::new();
    list_files(sandbox.root(), sandbox.root(), &mut there);
    assert_eq!(files, there);
}

#[test]
fn a_picture_alone_leaves_no_question_and_an_archive_is_opened() {
    let sandbox = clean();
    // A GIF of one pixel: head, picture, end.
    let gif = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    sandbox.write("logo.gif", gif);
    sandbox.commit("picture");
    let (outcome, seen) = submit(&sandbox, &["."]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(seen.skipped("unread pixels or sound") > 0, "{outcome:?}");
    sandbox.write("sealed.rar", b"Rar!\x1a\x07\x01\0\0\0\0");
    let (outcome, _) = submit(&sandbox, &["."]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
}

#[test]
fn an_lfs_pointer_is_as_good_as_its_content() {
    let sandbox = clean();
    let id = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let version = "version https://git-lfs.github.com/spec/v1";
    sandbox.write(
        "big.bin",
        format!("{version}\noid sha256:{id}\nsize 12345\n"),
    );
    sandbox.commit("pointer");
    let (outcome, seen) = submit(&sandbox, &["."]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(seen.skipped("LFS content absent") > 0, "{outcome:?}");

    let path = format!(".git/lfs/objects/4d/7a/{id}");
    sandbox.write(&path, format!("TOKEN={}\n", github("lfs")));
    let (_, seen) = submit(&sandbox, &["."]);
    assert_eq!(place(&seen).0, path);
    assert_eq!(seen.skipped("LFS content absent"), 0);
}

#[test]
fn a_saved_answer_is_written_again() {
    let sandbox = leaky(&[]);
    let (outcome, _) = submit(&sandbox, &["."]);
    let saved = sandbox.run(&["report", "../out/outgate-report.json"]);
    assert_eq!(saved.code, 0, "{saved:?}");
    assert_eq!(last_line(&saved), last_line(&outcome));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let sandbox = leaky(&[]);
    for version in 0..20 {
        sandbox.write(
            format!("folder-{}/file-{version}.txt", version % 3),
            version.to_string(),
        );
        sandbox.commit(&format!("version {version} {}", github("message")));
    }
    sandbox.git(&["gc", "--quiet"]);
    let report = |threads: &str| {
        let (_, seen) = submit(&sandbox, &["--explain-coverage", threads, "."]);
        seen.report
    };
    assert_eq!(report("--threads=1"), report("--threads=3"));
}
