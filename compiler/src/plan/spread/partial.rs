//! Aggregates in two steps: each worker aggregates what it finds, and what comes
//! of that is put together where the group is at home. Only where the result is
//! the same to the last bit. Where the steps run is not known here.
//!
//! Rows of the first step hold the number of their worker, since two workers may
//! find the same. Each knows its own from a relation of one row.

use crate::ids::RelId;
use crate::ids::VarId;
use crate::plan::growing::Unfolded;
use crate::plan::growing::atom;
use crate::plan::growing::key;
use crate::plan::growing::nameless;
use crate::plan::spread::sites::columns;
use crate::plan::spread::sites::divides;
use crate::plan::spread::sites::positive;
use crate::types::ty::Ty;
use crate::types::typed::Agg;
use crate::types::typed::AggFn;
use crate::types::typed::Body;
use crate::types::typed::Col;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Rel;
use crate::types::typed::Role;
use crate::types::typed::Rule;
use crate::types::typed::Var;

/// Whether results of parts give the result of the whole.
pub fn is_combined(rule: &Rule) -> bool {
    rule.aggs.iter().all(|agg| combined(agg).is_some())
}

/// What puts the results of parts together. The sum of the parts of what is not
/// negative leaves its range only where the whole does.
fn combined(agg: &Agg) -> Option<AggFn> {
    match agg.func {
        AggFn::Count => Some(AggFn::Sum),
        AggFn::Sum if agg.ty == Ty::Nat => Some(AggFn::Sum),
        AggFn::Min | AggFn::Max | AggFn::Any | AggFn::All | AggFn::Choose => Some(agg.func),
        AggFn::Sum
        | AggFn::CountDistinct
        | AggFn::Avg
        | AggFn::Collect
        | AggFn::List
        | AggFn::Top
        | AggFn::ArgMin
        | AggFn::ArgMax => None,
    }
}

/// Whether all that a rule reads meets at one worker, so that each of its matches
/// is found by one worker alone.
pub fn meets(program: &Program, rule: &Rule) -> bool {
    let atoms = positive(&rule.body.lits);
    let Some((first, others)) = atoms.split_first() else { return false };
    let vars = (0..rule.vars.len() as u32).map(VarId);
    let in_all = |var: VarId| {
        let holds = |atom: &&crate::types::typed::Atom| !columns(program, atom, var).is_empty();
        holds(first) && others.iter().all(holds)
    };
    others.is_empty() || vars.into_iter().any(in_all)
}

/// Takes an aggregating rule apart. `number` is the relation of the workers'
/// numbers, once there is one.
pub fn apart(draft: &mut Unfolded, index: usize, number: &mut Option<RelId>) {
    let rule = draft.program.rules[index].clone();
    let number = *number.get_or_insert_with(|| numbers(draft, &rule));
    let mut finder = rule.clone();
    let span = rule.span;
    let own = Var { name: "worker".to_owned(), ty: Ty::Nat, grows: None, span };
    let worker = VarId(finder.vars.len() as u32);
    finder.vars.push(own);
    name_open(&draft.program, &mut finder);

    let groups: Vec<VarId> = [worker].into_iter().chain(rule.group.iter().copied()).collect();
    let mut cols: Vec<Col> = groups.iter().map(|var| key(&finder.vars[var.index()])).collect();
    let found = rule.aggs.iter().map(|agg| Var {
        name: String::new(),
        ty: agg.ty.clone(),
        grows: None,
        span: agg.span,
    });
    let found: Vec<Var> = found.collect();
    cols.extend(found.iter().map(|var| Col { role: Role::Key, ..key(var) }));
    let name = format!("{}.part", draft.program.rels[rule.head.index()].name);
    let part = draft.add(name, cols.clone(), rule.head, &rule);

    let var = |var: &VarId| {
        let ty = finder.vars[var.index()].ty.clone();
        Expr { kind: ExprKind::Var(*var), ty, span }
    };
    let result = |(at, agg): (usize, &Agg)| Expr {
        kind: ExprKind::Agg(at),
        ty: agg.ty.clone(),
        span: agg.span,
    };
    let results = rule.aggs.iter().enumerate().map(result);
    let args: Vec<Expr> = groups.iter().map(var).chain(results).collect();
    let of_number = draft.program.rels[number.index()].cols.clone();
    let mut lits = vec![atom(number, &of_number, &[Some(worker)], &rule)];
    lits.append(&mut finder.body.lits);
    let body = Body { lits, early: rule.body.early + 1 };
    finder = Rule { head: part, args, group: groups, body, order: Vec::new(), ..finder };
    draft.rule(index, finder);

    let mut reader = rule.clone();
    let mut read: Vec<Option<VarId>> = vec![None];
    read.extend(rule.group.iter().copied().map(Some));
    for (agg, var) in reader.aggs.iter_mut().zip(found) {
        let id = VarId(reader.vars.len() as u32);
        let (ty, at) = (var.ty.clone(), var.span);
        reader.vars.push(nameless(&key(&var)));
        read.push(Some(id));
        agg.func = combined(agg).unwrap_or(agg.func);
        agg.args = vec![Expr { kind: ExprKind::Var(id), ty, span: at }];
    }
    reader.body = Body { lits: vec![atom(part, &cols, &read, &rule)], early: 1 };
    reader.order = Vec::new();
    draft.program.rules[index] = reader;
}

/// Gives names to what atoms leave open: rows that no variable tells apart can
/// still be divided by it.
fn name_open(program: &Program, rule: &mut Rule) {
    let Rule { body, vars, .. } = rule;
    for lit in &mut body.lits {
        let LitKind::Atom(atom) = &mut lit.kind else { continue };
        let cols = &program.rels[atom.rel.index()].cols;
        for (col, pat) in cols.iter().zip(&mut atom.args) {
            if matches!(pat.kind, PatKind::Wild) && divides(col) {
                pat.kind = PatKind::Var(VarId(vars.len() as u32));
                pat.ty = col.ty.clone();
                vars.push(nameless(col));
            }
        }
    }
}

/// The relation in which each worker has its number.
fn numbers(draft: &mut Unfolded, like: &Rule) -> RelId {
    let own = Var { name: "number".to_owned(), ty: Ty::Nat, grows: None, span: like.span };
    let id = RelId(draft.program.rels.len() as u32);
    let rel = Rel::view("worker".to_owned(), vec![key(&own)], like.span, like.head_span);
    draft.program.rels.push(rel);
    draft.strata.of_rel.push(0);
    draft.strata.scc_of_rel.push(draft.strata.scc_of_rel.iter().max().map_or(0, |last| last + 1));
    draft.strata.recursive.push(false);
    draft.strata.order.insert(0, id);
    id
}
