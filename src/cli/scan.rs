//! `outgate scan`: flags and configuration to a run, a run to reports and an exit code.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::args::{ScanArgs, Show};
use super::{Error, Exit, interrupt, output, progress};
use crate::config::{self, Config, FailOn};
use crate::detectors::DetectorSet;
use crate::engine;
use crate::findings::Verdict;
use crate::pipeline::{self, Outcome, Part, Settings, Sources};
use crate::walker::{Progress, Repository, read_list};

pub(super) fn run(args: &ScanArgs) -> Result<Exit, Error> {
    let started = Instant::now();
    let outputs = output::open_all(&args.output)?;
    let sources = sources(args)?;
    let config = configuration(args)?;
    let fail_on = args.fail_on.or(config.fail_on).unwrap_or(FailOn::Possible);
    let settings = settings(args, config)?;
    let interrupt = interrupt::watch();
    let counters = Progress::default();
    let outcome = progress::shown(!args.no_progress && !args.quiet, &counters, || {
        pipeline::run(settings, &sources, interrupt, &counters)
    })?;
    let report = &outcome.report;
    output::write_stdout(report, args)?;
    for output in outputs {
        output.write(report)?;
    }
    if args.verbose {
        let seconds = started.elapsed().as_secs_f64();
        let line = format!("{} detectors, {seconds:.2} s", report.run.detectors);
        drop(writeln!(io::stderr(), "{line}"));
    }
    Ok(exit(&outcome, fail_on, args.exit_zero))
}

fn exit(outcome: &Outcome, fail_on: FailOn, exit_zero: bool) -> Exit {
    let fails = outcome
        .gravest
        .is_some_and(|verdict| is_met(fail_on, verdict));
    if outcome.report.run.interrupted {
        Exit::Interrupted
    } else if fails && !exit_zero {
        Exit::Findings
    } else if outcome.report.coverage.is_complete() {
        Exit::Clean
    } else {
        Exit::Incomplete
    }
}

/// Says whether a verdict fails the run.
fn is_met(fail_on: FailOn, verdict: Verdict) -> bool {
    match fail_on {
        FailOn::Verified => verdict >= Verdict::Verified,
        FailOn::Likely => verdict >= Verdict::Likely,
        FailOn::Possible => verdict >= Verdict::Possible,
        FailOn::Unlikely => true,
        FailOn::Never => false,
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
        // Git names another index while it runs the hooks of `git commit --all`.
        let index = std::env::var_os("GIT_INDEX_FILE").map(PathBuf::from);
        return Ok(Sources::Staged {
            path: one()?,
            index,
        });
    }
    if let Some(range) = &args.range {
        return Ok(Sources::Range(one()?, range.clone()));
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

/// The configuration: the named file, else the nearest one above the first path.
fn configuration(args: &ScanArgs) -> Result<Config, Error> {
    if args.isolated {
        return Ok(Config::default());
    }
    if let Some(path) = &args.config {
        return Ok(config::read(path)?);
    }
    let named = args.paths.first().map_or(Path::new("."), PathBuf::as_path);
    let start = if named == Path::new("-") {
        Path::new(".")
    } else {
        named
    };
    let Ok(start) = start.canonicalize() else {
        return Ok(Config::default());
    };
    let root = Repository::discover(&start)
        .ok()
        .flatten()
        .and_then(|repository| {
            repository
                .workdir()
                .and_then(|path| path.canonicalize().ok())
        });
    match config::discover(&start, root.as_deref()) {
        Some(path) => Ok(config::read(&path)?),
        None => Ok(Config::default()),
    }
}

fn settings(args: &ScanArgs, config: Config) -> Result<Settings, Error> {
    let threads = args.threads.map_or_else(
        || std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        std::num::NonZeroUsize::get,
    );
    Ok(Settings {
        set: DetectorSet::embedded().without(&config.detectors.off)?,
        engine: engine::Choice::default(),
        exclude: config.exclude,
        allow: config.allow,
        show: match args.show {
            Show::Verified => Verdict::Verified,
            Show::Likely => Verdict::Likely,
            Show::Possible => Verdict::Possible,
            Show::Unlikely => Verdict::Unlikely,
        },
        threads,
        max_file_size: args.max_file_size,
        obey_gitignore: !args.no_gitignore,
        full_scan: args.full_scan,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fail_on_is_a_threshold() {
        assert!(is_met(FailOn::Likely, Verdict::Verified));
        assert!(!is_met(FailOn::Likely, Verdict::Possible));
        assert!(!is_met(FailOn::Never, Verdict::Verified));
    }
}
