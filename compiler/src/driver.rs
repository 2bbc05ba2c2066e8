//! Runs the phases in order and gathers what they say. Every phase takes what
//! the one before made of the text, however little; only where there is an
//! error somewhere nothing is stratified, and so nothing planned or run.

mod chosen;
mod coordination;
mod frontiers;
mod idle;
mod natives;
pub mod prompt;
mod query;
mod rewrites;
mod roles;
mod scenarios;
mod settings;
mod tests;
mod variables;
mod waiting;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::calm::strata;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::render;
use crate::lint;
use crate::names;
use crate::names::hir;
use crate::names::modules;
use crate::names::modules::Copies;
use crate::plan;
use crate::source::FileId;
use crate::source::Loader;
use crate::source::SourceMap;
use crate::stack;
use crate::syntax::ast;
use crate::syntax::parse;
use crate::types::infer;
use crate::types::judge;
use crate::types::typed;

pub use chosen::Chosen;
pub use natives::NativeSignature;
pub use rewrites::Applied;
pub use rewrites::Budget;
pub use roles::Parameter;
pub use roles::Role;
pub use scenarios::Played;
pub use scenarios::Scenarios;
pub use tests::Expected;
pub use tests::expected;
pub use tests::tested;

/// What the user wants beside the text.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--set k=VALUE`: values for constants, in the order given.
    pub set: Vec<(String, String)>,
    /// Functions that the embedding program computes; their position is their
    /// number.
    pub natives: Vec<NativeSignature>,
    /// Where imported files come from; without it nothing can be imported.
    pub loader: Option<Arc<dyn Loader>>,
    /// The program is to be run, not tested: what is wrong in its tests does
    /// not matter.
    pub without_tests: bool,
    /// What was typed beside the text, in this order.
    pub more: Vec<prompt::Piece>,
    /// The role that is to run, of a program that has roles.
    pub role: Option<Chosen>,
}

/// Everything known about a program.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// The program's text, and those of the options.
    pub sources: SourceMap,
    /// As written.
    pub ast: Option<ast::Module>,
    /// Names resolved.
    pub hir: Option<hir::Program>,
    /// Types and judgements made; of a program with errors what there is.
    /// Where there are roles, this and `hir` are everything that all of them
    /// declare, for a reader of the text; each role's own program is in `roles`.
    /// Where one of them was chosen, they are its own.
    pub typed: Option<typed::Program>,
    /// Only of a program without errors, and without roles or with a chosen one.
    pub strata: Option<strata::Strata>,
    /// The roles, in source order; none in a program without: it is one role.
    pub roles: Vec<Role>,
    /// Tests of many nodes, if there are some and nothing is wrong.
    pub scenarios: Option<Scenarios>,
    /// The question asked along with the program, as a rule that is none of
    /// its own; see [`check_with_query`].
    pub query: Option<typed::Rule>,
    /// Which file is imported where, and which is the text of an instance.
    pub copies: Copies,
    /// All messages, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// What was wanted beside the text, for whoever compiles a changed text again.
    pub options: Options,
}

impl Compiled {
    /// Whether the program cannot run.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Why it cannot run as one program though it is right: it has roles, and
    /// none was chosen.
    pub fn not_run(&self) -> Option<Diagnostic> {
        let role = self.roles.first().filter(|_| self.strata.is_none())?;
        let title = "not supported yet: all roles of a program at once, outside of tests";
        Some(
            Diagnostic::error(codes::LATER_ROLES, role.name_span, title)
                .at("a node has one role")
                .help(format!(
                    "`bloom run PATH --role {}` runs one node of it; the prompt takes programs \
                     without roles only",
                    role.name
                )),
        )
    }
}

/// Compiles a text as far as it goes. It never fails: what is wrong is in the
/// diagnostics.
pub fn check(name: &str, text: &str, options: &Options) -> Compiled {
    let compiled = stack::deep(|| phases(name, text, options, None));
    Compiled { options: options.clone(), ..compiled }
}

/// The same, with a question about the program's rows such as `path("a", _)`.
/// What is wrong with the question is told at its place in a source of its own.
pub fn check_with_query(name: &str, text: &str, options: &Options, query: &str) -> Compiled {
    let compiled = stack::deep(|| phases(name, text, options, Some(query)));
    Compiled { options: options.clone(), ..compiled }
}

fn phases(name: &str, text: &str, options: &Options, query: Option<&str>) -> Compiled {
    let mut sources = SourceMap::default();
    let file = sources.add(name, text);
    let mut parsed = parse::parse(file, text);
    let mut diags = std::mem::take(&mut parsed.diagnostics);
    for piece in &options.more {
        prompt::add(piece, &mut parsed.module, &mut sources, &mut diags);
    }
    let set = settings::settings(&parsed.module, options, &mut sources, &mut diags);
    if let Some(split) = names::roles::split(&parsed.module, &mut diags) {
        let mut compiled = roles::check(&split, set.clone(), options, &mut sources, diags);
        compiled.ast = Some(parsed.module);
        compiled.sources = sources;
        if let Some(role) = &options.role {
            chosen::choose(role, &split, (set, options), query, &mut compiled);
        }
        return compiled;
    }
    let written = names::roles::has_tests(&parsed.module).then(|| parsed.module.clone());
    let asked = query.and_then(|query| {
        let file = sources.add("query", query);
        query::add(file, query, &mut parsed.module, &mut diags).then_some(file)
    });
    let tests = names::roles::tests(&mut parsed.module);
    let plain = names::roles::Head::plain("node");
    let around = Around { set, open: Vec::new(), roles: &[], options };
    let mut built = around.build(&mut parsed.module, &mut sources, &mut diags);
    let query =
        asked.and_then(|file| query::take(file, &mut parsed.module, &mut built.typed, &mut diags));
    built.stratify(&mut diags);
    let mut scenarios = None;
    if !tests.is_empty() && !options.without_tests {
        let parts = [scenarios::Part { head: &plain, typed: &built.typed }];
        scenarios =
            scenarios::check(&tests, &parsed.module, &parts, &around, &mut sources, &mut diags);
    }
    if !diags.iter().any(Diagnostic::is_error) {
        let mut elsewhere = lint::Elsewhere::default();
        let places = scenarios.iter().flat_map(|found| found.places(&sources));
        places.for_each(|place| elsewhere.read(place));
        built.lint(&elsewhere, &sources, &mut diags);
    } else {
        built.order = None;
    }
    let diags = built.finish(options, &mut sources, diags);
    if let (Some(found), Some(order)) = (&mut scenarios, &built.order) {
        let played = scenarios::played(&plain, built.typed.clone(), order.clone());
        found.cast(|_| Some(played.clone()));
    }
    let diagnostics = render::in_order(&diags).into_iter().cloned().collect();
    Compiled {
        sources,
        ast: Some(written.unwrap_or(parsed.module)),
        hir: Some(built.hir),
        typed: Some(built.typed),
        strata: built.order,
        query,
        copies: built.expanded.copies,
        roles: Vec::new(),
        scenarios,
        diagnostics,
        options: Options::default(),
    }
}

/// What all programs of one compilation share.
struct Around<'a> {
    /// Values for constants.
    set: Vec<(String, ast::Expr)>,
    /// Constants without a value.
    open: Vec<String>,
    roles: &'a [names::roles::Head],
    options: &'a Options,
}

/// A program that went through the phases.
struct Built {
    expanded: modules::Expanded,
    /// Sources of native functions.
    natives: Vec<FileId>,
    hir: hir::Program,
    typed: typed::Program,
    order: Option<strata::Strata>,
}

impl Around<'_> {
    /// Names and types.
    fn build(
        &self,
        module: &mut ast::Module,
        sources: &mut SourceMap,
        diags: &mut Vec<Diagnostic>,
    ) -> Built {
        let options = self.options;
        let given: Vec<String> = options.natives.iter().map(|native| native.name.clone()).collect();
        let loader = options.loader.as_deref();
        let mut expanded = modules::expand(module, &given, loader, sources, diags);
        let mut flat = expanded.module.take();
        let whole = flat.as_mut().unwrap_or(module);
        let (files, natives) = natives::add(&options.natives, whole, sources, diags);
        let groups = match self.roles {
            [] => BTreeSet::new(),
            roles => names::roles::addressed(whole, roles, diags),
        };
        let resolving = names::Options {
            set: self.set.clone(),
            natives,
            reach: expanded.reach.clone(),
            open: self.open.clone(),
            roles: self.roles.iter().map(|head| head.name.text.clone()).collect(),
            groups,
        };
        let hir = names::resolve(whole, &resolving, diags);
        let mut typed = infer::infer(&hir, diags);
        judge::judge(&mut typed, &hir, diags);
        tests::part(&hir, &mut typed, options.without_tests, diags);
        if flat.is_none() {
            natives::take(&files, module);
        }
        Built { expanded, natives: files, hir, typed, order: None }
    }
}

impl Built {
    /// The order of its rules, if nothing is wrong with them.
    fn stratify(&mut self, diags: &mut Vec<Diagnostic>) {
        if diags.iter().any(Diagnostic::is_error) {
            return;
        }
        let found = strata::stratify(&self.typed, diags);
        tests::stratify(&self.typed, diags);
        if !diags.iter().any(Diagnostic::is_error) {
            plan::chosen::check(&self.typed, &found, diags);
        }
        if !diags.iter().any(Diagnostic::is_error) {
            self.order = Some(found);
        }
    }

    /// What it probably does not mean; of a program without errors.
    fn lint(&self, elsewhere: &lint::Elsewhere, sources: &SourceMap, diags: &mut Vec<Diagnostic>) {
        if let Some(order) = &self.order {
            lint::lint(&self.typed, &self.hir, order, elsewhere, sources, diags);
        }
    }

    /// Checks what no instance uses; what was said is put where its text is.
    fn finish(
        &mut self,
        options: &Options,
        sources: &mut SourceMap,
        mut diags: Vec<Diagnostic>,
    ) -> Vec<Diagnostic> {
        diags.retain(|d| d.is_error() || !self.natives.contains(&d.primary.span.file));
        idle::check(&self.expanded, options, sources, &mut diags);
        let diags = self.expanded.copies.told(diags, sources);
        self.expanded.copies.settle(&mut self.hir, sources);
        diags
    }
}
