//! Tests. What a test expects of the program's rows becomes rules like any
//! other, with hidden heads, and so do the rows that it gives: they are named,
//! typed and judged as all rules are. These stand behind everything that the
//! program has, so that it is the same without them. When a test takes its
//! steps, and what becomes of what it finds, is not known here.

use std::collections::BTreeMap;

use super::hir;
use super::hir::RelKind;
use super::hir::TestStepKind;
use super::resolve::Body;
use super::resolve::Cx;
use super::resolve::Place;
use super::roles;
use super::scope::Symbol;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::RelId;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::TestKind;

/// What the steps of one test share.
#[derive(Default)]
pub(super) struct Course {
    /// The instant of the last tick, in nanoseconds.
    now: i64,
    /// Number of ticks so far.
    pub(super) ticks: usize,
}

impl<'a> Cx<'a> {
    /// All tests, in source order.
    pub(super) fn resolve_tests(&mut self, module: &'a ast::Module) {
        self.program.tests.first_rel = self.program.rels.len();
        self.program.tests.first_rule = self.program.rules.len();
        let mut titles: BTreeMap<String, Span> = BTreeMap::new();
        for item in &module.items {
            let ItemKind::Test { title, title_span, body } = &item.kind else { continue };
            let title = self.title(title, *title_span);
            match titles.get(&title) {
                Some(first) => self.title_again(&title, *title_span, *first),
                None => drop(titles.insert(title.clone(), *title_span)),
            }
            self.taint_if_broken(item.span);
            let (steps, scenario) = self.test(body);
            let (title_span, span) = (*title_span, item.span);
            self.program.tests.list.push(hir::Test { title, title_span, span, steps, scenario });
        }
    }

    fn title(&mut self, title: &ast::Literal, span: Span) -> String {
        let ast::Literal::Str(parts) = title else { return String::new() };
        let mut out = String::new();
        for part in parts {
            match part {
                ast::StrPart::Text(text) => out.push_str(text),
                ast::StrPart::Expr(_) => self.report(
                    Diagnostic::error(codes::TEST_STEP, span, "the title of a test has no values")
                        .at("this would be computed")
                        .help("write `{{` and `}}` for braces"),
                ),
            }
        }
        out
    }

    fn title_again(&mut self, title: &str, span: Span, first: Span) {
        self.report(
            Diagnostic::error(
                codes::DUPLICATE_NAME,
                span,
                format!("two tests are called \"{title}\""),
            )
            .at("called so again here")
            .label(first, "the first")
            .help("say in the title what is particular about this one"),
        );
    }

    fn test(&mut self, body: &'a [ast::TestStmt]) -> (Vec<hir::TestStep>, Option<hir::Scenario>) {
        let mut views = Vec::new();
        for stmt in body {
            if let TestKind::View { name, args, body } = &stmt.kind
                && let Some(rel) = self.test_view(stmt.span, name, args)
            {
                views.push((rel, stmt, name, args, body));
            }
        }
        for (rel, stmt, name, args, body) in &views {
            self.test_view_rule(*rel, stmt.span, name, args, body);
        }
        let mut course = Course { now: 0, ticks: 0 };
        let mut steps = Vec::new();
        let scenario = roles::of_many(body).then(|| self.scenario(body));
        let stepped = if scenario.is_none() { body } else { &[] };
        for stmt in stepped {
            if let Some(kind) = self.test_step(stmt, &mut course) {
                steps.push(hir::TestStep { kind, span: stmt.span });
            }
        }
        // The views of a test are its own.
        for (_, _, name, ..) in views {
            self.scope.lower.remove(&name.text);
        }
        (steps, scenario)
    }

    fn test_step(
        &mut self,
        stmt: &'a ast::TestStmt,
        course: &mut Course,
    ) -> Option<hir::TestStepKind> {
        match &stmt.kind {
            TestKind::Tick { at, facts, .. } => {
                Some(TestStepKind::Tick(self.test_tick(at.as_ref(), facts, course)))
            }
            TestKind::Expect(expr) => self.expectation(expr, stmt.span).map(TestStepKind::Expect),
            TestKind::ExpectSent { negated, head } => {
                self.sent(head, *negated, stmt.span).map(TestStepKind::Expect)
            }
            TestKind::ExpectError { code, inner } => self.failing(code.as_ref(), inner, course),
            // Declared before, and read by what is expected.
            TestKind::View { .. } => None,
            // What stands in tests of many nodes only is read elsewhere.
            TestKind::Nodes(_)
            | TestKind::Seeds(_)
            | TestKind::Network(_)
            | TestKind::NodeEvents { .. }
            | TestKind::Eventually { .. }
            | TestKind::Always(_)
            | TestKind::Sometimes(_) => None,
        }
    }

    fn test_tick(
        &mut self,
        at: Option<&'a ast::Expr>,
        facts: &'a [ast::TestFact],
        course: &mut Course,
    ) -> hir::TestTick {
        let mut until = None;
        if let Some(at) = at
            && let ExprKind::Literal(ast::Literal::Duration(ns)) = at.kind
        {
            if ns <= course.now {
                self.backwards(at.span, course.now);
            } else {
                until = Some(ns);
            }
        }
        course.now = until.unwrap_or(course.now.saturating_add(1));
        let given = facts.iter().filter_map(|fact| self.test_fact(fact, course)).collect();
        course.ticks += 1;
        hir::TestTick { at: until, facts: given }
    }

    fn backwards(&mut self, span: Span, now: i64) {
        let now = crate::syntax::literals::duration_text(now);
        self.report(
            Diagnostic::error(codes::TEST_STEP, span, "time does not go back in a test")
                .at(format!("`now` was {now} in the tick before"))
                .note(
                    "`now` is 0ns in the tick that starts the program, and each tick is 1ns later \
                     unless it says `at`.",
                )
                .help("give a later time, or write `tick { … }` without one"),
        );
    }

    fn failing(
        &mut self,
        code: Option<&ast::Name>,
        inner: &'a ast::TestStmt,
        course: &mut Course,
    ) -> Option<TestStepKind> {
        let number = code.map(|code| self.failure_code(code));
        let TestKind::Tick { at, facts, .. } = &inner.kind else {
            self.report(
                Diagnostic::error(codes::TEST_STEP, inner.span, "only a tick can fail")
                    .at("this is none")
                    .help("write `expect error in tick { … }`"),
            );
            return None;
        };
        // A tick that failed has not been: time goes on from where it was.
        let before = course.now;
        let tick = self.test_tick(at.as_ref(), facts, course);
        course.now = before;
        Some(TestStepKind::Fails { code: number.flatten(), tick })
    }

    /// The code of an error that a tick can end with.
    fn failure_code(&mut self, name: &ast::Name) -> Option<crate::diag::Code> {
        let known = codes::find(&name.text).filter(|_| name.text.starts_with('B'));
        let fails = |code: crate::diag::Code| {
            (500..600).contains(&code.0) || code == codes::LIMIT_REACHED || code.0 / 100 == 7
        };
        if let Some(entry) = known.filter(|entry| fails(entry.code)) {
            return Some(entry.code);
        }
        let why = match known {
            Some(entry) => format!("{} is an error of a program that is not run", entry.code),
            None => "no error has this code".to_string(),
        };
        self.report(
            Diagnostic::error(
                codes::TEST_STEP,
                name.span,
                format!("no tick fails with `{}`", name.text),
            )
            .at(why)
            .help(
                "ticks fail with B05xx, such as B0501 for two rows of one key; `bloom explain \
                 codes` lists them; without a code any error will do",
            ),
        );
        None
    }

    fn test_view(&mut self, span: Span, name: &ast::Name, args: &'a [ast::Expr]) -> Option<RelId> {
        let id = RelId(self.program.rels.len() as u32);
        if !self.declare(name, Symbol::Rel(id)) {
            return None;
        }
        let cols = self.inferred_columns(&ast::Args::Positional(args.to_vec()));
        let rel = hir::Rel::new(&name.text, RelKind::Expected, name.span);
        self.program.rels.push(hir::Rel { by_rule: true, cols, span, ..rel });
        Some(id)
    }

    fn test_view_rule(
        &mut self,
        head: RelId,
        span: Span,
        name: &ast::Name,
        args: &'a [ast::Expr],
        lits: &'a [ast::Lit],
    ) {
        let faults = self.faults();
        let mut body = Body::new(self, Place::Rule);
        let mut lits = body.body(lits);
        let values = body.exprs(args);
        lits.append(&mut body.wanted);
        lits.splice(0..0, body.given_atoms());
        body.finish(faults);
        let vars = std::mem::take(&mut body.vars.arena);
        let head_span = args.last().map_or(name.span, |last| name.span.to(last.span));
        self.program.rules.push(hir::Rule {
            head,
            args: values,
            head_span,
            body: lits,
            order: Vec::new(),
            vars,
            is_fact: false,
            doc: None,
            span,
        });
    }

    /// A hidden collection that one statement of a test is about.
    pub(super) fn expected(&mut self, name: &str, cols: Vec<hir::Col>, span: Span) -> RelId {
        let keys = Some(cols.len());
        let rel = hir::Rel::new(name, RelKind::Expected, span);
        self.program.rels.push(hir::Rel { cols, keys, ..rel });
        RelId(self.program.rels.len() as u32 - 1)
    }
}
