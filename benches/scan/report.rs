//! Ten thousand findings in every format.

use clap::ValueEnum as _;
use criterion::{Criterion, Throughput};
use outgate::findings::{
    CommitRef, Finding, Occurrence, Place, PlaceKind, Secret, Severity, Snippet, Span, Verdict,
};
use outgate::report::{Format, Hidden, Report, Run, Style};
use outgate::walker::Coverage;

const FINDINGS: usize = 10_000;

pub(super) fn bench(criterion: &mut Criterion) {
    let findings = (0..FINDINGS).map(finding).collect();
    let run = Run::default();
    let report = Report::new(
        run,
        findings,
        Hidden::default(),
        Vec::new(),
        Coverage::default(),
    );
    let style = Style {
        color: false,
        quiet: false,
    };
    let mut group = criterion.benchmark_group("report");
    group.throughput(Throughput::Elements(FINDINGS as u64));
    for &format in Format::value_variants() {
        let name = format.to_possible_value().unwrap();
        group.bench_function(name.get_name(), |bencher| {
            bencher.iter(|| {
                let mut bytes = Vec::new();
                report.write(format, style, &mut bytes).unwrap();
                bytes
            });
        });
    }
    group.finish();
}

/// A finding in the tree and in history, with the length of text that real ones have.
fn finding(number: usize) -> Finding {
    let commit = CommitRef {
        id: format!("{number:040x}"),
        date: format!(
            "20{:02}-{:02}-01T00:00:00Z",
            10 + number % 15,
            1 + number % 12
        ),
        in_head: number.is_multiple_of(2),
        versions: 3,
        reachable: true,
    };
    Finding {
        fingerprint: format!("{number:020x}"),
        detector: format!("detector-{}", number % 90),
        also: vec!["generic-token".to_owned()],
        title: "Example personal access token".to_owned(),
        provider: "example".to_owned(),
        verdict: [Verdict::Verified, Verdict::Likely, Verdict::Possible][number % 3],
        severity: Severity::High,
        reasons: vec![
            "checksum matches".to_owned(),
            "the name says `token`".to_owned(),
        ],
        remediation:
            "Revoke it under Settings > Developer settings > Personal access tokens, then \
                      review the audit log for its use."
                .to_owned(),
        source: "https://docs.example.com/authentication/keeping-your-account-secure".to_owned(),
        secret: Secret::new(format!("{number:040}").as_bytes()),
        occurrences: vec![occurrence(number, None), occurrence(number, Some(commit))],
        suppressed: None,
    }
}

fn occurrence(number: usize, commit: Option<CommitRef>) -> Occurrence {
    Occurrence {
        place: Place {
            path: format!(
                "services/service-{}/config/settings-{number}.py",
                number % 40
            ),
            commit,
        },
        span: Span {
            start_line: 1 + number as u32 % 900,
            start_column: 14,
            end_line: 1 + number as u32 % 900,
            end_column: 54,
            offset: 4_000,
        },
        kind: PlaceKind::File,
        snippet: Snippet {
            line: "API_TOKEN = \"0000…01 (40 bytes)\"  # used by the nightly job".to_owned(),
            start: 13,
            end: 33,
        },
    }
}
