//! What stands in an atom's place, left of `=` and `in`, and in the arms of a
//! `match`. The grammar sees one kind of expression: here it is decided what
//! matches, what binds and what is only compared.

use super::hir;
use super::hir::PatKind;
use super::occurrences::Thing;
use super::occurrences::Use;
use super::resolve::Body;
use super::scope::Symbol;
use super::scope::TypeSymbol;
use super::words;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ExprKind;

/// Where a pattern stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scope {
    /// In a body: its variables are the rule's.
    Rule,
    /// In an arm that began at this mark: its variables are new.
    Arm(usize),
}

impl Body<'_, '_> {
    /// A pattern.
    pub(super) fn pat(&mut self, written: &ast::Expr, scope: Scope) -> hir::Pat {
        let span = written.span;
        let kind = match &written.kind {
            ExprKind::Wildcard => PatKind::Wild,
            ExprKind::Paren(inner) => return self.pat(inner, scope),
            ExprKind::Tuple(parts) => {
                PatKind::Tuple(parts.iter().map(|p| self.pat(p, scope)).collect())
            }
            ExprKind::Name(name) => self.pat_name(name, written, scope),
            ExprKind::Upper(name) => self.pat_upper(name, &[], written, scope),
            ExprKind::Call(callee, args) => match &callee.kind {
                ExprKind::Upper(name) => self.pat_upper(name, args, written, scope),
                _ => self.pat_expr(written, scope),
            },
            ExprKind::Named(base, fields) => self.pat_record(base, fields, written, scope),
            _ => self.pat_expr(written, scope),
        };
        hir::Pat { kind, span }
    }

    fn pat_name(&mut self, name: &str, written: &ast::Expr, scope: Scope) -> PatKind {
        let is_variable = self.vars.find(name).is_some();
        match self.cx.scope.symbol(name) {
            // A constant matches, it never binds.
            Some(Symbol::Const(_)) if !is_variable => PatKind::Expr(self.expr(written)),
            _ if !is_variable && words::is_value(name) => PatKind::Expr(self.expr(written)),
            _ => match scope {
                Scope::Rule => PatKind::Var(self.vars.touch(name, written.span, true)),
                Scope::Arm(mark) => {
                    if let Some(outer) = self.vars.enclosing(name, mark) {
                        self.shadowed(name, written, outer);
                    }
                    PatKind::Var(self.vars.touch_inner(name, written.span, mark))
                }
            },
        }
    }

    /// An arm inside an arm takes the name of the outer one's variable.
    pub(super) fn shadowed(&mut self, name: &str, written: &ast::Expr, outer: crate::ids::VarId) {
        let first = self.vars.arena[outer.index()].span;
        self.cx.report(
            Diagnostic::error(
                codes::SHADOWED_VARIABLE,
                written.span,
                format!("`{name}` is already a variable of the arm around this one"),
            )
            .at("new here, under a name in use")
            .label(first, "in use here")
            .help("give it another name"),
        );
    }

    fn pat_upper(
        &mut self,
        name: &str,
        args: &[ast::Expr],
        written: &ast::Expr,
        scope: Scope,
    ) -> PatKind {
        let called = matches!(written.kind, ExprKind::Call(..));
        match name {
            "None" if !called => return PatKind::None,
            "Some" => {
                if let [one] = args {
                    return PatKind::Some(Box::new(self.pat(one, scope)));
                }
                self.constructor_arity(name, written.span, 1, args.len(), None);
                return self.pat_rest(args, written, scope);
            }
            _ => {}
        }
        let Some(&(owner, index, place)) = self.cx.scope.constructors.get(name) else {
            self.unknown_constructor(name, written, called);
            return self.pat_rest(args, written, scope);
        };
        // The constructor is the first word of what is written.
        let word = Span { hi: written.span.lo + name.len() as u32, ..written.span };
        self.cx.saw(word, Thing::Variant(owner, index as u32), Use::Mentions);
        let wanted = self.cx.program.enums[owner.index()].variants[index].payload.len();
        if args.len() != wanted || (called && wanted == 0) {
            self.constructor_arity(name, written.span, wanted, args.len(), Some(place));
            return self.pat_rest(args, written, scope);
        }
        let parts = args.iter().map(|p| self.pat(p, scope)).collect();
        PatKind::Construct(owner, index, parts)
    }

    fn pat_record(
        &mut self,
        base: &ast::Expr,
        fields: &[ast::NamedArg],
        written: &ast::Expr,
        scope: Scope,
    ) -> PatKind {
        let ExprKind::Upper(name) = &base.kind else { return self.pat_expr(written, scope) };
        let Some(&(TypeSymbol::Record(id), _)) = self.cx.scope.types.get(name) else {
            return self.pat_expr(written, scope);
        };
        self.cx.saw(base.span, Thing::Record(id), Use::Mentions);
        for field in fields.iter().filter(|f| f.value.is_none()) {
            self.vars.shorthands.push(field.name.span);
        }
        match self.fields(id, fields, written.span, &mut |body, part| body.pat(part, scope)) {
            Some(parts) => PatKind::Record(id, parts),
            None => PatKind::Expr(hir::Expr { kind: hir::ExprKind::Error, span: written.span }),
        }
    }

    /// The pattern is lost, but its variables are not.
    fn pat_rest(&mut self, args: &[ast::Expr], written: &ast::Expr, scope: Scope) -> PatKind {
        args.iter().for_each(|p| drop(self.pat(p, scope)));
        PatKind::Expr(hir::Expr { kind: hir::ExprKind::Error, span: written.span })
    }

    fn pat_expr(&mut self, written: &ast::Expr, scope: Scope) -> PatKind {
        // An arm compares with what is written there, not with what is computed.
        if matches!(scope, Scope::Arm(_)) && !is_pattern(written) {
            self.cx.report(
                Diagnostic::error(codes::NOT_A_PATTERN, written.span, "this is not a pattern")
                    .at("an arm of `match` has a pattern here")
                    .help(
                        "patterns are variables, `_`, literals, constants, tuples, records and \
                         constructors; conditions go behind the arrow, as `if`",
                    ),
            );
            return PatKind::Expr(hir::Expr { kind: hir::ExprKind::Error, span: written.span });
        }
        PatKind::Expr(self.expr(written))
    }
}

/// Whether this can stand left of `=`: what binds, and literals.
pub(super) fn is_pattern(written: &ast::Expr) -> bool {
    match &written.kind {
        ExprKind::Wildcard
        | ExprKind::Name(_)
        | ExprKind::Upper(_)
        | ExprKind::Literal(_)
        | ExprKind::Tuple(_) => true,
        ExprKind::Paren(inner) => is_pattern(inner),
        ExprKind::Neg(inner) => matches!(inner.kind, ExprKind::Literal(_)),
        ExprKind::Call(callee, _) | ExprKind::Named(callee, _) => {
            matches!(callee.kind, ExprKind::Upper(_))
        }
        _ => false,
    }
}

/// Whether it holds a `_`, which is no expression.
pub(super) fn has_wildcard(written: &ast::Expr) -> bool {
    match &written.kind {
        ExprKind::Wildcard => true,
        ExprKind::Paren(inner) => has_wildcard(inner),
        ExprKind::Tuple(parts) => parts.iter().any(has_wildcard),
        ExprKind::Call(callee, args) if matches!(callee.kind, ExprKind::Upper(_)) => {
            args.iter().any(has_wildcard)
        }
        ExprKind::Named(callee, fields) if matches!(callee.kind, ExprKind::Upper(_)) => {
            fields.iter().filter_map(|f| f.value.as_ref()).any(has_wildcard)
        }
        _ => false,
    }
}

/// The names that a pattern can bind, in order.
pub(super) fn names_in<'e>(written: &'e ast::Expr, out: &mut Vec<&'e str>) {
    match &written.kind {
        ExprKind::Name(name) => out.push(name),
        ExprKind::Paren(inner) => names_in(inner, out),
        ExprKind::Tuple(parts) => parts.iter().for_each(|p| names_in(p, out)),
        ExprKind::Call(callee, args) if matches!(callee.kind, ExprKind::Upper(_)) => {
            args.iter().for_each(|p| names_in(p, out));
        }
        ExprKind::Named(callee, fields) if matches!(callee.kind, ExprKind::Upper(_)) => {
            for field in fields {
                match &field.value {
                    Some(value) => names_in(value, out),
                    None => out.push(&field.name.text),
                }
            }
        }
        _ => {}
    }
}
