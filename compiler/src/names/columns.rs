//! Columns of collections: written ones, copied ones (`like`), and those of a
//! view that is declared by its own rule. Column types of the last kind are
//! unknown here: the types infer them.

use std::collections::BTreeMap;

use super::hir;
use super::occurrences::Thing;
use super::occurrences::Use;
use super::refuse::not_yet;
use super::resolve::Body;
use super::resolve::Cx;
use super::resolve::Place;
use super::scope::Symbol;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::RelId;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;

impl<'a> Cx<'a> {
    /// Fills the columns of every collection.
    pub(super) fn resolve_columns(&mut self, module: &'a ast::Module) {
        let mut likes: Vec<(RelId, &ast::Name, &ast::Path)> = Vec::new();
        for item in &module.items {
            match &item.kind {
                ItemKind::Collection(c) => {
                    if let Some(rel) = self.rel_declared_at(&c.name) {
                        self.written_columns(rel, c);
                    }
                }
                ItemKind::ViewRule { name, args, .. } => {
                    if let Some(rel) = self.rel_declared_at(name) {
                        let cols = self.inferred_columns(args);
                        self.saw_inferred(rel, args, &cols);
                        self.program.rels[rel.index()].cols = cols;
                    }
                }
                ItemKind::Periodic { name, every } => {
                    if let Some(rel) = self.rel_declared_at(name) {
                        self.period(rel, every);
                    }
                }
                ItemKind::Like { name, of, .. } => {
                    if let Some(rel) = self.rel_declared_at(name) {
                        likes.push((rel, name, of));
                    }
                }
                _ => {}
            }
        }
        self.copy_columns(likes);
    }

    /// The collection that this very name declares; `None` for a second declaration.
    pub(super) fn rel_declared_at(&self, name: &ast::Name) -> Option<RelId> {
        match self.scope.lower.get(&name.text) {
            Some(&(Symbol::Rel(rel), place)) if place == name.span => Some(rel),
            _ => None,
        }
    }

    fn written_columns(&mut self, rel: RelId, c: &ast::Collection) {
        let all: Vec<ast::Column> =
            c.columns.iter().chain(c.values.iter().flatten()).cloned().collect();
        let keys = c.values.as_ref().map(|_| {
            // A repeated column is left out, so the key is counted by what stays.
            self.keys_kept(&c.columns)
        });
        let kept = self.distinct(&all, "column");
        let at = self.marked_column(c, &kept);
        let serial = c.serial.as_ref().map(|by| self.serial_columns(&c.name, by, &kept));
        let closing = c.closing.as_ref().map(|closing| self.closing(&c.name, closing, &kept));
        let mut cols = Vec::new();
        for column in kept {
            let thing = Thing::Col(rel, cols.len() as u32);
            self.saw(column.name.span, thing, Use::Declares);
            cols.push(hir::Col {
                name: column.name.text.clone(),
                ty: Some(self.ty(&column.ty)),
                default: column.default.as_ref().map(|d| self.default(d)),
                span: column.span,
            });
        }
        let rel = &mut self.program.rels[rel.index()];
        rel.cols = cols;
        rel.keys = keys;
        rel.at = at;
        rel.serial = serial;
        rel.closing = closing;
    }

    fn keys_kept(&self, columns: &[ast::Column]) -> usize {
        let mut names: Vec<&str> = columns.iter().map(|c| c.name.text.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    }

    /// The columns without those that repeat a name, which are reported.
    pub(super) fn distinct<'c>(
        &mut self,
        columns: &'c [ast::Column],
        what: &str,
    ) -> Vec<&'c ast::Column> {
        let mut kept: Vec<&ast::Column> = Vec::new();
        let mut places: BTreeMap<&str, Span> = BTreeMap::new();
        for column in columns {
            match places.get(column.name.text.as_str()) {
                Some(&first) => {
                    self.duplicate(
                        codes::DUPLICATE_COLUMN,
                        &format!("{what} "),
                        &column.name,
                        first,
                    );
                }
                None => {
                    places.insert(&column.name.text, column.name.span);
                    kept.push(column);
                }
            }
        }
        kept
    }

    /// Reports an `@` where no message travels.
    pub(super) fn plain_column(&mut self, column: &ast::Column, what: &str) {
        if column.at {
            let title = format!("`@` marks the address of a channel, and {what} has none");
            self.misplaced(column.span, &title);
        }
    }

    /// Reports a mark that means nothing where it stands.
    pub(super) fn misplaced(&mut self, span: Span, title: &str) {
        self.report(
            Diagnostic::error(codes::MISPLACED_MARK, span, title)
                .at("this means nothing here")
                .help("leave it out"),
        );
    }

    fn default(&mut self, written: &ast::Expr) -> hir::Default {
        if matches!(&written.kind, ast::ExprKind::Name(n) if n == "line") {
            return hir::Default::Line(written.span);
        }
        let mut body = Body::new(self, Place::Default);
        hir::Default::Value(body.expr(written))
    }

    /// `line` inside a larger default.
    pub(super) fn refuse_line(&mut self, span: Span) {
        self.report(
            not_yet(
                codes::LATER_LINE,
                span,
                "`line` inside an expression",
                "A default will be able to compute with the record's number.",
            )
            .help("write `= line` alone, and compute in a rule"),
        );
    }

    /// Columns named by the variables of the head, else by their position.
    pub(super) fn inferred_columns(&mut self, args: &ast::Args) -> Vec<hir::Col> {
        let named: Vec<(String, Span)> = match args {
            ast::Args::Named(args) => {
                args.iter().map(|a| (a.name.text.clone(), a.name.span)).collect()
            }
            ast::Args::Positional(args) => {
                args.iter().enumerate().map(|(i, e)| (self.column_name(i, e), e.span)).collect()
            }
        };
        let mut cols: Vec<hir::Col> = Vec::new();
        let mut places: BTreeMap<String, Span> = BTreeMap::new();
        for (name, span) in named {
            if let Some(&first) = places.get(&name) {
                self.report(
                    Diagnostic::error(
                        codes::DUPLICATE_COLUMN,
                        span,
                        format!("two columns of this view are named `{name}`"),
                    )
                    .at("named after its variable again")
                    .label(first, "the first")
                    .help("name them: `view p{a: x, b: x} <= …;`"),
                );
            }
            places.entry(name.clone()).or_insert(span);
            cols.push(hir::Col { name, ty: None, default: None, span });
        }
        cols
    }

    /// A column that got its name by its number stands nowhere.
    fn saw_inferred(&mut self, rel: RelId, args: &ast::Args, cols: &[hir::Col]) {
        for (i, col) in cols.iter().enumerate() {
            let written = match args {
                ast::Args::Named(_) => true,
                ast::Args::Positional(args) => {
                    let kind = args.get(i).map(|arg| &arg.kind);
                    matches!(kind, Some(ast::ExprKind::Name(n)) if *n == col.name)
                }
            };
            if written {
                self.saw(col.span, Thing::Col(rel, i as u32), Use::Declares);
            }
        }
    }

    fn column_name(&self, index: usize, arg: &ast::Expr) -> String {
        match &arg.kind {
            ast::ExprKind::Name(n) if !matches!(self.scope.symbol(n), Some(Symbol::Const(_))) => {
                n.clone()
            }
            ast::ExprKind::Paren(inner) => self.column_name(index, inner),
            _ => format!("c{}", index + 1),
        }
    }

    /// `like` copies, in as many rounds as there are copies of copies.
    fn copy_columns(&mut self, mut waiting: Vec<(RelId, &ast::Name, &ast::Path)>) {
        loop {
            let ids: Vec<RelId> = waiting.iter().map(|(rel, ..)| *rel).collect();
            let before = waiting.len();
            let mut later = Vec::new();
            for (rel, name, of) in waiting {
                match self.like_source(of) {
                    Some(source) if ids.contains(&source) => later.push((rel, name, of)),
                    Some(source) => self.copy(rel, source, of),
                    // Reported; what its columns are nobody knows.
                    None => {
                        self.scope.lower.remove(&name.text);
                        self.scope.poison(&name.text);
                    }
                }
            }
            waiting = later;
            if waiting.len() == before || waiting.is_empty() {
                break;
            }
        }
        for (_, name, of) in waiting {
            let title = format!("the columns of `{}` are copied from themselves", name.text);
            let span = of.last().map_or(name.span, |n| n.span);
            self.report(
                Diagnostic::error(codes::CYCLIC_DEFINITION, name.span, title)
                    .at("declared here")
                    .label(span, "copied from here"),
            );
            self.scope.lower.remove(&name.text);
            self.scope.poison(&name.text);
        }
    }

    fn like_source(&mut self, of: &ast::Path) -> Option<RelId> {
        let [name] = &of[..] else {
            if of.first().is_some_and(|n| self.scope.is_poisoned(&n.text)) {
                self.taint();
                return None;
            }
            let text: Vec<&str> = of.iter().map(|n| n.text.as_str()).collect();
            let span = of.first().map(|n| n.span).unwrap_or_default();
            self.unknown_collection(&text.join("."), span, false);
            return None;
        };
        let rel = self.collection(name);
        if let Some(rel) = rel {
            self.saw(name.span, Thing::Rel(rel), Use::Mentions);
        }
        rel
    }

    /// The collection of a name; says so if it has none.
    pub(super) fn collection(&mut self, name: &ast::Name) -> Option<RelId> {
        match self.scope.symbol(&name.text) {
            Some(Symbol::Rel(rel)) => Some(rel),
            Some(Symbol::Given(given)) => Some(self.given(given)),
            Some(Symbol::Fn(..) | Symbol::Const(_)) => {
                self.not_a_collection(name);
                None
            }
            None => {
                self.unknown_collection(&name.text, name.span, false);
                None
            }
        }
    }

    /// A function or constant where a collection belongs.
    pub(super) fn not_a_collection(&mut self, name: &ast::Name) {
        let Some(&(symbol, place)) = self.scope.lower.get(&name.text) else { return };
        let what = if matches!(symbol, Symbol::Fn(..)) { "a function" } else { "a constant" };
        self.report(
            Diagnostic::error(
                codes::NOT_A_COLLECTION,
                name.span,
                format!("`{}` is {what}, not a collection", name.text),
            )
            .at("a collection is expected here")
            .label(place, "declared here"),
        );
    }

    fn copy(&mut self, rel: RelId, source: RelId, of: &ast::Path) {
        let from = &self.program.rels[source.index()];
        let (cols, keys, by_rule) = (from.cols.clone(), from.keys, from.by_rule);
        let at = from.at;
        let (name, place) = (from.name.clone(), from.name_span);
        if by_rule {
            let span = of.last().map(|n| n.span).unwrap_or_default();
            self.report(
                Diagnostic::error(
                    codes::LIKE_INFERRED,
                    span,
                    format!("the columns of `{name}` have no written types to copy"),
                )
                .at("only a declaration with types can be copied")
                .label(place, "declared by its rule here")
                .help(format!("declare `view {name}(…);` with types, and write its rule apart")),
            );
        }
        let rel = &mut self.program.rels[rel.index()];
        rel.cols = cols;
        rel.keys = keys;
        rel.at = at;
    }
}
