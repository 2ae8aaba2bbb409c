//! Rules: what hides a finding, and whether it is obeyed.
//!
//! Owns the question which allow entry, baseline entry or pattern covers a finding, and which of
//! them were of use. What is not obeyed, because the scanned repository is not to be trusted or
//! because everything is to be seen, is said of the finding instead. Does not own comments
//! (`findings`) or files of rules (`config`, `baseline`).

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::baseline::{Baseline, Decision};
use crate::config::Allow;
use crate::findings::{Finding, Suppression};
use crate::walker::{self, Filter};

/// What hides findings.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Accepted findings.
    pub allow: Vec<Allow>,
    /// Known findings.
    pub baseline: Option<Baseline>,
    /// Patterns for files that would have been left out.
    pub exclude: Vec<String>,
    /// Ids of detectors that would have been off.
    pub off: Vec<String>,
}

/// Whether the rules are obeyed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Obedience {
    /// What is covered is hidden.
    #[default]
    Obey,
    /// What is covered is shown, and said to be.
    Audit,
}

/// Rules made ready to be asked, which remember what was of use.
pub(super) struct Judge {
    rules: Rules,
    /// A filter for the paths of each allow entry.
    paths: Vec<Filter>,
    exclude: Filter,
    today: Date,
    used: BTreeSet<usize>,
    known: BTreeSet<String>,
    rotate: usize,
}

impl Judge {
    pub(super) fn new(rules: Rules, today: Date) -> Result<Self, walker::Error> {
        Ok(Self {
            paths: rules
                .allow
                .iter()
                .map(|entry| Filter::new(&entry.paths))
                .collect::<Result<_, _>>()?,
            exclude: Filter::new(&rules.exclude)?,
            rules,
            today,
            used: BTreeSet::new(),
            known: BTreeSet::new(),
            rotate: 0,
        })
    }

    /// Says what hides a finding; a rule that no longer holds is said in a reason of the finding.
    pub(super) fn suppression(&mut self, finding: &mut Finding) -> Option<Suppression> {
        self.allowed(finding)
            .or_else(|| self.baselined(finding))
            .or_else(|| self.left_out(finding))
    }

    fn allowed(&mut self, finding: &mut Finding) -> Option<Suppression> {
        for (index, entry) in self.rules.allow.iter().enumerate() {
            if !covers(entry, &self.paths[index], finding) {
                continue;
            }
            self.used.insert(index);
            match entry.expires {
                Some(day) if entry.is_expired(self.today) => {
                    finding
                        .reasons
                        .push(format!("its allow entry ended on {day}"));
                }
                _ => {
                    return Some(Suppression::Allow {
                        reason: entry.reason.clone(),
                    });
                }
            }
        }
        None
    }

    fn baselined(&mut self, finding: &mut Finding) -> Option<Suppression> {
        let baseline = self.rules.baseline.as_ref()?;
        let entry = baseline.find(&finding.fingerprint)?;
        self.known.insert(finding.fingerprint.clone());
        if entry.is_expired(self.today) {
            let day = entry.expires.as_deref().unwrap_or("");
            finding
                .reasons
                .push(format!("its entry in the baseline ended on {day}"));
            return None;
        }
        self.rotate += usize::from(entry.decision == Decision::Rotate);
        Some(Suppression::Baseline {
            reason: entry.reason.clone(),
        })
    }

    fn left_out(&self, finding: &Finding) -> Option<Suppression> {
        if self.rules.off.contains(&finding.detector) {
            return Some(Suppression::Off);
        }
        let is_excluded = !self.rules.exclude.is_empty() && is_within(&self.exclude, finding);
        is_excluded.then_some(Suppression::Excluded)
    }

    /// Entries that covered nothing, in words. Only a run that saw everything may say so.
    pub(super) fn stale(&self) -> Vec<String> {
        let allow = self.rules.allow.iter().enumerate();
        let allow = allow
            .filter(|(index, entry)| entry.fingerprint.is_some() && !self.used.contains(index))
            .map(|(_, entry)| format!("the allow entry for {entry} covers nothing any more"));
        let mut stale: Vec<String> = allow.collect();
        if let Some(mut baseline) = self.rules.baseline.clone() {
            let gone = baseline.take_stale(self.known.iter().map(String::as_str));
            stale.extend(gone.iter().map(|entry| {
                format!(
                    "the baseline's {} in `{}` is there no more; `outgate baseline update` takes it out",
                    entry.detector, entry.path
                )
            }));
        }
        stale
    }

    /// How many findings were hidden that are noted to be replaced.
    pub(super) fn rotate(&self) -> usize {
        self.rotate
    }
}

/// Says whether an allow entry covers a finding: all that it names must hold.
fn covers(entry: &Allow, paths: &Filter, finding: &Finding) -> bool {
    let fingerprint = entry.fingerprint.as_ref();
    let value = finding.secret.expose();
    fingerprint.is_none_or(|one| *one == finding.fingerprint)
        && (entry.detectors.is_empty() || entry.detectors.contains(&finding.detector))
        && (entry.values.is_empty() || entry.values.iter().any(|one| one.matches(value)))
        && (entry.paths.is_empty() || is_within(paths, finding))
}

/// Says whether all places of a finding lie where a filter says.
fn is_within(filter: &Filter, finding: &Finding) -> bool {
    let is_within = |path: &str| {
        // A rule for an archive is one for its members, too.
        let outer = path.match_indices("!/").map(|(end, _)| &path[..end]);
        outer.chain([path]).any(|path| filter.excludes(path, false))
    };
    finding
        .occurrences
        .iter()
        .all(|one| is_within(&one.place.path))
}
