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
    for format in ["json", "sarif", "plain", "jsonl"] {
        let scan = |threads: &str| {
            sandbox.scan(&[
                "--show=unlikely",
                "--format",
                format,
                "--threads",
                threads,
                ".",
            ])
        };
        let first = scan("1");
        assert_eq!(first.code, 1, "{}", first.stderr);
        assert!(first.stdout.contains("github-pat"));
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
