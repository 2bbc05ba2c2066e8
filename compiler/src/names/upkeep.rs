//! Who keeps a view up: `@incremental` before a view or an output asks for a
//! dataflow that follows what changes, `@recompute` for the view to be made anew.
//! Whether a dataflow can follow its rules is judged elsewhere.

use super::hir;
use super::hir::RelKind;
use super::resolve::Cx;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;

/// The attribute that asks for a dataflow, and its contrary.
pub(super) const INCREMENTAL: &str = "incremental";
/// See above.
pub(super) const RECOMPUTE: &str = "recompute";

/// Whether it is one of the two.
pub(super) fn is_known(attr: &ast::Attr) -> bool {
    attr.name.text == INCREMENTAL || attr.name.text == RECOMPUTE
}

impl Cx<'_> {
    /// The two stand before what follows from rules.
    pub(super) fn upkeep_in_place(&mut self, item: &ast::Item) {
        use ast::CollectionKind as K;
        let of = |kind: ast::CollectionKind| matches!(kind, K::View | K::Output | K::OutputView);
        let is_fine = match &item.kind {
            ItemKind::Collection(c) => of(c.kind),
            ItemKind::Like { kind, .. } => of(*kind),
            ItemKind::ViewRule { .. } => true,
            _ => false,
        };
        for attr in item.attrs.iter().filter(|attr| is_known(attr)) {
            let word = &attr.name.text;
            if !is_fine {
                let title = format!("`@{word}` stands before a view or an output");
                self.report(
                    Diagnostic::error(codes::ATTRIBUTE, attr.span, title)
                        .at("what follows is no declaration of one"),
                );
            } else if attr.args.is_some() {
                let title = format!("`@{word}` takes nothing in parentheses");
                self.report(
                    Diagnostic::error(codes::ATTRIBUTE, attr.span, title)
                        .at(format!("write `@{word}`")),
                );
            }
        }
    }

    /// What a declaration says.
    pub(super) fn followed(&mut self, kind: RelKind, item: &ast::Item) -> Option<hir::Followed> {
        if !matches!(kind, RelKind::View | RelKind::Output | RelKind::OutputView) {
            return None;
        }
        let mut attrs = item.attrs.iter().filter(|attr| is_known(attr));
        let first = attrs.next()?;
        if let Some(second) = attrs.next() {
            self.report(
                Diagnostic::error(
                    codes::ATTRIBUTE,
                    second.span,
                    "who keeps a view up is said once",
                )
                .at("this says it again")
                .label(first.span, "the first one")
                .help("keep the one that is meant"),
            );
        }
        Some(hir::Followed { dataflow: first.name.text == INCREMENTAL, span: first.span })
    }
}
