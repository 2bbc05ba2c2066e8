//! What is said of events beside their columns: the address of a channel and
//! the time of a timer (`@`), the period of a periodic, `serial`. How events
//! come and go is not known here.

use super::hir;
use super::hir::TypeKind;
use super::resolve::Body;
use super::resolve::Cx;
use super::resolve::Place;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::ids::RelId;
use crate::syntax::ast;
use crate::syntax::ast::CollectionKind;

impl Cx<'_> {
    /// The column with `@`: a channel and a timer have one each, others none.
    pub(super) fn marked_column(
        &mut self,
        declared: &ast::Collection,
        columns: &[&ast::Column],
    ) -> Option<usize> {
        let (what, ty, example) = match declared.kind {
            CollectionKind::Channel => ("channel", "node", "@to: node"),
            CollectionKind::Timer => ("timer", "time", "@at: time"),
            _ => {
                for column in columns {
                    self.plain_column(column, "a column of this collection");
                }
                return None;
            }
        };
        let marked: Vec<usize> = (0..columns.len()).filter(|&i| columns[i].at).collect();
        let name = &declared.name;
        match &marked[..] {
            [one] => {
                let column = columns[*one];
                let is_right = matches!(&column.ty.kind,
                    ast::TypeKind::Named(n, args) if n.text == ty && args.is_empty());
                if !is_right {
                    self.report(
                        Diagnostic::error(
                            codes::MARKED_COLUMN,
                            column.ty.span,
                            format!("the column with `@` of a {what} is a `{ty}`"),
                        )
                        .at("this is another type")
                        .help(format!("write `@{}: {ty}`", column.name.text)),
                    );
                }
                Some(*one)
            }
            [] => {
                let says = match declared.kind {
                    CollectionKind::Channel => "where its rows go",
                    _ => "when its rows come back",
                };
                self.report(
                    Diagnostic::error(
                        codes::MARKED_COLUMN,
                        name.span,
                        format!("the {what} `{}` does not say {says}", name.text),
                    )
                    .at("no column is marked with `@`")
                    .help(format!("give it a column `{example}`")),
                );
                None
            }
            [first, second, ..] => {
                self.report(
                    Diagnostic::error(
                        codes::MARKED_COLUMN,
                        columns[*second].span,
                        format!("the {what} `{}` has two columns with `@`", name.text),
                    )
                    .at("marked again")
                    .label(columns[*first].span, "marked here"),
                );
                Some(*first)
            }
        }
    }

    /// The columns of `serial by a, b`.
    pub(super) fn serial_columns(
        &mut self,
        owner: &ast::Name,
        by: &[ast::Name],
        columns: &[&ast::Column],
    ) -> Vec<usize> {
        if !matches!(self.kind_of(owner), Some(kind) if kind.is_incoming()) {
            self.misplaced(
                owner.span,
                "`serial` is said of events from outside: inputs, channels, timers",
            );
        }
        self.columns_named(owner, by, columns)
    }

    /// `sealed by a, b` and `endless`.
    pub(super) fn closing(
        &mut self,
        owner: &ast::Name,
        closing: &ast::Closing,
        columns: &[&ast::Column],
    ) -> hir::Closing {
        let given = |kind: hir::RelKind| kind.is_incoming() || kind == hir::RelKind::InputTable;
        let inside = self
            .rel_declared_at(owner)
            .is_some_and(|rel| self.program.rels[rel.index()].reach == hir::Reach::Input);
        if !inside && !matches!(self.kind_of(owner), Some(kind) if given(kind)) {
            self.misplaced(
                owner.span,
                "`sealed` and `endless` are said of what comes from outside: inputs, input \
                 tables, channels, timers",
            );
        }
        match closing {
            ast::Closing::Sealed(by) => {
                hir::Closing::Sealed(self.columns_named(owner, by, columns))
            }
            ast::Closing::Endless(_) => hir::Closing::Endless,
        }
    }

    fn columns_named(
        &mut self,
        owner: &ast::Name,
        by: &[ast::Name],
        columns: &[&ast::Column],
    ) -> Vec<usize> {
        let mut found = Vec::new();
        for name in by {
            match columns.iter().position(|c| c.name.text == name.text) {
                Some(at) => found.push(at),
                None => {
                    let known: Vec<String> = columns.iter().map(|c| c.name.text.clone()).collect();
                    let title = format!("`{}` has no column `{}`", owner.text, name.text);
                    let diagnostic = Diagnostic::error(codes::UNKNOWN_COLUMN, name.span, title)
                        .at("no such column");
                    let nearest = suggest::closest(&name.text, known.iter().map(String::as_str));
                    self.report(match nearest {
                        Some(nearest) => diagnostic.help(format!("did you mean `{nearest}`?")),
                        None => diagnostic
                            .help(format!("its columns are {}", suggest::and_list(&known))),
                    });
                }
            }
        }
        found
    }

    fn kind_of(&self, name: &ast::Name) -> Option<hir::RelKind> {
        self.rel_declared_at(name).map(|rel| self.program.rels[rel.index()].kind)
    }

    /// `periodic p every e;` has one column, the time of the event.
    pub(super) fn period(&mut self, rel: RelId, every: &ast::Expr) {
        let mut body = Body::new(self, Place::Default);
        let every = body.expr(every);
        let span = self.program.rels[rel.index()].name_span;
        let ty = Some(hir::Type { kind: TypeKind::Time, span });
        let rel = &mut self.program.rels[rel.index()];
        rel.cols = vec![hir::Col { name: "at".to_string(), ty, default: None, span }];
        rel.every = Some(every);
    }
}
