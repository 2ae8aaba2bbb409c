//! A throw-away folder to scan, and the built command to scan it with.
//!
//! Owns isolation: no configuration, home or environment of the machine reaches git or outgate.
//! Does not own what is put into the folder or expected of the report.

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A temporary folder with a home of its own beside it.
pub(crate) struct Sandbox {
    outside: TempDir,
    root: PathBuf,
    day: Cell<u32>,
}

/// What a run of the command left behind, the folder's path replaced by `[DIR]`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A JSON report with the exit code it came with.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) code: i32,
    pub(crate) report: Value,
}

impl Sandbox {
    /// A plain folder.
    pub(crate) fn folder() -> Self {
        let outside = TempDir::new().expect("a temporary folder");
        let top = outside.path().canonicalize().expect("it exists");
        let root = top.join("work");
        fs::create_dir_all(&root).expect("a folder");
        fs::create_dir_all(top.join("home")).expect("a folder");
        let day = Cell::new(0);
        Self { outside, root, day }
    }

    /// A repository without commits.
    pub(crate) fn repository() -> Self {
        let sandbox = Self::folder();
        sandbox.git(&["init", "--quiet", "--initial-branch=main", "."]);
        sandbox
    }

    /// The folder that is scanned.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder around it, which belongs to the test, too.
    pub(crate) fn outside(&self) -> &Path {
        self.outside.path()
    }

    /// Writes a file, its folders included.
    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.root.join(name);
        let folder = path.parent().expect("a file lies in a folder");
        fs::create_dir_all(folder).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    /// Runs git and gives its trimmed output; a failure fails the test.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = self
            .isolated("git")
            .args(args)
            .output()
            .expect("git is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {said}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Commits everything there is, a day after the last commit, and gives the id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.day.set(self.day.get() + 1);
        self.git(&["add", "--all", "--force"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Where git keeps a loose object.
    pub(crate) fn loose(&self, revision: &str) -> PathBuf {
        let id = self.git(&["rev-parse", revision]);
        let (folder, file) = id.split_at(2);
        self.root.join(".git/objects").join(folder).join(file)
    }

    /// The command, ready for arguments.
    pub(crate) fn outgate(&self) -> Command {
        self.isolated(env!("CARGO_BIN_EXE_outgate"))
    }

    /// Git, ready to run, with the command on its path.
    pub(crate) fn git_command(&self, args: &[&str]) -> Command {
        let mut command = self.isolated("git");
        let folder = Path::new(env!("CARGO_BIN_EXE_outgate")).parent();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = folder
            .map(Path::to_owned)
            .into_iter()
            .chain(std::env::split_paths(&path));
        let path = std::env::join_paths(folders).expect("no colon is in it");
        command.env("PATH", path).args(args);
        command
    }

    /// Runs the command.
    pub(crate) fn run(&self, args: &[&str]) -> Outcome {
        self.finish(self.outgate().args(args).output())
    }

    /// Runs `outgate scan`.
    pub(crate) fn scan(&self, args: &[&str]) -> Outcome {
        self.run(&[&["scan"], args].concat())
    }

    /// Runs `outgate scan` with a text on standard input.
    pub(crate) fn pipe(&self, args: &[&str], input: &[u8]) -> Outcome {
        let mut child = self
            .outgate()
            .arg("scan")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut stdin = child.stdin.take().expect("it is piped");
        stdin.write_all(input).expect("the command reads it");
        drop(stdin);
        self.finish(child.wait_with_output())
    }

    /// Runs `outgate scan --format json` and reads the report.
    pub(crate) fn json(&self, args: &[&str]) -> Seen {
        let outcome = self.scan(&[args, &["--format=json"]].concat());
        let report = serde_json::from_str(&outcome.stdout);
        let report = report.unwrap_or_else(|fault| unreachable!("{fault}: {outcome:?}"));
        let code = outcome.code;
        Seen { code, report }
    }

    /// Makes an outcome of what a process left behind.
    pub(crate) fn finish(&self, output: std::io::Result<Output>) -> Outcome {
        let output = output.expect("the command runs");
        let folder = self.root.display().to_string();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&folder, "[DIR]");
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// A command in the folder that sees nothing of the machine but where programs lie.
    fn isolated(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let home = self.outside.path().join("home");
        let date = format!("2024-01-{:02}T12:00:00+01:00", self.day.get().max(1));
        let kept = ["PATH", "SYSTEMROOT", "TEMP", "TMP"];
        command
            .env_clear()
            .envs(kept.iter().filter_map(|name| {
                std::env::var_os(name).map(|value| (OsString::from(name), value))
            }))
            .env("HOME", &home)
            .env("USERPROFILE", &home)
            .env("LOCALAPPDATA", &home)
            // One for all sandboxes: the compiled detectors are the same.
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .env(
                "GIT_CONFIG_GLOBAL",
                if cfg!(windows) { "NUL" } else { "/dev/null" },
            )
            .env("GIT_CONFIG_NOSYSTEM", "1")
            // Formats that name the time are the same each time.
            .env("SOURCE_DATE_EPOCH", "1700000000")
            .env("GIT_CEILING_DIRECTORIES", self.outside.path());
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "Ada")
                .env(format!("GIT_{role}_EMAIL"), "ada@example.org")
                .env(format!("GIT_{role}_DATE"), &date);
        }
        command.current_dir(&self.root).stdin(Stdio::null());
        command
    }
}

impl Seen {
    /// Everything that is shown.
    pub(crate) fn findings(&self) -> &[Value] {
        self.report["findings"]
            .as_array()
            .map_or(&[], Vec::as_slice)
    }

    /// The one finding.
    pub(crate) fn only(&self) -> &Value {
        let [finding] = self.findings() else {
            unreachable!("one finding is expected: {:#}", self.report);
        };
        finding
    }

    /// Detector and verdict of each finding.
    pub(crate) fn verdicts(&self) -> Vec<(&str, &str)> {
        self.findings()
            .iter()
            .map(|one| {
                let word = |key: &str| one[key].as_str().unwrap_or_default();
                (word("detector"), word("verdict"))
            })
            .collect()
    }

    /// Path and first line of each place of each finding, sorted.
    pub(crate) fn places(&self) -> Vec<(String, u64)> {
        let mut places: Vec<_> = self
            .findings()
            .iter()
            .flat_map(|one| one["occurrences"].as_array().into_iter().flatten())
            .map(|place| {
                let path = place["path"].as_str().unwrap_or_default();
                (path.to_owned(), place["start_line"].as_u64().unwrap_or(0))
            })
            .collect();
        places.sort();
        places
    }

    /// How many things were skipped for a reason.
    pub(crate) fn skipped(&self, reason: &str) -> u64 {
        self.counted("skipped", reason)
    }

    /// How many things could not be read for a reason.
    pub(crate) fn gaps(&self, reason: &str) -> u64 {
        self.counted("gaps", reason)
    }

    fn counted(&self, class: &str, reason: &str) -> u64 {
        let entries = self.report["coverage"][class].as_array();
        entries
            .into_iter()
            .flatten()
            .find(|entry| entry["reason"] == reason)
            .and_then(|entry| entry["count"].as_u64())
            .unwrap_or(0)
    }
}
