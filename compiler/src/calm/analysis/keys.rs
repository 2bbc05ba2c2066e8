//! By which columns an input can be closed or ordered part by part: those whose
//! values are known where it matters, by copies, by functions that can be turned
//! round, and by what determines what. Kinds of points are not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::names::hir::Closing;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::typed::Atom;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

use super::clauses;
use super::clauses::Clause;
use super::depend::closure;
use super::growth::Growth;
use super::growth::closing;
use super::reading::told;
use super::rules::Rules;
use super::system::Rel;
use super::system::Rels;
use super::value::Gate;

/// Columns of an input, as bits.
type Bits = u64;

/// Of one column: the columns of the input that it is a copy of, and those that
/// it determines.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Line {
    direct: Bits,
    wide: Bits,
}

/// For each collection that hangs on an input the lines of its columns.
pub(crate) struct Lineage {
    source: Rel,
    of: BTreeMap<Rel, Vec<Line>>,
}

/// The key of a point.
pub(crate) struct Key {
    pub(crate) cols: Vec<usize>,
    pub(crate) gate: Vec<usize>,
    /// The stream is closed by other columns, which do not help here.
    pub(crate) beside: bool,
}

/// What of a rule's head is known from which variables, and who reads what: the
/// same for all inputs.
pub(crate) struct Paths<'c> {
    rules: &'c Rules,
    /// By rule: the classes of its variables, and for each value of its head the
    /// variables that can be told from it, and those that these determine.
    known: Vec<(Vec<usize>, Vec<Told>)>,
}

type Told = (BTreeSet<usize>, BTreeSet<usize>);

impl<'c> Paths<'c> {
    pub(crate) fn of(rels: &Rels<'_>, rules: &'c Rules, growth: &Growth) -> Paths<'c> {
        let mut known = Vec::with_capacity(rules.len());
        for clause in rules.iter() {
            let classes = clause.classes();
            let told_of = |arg| {
                let mut vars = Vec::new();
                told(arg, &mut vars);
                let direct: BTreeSet<usize> = vars.iter().map(|v| classes[v.index()]).collect();
                let mut wide = direct.clone();
                determined(rels, growth, clause, &mut wide);
                (direct, wide)
            };
            let args = clause.args.iter().map(told_of).collect();
            known.push((classes, args));
        }
        Paths { rules, known }
    }
}

/// Follows an input through the rules.
pub(crate) fn lineage(rels: &Rels<'_>, paths: &Paths<'_>, source: Rel) -> Lineage {
    let own = (0..rels.get(source).cols.len())
        .map(|col| Line { direct: bit(col), wide: bit(col) })
        .collect();
    let mut lines = Lineage { source, of: BTreeMap::from([(source, own)]) };
    let mut work = BTreeSet::from([source]);
    while let Some(rel) = work.pop_first() {
        for at in paths.rules.readers(rel) {
            lines.clause(rels, &paths.rules[*at], &paths.known[*at], &mut work);
        }
    }
    lines
}

/// The lines of the columns of a table, of which a stage has some.
fn by_name(rels: &Rels<'_>, (stage, lines): (Rel, &[Line]), table: Rel) -> Vec<Line> {
    let of = &rels.get(stage).cols;
    let line = |name: &str| {
        let at = of.iter().position(|col| col.name == name)?;
        lines.get(at).copied()
    };
    let cols = rels.get(table).cols.iter();
    cols.map(|col| line(&col.name).unwrap_or(Line { direct: 0, wide: 0 })).collect()
}

fn bit(col: usize) -> Bits {
    if col < 64 { 1 << col } else { 0 }
}

impl Lineage {
    /// Whether a column is a copy of one of these of the input.
    pub(crate) fn copies(&self, rel: Rel, col: usize, wanted: &[usize]) -> bool {
        let wanted = wanted.iter().fold(0, |bits, col| bits | bit(*col));
        let line = self.of.get(&rel).and_then(|lines| lines.get(col));
        line.is_some_and(|line| line.direct & wanted != 0)
    }

    fn clause(
        &mut self,
        rels: &Rels<'_>,
        clause: &Clause,
        (classes, known): &(Vec<usize>, Vec<Told>),
        work: &mut BTreeSet<Rel>,
    ) {
        let taken = match rels.get(clause.head).kind {
            RelKind::Stage(Stage::Delete, target) => Some(rels.number(clause.role, target)),
            _ => None,
        };
        let mut read: Vec<(&Atom, Rel)> = Vec::new();
        clauses::atoms(&clause.lits, &mut |atom| {
            let rel = rels.number(clause.role, atom.rel);
            // What is taken out of a table leaves the rest of it as it is.
            if self.of.contains_key(&rel) && taken != Some(rel) {
                read.push((atom, rel));
            }
        });
        let targets = rels.targets(clause.head);
        for (atom, rel) in read {
            let from = self.of[&rel].clone();
            let line = |(direct, wide): &Told| {
                let mut line = Line { direct: 0, wide: 0 };
                for (pat, of) in atom.args.iter().zip(&from) {
                    let PatKind::Var(v) = pat.kind else { continue };
                    if direct.contains(&classes[v.index()]) {
                        line.direct |= of.direct;
                    }
                    if wide.contains(&classes[v.index()]) || wide.contains(&v.index()) {
                        line.wide |= of.wide;
                    }
                }
                line
            };
            let mut lines: Vec<Line> = known.iter().map(line).collect();
            if let Some(table) = taken {
                lines = by_name(rels, (clause.head, &lines), table);
            }
            for target in targets {
                if self.meet(*target, &lines) {
                    work.insert(*target);
                }
            }
        }
    }

    fn meet(&mut self, rel: Rel, lines: &[Line]) -> bool {
        if rel == self.source {
            return false;
        }
        match self.of.get_mut(&rel) {
            None => {
                self.of.insert(rel, lines.to_vec());
                true
            }
            Some(known) => {
                let before = known.clone();
                for (at, line) in known.iter_mut().enumerate() {
                    let other = lines.get(at).copied().unwrap_or(Line { direct: 0, wide: 0 });
                    line.direct &= other.direct;
                    line.wide &= other.wide;
                }
                *known != before
            }
        }
    }

    /// The columns that are known at a place; `seen` says which variables count.
    fn known(&self, gate: &Gate, seen: &dyn Fn(usize) -> bool) -> (Bits, Bits) {
        let mut vars: Option<BTreeMap<usize, (Bits, Bits)>> = None;
        for (rel, cols) in gate {
            let Some(lines) = self.of.get(rel) else { continue };
            let mut here: BTreeMap<usize, (Bits, Bits)> = BTreeMap::new();
            for (var, col) in cols.iter().filter(|(var, _)| seen(*var)) {
                let Some(line) = lines.get(*col) else { continue };
                let slot = here.entry(*var).or_default();
                slot.0 |= line.direct;
                slot.1 |= line.wide;
            }
            vars = Some(match vars {
                None => here,
                Some(before) => before
                    .into_iter()
                    .filter_map(|(var, (d, w))| {
                        let (e, x) = here.get(&var)?;
                        Some((var, (d & e, w & x)))
                    })
                    .collect(),
            });
        }
        let all = vars.unwrap_or_default();
        all.values().fold((0, 0), |(d, w), (e, x)| (d | e, w | x))
    }

    /// The key by which the input is closed or ordered for a place.
    pub(crate) fn key(
        &self,
        rels: &Rels<'_>,
        gate: &Gate,
        seen: &dyn Fn(usize) -> bool,
        seals: bool,
    ) -> Key {
        let of = rels.get(self.source);
        let (direct, mut wide) = self.known(gate, seen);
        let address = of.at.filter(|_| of.kind == crate::names::hir::RelKind::Channel);
        let keyed =
            of.cols.iter().enumerate().all(|(col, c)| {
                c.role != Role::Key || Some(col) == address || wide & bit(col) != 0
            });
        if keyed {
            wide = Bits::MAX;
        }
        let cols = |bits: Bits| -> Vec<usize> {
            (0..of.cols.len())
                .filter(|col| bits & bit(*col) != 0 && Some(*col) != address)
                .collect()
        };
        let gate = cols(direct);
        match closing(rels, self.source) {
            Some(Closing::Sealed(by)) if seals && by.is_empty() => {
                Key { cols: Vec::new(), gate, beside: false }
            }
            Some(Closing::Sealed(by)) if seals => {
                let fits = by.iter().all(|col| wide & bit(*col) != 0);
                match fits {
                    true => Key { cols: by.clone(), gate, beside: false },
                    false => Key { cols: gate.clone(), gate, beside: true },
                }
            }
            _ => Key { cols: gate.clone(), gate, beside: false },
        }
    }
}

/// What variables determine by way of what does not change.
pub(crate) fn determined(
    rels: &Rels<'_>,
    growth: &Growth,
    clause: &Clause,
    known: &mut BTreeSet<usize>,
) {
    let steady = |lit: &&crate::types::typed::Lit| match &lit.kind {
        crate::types::typed::LitKind::Atom(atom) => {
            !growth.grows[rels.number(clause.role, atom.rel)]
        }
        crate::types::typed::LitKind::Bind(..) => true,
        _ => false,
    };
    let lits: Vec<_> = clause.lits.iter().filter(steady).cloned().collect();
    if lits.is_empty() {
        return;
    }
    closure(rels, &Clause { lits, ..clause.clone() }, known);
}

/// By collection the columns whose values are shown in the end, on every way to
/// what is shown.
pub(crate) struct Shown(Vec<Bits>);

impl Shown {
    pub(crate) fn of(rels: &Rels<'_>, rules: &Rules, observed: &[Rel]) -> Shown {
        let matters = matters(rels, rules, observed);
        let mut shown = Shown(vec![Bits::MAX; rels.len()]);
        let mut work: BTreeSet<usize> = (0..rules.len()).collect();
        while !work.is_empty() {
            for at in std::mem::take(&mut work) {
                let clause = &rules[at];
                if !matters[clause.head] {
                    continue;
                }
                let vars = shown.vars(rels, clause);
                let classes = clause.classes();
                let mut seen: Vec<(Rel, Bits)> = Vec::new();
                clauses::atoms(&clause.lits, &mut |atom| {
                    let mut bits = 0;
                    for (col, pat) in atom.args.iter().enumerate() {
                        if let PatKind::Var(v) = pat.kind
                            && vars.contains(&classes[v.index()])
                        {
                            bits |= bit(col);
                        }
                    }
                    seen.push((rels.number(clause.role, atom.rel), bits));
                });
                for (rel, bits) in seen {
                    if shown.0[rel] & !bits != 0 {
                        shown.0[rel] &= bits;
                        work.extend(rules.makers(rel));
                    }
                }
            }
        }
        shown
    }

    /// The variables of a rule whose values are shown in the end.
    pub(crate) fn vars(&self, rels: &Rels<'_>, clause: &Clause) -> BTreeSet<usize> {
        let targets = rels.targets(clause.head);
        let bits = targets.iter().fold(Bits::MAX, |bits, rel| bits & self.0[*rel]);
        let classes = clause.classes();
        let mut out: BTreeSet<usize> = clause.group.iter().map(|v| classes[v.index()]).collect();
        for (col, arg) in clause.args.iter().enumerate() {
            if bits & bit(col) != 0 {
                let mut vars = Vec::new();
                told(arg, &mut vars);
                out.extend(vars.iter().map(|v| classes[v.index()]));
            }
        }
        out
    }

    /// Those, and what they determine.
    pub(crate) fn known(&self, rels: &Rels<'_>, clause: &Clause) -> BTreeSet<usize> {
        let mut known = self.vars(rels, clause);
        closure(rels, clause, &mut known);
        known
    }
}

/// The collections, stages among them, on which something observed hangs.
fn matters(rels: &Rels<'_>, rules: &Rules, observed: &[Rel]) -> Vec<bool> {
    let mut out = vec![false; rels.len()];
    let mut work = observed.to_vec();
    while let Some(rel) = work.pop() {
        if std::mem::replace(&mut out[rel], true) {
            continue;
        }
        for at in rules.makers(rel).iter().chain(rules.heads(rel)) {
            let clause = &rules[*at];
            out[clause.head] = true;
            clauses::atoms(&clause.lits, &mut |atom| {
                work.push(rels.number(clause.role, atom.rel));
            });
        }
    }
    out
}
