//! The assembly of a report from findings: what is shown, what it is called, what is masked.
//!
//! Owns the order in which findings are sorted out, fingerprints and the masking of secrets in
//! names. Does not own what a rule covers (`rules`), verdicts or rendering.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};
use sha1::{Digest as _, Sha1};

use crate::detectors::DetectorSet;
use crate::findings::{Finding, Verdict, fingerprint};
use crate::report::Hidden;
use crate::walker::Coverage;

use super::rules::{Judge, Obedience};

/// Secrets of this many bytes or more are masked in names of files, too. A shorter one is a
/// word that names share by chance.
const MASKED_IN_NAMES: usize = 12;

/// Findings sorted out.
pub(super) struct Sifted {
    /// What is shown.
    pub(super) shown: Vec<Finding>,
    /// What is not, counted.
    pub(super) hidden: Hidden,
    /// The gravest verdict that fails the run or is shown.
    pub(super) gravest: Option<Verdict>,
    /// How many are shown that a rule would hide.
    pub(super) audited: usize,
}

/// How findings are sorted out.
pub(super) struct Sieve {
    /// What hides findings.
    pub(super) obeyed: Judge,
    /// What would hide findings, and does not.
    pub(super) audited: Judge,
    /// Whether comments hide findings.
    pub(super) comments: Obedience,
    /// Least verdict shown.
    pub(super) show: Verdict,
    /// Least verdict that fails the run, if any does.
    pub(super) gate: Option<Verdict>,
}

impl Sieve {
    /// Takes out what is suppressed or not to be shown, and gives the rest fingerprints.
    pub(super) fn sift(
        &mut self,
        findings: Vec<Finding>,
        set: &DetectorSet,
        threads: usize,
    ) -> Sifted {
        let mut sifted = Sifted {
            shown: Vec::new(),
            hidden: Hidden::default(),
            gravest: None,
            audited: 0,
        };
        let mut quiet = Vec::new();
        for finding in findings {
            if self.comments == Obedience::Obey
                && let Some(comment) = &finding.suppressed
            {
                sifted.hidden.add(comment);
            } else if finding.verdict < self.show {
                quiet.push(finding);
            } else {
                sifted.shown.push(finding);
            }
        }
        self.count(quiet, &mut sifted, set, threads);
        name(&mut sifted.shown, set, threads);
        let Sifted {
            shown,
            hidden,
            audited,
            ..
        } = &mut sifted;
        shown.retain_mut(|finding| {
            finding.suppressed = match self.obeyed.suppression(finding) {
                Some(suppression) => {
                    hidden.add(&suppression);
                    return false;
                }
                None => finding.suppressed.take(),
            };
            *audited += usize::from(self.audit(finding));
            true
        });
        let shown = sifted.shown.iter().map(|finding| finding.verdict);
        sifted.gravest = sifted.gravest.max(shown.max());
        sifted
    }

    /// Counts findings that are not shown. One that would fail the run is first asked whether it
    /// is known; the others need no fingerprint, which may be slow.
    fn count(
        &mut self,
        quiet: Vec<Finding>,
        sifted: &mut Sifted,
        set: &DetectorSet,
        threads: usize,
    ) {
        let fails = |finding: &Finding| self.gate.is_some_and(|gate| finding.verdict >= gate);
        let (mut failing, rest): (Vec<_>, Vec<_>) = quiet.into_iter().partition(fails);
        sifted.hidden.unlikely += rest.len();
        name(&mut failing, set, threads);
        for mut finding in failing {
            if let Some(suppression) = self.obeyed.suppression(&mut finding) {
                sifted.hidden.add(&suppression);
            } else {
                sifted.hidden.unlikely += 1;
                sifted.gravest = sifted.gravest.max(Some(finding.verdict));
            }
        }
    }

    /// Says of a finding what would hide it, and whether something would.
    fn audit(&mut self, finding: &mut Finding) -> bool {
        let comment = finding.suppressed.take();
        let hides = comment.or_else(|| self.audited.suppression(finding));
        if let Some(hides) = &hides {
            let reason = format!("{} would hide it, and is not obeyed", hides.describe());
            finding.reasons.push(reason);
        }
        hides.is_some()
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

/// SHA-1 of each value, by fingerprint.
pub(super) fn digests(findings: &[Finding]) -> BTreeMap<String, [u8; 20]> {
    let digest = |finding: &Finding| Sha1::digest(finding.secret.expose()).into();
    findings
        .iter()
        .map(|finding| (finding.fingerprint.clone(), digest(finding)))
        .collect()
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
        for item in coverage.list.iter_mut().flatten() {
            self.mask(&mut item.name);
            self.mask(&mut item.detail);
        }
        for note in &mut coverage.notes {
            self.mask(note);
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
