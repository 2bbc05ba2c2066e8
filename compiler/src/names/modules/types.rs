//! Whether two types as written are one type: other names of types are
//! expanded, and what is left is compared as text. What a type is good for is
//! decided after names.

use super::Expander;
use crate::stack;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::TypeKind;

/// Aliases inside of aliases; more are an error elsewhere.
const DEPTH_MAX: usize = 64;
/// Bytes of the text of a type; of larger ones only the beginning is compared.
const TEXT_MAX: usize = 64 << 10;

/// Another name of a type, in the names of the whole program.
pub(super) struct Alias {
    pub(super) params: Vec<String>,
    pub(super) ty: ast::Type,
}

impl Expander<'_, '_> {
    /// Keeps what a declaration says that another name means.
    pub(super) fn remember_alias(&mut self, kind: &ItemKind) {
        let (name, params, ty) = match kind {
            ItemKind::TypeAlias { name, ty } => (name, &[][..], ty),
            ItemKind::Lattice { name, type_params, ty } => (name, &type_params[..], ty),
            _ => return,
        };
        let params = params.iter().map(|p| p.text.clone()).collect();
        self.aliases.insert(name.text.clone(), Alias { params, ty: ty.clone() });
    }

    /// A type of the whole program as text; equal types have equal texts.
    pub(super) fn type_text(&self, ty: &ast::Type) -> String {
        let mut out = String::new();
        self.write(ty, &[], 0, &mut out);
        out
    }

    fn write(&self, ty: &ast::Type, bound: &[(&str, String)], depth: usize, out: &mut String) {
        if out.len() > TEXT_MAX {
            return;
        }
        let list = |types: &[ast::Type], out: &mut String| {
            for (i, ty) in types.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                stack::step(|| self.write(ty, bound, depth, out));
            }
        };
        match &ty.kind {
            TypeKind::List(inner) => {
                out.push('[');
                list(std::slice::from_ref(inner), out);
                out.push(']');
            }
            TypeKind::Option(inner) => {
                list(std::slice::from_ref(inner), out);
                out.push('?');
            }
            TypeKind::Tuple(parts) => {
                out.push('(');
                list(parts, out);
                out.push(')');
            }
            TypeKind::Named(name, args) => {
                if let Some((_, text)) = bound.iter().find(|(param, _)| *param == name.text) {
                    out.push_str(text);
                    return;
                }
                if let Some(alias) = self.aliases.get(&name.text)
                    && alias.params.len() == args.len()
                    && depth < DEPTH_MAX
                {
                    let mut given = Vec::new();
                    for (param, arg) in alias.params.iter().zip(args) {
                        let mut text = String::new();
                        self.write(arg, bound, depth + 1, &mut text);
                        given.push((param.as_str(), text));
                    }
                    stack::step(|| self.write(&alias.ty, &given, depth + 1, out));
                    return;
                }
                out.push_str(&name.text);
                if !args.is_empty() {
                    out.push('<');
                    list(args, out);
                    out.push('>');
                }
            }
        }
    }
}
