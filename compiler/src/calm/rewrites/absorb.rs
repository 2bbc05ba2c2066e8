//! Two rules that are one: what holds with something and also without it does not
//! hang on it. What came of the change is not known here.

use super::Proposal;
use super::site::Site;
use super::uses;
use crate::calm::model::Kind;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Lit;
use crate::syntax::ast::Module;
use crate::syntax::print;

/// Proposes to leave out a denial that another rule makes superfluous.
pub(super) fn propose(site: &Site<'_>, out: &mut Vec<Proposal>) {
    if site.point.kind == Kind::Seal && site.point.operator == "not" {
        out.extend(absorbed(site));
    }
}

fn absorbed(site: &Site<'_>) -> Option<Proposal> {
    let item = site.item()?;
    let of = uses::head(&item)?.to_string();
    let (at, denied) = uses::body(&item).iter().enumerate().find_map(|(at, lit)| match lit {
        Lit::Plain { expr, otherwise: None } if expr.span == site.point.span => match &expr.kind {
            ExprKind::Not(inner) => Some((at, inner.clone())),
            _ => None,
        },
        _ => None,
    })?;
    let rest = text(&without(&item, at));
    let mut draft = site.draft();
    let mut others = Vec::new();
    draft.beside(item.span, &mut |other| {
        let twin = uses::body(other).iter().enumerate().any(|(at, lit)| {
            let asked = |expr: &Expr| print::print_expr(expr) == print::print_expr(&denied);
            matches!(lit, Lit::Plain { expr, otherwise: None } if asked(expr))
                && text(&without(other, at)) == rest
        });
        if other.span != item.span && uses::head(other) == Some(&of) && twin {
            others.push(other.span);
        }
    });
    let other = *others.first()?;
    draft.edit(item.span, |item| *item = without(item, at))?;
    draft.remove(other)?;
    let denied = print::print_expr(&denied);
    let title = format!("make the two rules of `{of}` one: it holds with and without `{denied}`");
    Some(site.proposal("absorption", title, &draft, None))
}

fn without(item: &Item, at: usize) -> Item {
    let mut item = item.clone();
    if let ItemKind::Rule(rule) = &mut item.kind
        && at < rule.body.len()
    {
        rule.body.remove(at);
    }
    item
}

/// A statement as the printer writes it, whatever stands before it.
fn text(item: &Item) -> String {
    let bare = Item { doc: None, attrs: Vec::new(), ..item.clone() };
    print::print_module(&Module { items: vec![bare] })
}
