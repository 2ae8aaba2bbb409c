//! `outgate submit` of an archive: its repository, and members that may be no files.

use std::collections::BTreeSet;
use std::process::Command;

use super::{leaky, place, submit};
use crate::sandbox::Sandbox;
use crate::tokens::github;

#[test]
fn an_archive_of_a_repository_is_read_with_its_history() {
    let sandbox = leaky(&[]);
    let leak = sandbox.git(&["rev-parse", "HEAD~1"]);
    let blob = sandbox.git(&["rev-parse", "HEAD~1:a.env"]);
    let folder = sandbox.root().display().to_string();
    let name = sandbox.root().file_name().unwrap().to_str().unwrap();
    let pack = |script: &str, file: &str| {
        let path = sandbox.outside().join(file).display().to_string();
        let args = ["-c", script, &path, &folder, name];
        let made = Command::new("python3").args(args).output();
        assert!(made.expect("python3 is installed").status.success());
        path
    };
    // What git packs has no empty folders, `refs` among them.
    sandbox.git(&["pack-refs", "--all"]);
    let tar = "import sys, tarfile
with tarfile.open(sys.argv[1], 'w:gz') as out: out.add(sys.argv[2], sys.argv[3])";
    let zip = "import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as out:
    for top, _, names in os.walk(sys.argv[2]):
        for name in names:
            path = os.path.join(top, name)
            out.write(path, os.path.relpath(path, sys.argv[2]))";
    let loose = [
        (pack(tar, "a.tar.gz"), format!("a.tar.gz!/{name}/a.env")),
        (pack(zip, "a.zip"), "a.zip!/a.env".to_owned()),
    ];
    sandbox.git(&["repack", "-adq"]);
    assert!(!sandbox.loose(&blob).exists());
    let packed = [(pack(zip, "b.zip"), "b.zip!/a.env".to_owned())];
    for (target, path) in loose.into_iter().chain(packed) {
        let (outcome, seen) = submit(&sandbox, &[&target]);
        assert_eq!(place(&seen), (path, leak.clone()), "{outcome:?}");
        assert_eq!(seen.report["run"]["complete"], true, "{outcome:?}");
        assert!(outcome.stdout.contains("git -C REPOSITORY"), "{outcome:?}");
        let text = seen.report.to_string();
        assert!(!text.contains("/outgate-"), "a folder that is gone: {text}");
    }
}

#[test]
fn what_an_archive_names_outside_of_it_is_never_written() {
    let sandbox = Sandbox::folder();
    let script = "import io, sys, tarfile
def add(out, name, data, **how):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in how.items(): setattr(info, key, value)
    out.addfile(info, io.BytesIO(data))
with tarfile.open(sys.argv[1], 'w') as out:
    add(out, 'r/.git/HEAD', b'ref: refs/heads/main\\n')
    add(out, 'r/.git/objects/info/packs', b'x')
    add(out, '../escaped.env', sys.argv[2].encode())
    add(out, '/tmp/../' + sys.argv[3] + '/absolute.env', sys.argv[2].encode())
    add(out, 'link', b'', type=tarfile.SYMTYPE, linkname=sys.argv[3])
    add(out, 'link/through.env', sys.argv[2].encode())
    add(out, 'twice.env', b'nothing')
    add(out, 'twice.env', sys.argv[2].encode())";
    let outside = sandbox.outside().display().to_string();
    let path = sandbox.outside().join("a.tar").display().to_string();
    let line = format!("TOKEN={}\n", github("escaped"));
    let made = Command::new("python3")
        .args(["-c", script, &path, &line, &outside])
        .output()
        .expect("python3 is installed");
    assert!(made.status.success(), "{made:?}");
    let (outcome, seen) = submit(&sandbox, &[&path]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    // What is no file was searched in the archive.
    let paths: BTreeSet<String> = seen.places().into_iter().map(|(path, _)| path).collect();
    let named = |name: &str| paths.iter().any(|path| path.ends_with(name));
    for name in ["escaped.env", "absolute.env", "through.env", "twice.env"] {
        assert!(named(name), "{name} {paths:?}");
        assert!(!sandbox.outside().join(name).exists(), "{name}");
    }
}
