//! Aliases: other names of types, and lattices with parameters. Both are
//! expanded where they are used, so that no later phase knows they exist. What
//! a type means is not known here.

use super::hir;
use super::resolve::Cx;
use super::types::error;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::Span;
use crate::syntax::ast;

/// Aliases inside aliases.
const ALIAS_DEPTH_MAX: usize = 64;

/// A type or lattice alias on its way to being resolved.
pub(super) struct Alias<'a> {
    name: &'a ast::Name,
    pub(super) params: &'a [ast::Name],
    written: &'a ast::Type,
    state: State,
}

enum State {
    Waiting,
    /// Being expanded: meeting it again is a cycle.
    Open,
    Done(hir::Type),
}

impl<'a> Alias<'a> {
    pub(super) fn new(
        name: &'a ast::Name,
        params: &'a [ast::Name],
        written: &'a ast::Type,
    ) -> Alias<'a> {
        Alias { name, params, written, state: State::Waiting }
    }

    pub(super) fn name(&self) -> &'a ast::Name {
        self.name
    }
}

impl<'a> Cx<'a> {
    /// An alias, expanded. `from` is the place that asks.
    pub(super) fn alias(&mut self, index: usize, from: Span) -> hir::Type {
        let Alias { name, written, .. } = self.aliases[index];
        // What the parameters of another one stand for means nothing in this one.
        let params = std::mem::take(&mut self.type_params);
        let ty = self.expanded(index, name, written, from);
        self.type_params = params;
        ty
    }

    /// Expands every declaration once, used or not, so that its errors are told.
    pub(super) fn declared_alias(&mut self, index: usize) {
        let Alias { name, params, written, .. } = self.aliases[index];
        if params.is_empty() {
            self.alias(index, name.span);
            return;
        }
        let mut seen: Vec<&ast::Name> = Vec::new();
        for param in params {
            if let Some(first) = seen.iter().find(|p| p.text == param.text) {
                let title = format!("two type parameters are called `{}`", param.text);
                self.report(
                    Diagnostic::error(codes::DUPLICATE_NAME, param.span, title)
                        .label(first.span, "the first one"),
                );
            }
            seen.push(param);
        }
        self.type_params = params.iter().map(|p| (p.text.clone(), error(p.span))).collect();
        self.aliases[index].state = State::Open;
        let told = self.diags.len();
        self.ty(written);
        let sound = self.diags.len() == told;
        // What is wrong in it is told once, not wherever it is used.
        self.aliases[index].state =
            if sound { State::Waiting } else { State::Done(error(name.span)) };
        self.type_params.clear();
    }

    /// An alias with parameters, expanded for these arguments.
    pub(super) fn applied(
        &mut self,
        index: usize,
        name: &ast::Name,
        args: &[ast::Type],
        span: Span,
    ) -> hir::Type {
        let Alias { name: declared, params, written, .. } = self.aliases[index];
        if args.len() != params.len() {
            self.type_arguments(name, span, params.len(), args.len(), Some(declared.span));
            return error(span);
        }
        match self.aliases[index].state {
            State::Open => {
                self.defined_by_itself(declared, span);
                return error(span);
            }
            State::Done(_) => return error(span),
            State::Waiting => {}
        }
        if self.open_aliases >= ALIAS_DEPTH_MAX {
            let title = format!("more than {ALIAS_DEPTH_MAX} types are defined by each other");
            self.report(Diagnostic::error(codes::TYPE_TOO_LARGE, declared.span, title));
            return error(span);
        }
        let args: Vec<hir::Type> = args.iter().map(|arg| self.ty_parts(arg)).collect();
        let own = params.iter().map(|p| p.text.clone()).zip(args).collect();
        let around = std::mem::replace(&mut self.type_params, own);
        self.aliases[index].state = State::Open;
        self.open_aliases += 1;
        let ty = self.ty(written);
        self.open_aliases -= 1;
        self.aliases[index].state = State::Waiting;
        self.type_params = around;
        hir::Type { kind: ty.kind, span }
    }

    fn defined_by_itself(&mut self, name: &ast::Name, from: Span) {
        self.report(
            Diagnostic::error(
                codes::CYCLIC_DEFINITION,
                name.span,
                format!("the type `{}` is defined by itself", name.text),
            )
            .at("declared here")
            .label(from, "mentioned again here")
            .note("An alias is another name of a type: it has to end in one."),
        );
    }

    fn expanded(
        &mut self,
        index: usize,
        name: &'a ast::Name,
        written: &'a ast::Type,
        from: Span,
    ) -> hir::Type {
        match &self.aliases[index].state {
            State::Done(ty) => return ty.clone(),
            State::Open => {
                self.defined_by_itself(name, from);
                return error(from);
            }
            State::Waiting => {}
        }
        let ty = if self.open_aliases >= ALIAS_DEPTH_MAX {
            let title = format!("more than {ALIAS_DEPTH_MAX} types are defined by each other");
            self.report(Diagnostic::error(codes::TYPE_TOO_LARGE, name.span, title));
            error(from)
        } else {
            self.aliases[index].state = State::Open;
            self.open_aliases += 1;
            let ty = self.ty(written);
            self.open_aliases -= 1;
            ty
        };
        self.aliases[index].state = State::Done(ty.clone());
        ty
    }
}
