//! What stands where it cannot stand: rules at the top of an imported file,
//! tests inside of a module, rules inside of a protocol. And what an imported
//! file has beside its modules: types, functions and constants.

use super::Expander;
use super::instances::is_input;
use super::not_yet;
use super::rename::Rename;
use super::scope::Scope;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;

impl<'f> Expander<'f, '_> {
    /// Tells what stands in the wrong place.
    pub(super) fn misplaced(&mut self) {
        for (_, file) in self.files.iter().enumerate().skip(1) {
            let wrong = file.items().iter().find(|item| is_of_a_program(item));
            if let Some(item) = wrong {
                let title = "an imported file has collections and rules in modules only";
                let mut told = Diagnostic::error(codes::MISPLACED_ITEM, item.span, title)
                    .at("outside of a module")
                    .help("put it into a module, and make an instance of that: `use M as m;`");
                let place = self
                    .files
                    .iter()
                    .flat_map(|other| &other.imports)
                    .find(|(other, _)| self.files[*other].id == file.id);
                if let Some((_, place)) = place {
                    told = told.label(*place, "imported here");
                }
                self.diags.push(told);
            }
        }
        for decl in 0..self.declared.decls.len() {
            let (items, is_protocol) = {
                let found = &self.declared.decls[decl];
                (found.items, found.is_protocol)
            };
            for item in items {
                let told = match is_protocol {
                    true => in_protocol(item),
                    false => in_module(item),
                };
                self.diags.extend(told);
            }
        }
    }

    /// What an imported file gives to all who see it.
    pub(super) fn file_items(&mut self, scope: Scope, items: &'f [ast::Item]) {
        self.type_items(scope, items);
        for item in items {
            if !matches!(item.kind, ItemKind::Fn { .. } | ItemKind::Const { .. }) {
                continue;
            }
            let mut rename = Rename::new(self, scope);
            let kind = rename.kind(&item.kind);
            let item = rename.item(item, kind);
            self.shared.push(item);
        }
    }

    /// The other names of types that the program declares.
    pub(super) fn root_aliases(&mut self, scope: Scope, items: &'f [ast::Item]) {
        for item in items {
            let told = self.diags.len();
            let kind = Rename::new(self, scope).type_item(&item.kind);
            // They are written again with the program.
            self.diags.truncate(told);
            if let Some(kind) = kind {
                self.remember_alias(&kind);
            }
        }
    }
}

/// Whether an item is a part of a program, and not of what programs share.
pub(super) fn is_of_a_program(item: &ast::Item) -> bool {
    matches!(
        item.kind,
        ItemKind::Collection(_)
            | ItemKind::Like { .. }
            | ItemKind::ViewRule { .. }
            | ItemKind::Periodic { .. }
            | ItemKind::Role(_)
            | ItemKind::Invariant { .. }
            | ItemKind::Rule(_)
    )
}

fn misplaced(span: Span, title: &str, help: &str) -> Diagnostic {
    Diagnostic::error(codes::MISPLACED_ITEM, span, title).at("not here").help(help)
}

fn in_module(item: &ast::Item) -> Option<Diagnostic> {
    let file = "put it beside the module, at the top of the file";
    Some(match &item.kind {
        ItemKind::Module(m) => not_yet(
            m.name.span,
            "modules inside of modules",
            "A module will be able to hold others that only it uses.",
        )
        .help(file),
        ItemKind::Protocol { name, .. } => {
            misplaced(name.span, "a protocol stands outside of modules", file)
        }
        ItemKind::Import(_) => misplaced(item.span, "an import stands outside of modules", file),
        ItemKind::Role(role) => misplaced(
            role.name.span,
            "a role stands outside of modules",
            "use the module inside of the role",
        ),
        ItemKind::Test { title_span, .. } => misplaced(
            *title_span,
            "a test stands outside of modules",
            "make an instance beside the module, and test that",
        ),
        _ => return None,
    })
}

fn in_protocol(item: &ast::Item) -> Option<Diagnostic> {
    match &item.kind {
        ItemKind::Collection(c) if is_input(c.kind).is_some() => None,
        ItemKind::Broken { .. } => None,
        _ => Some(misplaced(
            item.span,
            "a protocol has inputs and outputs only",
            "what keeps the protocol is written in a module",
        )),
    }
}
