//! The search of one haystack: engine, verifier, and the sightings that come of it.
//!
//! Owns one thread's part of a run. Hands its sightings over when dropped.

use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::{Engine, Searcher};
use crate::findings::{Collector, LineCounter, Secret, Sighting, Snippet, inline_ignores, snippet};
use crate::verifier::{self, Judged};
use crate::walker::{Content, Haystack, Origin, Progress, Sink};

use super::target::Prefix;

/// Searches haystacks on one thread.
pub(super) struct Search<'a> {
    engine: Arc<Engine>,
    searcher: Searcher,
    collector: &'a Mutex<Collector>,
    progress: &'a Progress,
    prefix: &'a Prefix,
    sightings: Vec<Sighting>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        engine: &Arc<Engine>,
        collector: &'a Mutex<Collector>,
        progress: &'a Progress,
        prefix: &'a Prefix,
    ) -> Self {
        Self {
            engine: Arc::clone(engine),
            searcher: engine.searcher(),
            collector,
            progress,
            prefix,
            sightings: Vec::new(),
        }
    }
}

impl Search<'_> {
    /// The origin under the name that reports give it. The paths of blobs wait for provenance.
    fn name(&self, origin: &Origin) -> Origin {
        match origin {
            Origin::File(path) => Origin::File(self.prefix.name(path)),
            Origin::Blob { .. } => origin.clone(),
        }
    }
}

impl Sink for Search<'_> {
    fn search(&mut self, haystack: &Haystack<'_>) {
        let candidates = self.searcher.search(haystack);
        if candidates.is_empty() {
            return;
        }
        let judged = verifier::judge(self.engine.set().detectors(), haystack, &candidates);
        self.progress
            .hits
            .fetch_add(judged.len() as u64, Ordering::Relaxed);
        let masks = masks(&judged);
        let ignores = inline_ignores(haystack.bytes);
        let mut lines = LineCounter::new(haystack.bytes);
        let detectors = self.engine.set().detectors();
        for one in judged {
            if !haystack.fresh.touches(&one.whole) {
                continue;
            }
            let span = lines.span(&one.secret);
            let id = &detectors[one.detector].id;
            let ignored = ignores
                .covering(id, span.start_line)
                .map(|ignore| ignore.reason.clone());
            let line = match haystack.content {
                Content::Text => snippet(haystack.bytes, &one.secret, &masks),
                Content::Binary => Snippet::default(),
            };
            self.sightings.push(Sighting {
                detector: one.detector,
                knowledge: verifier::knowledge(&detectors[one.detector]),
                also: one.also,
                secret: Secret::new(&haystack.bytes[one.secret.clone()]),
                verdict: one.verdict,
                severity: one.severity,
                reasons: one.reasons,
                origin: self.name(haystack.origin),
                span,
                snippet: line,
                ignored,
            });
        }
    }
}

/// What must not be shown, as disjoint ranges in order.
fn masks(judged: &[Judged]) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = judged.iter().map(|one| one.mask.clone()).collect();
    all.sort_by_key(|mask| (mask.start, mask.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for mask in all {
        match merged.last_mut() {
            Some(last) if mask.start < last.end => last.end = last.end.max(mask.end),
            _ => merged.push(mask),
        }
    }
    merged
}

impl Drop for Search<'_> {
    fn drop(&mut self) {
        let mut collector = self
            .collector
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        collector.extend(std::mem::take(&mut self.sightings));
    }
}
