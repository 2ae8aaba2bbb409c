//! Text of git that is no file: messages, people, headers, names.

use super::ground::Ground;

pub(super) fn plant(ground: &mut Ground) {
    plant_commits(ground);
    plant_people(ground);
    plant_headers(ground);
    plant_tags(ground);
    plant_names(ground);
    plant_links(ground);
}

/// Keeps a commit under a ref.
fn keep(ground: &Ground, commit: &str) {
    ground.git(&["update-ref", &format!("refs/kept/{commit}"), commit]);
}

fn plant_commits(ground: &mut Ground) {
    let tree = ground.tree("plain.txt", "nothing of note\n");
    let messages = [
        (
            "commit message",
            format!("add\n\nwith {}\n", Ground::token("commit message")),
        ),
        (
            "commit subject",
            format!("add {}\n", Ground::token("commit subject")),
        ),
        (
            "trailer",
            format!("add\n\nAPI-Token: {}\n", Ground::token("trailer")),
        ),
    ];
    for (place, message) in messages {
        let commit = ground.commit_tree(&tree, &message);
        keep(ground, &commit);
        ground.expect(place, &[&format!("commit {commit}")]);
    }
    let message = format!(
        "lost\n\n{}\n",
        Ground::token("message of an unreachable commit")
    );
    let commit = ground.commit_tree(&tree, &message);
    let path = format!("commit {commit}");
    ground.expect("message of an unreachable commit", &[&path]);
    // The message of the commit that keeps a note.
    let message = format!("notes\n\n{}\n", Ground::token("message of a notes commit"));
    let commit = ground.commit_tree(&tree, &message);
    ground.git(&["update-ref", "refs/notes/other", &commit]);
    ground.expect("message of a notes commit", &[&format!("commit {commit}")]);
}

fn plant_people(ground: &mut Ground) {
    let tree = ground.tree("plain.txt", "nothing of note\n");
    let people = [
        ("author name", "GIT_AUTHOR_NAME"),
        ("author mail", "GIT_AUTHOR_EMAIL"),
        ("committer name", "GIT_COMMITTER_NAME"),
        ("committer mail", "GIT_COMMITTER_EMAIL"),
    ];
    for (place, variable) in people {
        let value = Ground::token(place);
        let args = ["commit-tree", &tree, "-m", "by"];
        let commit = ground.feed_with(&args, "", &[(variable, &value)]);
        keep(ground, &commit);
        ground.expect(place, &[&format!("commit {commit}")]);
    }
}

fn plant_headers(ground: &mut Ground) {
    let tree = ground.tree("plain.txt", "nothing of note\n");
    let person = "A <a@example.org> 1700000000 +0000";
    let headers = [
        ("gpgsig header", "gpgsig -----BEGIN SSH SIGNATURE-----\n "),
        (
            "mergetag header",
            "mergetag object 1111111111111111111111111111111111111111\n tag ",
        ),
        ("custom header", "x-token "),
    ];
    for (place, header) in headers {
        let text = format!(
            "tree {tree}\nauthor {person}\ncommitter {person}\n{header}{}\n\nmessage\n",
            Ground::token(place)
        );
        let args = [
            "hash-object",
            "-w",
            "-t",
            "commit",
            "--literally",
            "--stdin",
        ];
        let commit = ground.feed(&args, &text);
        keep(ground, &commit);
        ground.expect(place, &[&format!("commit {commit}")]);
    }
}

fn plant_tags(ground: &mut Ground) {
    let message = Ground::line("tag message");
    ground.git(&["tag", "--annotate", "--message", &message, "v1"]);
    let tag = ground.git(&["rev-parse", "refs/tags/v1"]);
    ground.expect("tag message", &[&format!("tag {tag}")]);
    let mail = Ground::token("tagger mail");
    let args = ["tag", "--annotate", "--message", "two", "v2"];
    ground.feed_with(&args, "", &[("GIT_COMMITTER_EMAIL", &mail)]);
    let tag = ground.git(&["rev-parse", "refs/tags/v2"]);
    ground.expect("tagger mail", &[&format!("tag {tag}")]);
    ground.git(&[
        "tag",
        "--annotate",
        "--message",
        &Ground::line("deleted tag"),
        "v3",
    ]);
    let tag = ground.git(&["rev-parse", "refs/tags/v3"]);
    ground.git(&["tag", "--delete", "v3"]);
    ground.expect("deleted tag", &[&format!("tag {tag}")]);
}

fn plant_names(ground: &mut Ground) {
    let name = format!("{}.txt", Ground::token("file name in history"));
    let tree = ground.tree(&name, "nothing of note\n");
    let commit = ground.commit_tree(&tree, "name\n");
    keep(ground, &commit);
    ground.expect("file name in history", &[&format!("name in tree {tree}")]);
    let inner = ground.tree("plain.txt", "nothing of note\n");
    let name = Ground::token("folder name in history");
    let outer = ground.feed(&["mktree"], &format!("040000 tree {inner}\t{name}\n"));
    let commit = ground.commit_tree(&outer, "folder\n");
    keep(ground, &commit);
    ground.expect(
        "folder name in history",
        &[&format!("name in tree {outer}")],
    );

    let head = ground.git(&["rev-parse", "HEAD"]);
    let name = format!("refs/heads/{}", Ground::token("packed branch name"));
    ground.git(&["update-ref", &name, &head]);
    ground.git(&["pack-refs", "--all"]);
    ground.expect("packed branch name", &[".git/packed-refs"]);
    let name = format!("refs/heads/{}", Ground::token("branch name"));
    ground.git(&["update-ref", &name, &head]);
    ground.expect("branch name", &[".git/refs/heads (name of an entry)"]);
    let name = format!("refs/tags/{}", Ground::token("tag name"));
    ground.git(&["update-ref", &name, &head]);
    ground.expect("tag name", &[".git/refs/tags (name of an entry)"]);
    ground.sandbox.write(
        format!("build/{}.log", Ground::token("file name in the tree")),
        "nothing of note\n",
    );
    ground.expect("file name in the tree", &["build (name of an entry)"]);
}

fn plant_links(ground: &mut Ground) {
    let target = ground.blob(&format!("/home/{}", Ground::token("link in history")));
    let tree = ground.feed(&["mktree"], &format!("120000 blob {target}\tlink\n"));
    let commit = ground.commit_tree(&tree, "link\n");
    keep(ground, &commit);
    ground.expect("link in history", &[&format!("link @{commit}")]);
    let text = format!(
        "[submodule \"a\"]\n\tpath = a\n\turl = https://git:{}@example.org/a\n",
        Ground::token("submodule URL in history")
    );
    let commit = ground.commit_file(".gitmodules", &text);
    keep(ground, &commit);
    let path = format!(".gitmodules @{commit}");
    ground.expect("submodule URL in history", &[&path]);
    #[cfg(unix)]
    {
        let target = format!("/nowhere/{}", Ground::token("link in the tree"));
        let link = ground.sandbox.root().join("dangling");
        std::os::unix::fs::symlink(target, link).expect("a link");
        ground.expect("link in the tree", &["dangling (target of the link)"]);
    }
}
