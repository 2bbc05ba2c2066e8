//! The declarations and rules of an instance, as items of the whole program.
//! Its inputs become what rules may write: events are a scratch, state is a
//! view or a table. Nothing of it is seen by the outside world.

use super::Expander;
use super::Reach;
use super::instances::collection;
use super::instances::is_input;
use super::instances::used;
use super::rename::Rename;
use super::scope::Scope;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::limits;
use crate::names::acceptances;
use crate::syntax::ast;
use crate::syntax::ast::CollectionKind;
use crate::syntax::ast::ItemKind;

impl<'f> Expander<'f, '_> {
    /// The items of the program, with those of its instances where it uses them.
    pub(super) fn program(&mut self, scope: Scope, items: &'f [ast::Item]) {
        for item in items {
            match &item.kind {
                ItemKind::Use { .. } => self.use_item(scope, item),
                ItemKind::Module(_) | ItemKind::Protocol { .. } | ItemKind::Import(_) => {}
                // What is in a role is not read by this version.
                ItemKind::Role(_) => self.out.push(item.clone()),
                kind => {
                    let mut rename = Rename::new(self, scope);
                    let kind = match rename.type_item(kind) {
                        Some(kind) => kind,
                        None => rename.kind(kind),
                    };
                    let item = rename.item(item, kind);
                    self.out.push(item);
                }
            }
        }
    }

    /// Gives all instances of a scope their values.
    pub(super) fn bind_all(&mut self, scope: Scope, items: &'f [ast::Item]) {
        for item in items {
            let Some(found) = used(item) else { continue };
            if let Some(at) = self.made(scope, found.alias) {
                self.bind(scope, at, found);
            }
        }
    }

    /// The instance that a `use` made; of two of one name, the first.
    fn made(&self, scope: Scope, alias: &ast::Name) -> Option<usize> {
        let known = match scope.instance {
            Some(at) => &self.instances[at].nested,
            None => &self.uses[scope.file],
        };
        let at = (*known.get(&alias.text)?)?;
        let used = self.copies.get(&self.instances[at].text)?.used?;
        (used.lo == alias.span.lo).then_some(at)
    }

    fn use_item(&mut self, scope: Scope, item: &'f ast::Item) {
        let Some(found) = used(item) else { return };
        if let Some(at) = self.made(scope, found.alias) {
            self.emit(at);
        }
    }

    /// Writes an instance.
    pub(super) fn emit(&mut self, at: usize) {
        let scope = self.inside(at);
        let decl = self.instances[at].decl;
        let items = self.declared.decls[decl].items;
        self.bind_all(scope, items);
        for item in items {
            if self.full || self.too_many(scope, item) {
                return;
            }
            match &item.kind {
                ItemKind::Use { .. } => self.use_item(scope, item),
                // Written with the types of the module, or refused.
                ItemKind::TypeAlias { .. }
                | ItemKind::Record { .. }
                | ItemKind::Lattice { .. }
                | ItemKind::Enum { .. }
                | ItemKind::Role(_)
                | ItemKind::Module(_)
                | ItemKind::Protocol { .. }
                | ItemKind::Import(_)
                | ItemKind::Test { .. } => {}
                kind => {
                    let attrs = self.declared.decls[decl].attrs;
                    let item = acceptances::inherited(item.clone(), attrs);
                    let mut rename = Rename::new(self, scope);
                    let kind = rename.kind(kind);
                    let mut item = rename.item(&item, kind);
                    self.inside_kind(&mut item.kind);
                    self.out.push(item);
                }
            }
        }
    }

    fn too_many(&mut self, scope: Scope, item: &ast::Item) -> bool {
        if self.out.len() < limits::EXPANDED_ITEMS_MAX {
            return false;
        }
        self.full = true;
        let title = format!(
            "the instances of modules have more than {} declarations and rules",
            limits::EXPANDED_ITEMS_MAX
        );
        let span = scope.place(item.span);
        self.diags
            .push(Diagnostic::error(codes::TOO_MANY_INSTANCES, span, title).at("one too many"));
        true
    }

    /// Notes how far a collection of an instance is seen, and makes an input
    /// or output a collection like any other.
    fn inside_kind(&mut self, kind: &mut ItemKind) {
        let reach = match collection(kind).map(|(_, kind)| is_input(kind)) {
            Some(Some(true)) => Reach::Input,
            Some(Some(false)) => Reach::Output,
            _ => Reach::Private,
        };
        match kind {
            ItemKind::Collection(c) => {
                if reach == Reach::Input && c.serial.take().is_some() {
                    self.diags.push(super::not_yet(
                        c.name.span,
                        "`serial` on an input of a module",
                        "Events of such an input will be alone in their tick.",
                    ));
                }
                c.kind = inside(c.kind);
                self.reach.insert(c.name.text.clone(), reach);
            }
            ItemKind::Like { kind, name, .. } => {
                *kind = inside(*kind);
                self.reach.insert(name.text.clone(), reach);
            }
            ItemKind::ViewRule { name, .. } | ItemKind::Periodic { name, .. } => {
                self.reach.insert(name.text.clone(), reach);
            }
            _ => {}
        }
    }
}

/// What an input or output is inside of the program. Whether an output holds
/// events or a view follows from its rules, so it stays one.
fn inside(kind: CollectionKind) -> CollectionKind {
    match kind {
        CollectionKind::Input => CollectionKind::Scratch,
        CollectionKind::InputView | CollectionKind::OutputView => CollectionKind::View,
        CollectionKind::InputTable | CollectionKind::OutputTable => CollectionKind::Table,
        CollectionKind::Output => CollectionKind::Output,
        CollectionKind::Table => CollectionKind::Table,
        CollectionKind::StaticTable => CollectionKind::StaticTable,
        CollectionKind::View => CollectionKind::View,
        CollectionKind::Scratch => CollectionKind::Scratch,
        CollectionKind::Channel => CollectionKind::Channel,
        CollectionKind::Timer => CollectionKind::Timer,
    }
}
