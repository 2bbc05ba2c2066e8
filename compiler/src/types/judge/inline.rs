//! Functions put in the place of their calls. A function that can fail must not
//! fail for a value that is still growing; inside the rule its arithmetic can
//! be told how to run off towards bottom, inside the shared function it cannot.

use crate::ids::FnId;
use crate::ids::VarId;
use crate::limits;
use crate::types::parts::parts;
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

/// Replaces the calls of fallible functions on what comes from a merging column;
/// `false` when that makes the rule too large.
pub(super) fn calls(program: &Program, rule: &mut Rule) -> bool {
    if !program.fns.iter().any(|f| f.fallible) {
        return true;
    }
    let tainted = origin::flow(program, rule, &|_| true);
    if !tainted.contains(&true) {
        return true;
    }
    let Rule { args, vars, body, .. } = rule;
    let left = limits::INLINED_MAX;
    let mut inliner = Inliner { fns: &program.fns, tainted, vars, left, over: false };
    args.iter_mut().for_each(|arg| inliner.expr(arg));
    walk::open_exprs_mut(&mut body.lits, &mut |e| inliner.expr(e));
    !inliner.over
}

struct Inliner<'a> {
    fns: &'a [Fn],
    tainted: Vec<bool>,
    vars: &'a mut Vec<Var>,
    /// Parts that may still be put in.
    left: u64,
    over: bool,
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
        if !grows || !function.fallible || self.over {
            return;
        }
        match self.left.checked_sub(written_out(function, args)) {
            Some(left) => self.left = left,
            None => {
                self.over = true;
                return;
            }
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

/// Parts of a function's body with the arguments in the place of parameters.
fn written_out(function: &Fn, args: &[Expr]) -> u64 {
    let mut sizes = vec![1u64; function.vars.len()];
    for (param, arg) in function.params.iter().zip(args) {
        sizes[param.index()] = count(arg, &[]);
    }
    count(&function.body, &sizes)
}

fn count(e: &Expr, sizes: &[u64]) -> u64 {
    let mut sum = match &e.kind {
        ExprKind::Var(v) => sizes.get(v.index()).copied().unwrap_or(1),
        _ => 1,
    };
    parts(e, &mut |part| sum = sum.saturating_add(count(part, sizes)));
    sum
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
