//! The scan of whole repositories, as built by git.

use std::fs;
use std::path::Path;

use super::super::fixture::{Fixture, Seen, observe};
use super::super::{Filter, SkipReason};
use super::*;

fn scan_with(path: &Path, filter: &[&str]) -> (Seen, Coverage) {
    let repository = Repository::discover(path).unwrap().unwrap();
    let patterns: Vec<_> = filter.iter().map(ToString::to_string).collect();
    observe(&Filter::new(&patterns).unwrap(), |options, make| {
        History::open(&repository)
            .unwrap()
            .scan(options, make)
            .unwrap()
    })
}

fn scan(fixture: &Fixture) -> (Seen, Coverage) {
    scan_with(fixture.path(), &[])
}

/// A repository with a blob for each way to be reachable.
fn full() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("a", "first");
    fixture.commit("first");
    fixture.write("a", "second");
    fixture.write("dir/deep/b", "deep");
    fixture.commit("second");
    fixture.git(&["checkout", "--quiet", "-b", "gone"]);
    fixture.write("a", "tag-only");
    fixture.commit("gone");
    fixture.git(&["tag", "--annotate", "--message", "t", "kept"]);
    fixture.git(&["checkout", "--quiet", "main"]);
    fixture.git(&["branch", "--quiet", "-D", "gone"]);
    for stash in ["stash-old", "stash-new"] {
        fixture.write("a", stash);
        fixture.git(&["stash", "--quiet"]);
    }
    fixture.git(&["notes", "add", "--message", "note"]);
    fixture.write("loose", "tagged-blob");
    let blob = fixture.git(&["hash-object", "-w", "loose"]);
    fixture.git(&["tag", "blob", &blob]);
    fs::remove_file(fixture.path().join("loose")).unwrap();
    fixture.git(&["checkout", "--quiet", "--detach"]);
    fixture.write("a", "detached");
    fixture.commit("detached");
    fixture
}

const ALL: [&str; 9] = [
    "deep",
    "detached",
    "first",
    "note\n",
    "second",
    "stash-new",
    "stash-old",
    "tag-only",
    "tagged-blob",
];

#[test]
fn every_ref_is_followed() {
    let fixture = full();
    let (seen, coverage) = scan(&fixture);
    assert_eq!(seen.texts(), ALL);
    assert_eq!(seen.fresh("refs/tags/blob"), ["tagged-blob"]);
    assert_eq!(seen.fresh("dir/deep/b"), ["deep"]);
    assert!(coverage.is_complete(), "{coverage:?}");
    assert_eq!(coverage.objects, 9);
    fixture.git(&["gc", "--quiet"]);
    assert_eq!(scan(&fixture).0.texts(), ALL);
}

#[test]
fn a_bare_clone_and_a_linked_worktree_are_read() {
    let (fixture, clone) = (full(), Fixture::plain());
    clone.git(&[
        "clone",
        "--quiet",
        "--mirror",
        fixture.path().to_str().unwrap(),
        ".",
    ]);
    let (seen, _) = scan_with(clone.path(), &[]);
    assert!(seen.texts().contains(&"stash-new".to_owned()));
    let linked = Fixture::plain();
    let place = linked.path().join("linked");
    fixture.git(&[
        "worktree",
        "add",
        "--quiet",
        "--detach",
        place.to_str().unwrap(),
    ]);
    fs::write(place.join("only"), "linked-only").unwrap();
    let at = place.to_str().unwrap();
    fixture.git(&["-C", at, "add", "only"]);
    fixture.git(&["-C", at, "commit", "--quiet", "--message", "linked"]);
    for from in [fixture.path(), &place] {
        let (seen, coverage) = scan_with(from, &[]);
        let texts = seen.texts();
        assert!(
            texts.contains(&"linked-only".to_owned()) && texts.contains(&"detached".to_owned())
        );
        assert!(coverage.is_complete());
    }
}

#[test]
fn a_change_made_by_a_merge_is_found() {
    let fixture = Fixture::new();
    fixture.write("a", "a");
    fixture.commit("a");
    fixture.git(&["checkout", "--quiet", "-b", "side"]);
    fixture.write("b", "b");
    fixture.commit("b");
    fixture.git(&["checkout", "--quiet", "main"]);
    fixture.git(&["merge", "--quiet", "--no-ff", "--no-commit", "side"]);
    fixture.write("evil", "merge-only");
    fixture.commit("merge");
    fixture.git(&["rm", "--quiet", "evil"]);
    fixture.commit("clean");
    assert_eq!(scan(&fixture).0.texts(), ["a", "b", "merge-only"]);
}

#[test]
fn a_shallow_clone_is_a_gap() {
    let (fixture, clone) = (full(), Fixture::plain());
    fixture.git(&["checkout", "--quiet", "main"]);
    let url = format!("file://{}", fixture.path().display());
    clone.git(&["clone", "--quiet", "--depth=1", "--no-tags", &url, "."]);
    let (seen, coverage) = scan_with(clone.path(), &[]);
    assert_eq!(seen.texts(), ["deep", "second"]);
    let gap = &coverage.gaps[&GapReason::Shallow].names["."];
    assert_eq!(gap, "history is cut at 1 commits");
    assert_eq!(coverage.gaps.len(), 1);
}

fn loose(fixture: &Fixture, revision: &str) -> PathBuf {
    let id = fixture.git(&["rev-parse", revision]);
    fixture
        .path()
        .join(".git/objects")
        .join(&id[..2])
        .join(&id[2..])
}

fn break_object(path: &Path) {
    fs::remove_file(path).unwrap();
    fs::write(path, "broken").unwrap();
}

#[test]
fn broken_and_missing_objects_are_gaps_and_the_rest_is_scanned() {
    let fixture = full();
    break_object(&loose(&fixture, "main~1:a"));
    fs::remove_file(loose(&fixture, "main:dir/deep")).unwrap();
    fs::remove_file(loose(&fixture, "kept^{commit}")).unwrap();
    fixture.write(".git/refs/heads/lost", format!("{:040x}\n", 0xabc));
    fixture.write(".git/refs/heads/junk", "junk\n");
    let (seen, coverage) = scan(&fixture);
    let rest = [
        "detached",
        "note\n",
        "second",
        "stash-new",
        "stash-old",
        "tagged-blob",
    ];
    assert_eq!(seen.texts(), rest);
    let missing = &coverage.gaps[&GapReason::MissingObject];
    assert!(missing.names.contains_key("refs/heads/lost"), "{missing:?}");
    assert!(missing.names.contains_key("refs/tags/kept"));
    assert_eq!(missing.count, 3);
    let corrupt = &coverage.gaps[&GapReason::Corrupt];
    assert!(corrupt.names.contains_key("refs/heads/junk"));
    assert_eq!(corrupt.count, 2);
}

#[test]
fn a_cut_object_is_a_gap_and_ends() {
    let fixture = Fixture::new();
    fixture.write("whole", "whole");
    fixture.write("cut", "cut".repeat(90));
    fixture.commit("first");
    for (revision, length) in [("HEAD:cut", 20), ("HEAD:cut", 3), ("HEAD^{tree}", 30)] {
        let path = loose(&fixture, revision);
        let sound = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, &sound[..length]).unwrap();
        let (_, coverage) = scan(&fixture);
        let gaps = coverage.gaps.get(&GapReason::Corrupt);
        assert_eq!(gaps.map(|gaps| gaps.count), Some(1), "{revision} {length}");
        fs::write(&path, &sound).unwrap();
    }
    assert!(scan(&fixture).1.is_complete());
}

#[test]
fn a_blob_is_left_out_only_when_all_its_paths_are() {
    let fixture = Fixture::new();
    fixture.write("vendor/x", "shared");
    fixture.write("src/x", "shared");
    fixture.write("vendor/y", "vendored");
    fixture.write("one/sub/z", "same tree");
    fixture.write("two/sub/z", "same tree");
    fixture.write("one/sub/k", "same k");
    fixture.write("two/sub/k", "same k");
    fixture.write("large", vec![b'a'; 1_001]);
    fixture.commit("all");
    let (seen, coverage) = scan_with(fixture.path(), &["vendor/", "/one/sub/z"]);
    assert_eq!(seen.texts(), ["same k", "same tree", "shared"]);
    assert_eq!(seen.paths(), ["one/sub/k", "src/x", "two/sub/z"]);
    let names: Vec<_> = coverage.skipped[&SkipReason::Excluded]
        .names
        .keys()
        .collect();
    assert_eq!(names, ["vendor/y"]);
    assert_eq!(coverage.skipped[&SkipReason::TooLarge].bytes, 1_001);
}

#[test]
fn submodules_are_named_once_a_path_unless_excluded() {
    let fixture = Fixture::new();
    let first = fixture.commit("first");
    for path in ["sub", "vendor/sub", "out"] {
        let link = format!("160000,{first},{path}");
        fixture.git(&["update-index", "--add", "--cacheinfo", &link]);
    }
    fixture.git(&["commit", "--quiet", "--message", "links"]);
    fixture.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{},sub", "1".repeat(40)),
    ]);
    fixture.git(&["commit", "--quiet", "--message", "moved"]);
    let (_, coverage) = scan_with(fixture.path(), &["/vendor/", "out/"]);
    let entries = &coverage.skipped[&SkipReason::Submodule];
    assert_eq!(
        (entries.count, entries.names.contains_key("sub")),
        (1, true)
    );
    assert!(coverage.is_complete());
}

#[test]
fn a_partial_clone_is_a_gap() {
    let (fixture, clone) = (full(), Fixture::plain());
    fixture.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", fixture.path().display());
    let how = [
        "--no-checkout",
        "--filter=blob:none",
        "--branch=main",
        "--no-tags",
    ];
    clone.git(
        &[
            &["clone", "--quiet", "--single-branch"],
            &how[..],
            &[&url, "."],
        ]
        .concat(),
    );
    clone.git(&["config", "core.repositoryFormatVersion", "1"]);
    clone.git(&["config", "extensions.partialClone", "origin"]);
    let (seen, coverage) = scan_with(clone.path(), &[]);
    assert!(seen.paths().is_empty());
    let gap = &coverage.gaps[&GapReason::MissingObject];
    assert_eq!(gap.count, 3);
    assert!(gap.names.values().any(|path| path == "dir/deep/b"));
}

#[cfg(unix)]
#[test]
fn odd_paths_keep_their_names() {
    use std::os::unix::ffi::OsStrExt as _;

    let fixture = Fixture::new();
    for name in ["-dash", "new\nline", "dir/bell\u{7}"] {
        fixture.write(name, name);
    }
    let raw = std::ffi::OsStr::from_bytes(b"raw\xff");
    fs::write(fixture.path().join(raw), "raw").unwrap();
    fixture.commit("odd");
    let paths = ["-dash", "dir/bell\u{7}", "new\nline", "raw\\xff"];
    assert_eq!(scan(&fixture).0.paths(), paths);
}

#[test]
fn a_filter_cannot_make_repeated_trees_explode() {
    let fixture = Fixture::new();
    let make = |lines: Vec<String>| {
        fixture.write("list", lines.join("\n") + "\n");
        fixture.git(&["-c", "alias.m=!git mktree < list", "m"])
    };
    let blob = |text: &str| {
        fixture.write("text", text);
        let id = fixture.git(&["hash-object", "-w", "text"]);
        format!("100644 blob {id}\t{text}")
    };
    let mut tree = make(vec![blob("in"), blob("out")]);
    for _ in 0..12 {
        tree = make(
            (0..10)
                .map(|at| format!("040000 tree {tree}\t{at}"))
                .collect(),
        );
    }
    let commit = fixture.git(&["commit-tree", "-m", "bomb", &tree]);
    fixture.git(&["update-ref", "refs/heads/main", &commit]);
    let (seen, _) = scan_with(fixture.path(), &["out"]);
    assert_eq!(seen.texts(), ["in", "out"], "in doubt it is scanned");
}

#[test]
fn a_repository_without_commits_is_complete() {
    let (seen, coverage) = scan(&Fixture::new());
    assert!(seen.paths().is_empty() && coverage.is_complete());
}
