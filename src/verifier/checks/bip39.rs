//! Recovery phrases of wallets (BIP-39): words of a list whose last bits are a checksum.
//!
//! Owns telling a phrase that opens a wallet from other words. The list and the checksum are the
//! `bip39` crate's; see github.com/bitcoin/bips/blob/master/bip-0039.mediawiki.

use bip39::{Error, Language, Mnemonic};

use super::{Evidence, Proof, checksum};

/// Bytes of the seed of the shortest phrase, of 12 words.
const SEED: usize = 16;

pub(super) fn examine(phrase: &[u8]) -> Evidence {
    let text = String::from_utf8_lossy(phrase).replace(',', " ");
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    match Mnemonic::parse_in_normalized(Language::English, &words.join(" ")) {
        Ok(phrase) if is_published(&words) || is_regular(&phrase) => {
            Evidence::new(Proof::Sample, "recovery phrase that tests use")
        }
        Ok(_) => Evidence::new(
            Proof::Genuine,
            format!("recovery phrase of {} words, checksum fits", words.len()),
        ),
        Err(Error::InvalidChecksum) => Evidence::new(Proof::Forged, checksum::DIFFERS),
        Err(Error::UnknownWord(_)) => {
            Evidence::new(Proof::Forged, "words are not of the list of BIP-39")
        }
        Err(_) => Evidence::unknown(),
    }
}

/// Says whether a phrase repeats one word up to the last, as the vectors of BIP-39 and the
/// default accounts of development networks do.
fn is_published(words: &[&str]) -> bool {
    let before_last = &words[..words.len().saturating_sub(1)];
    before_last.windows(2).all(|pair| pair[0] == pair[1])
}

/// Says whether the seed of a phrase is one byte over and over, as in the other vectors of BIP-39.
fn is_regular(phrase: &Mnemonic) -> bool {
    let (seed, length) = phrase.to_entropy_array();
    seed[..length].iter().all(|byte| *byte == seed[0])
}

/// Turns a text into the phrase of the seed that its first bytes are.
pub(super) fn stamp(token: &mut Vec<u8>) -> bool {
    let Some(seed) = token.first_chunk::<SEED>() else {
        return false;
    };
    let Ok(phrase) = Mnemonic::from_entropy_in(Language::English, seed) else {
        return false;
    };
    let words: Vec<&str> = phrase.words().collect();
    *token = words.join(" ").into_bytes();
    true
}

#[cfg(test)]
mod tests {
    use super::super::{examine, stamp};
    use super::*;
    use crate::detectors::Check::Bip39;

    fn proof(phrase: &str) -> Proof {
        examine(Bip39, phrase.as_bytes(), b"", None).proof
    }

    fn phrase(seed: &str) -> String {
        let mut token = seed.as_bytes().to_vec();
        assert!(stamp(Bip39, &mut token));
        String::from_utf8(token).unwrap()
    }

    #[test]
    fn a_phrase_is_genuine_however_it_is_parted() {
        let phrase = phrase("any seed will do");
        assert_eq!(proof(&phrase), Proof::Genuine);
        assert_eq!(proof(&phrase.replace(' ', ", ")), Proof::Genuine);
    }

    #[test]
    fn refutes_other_words_and_a_wrong_checksum() {
        let phrase = phrase("another seed of it");
        let mut words: Vec<&str> = phrase.split(' ').collect();
        words[11] = "outgates";
        assert_eq!(proof(&words.join(" ")), Proof::Forged);
        // Of 128 last words that leave the seed as it is, eight bits of sixteen fit: all others
        // are refuted.
        let first = &phrase[..phrase.rfind(' ').unwrap()];
        let others = Language::English.word_list().iter();
        let fitting = others
            .filter(|last| proof(&format!("{first} {last}")) == Proof::Genuine)
            .count();
        assert_eq!(fitting, 128);
    }

    #[test]
    fn knows_the_phrases_of_tests() {
        let zeros = [["abandon"; 11].join(" "), "about".to_owned()].join(" ");
        assert_eq!(proof(&zeros), Proof::Sample);
        assert_eq!(proof(&phrase(&"\u{7f}".repeat(16))), Proof::Sample);
        assert_eq!(proof("eleven words are no phrase"), Proof::Unknown);
    }
}
