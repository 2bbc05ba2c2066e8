//! Text of a module or an imported file, written again for the whole program:
//! each name becomes the one that stands for it there, each place one of the
//! instance at hand. Here are items, heads and types; expressions are next
//! door. What a name means is asked, not decided.

use super::Expander;
use super::scope::Lower;
use super::scope::Scope;
use super::scope::Upper;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::TypeKind;

/// Writes text anew.
pub(super) struct Rename<'x, 'f, 'm> {
    pub(super) cx: &'x mut Expander<'f, 'm>,
    pub(super) scope: Scope,
    /// Parameters of the function at hand: they mean themselves.
    pub(super) bound: Vec<String>,
    /// The same of types.
    pub(super) bound_types: Vec<String>,
}

impl<'x, 'f, 'm> Rename<'x, 'f, 'm> {
    pub(super) fn new(cx: &'x mut Expander<'f, 'm>, scope: Scope) -> Self {
        Rename { cx, scope, bound: Vec::new(), bound_types: Vec::new() }
    }

    /// The place in the text of this scope.
    pub(super) fn span(&self, span: Span) -> Span {
        self.scope.place(span)
    }

    /// A name that means itself: a column, a variable of a `match`.
    pub(super) fn same(&self, name: &ast::Name) -> ast::Name {
        ast::Name { text: name.text.clone(), span: self.span(name.span) }
    }

    /// The name of a declaration.
    pub(super) fn declared(&self, name: &ast::Name) -> ast::Name {
        let text = match self.scope.instance {
            Some(at) => format!("{}{}", self.cx.instances[at].prefix, name.text),
            None => format!("{}{}", self.cx.declared.prefixes[self.scope.file], name.text),
        };
        ast::Name { text, span: self.span(name.span) }
    }

    /// An item with another kind in it.
    pub(super) fn item(&mut self, item: &ast::Item, kind: ItemKind) -> ast::Item {
        let attrs = item.attrs.iter().map(|attr| self.attr(attr)).collect();
        ast::Item { doc: item.doc.clone(), attrs, kind, span: self.span(item.span) }
    }

    fn attr(&mut self, attr: &ast::Attr) -> ast::Attr {
        let args = attr.args.as_ref().map(|args| self.exprs(args));
        ast::Attr { name: self.same(&attr.name), args, span: self.span(attr.span) }
    }

    /// What an item declares, in the names of the whole program. Items that
    /// declare types are written by [`Rename::type_item`].
    pub(super) fn kind(&mut self, kind: &ItemKind) -> ItemKind {
        match kind {
            ItemKind::Collection(c) => ItemKind::Collection(self.collection(c)),
            ItemKind::Like { kind, name, of } => ItemKind::Like {
                kind: *kind,
                name: self.declared(name),
                of: self.path(of).into_iter().collect(),
            },
            ItemKind::ViewRule { name, args, body } => ItemKind::ViewRule {
                name: self.declared(name),
                args: self.args(args),
                body: self.body(body),
            },
            ItemKind::Periodic { name, every } => {
                ItemKind::Periodic { name: self.declared(name), every: self.expr(every) }
            }
            ItemKind::Fn { name, params, ret, body } => {
                self.bound = params.iter().map(|p| p.name.text.clone()).collect();
                let name = self.declared(name);
                let params = params.iter().map(|p| self.param(p)).collect();
                let (ret, body) = (self.ty(ret), self.expr(body));
                self.bound.clear();
                ItemKind::Fn { name, params, ret, body }
            }
            ItemKind::Const { name, ty, value } => ItemKind::Const {
                name: self.declared(name),
                ty: ty.as_ref().map(|ty| self.ty(ty)),
                value: self.expr(value),
            },
            ItemKind::Invariant { name, condition } => {
                ItemKind::Invariant { name: self.declared(name), condition: self.expr(condition) }
            }
            ItemKind::Rule(rule) => ItemKind::Rule(self.rule(rule)),
            ItemKind::Broken { words } => {
                let own = |word: &String| {
                    let name = ast::Name { text: word.clone(), span: Span::default() };
                    [word.clone(), self.declared(&name).text]
                };
                ItemKind::Broken { words: words.iter().flat_map(own).collect() }
            }
            ItemKind::Test { title, title_span, body } => ItemKind::Test {
                title: title.clone(),
                title_span: *title_span,
                body: body.iter().map(|stmt| self.test_stmt(stmt)).collect(),
            },
            other => other.clone(),
        }
    }

    /// A declaration of a type; `flat` is its name in the whole program.
    pub(super) fn type_item(&mut self, kind: &ItemKind) -> Option<ItemKind> {
        Some(match kind {
            ItemKind::TypeAlias { name, ty } => {
                ItemKind::TypeAlias { name: self.type_declared(name), ty: self.ty(ty) }
            }
            ItemKind::Record { name, fields } => ItemKind::Record {
                name: self.type_declared(name),
                fields: fields.iter().map(|f| self.column(f)).collect(),
            },
            ItemKind::Lattice { name, type_params, ty } => {
                self.bound_types = type_params.iter().map(|p| p.text.clone()).collect();
                let ty = self.ty(ty);
                self.bound_types.clear();
                let type_params = type_params.iter().map(|p| self.same(p)).collect();
                ItemKind::Lattice { name: self.type_declared(name), type_params, ty }
            }
            ItemKind::Enum { name, type_params, variants } => {
                self.bound_types = type_params.iter().map(|p| p.text.clone()).collect();
                let variants = variants
                    .iter()
                    .map(|v| ast::Variant {
                        name: self.constructor_declared(&v.name),
                        payload: v.payload.iter().map(|ty| self.ty(ty)).collect(),
                    })
                    .collect();
                self.bound_types.clear();
                let type_params = type_params.iter().map(|p| self.same(p)).collect();
                ItemKind::Enum { name: self.type_declared(name), type_params, variants }
            }
            _ => return None,
        })
    }

    fn type_declared(&self, name: &ast::Name) -> ast::Name {
        let flat = self.cx.type_named(self.scope, &name.text);
        self.or_same(flat, name)
    }

    fn constructor_declared(&self, name: &ast::Name) -> ast::Name {
        let flat = self.cx.constructor(self.scope, &name.text);
        self.or_same(flat, name)
    }

    fn or_same(&self, flat: Upper, name: &ast::Name) -> ast::Name {
        let text = match flat {
            Upper::Flat(flat) => flat,
            Upper::Hidden(_) | Upper::Unknown => name.text.clone(),
        };
        ast::Name { text, span: self.span(name.span) }
    }

    fn collection(&mut self, c: &ast::Collection) -> ast::Collection {
        let names = |me: &Self, names: &[ast::Name]| names.iter().map(|n| me.same(n)).collect();
        ast::Collection {
            kind: c.kind,
            name: self.declared(&c.name),
            columns: c.columns.iter().map(|col| self.column(col)).collect(),
            values: c.values.as_ref().map(|v| v.iter().map(|col| self.column(col)).collect()),
            closing: c.closing.as_ref().map(|closing| match closing {
                ast::Closing::Sealed(by) => ast::Closing::Sealed(names(self, by)),
                ast::Closing::Endless(span) => ast::Closing::Endless(self.span(*span)),
            }),
            serial: c.serial.as_ref().map(|by| names(self, by)),
        }
    }

    fn column(&mut self, col: &ast::Column) -> ast::Column {
        // `= line` is a word of the language here.
        let line = |e: &ast::Expr| matches!(&e.kind, ast::ExprKind::Name(n) if n == "line");
        let default = col.default.as_ref().map(|default| match line(default) {
            true => ast::Expr { kind: default.kind.clone(), span: self.span(default.span) },
            false => self.expr(default),
        });
        ast::Column {
            at: col.at,
            name: self.same(&col.name),
            ty: self.ty(&col.ty),
            default,
            span: self.span(col.span),
        }
    }

    fn param(&mut self, param: &ast::Param) -> ast::Param {
        ast::Param {
            name: self.same(&param.name),
            ty: self.ty(&param.ty),
            default: param.default.as_ref().map(|e| self.expr(e)),
        }
    }

    fn rule(&mut self, rule: &ast::Rule) -> ast::Rule {
        let head = self.head(&rule.head, true);
        let op = rule.op.map(|(op, span)| (op, self.span(span)));
        ast::Rule { seal: rule.seal, head, op, body: self.body(&rule.body) }
    }

    /// A head; `written` by a rule, else by a test.
    pub(super) fn head(&mut self, head: &ast::Head, written: bool) -> ast::Head {
        let path = match self.path(&head.path) {
            Some(name) => {
                let outside = head.path.len() > 1;
                if written {
                    self.cx.may_write(self.scope, head, &name.text, outside);
                }
                vec![name]
            }
            None => head.path.iter().map(|n| self.same(n)).collect(),
        };
        ast::Head { path, args: self.args(&head.args), span: self.span(head.span) }
    }

    /// The collection that a path names, under one name; `None` leaves the
    /// path as it is.
    pub(super) fn path(&mut self, path: &[ast::Name]) -> Option<ast::Name> {
        let (first, rest) = path.split_first()?;
        let last = path.last()?;
        let span = self.span(last.span);
        let text = match self.cx.lower(self.scope, &first.text) {
            Lower::Instance(at) => match self.cx.member(self.scope, at, path) {
                Some((flat, words)) if words == path.len() => flat,
                _ => self.lost(&first.text),
            },
            Lower::Lost => self.lost(&first.text),
            Lower::Hidden(_, place) => {
                self.cx.hidden(self.scope, &first.text, first.span, place);
                self.lost(&first.text)
            }
            Lower::Flat(flat, _) if rest.is_empty() => flat,
            Lower::Unknown if rest.is_empty() => self.unknown(&first.text),
            Lower::Flat(..) | Lower::Unknown => return None,
        };
        Some(ast::Name { text, span })
    }

    /// A name that nothing declares. Inside of an instance it is one of its
    /// own, so that what is near is sought among those.
    pub(super) fn unknown(&self, name: &str) -> String {
        match self.scope.instance {
            Some(at) if !self.cx.is_given(name) => {
                format!("{}{name}", self.cx.instances[at].prefix)
            }
            _ => name.to_string(),
        }
    }

    /// A name about which enough has been said.
    pub(super) fn lost(&mut self, name: &str) -> String {
        let text = format!("{name}!");
        self.cx.lost.insert(text.clone());
        text
    }

    pub(super) fn ty(&mut self, ty: &ast::Type) -> ast::Type {
        let kind = match &ty.kind {
            TypeKind::Named(name, args) => {
                TypeKind::Named(self.type_name(name), args.iter().map(|t| self.ty(t)).collect())
            }
            TypeKind::List(inner) => TypeKind::List(Box::new(self.ty(inner))),
            TypeKind::Tuple(parts) => TypeKind::Tuple(parts.iter().map(|t| self.ty(t)).collect()),
            TypeKind::Option(inner) => TypeKind::Option(Box::new(self.ty(inner))),
        };
        ast::Type { kind, span: self.span(ty.span) }
    }

    fn type_name(&mut self, name: &ast::Name) -> ast::Name {
        let span = self.span(name.span);
        if self.bound_types.contains(&name.text) {
            return ast::Name { text: name.text.clone(), span };
        }
        let text = match self.cx.type_named(self.scope, &name.text) {
            Upper::Flat(flat) => flat,
            Upper::Hidden(place) => {
                self.cx.hidden(self.scope, &name.text, name.span, place);
                self.lost(&name.text)
            }
            Upper::Unknown => name.text.clone(),
        };
        ast::Name { text, span }
    }
}
