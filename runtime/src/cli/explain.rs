//! `bloom explain`: the page of a code, or what a stage of the compiler makes
//! of a program. The texts of stages are for people and bound to no version.

use std::path::Path;

use bloom_compiler::calm::pages;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::calm::strata::strata_text;
use bloom_compiler::diag::explain;
use bloom_compiler::driver::Compiled;
use bloom_compiler::driver::Role;
use bloom_compiler::names::names_text;
use bloom_compiler::plan;
use bloom_compiler::plan::groups;
use bloom_compiler::plan::groups::Divided;
use bloom_compiler::plan::plan_text;
use bloom_compiler::source::FileId;
use bloom_compiler::source::Span;
use bloom_compiler::syntax::show::ast_text;
use bloom_compiler::syntax::show::tokens_text;
use bloom_compiler::types::text::types_text;
use bloom_compiler::types::typed::Program;

use crate::cli::args::ExplainArgs;
use crate::cli::args::Stage;
use crate::cli::compile;
use crate::cli::exit::Exit;
use crate::cli::options;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;

/// Explains what was named.
pub fn run(args: &ExplainArgs, talk: &Talk) -> Result<(), Exit> {
    let path = Path::new(&args.what);
    match args.stage {
        Some(stage) => program(path, stage, args, talk),
        None if args.what == "codes" => {
            write_out(talk, (explain::list() + &pages::list()).as_bytes())
        }
        None => match pages::explain(&args.what).unwrap_or_else(|| explain::explain(&args.what)) {
            Ok(page) => write_out(talk, page.as_bytes()),
            Err(_) if path.exists() => Err(talk.refuse(format!(
                "{} is a path: add --stage tokens, ast, names, types, strata or plan",
                args.what
            ))),
            Err(why) => Err(talk.refuse(why)),
        },
    }
}

fn program(path: &Path, stage: Stage, args: &ExplainArgs, talk: &Talk) -> Result<(), Exit> {
    let set = options::settings(&args.set).map_err(|why| talk.refuse(why))?;
    let compiled = compile::compile(path, &set, talk)?;
    talk.diagnostics(&compiled.sources, &compiled.diagnostics);
    let wrong = compiled.diagnostics.iter().any(|one| one.is_error());
    if args.workers.is_some() && stage != Stage::Plan {
        return Err(talk.refuse("--workers tells of a plan: it goes with --stage plan"));
    }
    match text(&compiled, stage, args.workers, wrong) {
        Some(text) => write_out(talk, text.as_bytes())?,
        None => talk.note("the mistakes above keep the program from reaching this stage"),
    }
    if wrong { Err(Exit::Program) } else { Ok(()) }
}

/// The text of a stage, if the program got so far.
fn text(compiled: &Compiled, stage: Stage, workers: Option<u16>, wrong: bool) -> Option<String> {
    let plan = |typed: &Program, strata: &Strata| match workers {
        Some(workers) => divided(compiled, typed, strata, usize::from(workers)),
        None => planned(typed, strata),
    };
    let roles = !compiled.roles.is_empty();
    match stage {
        Stage::Tokens => {
            let file = compiled.sources.files().first()?;
            Some(tokens_text(FileId(0), &file.text))
        }
        Stage::Ast => compiled.ast.as_ref().map(ast_text),
        Stage::Names if roles => Some(each(compiled, |role| names_text(&role.hir))),
        Stage::Types if roles => Some(each(compiled, |role| types_text(&role.typed))),
        Stage::Strata if roles && !wrong => Some(each(compiled, |role| {
            role.strata.as_ref().map_or(String::new(), |s| strata_text(&role.typed, s))
        })),
        Stage::Plan if roles && !wrong => Some(each(compiled, |role| {
            role.strata.as_ref().map_or(String::new(), |s| plan(&role.typed, s))
        })),
        Stage::Names => compiled.hir.as_ref().map(names_text),
        Stage::Types => compiled.typed.as_ref().map(types_text),
        Stage::Strata if !wrong => {
            Some(strata_text(compiled.typed.as_ref()?, compiled.strata.as_ref()?))
        }
        Stage::Plan if !wrong => Some(plan(compiled.typed.as_ref()?, compiled.strata.as_ref()?)),
        Stage::Strata | Stage::Plan => None,
    }
}

/// The text of each role under its name.
fn each(compiled: &Compiled, text: impl Fn(&Role) -> String) -> String {
    let parts = compiled.roles.iter().map(|role| format!("role {}\n{}", role.name, text(role)));
    parts.collect::<Vec<_>>().join("\n")
}

fn planned(typed: &Program, strata: &Strata) -> String {
    let sizes = plan::Sizes { ticks: plan::maintain::ticks(typed), ..plan::Sizes::default() };
    plan_text(&plan::build(typed, strata, &sizes))
}

/// What is where and what waits, then the plan that each worker runs.
fn divided(compiled: &Compiled, typed: &Program, strata: &Strata, workers: usize) -> String {
    let divided = Divided::new(typed, strata, &[], workers);
    let place = |span: Span| {
        let file = compiled.sources.file(span.file);
        let (line, col) = file.line_col(span.lo);
        format!("{}:{line}:{col}", file.name)
    };
    let sizes = plan::Sizes { ticks: plan::maintain::ticks(typed), ..plan::Sizes::default() };
    let spread = &divided.spread;
    let plan = plan::build(&spread.program, &spread.strata, &spread.sizes(&sizes));
    groups::text::text(&divided, typed, &place) + "\n" + &plan_text(&plan)
}
