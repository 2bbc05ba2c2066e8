//! What a head may say, before anything is known of types: which collections
//! hold facts, that `<+-` has a key to go by and is given it, and what cannot
//! be compared with the rows that are there.

use super::draws;
use super::hir::Expr;
use super::hir::ExprKind;
use super::hir::RelKind;
use super::resolve::Cx;
use super::time::Arg;
use super::time::identity;
use super::words;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::ids::RelId;
use crate::source::Span;
use crate::syntax::ast;

impl Cx<'_> {
    /// Whether the collection may hold facts; says so if not. Of those that only
    /// rules may not write either, that is said with the types.
    pub(super) fn takes_facts(&mut self, rel: RelId, span: Span) -> bool {
        let of = &self.program.rels[rel.index()];
        let (why, help) = match of.kind {
            RelKind::Channel => (
                "a message is sent when something happens",
                "send it from a rule, for example with `<~ startup(_)`",
            ),
            RelKind::Timer => (
                "a timer is set when something happens",
                "set it in a rule, for example with `<~ startup(_)`",
            ),
            RelKind::Periodic => (
                "its events come by the clock alone",
                "use a `timer` for events at times that rules choose",
            ),
            _ => return true,
        };
        let (name, words, place) = (of.name.clone(), of.kind.words(), of.name_span);
        self.report(
            Diagnostic::error(
                codes::SCRATCH_FACT,
                span,
                format!("`{name}` is a {words} and cannot hold facts"),
            )
            .at(why)
            .label(place, format!("`{name}` is declared here"))
            .help(help),
        );
        false
    }

    /// `<+-` into a table in which no row can replace another.
    pub(super) fn all_key(&mut self, rel: RelId, span: Span) {
        let of = &self.program.rels[rel.index()];
        let (name, place, shape) = (of.name.clone(), of.name_span, self.shape(rel));
        self.report(
            Diagnostic::error(
                codes::WRONG_OPERATOR,
                span,
                format!("`<+-` replaces the row of a key, and every column of `{name}` is key"),
            )
            .at("a row of another key goes beside the others")
            .label(place, format!("declared here: `{shape}`"))
            .help(
                "put `=>` behind the columns that tell rows apart, or delete the old row with \
                 `<-` and write the new one with `<+`",
            ),
        );
    }

    /// A head with `<+-` that names columns names the key: it says which row is
    /// changed.
    pub(super) fn keys_given(&mut self, rel: RelId, head: &ast::Head, values: &[Option<Arg>]) {
        let of = &self.program.rels[rel.index()];
        let missing: Vec<&str> = identity(of)
            .into_iter()
            .filter(|&c| values.get(c).is_some_and(Option::is_none))
            .map(|c| of.cols[c].name.as_str())
            .collect();
        if missing.is_empty() {
            return;
        }
        let list = suggest::and_list(&missing);
        let title = format!("this does not say which row of `{}` is replaced", of.name);
        let (place, shape) = (of.name_span, self.shape(rel));
        self.report(
            Diagnostic::error(codes::MISSING_COLUMN, head.span, title)
                .at(format!("nothing is given for {list}"))
                .label(place, format!("declared here: `{shape}`"))
                .help("give every column of the key; the others keep their values if left out"),
        );
    }

    /// A value that is looked for in the rows that are there; says so if it
    /// cannot be.
    pub(super) fn sought(&mut self, value: Expr, place: &str) -> Expr {
        if let Some(span) = aggregate(&value) {
            self.report(
                Diagnostic::error(
                    codes::AGGREGATE_PLACE,
                    span,
                    format!("an aggregate cannot stand in {place}"),
                )
                .at("the head says which rows are meant, for each match of the body")
                .help(
                    "compute it in a rule of its own, into a view or a scratch, and read that in \
                     the body",
                ),
            );
        } else if draws::draws(&value) {
            self.report(
                Diagnostic::error(
                    codes::AGGREGATE_PLACE,
                    value.span,
                    format!("a value drawn anew cannot stand in {place}"),
                )
                .at("no row that is there has it")
                .help("read the row that is meant in the body, and use its values"),
            );
        } else {
            return value;
        }
        Expr { kind: ExprKind::Error, span: value.span }
    }
}

/// Where an aggregate stands in an expression.
fn aggregate(value: &Expr) -> Option<Span> {
    let mut found = None;
    value.each(&mut |e| {
        if let ExprKind::Builtin { name, args, .. } = &e.kind
            && words::is_aggregate(name, args.len())
        {
            found = found.or(Some(e.span));
        }
    });
    found
}
