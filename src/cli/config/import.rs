//! `outgate config import`: the files of another scanner become ours.
//!
//! Owns what is written where, the scan that finds what is referred to, and the list of what is left.
//! Does not own what another scanner's words mean (`config::import`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::super::args::{ConfigArgs, ConfigImportArgs, DisplayArgs, Show};
use super::super::configuration::{Configuration, root_of};
use super::super::{Error, Exit, clock, output, scan};
use crate::baseline::{Baseline, NewEntry};
use crate::config::BASELINE;
use crate::config::import::{self, Imported, Oracle, Reference};
use crate::detectors::DetectorSet;
use crate::detectors::compile::compile;
use crate::detectors::spec::ProviderSpec;
use crate::engine::{Choice, Engine};
use crate::findings::Verdict;
use crate::pipeline::{Outcome, Part, Sources};
use crate::report::{Finding, escape};
use crate::verifier::{self, Generic};
use crate::walker::{Content, Fresh, Haystack, Origin};

/// Folder of the detectors.
const DETECTORS: &str = "outgate-detectors";
/// The configuration file, and its name where there is one already.
const CONFIG: [&str; 2] = ["outgate.toml", "outgate.imported.toml"];

pub(super) fn run(args: &ConfigImportArgs) -> Result<Exit, Error> {
    let text = fs::read_to_string(&args.file).map_err(|source| import::Error::Read {
        path: args.file.clone(),
        source,
    })?;
    let engine = Engine::new(DetectorSet::embedded(), Choice::default());
    let oracle = Oracle {
        is_known: &|id| engine.set().find(id).is_ok(),
        fault: &fault,
        holds_secret: &|text| holds_secret(&engine, text),
    };
    let imported = import::import(&args.file, &text, oracle)?;
    write_rules(args, &imported)?;
    let mut left: Vec<String> = imported.left.iter().map(ToString::to_string).collect();
    let mut is_complete = true;
    if !imported.references.is_empty() {
        let resolved = Resolved::new(&args.file, &imported.references)?;
        write_baseline(&args.to.join(BASELINE), &resolved, imported.scanner)?;
        left.extend(resolved.left);
        is_complete = resolved.is_complete;
    }
    for line in &left {
        say(&format!("not carried: {line}"));
    }
    if !is_complete {
        say("not everything could be read; `outgate scan` says what and why");
    }
    Ok(if left.is_empty() && is_complete {
        Exit::Clean
    } else {
        Exit::Incomplete
    })
}

/// Why a detector file would be refused, in one line and without the expression.
fn fault(text: &str) -> Option<String> {
    let spec: ProviderSpec = match toml::from_str(text) {
        Ok(spec) => spec,
        Err(_) => return Some("it makes no valid detector".to_owned()),
    };
    let fault = compile(&spec).err()?;
    let last = fault.lines().last().unwrap_or_default();
    let last = last.split_once("`: ").map_or(last, |(_, fault)| fault);
    Some(last.strip_prefix("error: ").unwrap_or(last).to_owned())
}

/// Says whether a text holds what a scan would report.
fn holds_secret(engine: &Arc<Engine>, text: &str) -> bool {
    let origin = Origin::File(CONFIG[0].to_owned());
    let haystack = Haystack {
        bytes: text.as_bytes(),
        origin: &origin,
        content: Content::Text,
        fresh: Fresh::All,
        lineage: None,
        window: None,
    };
    let candidates = engine.searcher().search(&haystack);
    let judged = verifier::judge(
        engine.set().detectors(),
        &haystack,
        &candidates,
        Generic::default(),
    );
    judged.iter().any(|one| one.verdict > Verdict::Unlikely)
}

/// Writes detectors and configuration.
fn write_rules(args: &ConfigImportArgs, imported: &Imported) -> Result<(), Error> {
    let folder = args.to.join(DETECTORS);
    let Some(config) = imported.config_file(&below_root(&folder)) else {
        return Ok(());
    };
    if let Some(text) = imported.detector_file() {
        fs::create_dir_all(&folder).map_err(|source| Error::Output {
            path: folder.display().to_string(),
            source,
        })?;
        let file = folder.join(format!("{}.toml", imported.provider));
        write(&file, &text, args.force)?;
    }
    let [name, beside] = CONFIG;
    let file = args.to.join(name);
    if file.exists() && !args.force {
        // One of an earlier import may go: nobody else writes it.
        write(&args.to.join(beside), &config, true)?;
        say(&format!(
            "`{}` is there already: merge the two by hand, or overwrite it with `--force`",
            file.display()
        ));
        return Ok(());
    }
    write(&file, &config, args.force)
}

/// The folder relative to the root of its repository, as configuration files name it.
fn below_root(folder: &Path) -> String {
    let parent = folder.parent().unwrap_or(Path::new(""));
    let parent = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    let below = parent.canonicalize().ok().and_then(|parent| {
        let root = root_of(&parent)?;
        Some(parent.strip_prefix(root).ok()?.join(DETECTORS))
    });
    let below = below.unwrap_or_else(|| DETECTORS.into());
    below.to_string_lossy().replace('\\', "/")
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), Error> {
    output::create(path, text, force)?;
    say(&format!("wrote `{}`", path.display()));
    Ok(())
}

/// What a scan has found of what is referred to.
struct Resolved {
    /// Findings, each with the first reference to it.
    known: Vec<(Finding, Reference)>,
    /// How many references are to what is `unlikely`, which needs no entry.
    unlikely: usize,
    left: Vec<String>,
    is_complete: bool,
}

impl Resolved {
    fn new(file: &Path, references: &[Reference]) -> Result<Self, Error> {
        let Outcome {
            report, digests, ..
        } = scan_around(file)?;
        let mut resolved = Self {
            known: Vec::new(),
            unlikely: 0,
            left: Vec::new(),
            is_complete: report.run.complete,
        };
        let mut taken = BTreeSet::new();
        let mut missed: BTreeMap<&str, usize> = BTreeMap::new();
        let places = Places::of(&report.findings, &digests);
        for reference in references {
            let found = places.find(reference);
            if found.is_empty() {
                match reference.line {
                    Some(_) if reference.sha1.is_some() => resolved
                        .left
                        .push(format!("{reference}: no finding there has this value")),
                    Some(_) => resolved
                        .left
                        .push(format!("{reference}: no finding stands there")),
                    None => *missed.entry(&reference.path).or_default() += 1,
                }
            }
            for finding in found {
                if finding.verdict == Verdict::Unlikely {
                    resolved.unlikely += 1;
                } else if taken.insert(&finding.fingerprint) {
                    resolved.known.push((finding.clone(), reference.clone()));
                }
            }
        }
        let missed = missed.into_iter().map(|(path, count)| {
            let entries = if count == 1 { "entry" } else { "entries" };
            format!("{count} {entries} for {path}: no finding there has this value")
        });
        resolved.left.extend(missed);
        Ok(resolved)
    }
}

/// Findings by where they stand.
struct Places<'a> {
    by_path: BTreeMap<&'a str, Vec<&'a Finding>>,
    digests: &'a BTreeMap<String, [u8; 20]>,
}

impl<'a> Places<'a> {
    fn of(findings: &'a [Finding], digests: &'a BTreeMap<String, [u8; 20]>) -> Self {
        let mut by_path: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in findings {
            let paths: BTreeSet<&str> = finding
                .occurrences
                .iter()
                .map(|place| place.path.as_str())
                .collect();
            for path in paths {
                by_path.entry(path).or_default().push(finding);
            }
        }
        Self { by_path, digests }
    }

    /// What a reference is to: what has its value and lies in its file, else what stands on its line.
    /// Where the value is known and no commit, the line may have another value by now.
    fn find(&self, reference: &Reference) -> Vec<&'a Finding> {
        let near = self.by_path.get(reference.path.as_str());
        let near = near.map_or(&[][..], Vec::as_slice).iter().copied();
        let has_value = |finding: &&Finding| {
            reference.sha1.is_some()
                && self.digests.get(&finding.fingerprint) == reference.sha1.as_ref()
        };
        let same: Vec<&Finding> = near.clone().filter(has_value).collect();
        if !same.is_empty() || (reference.sha1.is_some() && reference.commit.is_none()) {
            return same;
        }
        let stands_there = |finding: &&Finding| {
            finding.occurrences.iter().any(|place| {
                let commit = place.commit.as_ref().map(|commit| commit.id.as_str());
                reference.is_at(&place.path, place.start_line, commit)
            })
        };
        near.filter(stands_there).collect()
    }
}

/// Scans the repository or folder that holds a file, and hides nothing.
fn scan_around(file: &Path) -> Result<Outcome, Error> {
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let folder = file.parent().unwrap_or(Path::new("."));
    let root = root_of(folder).unwrap_or_else(|| folder.to_owned());
    let config = ConfigArgs {
        config: None,
        isolated: false,
        untrusted: false,
        no_ignores: true,
        baseline: None,
        detectors: Vec::new(),
        fail_on: None,
        no_model: false,
        max_file_size: None,
        threads: None,
    };
    let display = DisplayArgs {
        show: Show::Unlikely,
        no_progress: false,
    };
    let mut configuration = Configuration::load(&config, &root)?;
    configuration.take_baseline(&root);
    let mut settings = scan::settings(&config, &display, &configuration)?;
    settings.digest = true;
    let sources = Sources::Paths {
        paths: vec![root],
        part: Part::Both,
    };
    scan::search(settings, &sources, true)
}

/// Adds what was found to the baseline, which may be there.
fn write_baseline(file: &Path, resolved: &Resolved, scanner: &str) -> Result<(), Error> {
    if resolved.unlikely > 0 {
        say(&format!(
            "{} are to what is `unlikely` and need no entry",
            plural(resolved.unlikely, "reference")
        ));
    }
    if resolved.known.is_empty() {
        return Ok(());
    }
    let mut baseline = if file.exists() {
        Baseline::read(file)?
    } else {
        Baseline::new()?
    };
    let reason = format!("from {scanner}");
    let mut added = 0;
    for (finding, reference) in &resolved.known {
        // What was decided here stands.
        if baseline.find(&finding.fingerprint).is_some() {
            continue;
        }
        added += 1;
        baseline.insert(
            &finding.fingerprint,
            NewEntry {
                path: &finding.occurrences[0].path,
                detector: &finding.detector,
                decision: reference.decision,
                reason: Some(&reason),
                expires: None,
                today: clock::today(),
            },
        );
    }
    output::create(file, &baseline.render(), true)?;
    let findings = plural(added, "known finding");
    say(&format!("added {findings} to `{}`", file.display()));
    Ok(())
}

fn say(line: &str) {
    drop(writeln!(io::stderr(), "{}", escape(line)));
}

fn plural(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}
