//! Where events come from: whether two of one tick are one and the same, seen
//! twice. Events of different origin meet by chance. State is not known here.

use crate::ids::RelId;
use crate::names::hir::RelKind;
use crate::types::typed::Atom;
use crate::types::typed::PatKind;

use super::clauses::Clause;
use super::reading::told;
use super::rules::Rules;
use super::system::Rel;
use super::system::Rels;

/// Steps from a derived event back to where it came in.
const STEPS_MAX: usize = 16;

/// An event, with the columns of it that are copies of those of where it came from.
struct Origin {
    source: Rel,
    copies: Vec<Option<usize>>,
}

/// Where events of a collection come from, if they all come from one place.
pub(crate) fn source(rels: &Rels<'_>, rules: &Rules, role: usize, rel: RelId) -> Option<Rel> {
    origin(rels, rules, rels.number(role, rel), STEPS_MAX).map(|origin| origin.source)
}

fn origin(rels: &Rels<'_>, rules: &Rules, rel: Rel, steps: usize) -> Option<Origin> {
    let of = rels.get(rel);
    if of.kind.is_incoming() {
        return Some(Origin { source: rel, copies: (0..of.cols.len()).map(Some).collect() });
    }
    let clause = rules.only(rel)?;
    if steps == 0 || !rels.stages(rel).is_empty() {
        return None;
    }
    let [event] = clause.events(rels)[..] else { return None };
    let inner = origin(rels, rules, rels.number(clause.role, event.rel), steps - 1)?;
    let classes = clause.classes();
    let copies = clause.args.iter().map(|arg| {
        let mut vars = Vec::new();
        told(arg, &mut vars);
        let [var] = vars[..] else { return None };
        let col = event.args.iter().position(|pat| match pat.kind {
            PatKind::Var(v) => classes[v.index()] == classes[var.index()],
            _ => false,
        })?;
        inner.copies.get(col).copied().flatten()
    });
    Some(Origin { source: inner.source, copies: copies.collect() })
}

/// Whether two events of one body are one event.
pub(crate) fn together(
    rels: &Rels<'_>,
    rules: &Rules,
    clause: &Clause,
    a: &Atom,
    b: &Atom,
) -> bool {
    let of = |atom: &Atom| origin(rels, rules, rels.number(clause.role, atom.rel), STEPS_MAX);
    let (Some(x), Some(y)) = (of(a), of(b)) else { return false };
    if x.source != y.source {
        return false;
    }
    if rels.get(x.source).kind == RelKind::Periodic {
        return true;
    }
    let classes = clause.classes();
    let var = |atom: &Atom, origin: &Origin, col: usize| {
        let at = origin.copies.iter().position(|c| *c == Some(col))?;
        match atom.args.get(at).map(|pat| &pat.kind) {
            Some(PatKind::Var(v)) => Some(classes[v.index()]),
            _ => None,
        }
    };
    rels.identity(x.source).into_iter().all(|col| {
        let (left, right) = (var(a, &x, col), var(b, &y, col));
        left.is_some() && left == right
    })
}
