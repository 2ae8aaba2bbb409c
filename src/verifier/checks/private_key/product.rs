//! Products of large numbers, to tell whether an RSA modulus belongs to its primes.
//!
//! Owns long multiplication, nothing more.

/// Longest factor that is multiplied, in bytes; RSA of 16,384 bits has factors of 1,024.
const LONGEST: usize = 1100;

/// Tells whether `number` is the product of two others, all big end first. Numbers too long
/// to try give nothing.
pub(super) fn is_product(number: &[u8], left: &[u8], right: &[u8]) -> Option<bool> {
    if left.len() > LONGEST || right.len() > LONGEST {
        return None;
    }
    Some(trim(&multiply(left, right)) == trim(number))
}

/// Multiplies two numbers, big end first.
pub(super) fn multiply(left: &[u8], right: &[u8]) -> Vec<u8> {
    let (left, right) = (limbs(left), limbs(right));
    let mut product = vec![0_u64; left.len() + right.len()];
    for (shift, &digit) in left.iter().enumerate() {
        let mut carry = 0;
        for (place, &other) in right.iter().enumerate() {
            let sum = u128::from(digit) * u128::from(other)
                + u128::from(product[shift + place])
                + u128::from(carry);
            product[shift + place] = sum as u64;
            carry = (sum >> 64) as u64;
        }
        product[shift + right.len()] = carry;
    }
    product
        .iter()
        .rev()
        .flat_map(|limb| limb.to_be_bytes())
        .collect()
}

/// Gives the number without zeros at its big end.
pub(super) fn trim(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    &number[zeros..]
}

/// Splits a number into limbs of 64 bits, little end first.
fn limbs(number: &[u8]) -> Vec<u64> {
    number
        .rchunks(8)
        .map(|chunk| {
            chunk
                .iter()
                .fold(0, |limb, &byte| limb << 8 | u64::from(byte))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplies_like_128_bit_numbers() {
        let (left, right) = (0xfedc_ba98_7654_3210_u64, 0xffff_ffff_ffff_fff1_u64);
        let product = multiply(&left.to_be_bytes(), &right.to_be_bytes());
        assert_eq!(
            product,
            (u128::from(left) * u128::from(right)).to_be_bytes()
        );
    }

    #[test]
    fn carries_across_many_limbs() {
        // (256^100 - 1)^2 = 256^200 - 2 * 256^100 + 1
        let nines = [0xff; 100];
        let mut expected = vec![0xff; 99];
        expected.push(0xfe);
        expected.extend([0; 99]);
        expected.push(1);
        assert_eq!(is_product(&expected, &nines, &nines), Some(true));
        expected[150] = 1;
        assert_eq!(is_product(&expected, &nines, &nines), Some(false));
        assert_eq!(is_product(&expected, &[1; 2000], &nines), None);
    }
}
