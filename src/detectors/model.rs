//! The compiled detector: what the engine and the verifier work with.
//!
//! Owns the in-memory form and its compact encoding (laid into the binary by `build.rs`). Does
//! not own TOML (`spec`) or the way from one to the other (`compile`).

use serde::{Deserialize, Serialize};

use super::byteset::ByteSet;
use super::probe::{Probe, Trigger};
use super::spec::{Check, Confidence, NearSpec, Severity};
use super::text::Text;

/// One kind of credential, ready to search for. There are thousands, decoded before each search: the
/// smaller the better.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Detector {
    /// Stable kebab-case id.
    pub id: Text,
    /// Name for people.
    pub name: Text,
    /// Short provider name.
    pub provider: Text,
    /// What a leak usually costs.
    pub severity: Severity,
    /// The token.
    pub shape: Shape,
    /// How a match is found: fixed-length texts every match contains one of. Empty for a
    /// detector of assigned values.
    pub probes: Box<[Probe]>,
    /// For detectors of assigned values: normalised words, one of which the name contains.
    pub names: Box<[String]>,
    /// For detectors of assigned values and those with keywords: lower-case literals that trigger
    /// the search.
    pub triggers: Box<[Trigger]>,
    /// For detectors of assigned values and those with keywords: words that ordinary text is full
    /// of, in lower case without separators, with blanks between. They trigger no search of their own and count only
    /// before a word for a secret (`SECRET_WORDS`).
    pub common: Text,
    /// Least Shannon entropy in bits per character.
    pub entropy: f32,
    /// Words that must stand near.
    pub near: Option<Box<NearSpec>>,
    /// Offline check.
    pub check: Option<Check>,
    /// Ids of detectors of the other part of a pair.
    pub companions: Box<[String]>,
    /// Public by design.
    pub public: bool,
    /// A form of many issuers.
    pub shared: bool,
    /// Texts that mark test mode.
    pub test_mode: Box<[String]>,
    /// For detectors with keywords: all of them, in lower case without
    /// separators, with blanks between.
    pub keywords: Text,
    /// For detectors with keywords: an expression for all that the provider issues, where it
    /// documents that.
    pub forms: Text,
    /// Best verdict without proof.
    pub confidence: Confidence,
    /// What to do after a leak.
    pub remediation: Text,
    /// Where the format is documented.
    pub source: Text,
}

/// What a token looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub enum Shape {
    /// A prefix and then from `least` to `most` bytes of `set`.
    Run {
        /// Literal start.
        prefix: Box<[u8]>,
        /// The rest.
        set: Box<ByteSet>,
        /// Least length of the rest, in bytes.
        least: usize,
        /// Greatest length of the rest, in bytes.
        most: usize,
    },
    /// A bounded regular expression over bytes.
    Regex {
        /// The expression.
        pattern: Text,
        /// Greatest length of a match, in bytes.
        most: usize,
    },
    /// A block between two markers.
    Block {
        /// Expression for the first marker.
        begin: Text,
        /// Expression for the last marker.
        end: Text,
        /// Greatest length of all between them, in bytes.
        most: usize,
    },
    /// Any assigned value; the verifier decides.
    Any,
}

impl Detector {
    /// Says whether the detector looks at assigned values instead of the text as a whole.
    pub fn is_assigned(&self) -> bool {
        !self.names.is_empty()
    }

    /// Says whether a word for the provider must stand before the token.
    pub fn is_keyworded(&self) -> bool {
        !self.keywords.is_empty()
    }

    /// Says whether the detector knows a name and nothing else.
    pub fn is_generic(&self) -> bool {
        self.confidence == Confidence::Generic
    }
}

/// Texts that show what a detector finds, kept apart from `Detector` because only `detectors
/// test` and `detectors show` need them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Examples {
    /// Id of the detector.
    pub id: String,
    /// Templates in which it must find something.
    pub positive: Vec<String>,
    /// Templates in which it must find nothing better than `unlikely`.
    pub negative: Vec<String>,
}
