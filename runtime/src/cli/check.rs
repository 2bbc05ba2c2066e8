//! `bloom check`: what is wrong with programs, without running them.

use std::collections::BTreeSet;

use bloom_compiler::source::Span;

use crate::cli::args::CheckArgs;
use crate::cli::compile;
use crate::cli::exit::Exit;
use crate::cli::options;
use crate::cli::paths;
use crate::cli::talk::Talk;

/// Checks every program; the worst decides.
pub fn check(args: &CheckArgs, talk: &Talk) -> Result<(), Exit> {
    let set = options::settings(&args.set).map_err(|why| talk.refuse(why))?;
    if args.paths.iter().filter(|path| paths::is_stdin(path)).count() > 1 {
        return Err(talk.refuse("stdin (`-`) can be read once"));
    }
    let mut worst = Ok(());
    for path in &args.paths {
        match compile::checked(path, &set, talk) {
            Ok(checked) => {
                if checked.warnings == 0 {
                    let name = checked.sources.files().first().map_or("", |file| &file.name);
                    let text = format!("{name} is right: {}\n", summary(&checked));
                    talk.right(&checked.sources, &text);
                }
            }
            Err(exit) => worst = worse(worst, exit),
        }
    }
    worst
}

fn summary(checked: &compile::Checked) -> String {
    let count = |n: usize, one: &str, many: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    };
    // One rule of the text may be several of the program, and hang on collections of its own.
    let rels = checked.typed.rels.iter();
    let written = rels.filter(|rel| !rel.kind.is_hidden() && rel.given.is_none()).count();
    let rules: BTreeSet<Span> = checked.typed.rules.iter().map(|rule| rule.span).collect();
    format!(
        "{}, {}, {}",
        count(written, "relation", "relations"),
        count(rules.len(), "rule", "rules"),
        count(checked.strata.count as usize, "stratum", "strata"),
    )
}

/// A file that cannot be read outweighs a program that is wrong.
pub fn worse(before: Result<(), Exit>, exit: Exit) -> Result<(), Exit> {
    match before {
        Err(Exit::Invocation) => before,
        _ => Err(exit),
    }
}
