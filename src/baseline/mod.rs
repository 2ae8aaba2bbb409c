//! The baseline: findings that are known, so that only new ones fail a run.
//!
//! Owns the file (one entry a line, sorted, so that two branches merge), its digests and what is
//! said of each entry. An entry knows no line number, and its path is for people only: a secret that
//! moves stays known, one that changes does not. Does not own finding or hiding anything.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Version of the file's shape; a reader refuses a higher one.
const VERSION: u32 = 1;
/// Bytes of a digest that are kept: 128 bits.
const LENGTH: usize = 16;

/// Findings that are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Key of the digests, drawn once a file: entries of two repositories cannot be compared.
    salt: [u8; LENGTH],
    entries: BTreeMap<String, Entry>,
}

/// One finding that is known.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Where it was when it was added or last updated; for people.
    pub path: String,
    /// Id of the detector that named it then; for people.
    pub detector: String,
    /// HMAC-SHA-256 (RFC 2104) of the finding's fingerprint under the salt of the file, cut to 128
    /// bits, in hexadecimal. The fingerprint of a guessable value is slow to compute, and so is a
    /// guess at this digest.
    digest: String,
    /// When it was added.
    pub added: String,
    /// What was decided about it.
    #[serde(default, skip_serializing_if = "Decision::is_known")]
    pub decision: Decision,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The last day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// What was decided about a known finding.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Nothing yet: it was there when the baseline was made.
    #[default]
    Known,
    /// It is a secret, and its being here is accepted.
    Accepted,
    /// It is no secret.
    Ignored,
    /// It is a secret and is to be replaced.
    Rotate,
}

impl Decision {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
    fn is_known(&self) -> bool {
        *self == Self::Known
    }

    /// The word used in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Accepted => "accepted",
            Self::Ignored => "ignored",
            Self::Rotate => "rotate",
        }
    }
}

impl Entry {
    /// Says whether the entry no longer holds on a day.
    pub fn is_expired(&self, today: Date) -> bool {
        let last = self.expires.as_deref().and_then(|day| day.parse().ok());
        last.is_some_and(|last: Date| last < today)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    salt: String,
    known: Vec<Entry>,
}

/// What is wrong with a baseline.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("cannot read baseline `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is not valid.
    #[error("baseline `{path}` is not valid: {fault}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: String,
    },
    /// The system gives no random bytes for a new file.
    #[error("the system gives no random bytes for the key of a new baseline")]
    NoRandomness,
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => {
                Some("make one with `outgate baseline create`, or check `--baseline`".to_owned())
            }
            Self::Invalid { .. } => Some(
                "resolve a merge line by line, each entry is one; or make it anew with `outgate \
                 baseline create --force`"
                    .to_owned(),
            ),
            Self::NoRandomness => None,
        }
    }
}

impl Baseline {
    /// An empty one with a new key.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new() -> Result<Self, Error> {
        let mut salt = [0; LENGTH];
        getrandom::fill(&mut salt).map_err(|_| Error::NoRandomness)?;
        Ok(Self {
            salt,
            entries: BTreeMap::new(),
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is not what this version writes, or says something impossible.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|fault| Error::Invalid {
            path: path.to_owned(),
            fault,
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(text).map_err(|fault| explain(text, &fault))?;
        if file.version > VERSION {
            return Err(format!(
                "it has version {}, and this outgate knows {VERSION}",
                file.version
            ));
        }
        let salt = HEXLOWER.decode(file.salt.as_bytes()).ok();
        let salt = salt
            .and_then(|salt| salt.try_into().ok())
            .ok_or("`salt` is not 32 hexadecimal digits")?;
        let mut entries = BTreeMap::new();
        for entry in file.known {
            let is_digest = entry.digest.len() == 2 * LENGTH
                && entry.digest.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !is_digest {
                return Err(format!("the entry for `{}` has no digest", entry.path));
            }
            let days = [Some(&entry.added), entry.expires.as_ref()];
            if days
                .into_iter()
                .flatten()
                .any(|day| day.parse::<Date>().is_err())
            {
                return Err(format!(
                    "a date of the entry for `{}` is not a day, which is written as in `2027-03-31`",
                    entry.path
                ));
            }
            entries.insert(entry.digest.clone(), entry);
        }
        Ok(Self { salt, entries })
    }

    /// Writes the file: sorted by path, one entry a line.
    pub fn render(&self) -> String {
        let mut entries: Vec<&Entry> = self.entries.values().collect();
        entries.sort();
        let lines: Vec<String> = entries
            .into_iter()
            .filter_map(|entry| serde_json::to_string(entry).ok())
            .collect();
        format!(
            "{{\n\"version\": {VERSION},\n\"salt\": \"{}\",\n\"known\": [\n{}\n]\n}}\n",
            HEXLOWER.encode(&self.salt),
            lines.join(",\n")
        )
    }

    /// The name of a finding in this file.
    pub fn digest(&self, fingerprint: &str) -> String {
        // A key of any length will do.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.salt) else {
            return String::new();
        };
        mac.update(fingerprint.as_bytes());
        HEXLOWER.encode(&mac.finalize().into_bytes()[..LENGTH])
    }

    /// Finds what is known of a finding.
    pub fn find(&self, fingerprint: &str) -> Option<&Entry> {
        self.entries.get(&self.digest(fingerprint))
    }

    /// Adds a finding, or changes what is said of it.
    pub fn insert(&mut self, fingerprint: &str, entry: NewEntry<'_>) {
        let digest = self.digest(fingerprint);
        let added = self
            .entries
            .get(&digest)
            .map_or_else(|| entry.today.to_string(), |known| known.added.clone());
        let entry = Entry {
            path: entry.path.to_owned(),
            detector: entry.detector.to_owned(),
            digest: digest.clone(),
            added,
            decision: entry.decision,
            reason: entry.reason.map(str::to_owned),
            expires: entry.expires.map(|day| day.to_string()),
        };
        self.entries.insert(digest, entry);
    }

    /// Notes where a known finding is now.
    pub fn relocate(&mut self, fingerprint: &str, path: &str) {
        let digest = self.digest(fingerprint);
        if let Some(entry) = self.entries.get_mut(&digest)
            && entry.path != path
        {
            path.clone_into(&mut entry.path);
        }
    }

    /// Takes out what is none of these findings, and gives it.
    pub fn take_stale<'a>(&mut self, fingerprints: impl Iterator<Item = &'a str>) -> Vec<Entry> {
        let seen: std::collections::BTreeSet<String> =
            fingerprints.map(|one| self.digest(one)).collect();
        let (kept, stale) = std::mem::take(&mut self.entries)
            .into_iter()
            .partition(|(digest, _)| seen.contains(digest));
        self.entries = kept;
        stale.into_values().collect()
    }

    /// All entries, by digest.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }
}

/// What is known of a finding that is added.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'a> {
    /// Where it is.
    pub path: &'a str,
    /// Id of its detector.
    pub detector: &'a str,
    /// What was decided.
    pub decision: Decision,
    /// Why.
    pub reason: Option<&'a str>,
    /// The last day on which the entry holds.
    pub expires: Option<Date>,
    /// The day of adding.
    pub today: Date,
}

/// Words a fault of JSON, and a merge that was not resolved by its name.
fn explain(text: &str, fault: &serde_json::Error) -> String {
    match text.lines().position(|line| line.starts_with("<<<<<<<")) {
        Some(at) => format!("it holds an unresolved merge at line {}", at + 1),
        // Without the message: it quotes the text.
        None => format!(
            "it is not the JSON that outgate writes, at line {}, column {}",
            fault.line(),
            fault.column()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> NewEntry<'_> {
        NewEntry {
            path,
            detector: "jwt",
            decision: Decision::Known,
            reason: None,
            expires: None,
            today: jiff::civil::date(2026, 3, 1),
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_sorted_by_path() {
        let mut baseline = Baseline::new().unwrap();
        for (fingerprint, path) in [("aa", "z"), ("bb", "a"), ("cc", "m")] {
            baseline.insert(fingerprint, entry(path));
        }
        let text = baseline.render();
        assert_eq!(Baseline::parse(&text), Ok(baseline.clone()));
        let paths: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("{\"path\":\"")?.get(..1))
            .collect();
        assert_eq!(paths, ["a", "m", "z"]);
    }

    #[test]
    fn an_empty_one_is_valid() {
        let baseline = Baseline::new().unwrap();
        assert_eq!(Baseline::parse(&baseline.render()), Ok(baseline));
    }

    #[test]
    fn the_digest_depends_on_the_key() {
        let (one, other) = (Baseline::new().unwrap(), Baseline::new().unwrap());
        assert_eq!(one.digest("aa").len(), 32);
        assert_ne!(one.digest("aa"), one.digest("ab"));
        assert_ne!(one.digest("aa"), other.digest("aa"));
    }

    #[test]
    fn stale_entries_are_taken_out() {
        let mut baseline = Baseline::new().unwrap();
        baseline.insert("aa", entry("kept"));
        baseline.insert("bb", entry("gone"));
        let stale = baseline.take_stale(["aa"].into_iter());
        assert_eq!(stale.len(), 1);
        assert_eq!(stale[0].path, "gone");
        assert!(baseline.find("aa").is_some() && baseline.find("bb").is_none());
    }

    #[test]
    fn faults_are_named_without_the_text() {
        let merge = "{\n<<<<<<< main\n";
        assert!(
            Baseline::parse(merge)
                .unwrap_err()
                .contains("merge at line 2")
        );
        let wrong = Baseline::parse("{\"version\": 1, \"hunter\": 2}").unwrap_err();
        assert!(
            wrong.contains("line 1") && !wrong.contains("hunter"),
            "{wrong}"
        );
        let newer = Baseline::parse("{\"version\": 9, \"salt\": \"\", \"known\": []}");
        assert!(newer.unwrap_err().contains("version 9"));
    }

    #[test]
    fn an_entry_expires_after_its_last_day() {
        let mut baseline = Baseline::new().unwrap();
        let last = jiff::civil::date(2026, 5, 31);
        baseline.insert(
            "aa",
            NewEntry {
                expires: Some(last),
                ..entry("a")
            },
        );
        let known = baseline.find("aa").unwrap();
        assert!(!known.is_expired(last));
        assert!(known.is_expired(last.tomorrow().unwrap()));
    }
}
