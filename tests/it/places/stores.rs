//! Stores of objects besides the repository's own: nested and bare repositories, modules, linked
//! worktrees, alternates, bundles and packs without an index.

use std::fs;
use std::path::Path;

use super::ground::Ground;

pub(super) fn plant(ground: &mut Ground) {
    plant_repository(ground, "nested repository", "vendor/lib", "vendor/lib");
    plant_repository(ground, "bare repository", "mirrors/a.git", "mirrors/a.git");
    plant_repository(
        ground,
        "submodule's git folder",
        ".git/modules/b",
        ".git/modules/b",
    );
    plant_bundle(ground);
    plant_tmp_pack(ground);
    plant_alternate(ground);
    plant_worktree(ground);
}

/// A repository whose secret lies in a commit that is not the last.
fn plant_repository(ground: &mut Ground, place: &'static str, folder: &str, name: &str) {
    let is_bare = place != "nested repository";
    let mut args = vec!["init", "--quiet", "--initial-branch=main"];
    args.extend(is_bare.then_some("--bare"));
    ground.git(&[&args[..], &[folder]].concat());
    let git = if is_bare {
        folder.to_owned()
    } else {
        format!("{folder}/.git")
    };
    let commit = write_leak(ground, place, &git);
    ground.expect(place, &[&format!("{name}/leak.env @{commit}")]);
}

/// Commits a leak and its removal to the repository with this `.git` folder.
fn write_leak(ground: &Ground, place: &str, git: &str) -> String {
    let at = format!("--git-dir={git}");
    let feed = |args: &[&str], text: &str| ground.feed(&[&[at.as_str()], args].concat(), text);
    let blob = feed(&["hash-object", "-w", "--stdin"], &Ground::line(place));
    let tree = feed(&["mktree"], &format!("100644 blob {blob}\tleak.env\n"));
    let commit = feed(&["commit-tree", &tree, "-m", "leak"], "");
    let empty = feed(&["mktree"], "");
    let args = ["commit-tree", &empty, "-p", &commit, "-m", "gone"];
    let last = feed(&args, "");
    feed(&["update-ref", "refs/heads/main", &last], "");
    commit
}

fn plant_bundle(ground: &mut Ground) {
    let outside = ground.sandbox.outside().join("bundled");
    let folder = outside.display().to_string();
    ground.git(&[
        "init",
        "--quiet",
        "--bare",
        "--initial-branch=main",
        &folder,
    ]);
    let commit = write_leak(ground, "bundle", &folder);
    let bundle = ground
        .sandbox
        .root()
        .join("backup.bundle")
        .display()
        .to_string();
    let at = format!("--git-dir={folder}");
    ground.git(&[&at, "bundle", "create", "--quiet", &bundle, "--all"]);
    let path = format!("backup.bundle/leak.env @{commit}");
    ground.expect("bundle", &[&path]);
    let blob = ground.feed(&[&at, "hash-object", "-w", "--stdin"], "just words\n");
    let tag = format!("object {blob}\ntype blob\ntag t\ntagger A <a@example.org> 1 +0000\n\n");
    let text = tag + &Ground::line("tag in a bundle");
    let tag = ground.feed(&[&at, "mktag"], &text);
    ground.git(&[&at, "update-ref", "refs/tags/t", &tag]);
    let bundle = ground.sandbox.root().join("tags.bin").display().to_string();
    ground.git(&[&at, "bundle", "create", "--quiet", &bundle, "refs/tags/t"]);
    ground.expect("tag in a bundle", &[&format!("tags.bin (tag {tag})")]);
}

/// What an interrupted fetch leaves: a pack without an index.
fn plant_tmp_pack(ground: &mut Ground) {
    let outside = ground.sandbox.outside().join("fetched");
    let folder = outside.display().to_string();
    ground.git(&["init", "--quiet", "--bare", &folder]);
    let at = format!("--git-dir={folder}");
    let lines: Vec<String> = (0..300).map(|line| format!("line {line}\n")).collect();
    let filler = lines.concat();
    let first = ground.feed(&[&at, "hash-object", "-w", "--stdin"], &filler);
    let text = filler + &Ground::line("tmp_pack");
    let second = ground.feed(&[&at, "hash-object", "-w", "--stdin"], &text);
    let base = outside.join("pack").display().to_string();
    let ids = format!("{first} a\n{second} a\n");
    let name = ground.feed(&[&at, "pack-objects", "-q", "--window=5", &base], &ids);
    let to = ".git/objects/pack/tmp_pack_x1Y2z3";
    fs::copy(
        format!("{base}-{name}.pack"),
        ground.sandbox.root().join(to),
    )
    .expect("a pack");
    let path = format!("{to}/unreachable (object {second})");
    ground.expect("tmp_pack", &[&path]);
}

/// Objects that the repository borrows.
fn plant_alternate(ground: &mut Ground) {
    let outside = ground.sandbox.outside().join("lender");
    let folder = outside.display().to_string();
    ground.git(&["init", "--quiet", "--bare", &folder]);
    let at = format!("--git-dir={folder}");
    let text = Ground::line("alternate");
    let blob = ground.feed(&[&at, "hash-object", "-w", "--stdin"], &text);
    let objects = outside.join("objects").display().to_string();
    ground
        .sandbox
        .write(".git/objects/info/alternates", objects + "\n");
    ground.expect("alternate", &[&format!("unreachable (object {blob})")]);
}

fn plant_worktree(ground: &mut Ground) {
    let commit = ground.commit_file("detached.env", &Ground::line("HEAD of a linked worktree"));
    let args = ["worktree", "add", "--quiet", "--detach", "linked", &commit];
    ground.git(&args);
    let file = "linked/detached.env";
    let places = [file.to_owned(), format!("detached.env @{commit}")];
    ground.expect("HEAD of a linked worktree", &[&places[0], &places[1]]);
    let path = ".git/worktrees/linked/MERGE_MSG";
    ground
        .sandbox
        .write(path, Ground::line("MERGE_MSG of a linked worktree"));
    ground.expect("MERGE_MSG of a linked worktree", &[path]);
    assert!(Path::new(&ground.sandbox.root().join(path)).exists());
}
