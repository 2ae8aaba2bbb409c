//! Git's own hooks: putting outgate among them and taking it out again.
//!
//! Owns the script, where it goes and the hook that was there before, which is kept beside it and
//! runs first. Does not own what the hook does.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum as _;

use super::super::args::HookStage;
use super::super::{Error, Exit};
use crate::walker::{Hooks, Repository};

/// A line by which our own script is known again.
const MARK: &str = "# installed by `outgate hook install`; `outgate hook uninstall` removes it";
/// What is put behind the name of a hook that was there before.
const KEPT: &str = ".before-outgate";

pub(super) fn install(stages: &[HookStage]) -> Result<Exit, Error> {
    let folder = folder()?;
    fs::create_dir_all(&folder).map_err(|fault| failed("make the folder", &folder, &fault))?;
    for &stage in stages {
        let hook = folder.join(name(stage));
        let kept = folder.join(format!("{}{KEPT}", name(stage)));
        let is_there = hook.symlink_metadata().is_ok();
        if is_there && !is_ours(&hook) {
            if kept.symlink_metadata().is_ok() {
                return Err(Error::Hook {
                    what: format!(
                        "`{}` is a hook, and `{}` is one kept from before",
                        hook.display(),
                        kept.display()
                    ),
                    hint: "remove the one that is no longer wanted".to_owned(),
                });
            }
            fs::rename(&hook, &kept).map_err(|fault| failed("keep", &hook, &fault))?;
            say(&format!(
                "kept the hook that was there as `{}`",
                kept.display()
            ));
        }
        write(&hook, &script(stage))?;
        say(&format!("installed `{}`", hook.display()));
    }
    Ok(Exit::Clean)
}

pub(super) fn uninstall(stages: &[HookStage]) -> Result<Exit, Error> {
    let folder = folder()?;
    let all = HookStage::value_variants();
    let stages = if stages.is_empty() { all } else { stages };
    let mut removed = 0;
    for &stage in stages {
        let hook = folder.join(name(stage));
        if !is_ours(&hook) {
            continue;
        }
        fs::remove_file(&hook).map_err(|fault| failed("remove", &hook, &fault))?;
        removed += 1;
        say(&format!("removed `{}`", hook.display()));
        let kept = folder.join(format!("{}{KEPT}", name(stage)));
        if kept.symlink_metadata().is_ok() {
            fs::rename(&kept, &hook).map_err(|fault| failed("put back", &kept, &fault))?;
            say("put back the hook that was there before");
        }
    }
    if removed == 0 {
        say(&format!("no hook of outgate is in `{}`", folder.display()));
    }
    Ok(Exit::Clean)
}

fn say(line: &str) {
    drop(writeln!(io::stderr(), "{}", crate::report::escape(line)));
}

fn name(stage: HookStage) -> &'static str {
    match stage {
        HookStage::PreCommit => "pre-commit",
        HookStage::PrePush => "pre-push",
    }
}

/// The folder in which git looks for the hooks of this repository (githooks(5)).
fn folder() -> Result<PathBuf, Error> {
    let here = Path::new(".");
    let repository = Repository::discover(here)?.ok_or_else(|| Error::Hook {
        what: "there is no git repository here".to_owned(),
        hint: "run it in a folder of the repository".to_owned(),
    })?;
    let line = "`outgate hook run --staged`";
    match repository.hooks()? {
        Hooks::Shared(path) => Err(Error::Hook {
            what: format!(
                "`core.hooksPath` is `{}` for all repositories of this machine",
                path.display()
            ),
            hint: format!("put {line} into the hook there, or set `core.hooksPath` here"),
        }),
        Hooks::Own(path) if path.ends_with(".husky/_") => Err(Error::Hook {
            what: "husky keeps the hooks of this repository, and writes them anew".to_owned(),
            hint: format!("put {line} into `.husky/pre-commit`"),
        }),
        Hooks::Own(path) => Ok(path),
    }
}

fn is_ours(hook: &Path) -> bool {
    fs::read(hook).is_ok_and(|text| text.windows(MARK.len()).any(|part| part == MARK.as_bytes()))
}

/// The script of a hook. It looks for outgate on the path first, so that an update counts, and where
/// it was when the hook was installed second: programs with windows have a path of their own.
fn script(stage: HookStage) -> String {
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("outgate"));
    let program = program.to_string_lossy().replace('\\', "/");
    let program = program.replace('\'', r"'\''");
    let head = format!(
        "#!/bin/sh\n{MARK}\n\
         outgate=$(command -v outgate) || outgate='{program}'\n\
         before=$(dirname \"$0\")/{}{KEPT}\n",
        name(stage)
    );
    let body = match stage {
        HookStage::PreCommit => {
            "if test -x \"$before\"; then \"$before\" \"$@\" || exit; fi\n\
             exec \"$outgate\" hook run --staged\n"
        }
        HookStage::PrePush => {
            "input=$(cat)\n\
             if test -x \"$before\"; then printf '%s\\n' \"$input\" | \"$before\" \"$@\" || exit; fi\n\
             printf '%s\\n' \"$input\" | \"$outgate\" hook run --push --remote \"$1\"\n"
        }
    };
    format!("{head}{body}")
}

fn write(hook: &Path, script: &str) -> Result<(), Error> {
    // A link would be written through.
    drop(fs::remove_file(hook));
    fs::write(hook, script).map_err(|fault| failed("write", hook, &fault))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(hook, fs::Permissions::from_mode(0o755))
            .map_err(|fault| failed("make executable", hook, &fault))?;
    }
    Ok(())
}

fn failed(what: &str, path: &Path, fault: &io::Error) -> Error {
    Error::Hook {
        what: format!("cannot {what} `{}`: {fault}", path.display()),
        hint: "the folder of hooks must be writable".to_owned(),
    }
}
