//! Drawn at random: whether letters and digits are mixed as only chance mixes them.
//!
//! Owns the measure that tells generated values from names and words. Does not own verdicts.

/// Least share of neighbours among letters and digits that change between the two, and least
/// share that change between small, capital and digit.
const CHANGES: f32 = 0.13;
const MIXED_CHANGES: f32 = 0.38;

/// Says whether letters and digits are mixed as only chance mixes them.
pub(super) fn is_drawn(value: &[u8]) -> bool {
    let kind = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        _ => 2,
    };
    let kinds: Vec<u8> = value
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(|&byte| kind(byte))
        .collect();
    let share = |changes: fn(&[u8]) -> bool| {
        let count = kinds.windows(2).filter(|pair| changes(pair)).count();
        count as f32 / kinds.len().max(1) as f32
    };
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits >= 2 && share(|pair| (pair[0] == 2) != (pair[1] == 2)) >= CHANGES
        || share(|pair| pair[0] != pair[1]) >= MIXED_CHANGES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_random_text() {
        for drawn in [
            "5179f75c4209d75c79f4d5f420d9a75c75f1d79f",
            "kT9fWq27LmZxPq81Rv3N",
            "qWxKvBnMzLpTyRuIoPaS",
            "123e4567-e89b-12d3-a456-426614174000",
        ] {
            assert!(is_drawn(drawn.as_bytes()), "{drawn}");
        }
        for name in [
            "USB_DEVICE_ID_KYE_GPEN_560",
            "FirstContextualKeyword",
            "ARM64_HAS_ADDRESS_AUTH_ARCH_QARMA5",
            "require_once_more",
        ] {
            assert!(!is_drawn(name.as_bytes()), "{name}");
        }
    }
}
