//! A bound that is split into shares: whoever spends names the share that it
//! spends from, and operations of different shares do not meet. What came of the
//! change is not known here.

use std::collections::BTreeMap;

use super::Proposal;
use super::draft::Draft;
use super::site::Site;
use super::uses;
use super::walk;
use super::writers::parsed_column;
use crate::calm::model::Kind;
use crate::source::Span;
use crate::syntax::ast::Collection;
use crate::syntax::ast::CollectionKind;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Literal;

/// The column that names a share.
const SHARE: &str = "share";

/// Proposes to split what an invariant bounds.
pub(super) fn propose(site: &Site<'_>, out: &mut Vec<Proposal>) {
    let point = site.point;
    let offered = point.alternatives.iter().any(|other| other.kind == Kind::Escrow);
    if point.kind == Kind::Exclusive && offered {
        out.extend(split(site));
    }
}

/// Collections that atoms of a statement name.
fn read(site: &Site<'_>, item: &Item) -> Vec<(String, Span)> {
    let mut out = Vec::new();
    walk::body(&mut item.clone(), &mut |expr| {
        if let Some((name, _)) = walk::atom(expr)
            && let Some((_, at)) = site.named_in(name, item.span)
        {
            out.push((name.to_string(), at));
        }
    });
    out
}

fn split(site: &Site<'_>) -> Option<Proposal> {
    let invariant = site.invariant()?;
    let mut draft = site.draft();
    let mut all: BTreeMap<String, Span> = BTreeMap::new();
    let mut open = read(site, &invariant);
    while let Some((name, at)) = open.pop() {
        if all.insert(name.clone(), at).is_none() {
            for writer in uses::writers(&mut draft, at, &name) {
                open.extend(read(site, &writer));
            }
        }
    }
    site.is_free(SHARE).then_some(())?;
    for (name, at) in &all {
        let of = draft.collection(*at)?.clone();
        shared(&mut draft, name, *at, &of, &all)?;
    }
    let many = read(site, &invariant).len() > 1;
    if !many {
        // One atom shares with nobody.
        draft.edit(invariant.span, |item| {
            walk::body(item, &mut |expr| {
                if walk::var(expr) == Some(SHARE) {
                    expr.kind = ExprKind::Wildcard;
                }
            });
        })?;
    }
    let (relation, output) = (&site.point.relation.name, site.point.output.text());
    let title =
        format!("split what `{output}` bounds into shares, and let `{relation}` name its share");
    let mut why = "Each share has its own bound: an operation that finds its share used up is \
                   refused, though another share may have enough. Only operations of one share wait \
                   for each other"
        .to_string();
    if let Some(bound) = bound(&invariant) {
        why.push_str(&format!(
            ". Make `{bound}` smaller: it bounds one share, and not all of them"
        ));
    }
    Some(site.proposal("escrow", title, &draft, Some(why)))
}

/// Gives a collection the column, and every use of it the variable.
fn shared(
    draft: &mut Draft<'_>,
    name: &str,
    at: Span,
    of: &Collection,
    all: &BTreeMap<String, Span>,
) -> Option<()> {
    let keyed_by_id = of.values.is_some() && copies_events(draft, name, at, of);
    let place = match keyed_by_id {
        true => of.columns.len() + of.values.as_ref().map_or(0, Vec::len),
        false => of.columns.len(),
    };
    uses::widen(draft, at, name, place, &mut |item, is_head| {
        let inside = uses::head(item).is_some_and(|head| all.contains_key(head))
            || matches!(item.kind, ItemKind::Invariant { .. });
        (is_head || inside).then(|| SHARE.to_string())
    })?;
    let new = parsed_column(&format!("{SHARE}: int"))?;
    draft.declare(at, |found| match &mut found.values {
        Some(values) if keyed_by_id => values.push(new),
        _ => found.columns.push(new),
    })
}

/// Whether rows are events, or events as they came: their key is an id.
fn copies_events(draft: &mut Draft<'_>, name: &str, at: Span, of: &Collection) -> bool {
    match of.kind {
        CollectionKind::Input | CollectionKind::Channel => true,
        CollectionKind::Table => {
            let writers = uses::writers(draft, at, name);
            !writers.is_empty() && writers.iter().all(|item| uses::body(item).len() == 1)
        }
        _ => false,
    }
}

/// The number that bounds, where it stands in the invariant.
fn bound(invariant: &Item) -> Option<u64> {
    let mut found = None;
    walk::body(&mut invariant.clone(), &mut |expr| {
        if let ExprKind::Literal(Literal::Int(number)) = &expr.kind
            && *number > 0
        {
            found = Some(*number);
        }
    });
    found
}
