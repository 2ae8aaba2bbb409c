//! What is not as it should be: a clear message or an entry in the ledger, never a panic, a
//! hang or a silent "clean".

use std::fs::File;

use crate::sandbox::Sandbox;
use crate::tokens::github;

fn line(seed: &str) -> String {
    format!("TOKEN={}\n", github(seed))
}

#[test]
fn a_folder_without_repository_has_no_history() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.txt", "text\n");
    for args in [&["--history"][..], &["--staged"], &["--range=a..b"]] {
        let outcome = sandbox.scan(args);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{args:?}");
        assert!(
            outcome.stderr.contains("not in a git repository"),
            "{}",
            outcome.stderr
        );
        assert!(outcome.stderr.contains("hint: "), "{}", outcome.stderr);
    }
}

#[test]
fn a_path_that_does_not_exist_is_an_error() {
    let outcome = Sandbox::folder().scan(&["gone"]);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome
            .stderr
            .starts_with("error: path `gone` does not exist\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn an_empty_folder_is_not_clean() {
    let outcome = Sandbox::folder().scan(&["."]);
    assert_eq!(outcome.code, 3);
    assert!(
        outcome.stdout.contains("nothing scanned"),
        "{}",
        outcome.stdout
    );
    let everything_excluded = Sandbox::folder();
    everything_excluded.write("a.txt", "text\n");
    everything_excluded.write("outgate.toml", "exclude = [\"*\"]\n");
    assert_eq!(everything_excluded.scan(&["."]).code, 3);
}

#[test]
fn an_empty_file_is_clean() {
    let sandbox = Sandbox::folder();
    sandbox.write("empty", "");
    assert_eq!(sandbox.json(&["."]).code, 0);
    assert_eq!(sandbox.json(&["empty"]).code, 0);
    assert_eq!(sandbox.pipe(&["-"], b"").code, 0);
}

#[test]
fn an_empty_repository_ends_with_a_word() {
    let outcome = Sandbox::repository().scan(&["."]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(
        outcome.stdout.contains("nothing scanned"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn nothing_staged_is_said() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", "text\n");
    sandbox.commit("all");
    let outcome = sandbox.scan(&["--staged"]);
    assert_eq!(outcome.code, 3);
    assert!(
        outcome.stdout.contains("nothing is staged"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn a_sparse_giant_is_skipped_without_reading_it() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.env", line("beside"));
    let giant = File::create(sandbox.root().join("giant.bin")).unwrap();
    giant.set_len(200 << 20).unwrap();
    let seen = sandbox.json(&["."]);
    assert_eq!((seen.code, seen.skipped("over the size limit")), (1, 1));
    assert_eq!(seen.report["coverage"]["files"], 1);
}

#[test]
fn a_nested_repository_is_part_of_the_tree() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", "text\n");
    sandbox.commit("outer");
    sandbox.git(&["init", "--quiet", "nested"]);
    sandbox.write("nested/.gitignore", "ignored.env\n");
    sandbox.write("nested/ignored.env", line("ignored"));
    sandbox.write("nested/b.env", line("nested"));
    let seen = sandbox.json(&["."]);
    assert_eq!(seen.places(), [("nested/b.env".to_owned(), 1)]);
    assert_eq!(seen.skipped("git-ignored"), 1);
}

/// A repository with a secret in its history alone.
fn leaky_history() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", line("deleted"));
    sandbox.commit("leak");
    sandbox.write("a.env", "clean\n");
    sandbox.commit("clean");
    sandbox
}

#[test]
fn a_damaged_head_is_a_gap_and_hides_nothing() {
    let sandbox = leaky_history();
    sandbox.write(".git/HEAD", "junk\n");
    let seen = sandbox.json(&["."]);
    assert_eq!((seen.code, seen.gaps("corrupt")), (1, 1));
    assert_eq!(seen.only()["occurrences"][0]["commit"]["in_head"], false);
}

#[test]
fn a_repository_that_cannot_be_opened_is_no_plain_folder() {
    let sandbox = leaky_history();
    std::fs::remove_file(sandbox.root().join(".git/HEAD")).unwrap();
    let outcome = sandbox.scan(&["."]);
    assert!(matches!(outcome.code, 1..=3), "{outcome:?}");
}

#[test]
fn a_damaged_repository_folder_hides_no_file() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.env", line("damaged"));
    sandbox.write(".git/HEAD", "junk\n");
    assert_eq!(sandbox.json(&["."]).places(), [("a.env".to_owned(), 1)]);
}

#[test]
fn terminal_escapes_in_text_stay_harmless() {
    let sandbox = Sandbox::folder();
    let evil = "\x1b]0;owned\x07\x1b[2J\u{9b}31m\u{202e}";
    sandbox.write(
        "a.env",
        format!("# {evil}\n{evil} TOKEN={} {evil}\n", github("escape")),
    );
    for format in ["plain", "json", "jsonl", "sarif"] {
        let outcome = sandbox.scan(&["--format", format, "."]);
        assert_eq!(outcome.code, 1);
        assert!(outcome.stdout.contains("github-pat"));
        let raw = |character: char| character != '\n' && character.is_control();
        assert!(
            !outcome.stdout.contains(raw),
            "{format}: {:?}",
            outcome.stdout
        );
        assert!(!outcome.stdout.contains('\u{202e}'), "{format}");
    }
}

#[test]
fn an_argument_that_looks_like_a_flag_can_be_a_path() {
    let sandbox = Sandbox::folder();
    sandbox.write("-dash.env", line("dash"));
    let seen = sandbox.json(&["./-dash.env"]);
    assert_eq!(seen.findings().len(), 1);
    let outcome = sandbox.scan(&["--format=jsonl", "--", "-dash.env"]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert_eq!(sandbox.scan(&["-dash.env"]).code, 2);
    assert_eq!(sandbox.json(&["."]).places(), [("-dash.env".to_owned(), 1)]);
}

#[test]
fn an_exclude_pattern_without_meaning_is_an_error() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.txt", "text\n");
    sandbox.write("outgate.toml", "exclude = [\"# comment\"]\n");
    let outcome = sandbox.scan(&["."]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("`# comment`"), "{}", outcome.stderr);
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::fs::{self, Permissions};
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::Command;

    use super::{Sandbox, line};

    #[test]
    fn links_are_not_followed_and_cycles_end() {
        let sandbox = Sandbox::folder();
        sandbox.write("a/b.env", line("link"));
        symlink("..", sandbox.root().join("a/up")).unwrap();
        symlink("loop", sandbox.root().join("loop")).unwrap();
        symlink("gone", sandbox.root().join("dangling")).unwrap();
        let seen = sandbox.json(&["."]);
        assert_eq!(seen.places(), [("a/b.env".to_owned(), 1)]);
        assert_eq!(seen.skipped("symbolic link"), 3);
        let outcome = sandbox.scan(&["loop"]);
        assert!(matches!(outcome.code, 2 | 3), "{outcome:?}");
    }

    #[test]
    fn a_fifo_is_skipped_and_does_not_hang() {
        let sandbox = Sandbox::folder();
        sandbox.write("a.env", line("fifo"));
        let fifo = sandbox.root().join("fifo");
        let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        let seen = sandbox.json(&["."]);
        assert_eq!((seen.code, seen.skipped("not a regular file")), (1, 1));
    }

    #[test]
    fn a_fifo_that_was_asked_for_is_no_clean_scan() {
        let sandbox = Sandbox::folder();
        let made = Command::new("mkfifo")
            .arg(sandbox.root().join("fifo"))
            .status();
        assert!(made.unwrap().success());
        let named = sandbox.json(&["fifo"]);
        assert_eq!((named.code, named.gaps("nothing scanned")), (3, 1));
    }

    #[test]
    fn an_unreadable_folder_is_a_gap() {
        let sandbox = Sandbox::folder();
        sandbox.write("a.txt", "text\n");
        sandbox.write("closed/b.env", line("closed"));
        let closed = sandbox.root().join("closed");
        fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
        let is_root = fs::read_dir(&closed).is_ok();
        let seen = sandbox.json(&["."]);
        fs::set_permissions(&closed, Permissions::from_mode(0o755)).unwrap();
        if is_root {
            // Nothing is closed to the superuser.
            assert_eq!(seen.code, 1);
        } else {
            assert_eq!((seen.code, seen.gaps("unreadable")), (3, 1));
        }
    }

    #[test]
    fn odd_names_are_shown_safely_in_tree_and_history() {
        let sandbox = Sandbox::repository();
        for (at, name) in [
            &b"new\nline.env"[..],
            b"esc\x1b[31m.env",
            b"bell\x07.env",
            b"bad\xff\xfe.env",
            b" lead.env",
            b"quote\".env",
            b"back\\slash.env",
        ]
        .into_iter()
        .enumerate()
        {
            sandbox.write(OsStr::from_bytes(name), line(&at.to_string()));
        }
        sandbox.commit("odd");
        let seen = sandbox.json(&["."]);
        assert_eq!((seen.code, seen.findings().len()), (1, 7));
        for format in ["plain", "json", "jsonl", "sarif"] {
            let outcome = sandbox.scan(&["--format", format, "."]);
            assert_eq!(outcome.code, 1, "{}", outcome.stderr);
            let raw = |character: char| character != '\n' && character.is_control();
            assert!(
                !outcome.stdout.contains(raw),
                "{format}: {:?}",
                outcome.stdout
            );
        }
        let plain = sandbox.scan(&["."]).stdout;
        assert!(
            !plain.lines().any(|line| line.starts_with("line.env")),
            "{plain}"
        );
    }

    #[test]
    fn an_error_about_an_odd_path_is_shown_safely() {
        let outcome = Sandbox::folder().scan(&["gone\x1b[31m"]);
        assert_eq!(outcome.code, 2);
        assert!(!outcome.stderr.contains('\x1b'), "{:?}", outcome.stderr);
    }
}

#[test]
fn an_index_that_leads_beyond_its_pack_is_named_and_the_folder_scanned() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", line("leak"));
    sandbox.commit("leak");
    sandbox.git(&["repack", "-adq"]);
    let folder = sandbox.root().join(".git/objects/pack");
    let files = std::fs::read_dir(folder).unwrap();
    let mut files = files.map(|file| file.unwrap().path());
    let index = files
        .find(|path| path.extension().is_some_and(|end| end == "idx"))
        .unwrap();
    let mut bytes = std::fs::read(&index).unwrap();
    // Version 2: 8 bytes, the fan-out, then ids, checksums and offsets of three objects.
    let offsets = 8 + 256 * 4 + 3 * (20 + 4);
    bytes[offsets..offsets + 4].copy_from_slice(&[0x7f; 4]);
    std::fs::remove_file(&index).unwrap();
    std::fs::write(&index, bytes).unwrap();
    assert_eq!(sandbox.scan(&["--history", "."]).code, 3);
    let seen = sandbox.json(&["."]);
    assert_eq!(seen.code, 1, "the leak in the folder");
    let report = seen.report.to_string();
    assert!(report.contains("does not fit its pack"), "{report}");
    assert!(report.contains("github-pat"), "{report}");
    let outcome = sandbox.scan(&["--staged"]);
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("git index-pack"),
        "{}",
        outcome.stderr
    );
}
