//! History: every blob that any ref reaches.
//!
//! Owns the scan of a repository's objects and the way back from a blob to the first commit
//! that holds it. Refs come from `refs`, bytes from `objects`, the graph from `commits`, trees
//! from `reachable`. Never fetches: what is absent is a gap.

mod commits;
mod objects;
mod pack;
mod provenance;
mod reachable;
mod refs;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use git2::Oid;

pub(super) use commits::read_shallow;
pub(super) use objects::{Fault, Objects};
pub use provenance::Provenance;

use self::commits::Graph;
use self::pack::{Decoder, Packs};
use self::reachable::{Known, list_blobs};
use self::refs::Tip;
use super::repository::Repository;
use super::worker::{Worker, note_interrupt, share};
use super::{Coverage, Error, GapReason, MakeSink, Options, Origin, SkipReason};

/// The history of one repository.
#[derive(Debug)]
pub struct History {
    git_dir: PathBuf,
    common_dir: PathBuf,
    tips: Vec<Tip>,
    /// Commits whose parents a shallow clone lacks.
    cut: BTreeSet<Oid>,
    head: Option<String>,
    /// What was wrong with the refs.
    faults: Coverage,
}

impl History {
    /// Reads the refs of a repository: all of `refs/`, HEAD of every linked worktree, and the
    /// stash with its past entries.
    ///
    /// # Errors
    /// When the refs cannot be listed at all.
    pub fn open(repository: &Repository) -> Result<Self, Error> {
        let mut faults = Coverage::default();
        let tips = refs::list_tips(repository, &mut faults)
            .map_err(|source| repository.error("the references", source))?;
        Ok(Self {
            git_dir: repository.git_dir().to_owned(),
            common_dir: repository.common_dir().to_owned(),
            tips,
            cut: read_shallow(repository.common_dir()),
            head: repository.head(),
            faults,
        })
    }

    /// Scans every blob that a ref reaches, once each.
    ///
    /// # Errors
    /// When the repository cannot be opened again. What cannot be read in it is in the ledger.
    pub fn scan(&self, options: &Options<'_>, make: &MakeSink<'_>) -> Result<Coverage, Error> {
        let objects = self.open_objects()?;
        let mut coverage = self.faults.clone();
        if !self.cut.is_empty() {
            let detail = format!("history is cut at {} commits", self.cut.len());
            coverage.gap(GapReason::Shallow, ".", detail);
        }
        let graph = Graph::read(
            &objects,
            &self.tips,
            &self.cut,
            options.interrupt,
            &mut coverage,
        );
        coverage.commits += graph.commits.len() as u64;
        let blobs = list_blobs(&objects, &graph, options, &mut coverage);
        drop((graph, objects));
        let (packed, rest) = self.scan_packs(blobs, options, make);
        coverage.absorb(packed);
        let open = || Objects::open(&self.git_dir);
        coverage.absorb(share(
            &rest,
            options,
            make,
            open,
            |worker, objects, blob| match objects {
                Ok(objects) => scan_blob(worker, objects, blob),
                Err(error) => {
                    worker.coverage.gap(
                        GapReason::Unreadable,
                        blob.id.to_string(),
                        error.message(),
                    );
                }
            },
        ));
        note_interrupt(&mut coverage, options);
        Ok(coverage)
    }

    /// Scans the blobs that packs hold, each tree of deltas once; gives the others back.
    fn scan_packs(
        &self,
        blobs: Vec<Known>,
        options: &Options<'_>,
        make: &MakeSink<'_>,
    ) -> (Coverage, Vec<Known>) {
        let packs = Packs::open(&self.common_dir);
        let wanted: HashMap<Oid, (Known, AtomicBool)> = blobs
            .into_iter()
            .map(|blob| (blob.id, (blob, AtomicBool::new(true))))
            .collect();
        let roots = packs.roots();
        let coverage = share(
            &roots,
            options,
            make,
            Decoder::new,
            |worker, decoder, root| {
                decoder.walk(*root, |id, bytes| {
                    if let Some((blob, is_wanted)) = wanted.get(&id)
                        && is_wanted.swap(false, Ordering::Relaxed)
                    {
                        search_blob(worker, blob, bytes);
                    }
                });
            },
        );
        let mut rest: Vec<Known> = wanted
            .into_values()
            .filter(|(_, is_wanted)| is_wanted.load(Ordering::Relaxed))
            .map(|(blob, _)| blob)
            .collect();
        rest.sort_by_key(|blob| blob.id);
        (coverage, rest)
    }

    /// Says where the blobs with these ids came from, by id; the oldest first. A blob that no
    /// commit holds (a tag can name one) has no entry. Once `interrupt` is set the search ends
    /// and places are missing, the newest first, or all.
    ///
    /// # Errors
    /// When the repository cannot be opened again.
    pub fn provenance(
        &self,
        blobs: &BTreeSet<String>,
        interrupt: &AtomicBool,
    ) -> Result<BTreeMap<String, Vec<Provenance>>, Error> {
        if blobs.is_empty() {
            return Ok(BTreeMap::new());
        }
        let objects = self.open_objects()?;
        Ok(provenance::trace(
            &objects,
            &self.tips,
            &self.cut,
            self.head.as_deref(),
            blobs,
            interrupt,
        ))
    }

    fn open_objects(&self) -> Result<Objects, Error> {
        Objects::open(&self.git_dir).map_err(|source| Error::Repository {
            what: "the objects",
            path: self.git_dir.clone(),
            source,
        })
    }
}

fn search_blob(worker: &mut Worker<'_>, blob: &Known, bytes: &[u8]) {
    let size = bytes.len() as u64;
    if size > worker.options.max_file_size {
        return worker.coverage.skip(SkipReason::TooLarge, &blob.path, size);
    }
    let origin = Origin::Blob {
        id: blob.id.to_string(),
        path: blob.path.clone(),
    };
    worker.search(&origin, bytes);
}

fn scan_blob(worker: &mut Worker<'_>, objects: &Objects, blob: &Known) {
    match objects.read_blob(blob.id, worker.options.max_file_size) {
        Ok(read) => search_blob(worker, blob, read.content()),
        Err(fault) => fault.record(&mut worker.coverage, blob.id, &blob.path),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::fixture::{Fixture, Seen, observe};
    use super::super::{Filter, SkipReason};
    use super::*;

    fn scan_with(path: &Path, filter: &[&str]) -> (Seen, Coverage) {
        let repository = Repository::discover(path).unwrap().unwrap();
        let patterns: Vec<_> = filter.iter().map(ToString::to_string).collect();
        observe(&Filter::new(&patterns).unwrap(), |options, make| {
            History::open(&repository)
                .unwrap()
                .scan(options, make)
                .unwrap()
        })
    }

    fn scan(fixture: &Fixture) -> (Seen, Coverage) {
        scan_with(fixture.path(), &[])
    }

    /// A repository with a blob for each way to be reachable.
    fn full() -> Fixture {
        let fixture = Fixture::new();
        fixture.write("a", "first");
        fixture.commit("first");
        fixture.write("a", "second");
        fixture.write("dir/deep/b", "deep");
        fixture.commit("second");
        fixture.git(&["checkout", "--quiet", "-b", "gone"]);
        fixture.write("a", "tag-only");
        fixture.commit("gone");
        fixture.git(&["tag", "--annotate", "--message", "t", "kept"]);
        fixture.git(&["checkout", "--quiet", "main"]);
        fixture.git(&["branch", "--quiet", "-D", "gone"]);
        for stash in ["stash-old", "stash-new"] {
            fixture.write("a", stash);
            fixture.git(&["stash", "--quiet"]);
        }
        fixture.git(&["notes", "add", "--message", "note"]);
        fixture.write("loose", "tagged-blob");
        let blob = fixture.git(&["hash-object", "-w", "loose"]);
        fixture.git(&["tag", "blob", &blob]);
        fs::remove_file(fixture.path().join("loose")).unwrap();
        fixture.git(&["checkout", "--quiet", "--detach"]);
        fixture.write("a", "detached");
        fixture.commit("detached");
        fixture
    }

    const ALL: [&str; 9] = [
        "deep",
        "detached",
        "first",
        "note\n",
        "second",
        "stash-new",
        "stash-old",
        "tag-only",
        "tagged-blob",
    ];

    #[test]
    fn every_ref_is_followed() {
        let fixture = full();
        let (seen, coverage) = scan(&fixture);
        assert_eq!(seen.texts(), ALL);
        assert_eq!(seen.fresh("refs/tags/blob"), ["tagged-blob"]);
        assert_eq!(seen.fresh("dir/deep/b"), ["deep"]);
        assert!(coverage.is_complete(), "{coverage:?}");
        assert_eq!(coverage.objects, 9);
        fixture.git(&["gc", "--quiet"]);
        assert_eq!(scan(&fixture).0.texts(), ALL);
    }

    #[test]
    fn a_bare_clone_and_a_linked_worktree_are_read() {
        let (fixture, clone) = (full(), Fixture::plain());
        clone.git(&[
            "clone",
            "--quiet",
            "--mirror",
            fixture.path().to_str().unwrap(),
            ".",
        ]);
        let (seen, _) = scan_with(clone.path(), &[]);
        assert!(seen.texts().contains(&"stash-new".to_owned()));
        let linked = Fixture::plain();
        let place = linked.path().join("linked");
        fixture.git(&[
            "worktree",
            "add",
            "--quiet",
            "--detach",
            place.to_str().unwrap(),
        ]);
        fs::write(place.join("only"), "linked-only").unwrap();
        let at = place.to_str().unwrap();
        fixture.git(&["-C", at, "add", "only"]);
        fixture.git(&["-C", at, "commit", "--quiet", "--message", "linked"]);
        for from in [fixture.path(), &place] {
            let (seen, coverage) = scan_with(from, &[]);
            let texts = seen.texts();
            assert!(
                texts.contains(&"linked-only".to_owned()) && texts.contains(&"detached".to_owned())
            );
            assert!(coverage.is_complete());
        }
    }

    #[test]
    fn a_change_made_by_a_merge_is_found() {
        let fixture = Fixture::new();
        fixture.write("a", "a");
        fixture.commit("a");
        fixture.git(&["checkout", "--quiet", "-b", "side"]);
        fixture.write("b", "b");
        fixture.commit("b");
        fixture.git(&["checkout", "--quiet", "main"]);
        fixture.git(&["merge", "--quiet", "--no-ff", "--no-commit", "side"]);
        fixture.write("evil", "merge-only");
        fixture.commit("merge");
        fixture.git(&["rm", "--quiet", "evil"]);
        fixture.commit("clean");
        assert_eq!(scan(&fixture).0.texts(), ["a", "b", "merge-only"]);
    }

    #[test]
    fn a_shallow_clone_is_a_gap() {
        let (fixture, clone) = (full(), Fixture::plain());
        fixture.git(&["checkout", "--quiet", "main"]);
        let url = format!("file://{}", fixture.path().display());
        clone.git(&["clone", "--quiet", "--depth=1", "--no-tags", &url, "."]);
        let (seen, coverage) = scan_with(clone.path(), &[]);
        assert_eq!(seen.texts(), ["deep", "second"]);
        let gap = &coverage.gaps[&GapReason::Shallow].names["."];
        assert_eq!(gap, "history is cut at 1 commits");
        assert_eq!(coverage.gaps.len(), 1);
    }

    fn loose(fixture: &Fixture, revision: &str) -> PathBuf {
        let id = fixture.git(&["rev-parse", revision]);
        fixture
            .path()
            .join(".git/objects")
            .join(&id[..2])
            .join(&id[2..])
    }

    fn break_object(path: &Path) {
        fs::remove_file(path).unwrap();
        fs::write(path, "broken").unwrap();
    }

    #[test]
    fn broken_and_missing_objects_are_gaps_and_the_rest_is_scanned() {
        let fixture = full();
        break_object(&loose(&fixture, "main~1:a"));
        fs::remove_file(loose(&fixture, "main:dir/deep")).unwrap();
        fs::remove_file(loose(&fixture, "kept^{commit}")).unwrap();
        fixture.write(".git/refs/heads/lost", format!("{:040x}\n", 0xabc));
        fixture.write(".git/refs/heads/junk", "junk\n");
        let (seen, coverage) = scan(&fixture);
        let rest = [
            "detached",
            "note\n",
            "second",
            "stash-new",
            "stash-old",
            "tagged-blob",
        ];
        assert_eq!(seen.texts(), rest);
        let missing = &coverage.gaps[&GapReason::MissingObject];
        assert!(missing.names.contains_key("refs/heads/lost"), "{missing:?}");
        assert!(missing.names.contains_key("refs/tags/kept"));
        assert_eq!(missing.count, 3);
        let corrupt = &coverage.gaps[&GapReason::Corrupt];
        assert!(corrupt.names.contains_key("refs/heads/junk"));
        assert_eq!(corrupt.count, 2);
    }

    #[test]
    fn a_blob_is_left_out_only_when_all_its_paths_are() {
        let fixture = Fixture::new();
        fixture.write("vendor/x", "shared");
        fixture.write("src/x", "shared");
        fixture.write("vendor/y", "vendored");
        fixture.write("one/sub/z", "same tree");
        fixture.write("two/sub/z", "same tree");
        fixture.write("one/sub/k", "same k");
        fixture.write("two/sub/k", "same k");
        fixture.write("large", vec![b'a'; 1_001]);
        fixture.commit("all");
        let (seen, coverage) = scan_with(fixture.path(), &["vendor/", "/one/sub/z"]);
        assert_eq!(seen.texts(), ["same k", "same tree", "shared"]);
        assert_eq!(seen.paths(), ["one/sub/k", "src/x", "two/sub/z"]);
        let names: Vec<_> = coverage.skipped[&SkipReason::Excluded]
            .names
            .keys()
            .collect();
        assert_eq!(names, ["vendor/y"]);
        assert_eq!(coverage.skipped[&SkipReason::TooLarge].bytes, 1_001);
    }

    #[test]
    fn submodules_are_named_once_a_path_unless_excluded() {
        let fixture = Fixture::new();
        let first = fixture.commit("first");
        for path in ["sub", "vendor/sub", "out"] {
            let link = format!("160000,{first},{path}");
            fixture.git(&["update-index", "--add", "--cacheinfo", &link]);
        }
        fixture.git(&["commit", "--quiet", "--message", "links"]);
        fixture.git(&[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("160000,{},sub", "1".repeat(40)),
        ]);
        fixture.git(&["commit", "--quiet", "--message", "moved"]);
        let (_, coverage) = scan_with(fixture.path(), &["/vendor/", "out/"]);
        let entries = &coverage.skipped[&SkipReason::Submodule];
        assert_eq!(
            (entries.count, entries.names.contains_key("sub")),
            (1, true)
        );
        assert!(coverage.is_complete());
    }

    #[test]
    fn a_partial_clone_is_a_gap() {
        let (fixture, clone) = (full(), Fixture::plain());
        fixture.git(&["config", "uploadpack.allowFilter", "true"]);
        let url = format!("file://{}", fixture.path().display());
        let how = [
            "--no-checkout",
            "--filter=blob:none",
            "--branch=main",
            "--no-tags",
        ];
        clone.git(
            &[
                &["clone", "--quiet", "--single-branch"],
                &how[..],
                &[&url, "."],
            ]
            .concat(),
        );
        clone.git(&["config", "core.repositoryFormatVersion", "1"]);
        clone.git(&["config", "extensions.partialClone", "origin"]);
        let (seen, coverage) = scan_with(clone.path(), &[]);
        assert!(seen.paths().is_empty());
        let gap = &coverage.gaps[&GapReason::MissingObject];
        assert_eq!(gap.count, 3);
        assert!(gap.names.values().any(|path| path == "dir/deep/b"));
    }

    #[cfg(unix)]
    #[test]
    fn odd_paths_keep_their_names() {
        use std::os::unix::ffi::OsStrExt as _;

        let fixture = Fixture::new();
        for name in ["-dash", "new\nline", "dir/bell\u{7}"] {
            fixture.write(name, name);
        }
        let raw = std::ffi::OsStr::from_bytes(b"raw\xff");
        fs::write(fixture.path().join(raw), "raw").unwrap();
        fixture.commit("odd");
        let paths = ["-dash", "dir/bell\u{7}", "new\nline", "raw\\xff"];
        assert_eq!(scan(&fixture).0.paths(), paths);
    }

    #[test]
    fn a_filter_cannot_make_repeated_trees_explode() {
        let fixture = Fixture::new();
        let make = |lines: Vec<String>| {
            fixture.write("list", lines.join("\n") + "\n");
            fixture.git(&["-c", "alias.m=!git mktree < list", "m"])
        };
        let blob = |text: &str| {
            fixture.write("text", text);
            let id = fixture.git(&["hash-object", "-w", "text"]);
            format!("100644 blob {id}\t{text}")
        };
        let mut tree = make(vec![blob("in"), blob("out")]);
        for _ in 0..12 {
            tree = make(
                (0..10)
                    .map(|at| format!("040000 tree {tree}\t{at}"))
                    .collect(),
            );
        }
        let commit = fixture.git(&["commit-tree", "-m", "bomb", &tree]);
        fixture.git(&["update-ref", "refs/heads/main", &commit]);
        let (seen, _) = scan_with(fixture.path(), &["out"]);
        assert_eq!(seen.texts(), ["in", "out"], "in doubt it is scanned");
    }

    #[test]
    fn a_repository_without_commits_is_complete() {
        let (seen, coverage) = scan(&Fixture::new());
        assert!(seen.paths().is_empty() && coverage.is_complete());
    }
}
