//! Declarations on one line, as the user would write them, with the types that
//! were inferred. Documentation and counts are added by others.

use crate::ide::Analysis;
use crate::ids::RelId;
use crate::names::hir;
use crate::names::hir::Reach;
use crate::names::hir::RelKind;
use crate::source::Span;
use crate::syntax::ast;
use crate::types::ty;
use crate::types::typed::Col;
use crate::types::typed::Default;
use crate::types::typed::Role;

/// The words that declare a collection; in an instance of a module an input is
/// kept as what it is to the rules.
fn words(rel: &hir::Rel) -> &'static str {
    match (rel.reach, rel.kind) {
        (Reach::Input, RelKind::Scratch) => "input",
        (Reach::Input, RelKind::View) => "input view",
        (Reach::Input, RelKind::Table) => "input table",
        (Reach::Output, RelKind::View) => "output view",
        (Reach::Output, RelKind::Table) => "output table",
        (_, kind) => kind.words(),
    }
}

impl Analysis {
    /// `view route(from: str, to: str, cost: Min<int>)`
    pub(super) fn show_rel(&self, rel: RelId) -> String {
        let Some(declared) = self.hir.rels.get(rel.index()) else { return String::new() };
        let columns = self.columns(rel);
        format!("{} {}({columns})", words(declared), declared.name)
    }

    fn columns(&self, rel: RelId) -> String {
        let keys = self.hir.rels.get(rel.index()).and_then(|r| r.keys);
        let mut out = String::new();
        for (i, column) in self.show_columns(rel).into_iter().enumerate() {
            match (i, keys) {
                (0, Some(0)) => out.push_str("=> "),
                (0, _) => {}
                (i, Some(k)) if i == k => out.push_str(" => "),
                _ => out.push_str(", "),
            }
            out.push_str(&column);
        }
        let all = self.hir.rels.get(rel.index()).map_or(0, |r| r.cols.len());
        if keys == Some(all) && all > 0 {
            out.push_str(" =>");
        }
        out
    }

    /// `cost: Min<int>` of every column.
    pub(super) fn show_columns(&self, rel: RelId) -> Vec<String> {
        let Some(rel) = self.typed.rels.get(rel.index()) else { return Vec::new() };
        rel.cols.iter().map(|c| format!("{}: {}", c.name, self.show_column_type(c))).collect()
    }

    /// The type of a column with its lattice.
    pub(super) fn show_column_type(&self, col: &Col) -> String {
        let ty = match &col.role {
            Role::Cell(lattice) => ty::show_lattice(lattice, &self.typed),
            Role::Key | Role::Value => ty::show(&col.ty, &self.typed),
        };
        match &col.default {
            None => ty,
            Some(Default::Line) => format!("{ty} = line"),
            Some(Default::Value(e)) => format!("{ty} = {}", self.slice(e.span)),
        }
    }

    /// The innermost declaration or rule whose text holds a place.
    pub(super) fn item_at(&self, span: Span) -> Option<&ast::Item> {
        fn inside(module: &ast::Module, span: Span) -> Option<&ast::Item> {
            let holds = |i: &&ast::Item| i.span.lo <= span.lo && span.hi <= i.span.hi;
            let item = module.items.iter().find(holds)?;
            let body = match &item.kind {
                ast::ItemKind::Role(role) => Some(&role.body),
                ast::ItemKind::Module(module) => Some(&module.body),
                ast::ItemKind::Protocol { body, .. } => Some(body),
                _ => None,
            };
            body.and_then(|body| inside(body, span)).or(Some(item))
        }
        inside(&self.module, span)
    }

    /// The text of a declaration without its attributes and its final `;`,
    /// runs of blanks as one.
    pub(super) fn show_item(&self, item: &ast::Item) -> String {
        let from = item.attrs.last().map_or(item.span.lo, |a| a.span.hi);
        let text = self.slice(Span { lo: from, ..item.span });
        let text = text.trim().trim_end_matches(';');
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// `fn f(a: int): int`
    pub(super) fn show_fn(&self, function: &hir::Fn) -> String {
        let Some(item) = self.item_at(function.name_span) else { return function.name.clone() };
        match &item.kind {
            ast::ItemKind::Fn { ret, .. } => {
                let head = Span { hi: ret.span.hi, ..item.span };
                self.slice(head).split_whitespace().collect::<Vec<_>>().join(" ")
            }
            _ => function.name.clone(),
        }
    }
}
