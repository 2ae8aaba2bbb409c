//! The table of docs/coverage.md: which scanner finds which place.
//!
//! `./x coverage` writes it, with other scanners run on the same repository; without them the test
//! compares the places alone.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ground::Ground;

const PAGE: &str = "docs/coverage.md";

const HEAD: &str = "\
# Where a repository leaks from

A test (`tests/it/places`) plants one unique token in each of these places of a repository, built with
git at that moment, and asserts that `outgate submit` finds each in exactly the places named. `./x coverage`
writes this table anew and runs [gitleaks](https://github.com/gitleaks/gitleaks) (its `git` and `dir` modes) and
[kingfisher](https://github.com/mongodb/kingfisher) (with `--git-history full`) on the same repository, where
they are installed; a place counts as found when the token stands in what they report, wherever they say it is.

";

/// A scanner and the tokens that it finds.
struct Column {
    name: String,
    report: String,
}

#[test]
fn the_table_names_every_place() {
    let ground = super::plant_all();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    if std::env::var_os("OUTGATE_COVERAGE").is_some() {
        assert_eq!(ground.compare(&ground.submit()), [""; 0]);
        fs::write(&path, write(&ground, &run_peers(&ground))).expect("the project is writable");
    }
    let page = fs::read_to_string(&path).unwrap_or_default();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    let named: BTreeSet<&str> = rows.filter_map(|row| row.split(" |").next()).collect();
    for plant in &ground.planted {
        let hint = "run `./x coverage`";
        assert!(
            named.contains(plant.place),
            "{PAGE} lacks {}; {hint}",
            plant.place
        );
    }
    assert_eq!(
        named.len(),
        ground.planted.len() + 2,
        "two more rows: the head and the sum"
    );
}

fn run_peers(ground: &Ground) -> Vec<Column> {
    let out = ground.sandbox.outside().join("peer.json");
    let root = ground.sandbox.root();
    let file = out.display().to_string();
    let mut columns = Vec::new();
    if let Some(gitleaks) = peer("OUTGATE_GITLEAKS") {
        for mode in ["git", "dir"] {
            let mut command = Command::new(&gitleaks);
            command.args([mode, "--no-banner", "--exit-code=0", "--report-format=json"]);
            command.args(["--report-path", &file]).arg(root);
            columns.push(column(&format!("gitleaks {mode}"), command, &out));
        }
    }
    if let Some(kingfisher) = peer("OUTGATE_KINGFISHER") {
        let mut command = Command::new(&kingfisher);
        command
            .arg("scan")
            .arg(root)
            .args(["--git-history", "full", "--no-validate"]);
        command.args([
            "--no-update-check",
            "--no-dedup",
            "--format",
            "json",
            "--output",
            &file,
        ]);
        columns.push(column("kingfisher", command, &out));
    }
    columns
}

fn peer(variable: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).map(PathBuf::from)?;
    path.exists().then_some(path)
}

fn column(name: &str, mut command: Command, out: &Path) -> Column {
    drop(fs::remove_file(out));
    let run = command.output().expect("it runs");
    let report = fs::read_to_string(out);
    let report =
        report.unwrap_or_else(|_| unreachable!("{}", String::from_utf8_lossy(&run.stderr)));
    let version = Command::new(command.get_program())
        .arg("--version")
        .output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let number = version.unwrap_or_default();
    let number = number
        .split_whitespace()
        .last()
        .unwrap_or_default()
        .to_owned();
    Column {
        name: format!("{name} {number}").trim().to_owned(),
        report,
    }
}

fn write(ground: &Ground, peers: &[Column]) -> String {
    let mut page = HEAD.to_owned();
    page.push_str("| place | found by outgate in |");
    for peer in peers {
        let _ = write!(page, " {} |", peer.name);
    }
    page.push_str("\n|---|---|");
    page.push_str(&"---|".repeat(peers.len()));
    page.push('\n');
    let has = |peer: &Column, token: &str| peer.report.contains(token);
    for plant in &ground.planted {
        let places: Vec<String> = plant.expected.iter().map(|place| shorten(place)).collect();
        let _ = write!(page, "| {} | {} |", plant.place, places.join(", "));
        for peer in peers {
            page.push_str(if has(peer, &plant.token) {
                " yes |"
            } else {
                " |"
            });
        }
        page.push('\n');
    }
    let all = ground.planted.len();
    let _ = write!(page, "| **all {all}** | **{all}** |");
    for peer in peers {
        let found = ground
            .planted
            .iter()
            .filter(|plant| has(peer, &plant.token));
        let _ = write!(page, " **{}** |", found.count());
    }
    page.push('\n');
    page
}

/// A place with its ids cut, as a page wants it.
fn shorten(place: &str) -> String {
    let is_end = |letter: char| !letter.is_ascii_hexdigit();
    let parts = place.split_inclusive(is_end).map(|part| {
        let digits = part.trim_end_matches(is_end);
        if digits.len() == 40 {
            part.replace(&digits[7..], "…")
        } else {
            part.to_owned()
        }
    });
    format!("`{}`", parts.collect::<String>())
}
