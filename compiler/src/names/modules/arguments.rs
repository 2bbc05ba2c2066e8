//! What an instance is given: values, which become constants of its own, and
//! other instances, which must keep the protocol that the module asks for.
//! What values are worth is decided after names.

use super::Expander;
use super::instances::Use;
use super::rename::Rename;
use super::rename_exprs::dotted;
use super::scope::Lower;
use super::scope::Scope;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::TypeKind;

impl<'f> Expander<'f, '_> {
    /// Marks the parameters that take instances; they are given later.
    pub(super) fn module_parameters(&mut self, at: usize) {
        let scope = self.inside(at);
        let decl = self.instances[at].decl;
        let params = self.declared.decls[decl].params;
        for (i, param) in params.iter().enumerate() {
            let span = scope.place(param.name.span);
            if let Some(first) = params[..i].iter().find(|p| p.name.text == param.name.text) {
                let title = format!("two parameters are called `{}`", param.name.text);
                self.diags.push(
                    Diagnostic::error(codes::DUPLICATE_NAME, span, title)
                        .at("declared again here")
                        .label(first.name.span, "first declared here"),
                );
            }
            let Some(protocol) = self.protocol_named(scope, &param.ty) else { continue };
            let instance = &mut self.instances[at];
            instance.nested.insert(param.name.text.clone(), None);
            instance.given.insert(param.name.text.clone(), span);
            let asked = &self.declared.decls[protocol];
            if !asked.is_protocol {
                let title = format!(
                    "`{}` is a module, and a parameter asks for a protocol",
                    asked.name.text
                );
                let place = scope.place(param.ty.span);
                let told = Diagnostic::error(codes::MODULE_ARGUMENTS, place, title)
                    .at("any instance that keeps the protocol can be given")
                    .label(asked.name.span, "declared here")
                    .help("declare a protocol with what is needed, and let the module promise it");
                self.diags.push(told);
            }
            if let Some(default) = &param.default {
                let place = scope.place(default.span);
                let title = "a parameter that takes an instance has no default";
                let told = Diagnostic::error(codes::MODULE_ARGUMENTS, place, title)
                    .at("an instance is made where it is used");
                self.diags.push(told);
            }
        }
    }

    /// Gives an instance what its `use` says.
    pub(super) fn bind(&mut self, scope: Scope, at: usize, used: Use<'f>) {
        let inner = self.inside(at);
        let decl = self.instances[at].decl;
        let (params, name) = {
            let declared = &self.declared.decls[decl];
            (declared.params, declared.name)
        };
        let mut given: Vec<Option<&ast::NamedArg>> = vec![None; params.len()];
        for arg in used.args {
            let span = scope.place(arg.name.span);
            match params.iter().position(|p| p.name.text == arg.name.text) {
                Some(i) if given[i].is_none() => given[i] = Some(arg),
                Some(_) => {
                    let title = format!("`{}` is given twice", arg.name.text);
                    self.diags.push(
                        Diagnostic::error(codes::MODULE_ARGUMENTS, span, title).at("given before"),
                    );
                }
                None => self.unknown_parameter(arg, span, params, name),
            }
        }
        let mut missing = Vec::new();
        for (i, (param, arg)) in params.iter().zip(given).enumerate() {
            if params[..i].iter().any(|p| p.name.text == param.name.text) {
                continue;
            }
            let takes_instance = self.instances[at].given.contains_key(&param.name.text);
            match arg {
                Some(arg) if takes_instance => self.give_instance(scope, at, param, arg),
                Some(arg) => {
                    let value = match &arg.value {
                        Some(value) => Rename::new(self, scope).expr(value),
                        None => {
                            let kind = ast::ExprKind::Name(arg.name.text.clone());
                            let short = ast::Expr { kind, span: arg.name.span };
                            Rename::new(self, scope).expr(&short)
                        }
                    };
                    self.constant(inner, param, value);
                }
                None => match &param.default {
                    Some(default) if !takes_instance => {
                        let value = Rename::new(self, inner).expr(default);
                        self.constant(inner, param, value);
                    }
                    _ => missing.push(param.name.text.as_str()),
                },
            }
        }
        let mistyped = |arg: &ast::NamedArg| !params.iter().any(|p| p.name.text == arg.name.text);
        for param in params.iter().filter(|p| missing.contains(&p.name.text.as_str())) {
            if !self.instances[at].given.contains_key(&param.name.text) {
                self.stand_in(inner, param);
            }
        }
        // A mistyped parameter is also a missing one: one message is enough.
        if missing.is_empty() || used.args.iter().any(mistyped) {
            return;
        }
        let title = format!("`{}` needs {}", name.text, suggest::and_list(&missing));
        let last = used.path.last().map_or(used.alias.span, |n| n.span);
        let span = scope.place(last);
        let told = Diagnostic::error(codes::MODULE_ARGUMENTS, span, title)
            .at("not all parameters are given")
            .label(name.span, "declared here")
            .help(format!("write `{}({}: …)`", name.text, missing.join(": …, ")));
        self.diags.push(told);
    }

    fn unknown_parameter(
        &mut self,
        arg: &ast::NamedArg,
        span: Span,
        params: &[ast::Param],
        module: &ast::Name,
    ) {
        let known: Vec<&str> = params.iter().map(|p| p.name.text.as_str()).collect();
        let title = format!("`{}` has no parameter `{}`", module.text, arg.name.text);
        let told = Diagnostic::error(codes::MODULE_ARGUMENTS, span, title)
            .at("no such parameter")
            .label(module.span, "declared here");
        let told = match suggest::closest(&arg.name.text, known.iter().copied()) {
            Some(near) => told.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                span,
                near,
            ),
            None if known.is_empty() => told.help("it has none"),
            None => told.help(format!("it has {}", suggest::and_list(&known))),
        };
        self.diags.push(told);
    }

    /// A value as a constant of the instance.
    pub(super) fn constant(&mut self, inner: Scope, param: &ast::Param, value: ast::Expr) {
        let mut rename = Rename::new(self, inner);
        let (name, ty) = (rename.declared(&param.name), Some(rename.ty(&param.ty)));
        let span = name.span;
        let kind = ItemKind::Const { name, ty, value };
        self.out.push(ast::Item { doc: None, attrs: Vec::new(), kind, span });
    }

    fn give_instance(&mut self, scope: Scope, at: usize, param: &ast::Param, arg: &ast::NamedArg) {
        let path = match &arg.value {
            Some(value) => dotted(value),
            None => Some(vec![arg.name.clone()]),
        };
        let span = arg.value.as_ref().map_or(arg.name.span, |v| v.span);
        let span = scope.place(span);
        let found = path.as_ref().and_then(|path| match &path[..] {
            [name] => Some(self.lower(scope, &name.text)),
            _ => None,
        });
        let inner = self.inside(at);
        let wanted = Rename::new(self, inner).ty(&param.ty);
        let wanted_text = self.type_text(&wanted);
        let other = match found {
            Some(Lower::Instance(other)) => other,
            Some(Lower::Lost) => return,
            _ => {
                let title = format!("`{}` takes an instance of a module", param.name.text);
                let told = Diagnostic::error(codes::MODULE_ARGUMENTS, span, title)
                    .at("this is none")
                    .label(param.name.span, format!("asks for `{wanted_text}`"))
                    .help("make one, `use … as q;`, and give its name");
                self.diags.push(told);
                return;
            }
        };
        self.instances[at].nested.insert(param.name.text.clone(), Some(other));
        let kept = self.kept_protocol(other);
        let asked = self.protocol_named(inner, &param.ty);
        // That a parameter asks for a module is told where it stands.
        let Some(asked) = asked.filter(|decl| self.declared.decls[*decl].is_protocol) else {
            return;
        };
        if kept.as_ref().is_some_and(|(decl, text)| *decl == asked && *text == wanted_text) {
            return;
        }
        let declared = &self.declared.decls[self.instances[other].decl];
        let title = match &kept {
            Some((_, kept)) => format!("this instance keeps `{kept}`, not `{wanted_text}`"),
            None => format!("this instance keeps no protocol, and `{wanted_text}` is asked for"),
        };
        let told = Diagnostic::error(codes::BROKEN_PROMISE, span, title)
            .at(format!("an instance of `{}`", declared.name.text))
            .label(param.ty.span, "asked for here")
            .label(declared.promise.map_or(declared.name.span, |p| p.span), "declared here")
            .help(format!("promise it: `module {}(…): {wanted_text} {{ … }}`", declared.name.text));
        self.diags.push(told);
    }

    /// The protocol that an instance keeps, for its types, as text.
    fn kept_protocol(&mut self, at: usize) -> Option<(usize, String)> {
        let scope = self.inside(at);
        let decl = &self.declared.decls[self.instances[at].decl];
        if decl.is_protocol {
            let args = &self.type_sets[self.instances[at].types].args;
            let text = match args.is_empty() {
                true => decl.name.text.clone(),
                false => format!("{}<{}>", decl.name.text, args.join(", ")),
            };
            return Some((self.instances[at].decl, text));
        }
        let promise = decl.promise?;
        let protocol = self.protocol_named(scope, promise)?;
        let written = Rename::new(self, scope).ty(promise);
        Some((protocol, self.type_text(&written)))
    }

    /// Checks that the module of an instance has what its protocol asks for.
    pub(super) fn promise(&mut self, at: usize) {
        let scope = self.inside(at);
        let module = self.instances[at].decl;
        let Some(promise) = self.declared.decls[module].promise else { return };
        let TypeKind::Named(name, args) = &promise.kind else { return };
        let span = scope.place(promise.span);
        let found = self.protocol_named(scope, promise);
        let protocol = found.filter(|decl| self.declared.decls[*decl].is_protocol);
        let Some(protocol) = protocol else {
            if found.is_none() && self.may_be_lost(scope, &name.text) {
                return;
            }
            let title = match found {
                Some(_) => format!("`{}` is a module, not a protocol", name.text),
                None => format!("unknown protocol `{}`", name.text),
            };
            let told = Diagnostic::error(codes::UNKNOWN_MODULE, span, title)
                .at("a module promises a protocol")
                .help("declare it: `protocol P { input …; output …; }`");
            self.diags.push(told);
            return;
        };
        let wanted = self.declared.decls[protocol].type_params.len();
        if wanted != args.len() {
            let title = format!("`{}` takes {}", name.text, suggest::count(wanted, "type"));
            let told = Diagnostic::error(codes::MODULE_ARGUMENTS, span, title)
                .at(format!("{} given", args.len()))
                .label(self.declared.decls[protocol].name.span, "declared here");
            self.diags.push(told);
            return;
        }
        let args: Vec<ast::Type> = {
            let mut rename = Rename::new(self, scope);
            args.iter().map(|ty| rename.ty(ty)).collect()
        };
        let prefix = format!("{}:", self.instances[at].prefix);
        if let Some(shape) = self.instance(protocol, args, prefix, None, None) {
            self.compare(at, shape, span);
        }
    }
}
