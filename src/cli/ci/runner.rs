//! The runner of GitHub Actions: its variables, and the files it reads.
//!
//! Owns what GitHub documents as "Variables reference" and "Workflow commands". Does not own what is
//! written.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::super::Error;
use crate::report::{Format, Report, Style};

/// A run of a job.
pub(super) struct Runner {
    /// The name of the event.
    pub(super) event_name: String,
    event_path: Option<PathBuf>,
    summary: Option<PathBuf>,
    output: Option<PathBuf>,
}

impl Runner {
    /// Reads the variables of the runner.
    pub(super) fn from_env() -> Result<Self, Error> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let Some(event_name) = variable("GITHUB_EVENT_NAME") else {
            return Err(Error::Usage(
                "`outgate ci` runs in GitHub Actions, and GITHUB_EVENT_NAME is not set; elsewhere \
                 use `outgate scan`, with `--range` for the commits of a change"
                    .to_owned(),
            ));
        };
        Ok(Self {
            event_name,
            event_path: variable("GITHUB_EVENT_PATH").map(PathBuf::from),
            summary: variable("GITHUB_STEP_SUMMARY").map(PathBuf::from),
            output: variable("GITHUB_OUTPUT").map(PathBuf::from),
        })
    }

    /// The payload of the event, as JSON.
    pub(super) fn payload(&self) -> Result<Vec<u8>, Error> {
        let Some(path) = &self.event_path else {
            return Err(Error::Usage("GITHUB_EVENT_PATH is not set".to_owned()));
        };
        fs::read(path).map_err(|source| Error::Input {
            path: path.display().to_string(),
            source,
        })
    }

    /// Adds the report to the summary of the job.
    pub(super) fn write_summary(&self, report: &Report) -> Result<(), Error> {
        let Some(path) = &self.summary else {
            return Ok(());
        };
        let style = Style {
            color: false,
            quiet: false,
        };
        let mut text = Vec::new();
        report
            .write(Format::Markdown, style, &mut text)
            .map_err(Error::Stdout)?;
        let is_old = report
            .findings
            .iter()
            .flat_map(|finding| &finding.occurrences)
            .any(|place| place.commit.as_ref().is_some_and(|one| !one.in_head));
        if is_old {
            text.extend(
                b"\nA secret that a later commit took out is still in the history, though code scanning may \
                  call its alert fixed: revoke it.\n",
            );
        }
        append(path, &text)
    }

    /// Adds to the outputs of the step.
    pub(super) fn write_outputs(&self, outputs: &[(&str, &str)]) -> Result<(), Error> {
        let Some(path) = &self.output else {
            return Ok(());
        };
        // A value that holds line breaks would need a delimiter, and none of ours may.
        let lines = outputs.iter().map(|(name, value)| {
            let value = value.replace(['\r', '\n'], " ");
            format!("{name}={value}\n")
        });
        append(path, lines.collect::<String>().as_bytes())
    }
}

fn append(path: &PathBuf, text: &[u8]) -> Result<(), Error> {
    let written = File::options()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|mut file| file.write_all(text));
    written.map_err(|source| Error::Output {
        path: path.display().to_string(),
        source,
    })
}

/// A word that the scanned text cannot know, to end a stretch of text without commands.
pub(super) fn draw_token() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::Usage("the system gives no random bytes".to_owned()))?;
    Ok(HEXLOWER.encode(&bytes))
}
