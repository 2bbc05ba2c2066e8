//! What a body asks for, in a form that can be put in any order: atoms over
//! physical columns, tests, unifications, enumerations, absences. This room
//! must not know how goals are ordered or executed.
//!
//! A variable is the number of its register: first those of the source rule,
//! then helpers.

use std::collections::BTreeMap;

use crate::ids::RelId;
use crate::ids::VarId;
use crate::plan::ir::Reg;
use crate::plan::ir::Shape;
use crate::source::Span;
use crate::types::parts::parts;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;

/// A set of variables.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Vars(Vec<u64>);

impl Vars {
    /// Whether it has a variable.
    pub fn has(&self, var: Reg) -> bool {
        self.0.get(var as usize / 64).is_some_and(|w| w >> (var % 64) & 1 == 1)
    }

    /// Adds a variable.
    pub fn add(&mut self, var: Reg) {
        let word = var as usize / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (var % 64);
    }

    /// Adds all of another.
    pub fn add_all(&mut self, other: &Vars) {
        if other.0.len() > self.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a |= b;
        }
    }

    /// Whether all of it is in another.
    pub fn within(&self, other: &Vars) -> bool {
        self.0.iter().enumerate().all(|(i, w)| w & !other.0.get(i).copied().unwrap_or(0) == 0)
    }

    /// What is in both.
    pub fn common(&self, other: &Vars) -> Vars {
        Vars(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    /// Whether something is in both.
    pub fn meets(&self, other: &Vars) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }
}

/// Hands out variables and temporaries of one rule.
#[derive(Clone, Debug, Default)]
pub struct Regs {
    /// The next one.
    pub next: Reg,
    /// One more than the greatest given.
    pub used: usize,
}

impl Regs {
    /// A new one. A rule that needs more than there are is given the last one
    /// again; `validate` finds it.
    pub fn fresh(&mut self) -> Reg {
        let reg = self.next;
        self.next = self.next.saturating_add(1).min(Reg::MAX - 1);
        self.used = self.used.max(self.next as usize);
        reg
    }
}

/// Where the value of a collection column is found while it is not a word.
#[derive(Clone, Debug)]
pub struct Place {
    /// Variable that holds the id of the row.
    pub row: Reg,
    /// Where in the row.
    pub shape: Shape,
    /// Variables that hold the row's words, by column.
    pub words: Vec<(usize, Reg)>,
}

impl Place {
    /// The variable of a column.
    pub fn word(&self, col: usize) -> Reg {
        self.words.iter().find(|(c, _)| *c == col).map_or(self.row, |(_, reg)| *reg)
    }

    /// A part of it.
    pub fn part(&self, shape: &Shape) -> Place {
        Place { row: self.row, shape: shape.clone(), words: self.words.clone() }
    }

    /// What must be bound to know its value.
    pub fn reads(&self, out: &mut Vars) {
        self.reads_shape(&self.shape, out);
    }

    fn reads_shape(&self, shape: &Shape, out: &mut Vars) {
        match shape {
            Shape::Word(col) => out.add(self.word(*col)),
            Shape::Tuple(_, parts) => parts.iter().for_each(|p| self.reads_shape(p, out)),
            Shape::Set { .. } | Shape::Map { .. } => out.add(self.row),
        }
    }
}

/// Places by the variable that stands for their value.
pub type Places = BTreeMap<Reg, Place>;

/// Something that a match must satisfy.
#[derive(Clone, Debug)]
pub struct Goal {
    /// What it asks for.
    pub kind: GoalKind,
    /// Whether its turn in the strict order matters: it can fail, or hangs on
    /// what can.
    pub late: bool,
}

/// The forms of goals.
#[derive(Clone, Debug)]
pub enum GoalKind {
    /// A row.
    Atom(AtomGoal),
    /// A value that stands in rows of all of some atoms.
    Meet(MeetGoal),
    /// No match of the goals.
    Absent(Vec<Goal>),
    /// The expression is true.
    Test(Expr),
    /// Pattern and value are equal; either may bind the other.
    Unify(Pat, Expr),
    /// For each element.
    Each(Pat, Expr),
}

/// A row of a relation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AtomGoal {
    /// Which relation.
    pub rel: RelId,
    /// Variable that holds the row's id.
    pub row: Option<Reg>,
    /// Where it stands in the program; nothing for helpers.
    pub span: Span,
    /// Physical columns and the variables that hold them; others are free.
    pub args: Vec<(usize, Reg)>,
}

/// A variable that several atoms share, found by intersection.
#[derive(Clone, Debug)]
pub struct MeetGoal {
    /// The variable.
    pub var: Reg,
    /// The atoms that have it in a column that is no cell.
    pub atoms: Vec<AtomGoal>,
}

/// The register of a variable.
pub fn reg(var: VarId) -> Reg {
    var.0.min(u32::from(Reg::MAX - 1)) as Reg
}

/// Variables that must be bound to evaluate an expression.
pub fn expr_vars(expr: &Expr, places: &Places, out: &mut Vars) {
    match &expr.kind {
        ExprKind::Var(var) => match places.get(&reg(*var)) {
            Some(place) => place.reads(out),
            None => out.add(reg(*var)),
        },
        ExprKind::Match(scrutinee, arms) => {
            expr_vars(scrutinee, places, out);
            for (pat, body) in arms {
                // What an arm binds is its own.
                let mut own = Vars::default();
                pat_vars(pat, &mut own);
                let mut inner = Vars::default();
                expr_vars(body, places, &mut inner);
                pat_reads(pat, places, &mut inner);
                (0..inner.0.len() * 64)
                    .map(|v| v as Reg)
                    .filter(|v| inner.has(*v) && !own.has(*v))
                    .for_each(|v| out.add(v));
            }
        }
        _ => parts(expr, &mut |part| expr_vars(part, places, out)),
    }
}

/// Variables that a pattern can bind.
pub fn pat_vars(pat: &Pat, out: &mut Vars) {
    match &pat.kind {
        PatKind::Var(var) => out.add(reg(*var)),
        PatKind::Tuple(pats) | PatKind::Construct(_, _, pats) => {
            pats.iter().for_each(|p| pat_vars(p, out));
        }
        PatKind::Some(p) => pat_vars(p, out),
        PatKind::Wild | PatKind::None | PatKind::Expr(_) => {}
    }
}

/// Variables that a pattern needs: those of its expressions.
pub fn pat_reads(pat: &Pat, places: &Places, out: &mut Vars) {
    match &pat.kind {
        PatKind::Expr(e) => expr_vars(e, places, out),
        PatKind::Tuple(pats) | PatKind::Construct(_, _, pats) => {
            pats.iter().for_each(|p| pat_reads(p, places, out));
        }
        PatKind::Some(p) => pat_reads(p, places, out),
        PatKind::Wild | PatKind::None | PatKind::Var(_) => {}
    }
}

/// Whether a pattern leaves something open.
pub fn pat_open(pat: &Pat) -> bool {
    match &pat.kind {
        PatKind::Wild => true,
        PatKind::Tuple(pats) | PatKind::Construct(_, _, pats) => pats.iter().any(pat_open),
        PatKind::Some(p) => pat_open(p),
        PatKind::None | PatKind::Var(_) | PatKind::Expr(_) => false,
    }
}

impl Goal {
    /// All variables that it mentions.
    pub fn mentions(&self, places: &Places, out: &mut Vars) {
        match &self.kind {
            GoalKind::Atom(atom) => {
                atom.args.iter().for_each(|(_, v)| out.add(*v));
                atom.row.iter().for_each(|v| out.add(*v));
            }
            GoalKind::Meet(meet) => {
                meet.atoms.iter().flat_map(|atom| &atom.args).for_each(|(_, v)| out.add(*v));
            }
            GoalKind::Absent(goals) => goals.iter().for_each(|g| g.mentions(places, out)),
            GoalKind::Test(e) => expr_vars(e, places, out),
            GoalKind::Unify(p, e) | GoalKind::Each(p, e) => {
                bound_by_pat(p, places, out);
                pat_reads(p, places, out);
                expr_vars(e, places, out);
            }
        }
    }

    /// Variables that it can bind.
    pub fn binds(&self, places: &Places, out: &mut Vars) {
        match &self.kind {
            GoalKind::Atom(_) => self.mentions(places, out),
            GoalKind::Meet(meet) => out.add(meet.var),
            GoalKind::Unify(p, e) => {
                bound_by_pat(p, places, out);
                if let ExprKind::Var(_) = e.kind {
                    expr_vars(e, places, out);
                }
            }
            GoalKind::Each(p, _) => bound_by_pat(p, places, out),
            GoalKind::Absent(_) | GoalKind::Test(_) => {}
        }
    }
}

/// Variables of a pattern; where one is a place, what the place needs.
pub fn bound_by_pat(pat: &Pat, places: &Places, out: &mut Vars) {
    let mut vars = Vars::default();
    pat_vars(pat, &mut vars);
    for var in (0..vars.0.len() * 64).map(|v| v as Reg).filter(|v| vars.has(*v)) {
        match places.get(&var) {
            Some(place) => place.reads(out),
            None => out.add(var),
        }
    }
}
