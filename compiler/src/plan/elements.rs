//! What lies in the rows that a row owns: elements, keys and entries, read or
//! named by the columns that they are spread over. This room must not know
//! where the collection came from.

use crate::plan::goals::AtomGoal;
use crate::plan::goals::Goal;
use crate::plan::goals::GoalKind;
use crate::plan::goals::Place;
use crate::plan::goals::reg;
use crate::plan::ir::Shape;
use crate::plan::layout;
use crate::plan::normal::Normal;
use crate::plan::normal::open;
use crate::plan::normal::var;
use crate::plan::normal::var_pat;
use crate::source::Span;
use crate::types::ty::Ty;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;

/// Into which parts a value is taken.
#[derive(Clone, Copy)]
enum Split<'a> {
    /// It stays whole.
    Never,
    /// Into the parts of tuples, however deep.
    Tuples,
    /// Into the words of a shape.
    Like(&'a Shape),
}

impl<'a> Split<'a> {
    /// How the parts of a value of a type are split; `None` where it is whole.
    fn parts(self, ty: &Ty) -> Option<Vec<Split<'a>>> {
        let Ty::Tuple(tys) = ty else { return None };
        match self {
            Split::Tuples if !tys.is_empty() => Some(vec![Split::Tuples; tys.len()]),
            Split::Like(Shape::Tuple(_, parts)) if parts.len() == tys.len() => {
                Some(parts.iter().map(Split::Like).collect())
            }
            _ => None,
        }
    }
}

impl Normal<'_> {
    /// A pattern of new variables for the columns of a shape of words.
    pub(super) fn spread_pattern(
        &mut self,
        shape: &Shape,
        ty: &Ty,
        span: Span,
        goal: &mut AtomGoal,
    ) -> Pat {
        match (shape, ty) {
            (Shape::Tuple(_, parts), Ty::Tuple(tys)) => {
                let parts = parts.iter().zip(tys);
                let pats = parts.map(|(part, ty)| self.spread_pattern(part, ty, span, goal));
                Pat { kind: PatKind::Tuple(pats.collect()), ty: ty.clone(), span }
            }
            (Shape::Word(col), _) => {
                let own = self.regs.fresh();
                goal.args.push((*col, own));
                var_pat(own, ty, span)
            }
            _ => Pat { kind: PatKind::Wild, ty: ty.clone(), span },
        }
    }

    /// The value of an expression by the columns that an element or key of its
    /// type is spread over.
    pub fn leaves(&mut self, e: &Expr, out: &mut Vec<Goal>) -> Vec<Expr> {
        let whole = layout::leaves(&e.ty).len() <= 1;
        let mut parts = Vec::new();
        self.spread(e, if whole { Split::Never } else { Split::Tuples }, &mut parts, out);
        parts
    }

    /// The value of an expression by the columns of a shape of words. A word may
    /// hold a whole tuple.
    pub(super) fn words(&mut self, e: &Expr, shape: &Shape, out: &mut Vec<Goal>) -> Vec<Expr> {
        let mut parts = Vec::new();
        self.spread(e, Split::Like(shape), &mut parts, out);
        parts
    }

    fn spread(&mut self, e: &Expr, split: Split, parts: &mut Vec<Expr>, out: &mut Vec<Goal>) {
        let (Some(splits), Ty::Tuple(tys)) = (split.parts(&e.ty), &e.ty) else {
            parts.push(self.lift(e, true, out));
            return;
        };
        if let ExprKind::Tuple(es) = &e.kind {
            es.iter().zip(splits).for_each(|(e, split)| self.spread(e, split, parts, out));
            return;
        }
        let mut base = e.clone();
        if !matches!(e.kind, ExprKind::Var(_) | ExprKind::Field(..)) {
            let own = self.regs.fresh();
            let value = self.lift(e, true, out);
            self.goal(GoalKind::Unify(var_pat(own, &e.ty, e.span), value), out);
            base = var(own, &e.ty, e.span);
        }
        for (field, (ty, split)) in tys.iter().zip(splits).enumerate() {
            let kind = ExprKind::Field(Box::new(base.clone()), field);
            let part = Expr { kind, ty: ty.clone(), span: e.span };
            self.spread(&part, split, parts, out);
        }
    }

    /// The elements of a set, the entries of a map.
    pub(super) fn elements(&mut self, place: &Place, pat: &Pat, out: &mut Vec<Goal>) {
        match (&place.shape, &pat.kind) {
            (Shape::Map { .. }, PatKind::Tuple(pats)) if pats.len() == 2 => {
                self.member(place, &pats[0], &pats[1], out);
            }
            (Shape::Map { .. }, PatKind::Wild) => self.member(place, pat, pat, out),
            (Shape::Map { .. }, _) => {
                let (key_ty, value_ty) = match &pat.ty {
                    Ty::Tuple(ts) if ts.len() == 2 => (ts[0].clone(), ts[1].clone()),
                    other => (other.clone(), other.clone()),
                };
                let (key, value) = (self.regs.fresh(), self.regs.fresh());
                self.once.add(value);
                let key_pat = var_pat(key, &key_ty, pat.span);
                let value_pat = var_pat(value, &value_ty, pat.span);
                self.member(place, &key_pat, &value_pat, out);
                let both = vec![var(key, &key_ty, pat.span), var(value, &value_ty, pat.span)];
                let kind = ExprKind::Tuple(both);
                let entry = Expr { kind, ty: pat.ty.clone(), span: pat.span };
                let pat = self.ready(pat, out);
                self.goal(GoalKind::Unify(pat, entry), out);
            }
            _ => self.member(place, pat, &open(pat), out),
        }
    }

    /// A row that `place` owns, by element or key, and value.
    pub(super) fn member(
        &mut self,
        place: &Place,
        element: &Pat,
        value: &Pat,
        out: &mut Vec<Goal>,
    ) {
        let (rel, key, inner) = match &place.shape {
            Shape::Set { rel, element, .. } => (*rel, element, None),
            Shape::Map { rel, key, value, .. } => (*rel, key, Some(value)),
            Shape::Word(_) | Shape::Tuple(..) => return,
        };
        let mut goal =
            AtomGoal { rel, row: None, span: Span::default(), args: vec![(0, place.row)] };
        let mut after = Vec::new();
        self.column(key, element, &mut goal, out, &mut after);
        if let Some(shape) = inner {
            self.column(shape, value, &mut goal, out, &mut after);
        }
        self.goal(GoalKind::Atom(goal), out);
        out.append(&mut after);
    }

    /// The place of a map's entry.
    pub(super) fn entry(&mut self, map: &Place, key: &Expr, out: &mut Vec<Goal>) -> Option<Place> {
        let Shape::Map { rel, value, .. } = &map.shape else { return None };
        let mut goal =
            AtomGoal { rel: *rel, row: None, span: Span::default(), args: vec![(0, map.row)] };
        let place = self.place(value, &mut goal);
        for (i, key) in self.leaves(key, out).into_iter().enumerate() {
            let key_reg = match key.kind {
                ExprKind::Var(v) if !self.places.contains_key(&reg(v)) => reg(v),
                _ => {
                    let own = self.regs.fresh();
                    let pat = var_pat(own, &key.ty, key.span);
                    self.goal(GoalKind::Unify(pat, key), out);
                    own
                }
            };
            goal.args.push((1 + i, key_reg));
        }
        self.goal(GoalKind::Atom(goal), out);
        Some(place)
    }
}

/// Whether a shape consists of words alone.
pub(super) fn only_words(shape: &Shape) -> bool {
    match shape {
        Shape::Word(_) => true,
        Shape::Tuple(_, parts) => parts.iter().all(only_words),
        Shape::Set { .. } | Shape::Map { .. } => false,
    }
}
