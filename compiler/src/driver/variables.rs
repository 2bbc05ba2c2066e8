//! The variables of a question as it was typed: names that its positive parts
//! mention and that nothing else explains. What is overlooked or one too many
//! shows when the question is resolved; nothing rests on it.

use std::collections::BTreeSet;

use crate::syntax::ast;
use crate::syntax::ast::BinOp;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Lit;
use crate::syntax::ast::StrPart;

/// Each variable once, where it stands first.
pub(super) fn of(body: &[Lit], module: &ast::Module) -> Vec<Expr> {
    let mut known: BTreeSet<&str> = ["me", "now"].into();
    for item in &module.items {
        if let ItemKind::Const { name, .. } = &item.kind {
            known.insert(&name.text);
        }
    }
    let mut found = Vec::new();
    for lit in body {
        match lit {
            // What stands before `else` is bound by either side.
            Lit::Plain { expr, .. } => within(expr, &mut found),
            Lit::All { range, .. } => within(range, &mut found),
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|expr| match &expr.kind {
        ExprKind::Name(name) => {
            !name.starts_with('_') && !known.contains(name.as_str()) && seen.insert(name.clone())
        }
        _ => false,
    });
    found
}

fn name_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        _ => None,
    }
}

fn within(expr: &Expr, out: &mut Vec<Expr>) {
    match &expr.kind {
        ExprKind::Name(_) => out.push(expr.clone()),
        // Each side has variables of its own, and both give those they share.
        ExprKind::Binary(BinOp::Or, _, left, right) => {
            let (mut one, mut other) = (Vec::new(), Vec::new());
            within(left, &mut one);
            within(right, &mut other);
            one.retain(|a| other.iter().any(|b| name_of(a) == name_of(b)));
            out.append(&mut one);
        }
        // Nothing has a value outside of it.
        ExprKind::Not(_) => {}
        ExprKind::Call(_, args) => args.iter().for_each(|arg| within(arg, out)),
        ExprKind::Named(_, args) => {
            for arg in args {
                match &arg.value {
                    Some(value) => within(value, out),
                    None => out.push(Expr {
                        kind: ExprKind::Name(arg.name.text.clone()),
                        span: arg.name.span,
                    }),
                }
            }
        }
        ExprKind::Binary(_, _, left, right) | ExprKind::Index(left, right) => {
            within(left, out);
            within(right, out);
        }
        ExprKind::Tuple(all) | ExprKind::List(all) | ExprKind::Set(all) => {
            all.iter().for_each(|one| within(one, out));
        }
        ExprKind::Map(all) => all.iter().for_each(|(key, value)| {
            within(key, out);
            within(value, out);
        }),
        ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|one| within(one, out)),
        // The variables of its arms are its own.
        ExprKind::Match(value, _) => within(value, out),
        ExprKind::Paren(one)
        | ExprKind::Neg(one)
        | ExprKind::Try(one)
        | ExprKind::Field(one, _)
        | ExprKind::TupleField(one, ..) => within(one, out),
        ExprKind::Literal(ast::Literal::Str(parts)) => {
            for part in parts {
                if let StrPart::Expr(value) = part {
                    within(value, out);
                }
            }
        }
        ExprKind::Upper(_)
        | ExprKind::Wildcard
        | ExprKind::Literal(_)
        | ExprKind::At(_)
        | ExprKind::Seal(..) => {}
    }
}
