//! Tests that both ways of reading the index agree, on states that git makes, and that a hostile index
//! does no harm.

use super::*;
use crate::walker::fixture::Fixture;
use crate::walker::id::Format;

/// What both ways of reading make of the index; the short way is `None` where it does not apply.
type Readings = (Option<(Vec<Change>, bool)>, (Vec<Change>, bool));

fn read_both(repository: &Repository) -> Readings {
    let told = |staged: Staged<'_>| (staged.changes, staged.is_empty);
    let all = Staged::read_all(repository).unwrap();
    (Staged::read_differing(repository).map(told), told(all))
}

/// Files whose names sort beside a folder, in several folders.
fn with_folders(format: Format) -> Fixture {
    let fixture = Fixture::with_format(format);
    for folder in ["a", "a/a", "b", "b/c/d"] {
        for name in ["x", "a.x", "a-x", "a0", "[ab]*", "y z"] {
            let lines: Vec<String> = (0..9)
                .map(|line| format!("{folder}/{name} {line}"))
                .collect();
            fixture.write(&format!("{folder}/{name}"), lines.join("\n"));
        }
    }
    fixture.write("b.x", "beside");
    fixture.write("b-x", "beside, too");
    fixture.commit("first");
    fixture
}

/// A state of the index: how it comes about.
type State = fn(&Fixture);

/// States that the short way reads.
const SHORT: [(&str, State); 17] = [
    ("nothing", |_| {}),
    ("one file", |f| {
        f.write("b/c/d/x", "other");
        f.git(&["add", "b"]);
    }),
    ("added files and folders", |f| {
        f.write("a/a.y", "1");
        f.write("a/new/1", "1");
        f.write("new/folder/2", "2");
        f.git(&["add", "--all"]);
    }),
    ("removed folders", |f| {
        f.git(&["rm", "-rq", "b", "a/a", "b.x"]);
    }),
    ("a file that becomes a folder", |f| {
        f.git(&["rm", "-q", "b.x", "a/a/x"]);
        f.write("b.x/in", "it");
        f.write("a/a/x/y", "it");
        f.git(&["add", "--all"]);
    }),
    ("a folder that becomes a file", |f| {
        f.git(&["rm", "-rq", "b"]);
        f.write("b", "file");
        f.git(&["add", "--all"]);
    }),
    ("renames of files and of a folder", |f| {
        f.git(&["mv", "a/x", "b/moved"]);
        f.git(&["mv", "b/c", "c"]);
        f.write(
            "c/d/x",
            "b/c/d/x 0\nb/c/d/x 1\nb/c/d/x 2\nb/c/d/x 3\nb/c/d/x 4\nmore\n",
        );
        f.git(&["add", "--all"]);
    }),
    ("a removed folder with neighbours", |f| {
        f.git(&["rm", "-rq", "b", "b-x"]);
        f.write(
            "new",
            "b/x 0\nb/x 1\nb/x 2\nb/x 3\nb/x 4\nb/x 5\nb/x 6\nb/x 7\nb/x 8",
        );
        f.git(&["add", "--all"]);
    }),
    ("modes and links", |f| {
        f.git(&["update-index", "--chmod=+x", "a/x"]);
        let blob = f.git(&["rev-parse", "HEAD:a/a0"]);
        let link = format!("120000,{blob},a/a0");
        f.git(&["update-index", "--cacheinfo", &link]);
    }),
    ("a submodule", |f| {
        let head = f.git(&["rev-parse", "HEAD"]);
        let link = format!("160000,{head},b/sub");
        f.git(&["update-index", "--add", "--cacheinfo", &link]);
    }),
    ("a submodule that becomes a file", |f| {
        let head = f.git(&["rev-parse", "HEAD"]);
        let link = format!("160000,{head},b/sub");
        f.git(&["update-index", "--add", "--cacheinfo", &link]);
        f.git(&["commit", "-qm", "sub"]);
        f.write("text", "text");
        let blob = f.git(&["hash-object", "-w", "text"]);
        let file = format!("100644,{blob},b/sub");
        f.git(&["update-index", "--cacheinfo", &file]);
    }),
    ("files outside of a sparse checkout", |f| {
        f.git(&["update-index", "--skip-worktree", "a/x", "b/x"]);
        f.write("a/a0", "other");
        f.git(&["add", "a/a0"]);
    }),
    ("an index without trees", |f| {
        std::fs::remove_file(f.path().join(".git/index")).unwrap();
        f.write("b/x", "other");
        f.git(&["add", "--all"]);
    }),
    ("an index with the trees of what is staged", |f| {
        f.write("a/a/x", "other");
        f.git(&["add", "--all"]);
        f.git(&["write-tree"]);
    }),
    ("another branch", |f| {
        f.write("a/x", "other");
        f.commit("second");
        f.git(&["reset", "--quiet", "--soft", "HEAD~"]);
    }),
    ("a merge", |f| {
        f.git(&["checkout", "--quiet", "-b", "side"]);
        f.write("a/x", "theirs");
        f.commit("theirs");
        f.git(&["checkout", "--quiet", "main"]);
        f.write("b/x", "ours");
        f.commit("ours");
        f.git(&["merge", "--quiet", "--no-commit", "side"]);
    }),
    ("an index of version 4", |f| {
        f.git(&["update-index", "--index-version", "4"]);
        f.write("b/a.x", "other");
        f.write("b/a.xy", "new");
        f.git(&["rm", "-q", "a/a0"]);
        f.git(&["add", "--all"]);
    }),
];

/// States that are left to libgit2.
const LONG: [(&str, State); 3] = [
    ("no commit yet", |f| {
        f.git(&["update-ref", "-d", "HEAD"]);
    }),
    ("an intent to add", |f| {
        f.write("a/later", "later");
        f.git(&["add", "--intent-to-add", "a/later"]);
    }),
    ("a conflict", |f| {
        let blob = f.git(&["rev-parse", "HEAD:a/x"]);
        let other = f.git(&["rev-parse", "HEAD:b/x"]);
        f.git(&["rm", "-q", "--cached", "a/x"]);
        let sides = f.path().join("sides");
        let text = format!("100644 {blob} 2\ta/x\n100644 {other} 3\ta/x\n");
        std::fs::write(&sides, text).unwrap();
        let input = std::fs::File::open(&sides).unwrap();
        let status = std::process::Command::new("git")
            .args(["update-index", "--index-info"])
            .current_dir(f.path())
            .stdin(input)
            .status();
        assert!(status.unwrap().success());
    }),
];

#[test]
fn both_ways_of_reading_agree() {
    for format in [Format::Sha1, Format::Sha256] {
        for (name, state) in SHORT {
            let fixture = with_folders(format);
            state(&fixture);
            let repository = Repository::discover(fixture.path()).unwrap().unwrap();
            let (short, all) = read_both(&repository);
            assert_eq!(short, Some(all), "{name}, {format:?}");
        }
    }
}

/// What to do with a path: remove it, or write one of few contents there; all else is staged.
fn change(fixture: &Fixture, path: &str, content: usize) {
    let place = fixture.path().join(path);
    let above = place.ancestors().skip(1).find(|above| above.is_file());
    if let Some(file) = above {
        std::fs::remove_file(file).unwrap();
    }
    if place.is_dir() {
        std::fs::remove_dir_all(&place).unwrap();
    } else if place.is_file() {
        std::fs::remove_file(&place).unwrap();
    }
    if content > 0 {
        fixture.write(path, format!("{content}\n").repeat(9) + path);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config {
        cases: 24,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn both_ways_agree_on_any_state(
        before in proptest::collection::vec(("[a-c]([./-][a-c]){0,3}", 0..5_usize), 1..20),
        after in proptest::collection::vec(("[a-c]([./-][a-c]){0,3}", 0..5_usize), 1..8),
    ) {
        let fixture = Fixture::new();
        for (changes, is_last) in [(before, false), (after, true)] {
            for (path, content) in changes {
                change(&fixture, &path, content);
            }
            if is_last {
                fixture.git(&["add", "--all"]);
            } else {
                fixture.commit("first");
            }
        }
        let repository = Repository::discover(fixture.path()).unwrap().unwrap();
        let (short, all) = read_both(&repository);
        proptest::prop_assert_eq!(short, Some(all));
    }
}

#[test]
fn what_is_rare_is_left_to_libgit2() {
    for (name, state) in LONG {
        let fixture = with_folders(Format::Sha1);
        state(&fixture);
        let repository = Repository::discover(fixture.path()).unwrap().unwrap();
        let (short, all) = read_both(&repository);
        assert_eq!(short, None, "{name}");
        assert!(!all.0.is_empty(), "{name}");
    }
}

#[test]
fn an_index_that_is_named_is_read_the_short_way() {
    let fixture = with_folders(Format::Sha1);
    fixture.write("a/x", "other");
    fixture.git(&["add", "a/x"]);
    let other = fixture.path().join(".git/other");
    std::fs::rename(fixture.path().join(".git/index"), &other).unwrap();
    let repository = Repository::discover(fixture.path()).unwrap().unwrap();
    let (short, all) = read_both(&repository.with_index(other));
    assert_eq!(short.as_ref(), Some(&all));
    assert_eq!(all.0.len(), 1);
}

/// An index with staged changes, and the tree of HEAD.
fn staged_index(fixture: &Fixture) -> (Vec<u8>, git2::Oid) {
    fixture.write("b/c/d/x", "other");
    fixture.git(&["add", "b"]);
    let bytes = std::fs::read(fixture.path().join(".git/index")).unwrap();
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    (bytes, git2::Oid::from_str(&tree).unwrap())
}

#[test]
fn a_damaged_index_is_refused_or_read_without_harm() {
    let fixture = with_folders(Format::Sha1);
    let (bytes, head) = staged_index(&fixture);
    let repository = Repository::discover(fixture.path()).unwrap().unwrap();
    let find = |bytes: &[u8]| Differing::find(&repository, bytes, head);
    assert_eq!(find(&bytes).unwrap().entries.len(), 1);
    for length in 0..bytes.len() {
        // Where no more than what git remembers of folders is cut off, the entries are there.
        let cut = find(&bytes[..length]);
        assert!(
            cut.is_none_or(|cut| cut.entries.len() == 1),
            "cut at {length}"
        );
    }
    for place in 0..bytes.len() {
        for value in [0, 1, b'/', b'9', 0x7f, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[place] = value;
            drop(find(&damaged));
        }
    }
}

#[test]
fn a_wrong_count_of_a_folder_is_refused() {
    let fixture = with_folders(Format::Sha1);
    let (bytes, head) = staged_index(&fixture);
    let repository = Repository::discover(fixture.path()).unwrap().unwrap();
    let folder = b"a\x0012 1\n";
    let place = bytes.windows(folder.len()).position(|one| one == folder);
    for count in [b"11", b"13", b"99"] {
        let mut wrong = bytes.clone();
        wrong[place.unwrap() + 2..][..2].copy_from_slice(count);
        assert!(Differing::find(&repository, &wrong, head).is_none());
    }
}

#[test]
fn a_damaged_index_file_is_an_error() {
    let fixture = with_folders(Format::Sha1);
    let (bytes, _) = staged_index(&fixture);
    fixture.write(".git/index", &bytes[..bytes.len() / 2]);
    let repository = Repository::discover(fixture.path()).unwrap().unwrap();
    assert!(matches!(
        Staged::read(&repository),
        Err(Error::Repository {
            what: "the index",
            ..
        })
    ));
}

#[test]
fn what_libgit2_does_not_read_either_is_an_error() {
    let states: [State; 2] = [
        |f| {
            f.git(&["update-index", "--split-index"]);
        },
        |f| {
            f.git(&["sparse-checkout", "set", "--sparse-index", "a/a"]);
        },
    ];
    for state in states {
        let fixture = with_folders(Format::Sha1);
        state(&fixture);
        let repository = Repository::discover(fixture.path()).unwrap().unwrap();
        assert!(matches!(
            Staged::read(&repository),
            Err(Error::Repository {
                what: "the index",
                ..
            })
        ));
    }
}
