//! Suppressions: why a finding does not count.
//!
//! Owns the inline comment `outgate: ignore[detector-id] reason` and its reach: its own line,
//! or the next one when it stands alone. The comments of other scanners are in `foreign`. Does not
//! own configuration files or whether a suppression is obeyed.

use std::collections::BTreeMap;

use super::foreign::ForeignIgnores;

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suppression {
    /// An inline comment at every place of the secret.
    Inline {
        /// The reason given, which may be empty.
        reason: String,
    },
    /// Inline comments, of which some are meant for another scanner.
    Foreign {
        /// The name of that scanner.
        tool: &'static str,
    },
    /// An `[[allow]]` entry of the configuration file.
    Allow {
        /// The reason given.
        reason: String,
    },
    /// An entry of the baseline.
    Baseline {
        /// The reason given.
        reason: Option<String>,
    },
    /// An exclude pattern for the files it stands in.
    Excluded,
    /// The detector is switched off.
    Off,
}

impl Suppression {
    /// What hides the finding, in words.
    pub fn describe(&self) -> String {
        let given = |reason: &str| match reason {
            "" => String::new(),
            reason => format!(" ({reason})"),
        };
        match self {
            Self::Inline { reason } => format!("an ignore comment{}", given(reason)),
            Self::Foreign { tool } => format!("an ignore comment for {tool}"),
            Self::Allow { reason } => format!("an allow entry{}", given(reason)),
            Self::Baseline { reason } => {
                format!("the baseline{}", given(reason.as_deref().unwrap_or("")))
            }
            Self::Excluded => "an exclude pattern".to_owned(),
            Self::Off => "the detector being switched off".to_owned(),
        }
    }
}

/// An inline ignore comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineIgnore {
    /// The line it stands on, from 1.
    pub line: u32,
    /// Ids of detectors; empty means any.
    pub detectors: Vec<String>,
    /// Why.
    pub reason: String,
    /// Whether nothing but the comment stands on the line, so that it speaks for the next.
    pub alone: bool,
}

impl InlineIgnore {
    /// Says whether the comment covers a finding of `detector` on `line`.
    pub fn covers(&self, detector: &str, line: u32) -> bool {
        let reaches = self.line == line || (self.alone && self.line + 1 == line);
        reaches && (self.detectors.is_empty() || self.detectors.iter().any(|id| id == detector))
    }
}

/// How our own comment begins.
pub(super) const MARKER: &str = "outgate:";
/// Longest comment that is read, in bytes.
const LONGEST_COMMENT: usize = 300;
/// Longest sign of a comment, in bytes: `<!--` and the like.
const LONGEST_SIGN: usize = 8;

/// The ignore comments of a text, by line.
#[derive(Clone, Debug, Default)]
pub struct InlineIgnores {
    own: BTreeMap<u32, Vec<InlineIgnore>>,
    foreign: ForeignIgnores,
}

impl InlineIgnores {
    /// Finds the comments of a text, or of a part that begins with the line `first`: of the parts
    /// before, which were read in their order, what covers lines from there on is kept.
    pub fn read(&mut self, text: &[u8], first: u32) {
        let places = self.foreign.read(text, first);
        self.own = own_ignores(text, first, &places);
    }

    /// Passes over a part of a text in which nothing was found that a comment could cover.
    pub fn pass_over(&mut self, text: &[u8], first: u32) {
        if ForeignIgnores::may_go_on(text) {
            self.read(text, first);
        }
    }

    /// Says what hides a finding of `detector` on `line`, if a comment does; our own come first.
    pub fn covering(&self, detector: &str, line: u32) -> Option<Suppression> {
        let lines = self.own.range(line.saturating_sub(1)..=line);
        let own = lines
            .flat_map(|(_, ignores)| ignores)
            .find(|ignore| ignore.covers(detector, line));
        match own {
            Some(ignore) => Some(Suppression::Inline {
                reason: ignore.reason.clone(),
            }),
            None => self
                .foreign
                .covering(line)
                .map(|tool| Suppression::Foreign { tool }),
        }
    }
}

/// Finds the ignore comments of a text.
pub fn inline_ignores(text: &[u8]) -> InlineIgnores {
    let mut found = InlineIgnores::default();
    found.read(text, 1);
    found
}

/// Our own comments, whose markers stand at these places.
fn own_ignores(text: &[u8], first: u32, places: &[usize]) -> BTreeMap<u32, Vec<InlineIgnore>> {
    let mut found: BTreeMap<u32, Vec<InlineIgnore>> = BTreeMap::new();
    let (mut line, mut line_start, mut counted) = (first, 0, 0);
    for &at in places {
        let between = &text[counted..at];
        line += memchr::memchr_iter(b'\n', between).count() as u32;
        if let Some(newline) = memchr::memrchr(b'\n', between) {
            line_start = counted + newline + 1;
        }
        counted = at;
        let rest = &text[at + MARKER.len()..];
        let rest = &rest[..rest.len().min(LONGEST_COMMENT)];
        let rest = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        if let Some(mut ignore) = parse(&String::from_utf8_lossy(rest)) {
            ignore.line = line;
            ignore.alone = is_comment_sign(&text[line_start..at]);
            found.entry(line).or_default().push(ignore);
        }
    }
    found
}

/// Says whether nothing but the sign of a comment stands before the marker.
fn is_comment_sign(before: &[u8]) -> bool {
    if before.len() > LONGEST_COMMENT {
        return false;
    }
    let sign = before.trim_ascii();
    sign.len() <= LONGEST_SIGN && sign.iter().all(|byte| !byte.is_ascii_alphanumeric())
}

fn parse(text: &str) -> Option<InlineIgnore> {
    let rest = text.trim_start().strip_prefix("ignore")?;
    let (detectors, reason) = match rest.strip_prefix('[') {
        Some(list) => {
            let (ids, reason) = list.split_once(']')?;
            let ids = ids
                .split(',')
                .map(|id| id.trim().to_owned())
                .filter(|id| !id.is_empty())
                .collect();
            (ids, reason)
        }
        None if rest.is_empty() || rest.starts_with([' ', '\t', '\r', '*', '-']) => {
            (Vec::new(), rest)
        }
        None => return None,
    };
    let reason = reason
        .trim()
        .trim_end_matches("*/")
        .trim_end_matches("-->")
        .trim()
        .to_owned();
    Some(InlineIgnore {
        line: 0,
        detectors,
        reason,
        alone: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(found: &InlineIgnores, detector: &str, line: u32) -> Option<String> {
        match found.covering(detector, line)? {
            Suppression::Inline { reason } => Some(reason),
            other => unreachable!("not ours: {other:?}"),
        }
    }

    #[test]
    fn reads_ids_and_reason() {
        let text = b"a\nkey = 1 # outgate: ignore[aws-key, jwt] rotated in March\n";
        let found = inline_ignores(text);
        assert_eq!(
            reason(&found, "jwt", 2).as_deref(),
            Some("rotated in March")
        );
        assert_eq!(
            reason(&found, "aws-key", 2).as_deref(),
            Some("rotated in March")
        );
        assert_eq!(reason(&found, "other", 2), None);
        assert_eq!(reason(&found, "jwt", 3), None);
    }

    #[test]
    fn a_comment_alone_speaks_for_the_next_line() {
        let found = inline_ignores(b"<!-- outgate: ignore sample -->\nkey\n");
        assert_eq!(reason(&found, "any", 1).as_deref(), Some("sample"));
        assert_eq!(reason(&found, "any", 2).as_deref(), Some("sample"));
        assert_eq!(reason(&found, "any", 3), None);
    }

    #[test]
    fn other_words_are_no_comment() {
        let found = inline_ignores(b"outgate: ignored things\noutgate: scan\n");
        assert!((0..4).all(|line| found.covering("any", line).is_none()));
    }
}
