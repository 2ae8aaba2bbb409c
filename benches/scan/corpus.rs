//! The corpus: source-like text, generated at run time, the same on every run.
//!
//! Owns the texts and how they become haystacks. Words that trigger a search (`token`, `key`)
//! stand among the others about as often as in real code.

use std::sync::Arc;

use outgate::detectors::DetectorSet;
use outgate::engine::{Candidate, Choice, Engine};
use outgate::verifier::examples::Generator;
use outgate::walker::{Content, Fresh, Haystack, Origin};

/// A megabyte, in bytes.
pub(crate) const MEGABYTE: usize = 1 << 20;
/// Length of a file, in bytes, give or take a line.
const FILE: usize = 12 << 10;

const WORDS: &[&str] = &[
    "account", "action", "append", "array", "assert", "base", "batch", "body", "buffer", "build",
    "cache", "call", "channel", "check", "child", "client", "code", "color", "column", "config",
    "context", "count", "create", "current", "data", "date", "default", "depth", "digest", "error",
    "event", "field", "file", "filter", "format", "global", "handler", "header", "height", "host",
    "index", "input", "invoice", "item", "key", "label", "length", "level", "limit", "list",
    "loader", "local", "mask", "match", "message", "method", "module", "name", "node", "number",
    "object", "offset", "option", "order", "output", "parent", "parse", "password", "path",
    "point", "pool", "position", "query", "range", "reader", "record", "region", "render",
    "request", "result", "route", "schema", "scope", "server", "session", "shape", "size",
    "source", "state", "status", "stream", "style", "table", "target", "task", "thread", "title",
    "token", "type", "update", "user", "value", "version", "view", "widget", "width", "worker",
];

/// A file of the corpus.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) origin: Origin,
    pub(crate) text: Vec<u8>,
}

/// Deterministic source of choices (a linear congruence, Knuth's MMIX constants).
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to `bound` - 1.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    pub(crate) fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len())]
    }
}

/// Files of `bytes` in all: code, JSON, YAML and minified code in turn, with a token in every
/// megabyte.
pub(crate) fn files(bytes: usize) -> Vec<File> {
    let mut dice = Dice::new(1);
    let mut files = Vec::new();
    let (mut total, mut planted) = (0, 0);
    while total < bytes {
        let mut file = file(files.len(), &mut dice);
        if total / MEGABYTE >= planted {
            planted += 1;
            let secret = token("github-pat", &planted.to_string());
            file.text
                .extend([b"deploy = \"".as_slice(), &secret, b"\"\n"].concat());
        }
        total += file.text.len();
        files.push(file);
    }
    files
}

/// One file; its number decides what is in it.
pub(crate) fn file(number: usize, dice: &mut Dice) -> File {
    let (extension, line): (_, fn(&mut Dice) -> String) = match number % 6 {
        0..3 => ("rs", code_line),
        3 => ("json", json_line),
        4 => ("yaml", yaml_line),
        _ => ("min.js", minified_piece),
    };
    let mut text = String::with_capacity(FILE + 200);
    while text.len() < FILE {
        text += &line(dice);
    }
    File {
        origin: Origin::File(format!("src/part{number}.{extension}")),
        text: text.into_bytes(),
    }
}

/// A token of the detector `id`, with a valid checksum where it has one.
pub(crate) fn token(id: &str, seed: &str) -> Vec<u8> {
    let set = DetectorSet::embedded();
    Generator::new(seed).token(set.find(id).unwrap())
}

/// A line of code.
pub(crate) fn code_line(dice: &mut Dice) -> String {
    let (a, b, c, d) = (dice.word(), dice.word(), dice.word(), dice.word());
    let number = dice.below(5000);
    let indent = " ".repeat(4 * dice.below(4));
    match dice.below(9) {
        0 => format!("{indent}let {a}_{b} = self.{c}.{d}({number});\n"),
        1 => format!("{indent}if {a}.{b}() > {number} && !{c}.is_{d}() {{\n"),
        2 => format!("{indent}// The {a} of a {b} is the {c} that its {d} had before.\n"),
        3 => format!("{indent}return Err(Error::new(\"cannot {a} the {b} of {c}\", {d}));\n"),
        4 => format!("{indent}}}\n\n"),
        5 => format!("{indent}fn {a}_{b}(&self, {c}: &str, {d}: usize) -> Option<usize> {{\n"),
        6 => format!("{indent}use crate::{a}::{b}::{{{c}, {d}}};\n"),
        7 => format!("{indent}{a}.{b} = \"{c}-{d}-{number}\";\n"),
        _ => format!("{indent}assert_eq!({a}({b}), {number:#x}, \"{c} {d}\");\n"),
    }
}

fn json_line(dice: &mut Dice) -> String {
    let (a, b, c, d) = (dice.word(), dice.word(), dice.word(), dice.word());
    let number = dice.below(100_000);
    match dice.below(4) {
        0 => format!("    \"{a}_{b}\": \"{c} {d}\",\n"),
        1 => format!("    \"{a}\": {{ \"{b}\": {number}, \"{c}\": [\"{d}\", null, true] }},\n"),
        2 => format!("    \"{a}\": \"https://{b}.example.org/{c}/{d}?{a}={number}\",\n"),
        _ => format!("    \"integrity\": \"sha512-{}\",\n", digest(dice)),
    }
}

fn yaml_line(dice: &mut Dice) -> String {
    let (a, b, c, d) = (dice.word(), dice.word(), dice.word(), dice.word());
    match dice.below(4) {
        0 => format!("{a}:\n  - name: {b}\n    {c}: {d}\n"),
        1 => format!("  {a}_{b}: ${{{{ {c}.{d} }}}}\n"),
        2 => format!("  # {a} {b} {c} {d}\n"),
        _ => format!("  {a}-{b}: \"{c}:{d}\"\n"),
    }
}

fn minified_piece(dice: &mut Dice) -> String {
    let (a, b, c) = (dice.word(), dice.word(), dice.word());
    let number = dice.below(1000);
    match dice.below(3) {
        0 => format!("function(t,e,n){{return t.{a}(e.{b},n[{number}])}},"),
        1 => format!("var r=n({number}),{a}=r.{b}||\"{c}\";"),
        _ => format!("e.{a}&&(t.{b}=e.{c}?{number}:void 0),"),
    }
}

/// Random text as a lock file has it.
fn digest(dice: &mut Dice) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..86)
        .map(|_| char::from(ALPHABET[dice.below(ALPHABET.len())]))
        .collect()
}

/// An engine over the embedded set, with its finder ready for use.
pub(crate) fn engine(choice: Choice) -> Arc<Engine> {
    let engine = Engine::new(DetectorSet::embedded(), choice);
    search(&engine, b"warm up");
    engine
}

/// The candidates of a text without a path.
pub(crate) fn search(engine: &Arc<Engine>, text: &[u8]) -> Vec<Candidate> {
    let origin = Origin::File("-".to_owned());
    engine.searcher().search(&haystack(&origin, text))
}

/// A text all of which counts.
pub(crate) fn haystack<'a>(origin: &'a Origin, bytes: &'a [u8]) -> Haystack<'a> {
    Haystack {
        bytes,
        origin,
        content: Content::Text,
        fresh: Fresh::All,
        lineage: None,
        window: None,
    }
}
