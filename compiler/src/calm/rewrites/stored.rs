//! A table that becomes a view over what was ever put into it: what is deleted is
//! kept as a row of its own (tombstones), or goes with the row that it hangs on
//! (cascade). Readers stay as they are. What came of the change is not known here.

use super::Proposal;
use super::draft::Draft;
use super::site::Site;
use super::site::columns;
use super::uses;
use super::walk;
use crate::calm::model::Kind;
use crate::source::Span;
use crate::syntax::ast::Args;
use crate::syntax::ast::BinOp;
use crate::syntax::ast::Collection;
use crate::syntax::ast::CollectionKind;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Op;

/// Proposes to keep deletions, and to let what hangs on a row go with it.
pub(super) fn propose(site: &Site<'_>, out: &mut Vec<Proposal>) {
    match site.point.kind {
        Kind::Order => out.extend(tombstones(site)),
        Kind::Exclusive | Kind::Escrow => out.extend(cascade(site)),
        Kind::Seal | Kind::Persist | Kind::Local | Kind::Frontier => {}
    }
}

/// The table that a point is about: the head of its rule.
fn table(site: &Site<'_>, name: &str) -> Option<(Collection, Span)> {
    let (_, at) = site.named(name)?;
    let found = site.draft().collection(at)?.clone();
    (found.kind == CollectionKind::Table).then_some((found, at))
}

fn all(of: &Collection) -> usize {
    of.columns.len() + of.values.as_ref().map_or(0, Vec::len)
}

/// Renames what is stored, and lets a view of the old name stand over it.
fn rebased(
    site: &Site<'_>,
    draft: &mut Draft<'_>,
    (table, at): (&Collection, Span),
    more: &dyn Fn(&[String]) -> String,
) -> Option<String> {
    let name = &table.name.text;
    let stored = site.fresh(&format!("{name}_added"));
    draft.declare(at, |found| found.name.text = stored.clone())?;
    let mut whole = true;
    draft.beside(at, &mut |item| {
        if uses::head(item) != Some(name) {
            return;
        }
        match uses::op(item) {
            None | Some(Op::Now | Op::Next) => {}
            Some(Op::Delete) => return,
            Some(Op::Replace | Op::Send) => whole = false,
        }
        if let ItemKind::Rule(rule) = &mut item.kind {
            rule.head.path[0].text = stored.clone();
        }
    });
    whole.then_some(())?;
    let values = table.values.iter().flatten();
    let vars: Vec<String> =
        table.columns.iter().chain(values).map(|col| site.variable(&col.name.text)).collect();
    let shape = match &table.values {
        Some(values) => format!("{} => {}", columns(&table.columns), columns(values)),
        None => columns(&table.columns),
    };
    let list = vars.join(", ");
    draft.add(at, &format!("view {name}({shape});"))?;
    draft.add(at, &format!("{name}({list}) <= {stored}({list}), {};", more(&vars)))?;
    Some(stored)
}

fn tombstones(site: &Site<'_>) -> Option<Proposal> {
    let (table, at) = table(site, &site.point.rule.name)?;
    let name = table.name.text.clone();
    let mut draft = site.draft();
    let deletes: Vec<_> = uses::writers(&mut draft, at, &name)
        .into_iter()
        .filter(|item| uses::op(item) == Some(Op::Delete))
        .collect();
    // The columns that say which rows go, the same in all deletions.
    let by = |args: &[Expr]| -> Vec<usize> {
        let named = |at: &usize| !matches!(args[*at].kind, ExprKind::Wildcard);
        (0..args.len()).filter(named).collect()
    };
    let cols = by(uses::head_args(deletes.first()?));
    let same = deletes.iter().all(|item| {
        uses::head_args(item).len() == all(&table) && by(uses::head_args(item)) == cols
    });
    (same && !cols.is_empty()).then_some(())?;
    let declared: Vec<_> =
        table.columns.iter().chain(table.values.iter().flatten()).cloned().collect();
    let told: Vec<_> = cols.iter().map(|at| declared[*at].clone()).collect();
    let gone = site.fresh(&format!("{name}_gone"));
    let denied = |vars: &[String]| {
        let vars: Vec<&str> = cols.iter().map(|at| vars[*at].as_str()).collect();
        format!("not {gone}({})", vars.join(", "))
    };
    // Statements behind one place stand in the order in which they are added.
    draft.add(at, &format!("table {gone}({});", columns(&told)))?;
    rebased(site, &mut draft, (&table, at), &denied)?;
    for item in &deletes {
        draft.rule(item.span, |rule| {
            rule.head.path[0].text = gone.clone();
            if let (Some((op, _)), Args::Positional(args)) = (&mut rule.op, &mut rule.head.args) {
                *op = Op::Now;
                *args = cols.iter().map(|at| args[*at].clone()).collect();
            }
        })?;
    }
    let keys: Vec<String> = told.iter().map(|col| format!("`{}`", col.name.text)).collect();
    let title = format!("keep what is deleted from `{name}` as rows of `{gone}`, and deny it");
    let why = format!(
        "What was deleted from `{name}` stays deleted: a row with the same {} does not come back",
        keys.join(" and ")
    );
    Some(site.proposal("tombstones", title, &draft, Some(why)))
}

/// `not (child(_, p) and not parent(p))` of the invariant at the point.
fn restricted(site: &Site<'_>) -> Option<(Expr, Expr)> {
    match &site.invariant()?.kind {
        ItemKind::Invariant { condition, .. } => denied_pair(condition),
        _ => None,
    }
}

fn bare(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) => bare(inner),
        _ => expr,
    }
}

fn denied_pair(condition: &Expr) -> Option<(Expr, Expr)> {
    let ExprKind::Not(inner) = &bare(condition).kind else { return None };
    let ExprKind::Binary(BinOp::And, _, child, rest) = &bare(inner).kind else { return None };
    let ExprKind::Not(parent) = &bare(rest).kind else { return None };
    let (child, parent) = (bare(child), bare(parent));
    let both = walk::atom(child).is_some() && walk::atom(parent).is_some();
    both.then(|| (child.clone(), parent.clone()))
}

fn cascade(site: &Site<'_>) -> Option<Proposal> {
    let (child, parent) = restricted(site)?;
    let ((child, child_args), (parent, parent_args)) = (walk::atom(&child)?, walk::atom(&parent)?);
    let (table, at) = table(site, child)?;
    let places: Vec<Option<usize>> = parent_args
        .iter()
        .map(|arg| {
            let word = walk::var(arg)?;
            child_args.iter().position(|arg| walk::var(arg) == Some(word))
        })
        .collect();
    let with = |vars: &[String]| {
        let args = places.iter().map(|at| at.and_then(|at| vars.get(at)).map_or("_", |v| v));
        format!("{parent}({})", args.collect::<Vec<_>>().join(", "))
    };
    let mut draft = site.draft();
    let stored = rebased(site, &mut draft, (&table, at), &with)?;
    let title =
        format!("let rows of `{child}` go with their `{parent}`, in place of refusing that");
    let why = format!(
        "A row of `{child}` whose `{parent}` is gone is not there any more, where the program \
         refused it before; `{stored}` still has it"
    );
    Some(site.proposal("cascade", title, &draft, Some(why)))
}
