//! State over time: what becomes of each table, in which columns the order of
//! arrival shows, and what else is as unsettled as they are. Rows of a key that
//! is only ever replaced stay, whatever their values do. Who reads it is not
//! known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::typed::Atom;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

use super::clauses;
use super::clauses::Clause;
use super::events::drawn;
use super::firm::Conflict;
use super::firm::Firm;
use super::growth::Growth;
use super::keys::Lineage;
use super::keys::Paths;
use super::keys::lineage;
use super::reading::vars_of;
use super::rules::Rules;
use super::system::Rel;
use super::system::Rels;
use super::tables;
use super::tables::Class;

/// All state over time.
#[derive(Default)]
pub(crate) struct Shifts {
    classes: BTreeMap<Rel, Class>,
    /// Tables whose keys stay once they are there, though values are replaced.
    keeps: BTreeSet<Rel>,
    /// Columns whose values hang on the order of arrival.
    pub(crate) fickle: BTreeSet<(Rel, usize)>,
    /// By collection and rule: the columns in which what it brings is not what others
    /// of the key have.
    conflicts: BTreeMap<(Rel, usize), Vec<usize>>,
    /// State that follows from tables whose rows are replaced, or come and go: those
    /// tables.
    from: BTreeMap<Rel, BTreeSet<Rel>>,
    /// Where copies of the columns of such a table stand.
    lines: BTreeMap<Rel, Lineage>,
}

impl Shifts {
    pub(crate) fn of(rels: &Rels<'_>, rules: &Rules, growth: &Growth) -> Shifts {
        let mut out = Shifts::default();
        let firm = Firm { rels, rules };
        for rel in (0..rels.len()).filter(|rel| growth.grows[*rel]) {
            let conflicts = firm.conflicts(rel);
            if rels.get(rel).kind.is_table() {
                out.table(rels, rules, growth, rel, &conflicts);
            } else {
                out.brings(rel, &conflicts);
            }
        }
        out.draws(rels, rules);
        out.spread(rels, rules);
        let changing: Vec<Rel> = (0..rels.len()).filter(|rel| out.volatile(*rel)).collect();
        if !changing.is_empty() {
            let paths = Paths::of(rels, rules, growth);
            out.lines = changing.iter().map(|rel| (*rel, lineage(rels, &paths, *rel))).collect();
        }
        out
    }

    fn table(
        &mut self,
        rels: &Rels<'_>,
        rules: &Rules,
        growth: &Growth,
        rel: Rel,
        conflicts: &[Conflict],
    ) {
        let of = rels.get(rel);
        let made = || rules.makers(rel).iter().map(|at| &rules[*at]);
        let deletes = |clause: &Clause| {
            matches!(rels.get(clause.head).kind, RelKind::Stage(Stage::Delete, _))
        };
        let merges = of.cols.iter().any(|col| matches!(col.role, Role::Cell(_)));
        let taken = made().any(deletes);
        let settled = conflicts.is_empty() && !merges && !taken;
        let class = match settled {
            true => Class::Gains,
            false => tables::class(rels, rules, growth, rel),
        };
        self.classes.insert(rel, class);
        if class == Class::Gains {
            self.brings(rel, conflicts);
        } else if !taken && of.has_values() && made().all(|c| tables::of_own_key(rels, c, rel)) {
            self.keeps.insert(rel);
            let values = (0..of.cols.len()).filter(|col| of.cols[*col].role == Role::Value);
            self.fickle.extend(values.map(|col| (rel, col)));
        }
    }

    /// Values that every replica draws for itself.
    fn draws(&mut self, rels: &Rels<'_>, rules: &Rules) {
        for clause in rules.iter().filter(|clause| rels.part(clause.head).replicated) {
            let sends = matches!(rels.get(clause.head).kind, RelKind::Stage(Stage::Send, _));
            let Some((_, cols)) = drawn(rels, clause).filter(|_| !sends) else { continue };
            for &target in rels.targets(clause.head) {
                let of = rels.get(target);
                let value = |col: &usize| of.cols.get(*col).is_some_and(|c| c.role == Role::Value);
                let stays = of.kind.is_table() && (self.gains(target) || self.keeps(target));
                if stays && cols.iter().all(value) {
                    self.fickle.extend(cols.iter().map(|col| (target, *col)));
                }
            }
        }
    }

    fn brings(&mut self, rel: Rel, conflicts: &[Conflict]) {
        for conflict in conflicts {
            self.fickle.insert((rel, conflict.col));
            for rule in &conflict.rules {
                self.conflicts.entry((rel, *rule)).or_default().push(conflict.col);
            }
        }
    }

    /// What follows from tables that change.
    fn spread(&mut self, rels: &Rels<'_>, rules: &Rules) {
        let changing: Vec<Rel> = (0..rels.len()).filter(|rel| self.volatile(*rel)).collect();
        for table in changing {
            let mut work = vec![table];
            let mut seen = BTreeSet::new();
            while let Some(rel) = work.pop() {
                for at in rules.readers(rel) {
                    let clause = &rules[*at];
                    let state = !rels.get(clause.head).event
                        && !matches!(rels.get(clause.head).kind, RelKind::Stage(..))
                        && !rels.get(clause.head).kind.is_table();
                    if state && self.reads(rels, clause, rel) && seen.insert(clause.head) {
                        self.from.entry(clause.head).or_default().insert(table);
                        work.push(clause.head);
                    }
                }
            }
        }
    }

    fn reads(&self, rels: &Rels<'_>, clause: &Clause, rel: Rel) -> bool {
        let mut found = false;
        clauses::atoms(&clause.lits, &mut |atom| {
            found |=
                rels.number(clause.role, atom.rel) == rel && self.unsettled(rels, clause, atom);
        });
        found
    }

    /// What becomes of a table.
    pub(crate) fn class(&self, rel: Rel) -> Class {
        self.classes.get(&rel).copied().unwrap_or(Class::Gains)
    }

    /// Whether it is a table whose rows only come.
    pub(crate) fn gains(&self, rel: Rel) -> bool {
        self.classes.get(&rel) == Some(&Class::Gains)
    }

    /// Whether rows of a table are replaced, or come and go.
    pub(crate) fn volatile(&self, rel: Rel) -> bool {
        matches!(self.class(rel), Class::Commutes | Class::Ordered(_))
    }

    pub(crate) fn keeps(&self, rel: Rel) -> bool {
        self.keeps.contains(&rel)
    }

    /// Whether a column is a copy of one of these of a table that changes.
    pub(crate) fn copies(&self, table: Rel, place: (Rel, usize), wanted: &[usize]) -> bool {
        self.lines.get(&table).is_some_and(|line| line.copies(place.0, place.1, wanted))
    }

    /// The columns in which a rule may bring another value than others.
    pub(crate) fn conflicts(&self, rel: Rel, rule: usize) -> &[usize] {
        self.conflicts.get(&(rel, rule)).map_or(&[], Vec::as_slice)
    }

    /// Whether what an atom reads may be another thing at another time.
    pub(crate) fn unsettled(&self, rels: &Rels<'_>, clause: &Clause, atom: &Atom) -> bool {
        !self.tables(rels, clause, atom).is_empty()
    }

    /// The tables that change on which it hangs what an atom finds.
    pub(crate) fn tables(&self, rels: &Rels<'_>, clause: &Clause, atom: &Atom) -> BTreeSet<Rel> {
        let rel = rels.number(clause.role, atom.rel);
        let mut out = self.from.get(&rel).cloned().unwrap_or_default();
        if self.volatile(rel) && (!self.keeps(rel) || self.reads_value(rels, clause, atom)) {
            out.insert(rel);
        }
        out
    }

    fn reads_value(&self, rels: &Rels<'_>, clause: &Clause, atom: &Atom) -> bool {
        let of = rels.get(rels.number(clause.role, atom.rel));
        let asks = |(col, pat): (&crate::types::typed::Col, &crate::types::typed::Pat)| {
            let key = col.role == Role::Key;
            !key && !matches!(pat.kind, PatKind::Wild) && !is_idle(clause, &pat.kind)
        };
        of.cols.iter().zip(&atom.args).any(asks)
    }
}

/// Whether a pattern is a variable that stands nowhere else.
pub(crate) fn is_idle(clause: &Clause, pat: &PatKind) -> bool {
    let PatKind::Var(var) = pat else { return false };
    let mut uses = 0;
    let mut count = |v| uses += u32::from(v == *var);
    vars_of(&clause.lits, &mut count);
    for arg in &clause.args {
        crate::types::judge::reads(arg, &mut |v, _| count(v));
    }
    for agg in &clause.aggs {
        let by = agg.by.iter().map(|(e, _)| e);
        agg.args.iter().chain(by).for_each(|e| {
            crate::types::judge::reads(e, &mut |v, _| count(v));
        });
    }
    let outputs = clause.lits.iter().filter_map(|lit| match &lit.kind {
        LitKind::Else { outputs, .. } => Some(outputs),
        _ => None,
    });
    let given = outputs.flatten().any(|v| v == var);
    uses < 2 && !given
}
