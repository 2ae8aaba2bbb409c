//! Which entries of a folder are read, and what the ledger says of the rest.

use std::fs;

use super::super::fixture::{Fixture, Seen, observe};
use super::super::{Coverage, Filter, GapReason, SkipReason};
use super::*;

fn scan(root: &Path, filter: &[&str]) -> (Seen, Coverage) {
    let patterns: Vec<_> = filter.iter().map(ToString::to_string).collect();
    let filter = Filter::new(&patterns).unwrap();
    observe(&filter, |options, make| {
        scan_tree(root, options, make).unwrap()
    })
}

fn skipped(coverage: &Coverage, reason: SkipReason) -> Vec<String> {
    let entries = coverage.skipped.get(&reason);
    entries.map_or(Vec::new(), |entries| {
        entries.names.keys().cloned().collect()
    })
}

#[test]
fn untracked_ignored_entries_are_counted_and_tracked_ones_scanned() {
    let fixture = Fixture::new();
    fixture.write(".gitignore", "out/\n*.log\n!sub/keep.log\n");
    for name in [
        "out/a/1",
        "out/a/2",
        "out/tracked",
        "target.log",
        "sub/keep.log",
        "x.log",
        "src",
    ] {
        fixture.write(name, name);
    }
    fixture.write("sub/.gitignore", "*.tmp\n");
    fixture.write("sub/a.tmp", "tmp");
    fixture.git(&["add", "--force", "out/tracked", "target.log"]);
    let (seen, coverage) = scan(fixture.path(), &[]);
    let paths = [
        ".gitignore",
        "out/tracked",
        "src",
        "sub/.gitignore",
        "sub/keep.log",
        "target.log",
    ];
    assert_eq!(seen.paths(), paths);
    assert_eq!(
        skipped(&coverage, SkipReason::GitIgnored),
        ["out/a/", "sub/a.tmp", "x.log"]
    );
    assert_eq!(skipped(&coverage, SkipReason::GitFolder), [".git/"]);
    assert!(coverage.is_complete());
    assert_eq!(coverage.files, 6);
}

#[test]
fn a_subfolder_obeys_the_rules_above_it() {
    let fixture = Fixture::new();
    fixture.write(".gitignore", "*.log\nout/\n");
    fixture.write("sub/a.log", "a");
    fixture.write("sub/b", "b");
    fixture.write("out/c", "c");
    let (seen, coverage) = scan(&fixture.path().join("sub"), &[]);
    assert_eq!(seen.paths(), ["b"]);
    assert_eq!(skipped(&coverage, SkipReason::GitIgnored), ["a.log"]);
    let (seen, _) = scan(&fixture.path().join("out"), &[]);
    assert_eq!(
        seen.paths(),
        ["c"],
        "a folder named by the user is not ignored"
    );
}

#[test]
fn nested_repositories_have_their_own_rules() {
    let (fixture, nested) = (Fixture::new(), Fixture::new());
    fixture.write(".gitignore", "*.a\n");
    nested.write(".gitignore", "*.b\n");
    nested.write("x.a", "a");
    nested.write("x.b", "b");
    fs::rename(nested.path(), fixture.path().join("nested")).unwrap();
    let (seen, coverage) = scan(fixture.path(), &[]);
    assert_eq!(
        seen.paths(),
        [".gitignore", "nested/.gitignore", "nested/x.a"]
    );
    assert_eq!(skipped(&coverage, SkipReason::GitIgnored), ["nested/x.b"]);
}

#[test]
fn outside_a_repository_no_ignore_file_is_obeyed() {
    let fixture = Fixture::plain();
    for name in [".gitignore", ".ignore", ".hidden/a", "a"] {
        fixture.write(name, "a");
    }
    let (seen, _) = scan(fixture.path(), &[]);
    assert_eq!(seen.paths(), [".gitignore", ".hidden/a", ".ignore", "a"]);
}

#[test]
fn exclude_patterns_and_the_size_limit_leave_out_and_count() {
    let fixture = Fixture::plain();
    for name in ["vendor/a", "vendor/b", "a.min.js", "b.js"] {
        fixture.write(name, "a");
    }
    fixture.write("large", vec![b'a'; 1_001]);
    fixture.write("just", vec![b'a'; 1_000]);
    let (seen, coverage) = scan(fixture.path(), &["vendor/", "*.min.js"]);
    assert_eq!(seen.paths(), ["b.js", "just"]);
    assert_eq!(
        skipped(&coverage, SkipReason::Excluded),
        ["a.min.js", "vendor/"]
    );
    assert_eq!(coverage.skipped[&SkipReason::TooLarge].bytes, 1_001);
}

#[test]
fn an_empty_folder_is_a_gap() {
    let (_, coverage) = scan(Fixture::plain().path(), &[]);
    assert!(coverage.gaps.contains_key(&GapReason::NothingScanned));
}

#[test]
fn a_repository_in_an_unknown_format_is_scanned_without_rules() {
    let fixture = Fixture::new();
    fixture.write(".gitignore", "*.log\n");
    fixture.write("a.log", "a");
    fixture.git(&["config", "core.repositoryFormatVersion", "1"]);
    let config = fs::read_to_string(fixture.path().join(".git/config")).unwrap();
    fixture.write(
        ".git/config",
        config + "[extensions]\nobjectFormat = sha512\n",
    );
    let (seen, coverage) = scan(fixture.path(), &[]);
    assert_eq!(seen.paths(), [".gitignore", "a.log"]);
    assert!(coverage.is_complete());
}

#[test]
fn a_broken_index_hides_nothing() {
    let fixture = Fixture::new();
    fixture.write(".gitignore", "*.log\n");
    fixture.write("a.log", "a");
    fixture.write(".git/index", "broken");
    let (seen, coverage) = scan(fixture.path(), &[]);
    assert_eq!(seen.paths(), [".gitignore", "a.log"]);
    assert!(coverage.gaps.contains_key(&GapReason::Corrupt));
}

#[cfg(unix)]
#[test]
fn odd_entries_are_skipped_and_odd_names_kept() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    let fixture = Fixture::plain();
    for name in ["-dash", "new\nline", "bell\u{7}"] {
        fixture.write(name, "a");
    }
    fs::write(
        fixture.path().join(std::ffi::OsStr::from_bytes(b"raw\xff")),
        "a",
    )
    .unwrap();
    symlink(fixture.path(), fixture.path().join("cycle")).unwrap();
    let fifo = fixture.path().join("fifo");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(fifo)
            .status()
            .unwrap()
            .success()
    );
    let (seen, coverage) = scan(fixture.path(), &[]);
    assert_eq!(
        seen.paths(),
        ["-dash", "bell\u{7}", "new\nline", "raw\\xff"]
    );
    assert_eq!(skipped(&coverage, SkipReason::Symlink), ["cycle"]);
    assert_eq!(skipped(&coverage, SkipReason::Special), ["fifo"]);
}

#[cfg(unix)]
#[test]
fn a_rule_file_that_never_ends_is_not_read() {
    use std::os::unix::fs::symlink;

    let fixture = Fixture::new();
    fixture.write("sub/a", "a");
    fs::remove_dir_all(fixture.path().join(".git/info")).unwrap();
    fs::create_dir(fixture.path().join(".git/info")).unwrap();
    symlink("/dev/zero", fixture.path().join(".git/info/exclude")).unwrap();
    for place in [".gitignore", "sub/.gitignore"] {
        let fifo = fixture.path().join(place);
        let made = std::process::Command::new("mkfifo").arg(fifo).status();
        assert!(made.unwrap().success());
    }
    let (seen, coverage) = scan(fixture.path(), &[]);
    assert_eq!(seen.paths(), ["sub/a"]);
    assert_eq!(coverage.skipped[&SkipReason::Special].count, 2);
}

#[cfg(unix)]
#[test]
fn unreadable_folders_and_files_are_gaps() {
    use std::os::unix::fs::PermissionsExt as _;

    let fixture = Fixture::plain();
    fixture.write("dir/a", "a");
    fixture.write("file", "a");
    fixture.write("open", "a");
    let set = |name: &str, mode: u32| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(fixture.path().join(name), permissions).unwrap();
    };
    set("dir", 0);
    set("file", 0);
    if fs::read(fixture.path().join("file")).is_err() {
        let (seen, coverage) = scan(fixture.path(), &[]);
        assert_eq!(seen.paths(), ["open"]);
        let names: Vec<_> = coverage.gaps[&GapReason::Unreadable].names.keys().collect();
        assert_eq!(names, ["dir", "file"]);
    }
    set("dir", 0o700);
}
