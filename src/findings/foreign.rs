//! Ignore comments of other scanners.
//!
//! Owns their spellings and which lines each covers, as the documentation of each scanner says:
//! a team that moves here keeps its comments. They are counted by the name of the scanner. Does not
//! own our own comment (`suppression`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::suppression::MARKER;

/// Which lines a comment covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Its own.
    Line,
    /// The one below.
    Next,
    /// From here to the end of the text, or to what ends it.
    Start,
    /// Ends what was started.
    End,
}

/// A spelling, the scanner it is for, and its reach. Sources: the README of gitleaks, betterleaks,
/// detect-secrets, trufflehog, kingfisher, keyhog and ggshield; secretlint's page on its rule
/// `filter-comments`; the page of Vault Radar on ignoring findings.
const COMMENTS: [(&str, &str, Reach); 15] = [
    ("gitleaks:allow", "gitleaks", Reach::Line),
    ("betterleaks:allow", "betterleaks", Reach::Line),
    ("pragma: allowlist secret", "detect-secrets", Reach::Line),
    ("pragma: whitelist secret", "detect-secrets", Reach::Line),
    (
        "pragma: allowlist nextline secret",
        "detect-secrets",
        Reach::Next,
    ),
    (
        "pragma: whitelist nextline secret",
        "detect-secrets",
        Reach::Next,
    ),
    ("trufflehog:ignore", "trufflehog", Reach::Line),
    ("kingfisher:ignore", "kingfisher", Reach::Line),
    ("keyhog:ignore", "keyhog", Reach::Line),
    ("ggignore", "ggshield", Reach::Line),
    ("HashiCorpIgnore", "Vault Radar", Reach::Line),
    ("secretlint-disable-line", "secretlint", Reach::Line),
    ("secretlint-disable-next-line", "secretlint", Reach::Next),
    ("secretlint-disable", "secretlint", Reach::Start),
    ("secretlint-enable", "secretlint", Reach::End),
];

/// How the comments begin that cover stretches of lines.
const STRETCH: &[u8] = b"secretlint-";

static SPELLINGS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(
            COMMENTS
                .iter()
                .map(|(spelling, ..)| *spelling)
                .chain([MARKER]),
        )
        .ok()
});

/// The comments of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct ForeignIgnores {
    /// Scanner by covered line.
    lines: BTreeMap<u32, &'static str>,
    /// Covered stretches of lines, first and last.
    stretches: Vec<(u32, u32, &'static str)>,
}

impl ForeignIgnores {
    /// Names the scanner whose comment covers a line.
    pub(super) fn covering(&self, line: u32) -> Option<&'static str> {
        let stretch = self
            .stretches
            .iter()
            .find(|(first, last, _)| (*first..=*last).contains(&line));
        self.lines
            .get(&line)
            .copied()
            .or(stretch.map(|(.., tool)| *tool))
    }
}

impl ForeignIgnores {
    /// Finds the comments in a text, or in a part of one that begins with the line `first`; of those
    /// before it what they cover from there on is kept. Gives the places of our own marker, which are
    /// found on the way.
    pub(super) fn read(&mut self, text: &[u8], first: u32) -> Vec<usize> {
        self.lines.clear();
        self.stretches.retain(|(start, ..)| *start < first);
        // What ends them from here on is read again.
        for (_, last, _) in &mut self.stretches {
            if *last >= first {
                *last = u32::MAX;
            }
        }
        self.add(text, first)
    }

    /// Says whether a part of a text may hold what covers lines of later parts.
    pub(super) fn may_go_on(text: &[u8]) -> bool {
        memchr::memmem::find(text, STRETCH).is_some()
    }

    fn add(&mut self, text: &[u8], first: u32) -> Vec<usize> {
        let mut own = Vec::new();
        let Some(spellings) = SPELLINGS.as_ref() else {
            return own;
        };
        let (mut line, mut counted) = (first, 0);
        for hit in spellings.find_iter(text) {
            let Some(&(_, tool, reach)) = COMMENTS.get(hit.pattern().as_usize()) else {
                own.push(hit.start());
                continue;
            };
            if !is_word(text, hit.range()) {
                continue;
            }
            line += memchr::memchr_iter(b'\n', &text[counted..hit.start()]).count() as u32;
            counted = hit.start();
            match reach {
                Reach::Line => drop(self.lines.insert(line, tool)),
                Reach::Next => drop(self.lines.insert(line + 1, tool)),
                Reach::Start => self.stretches.push((line, u32::MAX, tool)),
                Reach::End => {
                    if let Some((_, last, _)) = self.stretches.last_mut() {
                        *last = (*last).min(line);
                    }
                }
            }
        }
        own
    }
}

/// Says whether the text goes on neither before nor after the range with the same word.
fn is_word(text: &[u8], range: std::ops::Range<usize>) -> bool {
    let is_part = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte))
    };
    !is_part(range.start.checked_sub(1).and_then(|at| text.get(at)))
        && !is_part(text.get(range.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(text: &str) -> Vec<(u32, &'static str)> {
        let mut found = ForeignIgnores::default();
        found.read(text.as_bytes(), 1);
        let lines = 1..=text.lines().count() as u32;
        lines
            .filter_map(|line| Some((line, found.covering(line)?)))
            .collect()
    }

    #[test]
    fn a_comment_covers_its_line() {
        assert_eq!(covered("a\nb # gitleaks:allow\nc\n"), [(2, "gitleaks")]);
        assert_eq!(
            covered("a # pragma: allowlist secret\nb\nc // trufflehog:ignore\n"),
            [(1, "detect-secrets"), (3, "trufflehog")]
        );
    }

    #[test]
    fn a_comment_for_the_next_line_does_not_cover_its_own() {
        assert_eq!(
            covered("# pragma: allowlist nextline secret\nb\nc\n"),
            [(2, "detect-secrets")]
        );
        assert_eq!(
            covered("// secretlint-disable-next-line\nb\nc\n"),
            [(2, "secretlint")]
        );
    }

    #[test]
    fn a_stretch_ends_where_it_is_ended_or_with_the_text() {
        let text =
            "a\n// secretlint-disable\nb\n// secretlint-enable\nc\n// secretlint-disable\nd\n";
        let lines: Vec<u32> = covered(text).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [2, 3, 4, 6, 7]);
    }

    #[test]
    fn a_stretch_goes_on_in_the_next_part_of_a_text() {
        let lines: Vec<_> = "a\n// secretlint-disable\nb\n// secretlint-enable\nc\nd\n"
            .split_inclusive('\n')
            .collect();
        let mut found = ForeignIgnores::default();
        // Parts overlap: the end of the stretch is in both, or in the second alone.
        for first_end in 2..=lines.len() {
            for second in 0..first_end {
                found.read(lines[..first_end].concat().as_bytes(), 1);
                found.read(lines[second..].concat().as_bytes(), second as u32 + 1);
                let covered =
                    (second as u32 + 1..=6).filter(|&line| found.covering(line).is_some());
                let right = (2..=4).filter(|&line| line > second as u32);
                assert!(covered.eq(right), "{first_end} {second}");
                found = ForeignIgnores::default();
            }
        }
    }

    #[test]
    fn part_of_a_longer_word_is_no_comment() {
        assert!(covered("biggignored\nggignore_list\nx-gitleaks:allowed\n").is_empty());
    }
}
