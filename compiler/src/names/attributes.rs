//! `@plan(a, b)` before a rule fixes the order in which the atoms of its body
//! are looked up: it must name each of them once, so that a rule that grows does
//! not keep an order that was meant for another body. Other attributes are next
//! door.

use super::hir;
use super::resolve::Cx;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Literal;

/// The attribute that orders atoms.
const PLAN: &str = "plan";

/// Whether it is this attribute.
pub(super) fn is_known(attr: &ast::Attr) -> bool {
    attr.name.text == PLAN
}

/// An atom that an order may name.
struct Named {
    name: String,
    span: Span,
    taken: bool,
}

impl Cx<'_> {
    /// Attributes of rules stand before rules.
    pub(super) fn plan_in_place(&mut self, item: &ast::Item) {
        if matches!(item.kind, ItemKind::Rule(_) | ItemKind::ViewRule { .. }) {
            return;
        }
        for attr in item.attrs.iter().filter(|attr| is_known(attr)) {
            self.report(
                Diagnostic::error(codes::PLAN_ORDER, attr.span, "`@plan` stands before a rule")
                    .at("what follows has no body")
                    .help("move it to the rule whose atoms it orders"),
            );
        }
    }

    /// The atoms of a body in the order that `@plan` gives; empty without one.
    pub(super) fn fixed_order(&mut self, item: &ast::Item, body: &[hir::Lit]) -> Vec<Span> {
        let mut attrs = item.attrs.iter().filter(|attr| is_known(attr));
        let Some(attr) = attrs.next() else { return Vec::new() };
        if let Some(second) = attrs.next() {
            self.report(
                Diagnostic::error(codes::PLAN_ORDER, second.span, "`@plan` is given twice")
                    .at("one of the two must go")
                    .label(attr.span, "the first one"),
            );
        }
        let mut atoms: Vec<Named> = body
            .iter()
            .filter_map(|lit| match &lit.kind {
                hir::LitKind::Atom(atom) => Some(Named {
                    name: self.program.rels[atom.rel.index()].name.clone(),
                    span: atom.span,
                    taken: false,
                }),
                _ => None,
            })
            .collect();
        let mut order = Vec::new();
        for entry in attr.args.iter().flatten() {
            match take(entry, &mut atoms) {
                Ok(span) => order.push(span),
                Err(diagnostic) => {
                    self.report(*diagnostic);
                    return Vec::new();
                }
            }
        }
        if let Some(left) = atoms.iter().find(|atom| !atom.taken) {
            let what = format!("`@plan` leaves out an atom of `{}`", left.name);
            self.report(
                Diagnostic::error(codes::PLAN_ORDER, attr.span, what)
                    .at("it must name every atom of the body once")
                    .label(left.span, "this one is not named"),
            );
        }
        order
    }
}

/// The atom that an entry of the order means.
fn take(entry: &ast::Expr, atoms: &mut [Named]) -> Result<Span, Box<Diagnostic>> {
    let error = |what: String| Diagnostic::error(codes::PLAN_ORDER, entry.span, what);
    let found = match &entry.kind {
        ExprKind::Name(name) => {
            if !atoms.iter().any(|atom| atom.name == *name) {
                let what = format!("no atom of this body is of `{name}`");
                return Err(Box::new(error(what).at("the order names collections of the body")));
            }
            atoms.iter_mut().find(|atom| !atom.taken && atom.name == *name)
        }
        ExprKind::Literal(Literal::Int(n)) => {
            let n = usize::try_from(*n).unwrap_or(usize::MAX);
            let count = atoms.len();
            match n.checked_sub(1).and_then(|at| atoms.get_mut(at)) {
                None => {
                    let what = format!("this body has no atom number {n}");
                    let at = format!("it has {count}, counted from 1");
                    return Err(Box::new(error(what).at(at)));
                }
                some => some.filter(|atom| !atom.taken),
            }
        }
        _ => {
            let what = "`@plan` takes names of collections, or numbers of atoms".to_string();
            return Err(Box::new(error(what).at("this is neither")));
        }
    };
    match found {
        Some(atom) => {
            atom.taken = true;
            Ok(atom.span)
        }
        None => {
            let what = "`@plan` names an atom twice".to_string();
            Err(Box::new(error(what).at("all atoms that this can mean were named before")))
        }
    }
}
