//! Written types to resolved ones. Aliases are expanded here, so that no
//! later phase knows they exist. Whether a type may stand where it stands
//! (a lattice in a map, a key that compares) is for the types to judge.

use super::hir;
use super::hir::TypeKind;
use super::occurrences::Thing;
use super::occurrences::Use;
use super::resolve::Cx;
use super::scope::TypeSymbol;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::source::Span;
use crate::syntax::ast;

/// Parts of one expanded type: without a bound a page of aliases, each a pair of
/// the one before, would not fit into memory.
pub(super) const TYPE_PARTS_MAX: usize = 4096;

const GIVEN: &[&str] = &[
    "All", "Any", "Bag", "Lex", "Map", "Max", "Min", "None", "Pair", "Point", "Set", "Some",
    "bool", "bytes", "duration", "float", "int", "json", "nat", "node", "str", "time", "uuid",
];

/// What people coming from elsewhere write.
const FOREIGN: &[(&str, &str)] = &[
    ("boolean", "bool"),
    ("byte", "int"),
    ("char", "str"),
    ("date", "time"),
    ("datetime", "time"),
    ("double", "float"),
    ("f32", "float"),
    ("f64", "float"),
    ("i32", "int"),
    ("i64", "int"),
    ("integer", "int"),
    ("isize", "int"),
    ("long", "int"),
    ("number", "int"),
    ("string", "str"),
    ("symbol", "str"),
    ("text", "str"),
    ("timestamp", "time"),
    ("u32", "nat"),
    ("u64", "nat"),
    ("unsigned", "nat"),
    ("usize", "nat"),
    ("varchar", "str"),
];

/// A type that has been reported.
pub(super) fn error(span: Span) -> hir::Type {
    hir::Type { kind: TypeKind::Error, span }
}

/// Whether the language itself has a type (or `Some`, `None`) of this name.
pub(super) fn is_given(name: &str) -> bool {
    GIVEN.contains(&name)
}

fn is_constructor(name: &str) -> bool {
    name == "Some" || name == "None"
}

impl<'a> Cx<'a> {
    /// Fills aliases, records and enums.
    pub(super) fn resolve_types(&mut self, module: &ast::Module) {
        for index in 0..self.aliases.len() {
            self.declared_alias(index);
        }
        for item in &module.items {
            match &item.kind {
                ast::ItemKind::Record { name, fields } => self.record_fields(name, fields),
                ast::ItemKind::Enum { name, type_params, variants } => {
                    self.payloads(name, type_params, variants);
                }
                _ => {}
            }
        }
        self.judge_recursive_types();
    }

    fn record_fields(&mut self, name: &ast::Name, fields: &[ast::Column]) {
        let Some(&(TypeSymbol::Record(id), place)) = self.scope.types.get(&name.text) else {
            return;
        };
        // Another declaration of the same name has been reported.
        if place != name.span {
            return;
        }
        let kept = self.distinct(fields, "field");
        let mut resolved = Vec::new();
        for field in kept {
            self.plain_column(field, "a field");
            if let Some(default) = &field.default {
                self.misplaced(default.span, "a field of a record has no default");
            }
            let thing = Thing::Field(id, resolved.len() as u32);
            self.saw(field.name.span, thing, Use::Declares);
            resolved.push((field.name.text.clone(), self.ty(&field.ty)));
        }
        self.program.records[id.index()].fields = resolved;
    }

    fn payloads(&mut self, name: &ast::Name, type_params: &[ast::Name], variants: &[ast::Variant]) {
        let Some(&(TypeSymbol::Enum(id), place)) = self.scope.types.get(&name.text) else {
            return;
        };
        if place != name.span {
            return;
        }
        self.check_type_params(name, type_params, variants);
        let itself = |(n, p): (usize, &ast::Name)| {
            let kind = TypeKind::Param(n as u32);
            (p.text.clone(), hir::Type { kind, span: p.span })
        };
        self.type_params = type_params.iter().enumerate().map(itself).collect();
        for variant in variants {
            let Some(&(owner, index, at)) = self.scope.constructors.get(&variant.name.text) else {
                continue;
            };
            if owner == id && at == variant.name.span {
                let payload = variant.payload.iter().map(|t| self.ty(t)).collect();
                self.program.enums[id.index()].variants[index].payload = payload;
            }
        }
        self.type_params.clear();
    }

    /// Type parameters that hide a type of the language, are given twice, or
    /// stand for nothing.
    fn check_type_params(
        &mut self,
        name: &ast::Name,
        type_params: &[ast::Name],
        variants: &[ast::Variant],
    ) {
        for (i, param) in type_params.iter().enumerate() {
            if let Some(first) = type_params[..i].iter().find(|p| p.text == param.text) {
                self.duplicate(codes::DUPLICATE_NAME, "type parameter ", param, first.span);
            } else if is_given(&param.text) {
                let title = format!("`{}` is a type of the language", param.text);
                self.report(
                    Diagnostic::error(codes::GIVEN_NAME, param.span, title)
                        .at("a type parameter needs a name of its own")
                        .help("choose another name, such as `T`"),
                );
            } else if !variants.iter().flat_map(|v| &v.payload).any(|t| mentions(t, &param.text)) {
                let title = format!("no constructor of `{}` holds a `{}`", name.text, param.text);
                self.report(
                    Diagnostic::warning(codes::UNUSED, param.span, title)
                        .at("this type parameter is never used")
                        .help("leave it out"),
                );
            }
        }
    }

    /// A written type, resolved.
    pub(super) fn ty(&mut self, written: &ast::Type) -> hir::Type {
        let ty = self.ty_parts(written);
        if parts(&ty) > TYPE_PARTS_MAX {
            let title = format!("this type has more than {TYPE_PARTS_MAX} parts when expanded");
            self.report(Diagnostic::error(codes::TYPE_TOO_LARGE, written.span, title));
            return error(written.span);
        }
        ty
    }

    pub(super) fn ty_parts(&mut self, written: &ast::Type) -> hir::Type {
        let span = written.span;
        let kind = match &written.kind {
            ast::TypeKind::List(t) => TypeKind::List(Box::new(self.ty_parts(t))),
            ast::TypeKind::Option(t) => TypeKind::Option(Box::new(self.ty_parts(t))),
            ast::TypeKind::Tuple(ts) => match &ts[..] {
                [one] => return self.ty_parts(one),
                _ => TypeKind::Tuple(ts.iter().map(|t| self.ty_parts(t)).collect()),
            },
            ast::TypeKind::Named(name, args) => return self.named(name, args, span),
        };
        hir::Type { kind, span }
    }

    fn named(&mut self, name: &ast::Name, args: &[ast::Type], span: Span) -> hir::Type {
        if let Some((_, ty)) = self.type_params.iter().find(|(param, _)| *param == name.text) {
            let kind = ty.kind.clone();
            if !args.is_empty() {
                self.type_arguments(name, span, 0, args.len(), None);
                return error(span);
            }
            return hir::Type { kind, span };
        }
        if let Some(&(symbol, declared)) = self.scope.types.get(&name.text) {
            self.saw_type(name.span, symbol, Use::Mentions);
            let wanted = match symbol {
                TypeSymbol::Enum(id) => self.program.enums[id.index()].params.len(),
                TypeSymbol::Alias(index) if !self.aliases[index].params.is_empty() => {
                    return self.applied(index, name, args, span);
                }
                TypeSymbol::Record(_) | TypeSymbol::Alias(_) => 0,
            };
            if args.len() != wanted {
                self.type_arguments(name, span, wanted, args.len(), Some(declared));
                return error(span);
            }
            let kind = match symbol {
                TypeSymbol::Record(id) => TypeKind::Record(id),
                TypeSymbol::Enum(id) => {
                    TypeKind::Enum(id, args.iter().map(|t| self.ty_parts(t)).collect())
                }
                TypeSymbol::Alias(index) => self.alias(index, span).kind,
            };
            return hir::Type { kind, span };
        }
        if !is_given(&name.text) || is_constructor(&name.text) {
            self.unknown_type(name, span, args.len());
            return error(span);
        }
        let wanted = takes(&name.text);
        if args.len() != wanted {
            if !self.scope.is_poisoned(&name.text) {
                self.type_arguments(name, span, wanted, args.len(), None);
            }
            return error(span);
        }
        let mut args = args.iter().map(|t| Box::new(self.ty_parts(t)));
        let kind = given(&name.text, args.next(), args.next());
        hir::Type { kind, span }
    }

    pub(super) fn type_arguments(
        &mut self,
        name: &ast::Name,
        span: Span,
        wanted: usize,
        found: usize,
        declared: Option<Span>,
    ) {
        let text = &name.text;
        let wants = suggest::count(wanted, "type parameter");
        let title = format!("`{text}` takes {wants}, but has {found}");
        let mut diagnostic = Diagnostic::error(codes::WRONG_TYPE_ARGUMENTS, span, title);
        if let Some(declared) = declared {
            diagnostic = diagnostic.label(declared, "declared here");
        }
        diagnostic = match wanted {
            0 => diagnostic.help(format!("write `{text}`")),
            n if declared.is_some() => {
                let args = vec!["int"; n].join(", ");
                diagnostic.help(format!("for example `{text}<{args}>`"))
            }
            _ => diagnostic.help(format!("for example `{}`", example(text))),
        };
        self.report(diagnostic);
    }

    fn unknown_type(&mut self, name: &ast::Name, span: Span, found: usize) {
        let text = &name.text;
        self.taint();
        if self.scope.is_poisoned(text) {
            return;
        }
        let foreign = FOREIGN.iter().find(|(word, _)| *word == text.to_lowercase()).map(|f| f.1);
        let own = self.scope.types.keys().map(String::as_str);
        let known = GIVEN.iter().copied().filter(|g| !is_constructor(g));
        let nearest = foreign.or_else(|| suggest::closest(text, own.chain(known)));
        let title = format!("unknown type `{text}`");
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_TYPE, span, title).at("no type has this name");
        if let Some(nearest) = nearest {
            diagnostic = diagnostic.help(format!("did you mean `{}`?", example(nearest)));
            // With other parameters than written it would only be the next error.
            if takes(nearest) == found {
                diagnostic = diagnostic.fix(format!("write `{nearest}`"), name.span, nearest);
            }
        } else {
            diagnostic = diagnostic.help(
                "types are `int`, `nat`, `float`, `bool`, `str`, `bytes`, `time`, `duration`, \
                 `uuid`, `json`, tuples, lists, `T?`, lattices, and what `type` and `enum` declare",
            );
        }
        self.report(diagnostic);
    }
}

/// Whether a name stands somewhere in a written type.
fn mentions(written: &ast::Type, name: &str) -> bool {
    match &written.kind {
        ast::TypeKind::List(t) | ast::TypeKind::Option(t) => mentions(t, name),
        ast::TypeKind::Tuple(ts) => ts.iter().any(|t| mentions(t, name)),
        ast::TypeKind::Named(own, args) => {
            own.text == name || args.iter().any(|t| mentions(t, name))
        }
    }
}

/// How many type parameters a type has.
fn takes(name: &str) -> usize {
    match name {
        "Max" | "Min" | "Set" | "Bag" | "Point" => 1,
        "Map" | "Pair" | "Lex" => 2,
        _ => 0,
    }
}

/// A type with parameters that fit.
fn example(name: &str) -> String {
    match name {
        "Map" => "Map<str, Max<int>>".into(),
        "Pair" => "Pair<Max<int>, Set<str>>".into(),
        "Lex" => "Lex<Max<int>, Set<str>>".into(),
        _ if takes(name) == 1 => format!("{name}<int>"),
        _ => name.into(),
    }
}

fn given(name: &str, first: Option<Box<hir::Type>>, second: Option<Box<hir::Type>>) -> TypeKind {
    match (name, first, second) {
        ("int", ..) => TypeKind::Int,
        ("nat", ..) => TypeKind::Nat,
        ("float", ..) => TypeKind::Float,
        ("bool", ..) => TypeKind::Bool,
        ("str", ..) => TypeKind::Str,
        ("bytes", ..) => TypeKind::Bytes,
        ("node", ..) => TypeKind::Node,
        ("time", ..) => TypeKind::Time,
        ("duration", ..) => TypeKind::Duration,
        ("uuid", ..) => TypeKind::Uuid,
        ("json", ..) => TypeKind::Json,
        ("Any", ..) => TypeKind::Any,
        ("All", ..) => TypeKind::All,
        ("Max", Some(t), _) => TypeKind::Max(t),
        ("Min", Some(t), _) => TypeKind::Min(t),
        ("Set", Some(t), _) => TypeKind::Set(t),
        ("Map", Some(k), Some(v)) => TypeKind::Map(k, v),
        ("Pair", Some(l), Some(m)) => TypeKind::Pair(l, m),
        ("Lex", Some(l), Some(m)) => TypeKind::Lex(l, m),
        ("Bag", Some(t), _) => TypeKind::Bag(t),
        ("Point", Some(t), _) => TypeKind::Point(t),
        _ => TypeKind::Error,
    }
}

/// The direct parts of a type.
pub(super) fn inside(ty: &hir::Type) -> Vec<&hir::Type> {
    match &ty.kind {
        TypeKind::Tuple(ts) | TypeKind::Enum(_, ts) => ts.iter().collect(),
        TypeKind::List(t)
        | TypeKind::Option(t)
        | TypeKind::Max(t)
        | TypeKind::Min(t)
        | TypeKind::Bag(t)
        | TypeKind::Point(t)
        | TypeKind::Set(t) => vec![t],
        TypeKind::Map(a, b) | TypeKind::Pair(a, b) | TypeKind::Lex(a, b) => vec![a, b],
        _ => Vec::new(),
    }
}

/// Number of parts, the whole included.
pub(super) fn parts(ty: &hir::Type) -> usize {
    1 + inside(ty).into_iter().map(parts).sum::<usize>()
}
