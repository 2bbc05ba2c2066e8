//! Walking over trees as written: every expression of a statement, every place
//! where a collection is named. What is changed there, and why, is not known here.

use crate::syntax::ast::Args;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Lit;
use crate::syntax::ast::Literal;
use crate::syntax::ast::NamedArg;
use crate::syntax::ast::StrPart;

/// Visits an expression and all inside of it, the outer ones first.
pub(super) fn exprs(expr: &mut Expr, f: &mut dyn FnMut(&mut Expr)) {
    use ExprKind::*;
    f(expr);
    match &mut expr.kind {
        Name(_) | Upper(_) | Wildcard | At(_) => {}
        Literal(literal) => parts(literal, f),
        Seal(_, all) | Tuple(all) | List(all) | Set(all) => many(all, f),
        Paren(one) | Neg(one) | Not(one) | Field(one, _) | TupleField(one, ..) | Try(one) => {
            exprs(one, f)
        }
        Map(pairs) => pairs.iter_mut().for_each(|(k, v)| both(k, v, f)),
        Match(of, arms) => {
            exprs(of, f);
            arms.iter_mut().for_each(|(k, v)| both(k, v, f));
        }
        If(a, b, c) => {
            both(a, b, f);
            exprs(c, f);
        }
        Binary(_, _, a, b) | Index(a, b) => both(a, b, f),
        Call(of, args) => {
            exprs(of, f);
            many(args, f);
        }
        Named(of, args) => {
            exprs(of, f);
            named(args, f);
        }
    }
}

fn both(a: &mut Expr, b: &mut Expr, f: &mut dyn FnMut(&mut Expr)) {
    exprs(a, f);
    exprs(b, f);
}

fn many(all: &mut [Expr], f: &mut dyn FnMut(&mut Expr)) {
    all.iter_mut().for_each(|one| exprs(one, f));
}

fn named(args: &mut [NamedArg], f: &mut dyn FnMut(&mut Expr)) {
    args.iter_mut().filter_map(|arg| arg.value.as_mut()).for_each(|one| exprs(one, f));
}

fn parts(literal: &mut Literal, f: &mut dyn FnMut(&mut Expr)) {
    let Literal::Str(parts) = literal else { return };
    for part in parts {
        if let StrPart::Expr(expr) = part {
            exprs(expr, f);
        }
    }
}

/// Visits the expressions of a literal of a body.
pub(super) fn lit(of: &mut Lit, f: &mut dyn FnMut(&mut Expr)) {
    match of {
        Lit::Plain { expr, otherwise } => {
            exprs(expr, f);
            otherwise.iter_mut().for_each(|one| exprs(one, f));
        }
        Lit::All { range, lit: inner, .. } => {
            exprs(range, f);
            lit(inner, f);
        }
    }
}

/// Visits the expressions of a head's arguments.
pub(super) fn args(of: &mut Args, f: &mut dyn FnMut(&mut Expr)) {
    match of {
        Args::Positional(all) => many(all, f),
        Args::Named(all) => named(all, f),
    }
}

/// Visits every expression of the body of a rule, and the condition of an invariant.
pub(super) fn body(item: &mut Item, f: &mut dyn FnMut(&mut Expr)) {
    match &mut item.kind {
        ItemKind::Rule(rule) => rule.body.iter_mut().for_each(|one| lit(one, f)),
        ItemKind::ViewRule { body, .. } => body.iter_mut().for_each(|one| lit(one, f)),
        ItemKind::Invariant { condition, .. } => exprs(condition, f),
        _ => {}
    }
}

/// Visits every expression of a rule, head and body.
pub(super) fn whole(item: &mut Item, f: &mut dyn FnMut(&mut Expr)) {
    match &mut item.kind {
        ItemKind::Rule(rule) => args(&mut rule.head.args, f),
        ItemKind::ViewRule { args: of, .. } => args(of, f),
        _ => {}
    }
    body(item, f);
}

/// The name of the collection of an atom by position, with its arguments.
pub(super) fn atom(expr: &Expr) -> Option<(&str, &[Expr])> {
    let ExprKind::Call(of, args) = &expr.kind else { return None };
    match &of.kind {
        ExprKind::Name(name) => Some((name, args)),
        _ => None,
    }
}

/// The arguments of an atom of this collection by position.
pub(super) fn atom_mut<'e>(expr: &'e mut Expr, of: &str) -> Option<&'e mut Vec<Expr>> {
    let ExprKind::Call(name, args) = &mut expr.kind else { return None };
    matches!(&name.kind, ExprKind::Name(name) if name == of).then_some(args)
}

/// The variable that an expression is.
pub(super) fn var(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Paren(inner) => var(inner),
        _ => None,
    }
}

/// How often a word stands as a variable in a statement.
pub(super) fn uses(item: &Item, word: &str) -> usize {
    let mut item = item.clone();
    let mut count = 0;
    let mut look = |expr: &mut Expr| match &expr.kind {
        ExprKind::Name(name) if name == word => count += 1,
        ExprKind::Named(_, args) => {
            count += args.iter().filter(|arg| arg.value.is_none() && arg.name.text == word).count();
        }
        _ => {}
    };
    whole(&mut item, &mut look);
    count
}

/// A word like this one that no expression of the statement has.
pub(super) fn free_name(item: &Item, like: &str) -> String {
    if uses(item, like) == 0 {
        return like.to_string();
    }
    let numbered = (2..).map(|n| format!("{like}{n}"));
    let mut free = numbered.filter(|name| uses(item, name) == 0);
    free.next().unwrap_or_else(|| like.to_string())
}
