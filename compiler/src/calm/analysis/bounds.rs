//! Counts that cannot pass a bound: of a closed collection no more can be
//! counted than it has. Where a count is compared with that number, "equal" is
//! "at least". Other comparisons are not known here.

use crate::types::typed::AggFn;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;

use super::growth::Growth;
use super::rules::Rules;
use super::system::Rel;
use super::system::Rels;

/// What a column of counts counts: collections with a column of each, in which
/// every counted value stands.
fn counted(rels: &Rels<'_>, rules: &Rules, rel: Rel, col: usize) -> Option<Counted> {
    let clause = rules.only(rel)?;
    let ExprKind::Agg(at) = clause.args.get(col)?.kind else { return None };
    let agg = clause.aggs.get(at)?;
    let ([Expr { kind: ExprKind::Var(var), .. }], AggFn::CountDistinct) =
        (agg.args.as_slice(), agg.func)
    else {
        return None;
    };
    let mut places = Vec::new();
    for lit in &clause.lits {
        let LitKind::Atom(atom) = &lit.kind else { continue };
        for (at, pat) in atom.args.iter().enumerate() {
            if matches!(pat.kind, PatKind::Var(v) if v == *var) {
                places.push((rels.number(clause.role, atom.rel), at));
            }
        }
    }
    // All of a collection is counted where nothing else is asked.
    let whole = clause.lits.len() == 1
        && clause.group.is_empty()
        && clause.lits.iter().all(|lit| match &lit.kind {
            LitKind::Atom(atom) => {
                atom.args.iter().all(|p| matches!(p.kind, PatKind::Wild | PatKind::Var(_)))
            }
            _ => false,
        });
    Some(Counted { places, whole })
}

struct Counted {
    places: Vec<(Rel, usize)>,
    whole: bool,
}

/// Whether the counts in one column never pass the number in the other.
pub(crate) fn bounded(
    rels: &Rels<'_>,
    rules: &Rules,
    growth: &Growth,
    count: (Rel, usize),
    bound: (Rel, usize),
) -> bool {
    if growth.grows[bound.0] {
        return false;
    }
    let one = counted(rels, rules, count.0, count.1);
    let all = counted(rels, rules, bound.0, bound.1);
    match (one, all) {
        (Some(one), Some(all)) => {
            all.whole && all.places.iter().any(|place| one.places.contains(place))
        }
        _ => false,
    }
}
