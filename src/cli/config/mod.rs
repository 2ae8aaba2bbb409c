//! `outgate config`: what holds and why, a file to start from, and the files of others.
//!
//! Owns how settings and their origins are shown. Does not own the settings (`config`)
//! or the import (`import`).

mod import;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::args::{ConfigCommand, ConfigInitArgs, ConfigShowArgs};
use super::configuration::Configuration;
use super::{Error, Exit};
use crate::config::{Allow, Origin, Setting};

/// A configuration file with every key, all of them commented out.
const TEMPLATE: &str = include_str!("template.toml");

/// Runs a subcommand; `matches` says which of its values come from the environment.
pub(super) fn run(command: &ConfigCommand, matches: &ArgMatches) -> Result<Exit, Error> {
    match command {
        ConfigCommand::Show(args) => show(args, matches),
        ConfigCommand::Init(args) => init(args),
        ConfigCommand::Import(args) => import::run(args),
    }
}

fn init(args: &ConfigInitArgs) -> Result<Exit, Error> {
    super::output::create(&args.file, TEMPLATE, args.force)?;
    drop(writeln!(
        io::stderr(),
        "wrote `{}`",
        crate::report::escape(&args.file.display().to_string())
    ));
    Ok(Exit::Clean)
}

fn show(args: &ConfigShowArgs, matches: &ArgMatches) -> Result<Exit, Error> {
    if !args.path.exists() {
        return Err(crate::walker::Error::NoSuchPath {
            path: args.path.clone(),
        }
        .into());
    }
    let configuration = Configuration::load(&args.config, &args.path)?;
    let file = configuration.file.as_deref();
    let mut page = Page {
        text: String::new(),
        file: file.map_or_else(String::new, shown),
        matches,
    };
    match file {
        Some(path) => page.line(&format!("# configuration file: {}", shown(path))),
        None => page.line("# no configuration file"),
    }
    let held = &configuration.effective;
    page.setting("fail-on", "fail_on", &held.fail_on, |value| {
        quoted(value.as_str())
    });
    page.setting(
        "max-file-size",
        "max_file_size",
        &held.max_file_size,
        |value| quoted(&value.to_string()),
    );
    page.setting("exclude", "", &held.exclude, |value| list(value));
    if let Some(path) = &held.baseline.value {
        page.setting("baseline", "baseline", &held.baseline, |_| {
            quoted(&shown(path))
        });
    }
    page.setting("detectors.off", "", &held.off, |value| list(value));
    page.setting("detectors.paths", "detectors", &held.detectors, |value| {
        let paths: Vec<String> = value.iter().map(|path| shown(path)).collect();
        list(&paths)
    });
    page.line("");
    for entry in &held.allow.value {
        page.allow(entry);
    }
    let text: Vec<_> = page.text.trim_end().lines().collect();
    let text = text.iter().map(|line| crate::report::escape(line) + "\n");
    io::stdout()
        .write_all(text.collect::<String>().as_bytes())
        .map_err(Error::Stdout)?;
    Ok(Exit::Clean)
}

/// The path, relative to the working directory where it lies below.
fn shown(path: &Path) -> String {
    let here = fs::canonicalize(".").unwrap_or_default();
    let path = path.strip_prefix(&here).unwrap_or(path);
    path.display().to_string()
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// The text that is printed.
struct Page<'a> {
    text: String,
    file: String,
    matches: &'a ArgMatches,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// One key with its value and origin; `flag` is the name of the flag that can set it, as clap
    /// knows it.
    fn setting<T>(
        &mut self,
        key: &str,
        flag: &str,
        setting: &Setting<T>,
        show: impl Fn(&T) -> String,
    ) {
        let origin = self.origin(setting.origin, flag);
        let line = format!("{key} = {}", show(&setting.value));
        self.line(&format!("{line:40} # {origin}"));
    }

    fn origin(&self, origin: Origin, flag: &str) -> String {
        match origin {
            Origin::Default => "default".to_owned(),
            Origin::File => self.file.clone(),
            Origin::Found => "found there".to_owned(),
            Origin::Flag => match self.matches.value_source(flag) {
                Some(ValueSource::EnvVariable) => {
                    format!("OUTGATE_{}", flag.to_uppercase())
                }
                _ => format!("--{}", flag.replace('_', "-")),
            },
        }
    }

    fn allow(&mut self, entry: &Allow) {
        self.line(&format!("[[allow]] # {}", self.file));
        if let Some(fingerprint) = &entry.fingerprint {
            self.line(&format!("fingerprint = {}", quoted(fingerprint)));
        }
        for (key, values) in [("detectors", &entry.detectors), ("paths", &entry.paths)] {
            if !values.is_empty() {
                self.line(&format!("{key} = {}", list(values)));
            }
        }
        if !entry.values.is_empty() {
            // An expression may well be the secret itself.
            let count = entry.values.len();
            self.line(&format!("# values: {count}, not shown"));
        }
        self.line(&format!("reason = {}", quoted(&entry.reason)));
        if let Some(day) = &entry.expires {
            self.line(&format!("expires = {}", quoted(&day.to_string())));
        }
        self.line("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_valid_with_and_without_its_comments() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outgate.toml");
        let plain = TEMPLATE.replace("\n# ", "\n").replace("\n#\n", "\n");
        let keys: String = plain
            .lines()
            .filter(|line| line.contains(" = ") || line.starts_with('['))
            .map(|line| line.to_owned() + "\n")
            .collect();
        for text in [TEMPLATE, &keys] {
            fs::write(&path, text).unwrap();
            crate::config::read(&path).unwrap();
        }
        fs::write(&path, &keys).unwrap();
        let config = crate::config::read(&path).unwrap();
        assert_eq!(config.allow.len(), 2);
        assert!(config.fail_on.is_some() && config.max_file_size.is_some());
    }
}
