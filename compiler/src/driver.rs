//! Runs the phases in order and gathers what they say. Every phase takes what
//! the one before made of the text, however little; only where there is an
//! error somewhere nothing is stratified, and so nothing planned or run.

mod idle;
mod natives;
pub mod prompt;
mod query;
mod tests;
mod variables;

use std::sync::Arc;

use crate::calm::strata;
use crate::diag::Diagnostic;
use crate::diag::render;
use crate::lint;
use crate::names;
use crate::names::hir;
use crate::names::modules;
use crate::names::modules::Copies;
use crate::source::FileId;
use crate::source::Loader;
use crate::source::SourceMap;
use crate::source::Span;
use crate::stack;
use crate::syntax::ast;
use crate::syntax::parse;
use crate::types::infer;
use crate::types::judge;
use crate::types::typed;

pub use natives::NativeSignature;
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
    pub typed: Option<typed::Program>,
    /// Only of a program without errors.
    pub strata: Option<strata::Strata>,
    /// The question asked along with the program, as a rule that is none of
    /// its own; see [`check_with_query`].
    pub query: Option<typed::Rule>,
    /// Which file is imported where, and which is the text of an instance.
    pub copies: Copies,
    /// All messages, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// Whether the program cannot run.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Compiles a text as far as it goes. It never fails: what is wrong is in the
/// diagnostics.
pub fn check(name: &str, text: &str, options: &Options) -> Compiled {
    stack::deep(|| phases(name, text, options, None))
}

/// The same, with a question about the program's rows such as `path("a", _)`.
/// What is wrong with the question is told at its place in a source of its own.
pub fn check_with_query(name: &str, text: &str, options: &Options, query: &str) -> Compiled {
    stack::deep(|| phases(name, text, options, Some(query)))
}

fn phases(name: &str, text: &str, options: &Options, query: Option<&str>) -> Compiled {
    let mut sources = SourceMap::default();
    let file = sources.add(name, text);
    let mut parsed = parse::parse(file, text);
    let mut diags = std::mem::take(&mut parsed.diagnostics);
    for piece in &options.more {
        prompt::add(piece, &mut parsed.module, &mut sources, &mut diags);
    }
    let set = settings(&parsed.module, options, &mut sources, &mut diags);
    let asked = query.and_then(|query| {
        let file = sources.add("query", query);
        query::add(file, query, &mut parsed.module, &mut diags).then_some(file)
    });
    let given: Vec<String> = options.natives.iter().map(|native| native.name.clone()).collect();
    let loader = options.loader.as_deref();
    let mut expanded = modules::expand(&parsed.module, &given, loader, &mut sources, &mut diags);
    let mut flat = expanded.module.take();
    let whole = flat.as_mut().unwrap_or(&mut parsed.module);
    let (files, natives) = natives::add(&options.natives, whole, &mut sources, &mut diags);
    let reach = expanded.reach.clone();
    let mut hir = names::resolve(whole, &names::Options { set, natives, reach }, &mut diags);
    let mut typed = infer::infer(&hir, &mut diags);
    judge::judge(&mut typed, &hir, &mut diags);
    tests::part(&hir, &mut typed, options.without_tests, &mut diags);
    let query =
        asked.and_then(|file| query::take(file, &mut parsed.module, &mut typed, &mut diags));
    let mut order = None;
    if !diags.iter().any(Diagnostic::is_error) {
        let found = strata::stratify(&typed, &mut diags);
        tests::stratify(&typed, &mut diags);
        if !diags.iter().any(Diagnostic::is_error) {
            lint::lint(&typed, &hir, &found, &sources, &mut diags);
            order = Some(found);
        }
    }
    natives::take(&files, flat.as_mut().unwrap_or(&mut parsed.module), &mut diags);
    idle::check(&expanded, options, &mut sources, &mut diags);
    let diags = expanded.copies.told(diags, &sources);
    expanded.copies.settle(&mut hir, &sources);
    let diagnostics = render::in_order(&diags).into_iter().cloned().collect();
    Compiled {
        sources,
        ast: Some(parsed.module),
        hir: Some(hir),
        typed: Some(typed),
        strata: order,
        query,
        copies: expanded.copies,
        diagnostics,
    }
}

/// The values of `--set` as expressions, each in a source of its own.
fn settings(
    module: &ast::Module,
    options: &Options,
    sources: &mut SourceMap,
    diags: &mut Vec<Diagnostic>,
) -> Vec<(String, ast::Expr)> {
    let mut set = Vec::with_capacity(options.set.len());
    for (name, text) in &options.set {
        let file = sources.add(format!("--set {name}"), text.clone());
        let (parsed, said) = parse::parse_expr(file, text);
        let quoted = parsed.as_ref().is_some_and(is_text);
        // Quotes seldom survive a shell, so a text may come without them.
        if !quoted && wants_text(module, name) {
            set.push((name.clone(), bare(file, text)));
            continue;
        }
        diags.extend(said);
        set.extend(parsed.map(|value| (name.clone(), value)));
    }
    set
}

fn is_text(expr: &ast::Expr) -> bool {
    matches!(expr.kind, ast::ExprKind::Literal(ast::Literal::Str(_)))
}

fn wants_text(module: &ast::Module, wanted: &str) -> bool {
    module.items.iter().any(|item| match &item.kind {
        ast::ItemKind::Const { name, ty, value } if name.text == wanted => match ty {
            Some(ty) => match &ty.kind {
                ast::TypeKind::Named(ty, _) => ty.text == "str" || ty.text == "node",
                _ => false,
            },
            None => is_text(value),
        },
        _ => false,
    })
}

fn bare(file: FileId, text: &str) -> ast::Expr {
    let parts = match text {
        "" => Vec::new(),
        text => vec![ast::StrPart::Text(text.to_string())],
    };
    ast::Expr {
        kind: ast::ExprKind::Literal(ast::Literal::Str(parts)),
        span: Span::new(file, 0, text.len()),
    }
}
