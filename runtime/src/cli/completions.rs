//! `bloom completions` and `bloom man`: what a library makes of the table of
//! commands. These rooms must not know what commands do.

use std::path::PathBuf;

use clap::Args;
use clap::Command;
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::Roff;
use clap_mangen::roff::roman;

use crate::cli::args::Cli;
use crate::cli::exit;
use crate::cli::exit::Exit;
use crate::cli::place;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;

/// `bloom completions`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  bloom completions bash > ~/.local/share/bash-completion/completions/bloom
  bloom completions zsh > ~/.zfunc/_bloom
  bloom completions fish > ~/.config/fish/completions/bloom.fish")]
pub struct CompletionsArgs {
    /// The shell to complete in
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `bloom man`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  bloom man | man -l -                       the page of bloom itself
  bloom man --out ~/.local/share/man/man1    a page for every command")]
pub struct ManArgs {
    /// Write bloom.1 and a page for each command into DIR
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Writes the completions of a shell.
pub fn completions(args: &CompletionsArgs, talk: &Talk) -> Result<(), Exit> {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "bloom", &mut out);
    write_out(talk, &out)
}

/// Writes one page, or all of them.
pub fn man(args: &ManArgs, talk: &Talk) -> Result<(), Exit> {
    let mut command = Cli::command();
    command.build();
    let Some(dir) = &args.out else { return write_out(talk, &page(&command, "bloom")) };
    let failed = |path: &PathBuf, error: &std::io::Error| {
        talk.refuse(format!("cannot write {}: {}", path.display(), place::why(error)))
    };
    std::fs::create_dir_all(dir).map_err(|error| failed(dir, &error))?;
    let mut pages = vec![("bloom".to_owned(), command.clone())];
    for sub in
        command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
    {
        pages.push((format!("bloom-{}", sub.get_name()), sub.clone()));
    }
    for (name, command) in pages {
        let path = dir.join(format!("{name}.1"));
        std::fs::write(&path, page(&command, &name)).map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

fn page(command: &Command, name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let man = Man::new(command.clone().disable_help_subcommand(true)).title(name);
    // Writing into memory does not fail.
    let _ = man.render(&mut out);
    let mut more = Roff::default();
    more.control("SH", ["EXIT STATUS"]);
    for line in exit::TEXT.lines().filter(|line| !line.is_empty()) {
        more.text([roman(line)]);
        more.control("br", []);
    }
    more.control("SH", ["ENVIRONMENT"]);
    for line in ENVIRONMENT.lines() {
        more.text([roman(line)]);
        more.control("br", []);
    }
    let _ = more.to_writer(&mut out);
    out
}

/// The variables that change what is said.
const ENVIRONMENT: &str = "\
NO_COLOR: no colours in messages
BLOOM_COLOR: as --color
BLOOM_MESSAGE_FORMAT: as --message-format
TERM=dumb: no colours
LC_ALL, LC_CTYPE, LANG: with C or POSIX messages are drawn in ASCII";
