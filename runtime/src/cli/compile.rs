//! A program from PATH to its typed form, with everything that is to be said
//! about it said. This room must not know what the program is compiled for.

use std::path::Path;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::driver::Parameter;
use bloom_compiler::driver::Scenarios;
use bloom_compiler::names::hir::Test;
use bloom_compiler::source::SourceMap;
use bloom_compiler::source::Span;
use bloom_compiler::types::typed;

use crate::cli::coordination;
use crate::cli::exit::Exit;
use crate::cli::options::RunOptions;
use crate::cli::paths;
use crate::cli::role;
use crate::cli::talk::Talk;
use crate::embed::Imports;

/// A program without errors.
#[allow(missing_docs)]
pub struct Checked {
    pub sources: SourceMap,
    pub typed: typed::Program,
    pub strata: Strata,
    /// What a node of it is.
    pub role: String,
    /// What it has to wait for, where that was asked.
    pub report: Option<Report>,
}

/// A program with tests and without errors.
#[allow(missing_docs)]
pub struct Tested {
    pub sources: SourceMap,
    /// The programs of its roles, with the tests of one node.
    pub parts: Vec<Part>,
    /// Tests of many nodes.
    pub scenarios: Option<Scenarios>,
}

/// The program of one role.
#[allow(missing_docs)]
pub struct Part {
    pub role: String,
    pub typed: typed::Program,
    pub strata: Strata,
}

/// Compiles as far as it goes and says nothing.
pub fn compile(path: &Path, set: &[(String, String)], talk: &Talk) -> Result<Compiled, Exit> {
    let program = paths::read(path).map_err(|why| talk.refuse(why))?;
    Ok(driver::check(&program.name, &program.text, &options(&program, set)))
}

/// Compiles what is to run, which is one role of a program with roles.
fn compiled(
    wanted: &RunOptions,
    query: Option<&str>,
    without_tests: bool,
    talk: &Talk,
) -> Result<(Compiled, String), Exit> {
    let program = paths::read(&wanted.path).map_err(|why| talk.refuse(why))?;
    let options = driver::Options { without_tests, ..options(&program, &wanted.set) };
    role::compiled(&program, options, query, &wanted.role, talk)
}

/// What the compiler needs beside the text.
pub fn options(program: &paths::Program, set: &[(String, String)]) -> driver::Options {
    let imports = match &program.file {
        Some(file) => Imports::of(file),
        None => Imports::beside(Path::new(".")),
    };
    driver::Options { set: set.to_vec(), loader: imports.shared(), ..driver::Options::default() }
}

/// A program that can run, and a question about its rows.
pub fn queried(
    wanted: &RunOptions,
    query: &str,
    talk: &Talk,
) -> Result<(Checked, typed::Rule), Exit> {
    let (mut compiled, role) = compiled(wanted, Some(query), true, talk)?;
    let question = compiled.query.take();
    // Whoever asks about rows did not ask whether the program could be better.
    compiled.diagnostics.retain(Diagnostic::is_error);
    let checked = told(compiled, role, talk)?;
    // Without errors there is a question.
    question.map(|question| (checked, question)).ok_or(Exit::Program)
}

/// A program whose tests can run, and whether these are all; its errors are
/// told, and which tests do not run.
pub fn tested(path: &Path, set: &[(String, String)], talk: &Talk) -> Result<(Tested, bool), Exit> {
    let mut compiled = compile(path, set, talk)?;
    compiled.diagnostics.retain(Diagnostic::is_error);
    talk.diagnostics(&compiled.sources, &compiled.diagnostics);
    if let Some(exit) = failed(&compiled.diagnostics) {
        return Err(exit);
    }
    let (mut parts, mut open) = (Vec::new(), Vec::new());
    for role in compiled.roles {
        let Some(strata) = role.strata else { continue };
        let missing = role.params.iter().find(|param| param.required);
        match (missing, role.typed.tests.list.first()) {
            (Some(param), Some(test)) => open.push(needs(&role.name, param, test)),
            _ => parts.push(Part { role: role.name, typed: role.typed, strata }),
        }
    }
    if let (Some(typed), Some(strata)) = (compiled.typed, compiled.strata) {
        parts.push(Part { role: role::PLAIN.to_owned(), typed, strata });
    }
    talk.diagnostics(&compiled.sources, &open);
    let tested = Tested { sources: compiled.sources, parts, scenarios: compiled.scenarios };
    Ok((tested, open.is_empty()))
}

/// Why tests of a role do not run.
fn needs(role: &str, param: &Parameter, test: &Test) -> Diagnostic {
    let title = format!("the tests of one `{role}` need a value for `{}`", param.name);
    Diagnostic::error(codes::TEST_NODES, param.span, title)
        .at("this parameter has no default")
        .label(test.title_span, "the first of the tests, which are not run")
        .help(format!(
            "give it one with `--set {}=…`, give the parameter a default, or write a test of many \
             nodes",
            param.name
        ))
}

/// A program that is only begun: what it lacks may come yet. Its errors are
/// told.
pub fn begun(
    program: &paths::Program,
    set: &[(String, String)],
    talk: &Talk,
) -> Result<Checked, Exit> {
    let mut compiled = driver::check(&program.name, &program.text, &options(program, set));
    compiled.diagnostics.retain(Diagnostic::is_error);
    told(compiled, role::PLAIN.to_owned(), talk)
}

/// A program that can run; its diagnostics are told.
pub fn checked(wanted: &RunOptions, talk: &Talk) -> Result<Checked, Exit> {
    let (compiled, role) = compiled(wanted, None, false, talk)?;
    told(compiled, role, talk)
}

/// The same for a run that shows collections: they are read, then. One that
/// would have to wait for other nodes is refused, unless it is a recording: what
/// came, and when, stands there.
pub fn shown(wanted: &RunOptions, talk: &Talk) -> Result<Checked, Exit> {
    let (mut compiled, role) = compiled(wanted, None, true, talk)?;
    if let Some(program) = &compiled.typed {
        let shown = |name: &String| program.rels.iter().find(|rel| rel.name == *name);
        let places: Vec<Span> =
            wanted.print.iter().filter_map(shown).map(|rel| rel.name_span).collect();
        let needless =
            |one: &Diagnostic| one.code == codes::NEVER_READ && places.contains(&one.primary.span);
        compiled.diagnostics.retain(|one| !needless(one));
    }
    if !compiled.has_errors() && compiled.strata.is_some() && wanted.node.replay.is_none() {
        let refused = coordination::refused(&compiled, wanted.node.coordination, &wanted.path);
        compiled.diagnostics.extend(refused);
    }
    let is_asked = wanted.stream && !compiled.has_errors();
    let report = is_asked.then(|| compiled.report(&Assume::default()));
    Ok(Checked { report, ..told(compiled, role, talk)? })
}

fn told(mut compiled: Compiled, role: String, talk: &Talk) -> Result<Checked, Exit> {
    if !compiled.has_errors() {
        compiled.diagnostics.extend(compiled.not_run());
    }
    talk.diagnostics(&compiled.sources, &compiled.diagnostics);
    if let Some(exit) = failed(&compiled.diagnostics) {
        return Err(exit);
    }
    match (compiled.typed, compiled.strata) {
        (Some(typed), Some(strata)) => {
            Ok(Checked { sources: compiled.sources, typed, strata, role, report: None })
        }
        // Without errors every phase has run.
        _ => panic!("the compiler gave neither a program nor an error"),
    }
}

/// How to end where something is wrong.
pub fn failed(told: &[Diagnostic]) -> Option<Exit> {
    let mut errors = told.iter().filter(|one| one.is_error()).peekable();
    errors.peek()?;
    // Where only what was set on the command line is wrong, the program is not.
    let invoked = errors.all(|one| one.code == codes::UNKNOWN_SETTING);
    Some(if invoked { Exit::Invocation } else { Exit::Program })
}
