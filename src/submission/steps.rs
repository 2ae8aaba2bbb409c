//! Steps: what there is to do before a submission, in words and commands.
//!
//! Owns the order (first what is valid elsewhere, then what leaves with the files, then with the
//! history, then with the `.git` folder) and the commands. Does not own what stands against it.

use std::collections::{BTreeMap, BTreeSet};

use crate::findings::PlaceKind;
use crate::report::{Action, Finding, Gap, Occurrence, Report, Skip, Step};

/// What it takes to be rid of a secret at a place; in the order in which it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// Edit or delete a file.
    Edit,
    /// Write history anew, with other files.
    Rewrite,
    /// Write history anew, with other messages.
    RewriteMessages,
    /// Write history anew, with other names.
    RewriteNames,
    /// Leave behind what no ref leads to, and what is beside the objects.
    Clone,
}

/// One step a kind of secret: replace those where they are valid.
pub(super) fn rotate(findings: &[&Finding]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for finding in findings {
        let what = format!("Rotate, {}: {}", finding.title, finding.remediation);
        let at = finding.occurrences.first();
        let value = at.map_or(finding.redacted.clone(), |at| place(&finding.redacted, at));
        match steps.iter_mut().find(|step| step.what == what) {
            Some(step) => step.places.push(value),
            None => steps.push(Step {
                action: Action::Rotate,
                what,
                places: vec![value],
                commands: Vec::new(),
            }),
        }
    }
    steps
}

/// One step a way: take the secrets out.
pub(super) fn remove(findings: &[&Finding], report: &Report, is_bare: bool) -> Vec<Step> {
    let mut ways: BTreeMap<Way, BTreeSet<String>> = BTreeMap::new();
    for finding in findings {
        for occurrence in &finding.occurrences {
            let place = place(&finding.redacted, occurrence);
            let way = match way(occurrence) {
                Way::Edit if is_bare => Way::Clone,
                way => way,
            };
            ways.entry(way).or_default().insert(place);
        }
    }
    // Old versions are out of reach once history is written anew, and still there.
    if ways
        .keys()
        .any(|way| (Way::Rewrite..Way::Clone).contains(way))
    {
        ways.entry(Way::Clone).or_default();
    }
    // Git works in no file, be it an archive of a repository.
    let is_folder = !report.run.sources.iter().any(|source| source == "files");
    let target = report.run.targets.first().filter(|_| is_folder);
    let target = target.map_or("REPOSITORY", |path| path);
    ways.into_iter()
        .map(|(way, places)| step(way, places, target))
        .collect()
}

fn way(occurrence: &Occurrence) -> Way {
    match (occurrence.kind, &occurrence.commit) {
        (PlaceKind::File, Some(commit)) if commit.reachable => Way::Rewrite,
        (PlaceKind::File, None) if !is_in_git(&occurrence.path) => Way::Edit,
        (PlaceKind::File | PlaceKind::Object | PlaceKind::Reflog, _) => Way::Clone,
        (PlaceKind::Commit | PlaceKind::Tag, _) => Way::RewriteMessages,
        (PlaceKind::Name, _) if occurrence.path.starts_with("name in tree") => Way::RewriteNames,
        (PlaceKind::Name | PlaceKind::Link, _) if is_in_git(&occurrence.path) => Way::Clone,
        (PlaceKind::Name | PlaceKind::Link, _) => Way::Edit,
    }
}

/// Says whether a path leads into a `.git` folder.
fn is_in_git(path: &str) -> bool {
    path.split('/')
        .any(|part| part == ".git" || part.starts_with(".git ("))
}

fn place(redacted: &str, occurrence: &Occurrence) -> String {
    let (path, line) = (&occurrence.path, occurrence.start_line);
    match &occurrence.commit {
        Some(commit) => format!("{redacted} in commit {}: {path}:{line}", commit.id),
        None => format!("{redacted} in {path}:{line}"),
    }
}

fn step(way: Way, places: BTreeSet<String>, target: &str) -> Step {
    let (what, commands): (&str, Vec<String>) = match way {
        Way::Edit => (
            "Take the secrets out of these files and names, and commit that.",
            vec!["git add --update && git commit".to_owned()],
        ),
        Way::Rewrite => (
            "Write the history anew without them; list each secret in secrets.txt, one a line.",
            vec![format!(
                "git -C {target} filter-repo --sensitive-data-removal --replace-text secrets.txt"
            )],
        ),
        Way::RewriteMessages => (
            "Write the messages of commits and tags anew; names and mails with `--mailmap`.",
            vec![format!(
                "git -C {target} filter-repo --force --replace-message secrets.txt"
            )],
        ),
        Way::RewriteNames => (
            "Rename what has a secret in its name, in all of the history.",
            vec![format!(
                "git -C {target} filter-repo --force --path-rename OLD:NEW"
            )],
        ),
        Way::Clone => (
            "Hand over a fresh clone: what no ref leads to, the index, the stash, reflogs, hooks and \
             the configuration stay behind.",
            vec![format!("git clone --no-local --mirror {target} CLEAN.git")],
        ),
    };
    Step {
        action: Action::Remove,
        what: what.to_owned(),
        places: places.into_iter().collect(),
        commands,
    }
}

/// What could not be read, and what helps.
pub(super) fn read_gap(gap: &Gap) -> Step {
    let places = gap.names.iter().map(|one| match one.detail.as_str() {
        "" => one.name.clone(),
        detail => format!("{}: {detail}", one.name),
    });
    Step {
        action: Action::Read,
        what: format!(
            "Not read, {} ({}): {}; or let the profile allow the gap.",
            gap.reason, gap.count, gap.hint
        ),
        places: places.collect(),
        commands: Vec::new(),
    }
}

/// What a rule skipped, and what helps.
pub(super) fn read_skip(skip: &Skip) -> Step {
    Step {
        action: Action::Read,
        what: format!(
            "Not read, {} ({}): look at it and take it out, or let the profile allow the skip.",
            skip.reason, skip.count
        ),
        places: skip.names.clone(),
        commands: Vec::new(),
    }
}
