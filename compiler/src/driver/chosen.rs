//! One role of a program, compiled to run: with values for all its parameters.
//! What is right and wrong with the roles as they are written is said elsewhere.

use super::Compiled;
use super::Options;
use super::query;
use super::roles;
use super::settings;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::names::roles::Head;
use crate::names::roles::Split;
use crate::names::roles::unknown;
use crate::source::Span;
use crate::syntax::ast;

/// The role that is to run.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// Its name.
    pub name: String,
    /// Values of its parameters, which no other role has: name and expression.
    pub set: Vec<(String, String)>,
}

/// Puts the program of the chosen role in the place of that of all roles,
/// if nothing is wrong.
pub(super) fn choose(
    chosen: &Chosen,
    split: &Split,
    (mut set, options): (Vec<(String, ast::Expr)>, &Options),
    query: Option<&str>,
    compiled: &mut Compiled,
) {
    if compiled.has_errors() {
        return;
    }
    let Some(part) = split.parts.iter().find(|part| part.head.name.text == chosen.name) else {
        let file = compiled.sources.add("role", chosen.name.as_str());
        let span = Span::new(file, 0, chosen.name.len());
        let names = split.parts.iter().map(|part| part.head.name.text.as_str());
        return compiled.diagnostics.push(unknown(&chosen.name, span, names));
    };
    let mut said = Vec::new();
    let sources = &mut compiled.sources;
    let own = Options { set: chosen.set.clone(), ..Options::default() };
    set.extend(settings::settings(&part.module, &own, sources, &mut said));
    said.extend(missing(&part.head, &set));
    let heads: Vec<Head> = split.parts.iter().map(|part| part.head.clone()).collect();
    let around = roles::around(&part.head, &heads, &set, options);
    let mut module = part.module.clone();
    let asked = query.and_then(|query| {
        let file = sources.add("query", query);
        query::add(file, query, &mut module, &mut said).then_some(file)
    });
    let mut found = Vec::new();
    let mut built = around.build(&mut module, sources, &mut found);
    // Whether there is a constant to set was judged for all roles together.
    found.retain(|one| one.code != codes::UNKNOWN_SETTING);
    said.append(&mut found);
    compiled.query =
        asked.and_then(|file| query::take(file, &mut module, &mut built.typed, &mut said));
    built.stratify(&mut said);
    let said = built.finish(options, sources, said);
    compiled.copies.add(&built.expanded.copies);
    compiled.diagnostics.extend(said.into_iter().filter(Diagnostic::is_error));
    compiled.strata = built.order;
    (compiled.hir, compiled.typed) = (Some(built.hir), Some(built.typed));
}

/// Parameters without a value.
fn missing(head: &Head, set: &[(String, ast::Expr)]) -> Vec<Diagnostic> {
    let open = head.params.iter().filter(|param| {
        param.default.is_none() && !set.iter().any(|(name, _)| *name == param.name.text)
    });
    let told = |param: &ast::Param| {
        let name = &param.name.text;
        let title = format!("the parameter `{name}` of the role `{}` has no value", head.name.text);
        Diagnostic::error(codes::UNKNOWN_SETTING, param.name.span, title)
            .at("it has no default, so a node is started with a value")
            .help(format!("set it, as `--set {name}=…` does, or give the parameter a default"))
    };
    open.map(told).collect()
}
