//! Members of archives and documents, wherever the file around them lies.

use std::fs;
use std::path::PathBuf;

use super::ground::Ground;
use crate::unpack::build;
use crate::unpack::locked::{self, Kind};

/// A file with the token of a place in a member, and the address of that behind the file.
struct Packed {
    path: PathBuf,
    /// What the file is called.
    name: String,
    inside: String,
}

pub(super) fn plant(ground: &mut Ground) {
    plant_on_disk(ground);
    plant_locked(ground);
    plant_in_history(ground);
    plant_unreached(ground);
    plant_in_index(ground);
}

/// Builds the file of an address (`tests/it/unpack`) with the token of a place.
fn pack(ground: &Ground, place: &str, address: &str) -> Packed {
    let folder = ground.sandbox.outside().join("packed");
    fs::create_dir_all(&folder).expect("a folder");
    let pair = [address.to_owned(), Ground::token(place)];
    let printed = build("pick.py", &folder, &pair);
    let address = printed.last().expect("one line");
    let end = address.find(['!', '#']).unwrap_or(address.len());
    let (name, inside) = address.split_at(end);
    Packed {
        path: folder.join(name),
        name: name.to_owned(),
        inside: inside.to_owned(),
    }
}

/// Writes a file as a blob.
fn store(ground: &Ground, packed: &Packed) -> String {
    let path = packed.path.display().to_string();
    ground.git(&["hash-object", "-w", "--no-filters", &path])
}

/// Writes a commit with a file and nothing else.
fn commit(ground: &Ground, packed: &Packed) -> String {
    let blob = store(ground, packed);
    let entry = format!("100644 blob {blob}\t{}\n", packed.name);
    let tree = ground.feed(&["mktree"], &entry);
    ground.commit_tree(&tree, &format!("add {}\n", packed.name))
}

fn plant_on_disk(ground: &mut Ground) {
    let files = [
        ("zip in the tree", "stored.zip!/app.yml", ""),
        (
            "compressed log that git ignores",
            "app.yml.gz!/app.yml",
            "build/",
        ),
        ("row of a database", "a.sqlite!/users", "data/"),
        ("row of an Avro file", "deflate.avro!/User", "data/"),
        (
            "column of a Parquet file",
            "snappy.parquet!/list.key",
            "data/",
        ),
        (
            "file on an image of a disc",
            "rock.iso!/etc/app long name.yml",
            "data/",
        ),
        (
            "file of a squashfs image",
            "a.squashfs!/etc/app.yml",
            "data/",
        ),
        (
            "archive in a program",
            "a.AppImage#rest!/etc/app.yml",
            "data/",
        ),
        ("file in a cabinet", "packed.cab!/dir\\app.yml", "data/"),
        (
            "LFS object that is an archive",
            "solid.7z!/dir/app.yml",
            ".git/lfs/objects/4d/7b/",
        ),
    ];
    for (place, address, folder) in files {
        let packed = pack(ground, place, address);
        let bytes = fs::read(&packed.path).expect("it was built");
        let name = if folder.starts_with(".git") {
            "4d7b".repeat(16)
        } else {
            packed.name.clone()
        };
        ground.sandbox.write(format!("{folder}{name}"), bytes);
        ground.expect(place, &[&format!("{folder}{name}{}", packed.inside)]);
    }
}

/// A file whose user password is empty.
fn plant_locked(ground: &mut Ground) {
    let place = "encrypted PDF";
    let bytes = locked::pdf(Kind::Aes256, b"", &Ground::token(place), "nothing");
    ground.sandbox.write("data/locked.pdf", bytes);
    ground.expect(place, &["data/locked.pdf#objects"]);
}

fn plant_in_history(ground: &mut Ground) {
    let files = [
        ("document in history", "a.docx!/word/comments.xml"),
        (
            "archive in archives in history",
            "in/nested.zip!/b.zip!/c.tar.gz!/app.yml",
        ),
        ("comment of a picture in history", "text.png#text"),
        (
            "bundle in an archive in history",
            "history.zip!/a.bundle!/ID/etc/app.yml",
        ),
        (
            "repository in an archive in history",
            "repo.tar.gz!/repo/.git/objects/pack/pack-1.pack!/ID/etc/app.yml",
        ),
        (
            "loose object in an archive in history",
            "loose.zip!/.git/objects/ab/cd!/object",
        ),
        (
            "file of a RAR archive in history",
            "stored.rar!/dir/app.yml",
        ),
    ];
    for (place, address) in files {
        let mut packed = pack(ground, place, address);
        packed.name = packed.name.replace('/', "-");
        let commit = commit(ground, &packed);
        ground.git(&["update-ref", &format!("refs/kept/{commit}"), &commit]);
        let path = format!("{}{} @{commit}", packed.name, packed.inside);
        ground.expect(place, &[&path]);
    }
}

fn plant_unreached(ground: &mut Ground) {
    let place = "archive in an unreachable blob";
    let packed = pack(ground, place, "a.tgz!/app.yml");
    let blob = store(ground, &packed);
    let path = format!("unreachable (object {blob}){}", packed.inside);
    ground.expect(place, &[&path]);

    let place = "archive in an unreachable commit";
    let packed = pack(ground, place, "a.deb!/data.tar.xz!/etc/app.yml");
    let commit = commit(ground, &packed);
    let path = format!("{}{} @{commit}", packed.name, packed.inside);
    ground.expect(place, &[&path]);

    let place = "archive in a tmp_obj";
    let packed = pack(ground, place, "bz2.zip!/app.yml");
    let loose = ground.sandbox.loose(&store(ground, &packed));
    let left = loose.with_file_name("tmp_obj_z9Y8x7");
    fs::rename(&loose, &left).expect("it is loose");
    let below = left
        .strip_prefix(ground.sandbox.root())
        .expect("it is inside");
    let path = format!("{} (object){}", below.display(), packed.inside);
    ground.expect(place, &[&path]);
}

fn plant_in_index(ground: &mut Ground) {
    let place = "staged document";
    let packed = pack(ground, place, "note.pdf#objects");
    let blob = store(ground, &packed);
    let info = format!("100644,{blob},{}", packed.name);
    ground.git(&["update-index", "--add", "--cacheinfo", &info]);
    let path = format!(
        "{} in the index (object {blob}){}",
        packed.name, packed.inside
    );
    ground.expect(place, &[&path]);
}
