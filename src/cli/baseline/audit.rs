//! `outgate baseline audit`: a person decides about each finding in turn.
//!
//! Owns the questions and what the answers mean. Does not own the file (`baseline`).

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::super::args::{BaselineScanArgs, Color, NewEntryArgs};
use super::super::{Error, Exit, output};
use super::{Scanned, insert, plural, say};
use crate::baseline::{Baseline, Decision};
use crate::report::{Finding, render};

/// What a person answers.
enum Answer {
    Decide(Decision, Option<String>),
    Skip,
    Quit,
}

pub(super) fn run(args: &BaselineScanArgs, all: bool) -> Result<Exit, Error> {
    let scanned = Scanned::new(args)?;
    let mut baseline = if scanned.file.exists() {
        Baseline::read(&scanned.file)?
    } else {
        Baseline::new()?
    };
    let open: Vec<&Finding> = scanned
        .findings
        .iter()
        .filter(|finding| all || is_open(&baseline, finding))
        .collect();
    let color = output::wants_color(Color::Auto, io::stdout().is_terminal());
    let mut decided = 0;
    for (index, finding) in open.iter().enumerate() {
        print(&format!("\n{}\n", render(finding, color)))?;
        if let Some(entry) = baseline.find(&finding.fingerprint) {
            let reason = entry.reason.as_deref().unwrap_or("no reason");
            print(&format!(
                "in the baseline: {}, {reason}\n",
                entry.decision.as_str()
            ))?;
        }
        let (decision, reason) = match ask(index + 1, open.len())? {
            Answer::Decide(decision, reason) => (decision, reason),
            Answer::Skip => continue,
            Answer::Quit => break,
        };
        let entry = NewEntryArgs {
            reason,
            expires: None,
        };
        insert(&mut baseline, finding, decision, &entry);
        decided += 1;
        // Each answer counts, whatever becomes of the next.
        output::create(&scanned.file, &baseline.render(), true)?;
    }
    say(&format!(
        "{} of {} decided in `{}`",
        decided,
        plural(open.len(), "finding"),
        scanned.file.display()
    ));
    Ok(scanned.exit())
}

/// Says whether nobody has decided about a finding.
fn is_open(baseline: &Baseline, finding: &Finding) -> bool {
    baseline
        .find(&finding.fingerprint)
        .is_none_or(|entry| entry.decision == Decision::Known && entry.reason.is_none())
}

fn ask(number: usize, count: usize) -> Result<Answer, Error> {
    loop {
        print(&format!(
            "[{number}/{count}] a accept, i ignore (no secret), r to be rotated, s skip, q quit: "
        ))?;
        let Some(answer) = read_line()? else {
            return Ok(Answer::Quit);
        };
        let decision = match answer.as_str() {
            "a" | "accept" => Decision::Accepted,
            "i" | "ignore" => Decision::Ignored,
            "r" | "rotate" => Decision::Rotate,
            "s" | "skip" | "" => return Ok(Answer::Skip),
            "q" | "quit" => return Ok(Answer::Quit),
            _ => continue,
        };
        // To ignore or accept is to say why; that it must be rotated says enough.
        let must = decision != Decision::Rotate;
        loop {
            print(if must {
                "why: "
            } else {
                "note (may be empty): "
            })?;
            let Some(reason) = read_line()? else {
                return Ok(Answer::Quit);
            };
            if !reason.is_empty() {
                return Ok(Answer::Decide(decision, Some(reason)));
            }
            if !must {
                return Ok(Answer::Decide(decision, None));
            }
        }
    }
}

fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(Error::Stdout)
}

/// A line of standard input without the blanks around it; nothing at its end.
fn read_line() -> Result<Option<String>, Error> {
    let mut line = String::new();
    let length = io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|fault| Error::Usage(format!("standard input cannot be read: {fault}")))?;
    Ok((length > 0).then(|| line.trim().to_owned()))
}
