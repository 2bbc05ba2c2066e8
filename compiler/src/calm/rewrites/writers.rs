//! Which of two writes stays, decided by what they say and not by which comes
//! last: by a clock that the writer sends along, by a tie-break, or by keeping
//! them all. What came of the change is not known here.

use super::Proposal;
use super::draft::Draft;
use super::draft::expr;
use super::site::Site;
use super::uses;
use super::uses::Use;
use super::walk;
use crate::calm::model::Kind;
use crate::names::hir::RelKind;
use crate::syntax::ast::BinOp;
use crate::syntax::ast::Collection;
use crate::syntax::ast::CollectionKind;
use crate::syntax::ast::Column;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Op;
use crate::syntax::parse;
use crate::syntax::print;
use crate::types::typed;

/// A rule `t(k, v) <+- e(k, v)` with everything around it.
struct Overwrite<'a> {
    rule: Item,
    table: Collection,
    event: Collection,
    of: &'a typed::Rel,
}

/// Proposes other ways to say which write stays.
pub(super) fn propose(site: &Site<'_>, out: &mut Vec<Proposal>) {
    if site.point.kind != Kind::Order {
        return;
    }
    out.extend(tie_break(site));
    if let Some(found) = overwrite(site) {
        out.extend(last_writer(site, &found));
        out.extend(all_values(site, &found));
    }
}

fn overwrite<'a>(site: &Site<'a>) -> Option<Overwrite<'a>> {
    let rule = site.item()?;
    (uses::op(&rule) == Some(Op::Replace)).then_some(())?;
    let name = uses::head(&rule)?;
    let (_, at) = site.named(name)?;
    let table = site.draft().collection(at)?.clone();
    let values = table.values.as_ref()?;
    let plain = table.kind == CollectionKind::Table && !values.is_empty();
    let alone = uses::writers(&mut site.draft(), at, name).len() == 1;
    (plain && alone).then_some(())?;
    let [_] = uses::body(&rule) else { return None };
    let (_, event, _, None) = uses::atoms(uses::body(&rule)).next()? else { return None };
    let (of, at) = site.named(event)?;
    let event = site.draft().collection(at)?.clone();
    let comes = matches!(event.kind, CollectionKind::Input | CollectionKind::Channel);
    comes.then_some(Overwrite { rule, table, event, of })
}

/// The columns that a write needs to be told apart from all others.
fn clock(found: &Overwrite<'_>) -> [(&'static str, &'static str, &'static str); 2] {
    match found.of.kind {
        // The node that sends knows when it does, and who it is.
        RelKind::Channel => [("at", "time", "now"), ("writer", "node", "me")],
        _ => [("at", "int", "at"), ("writer", "str", "writer")],
    }
}

fn last_writer(site: &Site<'_>, found: &Overwrite<'_>) -> Option<Proposal> {
    let clock = clock(found);
    let taken = |word: &str| {
        let columns = found.event.columns.iter().chain(found.event.values.iter().flatten());
        columns.chain(&found.table.columns).any(|col| col.name.text == word)
            || walk::uses(&found.rule, word) > 0
    };
    let known = clock.iter().any(|(name, ..)| taken(name) || !site.is_free(name));
    (!known).then_some(())?;
    let mut draft = site.draft();
    let event = found.event.name.text.clone();
    let (rule, at) = (found.rule.span, found.event.name.span);
    for (name, ty, sent) in clock {
        let last = found.event.columns.len() + found.event.values.as_ref().map_or(0, Vec::len);
        let place = last + usize::from(name == "writer");
        uses::widen(&mut draft, at, &event, place, &mut |item, is_head| match is_head {
            true => Some(sent.to_string()),
            false => (item.span == rule).then(|| name.to_string()),
        })?;
        let new = parsed_column(&format!("{name}: {ty}"))?;
        draft.declare(at, |event| match &mut event.values {
            Some(values) => values.push(new),
            None => event.columns.push(new),
        })?;
    }
    let [(first, first_type, _), (second, second_type, _)] = clock;
    merged(&mut draft, found, (first, second), (first_type, second_type))?;
    let table = &found.table.name.text;
    let by = match found.of.kind {
        RelKind::Channel => "the clock of the node that sends",
        _ => "a time that it carries, and by who wrote it where two are equal",
    };
    let title = format!("let the last write to `{table}` win by {by}");
    let why = format!(
        "The `{event}` with the greatest (`{first}`, `{second}`) stays, and no longer the one that \
         arrives last; each has to carry both"
    );
    Some(site.proposal("last-writer", title, &draft, Some(why)))
}

/// One column of the values, with the clock in front, that keeps the greatest.
fn merged(
    draft: &mut Draft<'_>,
    found: &Overwrite<'_>,
    (first, second): (&str, &str),
    (first_type, second_type): (&str, &str),
) -> Option<()> {
    let (table, at) = (found.table.name.text.clone(), found.table.name.span);
    let values = found.table.values.as_ref()?;
    let keys = found.table.columns.len();
    let types: Vec<String> = values.iter().map(|col| print::print_type(&col.ty)).collect();
    let newest = "newest";
    let ty = format!("{newest}: Max<({first_type}, {second_type}, {})>", types.join(", "));
    let new = parsed_column(&ty)?;
    draft.declare(at, |found| found.values = Some(vec![new]))?;
    let mut whole = true;
    draft.beside(at, &mut |item| {
        uses::each(item, &table, &mut |used| {
            let (args, lead) = match used {
                Use::Head(args) => (args, format!("{first}, {second}")),
                Use::Atom(args) => (args, "_, _".to_string()),
            };
            if args.len() != keys + values.len() {
                whole = false;
                return;
            }
            let texts: Vec<String> = args[keys..].iter().map(print::print_expr).collect();
            let unread = lead == "_, _" && texts.iter().all(|text| text == "_");
            let text = match unread {
                true => "_".to_string(),
                false => format!("({lead}, {})", texts.join(", ")),
            };
            match expr(&text) {
                Some(new) => {
                    args.truncate(keys);
                    args.push(new);
                }
                None => whole = false,
            }
        });
    });
    draft.rule(found.rule.span, |rule| {
        if let Some((op, _)) = &mut rule.op {
            *op = Op::Now;
        }
    })?;
    whole.then_some(())
}

fn all_values(site: &Site<'_>, found: &Overwrite<'_>) -> Option<Proposal> {
    let mut draft = site.draft();
    draft.declare(found.table.name.span, |table| {
        let values = table.values.take().unwrap_or_default();
        table.columns.extend(values);
    })?;
    draft.rule(found.rule.span, |rule| {
        if let Some((op, _)) = &mut rule.op {
            *op = Op::Now;
        }
    })?;
    let (table, output) = (&found.table.name.text, site.point.output.text());
    let title = format!("keep every value in `{table}`, not only the last");
    let why = format!("`{output}` then shows every value that was ever written");
    Some(site.proposal("all-values", title, &draft, Some(why)))
}

/// `t >= u` between what comes and what is there, made total by the values.
fn tie_break(site: &Site<'_>) -> Option<Proposal> {
    let rule = site.item()?;
    (uses::op(&rule) == Some(Op::Replace)).then_some(())?;
    let name = uses::head(&rule)?.to_string();
    let head = uses::head_args(&rule).to_vec();
    // The rule with the comparison may be another one of the same table.
    let (_, at) = site.named(&name)?;
    let mut draft = site.draft();
    let keys = draft.collection(at)?.columns.len();
    let writers = uses::writers(&mut draft, at, &name);
    let (writer, time) = writers.iter().find_map(|item| {
        let there = uses::atoms(uses::body(item)).find(|(_, of, ..)| *of == name)?.2.to_vec();
        let args = uses::head_args(item);
        let time = (keys..args.len()).find(|at| {
            let (new, old) =
                (args.get(*at).and_then(walk::var), there.get(*at).and_then(walk::var));
            new.zip(old).is_some_and(|(new, old)| compared(item, new, old).is_some())
        })?;
        Some((item.clone(), time))
    })?;
    (head.len() == uses::head_args(&writer).len()).then_some(())?;
    let new: Vec<String> = uses::head_args(&writer)[keys..].iter().map(print::print_expr).collect();
    let mut old = Vec::new();
    for at in keys..head.len() {
        let there = uses::atoms(uses::body(&writer)).find(|(_, of, ..)| *of == name)?.2;
        old.push(match there.get(at).and_then(walk::var) {
            Some(word) => word.to_string(),
            None => walk::free_name(&writer, &format!("{}_old", new[at - keys])),
        });
    }
    let order = |all: &[String]| {
        let mut all = all.to_vec();
        let first = all.remove(time - keys);
        all.insert(0, first);
        format!("({})", all.join(", "))
    };
    let [new_time, old_time] = [&new, &old].map(|all| all[time - keys].clone());
    let was = compared(&writer, &new_time, &old_time)?;
    let text = format!("{} > {}", order(&new), order(&old));
    let total = expr(&text)?;
    draft.edit(writer.span, |item| {
        walk::body(item, &mut |expr| {
            if expr.span == was.span && matches!(expr.kind, ExprKind::Binary(..)) {
                expr.kind = total.kind.clone();
            } else if let Some(args) = walk::atom_mut(expr, &name) {
                for (at, word) in old.iter().enumerate() {
                    if let Some(arg) = args.get_mut(keys + at) {
                        arg.kind = ExprKind::Name(word.clone());
                    }
                }
            }
        });
    })?;
    let was = print::print_expr(&was);
    let title = format!("let the value decide between two of the same time: `{text}` for `{was}`");
    Some(site.proposal("tie-break", title, &draft, None))
}

/// The comparison `new >= old` of a rule.
fn compared(item: &Item, new: &str, old: &str) -> Option<Expr> {
    let mut found = None;
    walk::body(&mut item.clone(), &mut |expr| {
        if let ExprKind::Binary(BinOp::Ge | BinOp::Gt, _, a, b) = &expr.kind
            && walk::var(a) == Some(new)
            && walk::var(b) == Some(old)
        {
            found = Some(expr.clone());
        }
    });
    found
}

/// A column from its text.
pub(super) fn parsed_column(text: &str) -> Option<Column> {
    let parsed = parse::parse(crate::source::FileId(0), &format!("table x({text});"));
    match parsed.module.items.into_iter().next()?.kind {
        ItemKind::Collection(found) if parsed.diagnostics.is_empty() => {
            found.columns.into_iter().next()
        }
        _ => None,
    }
}
