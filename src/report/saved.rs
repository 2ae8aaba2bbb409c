//! A saved run, read back.
//!
//! Owns which JSON is a report and what is said of one that is not, without a word of what it
//! holds. Does not own the shape (`model`).

use serde::Deserialize;
use serde_json::error::Category;

use super::model::SCHEMA_VERSION;
use super::{Report, jsonl};

/// Why a text is no report.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Not JSON, or not of this shape.
    #[error("{what} at line {line}, column {column}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// JSON Lines without the last line.
    #[error("the line of the summary is missing: the file was cut short")]
    CutShort,
    /// Of a later version.
    #[error("its `schema_version` is {0}, and this version of outgate reads {SCHEMA_VERSION}")]
    Version(u32),
}

impl Fault {
    /// Describes a fault of a text that begins after some lines. The parser's own words could
    /// quote a value, so they are not repeated.
    pub(super) fn of(fault: &serde_json::Error, lines_before: usize) -> Self {
        Self::Malformed {
            what: match fault.classify() {
                Category::Data => "a field is missing or of another type",
                Category::Eof => "the text ends early",
                Category::Syntax | Category::Io => "the text is not JSON",
            },
            // Within a line of JSON Lines the parser does not always know where it is.
            line: lines_before + fault.line().max(1),
            column: fault.column().max(1),
        }
    }
}

/// What tells the forms of a saved run apart.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: Option<String>,
    schema_version: Option<u32>,
}

/// Reads a report that the JSON or the JSON Lines format wrote.
///
/// # Errors
/// If the text is no report, or one of a later version.
pub fn read(text: &[u8]) -> Result<Report, Fault> {
    let first = text.split(|&byte| byte == b'\n').next().unwrap_or(text);
    let is_lines = serde_json::from_slice(first).is_ok_and(|head: Head| head.kind.is_some());
    let version = if is_lines {
        None
    } else {
        let head: Head = serde_json::from_slice(text).map_err(|fault| Fault::of(&fault, 0))?;
        head.schema_version
    };
    if let Some(version) = version.filter(|&version| version != SCHEMA_VERSION) {
        return Err(Fault::Version(version));
    }
    let report = if is_lines {
        jsonl::read(text)?
    } else {
        serde_json::from_slice(text).map_err(|fault| Fault::of(&fault, 0))?
    };
    match report.schema_version {
        SCHEMA_VERSION => Ok(report),
        version => Err(Fault::Version(version)),
    }
}
