//! Published constants: keys that documentation and emulators print for everyone.
//!
//! Held as the first 64 bits of their SHA-256, so that no token-shaped text lies here; a
//! chance match is as likely as guessing 64 bits. Owns the list alone.

use sha2::{Digest as _, Sha256};

/// Digest prefix and what the value is, sorted by digest.
const KNOWN: &[(u64, &str)] = &[
    (
        0x0011_cc25_eb43_2071,
        "Azurite and Azure storage emulator account key",
    ),
    (0x1a5d_44a2_dca1_9669, "AWS documentation key id"),
    (0x2caf_c097_0149_a84f, "Stripe documentation secret key"),
    (
        0x7054_1e07_fd4f_900b,
        "Supabase local development service_role key",
    ),
    (0x7831_4b11_be2e_5815, "AWS documentation secret key"),
    (0x7f75_367e_7881_2551, "jwt.io introduction token"),
    (0xaa65_4743_9583_c3a2, "Cosmos DB emulator key"),
    (
        0xb147_1f54_4cee_ea31,
        "Stripe documentation publishable key",
    ),
    (0xbf17_25a8_f98b_ea37, "Supabase local development anon key"),
    (0xc6ea_27c5_34f9_93d3, "AWS documentation key id"),
    (0xe21b_597b_a6b9_cafa, "AWS documentation secret key"),
    (0xf2d6_ca16_5150_33e5, "Stripe documentation secret key"),
];

/// Names the published constant that a value is, if it is one.
pub(super) fn published(secret: &[u8]) -> Option<&'static str> {
    let digest = Sha256::digest(secret);
    let prefix = digest[..8]
        .iter()
        .fold(0u64, |value, &byte| value << 8 | u64::from(byte));
    KNOWN
        .binary_search_by_key(&prefix, |entry| entry.0)
        .ok()
        .map(|at| KNOWN[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted() {
        assert!(KNOWN.is_sorted_by_key(|entry| entry.0));
    }

    #[test]
    fn recognises_the_documentation_key_and_no_other() {
        let id = ["AKIAIOSFODNN7", "EXAMPLE"].concat();
        assert_eq!(published(id.as_bytes()), Some("AWS documentation key id"));
        assert_eq!(published(b"anything else"), None);
    }
}
