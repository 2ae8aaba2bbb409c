//! `outgate report`: a saved run to reports in other formats.

use std::io::{self, Read as _};
use std::path::Path;

use super::args::ReportArgs;
use super::{Error, Exit, clock, output};
use crate::report::{self, Report};

pub(super) fn run(args: &ReportArgs) -> Result<Exit, Error> {
    let mut report = read(&args.file)?;
    // A saved run names no time, so that the same scan saves the same bytes.
    report.run.started = clock::now();
    report.run.ended = report.run.started;
    let outputs = output::open_all(&args.format.output)?;
    output::write_all(&report, &args.format, false, outputs)?;
    Ok(Exit::Clean)
}

/// Reads a file or, for `-`, standard input.
fn read(path: &Path) -> Result<Report, Error> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let name = || path.display().to_string();
    let bytes = bytes.map_err(|source| Error::Input {
        path: name(),
        source,
    })?;
    report::read(&bytes).map_err(|source| Error::Saved {
        path: name(),
        source,
    })
}
