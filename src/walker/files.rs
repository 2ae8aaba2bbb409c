//! Files named one by one, and streams.
//!
//! Owns lists: what the user or a hook manager names is read whatever git's ignore rules say.
//! Does not own walking the folders among them (`worktree`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::naming::{name_path, to_path};
use super::worker::{Worker, fill, note_interrupt, share};
use super::{Coverage, Error, GapReason, MakeSink, Options, Origin, SkipReason, worktree};

/// Scans the files named in `paths`, and all below the folders among them; paths are relative
/// to `base`, and so are the names of what was scanned.
///
/// Files are read even where git ignores them, and symbolic links are followed: they were asked
/// for. The exclude filter holds for them only with `force_exclude`. What is named twice, itself
/// and through a folder above it, is scanned once.
///
/// # Errors
/// None so far: a path that does not exist is a gap.
pub fn scan_files(
    base: &Path,
    paths: &[PathBuf],
    force_exclude: bool,
    options: &Options<'_>,
    make: &MakeSink<'_>,
) -> Result<Coverage, Error> {
    let mut coverage = Coverage::default();
    let (mut files, mut folders) = (BTreeMap::new(), BTreeMap::new());
    for path in paths {
        let path = base.join(path);
        let name = name_path(path.strip_prefix(base).unwrap_or(&path));
        match fs::metadata(&path) {
            Err(error) => coverage.gap(GapReason::Unreadable, name, error.to_string()),
            Ok(metadata) if force_exclude && options.filter.excludes(&name, metadata.is_dir()) => {
                coverage.skip(SkipReason::Excluded, name, 0);
            }
            Ok(metadata) if metadata.is_dir() => {
                folders.insert(name, path);
            }
            Ok(metadata) if metadata.is_file() => {
                files.insert(name, path);
            }
            Ok(_) => coverage.skip(SkipReason::Special, name, 0),
        }
    }
    let named: BTreeSet<String> = files.keys().chain(folders.keys()).cloned().collect();
    let files: Vec<_> = files.into_iter().collect();
    coverage.absorb(share(
        &files,
        options,
        make,
        || (),
        |worker, (), (name, path)| {
            worker.read_file(path, name.clone());
        },
    ));
    for folder in folders.values() {
        coverage.absorb(worktree::walk(folder, base, &named, options, make));
    }
    if coverage.files == 0 && coverage.skipped.is_empty() && coverage.is_complete() {
        coverage.gap(GapReason::NothingScanned, ".", "no file was named");
    }
    note_interrupt(&mut coverage, options);
    Ok(coverage)
}

/// Scans a stream under the given name (`-` for standard input).
///
/// # Errors
/// None so far: a stream that fails or is longer than `options.max_file_size` is scanned as far
/// as it was read, and a gap.
pub fn scan_stream(
    name: &str,
    input: &mut dyn Read,
    options: &Options<'_>,
    make: &MakeSink<'_>,
) -> Result<Coverage, Error> {
    let mut worker = Worker::new(options, make);
    let mut bytes = Vec::new();
    match fill(&mut bytes, input, 0, options.max_file_size) {
        Ok(false) => {}
        Ok(true) => {
            bytes.pop();
            let detail = format!(
                "stream longer than the limit of {} bytes",
                options.max_file_size
            );
            worker.coverage.gap(GapReason::Unreadable, name, detail);
        }
        Err(error) => worker
            .coverage
            .gap(GapReason::Unreadable, name, error.to_string()),
    }
    worker.search(&Origin::File(name.to_owned()), &bytes);
    Ok(worker.coverage)
}

/// Reads a list of paths from a file, or from standard input for `-`: one a line, or separated
/// by NUL bytes when there is one. Blank lines are passed over.
///
/// # Errors
/// When the list cannot be read.
pub fn read_list(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    match bytes {
        Ok(bytes) => Ok(split_list(&bytes)),
        Err(source) => Err(Error::List {
            path: path.to_owned(),
            source,
        }),
    }
}

fn split_list(bytes: &[u8]) -> Vec<PathBuf> {
    if bytes.contains(&0) {
        let names = bytes.split(|&byte| byte == 0);
        return names.filter(|name| !name.is_empty()).map(to_path).collect();
    }
    let lines = bytes.split(|&byte| byte == b'\n');
    lines
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.trim_ascii().is_empty())
        .map(to_path)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Filter;
    use super::super::fixture::{Fixture, Seen, observe};
    use super::*;

    fn scan(fixture: &Fixture, paths: &[&str], force: bool) -> (Seen, Coverage) {
        let filter = Filter::new(&["vendor/".to_owned()]).unwrap();
        let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
        observe(&filter, |options, make| {
            scan_files(fixture.path(), &paths, force, options, make).unwrap()
        })
    }

    #[test]
    fn named_files_bypass_rules_unless_forced() {
        let fixture = Fixture::new();
        fixture.write(".gitignore", "*.log\n");
        for name in ["a.log", "vendor/b", "dir/c", "dir/d.log", "other"] {
            fixture.write(name, name);
        }
        let named = ["a.log", "./a.log", "vendor/b", "dir"];
        let (seen, coverage) = scan(&fixture, &named, false);
        assert_eq!(seen.paths(), ["a.log", "dir/c", "vendor/b"]);
        assert_eq!(coverage.files, 3, "a file named twice is read once");
        let (seen, _) = scan(&fixture, &named, true);
        assert_eq!(seen.paths(), ["a.log", "dir/c"]);
    }

    #[test]
    fn what_lies_in_a_named_folder_too_is_read_once() {
        let fixture = Fixture::new();
        fixture.write(".gitignore", "*.log\n");
        for name in ["dir/a", "dir/b.log", "dir/c.log", "dir/sub/d"] {
            fixture.write(name, name);
        }
        let named = ["dir/a", "dir/b.log", "dir/sub", "dir"];
        let (seen, coverage) = scan(&fixture, &named, false);
        assert_eq!(seen.texts(), ["dir/a", "dir/b.log", "dir/sub/d"]);
        assert_eq!(coverage.skipped[&SkipReason::GitIgnored].count, 1);
    }

    #[test]
    fn missing_paths_and_empty_lists_are_gaps() {
        let fixture = Fixture::plain();
        let (_, coverage) = scan(&fixture, &["none"], false);
        assert!(
            coverage.gaps[&GapReason::Unreadable]
                .names
                .contains_key("none")
        );
        let (_, coverage) = scan(&fixture, &[], false);
        assert!(coverage.gaps.contains_key(&GapReason::NothingScanned));
    }

    #[test]
    fn a_stream_is_cut_at_the_limit_and_says_so() {
        let filter = Filter::none();
        let run = |size: usize| {
            observe(&filter, |options, make| {
                scan_stream("-", &mut vec![b'a'; size].as_slice(), options, make).unwrap()
            })
        };
        let (seen, coverage) = run(1_000);
        assert_eq!(
            (seen.paths(), coverage.is_complete()),
            (vec!["-".to_owned()], true)
        );
        let (seen, coverage) = run(1_001);
        assert_eq!(seen.fresh("-"), ["a".repeat(1_000)]);
        assert!(coverage.gaps.contains_key(&GapReason::Unreadable));
    }

    #[test]
    fn lists_are_split_by_line_or_nul() {
        let paths = |list: &[u8]| {
            split_list(list)
                .iter()
                .map(|path| name_path(path))
                .collect::<Vec<_>>()
        };
        assert_eq!(paths(b"a\r\n\n b \n"), ["a", " b "]);
        assert_eq!(paths(b"a\nb\0c\0"), ["a\nb", "c"]);
    }
}
