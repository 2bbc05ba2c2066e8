//! Tests of many nodes, checked beside the program. They are asked of a
//! program of their own, over the rows of all nodes; this room makes it, takes
//! it through the phases, and keeps of what is said what is said of tests. How
//! tests are run is not known here.

mod cast;
mod world;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Around;
use super::natives;
use crate::calm::strata;
use crate::calm::strata::Strata;
use crate::diag::Diagnostic;
use crate::ids::RelId;
use crate::names;
use crate::names::modules;
use crate::names::roles::Head;
use crate::names::scenarios::rewritten;
use crate::source::SourceMap;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;
use crate::types::infer;
use crate::types::judge;
use crate::types::typed;

pub use cast::Played;
pub(super) use cast::Wanted;
pub(super) use cast::of_group;
pub(super) use cast::played;

/// One role's program.
pub(super) struct Part<'a> {
    pub(super) head: &'a Head,
    pub(super) typed: &'a typed::Program,
}

/// The tests of many nodes of a program.
#[derive(Clone, Debug, Default)]
pub struct Scenarios {
    /// The program over all nodes; its tests are the list in `tests`, each with
    /// a `scenario`.
    pub program: typed::Program,
    /// Its strata, with those of the collections of tests.
    pub strata: Strata,
    /// What a collection of the program holds: the rows of one of a role's
    /// program, each behind the name of the node.
    pub rels: BTreeMap<RelId, (String, RelId)>,
    /// By test, in the order of its groups: what the nodes run.
    pub casts: Vec<Vec<Played>>,
    /// By test, its groups as they are written.
    wanted: Vec<Vec<Wanted>>,
    /// The collections that tests read, by the places of their names.
    reads: BTreeSet<Span>,
}

impl Scenarios {
    /// The places of the collections that tests read.
    pub(super) fn places(&self, sources: &SourceMap) -> Vec<Span> {
        self.reads.iter().map(|place| sources.written(*place)).collect()
    }

    /// Finds the program of every group; one that cannot be had leaves its test
    /// without a cast, and something is said.
    pub(super) fn cast(&mut self, mut program: impl FnMut(&Wanted) -> Option<Played>) {
        let wanted = std::mem::take(&mut self.wanted);
        let cast = |groups: Vec<Wanted>| groups.iter().map_while(&mut program).collect();
        self.casts = wanted.into_iter().map(cast).collect();
    }
}

/// Checks tests; what is wrong with them is said, and nothing else.
pub(super) fn check(
    tests: &[ast::Item],
    shared: &ast::Module,
    parts: &[Part<'_>],
    around: &Around<'_>,
    sources: &mut SourceMap,
    diags: &mut Vec<Diagnostic>,
) -> Option<Scenarios> {
    // Of what a role lacks because of an error, nothing is to be said here.
    if diags.iter().any(Diagnostic::is_error) || parts.iter().any(|p| !p.typed.bad_rules.is_empty())
    {
        return None;
    }
    let mut said = Vec::new();
    let declared = world::declared(parts);
    let tests = rewritten(tests, &declared, &mut said);
    let mut module = shared.clone();
    module.items.retain(|item| !matches!(item.kind, ItemKind::Test { .. }));
    module.items.extend(tests.iter().cloned());
    let given: Vec<String> =
        around.options.natives.iter().map(|native| native.name.clone()).collect();
    let loader = around.options.loader.as_deref();
    let mut expanded = modules::expand(&module, &given, loader, sources, &mut said);
    let mut whole = expanded.module.take().unwrap_or(module);
    whole.items.retain(|item| is_kept(&item.kind));
    let types = type_names(&whole);
    whole.items.extend(world::items(parts, &types, sources));
    let (files, natives) = natives::add(&around.options.natives, &mut whole, sources, &mut said);
    let options = names::Options {
        set: around.set.clone(),
        natives,
        open: around.open.clone(),
        roles: parts.iter().map(|part| part.head.name.text.clone()).collect(),
        ..names::Options::default()
    };
    let hir = names::resolve(&whole, &options, &mut said);
    let mut program = infer::infer(&hir, &mut said);
    judge::judge(&mut program, &hir, &mut said);
    program.part_from_tests(&hir.tests);
    let mut found = Scenarios::default();
    if !said.iter().any(Diagnostic::is_error) {
        found.strata = strata::stratify(&program.with_tests(), &mut said);
    }
    let inside = |span: Span| {
        let holds = |s: Span| s.file == span.file && s.lo <= span.lo && span.hi <= s.hi;
        tests.iter().any(|test| holds(test.span))
    };
    said.retain(|d| inside(d.primary.span) && !files.contains(&d.primary.span.file));
    let wrong = said.iter().any(Diagnostic::is_error);
    diags.append(&mut said);
    if wrong {
        return None;
    }
    found.wanted = cast::wanted(&tests);
    found.rels = rels(parts, &program);
    found.reads = reads(&program);
    found.program = program;
    Some(found)
}

/// Whether the program over all nodes has an item of the text.
fn is_kept(kind: &ItemKind) -> bool {
    kind.is_about_values() || matches!(kind, ItemKind::Import(_) | ItemKind::Test { .. })
}

fn type_names(module: &ast::Module) -> BTreeSet<String> {
    let name = |item: &ast::Item| match &item.kind {
        ItemKind::Enum { name, .. } | ItemKind::Record { name, .. } => Some(name.text.clone()),
        _ => None,
    };
    module.items.iter().filter_map(name).collect()
}

fn rels(parts: &[Part<'_>], program: &typed::Program) -> BTreeMap<RelId, (String, RelId)> {
    let mut found = BTreeMap::new();
    for part in parts {
        let role = &part.head.name.text;
        for (at, rel) in part.typed.rels.iter().enumerate().filter(|(_, rel)| world::is_named(rel))
        {
            let name = format!("{role}.{}", rel.name);
            if let Some(here) = program.rels.iter().position(|other| other.name == name) {
                found.insert(RelId(here as u32), (role.clone(), RelId(at as u32)));
            }
        }
    }
    found
}

fn reads(program: &typed::Program) -> BTreeSet<Span> {
    let mut found = BTreeSet::new();
    for rule in &program.tests.rules {
        judge::atoms(&rule.body.lits, &mut |atom, _| {
            let rel = program.rels.get(atom.rel.index());
            found.extend(rel.map(|rel| rel.name_span));
        });
    }
    found
}
