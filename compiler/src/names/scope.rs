//! Which name means what. Lower-case names of a program (collections,
//! functions, constants) share one namespace, types another, constructors a
//! third. Names that are known but mean nothing (declared by something that
//! is refused, or mentioned in a statement that did not parse) are *poisoned*:
//! using one is passed over in silence, for its cause was reported already.
//! Variables live in [`Vars`], one for each rule or function. No messages
//! are made here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::hir;
use super::time;
use crate::ids::ConstId;
use crate::ids::EnumId;
use crate::ids::FnId;
use crate::ids::RecordId;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::source::Span;

/// What a lower-case name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Symbol {
    Rel(RelId),
    /// With its number of parameters.
    Fn(FnId, usize),
    Const(ConstId),
    /// A collection that every program has and nothing has mentioned yet.
    Given(hir::Given),
}

/// What an upper-case name stands for in a type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TypeSymbol {
    /// By its number in the resolver's list of aliases.
    Alias(usize),
    Record(RecordId),
    Enum(EnumId),
}

/// The names of a program.
#[derive(Default)]
pub(super) struct Scope {
    /// Collections, functions, constants, with the place of their name.
    pub(super) lower: BTreeMap<String, (Symbol, Span)>,
    /// Aliases, records, enums.
    pub(super) types: BTreeMap<String, (TypeSymbol, Span)>,
    /// Constructors: enum, position in it, place.
    pub(super) constructors: BTreeMap<String, (EnumId, usize, Span)>,
    poisoned: BTreeSet<String>,
    /// Something is imported: a name unknown here may come from there.
    open: bool,
}

impl Scope {
    /// Uses of `name` are not to be reported.
    pub(super) fn poison(&mut self, name: &str) {
        if !self.poisoned.contains(name) {
            self.poisoned.insert(name.to_string());
        }
    }

    /// Any unknown name may come from elsewhere.
    pub(super) fn open(&mut self) {
        self.open = true;
    }

    /// Whether an unknown `name` is to be passed over in silence.
    pub(super) fn is_poisoned(&self, name: &str) -> bool {
        self.open || self.poisoned.contains(name)
    }

    /// What a lower-case name stands for.
    pub(super) fn symbol(&self, name: &str) -> Option<Symbol> {
        match self.lower.get(name) {
            Some((symbol, _)) => Some(*symbol),
            None if !self.poisoned.contains(name) => time::given_word(name).map(Symbol::Given),
            None => None,
        }
    }

    /// Names of all collections, ascending.
    pub(super) fn collections(&self) -> impl Iterator<Item = &str> {
        self.lower
            .iter()
            .filter(|(_, (symbol, _))| matches!(symbol, Symbol::Rel(_)))
            .map(|(name, _)| name.as_str())
    }

    /// Names of all constants, ascending.
    pub(super) fn consts(&self) -> impl Iterator<Item = &str> {
        self.lower
            .iter()
            .filter(|(_, (symbol, _))| matches!(symbol, Symbol::Const(_)))
            .map(|(name, _)| name.as_str())
    }
}

/// The variables of one rule or function.
#[derive(Default)]
pub(super) struct Vars {
    /// By id.
    pub(super) arena: Vec<hir::Var>,
    /// By id: it stands in some pattern, so something may bind it.
    pub(super) in_pattern: Vec<bool>,
    /// Every place where one is written, and whether it stands in a pattern there.
    pub(super) seen: Vec<(VarId, Span, bool)>,
    outer: BTreeMap<String, VarId>,
    /// Variables of open match arms and `all`, innermost last.
    inner: Vec<(String, VarId)>,
    /// Variables of closed ones, to be compared with the outer names at the end.
    closed: Vec<VarId>,
    /// Unknown upper-case words with all their places: most likely meant as variables.
    pub(super) uppers: Vec<(String, Vec<Span>)>,
    /// Places where `c` is written for `c: c`: renaming it there would change the column.
    pub(super) shorthands: Vec<Span>,
    /// Negated atoms: what stands there only is an error of its own, found when
    /// safety is checked.
    pub(super) denied: Vec<Span>,
}

impl Vars {
    fn add(&mut self, name: &str, span: Span, uses: u32) -> VarId {
        let id = VarId(self.arena.len() as u32);
        self.arena.push(hir::Var { name: name.to_string(), span, uses });
        self.in_pattern.push(false);
        id
    }

    /// The variable in sight under this name.
    pub(super) fn find(&self, name: &str) -> Option<VarId> {
        let inner = self.inner.iter().rev().find(|(n, _)| n == name).map(|(_, id)| *id);
        inner.or_else(|| self.outer.get(name).copied())
    }

    /// One more occurrence of a variable; the first declares it.
    pub(super) fn touch(&mut self, name: &str, span: Span, in_pattern: bool) -> VarId {
        let id = match self.find(name) {
            Some(id) => id,
            None => {
                let id = self.add(name, span, 0);
                self.outer.insert(name.to_string(), id);
                id
            }
        };
        self.arena[id.index()].uses += 1;
        self.in_pattern[id.index()] |= in_pattern;
        self.seen.push((id, span, in_pattern));
        id
    }

    /// A variable that the language names, found under its name from now on.
    pub(super) fn reserved(&mut self, name: &str, span: Span) -> VarId {
        let id = self.add(name, span, 2);
        self.in_pattern[id.index()] = true;
        self.outer.insert(name.to_string(), id);
        id
    }

    /// A variable without a name, written and read once each.
    pub(super) fn nameless(&mut self, span: Span) -> VarId {
        let id = self.add("_", span, 2);
        self.in_pattern[id.index()] = true;
        id
    }

    /// Number of inner variables now in sight: the mark to return to.
    pub(super) fn mark(&self) -> usize {
        self.inner.len()
    }

    /// A variable of the innermost arm or `all`, which began at `mark`.
    /// Written twice in one pattern it is one variable.
    pub(super) fn touch_inner(&mut self, name: &str, span: Span, mark: usize) -> VarId {
        let known = self.inner.iter().skip(mark).find(|(n, _)| n == name).map(|(_, id)| *id);
        let id = known.unwrap_or_else(|| {
            let id = self.add(name, span, 0);
            self.inner.push((name.to_string(), id));
            id
        });
        self.arena[id.index()].uses += 1;
        self.in_pattern[id.index()] = true;
        self.seen.push((id, span, true));
        id
    }

    /// An inner variable of an enclosing arm with this name.
    pub(super) fn enclosing(&self, name: &str, mark: usize) -> Option<VarId> {
        self.inner.iter().take(mark).find(|(n, _)| n == name).map(|(_, id)| *id)
    }

    /// Leaves an arm or `all`.
    pub(super) fn leave(&mut self, mark: usize) {
        self.closed.extend(self.inner.drain(mark..).map(|(_, id)| id));
    }

    /// Pairs (inner, outer) of variables of one name, in order of the inner ones.
    pub(super) fn shadows(&self) -> Vec<(VarId, VarId)> {
        let outer = |id: &VarId| self.outer.get(&self.arena[id.index()].name).copied();
        let mut pairs: Vec<_> =
            self.closed.iter().filter_map(|id| outer(id).map(|o| (*id, o))).collect();
        pairs.sort();
        pairs
    }

    /// Remembers an upper-case word that names nothing.
    pub(super) fn upper(&mut self, name: &str, span: Span) {
        match self.uppers.iter_mut().find(|(n, _)| n == name) {
            Some((_, spans)) => spans.push(span),
            None => self.uppers.push((name.to_string(), vec![span])),
        }
    }
}
