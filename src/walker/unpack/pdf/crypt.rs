//! Encrypted PDFs that everybody can read: their user password is empty (ISO 32000-2, section 7.6).
//!
//! Owns the standard security handler as far as an empty password opens it: RC4 of 40 to 128 bits,
//! AES of 128 and of 256 bits. What it gives is the same file without encryption. Does not try other
//! passwords, and knows no handler but the standard one.

use aes::{Aes128, Aes256};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt as _, KeyIvInit};
use md5::{Digest as _, Md5};
use rc4::{KeyInit as _, Rc4, StreamCipher as _};
use sha2::{Sha256, Sha384, Sha512};

use super::lexer::{Dict, Lexer, Token};
use super::{Stream, numbered_dictionaries};

/// Stands for the bytes that a password lacks (algorithm 2).
const PADDING: [u8; 32] = *b"\x28\xbf\x4e\x5e\x4e\x75\x8a\x41\x64\x00\x4e\x56\xff\xfa\x01\x08\
    \x2e\x2e\x00\xb6\xd0\x68\x3e\x80\x2f\x0c\xa9\xfe\x64\x53\x69\x7a";
/// Bytes of a block of AES, and of the vector in front of what it encrypts.
const BLOCK: usize = 16;

/// What opens a file.
pub(super) struct Key {
    bytes: Vec<u8>,
    streams: Method,
    strings: Method,
    /// The object that says how it is encrypted, and is not.
    object: Option<usize>,
    has_plain_metadata: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    None,
    Rc4,
    Aes128,
    Aes256,
}

impl Key {
    /// Finds the key of a file in what stands outside of its streams; nothing when an empty password
    /// does not open it.
    pub(super) fn find(objects: &[u8]) -> Option<Self> {
        let at = memchr::memmem::rfind_iter(objects, b"/Encrypt")
            .map(|at| at + b"/Encrypt".len())
            .find(|&at| !objects.get(at).is_some_and(u8::is_ascii_alphanumeric))?;
        let rest = &objects[at..];
        let (object, dict) = if let Ok(dict) = Dict::read(rest) {
            (None, dict)
        } else {
            let Some(Token::Number(number)) = Lexer::new(rest).next() else {
                return None;
            };
            let number = number as usize;
            let named = numbered_dictionaries(objects).filter(|one| one.0 == number);
            (Some(number), named.last()?.1)
        };
        if !dict.is("Filter", "Standard") {
            return None;
        }
        let version = dict.number("V").unwrap_or(0);
        let has_plain_metadata =
            dict.get("EncryptMetadata").map(<[u8]>::trim_ascii) == Some(b"false");
        let bytes = match version {
            1 | 2 | 4 => legacy_key(&dict, &first_id(objects), has_plain_metadata)?,
            5 => modern_key(&dict)?,
            _ => return None,
        };
        let method = |name| match version {
            4 | 5 => filter(&dict, name),
            _ => Method::Rc4,
        };
        Some(Self {
            bytes,
            streams: method("StmF"),
            strings: method("StrF"),
            object,
            has_plain_metadata,
        })
    }

    /// The file without encryption.
    pub(super) fn open(
        &self,
        bytes: &[u8],
        streams: &[Stream<'_>],
        outside: &[std::ops::Range<usize>],
    ) -> Vec<u8> {
        let mut plain = Vec::with_capacity(bytes.len());
        let mut object = None;
        for (place, range) in outside.iter().enumerate() {
            let stream = streams.get(place);
            let is_table = stream.is_some_and(|stream| stream.dict.is("Type", "XRef"));
            self.copy(&bytes[range.clone()], is_table, &mut object, &mut plain);
            if let Some(stream) = stream {
                plain.extend(self.open_stream(stream));
                plain.extend_from_slice(b"\n");
            }
        }
        plain
    }

    fn open_stream(&self, stream: &Stream<'_>) -> Vec<u8> {
        let dict = &stream.dict;
        let is_plain = dict.is("Type", "XRef")
            || (dict.is("Type", "Metadata") && self.has_plain_metadata)
            // A filter of its own, which is none where it is used.
            || dict.names("Filter").contains(&&b"Crypt"[..]);
        let method = if is_plain { Method::None } else { self.streams };
        self.decrypt(method, (stream.number, stream.generation), stream.raw)
    }

    /// Copies objects with their strings decrypted; `object` is the one that is open.
    fn copy(
        &self,
        objects: &[u8],
        is_table: bool,
        object: &mut Option<(usize, usize)>,
        plain: &mut Vec<u8>,
    ) {
        let mut lexer = Lexer::new(objects);
        let mut numbers = [0.0, 0.0];
        loop {
            let before = lexer.at;
            lexer.skip_space();
            plain.extend_from_slice(&objects[before..lexer.at]);
            let start = lexer.at;
            let Some(token) = lexer.next() else {
                return plain.extend_from_slice(&objects[start..]);
            };
            let source = &objects[start..lexer.at];
            match token {
                Token::Number(number) => numbers = [numbers[1], number],
                Token::Word(b"obj") => *object = Some((numbers[0] as usize, numbers[1] as usize)),
                Token::Word(b"endobj" | b"trailer") => *object = None,
                _ => {}
            }
            match (token, *object) {
                (Token::Text(text), Some(one)) if !is_table && Some(one.0) != self.object => {
                    plain.push(b'(');
                    for byte in self.decrypt(self.strings, one, &text) {
                        if matches!(byte, b'(' | b')' | b'\\' | b'\r') {
                            plain.push(b'\\');
                        }
                        plain.push(if byte == b'\r' { b'r' } else { byte });
                    }
                    plain.push(b')');
                }
                // The word says that the rest is not read.
                (Token::Name(b"Encrypt"), _) => plain.extend_from_slice(b"/Opened"),
                _ => plain.extend_from_slice(source),
            }
        }
    }

    /// Decrypts a stream or string of an object, by its number and generation.
    fn decrypt(&self, method: Method, object: (usize, usize), bytes: &[u8]) -> Vec<u8> {
        match method {
            Method::None => bytes.to_vec(),
            Method::Rc4 => rc4(&self.of_object(object, b""), bytes),
            Method::Aes128 => {
                unchain::<cbc::Decryptor<Aes128>>(&self.of_object(object, b"sAlT"), bytes)
            }
            Method::Aes256 => unchain::<cbc::Decryptor<Aes256>>(&self.bytes, bytes),
        }
    }

    /// The key for one object (algorithm 1).
    fn of_object(&self, (number, generation): (usize, usize), salt: &[u8]) -> Vec<u8> {
        let mut digest = Md5::new_with_prefix(&self.bytes);
        digest.update(&number.to_le_bytes()[..3]);
        digest.update(&generation.to_le_bytes()[..2]);
        digest.update(salt);
        let length = (self.bytes.len() + 5).min(16);
        digest.finalize()[..length].to_vec()
    }
}

/// The first part of the name of the file.
fn first_id(objects: &[u8]) -> Vec<u8> {
    let is_id = |at: usize| {
        let mut lexer = Lexer::new(&objects[at + 3..]);
        match (lexer.next(), lexer.next()) {
            (Some(Token::ArrayStart), Some(Token::Text(id))) => Some(id),
            _ => None,
        }
    };
    memchr::memmem::rfind_iter(objects, b"/ID")
        .find_map(is_id)
        .unwrap_or_default()
}

/// The method of a crypt filter.
fn filter(dict: &Dict<'_>, key: &str) -> Method {
    let name = dict.names(key);
    let name = name.first().and_then(|name| std::str::from_utf8(name).ok());
    let filters = dict.get("CF").and_then(|filters| Dict::read(filters).ok());
    let of_name = name.zip(filters).and_then(|(name, filters)| {
        let filter = Dict::read(filters.get(name)?).ok()?;
        Some(match *filter.names("CFM").first()? {
            b"V2" => Method::Rc4,
            b"AESV2" => Method::Aes128,
            b"AESV3" => Method::Aes256,
            _ => Method::None,
        })
    });
    // Where none is named, nothing is encrypted.
    of_name.unwrap_or(Method::None)
}

fn text(dict: &Dict<'_>, key: &str, length: usize) -> Option<Vec<u8>> {
    match Lexer::new(dict.get(key)?).next()? {
        Token::Text(text) if text.len() >= length => Some(text[..length].to_vec()),
        _ => None,
    }
}

fn signed(dict: &Dict<'_>, key: &str) -> Option<i64> {
    match Lexer::new(dict.get(key)?).next()? {
        Token::Number(number) => Some(number as i64),
        _ => None,
    }
}

/// The key of revisions 2 to 4, if an empty password gives it (algorithms 2, 4 and 5).
fn legacy_key(dict: &Dict<'_>, id: &[u8], has_plain_metadata: bool) -> Option<Vec<u8>> {
    let revision = dict.number("R")?;
    let length = match (revision, dict.number("V")) {
        (2, _) => 5,
        (_, Some(4)) => 16,
        _ => (dict.number("Length").unwrap_or(40) / 8).clamp(5, 16),
    };
    let mut digest = Md5::new_with_prefix(PADDING);
    digest.update(text(dict, "O", 32)?);
    digest.update((signed(dict, "P")? as u32).to_le_bytes());
    digest.update(id);
    if revision >= 4 && has_plain_metadata {
        digest.update([0xff; 4]);
    }
    let mut key = digest.finalize().to_vec();
    if revision >= 3 {
        for _ in 0..50 {
            key = Md5::digest(&key[..length]).to_vec();
        }
    }
    key.truncate(length);
    let proof = text(dict, "U", if revision == 2 { 32 } else { 16 })?;
    let expected = if revision == 2 {
        rc4(&key, &PADDING)
    } else {
        let start = Md5::new_with_prefix(PADDING).chain_update(id).finalize();
        (0..20_u8).fold(start.to_vec(), |text, round| {
            let key: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
            rc4(&key, &text)
        })
    };
    (proof == expected).then_some(key)
}

/// The key of revisions 5 and 6, if an empty password opens it (algorithm 2.A).
fn modern_key(dict: &Dict<'_>) -> Option<Vec<u8>> {
    let proof = text(dict, "U", 48)?;
    let hash = match dict.number("R")? {
        5 => |salt: &[u8]| Sha256::digest(salt).to_vec(),
        6 => hardened,
        _ => return None,
    };
    let (salt, key_salt) = (&proof[32..40], &proof[40..48]);
    if hash(salt) != proof[..32] {
        return None;
    }
    let sealed = [vec![0; BLOCK], text(dict, "UE", 32)?].concat();
    Some(unchain_whole::<cbc::Decryptor<Aes256>>(
        &hash(key_salt),
        &sealed,
    ))
}

/// The hash of an empty password with a salt (algorithm 2.B).
fn hardened(salt: &[u8]) -> Vec<u8> {
    let mut key = Sha256::digest(salt).to_vec();
    let mut round = 0;
    loop {
        let mut text = key.repeat(64);
        let length = text.len();
        let cipher = cbc::Encryptor::<Aes128>::new_from_slices(&key[..16], &key[16..32]);
        let Ok(cipher) = cipher else {
            return key;
        };
        // The length is a multiple of that of a block.
        if cipher
            .encrypt_padded::<NoPadding>(&mut text, length)
            .is_err()
        {
            return key;
        }
        let sum: u32 = text[..16].iter().map(|&byte| u32::from(byte)).sum();
        key = match sum % 3 {
            0 => Sha256::digest(&text).to_vec(),
            1 => Sha384::digest(&text).to_vec(),
            _ => Sha512::digest(&text).to_vec(),
        };
        round += 1;
        let last = text.last().copied().map_or(0, u32::from);
        if round >= 64 && last + 32 <= round {
            key.truncate(32);
            return key;
        }
    }
}

fn rc4(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut text = bytes.to_vec();
    if let Ok(mut cipher) = Rc4::new_from_slice(key) {
        cipher.apply_keystream(&mut text);
    }
    text
}

/// Decrypts what has its vector in front and a padding at its end.
fn unchain<D: KeyIvInit + BlockModeDecrypt>(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut text = unchain_whole::<D>(key, bytes);
    // The last byte says how many there are too many.
    if let Some(&padding @ 1..=16) = text.last() {
        text.truncate(text.len() - usize::from(padding));
    }
    text
}

/// Decrypts all whole blocks behind the vector.
fn unchain_whole<D: KeyIvInit + BlockModeDecrypt>(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let Some((vector, rest)) = bytes.split_at_checked(BLOCK) else {
        return Vec::new();
    };
    let mut text = rest[..rest.len() / BLOCK * BLOCK].to_vec();
    let cipher = D::new_from_slices(key, vector);
    let Ok(cipher) = cipher else {
        return Vec::new();
    };
    match cipher.decrypt_padded::<NoPadding>(&mut text) {
        Ok(_) => text,
        Err(_) => Vec::new(),
    }
}
