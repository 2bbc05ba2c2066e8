//! Which events put rows into a collection or take them out, and which columns
//! of the event are found again in which columns of the row. A fixpoint over
//! the rules; what the rows are needed for is not known here.

use std::collections::BTreeSet;

use crate::calm::invariants::guards;
use crate::calm::invariants::guards::Guard;
use crate::calm::invariants::guards::Heads;
use crate::calm::model::Variance;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::names::hir::Given;
use crate::names::hir::Reach;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::builtins::Func;
use crate::types::parts::parts;
use crate::types::ty::Ty;
use crate::types::typed::AggFn;
use crate::types::typed::Arith;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Role;
use crate::types::typed::Rule;

/// Rounds after which ever new ways through a recursion are no longer told
/// apart; those there are were all seen before.
const MOST_ROUNDS: usize = 64;

/// One way in which an event changes a collection.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Origin {
    /// What comes from outside.
    pub op: RelId,
    /// For each column of the collection the column of the event it copies.
    pub cols: Vec<Option<usize>>,
    /// Columns with a value that no other event draws.
    pub fresh: Vec<usize>,
    /// The row is made from the one it replaces: the column, and whether its
    /// value goes up or down.
    pub fold: Option<(usize, Turn)>,
    /// It takes all rows that agree with the event in the copied columns.
    pub sweeps: bool,
    /// For each column on which side of zero its value is.
    pub sides: Vec<Turn>,
    /// Rows that had to be there where the event was taken in.
    pub guards: Vec<Guard>,
    /// The event changes the collection whatever else there is.
    pub sure: bool,
}

/// Where a replaced value goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Turn {
    /// Not below what it was.
    Up,
    /// Not above it.
    Down,
    /// Anywhere.
    Any,
}

impl Turn {
    pub fn variance(self) -> Variance {
        match self {
            Turn::Up => Variance::Plus,
            Turn::Down => Variance::Minus,
            Turn::Any => Variance::Any,
        }
    }
}

/// The ways into and out of each collection, by its number.
pub(super) struct Origins {
    pub inserts: Vec<BTreeSet<Origin>>,
    pub deletes: Vec<BTreeSet<Origin>>,
}

impl Origins {
    pub fn of(program: &Program, closed: &dyn Fn(RelId) -> bool) -> Origins {
        let none = vec![BTreeSet::new(); program.rels.len()];
        let mut out = Origins { inserts: none.clone(), deletes: none };
        for (at, rel) in program.rels.iter().enumerate() {
            let id = RelId(at as u32);
            if comes_from_outside(program, id) && !closed(id) {
                let cols = (0..rel.cols.len()).map(Some).collect();
                let side = |nat| if nat { Turn::Up } else { Turn::Any };
                let sides = rel.cols.iter().map(|col| side(col.ty == Ty::Nat)).collect();
                let row = Origin { sides, sure: true, ..Origin::plain(id, cols) };
                out.inserts[at].insert(row);
            }
        }
        let heads = Heads::of(program);
        for _ in 0..MOST_ROUNDS {
            let mut changed = false;
            for rule in program.rules.iter().filter(|rule| !rule.is_fact) {
                changed |= out.add(program, &heads, rule);
            }
            if !changed {
                break;
            }
        }
        out
    }

    /// What a rule does to its head, or to what its head is a stage of.
    fn add(&mut self, program: &Program, heads: &Heads<'_>, rule: &Rule) -> bool {
        let atoms = positive(&rule.body.lits);
        let is_event =
            |atom: &&Atom| program.rels[atom.rel.index()].event && !is_clock(program, atom);
        let events: Vec<&Atom> = atoms.iter().copied().filter(|a| is_event(a)).collect();
        let causes = if events.is_empty() { &atoms } else { &events };
        let mut changed = false;
        for atom in causes {
            let ways: Vec<Origin> = self.inserts[atom.rel.index()].iter().cloned().collect();
            for way in ways {
                let made = Origin {
                    guards: heads.guards(rule, atom, &way),
                    sure: way.sure && guards::is_sure(rule, atom),
                    ..through(program, rule, atom, &way)
                };
                changed |= match program.rels[rule.head.index()].kind {
                    RelKind::Stage(Stage::Send, _) | RelKind::Violation | RelKind::Expected => {
                        false
                    }
                    RelKind::Stage(Stage::Next, of) => self.inserts[of.index()].insert(made),
                    RelKind::Stage(Stage::Replace, of) => {
                        let gone = keyed(program, of, &made);
                        let fold = fold(program, rule, of);
                        let gone = self.deletes[of.index()].insert(gone);
                        self.inserts[of.index()].insert(Origin { fold, ..made }) || gone
                    }
                    RelKind::Stage(Stage::Delete, of) => {
                        let gone = match swept(program, rule, of, atom, &way) {
                            Some(cols) => Origin { sweeps: true, ..Origin::plain(way.op, cols) },
                            None => spread(program, rule.head, of, &made),
                        };
                        self.deletes[of.index()].insert(gone)
                    }
                    _ => self.inserts[rule.head.index()].insert(made),
                };
            }
        }
        changed
    }
}

impl Origin {
    fn plain(op: RelId, cols: Vec<Option<usize>>) -> Origin {
        Origin {
            op,
            cols,
            fresh: Vec::new(),
            fold: None,
            sweeps: false,
            sides: Vec::new(),
            guards: Vec::new(),
            sure: false,
        }
    }
}

/// Whether rows are given to it by nobody of the program.
fn comes_from_outside(program: &Program, id: RelId) -> bool {
    let rel = &program.rels[id.index()];
    match rel.kind {
        RelKind::Input | RelKind::InputTable | RelKind::InputView => {
            rel.reach == Reach::Program && matches!(rel.given, None | Some(Given::Stdin))
        }
        RelKind::Channel | RelKind::Timer | RelKind::Periodic => true,
        _ => false,
    }
}

fn is_clock(program: &Program, atom: &Atom) -> bool {
    let given = program.rels[atom.rel.index()].given;
    matches!(given, Some(Given::Now | Given::Me | Given::Seed | Given::Startup))
}

/// The atoms that a match of a body has.
pub(super) fn positive(lits: &[Lit]) -> Vec<&Atom> {
    let mut out = Vec::new();
    for lit in lits {
        match &lit.kind {
            LitKind::Atom(atom) | LitKind::Else { atom, .. } => out.push(atom),
            LitKind::Or(branches) => branches.iter().for_each(|b| out.extend(positive(b))),
            LitKind::Not(_)
            | LitKind::All { .. }
            | LitKind::Cond(_)
            | LitKind::Bind(..)
            | LitKind::In(..) => {}
        }
    }
    out
}

/// The head of a rule as it comes from a row of one of its atoms.
fn through(program: &Program, rule: &Rule, atom: &Atom, way: &Origin) -> Origin {
    let mut cols = Vec::new();
    let mut fresh = Vec::new();
    let known = |var| {
        let col = column_of(rule, atom, var);
        col.and_then(|col| way.sides.get(col).copied()).unwrap_or(Turn::Any)
    };
    let sides = rule.args.iter().map(|arg| guards::side(rule, arg, &known)).collect();
    for (at, arg) in rule.args.iter().enumerate() {
        let from = variable(arg).and_then(|var| column_of(rule, atom, var));
        cols.push(from.and_then(|col| way.cols[col]));
        if from.is_some_and(|col| way.fresh.contains(&col)) || is_drawn(program, rule, arg) {
            fresh.push(at);
        }
    }
    Origin { fresh, sides, ..Origin::plain(way.op, cols) }
}

pub(super) fn variable(e: &Expr) -> Option<VarId> {
    match e.kind {
        ExprKind::Var(var) => Some(var),
        _ => None,
    }
}

/// The column of an atom that has the value of a variable, also by `x = y`.
pub(super) fn column_of(rule: &Rule, atom: &Atom, var: VarId) -> Option<usize> {
    let names = |wanted: VarId| {
        atom.args.iter().position(|pat| match &pat.kind {
            PatKind::Var(v) => *v == wanted,
            PatKind::Expr(e) => variable(e) == Some(wanted),
            _ => false,
        })
    };
    names(var).or_else(|| {
        rule.body.lits.iter().find_map(|lit| match &lit.kind {
            LitKind::Bind(pat, e) if matches!(pat.kind, PatKind::Var(v) if v == var) => {
                names(variable(e)?)
            }
            _ => None,
        })
    })
}

/// Whether it is `fresh()`: made from the seed of the tick.
fn is_drawn(program: &Program, rule: &Rule, e: &Expr) -> bool {
    if let Some(var) = variable(e) {
        return rule.body.lits.iter().any(|lit| match &lit.kind {
            LitKind::Bind(pat, value) => {
                matches!(pat.kind, PatKind::Var(v) if v == var)
                    && variable(value).is_none()
                    && is_drawn(program, rule, value)
            }
            _ => false,
        });
    }
    let seeds: Vec<VarId> = positive(&rule.body.lits)
        .into_iter()
        .filter(|atom| program.rels[atom.rel.index()].given == Some(Given::Seed))
        .flat_map(|atom| &atom.args)
        .filter_map(|pat| match pat.kind {
            PatKind::Var(v) => Some(v),
            _ => None,
        })
        .collect();
    matches!(e.kind, ExprKind::Builtin(Func::UuidOf, _)) && mentions(e, &seeds)
}

fn mentions(e: &Expr, vars: &[VarId]) -> bool {
    let mut found = variable(e).is_some_and(|var| vars.contains(&var));
    parts(e, &mut |part| found = found || mentions(part, vars));
    found
}

/// What goes when a row of this key comes.
fn keyed(program: &Program, of: RelId, made: &Origin) -> Origin {
    let is_key = |at: &usize| program.rels[of.index()].cols[*at].role == Role::Key;
    let cols = made.cols.iter().enumerate();
    let cols = cols.map(|(at, col)| col.filter(|_| is_key(&at))).collect();
    Origin::plain(made.op, cols)
}

/// Columns of a stage with `<-` are some of those of its target.
fn spread(program: &Program, stage: RelId, of: RelId, made: &Origin) -> Origin {
    let [from, to] = [stage, of].map(|rel| &program.rels[rel.index()].cols);
    let cols = to.iter().map(|col| {
        let at = from.iter().position(|c| c.name == col.name)?;
        made.cols.get(at).copied().flatten()
    });
    Origin::plain(made.op, cols.collect())
}

/// If a rule with `<-` takes every row that agrees with its event, the columns
/// in which they agree: it has the event and the row in its body, and nothing
/// else.
fn swept(
    program: &Program,
    rule: &Rule,
    of: RelId,
    event: &Atom,
    way: &Origin,
) -> Option<Vec<Option<usize>>> {
    let is_plain = |lit: &Lit| match &lit.kind {
        LitKind::Atom(atom) => atom.rel == of || atom.rel == event.rel,
        _ => false,
    };
    if !program.rels[event.rel.index()].event || !rule.body.lits.iter().all(is_plain) {
        return None;
    }
    let mut out: Vec<Option<usize>> = vec![None; program.rels[of.index()].cols.len()];
    for row in positive(&rule.body.lits).into_iter().filter(|atom| atom.rel == of) {
        for (at, pat) in row.args.iter().enumerate() {
            let var = match &pat.kind {
                PatKind::Wild => continue,
                PatKind::Var(var) => *var,
                PatKind::Expr(e) => variable(e)?,
                _ => return None,
            };
            let from = column_of(rule, event, var).and_then(|col| way.cols[col]);
            out[at] = out[at].or(from);
        }
    }
    Some(out)
}

/// Whether a rule with `<+-` makes its row from the one that it replaces, and
/// in which direction it moves the value.
fn fold(program: &Program, rule: &Rule, of: RelId) -> Option<(usize, Turn)> {
    let old = positive(&rule.body.lits).into_iter().find(|atom| atom.rel == of)?;
    let value = |at: &usize| program.rels[of.index()].cols[*at].role == Role::Value;
    let read = |at: &usize| match old.args[*at].kind {
        PatKind::Var(var) => Some(var),
        _ => None,
    };
    let mut values = (0..rule.args.len()).filter(value);
    values.find_map(|at| {
        let var = read(&at)?;
        if variable(&rule.args[at]) == Some(var) || !mentions(&rule.args[at], &[var]) {
            return None;
        }
        Some((at, turn(rule, &rule.args[at], var)))
    })
}

fn turn(rule: &Rule, e: &Expr, old: VarId) -> Turn {
    let ExprKind::Arith(op, a, b, _) = &e.kind else { return Turn::Any };
    let side = |e: &Expr| match &e.kind {
        ExprKind::Agg(at) => match rule.aggs.get(*at) {
            Some(agg) if agg.ty == Ty::Nat => Turn::Up,
            Some(agg) if agg.func == AggFn::Sum && agg.args.len() == 1 => {
                guards::side(rule, &agg.args[0], &|_| Turn::Any)
            }
            _ => Turn::Any,
        },
        _ if mentions(e, &[old]) => Turn::Any,
        _ => guards::side(rule, e, &|_| Turn::Any),
    };
    match op {
        Arith::Add if variable(a) == Some(old) => side(b),
        Arith::Add if variable(b) == Some(old) => side(a),
        Arith::Sub if variable(a) == Some(old) => match side(b) {
            Turn::Up => Turn::Down,
            Turn::Down => Turn::Up,
            Turn::Any => Turn::Any,
        },
        _ => Turn::Any,
    }
}
