//! `outgate hook`: what a commit or a push is about to take, and git's own hooks.
//!
//! Owns which bytes each kind of hook judges. Does not own the files in git's folder of hooks
//! (`install`).

mod install;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use super::args::{HookCommand, HookRunArgs};
use super::configuration::Configuration;
use super::{Error, Exit, output, scan};
use crate::pipeline::Sources;
use crate::walker::Commits;

pub(super) fn run(command: &HookCommand) -> Result<Exit, Error> {
    match command {
        HookCommand::Run(args) => judge(args),
        HookCommand::Install(args) => install::install(&args.stages),
        HookCommand::Uninstall(args) => install::uninstall(&args.stages),
    }
}

/// Refuses a file whose name is that of a flag: a hook manager names it as an argument, and a
/// repository could switch its own gate off.
pub(super) fn check_names(args: &[OsString]) -> Result<(), Error> {
    let is_run =
        args.get(1).is_some_and(|arg| arg == "hook") && args.get(2).is_some_and(|arg| arg == "run");
    if !is_run {
        return Ok(());
    }
    let flags = args[3..].iter().take_while(|arg| *arg != "--");
    let named = |arg: &&OsString| {
        arg.as_encoded_bytes().starts_with(b"-") && Path::new(arg).symlink_metadata().is_ok()
    };
    match flags.into_iter().find(named) {
        Some(arg) => Err(Error::Hook {
            what: format!("`{}` is a file here and could be a flag", arg.display()),
            hint: "rename the file, or put `--` before the names of files".to_owned(),
        }),
        None => Ok(()),
    }
}

fn judge(args: &HookRunArgs) -> Result<Exit, Error> {
    let outputs = output::open_all(&args.output.format.output)?;
    let Some(sources) = sources(args)? else {
        drop(writeln!(io::stderr(), "nothing is pushed"));
        return Ok(Exit::Clean);
    };
    let configuration = Configuration::load(&args.config, Path::new("."))?;
    let settings = scan::settings(&args.config, &args.output.display, &configuration)?;
    let outcome = scan::search(settings, &sources, args.output.wants_progress())?;
    let format = &args.output.format;
    output::write_all(&outcome.report, format, args.output.quiet, outputs)?;
    let fail_on = configuration.effective.fail_on.value;
    Ok(scan::exit(&outcome, fail_on, args.output.exit_zero))
}

/// What is judged; nothing when git says that a push takes nothing.
fn sources(args: &HookRunArgs) -> Result<Option<Sources>, Error> {
    if args.push {
        return pushed(args);
    }
    let index = scan::index_of_hook();
    Ok(Some(if args.staged {
        Sources::Staged {
            path: ".".into(),
            index,
        }
    } else {
        Sources::Named {
            paths: args.files.clone(),
            index,
        }
    }))
}

/// The commits of a push: from the variables of the pre-commit framework, else from the lines that
/// git writes to a pre-push hook.
fn pushed(args: &HookRunArgs) -> Result<Option<Sources>, Error> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let commits = |commits| Sources::Commits {
        path: ".".into(),
        commits,
    };
    let ends = variable("PRE_COMMIT_FROM_REF").zip(variable("PRE_COMMIT_TO_REF"));
    if let Some((from, to)) = ends {
        return Ok(Some(commits(vec![Commits::Range(format!("{from}..{to}"))])));
    }
    let remote = args.remote.as_deref().unwrap_or("origin");
    let on_remote = format!("refs/remotes/{remote}/*");
    if let Some(branch) = variable("PRE_COMMIT_LOCAL_BRANCH") {
        return Ok(Some(commits(vec![Commits::New {
            tip: branch,
            known: vec![on_remote],
        }])));
    }
    let mut lines = String::new();
    if io::stdin().is_terminal() {
        return Err(Error::Usage(
            "`--push` reads from standard input what git tells a pre-push hook".to_owned(),
        ));
    }
    io::stdin()
        .read_to_string(&mut lines)
        .map_err(|fault| Error::Usage(format!("standard input cannot be read: {fault}")))?;
    // A remote is named by the hook that git runs; without one, nothing to judge is a mistake.
    if lines.trim().is_empty() && args.remote.is_some() {
        return Ok(None);
    }
    let new = lines
        .lines()
        .map(|line| parse_push(line, &on_remote))
        .collect::<Result<Vec<_>, _>>()?;
    let new: Vec<Commits> = new.into_iter().flatten().collect();
    let only_deletes = new.is_empty() && !lines.trim().is_empty();
    Ok((!only_deletes).then(|| commits(new)))
}

/// Reads `<local ref> <local id> <remote ref> <remote id>` (githooks(5)); a deleted ref pushes
/// nothing.
fn parse_push(line: &str, on_remote: &str) -> Result<Option<Commits>, Error> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [_, local, _, remote] = fields[..] else {
        return Err(Error::Usage(
            "standard input is not what git tells a pre-push hook".to_owned(),
        ));
    };
    let is_zero = |id: &str| id.bytes().all(|byte| byte == b'0');
    if is_zero(local) {
        return Ok(None);
    }
    let known = [on_remote, remote];
    Ok(Some(Commits::New {
        tip: local.to_owned(),
        known: known
            .into_iter()
            .filter(|one| !is_zero(one))
            .map(str::to_owned)
            .collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_git_names_new_commits() {
        let (old, new, zero) = ("a".repeat(40), "b".repeat(40), "0".repeat(40));
        let parse = |line: String| parse_push(&line, "refs/remotes/o/*");
        let known = |line| match parse(line).unwrap() {
            Some(Commits::New { tip, known }) => Some((tip, known.len())),
            _ => None,
        };
        let line = format!("refs/heads/x {new} refs/heads/x {old}");
        assert_eq!(known(line), Some((new.clone(), 2)));
        let line = format!("refs/heads/x {new} refs/heads/x {zero}");
        assert_eq!(known(line), Some((new, 1)));
        assert_eq!(known(format!("(delete) {zero} refs/heads/x {old}")), None);
        assert!(parse("nonsense".to_owned()).is_err());
    }
}
