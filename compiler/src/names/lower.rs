//! Rules: the head, named columns put in their places, facts, and views
//! declared by their own rule. What a body says is read elsewhere.

use super::hir;
use super::literals::shorthand;
use super::occurrences::Thing;
use super::occurrences::Use;
use super::refuse;
use super::resolve::Body;
use super::resolve::Cx;
use super::resolve::Place;
use super::time::Arg;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::ids::RelId;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;

impl<'a> Cx<'a> {
    /// All rules, in source order.
    pub(super) fn resolve_rules(&mut self, module: &'a ast::Module) {
        for item in &module.items {
            match &item.kind {
                ItemKind::Rule(rule) => self.rule(item, rule),
                ItemKind::ViewRule { name, args, body } => self.view_rule(item, name, args, body),
                ItemKind::Invariant { name, condition } => self.invariant(item, name, condition),
                _ => {}
            }
        }
    }

    fn rule(&mut self, item: &ast::Item, rule: &ast::Rule) {
        if rule.seal {
            self.report(refuse::not_yet(
                codes::LATER_SEALS,
                rule.head.span,
                "`seal` heads",
                "`seal c(…) <~ …` will close a partition of a stream.",
            ));
            return;
        }
        let op = rule.op.map(|(op, _)| op);
        let faults = self.faults();
        self.taint_if_broken(item.span);
        let head = self.head_rel(&rule.head).filter(|rel| match rule.op {
            Some((op, span)) => self.takes(*rel, op, span),
            None => self.takes_facts(*rel, rule.head.span),
        });
        let mut body = Body::new(self, Place::Rule);
        // The body first: what it binds is seen before what the head reads.
        let mut lits = body.body(&rule.body);
        // A fact has no body that could give no row.
        body.choices += usize::from(rule.op.is_none());
        let args = match head {
            Some(rel) => body.head_args(rel, &rule.head, op),
            None => {
                body.lost_head(&rule.head.args);
                Vec::new()
            }
        };
        lits.append(&mut body.wanted);
        let head = head.map(|rel| body.staged(rel, op, args, rule.head.span, &mut lits));
        lits.splice(0..0, body.given_atoms());
        body.finish(faults);
        let vars = std::mem::take(&mut body.vars.arena);
        let Some((head, args)) = head else { return };
        let order =
            if self.faults() == faults { self.fixed_order(item, &lits) } else { Vec::new() };
        self.program.rules.push(hir::Rule {
            head,
            args,
            head_span: rule.head.span,
            body: lits,
            order,
            vars,
            is_fact: rule.op.is_none(),
            doc: item.doc.clone(),
            span: item.span,
        });
    }

    fn view_rule(
        &mut self,
        item: &ast::Item,
        name: &ast::Name,
        args: &ast::Args,
        lits: &[ast::Lit],
    ) {
        let rel = self.rel_declared_at(name);
        let faults = self.faults();
        self.taint_if_broken(item.span);
        let mut body = Body::new(self, Place::Rule);
        let mut lits = body.body(lits);
        let values = match args {
            ast::Args::Positional(args) => body.exprs(args),
            ast::Args::Named(args) => args
                .iter()
                .map(|a| match &a.value {
                    Some(value) => body.expr(value),
                    None => body.short(a),
                })
                .collect(),
        };
        lits.append(&mut body.wanted);
        lits.splice(0..0, body.given_atoms());
        body.finish(faults);
        let vars = std::mem::take(&mut body.vars.arena);
        let Some(head) = rel else { return };
        let order =
            if self.faults() == faults { self.fixed_order(item, &lits) } else { Vec::new() };
        let last = match args {
            ast::Args::Positional(args) => args.last().map(|e| e.span),
            ast::Args::Named(args) => {
                args.last().map(|a| a.value.as_ref().map_or(a.name.span, |e| e.span))
            }
        };
        self.program.rules.push(hir::Rule {
            head,
            args: values,
            head_span: last.map_or(name.span, |last| name.span.to(last)),
            body: lits,
            order,
            vars,
            is_fact: false,
            // The words before it describe the view, which has them already.
            doc: None,
            span: item.span,
        });
    }

    /// The collection that a head names; says so if it names none.
    pub(super) fn head_rel(&mut self, head: &ast::Head) -> Option<RelId> {
        let [name] = &head.path[..] else {
            let first = head.path.first()?;
            self.taint();
            if !self.scope.is_poisoned(&first.text) {
                let words: Vec<&str> = head.path.iter().map(|n| n.text.as_str()).collect();
                let last = head.path.last().map_or(first.span, |n| n.span);
                self.unknown_collection(&words.join("."), first.span.to(last), false);
            }
            return None;
        };
        let rel = self.collection(name);
        if let Some(rel) = rel {
            self.saw(name.span, Thing::Rel(rel), Use::Writes);
        }
        rel
    }

    /// Whether as many arguments as columns are given; says so if not.
    pub(super) fn check_arity(
        &mut self,
        rel: RelId,
        name: &ast::Name,
        args: &[ast::Expr],
        span: Span,
    ) -> bool {
        let cols = &self.program.rels[rel.index()].cols;
        let (wanted, found) = (cols.len(), args.len());
        if wanted == found {
            return true;
        }
        let title = format!(
            "`{}` has {}, but {} given",
            name.text,
            suggest::count(wanted, "column"),
            match found {
                0 => "no value is".to_string(),
                1 => "1 value is".to_string(),
                n => format!("{n} values are"),
            }
        );
        let (at, what) = if found > wanted {
            let extra = &args[wanted..];
            let to = extra.last().map_or(span, |last| last.span);
            (extra[0].span.to(to), "too many".to_string())
        } else {
            let missing: Vec<&str> = cols[found..].iter().map(|c| c.name.as_str()).collect();
            (span, format!("nothing is given for {}", suggest::and_list(&missing)))
        };
        let place = self.program.rels[rel.index()].name_span;
        let shape = self.shape(rel);
        let mut diagnostic = Diagnostic::error(codes::WRONG_ARITY, at, title)
            .at(what)
            .label(place, format!("declared here: `{shape}`"));
        if found < wanted {
            diagnostic = diagnostic.help(format!(
                "give every column, or name those you need: `{}{{{}: …}}`",
                name.text,
                self.program.rels[rel.index()].cols[0].name
            ));
        }
        self.report(diagnostic);
        false
    }

    /// Named arguments with the columns they mean; `None` for those reported.
    pub(super) fn place_columns<'e>(
        &mut self,
        rel: RelId,
        args: &'e [ast::NamedArg],
    ) -> Vec<(Option<usize>, &'e ast::NamedArg)> {
        let known: Vec<String> =
            self.program.rels[rel.index()].cols.iter().map(|c| c.name.clone()).collect();
        let (name, place) = {
            let rel = &self.program.rels[rel.index()];
            (rel.name.clone(), rel.name_span)
        };
        let mut seen = vec![false; known.len()];
        let mut out = Vec::new();
        for arg in args {
            let mut column = known.iter().position(|k| *k == arg.name.text);
            match column {
                Some(c) if seen[c] => {
                    self.given_twice(&arg.name, "column");
                    column = None;
                }
                Some(c) => seen[c] = true,
                None => self.unknown_column(&arg.name, &name, place, "column", &known),
            }
            if let Some(c) = known.iter().position(|k| *k == arg.name.text) {
                self.saw(arg.name.span, Thing::Col(rel, c as u32), Use::Mentions);
            }
            out.push((column, arg));
        }
        out
    }

    /// A column or field that the declaration does not have.
    pub(super) fn unknown_column(
        &mut self,
        column: &ast::Name,
        owner: &str,
        place: Span,
        what: &str,
        known: &[String],
    ) {
        let title = format!("`{owner}` has no {what} `{}`", column.text);
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_COLUMN, column.span, title)
            .at(format!("no such {what}"))
            .label(place, "declared here");
        diagnostic = match suggest::closest(&column.text, known.iter().map(String::as_str)) {
            Some(nearest) => diagnostic.help(format!("did you mean `{nearest}`?")).fix(
                format!("write `{nearest}`"),
                column.span,
                nearest,
            ),
            None if known.is_empty() => diagnostic.help(format!("it has no {what}s at all")),
            None => diagnostic.help(format!("its {what}s are {}", suggest::and_list(known))),
        };
        self.report(diagnostic);
    }

    /// A column or field with two values.
    pub(super) fn given_twice(&mut self, name: &ast::Name, what: &str) {
        self.report(
            Diagnostic::error(
                codes::GIVEN_TWICE,
                name.span,
                format!("the {what} `{}` is given twice", name.text),
            )
            .at("given before"),
        );
    }
}

impl Body<'_, '_> {
    /// `c` for `c: c` as a value.
    fn short(&mut self, arg: &ast::NamedArg) -> hir::Expr {
        self.vars.shorthands.push(arg.name.span);
        self.expr(&shorthand(arg))
    }

    /// The head is lost, but what it mentions counts.
    fn lost_head(&mut self, args: &ast::Args) {
        match args {
            ast::Args::Positional(args) => {
                self.exprs(args);
            }
            ast::Args::Named(args) => {
                args.iter().filter_map(|a| a.value.as_ref()).for_each(|e| drop(self.expr(e)));
            }
        }
    }

    /// What a head says of each column.
    pub(super) fn head_args(
        &mut self,
        rel: RelId,
        head: &ast::Head,
        op: Option<ast::Op>,
    ) -> Vec<Arg> {
        let error = || Arg::Value(hir::Expr { kind: hir::ExprKind::Error, span: head.span });
        let width = self.cx.program.rels[rel.index()].cols.len();
        match &head.args {
            ast::Args::Positional(args) => {
                let mut values: Vec<Arg> = args.iter().map(|a| self.head_arg(a, op)).collect();
                if let [name] = &head.path[..] {
                    self.cx.check_arity(rel, name, args, head.span);
                }
                values.resize_with(width, error);
                values
            }
            ast::Args::Named(args) => {
                let mut values: Vec<Option<Arg>> = Vec::new();
                values.resize_with(width, || None);
                let faults = self.cx.faults();
                for (column, arg) in self.cx.place_columns(rel, args) {
                    let value = match &arg.value {
                        Some(value) => self.head_arg(value, op),
                        None => Arg::Value(self.short(arg)),
                    };
                    if let Some(column) = column {
                        values[column] = Some(value);
                    }
                }
                match op {
                    Some(ast::Op::Delete) => fill(&mut values, || Arg::Any),
                    Some(ast::Op::Replace) => {
                        if self.cx.faults() == faults {
                            self.cx.keys_given(rel, head, &values);
                        }
                        fill(&mut values, || Arg::Kept);
                    }
                    // A mistyped column is also a missing one: one message is enough.
                    _ => self.fill_defaults(rel, head, &mut values, self.cx.faults() == faults),
                }
                values.into_iter().map(|v| v.unwrap_or_else(error)).collect()
            }
        }
    }

    fn head_arg(&mut self, written: &ast::Expr, op: Option<ast::Op>) -> Arg {
        match written.kind {
            ast::ExprKind::Wildcard if op == Some(ast::Op::Delete) => Arg::Any,
            _ => Arg::Value(self.expr(written)),
        }
    }

    /// Columns left out take their defaults; without one they are missing.
    fn fill_defaults(
        &mut self,
        rel: RelId,
        head: &ast::Head,
        values: &mut [Option<Arg>],
        complain: bool,
    ) {
        let mut missing = Vec::new();
        let declared = &self.cx.program.rels[rel.index()];
        for (col, value) in declared.cols.iter().zip(values.iter_mut()) {
            if value.is_some() {
                continue;
            }
            match &col.default {
                Some(hir::Default::Value(default)) => *value = Some(Arg::Value(default.clone())),
                // A row that a rule makes has no number in a file.
                Some(hir::Default::Line(_)) | None => missing.push(col.name.clone()),
            }
        }
        if missing.is_empty() || !complain {
            return;
        }
        let list = suggest::and_list(&missing);
        let title = format!("this row of `{}` has no value for {list}", declared.name);
        let (place, shape) = (declared.name_span, self.cx.shape(rel));
        self.cx.report(
            Diagnostic::error(codes::MISSING_COLUMN, head.span, title)
                .at("every column needs a value or a default")
                .label(place, format!("declared here: `{shape}`")),
        );
    }
}

fn fill(values: &mut [Option<Arg>], with: impl Fn() -> Arg) {
    values.iter_mut().filter(|value| value.is_none()).for_each(|value| *value = Some(with()));
}
