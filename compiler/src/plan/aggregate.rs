//! Rules with aggregates: matches are gathered in groups, then the head is
//! computed once per group. This room must not know how a group is kept.
//!
//! All ways to match a body feed the same groups, so they are variants of one
//! plan rule.

use crate::ids::RelId;
use crate::ids::VarId;
use crate::plan::alternatives::Simple;
use crate::plan::alternatives::alternatives;
use crate::plan::cells;
use crate::plan::context::Shared;
use crate::plan::cyclic;
use crate::plan::deltas;
use crate::plan::deltas::Matches;
use crate::plan::fallible;
use crate::plan::goals::Goal;
use crate::plan::goals::GoalKind;
use crate::plan::goals::Places;
use crate::plan::goals::Regs;
use crate::plan::goals::Vars;
use crate::plan::goals::expr_vars;
use crate::plan::goals::reg;
use crate::plan::ir;
use crate::plan::ir::Agg;
use crate::plan::ir::Aggregate;
use crate::plan::ir::Reg;
use crate::plan::ir::Step;
use crate::plan::ir::Variant;
use crate::plan::ir::Window;
use crate::plan::join::Planner;
use crate::plan::lower::Lower;
use crate::plan::normal::Normal;
use crate::plan::rules;
use crate::plan::rules::Mode;
use crate::plan::upkeep::Kept;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::typed::AggFn;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;

/// Registers of an aggregate's parts.
struct Slots {
    limit: Option<Reg>,
    arg: Option<Reg>,
    by: Vec<Reg>,
    to: Reg,
}

/// The plan rule of a rule with aggregates.
pub fn rule(shared: &mut Shared, source: u32, rule: &typed::Rule) -> ir::Rule {
    let mut regs = rules::registers(rule);
    let slots: Vec<Slots> = rule.aggs.iter().map(|agg| slots(agg, &mut regs)).collect();
    let multiple = rule.aggs.iter().any(|agg| agg.func.counts_matches());
    let mut plan = rules::blank(shared, source, rule);
    let ways = alternatives(&rule.body);
    let mut kept = Vec::new();
    for lits in &ways {
        let (variant, way) = gather(shared, &mut regs, rule, &slots, lits, multiple);
        debug_assert_eq!(variant.delta.is_some(), rule.grows);
        plan.variants.push(variant);
        kept.push(way);
    }
    plan.kept = deltas::together(shared, kept);
    if let Some(Kept::Up(upkeep)) = &mut plan.kept {
        let ty = |v: &VarId| shared.types.id(&rule.vars[v.index()].ty);
        upkeep.group = rule.group.iter().map(ty).collect();
    }
    let aggs = rule.aggs.iter().zip(&slots).map(|(agg, slots)| described(shared, agg, slots));
    let aggs = aggs.collect();
    let results: Vec<Reg> = slots.iter().map(|s| s.to).collect();
    let finish = finish(shared, &mut regs, rule, &results);
    if fails(shared, rule, &ways, &mut regs) {
        for lits in &ways {
            let audit = audit(shared, &mut regs, rule, &slots, lits, multiple);
            match plan.audit {
                None => plan.audit = Some(audit),
                Some(_) => plan.also_audit.push(audit),
            }
        }
    }
    let group = rule.group.iter().map(|v| reg(*v)).collect();
    plan.aggregate = Some(Aggregate { group, aggs, grows: rule.grows, finish });
    plan.regs = regs.used;
    plan
}

/// The limit of `top`, and what is aggregated.
fn operands(agg: &typed::Agg) -> (Option<&Expr>, Option<&Expr>) {
    match (agg.func, agg.args.as_slice()) {
        (AggFn::Top, [limit, arg]) => (Some(limit), Some(arg)),
        (_, args) => (None, args.first()),
    }
}

/// The register of a variable that is a word in every way to match.
fn plain(e: &Expr) -> Option<Reg> {
    match (&e.kind, &e.ty) {
        (_, Ty::Tuple(_) | Ty::Set(_) | Ty::Map(..) | Ty::Bag(_)) => None,
        (ExprKind::Var(v), _) => Some(reg(*v)),
        _ => None,
    }
}

fn slots(agg: &typed::Agg, regs: &mut Regs) -> Slots {
    let (limit, arg) = operands(agg);
    Slots {
        limit: limit.map(|_| regs.fresh()),
        arg: arg.map(|e| plain(e).unwrap_or_else(|| regs.fresh())),
        by: agg.by.iter().map(|_| regs.fresh()).collect(),
        to: regs.fresh(),
    }
}

fn described(shared: &mut Shared, agg: &typed::Agg, slots: &Slots) -> Agg {
    let (_, arg) = operands(agg);
    let by = agg.by.iter().zip(&slots.by);
    Agg {
        func: agg.func,
        arg: slots.arg,
        arg_ty: shared.types.id(arg.map_or(&Ty::Nat, |e| &e.ty)),
        limit: slots.limit,
        by: by.map(|((e, desc), own)| (*own, shared.types.id(&e.ty), *desc)).collect(),
        to: slots.to,
        ty: shared.types.id(&agg.ty),
        span: agg.span,
    }
}

/// Evaluates what is aggregated, from left to right.
fn accumulate(lower: &mut Lower, rule: &typed::Rule, slots: &[Slots]) {
    rule.group.iter().for_each(|v| lower.word(reg(*v)));
    for (agg, slots) in rule.aggs.iter().zip(slots) {
        let (limit, arg) = operands(agg);
        for (e, own) in [(limit, slots.limit), (arg, slots.arg)] {
            if let (Some(e), Some(own)) = (e, own)
                && plain(e) != Some(own)
            {
                lower.eval_into(e, own);
            }
        }
        for ((e, _), own) in agg.by.iter().zip(&slots.by) {
            lower.eval_into(e, *own);
        }
    }
    lower.steps.push(Step::Accumulate);
}

fn gather(
    shared: &mut Shared,
    regs: &mut Regs,
    rule: &typed::Rule,
    slots: &[Slots],
    lits: &[Simple],
    multiple: bool,
) -> (Variant, Option<Kept>) {
    let rels = shared.layout.clone();
    let mut normal = Normal::new(shared.program, &rels, regs, false, lits);
    let mut goals = normal.conjunction(lits);
    let mut lifted = rule.clone();
    normal.head();
    for agg in &mut lifted.aggs {
        for e in agg.args.iter_mut().chain(agg.by.iter_mut().map(|(e, _)| e)) {
            let whole = std::mem::replace(e, normal.lift(e, true, &mut goals));
            normal.passed(&whole);
        }
    }
    let places = normal.places;
    let mut wanted = Vars::default();
    for v in &rule.group {
        match places.get(&reg(*v)) {
            Some(place) => place.reads(&mut wanted),
            None => wanted.add(reg(*v)),
        }
    }
    for agg in &lifted.aggs {
        let exprs = agg.args.iter().chain(agg.by.iter().map(|(e, _)| e));
        exprs.for_each(|e| expr_vars(e, &places, &mut wanted));
    }
    let fixed = &rule.order;
    let (head, places) = (rule.head, &places);
    let of = Matches { head, goals: &goals, places, wanted: &wanted, fixed };
    let kept = deltas::kept(shared, regs, &of, &mut |lower| accumulate(lower, &lifted, slots));
    let goals = cyclic::with_meets(shared, goals, fixed, multiple);
    let outer = Vars::default();
    let planner = Planner { shared, places, goals: &goals, outer: &outer, fixed, frugal: false };
    let delta = news(shared, rule, &goals);
    let order = planner.order(delta.map(|(index, _)| index));
    let mode = Mode { strict: false, multiple };
    let window = delta.map(|(index, _)| (index, Window::New));
    let steps = rules::write(shared, regs, places, mode, &mut |lower| {
        lower.goals(&goals, &order, window, &wanted);
        accumulate(lower, &lifted, slots);
    });
    (Variant { delta: delta.map(|(_, rel)| (rel, Window::New)), steps }, kept)
}

/// The one atom of a growing rule that brings news, and its relation.
fn news(shared: &Shared, rule: &typed::Rule, goals: &[Goal]) -> Option<(usize, RelId)> {
    let own = shared.component[rule.head.index()];
    let mut inside = goals.iter().enumerate().filter_map(|(index, goal)| match &goal.kind {
        GoalKind::Atom(atom) if shared.component[atom.rel.index()] == own => {
            Some((index, atom.rel))
        }
        _ => None,
    });
    inside.next().filter(|_| rule.grows)
}

fn audit(
    shared: &mut Shared,
    regs: &mut Regs,
    rule: &typed::Rule,
    slots: &[Slots],
    lits: &[Simple],
    multiple: bool,
) -> Variant {
    let (goals, places) = rules::strict_goals(shared, regs, lits);
    rules::strict_variant(shared, regs, &goals, &places, multiple, &mut |lower| {
        accumulate(lower, rule, slots);
    })
}

/// Whether body, aggregates or head can fail. Sums of whole numbers overflow.
fn fails(shared: &mut Shared, rule: &typed::Rule, ways: &[Vec<Simple>], regs: &mut Regs) -> bool {
    let program = shared.program;
    let own = rule.aggs.iter().any(|agg| {
        let exprs = agg.args.iter().chain(agg.by.iter().map(|(e, _)| e));
        matches!(agg.func, AggFn::Sum | AggFn::Top)
            || exprs.into_iter().any(|e| fallible::expr(e, program))
    });
    own || rule.args.iter().any(|e| fallible::expr(e, program))
        || ways.iter().any(|lits| {
            let (goals, _) = rules::strict_goals(shared, regs, lits);
            goals.iter().any(|g| fallible::goal(g, program))
        })
}

/// The head of a finished group.
fn finish(shared: &mut Shared, regs: &mut Regs, rule: &typed::Rule, results: &[Reg]) -> Vec<Step> {
    let head = cells::whole_head(shared.program, rule);
    let mode = Mode { strict: true, multiple: false };
    rules::write(shared, regs, &Places::new(), mode, &mut |lower| {
        rule.group.iter().for_each(|v| lower.bound.add(reg(*v)));
        lower.emit_with(&head, &mut |lower, e| {
            let mut coder = lower.coder();
            coder.aggs = results;
            let value = coder.expr(e);
            let code = coder.code;
            lower.push_code(code);
            value
        });
    })
}
