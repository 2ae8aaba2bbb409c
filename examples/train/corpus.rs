//! The labelled credentials, put back into files as far as they are known.
//!
//! Owns reading `credentials-dev.jsonl.gz`, and which finding lies on which row. Does not own judging.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use outgate::detectors::Detector;
use outgate::engine::{Candidate, Engine, Searcher};
use outgate::findings::Verdict;
use outgate::verifier::{self, Estimate, Generic};
use outgate::walker::{Content, Fresh, Haystack, Origin};
use serde::Deserialize;

/// Name of the file in the folder of corpora.
pub(crate) const FILE: &str = "credentials-dev.jsonl.gz";

/// Categories that identify something and open nothing, in lower case: left out, as the corpus asks.
const IDENTIFIERS: &[&str] = &["uuid", "nonce", "salt", "s3 bucket", "firebase", "wechat"];

/// A row as it is written.
#[derive(Deserialize)]
struct Record {
    repo: String,
    path: String,
    line_start: usize,
    line_end: usize,
    /// In characters of the lines; -1 where the whole line is meant.
    col_start: i64,
    col_end: i64,
    label: String,
    categories: Texts,
    before: Texts,
    lines: Texts,
    after: Texts,
}

/// One text or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    One(Option<String>),
    Several(Vec<String>),
}

impl Texts {
    fn lines(&self) -> Vec<&str> {
        match self {
            Self::Several(all) => all.iter().map(String::as_str).collect(),
            Self::One(Some(text)) if !text.is_empty() => text.split('\n').collect(),
            Self::One(_) => Vec::new(),
        }
    }
}

/// A labelled row.
pub(crate) struct Row {
    /// Whether it is a credential.
    pub(crate) is_true: bool,
    /// Whether it counts: what identifies something and opens nothing does not.
    pub(crate) counts: bool,
    /// What kind of credential, as the corpus says.
    pub(crate) category: String,
    /// Where it stands in the text of its file.
    pub(crate) span: Range<usize>,
}

/// What is known of a file.
pub(crate) struct File {
    /// Its repository.
    pub(crate) repo: String,
    /// Its path in that.
    pub(crate) path: String,
    /// Its lines, with blank ones where something is missing.
    pub(crate) text: String,
    /// Its rows.
    pub(crate) rows: Vec<Row>,
}

/// A judged text in a file.
pub(crate) struct Hit {
    /// Where it stands.
    pub(crate) span: Range<usize>,
    /// The verdict.
    pub(crate) verdict: Verdict,
    /// What the model thought, where it was asked.
    pub(crate) estimate: Option<Estimate>,
    /// The candidate, where it is an assignment of the text itself.
    pub(crate) candidate: Option<Candidate>,
}

/// Reads the corpus in a folder.
///
/// # Errors
/// The file is not there, or holds something else.
pub(crate) fn read(folder: &Path) -> Result<Vec<File>, Box<dyn Error>> {
    let path = folder.join(FILE);
    let packed = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let tail = packed.last_chunk().ok_or("the file is empty")?;
    // The last four bytes of a gzip file are the length of its content (RFC 1952).
    let mut text = vec![0; u32::from_le_bytes(*tail) as usize];
    libdeflater::Decompressor::new().gzip_decompress(&packed, &mut text)?;
    let mut files: BTreeMap<(String, String), Vec<Record>> = BTreeMap::new();
    for line in text
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let record: Record = serde_json::from_slice(line)?;
        let place = (record.repo.clone(), record.path.clone());
        files.entry(place).or_default().push(record);
    }
    Ok(files
        .into_iter()
        .map(|((repo, path), records)| assemble(repo, &path, &records))
        .collect())
}

/// Puts the lines of all rows of a file where they belong; labelled lines win over context.
fn assemble(repo: String, path: &str, records: &[Record]) -> File {
    let mut lines: BTreeMap<usize, &str> = BTreeMap::new();
    for record in records {
        let (before, after) = (record.before.lines(), record.after.lines());
        let first = record.line_start - before.len().min(record.line_start);
        for (at, line) in before.into_iter().enumerate() {
            lines.entry(first + at).or_insert(line);
        }
        for (at, line) in after.into_iter().enumerate() {
            lines.entry(record.line_end + 1 + at).or_insert(line);
        }
    }
    for record in records {
        for (at, line) in record.lines.lines().into_iter().enumerate() {
            lines.insert(record.line_start + at, line);
        }
    }
    let mut text = String::new();
    let mut starts: BTreeMap<usize, usize> = BTreeMap::new();
    let mut last = 0;
    for (&number, line) in &lines {
        if number > last + 1 {
            text.push_str("\n\n\n");
        }
        starts.insert(number, text.len());
        text.push_str(line);
        text.push('\n');
        last = number;
    }
    let rows = records
        .iter()
        .filter_map(|record| row(record, &lines, &starts));
    File {
        repo,
        path: path.trim_matches('/').to_owned(),
        rows: rows.collect(),
        text,
    }
}

fn row(
    record: &Record,
    lines: &BTreeMap<usize, &str>,
    starts: &BTreeMap<usize, usize>,
) -> Option<Row> {
    let category = record.categories.lines().join(", ");
    let lower = category.to_lowercase();
    let at = |line: usize, column: i64| {
        let text = lines.get(&line)?;
        let column = usize::try_from(column).ok()?;
        let offset = text
            .char_indices()
            .nth(column)
            .map_or(text.len(), |(offset, _)| offset);
        Some(starts.get(&line)? + offset)
    };
    let start = at(record.line_start, record.col_start.max(0))?;
    let whole = i64::MAX;
    let end = if record.col_end >= 0 {
        record.col_end
    } else {
        whole
    };
    let end = at(record.line_end, end)?;
    Some(Row {
        is_true: record.label == "T",
        counts: !IDENTIFIERS.iter().any(|word| lower.contains(word)),
        category,
        span: start..end.max(start + 1),
    })
}

impl File {
    /// Draws letters and digits of the values that are no credentials anew, as was done with those that
    /// are: what is left tells both apart by form alone.
    pub(crate) fn mask(&mut self) {
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for row in self.rows.iter().filter(|row| !row.is_true) {
            let value = &mut bytes[row.span.clone()];
            let is_hex =
                value.iter().all(u8::is_ascii_hexdigit) && value.iter().any(u8::is_ascii_digit);
            let letters = if is_hex { 6 } else { 26 };
            for byte in value {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let drawn = |first: u8, count: u64| first + ((state >> 24) % count) as u8;
                *byte = match *byte {
                    b'a'..=b'z' => drawn(b'a', letters),
                    b'A'..=b'Z' => drawn(b'A', letters),
                    b'0'..=b'9' => drawn(b'0', 10),
                    other => other,
                };
            }
        }
        self.text = String::from_utf8_lossy(&bytes).into_owned();
    }

    /// What is found in the file.
    pub(crate) fn search(
        &self,
        engine: &Arc<Engine>,
        searcher: &mut Searcher,
        generic: Generic,
    ) -> Vec<Hit> {
        let origin = Origin::File(self.path.clone());
        let haystack = Haystack {
            bytes: self.text.as_bytes(),
            origin: &origin,
            content: Content::Text,
            fresh: Fresh::All,
            lineage: None,
            window: None,
        };
        let detectors: &[Detector] = engine.set().detectors();
        let candidates = searcher.search(&haystack);
        let mut hits = Vec::new();
        for judged in verifier::judge(detectors, &haystack, &candidates, generic) {
            let candidate = candidates
                .iter()
                .find(|one| one.detector == judged.detector && one.secret == judged.secret);
            hits.push(Hit {
                span: judged.secret,
                verdict: judged.verdict,
                estimate: judged.estimate,
                candidate: candidate.filter(|one| one.assignment.is_some()).cloned(),
            });
        }
        for layer in searcher.layers() {
            let inner = Haystack {
                bytes: &layer.text,
                ..haystack
            };
            for judged in verifier::judge(detectors, &inner, &layer.candidates, generic) {
                hits.push(Hit {
                    span: layer.source(&judged.secret),
                    verdict: judged.verdict,
                    estimate: None,
                    candidate: None,
                });
            }
        }
        hits
    }

    /// The rows that a text lies on, by index.
    pub(crate) fn rows_at(&self, span: &Range<usize>) -> impl Iterator<Item = usize> {
        let touches = move |row: &Row| row.span.start < span.end && span.start < row.span.end;
        let rows = self.rows.iter().enumerate();
        rows.filter(move |(_, row)| touches(row))
            .map(|(index, _)| index)
    }
}
