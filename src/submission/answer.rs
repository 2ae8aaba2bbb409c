//! The answer: a report judged by a profile.
//!
//! Owns which findings and which unread things stand against a submission. Does not own the words
//! of what to do (`steps`).

use super::profile::{HistoryRule, Profile};
use super::steps;
use crate::config::FailOn;
use crate::findings::Verdict;
use crate::report::{Action, Answer, Finding, Report, Step, Submission};

/// Judges a report by a profile.
///
/// `is_bare` says that what was scanned is a repository without a working tree.
pub fn answer(profile: &Profile, report: &Report, is_bare: bool) -> Submission {
    let block = profile.classes.secret.block;
    let findings = report.findings.iter();
    let blocking: Vec<&Finding> = findings.filter(|one| blocks(block, one.verdict)).collect();
    let mut steps = steps::rotate(&blocking);
    steps.extend(steps::remove(&blocking, report, is_bare));
    steps.extend(limits(profile, report));
    let open = unread(profile, report);
    let is_against = !steps.is_empty();
    let answer = match (is_against, open.is_empty() && !report.run.interrupted) {
        (true, _) => Answer::NotReady,
        (false, false) => Answer::CannotTell,
        (false, true) => Answer::Ready,
    };
    let summary = summarize(answer, blocking.len(), &steps, &open, profile);
    steps.extend(open);
    Submission {
        answer,
        summary,
        profile: profile.name.clone(),
        steps,
    }
}

/// Says whether a verdict stops a submission.
fn blocks(block: FailOn, verdict: Verdict) -> bool {
    match block {
        FailOn::Verified => verdict >= Verdict::Verified,
        FailOn::Likely => verdict >= Verdict::Likely,
        FailOn::Possible => verdict >= Verdict::Possible,
        FailOn::Unlikely => true,
        FailOn::Never => false,
    }
}

/// Limits of the profile that are not met.
fn limits(profile: &Profile, report: &Report) -> Vec<Step> {
    let has = |name: &str| report.run.sources.iter().any(|source| source == name);
    let (has_own, has_nested) = (has("history"), has("nested history"));
    let limit = |what: String, command: Option<&str>| Step {
        action: Action::Limit,
        what,
        places: Vec::new(),
        commands: command.into_iter().map(str::to_owned).collect(),
    };
    let mut steps = Vec::new();
    match profile.history {
        HistoryRule::Required if !has_own => steps.push(limit(
            "Hand over the repository itself: the profile asks for its history.".to_owned(),
            Some("git clone --mirror REPOSITORY CLEAN"),
        )),
        HistoryRule::Forbidden if has_own || has_nested => steps.push(limit(
            "Hand over the files alone: the profile forbids the history.".to_owned(),
            Some("git archive --output=FILES.tar HEAD"),
        )),
        _ => {}
    }
    if let Some(most) = profile.max_size
        && report.coverage.bytes > most.0
    {
        let bytes = report.coverage.bytes;
        let what =
            format!("Hand over less: it holds {bytes} bytes, and the profile allows {most}.");
        steps.push(limit(what, None));
    }
    steps
}

/// What was not read and may not be left unread.
fn unread(profile: &Profile, report: &Report) -> Vec<Step> {
    let allowed = &profile.coverage;
    let gaps = report.coverage.gaps.iter().filter(|gap| {
        let mut reasons = allowed.allow_gaps.iter();
        !reasons.any(|reason| reason.as_str() == gap.reason)
    });
    let skips = report.coverage.skipped.iter().filter(|skip| {
        let mut reasons = allowed.allow_skips.iter();
        !reasons.any(|reason| reason.as_str() == skip.reason)
    });
    gaps.map(steps::read_gap)
        .chain(skips.map(steps::read_skip))
        .collect()
}

fn summarize(
    answer: Answer,
    secrets: usize,
    steps: &[Step],
    open: &[Step],
    profile: &Profile,
) -> String {
    let by = format!("(profile {})", profile.name);
    let mut parts = Vec::new();
    if secrets > 0 {
        let noun = if secrets == 1 { "secret" } else { "secrets" };
        parts.push(format!("{secrets} {noun} to rotate and remove"));
    }
    let limits = steps.iter().filter(|step| step.action == Action::Limit);
    match limits.count() {
        0 => {}
        1 => parts.push("1 limit is not met".to_owned()),
        count => parts.push(format!("{count} limits are not met")),
    }
    match open.len() {
        0 => {}
        1 => parts.push("1 kind of thing was not read".to_owned()),
        count => parts.push(format!("{count} kinds of things were not read")),
    }
    let parts = parts.join(", ");
    match answer {
        Answer::Ready => format!("READY: nothing stands against it, and everything was read {by}"),
        Answer::NotReady => format!("NOT READY: {parts} {by}"),
        Answer::CannotTell if parts.is_empty() => format!("CANNOT TELL: interrupted {by}"),
        Answer::CannotTell => format!("CANNOT TELL: {parts} {by}"),
    }
}
