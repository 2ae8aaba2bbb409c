//! The lint: what makes a detector slow, noisy or unproven.
//!
//! Owns the cost budget and the demands on documentation and examples; CI refuses a detector
//! that breaks one. Does not own hard errors (`compile`).

use super::model::{Detector, Examples};
use super::probe::Probe;
use super::spec::ProviderSpec;

/// Shortest anchor, in bytes.
const SHORTEST_ANCHOR: usize = 3;
/// Most probes one detector may ask for: each costs compile time and memory.
const MOST_PROBES: usize = 40;
/// Fewest bits a probe must rule out, as three literal bytes do: below it the confirmer, not the
/// search, does the work.
const LEAST_BITS: f32 = 19.0;

/// Something a detector file should not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Id of the detector; empty for the file as a whole.
    pub detector: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// Lists the faults of one file; `stem` is its name without `.toml`.
pub fn lint(
    stem: &str,
    spec: &ProviderSpec,
    detectors: &[Detector],
    examples: &[Examples],
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |detector: &str, message: String| {
        faults.push(Fault {
            detector: detector.to_owned(),
            message,
        });
    };
    if stem != spec.provider {
        fault(
            "",
            format!(
                "provider `{}` should equal the file name `{stem}`",
                spec.provider
            ),
        );
    }
    for (detector, texts) in detectors.iter().zip(examples) {
        for message in lint_words(detector)
            .into_iter()
            .chain(lint_cost(detector))
            .chain(lint_examples(texts))
        {
            fault(&detector.id, message);
        }
    }
    faults
}

fn lint_words(detector: &Detector) -> Vec<String> {
    let mut messages = Vec::new();
    let kebab = |id: &str| {
        !id.is_empty()
            && id
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if !kebab(&detector.id) {
        messages.push("`id` should be kebab-case: lower-case letters, digits and `-`".to_owned());
    }
    if detector.remediation.trim().len() < 10 {
        messages.push("`remediation` should say what to do after a leak".to_owned());
    }
    if !detector.source.starts_with("https://") {
        messages.push(
            "`source` should be an https:// address of the vendor's documentation".to_owned(),
        );
    }
    messages
}

fn lint_cost(detector: &Detector) -> Vec<String> {
    let mut messages = Vec::new();
    let anchors = detector.probes.iter().map(|probe| probe.anchor.as_bytes());
    let triggers = detector
        .triggers
        .iter()
        .map(|trigger| trigger.word.as_bytes());
    for anchor in anchors
        .chain(triggers)
        .filter(|anchor| anchor.len() < SHORTEST_ANCHOR)
    {
        let anchor = String::from_utf8_lossy(anchor);
        messages.push(format!(
            "anchor `{anchor}` is shorter than {SHORTEST_ANCHOR} bytes: every file would be confirmed"
        ));
    }
    if detector.probes.len() > MOST_PROBES {
        messages.push(format!(
            "{} probes, more than {MOST_PROBES}: write a class instead of alternatives",
            detector.probes.len()
        ));
    }
    if let Some(probe) = detector
        .probes
        .iter()
        .min_by(|a, b| bits(a).total_cmp(&bits(b)))
        && bits(probe) < LEAST_BITS
    {
        messages.push(format!(
            "too dear: the fixed part around the anchor rules out {:.0} bits, fewer than {LEAST_BITS}; put more fixed text beside the anchor",
            bits(probe)
        ));
    }
    messages
}

/// Bits a probe rules out on source text, where a letter carries about 4 and a class of `n`
/// members as much as it leaves out of 64 word characters.
fn bits(probe: &Probe) -> f32 {
    probe
        .runs
        .iter()
        .map(|(set, count)| (6.5 - (set.len() as f32).log2()).max(0.0) * f32::from(count))
        .sum()
}

fn lint_examples(examples: &Examples) -> Vec<String> {
    let mut messages = Vec::new();
    if examples.positive.len() < 2 {
        messages.push("`examples` should show two contexts or more".to_owned());
    }
    if examples.negative.len() < 2 {
        messages.push("`counter-examples` should show two near misses or more".to_owned());
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::compile::compile;

    /// The faults of a file that is sound but for the given lines.
    fn faults(lines: &str) -> Vec<String> {
        let base = [
            ("id", "id = \"acme-key\""),
            (
                "shape",
                "shape = { prefix = \"acme_\", alphabet = \"A-Za-z0-9\", length = 32 }",
            ),
            (
                "remediation",
                "remediation = \"Revoke it in the settings.\"",
            ),
            ("source", "source = \"https://acme.test/keys\""),
            ("examples", "examples = [\"{secret}\", \"k={secret}\"]"),
            (
                "counter-examples",
                "counter-examples = [\"acme_\", \"acme\"]",
            ),
        ];
        let given = |key: &str| {
            lines
                .lines()
                .any(|line| line.starts_with(&format!("{key} = ")))
        };
        let kept = base.iter().filter(|(key, _)| !given(key));
        let kept: Vec<&str> = kept.map(|(_, line)| *line).collect();
        let text = format!(
            "provider = \"acme\"\nname = \"Acme\"\n[[detector]]\nname = \"k\"\nseverity = \"low\"\n{}\n{lines}\n",
            kept.join("\n")
        );
        let spec: ProviderSpec = toml::from_str(&text).unwrap();
        match compile(&spec) {
            Err(fault) => vec![fault],
            Ok((detectors, examples)) => lint("acme", &spec, &detectors, &examples)
                .into_iter()
                .map(|fault| fault.message)
                .collect(),
        }
    }

    fn expect(lines: &str, message: &str) {
        let found = faults(lines);
        assert!(found.iter().any(|one| one.contains(message)), "{found:?}");
    }

    #[test]
    fn a_sound_detector_has_no_faults() {
        assert_eq!(faults(""), [""; 0]);
    }

    #[test]
    fn each_fault_is_named() {
        let run = |shape: &str| format!("shape = {{ {shape} }}");
        expect(
            &run("prefix = \"ac\", alphabet = \"a-z\", length = 9"),
            "shorter than 3 bytes",
        );
        expect(&run("regex = 'acme_[a-z]+'"), "unbounded");
        expect(&run("regex = '[a-z]{8}'"), "no literal text");
        expect(&run("regex = 'acme_[a-z'"), "bad regex");
        expect(&run("regex = 'a?'"), "empty text");
        expect(&run("regex = '\\bacme_[a-z]{8}'"), "looks around");
        expect(
            &run("alphabet = \"a-f0-9\", length = 32"),
            "needs a `prefix`",
        );
        expect(
            &run("prefix = \"acme_\", alphabet = \"z-a\", length = 9"),
            "backwards",
        );
        expect(
            &run("prefix = \"acme_\", alphabet = \"a-z\", length = 9000"),
            "more than 8192",
        );
        expect("examples = [\"{secret}\"]", "`examples`");
        expect("counter-examples = []", "`counter-examples`");
        expect("source = \"acme.test\"", "https://");
        expect("remediation = \"\"", "`remediation`");
        expect("id = \"Acme Key\"", "kebab-case");
        expect("near = { words = [\"x\"], reach = 5000 }", "more than 1000");
        expect("assigned = [\"acmekey\"]", "needs `anchors`");
    }

    #[test]
    fn a_bare_digest_needs_a_name() {
        let hex = "shape = { alphabet = \"0-9a-f\", length = 32 }\n";
        expect(hex, "needs a `prefix`, or `assigned` names");
        let named = format!("{hex}assigned = [\"acmekey\"]\nanchors = [\"acme\"]");
        assert_eq!(faults(&named), [""; 0]);
    }

    #[test]
    fn words_near_are_kept_in_lower_case() {
        let text = "provider = \"acme\"\nname = \"Acme\"\n[[detector]]\nid = \"acme-key\"\nname = \"k\"\n\
            severity = \"low\"\nremediation = \"r\"\nsource = \"https://acme.test\"\n\
            shape = { prefix = \"acme_\", alphabet = \"a-z\", length = 9 }\n\
            near = { words = [\"acmeKey\"], reach = 50 }\nexamples = []\ncounter-examples = []\n";
        let (detectors, _) = compile(&toml::from_str(text).unwrap()).unwrap();
        assert_eq!(detectors[0].near.as_ref().unwrap().words, ["acmekey"]);
    }
}
