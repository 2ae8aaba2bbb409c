//! Profiles: what stops a submission.
//!
//! Owns the file, its default and its schema. Does not own the judgement (`answer`).

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{FailOn, Size, explain};
use crate::walker::{GapReason, SkipReason};

/// The profile that is built in.
const SUBMISSION: &str = include_str!("../../profiles/submission.toml");
/// The version of profiles that is read here.
const VERSION: u32 = 1;

/// What a repository must be like to be handed over.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "outgate profile")]
pub struct Profile {
    /// Version of this form: 1.
    pub version: u32,
    /// Name of the profile, as the answer states it.
    pub name: String,
    /// Whether the history goes along.
    #[serde(default)]
    pub history: HistoryRule,
    /// Files and objects larger than this are not read.
    #[serde(default)]
    pub max_file_size: Option<Size>,
    /// Greatest number of bytes that may be searched in all: of a larger submission more leaves
    /// than was agreed.
    #[serde(default)]
    pub max_size: Option<Size>,
    /// What stops a submission, by class of findings.
    #[serde(default)]
    pub classes: Classes,
    /// What may be left unread.
    #[serde(default)]
    pub coverage: Unread,
}

/// Whether the history goes along.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryRule {
    /// It may.
    #[default]
    Allowed,
    /// It must.
    Required,
    /// It must not.
    Forbidden,
}

/// What stops a submission, by class of findings.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Classes {
    /// Secrets and credentials.
    #[serde(default)]
    pub secret: Class,
}

/// What stops a submission in one class.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Class {
    /// Least verdict that does.
    pub block: FailOn,
}

impl Default for Class {
    fn default() -> Self {
        Self {
            block: FailOn::Possible,
        }
    }
}

/// What may be left unread.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unread {
    /// What rules skip.
    #[serde(default)]
    pub allow_skips: Vec<SkipReason>,
    /// What could not be read.
    #[serde(default)]
    pub allow_gaps: Vec<GapReason>,
}

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("cannot read profile `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is not valid.
    #[error("profile `{path}` is not valid\n{fault}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, caret and message.
        fault: String,
    },
    /// It is of another version.
    #[error("profile `{path}` has version {version}, and this outgate reads version {VERSION}")]
    Version {
        /// The file.
        path: PathBuf,
        /// What it says.
        version: u32,
    },
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some("leave out `--profile` to use the strict one".to_owned()),
            Self::Invalid { .. } => Some("docs/submit.md lists the keys".to_owned()),
            Self::Version { .. } => None,
        }
    }
}

impl Profile {
    /// The strict profile, which is built in.
    ///
    /// # Errors
    /// Never, as the tests see to.
    pub fn submission() -> Result<Self, Error> {
        parse(SUBMISSION, Path::new("submission"))
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// When it cannot be read or is not valid.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
        parse(&text, path)
    }
}

fn parse(text: &str, path: &Path) -> Result<Profile, Error> {
    let path = path.to_owned();
    let profile: Profile = match toml::from_str(text) {
        Ok(profile) => profile,
        Err(fault) => {
            let fault = explain(text, &fault);
            return Err(Error::Invalid { path, fault });
        }
    };
    match profile.version {
        VERSION => Ok(profile),
        version => Err(Error::Version { path, version }),
    }
}

/// Gives the JSON Schema of profiles.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Profile).to_value();
    schema.sort_all_objects();
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_profile_is_valid_and_strict() {
        let profile = Profile::submission().unwrap();
        assert_eq!(profile.classes.secret.block, FailOn::Possible);
        assert!(profile.coverage.allow_gaps.is_empty());
    }

    #[test]
    fn the_built_in_profile_speaks_of_every_reason() {
        let schema = schema();
        for kind in ["SkipReason", "GapReason"] {
            let reasons = schema["$defs"][kind]["oneOf"].as_array().unwrap();
            for reason in reasons {
                let name = reason["const"].as_str().unwrap();
                assert!(SUBMISSION.contains(&format!("\"{name}\",")), "{name}");
            }
        }
    }

    #[test]
    fn what_is_no_profile_is_refused() {
        for text in ["", "version = 1", "version = 1\nname = 'a'\nextra = 1"] {
            assert!(matches!(
                parse(text, Path::new("a")),
                Err(Error::Invalid { .. })
            ));
        }
        let later = parse("version = 2\nname = 'a'", Path::new("a"));
        assert!(matches!(later, Err(Error::Version { version: 2, .. })));
    }
}
