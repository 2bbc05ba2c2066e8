//! `fresh()` and `random(e)`: values that a rule draws. They are functions of
//! the seed of the tick, of the place in the program and of what the rule draws
//! for, so that a tick gives the same values whenever it is run again, and
//! whatever order its rows come in. Where they may stand is judged elsewhere.

use super::hir;
use super::hir::Expr;
use super::hir::ExprKind;
use super::hir::Given;
use super::hir::Lit;
use super::hir::LitKind;
use super::hir::Literal;
use super::hir::PatKind;
use super::resolve::Body;
use super::walk::arms;
use super::walk::children_mut;
use super::walk::free_vars;
use super::walk::pat_exprs_mut;
use super::walk::pat_vars;
use super::words;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::VarId;
use crate::source::Span;
use crate::syntax::ast;

impl Body<'_, '_> {
    /// `fresh()`, `random()`, `random(e)`: called with the seed as long as it is
    /// not known what the rule draws for.
    pub(super) fn draw(
        &mut self,
        name: &str,
        at: Span,
        args: &[ast::Expr],
        span: Span,
    ) -> ExprKind {
        let most = usize::from(name == "random");
        let written = self.exprs(args);
        if args.len() > most {
            let (title, help) = match name {
                "fresh" => ("`fresh` takes no arguments", "write `fresh()`"),
                _ => (
                    "`random` takes one argument or none",
                    "`random()` is a float from 0.0 below 1.0, and `random(e)` is below `e`",
                ),
            };
            let diagnostic = Diagnostic::error(codes::WRONG_ARGUMENTS, span, title);
            self.cx.report(diagnostic.at("too many arguments").help(help));
            return ExprKind::Error;
        }
        let Some(seed) = self.given_value(&format!("{name}()"), at) else {
            return ExprKind::Error;
        };
        let seed = Expr { kind: ExprKind::Var(seed), span };
        let args = std::iter::once(seed).chain(written).collect();
        ExprKind::Builtin { name: name.to_string(), args, name_span: at }
    }
}

/// Whether it is the word of such a call.
pub(super) fn is_word(name: &str) -> bool {
    matches!(name, "fresh" | "random")
}

/// Whether an expression is such a call; their names are no others' here.
fn is_draw(e: &Expr) -> bool {
    matches!(&e.kind, ExprKind::Builtin { name, .. } if is_word(name))
}

/// Whether something is drawn in an expression.
pub(super) fn draws(e: &Expr) -> bool {
    let mut found = false;
    e.each(&mut |e| found |= is_draw(e));
    found
}

/// Puts what they are in the place of all calls of a program.
pub(super) fn lower(program: &mut hir::Program) {
    let mut sites = 0;
    let is_clock = |given| matches!(given, Some(Given::Now | Given::Seed));
    let clocks: Vec<bool> = program.rels.iter().map(|rel| is_clock(rel.given)).collect();
    for rule in &mut program.rules {
        let mut clock_vars = Vec::new();
        for lit in &rule.body {
            if let LitKind::Atom(atom) = &lit.kind
                && clocks[atom.rel.index()]
            {
                atom.args.iter().for_each(|pat| pat_vars(pat, &mut clock_vars));
            }
        }
        if clock_vars.is_empty() {
            continue;
        }
        let mut sink = Sink { sites: &mut sites, clock_vars };
        sink.head(&mut rule.args);
        sink.body(&mut rule.body, &[]);
    }
}

struct Sink<'s> {
    /// Number of calls seen so far.
    sites: &'s mut i64,
    /// Variables of the rule that are other values in every tick.
    clock_vars: Vec<VarId>,
}

impl Sink<'_> {
    /// A head draws for its other values, and for the variables beside it.
    fn head(&mut self, args: &mut [Expr]) {
        if !args.iter().any(draws) {
            return;
        }
        let mut values = Vec::new();
        let mut beside = Vec::new();
        let mut all = Vec::new();
        for arg in args.iter() {
            let mut vars = Vec::new();
            free_vars(arg, &mut vars);
            all.extend(vars.iter().copied());
            if vars.iter().any(|var| self.clock_vars.contains(var)) {
                outside_aggregates(arg, &mut beside);
            } else if !vars.is_empty() {
                values.push(arg.clone());
            }
        }
        self.only_steady(&mut beside);
        self.only_steady(&mut all);
        values.extend(beside.into_iter().map(variable));
        // Inside an aggregate there are matches, and no other aggregates.
        let inside: Vec<Expr> = all.into_iter().map(variable).collect();
        args.iter_mut().for_each(|arg| self.expr(arg, &values, &inside));
    }

    fn only_steady(&self, vars: &mut Vec<VarId>) {
        vars.retain(|var| !self.clock_vars.contains(var));
        vars.sort();
        vars.dedup();
    }

    /// A body draws for what its atoms bind.
    fn body(&mut self, lits: &mut [Lit], around: &[VarId]) {
        let given: Vec<Vec<VarId>> = lits.iter().map(atom_vars).collect();
        let mut computed = Vec::new();
        for lit in lits.iter() {
            if let LitKind::Bind(pat, _) | LitKind::In(pat, _) = &lit.kind {
                pat_vars(pat, &mut computed);
            }
        }
        for (at, lit) in lits.iter_mut().enumerate() {
            let others = given.iter().enumerate().filter(|(i, _)| *i != at);
            let mut vars: Vec<VarId> = around.to_vec();
            vars.extend(others.flat_map(|(_, vars)| vars.iter().copied()));
            vars.retain(|var| !computed.contains(var));
            self.only_steady(&mut vars);
            let values: Vec<Expr> = vars.iter().copied().map(variable).collect();
            match &mut lit.kind {
                LitKind::Atom(atom) => self.pats(&mut atom.args, &values),
                LitKind::Cond(e) => self.expr(e, &values, &values),
                LitKind::Bind(pat, e) | LitKind::In(pat, e) => {
                    self.pats(std::slice::from_mut(pat), &values);
                    self.expr(e, &values, &values);
                }
                LitKind::Not(lits) => self.body(lits, &vars),
                LitKind::All { range, lits, .. } => {
                    self.expr(range, &values, &values);
                    self.body(lits, &vars);
                }
                LitKind::Or(branches) => {
                    branches.iter_mut().for_each(|lits| self.body(lits, &vars));
                }
                LitKind::Else { atom, otherwise } => {
                    self.pats(&mut atom.args, &values);
                    self.body(otherwise, &vars);
                }
                LitKind::Error => {}
            }
        }
    }

    fn pats(&mut self, pats: &mut [hir::Pat], values: &[Expr]) {
        for pat in pats {
            pat_exprs_mut(pat, &mut |e| self.expr(e, values, values));
        }
    }

    /// Replaces the calls in an expression, which draw for `values`, and inside
    /// of aggregates for `inside`.
    fn expr(&mut self, e: &mut Expr, values: &[Expr], inside: &[Expr]) {
        let values = if is_aggregate(e) { inside } else { values };
        for child in children_mut(e) {
            self.expr(child, values, inside);
        }
        let span = e.span;
        let ExprKind::Builtin { name, args, name_span } = &mut e.kind else { return };
        let (name_span, is_fresh) = (*name_span, name == "fresh");
        if !is_fresh && name != "random" {
            return;
        }
        let mut args = std::mem::take(args).into_iter();
        let Some(seed) = args.next() else { return };
        *self.sites += 1;
        let site = literal(Literal::Int(*self.sites), span);
        let here = |value: &Expr| Expr { span, ..value.clone() };
        let drawn = [seed, site].into_iter().chain(values.iter().map(here)).collect();
        let drawn = Expr { kind: ExprKind::Tuple(drawn), span };
        let call = |name: &str, args| {
            let kind = ExprKind::Builtin { name: name.to_string(), args, name_span };
            Expr { kind, span }
        };
        let made = if is_fresh {
            call("uuid_of", vec![drawn])
        } else {
            let end = args.next().unwrap_or_else(|| literal(Literal::Float(1.0), span));
            // Under its own name, so that messages have the word that was written.
            call("random", vec![call("hash", vec![drawn]), end])
        };
        *e = made;
    }
}

fn literal(literal: Literal, span: Span) -> Expr {
    Expr { kind: ExprKind::Literal(literal), span }
}

fn variable(var: VarId) -> Expr {
    Expr { kind: ExprKind::Var(var), span: Span::default() }
}

fn is_aggregate(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Builtin { name, args, .. } => words::is_aggregate(name, args.len()),
        _ => false,
    }
}

/// The variables of an expression that stand outside of its aggregates.
fn outside_aggregates(e: &Expr, out: &mut Vec<VarId>) {
    let mut own = Vec::new();
    arms(e, &mut own);
    let mut found = Vec::new();
    outside(e, &mut found);
    out.extend(found.into_iter().filter(|var| !own.contains(var)));
}

fn outside(e: &Expr, out: &mut Vec<VarId>) {
    if is_aggregate(e) {
        return;
    }
    if let ExprKind::Var(var) = e.kind {
        out.push(var);
    }
    e.children().into_iter().for_each(|child| outside(child, out));
}

/// What an atom binds wherever the conjunction holds.
fn atom_vars(lit: &Lit) -> Vec<VarId> {
    let mut vars = Vec::new();
    if let LitKind::Atom(atom) = &lit.kind {
        atom.args.iter().filter(|pat| !matches!(pat.kind, PatKind::Expr(_))).for_each(|pat| {
            pat_vars(pat, &mut vars);
        });
    }
    vars
}
