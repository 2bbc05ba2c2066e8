//! Modules that nothing uses are checked all the same: an instance of each is
//! made that is no part of the program. What it is given stands for any value;
//! a module with type parameters has its names looked at and no more, since
//! what its types can do is known only where it is used.

use super::Expander;
use super::rename::Rename;
use super::scope::Scope;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Literal;
use crate::syntax::ast::TypeKind;

/// Items of instances that are no part of the program.
#[derive(Default)]
pub(super) struct Idle {
    /// Of modules whose types are known.
    pub(super) typed: Vec<ast::Item>,
    /// Of the others.
    pub(super) named: Vec<ast::Item>,
    /// Types that only these have.
    pub(super) shared: Vec<ast::Item>,
}

impl<'f> Expander<'f, '_> {
    /// Makes an instance of each module that has none.
    pub(super) fn idle(&mut self) -> Idle {
        let mut idle = Idle::default();
        let outside = std::mem::take(&mut self.shared);
        for decl in 0..self.declared.decls.len() {
            let declared = &self.declared.decls[decl];
            let library = self.files[declared.file].library.is_some();
            if self.used[decl] || library && declared.file != 0 || self.full {
                continue;
            }
            let outside = std::mem::take(&mut self.out);
            let known = self.idle_one(decl);
            let items = std::mem::replace(&mut self.out, outside);
            match known {
                true => idle.typed.extend(items),
                false => idle.named.extend(items),
            }
        }
        idle.shared = std::mem::replace(&mut self.shared, outside);
        idle
    }

    /// Makes one; whether its types are known.
    fn idle_one(&mut self, decl: usize) -> bool {
        let declared = &self.declared.decls[decl];
        let (flat, type_params) = (declared.flat.clone(), declared.type_params);
        let file = self.files[declared.file].id;
        let mut args = Vec::new();
        for param in type_params {
            let text = format!("{flat}.{}?", param.text);
            let span = Span { file, ..param.span };
            let name = ast::Name { text, span };
            // A type of one value: none has fewer.
            let variant = ast::Variant { name: name.clone(), payload: Vec::new() };
            let kind = ItemKind::Enum {
                name: name.clone(),
                type_params: Vec::new(),
                variants: vec![variant],
            };
            self.shared.push(ast::Item { doc: None, attrs: Vec::new(), kind, span });
            args.push(ast::Type { kind: TypeKind::Named(name, Vec::new()), span });
        }
        let Some(at) = self.instance(decl, args, format!("{flat}."), None, None) else {
            return false;
        };
        let scope = self.inside(at);
        let known = self.idle_parameters(at, scope);
        self.emit(at);
        known && type_params.is_empty()
    }

    /// Gives an instance that nobody uses something for each parameter.
    fn idle_parameters(&mut self, at: usize, scope: Scope) -> bool {
        let params = self.declared.decls[self.instances[at].decl].params;
        let mut known = true;
        for (i, param) in params.iter().enumerate() {
            if params[..i].iter().any(|p| p.name.text == param.name.text) {
                continue;
            }
            if self.instances[at].given.contains_key(&param.name.text) {
                let given = self.idle_instance(at, scope, param);
                known &= given.is_some();
                self.instances[at].nested.insert(param.name.text.clone(), given);
                continue;
            }
            match &param.default {
                Some(default) => {
                    let value = Rename::new(self, scope).expr(default);
                    self.constant(scope, param, value);
                }
                None => known &= self.stand_in(scope, param),
            }
        }
        known
    }

    /// An instance of a protocol: what it has, and no rules.
    fn idle_instance(&mut self, at: usize, scope: Scope, param: &ast::Param) -> Option<usize> {
        let decl = self.protocol_named(scope, &param.ty)?;
        let TypeKind::Named(_, args) = &param.ty.kind else { return None };
        let asked = &self.declared.decls[decl];
        if !asked.is_protocol || asked.type_params.len() != args.len() {
            return None;
        }
        let args: Vec<ast::Type> = {
            let mut rename = Rename::new(self, scope);
            args.iter().map(|ty| rename.ty(ty)).collect()
        };
        let prefix = format!("{}{}.", self.instances[at].prefix, param.name.text);
        let given = self.instance(decl, args, prefix, None, None)?;
        self.emit(given);
        Some(given)
    }

    /// A constant for a parameter without a value; false if its type has none
    /// that could be written here.
    pub(super) fn stand_in(&mut self, scope: Scope, param: &ast::Param) -> bool {
        let span = scope.place(param.name.span);
        let known = value_of(&param.ty);
        let is_known = known.is_some();
        let kind = known.unwrap_or(ExprKind::Literal(Literal::Int(1)));
        self.constant(scope, param, ast::Expr { kind, span });
        is_known
    }
}

/// Some value of a type.
fn value_of(ty: &ast::Type) -> Option<ExprKind> {
    let literal = |literal| Some(ExprKind::Literal(literal));
    match &ty.kind {
        TypeKind::Named(name, _) => match name.text.as_str() {
            "int" | "nat" => literal(Literal::Int(1)),
            "float" => literal(Literal::Float(1.0)),
            "bool" => literal(Literal::Bool(true)),
            "str" => literal(Literal::Str(vec![ast::StrPart::Text("a".into())])),
            "bytes" => literal(Literal::Bytes(vec![1])),
            "duration" => literal(Literal::Duration(1_000_000_000)),
            _ => None,
        },
        TypeKind::List(_) => Some(ExprKind::List(Vec::new())),
        TypeKind::Option(_) => Some(ExprKind::Upper("None".into())),
        TypeKind::Tuple(_) => None,
    }
}
