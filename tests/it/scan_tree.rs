//! Files as they lie on disk: folders, single files, lists and streams.

use crate::sandbox::Sandbox;
use crate::tokens::github;

fn line(seed: &str) -> String {
    format!("TOKEN={}\n", github(seed))
}

#[test]
fn a_plain_folder_is_searched_to_the_bottom() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.env", line("a"));
    sandbox.write("deep/er/b.env", format!("\n\n{}", line("b")));
    sandbox.write("clean.txt", "nothing here\n");
    let seen = sandbox.json(&["."]);
    assert_eq!(seen.code, 1);
    let places = [("a.env".to_owned(), 1), ("deep/er/b.env".to_owned(), 3)];
    assert_eq!(seen.places(), places);
    assert_eq!(seen.report["coverage"]["files"], 3);
    assert_eq!(seen.report["run"]["sources"], serde_json::json!(["tree"]));
}

#[test]
fn a_clean_folder_is_clean() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.txt", "nothing here\n");
    let outcome = sandbox.scan(&["."]);
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.stdout, "no findings in 1 file, 13 bytes\n");
}

#[test]
fn ignored_files_count_and_tracked_ones_are_searched() {
    let sandbox = Sandbox::repository();
    sandbox.write(".gitignore", "*.env\n");
    sandbox.write("tracked.env", line("tracked"));
    sandbox.commit("track an ignored file");
    sandbox.write("untracked.env", line("untracked"));
    let seen = sandbox.json(&["--tree", "."]);
    assert_eq!(seen.places(), [("tracked.env".to_owned(), 1)]);
    assert_eq!(seen.skipped("git-ignored"), 1);
    let seen = sandbox.json(&["--tree", "--no-gitignore", "."]);
    let both = [
        ("tracked.env".to_owned(), 1),
        ("untracked.env".to_owned(), 1),
    ];
    assert_eq!(seen.places(), both);
    assert_eq!(seen.skipped("git-ignored"), 0);
}

#[test]
fn exclude_speaks_gitignore_in_tree_and_history() {
    let sandbox = Sandbox::repository();
    sandbox.write(
        "outgate.toml",
        "exclude = [\"vendor/\", \"*.gen.env\", \"!keep.gen.env\", \"/top.env\"]\n",
    );
    for name in [
        "vendor/a.env",
        "x.gen.env",
        "keep.gen.env",
        "top.env",
        "in/top.env",
    ] {
        sandbox.write(name, line(name));
    }
    sandbox.commit("all");
    let wanted = [("in/top.env".to_owned(), 1), ("keep.gen.env".to_owned(), 1)];
    let tree = sandbox.json(&["--tree", "."]);
    assert_eq!(tree.places(), wanted);
    assert_eq!(tree.skipped("excluded"), 3);
    let history = sandbox.json(&["--history", "."]);
    assert_eq!(history.places(), wanted);
    assert!(history.skipped("excluded") > 0);
    assert_eq!(
        sandbox
            .json(&["--tree", "--isolated", "."])
            .findings()
            .len(),
        5
    );
}

#[test]
fn text_in_utf_16_is_read() {
    for (order, mark) in [
        (u16::to_le_bytes as fn(u16) -> [u8; 2], true),
        (u16::to_be_bytes, false),
    ] {
        let sandbox = Sandbox::folder();
        let text = format!(
            "{}{}",
            if mark { "\u{feff}" } else { "" },
            line("wide").repeat(3)
        );
        let bytes: Vec<u8> = text.encode_utf16().flat_map(order).collect();
        sandbox.write("wide.txt", bytes);
        let seen = sandbox.json(&["."]);
        assert_eq!(seen.verdicts(), [("github-pat", "verified")]);
        assert_eq!(seen.places().len(), 3);
        assert_eq!(seen.places()[2].1, 3);
    }
}

#[test]
fn a_token_in_a_binary_is_found() {
    let sandbox = Sandbox::folder();
    let mut bytes = vec![0u8, 1, 2, 3, 255, 254, 0, 7];
    bytes.extend(github("binary").bytes());
    bytes.extend([0, 0, 200, 1]);
    sandbox.write("program.bin", bytes);
    assert_eq!(
        sandbox.json(&["."]).verdicts(),
        [("github-pat", "verified")]
    );
    let plain = sandbox.scan(&["."]).stdout;
    assert!(plain.contains("at byte 8"), "{plain}");
}

#[test]
fn the_size_cap_skips_and_leaves_the_exit_code() {
    let sandbox = Sandbox::folder();
    sandbox.write("big.txt", format!("{}{}", line("big"), "x".repeat(3000)));
    sandbox.write("small.txt", "small\n");
    let seen = sandbox.json(&["--max-file-size=2k", "."]);
    assert_eq!((seen.code, seen.findings().len()), (0, 0));
    assert_eq!(seen.skipped("over the size limit"), 1);
    assert_eq!(sandbox.json(&["--max-file-size=4k", "."]).code, 1);
}

#[test]
fn media_without_text_is_skipped_by_rule() {
    let sandbox = Sandbox::folder();
    sandbox.write("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe\xfd");
    sandbox.write("a.txt", "text\n");
    let seen = sandbox.json(&["."]);
    assert_eq!((seen.code, seen.skipped("binary without text")), (0, 1));
}

#[test]
fn standard_input_is_a_source() {
    let sandbox = Sandbox::folder();
    let outcome = sandbox.pipe(&["-"], line("pipe").as_bytes());
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains("--> -:1:7"), "{}", outcome.stdout);
    assert_eq!(sandbox.pipe(&["-"], b"clean\n").code, 0);
}

#[test]
fn lists_take_newlines_and_nul() {
    let sandbox = Sandbox::folder();
    for name in ["a.env", "b c.env", "d.env"] {
        sandbox.write(name, line(name));
    }
    let wanted = [("a.env".to_owned(), 1), ("b c.env".to_owned(), 1)];
    sandbox.write("list", "a.env\nb c.env\n");
    assert_eq!(sandbox.json(&["--files-from", "list"]).places(), wanted);
    sandbox.write("list", "a.env\0b c.env\0");
    assert_eq!(sandbox.json(&["--files-from=list"]).places(), wanted);
    let piped = sandbox.pipe(&["--files-from=-", "--format=jsonl"], b"d.env\n");
    assert_eq!(piped.code, 1);
    assert!(
        piped.stdout.contains("\"path\":\"d.env\""),
        "{}",
        piped.stdout
    );
    let missing = sandbox.json(&["--files-from=list", "--isolated"]);
    assert_eq!(missing.code, 1);
    sandbox.write("list", "gone.env\n");
    let missing = sandbox.json(&["--files-from=list"]);
    assert_eq!((missing.code, missing.gaps("unreadable")), (3, 1));
}

#[test]
fn a_single_file_is_searched_even_where_ignored() {
    let sandbox = Sandbox::repository();
    sandbox.write(".gitignore", "*.env\n");
    sandbox.write("a.env", line("a"));
    sandbox.write("b.env", line("b"));
    let seen = sandbox.json(&["a.env"]);
    assert_eq!(seen.places(), [("a.env".to_owned(), 1)]);
    let seen = sandbox.json(&["a.env", "b.env"]);
    assert_eq!(seen.places().len(), 2);
}

#[test]
fn a_subfolder_of_a_repository_has_no_history() {
    let sandbox = Sandbox::repository();
    sandbox.write("sub/a.env", line("old"));
    sandbox.commit("old");
    sandbox.write("sub/a.env", "clean\n");
    assert_eq!(sandbox.json(&["sub"]).code, 0);
    assert_eq!(sandbox.json(&["."]).code, 1);
}

#[test]
fn two_folders_keep_their_places_apart() {
    let sandbox = Sandbox::folder();
    sandbox.write("x/a.env", line("same"));
    sandbox.write("y/a.env", line("same"));
    let seen = sandbox.json(&["x", "y"]);
    assert_eq!(seen.findings().len(), 1);
    let places = seen.places();
    assert_eq!(places.len(), 2, "{places:?}");
    assert_ne!(places[0], places[1]);
}

#[test]
fn two_folders_are_both_searched() {
    let sandbox = Sandbox::folder();
    sandbox.write("x/a.env", line("x"));
    sandbox.write("y/b.env", line("y"));
    let seen = sandbox.json(&["x", "y"]);
    assert_eq!(seen.findings().len(), 2);
    assert_eq!(seen.report["coverage"]["files"], 2);
    assert_eq!(seen.report["run"]["targets"], serde_json::json!(["x", "y"]));
}
