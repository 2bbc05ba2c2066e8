//! Bodies without `or`, `else` and `all`: one conjunction per way to match.
//! This room must not know relations' columns, nor any order but the strict
//! one, which it keeps.

use crate::ids::VarId;
use crate::types::typed::Atom;
use crate::types::typed::Body;
use crate::types::typed::Expr;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;

/// A literal of an alternative.
#[derive(Clone, Debug)]
pub struct Simple {
    /// What it asks for.
    pub kind: SimpleKind,
    /// Whether it stands after the literals that cannot fail.
    pub late: bool,
}

/// The forms that are left.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum SimpleKind {
    Atom(Atom),
    Absent(Vec<Simple>),
    Cond(Expr),
    Bind(Pat, Expr),
    In(Pat, Expr),
}

/// The alternatives of a body, each with its literals in the strict order.
pub fn alternatives(body: &Body) -> Vec<Vec<Simple>> {
    let (early, late) = body.lits.split_at(body.early.min(body.lits.len()));
    let mut out = vec![Vec::new()];
    extend(&mut out, early, false);
    extend(&mut out, late, true);
    out
}

/// Continues every conjunction with every way to match the literals.
fn extend(out: &mut Vec<Vec<Simple>>, lits: &[Lit], late: bool) {
    for lit in lits {
        let ways = ways(lit, late);
        if let [way] = &ways[..] {
            out.iter_mut().for_each(|start| start.extend(way.iter().cloned()));
            continue;
        }
        let longer = |start: &Vec<Simple>| {
            let start = start.clone();
            ways.iter().map(move |way| start.iter().chain(way).cloned().collect()).collect()
        };
        *out = out.iter().flat_map::<Vec<Vec<Simple>>, _>(longer).collect();
    }
}

fn conjunctions(lits: &[Lit], late: bool) -> Vec<Vec<Simple>> {
    let mut out = vec![Vec::new()];
    extend(&mut out, lits, late);
    out
}

/// The ways to match one literal.
fn ways(lit: &Lit, late: bool) -> Vec<Vec<Simple>> {
    let one = |kind| vec![vec![Simple { kind, late }]];
    match &lit.kind {
        LitKind::Atom(atom) => one(SimpleKind::Atom(atom.clone())),
        LitKind::Cond(e) => one(SimpleKind::Cond(e.clone())),
        LitKind::Bind(p, e) => one(SimpleKind::Bind(p.clone(), e.clone())),
        LitKind::In(p, e) => one(SimpleKind::In(p.clone(), e.clone())),
        LitKind::Not(lits) => vec![none_of(conjunctions(lits, late), late)],
        LitKind::Or(branches) => {
            branches.iter().flat_map(|lits| conjunctions(lits, late)).collect()
        }
        LitKind::Else { atom, otherwise, outputs } => {
            let present = Simple { kind: SimpleKind::Atom(atom.clone()), late };
            let mut open = atom.clone();
            open.args.iter_mut().for_each(|pat| forget(pat, outputs));
            let absent = Simple { kind: SimpleKind::Atom(open), late };
            let absent = Simple { kind: SimpleKind::Absent(vec![absent]), late };
            let mut out = vec![vec![present]];
            for way in conjunctions(otherwise, late) {
                out.push(std::iter::once(absent.clone()).chain(way).collect());
            }
            out
        }
        LitKind::All { var, range, lits } => {
            // Every element has a match: there is none for which there is none.
            let pat = Pat { kind: PatKind::Var(*var), ty: element(range), span: lit.span };
            let each = Simple { kind: SimpleKind::In(pat, range.clone()), late };
            let mut counterexample = vec![each];
            counterexample.extend(none_of(conjunctions(lits, late), late));
            one(SimpleKind::Absent(counterexample))
        }
    }
}

fn none_of(ways: Vec<Vec<Simple>>, late: bool) -> Vec<Simple> {
    ways.into_iter().map(|way| Simple { kind: SimpleKind::Absent(way), late }).collect()
}

/// Type of the elements of a range.
fn element(range: &Expr) -> crate::types::ty::Ty {
    use crate::types::ty::Ty;
    match &range.ty {
        Ty::List(t) | Ty::Set(t) | Ty::Bag(t) => (**t).clone(),
        Ty::Map(k, v) => Ty::Tuple(vec![(**k).clone(), (**v).clone()]),
        other => other.clone(),
    }
}

/// Leaves variables open in a pattern.
fn forget(pat: &mut Pat, vars: &[VarId]) {
    match &mut pat.kind {
        PatKind::Var(var) if vars.contains(var) => pat.kind = PatKind::Wild,
        PatKind::Tuple(pats) | PatKind::Construct(_, _, pats) => {
            pats.iter_mut().for_each(|p| forget(p, vars));
        }
        PatKind::Some(inner) => forget(inner, vars),
        PatKind::Wild | PatKind::None | PatKind::Var(_) | PatKind::Expr(_) => {}
    }
}

/// How often each variable stands in a pattern, absences included.
pub fn pattern_uses(lits: &[Simple], count: &mut dyn FnMut(VarId)) {
    for lit in lits {
        match &lit.kind {
            SimpleKind::Atom(atom) => atom.args.iter().for_each(|p| uses(p, count)),
            SimpleKind::Absent(inner) => pattern_uses(inner, count),
            SimpleKind::Cond(_) => {}
            SimpleKind::Bind(p, _) | SimpleKind::In(p, _) => uses(p, count),
        }
    }
}

fn uses(pat: &Pat, count: &mut dyn FnMut(VarId)) {
    match &pat.kind {
        PatKind::Var(var) => count(*var),
        PatKind::Tuple(pats) | PatKind::Construct(_, _, pats) => {
            pats.iter().for_each(|p| uses(p, count));
        }
        PatKind::Some(inner) => uses(inner, count),
        PatKind::Wild | PatKind::None | PatKind::Expr(_) => {}
    }
}
