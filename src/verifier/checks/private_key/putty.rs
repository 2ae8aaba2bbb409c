//! PuTTY's private key files, versions 2 and 3 (appendix C of its manual).
//!
//! Owns the header lines and the MAC of plain keys of version 3. Version 2 uses SHA-1 for it
//! and is judged by structure alone.

use super::super::encoding::decode_base64;
use super::super::jwt::hmac_sha256;
use super::super::{Evidence, Proof};
use super::CUT;
use super::openssh::plain;

/// Examines a file; nothing if it is none.
pub(super) fn examine(text: &[u8]) -> Option<Evidence> {
    let text = String::from_utf8_lossy(text);
    let start = text.find("PuTTY-User-Key-File-")?;
    let mut lines = text[start..].lines().map(str::trim);
    let (version, kind) = lines.next()?.split_once(": ")?;
    Some(parse(version, kind, lines).unwrap_or_else(|| Evidence::new(Proof::Forged, CUT)))
}

fn parse<'a>(
    version: &str,
    kind: &str,
    mut lines: impl Iterator<Item = &'a str>,
) -> Option<Evidence> {
    let name = plain(kind.as_bytes());
    let mut encryption = "";
    let mut comment = "";
    let (mut public, mut private) = (None, None);
    while private.is_none() {
        let (key, value) = lines.next()?.split_once(':')?;
        let value = value.trim_start();
        match key {
            "Encryption" => encryption = value,
            "Comment" => comment = value,
            "Public-Lines" => public = Some(blob(value, &mut lines)?),
            "Private-Lines" => private = Some(blob(value, &mut lines)?),
            _ => {}
        }
    }
    let (public, private) = (public?, private?);
    if encryption != "none" {
        let words = format!("encrypted with {}", plain(encryption.as_bytes()));
        return Some(Evidence::new(Proof::Encrypted, words).because(name));
    }
    let mac = lines
        .next()
        .and_then(|line| line.strip_prefix("Private-MAC: "));
    if version.ends_with('3') {
        let fields = [
            kind.as_bytes(),
            b"none",
            comment.as_bytes(),
            &public,
            &private,
        ];
        let message: Vec<u8> = fields
            .iter()
            .flat_map(|field| [&(field.len() as u32).to_be_bytes(), *field].concat())
            .collect();
        let expected = data_encoding::HEXLOWER.encode(&hmac_sha256(b"", &message));
        if mac == Some(expected.as_str()) {
            let words = format!("whole PuTTY {name} key");
            return Some(Evidence::new(Proof::Genuine, words).because("not encrypted"));
        }
    }
    // A comment in another encoding changes the MAC, so that a mismatch refutes nothing.
    Some(Evidence::new(Proof::WellFormed, format!("PuTTY {name} key")).because("not encrypted"))
}

/// Takes as many lines as stated and decodes them.
fn blob<'a>(count: &str, lines: &mut impl Iterator<Item = &'a str>) -> Option<Vec<u8>> {
    let count: usize = count.parse().ok()?;
    let mut text = String::new();
    for _ in 0..count {
        text.push_str(lines.next()?);
    }
    decode_base64(text.as_bytes()).filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(encryption: &str, mac: &str) -> String {
        format!(
            "{}-File-3: ssh-ed25519\nEncryption: {encryption}\nComment: c\n\
             Public-Lines: 1\nYWJj\nPrivate-Lines: 2\nYWJj\nZGVm\nPrivate-MAC: {mac}\n",
            "PuTTY-User-Key"
        )
    }

    #[test]
    fn mac_proves_a_plain_key() {
        // hmac.new(b"", fields, "sha256") of Python over the five fields.
        let mac = "ef9d9bcea61ffcadd880d1104a550560ccddabbd464652b1fb8ce0a2a4b311dc";
        let found = examine(file("none", mac).as_bytes()).unwrap();
        assert_eq!(found.proof, Proof::Genuine);
        assert_eq!(found.reasons[0], "whole PuTTY ssh-ed25519 key");
        let found = examine(file("none", "00").as_bytes()).unwrap();
        assert_eq!(found.proof, Proof::WellFormed);
    }

    #[test]
    fn tells_encrypted_and_cut_files() {
        let text = file("aes256-cbc", "00");
        let found = examine(text.as_bytes()).unwrap();
        assert_eq!(found.proof, Proof::Encrypted);
        assert_eq!(found.reasons[0], "encrypted with aes256-cbc");
        let cut = &text[..text.find("ZGVm").unwrap()];
        assert_eq!(examine(cut.as_bytes()).unwrap().reasons, [CUT]);
        assert_eq!(examine(b"other"), None);
    }
}
