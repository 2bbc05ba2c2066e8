//! What belongs together is named by the message that closes it: the checkout
//! carries the numbers of the actions that it stands for. When they are all there,
//! nothing that comes later matters. What came of the change is not known here.
//!
//! The place where rows are added up then ranges over the listed ones:
//! `items(s, collect(i)) <= closing(s, ops), all x in ops: log(x, _, _), o in ops,
//! log(o, s, i);`

use super::Proposal;
use super::draft::Draft;
use super::site::Site;
use super::site::columns;
use super::uses;
use super::walk;
use super::writers::parsed_column;
use crate::calm::model::Code;
use crate::calm::model::Goal;
use crate::calm::model::Kind;
use crate::names::hir::RelKind;
use crate::source::Span;
use crate::syntax::ast::Args;
use crate::syntax::ast::Collection;
use crate::syntax::ast::CollectionKind;
use crate::syntax::ast::Column;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Lit;
use crate::syntax::ast::Op;
use crate::syntax::print;

/// The column that lists what a closing message stands for.
const LIST: &str = "ops";

/// What a manifest is made of.
struct Parts {
    /// What is listed, as it comes in, with the column that numbers it.
    listed: Collection,
    id: usize,
    /// Where it is kept, with the same column there.
    log: Collection,
    log_id: usize,
    /// The rule that adds up what is kept.
    adds: Item,
    /// The rule that shows it for what closes.
    shows: Item,
    /// What closes: as it comes in, and where it is kept if it is.
    closing: Collection,
    kept: Option<(Collection, Span)>,
}

/// Proposes to list in the closing message what it stands for.
pub(super) fn propose(site: &Site<'_>, out: &mut Vec<Proposal>) {
    let point = site.point;
    let code = matches!(point.code, Code::AggregateShown | Code::LatticeRevealed);
    if code && point.kind == Kind::Seal && point.goal == Goal::Final && !point.key.is_empty() {
        out.extend(parts(site).and_then(|parts| manifest(site, &parts)));
    }
}

fn collection(site: &Site<'_>, word: &str) -> Option<Collection> {
    site.draft().collection(site.named(word)?.1).cloned()
}

/// The rule of a step of the way, as written.
fn rule(site: &Site<'_>, at: (usize, usize)) -> Option<Item> {
    let rule = site.system.parts.get(at.0)?.typed.rules.get(at.1)?;
    site.draft().item(site.system.sources.written(rule.span)).cloned()
}

fn parts(site: &Site<'_>) -> Option<Parts> {
    let point = site.point;
    let (_, at) = site.source()?;
    let listed = site.draft().collection(at)?.clone();
    let comes = matches!(listed.kind, CollectionKind::Input | CollectionKind::Channel);
    let id = numbered(&listed, &point.key).filter(|_| comes)?;
    let mut steps = point.path.iter();
    let first = steps.next()?;
    let copies = rule(site, (first.role_at, first.rule_at))?;
    let log = collection(site, uses::head(&copies)?)?;
    (log.kind == CollectionKind::Table && uses::op(&copies) == Some(Op::Now)).then_some(())?;
    let (_, _, args, None) = uses::atoms(uses::body(&copies)).next()? else { return None };
    let word = walk::var(args.get(id)?)?;
    let log_id = uses::head_args(&copies).iter().position(|arg| walk::var(arg) == Some(word))?;
    let second = steps.next()?;
    let adds = rule(site, (second.role_at, second.rule_at))?;
    let mut later: Vec<Item> = vec![adds.clone()];
    later.extend(steps.filter_map(|step| rule(site, (step.role_at, step.rule_at))));
    let added = uses::head(&adds)?.to_string();
    let reads = |item: &Item| {
        item.span == adds.span || uses::atoms(uses::body(item)).any(|(_, name, ..)| name == added)
    };
    later.into_iter().filter(reads).find_map(|shows| {
        let named: Vec<String> =
            uses::atoms(uses::body(&shows)).map(|(_, name, ..)| name.to_string()).collect();
        named.iter().filter(|name| **name != added && **name != log.name.text).find_map(|name| {
            let (closing, kept) = closed(site, name)?;
            (closing.name.text != listed.name.text).then(|| Parts {
                listed: listed.clone(),
                id,
                log: log.clone(),
                log_id,
                adds: adds.clone(),
                shows: shows.clone(),
                closing,
                kept,
            })
        })
    })
}

/// The column that tells rows of one part apart: a key of its own, or an id.
fn numbered(of: &Collection, part: &[String]) -> Option<usize> {
    let own = |at: &usize| {
        let col = &of.columns[*at];
        !col.at && !part.contains(&col.name.text)
    };
    let keys: Vec<usize> = (0..of.columns.len()).filter(own).collect();
    if of.values.is_some() {
        let [one] = keys.as_slice() else { return None };
        return of.columns.iter().filter(|col| !col.at).count().eq(&1).then_some(*one);
    }
    keys.into_iter().find(|at| print::print_type(&of.columns[*at].ty) == "uuid")
}

/// The event that closes a part, and the table that keeps it if there is one.
fn closed(site: &Site<'_>, name: &str) -> Option<(Collection, Option<(Collection, Span)>)> {
    let (_, at) = site.named(name)?;
    let found = site.draft().collection(at)?.clone();
    match found.kind {
        CollectionKind::Input | CollectionKind::Channel => Some((found, None)),
        CollectionKind::Table if found.values.is_none() => {
            let mut draft = site.draft();
            let [copy] = &uses::writers(&mut draft, at, name)[..] else { return None };
            let (_, event, _, None) = uses::atoms(uses::body(copy)).next()? else { return None };
            let event = collection(site, event)?;
            let comes = matches!(event.kind, CollectionKind::Input | CollectionKind::Channel);
            (comes && uses::body(copy).len() == 1).then_some((event, Some((found, copy.span))))
        }
        _ => None,
    }
}

fn manifest(site: &Site<'_>, parts: &Parts) -> Option<Proposal> {
    let mut draft = site.draft();
    let of = &parts.closing.name.text;
    let named = parts.closing.columns.iter().chain(parts.closing.values.iter().flatten());
    (!named.into_iter().any(|col| col.name.text == LIST)).then_some(())?;
    let id = parts.listed.columns.get(parts.id)?.clone();
    let ty = print::print_type(&id.ty);
    first(&mut draft, &parts.listed, parts.id)?;
    first(&mut draft, &parts.log, parts.log_id)?;
    from_outside(site, &mut draft, parts, &ty)?;
    // The closing message and where it is kept.
    let at = parts.closing.name.span;
    let last = parts.closing.columns.len() + parts.closing.values.as_ref().map_or(0, Vec::len);
    let list = parsed_column(&format!("{LIST}: Set<{ty}>"))?;
    let copy = parts.kept.as_ref().map(|(_, copy)| *copy);
    uses::widen(&mut draft, at, of, last, &mut |item, is_head| {
        (is_head || Some(item.span) == copy).then(|| LIST.to_string())
    })?;
    draft.declare(at, |found| match &mut found.values {
        Some(values) => values.push(list),
        None => found.values = Some(vec![list]),
    })?;
    let point = parsed_column(&format!("{LIST}: Point<Set<{ty}>>"))?;
    let (kept, width) = match &parts.kept {
        Some((kept, copy)) => {
            let (name, at) = (kept.name.text.clone(), kept.name.span);
            let width = kept.columns.len();
            uses::widen(&mut draft, at, &name, width, &mut |item, _| {
                (item.span == *copy).then(|| LIST.to_string())
            })?;
            draft.declare(at, |found| found.values = Some(vec![point]))?;
            (name, width)
        }
        None => keep(site, &mut draft, parts, &point)?,
    };
    let empty = shown(&mut draft, parts, &kept, width)?;
    added(site, &mut draft, parts, &kept, width)?;
    if let Some(text) = empty {
        draft.add(parts.shows.span, &text)?;
    }
    let (relation, key) = (&parts.listed.name.text, site.point.key.join(" and "));
    let title = format!(
        "let `{of}` list the `{}` of every `{relation}` that it stands for: it is complete when \
         these are there",
        id.name.text
    );
    let why = format!(
        "Whoever sends `{of}` has to know what it stands for, and sends it once for one {key}. \
         What it does not list of `{relation}` is not counted"
    );
    Some(site.proposal("manifest", title, &draft, Some(why)))
}

/// Makes a column the key of a collection, in front of all others but the address.
fn first(draft: &mut Draft<'_>, of: &Collection, id: usize) -> Option<()> {
    if of.values.is_some() {
        return Some(());
    }
    let address: Vec<usize> = (0..of.columns.len()).filter(|at| of.columns[*at].at).collect();
    let mut order = address.clone();
    order.push(id);
    order.extend((0..of.columns.len()).filter(|at| !address.contains(at) && *at != id));
    let keys = address.len() + 1;
    uses::permute(draft, of.name.span, &of.name.text, &order);
    draft.declare(of.name.span, |found| {
        let old = found.columns.clone();
        let mut all: Vec<_> = order.iter().map(|from| old[*from].clone()).collect();
        found.values = Some(all.split_off(keys));
        found.columns = all;
    })
}

/// Where the place of the number is after [`first`].
fn place(of: &Collection, id: usize) -> usize {
    match of.values.is_some() {
        true => id,
        false => of.columns.iter().filter(|col| col.at).count(),
    }
}

/// Senders get from outside what they could not know: the numbers, and the list.
fn from_outside(site: &Site<'_>, draft: &mut Draft<'_>, parts: &Parts, ty: &str) -> Option<()> {
    let id = parts.listed.columns.get(parts.id)?.name.text.clone();
    let at = place(&parts.listed, parts.id);
    let wants = [
        (&parts.listed, Some(at), id, ty.to_string()),
        (&parts.closing, None, LIST.to_string(), format!("Set<{ty}>")),
    ];
    for (of, at, word, ty) in wants {
        for item in uses::writers(draft, of.name.span, &of.name.text) {
            let arg = at.and_then(|at| uses::head_args(&item).get(at));
            if at.is_some() && arg.is_none_or(|arg| print::print_expr(arg) != "fresh()") {
                continue;
            }
            let input = uses::atoms(uses::body(&item)).find_map(|(_, name, ..)| {
                let (rel, span) = site.named_in(name, item.span)?;
                (rel.kind == RelKind::Input).then(|| (name.to_string(), span))
            });
            let (input, span) = input?;
            let declared = draft.collection(span)?;
            let last = declared.columns.len() + declared.values.as_ref().map_or(0, Vec::len);
            uses::widen(draft, span, &input, last, &mut |other, is_head| {
                (!is_head && other.span == item.span).then(|| word.clone())
            })?;
            let new = parsed_column(&format!("{word}: {ty}"))?;
            draft.declare(span, |found| match &mut found.values {
                Some(values) => values.push(new),
                None => found.columns.push(new),
            })?;
            if let Some(at) = at {
                draft.rule(item.span, |rule| {
                    if let Args::Positional(args) = &mut rule.head.args
                        && let Some(arg) = args.get_mut(at)
                    {
                        arg.kind = ExprKind::Name(word.clone());
                    }
                })?;
            }
        }
    }
    Some(())
}

/// Keeps the closing message in a table; its name, and the place of the list.
fn keep(
    site: &Site<'_>,
    draft: &mut Draft<'_>,
    parts: &Parts,
    list: &Column,
) -> Option<(String, usize)> {
    let closing = &parts.closing;
    (closing.values.is_none() && closing.columns.iter().skip(1).all(|col| !col.at)).then_some(())?;
    let own: Vec<_> = closing.columns.iter().filter(|col| !col.at).cloned().collect();
    let address = if own.len() < closing.columns.len() { "_, " } else { "" };
    let name = site.fresh(&format!("{}_kept", closing.name.text));
    let vars: Vec<String> = own.iter().map(|col| site.variable(&col.name.text)).collect();
    let (vars, of) = (vars.join(", "), &closing.name.text);
    let shape = format!("{} => {}", columns(&own), columns(std::slice::from_ref(list)));
    draft.add(parts.adds.span, &format!("table {name}({shape});"))?;
    draft.add(
        parts.adds.span,
        &format!("{name}({vars}, {LIST}) <= {of}({address}{vars}, {LIST});"),
    )?;
    // What was read of the message is read of the table.
    draft.edit(parts.shows.span, |item| {
        walk::body(item, &mut |expr| {
            let Some(args) = walk::atom_mut(expr, of) else { return };
            if !address.is_empty() && !args.is_empty() {
                args.remove(0);
            }
            if let ExprKind::Call(word, _) = &mut expr.kind {
                word.kind = ExprKind::Name(name.clone());
            }
        });
    })?;
    Some((name, own.len()))
}

/// What is shown of a part that lists nothing: a rule of its own, for what
/// followed `else`.
fn shown(draft: &mut Draft<'_>, parts: &Parts, kept: &str, width: usize) -> Option<Option<String>> {
    let added = uses::head(&parts.adds)?.to_string();
    let item = draft.item(parts.shows.span)?.clone();
    let Some((at, _, _, Some(default))) = uses::atoms(uses::body(&item))
        .find(|(_, name, _, otherwise)| *name == added && otherwise.is_some())
    else {
        return Some(None);
    };
    let mut empty = item.clone();
    let default = default.clone();
    if let ItemKind::Rule(rule) = &mut empty.kind {
        rule.body[at] = Lit::Plain { expr: default, otherwise: None };
        rule.body.iter_mut().for_each(|lit| {
            walk::lit(lit, &mut |expr| {
                if let Some(args) = walk::atom_mut(expr, kept)
                    && let Some(arg) = args.get_mut(width)
                {
                    arg.kind = ExprKind::Set(Vec::new());
                }
            });
        });
    }
    draft.rule(parts.shows.span, |rule| {
        if let Some(Lit::Plain { otherwise, .. }) = rule.body.get_mut(at) {
            *otherwise = None;
        }
    })?;
    empty.doc = None;
    let module = crate::syntax::ast::Module { items: vec![empty] };
    Some(Some(print::print_module(&module)))
}

/// Lets the rule that adds up range over what is listed.
fn added(
    site: &Site<'_>,
    draft: &mut Draft<'_>,
    parts: &Parts,
    kept: &str,
    width: usize,
) -> Option<()> {
    let log = parts.log.name.text.clone();
    let id = place(&parts.log, parts.log_id);
    let item = draft.item(parts.adds.span)?.clone();
    let all = parts.log.columns.len() + parts.log.values.as_ref().map_or(0, Vec::len);
    let (at, _, args, None) = uses::atoms(uses::body(&item)).find(|(_, name, ..)| *name == log)?
    else {
        return None;
    };
    let mut args: Vec<String> = args.iter().map(print::print_expr).collect();
    let one = match args.get(id)?.as_str() {
        "_" => walk::free_name(&item, "o"),
        word => word.to_string(),
    };
    args[id] = one.clone();
    let each = walk::free_name(&item, if one == "x" { "y" } else { "x" });
    let blank: Vec<&str> = (0..all).map(|at| if at == id { each.as_str() } else { "_" }).collect();
    let list = walk::free_name(&item, LIST);
    let guard = [
        format!("all {each} in {list}: {log}({})", blank.join(", ")),
        format!("{one} in {list}"),
        format!("{log}({})", args.join(", ")),
    ];
    let here =
        uses::atoms(uses::body(&item)).find(|(_, name, ..)| *name == kept).map(|(at, ..)| at);
    let mut texts: Vec<String> = Vec::new();
    if here.is_none() {
        let closing = closing_args(site, draft, parts, &args, width)?;
        texts.push(format!("{kept}({}, {list})", closing.join(", ")));
    }
    texts.extend(guard);
    let new = uses::lits(&texts)?;
    draft.rule(parts.adds.span, |rule| {
        if let Some(Lit::Plain { expr, .. }) = here.and_then(|here| rule.body.get_mut(here))
            && let Some(args) = walk::atom_mut(expr, kept)
            && let Some(arg) = args.get_mut(width)
        {
            arg.kind = ExprKind::Name(list.clone());
        }
        rule.body.splice(at..=at, new);
    })?;
    gathered(site, draft, parts)
}

/// A set that grew row by row is gathered at once, now that it is whole, and is a
/// value like any other.
fn gathered(site: &Site<'_>, draft: &mut Draft<'_>, parts: &Parts) -> Option<()> {
    let mut changed = false;
    draft.rule(parts.adds.span, |rule| {
        let Args::Positional(args) = &mut rule.head.args else { return };
        for arg in args {
            if let ExprKind::Set(parts) = &arg.kind
                && let [one] = parts.as_slice()
                && let Some(new) =
                    super::draft::expr(&format!("collect({})", print::print_expr(one)))
            {
                *arg = new;
                changed = true;
            }
        }
    })?;
    let (_, at) = site.named_in(uses::head(&parts.adds)?, parts.adds.span)?;
    if changed && draft.collection(at)?.kind == CollectionKind::View {
        draft.declare(at, |view| {
            let values = view.values.take().unwrap_or_default();
            view.columns.extend(values);
            view.values = Some(Vec::new());
        })?;
    }
    Some(())
}

/// The arguments of the closing atom in the rule that adds up, without the list:
/// the columns of the key by their variables there. The others are carried along,
/// so that what two messages list is added up apart.
fn closing_args(
    site: &Site<'_>,
    draft: &mut Draft<'_>,
    parts: &Parts,
    args: &[String],
    width: usize,
) -> Option<Vec<String>> {
    let added = uses::head(&parts.adds)?.to_string();
    let head: Vec<String> = uses::head_args(&parts.adds).iter().map(print::print_expr).collect();
    let (closing, drop) = match &parts.kept {
        Some((kept, _)) => (kept, 0),
        None => (&parts.closing, parts.closing.columns.iter().filter(|col| col.at).count()),
    };
    // In the rule that shows it, the two share the variables of the key.
    let shows = uses::body(&parts.shows);
    let (_, _, of_added, _) = uses::atoms(shows).find(|(_, name, ..)| *name == added)?;
    let (_, _, of_closing, _) =
        uses::atoms(shows).find(|(_, name, ..)| *name == closing.name.text)?;
    let mut out = Vec::new();
    let mut keys = 0;
    for at in 0..width {
        let there = of_closing.get(at + drop).map_or("_".into(), print::print_expr);
        let place = of_added.iter().position(|arg| print::print_expr(arg) == there);
        let mine = place.and_then(|place| head.get(place)).filter(|text| args.contains(text));
        if let Some(mine) = mine.filter(|_| there != "_") {
            keys += 1;
            out.push(mine.clone());
            continue;
        }
        let column = closing.columns.get(at + drop)?;
        let word = walk::free_name(&parts.adds, &column.name.text);
        carried(site, draft, parts, &added, (column, &word, &there))?;
        out.push(word);
    }
    (keys >= site.point.key.len()).then_some(out)
}

/// Gives what is added up a column of the closing message.
fn carried(
    site: &Site<'_>,
    draft: &mut Draft<'_>,
    parts: &Parts,
    added: &str,
    (column, word, there): (&Column, &str, &str),
) -> Option<()> {
    let (_, at) = site.named_in(added, parts.adds.span)?;
    let place = draft.collection(at)?.columns.len();
    uses::widen(draft, at, added, place, &mut |item, is_head| match is_head {
        true => (item.span == parts.adds.span).then(|| word.to_string()),
        false => (item.span == parts.shows.span).then(|| there.to_string()),
    })?;
    let column = column.clone();
    draft.declare(at, |found| found.columns.push(column))
}
