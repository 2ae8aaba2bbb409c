//! Makes private keys that pass every structural test, for templates and tests.
//!
//! Owns the layout of such keys. Their numbers come from a digest of a seed; none is usable:
//! the factors of an RSA modulus are not prime, public halves belong to no private one.

use sha2::{Digest as _, Sha256};

use super::product::multiply;

const RSA_OBJECT: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const PBES2_OBJECT: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 0x0d];
const P256_OBJECT: [u8; 10] = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const ED25519_OBJECT: [u8; 10] = [9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1];

/// Makes a key of the kind a label names.
pub(super) fn key(label: &str, seed: &[u8]) -> Option<Vec<u8>> {
    match label {
        "RSA PRIVATE KEY" => Some(rsa(seed)),
        "PRIVATE KEY" => {
            let algorithm = element(0x30, &[&RSA_OBJECT, &[5, 0]]);
            let inner = element(4, &[&rsa(seed)]);
            Some(element(0x30, &[&integer(&[0]), &algorithm, &inner]))
        }
        "EC PRIVATE KEY" => {
            let octets = element(4, &[&random(seed, 1, 32)]);
            let curve = element(0xa0, &[&P256_OBJECT]);
            Some(element(0x30, &[&integer(&[1]), &octets, &curve]))
        }
        "DSA PRIVATE KEY" => {
            let sizes = [128, 20, 128, 128, 20];
            let numbers = (1..)
                .zip(sizes)
                .map(|(salt, size)| number(seed, salt, size));
            let body: Vec<u8> = numbers.flat_map(|number| integer(&number)).collect();
            Some(element(0x30, &[&integer(&[0]), &body]))
        }
        "ENCRYPTED PRIVATE KEY" => {
            let algorithm = element(0x30, &[&PBES2_OBJECT]);
            let data = element(4, &[&random(seed, 1, 160)]);
            Some(element(0x30, &[&algorithm, &data]))
        }
        "OPENSSH PRIVATE KEY" => Some(openssh(seed, "none")),
        "PGP PRIVATE KEY BLOCK" => Some(pgp(seed, 0)),
        _ => None,
    }
}

/// Makes an Ed25519 key in OpenSSH's format.
pub(super) fn openssh(seed: &[u8], cipher: &str) -> Vec<u8> {
    let string = |data: &[u8]| [&(data.len() as u32).to_be_bytes(), data].concat();
    let half = random(seed, 1, 32);
    let public = [string(b"ssh-ed25519"), string(&half)].concat();
    let check = random(seed, 2, 4);
    let pair = [random(seed, 3, 32), half].concat();
    let private = [
        check.clone(),
        check,
        public.clone(),
        string(&pair),
        string(b""),
        vec![1, 2, 3, 4, 5],
    ]
    .concat();
    let derivation: &[u8] = if cipher == "none" { b"none" } else { b"bcrypt" };
    [
        b"openssh-key-v1\0".to_vec(),
        string(cipher.as_bytes()),
        string(derivation),
        string(b""),
        1_u32.to_be_bytes().to_vec(),
        string(&public),
        string(&private),
    ]
    .concat()
}

/// Makes an Ed25519 secret key packet of version 4; `protection` is the S2K octet.
pub(super) fn pgp(seed: &[u8], protection: u8) -> Vec<u8> {
    let secret = [vec![1, 0], number(seed, 1, 32)].concat();
    let sum = secret
        .iter()
        .fold(0_u16, |sum, &byte| sum.wrapping_add(u16::from(byte)));
    let body = [
        vec![4, 0x60, 0, 0, 0, 22],
        ED25519_OBJECT.to_vec(),
        vec![1, 7, 0x40],
        random(seed, 2, 32),
        vec![protection],
        secret,
        sum.to_be_bytes().to_vec(),
    ]
    .concat();
    [&[0xc5, body.len() as u8], body.as_slice()].concat()
}

fn rsa(seed: &[u8]) -> Vec<u8> {
    let (p, q) = (number(seed, 1, 128), number(seed, 2, 128));
    let numbers = [
        vec![0],
        multiply(&p, &q),
        vec![1, 0, 1],
        number(seed, 3, 256),
        p,
        q,
        number(seed, 4, 128),
        number(seed, 5, 128),
        number(seed, 6, 128),
    ];
    let body: Vec<u8> = numbers.iter().flat_map(|number| integer(number)).collect();
    element(0x30, &[&body])
}

/// Makes an odd number of exactly this many bytes, the two highest bits set.
fn number(seed: &[u8], salt: u8, length: usize) -> Vec<u8> {
    let mut number = random(seed, salt, length);
    if let Some(first) = number.first_mut() {
        *first |= 0xc0;
    }
    if let Some(last) = number.last_mut() {
        *last |= 1;
    }
    number
}

fn random(seed: &[u8], salt: u8, length: usize) -> Vec<u8> {
    (0_u8..=255)
        .flat_map(|count| {
            Sha256::new()
                .chain_update([salt, count])
                .chain_update(seed)
                .finalize()
        })
        .take(length)
        .collect()
}

fn integer(number: &[u8]) -> Vec<u8> {
    let is_negative = number.first().is_some_and(|first| first & 0x80 != 0);
    let sign: &[u8] = if is_negative { &[0] } else { &[] };
    element(2, &[sign, number])
}

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = match contents.len() {
        short @ 0..=0x7f => vec![short as u8],
        long => [&[0x82], &(long as u16).to_be_bytes()[..]].concat(),
    };
    [vec![tag], length, contents].concat()
}
