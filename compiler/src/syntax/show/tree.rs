//! Expressions and columns as indented lines.

use super::Lines;
use crate::syntax::ast::Args;
use crate::syntax::ast::Collection;
use crate::syntax::ast::CollectionKind;
use crate::syntax::ast::Column;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::NamedArg;
use crate::syntax::ast::Op;
use crate::syntax::print;

/// The words of a kind.
pub(super) fn kind(kind: CollectionKind) -> String {
    print::kind_words(kind).join(" ")
}

/// The sign of a rule.
pub(super) fn op(op: Op) -> &'static str {
    print::op_sign(op)
}

/// The columns of a collection.
pub(super) fn columns(out: &mut Lines, collection: &Collection) {
    let sort = if collection.values.is_some() { "key" } else { "column" };
    for column in &collection.columns {
        self::column(out, sort, column);
    }
    for column in collection.values.iter().flatten() {
        self::column(out, "value", column);
    }
}

fn column(out: &mut Lines, sort: &str, column: &Column) {
    let at = if column.at { "@" } else { "" };
    out.line(&format!("{sort} {at}{}: {}", column.name.text, print::print_type(&column.ty)));
    if let Some(default) = &column.default {
        out.inside(|out| expr(out, default));
    }
}

/// Arguments of a head.
pub(super) fn args(out: &mut Lines, args: &Args) {
    out.line("head");
    out.inside(|out| match args {
        Args::Positional(args) => exprs(out, args),
        Args::Named(args) => named(out, args),
    });
}

fn exprs<'e>(out: &mut Lines, list: impl IntoIterator<Item = &'e Expr>) {
    for expr in list {
        self::expr(out, expr);
    }
}

fn named(out: &mut Lines, args: &[NamedArg]) {
    for arg in args {
        out.line(&format!("{}:", arg.name.text));
        out.inside(|out| exprs(out, &arg.value));
    }
}

/// An expression: its form, then its parts.
pub(super) fn expr(out: &mut Lines, expr: &Expr) {
    use ExprKind::*;
    let at = expr.span;
    let title = match &expr.kind {
        Name(text) => format!("name {text}"),
        Upper(text) => format!("constructor {text}"),
        Wildcard => "wildcard".into(),
        Literal(_) => format!("constant {}", print::print_expr(expr)),
        At(name) => format!("role {}", name.text),
        Seal(name, _) => format!("seal {}", name.text),
        Tuple(_) => "tuple".into(),
        Paren(_) => "parentheses".into(),
        List(_) => "list".into(),
        Set(_) => "set".into(),
        Map(_) => "map".into(),
        Match(..) => "match".into(),
        If(..) => "if".into(),
        Neg(_) => "minus".into(),
        Not(_) => "not".into(),
        Binary(op, ..) => format!("binary {}", print::sign(*op)),
        Field(_, name) => format!("field {}", name.text),
        TupleField(_, index, _) => format!("field {index}"),
        Index(..) => "index".into(),
        Call(..) => "call".into(),
        Named(..) => "named".into(),
        Try(_) => "try".into(),
    };
    out.line(&format!("{title} @{at:?}"));
    out.inside(|out| parts(out, expr));
}

fn parts(out: &mut Lines, expr: &Expr) {
    use ExprKind::*;
    match &expr.kind {
        Name(_) | Upper(_) | Wildcard | Literal(_) | At(_) => {}
        Seal(_, list) | Tuple(list) | List(list) | Set(list) => exprs(out, list),
        Paren(e) | Neg(e) | Not(e) | Try(e) | Field(e, _) | TupleField(e, ..) => self::expr(out, e),
        Map(pairs) => pairs.iter().for_each(|(a, b)| exprs(out, [a, b])),
        Match(e, arms) => {
            self::expr(out, e);
            arms.iter().for_each(|(a, b)| exprs(out, [a, b]));
        }
        If(c, a, b) => exprs(out, [&**c, &**a, &**b]),
        Binary(_, _, a, b) | Index(a, b) => exprs(out, [&**a, &**b]),
        Call(base, list) => {
            self::expr(out, base);
            exprs(out, list);
        }
        Named(base, args) => {
            self::expr(out, base);
            named(out, args);
        }
    }
}
