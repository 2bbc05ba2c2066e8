//! `bloom check`: what is wrong with programs, without running them.

use std::collections::BTreeSet;
use std::path::Path;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Report;
use bloom_compiler::driver::Compiled;
use bloom_compiler::source::Span;
use bloom_compiler::types::typed::Program;

use crate::cli::args::CheckArgs;
use crate::cli::compile;
use crate::cli::exit::Exit;
use crate::cli::options;
use crate::cli::paths;
use crate::cli::report;
use crate::cli::talk::Talk;

/// Checks every program; the worst decides.
pub fn check(args: &CheckArgs, talk: &Talk) -> Result<(), Exit> {
    let set = options::settings(&args.set).map_err(|why| talk.refuse(why))?;
    if args.paths.iter().filter(|path| paths::is_stdin(path)).count() > 1 {
        return Err(talk.refuse("stdin (`-`) can be read once"));
    }
    let mut worst = Ok(());
    for path in &args.paths {
        match judged(path, &set, talk) {
            Ok((compiled, report)) => {
                let waits = report::line(&report, path).unwrap_or_default();
                if compiled.diagnostics.is_empty() {
                    let name = compiled.sources.files().first().map_or("", |file| &file.name);
                    let text = format!("{name} is right: {}\n{waits}", summary(&compiled));
                    talk.right(&compiled.sources, &text);
                } else {
                    talk.beside(&waits);
                }
            }
            Err(exit) => worst = worse(worst, exit),
        }
    }
    worst
}

/// A program without errors, and what it has to wait for; everything that is to
/// be said of both is said, except the sum.
fn judged(path: &Path, set: &[(String, String)], talk: &Talk) -> Result<(Compiled, Report), Exit> {
    let mut compiled = compile::compile(path, set, talk)?;
    let mut report = Report::default();
    if !compiled.has_errors() {
        report = compiled.report(&Assume::default());
        compiled.diagnostics.extend(compiled.faults(&report));
    }
    talk.diagnostics(&compiled.sources, &compiled.diagnostics);
    match compile::failed(&compiled.diagnostics) {
        Some(exit) => Err(exit),
        None => Ok((compiled, report)),
    }
}

fn summary(compiled: &Compiled) -> String {
    let count = |n: usize, one: &str, many: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    };
    let whole = compiled.typed.iter();
    let programs: Vec<&Program> = match compiled.roles.is_empty() {
        true => whole.collect(),
        false => compiled.roles.iter().map(|role| &role.typed).collect(),
    };
    // What stands outside of roles is in the program of each.
    let mut written: BTreeSet<(&str, Span)> = BTreeSet::new();
    // One rule of the text may be several of the program, and hang on collections of its own.
    let mut rules: BTreeSet<Span> = BTreeSet::new();
    for program in programs {
        let rels = program.rels.iter().filter(|rel| !rel.kind.is_hidden() && rel.given.is_none());
        written.extend(rels.map(|rel| (rel.name.as_str(), rel.name_span)));
        rules.extend(program.rules.iter().map(|rule| rule.span));
    }
    let mut parts =
        vec![count(written.len(), "relation", "relations"), count(rules.len(), "rule", "rules")];
    match &compiled.strata {
        Some(strata) => parts.push(count(strata.count as usize, "stratum", "strata")),
        None => parts.insert(0, count(compiled.roles.len(), "role", "roles")),
    }
    parts.join(", ")
}

/// A file that cannot be read outweighs a program that is wrong.
pub fn worse(before: Result<(), Exit>, exit: Exit) -> Result<(), Exit> {
    match before {
        Err(Exit::Invocation) => before,
        _ => Err(exit),
    }
}
