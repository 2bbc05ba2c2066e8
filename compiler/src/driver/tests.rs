//! Tests beside the program: apart when it is run, and put to it, one step at a
//! time, when they are. How their steps go is not known here.

use std::collections::BTreeSet;

use crate::calm::strata;
use crate::calm::strata::Strata;
use crate::diag::Diagnostic;
use crate::ids::RelId;
use crate::names::hir;
use crate::source::Span;
use crate::types::judge::atoms;
use crate::types::typed;

/// Takes tests apart from the program. Where they do not matter, nothing is
/// said of them.
pub fn part(
    hir: &hir::Program,
    program: &mut typed::Program,
    forget: bool,
    diags: &mut Vec<Diagnostic>,
) {
    program.part_from_tests(&hir.tests);
    if forget {
        let inside = |span: Span| {
            let holds = |s: Span| s.file == span.file && s.lo <= span.lo && span.hi <= s.hi;
            hir.tests.list.iter().any(|test| holds(test.span))
        };
        diags.retain(|d| !inside(d.primary.span));
        program.tests.list.clear();
    }
}

/// Circles among the views of tests are reported.
pub fn stratify(program: &typed::Program, diags: &mut Vec<Diagnostic>) {
    // What is wrong with the program itself was said of it alone.
    if !program.tests.list.is_empty() && !diags.iter().any(Diagnostic::is_error) {
        strata::stratify(&program.with_tests(), diags);
    }
}

/// A program of some collections of tests alone.
pub struct Expected {
    /// See [`typed::Program::only_expected`].
    pub program: typed::Program,
    /// Its strata.
    pub strata: Strata,
    /// Collections that it reads and does not fill, ascending.
    pub reads: Vec<RelId>,
}

/// The program of these collections of tests alone.
pub fn expected(program: &typed::Program, wanted: &[RelId]) -> Expected {
    let program = program.only_expected(wanted);
    let strata = strata::stratify(&program, &mut Vec::new());
    let filled: BTreeSet<RelId> = program.rules.iter().map(|rule| rule.head).collect();
    let mut reads = BTreeSet::new();
    for rule in &program.rules {
        atoms(&rule.body.lits, &mut |atom, _| {
            reads.insert(atom.rel);
        });
    }
    let reads = reads.difference(&filled).copied().collect();
    Expected { program, strata, reads }
}

/// The program with these collections of tests; see
/// [`typed::Program::with_expected`].
pub fn tested(program: &typed::Program, wanted: &[RelId]) -> (typed::Program, Strata) {
    let whole = program.with_expected(wanted);
    let strata = strata::stratify(&whole, &mut Vec::new());
    (whole, strata)
}
