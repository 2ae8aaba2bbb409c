//! Features: what can be seen of an assignment, as a list of short facts.
//!
//! Owns the facts the model adds up: words of the name, form of the value, how it is written, what
//! stands beside it, where the file lies. Letters and digits of the value count by their class alone:
//! which letters they are says more about how a labelled set was made than about secrets. Does not
//! own weights or verdicts.

use std::ops::Range;

use crate::engine::Operator;
use crate::entropy;

/// An assignment in its place.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// The text around it.
    pub bytes: &'a [u8],
    /// Where the name begins and ends.
    pub name: (usize, usize),
    /// Where the value begins and ends.
    pub value: (usize, usize),
    /// The quote around the value, if there is one.
    pub quote: Option<u8>,
    /// What stands between the two.
    pub operator: Operator,
    /// The path of the file.
    pub path: &'a str,
}

impl<'a> Sample<'a> {
    /// The name.
    pub fn name(&self) -> &'a [u8] {
        &self.bytes[self.name.0..self.name.1]
    }

    /// The value.
    pub fn value(&self) -> &'a [u8] {
        &self.bytes[self.value.0..self.value.1]
    }
}

/// Takes the features of a sample, one by one: a family and what is seen, in up to two parts.
pub trait Visitor {
    /// Takes one.
    fn visit(&mut self, family: &'static str, seen: &[u8], also: &[u8]);
}

/// How far the line is looked at before the name, in bytes.
const LINE: usize = 160;
/// Longest word, in bytes; a longer one is data.
const LONGEST_WORD: usize = 16;
/// How many runs of a value's form are told.
const RUNS: usize = 6;

/// Hands over the features of a sample, each at most a few times.
pub fn visit(sample: &Sample<'_>, visitor: &mut impl Visitor) {
    let (name, value) = (sample.name(), sample.value());
    let form = Form::of(value);
    let last = name_features(name, visitor);
    form_features(&form, value, visitor);
    let manner = manner(sample);
    let extension = extension(sample.path);
    visitor.visit("manner", &manner, b"");
    visitor.visit("extension", &extension, b"");
    visitor.visit("extension+manner", &extension, &manner);
    visitor.visit("last+classes", &last, &form.classes);
    visitor.visit("last+manner", &last, &manner);
    visitor.visit("last+length", &last, &[form.length]);
    visitor.visit("classes+length", &form.classes, &[form.length]);
    visitor.visit("classes+manner", &form.classes, &manner);
    visitor.visit("extension+classes", &extension, &form.classes);
    line_features(sample, visitor);
    place_features(sample.path, visitor);
}

/// The form of a value, letters and digits by class.
struct Form {
    /// Bucket of its length.
    length: u8,
    /// The kinds of characters in it, each once, in a fixed order.
    classes: Vec<u8>,
    /// Its runs: `a9-a9`, up to a few.
    runs: Vec<u8>,
}

fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => b'a',
        b'A'..=b'Z' => b'A',
        b'0'..=b'9' => b'9',
        0x80.. => b'~',
        _ => byte,
    }
}

impl Form {
    fn of(value: &[u8]) -> Self {
        let has = |test: fn(&u8) -> bool| value.iter().any(test);
        let mut classes = Vec::new();
        let hex = value.iter().all(u8::is_ascii_hexdigit);
        if hex && value.len() >= 8 && has(u8::is_ascii_digit) {
            classes.push(b'x');
        } else {
            for (sign, test) in [
                (b'a', u8::is_ascii_lowercase as fn(&u8) -> bool),
                (b'A', u8::is_ascii_uppercase),
                (b'9', u8::is_ascii_digit),
                (b'-', |byte: &u8| b"-_".contains(byte)),
                (b'/', |byte: &u8| b"/+=".contains(byte)),
                (b'.', |byte: &u8| b".:".contains(byte)),
                (b' ', u8::is_ascii_whitespace),
                (b'(', |byte: &u8| b"()[]{}<>".contains(byte)),
                (b'$', |byte: &u8| b"$%#@!&*?^".contains(byte)),
            ] {
                if has(test) {
                    classes.push(sign);
                }
            }
        }
        let mut runs = Vec::new();
        for &byte in value {
            if runs.last() != Some(&class(byte)) {
                runs.push(class(byte));
            }
            if runs.len() > RUNS {
                break;
            }
        }
        Self {
            length: length(value.len()),
            classes,
            runs,
        }
    }
}

/// The bucket of a length.
fn length(length: usize) -> u8 {
    match length {
        0..=12 => b'a' + u8::try_from(length).unwrap_or(0),
        13..=15 => b'n',
        16 => b'o',
        17..=19 => b'p',
        20..=23 => b'q',
        24..=31 => b'r',
        32 => b's',
        33..=39 => b't',
        40 => b'u',
        41..=63 => b'v',
        64 => b'w',
        65..=127 => b'x',
        128 => b'y',
        _ => b'z',
    }
}

fn bucket(count: usize) -> u8 {
    match count {
        0..=4 => b'0' + u8::try_from(count).unwrap_or(0),
        5..=6 => b'5',
        7..=9 => b'7',
        10..=15 => b'A',
        _ => b'B',
    }
}

/// What the name says; gives its last word.
fn name_features(name: &[u8], visitor: &mut impl Visitor) -> Vec<u8> {
    let words = words(name);
    let mut lower: Vec<Vec<u8>> = words
        .iter()
        .map(|word| name[word.clone()].to_ascii_lowercase())
        .collect();
    lower.truncate(8);
    for word in &lower {
        visitor.visit("word", word, b"");
    }
    let last = lower.last().cloned().unwrap_or_default();
    let before = lower.len().checked_sub(2).map(|at| lower[at].clone());
    visitor.visit(
        "first",
        lower.first().map_or(b"", |word| word.as_slice()),
        b"",
    );
    visitor.visit("last", &last, b"");
    visitor.visit("ending", before.as_deref().unwrap_or(b"^"), &last);
    let normal = lower.concat();
    if normal.len() <= 2 * LONGEST_WORD {
        visitor.visit("name", &normal, b"");
    }
    last
}

fn form_features(form: &Form, value: &[u8], visitor: &mut impl Visitor) {
    visitor.visit("length", &[form.length], b"");
    visitor.visit("classes", &form.classes, b"");
    let runs = if form.runs.len() > RUNS {
        b"many".as_slice()
    } else {
        &form.runs
    };
    visitor.visit("runs", runs, b"");
    visitor.visit("runs+length", runs, &[form.length]);
    let count = |test: fn(&u8) -> bool| value.iter().filter(|byte| test(byte)).count();
    visitor.visit("digits", &[bucket(count(u8::is_ascii_digit))], b"");
    visitor.visit("capitals", &[bucket(count(u8::is_ascii_uppercase))], b"");
    let signs = value.len() - count(u8::is_ascii_alphanumeric);
    visitor.visit("signs", &[bucket(signs)], b"");
    let mut seen: Vec<u8> = Vec::new();
    for &byte in value {
        if !byte.is_ascii_alphanumeric() && !seen.contains(&byte) && seen.len() < 8 {
            seen.push(byte);
            visitor.visit("sign", &[class(byte)], b"");
        }
    }
    let ends = [value.first(), value.last()].map(|byte| byte.map_or(b'0', |&byte| class(byte)));
    visitor.visit("ends", &ends, b"");
    let changes = (entropy::class_changes(value) * 10.0) as usize;
    visitor.visit("changes", &[bucket(changes)], b"");
    let longest = |test: fn(&u8) -> bool| {
        let runs = value.split(|byte| !test(byte));
        runs.map(<[u8]>::len).max().unwrap_or(0)
    };
    visitor.visit(
        "longest",
        &[bucket(longest(u8::is_ascii_alphabetic))],
        &[bucket(longest(u8::is_ascii_digit))],
    );
}

/// How the value is written: operator and quote.
fn manner(sample: &Sample<'_>) -> [u8; 2] {
    let operator = match sample.operator {
        Operator::Assign => b'=',
        Operator::Colon => b':',
        Operator::Compare => b'~',
        Operator::Call => b'(',
        Operator::Element => b'>',
        Operator::Argument => b',',
        Operator::Option => b' ',
        Operator::List => b'[',
    };
    [operator, sample.quote.unwrap_or(b'0')]
}

/// The extension of a path, or its whole name where that has none, in lower case.
fn extension(path: &str) -> Vec<u8> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit('.').next().unwrap_or(name);
    extension
        .bytes()
        .take(LONGEST_WORD)
        .map(|byte| byte.to_ascii_lowercase())
        .collect()
}

/// What else stands on the line.
fn line_features(sample: &Sample<'_>, visitor: &mut impl Visitor) {
    let bytes = sample.bytes;
    let start = sample.value.0;
    let from = line_start(bytes, sample.name.0);
    let before = &bytes[from..sample.name.0];
    let text = before.trim_ascii();
    let sign = text.last().map_or(b'^', |&byte| class(byte));
    visitor.visit("before", &[sign], b"");
    let touching = before.last().map_or(b'^', |&byte| class(byte));
    visitor.visit("touching", &[touching], b"");
    let opening: Vec<u8> = text.iter().take(2).map(|&byte| class(byte)).collect();
    visitor.visit("opening", &opening, b"");
    let mut left = words(before);
    let near = left.split_off(left.len().saturating_sub(2));
    for (at, word) in near.iter().rev().enumerate() {
        let word = before[word.clone()].to_ascii_lowercase();
        visitor.visit(if at == 0 { "left" } else { "left2" }, &word, b"");
    }
    let between = &bytes[sample.name.1.min(start)..start];
    let signs: Vec<u8> = between
        .iter()
        .filter(|byte| !byte.is_ascii_alphanumeric())
        .take(6)
        .copied()
        .collect();
    visitor.visit("between", &signs, b"");
}

/// Where the file lies.
fn place_features(path: &str, visitor: &mut impl Visitor) {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    for part in folder.split('/') {
        let word = part.trim_end_matches('s').to_ascii_lowercase();
        if word.len() > 1 && word.len() <= LONGEST_WORD {
            visitor.visit("folder", word.as_bytes(), b"");
        }
    }
}

fn line_start(bytes: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(LINE);
    memchr::memrchr2(b'\n', b'\r', &bytes[from..at]).map_or(from, |found| from + found + 1)
}

/// The words of a text, by separators, case and digits; up to a few, none of them long.
pub(super) fn words(text: &[u8]) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for at in 0..=text.len() {
        let byte = text.get(at).copied().unwrap_or(b' ');
        let is_letter = byte.is_ascii_alphabetic();
        let splits = start.is_some_and(|start| {
            let before = text[at - 1];
            let next = text.get(at + 1).copied().unwrap_or(b' ');
            !is_letter
                || (byte.is_ascii_uppercase() && before.is_ascii_lowercase())
                || (at > start + 1 && byte.is_ascii_uppercase() && next.is_ascii_lowercase())
        });
        if splits
            && let Some(from) = start.take()
            && at - from <= LONGEST_WORD
        {
            words.push(from..at);
        }
        if is_letter && start.is_none() {
            start = Some(at);
        }
    }
    words
}
