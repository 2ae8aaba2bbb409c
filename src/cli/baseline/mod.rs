//! `outgate baseline`: what is known is written down, so that only what is new fails.
//!
//! Owns making the file and bringing it up to date. Does not own deciding about each finding
//! (`audit`) or the file itself (`baseline`).

mod audit;

use std::io::{self, Write as _};
use std::path::PathBuf;

use super::args::{BaselineCommand, BaselineScanArgs, NewEntryArgs};
use super::configuration::Configuration;
use super::{Error, Exit, clock, output, scan};
use crate::baseline::{Baseline, Decision, Entry, NewEntry};
use crate::pipeline::{Part, Sources};
use crate::report::{Finding, escape};

pub(super) fn run(command: &BaselineCommand) -> Result<Exit, Error> {
    match command {
        BaselineCommand::Create { scan, entry, force } => create(scan, entry, *force),
        BaselineCommand::Update { scan, entry, add } => update(scan, entry, *add),
        BaselineCommand::Audit { scan, all } => audit::run(scan, *all),
    }
}

/// What a scan without any baseline finds, and where the baseline lies.
struct Scanned {
    findings: Vec<Finding>,
    is_complete: bool,
    file: PathBuf,
}

impl Scanned {
    fn new(args: &BaselineScanArgs) -> Result<Self, Error> {
        let mut configuration = Configuration::load(&args.config, &args.path)?;
        // Before the settings, which read the file: it need not be there or be valid.
        let file = configuration.take_baseline(&args.path);
        let settings = scan::settings(&args.config, &args.display, &configuration)?;
        let sources = Sources::Paths {
            paths: vec![args.path.clone()],
            part: Part::Both,
        };
        let outcome = scan::search(settings, &sources, !args.display.no_progress)?;
        Ok(Self {
            is_complete: outcome.report.run.complete,
            findings: outcome.report.findings,
            file,
        })
    }

    /// The code to end with: what was not read may hold more.
    fn exit(&self) -> Exit {
        if self.is_complete {
            return Exit::Clean;
        }
        say("not everything could be read; `outgate scan` says what and why");
        Exit::Incomplete
    }
}

fn create(args: &BaselineScanArgs, entry: &NewEntryArgs, force: bool) -> Result<Exit, Error> {
    let scanned = Scanned::new(args)?;
    let mut baseline = Baseline::new()?;
    for finding in &scanned.findings {
        insert(&mut baseline, finding, Decision::Known, entry);
    }
    output::create(&scanned.file, &baseline.render(), force)?;
    let count = scanned.findings.len();
    say(&format!(
        "wrote {} to `{}`",
        plural(count, "known finding"),
        scanned.file.display()
    ));
    Ok(scanned.exit())
}

fn update(args: &BaselineScanArgs, entry: &NewEntryArgs, add: bool) -> Result<Exit, Error> {
    let scanned = Scanned::new(args)?;
    let mut baseline = Baseline::read(&scanned.file)?;
    // What could not be read may hold what seems to be gone.
    let stale = if scanned.is_complete {
        take_stale(&mut baseline, &scanned.findings)
    } else {
        Vec::new()
    };
    let mut new = 0;
    for finding in &scanned.findings {
        if baseline.find(&finding.fingerprint).is_some() {
            baseline.relocate(&finding.fingerprint, &finding.occurrences[0].path);
        } else {
            new += 1;
            if add {
                insert(&mut baseline, finding, Decision::Known, entry);
            }
        }
    }
    output::create(&scanned.file, &baseline.render(), true)?;
    for entry in &stale {
        say(&format!("gone: {} in `{}`", entry.detector, entry.path));
    }
    let new = match (new, add) {
        (0, _) => String::new(),
        (new, true) => format!(", {new} added"),
        (new, false) => format!(", {new} new and not added (`--add` does)"),
    };
    say(&format!(
        "{} in `{}`: {} taken out{new}",
        plural(baseline.entries().count(), "known finding"),
        scanned.file.display(),
        stale.len()
    ));
    Ok(scanned.exit())
}

fn take_stale(baseline: &mut Baseline, findings: &[Finding]) -> Vec<Entry> {
    baseline.take_stale(findings.iter().map(|finding| finding.fingerprint.as_str()))
}

/// Writes down a finding.
fn insert(baseline: &mut Baseline, finding: &Finding, decision: Decision, entry: &NewEntryArgs) {
    baseline.insert(
        &finding.fingerprint,
        NewEntry {
            path: &finding.occurrences[0].path,
            detector: &finding.detector,
            decision,
            reason: entry.reason.as_deref(),
            expires: entry.expires.map(|day| day.0),
            today: clock::today(),
        },
    );
}

fn say(line: &str) {
    drop(writeln!(io::stderr(), "{}", escape(line)));
}

fn plural(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}
