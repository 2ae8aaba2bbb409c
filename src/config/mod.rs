//! Configuration: `outgate.toml` and where it is found.
//!
//! Owns discovery, parsing, the order in which settings win, the import from other scanners, and the
//! error messages. There is no
//! per-user file: the same repository gets the same answer on a laptop and in CI. Does not own
//! command-line flags.

mod allow;
mod effective;
mod fault;
pub mod import;
mod size;

use std::path::{Path, PathBuf};

pub use allow::{Allow, Day, Pattern};
pub use effective::{BASELINE, Effective, Origin, Overrides, Setting};
pub use fault::explain;
use serde::Deserialize;
pub use size::Size;

/// Names looked for in a folder, in this order.
const NAMES: [&str; 3] = ["outgate.toml", ".outgate.toml", ".github/outgate.toml"];

/// What a configuration file may say.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Paths to leave out, in gitignore syntax, relative to the root of the scan.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Least verdict that makes the exit code 1.
    #[serde(default)]
    pub fail_on: Option<FailOn>,
    /// Files and objects larger than this are skipped.
    #[serde(default)]
    pub max_file_size: Option<Size>,
    /// File of findings that are known, relative to the root of the repository; without it,
    /// `outgate-baseline.json` there.
    #[serde(default)]
    pub baseline: Option<PathBuf>,
    /// Which detectors run.
    #[serde(default)]
    pub detectors: Detectors,
    /// Findings that are known and accepted.
    #[serde(default)]
    pub allow: Vec<Allow>,
}

/// Which detectors run.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Detectors {
    /// Ids of detectors to switch off.
    #[serde(default)]
    pub off: Vec<String>,
    /// Files of detectors, or folders of such files, to use beside those that are built in; relative
    /// to the root of the repository.
    #[serde(default)]
    pub paths: Vec<PathBuf>,
}

/// Least verdict that fails a run.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, clap::ValueEnum, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Proved by checksum or structure.
    Verified,
    /// Real by shape and surroundings, or surer.
    Likely,
    /// Perhaps real, or surer.
    Possible,
    /// Any finding at all.
    Unlikely,
    /// Nothing.
    Never,
}

impl FailOn {
    /// The word used in files and flags.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Likely => "likely",
            Self::Possible => "possible",
            Self::Unlikely => "unlikely",
            Self::Never => "never",
        }
    }
}

/// What is wrong with a configuration file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("cannot read configuration `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is not valid.
    #[error("configuration `{path}` is not valid\n{fault}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, caret and message.
        fault: String,
        /// What to write instead, where that can be guessed.
        hint: Option<String>,
    },
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some("check the path given to `--config`".to_owned()),
            Self::Invalid { hint, .. } => hint.clone(),
        }
    }
}

/// Finds the configuration for a scan of `start`: the nearest file walking up, stopping at
/// `root` (the repository root) or, outside a repository, at `start` itself.
pub fn discover(start: &Path, root: Option<&Path>) -> Option<PathBuf> {
    let start = if start.is_file() {
        start.parent()?
    } else {
        start
    };
    for folder in start.ancestors() {
        if let Some(found) = NAMES
            .iter()
            .map(|name| folder.join(name))
            .find(|path| path.is_file())
        {
            return Some(found);
        }
        if root.is_none_or(|root| folder == root) {
            return None;
        }
    }
    None
}

/// Reads a configuration file.
///
/// # Errors
/// `Error::Read`, or `Error::Invalid` with line, caret and, for a misspelt key, a suggestion.
pub fn read(path: &Path) -> Result<Config, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    let invalid = |fault: String, hint| Error::Invalid {
        path: path.to_owned(),
        fault,
        hint,
    };
    let config: Config = toml::from_str(&text).map_err(|fault| {
        let hint = suggestion(fault.message());
        invalid(explain(&text, &fault), hint)
    })?;
    match config.allow.iter().find_map(Allow::fault) {
        Some((fault, hint)) => Err(invalid(fault, Some(hint.to_owned()))),
        None => Ok(config),
    }
}

/// The JSON Schema of the configuration file.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Config).to_value()
}

/// Turns "unknown field `x`, expected one of `a`, `b`" into "did you mean `a`?".
fn suggestion(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next()?;
    let known: Vec<&str> = quoted.collect();
    if !message.starts_with("unknown") {
        return None;
    }
    nearest(wrong, known.iter().copied()).map(|near| format!("did you mean `{near}`?"))
}

/// The candidate most like `word`, if one is like it at all.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outgate.toml");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn an_unknown_key_gets_line_caret_and_a_near_miss() {
        let fault = parse("exclud = [\"a\"]\n").unwrap_err();
        let text = fault.to_string();
        assert!(text.contains("line 1") && text.contains("^^^"), "{text}");
        assert_eq!(fault.hint().as_deref(), Some("did you mean `exclude`?"));
    }

    #[test]
    fn an_allow_needs_a_reason() {
        let fault = parse("[[allow]]\nfingerprint = \"ab\"\nreason = \" \"\n").unwrap_err();
        assert!(fault.to_string().contains("no reason"));
    }

    #[test]
    fn an_allow_is_about_something() {
        let fault = parse("[[allow]]\nreason = \"all is well\"\n").unwrap_err();
        assert!(fault.to_string().contains("of no finding"), "{fault}");
    }

    #[test]
    fn an_allow_may_expire() {
        let entry = "[[allow]]\nfingerprint = \"ab\"\nreason = \"r\"\nexpires = ";
        let config = parse(&format!("{entry}\"2026-02-28\"\n")).unwrap();
        let day = |month, day| jiff::civil::date(2026, month, day);
        assert!(!config.allow[0].is_expired(day(2, 28)));
        assert!(config.allow[0].is_expired(day(3, 1)));
        assert!(parse(&format!("{entry}\"2026-02-30\"\n")).is_err());
    }

    #[test]
    fn the_nearest_file_wins_and_the_root_is_the_last() {
        let top = tempfile::tempdir().unwrap();
        let inner = top.path().join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(top.path().join("outgate.toml"), "").unwrap();
        assert_eq!(
            discover(&inner, Some(top.path())),
            Some(top.path().join("outgate.toml"))
        );
        assert_eq!(discover(&inner, Some(&top.path().join("a"))), None);
        assert_eq!(discover(&inner, None), None);
        std::fs::write(top.path().join("a/.outgate.toml"), "").unwrap();
        assert_eq!(
            discover(&inner, Some(top.path())),
            Some(top.path().join("a/.outgate.toml"))
        );
    }
}
