//! Paths: from an expression that is searched in a path to patterns in gitignore syntax.
//!
//! Owns the forms that can be carried over and means the same there; an expression of any other
//! form has no pattern. Paths are those of files, relative to the root.

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use super::expression::from_go;

/// Why an expression has no pattern.
pub(super) const INEXACT: &str = "no pattern in gitignore syntax means the same";
/// Most ways to spell one expression.
const MOST_WAYS: usize = 64;
/// Most copies of a part with a count.
const MOST_COPIES: u32 = 8;

/// A part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Byte(u8),
    /// One of some letters and digits, as in `a-z`.
    Set(String),
    /// Any one byte of a name.
    One,
    /// Any part of a name.
    Some,
    /// Anything, over folders too.
    Deep,
    Start,
    End,
    /// The start of the path or of a name in it.
    NameStart,
    /// The end of the path or of a name in it.
    NameEnd,
}

type Way = Vec<Part>;

/// The patterns that leave out the paths in which the expression is found.
pub(super) fn patterns(regex: &str) -> Option<Vec<String>> {
    let hir = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(&from_go(regex))
        .ok()?;
    let mut patterns = Vec::new();
    for way in ways(&hir)? {
        for pattern in pattern(way)? {
            // What is no text cannot stand in the file.
            super::add_new(&mut patterns, vec![String::from_utf8(pattern).ok()?]);
        }
    }
    Some(patterns)
}

/// The ways to spell an expression.
fn ways(hir: &Hir) -> Option<Vec<Way>> {
    let one = |part: Part| Some(vec![vec![part]]);
    match hir.kind() {
        HirKind::Empty => Some(vec![Vec::new()]),
        HirKind::Literal(literal) => {
            let bytes = literal.0.iter();
            Some(vec![bytes.map(|&byte| Part::Byte(byte)).collect()])
        }
        HirKind::Class(class) => ways_of_class(class),
        HirKind::Look(Look::Start) => one(Part::Start),
        HirKind::Look(Look::End) => one(Part::End),
        HirKind::Look(_) => None,
        HirKind::Capture(capture) => ways(&capture.sub),
        HirKind::Repetition(repetition) => ways_of_repetition(repetition),
        HirKind::Concat(parts) => parts
            .iter()
            .try_fold(vec![Vec::new()], |done, part| join(&done, &ways(part)?)),
        HirKind::Alternation(branches) => {
            let all: Vec<Way> = branches
                .iter()
                .map(ways)
                .collect::<Option<Vec<_>>>()?
                .concat();
            let slash = vec![Part::Byte(b'/')];
            let is_pair =
                |edge: Part| all.len() == 2 && all.contains(&slash) && all.contains(&vec![edge]);
            if is_pair(Part::Start) {
                return one(Part::NameStart);
            }
            if is_pair(Part::End) {
                return one(Part::NameEnd);
            }
            (all.len() <= MOST_WAYS).then_some(all)
        }
    }
}

fn join(heads: &[Way], tails: &[Way]) -> Option<Vec<Way>> {
    let join = |head: &Way, tail: &Way| [head.as_slice(), tail].concat();
    (heads.len() * tails.len() <= MOST_WAYS).then(|| {
        let pairs = heads
            .iter()
            .flat_map(|head| tails.iter().map(move |tail| join(head, tail)));
        pairs.collect()
    })
}

fn ways_of_class(class: &Class) -> Option<Vec<Way>> {
    if lacks(class, b"") || lacks(class, b"/") {
        return Some(vec![vec![Part::One]]);
    }
    let Class::Bytes(bytes) = class else {
        return None;
    };
    let ranges = bytes.ranges();
    let kinds: [fn(&u8) -> bool; 3] = [
        u8::is_ascii_digit,
        u8::is_ascii_lowercase,
        u8::is_ascii_uppercase,
    ];
    let is_plain = |first: u8, last: u8| kinds.iter().any(|kind| kind(&first) && kind(&last));
    if ranges.iter().all(|one| is_plain(one.start(), one.end())) {
        let text = ranges.iter().map(|one| {
            let (first, last) = (char::from(one.start()), char::from(one.end()));
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        });
        return Some(vec![vec![Part::Set(text.collect())]]);
    }
    let members = ranges.iter().flat_map(|one| one.start()..=one.end());
    let ways: Vec<Way> = members.map(|byte| vec![Part::Byte(byte)]).collect();
    (ways.len() <= MOST_WAYS).then_some(ways)
}

/// Says whether a class holds every byte but these and perhaps the line feed.
fn lacks(class: &Class, wanted: &[u8]) -> bool {
    let Class::Bytes(bytes) = class else {
        return false;
    };
    let holds = |byte: u8| {
        let mut ranges = bytes.ranges().iter();
        ranges.any(|one| (one.start()..=one.end()).contains(&byte))
    };
    (0..=u8::MAX).all(|byte| byte == b'\n' || holds(byte) != wanted.contains(&byte))
}

fn ways_of_repetition(repetition: &Repetition) -> Option<Vec<Way>> {
    let (least, most) = (repetition.min, repetition.max);
    let any = match repetition.sub.kind() {
        HirKind::Class(class) if lacks(class, b"") => Some(Part::Deep),
        HirKind::Class(class) if lacks(class, b"/") => Some(Part::Some),
        _ => None,
    };
    match (any, most) {
        (Some(any), None) if least <= MOST_COPIES => {
            let mut way = vec![Part::One; least as usize];
            way.push(any);
            Some(vec![way])
        }
        (_, Some(most)) if most <= MOST_COPIES => {
            let inner = ways(&repetition.sub)?;
            let mut all = Vec::new();
            let mut copies = vec![Vec::new()];
            for count in 0..=most {
                if count >= least {
                    all.extend(copies.clone());
                }
                copies = join(&copies, &inner)?;
            }
            (all.len() <= MOST_WAYS).then_some(all)
        }
        _ => None,
    }
}

/// The patterns of one way: two where a part may lie in one name or in several.
fn pattern(mut way: Way) -> Option<Vec<Vec<u8>>> {
    let start = take_start(&mut way);
    let is_closed = take_end(&mut way);
    let is_edge = |part: &Part| {
        matches!(
            part,
            Part::Start | Part::End | Part::NameStart | Part::NameEnd
        )
    };
    let is_below = way.first() == Some(&Part::Byte(b'/'));
    if way.is_empty() || way.iter().any(is_edge) || (is_below && start.is_some()) {
        return None;
    }
    let is_folder = way.last() == Some(&Part::Byte(b'/'));
    if is_folder && is_closed {
        return None;
    }
    if !is_folder && !is_closed {
        way.push(Part::Some);
    }
    if is_below {
        way.remove(0);
    } else if start.is_none() {
        way.insert(0, Part::Some);
    }
    let bodies = spell(&way)?;
    let prefixed = bodies.into_iter().map(|body| {
        let inner = body.strip_suffix(b"/").unwrap_or(&body);
        let prefix: &[u8] = match &start {
            // At least one folder stands before.
            _ if is_below => b"/*/**/",
            Some(Part::Start) => b"/",
            _ if inner.contains(&b'/') => b"**/",
            _ => b"",
        };
        [prefix, &body].concat()
    });
    Some(prefixed.collect())
}

/// Takes off what a way begins with, and says what it is bound to.
fn take_start(way: &mut Way) -> Option<Part> {
    let mut start = None;
    while let Some(first) = way.first() {
        match first {
            Part::Start | Part::NameStart if start.is_none() => start = Some(way.remove(0)),
            Part::Deep => {
                way.remove(0);
                start = None;
            }
            _ => break,
        }
    }
    start
}

/// Takes off what a way ends with, and says whether a name ends there.
fn take_end(way: &mut Way) -> bool {
    let mut is_closed = way
        .pop_if(|last| matches!(last, Part::End | Part::NameEnd))
        .is_some();
    while way.pop_if(|last| *last == Part::Deep).is_some() {
        is_closed = false;
    }
    is_closed
}

fn spell(way: &Way) -> Option<Vec<Vec<u8>>> {
    let mut bodies: Vec<Vec<u8>> = vec![Vec::new()];
    for part in way {
        let mut more = Vec::new();
        for body in &mut bodies {
            match part {
                Part::Byte(byte) => {
                    if b"*?[]\\!# ".contains(byte) {
                        body.push(b'\\');
                    }
                    body.push(*byte);
                }
                Part::Set(set) => body.extend_from_slice(format!("[{set}]").as_bytes()),
                Part::One => body.push(b'?'),
                Part::Deep if body.ends_with(b"/") => body.extend_from_slice(b"**/*"),
                Part::Deep => {
                    push_star(body);
                    more.push([body.as_slice(), b"/**/*"].concat());
                }
                Part::Some => push_star(body),
                Part::Start | Part::End | Part::NameStart | Part::NameEnd => return None,
            }
        }
        bodies.extend(more);
        if bodies.len() > MOST_WAYS {
            return None;
        }
    }
    Some(bodies)
}

/// Two stars would mean folders.
fn push_star(body: &mut Vec<u8>) {
    if !body.ends_with(b"*") || body.ends_with(b"\\*") {
        body.push(b'*');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walker::Filter;

    #[test]
    fn usual_forms_have_the_pattern_one_would_write() {
        for (regex, pattern) in [
            ("^vendor/", "/vendor/"),
            ("^vendor/.*", "/vendor/"),
            (r".*\.lock$", "*.lock"),
            ("(^|/)node_modules/", "node_modules/"),
            ("(?:^|/)a/b/", "**/a/b/"),
            ("package-lock.json$", "*package-lock?json"),
            (r"^docs/.*\.md$", "/docs/**/*.md"),
            ("test", "*test*"),
            (r"^go\.sum$", "/go.sum"),
            (r"[^/]+\.snap$", "*?*.snap"),
            ("vendor(/|$)", "*vendor"),
            (r"(?i)\.md$", "*.[Mm][Dd]"),
            ("^v[0-9]/", "/v[0-9]/"),
        ] {
            assert_eq!(patterns(regex), Some(vec![pattern.to_owned()]), "{regex}");
        }
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        for regex in [
            ".*",
            "",
            r"\bdocs\b",
            "(?m)^a",
            r"a\w+b",
            "a(",
            "x{3,}",
            r"a/$",
            "a^b",
            "(?:ab|cd){9}",
        ] {
            assert_eq!(patterns(regex), None, "{regex}");
        }
    }

    #[test]
    fn a_pattern_leaves_out_what_the_expression_finds() {
        let names = [
            "test", "a.test", "testdata", "x", "src", "go.sum", "A.md", "a.js",
        ];
        let mut paths: Vec<String> = Vec::new();
        for first in names {
            paths.push(first.to_owned());
            for second in names {
                paths.push(format!("{first}/{second}"));
                paths.extend(names.map(|third| format!("{first}/{second}/{third}")));
            }
        }
        for regex in [
            "test",
            "^test",
            "test/",
            "^test/",
            "(^|/)test/",
            "/test/",
            "src/test",
            "src.*x/",
            "^src/.*md",
            r"\.(md|js)$",
            r"^src/.*\.(md|js)$",
            "(?i)a[.]MD$",
            "x/.*/test",
            "^(src|x)/",
            "test[^/]*/x$",
            "s.c/",
            "(test|src)data?(/|$)",
            "^.*x$",
            "/x$",
            "^src/x$",
            "te?st?d",
            r"(.*?)(sum|md)$",
        ] {
            let wanted = regex::Regex::new(regex).unwrap();
            let written = patterns(regex).unwrap_or_else(|| unreachable!("{regex}"));
            let filter = Filter::new(&written).unwrap();
            // A folder may be called as a file is: that is the one liberty that is taken.
            let is_fair = |path: &&String| {
                !regex.ends_with('$')
                    || path
                        .match_indices('/')
                        .all(|(end, _)| !wanted.is_match(&path[..end]))
            };
            for path in paths.iter().filter(is_fair) {
                assert_eq!(
                    filter.excludes(path, false),
                    wanted.is_match(path),
                    "{regex} as {written:?} on {path}"
                );
            }
        }
    }
}
