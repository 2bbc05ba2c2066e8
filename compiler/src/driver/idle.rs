//! Modules that nothing uses, checked like the program and left out of it.
//! What is said of anything else is said where that is checked.

use super::Options;
use super::natives;
use crate::diag::Diagnostic;
use crate::names;
use crate::names::modules::Expanded;
use crate::source::SourceMap;
use crate::syntax::ast;
use crate::types::infer;
use crate::types::judge;

/// Checks them, as far as their types are known.
pub(super) fn check(
    expanded: &Expanded,
    options: &Options,
    sources: &mut SourceMap,
    diags: &mut Vec<Diagnostic>,
) {
    for (module, typed) in [(&expanded.idle, true), (&expanded.idle_names, false)] {
        let Some(module) = module else { continue };
        let mut said = one(module, typed, expanded, options, sources);
        said.retain(|diagnostic| expanded.copies.is_idle(diagnostic));
        diags.append(&mut said);
    }
}

fn one(
    module: &ast::Module,
    typed: bool,
    expanded: &Expanded,
    options: &Options,
    sources: &mut SourceMap,
) -> Vec<Diagnostic> {
    let mut said = Vec::new();
    let mut module = module.clone();
    let (_, natives) = natives::add(&options.natives, &mut module, sources, &mut said);
    let reach = expanded.reach.clone();
    let set = names::Options { natives, reach, ..names::Options::default() };
    let hir = names::resolve(&module, &set, &mut said);
    if typed {
        let mut typed = infer::infer(&hir, &mut said);
        judge::judge(&mut typed, &hir, &mut said);
    }
    said
}
