//! Tests of what is staged, on repositories that git makes.

use super::*;
use crate::walker::Filter;
use crate::walker::fixture::{Fixture, Seen, observe};

fn scan(fixture: &Fixture) -> (Seen, Coverage) {
    let repository = Repository::discover(fixture.path()).unwrap().unwrap();
    observe(&Filter::none(), |options, make| {
        scan_staged(&repository, options, make).unwrap()
    })
}

#[test]
fn the_first_commit_is_all_fresh() {
    let fixture = Fixture::new();
    fixture.write("a", "one\ntwo\n");
    fixture.git(&["add", "a"]);
    let (seen, coverage) = scan(&fixture);
    assert_eq!(seen.fresh("a"), ["one\ntwo\n"]);
    assert!(coverage.is_complete());
}

#[test]
fn a_cut_object_is_refused() {
    let fixture = Fixture::new();
    fixture.write("a", "one\n");
    fixture.commit("first");
    let id = fixture.git(&["rev-parse", "HEAD"]);
    let path = format!(".git/objects/{}/{}", &id[..2], &id[2..]);
    let path = fixture.path().join(path);
    let sound = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, &sound[..40]).unwrap();
    let repository = Repository::discover(fixture.path()).unwrap().unwrap();
    let fault = Staged::read(&repository).err();
    // The temporary folder may have another name than the one it was made by.
    let is_it = |found: &Path| found.ends_with(&id[2..]);
    assert!(matches!(fault, Some(Error::DamagedObject { path }) if is_it(&path)));
}

#[test]
fn bytes_are_those_of_the_index() {
    let fixture = Fixture::new();
    fixture.write("a", "one\n");
    fixture.write("gone", "gone\n");
    fixture.commit("first");
    fixture.write("a", "one\nstaged\n");
    fixture.git(&["add", "a"]);
    fixture.git(&["rm", "--quiet", "gone"]);
    fixture.write("a", "one\nstaged\nlater\n");
    fixture.write("untracked", "u");
    let (seen, coverage) = scan(&fixture);
    assert_eq!(seen.paths(), ["a"]);
    assert_eq!(seen.fresh("a"), ["staged\n"]);
    assert_eq!((coverage.files, coverage.is_complete()), (1, true));
}

#[test]
fn a_rename_shows_only_new_lines_and_attributes_hide_nothing() {
    let fixture = Fixture::new();
    let lines = (0..20)
        .map(|line| format!("line {line}"))
        .collect::<Vec<_>>()
        .join("\n")
        + "\n";
    fixture.write("old", &lines);
    fixture.write(".gitattributes", "* -diff\n");
    fixture.commit("first");
    fixture.git(&["mv", "old", "new"]);
    fixture.write("new", lines + "added\n");
    fixture.git(&["add", "new"]);
    let (seen, _) = scan(&fixture);
    assert_eq!(seen.paths(), ["new"]);
    assert_eq!(seen.fresh("new"), ["added\n"]);
}

#[test]
fn binary_files_are_all_fresh_and_utf_16_is_compared_as_text() {
    let fixture = Fixture::new();
    let wide = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<_>>()
    };
    fixture.write("data", b"a\0\x01b");
    fixture.write("wide", wide("one line\n"));
    fixture.commit("first");
    fixture.write("data", b"a\0\x01bc");
    fixture.write("wide", wide("one line\nnext line\n"));
    fixture.git(&["add", "--all"]);
    let (seen, _) = scan(&fixture);
    assert_eq!(seen.fresh("data"), ["binary:a\0\u{1}bc"]);
    assert_eq!(seen.fresh("wide"), ["next line\n"]);
}

#[test]
fn both_sides_of_a_conflict_are_whole() {
    let fixture = Fixture::new();
    fixture.write("a", "base\n");
    fixture.commit("base");
    fixture.git(&["checkout", "--quiet", "-b", "side"]);
    fixture.write("a", "theirs\n");
    fixture.commit("theirs");
    fixture.git(&["checkout", "--quiet", "main"]);
    fixture.write("a", "ours\n");
    fixture.commit("ours");
    let merge = std::process::Command::new("git")
        .args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
            "merge",
            "--quiet",
            "side",
        ])
        .current_dir(fixture.path())
        .output()
        .unwrap();
    assert!(!merge.status.success());
    assert_eq!(scan(&fixture).0.fresh("a"), ["ours\n", "theirs\n"]);
}

#[test]
fn an_empty_stage_is_a_gap_and_a_deletion_is_not() {
    let fixture = Fixture::new();
    fixture.write("a", "a");
    fixture.commit("first");
    assert!(
        scan(&fixture)
            .1
            .gaps
            .contains_key(&GapReason::NothingScanned)
    );
    fixture.git(&["rm", "--quiet", "a"]);
    let (seen, coverage) = scan(&fixture);
    assert!(seen.paths().is_empty() && coverage.is_complete());
}

#[test]
fn odd_names_and_submodules_are_no_obstacle() {
    let fixture = Fixture::new();
    fixture.write("a", "a");
    let first = fixture.commit("first");
    fixture.write("new\nline", "n");
    fixture.write("-dash", "d");
    fixture.git(&["add", "--all"]);
    let link = format!("160000,{first},sub");
    fixture.git(&["update-index", "--add", "--cacheinfo", &link]);
    let (seen, coverage) = scan(&fixture);
    assert_eq!(seen.paths(), ["-dash", "new\nline"]);
    assert!(coverage.is_complete());
}

#[test]
fn another_index_file_can_be_named() {
    let fixture = Fixture::new();
    fixture.write("a", "a");
    fixture.git(&["add", "a"]);
    let other = fixture.path().join(".git/other");
    std::fs::rename(fixture.path().join(".git/index"), &other).unwrap();
    let repository = Repository::discover(fixture.path())
        .unwrap()
        .unwrap()
        .with_index(other);
    let (seen, _) = observe(&Filter::none(), |options, make| {
        scan_staged(&repository, options, make).unwrap()
    });
    assert_eq!(seen.paths(), ["a"]);
}
