//! "All of them" over a collection that grows, with the list of them carried by a
//! message: `all t in tasks: done(j, t)`. What came of the change is not known
//! here.

use super::Proposal;
use super::site::Site;
use super::site::columns;
use super::uses;
use super::walk;
use super::writers::parsed_column;
use crate::calm::model::Kind;
use crate::syntax::ast::BinOp;
use crate::syntax::ast::Column;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::Item;
use crate::syntax::ast::Lit;
use crate::syntax::print;

/// `not (tasks(j, t) and not done(j, t))`
struct All {
    /// The literal's number.
    at: usize,
    of: String,
    args: Vec<Expr>,
    holds: Expr,
}

/// Proposes to carry the list.
pub(super) fn propose(site: &Site<'_>, out: &mut Vec<Proposal>) {
    if site.point.kind == Kind::Seal && site.point.operator == "not" {
        out.extend(listed(site));
    }
}

fn bare(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) => bare(inner),
        _ => expr,
    }
}

fn all(item: &Item, site: &Site<'_>) -> Option<All> {
    uses::body(item).iter().enumerate().find_map(|(at, lit)| {
        let Lit::Plain { expr, otherwise: None } = lit else { return None };
        let ExprKind::Not(inner) = &expr.kind else { return None };
        let ExprKind::Binary(BinOp::And, _, of, rest) = &bare(inner).kind else { return None };
        let ExprKind::Not(holds) = &bare(rest).kind else { return None };
        let (name, args) = walk::atom(bare(of))?;
        let here = expr.span == site.point.span && walk::atom(bare(holds)).is_some();
        here.then(|| All {
            at,
            of: name.to_string(),
            args: args.to_vec(),
            holds: bare(holds).clone(),
        })
    })
}

fn listed(site: &Site<'_>) -> Option<Proposal> {
    let item = site.item()?;
    let all = all(&item, site)?;
    let (_, at) = site.named_in(&all.of, item.span)?;
    let mut draft = site.draft();
    let of = draft.collection(at)?.clone();
    let declared: Vec<Column> =
        of.columns.iter().chain(of.values.iter().flatten()).cloned().collect();
    (declared.len() == all.args.len()).then_some(())?;
    // What the rule knows without the list is its key, the one other variable runs.
    let mut rest = item.clone();
    if let crate::syntax::ast::ItemKind::Rule(rule) = &mut rest.kind {
        rule.body.remove(all.at);
    }
    let known = |arg: &&Expr| walk::var(arg).is_some_and(|word| walk::uses(&rest, word) > 0);
    let keys: Vec<usize> = (0..all.args.len()).filter(|at| known(&&all.args[*at])).collect();
    let runs: Vec<usize> = (0..all.args.len())
        .filter(|at| !keys.contains(at) && walk::var(&all.args[*at]).is_some())
        .collect();
    let [one] = runs.as_slice() else { return None };
    let word = walk::var(&all.args[*one])?.to_string();
    let element = &declared[*one];
    let told = site.fresh(&format!("all_{}", all.of));
    let table = site.fresh(&format!("{told}_kept"));
    let list = walk::free_name(&item, "list");
    let ty = format!("list: Set<{}>", print::print_type(&element.ty));
    let mut own: Vec<Column> = keys.iter().map(|at| declared[*at].clone()).collect();
    let keyed: Vec<String> =
        keys.iter().filter_map(|at| walk::var(&all.args[*at]).map(str::to_string)).collect();
    own.push(parsed_column(&ty)?);
    let vars: Vec<String> = own.iter().map(|col| site.variable(&col.name.text)).collect();
    let vars = vars.join(", ");
    draft.add(item.span, &format!("input {told}({});", columns(&own)))?;
    draft.add(item.span, &format!("table {table}({} =>);", columns(&own)))?;
    draft.add(item.span, &format!("{table}({vars}) <= {told}({vars});"))?;
    let args: Vec<String> = keyed.iter().cloned().chain([list.clone()]).collect();
    let new = uses::lits(&[
        format!("{table}({})", args.join(", ")),
        format!("all {word} in {list}: {}", print::print_expr(&all.holds)),
    ])?;
    draft.rule(item.span, |rule| {
        rule.body.splice(all.at..=all.at, new);
    })?;
    let of = &all.of;
    let name = &element.name.text;
    let title = format!("let a message list the `{name}` of `{of}` that have to be there");
    let why = format!(
        "Somebody has to send `{told}`. What it does not list is not waited for, also if `{of}` \
         has it"
    );
    Some(site.proposal("manifest", title, &draft, Some(why)))
}
