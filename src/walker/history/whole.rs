//! Whole histories: all objects of a repository, of a pack or of a bundle, whatever refs say.
//!
//! Owns opening them, and the header of a bundle (gitformat-bundle). Does not own the scan.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::folders::object_folders;
use super::objects::Objects;
use super::pack::Packs;
use super::refs::Tip;
use super::rest::Staged;
use super::survey::Survey;
use super::{History, check_indexes};
use crate::walker::id::{Format, Id};
use crate::walker::naming::name_bytes;
use crate::walker::repository::{Repository, find_format};
use crate::walker::{Coverage, Error, GapReason, Run};

/// First bytes of a bundle, before its version.
const BUNDLE: &[u8] = b"# v";
/// What follows the version.
const BUNDLE_END: &[u8] = b" git bundle\n";

/// Says whether a file that begins so is a pack or bundle.
pub(in crate::walker) fn is_stream(head: &[u8]) -> bool {
    let is_pack = head.starts_with(b"PACK\0\0\0") && matches!(head.get(7), Some(2 | 3));
    is_pack || (head.starts_with(BUNDLE) && head.get(4..16) == Some(BUNDLE_END))
}

impl History {
    /// Opens all objects of the repository with this `.git` folder.
    ///
    /// # Errors
    /// When the repository cannot be opened, or an index of a pack is damaged.
    pub fn open_whole(git_dir: &Path) -> Result<Self, Error> {
        match Repository::open_git_dir(git_dir) {
            Ok(repository) => {
                let mut history = Self::open(&repository)?;
                history.staged = list_staged(&repository, &mut history.faults);
                history.is_whole = true;
                Ok(history)
            }
            Err(fault) => match find_format(git_dir) {
                Some(format) => Self::open_without_refs(git_dir, format, &fault),
                None => Err(fault),
            },
        }
    }

    /// Opens the objects of a repository whose refs cannot be read.
    fn open_without_refs(git_dir: &Path, format: Format, fault: &Error) -> Result<Self, Error> {
        check_indexes(git_dir, format)?;
        let mut history = Self::new(git_dir, format);
        history.is_whole = true;
        history.has_lost_refs = true;
        let text = format!("{fault}; all its objects are read, whether or not a ref leads to them");
        history.faults.notes.push(text);
        Ok(history)
    }

    /// Reads a pack or bundle; nothing when it is neither.
    pub fn open_stream(name: &str, mut bytes: Vec<u8>, run: Run<'_>) -> Option<Self> {
        let Header {
            format,
            tips,
            is_partial,
            length,
        } = Header::parse(&bytes)?;
        let mut faults = Coverage::default();
        let (packs, fault) = Packs::of_stream(bytes.split_off(length), format, u64::MAX)?;
        if let Some(fault) = fault {
            faults.gap(GapReason::Corrupt, ".", fault.words);
        }
        if is_partial {
            let detail = "it holds only what another repository lacks";
            faults.gap(GapReason::Shallow, ".", detail);
        }
        let mut history = Self::new(Path::new(name), format);
        let packs = Arc::new(packs);
        let objects = Objects::of_stream(&packs).ok()?;
        let survey = Survey::read(packs, &objects, &tips, &BTreeSet::new(), run, &mut faults);
        if is_partial || tips.is_empty() {
            faults.forget_missing();
        }
        let inventory = super::inventory::Inventory::read(&survey.packs, &objects, None);
        history.survey = OnceLock::from(survey.with(inventory, &objects, tips.is_empty()));
        history.faults = faults;
        history.tips = tips;
        history.is_whole = true;
        history.is_stream = true;
        Some(history)
    }

    /// The folders of objects and the packs, without their extensions, that are read.
    pub(in crate::walker) fn files(&self) -> (Vec<std::path::PathBuf>, Vec<std::path::PathBuf>) {
        let packs = self.survey.get().map(|survey| &survey.packs);
        let packs = packs.into_iter().flat_map(|packs| packs.files());
        (
            object_folders(&self.common_dir),
            packs.map(Path::to_owned).collect(),
        )
    }
}

/// The blobs that the index names.
fn list_staged(repository: &Repository, faults: &mut Coverage) -> Vec<Staged> {
    match repository.read_index() {
        Ok(index) => index
            .iter()
            .map(|entry| Staged {
                id: entry.id.into(),
                path: entry.path,
            })
            .collect(),
        // Its blobs are among the objects, and the file is read as one.
        Err(fault) => {
            let text = format!("the index is read as a file: {}", fault.message());
            faults.notes.push(text);
            Vec::new()
        }
    }
}

/// What stands before the pack in a bundle.
pub(super) struct Header {
    pub(super) format: Format,
    pub(super) tips: Vec<Tip>,
    /// Whether it builds on commits that it does not hold.
    pub(super) is_partial: bool,
    pub(super) length: usize,
}

impl Header {
    /// Reads the header of a bundle; a pack has none.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut header = Self {
            format: Format::Sha1,
            tips: Vec::new(),
            is_partial: false,
            length: 0,
        };
        if !bytes.starts_with(BUNDLE) {
            return Some(header);
        }
        let mut at = memchr::memchr(b'\n', bytes)? + 1;
        loop {
            let rest = bytes.get(at..)?;
            let end = memchr::memchr(b'\n', rest)?;
            let line = &rest[..end];
            at += end + 1;
            match line.first() {
                None => break,
                Some(b'@') => {
                    if line == b"@object-format=sha256" {
                        header.format = Format::Sha256;
                    }
                }
                Some(b'-') => header.is_partial = true,
                Some(_) => header.add_tip(line),
            }
        }
        header.length = at;
        Some(header)
    }

    fn add_tip(&mut self, line: &[u8]) {
        let end = 2 * self.format.length();
        let id = line.get(..end).and_then(|id| Id::parse(id, self.format));
        if let (Some(id), Some(name)) = (id, line.get(end + 1..)) {
            let name = name_bytes(name);
            self.tips.push(Tip { name, id });
        }
    }
}
