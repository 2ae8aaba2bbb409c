//! Import: what the files of other scanners say, in our words.
//!
//! Owns which kinds there are, how one is told, and what all of them become: detectors, patterns,
//! allow entries and references to findings that are known. Nothing is dropped in silence: what has
//! no exact counterpart is listed. A secret in an imported report is digested at once and kept
//! nowhere. Does not own reading or writing files, or the search for what is referred to (`cli`).

mod allowlist;
mod expression;
mod filters;
mod gitleaks;
mod keys;
mod known;
mod paths;
mod rule;
mod written;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::baseline::Decision;

/// What can be read, for the error that says so.
const KINDS: &str = "a configuration of gitleaks or betterleaks (TOML), `.gitleaksignore`, a JSON report of \
     gitleaks, `.secrets.baseline` of detect-secrets, or an exclude file of trufflehog with \
     `trufflehog` or `exclude` in its name";

/// Why an expression cannot be carried.
const UNREADABLE: &str = "not in the syntax of Rust, or too large";
/// Why an expression is not written.
const SECRET: &str =
    "it holds a whole secret, which stays out of our files: `outgate baseline audit`";

/// What a file of another scanner became.
#[derive(Debug, Default)]
pub struct Imported {
    /// The scanner, for people.
    pub scanner: &'static str,
    /// Short name of the detectors' provider, which is the name of their file.
    pub provider: String,
    /// Paths to leave out, in gitignore syntax.
    exclude: Vec<String>,
    /// Ids of our detectors to switch off.
    off: Vec<String>,
    allow: Vec<Entry>,
    rules: Vec<Rule>,
    /// Findings that are known there.
    pub references: Vec<Reference>,
    /// What could not be carried over.
    pub left: Vec<Left>,
}

/// One allow entry.
#[derive(Debug, Default)]
struct Entry {
    detectors: Vec<String>,
    paths: Vec<String>,
    values: Vec<String>,
    reason: String,
}

/// One detector.
#[derive(Debug)]
struct Rule {
    id: String,
    name: String,
    regex: String,
    entropy: f64,
    anchors: Vec<String>,
    near: Vec<String>,
}

/// A finding that another scanner knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The path it gives, with `/` between parts.
    pub path: String,
    /// The line it gives.
    pub line: Option<u32>,
    /// The commit it gives.
    pub commit: Option<String>,
    /// SHA-1 of the value, where that is known.
    pub sha1: Option<[u8; 20]>,
    /// What was decided there.
    pub decision: Decision,
}

impl Reference {
    /// Says whether it is about what stands at a place.
    pub fn is_at(&self, path: &str, line: u32, commit: Option<&str>) -> bool {
        // Another commit may have another value on the same line.
        let is_commit = self.commit.is_none() || self.commit.as_deref() == commit;
        self.path == path && self.line == Some(line) && is_commit
    }
}

/// Where it is, in words.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        match &self.commit {
            Some(commit) => write!(f, " in {}", commit.get(..8).unwrap_or(commit)),
            None => Ok(()),
        }
    }
}

/// Something that could not be carried over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// What it is.
    pub what: String,
    /// Why not.
    pub why: String,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

/// What has to be asked about detectors, which are a later stage.
#[derive(Clone, Copy)]
pub struct Oracle<'a> {
    /// Says whether a detector of this id is built in.
    pub is_known: &'a dyn Fn(&str) -> bool,
    /// Says why a detector file would be refused.
    pub fault: &'a dyn Fn(&str) -> Option<String>,
    /// Says whether a text holds a whole secret, which no file that is written may.
    pub holds_secret: &'a dyn Fn(&str) -> bool,
}

/// Why a file cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Nothing that is known.
    #[error("`{path}` is of no kind that can be imported")]
    Unknown {
        /// The file.
        path: PathBuf,
    },
    /// It is broken.
    #[error("`{path}` is not valid {kind}\n{fault}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        kind: &'static str,
        /// What is wrong, without what the file holds.
        fault: String,
    },
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some(format!("name {KINDS}")),
            Self::Unknown { .. } => Some(format!("it can be {KINDS}")),
            Self::Invalid { .. } => None,
        }
    }
}

/// Turns the text of a file into what it becomes here.
///
/// # Errors
/// `Error::Unknown`, or `Error::Invalid` without what the file holds.
pub fn import(path: &Path, text: &str, oracle: Oracle<'_>) -> Result<Imported, Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_lowercase();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let invalid = |kind| {
        move |fault| Error::Invalid {
            path: path.to_owned(),
            kind,
            fault,
        }
    };
    if has_extension(&name, &["toml"]) {
        return gitleaks::import(&name, text, oracle).map_err(invalid("TOML of gitleaks"));
    }
    if has_extension(&name, &["json", "baseline"]) || is_json(text) {
        return known::import_json(text, oracle)
            .map_err(invalid("JSON"))?
            .ok_or_else(|| Error::Unknown {
                path: path.to_owned(),
            });
    }
    if name.ends_with("leaksignore") || known::is_ignore_list(text) {
        return Ok(known::import_ignore_list(text));
    }
    if name.contains("trufflehog") || name.contains("exclude") {
        return Ok(filters::import_exclude_list(text));
    }
    gitleaks::import(&name, text, oracle).map_err(|_| Error::Unknown {
        path: path.to_owned(),
    })
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    let found = name.rsplit_once('.').map(|(_, extension)| extension);
    found.is_some_and(|found| extensions.contains(&found))
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

impl Imported {
    fn of(scanner: &'static str) -> Self {
        Self {
            scanner,
            ..Self::default()
        }
    }

    fn leave(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.left.push(Left {
            what: what.into(),
            why: why.into(),
        });
    }

    /// Leaves paths out that an expression matches, or lists it.
    fn exclude(&mut self, regex: &str) {
        match paths::patterns(regex) {
            Some(patterns) => add_new(&mut self.exclude, patterns),
            None => self.leave(format!("path `{regex}`"), paths::INEXACT),
        }
    }
}

impl Oracle<'_> {
    /// The whole values in which an expression is found, or why they cannot be written.
    fn values_with(&self, regex: &str) -> Result<String, &'static str> {
        let value = expression::values_with(regex).ok_or(UNREADABLE)?;
        if (self.holds_secret)(&value) {
            return Err(SECRET);
        }
        Ok(value)
    }

    /// The whole values that hold a word, or why they cannot be written.
    fn values_with_word(&self, word: &str) -> Result<String, &'static str> {
        let value = expression::values_with_word(word).ok_or(UNREADABLE)?;
        if (self.holds_secret)(&value) {
            return Err(SECRET);
        }
        Ok(value)
    }
}

/// Adds what is not there yet.
fn add_new(list: &mut Vec<String>, more: Vec<String>) {
    for one in more {
        if !list.contains(&one) {
            list.push(one);
        }
    }
}
