//! Private key blocks: what kind, how large, encrypted or not, whole or cut.
//!
//! Owns finding the block in a match and which reader takes it: `pem` (and `der` inside),
//! `openssh`, `pgp`, `putty`. `build` makes keys for templates and tests.

mod build;
mod der;
mod openssh;
mod pem;
mod pgp;
mod product;
mod putty;

use std::ops::Range;

use super::{Evidence, Proof};

const CUT: &str = "key body is missing or cut";

/// Examines a block. The secret is used where it holds the start of the block, else the
/// context.
pub(super) fn examine(secret: &[u8], context: &[u8]) -> Evidence {
    [secret, context]
        .into_iter()
        .find_map(examine_text)
        .unwrap_or_else(Evidence::unknown)
}

fn examine_text(text: &[u8]) -> Option<Evidence> {
    if let Some(evidence) = putty::examine(text) {
        return Some(evidence);
    }
    let block = pem::find(text)?;
    if block.label.contains("PUBLIC KEY") || block.label.contains("CERTIFICATE") {
        return Some(Evidence::new(Proof::Public, "public part"));
    }
    if !block.label.contains("PRIVATE KEY") {
        return None;
    }
    if block.label.contains("PGP") {
        return Some(pgp::examine(&block));
    }
    if block.is_encrypted() {
        return Some(match block.bytes() {
            Some(bytes) if bytes.len() >= 16 => {
                Evidence::new(Proof::Encrypted, "encrypted private key")
            }
            _ => Evidence::new(Proof::Forged, CUT),
        });
    }
    let Some(bytes) = block.bytes() else {
        return Some(Evidence::new(Proof::Forged, "key body is no base64"));
    };
    if bytes.is_empty() {
        return Some(Evidence::new(Proof::Forged, CUT));
    }
    Some(if block.label.contains("OPENSSH") {
        openssh::examine(&bytes)
    } else {
        der::examine(&bytes)
    })
}

/// Puts a whole key of the kind the label names in place of the body between the first and
/// the last line; its length may change.
pub(super) fn stamp(text: &mut Vec<u8>) -> bool {
    let Some((place, body)) = replacement(text) else {
        return false;
    };
    text.splice(place, body);
    true
}

fn replacement(text: &[u8]) -> Option<(Range<usize>, Vec<u8>)> {
    let block = pem::find(text).filter(|block| block.is_closed)?;
    let bytes = build::key(&block.label, text)?;
    let is_escaped = !text.contains(&b'\n');
    let newline: &[u8] = if is_escaped { b"\\n" } else { b"\n" };
    let body = pem::wrap(&bytes, block.label.contains("PGP"), newline);
    Some((block.place, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(label: &str, body: &str) -> Vec<u8> {
        format!("-----BEGIN {label}-----{body}-----END {label}-----").into_bytes()
    }

    fn label(kind: &str) -> String {
        format!("{kind}{} KEY", "PRIVATE")
    }

    #[test]
    fn stamps_every_label_it_knows() {
        for kind in ["RSA ", "EC ", "DSA ", "OPENSSH ", ""] {
            for body in ["\nkkkk\n", "\\nkkkk\\n"] {
                let mut text = block(&label(kind), body);
                assert!(stamp(&mut text));
                assert_eq!(text.contains(&b'\n'), body.contains('\n'));
                assert_eq!(examine(&text, b"").proof, Proof::Genuine, "{kind}");
                assert_eq!(examine(b"k", &text).proof, Proof::Genuine, "{kind}");
            }
        }
        let mut text = block(&format!("PGP {} BLOCK", label("")), "\n\nkkkk\n");
        assert!(stamp(&mut text));
        assert_eq!(examine(&text, b"").proof, Proof::Genuine);
        let mut text = block(&label("ENCRYPTED "), "\nkkkk\n");
        assert!(stamp(&mut text));
        assert_eq!(examine(&text, b"").proof, Proof::Encrypted);
        assert!(!stamp(&mut block("CERTIFICATE", "\nkkkk\n")));
    }

    #[test]
    fn refutes_what_is_no_key() {
        for body in ["", "\n", "\n...\n", "\nkkkk\n", "\n<your key here>\n"] {
            let text = block(&label("RSA "), body);
            assert_eq!(examine(&text, b"").proof, Proof::Forged, "{body}");
        }
        let header = format!("-----BEGIN {}-----", label("EC "));
        assert_eq!(examine(header.as_bytes(), b"").reasons, [CUT]);
        let text = block(&label("RSA ").replace("PRIVATE", "PUBLIC"), "\nkkkk\n");
        assert_eq!(examine(&text, b"").proof, Proof::Public);
        assert_eq!(examine(b"", b"-----BEGIN "), Evidence::unknown());
    }

    #[test]
    fn tells_keys_encrypted_by_header() {
        let body = format!(
            "\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\n{}\n",
            "k".repeat(64)
        );
        let text = block(&label("RSA "), &body);
        assert_eq!(examine(&text, b"").proof, Proof::Encrypted);
        let text = block(&label("RSA "), "\nProc-Type: 4,ENCRYPTED\n\n");
        assert_eq!(examine(&text, b"").proof, Proof::Forged);
    }
}
