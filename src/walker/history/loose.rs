//! Loose objects: whether the file of one is whole.
//!
//! libgit2 1.9 asks for more of a stream that is cut for ever, so every file that it is going to read
//! is looked at first. Owns that look (gitformat-loose). Does not own reading objects (`objects`).

use std::fs;
use std::path::{Path, PathBuf};

use flate2::{Decompress, FlushDecompress, Status};

use super::fault::Fault;
use super::folders::object_folders;
use crate::walker::id::{Format, Id};

/// An object larger than this many bytes is not read.
const LARGEST: u64 = 1 << 30;
/// Bytes that are inflated at once.
const CHUNK: usize = 1 << 14;

/// The folders that hold loose objects.
#[derive(Debug, Default)]
pub(in crate::walker) struct Loose(Vec<PathBuf>);

impl Loose {
    /// Those of a repository and of its alternates.
    pub(in crate::walker) fn open(common_dir: &Path) -> Self {
        Self(object_folders(common_dir))
    }

    /// Refuses an object whose file is cut or damaged.
    pub(in crate::walker) fn check(&self, id: Id) -> Result<(), Fault> {
        let text = id.to_string();
        let (folder, name) = text.split_at(2);
        let mut files = self.0.iter().map(|above| above.join(folder).join(name));
        if files.all(|path| fs::read(path).map_or(true, |bytes| is_whole(&bytes))) {
            Ok(())
        } else {
            Err(Fault::Corrupt("its file is cut or damaged".to_owned()))
        }
    }

    /// Finds a file that is cut or damaged, the first by name.
    pub(super) fn find_damaged(&self, format: Format) -> Option<PathBuf> {
        let mut damaged = Vec::new();
        for folder in self.0.iter().flat_map(|folder| list(folder)) {
            let is_shard = folder.file_name().is_some_and(|name| name.len() == 2);
            for path in list(&folder).into_iter().filter(|_| is_shard) {
                let length = path.file_name().map_or(0, std::ffi::OsStr::len);
                let is_object = length == 2 * format.length() - 2;
                if is_object && fs::read(&path).is_ok_and(|bytes| !is_whole(&bytes)) {
                    damaged.push(path);
                }
            }
        }
        damaged.into_iter().min()
    }
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// Says whether a file inflates to its end, and to as many bytes as its head says.
fn is_whole(bytes: &[u8]) -> bool {
    let mut stream = Decompress::new(true);
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut whole = None;
    loop {
        let before = (stream.total_in(), stream.total_out());
        let rest = bytes.get(before.0 as usize..).unwrap_or_default();
        chunk.clear();
        let status = stream.decompress_vec(rest, &mut chunk, FlushDecompress::None);
        if whole.is_none() {
            whole = size(&chunk).filter(|&size| size <= LARGEST);
        }
        let Some(whole) = whole else {
            return false;
        };
        match status {
            Ok(Status::StreamEnd) => return stream.total_out() == whole,
            Ok(_) if (stream.total_in(), stream.total_out()) == before => return false,
            Ok(_) if stream.total_out() <= whole => {}
            _ => return false,
        }
    }
}

/// How many bytes an object has with its head: a kind, a blank, the size in decimal digits, a zero.
fn size(head: &[u8]) -> Option<u64> {
    let end = memchr::memchr(0, head)?;
    let text = std::str::from_utf8(&head[..end]).ok()?;
    let size: u64 = text.split_once(' ')?.1.parse().ok()?;
    size.checked_add(end as u64 + 1)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn pack(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_file_is_whole_up_to_its_last_byte() {
        for length in [0, 1, 100, 3 * CHUNK] {
            let body: Vec<u8> = (0..length).map(|at| (at * at % 251) as u8).collect();
            let head = format!("blob {length}\0");
            let file = pack(&[head.as_bytes(), &body].concat());
            assert!(is_whole(&file), "{length}");
            for cut in (0..file.len()).rev().take(90) {
                assert!(!is_whole(&file[..cut]), "{length} cut at {cut}");
            }
        }
    }

    #[test]
    fn a_wrong_size_is_damage() {
        for head in [
            "blob 2",
            "blob 4",
            "blob",
            "blob x",
            "blob 99999999999999999999",
        ] {
            let file = pack(&[head.as_bytes(), b"\0abc"].concat());
            assert!(!is_whole(&file), "{head}");
        }
    }
}
