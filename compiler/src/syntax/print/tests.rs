//! Statements of `test` blocks as documents. (The tests of the printer
//! itself stand in the crate's `tests/syntax`.)

use crate::syntax::ast::Expr;
use crate::syntax::ast::Prop;
use crate::syntax::ast::TestFact;
use crate::syntax::ast::TestKind;
use crate::syntax::ast::TestStmt;
use crate::syntax::print::ast::Printer;
use crate::syntax::print::doc::Doc;

impl<'a> Printer<'a> {
    pub(super) fn test(&mut self, title: &str, body: &[TestStmt]) {
        self.word("test");
        self.tok(title);
        self.spaced("{");
        self.block_inside(|p| {
            for stmt in body {
                p.statement_start(None);
                p.test_stmt(stmt);
                p.push(Doc::HardLine);
            }
        });
        self.tok("}");
    }

    fn test_stmt(&mut self, stmt: &TestStmt) {
        match &stmt.kind {
            TestKind::Tick { at, facts, block } => {
                self.tok("tick");
                self.at(at);
                match block {
                    true => self.facts(facts),
                    false => self.tok(";"),
                }
            }
            TestKind::Expect(expr) => {
                self.word("expect");
                self.expr(expr);
                self.tok(";");
            }
            TestKind::ExpectSent { negated, head } => {
                self.word("expect");
                self.word("sent");
                if *negated {
                    self.word("not");
                }
                self.head(head);
                self.tok(";");
            }
            TestKind::ExpectError { code, inner } => {
                self.word("expect");
                self.word("error");
                if let Some(code) = code {
                    self.name(code);
                    self.push(Doc::Space);
                }
                self.word("in");
                self.test_stmt(inner);
            }
            TestKind::View { name, args, body } => {
                self.group(|p| {
                    p.word("view");
                    p.name(name);
                    p.exprs(("(", ")"), args);
                    p.spaced("<=");
                    p.body(body);
                });
                self.tok(";");
            }
            _ => self.simulated(stmt),
        }
    }

    fn simulated(&mut self, stmt: &TestStmt) {
        match &stmt.kind {
            TestKind::Nodes(groups) => {
                self.group(|p| {
                    p.word("nodes");
                    p.nest(|p| {
                        p.commas(groups, |p, group| {
                            p.name(&group.role);
                            if !group.args.is_empty() {
                                p.list(("(", ")"), &group.args, Self::named);
                            }
                            p.tok(":");
                            p.spaced(&group.count.to_string());
                        });
                    });
                });
                self.tok(";");
            }
            TestKind::Seeds(count) => {
                self.word("seeds");
                self.tok(&count.to_string());
                self.tok(";");
            }
            TestKind::Network(lines) => {
                self.tok("network");
                self.lines(lines, |p, line| p.raw_line(&line.text));
            }
            TestKind::NodeEvents { role, index, at, facts } => {
                self.name(role);
                self.tok("[");
                self.tok(&index.to_string());
                self.tok("]");
                self.at(at);
                self.facts(facts);
            }
            TestKind::Eventually { within, props } => {
                self.tok("eventually");
                if let Some(within) = within {
                    self.spaced("within");
                    self.push(Doc::Space);
                    self.expr(within);
                }
                self.lines(props, Self::prop);
            }
            TestKind::Always(props) => {
                self.tok("always");
                self.lines(props, Self::prop);
            }
            TestKind::Sometimes(props) => {
                self.tok("sometimes");
                self.lines(props, Self::prop);
            }
            _ => {}
        }
    }

    fn at(&mut self, at: &Option<Expr>) {
        if let Some(at) = at {
            self.spaced("at");
            self.push(Doc::Space);
            self.expr(at);
        }
    }

    fn facts(&mut self, facts: &[TestFact]) {
        self.lines(facts, |p, fact| {
            if fact.delete {
                p.tok("-");
            }
            p.head(&fact.head);
        });
    }

    /// `{ a; b; }`, on one line if it fits.
    fn lines<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.push(Doc::Space);
        self.group(|p| {
            p.tok("{");
            p.nest(|p| {
                for item in items {
                    p.push(Doc::Line);
                    p.group(|p| each(p, item));
                    p.tok(";");
                }
                p.before_closing();
            });
            if !items.is_empty() {
                p.push(Doc::Line);
            }
            p.tok("}");
        });
    }

    fn prop(&mut self, prop: &Prop) {
        match prop {
            Prop::Expr(expr) => self.expr(expr),
            Prop::All(name, expr) => {
                self.word("all");
                self.name(name);
                self.tok(":");
                self.push(Doc::Space);
                self.expr(expr);
            }
            Prop::Agree(name, path) => {
                self.tok("agree");
                if let Some(name) = name {
                    self.push(Doc::Space);
                    self.name(name);
                }
                self.tok(":");
                self.push(Doc::Space);
                self.path(path);
            }
        }
    }
}
