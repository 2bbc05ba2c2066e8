//! The program over all nodes, in which tests of many nodes are asked: every
//! collection of every role, with the node in front, filled by no rule. It is
//! made as a text would be read, so that names and types are found as ever.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Part;
use crate::names::hir::Given;
use crate::names::hir::RelKind;
use crate::names::scenarios::Declared;
use crate::names::scenarios::PARAMETERS;
use crate::source::SourceMap;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::CollectionKind;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::TypeKind;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::typed::Program;
use crate::types::typed::Rel;
use crate::types::typed::Role;

/// What tests can name.
pub(super) fn declared(parts: &[Part<'_>]) -> Declared {
    let mut all = Declared::default();
    for part in parts {
        let rels = part.typed.rels.iter().filter(|rel| is_named(rel));
        let columns = |rel: &Rel| rel.cols.iter().map(|col| col.name.clone()).collect();
        let rels = rels.map(|rel| (rel.name.clone(), columns(rel))).collect();
        all.roles.insert(part.head.name.text.clone(), rels);
    }
    all
}

/// Whether a test can name it: hidden collections have no name, and some of
/// the language are values in the text.
pub(super) fn is_named(rel: &Rel) -> bool {
    let value = matches!(rel.given, Some(Given::Now | Given::Me | Given::Seed | Given::Members));
    let written = !rel.name.contains([' ', '@']);
    !rel.kind.is_hidden() && !value && written
}

/// The types that roles have beside those of all, and all collections.
pub(super) fn items(
    parts: &[Part<'_>],
    shared: &BTreeSet<String>,
    sources: &SourceMap,
) -> Vec<ast::Item> {
    let names = Names::of(parts, shared, sources);
    let mut out = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let view = View { names: &names, part: at, program: part.typed };
        out.extend(view.types());
        let role = &part.head.name.text;
        out.extend(part.typed.rels.iter().filter(|rel| is_named(rel)).map(|r| view.rel(role, r)));
        out.extend(parameters(part));
    }
    out
}

/// A collection with a column for each parameter.
fn parameters(part: &Part<'_>) -> Option<ast::Item> {
    if part.head.params.is_empty() {
        return None;
    }
    let column = |param: &ast::Param| ast::Column {
        at: false,
        name: param.name.clone(),
        ty: param.ty.clone(),
        default: param.default.clone(),
        span: param.name.span,
    };
    let columns = part.head.params.iter().map(column).collect();
    let name = format!("{}{PARAMETERS}", part.head.name.text);
    Some(collection(CollectionKind::Table, &name, columns, None, part.head.name.span))
}

/// Under which names the program over all nodes has the types of roles.
struct Names {
    /// By role, name of its type: the name here, and whether it is declared here.
    of: Vec<BTreeMap<String, (String, bool)>>,
}

impl Names {
    /// Types of one place are one type; of several places, each has the role in
    /// its name.
    fn of(parts: &[Part<'_>], shared: &BTreeSet<String>, sources: &SourceMap) -> Names {
        let mut places: BTreeMap<&str, BTreeSet<(String, u32)>> = BTreeMap::new();
        let place = |span: Span| (sources.file(span.file).name.clone(), span.lo);
        for part in parts {
            for (name, span) in types_of(part.typed) {
                places.entry(name).or_default().insert(place(span));
            }
        }
        let mut done: BTreeSet<String> = shared.clone();
        let mut of = Vec::with_capacity(parts.len());
        for part in parts {
            let mut own = BTreeMap::new();
            for (name, _) in types_of(part.typed) {
                let apart = places.get(name).is_some_and(|all| all.len() > 1);
                let here = match apart {
                    true => format!("{}.{name}", part.head.name.text),
                    false => name.to_string(),
                };
                let fresh = done.insert(here.clone());
                own.insert(name.to_string(), (here, fresh));
            }
            of.push(own);
        }
        Names { of }
    }
}

fn types_of(program: &Program) -> impl Iterator<Item = (&str, Span)> {
    let enums = program.enums.iter().map(|e| (e.name.as_str(), e.span));
    enums.chain(program.records.iter().map(|r| (r.name.as_str(), r.span)))
}

/// A role's program, seen from the program over all nodes.
struct View<'a> {
    names: &'a Names,
    part: usize,
    program: &'a Program,
}

impl View<'_> {
    fn here(&self, name: &str) -> Option<&(String, bool)> {
        self.names.of.get(self.part).and_then(|own| own.get(name))
    }

    /// The types that are declared here for this role.
    fn types(&self) -> Vec<ast::Item> {
        let mut out = Vec::new();
        for e in &self.program.enums {
            let Some((here, true)) = self.here(&e.name) else { continue };
            let variant = |(name, payload): &(String, Vec<Ty>)| ast::Variant {
                name: word(name, e.span),
                payload: payload.iter().map(|ty| self.ty(ty, e.span)).collect(),
            };
            let kind = ItemKind::Enum {
                name: word(here, e.span),
                type_params: (0..e.params).map(|n| word(&parameter(n), e.span)).collect(),
                variants: e.variants.iter().map(variant).collect(),
            };
            out.push(item(kind, e.span));
        }
        for r in &self.program.records {
            let Some((here, true)) = self.here(&r.name) else { continue };
            let fields = r.fields.iter().map(|(name, ty)| self.column(name, self.ty(ty, r.span)));
            let kind = ItemKind::Record { name: word(here, r.span), fields: fields.collect() };
            out.push(item(kind, r.span));
        }
        out
    }

    fn rel(&self, role: &str, rel: &Rel) -> ast::Item {
        let names: Vec<String> = rel.cols.iter().map(|col| col.name.clone()).collect();
        let node = simple("node", rel.name_span);
        let mut keys = vec![self.column(Declared::node_column(&names), node)];
        let mut values = Vec::new();
        for (at, col) in rel.cols.iter().enumerate() {
            let span = col.span;
            let ty = match &col.lattice {
                Some(lattice) => self.lattice(lattice, span),
                None => self.ty(&col.ty, span),
            };
            let mut column = self.column(&col.name, ty);
            column.at = rel.at == Some(at);
            // What stands right of the key stays there, and all that follows.
            match matches!(col.role, Role::Value) || !values.is_empty() {
                true => values.push(column),
                false => keys.push(column),
            }
        }
        let values = (!values.is_empty()).then_some(values);
        let name = format!("{role}.{}", rel.name);
        collection(kind(rel.kind), &name, keys, values, rel.name_span)
    }

    fn column(&self, name: &str, ty: ast::Type) -> ast::Column {
        let span = ty.span;
        ast::Column { at: false, name: word(name, span), ty, default: None, span }
    }

    fn ty(&self, ty: &Ty, span: Span) -> ast::Type {
        let many = |ts: &[Ty]| ts.iter().map(|t| self.ty(t, span)).collect();
        let one = |t: &Ty| Box::new(self.ty(t, span));
        let named = |name: &str, args| TypeKind::Named(word(name, span), args);
        let declared =
            |name: &str, args| named(self.here(name).map_or(name, |(here, _)| here.as_str()), args);
        let kind = match ty {
            Ty::Int | Ty::Error => named("int", Vec::new()),
            Ty::Nat => named("nat", Vec::new()),
            Ty::Float => named("float", Vec::new()),
            Ty::Bool => named("bool", Vec::new()),
            Ty::Str => named("str", Vec::new()),
            Ty::Bytes => named("bytes", Vec::new()),
            Ty::Node => named("node", Vec::new()),
            Ty::Time => named("time", Vec::new()),
            Ty::Duration => named("duration", Vec::new()),
            Ty::Uuid => named("uuid", Vec::new()),
            Ty::Json => named("json", Vec::new()),
            Ty::Tuple(ts) => TypeKind::Tuple(many(ts)),
            Ty::List(t) => TypeKind::List(one(t)),
            Ty::Option(t) => TypeKind::Option(one(t)),
            Ty::Record(id) => declared(&self.program.records[id.index()].name, Vec::new()),
            Ty::Enum(id, args) => declared(&self.program.enums[id.index()].name, many(args)),
            Ty::Param(n) => named(&parameter(*n as usize), Vec::new()),
            Ty::Set(t) => named("Set", vec![self.ty(t, span)]),
            Ty::Map(k, v) => named("Map", vec![self.ty(k, span), self.ty(v, span)]),
            Ty::Bag(t) => named("Bag", vec![self.ty(t, span)]),
        };
        ast::Type { kind, span }
    }

    fn lattice(&self, lattice: &Lattice, span: Span) -> ast::Type {
        let named =
            |name: &str, args| ast::Type { kind: TypeKind::Named(word(name, span), args), span };
        let of = |t: &Ty| self.ty(t, span);
        let inner = |l: &Lattice| self.lattice(l, span);
        match lattice {
            Lattice::Max(t) => named("Max", vec![of(t)]),
            Lattice::Min(t) => named("Min", vec![of(t)]),
            Lattice::Any => named("Any", Vec::new()),
            Lattice::All => named("All", Vec::new()),
            Lattice::Set(t) => named("Set", vec![of(t)]),
            Lattice::Map(k, l) => named("Map", vec![of(k), inner(l)]),
            Lattice::Pair(l, m) => named("Pair", vec![inner(l), inner(m)]),
            Lattice::Lex(l, m) => named("Lex", vec![inner(l), inner(m)]),
            Lattice::Point(t) => named("Point", vec![of(t)]),
        }
    }
}

fn parameter(n: usize) -> String {
    format!("T{n}")
}

fn kind(kind: RelKind) -> CollectionKind {
    match kind {
        RelKind::StaticTable => CollectionKind::StaticTable,
        RelKind::View => CollectionKind::View,
        RelKind::Scratch => CollectionKind::Scratch,
        // Its events come by the clock, and no test gives any.
        RelKind::Periodic => CollectionKind::Scratch,
        RelKind::Input => CollectionKind::Input,
        RelKind::InputTable => CollectionKind::InputTable,
        RelKind::InputView => CollectionKind::InputView,
        RelKind::Output => CollectionKind::Output,
        RelKind::OutputTable => CollectionKind::OutputTable,
        RelKind::OutputView => CollectionKind::OutputView,
        RelKind::Channel => CollectionKind::Channel,
        RelKind::Timer => CollectionKind::Timer,
        RelKind::Table
        | RelKind::Stage(..)
        | RelKind::Firing
        | RelKind::Violation
        | RelKind::Expected => CollectionKind::Table,
    }
}

fn collection(
    kind: CollectionKind,
    name: &str,
    columns: Vec<ast::Column>,
    values: Option<Vec<ast::Column>>,
    span: Span,
) -> ast::Item {
    let name = word(name, span);
    let (closing, serial) = (None, None);
    let c = ast::Collection { kind, name, columns, values, closing, serial };
    item(ItemKind::Collection(c), span)
}

fn item(kind: ItemKind, span: Span) -> ast::Item {
    ast::Item { doc: None, attrs: Vec::new(), kind, span }
}

fn word(text: &str, span: Span) -> ast::Name {
    ast::Name { text: text.to_string(), span }
}

fn simple(name: &str, span: Span) -> ast::Type {
    ast::Type { kind: TypeKind::Named(word(name, span), Vec::new()), span }
}
