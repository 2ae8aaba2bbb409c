//! A large file is searched in windows, and the report is that of a search of all of it.

use std::sync::atomic::AtomicBool;

use outgate::detectors::DetectorSet;
use outgate::engine::Choice;
use outgate::findings::Verdict;
use outgate::pipeline::{self, Obedience, Part, Rules, Settings, Sources};
use outgate::report::{Format, Style};
use outgate::verifier::Generic;
use outgate::walker::{Progress, Sizes};

use serde_json::Value;

use crate::sandbox::Sandbox;
use crate::tokens::{aws_pair, fill, github, pem};

/// Covers every part of the text below.
const MARGIN: usize = 12 << 10;
const ALL: Sizes = Sizes {
    core: usize::MAX,
    margin: 0,
};

/// The JSON report on a folder.
fn report(sandbox: &Sandbox, sizes: Sizes, max_file_size: u64) -> String {
    let settings = Settings {
        set: DetectorSet::embedded(),
        engine: Choice::default(),
        exclude: Vec::new(),
        rules: Rules::default(),
        audited: Rules::default(),
        comments: Obedience::Obey,
        notices: Vec::new(),
        today: jiff::civil::Date::default(),
        generic: Generic::Model,
        show: Verdict::Unlikely,
        gate: None,
        threads: 1,
        max_file_size,
        sizes,
        obey_gitignore: true,
        full_scan: false,
        list_all: true,
        unpack: None,
        digest: false,
    };
    let sources = Sources::Paths {
        paths: vec![sandbox.root().to_owned()],
        part: Part::Tree,
    };
    let interrupt = AtomicBool::new(false);
    let outcome =
        pipeline::run(settings, &sources, &interrupt, &Progress::default()).expect("a report");
    let (mut json, style) = (
        Vec::new(),
        Style {
            color: false,
            quiet: false,
        },
    );
    outcome
        .report
        .write(Format::Json, style, &mut json)
        .expect("no fault");
    String::from_utf8(json).expect("UTF-8")
}

/// A token in base64, wrapped to lines of 64 digits.
fn wrapped(token: &str) -> String {
    let text = format!("# what stands around it is long enough to be wrapped\ntoken = {token}\n");
    let digits = data_encoding::BASE64.encode(text.repeat(2).as_bytes());
    let mut lines = String::new();
    for (at, digit) in digits.char_indices() {
        lines.push(digit);
        if at % 64 == 63 || at + 1 == digits.len() {
            lines.push('\n');
        }
    }
    lines
}

/// Lines that say something to each other wherever a seam lies.
fn text() -> String {
    let mut text = String::new();
    let pem = pem();
    for round in 0..60 {
        let token = |kind: &str| github(&format!("{kind}{round}"));
        let (id, secret) = aws_pair(&round.to_string());
        let password = fill("github-pat", "{alnum:16}", &round.to_string());
        let long = "süß und lang, ".repeat(20 + round);
        let part = [
            format!("token = {}\r\n", token("a")),
            format!(
                "# outgate: ignore[github-pat] a sample\ntoken = {}\n",
                token("b")
            ),
            format!("token = {} # outgate: ignore\n", token("c")),
            format!(
                "# pragma: allowlist nextline secret\ntoken = {}\n",
                token("d")
            ),
            format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n"),
            format!("{}\nDB_PASSWORD=\"{password}\"\n", pem.trim_end()),
            wrapped(&token("e")),
            format!(
                "{long}{} {long}{} # gitleaks:allow\n",
                token("f"),
                token("g")
            ),
            format!("{long}{}\n", token("h")),
        ];
        text.extend(part);
        match round {
            // Goes on over several windows.
            7 => text.push_str("// secretlint-disable\n"),
            17 => text.push_str("// secretlint-enable\n"),
            // Nothing is found in these windows.
            25 => text.push_str("// secretlint-disable\n"),
            26 => text.push_str(&"a line of no matter\n".repeat(5_000)),
            27 => text.push_str("// secretlint-enable\n"),
            _ => {}
        }
    }
    text
}

fn count(report: &str, key: &str) -> usize {
    let report: Value = serde_json::from_str(report).expect("JSON");
    report[key].as_array().map_or(0, Vec::len)
}

/// Asserts that windows of any size give the report of the whole file, which is returned.
fn assert_same(content: &[u8], least: usize) -> Value {
    let sandbox = Sandbox::folder();
    sandbox.write("settings.env", content);
    let whole = report(&sandbox, ALL, u64::MAX);
    assert!(count(&whole, "findings") >= least, "{whole}");
    for core in [4_000, 9_001, 12_345, 30_000, content.len() - 1] {
        let margin = MARGIN;
        let windows = report(&sandbox, Sizes { core, margin }, u64::MAX);
        let lines = whole.lines().zip(windows.lines());
        let differ = lines.clone().position(|(whole, windows)| whole != windows);
        let shown: Vec<_> = lines
            .skip(differ.unwrap_or(0).saturating_sub(20))
            .take(30)
            .collect();
        assert!(whole == windows, "core of {core} bytes: {shown:#?}");
    }
    serde_json::from_str(&whole).expect("JSON")
}

#[test]
fn text_in_windows_gives_the_report_of_the_whole() {
    let whole = assert_same(text().as_bytes(), 150);
    for hidden in ["/hidden/inline", "/hidden/foreign/secretlint"] {
        let hidden = whole.pointer(hidden).and_then(Value::as_u64);
        assert!(hidden.is_some_and(|count| count > 50), "{hidden:?}");
    }
    assert_same(format!("\u{feff}{}", text()).as_bytes(), 150);
}

#[test]
fn binary_data_in_windows_gives_the_report_of_the_whole() {
    let data = [
        b"\x7fELF\x02\0\0\x01\0\0\xff\xfe\xfd\xfc\0\0".repeat(99),
        text().into_bytes(),
    ];
    assert_same(&data.concat(), 100);
}

#[test]
fn a_file_of_one_line_is_searched_as_a_whole() {
    let mut text = text().replace(['\r', '\n'], " ");
    // A comment would cover all of it.
    for word in ["ignore", "allow", "secretlint"] {
        text = text.replace(word, "word");
    }
    assert_same(text.as_bytes(), 50);
}

#[test]
fn without_a_margin_what_crosses_a_seam_is_missed() {
    let sandbox = Sandbox::folder();
    sandbox.write("settings.env", text());
    let sizes = Sizes {
        core: 9_001,
        margin: 0,
    };
    assert_ne!(
        report(&sandbox, ALL, u64::MAX),
        report(&sandbox, sizes, u64::MAX)
    );
}

#[test]
fn the_limit_on_files_is_that_of_the_whole() {
    let sandbox = Sandbox::folder();
    let text = text();
    sandbox.write("settings.env", &text);
    let sizes = Sizes {
        core: 9_001,
        margin: MARGIN,
    };
    for limit in [text.len() as u64, text.len() as u64 - 1] {
        assert_eq!(report(&sandbox, ALL, limit), report(&sandbox, sizes, limit));
    }
}
