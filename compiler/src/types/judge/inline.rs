//! Functions put in the place of their calls. A function that can fail must not
//! fail for a value that is still growing; inside the rule its arithmetic can
//! be told how to run off towards bottom, inside the shared function it cannot.

use crate::ids::FnId;
use crate::ids::VarId;
use crate::types::parts::parts_mut;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Fn;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Rule;
use crate::types::typed::Var;

use super::origin;
use super::walk;

/// Replaces the calls of fallible functions on what comes from a merging column.
pub(super) fn calls(program: &Program, rule: &mut Rule) {
    if !program.fns.iter().any(|f| f.fallible) {
        return;
    }
    let tainted = origin::flow(program, rule, &|_| true);
    if !tainted.contains(&true) {
        return;
    }
    let Rule { args, vars, body, .. } = rule;
    let mut inliner = Inliner { fns: &program.fns, tainted, vars };
    args.iter_mut().for_each(|arg| inliner.expr(arg));
    walk::open_exprs_mut(&mut body.lits, &mut |e| inliner.expr(e));
}

struct Inliner<'a> {
    fns: &'a [Fn],
    tainted: Vec<bool>,
    vars: &'a mut Vec<Var>,
}

impl Inliner<'_> {
    fn expr(&mut self, e: &mut Expr) {
        parts_mut(e, &mut |child| self.expr(child));
        let ExprKind::Call(FnId(id), args) = &e.kind else { return };
        let Some(function) = self.fns.get(*id as usize) else { return };
        let mut grows = false;
        for arg in args {
            walk::reads(arg, &mut |v, _| {
                grows = grows || self.tainted.get(v.index()).copied().unwrap_or(false);
            });
        }
        if !grows || !function.fallible {
            return;
        }
        let mut places: Vec<Option<Expr>> = vec![None; function.vars.len()];
        for (param, arg) in function.params.iter().zip(args) {
            places[param.index()] = Some(arg.clone());
        }
        // Variables of `match` arms become variables of the rule.
        let mut renamed: Vec<VarId> = Vec::with_capacity(function.vars.len());
        for var in &function.vars {
            renamed.push(VarId(self.vars.len() as u32));
            self.vars.push(Var { grows: None, ..var.clone() });
        }
        let mut body = function.body.clone();
        substitute(&mut body, &places, &renamed);
        // The body may call on.
        self.expr(&mut body);
        *e = Expr { ty: e.ty.clone(), span: e.span, kind: body.kind };
    }
}

fn substitute(e: &mut Expr, places: &[Option<Expr>], renamed: &[VarId]) {
    if let ExprKind::Var(v) = &e.kind {
        match places.get(v.index()) {
            Some(Some(arg)) => *e = arg.clone(),
            _ => e.kind = ExprKind::Var(renamed.get(v.index()).copied().unwrap_or(*v)),
        }
        return;
    }
    parts_mut(e, &mut |child| substitute(child, places, renamed));
    if let ExprKind::Match(_, arms) = &mut e.kind {
        arms.iter_mut().for_each(|(pat, _)| rename(pat, places, renamed));
    }
}

fn rename(pat: &mut Pat, places: &[Option<Expr>], renamed: &[VarId]) {
    match &mut pat.kind {
        PatKind::Var(v) => *v = renamed.get(v.index()).copied().unwrap_or(*v),
        PatKind::Expr(e) => substitute(e, places, renamed),
        PatKind::Tuple(ps) | PatKind::Construct(_, _, ps) => {
            ps.iter_mut().for_each(|p| rename(p, places, renamed));
        }
        PatKind::Some(p) => rename(p, places, renamed),
        PatKind::Wild | PatKind::None => {}
    }
}
