//! `outgate scan`: flags to sources, and what every scan has in common: configuration to a run, a
//! run to reports and an exit code.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::args::{ConfigArgs, DisplayArgs, ScanArgs};
use super::configuration::{Configuration, Hiding};
use super::{Error, Exit, clock, interrupt, output, progress};
use crate::config::{Effective, FailOn};
use crate::detectors::{DetectorSet, list_files};
use crate::engine;
use crate::findings::Verdict;
use crate::pipeline::{self, Outcome, Part, Settings, Sources};
use crate::report::Notice;
use crate::verifier::Generic;
use crate::walker::{Commits, Limits, Progress, Sizes, read_list};

pub(super) fn run(args: &ScanArgs) -> Result<Exit, Error> {
    let watch = Instant::now();
    let outputs = output::open_all(&args.output.format.output)?;
    let sources = sources(args)?;
    let start = args.paths.first().map_or(Path::new("."), PathBuf::as_path);
    let configuration = Configuration::load(&args.config, start)?;
    let mut settings = settings(&args.config, &args.output.display, &configuration)?;
    settings.full_scan = args.full_scan;
    settings.unpack = args.unpack.then(|| limits(args));
    settings.obey_gitignore &= !args.no_gitignore;
    let outcome = search(settings, &sources, args.output.wants_progress())?;
    let format = &args.output.format;
    output::write_all(&outcome.report, format, args.output.quiet, outputs)?;
    if args.output.verbose {
        let seconds = watch.elapsed().as_secs_f64();
        let line = format!("{} detectors, {seconds:.2} s", outcome.report.run.detectors);
        drop(writeln!(io::stderr(), "{line}"));
    }
    let fail_on = configuration.effective.fail_on.value;
    Ok(exit(&outcome, fail_on, args.output.exit_zero))
}

fn limits(args: &ScanArgs) -> Limits {
    let total = args
        .max_unpacked
        .map_or(Limits::default().total, |size| size.0);
    Limits {
        total,
        ..Limits::default()
    }
}

/// Runs the pipeline, with a progress display where one is wanted.
pub(super) fn search(
    settings: Settings,
    sources: &Sources,
    wants_progress: bool,
) -> Result<Outcome, Error> {
    let started = clock::now();
    let interrupt = interrupt::watch();
    let counters = Progress::default();
    let mut outcome = progress::shown(wants_progress, &counters, || {
        pipeline::run(settings, sources, interrupt, &counters)
    })?;
    outcome.report.run.started = started;
    outcome.report.run.ended = clock::now();
    Ok(outcome)
}

/// The code that an outcome ends with.
pub(super) fn exit(outcome: &Outcome, fail_on: FailOn, exit_zero: bool) -> Exit {
    let fails = gate(fail_on).is_some_and(|gate| outcome.gravest >= Some(gate));
    if outcome.report.run.interrupted {
        Exit::Interrupted
    } else if fails && !exit_zero {
        Exit::Findings
    } else if outcome.report.coverage.complete {
        Exit::Clean
    } else {
        Exit::Incomplete
    }
}

/// The least verdict that fails the run, if any does.
fn gate(fail_on: FailOn) -> Option<Verdict> {
    match fail_on {
        FailOn::Verified => Some(Verdict::Verified),
        FailOn::Likely => Some(Verdict::Likely),
        FailOn::Possible => Some(Verdict::Possible),
        FailOn::Unlikely => Some(Verdict::Unlikely),
        FailOn::Never => None,
    }
}

fn sources(args: &ScanArgs) -> Result<Sources, Error> {
    let one = || match args.paths.as_slice() {
        [path] => Ok(path.clone()),
        _ => Err(Error::Usage(
            "`--staged` and `--range` take one repository".to_owned(),
        )),
    };
    if let Some(list) = &args.files_from {
        return Ok(Sources::List(read_list(list)?));
    }
    if args.staged {
        return Ok(Sources::Staged {
            path: one()?,
            index: index_of_hook(),
        });
    }
    if let Some(range) = &args.range {
        return Ok(Sources::Commits {
            path: one()?,
            commits: vec![Commits::Range(range.clone())],
        });
    }
    if args.paths == [PathBuf::from("-")] {
        return Ok(Sources::Stdin);
    }
    let part = match (args.tree, args.history) {
        (true, _) => Part::Tree,
        (_, true) => Part::History,
        _ => Part::Both,
    };
    Ok(Sources::Paths {
        paths: args.paths.clone(),
        part,
    })
}

/// The index that git names while it runs a hook: another one with `git commit --all`.
pub(super) fn index_of_hook() -> Option<PathBuf> {
    std::env::var_os("GIT_INDEX_FILE").map(PathBuf::from)
}

/// What a scan goes by, all of history and the tree as git sees it.
pub(super) fn settings(
    args: &ConfigArgs,
    display: &DisplayArgs,
    configuration: &Configuration,
) -> Result<Settings, Error> {
    let threads = args.threads.map_or_else(
        || std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        std::num::NonZeroUsize::get,
    );
    let Hiding {
        obeyed,
        audited,
        comments,
        mut notices,
    } = configuration.hiding(args)?;
    let effective = &configuration.effective;
    let (set, faults) = detectors(effective)?;
    notices.extend(faults);
    Ok(Settings {
        set,
        engine: engine::Choice::default(),
        exclude: effective.exclude.value.clone(),
        rules: obeyed,
        audited,
        comments,
        notices,
        today: clock::today(),
        generic: if args.no_model {
            Generic::Rules
        } else {
            Generic::Model
        },
        show: display.show.into(),
        gate: gate(effective.fail_on.value),
        threads,
        max_file_size: effective.max_file_size.value.0,
        sizes: Sizes::default(),
        obey_gitignore: !args.untrusted,
        full_scan: false,
        list_all: false,
        unpack: None,
        digest: false,
    })
}

/// The detectors that run, and what is unwise in those that are not built in.
fn detectors(effective: &Effective) -> Result<(DetectorSet, Vec<Notice>), Error> {
    let files = list_files(&effective.detectors.value)?;
    let (set, faults) = DetectorSet::embedded().with(&files)?;
    let notices = faults.into_iter().map(|(path, fault)| {
        let name = path.display();
        Notice::detector(format!("{name}: {}: {}", fault.detector, fault.message))
    });
    Ok((set.without(&effective.off.value)?, notices.collect()))
}
