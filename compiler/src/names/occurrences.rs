//! Where each name of a program stands and what it means there, for tools that
//! lead a reader through the text. The table is filled while names are
//! resolved, so it rests on scopes and not on spelling; it is whole also where
//! something else is wrong with the program. Phases that compile never read it.

use super::hir;
use super::resolve::Body;
use super::resolve::Cx;
use super::scope::TypeSymbol;
use crate::ids::ConstId;
use crate::ids::EnumId;
use crate::ids::FnId;
use crate::ids::RecordId;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::source::Span;

/// What a name means.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs)]
pub enum Thing {
    Rel(RelId),
    /// By its position.
    Col(RelId, u32),
    Fn(FnId),
    Const(ConstId),
    Record(RecordId),
    /// By its position.
    Field(RecordId, u32),
    Enum(EnumId),
    /// A constructor, by its position.
    Variant(EnumId, u32),
    /// An alias, by the order in which aliases are declared.
    Alias(u32),
    /// A variable of one rule or function; these are numbered as they are resolved.
    Var(u32, VarId),
}

/// What the program does with it there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs)]
pub enum Use {
    Declares,
    /// A rule or fact makes rows of it; a pattern may bind it.
    Writes,
    Reads,
    /// It is only named: a copied collection, a type, a column.
    Mentions,
}

/// A name at its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Occurrence {
    /// The name alone.
    pub span: Span,
    /// What it means.
    pub thing: Thing,
    /// What it is there for.
    pub how: Use,
}

impl<'a> Cx<'a> {
    /// A name was met whose meaning is known.
    pub(super) fn saw(&mut self, span: Span, thing: Thing, how: Use) {
        self.program.occurrences.push(Occurrence { span, thing, how });
    }

    /// The same of a type that the program declares.
    pub(super) fn saw_type(&mut self, span: Span, symbol: TypeSymbol, how: Use) {
        let thing = match symbol {
            TypeSymbol::Alias(index) => Thing::Alias(index as u32),
            TypeSymbol::Record(id) => Thing::Record(id),
            TypeSymbol::Enum(id) => Thing::Enum(id),
        };
        self.saw(span, thing, how);
    }
}

impl Body<'_, '_> {
    /// Takes over where the variables of a rule or function stand.
    pub(super) fn keep_variables(&mut self) {
        let body = self.cx.bodies;
        self.cx.bodies += 1;
        for (var, span, in_pattern) in std::mem::take(&mut self.vars.seen) {
            // The first place is shown as where the variable comes from.
            let first = self.vars.arena.get(var.index()).is_some_and(|v| v.span == span);
            let how = match (first, in_pattern) {
                (true, _) => Use::Declares,
                (_, true) => Use::Writes,
                (_, false) => Use::Reads,
            };
            self.cx.saw(span, Thing::Var(body, var), how);
        }
    }
}

/// Puts the table in the order of the text. What is resolved twice is there once.
pub(super) fn in_order(program: &mut hir::Program) {
    program.occurrences.sort_by_key(|o| (o.span, o.thing, o.how));
    program.occurrences.dedup_by_key(|o| (o.span, o.thing));
}
