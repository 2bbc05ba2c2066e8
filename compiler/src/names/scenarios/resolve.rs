//! The statements of a test of many nodes. They come written in the names of
//! the program over all nodes; here they become parts of a [`Scenario`], and
//! what has to hold becomes rules like those of any test.

use super::Gift;
use super::Group;
use super::Mode;
use super::Nodes;
use super::Property;
use super::Scenario;
use super::network;
use super::network::Fault;
use super::rewrite::PARAMETERS;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::limits;
use crate::names::hir;
use crate::names::resolve::Cx;
use crate::names::scope::Symbol;
use crate::names::tests::Course;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::TestKind;

impl<'a> Cx<'a> {
    /// A test of many nodes.
    pub(in crate::names) fn scenario(&mut self, body: &'a [ast::TestStmt]) -> Scenario {
        let mut scenario = Scenario::default();
        for stmt in body {
            if let TestKind::Nodes(groups) = &stmt.kind {
                groups.iter().for_each(|group| self.group(group, &mut scenario));
            }
        }
        if scenario.groups.is_empty() && !body.iter().any(|s| matches!(s.kind, TestKind::Nodes(_)))
        {
            let span = body.first().map_or(Span::default(), |stmt| stmt.span);
            self.report(
                Diagnostic::error(codes::TEST_NODES, span, "this test has no nodes")
                    .at("a test with such a statement is one of many nodes")
                    .help("say which there are, for example `nodes node: 3;`"),
            );
        }
        for stmt in body {
            self.scenario_stmt(stmt, &mut scenario);
        }
        scenario
    }

    fn scenario_stmt(&mut self, stmt: &'a ast::TestStmt, scenario: &mut Scenario) {
        match &stmt.kind {
            TestKind::Nodes(_) | TestKind::View { .. } => {}
            TestKind::Seeds(count) => {
                if *count == 0 || scenario.seeds.is_some() {
                    let why = if *count == 0 { "at least one" } else { "this is said before" };
                    let title = "a test says once how many seeds it tries";
                    self.report(Diagnostic::error(codes::TEST_NODES, stmt.span, title).at(why));
                }
                scenario.seeds = Some(*count);
            }
            TestKind::Network(lines) => {
                for line in lines {
                    match network::read(line) {
                        Ok(fault) => {
                            self.names_nodes(&fault, line.span, scenario);
                            scenario.faults.push((fault, line.span));
                        }
                        Err(told) => self.report(*told),
                    }
                }
            }
            TestKind::NodeEvents { role, index, at, facts } => {
                self.gift(stmt.span, (role, *index), at.as_ref(), facts, scenario);
            }
            TestKind::Eventually { within, props } => {
                let within = within.as_ref().and_then(nanoseconds);
                self.properties(Mode::Eventually(within), props, scenario);
            }
            TestKind::Always(props) => self.properties(Mode::Always, props, scenario),
            TestKind::Sometimes(props) => self.properties(Mode::Sometimes, props, scenario),
            TestKind::Tick { .. }
            | TestKind::Expect(_)
            | TestKind::ExpectSent { .. }
            | TestKind::ExpectError { .. } => self.report(
                Diagnostic::error(codes::TEST_NODES, stmt.span, "nodes tick by themselves here")
                    .at("this steps one node")
                    .help(
                        "give a node events, `r[0] at 10ms { … }`, and say what must hold: \
                         `always { … }`, `eventually { … }`, `sometimes { … }`",
                    ),
            ),
        }
    }

    fn group(&mut self, group: &ast::NodeGroup, scenario: &mut Scenario) {
        let name = &group.role;
        if !self.is_role(name) {
            return;
        }
        if let Some(first) = scenario.groups.iter().find(|g| g.role == name.text) {
            let title = format!("the nodes of `{}` are counted twice", name.text);
            let told = Diagnostic::error(codes::TEST_NODES, name.span, title)
                .at("again here")
                .label(first.span, "first here");
            return self.report(told);
        }
        let before: u64 = scenario.groups.iter().map(|g| g.count).sum();
        if group.count == 0 || group.count.saturating_add(before) > limits::TEST_NODES_MAX {
            let title = format!("a test has 1 to {} nodes", limits::TEST_NODES_MAX);
            self.report(
                Diagnostic::error(codes::TEST_NODES, name.span, title)
                    .at(format!("{} of this role", group.count)),
            );
        }
        let path = format!("{}{PARAMETERS}", name.text);
        let has = matches!(self.scope.symbol(&path), Some(Symbol::Rel(_)));
        let known = match self.scope.symbol(&path) {
            Some(Symbol::Rel(rel)) => self.program.rels[rel.index()].cols.clone(),
            _ => Vec::new(),
        };
        let unknown = |arg: &&ast::NamedArg| known.iter().all(|c| c.name != arg.name.text);
        if let Some(arg) = group.args.iter().find(unknown) {
            return self.no_parameter(&name.text, &arg.name, &known);
        }
        let given = |col: &hir::Col| group.args.iter().any(|arg| arg.name.text == col.name);
        if let Some(col) = known.iter().find(|col| col.default.is_none() && !given(col)) {
            let title = format!("nodes of `{}` need a value for `{}`", name.text, col.name);
            let told = Diagnostic::error(codes::TEST_NODES, name.span, title)
                .at("counted without it")
                .label(col.span, "the parameter")
                .help(format!("write `{}({}: …): {}`", name.text, col.name, group.count));
            return self.report(told);
        }
        let args = has.then(|| {
            let path = vec![ast::Name { text: path, span: name.span }];
            let args = ast::Args::Named(group.args.clone());
            let head = ast::Head { path, args, span: name.span };
            let course = Course::default();
            self.test_fact(&ast::TestFact { delete: false, head }, &course)
        });
        let (role, count, span) = (name.text.clone(), group.count, name.span);
        scenario.groups.push(Group { role, count, args: args.flatten(), span });
    }

    fn no_parameter(&mut self, role: &str, arg: &ast::Name, known: &[hir::Col]) {
        let title = format!("the role `{role}` has no parameter `{}`", arg.text);
        let told = Diagnostic::error(codes::TEST_NODES, arg.span, title).at("not declared");
        let names = known.iter().map(|col| col.name.as_str());
        self.report(match suggest::closest(&arg.text, names) {
            Some(nearest) => told.help(format!("did you mean `{nearest}`?")),
            None => told,
        });
    }

    fn is_role(&mut self, name: &ast::Name) -> bool {
        if self.roles.contains(&name.text) {
            return true;
        }
        let roles: Vec<String> = self.roles.clone();
        let roles = roles.iter().map(String::as_str);
        self.report(crate::names::roles::unknown(&name.text, name.span, roles));
        false
    }

    /// Whether there is such a node; says so if not.
    fn is_node(&mut self, role: &str, index: u64, span: Span, scenario: &Scenario) {
        let Some(group) = scenario.groups.iter().find(|g| g.role == role) else {
            let known: Vec<&str> = scenario.groups.iter().map(|g| g.role.as_str()).collect();
            let title = format!("this test has no nodes of `{role}`");
            let told = Diagnostic::error(codes::TEST_NODES, span, title).at("none are counted");
            let told = match suggest::closest(role, known.iter().copied()) {
                Some(nearest) => told.help(format!("did you mean `{nearest}`?")),
                None => told.help(format!("write `nodes {role}: 1;`")),
            };
            return self.report(told);
        };
        if index >= group.count {
            let title = format!("there is no node `{role}[{index}]`");
            let told = Diagnostic::error(codes::TEST_NODES, span, title)
                .at(match group.count {
                    1 => "its only node has the number 0".to_string(),
                    n => format!("its nodes have the numbers 0 to {}", n - 1),
                })
                .label(group.span, "counted here");
            self.report(told);
        }
    }

    fn names_nodes(&mut self, fault: &Fault, span: Span, scenario: &Scenario) {
        let sides: Vec<&Nodes> = match fault {
            Fault::Delay(..)
            | Fault::Loss(_)
            | Fault::Duplicate(_)
            | Fault::Reorder(_)
            | Fault::Lockstep(_) => Vec::new(),
            Fault::Partition(a, b, _) | Fault::OneWay(a, b, _) => a.iter().chain(b).collect(),
            Fault::Crash(a, ..) | Fault::Restart(a, _) => a.iter().collect(),
            Fault::Skew(a, _) | Fault::Slow(a, ..) => a.iter().collect(),
        };
        for nodes in sides {
            match nodes {
                Nodes::One(role, index) => self.is_node(role, *index, span, scenario),
                Nodes::Role(role) => self.is_node(role, 0, span, scenario),
                Nodes::Rest => {}
            }
        }
    }

    fn gift(
        &mut self,
        span: Span,
        (role, index): (&ast::Name, u64),
        at: Option<&ast::Expr>,
        facts: &[ast::TestFact],
        scenario: &mut Scenario,
    ) {
        self.is_node(&role.text, index, role.span, scenario);
        if let Some(fact) = facts.iter().find(|fact| fact.delete) {
            let title = "nothing is taken out of a running node from outside";
            self.report(
                Diagnostic::error(codes::TEST_NODES, fact.head.span, title)
                    .at("this would be taken out")
                    .help(format!(
                        "give an event, `{}[{index}] {{ … }}`, and have a rule take the row out \
                         with `<-`",
                        role.text
                    )),
            );
        }
        let course = Course::default();
        let facts = facts.iter().filter_map(|fact| self.test_fact(fact, &course)).collect();
        let at = at.and_then(nanoseconds).unwrap_or(0);
        scenario.given.push(Gift { role: role.text.clone(), index, at, facts, span });
    }

    fn properties(&mut self, mode: Mode, props: &[ast::Prop], scenario: &mut Scenario) {
        for prop in props {
            let (expr, wrong) = match prop {
                ast::Prop::Expr(expr) => (expr.clone(), None),
                ast::Prop::All(_, expr) => (expr.clone(), view_of(expr)),
                // Rewritten to the above; what is left was in no role.
                ast::Prop::Agree(..) => continue,
            };
            let span = expr.span;
            let wrong = wrong.and_then(|name| match self.scope.symbol(&name) {
                Some(Symbol::Rel(rel)) => Some(rel),
                _ => None,
            });
            if let Some(holds) = self.expectation(&expr, span) {
                scenario.properties.push(Property { mode, holds, wrong, span });
            }
        }
    }
}

/// The view in `not view(_, …)`.
fn view_of(expr: &ast::Expr) -> Option<String> {
    let ExprKind::Not(inner) = &expr.kind else { return None };
    let ExprKind::Call(callee, _) = &inner.kind else { return None };
    match &callee.kind {
        ExprKind::Name(name) => Some(name.clone()),
        _ => None,
    }
}

fn nanoseconds(expr: &ast::Expr) -> Option<i64> {
    match expr.kind {
        ExprKind::Literal(ast::Literal::Duration(ns)) => Some(ns),
        _ => None,
    }
}
