//! Flags of `outgate submit`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::{Color, DisplayArgs};

/// Say whether a folder or repository may be handed over, and what stands against it.
///
/// Reads everything that would leave: files, those that git ignores too, what is inside of
/// archives and documents, all objects of git whether or not a ref leads to them, messages, names,
/// and the `.git` folder with configuration, hooks and logs. Obeys nothing that the repository says of itself. The last line begins with
/// READY, NOT READY or CANNOT TELL; the reports outgate-report.json, .sarif and .html are written,
/// and hold no whole secret.
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct SubmitArgs {
    /// A folder, repository, bare repository, bundle, or an archive of such
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Judge by this profile [default: the strict one, which is built in]
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    pub(crate) profile: Option<PathBuf>,
    /// Use the detectors of a file, or of the files in a folder, too; may be repeated
    #[arg(long, value_name = "PATH", help_heading = "Judgement")]
    pub(crate) detectors: Vec<PathBuf>,
    /// Write the reports into this folder [default: the current one, or that beside PATH if the
    /// current one is inside of it]
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(crate) out: Option<PathBuf>,
    /// List every file and object with what became of it, here and in the JSON report
    #[arg(long, help_heading = "Output")]
    pub(crate) explain_coverage: bool,
    /// Print only the last lines
    #[arg(short, long, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// When to use colour
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub(crate) color: Color,
    #[command(flatten)]
    pub(crate) display: DisplayArgs,
    /// Worker threads; one a core by default
    #[arg(long, value_name = "N", env = "OUTGATE_THREADS")]
    pub(crate) threads: Option<NonZeroUsize>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    READY
  1    NOT READY: what to rotate and remove is listed, in order
  2    usage, profile or internal error
  3    CANNOT TELL: something could not be read
  130  interrupted";
