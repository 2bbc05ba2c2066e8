//! Where a collection is used by position, and columns that come and go there.
//! Uses by name need no change when a column comes. Why a column comes is not
//! known here.

use super::draft::Draft;
use super::draft::expr;
use super::walk;
use crate::source::Span;
use crate::syntax::ast::Args;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Lit;
use crate::syntax::ast::Op;

/// The arguments at one use.
pub(super) enum Use<'e> {
    /// Of a head.
    Head(&'e mut Vec<Expr>),
    /// Of an atom in a body.
    Atom(&'e mut Vec<Expr>),
}

/// Visits the uses of a collection in a statement.
pub(super) fn each(item: &mut Item, of: &str, f: &mut dyn FnMut(Use<'_>)) {
    if head(item).is_some_and(|name| name == of)
        && let ItemKind::Rule(rule) = &mut item.kind
        && let Args::Positional(args) = &mut rule.head.args
    {
        f(Use::Head(args));
    }
    walk::body(item, &mut |expr| {
        if let Some(args) = walk::atom_mut(expr, of) {
            f(Use::Atom(args));
        }
    });
}

/// The collection that a rule writes, by its word.
pub(super) fn head(item: &Item) -> Option<&str> {
    match &item.kind {
        ItemKind::Rule(rule) if rule.head.path.len() == 1 && !rule.seal => {
            Some(&rule.head.path[0].text)
        }
        _ => None,
    }
}

/// The operator of a rule; none of a fact.
pub(super) fn op(item: &Item) -> Option<Op> {
    match &item.kind {
        ItemKind::Rule(rule) => rule.op.map(|(op, _)| op),
        _ => None,
    }
}

/// The literals of a rule.
pub(super) fn body(item: &Item) -> &[Lit] {
    match &item.kind {
        ItemKind::Rule(rule) => &rule.body,
        ItemKind::ViewRule { body, .. } => body,
        _ => &[],
    }
}

/// The arguments of a rule's head.
pub(super) fn head_args(item: &Item) -> &[Expr] {
    match &item.kind {
        ItemKind::Rule(rule) => match &rule.head.args {
            Args::Positional(args) => args,
            Args::Named(_) => &[],
        },
        _ => &[],
    }
}

/// The rules that write a collection, by place.
pub(super) fn writers(draft: &mut Draft<'_>, declared: Span, of: &str) -> Vec<Item> {
    let mut out = Vec::new();
    draft.beside(declared, &mut |item| {
        if head(item) == Some(of) {
            out.push(item.clone());
        }
    });
    out
}

/// The literals of a body that are atoms as they stand, with what follows `else`.
pub(super) fn atoms(lits: &[Lit]) -> impl Iterator<Item = (usize, &str, &[Expr], Option<&Expr>)> {
    lits.iter().enumerate().filter_map(|(at, lit)| match lit {
        Lit::Plain { expr, otherwise } => {
            let (name, args) = walk::atom(expr)?;
            Some((at, name, args, otherwise.as_ref()))
        }
        Lit::All { .. } => None,
    })
}

/// `_`
pub(super) fn wildcard(like: Span) -> Expr {
    Expr { kind: ExprKind::Wildcard, span: like }
}

/// Literals from their texts.
pub(super) fn lits(texts: &[String]) -> Option<Vec<Lit>> {
    let parsed =
        crate::syntax::parse(crate::source::FileId(0), &format!("x() <= {};", texts.join(", ")));
    if !parsed.diagnostics.is_empty() {
        return None;
    }
    match parsed.module.items.into_iter().next()?.kind {
        ItemKind::Rule(rule) => Some(rule.body),
        _ => None,
    }
}

/// Puts an argument in at every use of a collection: what `f` says of a use, by
/// its statement and whether it is the head, or `_` in atoms. Where `f` says
/// nothing of a head nothing comes of the whole.
pub(super) fn widen(
    draft: &mut Draft<'_>,
    declared: Span,
    of: &str,
    at: usize,
    f: &mut dyn FnMut(&Item, bool) -> Option<String>,
) -> Option<()> {
    let mut whole = true;
    draft.beside(declared, &mut |item| {
        let before = item.clone();
        each(item, of, &mut |used| match used {
            Use::Head(args) => match f(&before, true).as_deref().and_then(expr) {
                Some(new) if at <= args.len() => args.insert(at, new),
                _ => whole = false,
            },
            Use::Atom(args) => {
                let new = f(&before, false).as_deref().and_then(expr);
                let new = new.unwrap_or_else(|| wildcard(before.span));
                match at <= args.len() {
                    true => args.insert(at, new),
                    false => whole = false,
                }
            }
        });
    });
    whole.then_some(())
}

/// Puts the arguments of every use into another order: the new place of each.
pub(super) fn permute(draft: &mut Draft<'_>, declared: Span, of: &str, order: &[usize]) {
    draft.beside(declared, &mut |item| {
        each(item, of, &mut |used| {
            let (Use::Head(args) | Use::Atom(args)) = used;
            if args.len() == order.len() {
                let old = args.clone();
                *args = order.iter().map(|from| old[*from].clone()).collect();
            }
        });
    });
}
