//! Flags that the tool does not have, taken out of a command line, so that the
//! rest of it can be read in the usual way. Whether a program has them is not
//! known here.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use bloom_compiler::source::FileId;
use bloom_compiler::syntax::ast::ItemKind;
use bloom_compiler::syntax::parse;
use clap::Command;
use clap::CommandFactory;
use clap::Parser;
use clap::error::ErrorKind;

use crate::cli::args;
use crate::cli::args::Cli;
use crate::cli::paths;
use crate::cli::role::RoleArgs;
use crate::cli::role::help;

/// A flag as typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flag {
    /// Without the dashes.
    pub name: String,
    /// `None`: the line ends behind the flag, or another one follows.
    pub value: Option<String>,
}

/// What is to be done about a command line that was not understood.
pub enum Again {
    /// With flags of a role it is understood.
    Command(Box<Cli>),
    /// It asks what a role can be given.
    Help(String),
}

/// Another look at a command line that was refused: it may be one for a role.
pub fn again(typed: &[OsString], error: &clap::Error) -> Option<Again> {
    let wants_help = error.kind() == ErrorKind::DisplayHelp;
    if !wants_help && error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let (rest, flags) = cut(typed)?;
    let mut cli = Cli::try_parse_from(rest).ok()?;
    let (path, role, set) = asked(&mut cli)?;
    role.flags = flags;
    if wants_help {
        return help::of(path, role, set).map(Again::Help);
    }
    // Without a role a flag that nobody knows is a mistake like any other.
    let is_meant = role.role.is_some() || !paths::is_stdin(path) && has_roles(path);
    is_meant.then(|| Again::Command(Box::new(cli)))
}

/// The program of a command that runs one, the role that is asked for, and
/// values of constants.
fn asked(cli: &mut Cli) -> Option<(&Path, &mut RoleArgs, &[String])> {
    match cli.command.as_mut()? {
        args::Command::Run(run) => Some((&run.path, &mut run.role, &run.input.set)),
        args::Command::Why(why) => Some(why.asked()),
        args::Command::Profile(profile) => Some(profile.asked()),
        _ => None,
    }
}

/// Whether a program has roles, as far as one can see without its imports.
fn has_roles(path: &Path) -> bool {
    let Ok(program) = paths::read(path) else { return false };
    let parsed = parse::parse(FileId(0), &program.text);
    parsed.module.items.iter().any(|item| matches!(item.kind, ItemKind::Role(_)))
}

/// Flags by name, and whether a value follows as a word of its own.
fn known(of: &Command) -> BTreeMap<String, bool> {
    let flag = |arg: &clap::Arg| {
        let takes = arg.get_action().takes_values() && !arg.is_require_equals_set();
        arg.get_long().map(|name| (name.to_owned(), takes))
    };
    of.get_arguments().filter_map(flag).collect()
}

/// The flags that `bloom run` has for every program.
pub fn of_run() -> Vec<String> {
    let mut command = Cli::command();
    command.build();
    command.find_subcommand("run").map(|run| known(run).into_keys().collect()).unwrap_or_default()
}

/// The line without flags that no command has, and those; without those that ask
/// for help as well.
fn cut(typed: &[OsString]) -> Option<(Vec<OsString>, Vec<Flag>)> {
    let mut command = Cli::command();
    command.build();
    let mut flags = known(&command);
    let mut words = typed.iter().peekable();
    let mut rest: Vec<OsString> = words.next().into_iter().cloned().collect();
    let (mut found, mut is_named) = (Vec::new(), false);
    while let Some(word) = words.next() {
        let text = word.to_str().unwrap_or_default();
        if text == "--" {
            rest.push(word.clone());
            rest.extend(words.by_ref().cloned());
        } else if text == "--help" || text == "-h" {
            continue;
        } else if let Some(flag) = text.strip_prefix("--") {
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (flag, None),
            };
            let is_value = |word: &&OsString| !word.to_string_lossy().starts_with("--");
            match flags.get(name) {
                Some(takes) => {
                    rest.push(word.clone());
                    if *takes && value.is_none() {
                        rest.extend(words.next().cloned());
                    }
                }
                None => {
                    let next = || Some(words.next_if(is_value)?.to_string_lossy().into_owned());
                    let value = value.or_else(next);
                    found.push(Flag { name: name.to_owned(), value });
                }
            }
        } else {
            if !is_named && !text.starts_with('-') {
                is_named = true;
                flags = known(command.find_subcommand(text)?);
            }
            rest.push(word.clone());
        }
    }
    Some((rest, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<(String, Vec<Flag>)> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let (rest, flags) = cut(&words)?;
        let rest: Vec<String> =
            rest.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        Some((rest.join(" "), flags))
    }

    #[test]
    fn flags_of_roles_are_told_from_those_of_the_tool() {
        let flag = |name: &str, value: Option<&str>| Flag {
            name: name.to_owned(),
            value: value.map(str::to_owned),
        };
        assert_eq!(
            of("bloom -q run --server a:1 p.bloom --events e.jsonl --trace --n=-3 --role r --m -3"),
            Some((
                "bloom -q run p.bloom --events e.jsonl --trace --role r".to_owned(),
                vec![flag("server", Some("a:1")), flag("n", Some("-3")), flag("m", Some("-3"))]
            ))
        );
        assert_eq!(
            of("bloom --color never run p.bloom --last --quiet --last"),
            Some((
                "bloom --color never run p.bloom --quiet".to_owned(),
                vec![flag("last", None), flag("last", None)]
            ))
        );
        assert_eq!(of("bloom fly p.bloom --high"), None);
    }
}
