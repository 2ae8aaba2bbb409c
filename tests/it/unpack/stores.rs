//! Files that python's own library does not write: compound files, key stores and RAR.

use std::io::{Cursor, Write as _};

use data_encoding::BASE64;
use p12_keystore::{KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rars::{ArchiveVersion, Builder};
use sha1::{Digest as _, Sha1};

use super::{named, paths};
use crate::sandbox::Sandbox;
use crate::tokens::{fill, github, pem};

fn compound(name: &str, content: &[u8]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).expect("in memory");
    let mut stream = file.create_stream(name).expect("in memory");
    stream.write_all(content).expect("in memory");
    drop(stream);
    file.into_inner().into_inner()
}

#[test]
fn streams_of_a_compound_file_are_searched_and_an_encrypted_package_is_told() {
    let sandbox = Sandbox::folder();
    let token = github("compound");
    let wide: Vec<u8> = token.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = [&[1, 2, 0, 0][..], &wide, &[0; 5_000]].concat();
    sandbox.write("a.msg", compound("__substg1.0_1000001F", &wide));
    sandbox.write("b.docx", compound("EncryptedPackage", &[7; 5_000]));
    let seen = sandbox.json(&["--unpack", "."]);
    let paths = paths(&seen);
    assert!(
        paths.contains(&"a.msg!/__substg1.0_1000001F#strings".to_owned()),
        "{paths:?}"
    );
    let locked = named(&seen, "skipped", "encrypted");
    assert_eq!(locked, ["b.docx!/EncryptedPackage"]);
}

fn wide(password: &str) -> Vec<u8> {
    password.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn sha1(parts: &[&[u8]]) -> Vec<u8> {
    let mut digest = Sha1::new();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().to_vec()
}

/// A store with one key, as keytool writes it.
fn java_store(key: &[u8], password: &str) -> Vec<u8> {
    let salt = [9; 20];
    let (mut block, mut covered) = (salt.to_vec(), salt.to_vec());
    for part in key.chunks(20) {
        block = sha1(&[&wide(password), &block]);
        covered.extend(part.iter().zip(&block).map(|(byte, mask)| byte ^ mask));
    }
    covered.extend(sha1(&[&wide(password), key]));
    let length = |number: usize| (number as u16).to_be_bytes();
    let algorithm = b"\x30\x0e\x06\x0a\x2b\x06\x01\x04\x01\x2a\x02\x11\x01\x01\x05\x00";
    let covered = [&b"\x04\x82"[..], &length(covered.len()), &covered].concat();
    let inner = [&algorithm[..], &covered].concat();
    let key = [&b"\x30\x82"[..], &length(inner.len()), &inner].concat();
    let mut store =
        b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\x05alias\0\0\0\0\0\0\0\0".to_vec();
    store.extend((key.len() as u32).to_be_bytes());
    store.extend(key);
    store.extend([0; 4]);
    let sum = sha1(&[&wide(password), b"Mighty Aphrodite", &store]);
    store.extend(sum);
    store
}

#[test]
fn a_key_store_that_a_well_known_password_opens_gives_its_key() {
    let sandbox = Sandbox::folder();
    let pem = pem();
    let digits: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let key = BASE64.decode(digits.as_bytes()).expect("a key");
    sandbox.write("open.jks", java_store(&key, "changeit"));
    sandbox.write("closed.jks", java_store(&key, &github("password")));
    let seen = sandbox.json(&["--unpack", "--show=unlikely", "."]);
    assert_eq!(paths(&seen), ["open.jks!/alias"]);
    assert_eq!(seen.only()["detector"], "private-key-pem");
    assert_eq!(named(&seen, "skipped", "encrypted"), ["closed.jks!/alias"]);
}

fn pkcs12(key: &[u8], password: &str) -> Vec<u8> {
    let key = PrivateKey::from_der(key).expect("a key");
    let mut store = KeyStore::new();
    let chain = PrivateKeyChain::new(b"1".to_vec(), key, []);
    store.add_entry("alias", KeyStoreEntry::PrivateKeyChain(chain));
    let writer = store.writer(password).encryption_iterations(100);
    writer.mac_iterations(100).write().expect("in memory")
}

#[test]
fn a_store_of_pkcs12_that_a_well_known_password_opens_gives_its_key() {
    let sandbox = Sandbox::folder();
    let pem = fill("private-key-pem", "{armor:PRIVATE KEY}", "pkcs12");
    let digits: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let key = BASE64.decode(digits.as_bytes()).expect("a key");
    sandbox.write("open.p12", pkcs12(&key, "changeit"));
    sandbox.write("none.pfx", pkcs12(&key, ""));
    sandbox.write("closed.p12", pkcs12(&key, &github("password")));
    let seen = sandbox.json(&["--unpack", "--show=unlikely", "."]);
    assert_eq!(paths(&seen), ["none.pfx!/alias", "open.p12!/alias"]);
    assert_eq!(seen.only()["detector"], "private-key-pem");
    assert_eq!(named(&seen, "skipped", "encrypted"), ["closed.p12"]);
}

/// An archive of three files, the second with a token.
fn rar(version: ArchiveVersion, is_solid: bool, password: Option<&str>, token: &str) -> Vec<u8> {
    let mut builder = Builder::new(version)
        .solid(is_solid)
        .password(password.map(|word| word.as_bytes().to_vec()));
    let lines: Vec<String> = (0..2_000).map(|line| format!("line {line}\n")).collect();
    let lines = lines.concat();
    let text = lines.clone() + token + "\n" + &lines;
    builder
        .add_bytes(b"first.txt".to_vec(), lines.into_bytes(), None, None)
        .expect("in memory");
    builder
        .add_bytes(b"second.txt".to_vec(), text.into_bytes(), None, None)
        .expect("in memory");
    builder
        .add_bytes(b"third.txt".to_vec(), b"more".to_vec(), None, None)
        .expect("in memory");
    builder.to_bytes().expect("in memory")
}

#[test]
fn a_member_beyond_the_limit_of_a_rar_archive_ends_it_where_others_need_it() {
    for is_solid in [false, true] {
        let sandbox = Sandbox::folder();
        let bytes = rar(ArchiveVersion::Rar50, is_solid, None, &github("rar"));
        sandbox.write("a.rar", bytes);
        let seen = sandbox.json(&["--unpack", "--max-unpacked=30K", "."]);
        let mut expected = vec!["a.rar!/second.txt"];
        if is_solid {
            expected.insert(0, "a.rar");
        }
        let skipped = named(&seen, "skipped", "beyond the limits of unpacking");
        assert_eq!(skipped, expected);
        assert_eq!(seen.report["run"]["complete"], true);
    }
}

#[test]
fn an_encrypted_rar_archive_is_told() {
    let sandbox = Sandbox::folder();
    let bytes = rar(ArchiveVersion::Rar50, false, Some("secret"), "none");
    sandbox.write("a.rar", bytes);
    let builder = Builder::new(ArchiveVersion::Rar50).password(Some(b"secret".to_vec()));
    let mut builder = builder.header_encryption(true);
    builder
        .add_bytes(b"name.txt".to_vec(), b"text".to_vec(), None, None)
        .expect("in memory");
    sandbox.write("b.rar", builder.to_bytes().expect("in memory"));
    let seen = sandbox.json(&["--unpack", "."]);
    let locked = named(&seen, "skipped", "encrypted");
    let members = ["a.rar!/first.txt", "a.rar!/second.txt", "a.rar!/third.txt"];
    assert_eq!(locked, [&members[..], &["b.rar"]].concat());
}

#[test]
fn members_of_rar_archives_of_all_versions_are_read() {
    let sandbox = Sandbox::folder();
    let mut expected = Vec::new();
    for version in [
        ArchiveVersion::Rar14,
        ArchiveVersion::Rar15,
        ArchiveVersion::Rar20,
        ArchiveVersion::Rar29,
        ArchiveVersion::Rar50,
        ArchiveVersion::Rar70,
    ] {
        for is_solid in [false, true] {
            let name = format!("{version:?}-{is_solid}.rar");
            let bytes = rar(version, is_solid, None, &github(&name));
            sandbox.write(&name, bytes);
            expected.push(format!("{name}!/second.txt"));
        }
    }
    let seen = sandbox.json(&["--unpack", "."]);
    expected.sort();
    assert_eq!(paths(&seen), expected);
    assert_eq!(seen.report["run"]["complete"], true);
}

#[test]
fn a_rar_archive_that_is_damaged_is_read_as_far_as_it_goes() {
    let sandbox = Sandbox::folder();
    let token = github("rar");
    let mut bytes = rar(ArchiveVersion::Rar50, false, None, &token);
    let at = bytes.windows(9).position(|part| part == b"first.txt");
    // Within the packed bytes of the first file.
    let at = at.expect("its name") + 60;
    bytes[at] ^= 0x55;
    sandbox.write("a.rar", bytes);
    let seen = sandbox.json(&["--unpack", "."]);
    assert_eq!(paths(&seen), ["a.rar!/second.txt"]);
    let gaps = named(&seen, "gaps", "damaged archive or document");
    assert_eq!(gaps, ["a.rar!/first.txt"]);
}
