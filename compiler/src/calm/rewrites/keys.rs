//! A finer key: a column of what is waited for is carried along the way to the
//! output, so that parts of it close one by one. What came of the change is not
//! known here.

use std::collections::BTreeMap;

use super::Proposal;
use super::draft::Draft;
use super::site::Site;
use super::uses;
use super::walk;
use super::writers::parsed_column;
use crate::calm::model::Kind;
use crate::source::Span;
use crate::syntax::ast::Column;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::print;

/// Columns that are tried.
const TRIED_MAX: usize = 2;

/// Types of which each value comes about once, so that nothing is gained.
const UNIQUE: &[&str] = &["uuid", "time", "float"];

/// Where a collection has the column that is carried, by its word.
type Carried = BTreeMap<String, usize>;

/// Proposes to carry a column along the way.
pub(super) fn propose(site: &Site<'_>, out: &mut Vec<Proposal>) {
    if site.point.kind != Kind::Seal || !site.point.key.is_empty() {
        return;
    }
    let Some((rel, at)) = site.source() else { return };
    let Some(source) = site.draft().collection(at).cloned() else { return };
    // What stands behind `=>` is what is told of a key, and no part of one.
    let columns = source.columns.clone();
    if columns.iter().filter(|col| !col.at).count() + source.values.iter().flatten().count() < 2 {
        return;
    }
    let may = |col: &Column| !col.at && !UNIQUE.contains(&print::print_type(&col.ty).as_str());
    let tried = columns.iter().enumerate().filter(|(_, col)| may(col)).take(TRIED_MAX);
    for (place, column) in tried {
        out.extend(carried(site, &rel.name, place, column));
    }
}

fn carried(site: &Site<'_>, source: &str, place: usize, column: &Column) -> Option<Proposal> {
    let mut draft = site.draft();
    let mut known = Carried::from([(source.to_string(), place)]);
    for step in &site.point.path {
        let rule = site.system.parts.get(step.role_at)?.typed.rules.get(step.rule_at)?;
        let at = draft.item(site.system.sources.written(rule.span))?.span;
        onward(site, &mut draft, at, column, &mut known)?;
    }
    let (name, output) = (&column.name.text, site.point.output.text());
    let title =
        format!("show `{output}` by `{name}`: then only what is of one `{name}` is waited for");
    let why = format!("`{output}` says of each `{name}` by itself what it said of all together");
    Some(site.proposal("finer-key", title, &draft, Some(why)))
}

/// Carries the column through one rule, and with it through all rules of its head.
fn onward(
    site: &Site<'_>,
    draft: &mut Draft<'_>,
    at: Span,
    column: &Column,
    known: &mut Carried,
) -> Option<()> {
    let item = draft.item(at)?.clone();
    let head = uses::head(&item)?.to_string();
    if known.contains_key(&head) {
        return Some(());
    }
    let word = read(draft, &item, column, known)?;
    if is_counted(draft.item(at)?, &word) {
        return None;
    }
    let args = uses::head_args(draft.item(at)?);
    if let Some(place) = args.iter().position(|arg| walk::var(arg) == Some(&word)) {
        known.insert(head, place);
        return Some(());
    }
    let (_, declared) = site.named_in(&head, at)?;
    let of = draft.collection(declared)?.clone();
    let taken = |name: &str| {
        of.columns.iter().chain(of.values.iter().flatten()).any(|col| col.name.text == name)
    };
    let name = match taken(&column.name.text) {
        true => format!("{}_of", column.name.text),
        false => column.name.text.clone(),
    };
    // Without `=>` what is shown last is often what is counted.
    let place = match of.values {
        Some(_) => of.columns.len(),
        None => of.columns.iter().filter(|col| col.at).count(),
    };
    let mut words = BTreeMap::new();
    for writer in uses::writers(draft, declared, &head) {
        words.insert(writer.span, read(draft, &writer, column, known)?);
    }
    uses::widen(draft, declared, &head, place, &mut |item, is_head| {
        words.get(&item.span).filter(|_| is_head).cloned()
    })?;
    let new = parsed_column(&format!("{name}: {}", print::print_type(&column.ty)))?;
    draft.declare(declared, |found| found.columns.insert(place, new))?;
    known.insert(head, place);
    Some(())
}

/// The variable that holds the column in a rule; a place where none stood gets one.
fn read(draft: &mut Draft<'_>, item: &Item, column: &Column, known: &Carried) -> Option<String> {
    let blank = walk::free_name(item, &column.name.text);
    let mut found = None;
    draft.edit(item.span, |item: &mut Item| {
        let ItemKind::Rule(_) = &item.kind else { return };
        walk::body(item, &mut |expr| {
            for (name, place) in known {
                let Some(arg) = walk::atom_mut(expr, name).and_then(|args| args.get_mut(*place))
                else {
                    continue;
                };
                if found.is_some() {
                    continue;
                }
                match &arg.kind {
                    ExprKind::Wildcard => {
                        arg.kind = ExprKind::Name(blank.clone());
                        found = Some(blank.clone());
                    }
                    _ => found = walk::var(arg).map(str::to_string),
                }
            }
        });
    })?;
    found
}

/// Whether a variable is inside of what the head adds up: a number by its own
/// parts says nothing.
fn is_counted(item: &Item, word: &str) -> bool {
    let plain = |arg: &Expr| walk::var(arg).is_some();
    uses::head_args(item).iter().filter(|arg| !plain(arg)).any(|arg| {
        let mut inside = false;
        walk::exprs(&mut arg.clone(), &mut |expr| inside |= walk::var(expr) == Some(word));
        inside
    })
}
