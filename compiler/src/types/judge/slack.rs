//! Arithmetic that leaves its range towards bottom gives no row. On the way to
//! its final value a `Min` passes worse ones, and what is computed from these
//! must not fail the tick when the final value is fine.

use crate::types::parts::parts_mut;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::typed::Arith;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Program;
use crate::types::typed::Role;
use crate::types::typed::Rule;
use crate::types::typed::Slack;

use super::behaviour::Way;
use super::monotone::Reader;
use super::walk;

/// Marks the arithmetic of a rule whose growing variables are known.
pub(super) fn rule(program: &Program, rule: &mut Rule, env: &[Option<Lattice>]) {
    let mut marker = Marker { reader: Reader::new(program, env.to_vec()) };
    let rel = program.rels.get(rule.head.index());
    for (index, arg) in rule.args.iter_mut().enumerate() {
        match rel.and_then(|r| r.cols.get(index)).map(|col| &col.role) {
            Some(Role::Cell(lattice)) => marker.cell(arg, lattice),
            _ => marker.expr(arg, Way::Still),
        }
    }
    walk::open_exprs_mut(&mut rule.body.lits, &mut |e| marker.expr(e, Way::Still));
}

struct Marker<'a> {
    reader: Reader<'a>,
}

impl Marker<'_> {
    /// A value for a merging column.
    fn cell(&mut self, e: &mut Expr, lattice: &Lattice) {
        let way = match lattice {
            Lattice::Max(_) => Way::Up,
            Lattice::Min(_) => Way::Down,
            _ => Way::Still,
        };
        match (&mut e.kind, lattice) {
            (ExprKind::If(c, t, f), _) => {
                self.expr(c, Way::Still);
                self.cell(t, lattice);
                self.cell(f, lattice);
            }
            (ExprKind::Tuple(es), Lattice::Pair(l, m) | Lattice::Lex(l, m)) if es.len() == 2 => {
                self.cell(&mut es[0], l);
                self.cell(&mut es[1], m);
            }
            (ExprKind::Tuple(es), Lattice::Max(_) | Lattice::Min(_)) => {
                for (i, e) in es.iter_mut().enumerate() {
                    self.expr(e, if i == 0 { way } else { Way::Still });
                }
            }
            (ExprKind::Map(entries), Lattice::Map(_, entry)) => {
                for (k, v) in entries {
                    self.expr(k, Way::Still);
                    self.cell(v, entry);
                }
            }
            _ => self.expr(e, way),
        }
    }

    /// A value whose growth is `way`, or that grows by its own variables.
    fn expr(&mut self, e: &mut Expr, way: Way) {
        let own = match &e.kind {
            ExprKind::Arith(..) | ExprKind::Neg(..) if e.ty != Ty::Float => {
                self.reader.expr(e).way().unwrap_or(Way::Still)
            }
            _ => Way::Still,
        };
        let towards = if own == Way::Still { way } else { own };
        match &mut e.kind {
            ExprKind::Arith(..) | ExprKind::Neg(..) => self.along(e, towards),
            ExprKind::If(c, t, f) => {
                self.expr(c, Way::Still);
                self.expr(t, way);
                self.expr(f, way);
            }
            ExprKind::Match(scrutinee, arms) => {
                self.expr(scrutinee, Way::Still);
                arms.iter_mut().for_each(|(_, arm)| self.expr(arm, way));
            }
            _ => parts_mut(e, &mut |child| self.expr(child, Way::Still)),
        }
    }

    /// Arithmetic that moves `towards`. Its parts move with it, by themselves or
    /// because they are fixed, so that a long sum is looked at once.
    fn along(&mut self, e: &mut Expr, towards: Way) {
        let slack = match towards {
            Way::Still => Slack::Fail,
            Way::Up => Slack::NoRowBelow,
            Way::Down => Slack::NoRowAbove,
        };
        match &mut e.kind {
            ExprKind::Arith(op, a, b, s) => {
                *s = slack;
                let (left, right) = match op {
                    Arith::Add => (towards, towards),
                    Arith::Sub => (towards, towards.flip()),
                    Arith::Mul => {
                        let along = |other: &Expr| {
                            if self.reader.not_negative(other) { towards } else { Way::Still }
                        };
                        (along(b), along(a))
                    }
                    Arith::Div | Arith::Rem => (Way::Still, Way::Still),
                };
                self.along(a, left);
                self.along(b, right);
            }
            ExprKind::Neg(a, s) => {
                *s = slack;
                self.along(a, towards.flip());
            }
            _ => self.expr(e, towards),
        }
    }
}
