//! When secrets came into history: bars over time, drawn as SVG.
//!
//! Owns the choice of the width of a bar and the drawing. A finding counts where its oldest
//! commit falls; one that no commit holds is not in the picture.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::Report;
use super::super::model::Finding;
use super::super::words::{VERDICTS, count};
use crate::findings::Verdict;

/// Most bars, which decides how many months one stands for.
const BARS: i32 = 48;
/// Months a bar can stand for.
const SPANS: [i32; 6] = [1, 3, 12, 60, 120, 1200];
/// Width of the drawing, in units of its own.
const WIDTH: i32 = 960;
/// Height of the highest bar.
const HEIGHT: i32 = 110;

/// The section with its bars; nothing where no finding has a date.
pub(super) fn section(report: &Report) -> String {
    let months = report
        .findings
        .iter()
        .filter_map(|finding| Some((first_month(finding)?, finding.verdict)));
    let months: Vec<(i32, Verdict)> = months.collect();
    let first = months.iter().map(|(month, _)| *month).min();
    let last = months.iter().map(|(month, _)| *month).max();
    let (Some(first), Some(last)) = (first, last) else {
        return String::new();
    };
    let fits = |span: &&i32| last / **span - first / **span < BARS;
    let span = SPANS.iter().find(fits).copied().unwrap_or(12_000);
    let mut bars: BTreeMap<i32, [usize; 4]> = BTreeMap::new();
    for (month, verdict) in months {
        bars.entry(month / span).or_default()[verdict as usize] += 1;
    }
    format!(
        "<section class=\"card timeline\"><h2>First appearance in history</h2>\n{}</section>\n",
        draw(&bars, first / span, last / span, span)
    )
}

/// The month of the oldest commit, counted from year 0.
fn first_month(finding: &Finding) -> Option<i32> {
    let commits = finding.occurrences.iter().flat_map(|one| &one.commit);
    commits.filter_map(|commit| month(&commit.date)).min()
}

fn month(date: &str) -> Option<i32> {
    let year: u16 = date.get(..4)?.parse().ok()?;
    let month: u16 = date.get(5..7)?.parse().ok()?;
    let is_month = (1..=12).contains(&month);
    is_month.then(|| i32::from(year) * 12 + i32::from(month) - 1)
}

fn draw(bars: &BTreeMap<i32, [usize; 4]>, first: i32, last: i32, span: i32) -> String {
    let highest = bars.values().map(|bar| bar.iter().sum()).max().unwrap_or(1);
    // A lone bar need not fill the page.
    let slots = (last - first + 1).max(12);
    let slot = f64::from(WIDTH) / f64::from(slots);
    let mut svg = format!(
        "<svg viewBox=\"0 -14 {WIDTH} {}\" role=\"group\" aria-label=\"Findings by the date of their oldest commit\">\n\
         <line class=\"base\" x1=\"0\" x2=\"{WIDTH}\" y1=\"{HEIGHT}\" y2=\"{HEIGHT}\"/>\n",
        HEIGHT + 34
    );
    for (&at, bar) in bars {
        let left = f64::from(at - first) * slot;
        draw_bar(&mut svg, left, slot, bar, highest, (at * span, span));
    }
    let step = ((last - first) / 8 + 1).max(1);
    for at in (first..=last).step_by(step as usize) {
        let left = f64::from(at - first) * slot;
        let _ = writeln!(
            svg,
            "<text x=\"{left:.1}\" y=\"{}\">{}</text>",
            HEIGHT + 16,
            label(at * span, span)
        );
    }
    svg + "</svg>\n"
}

fn draw_bar(
    svg: &mut String,
    left: f64,
    slot: f64,
    bar: &[usize; 4],
    highest: usize,
    (month, span): (i32, i32),
) {
    let total: usize = bar.iter().sum();
    let name = label(month, span);
    let width = (slot * 0.72).min(40.0);
    let (from, to) = (iso(month), iso(month + span - 1));
    let said = count(total as u64, "finding");
    let _ = write!(
        svg,
        "<g class=\"bar\" data-from=\"{from}\" data-to=\"{to}\" aria-label=\"{name}: {said}\"><title>{name}: {said}</title>\
         <rect class=\"hit\" x=\"{left:.1}\" y=\"0\" width=\"{width:.1}\" height=\"{HEIGHT}\"/>"
    );
    let mut bottom = f64::from(HEIGHT);
    for verdict in VERDICTS {
        let number = bar[verdict as usize];
        if number > 0 {
            let height = f64::from(HEIGHT) * number as f64 / highest as f64;
            bottom -= height;
            let _ = write!(
                svg,
                "<rect class=\"{}\" x=\"{left:.1}\" y=\"{bottom:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>",
                verdict.as_str()
            );
        }
    }
    let middle = left + width / 2.0;
    let _ = writeln!(
        svg,
        "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{total}</text></g>",
        bottom - 4.0
    );
}

fn iso(month: i32) -> String {
    format!("{:04}-{:02}", month / 12, month % 12 + 1)
}

/// What a bar is called: a month, a quarter or the year it begins with.
fn label(month: i32, span: i32) -> String {
    match span {
        1 => iso(month),
        3 => format!("{} Q{}", month / 12, month % 12 / 3 + 1),
        12 => format!("{}", month / 12),
        _ => format!("{}–{}", month / 12, (month + span - 1) / 12),
    }
}
