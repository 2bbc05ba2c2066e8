//! Bodies: what is an atom, a negation, an alternative, a binding, and what
//! is only a condition. Conjunctions are flattened; `and`, `or`, `not` remain
//! literals only where rows or bindings are inside them.

use std::collections::BTreeSet;

use super::calls::render;
use super::draws;
use super::hir;
use super::hir::LitKind;
use super::occurrences::Thing;
use super::occurrences::Use;
use super::patterns;
use super::patterns::Scope;
use super::resolve::Body;
use super::resolve::lower_first;
use super::scope::Symbol;
use super::words;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::BinOp;
use crate::syntax::ast::ExprKind;

impl Body<'_, '_> {
    /// A whole body.
    pub(super) fn body(&mut self, written: &[ast::Lit]) -> Vec<hir::Lit> {
        let mut binders = BTreeSet::new();
        for lit in written {
            if let ast::Lit::Plain { expr, otherwise: None } = lit {
                self.binders_of(expr, &mut binders);
            }
        }
        self.binders = binders;
        let mut out = Vec::new();
        written.iter().for_each(|lit| self.lit(lit, &mut out));
        out
    }

    /// Names that the conjunction binds without its alternatives, so that an
    /// `in` among those can be told to be a test.
    fn binders_of(&self, written: &ast::Expr, out: &mut BTreeSet<String>) {
        let mut names = Vec::new();
        match &written.kind {
            ExprKind::Paren(inner) => self.binders_of(inner, out),
            ExprKind::Binary(BinOp::And, _, a, b) => {
                self.binders_of(a, out);
                self.binders_of(b, out);
            }
            ExprKind::Binary(BinOp::Bind | BinOp::In, _, left, _) => {
                patterns::names_in(left, &mut names);
            }
            ExprKind::Call(callee, args) if self.names_rows(callee) => {
                args.iter().for_each(|a| patterns::names_in(a, &mut names));
            }
            ExprKind::Named(callee, args) if self.names_rows(callee) => {
                for arg in args {
                    match &arg.value {
                        Some(value) => patterns::names_in(value, &mut names),
                        None => names.push(&arg.name.text),
                    }
                }
            }
            _ => {}
        }
        out.extend(names.into_iter().map(str::to_string));
    }

    /// `Link` where only `link` is declared, and is a collection.
    fn capital(&self, callee: &ast::Expr) -> Option<(String, crate::ids::RelId)> {
        let ExprKind::Upper(name) = &callee.kind else { return None };
        let lower = lower_first(name);
        match self.cx.scope.symbol(&lower) {
            Some(Symbol::Rel(rel)) if !self.cx.scope.constructors.contains_key(name) => {
                Some((lower, rel))
            }
            _ => None,
        }
    }

    /// `Link(…)` for the collection `link`; says so.
    fn looks_like_rows(&mut self, callee: &ast::Expr) -> bool {
        let Some((lower, rel)) = self.capital(callee) else { return false };
        let ExprKind::Upper(name) = &callee.kind else { return false };
        let place = self.cx.program.rels[rel.index()].name_span;
        self.cx.report(
            Diagnostic::error(
                codes::UNKNOWN_COLLECTION,
                callee.span,
                format!("unknown collection `{name}`"),
            )
            .at("not declared")
            .label(place, format!("`{lower}` is declared here"))
            .help(format!("did you mean `{lower}`?"))
            .fix(format!("write `{lower}`"), callee.span, lower),
        );
        true
    }

    /// Whether `callee(…)` stands for rows, be they of a collection that is
    /// unknown or not supported yet.
    fn names_rows(&self, callee: &ast::Expr) -> bool {
        match &callee.kind {
            ExprKind::Name(name) => match self.cx.scope.symbol(name) {
                Some(Symbol::Rel(_) | Symbol::Given(_)) => true,
                Some(Symbol::Fn(..) | Symbol::Const(_)) => false,
                None => !words::is_function(name) && !draws::is_word(name),
            },
            ExprKind::Field(base, _) => self.is_poisoned_base(base),
            _ => false,
        }
    }

    /// `q` of `q.p(…)` where `q` is an instance that does not run yet.
    pub(super) fn is_poisoned_base(&self, base: &ast::Expr) -> bool {
        match &base.kind {
            ExprKind::Name(name) => {
                self.vars.find(name).is_none()
                    && self.cx.scope.symbol(name).is_none()
                    && self.cx.scope.is_poisoned(name)
            }
            ExprKind::Field(inner, _) => self.is_poisoned_base(inner),
            _ => false,
        }
    }

    fn lit(&mut self, written: &ast::Lit, out: &mut Vec<hir::Lit>) {
        match written {
            ast::Lit::Plain { expr, otherwise: None } => self.formula(expr, out),
            ast::Lit::Plain { expr, otherwise: Some(rhs) } => self.otherwise(expr, rhs, out),
            ast::Lit::All { var, range, lit, span } => {
                let range = self.expr(range);
                out.append(&mut self.wanted);
                let mark = self.vars.mark();
                if let Some(outer) = self.vars.enclosing(&var.text, mark) {
                    let place = ast::Expr { kind: ExprKind::Wildcard, span: var.span };
                    self.shadowed(&var.text, &place, outer);
                }
                let id = self.vars.touch_inner(&var.text, var.span, mark);
                let mut lits = Vec::new();
                self.lit(lit, &mut lits);
                self.vars.leave(mark);
                let kind = LitKind::All { var: id, var_span: var.span, range, lits };
                out.push(hir::Lit { kind, span: *span });
            }
        }
    }

    fn otherwise(&mut self, left: &ast::Expr, right: &ast::Expr, out: &mut Vec<hir::Lit>) {
        let span = left.span.to(right.span);
        let mut atoms = Vec::new();
        self.formula(left, &mut atoms);
        let mut rest = Vec::new();
        self.formula(right, &mut rest);
        let mut atoms = atoms.into_iter();
        let kind = match (atoms.next().map(|l| l.kind), atoms.next()) {
            (Some(LitKind::Atom(atom)), None) => LitKind::Else { atom, otherwise: rest },
            (Some(LitKind::Error), _) => LitKind::Error,
            _ => {
                self.cx.report(
                    Diagnostic::error(
                        codes::ELSE_WITHOUT_ATOM,
                        left.span,
                        "`else` needs the rows of one collection before it",
                    )
                    .at("this is not one atom")
                    .label(right.span, "taken when there is no row")
                    .help("write `p(k, v) else v = 0`; for a choice by condition write `if c then a else b`"),
                );
                LitKind::Error
            }
        };
        out.push(hir::Lit { kind, span });
    }

    /// A formula at literal position, as literals of the conjunction at hand.
    fn formula(&mut self, written: &ast::Expr, out: &mut Vec<hir::Lit>) {
        let span = written.span;
        let kind = match &written.kind {
            ExprKind::Paren(inner) => return self.formula(inner, out),
            ExprKind::Binary(BinOp::And, _, a, b) => {
                self.formula(a, out);
                return self.formula(b, out);
            }
            ExprKind::Binary(BinOp::Or, ..) if self.is_relational(written, false) => {
                let mut branches = Vec::new();
                self.branches(written, &mut branches);
                LitKind::Or(branches)
            }
            ExprKind::Not(inner) if self.is_relational(inner, true) => {
                return self.negation(inner, span, out);
            }
            ExprKind::Binary(BinOp::Bind, op, left, right) => self.bind(*op, left, right),
            ExprKind::Binary(BinOp::In, _, left, right) => self.member(left, right, span),
            ExprKind::Call(callee, args) if self.names_rows(callee) => {
                self.atom_or_error(callee, &ast::Args::Positional(args.clone()), span)
            }
            ExprKind::Named(callee, args) if matches!(callee.kind, ExprKind::Name(_)) => {
                self.atom_or_error(callee, &ast::Args::Named(args.clone()), span)
            }
            ExprKind::Call(callee, args) if self.looks_like_rows(callee) => {
                self.lost_args(&ast::Args::Positional(args.clone()));
                LitKind::Error
            }
            ExprKind::Tuple(parts) if self.is_relational(written, false) => {
                self.comma_for_and(parts, span)
            }
            _ => LitKind::Cond(self.expr(written)),
        };
        out.append(&mut self.wanted);
        out.push(hir::Lit { kind, span });
    }

    /// `(p(x), q(x))`: a tuple by its form, a conjunction by what stands in it.
    fn comma_for_and(&mut self, parts: &[ast::Expr], span: Span) -> LitKind {
        let mut diagnostic = Diagnostic::error(
            codes::COLLECTION_AS_VALUE,
            span,
            "inside parentheses the parts of a condition are joined by `and`",
        )
        .at("with `,` this is a tuple")
        .help("write `and`; a `,` joins only the parts of the body itself");
        if let [left, right] = parts {
            let comma = Span { lo: left.span.hi, hi: right.span.lo, ..span };
            diagnostic = diagnostic.fix("write `and`", comma, " and ");
        }
        self.cx.report(diagnostic);
        let mut lost = Vec::new();
        parts.iter().for_each(|part| self.formula(part, &mut lost));
        LitKind::Error
    }

    fn branches(&mut self, written: &ast::Expr, out: &mut Vec<Vec<hir::Lit>>) {
        match &written.kind {
            ExprKind::Binary(BinOp::Or, _, a, b) => {
                self.branches(a, out);
                self.branches(b, out);
            }
            ExprKind::Paren(inner) if matches!(inner.kind, ExprKind::Binary(BinOp::Or, ..)) => {
                self.branches(inner, out);
            }
            _ => {
                let mut conjunction = Vec::new();
                self.formula(written, &mut conjunction);
                out.push(conjunction);
            }
        }
    }

    /// `not (A or B)` is two negations, one for each.
    fn negation(&mut self, inner: &ast::Expr, span: Span, out: &mut Vec<hir::Lit>) {
        let mut branches = Vec::new();
        self.branches(inner, &mut branches);
        for conjunction in branches {
            // What is wrong inside has been said; a negation of nothing would hold always.
            let broken = conjunction.iter().any(|l| matches!(l.kind, LitKind::Error));
            if let [hir::Lit { kind: LitKind::Atom(atom), .. }] = &conjunction[..] {
                self.vars.denied.push(atom.span);
            }
            let kind = if broken { LitKind::Error } else { LitKind::Not(conjunction) };
            out.push(hir::Lit { kind, span });
        }
    }

    /// Whether rows are read or variables bound inside.
    fn is_relational(&self, written: &ast::Expr, negated: bool) -> bool {
        match &written.kind {
            ExprKind::Paren(inner) => self.is_relational(inner, negated),
            ExprKind::Not(inner) => self.is_relational(inner, true),
            ExprKind::Tuple(parts) => parts.iter().any(|part| self.is_relational(part, negated)),
            ExprKind::Binary(BinOp::And | BinOp::Or, _, a, b) => {
                self.is_relational(a, negated) || self.is_relational(b, negated)
            }
            ExprKind::Binary(BinOp::Bind, ..) => true,
            ExprKind::Binary(BinOp::In, _, left, right) => {
                let collection = matches!(&right.kind, ExprKind::Name(name)
                    if matches!(self.cx.scope.symbol(name), Some(Symbol::Rel(_)))
                        && !self.binders.contains(name));
                collection || patterns::has_wildcard(left) || (!negated && self.introduces(left))
            }
            ExprKind::Call(callee, _) => self.names_rows(callee) || self.capital(callee).is_some(),
            ExprKind::Named(callee, _) => matches!(callee.kind, ExprKind::Name(_)),
            _ => false,
        }
    }

    /// Whether a pattern names a variable that nothing else in the body binds.
    fn introduces(&self, left: &ast::Expr) -> bool {
        let mut names = Vec::new();
        patterns::names_in(left, &mut names);
        names.into_iter().any(|name| {
            !self.binders.contains(name)
                && !matches!(self.cx.scope.symbol(name), Some(Symbol::Const(_)))
        })
    }

    fn bind(&mut self, op: Span, left: &ast::Expr, right: &ast::Expr) -> LitKind {
        if patterns::is_pattern(left) {
            // The right side first: it reads what others have bound.
            let value = self.expr(right);
            return LitKind::Bind(self.pat(left, Scope::Rule), value);
        }
        self.expr(left);
        self.expr(right);
        let mut diagnostic = Diagnostic::error(
            codes::MISPLACED_EQUALS,
            left.span,
            "`=` names a value, and its left side is not a pattern",
        )
        .at("this is computed, so it cannot be given a value")
        .label(op, "names a value");
        let swapped = match &right.kind {
            ExprKind::Name(name) if !self.binders.contains(name) => render(left).map(|l| (name, l)),
            _ => None,
        };
        diagnostic = match swapped {
            Some((name, value)) => diagnostic.help(format!("write `{name} = {value}`")).fix(
                "swap the sides",
                left.span.to(right.span),
                format!("{name} = {value}"),
            ),
            None => diagnostic.help("write `==` to compare").fix("write `==`", op, "=="),
        };
        self.cx.report(diagnostic);
        LitKind::Error
    }

    fn member(&mut self, left: &ast::Expr, right: &ast::Expr, span: Span) -> LitKind {
        if self.refuse_collection_after_in(left, right, span) {
            return LitKind::Error;
        }
        let value = self.expr(right);
        LitKind::In(self.pat(left, Scope::Rule), value)
    }

    /// `x in p`, where `p` is a collection: rows are read by `p(x)`.
    pub(super) fn refuse_collection_after_in(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> bool {
        let ExprKind::Name(name) = &right.kind else { return false };
        let Some(Symbol::Rel(rel)) = self.cx.scope.symbol(name) else { return false };
        if self.binders.contains(name) || self.vars.find(name).is_some() {
            return false;
        }
        let place = self.cx.program.rels[rel.index()].name_span;
        let mut diagnostic = Diagnostic::error(
            codes::NOT_A_COLLECTION,
            right.span,
            format!("`in` looks into a value, and `{name}` is a collection"),
        )
        .at("a set, list or map is expected here")
        .label(place, "declared here");
        let args = match &left.kind {
            ExprKind::Tuple(parts) => {
                parts.iter().map(render).collect::<Option<Vec<_>>>().map(|p| p.join(", "))
            }
            _ => render(left),
        };
        diagnostic = match args {
            Some(args) => {
                let atom = format!("{name}({args})");
                diagnostic.help(format!("write `{atom}`")).fix(
                    format!("write `{atom}`"),
                    span,
                    atom,
                )
            }
            None => diagnostic.help(format!("write an atom: `{}`", self.cx.shape(rel))),
        };
        self.cx.report(diagnostic);
        true
    }

    fn atom_or_error(&mut self, callee: &ast::Expr, args: &ast::Args, span: Span) -> LitKind {
        match self.atom(callee, args, span) {
            Some(atom) => LitKind::Atom(atom),
            None => LitKind::Error,
        }
    }

    /// `callee(args)` as rows of a collection.
    pub(super) fn atom(
        &mut self,
        callee: &ast::Expr,
        args: &ast::Args,
        span: Span,
    ) -> Option<hir::Atom> {
        let ExprKind::Name(name) = &callee.kind else {
            // An instance of a module, refused where it is declared.
            self.cx.taint();
            self.lost_args(args);
            return None;
        };
        let name = ast::Name { text: name.clone(), span: callee.span };
        let rel = match self.cx.scope.symbol(&name.text) {
            Some(Symbol::Rel(rel)) => {
                self.cx.saw(name.span, Thing::Rel(rel), Use::Reads);
                rel
            }
            Some(Symbol::Given(given)) => {
                let rel = self.cx.given(given);
                self.cx.saw(name.span, Thing::Rel(rel), Use::Reads);
                rel
            }
            Some(Symbol::Fn(..) | Symbol::Const(_)) => {
                self.cx.not_a_collection(&name);
                self.lost_args(args);
                return None;
            }
            None => {
                self.cx.unknown_collection(&name.text, name.span, true);
                self.lost_args(args);
                return None;
            }
        };
        let args = match args {
            ast::Args::Positional(args) => {
                let pats: Vec<hir::Pat> = args.iter().map(|a| self.pat(a, Scope::Rule)).collect();
                if !self.cx.check_arity(rel, &name, args, span) {
                    return None;
                }
                pats
            }
            ast::Args::Named(args) => self.named_pats(rel, args, span),
        };
        self.cx.known_role(rel, &args);
        Some(hir::Atom { rel, args, news: false, span })
    }

    /// The atom is lost, but its variables are bound by what it would have been.
    fn lost_args(&mut self, args: &ast::Args) {
        match args {
            ast::Args::Positional(args) => {
                args.iter().for_each(|a| drop(self.pat(a, Scope::Rule)));
            }
            ast::Args::Named(args) => {
                args.iter().filter_map(|a| a.value.as_ref()).for_each(|a| {
                    self.pat(a, Scope::Rule);
                });
            }
        }
    }

    /// Columns that are not named match anything.
    fn named_pats(
        &mut self,
        rel: crate::ids::RelId,
        args: &[ast::NamedArg],
        span: Span,
    ) -> Vec<hir::Pat> {
        let places = self.cx.place_columns(rel, args);
        let width = self.cx.program.rels[rel.index()].cols.len();
        let mut pats = vec![hir::Pat { kind: hir::PatKind::Wild, span: span.end() }; width];
        for (column, arg) in places {
            let pat = match &arg.value {
                Some(value) => self.pat(value, Scope::Rule),
                None => {
                    self.vars.shorthands.push(arg.name.span);
                    self.pat(&shorthand(arg), Scope::Rule)
                }
            };
            if let Some(column) = column {
                pats[column] = pat;
            }
        }
        pats
    }
}

/// `c` for `c: c`.
pub(super) fn shorthand(arg: &ast::NamedArg) -> ast::Expr {
    ast::Expr { kind: ExprKind::Name(arg.name.text.clone()), span: arg.name.span }
}
