//! Texts with something to find in them, as a fuzzer chooses.

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use outgate::detectors::{Detector, DetectorSet, Examples, embedded_examples};
use outgate::verifier::examples::{Generator, expand};

/// A part of a text.
#[derive(Arbitrary, Debug)]
pub enum Part<'a> {
    /// Any bytes.
    Bytes(&'a [u8]),
    /// An example of a detector, which holds a secret made from a seed.
    Example {
        /// Which detector.
        detector: u16,
        /// Which of its examples.
        example: u8,
        /// What its secret depends on.
        seed: u8,
    },
    /// A secret of a detector, which may be cut.
    Token {
        /// Which detector.
        detector: u16,
        /// What it depends on.
        seed: u8,
        /// How many bytes of it.
        length: u8,
    },
    /// The part before once more, in another encoding.
    Encoded(Encoding),
    /// The part before, many times.
    Again(u8),
}

/// How to write a part.
#[derive(Arbitrary, Debug)]
pub enum Encoding {
    /// Hexadecimal digits.
    Hex,
    /// Base64.
    Base64,
    /// Escapes of one kind.
    Escapes(u8),
}

static DETECTORS: LazyLock<Vec<(Detector, Examples)>> = LazyLock::new(|| {
    let set = DetectorSet::embedded();
    let find = |examples: Examples| Some((set.find(&examples.id).ok()?.clone(), examples));
    embedded_examples().into_iter().filter_map(find).collect()
});

/// Longest text.
const LONGEST: usize = 1 << 15;

/// Puts a text together.
pub fn build(parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut last = 0..0;
    for part in parts {
        if out.len() > LONGEST {
            break;
        }
        let before = out[last.clone()].to_vec();
        let start = out.len();
        match part {
            Part::Bytes(bytes) => out.extend_from_slice(bytes),
            Part::Example {
                detector,
                example,
                seed,
            } => {
                let (detector, examples) = &DETECTORS[usize::from(*detector) % DETECTORS.len()];
                let all: Vec<&String> =
                    examples.positive.iter().chain(&examples.negative).collect();
                if let Some(template) = all.get(usize::from(*example) % all.len().max(1)) {
                    let mut generator = Generator::new(&seed.to_string());
                    out.extend(expand(template, detector, &mut generator));
                }
            }
            Part::Token {
                detector,
                seed,
                length,
            } => {
                let (detector, _) = &DETECTORS[usize::from(*detector) % DETECTORS.len()];
                let token = Generator::new(&seed.to_string()).token(detector);
                let length = if *length == 0 {
                    token.len()
                } else {
                    usize::from(*length).min(token.len())
                };
                out.extend_from_slice(&token[..length]);
            }
            Part::Encoded(encoding) => encode(&before, encoding, &mut out),
            Part::Again(count) => {
                for _ in 0..*count {
                    if out.len() <= LONGEST {
                        out.extend_from_slice(&before);
                    }
                }
            }
        }
        last = start..out.len();
    }
    out
}

fn encode(bytes: &[u8], encoding: &Encoding, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    match encoding {
        Encoding::Hex => out.extend(
            bytes
                .iter()
                .flat_map(|byte| format!("{byte:02x}").into_bytes()),
        ),
        Encoding::Base64 => {
            for part in bytes.chunks(3) {
                let at = |place: usize| u32::from(part.get(place).copied().unwrap_or(0));
                let bits = at(0) << 16 | at(1) << 8 | at(2);
                let digits =
                    (0..=part.len()).map(|place| DIGITS[(bits >> (18 - 6 * place) & 63) as usize]);
                out.extend(digits);
                out.extend(std::iter::repeat_n(b'=', 3 - part.len()));
            }
        }
        Encoding::Escapes(kind) => {
            for byte in bytes {
                let text = match kind % 5 {
                    0 => format!("%{byte:02X}"),
                    1 => format!("\\x{byte:02x}"),
                    2 => format!("\\u{byte:04x}"),
                    3 => format!("&#{byte};"),
                    _ => format!("\\{byte:03o}"),
                };
                out.extend(text.into_bytes());
            }
        }
    }
}
