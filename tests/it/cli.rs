//! The command line: help, flags, exit codes, pipes and signals.

use std::fs;
use std::process::Stdio;

use crate::sandbox::Sandbox;
use crate::tokens::github;

/// A folder with one finding.
fn leaky() -> Sandbox {
    let sandbox = Sandbox::folder();
    sandbox.write("a.env", format!("TOKEN={}\n", github("cli")));
    sandbox
}

/// Help texts and usage errors stand as cases in `tests/cmd`.
#[test]
fn cases() {
    trycmd::TestCases::new()
        .env("COLUMNS", "100")
        .case("tests/cmd/*.trycmd");
}

#[test]
fn every_exit_code_is_reached() {
    let clean = Sandbox::folder();
    clean.write("a.txt", "text\n");
    assert_eq!(clean.scan(&["."]).code, 0);
    assert_eq!(leaky().scan(&["."]).code, 1);
    assert_eq!(clean.scan(&["--no-such-flag"]).code, 2);
    assert_eq!(Sandbox::folder().scan(&["."]).code, 3);
}

#[test]
fn the_format_never_changes_the_exit_code() {
    let (leaky, clean, empty) = (leaky(), Sandbox::folder(), Sandbox::folder());
    clean.write("a.txt", "text\n");
    for format in crate::formats::all() {
        let code = |sandbox: &Sandbox, args: &[&str]| {
            let outcome = sandbox.scan(&[&["--format", &*format], args].concat());
            assert_eq!(outcome.stderr, "", "{format}");
            outcome.code
        };
        assert_eq!(code(&clean, &["."]), 0, "{format}");
        assert_eq!(code(&leaky, &["."]), 1, "{format}");
        assert_eq!(code(&leaky, &["--exit-zero", "."]), 0, "{format}");
        assert_eq!(code(&empty, &["."]), 3, "{format}");
    }
}

#[test]
fn findings_win_over_gaps() {
    let sandbox = leaky();
    let outcome = sandbox.scan(&["a.env", "--", "a.env", "."]);
    assert_eq!(outcome.code, 1);
    fs::create_dir(sandbox.root().join("empty")).unwrap();
    assert_eq!(sandbox.scan(&["empty", "a.env"]).code, 1);
    assert_eq!(sandbox.scan(&["--exit-zero", "empty", "a.env"]).code, 3);
}

#[test]
fn reports_go_to_several_files_at_once() {
    let sandbox = leaky();
    let outcome = sandbox.scan(&[
        "-o",
        "out.json",
        "--output=sarif=out.log",
        "--output",
        "out.jsonl",
        "-o",
        "out.txt",
        ".",
    ]);
    assert_eq!(outcome.code, 1);
    let read = |name: &str| fs::read_to_string(sandbox.root().join(name)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&read("out.json")).unwrap();
    assert_eq!(json["schema_version"], 1);
    let sarif: serde_json::Value = serde_json::from_str(&read("out.log")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(read("out.jsonl").lines().count(), 2);
    assert_eq!(read("out.txt"), outcome.stdout.replace("[DIR]", ""));
    let bad = sandbox.scan(&["-o", "out.bin", "."]);
    assert_eq!(bad.code, 2);
    assert!(bad.stderr.contains("sarif=out.bin"), "{}", bad.stderr);
    let bad = sandbox.scan(&["-o", "no/folder/out.json", "."]);
    assert_eq!(bad.code, 2);
    assert!(bad.stderr.contains("no/folder/out.json"), "{}", bad.stderr);
}

#[test]
fn quiet_leaves_one_line_and_verbose_adds_one() {
    let sandbox = leaky();
    let quiet = sandbox.scan(&["--quiet", "."]);
    assert_eq!(quiet.stdout.lines().count(), 1, "{}", quiet.stdout);
    assert!(quiet.stdout.starts_with("1 finding (1 verified) in 1 file"));
    let verbose = sandbox.scan(&["--verbose", "--no-progress", "."]);
    assert!(
        verbose.stderr.contains(" detectors, "),
        "{}",
        verbose.stderr
    );
    assert_eq!(sandbox.scan(&["-q", "-v", "."]).code, 2);
}

#[test]
fn colour_is_for_terminals_or_on_demand() {
    let sandbox = leaky();
    assert!(!sandbox.scan(&["."]).stdout.contains('\x1b'));
    assert!(
        sandbox
            .scan(&["--color=always", "."])
            .stdout
            .contains("\x1b[")
    );
    let forced = |name: &str, args: &[&str]| {
        let output = sandbox
            .outgate()
            .arg("scan")
            .args(args)
            .env(name, "1")
            .output();
        sandbox.finish(output).stdout.contains('\x1b')
    };
    assert!(forced("CLICOLOR_FORCE", &["."]));
    assert!(!forced("CLICOLOR_FORCE", &["--color=never", "."]));
    assert!(forced("NO_COLOR", &["--color=always", "."]));
}

#[test]
fn settings_come_from_the_environment_too() {
    let sandbox = leaky();
    let run = |name: &str, value: &str, args: &[&str]| {
        let output = sandbox
            .outgate()
            .arg("scan")
            .args(args)
            .env(name, value)
            .output();
        sandbox.finish(output).code
    };
    assert_eq!(run("OUTGATE_FAIL_ON", "never", &["."]), 0);
    assert_eq!(
        run("OUTGATE_FAIL_ON", "never", &["--fail-on=likely", "."]),
        1
    );
    assert_eq!(run("OUTGATE_FAIL_ON", "nonsense", &["."]), 2);
    assert_eq!(run("OUTGATE_THREADS", "0", &["."]), 2);
    sandbox.write("other.toml", "fail-on = \"never\"\n");
    assert_eq!(run("OUTGATE_CONFIG", "other.toml", &["."]), 0);
    assert_eq!(run("OUTGATE_CONFIG", "gone.toml", &["."]), 2);
}

#[test]
fn levels_are_thresholds() {
    let sandbox = leaky();
    sandbox.write(
        "b.env",
        crate::tokens::fill("github-pat", "TOKEN={mangled}\n", "cli"),
    );
    let shown = |level: &str| sandbox.json(&["--show", level, "."]).findings().len();
    assert_eq!(
        [shown("verified"), shown("possible"), shown("unlikely")],
        [1, 1, 2]
    );
    assert_eq!(sandbox.scan(&["--fail-on=verified", "."]).code, 1);
    fs::remove_file(sandbox.root().join("a.env")).unwrap();
    assert_eq!(sandbox.scan(&["--fail-on=verified", "."]).code, 0);
}

#[test]
fn completions_and_manual_are_printed() {
    let sandbox = Sandbox::folder();
    let bash = sandbox.run(&["completions", "bash"]);
    assert_eq!(
        (bash.code, bash.stdout.lines().next()),
        (0, Some("_outgate() {"))
    );
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        let script = sandbox.run(&["completions", shell]);
        assert_eq!(script.code, 0, "{shell}");
        assert!(script.stdout.contains("max-file-size"), "{shell}");
    }
    let man = sandbox.run(&["man"]);
    assert_eq!(man.code, 0);
    assert!(man.stdout.contains(".TH outgate 1"), "{}", man.stdout);
    assert!(man.stdout.contains(".SH \"OUTGATE SCAN\""));
    assert!(man.stdout.contains("max\\-file\\-size"));
}

/// A reader that stops reading is no fault and no reason for noise.
#[test]
fn a_closed_pipe_is_quiet() {
    let sandbox = Sandbox::folder();
    for number in 0..200 {
        let text = format!("TOKEN={}\n", github(&number.to_string()));
        sandbox.write(format!("{number}.env"), text);
    }
    for args in [
        &["scan", "."][..],
        &["scan", "--format=json", "."],
        &["detectors", "list"],
        &["completions", "bash"],
        &["man"],
        &["scan", "--help"],
    ] {
        let mut child = sandbox
            .outgate()
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let outcome = sandbox.finish(child.wait_with_output());
        assert_eq!(outcome.stderr, "", "{args:?}");
        assert!(matches!(outcome.code, 0 | 1), "{args:?}: {}", outcome.code);
    }
}

#[cfg(unix)]
mod unix {
    use std::io::Write as _;
    use std::process::{Child, ChildStdin, Command, Stdio};
    use std::time::{Duration, Instant};

    use super::{Sandbox, github};

    /// A scan that has begun to read a standard input which stays open.
    fn start(sandbox: &Sandbox) -> (Child, ChildStdin) {
        let mut child = sandbox
            .outgate()
            .args(["scan", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut stdin = child.stdin.take().expect("it is piped");
        let leak = format!("T={}\n", github("interrupt"));
        // More than a pipe holds: once all is written the scan reads, and its handler is set.
        let padding = "\n".repeat(1 << 20);
        let written = stdin.write_all((leak + &padding).as_bytes());
        written.expect("the command reads");
        (child, stdin)
    }

    fn interrupt(child: &Child) {
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.is_ok_and(|status| status.success()));
        // The handler runs on a thread of its own.
        std::thread::sleep(Duration::from_millis(100));
    }

    /// Expects the scan to end by itself.
    fn expect_end(child: &mut Child) {
        let deadline = Instant::now() + Duration::from_secs(3);
        while matches!(child.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                drop(child.kill());
                unreachable!("the scan goes on");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn an_interrupt_prints_what_is_known() {
        let sandbox = Sandbox::folder();
        let (child, stdin) = start(&sandbox);
        interrupt(&child);
        drop(stdin);
        let outcome = sandbox.finish(child.wait_with_output());
        assert_eq!(outcome.code, 130, "{outcome:?}");
        for part in ["github-pat", "INCOMPLETE", "interrupt"] {
            assert!(outcome.stdout.contains(part), "{part}: {}", outcome.stdout);
        }
    }

    #[test]
    fn an_interrupt_ends_the_wait_for_input() {
        let sandbox = Sandbox::folder();
        let (mut child, _stdin) = start(&sandbox);
        interrupt(&child);
        expect_end(&mut child);
        let outcome = sandbox.finish(child.wait_with_output());
        assert_eq!(outcome.code, 130, "{outcome:?}");
        assert!(outcome.stdout.contains("INCOMPLETE"), "{}", outcome.stdout);
    }

    #[test]
    fn a_second_interrupt_ends_at_once() {
        let sandbox = Sandbox::folder();
        let (mut child, _stdin) = start(&sandbox);
        interrupt(&child);
        interrupt(&child);
        expect_end(&mut child);
        let outcome = sandbox.finish(child.wait_with_output());
        assert_eq!(outcome.code, 130, "{outcome:?}");
    }
}

#[test]
fn no_home_is_needed() {
    let sandbox = leaky();
    sandbox.git(&["init", "--quiet", "."]);
    let mut command = sandbox.outgate();
    command.args(["scan", "."]);
    for name in ["HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME"] {
        command.env_remove(name);
    }
    let outcome = sandbox.finish(command.output());
    assert_eq!((outcome.code, &*outcome.stderr), (1, ""));
}

#[test]
fn nothing_is_written_but_what_is_asked_for() {
    let sandbox = leaky();
    sandbox.git(&["init", "--quiet", "."]);
    let all = || {
        let mut found = Vec::new();
        let mut folders = vec![sandbox.outside().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path.clone());
                }
                found.push(path);
            }
        }
        found.sort();
        found
    };
    let before = all();
    assert_eq!(sandbox.scan(&["."]).code, 1);
    assert_eq!(sandbox.run(&["hook", "run", "a.env"]).code, 1);
    assert_eq!(sandbox.run(&["config", "show"]).code, 0);
    assert_eq!(all(), before, "no cache, no log, nothing in the home");
}

#[test]
fn runs_at_the_same_time_say_the_same() {
    let sandbox = leaky();
    let children: Vec<_> = (0..6)
        .map(|_| {
            let mut command = sandbox.outgate();
            command.args(["scan", "--format=json", "."]);
            command.stdout(Stdio::piped());
            command.spawn().expect("the command starts")
        })
        .collect();
    let said: Vec<_> = children
        .into_iter()
        .map(|child| child.wait_with_output().expect("it ends").stdout)
        .collect();
    assert!(!said[0].is_empty());
    assert!(said.iter().all(|one| *one == said[0]));
}
