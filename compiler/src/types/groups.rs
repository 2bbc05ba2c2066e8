//! Rules by rules: each on its own, except views that have no declaration but
//! their rule. Their columns are found out view by view, in the order in which
//! they need each other; those that need each other mutually together.

use std::collections::BTreeMap;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::RelId;
use crate::names::hir;
use crate::names::hir::LitKind as L;
use crate::types::context::Cx;
use crate::types::context::Env;
use crate::types::context::Solved;
use crate::types::context::each_var;
use crate::types::elaborate::Elab;
use crate::types::precise::lub;
use crate::types::precise::narrowest;
use crate::types::schema::plain;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::unify::T;

/// What becomes of the rules.
pub(crate) struct Outcome {
    /// The typed rules, each at its number; `None` for those with errors.
    pub rules: Vec<Option<typed::Rule>>,
    /// Heads of the rules with errors.
    pub bad: Vec<RelId>,
}

/// Types all rules.
pub(crate) fn rules<'a>(
    env: &mut Env<'a>,
    program: &'a hir::Program,
    diags: &mut Vec<Diagnostic>,
) -> Outcome {
    let mut outcome =
        Outcome { rules: program.rules.iter().map(|_| None).collect(), bad: Vec::new() };
    let mut by_head: BTreeMap<RelId, Vec<usize>> = BTreeMap::new();
    for (i, rule) in program.rules.iter().enumerate() {
        by_head.entry(rule.head).or_default().push(i);
    }
    let by_rule = |rel: RelId| program.rels.get(rel.index()).is_some_and(|r| r.by_rule);
    for group in in_order(program, &by_head, &by_rule) {
        let members: Vec<usize> =
            group.iter().flat_map(|rel| by_head.get(rel).cloned().unwrap_or_default()).collect();
        together(env, program, &group, &members, &mut outcome, diags);
    }
    for (copy, of, cols) in &program.tests.copies {
        for (i, col) in cols.iter().enumerate() {
            let ty = env.rels[of.index()].cols[*col].ty.clone();
            env.rels[copy.index()].cols[i].ty = ty;
        }
    }
    for (i, rule) in program.rules.iter().enumerate() {
        if !by_rule(rule.head) {
            together(env, program, &[], &[i], &mut outcome, diags);
        }
    }
    outcome
}

/// The views declared by their rules, in groups, needed ones first.
fn in_order(
    program: &hir::Program,
    by_head: &BTreeMap<RelId, Vec<usize>>,
    by_rule: &dyn Fn(RelId) -> bool,
) -> Vec<Vec<RelId>> {
    let mut needs: DiGraphMap<u32, ()> = DiGraphMap::new();
    for i in 0..program.rels.len() {
        let rel = RelId(i as u32);
        if !by_rule(rel) {
            continue;
        }
        needs.add_node(rel.0);
        for rule in by_head.get(&rel).into_iter().flatten() {
            each_atom(&program.rules[*rule].body, &mut |atom| {
                if by_rule(atom.rel) {
                    needs.add_edge(rel.0, atom.rel.0, ());
                }
            });
        }
    }
    let mut groups: Vec<Vec<RelId>> = Vec::new();
    for group in tarjan_scc(&needs) {
        let mut group: Vec<RelId> = group.into_iter().map(RelId).collect();
        group.sort();
        groups.push(group);
    }
    groups
}

fn each_atom(lits: &[hir::Lit], f: &mut dyn FnMut(&hir::Atom)) {
    for lit in lits {
        match &lit.kind {
            L::Atom(atom) => f(atom),
            L::Not(lits) | L::All { lits, .. } => each_atom(lits, f),
            L::Or(branches) => branches.iter().for_each(|b| each_atom(b, f)),
            L::Else { atom, otherwise } => {
                f(atom);
                each_atom(otherwise, f);
            }
            L::Cond(_) | L::Bind(..) | L::In(..) | L::Error => {}
        }
    }
}

/// Types rules that share unknown columns, those of the views `open`.
fn together<'a>(
    env: &mut Env<'a>,
    program: &'a hir::Program,
    open: &[RelId],
    members: &[usize],
    outcome: &mut Outcome,
    diags: &mut Vec<Diagnostic>,
) {
    let mut cx = Cx::new(env);
    for rel in open {
        let cols = &program.rels[rel.index()].cols;
        let types = cols.iter().map(|col| match &col.ty {
            Some(t) => T::from(&plain(t)),
            None => cx.uni.fresh(),
        });
        let types = types.collect();
        cx.open.insert(*rel, types);
    }
    for i in members {
        cx.rule(&program.rules[*i]);
    }
    let mut solved = cx.solve();
    diags.append(&mut solved.diags);
    for rel in open {
        close(env, program, *rel, &solved, members, diags);
    }
    if !open.is_empty() {
        signs(env, program, open, members, &solved);
    }
    for (scope, i) in members.iter().enumerate() {
        let rule = &program.rules[*i];
        if solved.scopes[scope].bad {
            outcome.bad.push(rule.head);
            continue;
        }
        let mut elab = Elab::new(env, &solved, &solved.scopes[scope]);
        let typed = elab.rule(rule);
        if elab.diags.iter().any(Diagnostic::is_error) {
            outcome.bad.push(rule.head);
        } else {
            outcome.rules[*i] = Some(typed);
        }
        diags.append(&mut elab.diags);
    }
}

/// Takes over the types found for the columns of a view, the narrowest first.
fn close(
    env: &mut Env<'_>,
    program: &hir::Program,
    rel: RelId,
    solved: &Solved<'_>,
    members: &[usize],
    diags: &mut Vec<Diagnostic>,
) {
    let Some(types) = solved.open.get(&rel) else { return };
    let decl = &program.rels[rel.index()];
    for (i, t) in types.iter().enumerate() {
        if decl.cols[i].ty.is_some() {
            continue;
        }
        let ty = if solved.uni.has_free(t) {
            if !excused(program, rel, i, solved, members) {
                diags.push(unknown(decl, i));
            }
            Ty::Error
        } else {
            narrowest(&solved.uni.ground(t))
        };
        env.rels[rel.index()].cols[i].ty = ty;
    }
}

/// Whether there is another reason why a column has no type: an error in one
/// of the rules, or a variable of the head that nothing binds.
fn excused(
    program: &hir::Program,
    rel: RelId,
    col: usize,
    solved: &Solved<'_>,
    members: &[usize],
) -> bool {
    members.iter().zip(&solved.scopes).any(|(i, scope)| {
        let rule = &program.rules[*i];
        if scope.bad {
            return true;
        }
        let mut alone = false;
        if let Some(arg) = rule.args.get(col).filter(|_| rule.head == rel) {
            each_var(arg, &mut |v| {
                let var = rule.vars.get(v.index());
                let in_head = rule.head_span.range();
                let first = var.map_or(0, |v| v.span.lo as usize);
                let written_in_body = var.is_some_and(|v| v.uses > 1 || !in_head.contains(&first));
                alone |= !written_in_body;
            });
        }
        alone
    })
}

fn unknown(decl: &hir::Rel, i: usize) -> Diagnostic {
    let col = &decl.cols[i];
    Diagnostic::error(
        codes::NO_TYPE,
        col.span,
        format!("nothing says what type column `{}` of `{}` has", col.name, decl.name),
    )
    .note("A view declared by its rule takes the types of its columns from what the rule reads.")
    .help(format!(
        "declare it on its own, `view {}(…);` with a type for each column, and write the rule after it",
        decl.name
    ))
}

/// The signs of the columns: `nat` until a rule says `int`, round by round.
fn signs(
    env: &mut Env<'_>,
    program: &hir::Program,
    open: &[RelId],
    members: &[usize],
    solved: &Solved<'_>,
) {
    let signed = |env: &Env<'_>| {
        open.iter().any(|rel| env.rels[rel.index()].cols.iter().any(|c| c.ty.widen() != c.ty))
    };
    let mut changed = signed(env);
    while changed {
        changed = false;
        for (scope, i) in solved.scopes.iter().zip(members) {
            if scope.bad {
                continue;
            }
            let rule = &program.rules[*i];
            let typed = Elab::new(env, solved, scope).rule(rule);
            for (arg, (col, decl)) in typed.args.iter().zip(
                env.rels[rule.head.index()]
                    .cols
                    .iter_mut()
                    .zip(&program.rels[rule.head.index()].cols),
            ) {
                let wider = lub(&col.ty, &arg.ty);
                if decl.ty.is_none() && col.ty != Ty::Error && wider != col.ty {
                    col.ty = wider;
                    changed = true;
                }
            }
        }
    }
}
