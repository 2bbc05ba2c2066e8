//! Where a rule could run: at the workers that the values of one of its
//! variables name, or at the first worker; and what it would read there. Which
//! of these is best is not known here.

use std::collections::BTreeSet;

use crate::ids::RelId;
use crate::ids::VarId;
use crate::plan::spread::Place;
use crate::plan::spread::vars;
use crate::types::ty::Ty;
use crate::types::typed::Atom;
use crate::types::typed::Col;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Role;
use crate::types::typed::Rule;

/// Rows of a relation of which nothing is known.
const UNKNOWN: f64 = 1_000.0;
/// How much larger than what it is made of a recursive relation is taken to be.
const RECURSION: f64 = 8.0;

/// How large relations are taken to be, and how many workers there are.
pub struct Rows {
    /// Rows of each relation.
    pub rows: Vec<f64>,
    /// The number of workers.
    pub workers: f64,
}

impl Rows {
    /// From what is known of the first relations.
    pub fn new(
        program: &Program,
        known: &[Option<u64>],
        workers: usize,
        number: Option<RelId>,
    ) -> Rows {
        let known = |rel: usize| known.get(rel).copied().flatten().map(|rows| rows as f64);
        let count = program.rels.len();
        let mut rows: Vec<f64> = (0..count).map(|rel| known(rel).unwrap_or(0.0)).collect();
        let derived: BTreeSet<usize> = program
            .rules
            .iter()
            .filter(|rule| !rule.is_fact)
            .map(|rule| rule.head.index())
            .collect();
        for rel in (0..count).filter(|rel| !derived.contains(rel) && known(*rel).is_none()) {
            rows[rel] = if number == Some(RelId(rel as u32)) { 1.0 } else { UNKNOWN };
        }
        let given: Vec<bool> = (0..count).map(|rel| !derived.contains(&rel)).collect();
        let base = (0..count).filter(|rel| given[*rel]).map(|rel| rows[rel]).fold(1.0, f64::max);
        let base = (base, given.as_slice());
        // Rows flow along the rules; what still grows after a few passes grows
        // by recursion.
        for pass in 0..4 {
            for rule in program.rules.iter().filter(|rule| !rule.is_fact) {
                let head = rule.head.index();
                if known(head).is_some() {
                    continue;
                }
                let reads = |atom: &&Atom| rows[atom.rel.index()];
                let atoms = positive(&rule.body.lits);
                let most = atoms.iter().map(reads).fold(1.0, f64::max);
                let is_recursive = atoms.iter().any(|atom| atom.rel == rule.head);
                let factor = if is_recursive && pass == 0 { RECURSION } else { 1.0 };
                let found = match (rule.aggs.is_empty(), rule.group.len()) {
                    (false, 0) => 1.0,
                    (false, 1) if reads_number(rule, number) => workers as f64,
                    _ if factor == 1.0 => joined(&atoms, &rows, base).min(most),
                    _ => most * factor,
                };
                rows[head] = rows[head].max(found);
            }
        }
        Rows { rows, workers: workers as f64 }
    }

    /// Rows of a relation.
    pub fn of(&self, rel: RelId) -> f64 {
        self.rows[rel.index()]
    }
}

/// Rows that two relations have together, which are joined by a variable of as
/// many values as the largest relation that is given has rows; of all other
/// bodies nothing is known. What is given and joined is found at all: a circle
/// may begin with few rows.
fn joined(atoms: &[&Atom], rows: &[f64], (base, given): (f64, &[bool])) -> f64 {
    let [a, b] = atoms else { return f64::INFINITY };
    if vars::of_atom(a).0.is_disjoint(&vars::of_atom(b).0) {
        return f64::INFINITY;
    }
    let of = |atom: &Atom| rows[atom.rel.index()];
    let floor = [a, b].into_iter().filter(|atom| given[atom.rel.index()]);
    (of(a) * of(b) / base).max(floor.map(|atom| of(atom)).fold(1.0, f64::max))
}

/// Whether a rule finds a part of what it aggregates at each worker.
fn reads_number(rule: &Rule, number: Option<RelId>) -> bool {
    positive(&rule.body.lits).iter().any(|atom| Some(atom.rel) == number)
}

/// A way to run a rule.
#[derive(Clone, Debug)]
pub struct Way {
    /// The variable whose values name the worker; none: the first worker.
    pub by: Option<VarId>,
    /// Where each atom is read, in the order of [`all`].
    pub reads: Vec<(RelId, Place)>,
}

/// Atoms that bring rows: those outside of every `not`.
pub fn positive(lits: &[Lit]) -> Vec<&Atom> {
    lits.iter()
        .filter_map(|lit| match &lit.kind {
            LitKind::Atom(atom) => Some(atom),
            _ => None,
        })
        .collect()
}

/// All atoms, in source order, each with whether it brings rows.
pub fn all(lits: &[Lit]) -> Vec<(&Atom, bool)> {
    let mut out = Vec::new();
    add_all(lits, true, &mut out);
    out
}

fn add_all<'a>(lits: &'a [Lit], brings: bool, out: &mut Vec<(&'a Atom, bool)>) {
    for lit in lits {
        match &lit.kind {
            LitKind::Atom(atom) => out.push((atom, brings)),
            LitKind::Not(lits) | LitKind::All { lits, .. } => add_all(lits, false, out),
            LitKind::Or(branches) => branches.iter().for_each(|one| add_all(one, false, out)),
            LitKind::Else { atom, otherwise, .. } => {
                out.push((atom, false));
                add_all(otherwise, false, out);
            }
            LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => {}
        }
    }
}

/// Whether rows can be divided by a column: its value is one word that stays.
pub fn divides(col: &Col) -> bool {
    let word = !matches!(col.ty, Ty::Tuple(_) | Ty::Set(_) | Ty::Map(..) | Ty::Bag(_) | Ty::Error);
    word && col.role == Role::Key && col.grows.is_none()
}

/// The columns of an atom that hold a variable and divide its rows.
pub fn columns(program: &Program, atom: &Atom, var: VarId) -> Vec<usize> {
    let cols = &program.rels[atom.rel.index()].cols;
    let holds = |at: &usize| {
        matches!(atom.args[*at].kind, PatKind::Var(v) if v == var) && divides(&cols[*at])
    };
    (0..cols.len().min(atom.args.len())).filter(holds).collect()
}

/// The ways to run a rule; the first worker is the last.
pub fn ways(program: &Program, rule: &Rule, number: Option<RelId>) -> Vec<Way> {
    let atoms = all(&rule.body.lits);
    let mut out = Vec::new();
    if !is_bound(rule) {
        let parts = reads_number(rule, number);
        let (own, others): (Vec<_>, Vec<_>) =
            atoms.iter().copied().partition(|(atom, _)| Some(atom.rel) == number);
        // The worker's number stands first.
        let numbers: Vec<(RelId, Place)> =
            own.iter().map(|(atom, _)| (atom.rel, Place::Own)).collect();
        for var in named(rule, parts, number) {
            out.extend(way(program, &others, var).map(|way| Way {
                reads: numbers.iter().cloned().chain(way.reads).collect(),
                ..way
            }));
        }
    }
    let first = |(atom, _): &(&Atom, bool)| match Some(atom.rel) == number {
        true => (atom.rel, Place::Own),
        false => (atom.rel, Place::First),
    };
    out.push(Way { by: None, reads: atoms.iter().map(first).collect() });
    out
}

/// Variables that could name a worker.
fn named(rule: &Rule, parts: bool, number: Option<RelId>) -> Vec<VarId> {
    let mut named = BTreeSet::new();
    for atom in positive(&rule.body.lits).into_iter().filter(|atom| Some(atom.rel) != number) {
        named.extend(vars::of_atom(atom).0);
    }
    let is_group = !rule.aggs.is_empty() && !parts;
    let fits = |var: &VarId| {
        rule.vars[var.index()].grows.is_none() && (!is_group || rule.group.contains(var))
    };
    named.into_iter().filter(fits).collect()
}

/// Running a rule where the values of a variable are.
fn way(program: &Program, atoms: &[(&Atom, bool)], var: VarId) -> Option<Way> {
    let place = |(atom, _): &(&Atom, bool)| match columns(program, atom, var).first() {
        Some(col) => Place::Hash(vec![*col]),
        None => Place::Everywhere,
    };
    let mut places: Vec<Place> = atoms.iter().map(place).collect();
    // What is everywhere for one atom need not be divided for another, as long
    // as something is divided: else every worker would do the same.
    let everywhere: BTreeSet<RelId> = atoms
        .iter()
        .zip(&places)
        .filter(|(_, place)| **place == Place::Everywhere)
        .map(|((atom, _), _)| atom.rel)
        .collect();
    let mut divided = false;
    for ((atom, brings), place) in atoms.iter().zip(&mut places) {
        let leads = *brings && matches!(place, Place::Hash(_)) && !divided;
        let stays = leads && !others(atoms, atom.rel, &everywhere);
        if everywhere.contains(&atom.rel) && !stays {
            *place = Place::Everywhere;
        }
        divided |= *brings && matches!(place, Place::Hash(_));
    }
    let reads = atoms.iter().zip(places).map(|((atom, _), place)| (atom.rel, place));
    divided.then(|| Way { by: Some(var), reads: reads.collect() })
}

/// Whether an atom of another relation brings rows that are divided.
fn others(atoms: &[(&Atom, bool)], rel: RelId, everywhere: &BTreeSet<RelId>) -> bool {
    atoms.iter().any(|(atom, brings)| *brings && atom.rel != rel && !everywhere.contains(&atom.rel))
}

/// Whether a rule has to run once, at one worker: it is a fact, fires for news,
/// or reads no rows.
fn is_bound(rule: &Rule) -> bool {
    let news = all(&rule.body.lits).iter().any(|(atom, _)| atom.news);
    rule.is_fact || news || positive(&rule.body.lits).is_empty()
}
