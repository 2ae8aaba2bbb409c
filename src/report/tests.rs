//! One fixed report, rendered by every format.

use clap::ValueEnum as _;

use super::{Format, Hidden, Report, Run, Style};
use crate::findings::{
    self, CommitRef, Occurrence, Place, PlaceKind, Secret, Severity, Snippet, Span, Verdict,
};
use crate::walker::{Coverage, GapReason, SkipReason};

const PLAIN: Style = Style {
    color: false,
    quiet: false,
};

/// A report with places in the tree and in history, gaps, skips and hostile names.
pub(super) fn report() -> Report {
    let mut coverage = Coverage {
        files: 12,
        objects: 340,
        commits: 25,
        bytes: 3_456_789,
        ..Coverage::default()
    };
    coverage.skip(SkipReason::Binary, "logo\u{9b}2J.png", 4_000);
    coverage.skip(SkipReason::Binary, "photo.jpg", 9_000);
    coverage.skip(SkipReason::TooLarge, "dump.sql", 90_000_000);
    coverage.gap(GapReason::Shallow, ".", "history ends at 1 commit");
    coverage.gap(
        GapReason::Unreadable,
        "keys/\x1b]0;title\x07[a](b)",
        "permission denied",
    );
    let hidden = Hidden {
        unlikely: 3,
        inline: 2,
        ..Hidden::default()
    };
    let findings = vec![token(), password()];
    Report::new(facts(), findings, hidden, Vec::new(), coverage)
}

fn facts() -> Run {
    let time = |second| jiff::Timestamp::from_second(second).unwrap();
    Run {
        version: "1.2.3".to_owned(),
        targets: vec![".".to_owned()],
        sources: vec!["tree".to_owned(), "history".to_owned()],
        detectors: 150,
        detector_digest: "0f".repeat(8),
        revision: Some("0123abcd".repeat(5)),
        started: time(1_700_000_000),
        ended: time(1_700_000_061),
        ..Run::default()
    }
}

fn token() -> findings::Finding {
    let masked = "let token = \"aaaa…aa (40 bytes)\";";
    let mut occurrences = vec![
        place("src/größe 1.rs", 12, None, masked),
        place("src/größe 1.rs", 40, None, masked),
    ];
    for (index, digit) in ["1", "2", "3", "4", "5"].into_iter().enumerate() {
        let commit = CommitRef {
            id: digit.repeat(40),
            date: format!("2024-01-0{digit}T03:04:05+02:00"),
            in_head: index == 0,
            versions: index as u32,
            reachable: true,
        };
        occurrences.push(place("old/settings.py", 7, Some(commit), masked));
    }
    findings::Finding {
        fingerprint: "00112233445566778899aabbccddeeff".to_owned(),
        detector: "example-token".to_owned(),
        also: vec!["generic-secret".to_owned()],
        title: "Example access token".to_owned(),
        provider: "example".to_owned(),
        verdict: Verdict::Verified,
        severity: Severity::Critical,
        reasons: vec![
            "its checksum is right".to_owned(),
            "nothing near it looks like an example".to_owned(),
        ],
        remediation: "Revoke it under Settings, then make a new one.".to_owned(),
        source: "https://docs.example.com/tokens".to_owned(),
        secret: Secret::new("a".repeat(40).as_bytes()),
        occurrences,
        suppressed: None,
    }
}

fn password() -> findings::Finding {
    let commit = CommitRef {
        id: "9".repeat(40),
        date: "2023-12-31T23:59:59Z".to_owned(),
        in_head: false,
        versions: 1,
        reachable: true,
    };
    findings::Finding {
        fingerprint: "ffeeddccbbaa99887766554433221100".to_owned(),
        detector: "password".to_owned(),
        also: Vec::new(),
        title: "Password".to_owned(),
        provider: "generic".to_owned(),
        verdict: Verdict::Possible,
        severity: Severity::Medium,
        reasons: vec!["the name says `password`".to_owned()],
        remediation: "Change it.".to_owned(),
        source: "no public document".to_owned(),
        secret: Secret::new("b".repeat(8).as_bytes()),
        occurrences: vec![place("evil\x1b[2J\u{202e}.env", 3, Some(commit), "")],
        suppressed: None,
    }
}

fn place(path: &str, line: u32, commit: Option<CommitRef>, masked: &str) -> Occurrence {
    let start = masked.find('"').map_or(0, |quote| quote + 1);
    let end = masked.rfind('"').unwrap_or(0);
    Occurrence {
        place: Place {
            path: path.to_owned(),
            commit,
        },
        span: Span {
            start_line: line,
            start_column: 14,
            end_line: line,
            end_column: 54,
            offset: u64::from(line) * 100,
        },
        kind: PlaceKind::File,
        snippet: Snippet {
            line: masked.to_owned(),
            start,
            end,
        },
    }
}

fn render(report: &Report, format: Format, style: Style) -> String {
    let mut bytes = Vec::new();
    report.write(format, style, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The lines of `text` as JSON values.
fn values(text: &str) -> Vec<serde_json::Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A report of some findings in one file.
fn report_of(findings: Vec<findings::Finding>) -> Report {
    let coverage = Coverage {
        files: 1,
        bytes: 10,
        ..Coverage::default()
    };
    let mut run = facts();
    run.sources = vec!["tree".to_owned()];
    Report::new(run, findings, Hidden::default(), Vec::new(), coverage)
}

/// A report of nothing in one file.
fn clean() -> Report {
    report_of(Vec::new())
}

#[test]
fn plain() {
    insta::assert_snapshot!(render(&report(), Format::Plain, PLAIN));
}

#[test]
fn json() {
    insta::assert_snapshot!(render(&report(), Format::Json, PLAIN));
}

#[test]
fn jsonl() {
    insta::assert_snapshot!(render(&report(), Format::Jsonl, PLAIN));
}

#[test]
fn sarif() {
    let text = render(&report(), Format::Sarif, PLAIN);
    assert_eq!(text.lines().count(), 1);
    let mut log: serde_json::Value = serde_json::from_str(&text).unwrap();
    log.sort_all_objects();
    insta::assert_snapshot!(serde_json::to_string_pretty(&log).unwrap());
}

#[test]
fn github() {
    insta::assert_snapshot!(render(&report(), Format::Github, PLAIN));
}

#[test]
fn gitlab() {
    let text = render(&report(), Format::Gitlab, PLAIN);
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());
}

#[test]
fn junit() {
    insta::assert_snapshot!(render(&report(), Format::Junit, PLAIN));
}

#[test]
fn csv() {
    insta::assert_snapshot!(render(&report(), Format::Csv, PLAIN));
}

#[test]
fn markdown() {
    insta::assert_snapshot!(render(&report(), Format::Markdown, PLAIN));
}

#[test]
fn quiet_is_one_line() {
    let quiet = Style {
        color: false,
        quiet: true,
    };
    insta::assert_snapshot!(
        render(&report(), Format::Plain, quiet),
        @"2 findings (1 verified, 1 possible) in 12 files, 340 objects, 3.4 MB; incomplete"
    );
    insta::assert_snapshot!(render(&clean(), Format::Plain, quiet), @"no findings in 1 file, 10 bytes");
}

#[test]
fn plain_names_the_column_of_the_file_when_the_snippet_is_cut() {
    let mut report = report();
    let occurrence = &mut report.findings[0].occurrences[0];
    occurrence.start_column = 9_000;
    occurrence.snippet.insert_str(0, "…\t");
    occurrence.snippet_start += 4;
    occurrence.snippet_end += 4;
    let text = render(&report, Format::Plain, PLAIN);
    assert!(text.contains("--> src/größe 1.rs:12:9000\n"), "{text}");
    assert!(
        text.contains("12 | …    let token = \"aaaa…aa (40 bytes)\";\n"),
        "{text}"
    );
}

#[test]
fn colour_adds_escapes_and_nothing_else() {
    let color = Style {
        color: true,
        quiet: false,
    };
    let colored = render(&report(), Format::Plain, color);
    assert!(colored.contains('\x1b'));
    let stripped = anstream::adapter::strip_str(&colored).to_string();
    assert_eq!(stripped, render(&report(), Format::Plain, PLAIN));
}

#[test]
fn no_format_shows_a_secret_or_a_control_character() {
    for &format in Format::value_variants() {
        let text = render(&report(), format, PLAIN).replace("\r\n", "\n");
        assert!(!text.contains(&"a".repeat(7)), "{format:?} shows the token");
        assert!(
            !text.contains(&"b".repeat(4)),
            "{format:?} shows the password"
        );
        let is_bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(
            !text.contains(is_bad),
            "{format:?} writes a control character"
        );
    }
}

#[test]
fn an_interrupt_makes_a_clean_run_incomplete() {
    let run = Run {
        interrupted: true,
        ..facts()
    };
    let report = Report::new(
        run,
        Vec::new(),
        Hidden::default(),
        Vec::new(),
        Coverage::default(),
    );
    assert!(render(&report, Format::Plain, PLAIN).contains("INCOMPLETE: "));
    let sarif = values(&render(&report, Format::Sarif, PLAIN));
    assert_eq!(
        sarif[0]["runs"][0]["invocations"][0]["executionSuccessful"],
        false
    );
}

#[test]
fn jsonl_lines_are_the_findings_and_the_rest_of_the_json() {
    let report = report();
    let mut lines = values(&render(&report, Format::Jsonl, PLAIN));
    let whole: serde_json::Value =
        serde_json::from_str(&render(&report, Format::Json, PLAIN)).unwrap();
    let summary = lines.pop().unwrap();
    assert_eq!(summary["type"], "summary");
    assert_eq!(
        (&summary["run"], &summary["coverage"]),
        (&whole["run"], &whole["coverage"])
    );
    for (line, finding) in lines.iter_mut().zip(whole["findings"].as_array().unwrap()) {
        let kind = line.as_object_mut().unwrap().remove("type");
        assert_eq!(kind, Some("finding".into()));
        assert_eq!(line, finding);
    }
    assert_eq!(lines.len(), report.findings.len());
}

#[test]
fn github_keeps_ten_annotations_of_a_level_and_tells_of_the_rest() {
    let of_verdict = |verdict| {
        let finding = findings::Finding {
            verdict,
            ..password()
        };
        vec![finding; 12]
    };
    let annotations = |report: &Report| {
        let text = render(report, Format::Github, PLAIN);
        ["error", "warning", "notice"].map(|level| text.matches(&format!("::{level} ")).count())
    };
    let all = [
        Verdict::Verified,
        Verdict::Likely,
        Verdict::Possible,
        Verdict::Unlikely,
    ];
    let mut report = report_of(all.into_iter().flat_map(of_verdict).collect());
    assert_eq!(annotations(&report), [10, 10, 10]);
    report.coverage.gaps = self::report().coverage.gaps;
    assert_eq!(annotations(&report), [10, 10, 10]);
    let text = render(&report, Format::Github, PLAIN);
    assert_eq!(text.matches(" not searched::").count(), 2);
    // 24 errors, 12 warnings and 12 notices are found; 10, 8 and 9 of them stand here.
    assert!(
        text.contains("::notice title=outgate::21 more in the summary"),
        "{text}"
    );
    assert!(!render(&self::report(), Format::Github, PLAIN).contains("more in the summary"));
}

#[test]
fn sarif_is_cut_to_the_limits() {
    let mut finding = password();
    finding.occurrences = (1..=25_001)
        .map(|n| place(&format!("{n}"), 1, None, ""))
        .collect();
    let report = report_of(vec![finding.clone()]);
    let log = &values(&render(&report, Format::Sarif, PLAIN))[0]["runs"][0];
    assert_eq!(log["results"].as_array().unwrap().len(), 25_000);
    let notification = &log["invocations"][0]["toolExecutionNotifications"][0];
    assert!(
        notification["message"]["text"]
            .as_str()
            .unwrap()
            .contains("25001")
    );
    assert_eq!(log["invocations"][0]["executionSuccessful"], true);

    finding.occurrences = (1..=1_001)
        .map(|line| place("one", line, None, ""))
        .collect();
    let report = report_of(vec![finding]);
    let log = &values(&render(&report, Format::Sarif, PLAIN))[0]["runs"][0];
    assert_eq!(
        log["results"][0]["locations"].as_array().unwrap().len(),
        1_000
    );
}

#[test]
fn sarif_keeps_history_apart_from_the_tree() {
    let id = |report: &Report| {
        let log = values(&render(report, Format::Sarif, PLAIN));
        log[0]["runs"][0]["automationDetails"]["id"].clone()
    };
    assert_eq!(id(&report()), "outgate/history/");
    assert_eq!(id(&clean()), "outgate/tree/");
}

#[test]
fn sarif_leaves_the_hash_of_the_line_to_the_uploader_unless_the_line_is_gone() {
    let log = &values(&render(&report(), Format::Sarif, PLAIN))[0]["runs"][0];
    let hash =
        |index: usize| &log["results"][index]["partialFingerprints"]["primaryLocationLineHash"];
    assert!(hash(0).is_null());
    assert!(hash(1).is_string());
}
