//! Example templates: texts with holes that are filled with generated tokens.
//!
//! No token-shaped text lies in the repository; `{secret}` becomes one when the test runs.
//! Owns the template language and the generator. Does not own checksums (`checks`).

use std::ops::Range;

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::detectors::byteset::ByteSet;
use crate::detectors::{Check, Detector, Shape};
use crate::verifier::checks;

/// How often a token is drawn anew when its length suits no valid one.
const TRIES: usize = 12;

/// Deterministic source of characters (`SplitMix64`: Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub struct Generator(u64);

impl Generator {
    /// A generator whose output depends on `seed` alone.
    pub fn new(seed: &str) -> Self {
        Self(seed.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// Appends `count` members of `set`.
    pub fn fill(&mut self, out: &mut Vec<u8>, set: ByteSet, count: usize) {
        let members: Vec<u8> = set.members().collect();
        if members.is_empty() {
            return;
        }
        out.extend((0..count).map(|_| members[self.below(members.len())]));
    }

    /// Generates the text of a match, with valid check characters where the detector has a
    /// check that can stamp them.
    pub fn token(&mut self, detector: &Detector) -> Vec<u8> {
        let mut token = Vec::new();
        // Some lengths leave no room for a valid token (base64 of no whole bytes, say).
        for _ in 0..TRIES {
            let secret = self.draw(detector, &mut token);
            let Some(check) = detector.check else { break };
            let mut stamped = token[secret.clone()].to_vec();
            if checks::stamp(check, &mut stamped) {
                token.splice(secret, stamped);
                break;
            }
        }
        token
    }

    /// Draws the text of a match; gives where the secret stands in it.
    fn draw(&mut self, detector: &Detector, token: &mut Vec<u8>) -> Range<usize> {
        token.clear();
        let mut secret = None;
        match &detector.shape {
            Shape::Run {
                prefix,
                set,
                least,
                most,
            } => {
                token.extend_from_slice(prefix);
                let spread = (most - least).min(24);
                let count = least + self.below(spread + 1);
                self.fill(token, **set, count);
            }
            Shape::Regex { pattern, .. } => {
                if let Some(hir) = parse(pattern) {
                    self.spell(&hir, token, &mut secret);
                }
            }
            Shape::Block { begin, end, .. } => {
                for marker in [begin, end] {
                    if let Some(hir) = parse(marker) {
                        self.spell(&hir, token, &mut secret);
                    }
                    self.fill(token, alphabet("base64"), 64);
                }
            }
            Shape::Any => self.fill(token, alphabet("base62"), 20),
        }
        secret.unwrap_or(0..token.len())
    }

    /// Spells an expression at random; `secret` is set to where the group `secret` stands.
    fn spell(&mut self, hir: &Hir, out: &mut Vec<u8>, secret: &mut Option<Range<usize>>) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
            HirKind::Class(class) => self.fill(out, printable(class), 1),
            HirKind::Capture(capture) => {
                let start = out.len();
                self.spell(&capture.sub, out, secret);
                if capture.name.as_deref() == Some("secret") {
                    *secret = Some(start..out.len());
                }
            }
            HirKind::Repetition(repetition) => {
                let least = repetition.min as usize;
                let most = repetition.max.map_or(least + 8, |most| most as usize);
                let count = least + self.below((most - least).min(24) + 1);
                // What a class has in print is found out once, not for each character.
                if let HirKind::Class(class) = repetition.sub.kind() {
                    self.fill(out, printable(class), count);
                } else {
                    (0..count).for_each(|_| self.spell(&repetition.sub, out, secret));
                }
            }
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.spell(part, out, secret)),
            HirKind::Alternation(branches) => {
                let branch = self.below(branches.len());
                self.spell(&branches[branch], out, secret);
            }
        }
    }
}

fn parse(pattern: &str) -> Option<Hir> {
    regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(pattern)
        .ok()
}

/// The members of a class that a source file would hold; letters and digits where it has any.
fn printable(class: &Class) -> ByteSet {
    let mut all = ByteSet::empty();
    let mut word = ByteSet::empty();
    let ranges: Vec<(u32, u32)> = match class {
        Class::Bytes(bytes) => bytes
            .ranges()
            .iter()
            .map(|range| (range.start().into(), range.end().into()))
            .collect(),
        Class::Unicode(unicode) => unicode
            .ranges()
            .iter()
            .map(|range| (range.start().into(), range.end().into()))
            .collect(),
    };
    for byte in 0..128u8 {
        if ranges
            .iter()
            .any(|&(first, last)| (first..=last).contains(&u32::from(byte)))
        {
            all.insert(byte);
            if byte.is_ascii_alphanumeric() {
                word.insert(byte);
            }
        }
    }
    if word.is_empty() { all } else { word }
}

/// The named alphabets of templates.
fn alphabet(name: &str) -> ByteSet {
    let notation = match name {
        "lower" => "a-z",
        "upper" => "A-Z",
        "alpha" => "A-Za-z",
        "digit" => "0-9",
        "hex" => "0-9a-f",
        "HEX" => "0-9A-F",
        "base32" => "A-Z2-7",
        "base64" => "A-Za-z0-9+/",
        "base64url" => "A-Za-z0-9_-",
        "alnum" | "base62" => "A-Za-z0-9",
        _ => return ByteSet::empty(),
    };
    ByteSet::parse(notation).unwrap_or_default()
}

/// Fills the holes of a template: `{secret}`, `{mangled}` (one check character changed),
/// `{armor:LABEL}` (a whole key block) and `{class:count}`; any other text in braces stays.
pub fn expand(template: &str, detector: &Detector, generator: &mut Generator) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.extend_from_slice(&rest.as_bytes()[..open]);
        rest = &rest[open..];
        let hole = rest.find('}').map(|close| &rest[1..close]);
        if let Some(hole) = hole.filter(|hole| fill_hole(hole, detector, generator, &mut out)) {
            rest = &rest[hole.len() + 2..];
        } else {
            out.push(b'{');
            rest = &rest[1..];
        }
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

fn fill_hole(
    hole: &str,
    detector: &Detector,
    generator: &mut Generator,
    out: &mut Vec<u8>,
) -> bool {
    match hole {
        "secret" => out.append(&mut generator.token(detector)),
        "mangled" => {
            let mut token = generator.token(detector);
            mangle(&mut token);
            out.append(&mut token);
        }
        _ => {
            if let Some(label) = hole.strip_prefix("armor:") {
                out.append(&mut armor(label));
                return true;
            }
            let Some((class, count)) = hole.split_once(':') else {
                return false;
            };
            let (set, Ok(count)) = (alphabet(class), count.parse()) else {
                return false;
            };
            if set.is_empty() {
                return false;
            }
            generator.fill(out, set, count);
        }
    }
    true
}

/// A private key block with this label.
fn armor(label: &str) -> Vec<u8> {
    let dashes = "-".repeat(5);
    let text = format!("{dashes}BEGIN {label}{dashes}\n\nkkkk\n{dashes}END {label}{dashes}");
    let mut block = text.into_bytes();
    checks::stamp(Check::PrivateKey, &mut block);
    block
}

/// Changes the last letter or digit to another of its kind.
fn mangle(token: &mut [u8]) {
    if let Some(last) = token
        .iter_mut()
        .rev()
        .find(|byte| byte.is_ascii_alphanumeric())
    {
        *last = match *last {
            b'0'..=b'8' | b'a'..=b'e' | b'A'..=b'E' => *last + 1,
            b'9' => b'0',
            b'f' | b'z' => b'a',
            b'F' | b'Z' => b'A',
            other => other + 1,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detector() -> Detector {
        let text = r#"
            provider = "acme"
            name = "Acme"
            [[detector]]
            id = "acme-key"
            name = "Acme key"
            severity = "low"
            shape = { prefix = "acme_", alphabet = "a-f", length = 8 }
            remediation = "r"
            source = "https://acme.test"
            examples = []
            counter-examples = []
        "#;
        crate::detectors::compile::compile(&toml::from_str(text).unwrap())
            .unwrap()
            .0
            .remove(0)
    }

    #[test]
    fn fills_holes_and_leaves_other_braces() {
        let text = expand(
            r#"{"k": "{secret}", "n": {digit:3}, {x}}"#,
            &detector(),
            &mut Generator::new("s"),
        );
        let text = String::from_utf8(text).unwrap();
        assert!(text.starts_with(r#"{"k": "acme_"#), "{text}");
        assert!(text.ends_with(", {x}}"), "{text}");
    }

    #[test]
    fn the_same_seed_gives_the_same_token() {
        let token = |seed| Generator::new(seed).token(&detector());
        assert_eq!(token("a"), token("a"));
        assert_ne!(token("a"), token("b"));
        assert_eq!(token("a").len(), 13);
    }
}
