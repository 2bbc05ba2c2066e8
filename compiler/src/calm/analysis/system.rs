//! What is analysed: the programs of all roles as one system. Collections of
//! all roles are numbered together, so that a channel may lead from one role to
//! another. What follows from what is not known here.

use rustc_hash::FxHashMap;

use crate::calm::model::Assume;
use crate::calm::model::RelName;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::names::hir;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::source::SourceMap;
use crate::source::Span;
use crate::types::typed;
use crate::types::typed::ExprKind;

use super::clauses::Clause;

/// The program of one role, or the only one.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// The role; `None` in a program without roles.
    pub name: Option<&'a str>,
    /// Where the role is declared, all of it.
    pub span: Span,
    /// Whether its nodes are replicas of each other.
    pub replicated: bool,
    /// Names resolved.
    pub hir: &'a hir::Program,
    /// Types and judgements made.
    pub typed: &'a typed::Program,
}

/// Everything that an analysis looks at.
pub struct System<'a> {
    /// The roles in source order; one in a program without.
    pub parts: Vec<Part<'a>>,
    /// All texts.
    pub sources: &'a SourceMap,
    /// Modules: name of the instance, with its points, and the module's name.
    pub instances: Vec<(String, String)>,
    /// Whether nothing is wrong with the program.
    pub complete: bool,
    /// What the user wants to try out.
    pub assume: Assume,
}

/// A collection of the whole system.
pub(crate) type Rel = usize;

/// Numbers of collections.
pub(crate) struct Rels<'a> {
    parts: &'a [Part<'a>],
    sources: &'a SourceMap,
    offsets: Vec<usize>,
    of: Vec<(usize, RelId)>,
    stages: Vec<Vec<(Stage, Rel)>>,
    /// By collection: the number of the declaration that it is a copy of.
    copy: Vec<usize>,
    /// By declaration: its copies, one in each role that has it.
    copies: Vec<Vec<Rel>>,
    /// By collection: what is taken up by what.
    targets: Vec<Vec<Rel>>,
    /// By collection: of what one rule aggregates, the columns of its group.
    groups: Vec<Option<Vec<usize>>>,
}

impl<'a> Rels<'a> {
    pub(crate) fn of(system: &'a System<'a>) -> Rels<'a> {
        let mut of = Vec::new();
        let mut offsets = Vec::new();
        for (role, part) in system.parts.iter().enumerate() {
            offsets.push(of.len());
            of.extend((0..part.typed.rels.len()).map(|rel| (role, RelId(rel as u32))));
        }
        let (stages, targets) = (vec![Vec::new(); of.len()], Vec::new());
        let (copy, copies) = (Vec::new(), Vec::new());
        let (parts, sources) = (&system.parts[..], system.sources);
        let mut rels =
            Rels { parts, sources, offsets, of, stages, copy, copies, targets, groups: Vec::new() };
        let mut known: FxHashMap<(&str, RelKind, Span), usize> = FxHashMap::default();
        for rel in 0..rels.len() {
            let of = rels.get(rel);
            if let RelKind::Stage(how, target) = of.kind {
                let target = rels.number(rels.role(rel), target);
                rels.stages[target].push((how, rel));
            }
            let next = known.len();
            let copy =
                *known.entry((&of.name, of.kind, rels.written(of.name_span))).or_insert(next);
            rels.copy.push(copy);
            if copy == rels.copies.len() {
                rels.copies.push(Vec::new());
            }
            rels.copies[copy].push(rel);
        }
        for rel in 0..rels.len() {
            let targets = rels.taken_up(rel);
            rels.targets.push(targets);
        }
        rels
    }

    /// Takes note of which columns tell the rows of an aggregate apart.
    pub(crate) fn learn(&mut self, clauses: &[Clause]) {
        let mut groups: Vec<Option<Vec<usize>>> = vec![None; self.len()];
        let mut seen = vec![false; self.len()];
        for clause in clauses {
            let again = std::mem::replace(&mut seen[clause.head], true);
            let place = |var: &VarId| {
                clause.args.iter().position(|arg| matches!(arg.kind, ExprKind::Var(v) if v == *var))
            };
            groups[clause.head] = match again || clause.aggs.is_empty() {
                true => None,
                false => clause.group.iter().map(place).collect(),
            };
        }
        self.groups = groups;
    }

    pub(crate) fn group(&self, rel: Rel) -> Option<&[usize]> {
        self.groups.get(rel)?.as_deref()
    }

    /// The collections that are one declaration in the text: itself, and what
    /// other roles have of it.
    pub(crate) fn copies(&self, rel: Rel) -> &[Rel] {
        &self.copies[self.copy[rel]]
    }

    pub(crate) fn len(&self) -> usize {
        self.of.len()
    }

    pub(crate) fn number(&self, role: usize, rel: RelId) -> Rel {
        self.offsets[role] + rel.index()
    }

    pub(crate) fn role(&self, rel: Rel) -> usize {
        self.of[rel].0
    }

    pub(crate) fn id(&self, rel: Rel) -> RelId {
        self.of[rel].1
    }

    pub(crate) fn part(&self, rel: Rel) -> &'a Part<'a> {
        &self.parts[self.of[rel].0]
    }

    pub(crate) fn get(&self, rel: Rel) -> &'a typed::Rel {
        let (role, id) = self.of[rel];
        &self.parts[role].typed.rels[id.index()]
    }

    pub(crate) fn declared(&self, rel: Rel) -> Option<&'a hir::Rel> {
        let (role, id) = self.of[rel];
        self.parts[role].hir.rels.get(id.index())
    }

    /// The place in the text that the user wrote.
    pub(crate) fn written(&self, span: Span) -> Span {
        self.sources.written(span)
    }

    pub(crate) fn sources(&self) -> &'a SourceMap {
        self.sources
    }

    /// The name by which reports call it: with the role where it is that role's own.
    pub(crate) fn name(&self, rel: Rel) -> RelName {
        let own = self.get(rel);
        let part = self.part(rel);
        let (place, around) = (self.written(own.name_span), part.span);
        let within = around.file == place.file && around.lo <= place.lo && place.hi <= around.hi;
        // Of an instance the text stands elsewhere.
        let apart = own.name.contains('.') && self.copies(rel).len() < self.parts.len().max(2);
        let role = part.name.filter(|_| own.given.is_none() && (within || apart));
        RelName { role: role.map(str::to_string), name: own.name.clone() }
    }

    /// What rules with another operator than `<=` want of a collection.
    pub(crate) fn stages(&self, target: Rel) -> &[(Stage, Rel)] {
        &self.stages[target]
    }

    /// What a stage is taken up by: its target here, or for messages the channel
    /// of that name in all roles that have it.
    pub(crate) fn targets(&self, stage: Rel) -> &[Rel] {
        &self.targets[stage]
    }

    fn taken_up(&self, stage: Rel) -> Vec<Rel> {
        let RelKind::Stage(how, target) = self.get(stage).kind else { return vec![stage] };
        let here = self.number(self.role(stage), target);
        let channel = self.get(here);
        if how != Stage::Send || channel.kind != RelKind::Channel {
            return vec![here];
        }
        self.copies(here).to_vec()
    }

    /// Whether it is an event that says when, and not a clock.
    pub(crate) fn is_event(&self, rel: Rel) -> bool {
        let rel = self.get(rel);
        let clock = matches!(rel.given, Some(hir::Given::Now | hir::Given::Seed));
        rel.event && !clock
    }

    /// Whether its rows, once there, are remembered: a table keeps them, and an
    /// event that happened has happened.
    pub(crate) fn remembers(&self, rel: Rel) -> bool {
        let of = self.get(rel);
        match of.kind {
            RelKind::Stage(_, target) => {
                let target = self.get(self.number(self.role(rel), target));
                target.kind.is_table() || target.event
            }
            kind => kind.is_table() || of.event,
        }
    }

    /// Columns that tell the events of a stream apart: its key, without the
    /// address, which is the node that reads them; or what it is serial by.
    pub(crate) fn identity(&self, rel: Rel) -> Vec<usize> {
        let of = self.get(rel);
        if let Some(by) = &of.serial {
            return by.clone();
        }
        let address = of.at.filter(|_| of.kind == RelKind::Channel);
        let key = |&c: &usize| of.cols[c].role == typed::Role::Key && Some(c) != address;
        (0..of.cols.len()).filter(key).collect()
    }
}
