//! What the language has and this version does not run: one message each,
//! saying what it will be. What such a thing declares is known all the same,
//! so that nothing else is reported because of it. When a feature starts to
//! run, its line here goes, and nothing else in this folder must.

use super::attributes;
use super::resolve::Cx;
use crate::diag::Code;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;

/// "not supported yet: …", with a sentence on what it will be.
pub(super) fn not_yet(code: Code, span: Span, what: &str, will: &str) -> Diagnostic {
    Diagnostic::error(code, span, format!("not supported yet: {what}"))
        .at("this version does not run it")
        .note(will.to_string())
}

impl<'a> Cx<'a> {
    /// Refuses the item if this version does not run it. True: leave it out.
    pub(super) fn refuse_item(&mut self, item: &ast::Item) -> bool {
        self.attributes_in_place(item);
        for attr in item.attrs.iter().filter(|attr| !attributes::is_known(attr)) {
            let what = format!("the attribute `@{}`", attr.name.text);
            self.report(not_yet(
                codes::LATER_ATTRIBUTES,
                attr.span,
                &what,
                "Attributes will say how outputs are shown, what is assumed and what is accepted.",
            ));
        }
        if let ItemKind::Import(_) = item.kind {
            // What was found of it stands in the program; this was not.
            self.scope.open();
            return true;
        }
        match refusal(item) {
            Some(diagnostic) => {
                self.report(diagnostic);
                self.poison_item(item);
                true
            }
            None => false,
        }
    }

    /// Everything the item names is known, though it means nothing.
    fn poison_item(&mut self, item: &ast::Item) {
        match &item.kind {
            ItemKind::Collection(c) => self.scope.poison(&c.name.text),
            ItemKind::Like { name, .. }
            | ItemKind::ViewRule { name, .. }
            | ItemKind::Periodic { name, .. }
            | ItemKind::Fn { name, .. }
            | ItemKind::Const { name, .. }
            | ItemKind::TypeAlias { name, .. }
            | ItemKind::Record { name, .. }
            | ItemKind::Lattice { name, .. }
            | ItemKind::Invariant { name, .. } => self.scope.poison(&name.text),
            ItemKind::Enum { name, variants, .. } => {
                self.scope.poison(&name.text);
                variants.iter().for_each(|v| self.scope.poison(&v.name.text));
            }
            ItemKind::Role(role) => {
                self.scope.poison(&role.name.text);
                role.params.iter().for_each(|p| self.scope.poison(&p.name.text));
                if let Some((key, _)) = &role.partitioned {
                    self.scope.poison(&key.text);
                }
                self.poison_module(&role.body);
            }
            ItemKind::Module(module) => {
                self.scope.poison(&module.name.text);
                self.poison_module(&module.body);
            }
            ItemKind::Protocol { name, body, .. } => {
                self.scope.poison(&name.text);
                self.poison_module(body);
            }
            ItemKind::Import(_) => self.scope.open(),
            ItemKind::Use { alias, .. } => self.scope.poison(&alias.text),
            ItemKind::Broken { words } => words.iter().for_each(|w| self.scope.poison(w)),
            ItemKind::Test { .. } | ItemKind::Rule(_) => {}
        }
    }

    fn poison_module(&mut self, module: &ast::Module) {
        module.items.iter().for_each(|item| self.poison_item(item));
    }

    /// Poisons the words of a statement that did not parse.
    pub(super) fn poison_broken(&mut self, words: &[String]) {
        words.iter().for_each(|w| self.scope.poison(w));
    }
}

fn refusal(item: &ast::Item) -> Option<Diagnostic> {
    match &item.kind {
        ItemKind::Collection(c) => collection(c),
        // Roles are taken apart before, and each is looked at by itself.
        _ => None,
    }
}

fn collection(c: &ast::Collection) -> Option<Diagnostic> {
    let (what, will) = match (&c.closing, &c.serial) {
        (Some(ast::Closing::Sealed(_)), _) => (
            "`sealed`",
            "`sealed by k` will declare that a stream is closed partition by partition.",
        ),
        (Some(ast::Closing::Endless(_)), _) => {
            ("`endless`", "`endless` will declare that a stream never closes.")
        }
        (None, _) => return None,
    };
    Some(not_yet(codes::LATER_SEALS, c.name.span, what, will))
}
