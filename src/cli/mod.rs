//! The command line: flags in, exit code out.
//!
//! Owns the mapping from flags to a pipeline and from its outcome to messages and exit codes.
//! One file a subcommand. Does not own what a scan does.

mod args;
mod baseline;
mod ci;
mod clock;
mod config;
mod configuration;
mod detectors;
mod error;
mod exit;
mod generate;
mod hook;
mod interrupt;
mod output;
mod progress;
mod report;
mod scan;
mod submit;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{ArgMatches, FromArgMatches as _};

pub use args::{Cli, command};
pub use error::Error;
pub use exit::Exit;

/// Runs a command line and gives the code to exit with. A bug ends in `Exit::Error` too, with
/// the place of the panic and nothing of what was being read.
pub fn run(args: impl Iterator<Item = OsString> + std::panic::UnwindSafe) -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(String::new, |place| format!(" at {place}"));
        drop(writeln!(
            io::stderr(),
            "error: internal error{place}; please report it"
        ));
    }));
    std::panic::catch_unwind(|| dispatch(args))
        .unwrap_or(Exit::Error)
        .into()
}

fn dispatch(args: impl Iterator<Item = OsString>) -> Exit {
    let args: Vec<OsString> = args.collect();
    if let Err(fault) = hook::check_names(&args) {
        return complain(&fault);
    }
    let parsed = command().try_get_matches_from(args);
    let parsed = parsed.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(fault) => return usage(&fault),
    };
    let outcome = match cli.command {
        args::Command::Scan(args) => scan::run(&args),
        args::Command::Submit(args) => submit::run(&args),
        args::Command::Hook(args) => hook::run(&args.command),
        args::Command::Ci(args) => ci::run(&args),
        args::Command::Baseline(args) => baseline::run(&args.command),
        args::Command::Config(args) => config::run(&args.command, innermost(&matches)),
        args::Command::Report(args) => report::run(&args),
        args::Command::Detectors(args) => detectors::run(&args.command),
        args::Command::Completions(args) => generate::completions(args.shell),
        args::Command::Man => generate::man(),
    };
    outcome.unwrap_or_else(|fault| complain(&fault))
}

/// The values of the subcommand that was named last.
fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches
        .subcommand()
        .map_or(matches, |(_, inner)| innermost(inner))
}

/// Prints help, version or a usage error as clap words it.
fn usage(fault: &clap::Error) -> Exit {
    // A closed pipe while printing help is the reader's choice.
    drop(fault.print());
    if fault.use_stderr() {
        Exit::Error
    } else {
        Exit::Clean
    }
}

/// Prints an error with its causes and hint, and gives its exit code.
fn complain(fault: &Error) -> Exit {
    if fault.is_broken_pipe() {
        return Exit::Clean;
    }
    let mut text = format!("error: {fault}");
    let mut source = std::error::Error::source(fault);
    while let Some(cause) = source {
        text.push_str(&format!("\n  caused by: {cause}"));
        source = cause.source();
    }
    if let Some(hint) = fault.hint() {
        text.push_str(&format!("\n  hint: {hint}"));
    }
    for line in text.lines() {
        drop(writeln!(io::stderr(), "{}", crate::report::escape(line)));
    }
    Exit::Error
}
