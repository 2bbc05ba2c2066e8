//! Tests beside the program: apart when it is run, and put to it, one step at a
//! time, when they are. How their steps go is not known here.

use crate::calm::strata;
use crate::calm::strata::Strata;
use crate::diag::Diagnostic;
use crate::ids::RelId;
use crate::names::hir;
use crate::source::Span;
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

/// The program of these collections of tests alone; see
/// [`typed::Program::only_expected`].
pub fn expected(program: &typed::Program, wanted: &[RelId]) -> (typed::Program, Strata) {
    let small = program.only_expected(wanted);
    let strata = strata::stratify(&small, &mut Vec::new());
    (small, strata)
}

/// The program with these collections of tests; see
/// [`typed::Program::with_expected`].
pub fn tested(program: &typed::Program, wanted: &[RelId]) -> (typed::Program, Strata) {
    let whole = program.with_expected(wanted);
    let strata = strata::stratify(&whole, &mut Vec::new());
    (whole, strata)
}
