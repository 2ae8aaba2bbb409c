//! `outgate completions` and `outgate man`: both come from the same definitions as the flags.

use std::io::{self, Write as _};

use super::{Error, Exit, command};

pub(super) fn completions(shell: clap_complete::Shell) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "outgate", &mut script);
    io::stdout().write_all(&script).map_err(Error::Stdout)?;
    Ok(Exit::Clean)
}

/// One page: the command, then a section for each subcommand.
pub(super) fn man() -> Result<Exit, Error> {
    let mut page = Vec::new();
    let mut root = command();
    root.build();
    let render = clap_mangen::Man::new(root.clone())
        .render(&mut page)
        .and_then(|()| {
            root.get_subcommands()
                .filter(|sub| sub.get_name() != "help")
                .try_for_each(|sub| {
                    let man = clap_mangen::Man::new(sub.clone());
                    writeln!(page, ".SH \"OUTGATE {}\"", sub.get_name().to_uppercase())?;
                    man.render_description_section(&mut page)?;
                    man.render_options_section(&mut page)
                })
        });
    render
        .and_then(|()| io::stdout().write_all(&page))
        .map_err(Error::Stdout)?;
    Ok(Exit::Clean)
}
