//! Notices: what a reader should know beside findings and gaps.
//!
//! Owns their kinds and words. None of them changes the exit code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// What there is to know, in a sentence without a full stop.
    pub text: String,
}

/// What a notice is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// A rule of the scanned repository is not obeyed.
    NotObeyed,
    /// A detector that is not built in is slow, noisy or unproven.
    Detector,
    /// A known secret is to be replaced.
    Rotate,
    /// An entry of a list covers nothing any more.
    Stale,
    /// Something was read in another way than usual.
    Reading,
}

impl Notice {
    /// Says of rules that they are not obeyed.
    pub fn not_obeyed(text: String) -> Self {
        Self {
            kind: NoticeKind::NotObeyed,
            text,
        }
    }

    /// Says what is unwise in a detector that is not built in.
    pub fn detector(text: String) -> Self {
        Self {
            kind: NoticeKind::Detector,
            text,
        }
    }

    /// Says of an entry that it covers nothing any more.
    pub fn stale(text: String) -> Self {
        Self {
            kind: NoticeKind::Stale,
            text,
        }
    }

    /// Says what was read in another way than usual.
    pub fn reading(text: String) -> Self {
        Self {
            kind: NoticeKind::Reading,
            text,
        }
    }

    /// Says how many known findings wait to be replaced, if there are any.
    pub fn rotate(count: usize) -> Option<Self> {
        let text = match count {
            0 => return None,
            1 => "1 known finding is noted to be rotated".to_owned(),
            count => format!("{count} known findings are noted to be rotated"),
        };
        Some(Self {
            kind: NoticeKind::Rotate,
            text,
        })
    }

    /// Says how many findings are shown that a rule would hide, if there are any.
    pub fn audited(count: usize) -> Option<Self> {
        let text = match count {
            0 => return None,
            1 => "1 finding is shown that a rule or comment would hide".to_owned(),
            count => format!("{count} findings are shown that a rule or comment would hide"),
        };
        Some(Self::not_obeyed(text))
    }
}
