//! What can be promised, drawn or split before, so that nobody has to agree: a
//! seal that is declared, a fresh value in place of a chosen one. What came of the
//! change is not known here.

use super::Proposal;
use super::site::Site;
use super::uses;
use super::uses::Use;
use super::walk;
use crate::calm::model::Kind;
use crate::source::Span;
use crate::syntax::ast::BinOp;
use crate::syntax::ast::Closing;
use crate::syntax::ast::CollectionKind;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Lit;
use crate::syntax::ast::Name;

use super::writers::parsed_column;
use crate::types::ty::Ty;
use crate::types::typed::Role;

/// Proposes declarations and fresh values.
pub(super) fn propose(site: &Site<'_>, out: &mut Vec<Proposal>) {
    match site.point.kind {
        Kind::Seal => out.extend(sealed(site)),
        Kind::Exclusive => out.extend(fresh(site)),
        _ => {}
    }
}

fn sealed(site: &Site<'_>) -> Option<Proposal> {
    let point = site.point;
    let open = site.report.duties.iter().any(|duty| duty.point == point.id);
    (open && !point.key.is_empty()).then_some(())?;
    let (_, at) = site.source()?;
    let mut draft = site.draft();
    let declared = draft.collection(at)?;
    let may = matches!(
        declared.kind,
        CollectionKind::Input | CollectionKind::Channel | CollectionKind::InputTable
    );
    (may && declared.closing.is_none()).then_some(())?;
    let by = |text: &String| Name { text: text.clone(), span: Span::default() };
    draft.declare(at, |found| {
        found.closing = Some(Closing::Sealed(point.key.iter().map(by).collect()));
    })?;
    let (relation, key) = (&point.relation.name, point.key.join(", "));
    let title = format!("promise that `{relation}` ends: `sealed by {key}`");
    let why = format!(
        "Nothing that is shown changes. Whoever sends `{relation}` has to say when there will be \
         no more of one {}",
        point.key.join(" and ")
    );
    let found = site.proposal("sealed-by", title, &draft, Some(why));
    Some(Proposal { declares: true, ..found })
}

/// The collection and the column of `not (t(a, n) and t(b, n) and a != b)`.
fn unique(condition: &Expr) -> Option<(String, usize)> {
    let mut parts = Vec::new();
    let ExprKind::Not(inner) = &bare(condition).kind else { return None };
    conjuncts(inner, &mut parts);
    let atoms: Vec<(&str, &[Expr])> = parts.iter().filter_map(|part| walk::atom(part)).collect();
    let [(one, first), (other, second)] = atoms.as_slice() else { return None };
    let differ = parts.iter().any(|part| matches!(part.kind, ExprKind::Binary(BinOp::Ne, ..)));
    (one == other && first.len() == second.len() && differ && parts.len() == 3).then_some(())?;
    let same = |at: &usize| {
        walk::var(&first[*at]).is_some() && walk::var(&first[*at]) == walk::var(&second[*at])
    };
    let mut same = (0..first.len()).filter(same);
    let column = same.next()?;
    same.next().is_none().then(|| (one.to_string(), column))
}

fn bare(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) => bare(inner),
        _ => expr,
    }
}

fn conjuncts<'e>(expr: &'e Expr, out: &mut Vec<&'e Expr>) {
    match &bare(expr).kind {
        ExprKind::Binary(BinOp::And, _, a, b) => {
            conjuncts(a, out);
            conjuncts(b, out);
        }
        _ => out.push(bare(expr)),
    }
}

fn fresh(site: &Site<'_>) -> Option<Proposal> {
    let (table, column) = match &site.invariant()?.kind {
        ItemKind::Invariant { condition, .. } => unique(condition)?,
        _ => return None,
    };
    let (rel, at) = site.named(&table)?;
    // A row that has an id of its own needs no chosen one.
    let others = rel.cols.iter().enumerate().filter(|(at, _)| *at != column);
    let id = others.clone().any(|(_, col)| col.ty == Ty::Uuid);
    let keyed = rel.has_values() && rel.cols.get(column).is_some_and(|col| col.role == Role::Value);
    (id || keyed).then_some(())?;
    let mut draft = site.draft();
    let mut name = String::new();
    draft.declare(at, |declared| {
        let columns = declared.columns.iter_mut().chain(declared.values.iter_mut().flatten());
        if let Some(col) = columns.into_iter().nth(column) {
            name = col.name.text.clone();
            if let Some(new) = parsed_column(&format!("{name}: uuid")) {
                col.ty = new.ty;
            }
        }
    })?;
    let mut changed = false;
    draft.beside(at, &mut |item| {
        if uses::head(item) != Some(&table) {
            return;
        }
        let mut chosen = None;
        uses::each(item, &table, &mut |used| {
            if let Use::Head(args) = used
                && let Some(arg) = args.get_mut(column)
            {
                chosen = walk::var(arg).map(str::to_string);
                if let Some(new) = super::draft::expr("fresh()") {
                    *arg = new;
                    changed = true;
                }
            }
        });
        // What nobody reads any more is not named.
        let Some(word) = chosen.filter(|word| walk::uses(item, word) == 1) else { return };
        if let ItemKind::Rule(rule) = &mut item.kind {
            rule.body.iter_mut().for_each(|lit: &mut Lit| {
                walk::lit(lit, &mut |expr| {
                    if walk::var(expr) == Some(&word) {
                        expr.kind = ExprKind::Wildcard;
                    }
                });
            });
        }
    });
    changed.then_some(())?;
    let title = format!("draw a fresh `{name}` in place of letting it be chosen");
    let why = format!("`{name}` of `{table}` is an id that nobody chooses, and no two are equal");
    Some(site.proposal("fresh", title, &draft, Some(why)))
}
