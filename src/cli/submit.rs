//! `outgate submit`: a scan of everything that leaves, judged by a profile.
//!
//! Owns where the reports go and the exit code. Does not own the judgement (`submission`).

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use super::args::{ConfigArgs, SubmitArgs};
use super::configuration::Configuration;
use super::{Error, Exit, output, scan};
use crate::pipeline::Sources;
use crate::report::{Answer, Format, ItemState, Report, Style, escape};
use crate::submission::{Profile, answer};
use crate::walker::{Limits, Repository};

/// The reports that are written.
const REPORTS: [(&str, Format); 3] = [
    ("outgate-report.json", Format::Json),
    ("outgate-report.sarif", Format::Sarif),
    ("outgate-report.html", Format::Html),
];

pub(super) fn run(args: &SubmitArgs) -> Result<Exit, Error> {
    let profile = match &args.profile {
        Some(path) => Profile::read(path)?,
        None => Profile::submission()?,
    };
    let out = match &args.out {
        Some(out) => out.clone(),
        None => choose_folder(&args.path),
    };
    fs::create_dir_all(&out).map_err(|source| fault(&out, source))?;
    let config = ConfigArgs {
        config: None,
        isolated: false,
        untrusted: true,
        no_ignores: true,
        baseline: None,
        detectors: args.detectors.clone(),
        no_model: false,
        fail_on: None,
        max_file_size: profile.max_file_size,
        threads: args.threads,
    };
    let configuration = Configuration::load(&config, &args.path)?;
    let mut settings = scan::settings(&config, &args.display, &configuration)?;
    settings.list_all = args.explain_coverage;
    settings.unpack = Some(Limits::default());
    let sources = Sources::Submission(args.path.clone());
    let wants_progress = !args.display.no_progress && !args.quiet;
    let mut report = scan::search(settings, &sources, wants_progress)?.report;
    // An archive holds files to be changed.
    let is_archive = report.run.sources.iter().any(|source| source == "files");
    let is_bare = is_bare(&args.path) && !is_archive;
    report.submission = Some(answer(&profile, &report, is_bare));
    let paths = write_reports(&report, &out)?;
    write_stdout(&report, args, &paths)?;
    Ok(exit(&report))
}

/// Says whether a path is a repository without a working tree, or a bundle.
fn is_bare(path: &Path) -> bool {
    let is_at = |repository: &Repository| {
        let same = repository.git_dir().canonicalize().ok() == path.canonicalize().ok();
        repository.is_bare() && same
    };
    path.is_file()
        || Repository::discover(path)
            .ok()
            .flatten()
            .is_some_and(|one| is_at(&one))
}

/// The code that an answer ends with.
fn exit(report: &Report) -> Exit {
    let answer = report.submission.as_ref().map(|one| one.answer);
    match answer {
        _ if report.run.interrupted => Exit::Interrupted,
        Some(Answer::Ready) => Exit::Clean,
        Some(Answer::NotReady) => Exit::Findings,
        Some(Answer::CannotTell) | None => Exit::Incomplete,
    }
}

/// The current folder, unless that would leave with the rest.
fn choose_folder(path: &Path) -> PathBuf {
    let here = PathBuf::from(".");
    let (Ok(scanned), Ok(current)) = (path.canonicalize(), here.canonicalize()) else {
        return here;
    };
    match scanned.parent() {
        Some(beside) if current.starts_with(&scanned) => beside.to_owned(),
        _ => here,
    }
}

fn write_reports(report: &Report, out: &Path) -> Result<Vec<PathBuf>, Error> {
    let style = Style {
        color: false,
        quiet: false,
    };
    let write = |(name, format): (&str, Format)| {
        let path = out.join(name);
        let written = File::create(&path).and_then(|file| {
            let mut file = BufWriter::new(file);
            report.write(format, style, &mut file)?;
            file.flush()
        });
        written.map_err(|source| fault(&path, source))?;
        Ok(path)
    };
    REPORTS.into_iter().map(write).collect()
}

fn fault(path: &Path, source: io::Error) -> Error {
    Error::Output {
        path: path.display().to_string(),
        source,
    }
}

fn write_stdout(report: &Report, args: &SubmitArgs, paths: &[PathBuf]) -> Result<(), Error> {
    let stdout = io::stdout().lock();
    let style = Style {
        color: output::wants_color(args.color, stdout.is_terminal()),
        quiet: args.quiet,
    };
    let mut out = BufWriter::new(stdout);
    let mut write = || -> io::Result<()> {
        write_coverage(report, &mut out)?;
        let names: Vec<String> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        writeln!(out, "reports: {}", escape(&names.join(", ")))?;
        report.write(Format::Plain, style, &mut out)?;
        out.flush()
    };
    write().or_else(|fault| match fault.kind() {
        // The reader has seen enough; the exit code still tells the outcome.
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Error::Stdout(fault)),
    })
}

/// Lists everything that is there with what became of it.
fn write_coverage(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for item in report.coverage.items.iter().flatten() {
        let state = match item.state {
            ItemState::Scanned => "scanned",
            ItemState::AsObjects => "scanned as objects",
            ItemState::Skipped => "skipped",
            ItemState::Unreadable => "unreadable",
        };
        let reason = item
            .reason
            .as_ref()
            .map_or(String::new(), |one| format!(": {one}"));
        let detail = if item.detail.is_empty() {
            String::new()
        } else {
            format!(" ({})", item.detail)
        };
        let line = format!(
            "{}{detail}: {} bytes: {state}{reason}",
            item.name, item.bytes
        );
        writeln!(out, "{}", escape(&line))?;
    }
    Ok(())
}
