//! Aggregates inside their own recursion. A count, a sum of what is never
//! negative, a maximum only grow while matches are found, so thresholds may read
//! them before they are finished. Which rules may do so is said here, and what
//! stands in the way of the others; how growing values are read is not known.

use crate::ids::VarId;
use crate::names::hir::RelKind;
use crate::source::Span;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::typed::Agg;
use crate::types::typed::AggFn;
use crate::types::typed::Program;
use crate::types::typed::Role;
use crate::types::typed::Rule;

use super::behaviour::Behaviour;
use super::growth;
use super::monotone::Reader;
use super::monotone::aggregates;
use super::origin::Circles;
use super::walk;
use super::walk::Sign;

/// Why a rule cannot aggregate inside its own recursion.
#[derive(Clone, Debug)]
pub enum Obstacle {
    /// This aggregate may take back what it said.
    Aggregate(usize),
    /// This sum is of a type that has negative values.
    Sum(usize, Ty),
    /// The head is a table, which may hold rows from elsewhere.
    Table,
    /// Another rule, whose head stands here, feeds the same collection.
    Rules(Span),
    /// What is made of the aggregate in the head does not grow with it, or not
    /// as its column does.
    Head(Span),
    /// This variable still grows where it is aggregated.
    Grows(VarId, Span),
}

/// Marks the rules that aggregate while their matches are still being found,
/// and the columns of their heads that grow by it.
pub(super) fn mark(program: &mut Program, circles: &Circles) {
    for index in 0..program.rules.len() {
        let rule = &program.rules[index];
        if !recursive(rule, circles) {
            continue;
        }
        let Ok(columns) = columns(program, rule) else { continue };
        let head = rule.head.index();
        program.rules[index].grows = true;
        for (col, grows) in program.rels[head].cols.iter_mut().zip(columns) {
            col.grows = grows;
        }
    }
    // Where something that grows is aggregated the hope is given up again.
    for index in 0..program.rules.len() {
        let rule = &program.rules[index];
        if rule.grows && aggregated(program, circles, rule).is_some() {
            let head = rule.head.index();
            program.rules[index].grows = false;
            program.rels[head].cols.iter_mut().for_each(|col| col.grows = None);
        }
    }
}

/// What keeps a rule with aggregates from standing in its own recursion.
pub fn obstacle(program: &Program, rule: &Rule) -> Option<Obstacle> {
    match columns(program, rule) {
        Err(obstacle) => Some(obstacle),
        Ok(columns) => {
            let mut open = program.clone();
            for (col, grows) in open.rels[rule.head.index()].cols.iter_mut().zip(columns) {
                col.grows = grows;
            }
            let mut rule = rule.clone();
            rule.grows = true;
            let (var, span) = aggregated(&open, &Circles::of(program), &rule)?;
            Some(Obstacle::Grows(var, span))
        }
    }
}

/// Whether a rule aggregates what hangs on it and reads it nowhere as a whole.
fn recursive(rule: &Rule, circles: &Circles) -> bool {
    let mut positive = false;
    walk::atoms(&rule.body.lits, &mut |atom, sign| {
        positive |= sign == Sign::Positive && circles.together(atom.rel, rule.head);
    });
    !rule.aggs.is_empty() && positive
}

/// A growing value of the rule's own circle that it aggregates.
fn aggregated(program: &Program, circles: &Circles, rule: &Rule) -> Option<(VarId, Span)> {
    let own = circles.own(program, rule);
    let (_, reasons) = growth::read(program, circles, rule);
    let found = reasons.into_iter().find(|r| r.why == growth::AGGREGATED && own[r.var.index()]);
    found.map(|reason| (reason.var, reason.span))
}

/// For each column of the head that does not merge: the lattice in which it
/// grows.
fn columns(program: &Program, rule: &Rule) -> Result<Vec<Option<Lattice>>, Obstacle> {
    let Some(rel) = program.rels.get(rule.head.index()) else { return Err(Obstacle::Table) };
    let mut aggs = Vec::with_capacity(rule.aggs.len());
    for (i, agg) in rule.aggs.iter().enumerate() {
        aggs.push(Behaviour::Grows(lattice(i, agg)?));
    }
    let stored = matches!(rel.kind, RelKind::Table | RelKind::OutputTable | RelKind::StaticTable);
    if stored {
        return Err(Obstacle::Table);
    }
    let other = |other: &&Rule| other.head == rule.head && other.span != rule.span;
    if let Some(other) = program.rules.iter().find(other) {
        return Err(Obstacle::Rules(other.head_span));
    }
    let mut reader = Reader::new(program, vec![None; rule.vars.len()]);
    reader.aggs = aggs;
    let mut out = Vec::with_capacity(rel.cols.len());
    for (col, arg) in rel.cols.iter().zip(&rule.args) {
        let behaviour = reader.expr(arg);
        if let Some(span) = reader.stuck {
            return Err(Obstacle::Head(span));
        }
        out.push(match &col.role {
            Role::Cell(lattice) if behaviour.flows_into(lattice) => None,
            Role::Key | Role::Value if !aggregates(arg) => None,
            Role::Key | Role::Value => match column(&behaviour, &col.ty) {
                Some(lattice) => Some(lattice),
                None => return Err(Obstacle::Head(arg.span)),
            },
            Role::Cell(_) => return Err(Obstacle::Head(arg.span)),
        });
    }
    Ok(out)
}

/// The lattice in which an aggregate grows while more matches are found.
fn lattice(i: usize, agg: &Agg) -> Result<Lattice, Obstacle> {
    let ty = agg.args.last().map_or(Ty::Nat, |e| e.ty.clone());
    match agg.func {
        AggFn::Count | AggFn::CountDistinct => Ok(Lattice::Max(Ty::Nat)),
        AggFn::Sum if ty == Ty::Nat => Ok(Lattice::Max(Ty::Nat)),
        AggFn::Sum => Err(Obstacle::Sum(i, ty)),
        AggFn::Max => Ok(Lattice::Max(ty)),
        AggFn::Min => Ok(Lattice::Min(ty)),
        AggFn::Any => Ok(Lattice::Any),
        AggFn::All => Ok(Lattice::All),
        AggFn::Collect => Ok(Lattice::Set(ty)),
        AggFn::Avg | AggFn::Choose | AggFn::List | AggFn::Top | AggFn::ArgMin | AggFn::ArgMax => {
            Err(Obstacle::Aggregate(i))
        }
    }
}

/// The lattice of a column of the type that grows so.
fn column(behaviour: &Behaviour, ty: &Ty) -> Option<Lattice> {
    match (behaviour.lattice()?, ty) {
        (Lattice::Max(_), ty) => Some(Lattice::Max(ty.clone())),
        (Lattice::Min(_), ty) => Some(Lattice::Min(ty.clone())),
        (Lattice::Any, _) => Some(Lattice::Any),
        (Lattice::All, _) => Some(Lattice::All),
        (Lattice::Set(_), Ty::Set(of)) => Some(Lattice::Set((**of).clone())),
        _ => None,
    }
}
