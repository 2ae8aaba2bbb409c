//! Encrypted PDFs: those that an empty password opens are read, the others told.

use aes::{Aes128, Aes256};
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use md5::{Digest as _, Md5};
use rc4::{KeyInit as _, Rc4, StreamCipher as _};
use sha2::{Sha256, Sha384, Sha512};

use super::{named, paths};
use crate::sandbox::Sandbox;
use crate::tokens::github;

const PADDING: &[u8] = b"\x28\xbf\x4e\x5e\x4e\x75\x8a\x41\x64\x00\x4e\x56\xff\xfa\x01\x08\
    \x2e\x2e\x00\xb6\xd0\x68\x3e\x80\x2f\x0c\xa9\xfe\x64\x53\x69\x7a";
const ID: &[u8] = b"0123456789abcdef";
const OWNER: &[u8] = b"only the owner of a file knows it";
const PERMISSIONS: i32 = -44;
const VECTOR: [u8; 16] = [7; 16];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Rc4Short,
    Rc4Long,
    Aes128,
    Aes256,
}

fn rc4(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    let mut cipher = Rc4::new_from_slice(key).expect("a length that is allowed");
    cipher.apply_keystream(&mut text);
    text
}

fn hex(bytes: &[u8]) -> String {
    format!("<{}>", data_encoding::HEXLOWER.encode(bytes))
}

fn padded(password: &[u8]) -> Vec<u8> {
    [password, PADDING].concat()[..32].to_vec()
}

/// The key of a file and the words that say how it is encrypted.
fn lock(kind: Kind, password: &[u8]) -> (Vec<u8>, String) {
    if kind == Kind::Aes256 {
        return lock_modern(password);
    }
    let (revision, length) = match kind {
        Kind::Rc4Short => (2, 5),
        Kind::Rc4Long => (3, 16),
        _ => (4, 16),
    };
    let start = [
        &padded(password),
        &OWNER[..32],
        &PERMISSIONS.to_le_bytes(),
        ID,
    ]
    .concat();
    let mut key = Md5::digest(start).to_vec();
    for _ in 0..if revision > 2 { 50 } else { 0 } {
        key = Md5::digest(&key[..length]).to_vec();
    }
    key.truncate(length);
    let proof = if revision == 2 {
        rc4(&key, PADDING)
    } else {
        let first = Md5::digest([PADDING, ID].concat()).to_vec();
        let proof = (0..20_u8).fold(first, |text, round| {
            let key: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
            rc4(&key, &text)
        });
        [proof, vec![0; 16]].concat()
    };
    let version = match kind {
        Kind::Rc4Short => "/V 1 /R 2",
        Kind::Rc4Long => "/V 2 /R 3 /Length 128",
        _ => {
            "/V 4 /R 4 /Length 128 /CF << /StdCF << /CFM /AESV2 /Length 16 >> >> /StmF /StdCF /StrF /StdCF"
        }
    };
    let (owner, user) = (hex(&OWNER[..32]), hex(&proof));
    let words = format!("/Filter /Standard {version} /O {owner} /U {user} /P {PERMISSIONS}");
    (key, words)
}

fn harden(password: &[u8], salt: &[u8]) -> Vec<u8> {
    let mut key = Sha256::digest([password, salt].concat()).to_vec();
    for round in 1.. {
        let mut text = [password, &key].concat().repeat(64);
        let length = text.len();
        cbc::Encryptor::<Aes128>::new_from_slices(&key[..16], &key[16..32])
            .expect("lengths that are right")
            .encrypt_padded::<NoPadding>(&mut text, length)
            .expect("whole blocks");
        let third = text[..16].iter().map(|&byte| u32::from(byte)).sum::<u32>() % 3;
        key = match third {
            0 => Sha256::digest(&text).to_vec(),
            1 => Sha384::digest(&text).to_vec(),
            _ => Sha512::digest(&text).to_vec(),
        };
        if round >= 64 && i32::from(text[length - 1]) <= round - 32 {
            break;
        }
    }
    key[..32].to_vec()
}

fn lock_modern(password: &[u8]) -> (Vec<u8>, String) {
    let (key, salt, key_salt) = (vec![9; 32], b"saltsalt", b"keysalts");
    let proof = [harden(password, salt), salt.to_vec(), key_salt.to_vec()].concat();
    let mut sealed = key.clone();
    cbc::Encryptor::<Aes256>::new_from_slices(&harden(password, key_salt), &[0; 16])
        .expect("lengths that are right")
        .encrypt_padded::<NoPadding>(&mut sealed, 32)
        .expect("whole blocks");
    let (user, sealed) = (hex(&proof), hex(&sealed));
    let words = format!(
        "/Filter /Standard /V 5 /R 6 /Length 256 /U {user} /UE {sealed} /P {PERMISSIONS} \
         /CF << /StdCF << /CFM /AESV3 >> >> /StmF /StdCF /StrF /StdCF"
    );
    (key, words)
}

fn encrypt(kind: Kind, key: &[u8], object: u8, text: &[u8]) -> Vec<u8> {
    let of_object = |salt: &[u8]| {
        let digest = Md5::digest([key, &[object, 0, 0, 0, 0], salt].concat());
        digest[..(key.len() + 5).min(16)].to_vec()
    };
    let sealed = match kind {
        Kind::Rc4Short | Kind::Rc4Long => return rc4(&of_object(b""), text),
        Kind::Aes128 => cbc::Encryptor::<Aes128>::new_from_slices(&of_object(b"sAlT"), &VECTOR)
            .expect("lengths that are right")
            .encrypt_padded_vec::<Pkcs7>(text),
        Kind::Aes256 => cbc::Encryptor::<Aes256>::new_from_slices(key, &VECTOR)
            .expect("lengths that are right")
            .encrypt_padded_vec::<Pkcs7>(text),
    };
    [&VECTOR[..], &sealed].concat()
}

/// A file with one token in a note and one in a stream.
pub(crate) fn pdf(kind: Kind, password: &[u8], note: &str, shown: &str) -> Vec<u8> {
    let (key, words) = lock(kind, password);
    let note = hex(&encrypt(kind, &key, 3, note.as_bytes()));
    let shown = format!("BT ({shown}) Tj ET");
    let stream = encrypt(kind, &key, 4, shown.as_bytes());
    let mut file = b"%PDF-1.7\n".to_vec();
    file.extend(format!("3 0 obj\n<< /Type /Annot /Contents {note} >>\nendobj\n").bytes());
    file.extend(format!("4 0 obj\n<< /Length {} >>\nstream\n", stream.len()).bytes());
    file.extend(stream);
    file.extend(format!("\nendstream\nendobj\n5 0 obj\n<< {words} >>\nendobj\n").bytes());
    let id = hex(ID);
    file.extend(format!("trailer\n<< /Encrypt 5 0 R /ID [{id} {id}] >>\n%%EOF\n").bytes());
    file
}

#[test]
fn a_pdf_that_an_empty_password_opens_is_read() {
    let sandbox = Sandbox::folder();
    let mut expected = Vec::new();
    for kind in [Kind::Rc4Short, Kind::Rc4Long, Kind::Aes128, Kind::Aes256] {
        let name = format!("{kind:?}.pdf");
        let (note, shown) = (github(&format!("note {name}")), github(&name));
        sandbox.write(&name, pdf(kind, b"", &note, &shown));
        expected.push(format!("{name}!/object-4"));
        expected.push(format!("{name}#objects"));
        let locked = pdf(kind, b"secret", &note, &shown);
        sandbox.write(format!("locked-{name}"), locked);
    }
    let seen = sandbox.json(&["--unpack", "."]);
    let mut found = paths(&seen);
    found.retain(|path| !path.ends_with("#text"));
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    let locked = named(&seen, "skipped", "encrypted");
    let is_locked = |name: &String| name.starts_with("locked-");
    assert!(
        locked.len() == 4 && locked.iter().all(is_locked),
        "{locked:?}"
    );
}
