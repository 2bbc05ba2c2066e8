//! Whether the key of a collection determines the values in it, over all rows that
//! ever come: followed back to where they are made or come in. Two places that may
//! give one key different values make it hang on which of them is first. What
//! that means for those who read it is not known here.

use std::collections::BTreeSet;

use crate::names::hir::Given;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::builtins::Func;
use crate::types::judge::binders;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

use super::clauses::Clause;
use super::depend::closure;
use super::depend::instant;
use super::depend::vars_of;
use super::depend::whole_group;
use super::reading::told;
use super::rows::shape;
use super::rules::Rules;
use super::system::Rel;
use super::system::Rels;
use super::tables::each_agg;
use super::unique;

/// The column of a collection in which a value is found, and columns of the key
/// that say in which row.
type Found = ((Rel, usize), Vec<Vec<usize>>);

/// A column, with those that are to determine it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Wish {
    rel: Rel,
    key: Vec<usize>,
    col: usize,
}

/// Where values come from in the end.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Base {
    /// From outside; or from a table that keeps one value for a key.
    Given(Wish),
    /// A rule makes them.
    Made(usize, Wish),
}

/// A column in which rows of one key may differ, and the rules that bring them.
pub(crate) struct Conflict {
    pub(crate) col: usize,
    pub(crate) rules: BTreeSet<usize>,
}

pub(crate) struct Firm<'a> {
    pub(crate) rels: &'a Rels<'a>,
    pub(crate) rules: &'a Rules,
}

impl Firm<'_> {
    /// The columns whose values the declared key does not determine.
    pub(crate) fn conflicts(&self, rel: Rel) -> Vec<Conflict> {
        let of = self.rels.get(rel);
        if of.given.is_some() {
            return Vec::new();
        }
        let merged = unique::clashes(self.rels, self.rules, rel);
        let merged = merged.map(|(col, rules)| Conflict { col, rules });
        if !of.has_values() {
            return merged.collect();
        }
        let role = |wanted: Role| {
            let is = move |at: &usize| of.cols[*at].role == wanted;
            (0..of.cols.len()).filter(is).collect::<Vec<usize>>()
        };
        let key = role(Role::Key);
        let of_col = |col: usize| {
            let wish = Wish { rel, key: key.clone(), col };
            let rules = match of.kind.is_table() {
                true => self.over_time(&wish),
                false => self.at_once(&wish),
            };
            Conflict { col, rules }
        };
        let all = role(Role::Value).into_iter().map(of_col).chain(merged);
        all.filter(|conflict| !conflict.rules.is_empty()).collect()
    }

    /// The rules that may put two values under one key of a table.
    fn over_time(&self, wish: &Wish) -> BTreeSet<usize> {
        let mut of: Vec<(usize, BTreeSet<Base>)> = Vec::new();
        for &at in self.rules.makers(wish.rel) {
            if self.is(at, Stage::Delete) {
                continue;
            }
            let mut bases = BTreeSet::new();
            let mut seen = BTreeSet::from([wish.clone()]);
            self.of_rule(at, wish, &mut seen, &mut bases);
            of.push((at, bases));
        }
        let all: BTreeSet<Base> = of.iter().flat_map(|(_, bases)| bases.clone()).collect();
        let bad = |base: &Base| {
            !self.is_firm(base) || all.iter().any(|other| other != base && !self.agree(base, other))
        };
        of.into_iter().filter(|(_, bases)| bases.iter().any(bad)).map(|(at, _)| at).collect()
    }

    fn is(&self, rule: usize, wanted: Stage) -> bool {
        let kind = self.rels.get(self.rules[rule].head).kind;
        matches!(kind, RelKind::Stage(how, _) if how == wanted)
    }

    fn of_rule(&self, at: usize, wish: &Wish, seen: &mut BTreeSet<Wish>, out: &mut BTreeSet<Base>) {
        match self.copied(at, wish) {
            Some(from) => self.bases(from, seen, out),
            None => drop(out.insert(Base::Made(at, wish.clone()))),
        }
    }

    fn bases(&self, wish: Wish, seen: &mut BTreeSet<Wish>, out: &mut BTreeSet<Base>) {
        if wish.key.contains(&wish.col) || !seen.insert(wish.clone()) {
            return;
        }
        let of = self.rels.get(wish.rel);
        let rules = self.rules.makers(wish.rel);
        let outside = matches!(of.kind, RelKind::InputTable) || of.given.is_some();
        let declared = of.has_values()
            && self.rels.identity(wish.rel).iter().all(|col| wish.key.contains(col));
        let taken =
            rules.iter().any(|at| self.is(*at, Stage::Delete) || self.is(*at, Stage::Replace));
        let keeps = of.kind.is_table() && declared && !taken;
        let promised = matches!(of.kind, RelKind::Channel | RelKind::Timer) && declared;
        if outside || rules.is_empty() || keeps || promised {
            out.insert(Base::Given(wish));
            return;
        }
        for at in rules.iter().filter(|at| !self.is(**at, Stage::Delete)) {
            self.of_rule(*at, &wish, seen, out);
        }
    }

    /// The columns that a rule copies key and value from, if it copies them from one
    /// row. What nodes keep for themselves is told apart by the node.
    fn copied(&self, at: usize, wish: &Wish) -> Option<Wish> {
        let clause = &self.rules[at];
        let classes = clause.classes();
        let class = |col: &usize| match clause.args.get(*col)?.kind {
            ExprKind::Var(v) => classes.get(v.index()).copied(),
            _ => None,
        };
        let key: Vec<usize> = wish.key.iter().map(class).collect::<Option<_>>()?;
        let value = class(&wish.col)?;
        let sent = self.is(at, Stage::Send);
        clause.lits.iter().find_map(|lit| {
            let LitKind::Atom(atom) = &lit.kind else { return None };
            let rel = self.rels.number(clause.role, atom.rel);
            let of = self.rels.get(rel);
            let stands = |wanted: usize| {
                atom.args.iter().position(|pat| match pat.kind {
                    PatKind::Var(v) => classes.get(v.index()) == Some(&wanted),
                    _ => false,
                })
            };
            let own = sent && !of.event && !self.rels.part(rel).replicated;
            let known = |class: &usize| !own || !self.is_me(clause, &classes, *class);
            let cols = key.iter().filter(|class| known(class)).map(|class| stands(*class));
            let cols: Vec<usize> = cols.collect::<Option<_>>()?;
            let told = !own || key.iter().any(|class| self.is_me(clause, &classes, *class));
            let col = stands(value)?;
            (of.given.is_none() && told).then_some(Wish { rel, key: cols, col })
        })
    }

    fn is_me(&self, clause: &Clause, classes: &[usize], class: usize) -> bool {
        clause.lits.iter().any(|lit| {
            let LitKind::Atom(atom) = &lit.kind else { return false };
            let rel = self.rels.number(clause.role, atom.rel);
            let is = |pat: &crate::types::typed::Pat| match pat.kind {
                PatKind::Var(v) => classes.get(v.index()) == Some(&class),
                _ => false,
            };
            self.rels.get(rel).given == Some(Given::Me) && atom.args.iter().any(is)
        })
    }

    /// Whether rows from one base agree.
    fn is_firm(&self, base: &Base) -> bool {
        match base {
            Base::Given(wish) => {
                let of = self.rels.get(wish.rel);
                let own = self.rels.identity(wish.rel);
                of.has_values() && own.iter().all(|col| wish.key.contains(col))
                    || of.given.is_some()
            }
            Base::Made(at, wish) => {
                let clause = &self.rules[*at];
                let Some(arg) = clause.args.get(wish.col) else { return true };
                if self.is(*at, Stage::Replace) && !self.is_whole(clause, arg, &wish.key) {
                    return false;
                }
                if vars_of(arg).is_empty() || self.draws(clause, &wish.key) {
                    return true;
                }
                let mut known = told_by(clause, &wish.key);
                if self.is(*at, Stage::Replace) {
                    // What was there before is another thing at another time.
                    closure(self.rels, &self.of_events(clause), &mut known);
                } else {
                    self.of_state(clause, &mut known);
                    closure(self.rels, clause, &mut known);
                }
                matches!(arg.kind, ExprKind::Agg(_))
                    || vars_of(arg).iter().all(|v| known.contains(v))
            }
        }
    }

    /// Whether what a value aggregates of events is the same whenever they come. Which
    /// of them share a tick says nothing of those that come later and replace it.
    fn is_whole(&self, clause: &Clause, arg: &Expr, key: &[usize]) -> bool {
        let mut whole = true;
        if !clause.on_event(self.rels) {
            return whole;
        }
        let mut known = told_by(clause, key);
        closure(self.rels, &self.of_events(clause), &mut known);
        // What only state brings is judged where it is read.
        let mut brought = BTreeSet::new();
        let mut note = |pat: &Pat| {
            binders(pat, &mut |v, _| {
                brought.insert(v.index());
            });
        };
        clause.events(self.rels).iter().for_each(|atom| atom.args.iter().for_each(&mut note));
        for lit in &clause.lits {
            if let LitKind::Bind(pat, _) | LitKind::In(pat, _) = &lit.kind {
                note(pat);
            }
        }
        each_agg(arg, &mut |at| {
            let Some(agg) = clause.aggs.get(at) else { return };
            let read = agg.args.iter().chain(agg.by.iter().map(|(e, _)| e));
            let fixed = |v: &usize| known.contains(v) || !brought.contains(v);
            let told = read.into_iter().all(|e| vars_of(e).iter().all(fixed));
            let counts = agg.func.counts_matches() && !whole_group(self.rels, clause, &[]);
            whole &= told && !counts;
        });
        whole
    }

    /// A rule without the state that it reads.
    fn of_events(&self, clause: &Clause) -> Clause {
        let state = |lit: &Lit| match &lit.kind {
            LitKind::Atom(atom) => {
                let rel = self.rels.get(self.rels.number(clause.role, atom.rel));
                !rel.event && rel.given.is_none()
            }
            LitKind::Else { .. } => true,
            _ => false,
        };
        let lits = clause.lits.iter().filter(|lit| !state(lit)).cloned().collect();
        Clause { lits, ..clause.clone() }
    }

    /// What is read of the state is judged where it is read.
    fn of_state(&self, clause: &Clause, known: &mut BTreeSet<usize>) {
        for lit in &clause.lits {
            let (LitKind::Atom(atom) | LitKind::Else { atom, .. }) = &lit.kind else { continue };
            if self.rels.get(self.rels.number(clause.role, atom.rel)).event {
                continue;
            }
            for pat in &atom.args {
                binders(pat, &mut |v, _| {
                    known.insert(v.index());
                });
            }
            if let LitKind::Else { outputs, .. } = &lit.kind {
                known.extend(outputs.iter().map(|v| v.index()));
            }
        }
    }

    /// Whether some value of a key is drawn for its row alone.
    fn draws(&self, clause: &Clause, key: &[usize]) -> bool {
        let mut seeds = BTreeSet::new();
        for lit in &clause.lits {
            if let LitKind::Atom(atom) = &lit.kind
                && self.rels.get(self.rels.number(clause.role, atom.rel)).given == Some(Given::Seed)
            {
                atom.args.iter().for_each(|pat| {
                    binders(pat, &mut |v, _| {
                        seeds.insert(v.index());
                    });
                });
            }
        }
        let drawn = |e: &Expr| {
            matches!(e.kind, ExprKind::Builtin(Func::UuidOf, _))
                && vars_of(e).iter().any(|v| seeds.contains(v))
        };
        key.iter().filter_map(|col| clause.args.get(*col)).any(|arg| match arg.kind {
            ExprKind::Var(var) => clause.lits.iter().any(|lit| match &lit.kind {
                LitKind::Bind(pat, e) => {
                    matches!(pat.kind, PatKind::Var(v) if v == var) && drawn(e)
                }
                _ => false,
            }),
            _ => drawn(arg),
        })
    }

    /// Whether rows from two bases agree.
    fn agree(&self, one: &Base, other: &Base) -> bool {
        let drawn = |base: &Base| match base {
            Base::Made(at, wish) => self.draws(&self.rules[*at], &wish.key),
            Base::Given(_) => false,
        };
        if drawn(one) || drawn(other) {
            return true;
        }
        let (Base::Made(a, wish), Base::Made(b, also)) = (one, other) else { return false };
        let (a, b) = (&self.rules[*a], &self.rules[*b]);
        let text = |clause: &Clause, col: usize| shape(clause.args.get(col)?, &|_| None);
        let same = |col: usize, at: usize| match (text(a, col), text(b, at)) {
            (Some(x), Some(y)) => Some(x == y),
            _ => None,
        };
        same(wish.col, also.col) == Some(true)
            || wish.key.iter().zip(&also.key).any(|(x, y)| same(*x, *y) == Some(false))
            || self.apart((a, &wish.key), (b, &also.key))
            || self.denied((a, &wish.key), (b, &also.key))
            || self.denied((b, &also.key), (a, &wish.key))
    }

    /// The rules of a view that may give one key two values at one time.
    fn at_once(&self, wish: &Wish) -> BTreeSet<usize> {
        let rules = self.rules.heads(wish.rel);
        let mut out = BTreeSet::new();
        if self.rels.get(wish.rel).event {
            return out;
        }
        for (n, &at) in rules.iter().enumerate() {
            if !self.is_one(&self.rules[at], wish) {
                out.insert(at);
            }
            for &other in &rules[n + 1..] {
                let plain = |at: usize| {
                    let clause = &self.rules[at];
                    clause.aggs.is_empty()
                        && clause.lits.iter().all(|lit| matches!(lit.kind, LitKind::Atom(_)))
                };
                let (a, b) = (Base::Made(at, wish.clone()), Base::Made(other, wish.clone()));
                let same = self.of_one_row(at, other, wish);
                if plain(at) && plain(other) && !same && !self.agree(&a, &b) {
                    out.extend([at, other]);
                }
            }
        }
        out
    }

    /// Whether two rules look the value up in one row: of the same key.
    fn of_one_row(&self, one: usize, other: usize, wish: &Wish) -> bool {
        let all = self.looked_up(one, wish);
        let also = self.looked_up(other, wish);
        all.iter().any(|(place, cols)| {
            also.iter().any(|(here, keys)| {
                let mut pairs = cols.iter().zip(keys);
                place == here && pairs.all(|(a, b)| a.iter().any(|col| b.contains(col)))
            })
        })
    }

    /// Where a rule finds the value of a column: each with the columns of the key that
    /// say in which row.
    fn looked_up(&self, at: usize, wish: &Wish) -> Vec<Found> {
        let clause = &self.rules[at];
        let classes = clause.classes();
        let class = |col: usize| match clause.args.get(col)?.kind {
            ExprKind::Var(v) => classes.get(v.index()).copied(),
            _ => None,
        };
        let Some(value) = class(wish.col) else { return Vec::new() };
        let mut out = Vec::new();
        for lit in &clause.lits {
            let LitKind::Atom(atom) = &lit.kind else { continue };
            let rel = self.rels.number(clause.role, atom.rel);
            let var = |col: usize| match atom.args.get(col).map(|pat| &pat.kind) {
                Some(PatKind::Var(v)) => classes.get(v.index()).copied(),
                _ => None,
            };
            let of = self.rels.get(rel);
            let Some(col) = (0..of.cols.len()).find(|col| var(*col) == Some(value)) else {
                continue;
            };
            let own = (0..of.cols.len()).filter(|col| of.cols[*col].role == Role::Key);
            let stands = |col: usize| -> Vec<usize> {
                let keys = wish.key.iter().copied();
                keys.filter(|key| class(*key).is_some() && class(*key) == var(col)).collect()
            };
            let keys: Vec<Vec<usize>> = own.map(stands).collect();
            if keys.iter().all(|cols| !cols.is_empty()) {
                out.push(((rel, col), keys));
            }
        }
        out
    }

    /// Whether a rule over state has one value for each key.
    fn is_one(&self, clause: &Clause, wish: &Wish) -> bool {
        let Some(arg) = clause.args.get(wish.col) else { return true };
        let plain =
            clause.lits.iter().all(|lit| !matches!(lit.kind, LitKind::Or(_) | LitKind::All { .. }));
        let mut known = told_by(clause, &wish.key);
        instant(self.rels, clause, &mut known);
        let group = clause.group.iter().all(|v| known.contains(&v.index()));
        let made = match clause.aggs.is_empty() {
            true => vars_of(arg).iter().all(|v| known.contains(v)),
            false => group,
        };
        made || !plain
    }
}

fn told_by(clause: &Clause, key: &[usize]) -> BTreeSet<usize> {
    let mut vars = Vec::new();
    key.iter().filter_map(|col| clause.args.get(*col)).for_each(|arg| told(arg, &mut vars));
    vars.iter().map(|v| v.index()).collect()
}
