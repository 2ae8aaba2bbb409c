//! Published constants: keys that documentation and emulators print for everyone.
//!
//! Held as the first 64 bits of their SHA-256, so that no token-shaped text lies here; a
//! chance match is as likely as guessing 64 bits. Owns the list alone. The keys of SDKs are those that
//! their vendor's repository prints: github.com/firebase/firebase-{android,js,ios}-sdk.

use sha2::{Digest as _, Sha256};

/// Digest prefix and what the value is, sorted by digest.
const KNOWN: &[(u64, &str)] = &[
    (
        0x0011_cc25_eb43_2071,
        "Azurite and Azure storage emulator account key",
    ),
    (0x0b47_6bdf_9acf_2123, "key in the Firebase SDK for Android"),
    (0x1a5d_44a2_dca1_9669, "AWS documentation key id"),
    (0x2037_abca_ffb2_b777, "key in the Firebase SDK for Android"),
    (0x27a9_a429_31df_f7eb, "key in the Firebase SDK for Android"),
    (
        0x281c_bc35_f681_4ed4,
        "key in the Firebase SDK for JavaScript",
    ),
    (0x2caf_c097_0149_a84f, "Stripe documentation secret key"),
    (0x37f8_f09b_df12_c2f2, "key in the Firebase SDK for Android"),
    (
        0x3b89_dcd2_f961_61db,
        "key in the Firebase SDK for JavaScript",
    ),
    (
        0x3d12_d5fd_096b_dc9c,
        "key in the Firebase SDK for Apple platforms",
    ),
    (0x412a_54cd_6f4c_7f28, "MongoDB documentation password"),
    (0x49f7_77db_995e_8260, "key in the Firebase SDK for Android"),
    (
        0x4c1b_beca_ca97_4491,
        "key in the Firebase SDK for JavaScript",
    ),
    (0x4c98_242d_cadc_8b29, "key in the Firebase SDK for Android"),
    (
        0x59bd_f2cf_533b_73f0,
        "key in the Firebase SDK for Apple platforms",
    ),
    (0x6ca6_473b_42d9_c17e, "key in the Firebase SDK for Android"),
    (
        0x7054_1e07_fd4f_900b,
        "Supabase local development service_role key",
    ),
    (0x7831_4b11_be2e_5815, "AWS documentation secret key"),
    (0x7f75_367e_7881_2551, "jwt.io introduction token"),
    (
        0x85df_9d8f_9024_5d61,
        "key in the Firebase SDK for Apple platforms",
    ),
    (0x8731_261c_b72d_8626, "key in the Firebase SDK for Android"),
    (0xa070_2bc9_1d69_9f60, "NuGet documentation password"),
    (0xa19f_89ab_3555_eac1, "key in the Firebase SDK for Android"),
    (0xaa65_4743_9583_c3a2, "Cosmos DB emulator key"),
    (
        0xb147_1f54_4cee_ea31,
        "Stripe documentation publishable key",
    ),
    (0xbf17_25a8_f98b_ea37, "Supabase local development anon key"),
    (0xc6ea_27c5_34f9_93d3, "AWS documentation key id"),
    (0xdba7_2c00_f41f_4e4c, "NuGet documentation password"),
    (0xdc0f_cf04_6c61_640c, "key in the Firebase SDK for Android"),
    (
        0xdf82_4817_ace5_5ed7,
        "key in the Firebase SDK for JavaScript",
    ),
    (0xe21b_597b_a6b9_cafa, "AWS documentation secret key"),
    (0xea9b_b108_2cf9_5663, "key in the Firebase SDK for Android"),
    (0xeb54_0d2b_6ee2_a0a4, "key in the Firebase SDK for Android"),
    (0xf2d6_ca16_5150_33e5, "Stripe documentation secret key"),
    (0xf56e_3234_94a6_ffc2, "key in the Firebase SDK for Android"),
    (
        0xfe68_6096_b498_7fed,
        "key in the Firebase SDK for JavaScript",
    ),
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
