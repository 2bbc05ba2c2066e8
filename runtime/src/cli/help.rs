//! `bloom help`: of a command, of a function of the language, or of all of
//! them. What functions do is in the compiler's table; here it is laid out.

use std::fmt::Write;

use bloom_compiler::diag::suggest::closest;
use bloom_compiler::types::builtins::Builtin;
use bloom_compiler::types::builtins::Group;
use bloom_compiler::types::builtins::Partial;
use bloom_compiler::types::builtins::TABLE;
use clap::Args;
use clap::Command;
use clap::CommandFactory;

use crate::cli::args::Cli;
use crate::cli::exit::Exit;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;

/// Columns of a terminal that help is laid out for.
const WIDTH: usize = 80;
/// Where the meaning of a function begins in the list of all.
const INDENT: usize = 18;

/// `bloom help`.
#[derive(Args, Debug)]
pub struct HelpArgs {
    /// A command, a function, or `functions` with a group or a word
    #[arg(value_name = "WHAT")]
    pub what: Vec<String>,
}

/// Shows what was asked for.
pub fn run(args: &HelpArgs, talk: &Talk) -> Result<(), Exit> {
    let mut cli = Cli::command();
    cli.build();
    let words: Vec<&str> = args.what.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => command(&mut cli, talk),
        ["functions"] => write_out(talk, all().as_bytes()),
        ["functions", word] => match some(word) {
            Some(text) => write_out(talk, text.as_bytes()),
            None => Err(unknown(word, "function or group of functions", names(), talk)),
        },
        [word] => {
            if let Some(sub) = cli.find_subcommand_mut(word) {
                return command(sub, talk);
            }
            if let Some(found) = TABLE.iter().find(|f| f.name == *word) {
                return write_out(talk, full(&[found]).as_bytes());
            }
            let shown = cli.get_subcommands().filter(|sub| !sub.is_hide_set());
            let mut known: Vec<&str> = names().collect();
            known.extend(shown.map(Command::get_name).chain(["functions"]));
            Err(unknown(word, "command or function", known.into_iter(), talk))
        }
        _ => Err(talk.refuse("one command or function at a time")),
    }
}

fn command(of: &mut Command, talk: &Talk) -> Result<(), Exit> {
    let help = of.render_long_help();
    write_out(talk, help.to_string().as_bytes())
}

fn names() -> impl Iterator<Item = &'static str> {
    Group::ALL.iter().map(|g| g.word()).chain(TABLE.iter().map(|f| f.name))
}

fn unknown<'a>(word: &str, what: &str, known: impl Iterator<Item = &'a str>, talk: &Talk) -> Exit {
    let near = closest(word, known).map(|near| format!("; did you mean `{near}`?"));
    talk.refuse(format!("there is no {what} `{word}`{}", near.unwrap_or_default()))
}

/// Every function in a line or two, by group.
fn all() -> String {
    let mut out = String::new();
    for group in Group::ALL {
        let _ = writeln!(out, "{} ({})", group.title(), group.word());
        for function in TABLE.iter().filter(|f| f.group == *group) {
            let _ = write!(out, "  {:1$}", function.name, INDENT - 2);
            paragraph(&mut out, function.doc, INDENT, INDENT);
        }
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "`bloom help functions json` shows a group with signatures and examples, `bloom help\n\
         functions WORD` what has to do with a word, `bloom help NAME` one function. `min`,\n\
         `max`, `count` and their like over the rows of a rule are aggregates."
    );
    out
}

/// What a word means: a group, a function, or a part of names and meanings.
fn some(word: &str) -> Option<String> {
    let lower = word.to_lowercase();
    let of_group = |f: &&&Builtin| f.group.word() == lower;
    let named = |f: &&&Builtin| f.name == lower;
    let about = |f: &&&Builtin| f.name.contains(&lower) || f.doc.to_lowercase().contains(&lower);
    let every: Vec<&Builtin> = TABLE.iter().collect();
    let pick = |fits: &dyn Fn(&&&Builtin) -> bool| -> Vec<&Builtin> {
        every.iter().filter(fits).copied().collect()
    };
    let found = [pick(&of_group), pick(&named), pick(&about)];
    found.into_iter().find(|f| !f.is_empty()).map(|f| full(&f))
}

/// Functions with signatures and examples.
fn full(functions: &[&Builtin]) -> String {
    let mut out = String::new();
    for (i, function) in functions.iter().enumerate() {
        out.push_str(if i > 0 { "\n" } else { "" });
        for (signature, overload) in function.signatures().iter().zip(function.overloads) {
            let mark = match overload.partial {
                Partial::Total => "",
                Partial::Fails => "   (fails for some arguments)",
                Partial::NoRow => "   (no row for some arguments)",
            };
            let _ = writeln!(out, "{signature}{mark}");
        }
        out.push_str("    ");
        paragraph(&mut out, function.doc, 4, 4);
        for (expr, result) in function.examples {
            let _ = writeln!(out, "      {expr}  is  {result}");
        }
    }
    out
}

/// Words up to the width, from a column on; further lines begin at `indent`.
fn paragraph(out: &mut String, text: &str, mut at: usize, indent: usize) {
    let start = at;
    for word in text.split(' ') {
        let length = word.chars().count();
        if at > start && at + 1 + length > WIDTH {
            let _ = write!(out, "\n{:indent$}", "");
            at = indent;
        } else if at > start {
            out.push(' ');
            at += 1;
        }
        out.push_str(word);
        at += length;
    }
    out.push('\n');
}
