//! Which columns hold values that move, and along which order: what merges, and
//! what is computed from counts and the like. A fixpoint over all rules; what
//! moves once keeps its order. What drives a value is not known here.

use std::collections::BTreeSet;
use std::collections::btree_map::Entry;

use crate::calm::model::Code;
use crate::calm::model::Variance;
use crate::calm::obstacles::word;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::typed::Agg;
use crate::types::typed::AggFn;
use crate::types::typed::LitKind;
use crate::types::typed::Role;

use super::clauses::Clause;
use super::depend::switches;
use super::depend::whole_group;
use super::growth::Growth;
use super::reading::not_below_zero;
use super::rules::Rules;
use super::system::Rel;
use super::system::Rels;
use super::tables::changed;
use super::unique::one_row_each;
use super::value::Flow;
use super::value::Gate;
use super::value::Node;
use super::value::Order;
use super::value::Place;
use super::value::Val;
use super::value::order_of;
use super::value::turned;
use super::walk;
use super::walk::Around;
use super::walk::Columns;
use super::walk::Found;
use super::walk::Moving;

/// The columns that move.
pub(crate) fn columns(rels: &Rels<'_>, rules: &Rules, growth: &Growth) -> Columns {
    let mut columns = Columns::new();
    for rel in (0..rels.len()).filter(|rel| growth.grows[*rel]) {
        for (col, of) in rels.get(rel).cols.iter().enumerate() {
            if let Role::Cell(lattice) = &of.role {
                let nonneg = of.ty == Ty::Nat;
                columns.insert((rel, col), Moving { order: order_of(lattice), nonneg });
            }
        }
    }
    let none = BTreeSet::new();
    let mut work: BTreeSet<usize> = (0..rules.len()).collect();
    while !work.is_empty() {
        let mut news = Vec::new();
        for at in std::mem::take(&mut work) {
            if growth.grows[rules[at].head] {
                let around = Around { rules, growth, fickle: &none };
                moved(around, rels, &columns, at, &mut news);
            }
        }
        for (place, moving) in news {
            if let Entry::Vacant(slot) = columns.entry(place) {
                slot.insert(moving);
                work.extend(rules.readers(place.0));
            }
        }
    }
    columns
}

/// The collections whose ordinary columns a rule makes move.
fn open(rels: &Rels<'_>, clause: &Clause) -> Vec<Rel> {
    let targets = match rels.get(clause.head).kind {
        RelKind::Stage(Stage::Delete | Stage::Replace, _) => return Vec::new(),
        RelKind::Stage(Stage::Send | Stage::Next, _) => rels.targets(clause.head).to_vec(),
        _ => vec![clause.head],
    };
    targets.into_iter().filter(|rel| carries(rels, *rel)).collect()
}

/// Whether a value that moves still does in a column of it that does not merge:
/// tables and shown events keep each value that they were given.
pub(crate) fn carries(rels: &Rels<'_>, rel: Rel) -> bool {
    let of = rels.get(rel);
    !(of.kind.is_table() || of.event && of.kind == RelKind::Output)
}

fn moved(
    around: Around<'_>,
    rels: &Rels<'_>,
    columns: &Columns,
    at: usize,
    news: &mut Vec<((Rel, usize), Moving)>,
) {
    let clause = &around.rules[at];
    let targets = open(rels, clause);
    if targets.is_empty() {
        return;
    }
    let mut found = walk::body(rels, columns, clause, changed(rels, clause), around);
    found.reader.aggs = aggregates((rels, around.rules), columns, clause, &found, at);
    for (col, arg) in clause.args.iter().enumerate() {
        let val = found.reader.expr(arg);
        if val.is_fixed() {
            continue;
        }
        let moving = Moving { order: val.order(), nonneg: val.nonneg() || arg.ty == Ty::Nat };
        for rel in &targets {
            if rels.get(*rel).cols.get(col).is_some_and(|c| !matches!(c.role, Role::Cell(_))) {
                news.push(((*rel, col), moving.clone()));
            }
        }
    }
}

/// The columns of what a rule reads that its group knows.
pub(crate) fn group_gate(rels: &Rels<'_>, clause: &Clause) -> Gate {
    use crate::types::typed::PatKind;
    let classes = clause.classes();
    let group: Vec<usize> = clause.group.iter().map(|v| classes[v.index()]).collect();
    let mut gate = Vec::new();
    super::clauses::atoms(&clause.lits, &mut |atom| {
        let mut cols = Vec::new();
        for (col, pat) in atom.args.iter().enumerate() {
            if let PatKind::Var(v) = pat.kind
                && group.contains(&classes[v.index()])
            {
                cols.push((classes[v.index()], col));
            }
        }
        gate.push((rels.number(clause.role, atom.rel), cols));
    });
    gate
}

/// The values of a rule's aggregates.
pub(crate) fn aggregates(
    (rels, rules): (&Rels<'_>, &Rules),
    columns: &Columns,
    clause: &Clause,
    found: &Found<'_>,
    at: usize,
) -> Vec<Val> {
    let gate = group_gate(rels, clause);
    let matches = match switches(rels, clause).is_empty() {
        true => Node::Matches(at),
        false => Node::Counted(at),
    };
    let one = |agg: &Agg| {
        let place = Place {
            span: agg.span,
            operator: word(agg.func).to_string(),
            code: Code::AggregateShown,
            gate: gate.clone(),
            mild: true,
        };
        aggregate((rels, rules), columns, clause, found, agg, matches, &place)
    };
    clause.aggs.iter().map(one).collect()
}

fn aggregate(
    (rels, rules): (&Rels<'_>, &Rules),
    columns: &Columns,
    clause: &Clause,
    found: &Found<'_>,
    agg: &Agg,
    matches: Node,
    place: &Place,
) -> Val {
    let args: Vec<Val> = agg.args.iter().map(|e| found.reader.expr(e)).collect();
    let fixed = args.iter().all(Val::is_fixed)
        && agg.by.iter().all(|(e, _)| found.reader.expr(e).is_fixed());
    let distinct: Vec<_> = match agg.func.counts_matches() {
        true => Vec::new(),
        false => agg.args.iter().chain(agg.by.iter().map(|(e, _)| e)).collect(),
    };
    if fixed && whole_group(rels, clause, &distinct) {
        return Val::Fixed;
    }
    let steady = steady((rels, rules), columns, clause);
    let arg = args.last().cloned().unwrap_or(Val::Fixed);
    let rows = |sign| Flow { node: matches, sign, via: Some(place.clone()) };
    let with = |order: Order, sign: Variance, nonneg: bool| {
        let mut flows = vec![rows(sign)];
        flows.extend(arg.along(&order, place));
        flows.iter_mut().for_each(|flow| flow.via = Some(place.clone()));
        Val::Moves { order, flows, nonneg }
    };
    let sign = if steady { Variance::Plus } else { Variance::Any };
    let of_nat = agg.args.last().is_some_and(|e| not_below_zero(&clause.lits, e));
    match agg.func {
        AggFn::Count => Val::Moves { order: Order::Up, flows: vec![rows(sign)], nonneg: true },
        AggFn::CountDistinct if arg.is_fixed() => {
            Val::Moves { order: Order::Up, flows: vec![rows(Variance::Plus)], nonneg: true }
        }
        AggFn::Sum if of_nat => with(Order::Up, sign, true),
        AggFn::Max => with(Order::Up, Variance::Plus, of_nat),
        AggFn::Any => with(Order::Up, Variance::Plus, false),
        AggFn::Min | AggFn::Choose => with(Order::Down, Variance::Plus, of_nat),
        AggFn::All => with(Order::Down, Variance::Plus, false),
        AggFn::Collect if arg.is_fixed() => {
            let ty = agg.args.last().map_or(Ty::Error, |e| e.ty.clone());
            Val::moves(Order::Lat(Lattice::Set(ty)), vec![rows(Variance::Plus)])
        }
        _ => {
            let strict = Place { mild: false, ..place.clone() };
            let mut flows = vec![rows(Variance::Any)];
            flows.extend(args.iter().flat_map(Val::flows));
            for (e, _) in &agg.by {
                flows.extend(found.reader.expr(e).flows());
            }
            Val::moves(Order::None, turned(flows, Variance::Any, &strict))
        }
    }
}

/// Whether no match goes away because a value in it moves: each collection with
/// such values has one rule, and rows of its own for each of its matches.
fn steady((rels, rules): (&Rels<'_>, &Rules), columns: &Columns, clause: &Clause) -> bool {
    clause.lits.iter().all(|lit| {
        let LitKind::Atom(atom) = &lit.kind else { return true };
        let rel = rels.number(clause.role, atom.rel);
        let of = rels.get(rel);
        let ordinary =
            of.cols.iter().enumerate().any(|(col, c)| {
                columns.contains_key(&(rel, col)) && !matches!(c.role, Role::Cell(_))
            });
        let fixed = || (0..of.cols.len()).filter(|col| !columns.contains_key(&(rel, *col)));
        // One row stands for each key, declared or not.
        !ordinary || of.has_values() || one_row_each(rels, rules, rel, &fixed().collect())
    })
}
