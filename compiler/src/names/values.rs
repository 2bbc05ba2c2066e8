//! Constants and functions: their bodies see constants, functions and their
//! own parameters, and no row. `--set` puts another value in a constant's
//! place before anything else looks at it.

use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;

use super::hir;
use super::native::Native;
use super::refuse::not_yet;
use super::resolve::Body;
use super::resolve::Cx;
use super::resolve::Options;
use super::resolve::Owner;
use super::resolve::Place;
use super::scope::Symbol;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;

impl<'a> Cx<'a> {
    /// Fills constants and functions.
    pub(super) fn resolve_values(&mut self, module: &'a ast::Module, options: &Options) {
        self.check_settings(options);
        for item in &module.items {
            match &item.kind {
                ItemKind::Const { name, ty, value } => {
                    self.constant(name, ty.as_ref(), value, options);
                }
                ItemKind::Fn { name, params, ret, body } => {
                    self.function(name, params, ret, body, options);
                }
                _ => {}
            }
        }
        self.break_cycles();
    }

    fn check_settings(&mut self, options: &Options) {
        for (name, value) in &options.set {
            if matches!(self.scope.symbol(name), Some(Symbol::Const(_))) {
                continue;
            }
            let title = format!("there is no constant `{name}` to set");
            let mut diagnostic = Diagnostic::error(codes::UNKNOWN_SETTING, value.span, title);
            if let Some(&(symbol, place)) = self.scope.lower.get(name) {
                let what =
                    if matches!(symbol, Symbol::Fn(..)) { "a function" } else { "a collection" };
                diagnostic = diagnostic.label(place, format!("`{name}` is {what}"));
            } else if let Some(nearest) = suggest::closest(name, self.scope.consts()) {
                diagnostic = diagnostic.help(format!("did you mean `{nearest}`?"));
            } else {
                let known: Vec<&str> = self.scope.consts().collect();
                diagnostic = match known.is_empty() {
                    true => diagnostic.help("the program declares no constant"),
                    false => {
                        diagnostic.help(format!("constants are {}", suggest::and_list(&known)))
                    }
                };
            }
            if self.scope.is_poisoned(name) {
                continue;
            }
            self.report(diagnostic);
        }
    }

    fn constant(
        &mut self,
        name: &ast::Name,
        ty: Option<&ast::Type>,
        written: &ast::Expr,
        options: &Options,
    ) {
        let Some(&(Symbol::Const(id), place)) = self.scope.lower.get(&name.text) else { return };
        if place != name.span {
            return;
        }
        let ty = ty.map(|t| self.ty(t));
        // The written value is resolved too: its errors are errors of the program.
        let mut value = Body::new(self, Place::Const(id)).expr(written);
        if let Some((_, set)) = options.set.iter().rev().find(|(n, _)| *n == name.text) {
            value = Body::new(self, Place::Const(id)).expr(set);
        } else if options.open.contains(&name.text) {
            value.kind = hir::ExprKind::Error;
        }
        let constant = &mut self.program.consts[id.index()];
        constant.ty = ty;
        constant.value = value;
    }

    fn function(
        &mut self,
        name: &ast::Name,
        params: &[ast::Param],
        ret: &ast::Type,
        written: &ast::Expr,
        options: &Options,
    ) {
        let Some(&(Symbol::Fn(id, _), place)) = self.scope.lower.get(&name.text) else { return };
        if place != name.span {
            return;
        }
        let faults = self.faults();
        let types: Vec<hir::Type> = params.iter().map(|p| self.ty(&p.ty)).collect();
        let ret = self.ty(ret);
        let mut body = Body::new(self, Place::Fn(id));
        let mut resolved = Vec::new();
        for (param, ty) in params.iter().zip(types) {
            let Some(var) = body.parameter(param) else { continue };
            resolved.push((var, ty));
        }
        let value = match options.natives.get(id.index()) {
            Some(native) => body.native(native, params, written.span),
            None => body.expr(written),
        };
        body.finish(faults);
        let vars = std::mem::take(&mut body.vars.arena);
        let function = &mut self.program.fns[id.index()];
        function.params = resolved;
        function.ret = ret;
        function.body = value;
        function.vars = vars;
    }

    /// Constants that need themselves have no value; functions that call
    /// themselves do not run yet. Both lose their bodies, so that whoever
    /// walks them comes to an end.
    fn break_cycles(&mut self) {
        let mut graph = DiGraphMap::<Owner, ()>::new();
        for &(from, to) in &self.mentions {
            graph.add_edge(from, to, ());
        }
        let mut cycles: Vec<Vec<Owner>> = kosaraju_scc(&graph)
            .into_iter()
            .filter(|scc| scc.len() > 1 || graph.contains_edge(scc[0], scc[0]))
            .collect();
        cycles.iter_mut().for_each(|cycle| cycle.sort());
        cycles.sort();
        for cycle in cycles {
            self.report_cycle(&cycle);
            for owner in cycle {
                match owner {
                    Owner::Fn(id) => {
                        self.program.fns[id.index()].body.kind = hir::ExprKind::Error;
                    }
                    Owner::Const(id) => {
                        self.program.consts[id.index()].value.kind = hir::ExprKind::Error;
                    }
                }
            }
        }
    }

    fn report_cycle(&mut self, cycle: &[Owner]) {
        let place = |owner: &Owner| -> (Span, &str) {
            match owner {
                Owner::Fn(id) => {
                    let f = &self.program.fns[id.index()];
                    (f.name_span, &f.name)
                }
                Owner::Const(id) => {
                    let c = &self.program.consts[id.index()];
                    (c.name_span, &c.name)
                }
            }
        };
        let constant = cycle.iter().find(|o| matches!(o, Owner::Const(_)));
        let first = constant.unwrap_or(&cycle[0]);
        let (span, name) = place(first);
        let mut diagnostic = if constant.is_some() {
            let title = format!("the value of `{name}` is defined by itself");
            Diagnostic::error(codes::CYCLIC_DEFINITION, span, title).at("declared here")
        } else {
            not_yet(
                codes::LATER_RECURSIVE_FUNCTIONS,
                span,
                "recursive functions",
                "Recursion over rows is written as rules; over values it will be possible too.",
            )
        };
        for other in cycle.iter().filter(|o| *o != first) {
            let (span, name) = place(other);
            diagnostic = diagnostic.label(span, format!("through `{name}`"));
        }
        self.report(diagnostic);
    }
}

impl Body<'_, '_> {
    /// The parameters, handed on as they are.
    fn native(&mut self, native: &Native, params: &[ast::Param], span: Span) -> hir::Expr {
        let mut args = Vec::with_capacity(params.len());
        for param in params {
            let id = self.vars.touch(&param.name.text, param.name.span, false);
            args.push(hir::Expr { kind: hir::ExprKind::Var(id), span: param.name.span });
        }
        hir::Expr { kind: hir::ExprKind::Native(native.clone(), args), span }
    }

    /// Declares a parameter; `None` when its name is taken.
    fn parameter(&mut self, param: &ast::Param) -> Option<crate::ids::VarId> {
        if let Some(default) = &param.default {
            self.cx.misplaced(default.span, "a parameter of a function has no default");
        }
        if let Some(first) = self.vars.find(&param.name.text) {
            let first = self.vars.arena[first.index()].span;
            self.cx.duplicate(codes::DUPLICATE_COLUMN, "parameter ", &param.name, first);
            return None;
        }
        Some(self.vars.touch(&param.name.text, param.name.span, true))
    }
}
