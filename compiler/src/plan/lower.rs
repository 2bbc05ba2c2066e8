//! Goals in an order to steps. This room must not know how the order was
//! found.

use crate::ids::RelId;
use crate::plan::context::Shared;
use crate::plan::goals::AtomGoal;
use crate::plan::goals::Goal;
use crate::plan::goals::GoalKind;
use crate::plan::goals::Place;
use crate::plan::goals::Places;
use crate::plan::goals::Regs;
use crate::plan::goals::Vars;
use crate::plan::goals::reg;
use crate::plan::ir::Bind;
use crate::plan::ir::Check;
use crate::plan::ir::Code;
use crate::plan::ir::Op;
use crate::plan::ir::ROW_ID;
use crate::plan::ir::Reg;
use crate::plan::ir::Shape;
use crate::plan::ir::Step;
use crate::plan::ir::Window;
use crate::plan::patterns::built;
use crate::plan::scalar::Coder;
use crate::plan::scalar::Prelude;
use crate::plan::scalar::closed;
use crate::source::Span;
use crate::types::parts::parts;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;

/// Writes the steps of one variant.
pub struct Lower<'c, 'p> {
    /// Relations, types, constants.
    pub shared: &'c mut Shared<'p>,
    /// Where temporaries come from.
    pub regs: &'c mut Regs,
    /// Collections by variable.
    pub places: &'c Places,
    /// What runs once, before the first row.
    pub prelude: &'c mut Prelude,
    /// Written so far.
    pub steps: Vec<Step>,
    /// Variables with values.
    pub bound: Vars,
    /// Collections that were put into their variable's register as a word.
    pub words: Vars,
    /// Every value is a word and every variable is bound.
    pub strict: bool,
    /// Every combination of rows counts.
    pub multiple: bool,
}

/// The register of an expression that is nothing but a variable.
fn variable(e: &Expr, places: &Places) -> Option<Reg> {
    match e.kind {
        ExprKind::Var(v) if !places.contains_key(&reg(v)) => Some(reg(v)),
        _ => None,
    }
}

impl<'p> Lower<'_, 'p> {
    /// Writes goals in an order; `wanted` is needed after the last one.
    pub fn goals(
        &mut self,
        goals: &[Goal],
        order: &[usize],
        delta: Option<(usize, Window)>,
        wanted: &Vars,
    ) {
        let later = self.later(goals, order, wanted);
        for (index, after) in order.iter().zip(&later) {
            let window = delta.filter(|(of, _)| of == index).map(|(_, window)| window);
            self.goal(&goals[*index], after, window);
        }
    }

    /// For each goal of an order: what those after it mention.
    pub(super) fn later(&self, goals: &[Goal], order: &[usize], wanted: &Vars) -> Vec<Vars> {
        let mut later = vec![wanted.clone()];
        for index in order.iter().skip(1).rev() {
            let mut needs = later.last().cloned().unwrap_or_default();
            goals[*index].mentions(self.places, &mut needs);
            later.push(needs);
        }
        later.reverse();
        later
    }

    /// Writes one goal, whose row, where it has a window, is one of that.
    pub(super) fn goal(&mut self, goal: &Goal, later: &Vars, window: Option<Window>) {
        match &goal.kind {
            GoalKind::Atom(atom) => self.atom(atom, later, window),
            GoalKind::Meet(meet) => self.meet(meet),
            GoalKind::Absent(goals) => self.absent(goals),
            GoalKind::Test(e) => self.test(e),
            GoalKind::Unify(p, e) => self.unify(p, e, later),
            GoalKind::Each(p, e) => self.each(p, e, later),
        }
    }

    /// Appends code; code that follows code becomes one step.
    pub fn push_code(&mut self, code: Code) {
        if code.ops.is_empty() {
            return;
        }
        match self.steps.last_mut() {
            // In the strict order a step has at most one failure to tell, and
            // what was bound before it is told too.
            Some(Step::Eval(before)) if !self.strict => append(before, code),
            _ => self.steps.push(Step::Eval(code)),
        }
    }

    /// A writer of code that knows the variables of this place.
    pub fn coder(&mut self) -> Coder<'_, 'p> {
        Coder {
            shared: self.shared,
            regs: self.regs,
            prelude: Some(self.prelude),
            places: self.places,
            aggs: &[],
            slots: &[],
            bound: self.bound.clone(),
            code: Code::default(),
        }
    }

    /// A register that holds the value of an expression.
    pub fn eval(&mut self, e: &Expr) -> Reg {
        self.ensure(e);
        let mut coder = self.coder();
        let value = coder.expr(e);
        let code = coder.code;
        self.push_code(code);
        value
    }

    /// Puts the value of an expression into a register that nothing else in
    /// the variant writes.
    pub fn eval_into(&mut self, e: &Expr, d: Reg) {
        self.ensure(e);
        let mut coder = self.coder();
        if !coder.hoist(e, d) {
            coder.put(e, d);
        }
        let code = coder.code;
        self.push_code(code);
    }

    /// Collects what an expression needs as a word.
    pub fn ensure(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Var(v) => self.word(reg(*v)),
            ExprKind::In(element, of) if self.owned(of) => self.ensure(element),
            _ => parts(e, &mut |part| self.ensure(part)),
        }
    }

    /// Whether an element can be asked for without building the collection.
    fn owned(&self, of: &Expr) -> bool {
        let ExprKind::Var(v) = of.kind else { return false };
        let shape = self.places.get(&reg(v)).map(|place| &place.shape);
        matches!(shape, Some(Shape::Set { .. } | Shape::Map { .. }))
    }

    /// Puts a collection into its variable's register.
    pub fn word(&mut self, own: Reg) {
        let places = self.places;
        let Some(place) = places.get(&own) else { return };
        if !self.words.has(own) {
            self.words.add(own);
            self.collect(place, &place.shape, Some(own));
        }
    }

    fn collect(&mut self, place: &Place, shape: &Shape, to: Option<Reg>) -> Reg {
        match shape {
            Shape::Word(col) => {
                let from = place.word(*col);
                if let Some(to) = to {
                    self.push_code(one(Op::Move { d: to, a: from }));
                }
                to.unwrap_or(from)
            }
            Shape::Tuple(_, parts) => {
                let of = parts.iter().map(|part| self.collect(place, part, None)).collect();
                let to = to.unwrap_or_else(|| self.regs.fresh());
                self.push_code(one(Op::Words { d: to, of }));
                to
            }
            Shape::Set { .. } | Shape::Map { .. } => {
                let to = to.unwrap_or_else(|| self.regs.fresh());
                self.steps.push(Step::Collect { row: place.row, shape: shape.clone(), to });
                to
            }
        }
    }

    fn atom(&mut self, atom: &AtomGoal, later: &Vars, window: Option<Window>) {
        let rel = atom.rel;
        let (mut given, mut checks, mut binds) = (Vec::new(), Vec::new(), Vec::new());
        let mut seen: Vec<(usize, Reg)> = Vec::new();
        for (col, var) in &atom.args {
            if self.bound.has(*var) {
                given.push((*col, *var));
            } else if let Some((first, _)) = seen.iter().find(|(_, v)| v == var) {
                checks.push(Check::Cols(*first as u16, *col as u16));
            } else {
                seen.push((*col, *var));
                if self.strict || later.has(*var) {
                    binds.push(Bind { col: *col as u16, reg: *var });
                }
            }
        }
        let fetched = atom.row.filter(|row| self.bound.has(*row));
        if let Some(row) = atom.row
            && fetched.is_none()
            && (self.strict || later.has(row))
        {
            binds.push(Bind { col: ROW_ID, reg: row });
        }
        given.sort_unstable();
        let step = self.access(rel, given, checks, binds.clone(), window, fetched);
        self.steps.push(step);
        binds.iter().for_each(|bind| self.bound.add(bind.reg));
        if self.strict {
            let places = self.places;
            let here = places.iter().filter(|(_, place)| Some(place.row) == atom.row);
            here.for_each(|(own, _)| self.word(*own));
        }
    }

    fn access(
        &mut self,
        rel: RelId,
        given: Vec<(usize, Reg)>,
        mut checks: Vec<Check>,
        binds: Vec<Bind>,
        window: Option<Window>,
        fetched: Option<Reg>,
    ) -> Step {
        let check = |(col, var): &(usize, Reg)| Check::Reg(*col as u16, *var);
        if let Some(window) = window {
            checks.extend(given.iter().map(check));
            return Step::Scan { rel, window, checks, binds };
        }
        if let Some(row) = fetched {
            checks.extend(given.iter().map(check));
            return Step::Fetch { rel, row, checks, binds };
        }
        let ordinary = self.shared.ordinary(rel);
        let of = &self.shared.rels[rel.index()];
        let keyed = (0..of.keys).all(|key| given.iter().any(|(col, _)| *col == key));
        if keyed && !of.cols.is_empty() {
            let (key, rest): (Vec<_>, Vec<_>) = given.into_iter().partition(|(c, _)| *c < of.keys);
            checks.extend(rest.iter().map(check));
            return Step::Find { rel, key: key.iter().map(|(_, v)| *v).collect(), checks, binds };
        }
        let (indexed, rest): (Vec<_>, Vec<_>) = given.into_iter().partition(|(c, _)| *c < ordinary);
        checks.extend(rest.iter().map(check));
        let only_asked = binds.is_empty() && checks.is_empty() && !self.multiple;
        if indexed.is_empty() {
            return match only_asked {
                true => Step::Any { rel },
                false => Step::Scan { rel, window: Window::All, checks, binds },
            };
        }
        let cols: Vec<usize> = indexed.iter().map(|(col, _)| *col).collect();
        let key: Vec<Reg> = indexed.iter().map(|(_, var)| *var).collect();
        let index = self.shared.index(rel, &cols);
        match only_asked {
            true => Step::Semi { rel, index, key },
            false => Step::Probe { rel, index, key, checks, binds },
        }
    }

    pub(super) fn test(&mut self, e: &Expr) {
        if let ExprKind::Compare(Cmp::Eq, a, b) = &e.kind
            && let (Some(a), Some(b)) = (variable(a, self.places), variable(b, self.places))
        {
            return self.steps.push(Step::Equal { a, b });
        }
        self.ensure(e);
        let mut coder = self.coder();
        let holds = coder.expr(e);
        let code = coder.code;
        match self.steps.last_mut() {
            Some(Step::Eval(before)) if !self.strict => {
                let mut whole = std::mem::take(before);
                self.steps.pop();
                append(&mut whole, code);
                self.steps.push(Step::Test(whole, holds));
            }
            _ => self.steps.push(Step::Test(code, holds)),
        }
    }

    pub(super) fn unify(&mut self, pat: &Pat, e: &Expr, later: &Vars) {
        let backwards = variable(e, self.places).filter(|v| !self.bound.has(*v));
        if let Some(target) = backwards {
            if let Some(value) = built(pat) {
                self.eval_into(&value, target);
                self.bound.add(target);
            }
            return;
        }
        match &pat.kind {
            PatKind::Var(v) if !self.bound.has(reg(*v)) => {
                let needed = self.strict || later.has(reg(*v));
                if needed || !closed(e, self.shared.program) {
                    self.eval_into(e, reg(*v));
                    self.bound.add(reg(*v));
                }
            }
            PatKind::Var(v) => {
                let b = self.eval(e);
                self.steps.push(Step::Equal { a: reg(*v), b });
            }
            _ => {
                let value = self.eval(e);
                self.fit(pat, value);
            }
        }
    }

    /// Takes a value apart, or cuts where it does not fit.
    pub(super) fn fit(&mut self, pat: &Pat, value: Reg) {
        let mut coder = self.coder();
        let mut misfits = Vec::new();
        coder.pattern(pat, value, &mut misfits);
        if !misfits.is_empty() {
            let end = coder.jump(Op::Jump { to: 0 }, pat.span);
            coder.land(&misfits);
            coder.push(Op::NoRow, pat.span);
            coder.land(&[end]);
        }
        let (code, bound) = (coder.code, coder.bound);
        self.bound = bound;
        self.push_code(code);
    }
}

/// Code of one operation that cannot fail.
pub fn one(op: Op) -> Code {
    Code { ops: vec![op], spans: vec![Span::default()], regs: 0, result: 0 }
}

/// Code after code: jumps lead to where their targets now are.
fn append(code: &mut Code, more: Code) {
    let offset = code.ops.len() as u32;
    for mut op in more.ops {
        if let Op::Jump { to } | Op::JumpIf { to, .. } | Op::JumpIfNot { to, .. } = &mut op {
            *to += offset;
        }
        code.ops.push(op);
    }
    code.spans.extend(more.spans);
}
