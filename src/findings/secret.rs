//! The secret itself, kept from every output.
//!
//! Owns redaction: the one way a secret's characters reach a reader. `Secret` has no
//! `Serialize`, and its `Debug` and `Display` show the redacted form. Does not own
//! fingerprints or the masking of other text that happens to hold a secret.

use std::fmt::{self, Write as _};

/// The bytes of a credential as found, which must never be printed whole.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Takes a copy of the bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// Gives the bytes to code that checks, compares or digests them; never to an output.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Shows at most the first 4 and last 2 characters and never more than a quarter, with
    /// the length. Characters outside printable ASCII are not shown at all.
    pub fn redacted(&self) -> String {
        let mut text = String::new();
        redact(&self.0, &mut text);
        text
    }
}

/// Appends what may be shown of a secret.
pub(super) fn redact(secret: &[u8], text: &mut String) {
    let shown = secret.len() / 4;
    let tail = (shown / 3).min(2);
    let head = (shown - tail).min(4);
    text.extend(printable(&secret[..head]));
    text.push('…');
    text.extend(printable(&secret[secret.len() - tail..]));
    // Writing to a string cannot fail.
    let _ = write!(text, " ({} bytes)", secret.len());
}

/// The characters up to the first that is not printable.
fn printable(bytes: &[u8]) -> impl Iterator<Item = char> {
    let printable = bytes.iter().take_while(|byte| byte.is_ascii_graphic());
    printable.map(|&byte| char::from(byte))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_at_most_six_characters_of_a_long_secret() {
        let secret = Secret::new(b"abcdefghijklmnopqrstuvwxyz0123456789ABCD");
        assert_eq!(secret.to_string(), "abcd…CD (40 bytes)");
        assert_eq!(format!("{secret:?}"), secret.to_string());
    }

    #[test]
    fn shows_at_most_a_quarter_of_a_short_one() {
        assert_eq!(Secret::new(b"hunter22").to_string(), "hu… (8 bytes)");
        assert_eq!(Secret::new(b"abc").to_string(), "… (3 bytes)");
    }

    #[test]
    fn hides_control_bytes() {
        let secret = Secret::new(b"\x1b[31mredredredredredred");
        assert!(!secret.to_string().contains('\x1b'));
    }
}
