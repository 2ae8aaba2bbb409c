//! The assembly of a report from findings: what is shown, what it is called, what is masked.
//!
//! Owns suppression by configuration, fingerprints and the masking of secrets in names. Does
//! not own verdicts or rendering.

use aho_corasick::{AhoCorasick, MatchKind};

use crate::config::Allow;
use crate::detectors::DetectorSet;
use crate::findings::{Finding, Suppression, Verdict, fingerprint};
use crate::report::Hidden;
use crate::walker::Coverage;

/// Secrets of this many bytes or more are masked in names of files, too. A shorter one is a
/// word that names share by chance.
const MASKED_IN_NAMES: usize = 12;

/// Findings sorted out.
pub(super) struct Sifted {
    /// What is shown.
    pub(super) shown: Vec<Finding>,
    /// What is not, counted.
    pub(super) hidden: Hidden,
    /// The gravest verdict that counts, shown or not.
    pub(super) gravest: Option<Verdict>,
}

/// Takes out what is suppressed or not to be shown, and gives the rest fingerprints.
pub(super) fn sift(
    findings: Vec<Finding>,
    set: &DetectorSet,
    allow: &[Allow],
    show: Verdict,
    threads: usize,
) -> Sifted {
    let mut hidden = Hidden::default();
    let mut gravest = None;
    let mut shown = Vec::new();
    for finding in findings {
        if finding.suppressed.is_some() {
            hidden.inline += 1;
        } else if finding.verdict < show {
            hidden.unlikely += 1;
            gravest = gravest.max(Some(finding.verdict));
        } else {
            shown.push(finding);
        }
    }
    name(&mut shown, set, threads);
    shown.retain_mut(|finding| {
        let entry = allow
            .iter()
            .find(|entry| entry.fingerprint == finding.fingerprint);
        if let Some(entry) = entry {
            hidden.config += 1;
            finding.suppressed = Some(Suppression::Config {
                reason: entry.reason.clone(),
            });
        }
        entry.is_none()
    });
    gravest = gravest.max(shown.iter().map(|finding| finding.verdict).max());
    Sifted {
        shown,
        hidden,
        gravest,
    }
}

/// Gives fingerprints; that of a guessable value is slow on purpose, so all threads help.
fn name(findings: &mut [Finding], set: &DetectorSet, threads: usize) {
    let share = findings.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        for part in findings.chunks_mut(share) {
            scope.spawn(move || {
                for finding in part {
                    if let Ok(detector) = set.find(&finding.detector) {
                        finding.fingerprint = fingerprint(detector, finding.secret.expose());
                    }
                }
            });
        }
    });
}

/// Masks secrets that stand in names of files, commits' paths and the ledger.
pub(super) struct NameMask {
    secrets: Option<(AhoCorasick, Vec<String>)>,
}

impl NameMask {
    /// A mask for the secrets of these findings.
    pub(super) fn of(findings: &[Finding]) -> Self {
        let long = findings
            .iter()
            .map(|finding| &finding.secret)
            .filter(|secret| secret.expose().len() >= MASKED_IN_NAMES);
        let (texts, masks): (Vec<&[u8]>, Vec<String>) = long
            .map(|secret| (secret.expose(), secret.redacted().replace('/', "")))
            .unzip();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&texts)
            .ok()
            .filter(|_| !texts.is_empty());
        Self {
            secrets: automaton.map(|automaton| (automaton, masks)),
        }
    }

    fn mask(&self, name: &mut String) {
        if let Some((automaton, masks)) = &self.secrets
            && automaton.is_match(name.as_str())
        {
            *name = automaton.replace_all(name, masks);
        }
    }

    /// Masks the names of findings.
    pub(super) fn mask_findings(&self, findings: &mut [Finding]) {
        for finding in findings {
            for occurrence in &mut finding.occurrences {
                self.mask(&mut occurrence.place.path);
            }
        }
    }

    /// Masks the names of a ledger.
    pub(super) fn mask_ledger(&self, coverage: &mut Coverage) {
        if self.secrets.is_none() {
            return;
        }
        for entries in coverage
            .skipped
            .values_mut()
            .chain(coverage.gaps.values_mut())
        {
            entries.names = std::mem::take(&mut entries.names)
                .into_iter()
                .map(|(mut name, mut detail)| {
                    self.mask(&mut name);
                    self.mask(&mut detail);
                    (name, detail)
                })
                .collect();
        }
    }
}
