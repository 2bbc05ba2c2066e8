//! The outline of a text, from the tree as written: it is there as soon as a
//! statement parses, whatever it means.

use crate::ide::Analysis;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;
use crate::syntax::print;

/// Sorts of entries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum SymbolKind {
    Collection,
    Column,
    Rule,
    Function,
    Constant,
    Type,
    Enum,
    Constructor,
    Role,
    Module,
    Test,
}

/// An entry of the outline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// What is shown.
    pub name: String,
    /// What is shown less loudly behind it.
    pub detail: String,
    /// Its sort.
    pub kind: SymbolKind,
    /// All of it.
    pub span: Span,
    /// What the cursor goes to.
    pub selection: Span,
    /// What is inside.
    pub children: Vec<Symbol>,
}

impl Analysis {
    /// The outline. Facts are left out: there may be very many.
    pub fn symbols(&self) -> Vec<Symbol> {
        self.of_module(&self.module)
    }

    fn of_module(&self, module: &ast::Module) -> Vec<Symbol> {
        module.items.iter().filter_map(|item| self.of_item(item)).collect()
    }

    fn of_item(&self, item: &ast::Item) -> Option<Symbol> {
        use SymbolKind as K;
        let leaf = |name: &ast::Name, kind, detail: &str| {
            self.symbol(item, name, kind, detail.to_string(), Vec::new())
        };
        Some(match &item.kind {
            ItemKind::Collection(c) => {
                let columns = c.columns.iter().chain(c.values.iter().flatten());
                let columns = columns.map(|c| self.column(c)).collect();
                let detail = print::kind_words(c.kind).join(" ");
                self.symbol(item, &c.name, K::Collection, detail, columns)
            }
            ItemKind::Like { kind, name, .. } => {
                leaf(name, K::Collection, &print::kind_words(*kind).join(" "))
            }
            ItemKind::ViewRule { name, .. } => leaf(name, K::Collection, "view"),
            ItemKind::Periodic { name, .. } => leaf(name, K::Collection, "periodic"),
            ItemKind::Fn { name, .. } => leaf(name, K::Function, "fn"),
            ItemKind::Const { name, .. } => leaf(name, K::Constant, "const"),
            ItemKind::TypeAlias { name, .. } => leaf(name, K::Type, "type"),
            ItemKind::Lattice { name, .. } => leaf(name, K::Type, "lattice"),
            ItemKind::Record { name, fields } => {
                let fields = fields.iter().map(|f| self.column(f)).collect();
                self.symbol(item, name, K::Type, "type".into(), fields)
            }
            ItemKind::Enum { name, variants, .. } => {
                let variants = variants.iter().map(|v| self.variant(v)).collect();
                self.symbol(item, name, K::Enum, "enum".into(), variants)
            }
            ItemKind::Role(role) => {
                let inside = self.of_module(&role.body);
                self.symbol(item, &role.name, K::Role, "role".into(), inside)
            }
            ItemKind::Module(module) => {
                let inside = self.of_module(&module.body);
                self.symbol(item, &module.name, K::Module, "module".into(), inside)
            }
            ItemKind::Protocol { name, body, .. } => {
                let inside = self.of_module(body);
                self.symbol(item, name, K::Module, "protocol".into(), inside)
            }
            ItemKind::Use { alias, .. } => leaf(alias, K::Module, "use"),
            ItemKind::Invariant { name, .. } => leaf(name, K::Rule, "invariant"),
            ItemKind::Test { title_span, .. } => {
                let name = self.slice(*title_span).trim_matches('"').to_string();
                let name = ast::Name { text: name, span: *title_span };
                leaf(&name, K::Test, "test")
            }
            ItemKind::Rule(rule) => return self.rule(item, rule),
            ItemKind::Import(_) | ItemKind::Broken { .. } => return None,
        })
    }

    fn rule(&self, item: &ast::Item, rule: &ast::Rule) -> Option<Symbol> {
        let (op, _) = rule.op?;
        let head = self.slice(rule.head.span).split_whitespace().collect::<Vec<_>>().join(" ");
        let name = ast::Name { text: head, span: rule.head.span };
        let detail = print::op_sign(op).to_string();
        Some(self.symbol(item, &name, SymbolKind::Rule, detail, Vec::new()))
    }

    fn symbol(
        &self,
        item: &ast::Item,
        name: &ast::Name,
        kind: SymbolKind,
        detail: String,
        children: Vec<Symbol>,
    ) -> Symbol {
        // An empty name is not shown by editors.
        let text = if name.text.trim().is_empty() { "_".into() } else { name.text.clone() };
        Symbol { name: text, detail, kind, span: item.span, selection: name.span, children }
    }

    fn column(&self, column: &ast::Column) -> Symbol {
        Symbol {
            name: column.name.text.clone(),
            detail: self.slice(column.ty.span).to_string(),
            kind: SymbolKind::Column,
            span: column.span,
            selection: column.name.span,
            children: Vec::new(),
        }
    }

    fn variant(&self, variant: &ast::Variant) -> Symbol {
        let end = variant.payload.last().map_or(variant.name.span, |t| t.span);
        Symbol {
            name: variant.name.text.clone(),
            detail: String::new(),
            kind: SymbolKind::Constructor,
            span: variant.name.span.to(end),
            selection: variant.name.span,
            children: Vec::new(),
        }
    }
}
