//! Files on disk: those that git ignores, and all that lies in the `.git` folder.

use super::ground::Ground;

/// Files of the `.git` folder that hold a line with a token.
const FILES: &[(&str, &str)] = &[
    ("FETCH_HEAD", "FETCH_HEAD"),
    ("MERGE_MSG", "MERGE_MSG"),
    ("SQUASH_MSG", "SQUASH_MSG"),
    ("COMMIT_EDITMSG", "COMMIT_EDITMSG"),
    ("TAG_EDITMSG", "TAG_EDITMSG"),
    ("rebase-merge", "rebase-merge/message"),
    ("rebase-apply", "rebase-apply/0001"),
    ("sequencer", "sequencer/todo"),
    ("hook", "hooks/pre-push"),
    ("info/exclude", "info/exclude"),
    ("info/attributes", "info/attributes"),
    ("description", "description"),
    (
        "rr-cache",
        "rr-cache/0123456789012345678901234567890123456789/preimage",
    ),
    ("reflog", "logs/refs/heads/main"),
    ("bisect log", "BISECT_LOG"),
    ("config.worktree", "config.worktree"),
    ("file of another program", "gitk.cache"),
    ("remote in the old form", "remotes/origin"),
];

pub(super) fn plant(ground: &mut Ground) {
    plant_beside(ground);
    plant_config(ground);
    for (place, file) in FILES {
        let path = format!(".git/{file}");
        // A comment breaks no configuration.
        ground
            .sandbox
            .write(&path, format!("# {}", Ground::line(place)));
        ground.expect(place, &[&path]);
    }
    // An object that an interrupted git left.
    let blob = ground.blob(&Ground::line("tmp_obj"));
    let loose = ground.sandbox.loose(&blob);
    let left = loose.with_file_name("tmp_obj_a1B2c3");
    std::fs::rename(&loose, &left).expect("it is loose");
    let below = left
        .strip_prefix(ground.sandbox.root())
        .expect("it is inside");
    let path = format!("{} (object)", below.display());
    ground.expect("tmp_obj", &[&path]);
}

fn plant_beside(ground: &mut Ground) {
    ground
        .sandbox
        .write(".gitignore", "ignored.env\nnode_modules/\nbuild/\n");
    ground
        .sandbox
        .write("ignored.env", Ground::line("ignored file"));
    ground.expect("ignored file", &["ignored.env"]);
    let path = "node_modules/a/b.js";
    ground
        .sandbox
        .write(path, Ground::line("file in an ignored folder"));
    ground.expect("file in an ignored folder", &[path]);
    ground
        .sandbox
        .write("new.env", Ground::line("untracked file"));
    ground.expect("untracked file", &["new.env"]);
    let comment = "# outgate: ignore\n";
    let text = format!("{comment}{}", Ground::line("line with an ignore comment"));
    ground.sandbox.write("excused.env", text);
    ground.expect("line with an ignore comment", &["excused.env"]);
    ground
        .sandbox
        .write("outgate.toml", "exclude = [\"excluded/\"]\n");
    ground
        .sandbox
        .write("excluded/a.env", Ground::line("file that is excluded"));
    ground.expect("file that is excluded", &["excluded/a.env"]);
}

fn plant_config(ground: &mut Ground) {
    let url = format!("https://git:{}@example.org/a", Ground::token("remote URL"));
    ground.git(&["config", "remote.origin.url", &url]);
    let header = format!(
        "Authorization: Bearer {}",
        Ground::token("http.extraHeader")
    );
    ground.git(&["config", "http.https://example.org/.extraHeader", &header]);
    let helper = format!(
        "!f() {{ echo password={}; }}; f",
        Ground::token("credential helper")
    );
    ground.git(&["config", "credential.helper", &helper]);
    let words = Ground::token("branch description");
    ground.git(&["config", "branch.main.description", &words]);
    let url = format!("https://x:{}@example.org/b", Ground::token("submodule URL"));
    ground.git(&["config", "submodule.b.url", &url]);
    for place in [
        "remote URL",
        "http.extraHeader",
        "credential helper",
        "branch description",
        "submodule URL",
    ] {
        ground.expect(place, &[".git/config"]);
    }
}
