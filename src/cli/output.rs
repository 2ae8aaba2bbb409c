//! Where reports go: standard output and files.
//!
//! Owns `--format`, `--output` and colour. Does not own rendering.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum as _;

use super::Error;
use super::args::{Color, FormatArgs};
use crate::report::{Format, Report, Style};

/// A file that a report goes to. It is opened before the scan, so that a bad path costs
/// nothing.
pub(super) struct Output {
    format: Format,
    path: PathBuf,
    file: File,
}

/// Writes a file that must not be there yet, unless that is forced.
pub(super) fn create(path: &Path, text: &str, force: bool) -> Result<(), Error> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    if !force {
        options.create_new(true);
    }
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => Error::Usage(format!(
            "`{}` is there already; `--force` overwrites it",
            path.display()
        )),
        _ => Error::Output {
            path: path.display().to_string(),
            source,
        },
    })
}

/// Opens the files of `--output`.
pub(super) fn open_all(values: &[String]) -> Result<Vec<Output>, Error> {
    values.iter().map(|value| open(value)).collect()
}

fn open(value: &str) -> Result<Output, Error> {
    let (format, path) = parse(value)?;
    match File::create(&path) {
        Ok(file) => Ok(Output { format, path, file }),
        Err(source) => Err(Error::Output {
            path: path.display().to_string(),
            source,
        }),
    }
}

/// Reads `FORMAT=FILE`, or a file whose extension names the format.
fn parse(value: &str) -> Result<(Format, PathBuf), Error> {
    if let Some((format, path)) = value.split_once('=')
        && let Ok(format) = Format::from_str(format, true)
    {
        return Ok((format, PathBuf::from(path)));
    }
    let path = PathBuf::from(value);
    match of_name(&path) {
        Some(format) => Ok((format, path)),
        None => Err(Error::Usage(format!(
            "`--output {value}` names no format; write `{}={value}`, say",
            if is_of_gitlab(&path) {
                "gitlab"
            } else {
                "sarif"
            }
        ))),
    }
}

/// The format that the name of a file tells.
fn of_name(path: &Path) -> Option<Format> {
    let extension = path.extension().and_then(|extension| extension.to_str())?;
    match extension.to_ascii_lowercase().as_str() {
        "txt" => Some(Format::Plain),
        // What GitLab reads is called so, and it refuses JSON of ours.
        "json" => (!is_of_gitlab(path)).then_some(Format::Json),
        "jsonl" => Some(Format::Jsonl),
        "sarif" => Some(Format::Sarif),
        "xml" => Some(Format::Junit),
        "csv" => Some(Format::Csv),
        "md" => Some(Format::Markdown),
        "html" => Some(Format::Html),
        _ => None,
    }
}

/// Says whether a file has a name as GitLab's reports have.
fn is_of_gitlab(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("gl-"))
}

impl Output {
    /// Writes the report.
    pub(super) fn write(self, report: &Report) -> Result<(), Error> {
        let style = Style {
            color: false,
            quiet: false,
        };
        let mut file = BufWriter::new(self.file);
        report
            .write(self.format, style, &mut file)
            .and_then(|()| file.flush())
            .map_err(|source| Error::Output {
                path: self.path.display().to_string(),
                source,
            })
    }
}

/// Writes the report to standard output and to the files of `--output`.
pub(super) fn write_all(
    report: &Report,
    args: &FormatArgs,
    quiet: bool,
    outputs: Vec<Output>,
) -> Result<(), Error> {
    write_stdout(report, args, quiet)?;
    outputs
        .into_iter()
        .try_for_each(|output| output.write(report))
}

/// Writes the report that `--format` asks for.
fn write_stdout(report: &Report, args: &FormatArgs, quiet: bool) -> Result<(), Error> {
    let stdout = io::stdout().lock();
    let style = Style {
        color: wants_color(args.color, stdout.is_terminal()),
        quiet,
    };
    let mut out = BufWriter::new(stdout);
    report
        .write(args.format, style, &mut out)
        .and_then(|()| out.flush())
        .or_else(|fault| match fault.kind() {
            // The reader has seen enough; the exit code still tells the outcome.
            io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(Error::Stdout(fault)),
        })
}

/// `--color`, then `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR` and the terminal, as `anstream`
/// reads them.
pub(super) fn wants_color(color: Color, terminal: bool) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let choice = anstream::AutoStream::choice(&io::stdout());
            match choice {
                anstream::ColorChoice::Never => false,
                anstream::ColorChoice::Auto => terminal,
                _ => true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_names_its_format() {
        assert!(matches!(parse("sarif=a=b"), Ok((Format::Sarif, path)) if path == *"a=b"));
        assert!(matches!(parse("out.json"), Ok((Format::Json, _))));
        assert!(parse("out.bin").is_err());
        for (name, format) in [
            ("a.TXT", Format::Plain),
            ("a.xml", Format::Junit),
            ("a.md", Format::Markdown),
            ("gitlab=gl-a.json", Format::Gitlab),
        ] {
            assert!(
                parse(name).is_ok_and(|(named, _)| named == format),
                "{name}"
            );
        }
        let refused = parse("gl-a.json").map(|_| ()).unwrap_err();
        assert!(
            refused.to_string().contains("gitlab=gl-a.json"),
            "{refused}"
        );
    }
}
