//! The zoo: repositories made to mislead or break a scanner. What is healthy in them is found, and
//! what is not is named.

use std::fs;
use std::io::Write as _;

use crate::sandbox::{Outcome, Sandbox};
use crate::tokens::github;

/// A repository with a leak in its history.
fn leaky() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", format!("TOKEN={}\n", github("zoo")));
    sandbox.commit("leak");
    sandbox.write("a.env", "nothing of note\n");
    sandbox.commit("gone");
    sandbox
}

fn submit(sandbox: &Sandbox) -> Outcome {
    sandbox.run(&["submit", "--out=../out", "."])
}

/// Says that the leak is found.
fn assert_found(outcome: &Outcome) {
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(
        outcome.stdout.contains("NOT READY: 1 secret"),
        "{outcome:?}"
    );
}

#[test]
fn a_ref_at_a_missing_object_is_a_gap() {
    let sandbox = leaky();
    let id = "1".repeat(40);
    sandbox.write(".git/refs/heads/lost", format!("{id}\n"));
    let outcome = submit(&sandbox);
    assert_found(&outcome);
    assert!(outcome.stdout.contains("missing object"), "{outcome:?}");
    assert!(outcome.stdout.contains("refs/heads/lost"), "{outcome:?}");
}

#[test]
fn a_pack_with_a_wrong_trailer_or_index_is_read() {
    let spoil_trailer = |bytes: &mut Vec<u8>| {
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
    };
    let spoil_index = |bytes: &mut Vec<u8>| {
        // The offset of the first object, behind header, fan-out, ids and checksums.
        let count = u32::from_be_bytes(bytes[8 + 255 * 4..][..4].try_into().unwrap()) as usize;
        let at = 8 + 256 * 4 + count * 24;
        bytes[at..at + 4].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
    };
    for end in ["pack", "idx"] {
        let spoil = if end == "pack" {
            spoil_trailer
        } else {
            spoil_index
        };
        let sandbox = leaky();
        sandbox.git(&["repack", "-adfq"]);
        let folder = sandbox.root().join(".git/objects/pack");
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == end) {
                let mut bytes = fs::read(&path).unwrap();
                spoil(&mut bytes);
                fs::remove_file(&path).unwrap();
                fs::write(&path, bytes).unwrap();
            }
        }
        assert_found(&submit(&sandbox));
    }
}

#[test]
fn a_cut_pack_without_an_index_is_read_as_far_as_it_goes() {
    let sandbox = leaky();
    sandbox.git(&["repack", "-adfq"]);
    let folder = sandbox.root().join(".git/objects/pack");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        if path
            .extension()
            .is_some_and(|extension| extension == "pack")
        {
            let cut = bytes.len() - 30;
            sandbox.write(".git/objects/pack/tmp_pack_abc", &bytes[..cut]);
        }
    }
    let outcome = submit(&sandbox);
    assert!(outcome.stdout.contains("it is cut"), "{outcome:?}");
    assert_ne!(outcome.code, 0, "{outcome:?}");
}

/// A pack of two deltas, each written upon the other.
#[test]
fn a_circle_of_deltas_is_a_gap() {
    let sandbox = leaky();
    let delta = |base: &[u8]| {
        let mut entry = vec![0x70 | 4];
        entry.extend(base);
        let mut packer = flate2::write::ZlibEncoder::new(entry, flate2::Compression::default());
        packer.write_all(&[4, 4, 0x90, 4]).unwrap();
        packer.finish().unwrap()
    };
    let mut pack = b"PACK\0\0\0\x02\0\0\0\x02".to_vec();
    pack.extend(delta(&[1; 20]));
    pack.extend(delta(&[2; 20]));
    pack.extend([0; 20]);
    sandbox.write("odd.pack", pack);
    let outcome = submit(&sandbox);
    assert_found(&outcome);
    assert!(outcome.stdout.contains("odd.pack"), "{outcome:?}");
    assert!(
        outcome.stdout.contains("written upon others"),
        "{outcome:?}"
    );
}

#[test]
#[cfg(unix)]
fn links_out_of_the_folder_fifos_and_loops_are_not_followed() {
    let sandbox = leaky();
    sandbox.write("../secret.env", format!("TOKEN={}\n", github("outside")));
    std::os::unix::fs::symlink("../secret.env", sandbox.root().join("out.env")).unwrap();
    std::os::unix::fs::symlink("..", sandbox.root().join("up")).unwrap();
    std::os::unix::fs::symlink(".git", sandbox.root().join("again")).unwrap();
    let fifo = sandbox.root().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.is_ok_and(|status| status.success()));
    sandbox.write("loop/.git", "gitdir: ../loop\n");
    sandbox.write("loop/a/.git", "gitdir: .\n");
    assert_found(&submit(&sandbox));
}

#[test]
fn names_that_clash_or_end_early_and_deep_trees_are_read() {
    let sandbox = leaky();
    let token = |seed: &str| format!("TOKEN={}\n", github(seed));
    let hash = |kind: &str, bytes: &[u8]| {
        let path = sandbox.outside().join("object");
        fs::write(&path, bytes).unwrap();
        let file = path.display().to_string();
        sandbox.git(&["hash-object", "-w", "-t", kind, "--literally", &file])
    };
    let raw = |id: &str| data_encoding::HEXLOWER.decode(id.as_bytes()).unwrap();
    let (upper, lower) = (
        hash("blob", token("upper").as_bytes()),
        hash("blob", token("lower").as_bytes()),
    );
    let entry = |mode: &str, name: &str, id: &str| {
        [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &raw(id)].concat()
    };
    let clash = [
        entry("100644", "A.env", &upper),
        entry("100644", "a.env", &lower),
        entry("100644", "../../up.env", &upper),
        entry("100644", ".git/config", &lower),
        entry("100644", "", &upper),
        entry("100644", "..", &lower),
        entry("100644", ".git", &upper),
        entry("100644", "line\n\u{1b}[2Jline", &lower),
    ];
    let mut tree = hash("tree", &clash.concat());
    for _ in 0..3_000 {
        tree = hash_tree(&sandbox, &raw(&tree));
    }
    let outcome = submit(&sandbox);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(
        outcome.stdout.contains("NOT READY: 3 secrets"),
        "{outcome:?}"
    );
}

/// An index whose paths lead out of the folder, into `.git` or nowhere, or hold lines and escapes.
#[test]
fn odd_names_in_the_index_are_read_and_never_obeyed() {
    use sha1::Digest as _;
    let sandbox = leaky();
    sandbox.write("staged.env", format!("TOKEN={}\n", github("staged")));
    let id = sandbox.git(&["hash-object", "-w", "staged.env"]);
    fs::remove_file(sandbox.root().join("staged.env")).unwrap();
    let id = data_encoding::HEXLOWER.decode(id.as_bytes()).unwrap();
    let mut names = vec![
        "",
        "../../up.env",
        ".git/config",
        "a\n\u{1b}[2Jb.env",
        "/etc/a.env",
    ];
    names.sort_unstable();
    let mut index = b"DIRC\0\0\0\x02".to_vec();
    index.extend((names.len() as u32).to_be_bytes());
    for name in names {
        let start = index.len();
        index.extend([0; 24]);
        index.extend(0o100_644_u32.to_be_bytes());
        index.extend([0; 12]);
        index.extend(&id);
        index.extend((name.len() as u16).to_be_bytes());
        index.extend(name.as_bytes());
        // At least one zero ends a name, and each entry has a multiple of eight bytes.
        let length = (index.len() - start + 8) / 8 * 8;
        index.resize(start + length, 0);
    }
    let digest = sha1::Sha1::digest(&index);
    index.extend(digest);
    sandbox.write(".git/index", index);
    let outcome = submit(&sandbox);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(
        outcome.stdout.contains("NOT READY: 2 secrets"),
        "{outcome:?}"
    );
    assert!(!outcome.stdout.contains('\u{1b}'), "{outcome:?}");
    let above = sandbox.root().join("../../up.env");
    assert!(!above.exists());
}

/// Writes a tree of one folder as a loose object, as git would, and gives its id.
fn hash_tree(sandbox: &Sandbox, child: &[u8]) -> String {
    use sha1::Digest as _;
    let body = [b"40000 d\0".as_slice(), child].concat();
    let object = [format!("tree {}\0", body.len()).as_bytes(), &body].concat();
    let id = data_encoding::HEXLOWER.encode(&sha1::Sha1::digest(&object));
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&object).expect("it is packed");
    let (folder, file) = id.split_at(2);
    sandbox.write(
        format!(".git/objects/{folder}/{file}"),
        packer.finish().expect("it is packed"),
    );
    id
}
