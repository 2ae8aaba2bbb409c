//! From what a scan knows to what a reader may see.
//!
//! Owns the one step where a secret becomes its redacted text; after it there is none to leak.
//! Does not own redaction itself (`findings`) or the choice of what is shown (pipeline).

use super::model::{Commit, Coverage, Finding, Gap, GapName, Item, ItemState, Occurrence, Skip};
use crate::findings::{self, CommitRef};
use crate::walker::{self, Entries, GapReason, SkipReason, State};

impl From<findings::Finding> for Finding {
    fn from(finding: findings::Finding) -> Self {
        Self {
            redacted: finding.secret.redacted(),
            fingerprint: finding.fingerprint,
            detector: finding.detector,
            title: finding.title,
            provider: finding.provider,
            verdict: finding.verdict,
            severity: finding.severity,
            reasons: finding.reasons,
            also: finding.also,
            remediation: finding.remediation,
            source: finding.source,
            occurrences: finding.occurrences.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<findings::Occurrence> for Occurrence {
    fn from(occurrence: findings::Occurrence) -> Self {
        let findings::Occurrence {
            place,
            span,
            snippet,
            kind,
        } = occurrence;
        Self {
            path: place.path,
            start_line: span.start_line,
            start_column: span.start_column,
            end_line: span.end_line,
            end_column: span.end_column,
            offset: span.offset,
            snippet: snippet.line,
            snippet_start: snippet.start,
            snippet_end: snippet.end,
            commit: place.commit.map(Into::into),
            kind,
        }
    }
}

impl From<CommitRef> for Commit {
    fn from(commit: CommitRef) -> Self {
        Self {
            id: commit.id,
            date: commit.date,
            in_head: commit.in_head,
            versions: commit.versions,
            reachable: commit.reachable,
        }
    }
}

impl From<walker::Coverage> for Coverage {
    fn from(coverage: walker::Coverage) -> Self {
        Self {
            files: coverage.files,
            objects: coverage.objects,
            members: coverage.members,
            commits: coverage.commits,
            bytes: coverage.bytes,
            complete: coverage.is_complete(),
            skipped: coverage.skipped.into_iter().map(skip).collect(),
            gaps: coverage.gaps.into_iter().map(gap).collect(),
            items: coverage.list.map(items),
        }
    }
}

/// The full list, sorted, so that it does not tell which thread read what.
fn items(mut list: Vec<walker::Item>) -> Vec<Item> {
    list.sort_unstable();
    let item = |item: walker::Item| Item {
        reason: match item.state {
            State::Scanned | State::AsObjects => None,
            State::Skipped(reason) => Some(reason.as_str().to_owned()),
            State::Unreadable(reason) => Some(reason.as_str().to_owned()),
        },
        state: match item.state {
            State::Scanned => ItemState::Scanned,
            State::AsObjects => ItemState::AsObjects,
            State::Skipped(_) => ItemState::Skipped,
            State::Unreadable(_) => ItemState::Unreadable,
        },
        name: item.name,
        detail: item.detail,
        bytes: item.bytes,
    };
    list.into_iter().map(item).collect()
}

fn skip((reason, entries): (SkipReason, Entries)) -> Skip {
    Skip {
        reason: reason.as_str().to_owned(),
        count: entries.count,
        bytes: entries.bytes,
        names: entries.names.into_keys().collect(),
    }
}

fn gap((reason, entries): (GapReason, Entries)) -> Gap {
    let name = |(name, detail)| GapName { name, detail };
    Gap {
        reason: reason.as_str().to_owned(),
        count: entries.count,
        bytes: entries.bytes,
        names: entries.names.into_iter().map(name).collect(),
        hint: reason.hint().to_owned(),
    }
}
