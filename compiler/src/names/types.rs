//! Written types to resolved ones. Aliases are expanded here, so that no
//! later phase knows they exist. Whether a type may stand where it stands
//! (a lattice in a map, a key that compares) is for the types to judge.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::hir;
use super::hir::TypeKind;
use super::occurrences::Thing;
use super::occurrences::Use;
use super::refuse::not_yet;
use super::resolve::Cx;
use super::scope::TypeSymbol;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::ids::EnumId;
use crate::ids::RecordId;
use crate::source::Span;
use crate::syntax::ast;

/// Parts of one expanded type: without a bound a page of aliases, each a pair of
/// the one before, would not fit into memory.
const TYPE_PARTS_MAX: usize = 4096;

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
                ast::ItemKind::Enum { name, variants, .. } => self.payloads(name, variants),
                _ => {}
            }
        }
        self.refuse_recursive_types();
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

    fn payloads(&mut self, name: &ast::Name, variants: &[ast::Variant]) {
        let Some(&(TypeSymbol::Enum(id), place)) = self.scope.types.get(&name.text) else {
            return;
        };
        if place != name.span {
            return;
        }
        for variant in variants {
            let Some(&(owner, index, at)) = self.scope.constructors.get(&variant.name.text) else {
                continue;
            };
            if owner == id && at == variant.name.span {
                let payload = variant.payload.iter().map(|t| self.ty(t)).collect();
                self.program.enums[id.index()].variants[index].payload = payload;
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
            if let TypeSymbol::Alias(index) = symbol
                && !self.aliases[index].params.is_empty()
            {
                return self.applied(index, name, args, span);
            }
            if !args.is_empty() {
                self.type_arguments(name, span, 0, args.len(), Some(declared));
                return error(span);
            }
            let kind = match symbol {
                TypeSymbol::Record(id) => TypeKind::Record(id),
                TypeSymbol::Enum(id) => TypeKind::Enum(id),
                TypeSymbol::Alias(index) => self.alias(index, span).kind,
            };
            return hir::Type { kind, span };
        }
        if let Some((what, will)) = later(&name.text) {
            self.report(not_yet(codes::LATER_TYPES, span, what, will));
            return error(span);
        }
        if !is_given(&name.text) || is_constructor(&name.text) {
            self.unknown_type(name, span, args.len());
            return error(span);
        }
        let wanted = takes(&name.text);
        if args.len() != wanted {
            self.type_arguments(name, span, wanted, args.len(), None);
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
            _ if declared.is_some() => diagnostic,
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
        let known = GIVEN.iter().copied().filter(|g| !is_constructor(g) && later(g).is_none());
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

    /// Records and enums that hold values of themselves have no size here yet.
    fn refuse_recursive_types(&mut self) {
        let (enums, records) = (self.program.enums.len(), self.program.records.len());
        let mut graph = DiGraph::<usize, ()>::new();
        let nodes: Vec<_> = (0..enums + records).map(|i| graph.add_node(i)).collect();
        for (e, item) in self.program.enums.iter().enumerate() {
            let payloads = item.variants.iter().flat_map(|v| &v.payload);
            for used in payloads.flat_map(named_in) {
                graph.add_edge(nodes[e], nodes[index_of(used, enums)], ());
            }
        }
        for (r, item) in self.program.records.iter().enumerate() {
            for used in item.fields.iter().flat_map(|(_, t)| named_in(t)) {
                graph.add_edge(nodes[enums + r], nodes[index_of(used, enums)], ());
            }
        }
        let mut cycles: Vec<Vec<usize>> = kosaraju_scc(&graph)
            .into_iter()
            .filter(|scc| scc.len() > 1 || graph.contains_edge(scc[0], scc[0]))
            .map(|scc| scc.into_iter().map(|n| graph[n]).collect())
            .collect();
        cycles.iter_mut().for_each(|cycle| cycle.sort_unstable());
        cycles.sort();
        for cycle in cycles {
            self.refuse_cycle(&cycle, enums);
        }
    }

    fn refuse_cycle(&mut self, cycle: &[usize], enums: usize) {
        let place = |program: &hir::Program, i: usize| {
            if i < enums { program.enums[i].span } else { program.records[i - enums].span }
        };
        let mut diagnostic = not_yet(
            codes::LATER_RECURSIVE,
            place(&self.program, cycle[0]),
            "types that hold values of themselves",
            "Enums and records will be allowed to be recursive, for trees and terms.",
        );
        for &other in &cycle[1..] {
            diagnostic = diagnostic.label(place(&self.program, other), "and this one with it");
        }
        self.report(diagnostic);
        // Later phases walk into types; nothing may be left that has no end.
        for &i in cycle {
            let parts: Vec<&mut hir::Type> = if i < enums {
                let variants = self.program.enums[i].variants.iter_mut();
                variants.flat_map(|v| v.payload.iter_mut()).collect()
            } else {
                self.program.records[i - enums].fields.iter_mut().map(|f| &mut f.1).collect()
            };
            for part in parts {
                *part = error(part.span);
            }
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

fn later(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "json" => ("the type `json`", "A `json` value will hold any JSON text, read by path."),
        _ => return None,
    })
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

enum Used {
    Enum(EnumId),
    Record(RecordId),
}

fn index_of(used: Used, enums: usize) -> usize {
    match used {
        Used::Enum(id) => id.index(),
        Used::Record(id) => enums + id.index(),
    }
}

fn inside(ty: &hir::Type) -> Vec<&hir::Type> {
    match &ty.kind {
        TypeKind::Tuple(ts) => ts.iter().collect(),
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

fn parts(ty: &hir::Type) -> usize {
    1 + inside(ty).into_iter().map(parts).sum::<usize>()
}

fn named_in(ty: &hir::Type) -> Vec<Used> {
    match ty.kind {
        TypeKind::Enum(id) => vec![Used::Enum(id)],
        TypeKind::Record(id) => vec![Used::Record(id)],
        _ => inside(ty).into_iter().flat_map(named_in).collect(),
    }
}
