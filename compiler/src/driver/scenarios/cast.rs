//! The programs of the nodes of a test: that of their role, with the values that
//! the test gives to its parameters. A role is compiled for these values as it
//! would be for values on a command line, so that what is judged of a constant
//! is judged of the value that it has. How the nodes run is not known here.

use std::sync::Arc;

use crate::calm::strata::Strata;
use crate::diag::Diagnostic;
use crate::names::roles::Head;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::TestKind;
use crate::types::typed;

/// The program of the nodes of one group.
#[derive(Clone, Debug)]
pub struct Played {
    /// Its role.
    pub role: String,
    /// The program, with the values of its parameters.
    pub program: Arc<typed::Program>,
    /// Its strata.
    pub strata: Arc<Strata>,
    /// Whether its tables are those of the group: messages to the role arrive
    /// at every member.
    pub replicated: bool,
}

/// A group of a test, as it is written.
#[derive(Clone, Debug)]
pub(in crate::driver) struct Wanted {
    pub(in crate::driver) role: String,
    /// Values of parameters.
    pub(in crate::driver) args: Vec<(String, ast::Expr)>,
    pub(in crate::driver) span: Span,
}

/// The groups of every test, in the order of the text.
pub(super) fn wanted(tests: &[ast::Item]) -> Vec<Vec<Wanted>> {
    let groups = |item: &ast::Item| -> Vec<Wanted> {
        let ItemKind::Test { body, .. } = &item.kind else { return Vec::new() };
        let groups = body.iter().filter_map(|stmt| match &stmt.kind {
            TestKind::Nodes(groups) => Some(groups),
            _ => None,
        });
        groups.flatten().map(group).collect()
    };
    tests.iter().map(groups).collect()
}

fn group(group: &ast::NodeGroup) -> Wanted {
    let value = |arg: &ast::NamedArg| {
        let kind = ast::ExprKind::Name(arg.name.text.clone());
        arg.value.clone().unwrap_or(ast::Expr { kind, span: arg.name.span })
    };
    Wanted {
        role: group.role.text.clone(),
        args: group.args.iter().map(|arg| (arg.name.text.clone(), value(arg))).collect(),
        span: group.role.span,
    }
}

/// What is wrong with a role only for the values that a group gives it.
pub(in crate::driver) fn of_group(said: Vec<Diagnostic>, wanted: &Wanted) -> Vec<Diagnostic> {
    let told = said.into_iter().filter(Diagnostic::is_error);
    told.map(|one| one.label(wanted.span, "with the values that these nodes are given")).collect()
}

/// A role's program, to be played.
pub(in crate::driver) fn played(head: &Head, program: typed::Program, strata: Strata) -> Played {
    Played {
        role: head.name.text.clone(),
        program: Arc::new(program),
        strata: Arc::new(strata),
        replicated: head.replicated.is_some(),
    }
}
