//! Both sides of a rendezvous in tables. An event that is kept meets whatever
//! comes later, in whatever order. What came of the change is not known here.

use super::Proposal;
use super::draft::Draft;
use super::site::Site;
use super::site::columns;
use super::walk;
use crate::calm::model::Code;
use crate::calm::model::Kind;
use crate::calm::model::Point;
use crate::source::Span;
use crate::syntax::ast::ExprKind;

/// Proposes to keep the events that meet at a rule.
pub(super) fn propose(site: &Site<'_>, out: &mut Vec<Proposal>) {
    if site.point.kind != Kind::Persist || site.point.code != Code::RendezvousWithoutState {
        return;
    }
    let Some(item) = site.item() else { return };
    let here = |point: &&Point| {
        let inside = item.span.lo <= point.span.lo && point.span.hi <= item.span.hi;
        point.kind == Kind::Persist && point.span.file == item.span.file && inside
    };
    let mut draft = site.draft();
    let mut names = Vec::new();
    for point in site.report.points.iter().filter(here) {
        match kept(site, point, item.span, &mut draft) {
            Some(name) => names.push(format!("`{name}`")),
            None => return,
        }
    }
    let (table, them) = if names.len() == 1 { ("a table", "it") } else { ("tables", "them") };
    let names = names.join(" and ");
    let (rule, output) = (&site.point.rule.name, site.point.output.text());
    let title = format!("keep {names} in {table}, and let `{rule}` read {them} there");
    let why = format!("`{output}` then also shows what did not come in the same moment");
    out.push(site.proposal("persist", title, &draft, Some(why)));
}

/// Keeps one event and reads it where it is kept; its name.
fn kept(site: &Site<'_>, point: &Point, rule: Span, draft: &mut Draft<'_>) -> Option<String> {
    let part = site.system.parts.get(point.role_at)?;
    let rel = part.typed.rels.get(point.rel.index())?;
    let declared = draft.collection(site.declared(rel))?.clone();
    let own: Vec<_> = declared.columns.iter().filter(|col| !col.at).cloned().collect();
    let values = declared.values.clone().unwrap_or_default();
    let address = declared.columns.iter().position(|col| col.at);
    let name = declared.name.text;
    let table = site.fresh(&format!("{name}_kept"));
    let vars: Vec<String> =
        own.iter().chain(&values).map(|col| site.variable(&col.name.text)).collect();
    let vars = vars.join(", ");
    let from = match address {
        // The address stands first or among the others; reading it by place is enough.
        Some(0) => format!("_, {vars}"),
        Some(_) => return None,
        None => vars.clone(),
    };
    let shape = match declared.values {
        Some(_) => format!("{} => {}", columns(&own), columns(&values)),
        None => columns(&own),
    };
    draft.add(rule, &format!("table {table}({shape});"))?;
    draft.add(rule, &format!("{table}({vars}) <= {name}({from});"))?;
    let mut whole = true;
    draft.edit(rule, |item| {
        walk::body(item, &mut |expr| {
            let Some(args) = walk::atom_mut(expr, &name) else { return };
            if let Some(at) = address {
                match args.get(at).map(|arg| &arg.kind) {
                    Some(ExprKind::Wildcard) => drop(args.remove(at)),
                    _ => whole = false,
                }
            }
            if let ExprKind::Call(of, _) = &mut expr.kind {
                of.kind = ExprKind::Name(table.clone());
            }
        });
    })?;
    whole.then_some(name)
}
