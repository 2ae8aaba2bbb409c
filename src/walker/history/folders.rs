//! Folders of objects: those of a repository and of its alternates (gitrepository-layout).
//!
//! Owns which there are. Does not own what lies in them.

use std::path::{Path, PathBuf};

/// Folders of alternates followed from one another at the most.
const ALTERNATES: usize = 8;

/// The `objects` folder and those that `info/alternates` names, each once.
pub(in crate::walker) fn object_folders(common_dir: &Path) -> Vec<PathBuf> {
    let mut folders = vec![common_dir.join("objects")];
    let mut at = 0;
    while let Some(folder) = folders.get(at).cloned() {
        at += 1;
        let text = std::fs::read_to_string(folder.join("info/alternates")).unwrap_or_default();
        for line in text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let other = folder.join(line);
            if folders.len() < ALTERNATES && !folders.contains(&other) {
                folders.push(other);
            }
        }
    }
    folders
}
