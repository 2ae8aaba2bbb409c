//! The report as JSON Lines: each finding on a line of its own, then one summary.
//!
//! Owns the framing. Does not own the shape of what stands on a line (`json`).

use std::io;

use serde::Serialize;

use super::json::{CoverageRecord, FindingRecord, HiddenRecord, RunRecord, SCHEMA_VERSION};
use super::terminal::escape_json;
use super::{Notice, Report};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Finding(FindingRecord<'a>),
    Summary(Summary<'a>),
}

#[derive(Serialize)]
struct Summary<'a> {
    schema_version: u32,
    run: RunRecord<'a>,
    hidden: HiddenRecord,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notices: &'a [Notice],
    coverage: CoverageRecord<'a>,
}

/// Writes one line for each finding and a last one for the run.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in &report.findings {
        write_line(&Line::Finding(FindingRecord::new(finding)), out)?;
    }
    let summary = Summary {
        schema_version: SCHEMA_VERSION,
        run: RunRecord::new(report),
        hidden: HiddenRecord::new(&report.hidden),
        notices: &report.notices,
        coverage: CoverageRecord::new(&report.coverage),
    };
    write_line(&Line::Summary(summary), out)
}

fn write_line(line: &Line<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let json = serde_json::to_string(line)?;
    writeln!(out, "{}", escape_json(&json))
}
