//! The same input gives the same bytes, whatever the number of threads.

use crate::sandbox::Sandbox;
use crate::tokens::{fill, github};

/// A repository with many files, versions, shared secrets and skipped files.
fn busy() -> Sandbox {
    let sandbox = Sandbox::repository();
    for round in 0..4 {
        for number in 0..12 {
            let seed = format!("{}", (round * 12 + number) % 17);
            let password = fill("github-pat", "{alnum:16}", &seed);
            let text = format!(
                "# {round}\nTOKEN={}\nDB_PASSWORD={password}\n",
                github(&seed)
            );
            sandbox.write(format!("d{}/f{number}.env", number % 3), text);
        }
        sandbox.write(format!("img{round}.png"), b"\x89PNG\r\n\x1a\n\0\0\xff");
        sandbox.commit(&format!("round {round}"));
    }
    sandbox
}

#[test]
fn threads_and_runs_change_no_byte() {
    let sandbox = busy();
    for format in crate::formats::all() {
        let scan = |threads: &str| {
            sandbox.scan(&[
                "--show=unlikely",
                "--format",
                &format,
                "--threads",
                threads,
                ".",
            ])
        };
        let first = scan("1");
        assert_eq!(first.code, 1, "{}", first.stderr);
        assert!(first.stdout.contains("github-pat"), "{format}");
        for threads in ["1", "2", "4", "4"] {
            assert!(
                scan(threads) == first,
                "{format} differs with {threads} threads"
            );
        }
    }
}

#[test]
fn the_place_of_the_clone_changes_no_byte() {
    let (here, there) = (busy(), busy());
    let scan = |sandbox: &Sandbox| sandbox.scan(&["--format=json", "."]);
    assert_eq!(scan(&here), scan(&there));
}

/// A repository whose files are written upon each other in one pack: long texts with a few lines
/// changed, moved or cut in every version, tokens and parts of tokens among them.
fn packed() -> Sandbox {
    let sandbox = Sandbox::repository();
    let mut lines: Vec<String> = (0..300)
        .map(|line| format!("# what line {line} says is of no matter\n"))
        .collect();
    for version in 0..24 {
        let token = github(&version.to_string());
        let (head, tail) = token.split_at(version * 40 / 24);
        lines[version * 11] = format!("token = {head}\n");
        lines[version * 11 + 1] = match version % 3 {
            0 => format!("token = \"{token}\"\n"),
            1 => format!(
                "{tail}\npassword: {}\n",
                fill("github-pat", "{alnum:16}", tail)
            ),
            _ => format!("x{token}\n"),
        };
        if version % 5 == 4 {
            let moved: Vec<String> = lines.drain(40..90).collect();
            lines.extend(moved);
        }
        // What was cut in two is joined, and what stood free no longer does.
        let text = lines.concat();
        sandbox.write("a.yml", &text);
        sandbox.write("sub/b.py", text.replace(&format!("{head}\n"), head));
        sandbox.write(
            "sub/bom.cfg",
            format!("\u{feff}{}", text.replace("\nx", "\n")),
        );
        sandbox.commit(&format!("version {version}"));
    }
    sandbox.git(&["repack", "-adfq", "--depth=40", "--window=40"]);
    sandbox
}

#[test]
fn a_search_of_what_versions_add_changes_no_byte() {
    let sandbox = packed();
    let scan = |more: &[&str]| {
        let all = ["--history", "--format=json", "--show=unlikely"];
        sandbox.scan(&[&all, more, &["."]].concat())
    };
    let new = scan(&[]);
    assert!(
        new.stdout.matches("\"fingerprint\"").count() > 24,
        "{}",
        new.stdout
    );
    assert!(new == scan(&["--full-scan"]), "{}", new.stdout);
}
