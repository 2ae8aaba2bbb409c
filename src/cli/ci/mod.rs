//! `outgate ci`: one run of GitHub Actions, from its event to annotations, summary and outputs.
//!
//! Owns what is judged, what is reported where, and that nothing in the scanned text can pass for a
//! command of the workflow. Does not own events (`event`) or the files that GitHub reads (`runner`).

mod event;
mod runner;

use std::io::{self, Write as _};
use std::path::Path;

use super::args::{CiArgs, Scope};
use super::configuration::Configuration;
use super::{Error, Exit, output, scan};
use crate::pipeline::{Outcome, Part, Sources};
use crate::report::{Format, Report, Style};
use crate::walker::{Commits, Repository};
use event::Event;
use runner::Runner;

pub(super) fn run(args: &CiArgs) -> Result<Exit, Error> {
    let runner = Runner::from_env()?;
    let event = Event::parse(&runner.event_name, &runner.payload()?).map_err(Error::Usage)?;
    let outputs = output::open_all(&args.output)?;
    if args.scan != Scope::Tree && is_shallow(&args.path)? {
        let text = "the clone is shallow, and history is not all there: set `fetch-depth: 0` for \
                    actions/checkout";
        print(&format!("::error title=outgate::{text}\n"))?;
        runner.write_outputs(&[("exit-code", "3"), ("coverage", "incomplete")])?;
        return Ok(Exit::Incomplete);
    }
    let commits = match (args.scan, event.commits) {
        (Scope::Auto | Scope::Range, Some(commits)) => Some(commits),
        (Scope::Range, None) => {
            return Err(Error::Usage(format!(
                "the event `{}` has no commits of its own; leave out `--scan range`",
                runner.event_name
            )));
        }
        _ => None,
    };
    if commits.as_ref().is_some_and(Vec::is_empty) {
        print("::notice title=outgate::the branch was deleted, and nothing is scanned\n")?;
        runner.write_outputs(&[("exit-code", "0"), ("findings", "0"), ("new-findings", "0")])?;
        return Ok(Exit::Clean);
    }
    let is_range = commits.is_some();
    let configuration = Configuration::load(&args.config, &args.path)?;
    let judged = search(args, &configuration, commits)?;
    let fail_on = configuration.effective.fail_on.value;
    let exit = scan::exit(&judged, fail_on, args.exit_zero);
    show(&judged.report)?;
    runner.write_summary(&judged.report)?;
    for output in outputs {
        output.write(&judged.report)?;
    }
    if let Some(path) = &args.sarif {
        // Code scanning closes alerts that the last upload lacks, so it gets all there is.
        if is_range && args.scan == Scope::Auto {
            let all = search(args, &configuration, None)?;
            write_sarif(path, &all.report)?;
        } else {
            write_sarif(path, &judged.report)?;
        }
    }
    let uploads = event.may_write && args.scan != Scope::Range;
    write_outputs(&runner, args, &judged.report, exit, uploads)?;
    Ok(exit)
}

/// Scans commits, or what there is.
fn search(
    args: &CiArgs,
    configuration: &Configuration,
    commits: Option<Vec<Commits>>,
) -> Result<Outcome, Error> {
    let settings = scan::settings(&args.config, &args.display, configuration)?;
    let part = match args.scan {
        Scope::Tree => Part::Tree,
        _ => Part::Both,
    };
    let paths = || vec![args.path.clone()];
    let sources = match commits {
        Some(commits) => Sources::Commits {
            path: args.path.clone(),
            commits,
        },
        None => Sources::Paths {
            paths: paths(),
            part,
        },
    };
    scan::search(settings, &sources, false)
}

fn is_shallow(path: &Path) -> Result<bool, Error> {
    let repository = Repository::discover(path)?;
    Ok(repository.is_some_and(|repository| repository.is_shallow()))
}

/// Prints the report for people, with commands switched off, and then the annotations.
fn show(report: &Report) -> Result<(), Error> {
    let mut text = Vec::new();
    let style = Style {
        color: true,
        quiet: false,
    };
    let token = runner::draw_token()?;
    text.extend(format!("::stop-commands::{token}\n").into_bytes());
    report
        .write(Format::Plain, style, &mut text)
        .map_err(Error::Stdout)?;
    text.extend(format!("::{token}::\n").into_bytes());
    report
        .write(Format::Github, style, &mut text)
        .map_err(Error::Stdout)?;
    io::stdout().write_all(&text).map_err(Error::Stdout)
}

fn print(text: &str) -> Result<(), Error> {
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(Error::Stdout)
}

fn write_sarif(path: &Path, report: &Report) -> Result<(), Error> {
    let mut text = Vec::new();
    let style = Style {
        color: false,
        quiet: false,
    };
    report
        .write(Format::Sarif, style, &mut text)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|source| Error::Output {
            path: path.display().to_string(),
            source,
        })
}

fn write_outputs(
    runner: &Runner,
    args: &CiArgs,
    report: &Report,
    exit: Exit,
    uploads: bool,
) -> Result<(), Error> {
    let new = report.findings.len();
    let coverage = if report.run.complete {
        "complete"
    } else {
        "incomplete"
    };
    let category = match args.scan {
        Scope::Tree => "outgate/tree",
        _ => "outgate/history",
    };
    let sarif = args.sarif.as_ref().map(|path| path.display().to_string());
    runner.write_outputs(&[
        ("findings", &(new + report.hidden.baseline).to_string()),
        ("new-findings", &new.to_string()),
        ("exit-code", &exit.code().to_string()),
        ("sarif-file", sarif.as_deref().unwrap_or("")),
        ("sarif-category", category),
        ("coverage", coverage),
        ("upload-sarif", if uploads { "true" } else { "false" }),
    ])
}
