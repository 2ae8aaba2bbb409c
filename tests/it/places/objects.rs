//! Files in objects of git: what refs lead to, and what nothing leads to.

use std::fs;

use super::ground::Ground;

pub(super) fn plant(ground: &mut Ground) {
    plant_in_commits(ground);
    plant_below_refs(ground);
    plant_merge(ground);
    plant_stash(ground);
    plant_unreached(ground);
    plant_packed(ground);
    plant_index(ground);
    plant_lfs(ground);
}

fn plant_in_commits(ground: &mut Ground) {
    ground
        .sandbox
        .write("old.env", Ground::line("removed file"));
    let old = ground.sandbox.commit("one");
    ground.sandbox.write("old.env", "nothing\n");
    ground
        .sandbox
        .write("now.env", Ground::line("file in HEAD"));
    let now = ground.sandbox.commit("two");
    ground.expect("removed file", &[&format!("old.env @{old}")]);
    ground.expect("file in HEAD", &["now.env", &format!("now.env @{now}")]);
}

fn plant_below_refs(ground: &mut Ground) {
    let refs = [
        ("other branch", "refs/heads/side", "side.env"),
        ("remote branch", "refs/remotes/origin/main", "remote.env"),
        ("pull request", "refs/pull/7/head", "pull.env"),
        (
            "refs/original",
            "refs/original/refs/heads/main",
            "original.env",
        ),
        (
            "refs/replace",
            "refs/replace/1111111111111111111111111111111111111111",
            "replace.env",
        ),
        ("custom ref", "refs/custom/kept", "custom.env"),
    ];
    for (place, name, file) in refs {
        let commit = ground.commit_file(file, &Ground::line(place));
        ground.git(&["update-ref", name, &commit]);
        ground.expect(place, &[&format!("{file} @{commit}")]);
    }
    let blob = ground.blob(&Ground::line("tag on a blob"));
    ground.git(&["tag", "of-blob", &blob]);
    ground.expect(
        "tag on a blob",
        &[&format!("refs/tags/of-blob (object {blob})")],
    );
    let tree = ground.tree("in-tree.env", &Ground::line("tag on a tree"));
    let blob = ground.git(&["rev-parse", &format!("{tree}:in-tree.env")]);
    ground.git(&["tag", "of-tree", &tree]);
    ground.expect("tag on a tree", &[&format!("in-tree.env (object {blob})")]);
    ground.git(&["notes", "add", "-m", &Ground::line("note")]);
    let head = ground.git(&["rev-parse", "HEAD"]);
    let notes = ground.git(&["rev-parse", "refs/notes/commits"]);
    ground.expect("note", &[&format!("{head} @{notes}")]);
}

/// A merge that changes what neither side has.
fn plant_merge(ground: &mut Ground) {
    let tree = ground.tree("evil.env", &Ground::line("merge-only change"));
    let (a, b) = (
        ground.git(&["rev-parse", "HEAD"]),
        ground.git(&["rev-parse", "refs/heads/side"]),
    );
    let args = ["commit-tree", &tree, "-p", &a, "-p", &b, "-m", "merge"];
    let merge = ground.git(&args);
    ground.git(&["update-ref", "refs/heads/merged", &merge]);
    ground.expect("merge-only change", &[&format!("evil.env @{merge}")]);
}

fn plant_stash(ground: &mut Ground) {
    ground
        .sandbox
        .write("README.md", Ground::line("older stash entry"));
    ground.git(&["stash", "push", "--quiet", "--message", "first"]);
    ground
        .sandbox
        .write("README.md", Ground::line("stashed index"));
    ground.git(&["add", "README.md"]);
    ground.sandbox.write("README.md", Ground::line("stash"));
    ground
        .sandbox
        .write("loose.env", Ground::line("stashed untracked file"));
    ground.git(&[
        "stash",
        "push",
        "--quiet",
        "--include-untracked",
        "--message",
        "second",
    ]);
    let at = |revision: &str| ground.git(&["rev-parse", revision]);
    let places = [
        ("older stash entry", "README.md", at("stash@{1}")),
        ("stash", "README.md", at("stash@{0}")),
        ("stashed index", "README.md", at("stash@{0}^2")),
        ("stashed untracked file", "loose.env", at("stash@{0}^3")),
    ];
    for (place, file, commit) in places {
        ground.expect(place, &[&format!("{file} @{commit}")]);
    }
}

fn plant_unreached(ground: &mut Ground) {
    let commit = ground.commit_file("lost.env", &Ground::line("unreachable commit"));
    ground.expect("unreachable commit", &[&format!("lost.env @{commit}")]);
    let blob = ground.blob(&Ground::line("dangling loose blob"));
    let path = format!("unreachable (object {blob})");
    ground.expect("dangling loose blob", &[&path]);
    let tree = ground.tree("lone.env", &Ground::line("dangling tree"));
    let blob = ground.git(&["rev-parse", &format!("{tree}:lone.env")]);
    ground.expect("dangling tree", &[&format!("lone.env (object {blob})")]);
    // Only a log names it, as after `git commit --amend`.
    let amended = ground.commit_file("amended.env", &Ground::line("reflog-only commit"));
    let zero = "0".repeat(40);
    let entry = format!("{zero} {amended} A <a@example.org> 1700000000 +0000\tcommit: amended\n");
    ground.sandbox.write(".git/logs/HEAD", entry);
    ground.expect("reflog-only commit", &[&format!("amended.env @{amended}")]);
}

/// Objects in a pack that no ref leads to.
fn plant_packed(ground: &mut Ground) {
    let blob = ground.blob(&Ground::line("dangling packed blob"));
    let commit = ground.commit_file("packed.env", &Ground::line("unreachable packed commit"));
    let tree = ground.git(&["rev-parse", &format!("{commit}^{{tree}}")]);
    let file = ground.git(&["rev-parse", &format!("{commit}:packed.env")]);
    let all = [&blob, &commit, &tree, &file].map(|id| format!("{id}\n"));
    ground.feed(
        &["pack-objects", "-q", ".git/objects/pack/pack"],
        &all.concat(),
    );
    for id in [&blob, &commit, &tree, &file] {
        fs::remove_file(ground.sandbox.loose(id)).expect("it is loose");
    }
    let path = format!("unreachable (object {blob})");
    ground.expect("dangling packed blob", &[&path]);
    let path = format!("packed.env @{commit}");
    ground.expect("unreachable packed commit", &[&path]);
}

fn plant_index(ground: &mut Ground) {
    let staged = ground.blob(&Ground::line("staged file"));
    let info = format!("100644,{staged},staged.env");
    ground.git(&["update-index", "--add", "--cacheinfo", &info]);
    let path = format!("staged.env in the index (object {staged})");
    ground.expect("staged file", &[&path]);
    let theirs = ground.blob(&Ground::line("conflict stage"));
    let entry = format!("100644 {theirs} 3\tconflict.env\n");
    ground.feed(&["update-index", "--index-info"], &entry);
    let path = format!("conflict.env in the index (object {theirs})");
    ground.expect("conflict stage", &[&path]);
    let empty = ground.blob("nothing of note\n");
    let name = format!("{}.txt", Ground::token("path in the index"));
    let info = format!("100644,{empty},{name}");
    ground.git(&["update-index", "--add", "--cacheinfo", &info]);
    let places = [".git/index", ".git/index (name of an entry)"];
    ground.expect("path in the index", &places);
}

fn plant_lfs(ground: &mut Ground) {
    let id = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let path = format!(".git/lfs/objects/4d/7a/{id}");
    ground.sandbox.write(&path, Ground::line("LFS object"));
    ground.expect("LFS object", &[&path]);
}
