//! Literals to goals: columns become physical, patterns in atoms become
//! unifications, and collections are read through their hidden relations.
//! This room must not know in which order goals run.
//!
//! In the strict form (audits) nothing is read through hidden relations:
//! every expression stays whole, because the order of its parts decides which
//! failure is met.

use crate::ids::VarId;
use crate::plan::alternatives::Simple;
use crate::plan::alternatives::SimpleKind;
use crate::plan::alternatives::pattern_uses;
use crate::plan::elements::only_words;
use crate::plan::fallible;
use crate::plan::goals::AtomGoal;
use crate::plan::goals::Goal;
use crate::plan::goals::GoalKind;
use crate::plan::goals::Place;
use crate::plan::goals::Places;
use crate::plan::goals::Regs;
use crate::plan::goals::Vars;
use crate::plan::goals::reg;
use crate::plan::ir::Reg;
use crate::plan::ir::Rel;
use crate::plan::ir::Shape;
use crate::plan::layout;
use crate::source::Span;
use crate::types::builtins::Func;
use crate::types::parts::parts_mut;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Logic;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;

/// Turns the literals of one alternative into goals.
pub struct Normal<'c> {
    /// The program, to know what can fail.
    pub program: &'c typed::Program,
    /// Relations.
    pub rels: &'c [Rel],
    /// Where helper variables come from.
    pub regs: &'c mut Regs,
    /// Collections by variable.
    pub places: Places,
    /// Whether every expression stays whole.
    pub strict: bool,
    /// Variables that one pattern mentions, and only once.
    pub(super) once: Vars,
    late: bool,
    /// Whether what stands before in a head can fail.
    failing: bool,
}

impl<'c> Normal<'c> {
    /// For an alternative.
    pub fn new(
        program: &'c typed::Program,
        rels: &'c [Rel],
        regs: &'c mut Regs,
        strict: bool,
        lits: &[Simple],
    ) -> Normal<'c> {
        let (mut once, mut twice) = (Vars::default(), Vars::default());
        pattern_uses(lits, &mut |var| match once.has(reg(var)) {
            true => twice.add(reg(var)),
            false => once.add(reg(var)),
        });
        let mut single = Vars::default();
        pattern_uses(lits, &mut |var| {
            if !twice.has(reg(var)) {
                single.add(reg(var));
            }
        });
        Normal {
            program,
            rels,
            regs,
            places: Places::new(),
            strict,
            once: single,
            late: false,
            failing: false,
        }
    }

    /// The body is over: what is read from now on comes after all of it.
    pub fn head(&mut self) {
        self.late = true;
    }

    /// An argument of the head is done with. Behind one that can fail, no
    /// look-up may cut the match first.
    pub fn passed(&mut self, e: &Expr) {
        self.failing |= fallible::expr(e, self.program);
    }

    /// The goals of a conjunction, in the order of its literals.
    pub fn conjunction(&mut self, lits: &[Simple]) -> Vec<Goal> {
        let mut out = Vec::new();
        for lit in lits {
            self.late = lit.late;
            match &lit.kind {
                SimpleKind::Atom(atom) => self.atom(atom, &mut out),
                SimpleKind::Absent(inner) => {
                    let goals = self.conjunction(inner);
                    self.late = lit.late;
                    self.goal(GoalKind::Absent(goals), &mut out);
                }
                SimpleKind::Cond(e) => self.cond(e, &mut out),
                SimpleKind::Bind(p, e) => self.bind(p, e, &mut out),
                SimpleKind::In(p, e) => self.each(p, e, &mut out),
            }
        }
        out
    }

    pub(super) fn goal(&mut self, kind: GoalKind, out: &mut Vec<Goal>) {
        out.push(Goal { kind, late: self.late });
    }

    fn atom(&mut self, atom: &Atom, out: &mut Vec<Goal>) {
        let mut goal = AtomGoal { rel: atom.rel, row: None, span: atom.span, args: Vec::new() };
        let mut after = Vec::new();
        let rels = self.rels;
        for (declared, pat) in rels[atom.rel.index()].declared.iter().zip(&atom.args) {
            // What an argument asks for is computed before any row is seen.
            self.column(&declared.shape, pat, &mut goal, out, &mut after);
        }
        self.goal(GoalKind::Atom(goal), out);
        out.append(&mut after);
    }

    /// Binds a column's value to a pattern.
    pub(super) fn column(
        &mut self,
        shape: &Shape,
        pat: &Pat,
        goal: &mut AtomGoal,
        before: &mut Vec<Goal>,
        after: &mut Vec<Goal>,
    ) {
        match (shape, &pat.kind) {
            (_, PatKind::Wild) => {}
            (Shape::Word(col), PatKind::Var(var)) => goal.args.push((*col, reg(*var))),
            (Shape::Word(col), kind) => {
                let own = self.regs.fresh();
                goal.args.push((*col, own));
                match kind {
                    PatKind::Expr(e) => self.wanted(own, e, before),
                    _ => {
                        let pat = self.ready(pat, before);
                        let value = var(own, &pat.ty, pat.span);
                        self.goal(GoalKind::Unify(pat, value), after);
                    }
                }
            }
            (Shape::Tuple(_, parts), PatKind::Tuple(pats)) if pats.len() == parts.len() => {
                for (part, pat) in parts.iter().zip(pats) {
                    self.column(part, pat, goal, before, after);
                }
            }
            (Shape::Tuple(..), PatKind::Expr(e)) if only_words(shape) => {
                let wanted = self.words(e, shape, before);
                let mut cols = Vec::new();
                layout::words(self.rels, shape, &mut cols);
                for (col, e) in cols.into_iter().zip(&wanted) {
                    let own = self.regs.fresh();
                    goal.args.push((col, own));
                    let pat = var_pat(own, &e.ty, e.span);
                    self.goal(GoalKind::Unify(pat, e.clone()), before);
                }
            }
            (Shape::Tuple(..), PatKind::Var(v)) if only_words(shape) && !self.once.has(reg(*v)) => {
                // Either side may come first: the columns, or the value.
                let parts = self.spread_pattern(shape, &pat.ty, pat.span, goal);
                let value = var(reg(*v), &pat.ty, pat.span);
                self.goal(GoalKind::Unify(parts, value), after);
            }
            (_, PatKind::Var(v)) if self.once.has(reg(*v)) => {
                let place = self.place(shape, goal);
                self.places.insert(reg(*v), place);
            }
            (_, _) => {
                let own = self.regs.fresh();
                let place = self.place(shape, goal);
                self.places.insert(own, place);
                let pat = self.ready(pat, before);
                let value = var(own, &pat.ty, pat.span);
                self.goal(GoalKind::Unify(pat, value), after);
            }
        }
    }

    /// Computes what a pattern asks for.
    fn wanted(&mut self, own: Reg, e: &Expr, before: &mut Vec<Goal>) {
        let pat = var_pat(own, &e.ty, e.span);
        let e = self.lift(e, true, before);
        self.goal(GoalKind::Unify(pat, e), before);
    }

    /// A pattern whose expressions were computed before any value is seen.
    pub(super) fn ready(&mut self, pat: &Pat, before: &mut Vec<Goal>) -> Pat {
        let mut copy = pat.clone();
        match &mut copy.kind {
            PatKind::Expr(e) => {
                let own = self.regs.fresh();
                self.wanted(own, e, before);
                return var_pat(own, &pat.ty, pat.span);
            }
            PatKind::Tuple(pats) | PatKind::Construct(_, _, pats) => {
                pats.iter_mut().for_each(|p| *p = self.ready(p, before));
            }
            PatKind::Some(inner) => **inner = self.ready(inner, before),
            PatKind::Wild | PatKind::None | PatKind::Var(_) => {}
        }
        copy
    }

    /// Makes an atom bind what a place needs.
    pub(super) fn place(&mut self, shape: &Shape, goal: &mut AtomGoal) -> Place {
        let row = *goal.row.get_or_insert_with(|| self.regs.fresh());
        let mut cols = Vec::new();
        layout::words(self.rels, shape, &mut cols);
        let words: Vec<(usize, Reg)> = cols.iter().map(|c| (*c, self.regs.fresh())).collect();
        goal.args.extend(&words);
        Place { row, shape: shape.clone(), words }
    }

    fn cond(&mut self, e: &Expr, out: &mut Vec<Goal>) {
        if self.strict {
            return self.goal(GoalKind::Test(e.clone()), out);
        }
        match &e.kind {
            ExprKind::Logic(Logic::And, a, b) => {
                self.cond(a, out);
                self.cond(b, out);
            }
            ExprKind::In(element, of) if self.is_place(of, true) => {
                let pat = Pat {
                    kind: PatKind::Expr((**element).clone()),
                    ty: element.ty.clone(),
                    span: element.span,
                };
                match self.place_of(of, out) {
                    Some(place) => self.member(&place, &pat, &open(&pat), out),
                    None => self.goal(GoalKind::Test(e.clone()), out),
                }
            }
            _ => {
                let e = self.lift(e, true, out);
                self.goal(GoalKind::Test(e), out);
            }
        }
    }

    fn bind(&mut self, pat: &Pat, e: &Expr, out: &mut Vec<Goal>) {
        if !self.strict
            && let PatKind::Tuple(pats) = &pat.kind
            && self.is_place(e, true)
            && let Some(place) = self.place_of(e, out)
            && let Shape::Tuple(_, parts) = &place.shape
            && pats.len() == parts.len()
        {
            for (part, pat) in parts.iter().zip(pats) {
                self.part(&place.part(part), pat, out);
            }
            return;
        }
        let pat = self.ready(pat, out);
        let e = self.lift(e, true, out);
        self.goal(GoalKind::Unify(pat, e), out);
    }

    /// Matches a part of a row that is already there.
    fn part(&mut self, place: &Place, pat: &Pat, out: &mut Vec<Goal>) {
        match (&place.shape, &pat.kind) {
            (_, PatKind::Wild) => {}
            (Shape::Tuple(_, parts), PatKind::Tuple(pats)) if pats.len() == parts.len() => {
                for (part, pat) in parts.iter().zip(pats) {
                    self.part(&place.part(part), pat, out);
                }
            }
            (Shape::Set { .. } | Shape::Map { .. } | Shape::Tuple(..), PatKind::Var(v))
                if self.once.has(reg(*v)) =>
            {
                self.places.insert(reg(*v), place.clone());
            }
            _ => {
                let pat = self.ready(pat, out);
                let value = self.value(place, &pat.ty, pat.span);
                self.goal(GoalKind::Unify(pat, value), out);
            }
        }
    }

    fn each(&mut self, pat: &Pat, e: &Expr, out: &mut Vec<Goal>) {
        if !self.strict {
            let of = match &e.kind {
                ExprKind::Builtin(Func::Keys, args) => args.first().filter(|m| is_map(&m.ty)),
                _ => None,
            };
            if let Some(map) = of
                && self.is_place(map, true)
                && let Some(place) = self.place_of(map, out)
            {
                return self.member(&place, pat, &open(pat), out);
            }
            if self.is_place(e, true)
                && let Some(place) = self.place_of(e, out)
            {
                return self.elements(&place, pat, out);
            }
        }
        let pat = self.ready(pat, out);
        let e = self.lift(e, true, out);
        self.goal(GoalKind::Each(pat, e), out);
    }

    /// Whether an expression is found in rows; `sure` where it is evaluated
    /// in every match, so that a missing entry cuts the match.
    pub fn is_place(&self, e: &Expr, sure: bool) -> bool {
        if self.strict {
            return false;
        }
        match &e.kind {
            ExprKind::Var(v) => self.places.contains_key(&reg(*v)),
            ExprKind::Field(inner, _) => self.is_place(inner, sure) && self.shape_is_tuple(inner),
            ExprKind::Index(map, _) => {
                sure && !self.failing && self.is_place(map, sure) && is_map(&map.ty)
            }
            _ => false,
        }
    }

    /// Whether an expression is a set that is found in rows.
    pub fn is_set(&self, e: &Expr) -> bool {
        !self.failing
            && self.is_place(e, true)
            && self.shape(e).is_some_and(|s| matches!(s, Shape::Set { .. }))
    }

    fn shape_is_tuple(&self, e: &Expr) -> bool {
        self.shape(e).is_some_and(|shape| matches!(shape, Shape::Tuple(..)))
    }

    fn shape(&self, e: &Expr) -> Option<&Shape> {
        match &e.kind {
            ExprKind::Var(v) => self.places.get(&reg(*v)).map(|place| &place.shape),
            ExprKind::Field(inner, field) => match self.shape(inner)? {
                Shape::Tuple(_, parts) => parts.get(*field),
                _ => None,
            },
            ExprKind::Index(map, _) => match self.shape(map)? {
                Shape::Map { value, .. } => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    /// The place of an expression for which [`Normal::is_place`] holds.
    pub fn place_of(&mut self, e: &Expr, out: &mut Vec<Goal>) -> Option<Place> {
        match &e.kind {
            ExprKind::Var(v) => self.places.get(&reg(*v)).cloned(),
            ExprKind::Field(inner, field) => {
                let place = self.place_of(inner, out)?;
                match &place.shape {
                    Shape::Tuple(_, parts) => parts.get(*field).map(|part| place.part(part)),
                    _ => None,
                }
            }
            ExprKind::Index(map, key) => {
                let map = self.place_of(map, out)?;
                self.entry(&map, key, out)
            }
            _ => None,
        }
    }

    /// An expression for what stands at a place.
    pub fn value(&mut self, place: &Place, ty: &Ty, span: Span) -> Expr {
        if let Shape::Word(col) = place.shape {
            return var(place.word(col), ty, span);
        }
        let own = self.regs.fresh();
        self.places.insert(own, place.clone());
        var(own, ty, span)
    }

    /// Replaces reads of collections inside an expression by helper variables.
    pub fn lift(&mut self, e: &Expr, sure: bool, out: &mut Vec<Goal>) -> Expr {
        if self.strict || self.places.is_empty() {
            return e.clone();
        }
        if let ExprKind::Builtin(Func::Size, args) = &e.kind
            && let [of] = args.as_slice()
            // A bag counts its elements with their multiplicity.
            && !matches!(of.ty, Ty::Bag(_))
            && self.is_place(of, sure)
            && let Some(place) = self.place_of(of, out)
            && let Shape::Set { rel, .. } | Shape::Map { rel, .. } = place.shape
        {
            let col = layout::count_col(self.rels, rel);
            return var(place.word(col), &e.ty, e.span);
        }
        if !matches!(e.kind, ExprKind::Var(_))
            && self.is_place(e, sure)
            && let Some(place) = self.place_of(e, out)
        {
            return self.value(&place, &e.ty, e.span);
        }
        let mut copy = e.clone();
        self.lift_parts(&mut copy, sure, out);
        copy
    }

    fn lift_parts(&mut self, e: &mut Expr, sure: bool, out: &mut Vec<Goal>) {
        // Only the first part of these is always evaluated.
        let partial =
            matches!(e.kind, ExprKind::Logic(..) | ExprKind::If(..) | ExprKind::Match(..));
        let mut sure = sure;
        let in_place = match &e.kind {
            ExprKind::In(_, of) => matches!(of.kind, ExprKind::Var(_)) && self.is_place(of, false),
            _ => false,
        };
        let program = self.program;
        parts_mut(e, &mut |part| {
            if !(in_place && matches!(part.kind, ExprKind::Var(_))) {
                *part = self.lift(part, sure, out);
            }
            // A look-up that cut first would hide that a part before it fails.
            sure &= !partial && !fallible::expr(part, program);
        });
    }
}

/// An open pattern in the place of another.
pub(super) fn open(like: &Pat) -> Pat {
    Pat { kind: PatKind::Wild, ty: like.ty.clone(), span: like.span }
}

fn is_map(ty: &Ty) -> bool {
    matches!(ty, Ty::Map(..) | Ty::Bag(_))
}

/// An expression for a variable.
pub fn var(own: Reg, ty: &Ty, span: Span) -> Expr {
    Expr { kind: ExprKind::Var(VarId(u32::from(own))), ty: ty.clone(), span }
}

/// A pattern for a variable.
pub fn var_pat(own: Reg, ty: &Ty, span: Span) -> Pat {
    Pat { kind: PatKind::Var(VarId(u32::from(own))), ty: ty.clone(), span }
}
