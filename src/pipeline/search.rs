//! The search of one haystack: engine, verifier, and the sightings that come of it.
//!
//! Owns one thread's part of a run. Hands its sightings over when dropped.

use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use crate::detectors::Detector;
use crate::engine::{Engine, Layer, Searcher};
use crate::findings::{Collector, InlineIgnores, LineCounter, Secret, Sighting, Snippet, snippet};
use crate::verifier::{self, Generic, Judged};
use crate::walker::{Content, Haystack, Origin, Progress, Searched, Sink};

use super::target::Prefix;

/// Searches haystacks on one thread.
pub(super) struct Search<'a> {
    engine: Arc<Engine>,
    generic: Generic,
    searcher: Searcher,
    collector: &'a Mutex<Collector>,
    progress: &'a Progress,
    prefix: &'a Prefix,
    /// Those of the last text, which may go on with its next part.
    ignores: InlineIgnores,
    /// Those that were not yet handed over.
    sightings: Vec<(Secret, Sighting)>,
}

/// How many sightings are handed over at once.
const BATCH: usize = 256;

impl<'a> Search<'a> {
    pub(super) fn new(
        engine: &Arc<Engine>,
        generic: Generic,
        collector: &'a Mutex<Collector>,
        progress: &'a Progress,
        prefix: &'a Prefix,
    ) -> Self {
        Self {
            engine: Arc::clone(engine),
            generic,
            searcher: engine.searcher(),
            collector,
            progress,
            prefix,
            ignores: InlineIgnores::default(),
            sightings: Vec::new(),
        }
    }
}

impl Search<'_> {
    fn hand_over(&mut self) {
        let collector = self.collector.lock();
        let mut collector = collector.unwrap_or_else(PoisonError::into_inner);
        collector.extend(self.sightings.drain(..));
    }

    /// Notes what was found in the fresh part of a text.
    fn note(&mut self, haystack: &Haystack<'_>, placed: Vec<Placed>) {
        let detectors = self.engine.set().detectors();
        let window = haystack.window.unwrap_or_default();
        self.progress
            .hits
            .fetch_add(placed.len() as u64, Ordering::Relaxed);
        let masks = masks(&placed);
        read_ignores(&mut self.ignores, haystack, &placed);
        let mut lines = LineCounter::new(haystack.bytes);
        let origin = Arc::new(self.name(haystack.origin));
        for one in placed {
            if !haystack.fresh.touches(&one.whole) {
                continue;
            }
            let span = lines.span(&one.secret).within(window);
            let judged = one.judged;
            let id = &detectors[judged.detector].id;
            let ignored = self.ignores.covering(id, span.start_line);
            let line = match haystack.content {
                Content::Text => snippet(haystack.bytes, &one.secret, &masks),
                Content::Binary => Snippet::default(),
            };
            let sighting = Sighting {
                detector: judged.detector,
                knowledge: verifier::knowledge(&detectors[judged.detector]),
                also: judged.also,
                verdict: judged.verdict,
                severity: judged.severity,
                reasons: judged.reasons,
                origin: Arc::clone(&origin),
                span,
                snippet: line,
                ignored,
            };
            self.sightings.push((one.value, sighting));
        }
        if self.sightings.len() >= BATCH {
            self.hand_over();
        }
    }

    /// The origin under the name that reports give it.
    fn name(&self, origin: &Origin) -> Origin {
        match origin {
            Origin::File(path) => Origin::File(self.prefix.name(path)),
            Origin::Metadata { path, what } => Origin::Metadata {
                path: if path.is_empty() {
                    self.prefix.as_str().to_owned()
                } else {
                    self.prefix.name(path)
                },
                what: what.clone(),
            },
            // Of use where no commit leads to the blob.
            Origin::Blob { id, path, member } => Origin::Blob {
                id: id.clone(),
                path: self.prefix.name(path),
                member: *member,
            },
        }
    }
}

/// A judged text with its place in the source.
struct Placed {
    judged: Judged,
    value: Secret,
    /// Where the secret, the whole match and all that must be masked stand in the source.
    secret: Range<usize>,
    whole: Range<usize>,
    mask: Range<usize>,
}

impl Sink for Search<'_> {
    fn search(&mut self, haystack: &Haystack<'_>) -> Searched {
        let candidates = self.searcher.search(haystack);
        let layers = self.searcher.layers();
        let window = haystack.window.unwrap_or_default();
        if window.offset == 0 {
            self.ignores = InlineIgnores::default();
        }
        if candidates.is_empty() && layers.is_empty() {
            if haystack.window.is_some() {
                self.ignores.pass_over(haystack.bytes, window.lines + 1);
            }
            return Searched::Whole;
        }
        let detectors = self.engine.set().detectors();
        let mut placed: Vec<Placed> =
            verifier::judge(detectors, haystack, &candidates, self.generic)
                .into_iter()
                .map(|judged| Placed {
                    value: Secret::new(&haystack.bytes[judged.secret.clone()]),
                    secret: judged.secret.clone(),
                    whole: judged.whole.clone(),
                    mask: judged.mask.clone(),
                    judged,
                })
                .collect();
        for layer in &layers {
            for decoded in judge_layer(detectors, haystack, layer, self.generic) {
                add_decoded(&mut placed, decoded);
            }
        }
        self.note(haystack, placed);
        // One that begins outside of the core of a window may be cut by the end of that.
        let is_cut = |layer: &Layer| {
            let rest = layer.source(&(0..0)).start..usize::MAX;
            layer.is_cut && (haystack.window.is_none() || haystack.fresh.touches(&rest))
        };
        if layers.iter().any(is_cut) {
            Searched::Cut
        } else {
            Searched::Whole
        }
    }
}

/// Adds what was found in an encoded text, unless the same detector found it as it is written: of
/// `sig=…%3D` only the end is encoded. Then the surer of the two stays.
fn add_decoded(placed: &mut Vec<Placed>, decoded: Placed) {
    let is_same = |one: &&mut Placed| {
        one.judged.detector == decoded.judged.detector
            && one.secret.start < decoded.secret.end
            && decoded.secret.start < one.secret.end
    };
    match placed.iter_mut().find(is_same) {
        Some(one) if decoded.judged.verdict > one.judged.verdict => *one = decoded,
        Some(_) => {}
        None => placed.push(decoded),
    }
}

/// Judges what was found in an encoded text, and finds its place in the source.
fn judge_layer<'a>(
    detectors: &[Detector],
    haystack: &Haystack<'_>,
    layer: &'a Layer,
    generic: Generic,
) -> impl Iterator<Item = Placed> + use<'a> {
    // What kind of text it is tells the text, not the file around it.
    let origin = Origin::File(format!("{}/decoded.txt", haystack.origin.path()));
    let inner = Haystack {
        bytes: &layer.text,
        origin: &origin,
        lineage: None,
        ..*haystack
    };
    let names = layer.encodings.iter().map(|encoding| encoding.name());
    let names: Vec<_> = names.collect();
    let reason = format!("decoded from {}", names.join(", then "));
    let judged = verifier::judge(detectors, &inner, &layer.candidates, generic);
    judged.into_iter().map(move |mut judged| {
        judged.reasons.push(reason.clone());
        Placed {
            value: Secret::new(&layer.text[judged.secret.clone()]),
            secret: layer.source(&judged.secret),
            whole: layer.source(&judged.whole),
            // The rest of the encoded text may tell of the secret, too.
            mask: layer.source(&(0..layer.text.len())),
            judged,
        }
    })
}

/// Reads the comments that may speak for what was found: each speaks for its line or for those
/// below it, and what is below the last finding matters to the next part of the text only.
fn read_ignores(ignores: &mut InlineIgnores, haystack: &Haystack<'_>, placed: &[Placed]) {
    let last = placed.iter().map(|one| one.secret.start).max();
    let end_of_line = |at| memchr::memchr(b'\n', &haystack.bytes[at..]).map(|end| at + end);
    let end = match haystack.window {
        Some(_) => None,
        None => last.map_or(Some(0), end_of_line),
    };
    let read = &haystack.bytes[..end.unwrap_or(haystack.bytes.len())];
    let first = haystack.window.unwrap_or_default().lines + 1;
    ignores.read(read, first);
}

/// What must not be shown, as disjoint ranges in order.
fn masks(placed: &[Placed]) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = placed.iter().map(|one| one.mask.clone()).collect();
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
        self.hand_over();
    }
}
