//! Declarations get their ids here, before anything is resolved. Two
//! declarations of one name are reported with both places; the first one
//! counts. Types, columns and bodies are other rooms' matter: what is pushed
//! here is a frame that they fill.

use super::aliases::Alias;
use super::draws;
use super::hir;
use super::occurrences::Thing;
use super::occurrences::Use;
use super::resolve::Cx;
use super::scope::Symbol;
use super::scope::TypeSymbol;
use super::types;
use super::words;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::ConstId;
use crate::ids::EnumId;
use crate::ids::FnId;
use crate::ids::RecordId;
use crate::ids::RelId;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;

impl<'a> Cx<'a> {
    /// Declares everything, refuses what does not run, poisons broken words.
    pub(super) fn collect(&mut self, module: &'a ast::Module) {
        for item in &module.items {
            if self.refuse_item(item) {
                continue;
            }
            match &item.kind {
                ItemKind::Collection(c) => self.declare_rel(rel_kind(c.kind), &c.name, item),
                ItemKind::Like { kind, name, .. } => {
                    self.declare_rel(rel_kind(*kind), name, item);
                }
                ItemKind::ViewRule { name, .. } => {
                    self.declare_rel(hir::RelKind::View, name, item);
                }
                ItemKind::Fn { name, params, .. } => self.declare_fn(name, params.len(), item),
                ItemKind::Const { name, .. } => self.declare_const(name, item),
                ItemKind::TypeAlias { name, ty } => self.declare_alias(Alias::new(name, &[], ty)),
                ItemKind::Lattice { name, type_params, ty } => {
                    self.declare_alias(Alias::new(name, type_params, ty));
                }
                ItemKind::Record { name, .. } => {
                    let id = RecordId(self.program.records.len() as u32);
                    if self.declare_type(name, TypeSymbol::Record(id)) {
                        let (name, span) = (name.text.clone(), name.span);
                        self.program.records.push(hir::Record { name, fields: Vec::new(), span });
                    }
                }
                ItemKind::Enum { name, type_params, variants } => {
                    self.declare_enum(name, type_params, variants);
                }
                ItemKind::Broken { words } => self.poison_broken(words),
                ItemKind::Periodic { name, .. } => {
                    self.declare_rel(hir::RelKind::Periodic, name, item);
                }
                ItemKind::Rule(_)
                | ItemKind::Role(_)
                | ItemKind::Module(_)
                | ItemKind::Protocol { .. }
                | ItemKind::Import(_)
                | ItemKind::Use { .. }
                | ItemKind::Invariant { .. }
                | ItemKind::Test { .. } => {}
            }
        }
    }

    fn declare_alias(&mut self, alias: Alias<'a>) {
        if self.declare_type(alias.name(), TypeSymbol::Alias(self.aliases.len())) {
            self.aliases.push(alias);
        }
    }

    /// Puts a lower-case name into the scope unless it is taken.
    pub(super) fn declare(&mut self, name: &ast::Name, symbol: Symbol) -> bool {
        if words::is_collection(&name.text) {
            self.report(
                Diagnostic::error(
                    codes::GIVEN_NAME,
                    name.span,
                    format!(
                        "`{}` is a collection of the language and cannot be declared",
                        name.text
                    ),
                )
                .at("every program has it")
                .help("choose another name"),
            );
            self.scope.poison(&name.text);
            return false;
        }
        let is_value = match symbol {
            Symbol::Const(_) => words::is_value(&name.text),
            Symbol::Fn(..) => draws::is_word(&name.text),
            Symbol::Rel(_) | Symbol::Given(_) => false,
        };
        if is_value {
            let title =
                format!("`{}` is a value of the language and cannot be declared", name.text);
            self.report(
                Diagnostic::error(codes::GIVEN_NAME, name.span, title)
                    .at("every rule may use it")
                    .help("choose another name"),
            );
            self.scope.poison(&name.text);
            return false;
        }
        if let Some(&(_, first)) = self.scope.lower.get(&name.text) {
            self.duplicate(codes::DUPLICATE_NAME, "", name, first);
            return false;
        }
        let thing = match symbol {
            Symbol::Rel(id) => Some(Thing::Rel(id)),
            Symbol::Fn(id, _) => Some(Thing::Fn(id)),
            Symbol::Const(id) => Some(Thing::Const(id)),
            Symbol::Given(_) => None,
        };
        if let Some(thing) = thing {
            self.saw(name.span, thing, Use::Declares);
        }
        self.scope.lower.insert(name.text.clone(), (symbol, name.span));
        true
    }

    fn declare_rel(&mut self, kind: hir::RelKind, name: &ast::Name, item: &ast::Item) {
        if !self.declare(name, Symbol::Rel(RelId(self.program.rels.len() as u32))) {
            return;
        }
        let promise = self.promise(kind, item);
        let followed = self.followed(kind, item);
        self.program.rels.push(hir::Rel {
            promise,
            followed,
            reach: self.reach.get(&name.text).copied().unwrap_or_default(),
            by_rule: matches!(item.kind, ItemKind::ViewRule { .. }),
            doc: item.doc.clone(),
            span: item.span,
            ..hir::Rel::new(&name.text, kind, name.span)
        });
    }

    fn declare_fn(&mut self, name: &ast::Name, arity: usize, item: &ast::Item) {
        let id = FnId(self.program.fns.len() as u32);
        if !self.declare(name, Symbol::Fn(id, arity)) {
            return;
        }
        self.program.fns.push(hir::Fn {
            name: name.text.clone(),
            params: Vec::new(),
            ret: types::error(name.span),
            body: hir::Expr { kind: hir::ExprKind::Error, span: name.span },
            vars: Vec::new(),
            doc: item.doc.clone(),
            span: item.span,
            name_span: name.span,
        });
    }

    fn declare_const(&mut self, name: &ast::Name, item: &ast::Item) {
        let id = ConstId(self.program.consts.len() as u32);
        if !self.declare(name, Symbol::Const(id)) {
            return;
        }
        self.program.consts.push(hir::Const {
            name: name.text.clone(),
            ty: None,
            value: hir::Expr { kind: hir::ExprKind::Error, span: name.span },
            span: item.span,
            name_span: name.span,
        });
    }

    fn declare_type(&mut self, name: &ast::Name, symbol: TypeSymbol) -> bool {
        if types::is_given(&name.text) {
            self.report(
                Diagnostic::error(
                    codes::GIVEN_NAME,
                    name.span,
                    format!("`{}` is a type of the language and cannot be declared", name.text),
                )
                .at("every program has it")
                .help("choose another name"),
            );
            self.scope.poison(&name.text);
            return false;
        }
        if let Some(&(_, first)) = self.scope.types.get(&name.text) {
            self.duplicate(codes::DUPLICATE_NAME, "type ", name, first);
            return false;
        }
        self.saw_type(name.span, symbol, Use::Declares);
        self.scope.types.insert(name.text.clone(), (symbol, name.span));
        true
    }

    fn declare_enum(
        &mut self,
        name: &ast::Name,
        type_params: &[ast::Name],
        variants: &[ast::Variant],
    ) {
        let id = EnumId(self.program.enums.len() as u32);
        if !self.declare_type(name, TypeSymbol::Enum(id)) {
            variants.iter().for_each(|v| self.scope.poison(&v.name.text));
            return;
        }
        let mut kept = Vec::new();
        for variant in variants {
            let text = &variant.name.text;
            if text == "Some" || text == "None" {
                let title =
                    format!("`{text}` is a constructor of the language and cannot be declared");
                self.report(
                    Diagnostic::error(codes::GIVEN_NAME, variant.name.span, title)
                        .at("every program has it")
                        .help("choose another name"),
                );
                continue;
            }
            if let Some(&(_, _, first)) = self.scope.constructors.get(text) {
                self.duplicate(codes::DUPLICATE_NAME, "constructor ", &variant.name, first);
                continue;
            }
            self.saw(variant.name.span, Thing::Variant(id, kept.len() as u32), Use::Declares);
            let place = (id, kept.len(), variant.name.span);
            self.scope.constructors.insert(text.clone(), place);
            // Values are written without the module or file of their type.
            let shown = text.rsplit('.').next().unwrap_or(text);
            kept.push(hir::Variant {
                name: shown.to_string(),
                // Filled when types are resolved; the number of parts counts before that.
                payload: variant.payload.iter().map(|t| types::error(t.span)).collect(),
                span: variant_span(variant),
            });
        }
        self.program.enums.push(hir::Enum {
            name: name.text.clone(),
            params: type_params.iter().map(|p| p.text.clone()).collect(),
            variants: kept,
            span: name.span,
        });
    }
}

fn variant_span(variant: &ast::Variant) -> Span {
    variant.payload.last().map_or(variant.name.span, |last| variant.name.span.to(last.span))
}

fn rel_kind(kind: ast::CollectionKind) -> hir::RelKind {
    match kind {
        ast::CollectionKind::Table => hir::RelKind::Table,
        ast::CollectionKind::StaticTable => hir::RelKind::StaticTable,
        ast::CollectionKind::View => hir::RelKind::View,
        ast::CollectionKind::Scratch => hir::RelKind::Scratch,
        ast::CollectionKind::Input => hir::RelKind::Input,
        ast::CollectionKind::InputTable => hir::RelKind::InputTable,
        ast::CollectionKind::InputView => hir::RelKind::InputView,
        ast::CollectionKind::Output => hir::RelKind::Output,
        ast::CollectionKind::OutputTable => hir::RelKind::OutputTable,
        ast::CollectionKind::OutputView => hir::RelKind::OutputView,
        ast::CollectionKind::Channel => hir::RelKind::Channel,
        ast::CollectionKind::Timer => hir::RelKind::Timer,
    }
}
