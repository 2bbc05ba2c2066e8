//! Instances: which module a `use` means, for which types, and what the
//! instance declares. Every instance has its own names and its own text; the
//! types of a module are shared by all instances with equal type arguments.
//! Values given to it are bound elsewhere.

use std::collections::BTreeMap;

use super::Expander;
use super::declared::Kind;
use super::declared::Table;
use super::rename::Rename;
use super::scope::Scope;
use super::told::Copied;
use super::types::Alias;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::limits;
use crate::source::FileId;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::CollectionKind;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::TypeKind;

/// An input or output.
#[derive(Clone, Debug)]
pub(super) struct Port {
    pub(super) flat: String,
    pub(super) is_input: bool,
    /// Where its name stands in the module.
    pub(super) span: Span,
}

/// A module with its parameters filled in.
pub(super) struct Instance {
    pub(super) decl: usize,
    /// What stands in front of its names: `q.`
    pub(super) prefix: String,
    /// Its own copy of the text of its module.
    pub(super) text: FileId,
    /// The instance around it.
    pub(super) parent: Option<usize>,
    /// Its types, by position in the list of those.
    pub(super) types: usize,
    pub(super) own: Table,
    /// Instances it can name: its own and those it was given; `None` where
    /// something is wrong with one.
    pub(super) nested: BTreeMap<String, Option<usize>>,
    /// Those it was given, with the place of the parameter.
    pub(super) given: BTreeMap<String, Span>,
    pub(super) ports: BTreeMap<String, Port>,
}

/// The types of a module for one choice of type arguments.
pub(super) struct TypeSet {
    pub(super) own: Table,
    /// The arguments, aliases expanded, as text.
    pub(super) args: Vec<String>,
}

/// A `use`, taken apart.
#[derive(Clone, Copy)]
pub(super) struct Use<'f> {
    pub(super) path: &'f [ast::Name],
    pub(super) type_args: &'f [ast::Type],
    pub(super) args: &'f [ast::NamedArg],
    pub(super) alias: &'f ast::Name,
}

/// The `use` that an item is.
pub(super) fn used(item: &ast::Item) -> Option<Use<'_>> {
    match &item.kind {
        ItemKind::Use { path, type_args, args, alias } => {
            Some(Use { path, type_args, args, alias })
        }
        _ => None,
    }
}

impl<'f> Expander<'f, '_> {
    /// The scope inside of an instance.
    pub(super) fn inside(&self, instance: usize) -> Scope {
        let found = &self.instances[instance];
        let file = self.declared.decls[found.decl].file;
        Scope { file, instance: Some(instance), text: found.text }
    }

    /// Makes all instances of a scope, so that each can name the others.
    pub(super) fn make_all(&mut self, scope: Scope, items: &'f [ast::Item]) {
        for item in items {
            let Some(found) = used(item) else { continue };
            let name = &found.alias.text;
            let known = match scope.instance {
                Some(at) => self.instances[at].nested.contains_key(name),
                None => self.uses[scope.file].contains_key(name),
            };
            let made = match known {
                false => self.make(scope, found),
                // Declared twice, or like a parameter.
                true => {
                    self.alias_twice(scope, found.alias, items);
                    continue;
                }
            };
            match scope.instance {
                Some(at) => self.instances[at].nested.insert(name.clone(), made),
                None => self.uses[scope.file].insert(name.clone(), made),
            };
        }
        for item in items {
            let Some(found) = used(item) else { continue };
            self.alias_taken(scope, found.alias);
        }
    }

    fn alias_twice(&mut self, scope: Scope, alias: &ast::Name, items: &[ast::Item]) {
        let first = items.iter().filter_map(used).find(|u| u.alias.text == alias.text);
        let span = scope.place(alias.span);
        let title = format!("`{}` is declared twice", alias.text);
        let mut told = Diagnostic::error(codes::DUPLICATE_NAME, span, title);
        told = told.at("declared again here");
        if let Some(first) = first.filter(|u| u.alias.span != alias.span) {
            told = told.label(first.alias.span, "first declared here");
        }
        self.diags.push(told);
    }

    /// An instance may not be called like a collection, function or constant.
    fn alias_taken(&mut self, scope: Scope, alias: &ast::Name) {
        let table = match scope.instance {
            Some(at) => &self.instances[at].own,
            None => &self.declared.seen[scope.file],
        };
        let Some((_, kind, place)) = table.lower.get(&alias.text) else { return };
        if *kind == Kind::Instance && place.lo == alias.span.lo {
            return;
        }
        let (span, place) = (scope.place(alias.span), *place);
        let title = format!("`{}` is declared twice", alias.text);
        let told = Diagnostic::error(codes::DUPLICATE_NAME, span, title)
            .at("an instance of this name")
            .label(place, "declared here too");
        // Two instances of one name are told where the second is made.
        if *kind != Kind::Instance {
            self.diags.push(told);
        }
    }

    /// An instance without its values; `None` when it cannot be made, which is told.
    fn make(&mut self, scope: Scope, found: Use<'f>) -> Option<usize> {
        let decl = self.module_named(scope, found.path)?;
        let name = found.path.last()?;
        let span = scope.place(name.span);
        if self.recursive(scope, decl, span) {
            return None;
        }
        let wanted = self.declared.decls[decl].type_params.len();
        if found.type_args.len() != wanted {
            let declared = &self.declared.decls[decl];
            let title = format!(
                "`{}` takes {}, but {} given",
                name.text,
                suggest::count(wanted, "type"),
                match found.type_args.len() {
                    0 => "none is".to_string(),
                    1 => "1 is".to_string(),
                    n => format!("{n} are"),
                }
            );
            let told = Diagnostic::error(codes::MODULE_ARGUMENTS, span, title)
                .at("types are given in `<` and `>`")
                .label(declared.name.span, "declared here");
            self.diags.push(told);
            return None;
        }
        let args: Vec<ast::Type> = {
            let mut rename = Rename::new(self, scope);
            found.type_args.iter().map(|ty| rename.ty(ty)).collect()
        };
        let prefix = match scope.instance {
            Some(at) => format!("{}{}.", self.instances[at].prefix, found.alias.text),
            None => format!("{}.", found.alias.text),
        };
        let place = scope.place(found.alias.span);
        self.instance(decl, args, prefix, scope.instance, Some(place))
    }

    /// Whether a module would be inside of itself, or too deep, or one too many.
    fn recursive(&mut self, scope: Scope, decl: usize, span: Span) -> bool {
        let mut around = Vec::new();
        let mut next = scope.instance;
        while let Some(at) = next {
            around.push(self.instances[at].decl);
            next = self.instances[at].parent;
        }
        let name = &self.declared.decls[decl].name;
        let told = if let Some(depth) = around.iter().position(|d| *d == decl) {
            let title = format!("the module `{}` uses itself", name.text);
            let mut told = Diagnostic::error(codes::MODULE_RECURSION, span, title)
                .at("so there would be no end of instances")
                .label(name.span, "declared here")
                .help("what repeats is written as a recursive rule over rows");
            for through in &around[..depth] {
                let through = self.declared.decls[*through].name;
                told = told.label(through.span, format!("through `{}`", through.text));
            }
            told
        } else if around.len() >= limits::INSTANCE_DEPTH_MAX {
            let title = format!(
                "more than {} instances are inside of each other",
                limits::INSTANCE_DEPTH_MAX
            );
            Diagnostic::error(codes::TOO_MANY_INSTANCES, span, title).at("one too many")
        } else if self.instances.len() >= limits::INSTANCES_MAX {
            if std::mem::replace(&mut self.full, true) {
                return true;
            }
            let title = format!("more than {} instances of modules", limits::INSTANCES_MAX);
            Diagnostic::error(codes::TOO_MANY_INSTANCES, span, title).at("one too many")
        } else {
            return false;
        };
        self.diags.push(told);
        true
    }

    /// An instance for these types, with everything it declares.
    pub(super) fn instance(
        &mut self,
        decl: usize,
        args: Vec<ast::Type>,
        prefix: String,
        parent: Option<usize>,
        used: Option<Span>,
    ) -> Option<usize> {
        let declared = &self.declared.decls[decl];
        let (items, file) = (declared.items, declared.file);
        let is_protocol = declared.is_protocol;
        let text = self.sources.copy(self.files[file].id);
        let copied = Copied {
            prefix: prefix.clone(),
            module: self.declared.decls[decl].name.text.clone(),
            used,
            parent: parent.map(|at| self.instances[at].text),
            quiet: self.files[file].library.is_some() || self.files[file].broken,
        };
        self.copies.insert(text, copied);
        let mut own = Table::default();
        let mut ports = BTreeMap::new();
        for item in items {
            own.declare(item, &prefix);
            if let Some((name, kind)) = collection(&item.kind)
                && let Some(is_input) = is_input(kind)
            {
                let flat = format!("{prefix}{}", name.text);
                let span = Span { file: text, ..name.span };
                ports.entry(name.text.clone()).or_insert(Port { flat, is_input, span });
            }
        }
        let params = self.declared.decls[decl].params;
        for param in params {
            let entry = (format!("{prefix}{}", param.name.text), Kind::Const, param.name.span);
            own.lower.insert(param.name.text.clone(), entry);
        }
        self.used[decl] = true;
        let at = self.instances.len();
        let (nested, given) = (BTreeMap::new(), BTreeMap::new());
        let types = self.types_for(decl, &args);
        let fresh = types.is_none();
        let types = types.unwrap_or(self.type_sets.len());
        if fresh {
            self.add_types(decl, &args);
        }
        self.instances.push(Instance {
            decl,
            prefix,
            text,
            parent,
            types,
            own,
            nested,
            given,
            ports,
        });
        if fresh {
            self.write_types(at, args);
            self.promise(at);
        }
        if !is_protocol {
            self.module_parameters(at);
            self.make_all(self.inside(at), items);
        }
        Some(at)
    }

    /// The types that other instances have made with equal arguments.
    fn types_for(&self, decl: usize, args: &[ast::Type]) -> Option<usize> {
        let args: Vec<String> = args.iter().map(|ty| self.type_text(ty)).collect();
        self.sets.get(&(decl, args)).copied()
    }

    fn add_types(&mut self, decl: usize, args: &[ast::Type]) {
        let args: Vec<String> = args.iter().map(|ty| self.type_text(ty)).collect();
        let declared = &self.declared.decls[decl];
        let prefix = match args.is_empty() {
            true => format!("{}.", declared.flat),
            false => format!("{}<{}>.", declared.flat, args.join(", ")),
        };
        let mut own = Table::default();
        for item in declared.items {
            own.declare(item, &prefix);
        }
        for param in declared.type_params {
            own.types.insert(param.text.clone(), (format!("{prefix}{}", param.text), param.span));
        }
        self.sets.insert((decl, args.clone()), self.type_sets.len());
        self.type_sets.push(TypeSet { own, args });
    }

    /// Writes the declarations of the types, the arguments as aliases first.
    fn write_types(&mut self, at: usize, args: Vec<ast::Type>) {
        let scope = self.inside(at);
        let decl = self.instances[at].decl;
        let (params, items) = {
            let declared = &self.declared.decls[decl];
            (declared.type_params, declared.items)
        };
        for (param, ty) in params.iter().zip(args) {
            let flat = &self.type_sets[self.instances[at].types].own.types[&param.text].0;
            let name = ast::Name { text: flat.clone(), span: scope.place(param.span) };
            let alias = Alias { params: Vec::new(), ty: ty.clone() };
            self.aliases.insert(name.text.clone(), alias);
            let span = name.span;
            let kind = ItemKind::TypeAlias { name, ty };
            self.shared.push(ast::Item { doc: None, attrs: Vec::new(), kind, span });
        }
        self.type_items(scope, items);
    }

    /// Writes the types that a file or module declares.
    pub(super) fn type_items(&mut self, scope: Scope, items: &'f [ast::Item]) {
        for item in items {
            let mut rename = Rename::new(self, scope);
            let Some(kind) = rename.type_item(&item.kind) else { continue };
            let item = rename.item(item, kind);
            self.remember_alias(&item.kind);
            self.shared.push(item);
        }
    }

    /// The module that a `use` names.
    pub(super) fn module_named(&mut self, scope: Scope, path: &[ast::Name]) -> Option<usize> {
        let found = self.decl_named(scope, path)?;
        let (decl, name) = (&self.declared.decls[found], path.last()?);
        if !decl.is_protocol {
            return Some(found);
        }
        let span = scope.place(name.span);
        let title = format!("`{}` is a protocol, and only a module has instances", name.text);
        let told = Diagnostic::error(codes::UNKNOWN_MODULE, span, title)
            .at("it says what a module has, and no more")
            .label(decl.name.span, "declared here")
            .help("use a module that promises the protocol");
        self.diags.push(told);
        None
    }

    /// The module or protocol of a name, perhaps with its file in front.
    fn decl_named(&mut self, scope: Scope, path: &[ast::Name]) -> Option<usize> {
        let (name, file) = path.split_last()?;
        let span = scope.place(name.span);
        let table = match file.first().zip(file.last()) {
            None => &self.declared.seen[scope.file],
            Some((first, last)) => {
                let words: Vec<&str> = file.iter().map(|n| n.text.as_str()).collect();
                let dotted = words.join(".");
                let imports = &self.files[scope.file].imports;
                let found = imports.iter().find(|(other, _)| {
                    let other = &self.files[*other];
                    other.stem == dotted || other.library.as_ref() == Some(&dotted)
                });
                match found {
                    Some((other, _)) => &self.declared.own[*other],
                    None if self.files[scope.file].open => return None,
                    None => {
                        let span = Span { hi: last.span.hi, ..first.span };
                        let span = scope.place(span);
                        let title = format!("no file `{dotted}` is imported");
                        let known = imports.iter().map(|(f, _)| self.files[*f].stem.as_str());
                        let told = Diagnostic::error(codes::UNKNOWN_MODULE, span, title);
                        let told = match suggest::closest(&dotted, known) {
                            Some(near) => told.help(format!("did you mean `{near}`?")),
                            None => told.help(format!("import it: `import \"./{dotted}.bloom\";`")),
                        };
                        self.diags.push(told);
                        return None;
                    }
                }
            }
        };
        if let Some((found, _)) = table.decls.get(&name.text) {
            return Some(*found);
        }
        if self.may_be_lost(scope, &name.text) {
            return None;
        }
        let title = format!("unknown module `{}`", name.text);
        let told = Diagnostic::error(codes::UNKNOWN_MODULE, span, title).at("not declared");
        let told = match suggest::closest(&name.text, table.decls.keys().map(String::as_str)) {
            Some(near) => told.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                span,
                near,
            ),
            None => told.help("declare it, or import the file that does"),
        };
        self.diags.push(told);
        None
    }

    /// The protocol of a type that names one, with its arguments.
    pub(super) fn protocol_named(&self, scope: Scope, ty: &ast::Type) -> Option<usize> {
        let TypeKind::Named(name, _) = &ty.kind else { return None };
        self.declared.seen[scope.file].decls.get(&name.text).map(|(decl, _)| *decl)
    }
}

/// The collection that an item declares.
pub(super) fn collection(kind: &ItemKind) -> Option<(&ast::Name, CollectionKind)> {
    match kind {
        ItemKind::Collection(c) => Some((&c.name, c.kind)),
        ItemKind::Like { kind, name, .. } => Some((name, *kind)),
        _ => None,
    }
}

/// Whether a collection is an input or an output; `None` if it is neither.
pub(super) fn is_input(kind: CollectionKind) -> Option<bool> {
    match kind {
        CollectionKind::Input | CollectionKind::InputTable | CollectionKind::InputView => {
            Some(true)
        }
        CollectionKind::Output | CollectionKind::OutputTable | CollectionKind::OutputView => {
            Some(false)
        }
        CollectionKind::Table
        | CollectionKind::StaticTable
        | CollectionKind::View
        | CollectionKind::Scratch
        | CollectionKind::Channel
        | CollectionKind::Timer => None,
    }
}
