//! Detectors: one TOML file per provider, compiled into the binary.
//!
//! Owns the set of detectors a run uses: the embedded ones, less those switched off. Does not
//! own searching (engine) or judging (verifier).

pub mod byteset;
pub mod compile;
mod document;
pub mod gram;
mod lint;
pub mod model;
pub mod probe;
pub mod spec;
pub mod table;
mod text;

pub use document::{document, name_of};
pub use lint::{Fault, lint};
pub use model::{Detector, Examples, Shape};
pub use spec::{Check, Confidence, Severity};
pub use text::Text;

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
            Self::Read { .. } => None,
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
