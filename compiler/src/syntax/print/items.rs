//! Declarations and rules as documents.

use crate::syntax::ast::Attr;
use crate::syntax::ast::Closing;
use crate::syntax::ast::Collection;
use crate::syntax::ast::CollectionKind;
use crate::syntax::ast::Column;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ImportFrom;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Module;
use crate::syntax::ast::ModuleDecl;
use crate::syntax::ast::Name;
use crate::syntax::ast::Op;
use crate::syntax::ast::Param;
use crate::syntax::ast::Role;
use crate::syntax::ast::Rule;
use crate::syntax::ast::Type;
use crate::syntax::literals;
use crate::syntax::print::ast::Printer;
use crate::syntax::print::doc::Doc;
use crate::syntax::print::doc::nest;
use crate::syntax::print::exprs;

/// The words of a kind of collection.
pub fn kind_words(kind: CollectionKind) -> &'static [&'static str] {
    match kind {
        CollectionKind::Table => &["table"],
        CollectionKind::StaticTable => &["static", "table"],
        CollectionKind::View => &["view"],
        CollectionKind::Scratch => &["scratch"],
        CollectionKind::Input => &["input"],
        CollectionKind::InputTable => &["input", "table"],
        CollectionKind::InputView => &["input", "view"],
        CollectionKind::Output => &["output"],
        CollectionKind::OutputTable => &["output", "table"],
        CollectionKind::OutputView => &["output", "view"],
        CollectionKind::Channel => &["channel"],
        CollectionKind::Timer => &["timer"],
    }
}

/// The sign of a rule.
pub fn op_sign(op: Op) -> &'static str {
    match op {
        Op::Now => "<=",
        Op::Next => "<+",
        Op::Delete => "<-",
        Op::Replace => "<+-",
        Op::Send => "<~",
    }
}

impl<'a> Printer<'a> {
    pub(super) fn items(&mut self, module: &Module) {
        for item in &module.items {
            self.item(item);
            self.push(Doc::HardLine);
        }
    }

    fn item(&mut self, item: &Item) {
        self.statement_start(item.doc.as_deref());
        for attr in &item.attrs {
            self.attr(attr);
        }
        self.kind(&item.kind);
    }

    fn attr(&mut self, attr: &Attr) {
        self.tok("@");
        self.name(&attr.name);
        match &attr.args {
            Some(args) => {
                self.exprs(("(", ")"), args);
                self.push(Doc::HardLine);
            }
            None => self.push(Doc::Space),
        }
    }

    fn kind(&mut self, kind: &ItemKind) {
        match kind {
            ItemKind::Collection(collection) => self.collection(collection),
            ItemKind::Like { kind, name, of } => {
                self.words(kind_words(*kind));
                self.name(name);
                self.spaced("like");
                self.push(Doc::Space);
                self.path(of);
                self.tok(";");
            }
            ItemKind::ViewRule { name, args, body } => {
                self.group(|p| {
                    p.word("view");
                    p.name(name);
                    p.args(args);
                    p.spaced("<=");
                    p.body(body);
                });
                self.tok(";");
            }
            ItemKind::Role(role) => self.role(role),
            ItemKind::Module(module) => self.module(module),
            ItemKind::Protocol { name, type_params, body } => {
                self.word("protocol");
                self.name(name);
                self.type_params(type_params);
                self.block(body);
            }
            ItemKind::Test { title, body, .. } => self.test(&exprs::literal(title), body),
            ItemKind::Rule(rule) => self.rule(rule),
            // A broken statement has no tokens of its own: a text with one is
            // not formatted.
            ItemKind::Broken { .. } => {}
            _ => self.definition(kind),
        }
    }

    fn definition(&mut self, kind: &ItemKind) {
        match kind {
            ItemKind::Periodic { name, every } => {
                self.word("periodic");
                self.name(name);
                self.spaced("every");
                self.push(Doc::Space);
                self.expr(every);
            }
            ItemKind::Import(from) => {
                self.word("import");
                match from {
                    ImportFrom::Path(path) => self.path(path),
                    ImportFrom::File(file, _) => {
                        self.tok(&format!("\"{}\"", literals::escape_text(file)))
                    }
                }
            }
            ItemKind::Use { path, type_args, args, alias } => {
                self.word("use");
                self.path(path);
                if !type_args.is_empty() {
                    self.list(("<", ">"), type_args, Self::ty);
                }
                if !args.is_empty() {
                    self.list(("(", ")"), args, Self::named);
                }
                self.spaced("as");
                self.push(Doc::Space);
                self.name(alias);
            }
            ItemKind::Fn { name, params, ret, body } => {
                self.group(|p| {
                    p.word("fn");
                    p.name(name);
                    p.list(("(", ")"), params, Self::param);
                    p.tok(":");
                    p.push(Doc::Space);
                    p.ty(ret);
                    p.equals(body);
                });
            }
            ItemKind::Const { name, ty, value } => {
                self.group(|p| {
                    p.word("const");
                    p.name(name);
                    if let Some(ty) = ty {
                        p.typed(ty);
                    }
                    p.equals(value);
                });
            }
            ItemKind::Invariant { name, condition } => {
                self.word("invariant");
                self.name(name);
                self.tok(":");
                self.push(Doc::Space);
                self.expr(condition);
            }
            _ => return self.type_definition(kind),
        }
        self.tok(";");
    }

    fn type_definition(&mut self, kind: &ItemKind) {
        match kind {
            ItemKind::TypeAlias { name, ty } => {
                self.word("type");
                self.name(name);
                self.spaced("=");
                self.push(Doc::Space);
                self.ty(ty);
                self.tok(";");
            }
            ItemKind::Record { name, fields } => {
                self.word("type");
                self.name(name);
                self.spaced("=");
                self.push(Doc::Space);
                self.group(|p| {
                    p.tok("{");
                    p.nest(|p| {
                        p.push(Doc::Line);
                        p.commas(fields, Self::column);
                        p.before_closing();
                    });
                    p.push(Doc::Line);
                    p.tok("}");
                });
                self.tok(";");
            }
            ItemKind::Lattice { name, type_params, ty } => {
                self.word("lattice");
                self.name(name);
                self.type_params(type_params);
                self.spaced("=");
                self.push(Doc::Space);
                self.ty(ty);
                self.tok(";");
            }
            ItemKind::Enum { name, type_params, variants } => {
                self.word("enum");
                self.name(name);
                self.type_params(type_params);
                self.push(Doc::Space);
                self.braced(variants, |p, variant| {
                    p.name(&variant.name);
                    if !variant.payload.is_empty() {
                        p.list(("(", ")"), &variant.payload, Self::ty);
                    }
                });
            }
            _ => {}
        }
    }

    fn words(&mut self, words: &[&str]) {
        for word in words {
            self.word(word);
        }
    }

    fn typed(&mut self, ty: &Type) {
        self.tok(":");
        self.push(Doc::Space);
        self.ty(ty);
    }

    fn equals(&mut self, value: &Expr) {
        self.spaced("=");
        self.nest(|p| {
            p.push(Doc::Line);
            p.expr(value);
        });
    }

    fn default(&mut self, value: &Option<Expr>) {
        if let Some(value) = value {
            self.spaced("=");
            self.push(Doc::Space);
            self.expr(value);
        }
    }

    fn column(&mut self, column: &Column) {
        if column.at {
            self.tok("@");
        }
        self.name(&column.name);
        self.typed(&column.ty);
        self.default(&column.default);
    }

    fn param(&mut self, param: &Param) {
        self.name(&param.name);
        self.typed(&param.ty);
        self.default(&param.default);
    }

    fn type_params(&mut self, params: &[Name]) {
        if !params.is_empty() {
            self.list(("<", ">"), params, Self::name);
        }
    }

    fn collection(&mut self, collection: &Collection) {
        self.words(kind_words(collection.kind));
        self.name(&collection.name);
        self.columns(&collection.columns, collection.values.as_deref());
        match &collection.closing {
            Some(Closing::Sealed(by)) => {
                self.spaced("sealed");
                self.by(by);
            }
            Some(Closing::Endless(_)) => self.spaced("endless"),
            None => {}
        }
        if let Some(by) = &collection.serial {
            self.spaced("serial");
            self.by(by);
        }
        self.tok(";");
    }

    fn by(&mut self, names: &[Name]) {
        if !names.is_empty() {
            self.spaced("by");
            self.push(Doc::Space);
            self.group(|p| p.commas(names, Self::name));
        }
    }

    fn columns(&mut self, key: &[Column], values: Option<&[Column]>) {
        let Some(values) = values else { return self.list(("(", ")"), key, Self::column) };
        self.group(|p| {
            p.tok("(");
            p.nest(|p| {
                p.push(Doc::SoftLine);
                p.commas(key, Self::column);
                if !key.is_empty() {
                    p.push(Doc::Line);
                }
                p.tok("=>");
                if !values.is_empty() {
                    p.push(Doc::Space);
                }
                p.commas(values, Self::column);
                p.before_closing();
            });
            p.push(Doc::SoftLine);
            p.tok(")");
        });
    }

    fn rule(&mut self, rule: &Rule) {
        self.group(|p| {
            if rule.seal {
                p.word("seal");
            }
            p.head(&rule.head);
            if let Some((op, _)) = rule.op {
                p.spaced(op_sign(op));
                p.body(&rule.body);
            }
        });
        self.tok(";");
    }

    fn role(&mut self, role: &Role) {
        self.word("role");
        self.name(&role.name);
        self.params(&role.params);
        if let Some((name, ty)) = &role.partitioned {
            self.spaced("partitioned");
            self.spaced("by");
            self.push(Doc::Space);
            self.name(name);
            self.typed(ty);
        }
        if let Some(count) = role.replicated {
            self.spaced("replicated");
            if let Some(count) = count {
                self.spaced(&count.to_string());
            }
        }
        if role.durable {
            self.spaced("durable");
        }
        self.block(&role.body);
    }

    fn module(&mut self, module: &ModuleDecl) {
        self.word("module");
        self.name(&module.name);
        self.type_params(&module.type_params);
        self.params(&module.params);
        if let Some(protocol) = &module.protocol {
            self.typed(protocol);
        }
        self.block(&module.body);
    }

    fn params(&mut self, params: &[Param]) {
        // `role r() { … }` and `role r { … }` are one tree.
        if !params.is_empty() || self.next_is_paren() {
            self.list(("(", ")"), params, Self::param);
        }
    }

    fn block(&mut self, body: &Module) {
        self.spaced("{");
        self.block_inside(|p| p.items(body));
        self.tok("}");
    }

    /// Statements and the comments after them, two deeper; nothing at all
    /// when there are none.
    pub(super) fn block_inside(&mut self, work: impl FnOnce(&mut Self)) {
        let mut inside = self.part(|p| {
            work(p);
            p.before_closing();
        });
        if !inside.is_empty() {
            inside.insert(0, Doc::HardLine);
            self.push(nest(inside));
            self.push(Doc::HardLine);
        }
    }
}
