//! The marks of encoded text that the finders look for.
//!
//! Owns how they are written. Does not own what is encoded around them.

use crate::detectors::byteset::ByteSet;
use crate::detectors::probe::Probe;

/// Shortest run of digits, in bytes.
pub(in crate::engine) const RUN: usize = 32;

/// Escapes; the bytes 0 to 2 stand for digits (`probe`).
pub(super) const ESCAPES: &[&str] = &[
    "%5f",
    "%5F",
    "%22",
    "%3D",
    "%\u{2}\u{1}%\u{2}\u{1}%",
    "\\u005f",
    "\\u005F",
    "\\u002d",
    "\\u002D",
    "\\u00\u{2}\u{1}\\u00\u{2}",
    "\\x5f",
    "\\x5F",
    "\\x2d",
    "\\x2D",
    "\\x\u{2}\u{1}\\x\u{2}",
    "\\137",
    "\\055",
    "\\1\u{0}\u{0}\\1\u{0}\u{0}",
    "&#95;",
    "&#45;",
    "&#x5f;",
    "&#x5F;",
    "&#x2d;",
    "&#x2D;",
    "&#x\u{2}\u{1};&#x",
    "&#1\u{0}\u{1};&#",
];
/// Joints of two literals.
pub(super) const JOINTS: &[&str] = &[
    "\"+\"", "\" + \"", "\"+\n", "\" +\n", "\" +\r", "\"\n+", "'+'", "' + '", "'+\n", "' +\n",
    "' +\r", "\".\"", "\" . \"", "' . '", "'.'", "\" .\n", "' .\n", "\"..\"", "\" .. \"",
    "\" & \"", "\" \\\n", "\"\\\n", "'\\\n", "' \\\n", "\"\n  ", "'\n  ", "\"\n\t", "'\n\t",
    "\" <> \"", "\" ++ \"",
];
/// The kind of a Kubernetes secret.
pub(super) const MANIFESTS: &[&str] = &[
    "kind: Secret",
    "kind: \"Secret\"",
    "kind: 'Secret'",
    "\"kind\": \"Secret\"",
    "\"kind\":\"Secret\"",
];

/// A mark of encoded text that the finders look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Mark {
    /// A run of base64 or hexadecimal digits (`find_runs`).
    Run,
    /// An escape.
    Escape,
    /// A joint of two literals.
    Joint,
    /// The kind of a Kubernetes secret.
    Manifest,
}

/// The probes of the marks that finders look for.
pub(in crate::engine) fn probes() -> Vec<(Probe, Mark)> {
    let escapes = ESCAPES.iter().map(|shape| (probe(shape), Mark::Escape));
    let joints = JOINTS.iter().map(|shape| (probe(shape), Mark::Joint));
    let manifests = MANIFESTS.iter().map(|shape| (probe(shape), Mark::Manifest));
    escapes.chain(joints).chain(manifests).collect()
}

/// A probe of literal text, in which the bytes 0 to 2 stand for a digit of the octal system, a
/// hexadecimal digit, and the high digit of ASCII.
fn probe(shape: &str) -> Probe {
    let set = |byte: u8| {
        let notation = match byte {
            0 => "0-7",
            1 => "0-9a-fA-F",
            2 => "2-7",
            _ => return ByteSet::of(byte),
        };
        ByteSet::parse(notation).unwrap_or_else(|_| ByteSet::of(byte))
    };
    let sets: Vec<ByteSet> = shape.bytes().map(set).collect();
    let literal = shape
        .split(|byte: char| byte < '\u{3}')
        .next()
        .unwrap_or("");
    Probe::new(&sets, literal, 0, 0, true)
}
