//! Extraction: the members of an archive as files in a folder of their own, where a repository is
//! among them: its packs and refs make sense only together.
//!
//! Owns which members become files, and that none lies outside of the folder. A member that does
//! not is left to whoever searches the archive. Does not own formats (`unpack`) or the scan.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::stores::find_stores;
use super::unpack::{self, Unpacker, Visitor};
use super::{GapReason, Limits, Run, SkipReason};

/// Files of a repository that name folders elsewhere, which are in no archive.
const LEADING_OUT: &[&str] = &[
    "objects/info/alternates",
    "objects/info/http-alternates",
    "commondir",
];
/// Longest name of a file or folder that every file system takes, in bytes.
const LONGEST: usize = 255;

/// Members of an archive as files, which are removed with it.
#[derive(Debug)]
pub struct Extraction {
    folder: TempDir,
    /// The addresses of the members that are files.
    written: BTreeSet<String>,
}

impl Extraction {
    /// Extracts an archive of at most `most` bytes; nothing when it is none, or holds no
    /// repository, pack or bundle.
    ///
    /// # Errors
    /// When the file cannot be read, or no temporary folder be made.
    pub fn open(path: &Path, most: u64, limits: Limits, run: Run<'_>) -> io::Result<Option<Self>> {
        if fs::metadata(path)?.len() > most {
            return Ok(None);
        }
        let bytes = fs::read(path)?;
        let Some(format) = unpack::recognise(&bytes) else {
            return Ok(None);
        };
        let mut writer = Writer {
            extraction: Self {
                folder: tempfile::Builder::new().prefix("outgate-").tempdir()?,
                written: BTreeSet::new(),
            },
            run,
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Unpacker::new(&mut writer, &name, limits).open(format, "", &bytes);
        let extraction = writer.extraction;
        extraction.add_refs();
        let holds_git = !find_stores(extraction.folder()).all().is_empty();
        Ok(holds_git.then_some(extraction))
    }

    /// The folder of the files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Says whether the first member with this address is a file.
    pub(super) fn holds(&self, address: &str) -> bool {
        self.written.contains(address)
    }

    /// Archives have no entry for the empty folder of refs that are all packed, without which git
    /// takes no folder for its own.
    fn add_refs(&self) {
        for address in &self.written {
            let folder = to_path(address)
                .filter(|path| path.ends_with("HEAD"))
                .and_then(|path| Some(self.folder().join(path.parent()?)));
            if let Some(folder) = folder
                && folder.join("objects").is_dir()
            {
                // Where it is there already nothing is lacking.
                drop(fs::create_dir(folder.join("refs")));
            }
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().unwrap_or(self.folder()))?;
        // Nothing is there but what this made, so that no link is followed; a second member of a
        // name, or of one that differs in case alone, is refused.
        let mut file = File::create_new(&path)?;
        file.write_all(bytes).inspect_err(|_| {
            // A full disk: the part of it is searched with the archive as a whole.
            drop(fs::remove_file(&path));
        })
    }
}

/// The path below the folder for a member; nothing when it may not have one.
fn to_path(address: &str) -> Option<PathBuf> {
    let name = address.strip_prefix("!/")?;
    // An address with `!/` could be that of a member in a member.
    let is_bad = |part: &str| {
        matches!(part, "" | "..")
            || part.len() > LONGEST
            || part.ends_with('!')
            || part.contains(['\\', ':', '\0', '#'])
    };
    if name.split('/').any(is_bad) || name.ends_with("/.") {
        return None;
    }
    let path: PathBuf = name.split('/').filter(|part| *part != ".").collect();
    let leads_out = LEADING_OUT.iter().any(|end| path.ends_with(end));
    (!leads_out && path.parent().is_some()).then_some(path)
}

/// Writes members into the folder.
struct Writer<'r> {
    extraction: Extraction,
    run: Run<'r>,
}

impl Visitor for Writer<'_> {
    fn keeps(&mut self, address: &str, bytes: &[u8]) -> bool {
        if let Some(path) = to_path(address)
            && self.extraction.write(&path, bytes).is_ok()
        {
            self.extraction.written.insert(address.to_owned());
        }
        // What is inside of a member is looked at later.
        true
    }

    fn member(&mut self, _: &str, _: &[u8]) {}

    fn text(&mut self, _: &str, _: &[u8]) {}

    fn skip(&mut self, _: SkipReason, _: &str, _: u64) {}

    fn gap(&mut self, _: GapReason, _: &str, _: &str, _: u64) {}

    fn is_stopped(&self) -> bool {
        self.run.is_interrupted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for name in [
            "../a",
            "/a",
            "a/../../b",
            "a\\b",
            "C:a",
            "",
            ".",
            "a/",
            "a!/b",
        ] {
            assert_eq!(to_path(&format!("!/{name}")), None, "{name}");
        }
        assert_eq!(to_path("!/./a/.git/HEAD"), Some("a/.git/HEAD".into()));
        assert_eq!(to_path("!/.git/objects/info/alternates"), None);
        assert_eq!(to_path("#rest"), None);
    }
}
