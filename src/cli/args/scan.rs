//! Flags of `outgate scan`.

use std::path::PathBuf;

use clap::Args;

use super::{ConfigArgs, EXIT_CODES, OutputArgs};
use crate::config::Size;

/// Scan folders, files, repositories, staged changes or standard input.
///
/// At the root of a git repository the working tree and the whole history of all refs are
/// scanned, because that is what leaves when a repository leaves. Everything stays on this
/// machine, and no output ever holds a whole secret.
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag")]
pub(crate) struct ScanArgs {
    /// Folders, repositories or files; `-` reads standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,

    /// Scan the working tree only
    #[arg(long, help_heading = "Source", group = "source")]
    pub(crate) tree: bool,
    /// Scan the history of all refs only
    #[arg(long, help_heading = "Source", group = "source")]
    pub(crate) history: bool,
    /// Scan the lines added to the index, as a commit would take them
    #[arg(long, help_heading = "Source", group = "source")]
    pub(crate) staged: bool,
    /// Scan the lines added by a range of commits, as in `main..HEAD`
    #[arg(long, value_name = "A..B", help_heading = "Source", group = "source")]
    pub(crate) range: Option<String>,
    /// Scan the files named in a list, one a line or separated by NUL; `-` reads the list from
    /// standard input
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Source",
        group = "source",
        conflicts_with = "paths"
    )]
    pub(crate) files_from: Option<PathBuf>,
    /// Scan untracked files that git ignores, too
    #[arg(long, help_heading = "Source")]
    pub(crate) no_gitignore: bool,
    /// Search every version of a file in history in whole, not only what it adds to another
    ///
    /// Finds the same, slower: for comparison and in case of doubt.
    #[arg(long, help_heading = "Source")]
    pub(crate) full_scan: bool,
    /// Look inside of archives, documents, databases and other files with parts
    ///
    /// A member is named by its way there, as in `outer.zip!/inner/file.docx!/word/document.xml`. What
    /// is encrypted, damaged or packed in a way that is not read is listed.
    #[arg(long, help_heading = "Source")]
    pub(crate) unpack: bool,
    /// Unpack at most this many bytes of one file, as in `500k`, `10M`, `2G` [default: 256M]
    #[arg(
        long,
        value_name = "SIZE",
        requires = "unpack",
        help_heading = "Source"
    )]
    pub(crate) max_unpacked: Option<Size>,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
