//! The rows that a test gives, and those that it wants to see. Each given row,
//! each condition and each set of exact rows is a hidden collection of its own
//! that a rule fills; here it is said which rules these are. A collection that
//! nothing from outside reaches is refused.

use super::hir;
use super::hir::Expectation;
use super::hir::RelKind;
use super::hir::Stage;
use super::occurrences::Thing;
use super::occurrences::Use;
use super::resolve::Body;
use super::resolve::Cx;
use super::resolve::Place;
use super::scope::Symbol;
use super::tests::Course;
use super::time::Arg;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::ids::RelId;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::BinOp;
use crate::syntax::ast::ExprKind;

impl<'a> Cx<'a> {
    /// A row given, or taken out, before a tick.
    pub(super) fn test_fact(
        &mut self,
        fact: &ast::TestFact,
        course: &Course,
    ) -> Option<hir::TestFact> {
        let head = &fact.head;
        let rel = self.head_rel(head)?;
        let reached = match fact.delete {
            true => self.may_lose(rel, head),
            false => self.may_be_given(rel, head, course),
        };
        let op = fact.delete.then_some(ast::Op::Delete);
        let faults = self.faults();
        let mut body = Body::new(self, Place::Rule);
        // Nothing else is computed with it, so there is no row to leave out.
        body.choices += 1;
        let args = body.head_args(rel, head, op);
        let mut cols = Vec::new();
        let mut values = Vec::new();
        for (col, arg) in args.into_iter().enumerate() {
            if let Arg::Value(value) = arg {
                cols.push(col);
                values.push(value);
            }
        }
        let row = body.stated(rel, &cols, None, values, head.span, faults);
        let (delete, span) = (fact.delete, head.span);
        reached.then_some(hir::TestFact { delete, rel, row, cols, span })
    }

    fn may_be_given(&mut self, rel: RelId, head: &ast::Head, course: &Course) -> bool {
        let of = &self.program.rels[rel.index()];
        let (what, help) = match of.kind {
            RelKind::StaticTable if course.ticks > 0 => (
                "a static table is loaded before the first tick and never changes",
                "give its rows in the first tick of the test: they are there from the start",
            ),
            RelKind::View | RelKind::OutputView => (
                "a view follows from the state",
                "give rows to the tables and inputs that its rules read",
            ),
            RelKind::Scratch => {
                ("a scratch is filled by rules alone", "give the event that its rules need")
            }
            RelKind::Output => (
                "an output shows what rules say",
                "give the events and rows that its rules read, and expect the output",
            ),
            _ if of.kind.is_hidden() => (
                "this view is a part of the test",
                "give rows to the tables and inputs that it reads",
            ),
            _ => return true,
        };
        self.not_from_outside(rel, head, "nothing from outside gives rows to", what, help);
        false
    }

    fn may_lose(&mut self, rel: RelId, head: &ast::Head) -> bool {
        let kind = self.program.rels[rel.index()].kind;
        let stays = kind.is_table() && kind != RelKind::StaticTable || kind == RelKind::InputView;
        if !stays {
            let (what, help) = match kind {
                RelKind::StaticTable => {
                    ("a static table never changes", "leave the row out where it is given")
                }
                RelKind::View | RelKind::OutputView => (
                    "a view follows from the state",
                    "take rows out of the tables that its rules read",
                ),
                _ => (
                    "its rows are gone at the end of their tick",
                    "leave it out: only rows of tables and input views stay",
                ),
            };
            self.not_from_outside(rel, head, "nothing from outside takes rows out of", what, help);
        }
        stays
    }

    fn not_from_outside(
        &mut self,
        rel: RelId,
        head: &ast::Head,
        title: &str,
        what: &str,
        help: &str,
    ) {
        let of = &self.program.rels[rel.index()];
        let words = if of.kind.is_hidden() { "view" } else { of.kind.words() };
        let title = format!("{title} the {words} `{}`", of.name);
        let (place, given) = (of.name_span, of.given.is_some());
        let shown = format!("`{}` is declared here", of.name);
        let diagnostic =
            Diagnostic::error(codes::TEST_GIVES, head.span, title).at(what).help(help.to_string());
        self.report(if given { diagnostic } else { diagnostic.label(place, shown) });
    }

    /// `expect …;`
    pub(super) fn expectation(&mut self, expr: &ast::Expr, span: Span) -> Option<Expectation> {
        if let Some((name, op, other)) = self.compared(expr) {
            return match op {
                BinOp::Eq => self.exact_rows(&name, other, span),
                _ => self.other_rows(&name, expr.span),
            };
        }
        let (mut inner, mut negated) = (expr, false);
        loop {
            match &inner.kind {
                ExprKind::Paren(e) => inner = e,
                ExprKind::Not(e) => (inner, negated) = (e, !negated),
                _ => break,
            }
        }
        let faults = self.faults();
        let mut body = Body::new(self, Place::Rule);
        let lits = body.body(&[ast::Lit::Plain { expr: inner.clone(), otherwise: None }]);
        Some(body.matches(lits, negated, span, faults))
    }

    /// `expect sent …;`
    pub(super) fn sent(
        &mut self,
        head: &'a ast::Head,
        negated: bool,
        span: Span,
    ) -> Option<Expectation> {
        let rel = self.head_rel(head)?;
        let kind = self.program.rels[rel.index()].kind;
        let faults = self.faults();
        let mut body = Body::new(self, Place::Rule);
        let [name] = &head.path[..] else { return None };
        let callee = ast::Expr { kind: ExprKind::Name(name.text.clone()), span: name.span };
        let mut atom = body.atom(&callee, &head.args, head.span)?;
        if !matches!(kind, RelKind::Channel | RelKind::Timer) {
            let title = format!("`{}` is not sent", name.text);
            self.report(
                Diagnostic::error(codes::TEST_STEP, head.span, title)
                    .at(format!("only rows of channels and timers are sent, this is {}", a(kind)))
                    .help("leave out `sent`: `expect p(…);` looks at the rows of any collection"),
            );
            return None;
        }
        atom.rel = body.cx.stage(Stage::Send, rel);
        let lits = vec![hir::Lit { kind: hir::LitKind::Atom(atom), span: head.span }];
        Some(body.matches(lits, negated, span, faults))
    }

    /// The collection and the other side of `p == …` and `p != …`.
    fn compared<'e>(&self, expr: &'e ast::Expr) -> Option<(ast::Name, BinOp, &'e ast::Expr)> {
        let ExprKind::Binary(op, _, left, right) = &bare(expr).kind else { return None };
        let (left, right) = (bare(left), bare(right));
        let ExprKind::Name(text) = &left.kind else { return None };
        let is_rows = matches!(self.scope.symbol(text), Some(Symbol::Rel(_) | Symbol::Given(_)));
        let fits = is_rows && matches!(op, BinOp::Eq | BinOp::Ne);
        fits.then(|| (ast::Name { text: text.clone(), span: left.span }, *op, right))
    }

    fn other_rows(&mut self, name: &ast::Name, span: Span) -> Option<Expectation> {
        let rel = self.collection(name)?;
        let row = row_of(&self.shape(rel), &name.text);
        self.report(
            Diagnostic::error(
                codes::TEST_STEP,
                span,
                "a test says which rows there are, not which there are not",
            )
            .at("only `==` compares a collection with rows")
            .help(format!(
                "write `expect not {}{row}` for a row that must not be there",
                name.text
            )),
        );
        None
    }

    /// `expect p == {…};`
    fn exact_rows(
        &mut self,
        name: &ast::Name,
        other: &ast::Expr,
        span: Span,
    ) -> Option<Expectation> {
        let rel = self.collection(name)?;
        self.saw(name.span, Thing::Rel(rel), Use::Reads);
        let ExprKind::Set(elements) = &other.kind else {
            let title = format!("`{}` can be compared with rows only", name.text);
            let shape = self.shape(rel);
            let row = row_of(&shape, &name.text);
            self.report(
                Diagnostic::error(codes::TEST_STEP, other.span, title)
                    .at("rows stand in braces")
                    .help(format!("write `expect {} == {{{row}, …}}`", name.text)),
            );
            return None;
        };
        let cols: Vec<usize> = (0..self.program.rels[rel.index()].cols.len()).collect();
        let copies = self.columns_of(rel, &cols);
        let rows = self.expected(&name.text, copies, span);
        self.program.tests.copies.push((rows, rel, cols.clone()));
        for element in elements {
            let faults = self.faults();
            let mut body = Body::new(self, Place::Rule);
            body.choices += 1;
            let values = match &bare(element).kind {
                _ if cols.len() == 1 => vec![body.expr(element)],
                ExprKind::Tuple(parts) if parts.len() == cols.len() => body.exprs(parts),
                _ => {
                    body.cx.not_a_row(rel, element.span);
                    continue;
                }
            };
            body.stated(rel, &cols, Some(rows), values, element.span, faults);
        }
        Some(Expectation::Rows { rel, rows })
    }

    fn not_a_row(&mut self, rel: RelId, span: Span) {
        let of = &self.program.rels[rel.index()];
        let (name, width) = (of.name.clone(), of.cols.len());
        let place = of.name_span;
        let shape = self.shape(rel);
        let row = row_of(&shape, &name);
        self.report(
            Diagnostic::error(codes::TEST_STEP, span, format!("this is no row of `{name}`"))
                .at(format!("a row has {} in parentheses", suggest::count(width, "value")))
                .help(format!("write `{row}` with values for the columns"))
                .label(place, format!("declared here: `{shape}`")),
        );
    }

    fn columns_of(&self, rel: RelId, cols: &[usize]) -> Vec<hir::Col> {
        let of = &self.program.rels[rel.index()].cols;
        let copy = |&col: &usize| hir::Col { default: None, ..of[col].clone() };
        cols.iter().map(copy).collect()
    }
}

impl Body<'_, '_> {
    /// What a condition finds: a collection without columns that has its row
    /// when something matches.
    fn matches(
        mut self,
        mut lits: Vec<hir::Lit>,
        negated: bool,
        span: Span,
        faults: usize,
    ) -> Expectation {
        lits.append(&mut self.wanted);
        lits.splice(0..0, self.given_atoms());
        self.finish(faults);
        let found = self.cx.expected("expect", Vec::new(), span);
        self.cx.program.rules.push(hir::Rule {
            head: found,
            args: Vec::new(),
            head_span: span,
            body: lits,
            order: Vec::new(),
            vars: std::mem::take(&mut self.vars.arena),
            is_fact: false,
            doc: None,
            span,
        });
        Expectation::Matches { found, negated }
    }

    /// A row as a fact of a hidden collection, its own if none is named.
    fn stated(
        mut self,
        rel: RelId,
        cols: &[usize],
        of: Option<RelId>,
        args: Vec<hir::Expr>,
        span: Span,
        faults: usize,
    ) -> RelId {
        let mut lits = std::mem::take(&mut self.wanted);
        lits.splice(0..0, self.given_atoms());
        self.finish(faults);
        let cx = &mut *self.cx;
        let head = of.unwrap_or_else(|| {
            let name = cx.program.rels[rel.index()].name.clone();
            let columns = cx.columns_of(rel, cols);
            let row = cx.expected(&name, columns, span);
            cx.program.tests.copies.push((row, rel, cols.to_vec()));
            row
        });
        cx.program.rules.push(hir::Rule {
            head,
            args,
            head_span: span,
            body: lits,
            order: Vec::new(),
            vars: std::mem::take(&mut self.vars.arena),
            is_fact: true,
            doc: None,
            span,
        });
        head
    }
}

/// Without parentheses around it.
fn bare(expr: &ast::Expr) -> &ast::Expr {
    match &expr.kind {
        ExprKind::Paren(inner) => bare(inner),
        _ => expr,
    }
}

/// The columns of a declaration as a row has them: `(a, b)`.
fn row_of(shape: &str, name: &str) -> String {
    shape.strip_prefix(name).unwrap_or("()").replace(" => ", ", ")
}

/// A kind of collection with its article.
fn a(kind: RelKind) -> String {
    let words = if kind.is_hidden() { "view" } else { kind.words() };
    let article = if words.starts_with(['i', 'o']) { "an" } else { "a" };
    format!("{article} {words}")
}
