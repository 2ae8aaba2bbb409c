//! Rules: from an expression of another scanner to one that a detector may have.
//!
//! Owns what is rewritten: the group that is the secret gets its name, boundaries at both ends go
//! (a token stands free here anyway) and open repetition gets a bound. The text stays as it was
//! otherwise, for people to read. Does not own what a detector must be like (`detectors`).

use std::ops::Range;

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    self, AssertionKind, Ast, ClassPerlKind, Group, GroupKind, RepetitionKind, RepetitionRange,
};
use regex_syntax::hir::{Class, Hir, HirKind};

use super::expression::from_go;

/// Bounds for open repetition, the first that keeps matches short enough is taken.
const BOUNDS: [u32; 3] = [1000, 250, 60];
/// Greatest length of a match, in bytes; as for every detector.
const LONGEST_MATCH: usize = 8192;
/// Most ways to spell a literal part.
const MOST_SPELLINGS: usize = 64;

/// An expression that was made to fit.
#[derive(Debug)]
pub(super) struct Fitted {
    pub(super) regex: String,
    /// The bound that open repetition got.
    pub(super) bound: Option<u32>,
    /// Whether another group than the first may be the secret there.
    pub(super) is_ambiguous: bool,
}

/// Makes an expression of Go's syntax fit; `group` is the number of the secret's, 0 for the first.
///
/// # Errors
/// What stands in the way, without the expression.
pub(super) fn fit(regex: &str, group: usize) -> Result<Fitted, String> {
    let text = from_go(regex);
    let ast = Parser::new()
        .parse(&text)
        .map_err(|fault| format!("not in the syntax of Rust: {}", fault.kind()))?;
    let mut survey = Survey {
        group: group.max(1),
        ..Survey::default()
    };
    survey.visit(&ast, Edges::BOTH, false);
    if group > survey.groups {
        return Err(format!("it has no group {group}"));
    }
    let is_ambiguous = group == 0 && survey.groups > 1 && survey.is_optional;
    let fitted = |bound| Fitted {
        regex: survey.apply(&text, bound),
        bound: survey.is_open.then_some(bound),
        is_ambiguous,
    };
    let fits = |one: &Fitted| {
        parse(&one.regex)
            .and_then(|hir| hir.properties().maximum_len())
            .is_some_and(|most| most <= LONGEST_MATCH)
    };
    let tightest = BOUNDS[BOUNDS.len() - 1];
    let mut tries = BOUNDS.into_iter().map(fitted);
    Ok(tries.find(fits).unwrap_or_else(|| fitted(tightest)))
}

fn parse(regex: &str) -> Option<Hir> {
    let mut builder = regex_syntax::ParserBuilder::new();
    let mut parser = builder.unicode(false).utf8(false).build();
    parser.parse(regex).ok()
}

/// Whether a part begins and ends the expression.
#[derive(Clone, Copy)]
struct Edges {
    first: bool,
    last: bool,
}

impl Edges {
    const BOTH: Self = Self {
        first: true,
        last: true,
    };
    const NONE: Self = Self {
        first: false,
        last: false,
    };
}

/// What is to be rewritten.
#[derive(Default)]
struct Survey {
    /// Number of the group that is the secret.
    group: usize,
    groups: usize,
    /// Whether that group need not take part in a match.
    is_optional: bool,
    edits: Vec<(Range<usize>, String)>,
    /// Open repetition: where it is, its least count, and what follows the bound.
    open: Vec<(Range<usize>, u32, &'static str)>,
    /// Whether something else than blanks is repeated so.
    is_open: bool,
}

impl Survey {
    fn visit(&mut self, ast: &Ast, edges: Edges, is_optional: bool) {
        match ast {
            Ast::Concat(concat) => {
                let is_mark = |one: &Ast| matches!(one, Ast::Flags(_));
                let first = concat.asts.iter().position(|one| !is_mark(one));
                let last = concat.asts.len().saturating_sub(1);
                let before = last.checked_sub(1).and_then(|index| concat.asts.get(index));
                for (index, one) in concat.asts.iter().enumerate() {
                    let inner = Edges {
                        first: edges.first && Some(index) == first,
                        last: edges.last && index == last,
                    };
                    // A lazy part would stop at once without what ends it.
                    if inner.last && is_end_group(one) && !before.is_some_and(ends_lazily) {
                        self.edits.push((range(*one.span()), String::new()));
                    } else {
                        self.visit(one, inner, is_optional);
                    }
                }
            }
            Ast::Alternation(alternation) => {
                for one in &alternation.asts {
                    self.visit(one, Edges::NONE, true);
                }
            }
            Ast::Group(group) => self.visit_group(group, edges, is_optional),
            Ast::Repetition(repetition) => {
                self.visit(&repetition.ast, Edges::NONE, true);
                let least = match repetition.op.kind {
                    RepetitionKind::ZeroOrMore => 0,
                    RepetitionKind::OneOrMore => 1,
                    RepetitionKind::Range(RepetitionRange::AtLeast(least)) => least,
                    _ => return,
                };
                let tail = if repetition.greedy { "" } else { "?" };
                self.open.push((range(repetition.op.span), least, tail));
                self.is_open |= !is_blank(&repetition.ast);
            }
            Ast::Assertion(assertion)
                if assertion.kind == AssertionKind::WordBoundary && (edges.first || edges.last) =>
            {
                self.edits.push((range(assertion.span), String::new()));
            }
            _ => {}
        }
    }

    fn visit_group(&mut self, group: &Group, edges: Edges, is_optional: bool) {
        let start = group.span.start.offset;
        let is_plain = matches!(group.kind, GroupKind::NonCapturing(_));
        if !is_plain {
            self.groups += 1;
        }
        let is_secret = !is_plain && self.groups == self.group;
        match &group.kind {
            GroupKind::CaptureIndex(_) if is_secret => {
                self.edits
                    .push((start..start + 1, "(?P<secret>".to_owned()));
            }
            GroupKind::CaptureName { name, .. } if is_secret => {
                self.edits.push((range(name.span), "secret".to_owned()));
            }
            GroupKind::CaptureName { name, .. } if name.name == "secret" => {
                self.edits.push((range(name.span), "other".to_owned()));
            }
            _ => {}
        }
        self.is_optional |= is_secret && is_optional;
        self.visit(&group.ast, edges, is_optional);
    }

    /// Rewrites the text, from its end to its start.
    fn apply(&self, text: &str, bound: u32) -> String {
        let bounded = self.open.iter().map(|(range, least, tail)| {
            let most = least.saturating_add(bound);
            (range.clone(), format!("{{{least},{most}}}{tail}"))
        });
        let mut edits: Vec<_> = self.edits.iter().cloned().chain(bounded).collect();
        edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        let mut text = text.to_owned();
        for (range, new) in edits {
            text.replace_range(range, &new);
        }
        text
    }
}

fn range(span: ast::Span) -> Range<usize> {
    span.start.offset..span.end.offset
}

/// Says whether an expression stands for one blank: nobody misses the thousandth.
fn is_blank(ast: &Ast) -> bool {
    match ast {
        Ast::ClassPerl(class) => class.kind == ClassPerlKind::Space && !class.negated,
        Ast::Literal(literal) => literal.c == ' ',
        _ => false,
    }
}

/// Says whether a part can go on as long as it likes and does so as little as it may.
fn ends_lazily(ast: &Ast) -> bool {
    match ast {
        Ast::Repetition(repetition) => !repetition.greedy,
        Ast::Group(group) => ends_lazily(&group.ast),
        Ast::Concat(concat) => concat.asts.last().is_some_and(ends_lazily),
        Ast::Alternation(alternation) => alternation.asts.iter().any(ends_lazily),
        _ => false,
    }
}

/// Says whether a part only tells where the token ends: a group, one way of which is the end of the
/// text.
fn is_end_group(ast: &Ast) -> bool {
    matches!(ast, Ast::Group(group)
        if matches!(group.kind, GroupKind::NonCapturing(_)) && is_end(&group.ast))
}

/// Says whether one way to go on is the end of the text.
fn is_end(ast: &Ast) -> bool {
    let is_end = |one: &Ast| match one {
        Ast::Assertion(assertion) => matches!(
            assertion.kind,
            AssertionKind::EndLine | AssertionKind::EndText
        ),
        _ => false,
    };
    match ast {
        Ast::Alternation(alternation) => alternation.asts.iter().any(is_end),
        one => is_end(one),
    }
}

/// Says whether each match of an expression holds one of the words, in lower case.
pub(super) fn holds_word(regex: &str, words: &[String]) -> bool {
    parse(regex).is_some_and(|hir| holds(&hir, words))
}

fn holds(hir: &Hir, words: &[String]) -> bool {
    let has_word = |text: &String| words.iter().any(|word| text.contains(word.as_str()));
    if spellings(hir).is_some_and(|all| all.iter().all(has_word)) {
        return true;
    }
    match hir.kind() {
        HirKind::Capture(capture) => holds(&capture.sub, words),
        HirKind::Repetition(repetition) => repetition.min > 0 && holds(&repetition.sub, words),
        HirKind::Alternation(branches) => branches.iter().all(|one| holds(one, words)),
        HirKind::Concat(parts) => {
            let mut run = vec![String::new()];
            for part in parts {
                match spellings(part).and_then(|more| product(&run, &more)) {
                    Some(longer) => run = longer,
                    None if run.iter().all(has_word) || holds(part, words) => return true,
                    None => run = vec![String::new()],
                }
            }
            run.iter().all(has_word)
        }
        _ => false,
    }
}

/// All texts that an expression stands for, in lower case, where they are few.
fn spellings(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Empty => Some(vec![String::new()]),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            Some(vec![text.to_ascii_lowercase()])
        }
        HirKind::Class(Class::Bytes(class)) => {
            let members = class
                .ranges()
                .iter()
                .flat_map(|one| one.start()..=one.end());
            let mut all: Vec<String> = members
                .take(MOST_SPELLINGS)
                .map(|byte| char::from(byte.to_ascii_lowercase()).to_string())
                .collect();
            all.sort();
            all.dedup();
            (all.len() <= MOST_SPELLINGS / 4).then_some(all)
        }
        HirKind::Capture(capture) => spellings(&capture.sub),
        HirKind::Concat(parts) => parts.iter().try_fold(vec![String::new()], |done, part| {
            product(&done, &spellings(part)?)
        }),
        HirKind::Alternation(branches) => {
            let all: Option<Vec<_>> = branches.iter().map(spellings).collect();
            all.map(|all| all.concat())
                .filter(|all| all.len() <= MOST_SPELLINGS)
        }
        _ => None,
    }
}

fn product(heads: &[String], tails: &[String]) -> Option<Vec<String>> {
    (heads.len() * tails.len() <= MOST_SPELLINGS).then(|| {
        let pairs = heads
            .iter()
            .flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}")));
        pairs.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_gets_its_name_and_the_ends_go() {
        for (regex, group, fitted) in [
            (r"\bacme_[a-z]{8}\b", 0, "acme_[a-z]{8}"),
            (
                r"(?i)\b(acme_[a-z]{8})\b",
                0,
                "(?i)(?P<secret>acme_[a-z]{8})",
            ),
            ("(a)-(b{8})", 2, "(a)-(?P<secret>b{8})"),
            ("(?P<id>a)(?P<secret>b)", 1, "(?P<secret>a)(?P<other>b)"),
            (
                r#"(acme[0-9]{9})(?:['"\s;]|\\[nr]|$)"#,
                0,
                "(?P<secret>acme[0-9]{9})",
            ),
            (
                r"[\w-]{0,9}?acme([0-9]{9})(?:\s|$)",
                0,
                r"[\w-]{0,9}?acme(?P<secret>[0-9]{9})",
            ),
            ("acme_[a-z]+", 0, "acme_[a-z]{1,1001}"),
            ("acme[a-z]{9,}?x", 0, "acme[a-z]{9,1009}?x"),
            (r"a\bc", 0, r"a\bc"),
        ] {
            assert_eq!(fit(regex, group).unwrap().regex, fitted);
        }
    }

    #[test]
    fn open_repetition_gets_the_widest_bound_that_fits() {
        assert_eq!(fit("acme[a-z]+", 0).unwrap().bound, Some(1000));
        let many = fit("a.*b.*c.*d.*e.*f.*g.*h.*i.*j.*", 0).unwrap();
        assert_eq!(many.bound, Some(250));
        assert_eq!(fit("acme[a-z]{3}", 0).unwrap().bound, None);
        let blanks = fit(r"acme\s*=", 0).unwrap();
        assert_eq!(
            (blanks.bound, blanks.regex.as_str()),
            (None, r"acme\s{0,1000}=")
        );
    }

    #[test]
    fn a_lazy_repetition_keeps_its_end() {
        let regex = r"acme(.{1,9}?)(?:\s|$)";
        assert!(fit(regex, 0).unwrap().regex.ends_with("$)"));
    }

    #[test]
    fn what_cannot_fit_is_said_without_the_expression() {
        let fault = fit("hunter(", 0).unwrap_err();
        assert!(!fault.contains("hunter"), "{fault}");
        assert!(fit("(a)", 2).is_err());
        assert!(fit("(a)|(b)", 0).unwrap().is_ambiguous);
        assert!(!fit("(a)(b)?", 0).unwrap().is_ambiguous);
    }

    #[test]
    fn a_word_is_held_by_every_match_or_not() {
        let word = |text: &str| vec![text.to_owned()];
        assert!(holds_word("(?i)acme[a-z]{3}", &word("acme")));
        assert!(holds_word("(?:acme|xacme-)[0-9]", &word("acme")));
        assert!(holds_word(
            "gh[op]_x",
            &["gho_".to_owned(), "ghp_".to_owned()]
        ));
        assert!(!holds_word("gh[op]_x", &word("gho_")));
        assert!(!holds_word("(?:acme)?[0-9]{9}", &word("acme")));
        assert!(!holds_word("[0-9]{9}", &word("acme")));
    }
}
