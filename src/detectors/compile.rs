//! From a detector file to detectors.
//!
//! Owns meaning and hard errors: what cannot work is refused here, with the detector named.
//! Does not own taste and cost (`lint`).

use regex_syntax::hir::Hir;

use super::byteset::ByteSet;
use super::model::{Detector, Examples, Shape};
use super::probe::{self, Probe, Trigger};
use super::spec::{
    BlockSpec, Confidence, DetectorSpec, NearSpec, ProviderSpec, RegexSpec, RunSpec, ShapeSpec,
};
use super::text::Text;

/// Greatest length of a match, in bytes: what bounds the window of a candidate.
pub const LONGEST_MATCH: usize = 8192;
/// A prefix shorter than this, in bytes, is searched for around the words of `near`: it would
/// stand in every file.
const SHORTEST_PREFIX: usize = 3;
/// Words for a secret. Before them words count that ordinary text is too full of to search for.
pub const SECRET_WORDS: &[&str] = &["key", "token", "secret", "passw"];
/// Words that stand in so many others that they are looked for with what follows a name: the sets of
/// bytes after it, one of these. `pass` is a word of many sentences, so a blank after it is not enough.
pub const ENDED_WORDS: &[(&str, &[&[u8]])] = &[
    ("key", &[b"=:\"'`_-.>]( \t\\"]),
    ("pass", &[b"=:\"'`>]\\"]),
    ("pass", &[b" \t", b"=:"]),
];
/// A word that more places of source code would stop a search for waits for a word for a secret.
const DEAREST_WORD: f64 = 3e-5;
/// A shorter word does so in any case, in bytes.
const SHORTEST_WORD: usize = 4;
/// Greatest reach of `near`, in bytes.
pub const LONGEST_REACH: usize = 1000;

/// Turns one file into detectors and their examples.
///
/// # Errors
/// A description of the first detector that cannot work, with its id.
pub fn compile(spec: &ProviderSpec) -> Result<(Vec<Detector>, Vec<Examples>), String> {
    let mut detectors = Vec::new();
    let mut examples = Vec::new();
    let irregular = spec.irregular()?;
    for detector in spec.detectors.iter().chain(&irregular) {
        let compiled = compile_one(&spec.provider, detector)
            .map_err(|fault| format!("detector `{}`: {fault}", detector.id))?;
        detectors.push(compiled);
        examples.push(Examples {
            id: detector.id.clone(),
            positive: detector.examples.clone(),
            negative: detector.counter_examples.clone(),
        });
    }
    Ok((detectors, examples))
}

fn compile_one(provider: &str, spec: &DetectorSpec) -> Result<Detector, String> {
    let keyworded = !spec.keywords.is_empty();
    let assigned = !spec.assigned.is_empty() || keyworded;
    let (shape, probes) = match &spec.shape {
        None if assigned => (Shape::Any, Vec::new()),
        None => return Err("needs a `shape`, or `assigned` names".to_owned()),
        Some(ShapeSpec::Run(run)) => compile_run(run, spec.near.as_ref(), assigned)?,
        Some(ShapeSpec::Regex(regex)) => {
            compile_regex(regex, &spec.anchors, spec.near.as_ref(), assigned)?
        }
        Some(ShapeSpec::Block(block)) => compile_block(block, &spec.anchors)?,
    };
    if let Some(near) = &spec.near
        && near.reach > LONGEST_REACH
    {
        return Err(format!(
            "`near.reach` is {} bytes, more than {LONGEST_REACH}",
            near.reach
        ));
    }
    if keyworded && !spec.assigned.is_empty() {
        return Err("`keywords` and `assigned` exclude each other".to_owned());
    }
    if !spec.assigned.is_empty() && spec.anchors.is_empty() {
        return Err("`assigned` needs `anchors`: the words that trigger the search".to_owned());
    }
    let lower = |words: &[String]| -> Vec<String> {
        words.iter().map(|word| word.to_ascii_lowercase()).collect()
    };
    let (triggers, common) = match () {
        () if keyworded => compile_words(&spec.keywords, true),
        () if assigned => {
            let is_secret = |name: &String| SECRET_WORDS.iter().any(|word| name.contains(word));
            let names_a_secret =
                spec.confidence != Confidence::Generic && spec.assigned.iter().all(is_secret);
            compile_words(&spec.anchors, names_a_secret)
        }
        () => (Vec::new(), Text::default()),
    };
    Ok(Detector {
        id: spec.id.clone().into(),
        name: spec.name.clone().into(),
        provider: spec
            .provider
            .clone()
            .unwrap_or_else(|| provider.to_owned())
            .into(),
        severity: spec.severity,
        shape,
        probes: probes.into(),
        names: lower(&spec.assigned).into(),
        triggers: triggers.into(),
        common,
        keywords: joined(&spec.keywords),
        forms: join_forms(&spec.forms)?,
        entropy: spec.entropy,
        // Words near are looked for in lower case.
        near: spec.near.as_ref().map(|near| {
            Box::new(NearSpec {
                words: lower(&near.words),
                ..near.clone()
            })
        }),
        check: spec.check,
        companions: spec.companions.as_slice().into(),
        public: spec.public,
        shared: spec.shared,
        test_mode: spec.test_mode.as_slice().into(),
        confidence: spec.confidence,
        remediation: spec.remediation.clone().into(),
        source: spec.source.clone().into(),
    })
}

fn join_forms(forms: &[String]) -> Result<Text, String> {
    for form in forms {
        parse(form)?;
    }
    Ok(forms.join("|").into())
}

/// The words that trigger a search, and those that text is too full of, if they `may_wait` for a word
/// for a secret after them.
fn compile_words(words: &[String], may_wait: bool) -> (Vec<Trigger>, Text) {
    let (mut triggers, mut common) = (Vec::new(), Vec::new());
    for word in words {
        let ways = if may_wait {
            variants(word)
        } else {
            vec![word.to_ascii_lowercase()]
        };
        let found: Vec<Probe> = ways.iter().map(|way| Probe::caseless(way, 0)).collect();
        let price: f64 = found.iter().map(Probe::price).sum();
        let normal = join(word, "");
        let is_secret = SECRET_WORDS.iter().any(|secret| normal.contains(secret));
        let waits =
            may_wait && !is_secret && (price > DEAREST_WORD || normal.len() < SHORTEST_WORD);
        // A search stops at this one in any case, and looks at it where a value may be near.
        let is_ended = ENDED_WORDS.iter().any(|(word, _)| *word == normal);
        let is_both = is_ended && SECRET_WORDS.contains(&&*normal);
        if waits || is_both {
            common.push(word.clone());
        } else {
            triggers.extend(found.into_iter().map(|probe| Trigger {
                word: probe.anchor,
                rarest: probe.rarest,
            }));
        }
    }
    (triggers, joined(&common))
}

/// Words without separators, with blanks between.
fn joined(words: &[String]) -> Text {
    let words: Vec<String> = words.iter().map(|word| join(word, "")).collect();
    words.join(" ").into()
}

/// The ways to write a word: its parts joined by each separator.
fn variants(word: &str) -> Vec<String> {
    if word.contains('_') {
        ["", "_", "-", ".", " "]
            .map(|separator| join(word, separator))
            .to_vec()
    } else {
        vec![word.to_ascii_lowercase()]
    }
}

/// The parts of a word in lower case, joined.
fn join(word: &str, separator: &str) -> String {
    let lower = word.to_ascii_lowercase();
    let parts = lower.split(|byte: char| !byte.is_ascii_alphanumeric());
    parts.collect::<Vec<_>>().join(separator)
}

fn compile_run(
    run: &RunSpec,
    near: Option<&NearSpec>,
    assigned: bool,
) -> Result<(Shape, Vec<Probe>), String> {
    let set = ByteSet::parse(&run.alphabet)?;
    let (least, most) = run.length.bounds();
    if least == 0 || least > most {
        return Err(format!(
            "`length` {least} to {most} is not a range of lengths"
        ));
    }
    if run.prefix.len() + most > LONGEST_MATCH {
        return Err(format!(
            "a match may be {most} bytes long, more than {LONGEST_MATCH}"
        ));
    }
    let probes = if assigned {
        Vec::new()
    } else if run.prefix.is_empty() {
        return Err("needs a `prefix`, or `assigned` names".to_owned());
    } else {
        let probe = Probe::of_run(&run.prefix, set, least);
        if run.prefix.len() < SHORTEST_PREFIX && near.is_some() {
            words_near(near, run.prefix.len() + most)
        } else {
            cheapest(vec![probe], words_near(near, run.prefix.len() + most))
        }
    };
    Ok((
        Shape::Run {
            prefix: run.prefix.as_bytes().into(),
            set: Box::new(set),
            least,
            most,
        },
        probes,
    ))
}

/// The probes of words of which one must stand near a text of at most `most` bytes.
fn words_near(near: Option<&NearSpec>, most: usize) -> Vec<Probe> {
    let Some(near) = near else {
        return Vec::new();
    };
    let reach = near.reach + most;
    near.words
        .iter()
        .map(|word| Probe::near(word, reach))
        .collect()
}

/// The probes of a shape, or those of the words near it where these stop a search less often.
fn cheapest(shape: Vec<Probe>, words: Vec<Probe>) -> Vec<Probe> {
    let price = |probes: &[Probe]| probes.iter().map(Probe::price).sum::<f64>();
    let is_long = |probe: &Probe| probe.len() >= SHORTEST_PREFIX;
    if !words.is_empty() && words.iter().all(is_long) && price(&words) < price(&shape) {
        words
    } else {
        shape
    }
}

/// Parses an expression over bytes; gives it with the greatest length of its matches.
fn parse(regex: &str) -> Result<(Hir, usize), String> {
    let hir = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(regex)
        .map_err(|fault| format!("bad regex: {fault}"))?;
    let most = hir
        .properties()
        .maximum_len()
        .ok_or("the regex is unbounded: replace `*`, `+` and `{n,}` by `{a,b}`")?;
    if most > LONGEST_MATCH {
        return Err(format!(
            "a match may be {most} bytes long, more than {LONGEST_MATCH}"
        ));
    }
    if !hir.properties().look_set().is_empty() {
        return Err(
            "the regex looks around (`^`, `$`, `\\b`): tokens stand free anyway".to_owned(),
        );
    }
    if hir.properties().minimum_len() == Some(0) {
        return Err("the regex matches empty text".to_owned());
    }
    Ok((hir, most))
}

fn compile_block(block: &BlockSpec, anchors: &[String]) -> Result<(Shape, Vec<Probe>), String> {
    let (begin, first) = parse(&block.begin)?;
    let (_, last) = parse(&block.end)?;
    let most = first + block.length + last;
    if most > LONGEST_MATCH {
        return Err(format!(
            "a match may be {most} bytes long, more than {LONGEST_MATCH}"
        ));
    }
    let shape = Shape::Block {
        begin: block.begin.clone().into(),
        end: block.end.clone().into(),
        most: block.length,
    };
    Ok((shape, probe::derive(&begin, anchors)?))
}

fn compile_regex(
    spec: &RegexSpec,
    anchors: &[String],
    near: Option<&NearSpec>,
    assigned: bool,
) -> Result<(Shape, Vec<Probe>), String> {
    let (hir, most) = parse(&spec.regex)?;
    let probes = if assigned {
        Vec::new()
    } else {
        cheapest(probe::derive(&hir, anchors)?, words_near(near, most))
    };
    let shape = Shape::Regex {
        pattern: spec.regex.clone().into(),
        most,
    };
    Ok((shape, probes))
}
