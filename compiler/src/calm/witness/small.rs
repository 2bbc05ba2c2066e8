//! The program of a role with nothing but the rules that are kept and the
//! collections that they name, numbered anew: the judge looks at every
//! collection in every tick, so few of them are cheap. What the rules are for
//! is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::calm::witness::slice::Slice;
use crate::calm::witness::stage::Stage;
use crate::ids::RelId;
use crate::names::hir::RelKind;
use crate::types::judge::atoms;
use crate::types::typed::Atom;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Program;
use crate::types::typed::Tests;

/// A program that was cut down.
pub(super) struct Small {
    /// The role it is of.
    pub(super) part: usize,
    pub(super) program: Program,
    /// The stratum of each of its rules.
    pub(super) of_rule: Vec<u32>,
    pub(super) strata: u32,
    /// By collection, its number in the whole program.
    pub(super) old: Vec<RelId>,
    /// By collection, what it is in the whole program.
    kinds: Vec<RelKind>,
    new: BTreeMap<RelId, RelId>,
}

impl Small {
    /// What is kept of a role, and these collections in any case.
    pub(super) fn of(stage: &Stage<'_>, part: usize, slice: &Slice, also: &[RelId]) -> Small {
        let actor = &stage.actors[part];
        let whole = actor.typed;
        let mut named: BTreeSet<RelId> = also.iter().copied().collect();
        named.extend(slice.sources.iter().filter(|at| at.0 == part).map(|at| at.1));
        for &at in &slice.rules[part] {
            let rule = &whole.rules[at];
            named.insert(rule.head);
            atoms(&rule.body.lits, &mut |atom, _| {
                named.insert(atom.rel);
            });
        }
        for (at, rel) in whole.rels.iter().enumerate() {
            if rel.given.is_some() {
                named.insert(RelId(at as u32));
            }
        }
        let targets = named.iter().filter_map(|rel| match whole.rels[rel.index()].kind {
            RelKind::Stage(_, target) => Some(target),
            _ => None,
        });
        named.extend(targets.collect::<Vec<_>>());
        let old: Vec<RelId> = named.into_iter().collect();
        let numbered = old.iter().enumerate();
        let new: BTreeMap<RelId, RelId> =
            numbered.map(|(at, rel)| (*rel, RelId(at as u32))).collect();
        let mut program = Program {
            rels: old.iter().map(|rel| whole.rels[rel.index()].clone()).collect(),
            rules: slice.rules[part].iter().map(|at| whole.rules[*at].clone()).collect(),
            fns: whole.fns.clone(),
            consts: whole.consts.clone(),
            enums: whole.enums.clone(),
            records: whole.records.clone(),
            bad_rules: Vec::new(),
            tests: Tests::default(),
        };
        renumber(&mut program, &new);
        // What breaks the invariant that is looked at fails no tick.
        for rel in also.iter().filter_map(|rel| new.get(rel)) {
            let kind = &mut program.rels[rel.index()].kind;
            if *kind == RelKind::Violation {
                *kind = RelKind::View;
            }
        }
        stage.settled(part, &mut program);
        let kept: Vec<u32> = slice.rules[part].iter().map(|at| actor.strata.of_rule[*at]).collect();
        let levels: Vec<u32> =
            kept.iter().copied().collect::<BTreeSet<u32>>().into_iter().collect();
        let level = |stratum: &u32| levels.binary_search(stratum).unwrap_or_default() as u32;
        Small {
            part,
            of_rule: kept.iter().map(level).collect(),
            strata: levels.len() as u32,
            kinds: old.iter().map(|rel| whole.rels[rel.index()].kind).collect(),
            program,
            old,
            new,
        }
    }

    /// Its number of a collection of the whole program.
    pub(super) fn number(&self, rel: RelId) -> Option<RelId> {
        self.new.get(&rel).copied()
    }

    /// What a collection is in the whole program.
    pub(super) fn whole_kind(&self, rel: RelId) -> RelKind {
        self.kinds[rel.index()]
    }

    /// What a tick of it costs.
    pub(super) fn steps(&self) -> u64 {
        (self.program.rules.len() + self.program.rels.len() / 4 + 2) as u64
    }

    /// The collection of that name.
    pub(super) fn named(&self, name: &str, kind: RelKind) -> Option<RelId> {
        let mut rels = self.program.rels.iter();
        rels.position(|rel| rel.name == name && rel.kind == kind).map(|at| RelId(at as u32))
    }
}

fn renumber(program: &mut Program, new: &BTreeMap<RelId, RelId>) {
    let known = |rel: &mut RelId| {
        if let Some(to) = new.get(rel) {
            *rel = *to;
        }
    };
    for rel in &mut program.rels {
        if let RelKind::Stage(_, target) = &mut rel.kind {
            known(target);
        }
    }
    for rule in &mut program.rules {
        known(&mut rule.head);
        each_atom(&mut rule.body.lits, &mut |atom| known(&mut atom.rel));
    }
}

fn each_atom(lits: &mut [Lit], f: &mut dyn FnMut(&mut Atom)) {
    for lit in lits {
        match &mut lit.kind {
            LitKind::Atom(atom) => f(atom),
            LitKind::Not(lits) | LitKind::All { lits, .. } => each_atom(lits, f),
            LitKind::Or(branches) => branches.iter_mut().for_each(|lits| each_atom(lits, f)),
            LitKind::Else { atom, otherwise, .. } => {
                f(atom);
                each_atom(otherwise, f);
            }
            LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => {}
        }
    }
}
