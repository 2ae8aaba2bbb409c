//! Marvin32, the seeded hash Microsoft uses as the checksum of its identifiable keys.
//!
//! Owns the hash as `SymCrypt` and .NET publish it, folded to 32 bits. Does not own seeds.

/// Computes the 32-bit checksum: both halves of the 64-bit hash, combined.
pub(super) fn checksum(bytes: &[u8], seed: u64) -> u32 {
    let [low, high] = halves(bytes, seed);
    low ^ high
}

fn halves(bytes: &[u8], seed: u64) -> [u32; 2] {
    let mut state = [seed as u32, (seed >> 32) as u32];
    let mut words = bytes.chunks_exact(4);
    for word in &mut words {
        absorb(&mut state, word);
    }
    let mut last = [0; 4];
    let rest = words.remainder();
    last[..rest.len()].copy_from_slice(rest);
    // The end is marked by one byte after the data.
    last[rest.len()] = 0x80;
    absorb(&mut state, &last);
    absorb(&mut state, &[0; 4]);
    state
}

fn absorb(state: &mut [u32; 2], word: &[u8]) {
    let value = word
        .iter()
        .rev()
        .fold(0, |value, &byte| value << 8 | u32::from(byte));
    let [low, high] = state;
    *low = low.wrapping_add(value);
    *high ^= *low;
    *low = low.rotate_left(20).wrapping_add(*high);
    *high = high.rotate_left(9) ^ *low;
    *low = low.rotate_left(27).wrapping_add(*high);
    *high = high.rotate_left(19);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The self-test of `SymCrypt`, `lib/marvin32.c`.
    #[test]
    fn published_vector() {
        let [low, high] = halves(b"abc", 0xd53c_d9ce_cd08_93b7);
        assert_eq!(
            u64::from(high) << 32 | u64::from(low),
            0x22c7_4339_4927_69bf
        );
        assert_eq!(
            checksum(b"abc", 0xd53c_d9ce_cd08_93b7),
            0x22c7_4339 ^ 0x4927_69bf
        );
    }

    #[test]
    fn longer_input_with_a_full_last_word() {
        let letters: Vec<u8> = (b'a'..=b'z').collect();
        let [low, high] = halves(&letters, 0x0ddd_deee_efff_f000);
        assert_eq!(
            u64::from(high) << 32 | u64::from(low),
            0xa128_eb7e_7260_aca2
        );
    }
}
