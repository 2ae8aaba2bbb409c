//! Detectors: one TOML file per provider, compiled into the binary.
//!
//! Owns the set of detectors a run uses: the embedded ones, less those switched off. Does not
//! own searching (engine) or judging (verifier).

pub mod byteset;
pub mod compile;
mod document;
pub mod gram;
mod irregular;
mod lint;
pub mod model;
pub mod probe;
pub mod runs;
pub mod spec;
pub mod spelling;
pub mod table;
mod text;

pub use document::{document, name_of};
pub use lint::{Fault, lint};
pub use model::{Detector, Examples, Shape};
pub use spec::{Check, Confidence, Severity};
pub use text::Text;

use std::collections::BTreeSet;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};
use spec::ProviderSpec;
use table::{KeywordTable, TABLE};

static EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/detectors.bin"));
static DIGEST: &[u8; 32] = include_bytes!(concat!(env!("OUT_DIR"), "/detectors.sha256"));
static EXAMPLES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/examples.bin"));

/// The detectors of a run.
#[derive(Clone, Debug)]
pub struct DetectorSet {
    detectors: Vec<Detector>,
    digest: [u8; 32],
}

/// Why a set of detectors cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of detectors cannot be read.
    #[error("cannot read detector file `{path}`")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is not valid.
    #[error("detector file `{path}` is not valid: {fault}")]
    Invalid {
        /// The file.
        path: String,
        /// What is wrong, with line and caret where the TOML is at fault.
        fault: String,
    },
    /// A detector of this id is there already.
    #[error("detector file `{path}` has a detector `{id}`, and one of that name is there already")]
    Twice {
        /// The file.
        path: String,
        /// The id.
        id: String,
    },
    /// No detector has this id.
    #[error("no detector is called `{id}`")]
    Unknown {
        /// The id as given.
        id: String,
        /// An id that looks like it.
        near: Option<String>,
    },
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => {
                Some("a folder holds detectors as `.toml` files, one a provider".to_owned())
            }
            Self::Twice { .. } => Some(
                "give it another id, and switch the other one off in `detectors.off` if need be"
                    .to_owned(),
            ),
            Self::Invalid { .. } => {
                Some("run `outgate detectors lint FILE` while you edit it".to_owned())
            }
            Self::Unknown {
                near: Some(near), ..
            } => Some(format!("did you mean `{near}`?")),
            Self::Unknown { .. } => Some("`outgate detectors list` names them all".to_owned()),
        }
    }
}

impl DetectorSet {
    /// The set that is part of the binary.
    pub fn embedded() -> Self {
        let detectors: Vec<Detector> =
            postcard::from_bytes(EMBEDDED).unwrap_or_else(|_| unreachable!("build.rs encoded it"));
        Self {
            detectors,
            digest: *DIGEST,
        }
    }

    /// A set of these detectors alone.
    pub fn of(detectors: Vec<Detector>) -> Self {
        let bytes = postcard::to_stdvec(&detectors).unwrap_or_default();
        Self {
            detectors,
            digest: Sha256::digest(&bytes).into(),
        }
    }

    /// The same set with the detectors of more files beside its own, and what the lint says of
    /// those: they run all the same.
    ///
    /// # Errors
    /// What is wrong with a file, or `Error::Twice` for an id that is taken.
    pub fn with(self, files: &[PathBuf]) -> Result<(Self, Vec<(PathBuf, Fault)>), Error> {
        if files.is_empty() {
            return Ok((self, Vec::new()));
        }
        let mut detectors = self.detectors;
        let mut faults = Vec::new();
        for path in files {
            let (spec, more, examples) = read_file(path)?;
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let found = lint(stem.unwrap_or(""), &spec, &more, &examples);
            faults.extend(found.into_iter().map(|fault| (path.clone(), fault)));
            for detector in more {
                if detectors.iter().any(|one| one.id == detector.id) {
                    return Err(Error::Twice {
                        path: path.display().to_string(),
                        id: detector.id.to_string(),
                    });
                }
                detectors.push(detector);
            }
        }
        Ok((Self::of(detectors), faults))
    }

    /// The same set without the detectors named in `off`.
    ///
    /// # Errors
    /// `Error::Unknown` for an id that no detector has.
    pub fn without(self, off: &[String]) -> Result<Self, Error> {
        for id in off {
            self.find(id)?;
        }
        if off.is_empty() {
            return Ok(self);
        }
        Ok(Self::of(
            self.detectors
                .into_iter()
                .filter(|one| off.iter().all(|id| **id != *one.id))
                .collect(),
        ))
    }

    /// The detectors, in the order of their files and of each file.
    pub fn detectors(&self) -> &[Detector] {
        &self.detectors
    }

    /// Says whether these are the detectors that are part of the binary, all of them.
    pub fn is_embedded(&self) -> bool {
        self.digest == *DIGEST
    }

    /// SHA-256 over the compiled detectors.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Finds a detector by its id.
    ///
    /// # Errors
    /// `Error::Unknown` with the nearest id.
    pub fn find(&self, id: &str) -> Result<&Detector, Error> {
        self.detectors
            .iter()
            .find(|one| *one.id == *id)
            .ok_or_else(|| Error::Unknown {
                id: id.to_owned(),
                near: crate::config::nearest(id, self.detectors.iter().map(|one| &*one.id)),
            })
    }
}

/// The examples of the embedded detectors.
pub fn embedded_examples() -> Vec<Examples> {
    postcard::from_bytes(EXAMPLES).unwrap_or_else(|_| unreachable!("build.rs encoded it"))
}

/// The detector files among paths, with those in folders among them, sorted.
///
/// # Errors
/// `Error::Read` for a path or folder that cannot be read.
pub fn list_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = BTreeSet::new();
    for path in paths {
        if path.is_file() {
            files.insert(path.clone());
            continue;
        }
        let unreadable = |source| Error::Read {
            path: path.display().to_string(),
            source,
        };
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            if file
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                files.insert(file);
            }
        }
    }
    Ok(files.into_iter().collect())
}

/// Reads one detector file.
///
/// # Errors
/// `Error::Read` or `Error::Invalid`, naming the file.
pub fn read_file(
    path: &std::path::Path,
) -> Result<(ProviderSpec, Vec<Detector>, Vec<Examples>), Error> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: name.clone(),
        source,
    })?;
    let invalid = |fault: String| Error::Invalid {
        path: name.clone(),
        fault,
    };
    let explain = |fault| invalid(crate::config::explain(&text, &fault));
    let spec: ProviderSpec = if path.file_stem().is_some_and(|stem| stem == TABLE) {
        toml::from_str::<KeywordTable>(&text)
            .map_err(explain)?
            .expand()
    } else {
        toml::from_str(&text).map_err(explain)?
    };
    let (detectors, examples) = compile::compile(&spec).map_err(invalid)?;
    Ok((spec, detectors, examples))
}

/// The JSON Schema of a detector file.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(ProviderSpec).to_value()
}

/// The JSON Schema of the table of keywords.
pub fn table_schema() -> serde_json::Value {
    schemars::schema_for!(KeywordTable).to_value()
}
