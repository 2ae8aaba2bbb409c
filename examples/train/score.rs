//! Scores: precision and recall by row.
//!
//! Owns what counts: a row is found if a finding overlaps it; precision is over rows that are found, strict
//! precision counts findings on no row as false, recall is over all true rows.

use outgate::findings::Verdict;

use crate::corpus::{File, Hit};

/// Counts over some files.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Score {
    /// True rows.
    pub(crate) rows: usize,
    /// True rows that are found.
    pub(crate) hits: usize,
    /// False rows that are found.
    pub(crate) wrong: usize,
    /// Findings that lie on no row.
    pub(crate) beside: usize,
}

impl Score {
    /// Adds a file with the verdicts of its findings; `counts` says which rows and findings do.
    pub(crate) fn add(
        &mut self,
        file: &File,
        hits: &[(&Hit, Verdict)],
        least: Verdict,
        counts: impl Fn(&str) -> bool,
    ) {
        let mut found = vec![false; file.rows.len()];
        for (hit, verdict) in hits {
            let mut is_beside = true;
            for row in file.rows_at(&hit.span) {
                is_beside = false;
                found[row] |= *verdict >= least;
            }
            self.beside += usize::from(is_beside && *verdict >= least);
        }
        for (row, found) in file.rows.iter().zip(found) {
            if row.counts && counts(&row.category) {
                self.rows += usize::from(row.is_true);
                self.hits += usize::from(row.is_true && found);
                self.wrong += usize::from(!row.is_true && found);
            }
        }
    }

    /// Precision over rows.
    pub(crate) fn precision(&self) -> f64 {
        self.hits as f64 / (self.hits + self.wrong).max(1) as f64
    }

    /// Precision over all findings.
    pub(crate) fn strict(&self) -> f64 {
        self.hits as f64 / (self.hits + self.wrong + self.beside).max(1) as f64
    }

    /// Recall over true rows.
    pub(crate) fn recall(&self) -> f64 {
        self.hits as f64 / self.rows.max(1) as f64
    }

    /// Harmonic mean of strict precision and recall.
    pub(crate) fn f1(&self) -> f64 {
        let (precision, recall) = (self.strict(), self.recall());
        2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE)
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            rows,
            hits,
            wrong,
            beside,
        } = self;
        let (precision, strict, recall, f1) =
            (self.precision(), self.strict(), self.recall(), self.f1());
        write!(
            f,
            "P {precision:.3}  strict P {strict:.3}  R {recall:.3}  F1 {f1:.3}  ({hits} of {rows} true rows, {wrong} false, {beside} beside)"
        )
    }
}
