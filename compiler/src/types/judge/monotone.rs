//! How an expression behaves when values in it grow: it stays, it grows in some
//! lattice, or it could take back what it said. In the last case the growing
//! variables in it are *revealed*: the rule has to see their finished values.
//! Where variables come from is not known here.

use crate::ids::FnId;
use crate::ids::VarId;
use crate::names::native::Native;
use crate::source::Span;
use crate::types::builtins;
use crate::types::builtins::Func;
use crate::types::builtins::Growth;
use crate::types::parts::parts;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::typed::Arith;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Literal;
use crate::types::typed::Logic;
use crate::types::typed::Pat;
use crate::types::typed::Program;

use super::behaviour::Behaviour;
use super::behaviour::Way;
use super::fallible;
use super::walk;

/// A growing variable that is read in a way that needs its finished value.
#[derive(Clone, Debug)]
pub(super) struct Reveal {
    pub(super) var: VarId,
    pub(super) span: Span,
    pub(super) why: &'static str,
}

/// Reads expressions with some variables growing.
pub(super) struct Reader<'a> {
    pub(super) program: &'a Program,
    /// The lattices of the growing variables.
    pub(super) env: Vec<Option<Lattice>>,
    /// What has been revealed so far.
    pub(super) reveals: Vec<Reveal>,
    /// How the aggregates of the rule behave; where it is not said they are
    /// finished.
    pub(super) aggs: Vec<Behaviour>,
    /// A use of an aggregate that needs its finished value.
    pub(super) stuck: Option<Span>,
    calls: Vec<Called>,
}

/// What becomes of a call.
#[derive(Clone)]
struct Called {
    id: FnId,
    lattices: Vec<Option<Lattice>>,
    behaviour: Behaviour,
    /// By argument, whether it is needed finished.
    reveals: Vec<bool>,
}

const ORDINARY: &str = "is put into a value that does not grow";
const BACK: &str = "is read in a condition that may turn false again as it grows";
const ARITH: &str = "is used in arithmetic that does not grow with it";
const FUNCTION: &str = "is given to a function that does not grow with it";
const BRANCH: &str = "decides which value is taken";

impl<'a> Reader<'a> {
    pub(super) fn new(program: &'a Program, env: Vec<Option<Lattice>>) -> Reader<'a> {
        Reader {
            program,
            env,
            reveals: Vec::new(),
            aggs: Vec::new(),
            stuck: None,
            calls: Vec::new(),
        }
    }

    /// The growing variables of an expression are needed finished.
    pub(super) fn reveal(&mut self, e: &Expr, why: &'static str) -> Behaviour {
        let mut found = Vec::new();
        walk::reads(e, &mut |v, span| {
            if self.env.get(v.index()).is_some_and(Option::is_some) {
                found.push(Reveal { var: v, span, why });
            }
        });
        self.reveals.append(&mut found);
        if !self.aggs.is_empty() && aggregates(e) {
            self.stuck.get_or_insert(e.span);
        }
        Behaviour::Fixed
    }

    /// The expression must have one value.
    pub(super) fn fixed(&mut self, e: &Expr, why: &'static str) {
        if self.expr(e) != Behaviour::Fixed {
            self.reveal(e, why);
        }
    }

    /// What becomes of an expression.
    pub(super) fn expr(&mut self, e: &Expr) -> Behaviour {
        match &e.kind {
            ExprKind::Var(v) => match self.env.get(v.index()) {
                Some(Some(lattice)) => Behaviour::Grows(lattice.clone()),
                _ => Behaviour::Fixed,
            },
            ExprKind::Agg(i) => self.aggs.get(*i).cloned().unwrap_or(Behaviour::Fixed),
            ExprKind::Const(_) | ExprKind::Literal(_) | ExprKind::None => Behaviour::Fixed,
            ExprKind::Interp(_)
            | ExprKind::List(_)
            | ExprKind::Set(_)
            | ExprKind::Record(..)
            | ExprKind::Construct(..)
            | ExprKind::Some(_)
            | ExprKind::Try(_)
            | ExprKind::Range(..) => {
                parts(e, &mut |part| self.fixed(part, ORDINARY));
                Behaviour::Fixed
            }
            ExprKind::Map(entries) => self.map(e, entries),
            ExprKind::Tuple(es) => {
                let parts: Vec<_> = es.iter().map(|e| self.expr(e)).collect();
                let still = parts.iter().all(|p| *p == Behaviour::Fixed);
                if still { Behaviour::Fixed } else { Behaviour::Parts(parts) }
            }
            ExprKind::Neg(a, _) => match self.expr(a).way() {
                Some(way) => Behaviour::along(way.flip(), &e.ty),
                None => self.reveal(a, ARITH),
            },
            ExprKind::Not(a) => match self.expr(a) {
                Behaviour::Grows(Lattice::Any) => Behaviour::Grows(Lattice::All),
                Behaviour::Grows(Lattice::All) => Behaviour::Grows(Lattice::Any),
                Behaviour::Fixed => Behaviour::Fixed,
                _ => self.reveal(a, ORDINARY),
            },
            ExprKind::Logic(op, a, b) => self.logic(*op, a, b),
            ExprKind::Compare(cmp, a, b) => self.compare(*cmp, a, b),
            ExprKind::In(a, b) => self.membership(a, b),
            ExprKind::Arith(op, a, b, _) => self.arith(e, *op, a, b),
            ExprKind::If(c, t, f) => {
                self.fixed(c, BRANCH);
                let (t_way, f_way) = (self.expr(t), self.expr(f));
                t_way.join(f_way).unwrap_or_else(|| self.reveal(e, BRANCH))
            }
            ExprKind::Match(scrutinee, arms) => self.arms(e, scrutinee, arms),
            ExprKind::Field(base, i) => self.field(e, base, *i),
            ExprKind::Index(base, key) => {
                self.fixed(key, ORDINARY);
                match self.expr(base) {
                    Behaviour::Fixed => Behaviour::Fixed,
                    Behaviour::Grows(Lattice::Map(_, entry)) => Behaviour::of(*entry),
                    Behaviour::Entries(_, entry) => *entry,
                    _ => self.reveal(base, ORDINARY),
                }
            }
            ExprKind::Join(lattice, a, b) => self.joined(lattice, a, b),
            ExprKind::Leq(lattice, a, b) => self.below(lattice, a, b),
            ExprKind::Call(id, args) => self.call(*id, args),
            ExprKind::Builtin(func, args) => self.builtin(e, *func, args),
            ExprKind::Native(native, args) => self.native(e, native, args),
        }
    }

    /// An element or key that is in, stays in.
    fn membership(&mut self, element: &Expr, of: &Expr) -> Behaviour {
        self.fixed(element, ORDINARY);
        match self.expr(of) {
            Behaviour::Fixed => Behaviour::Fixed,
            Behaviour::Grows(Lattice::Set(_) | Lattice::Map(..)) => Behaviour::Grows(Lattice::Any),
            _ => self.reveal(of, ORDINARY),
        }
    }

    fn map(&mut self, e: &Expr, entries: &[(Expr, Expr)]) -> Behaviour {
        let mut joined = Some(Behaviour::Fixed);
        for (k, v) in entries {
            self.fixed(k, ORDINARY);
            let way = self.expr(v);
            joined = joined.and_then(|j| j.join(way));
        }
        match (joined.map(|j| (j.lattice(), j)), &e.ty) {
            (Some((_, Behaviour::Fixed)), _) => Behaviour::Fixed,
            (Some((Some(entry), _)), Ty::Map(k, _) | Ty::Bag(k)) => {
                Behaviour::Grows(Lattice::Map((**k).clone(), Box::new(entry)))
            }
            (Some((None, entry)), Ty::Map(k, _) | Ty::Bag(k)) => {
                Behaviour::Entries((**k).clone(), Box::new(entry))
            }
            _ => self.reveal(e, ORDINARY),
        }
    }

    fn arms(&mut self, e: &Expr, scrutinee: &Expr, arms: &[(Pat, Expr)]) -> Behaviour {
        self.fixed(scrutinee, BRANCH);
        let mut joined = Some(Behaviour::Fixed);
        for (_, arm) in arms {
            let way = self.expr(arm);
            joined = joined.and_then(|j| j.join(way));
        }
        joined.unwrap_or_else(|| self.reveal(e, BRANCH))
    }

    fn logic(&mut self, op: Logic, a: &Expr, b: &Expr) -> Behaviour {
        let (left, right) = (self.expr(a), self.expr(b));
        let grows = left != Behaviour::Fixed;
        // While the left side is not yet true the right side runs, and may fail
        // where in the end nobody would have asked it.
        if grows && op == Logic::Or && fallible::expr(self.program, b) {
            self.reveal(a, BRANCH);
            self.reveal(b, BRANCH);
            return Behaviour::Fixed;
        }
        match left.join(right) {
            Some(way @ (Behaviour::Fixed | Behaviour::Grows(Lattice::Any | Lattice::All))) => way,
            _ => {
                self.reveal(a, BACK);
                self.reveal(b, BACK)
            }
        }
    }

    fn compare(&mut self, cmp: Cmp, a: &Expr, b: &Expr) -> Behaviour {
        let (left, right) = (self.expr(a), self.expr(b));
        if left == Behaviour::Fixed && right == Behaviour::Fixed {
            return Behaviour::Fixed;
        }
        let rising = match (left.way(), right.way()) {
            (Some(l), Some(r)) => match cmp {
                Cmp::Ge | Cmp::Gt => l.with(r.flip()),
                Cmp::Le | Cmp::Lt => l.flip().with(r),
                Cmp::Eq | Cmp::Ne => None,
            },
            _ => None,
        };
        match rising {
            Some(Way::Up) => Behaviour::Grows(Lattice::Any),
            Some(Way::Down) => Behaviour::Grows(Lattice::All),
            Some(Way::Still) | None => {
                self.reveal(a, BACK);
                self.reveal(b, BACK)
            }
        }
    }

    fn arith(&mut self, e: &Expr, op: Arith, a: &Expr, b: &Expr) -> Behaviour {
        let (left, right) = (self.expr(a), self.expr(b));
        if left == Behaviour::Fixed && right == Behaviour::Fixed {
            return Behaviour::Fixed;
        }
        let way = match (left.way(), right.way()) {
            (Some(l), Some(r)) => match op {
                Arith::Add => l.with(r),
                Arith::Sub => l.with(r.flip()),
                Arith::Mul if r == Way::Still && self.not_negative(b) => Some(l),
                Arith::Mul if l == Way::Still && self.not_negative(a) => Some(r),
                Arith::Mul | Arith::Div | Arith::Rem => None,
            },
            _ => None,
        };
        match way {
            Some(way) => Behaviour::along(way, &e.ty),
            None => {
                self.reveal(a, ARITH);
                self.reveal(b, ARITH)
            }
        }
    }

    /// Whether a fixed expression is known to be at least 0.
    pub(super) fn not_negative(&self, e: &Expr) -> bool {
        match &e.kind {
            _ if e.ty == Ty::Nat => true,
            ExprKind::Literal(Literal::Int(n) | Literal::Duration(n)) => *n >= 0,
            ExprKind::Literal(Literal::Float(x)) => *x >= 0.0,
            ExprKind::Const(id) => match self.program.consts.get(id.index()) {
                Some(constant) => self.not_negative(&constant.value),
                None => false,
            },
            _ => false,
        }
    }

    fn field(&mut self, e: &Expr, base: &Expr, i: usize) -> Behaviour {
        match self.expr(base) {
            Behaviour::Fixed => Behaviour::Fixed,
            Behaviour::Grows(Lattice::Pair(l, m)) => Behaviour::of(if i == 0 { *l } else { *m }),
            Behaviour::Grows(Lattice::Lex(version, _)) if i == 0 => Behaviour::of(*version),
            // What compares from the left moves first at the left.
            Behaviour::Grows(Lattice::Max(_)) if i == 0 => Behaviour::along(Way::Up, &e.ty),
            Behaviour::Grows(Lattice::Min(_)) if i == 0 => Behaviour::along(Way::Down, &e.ty),
            Behaviour::Parts(parts) => parts.into_iter().nth(i).unwrap_or(Behaviour::Fixed),
            Behaviour::Grows(_) | Behaviour::Entries(..) => self.reveal(base, ORDINARY),
        }
    }

    /// A join grows with both sides.
    fn joined(&mut self, lattice: &Lattice, a: &Expr, b: &Expr) -> Behaviour {
        let (left, right) = (self.expr(a), self.expr(b));
        if left == Behaviour::Fixed && right == Behaviour::Fixed {
            return Behaviour::Fixed;
        }
        if left.flows_into(lattice) && right.flows_into(lattice) {
            return Behaviour::of(lattice.clone());
        }
        self.reveal(a, FUNCTION);
        self.reveal(b, FUNCTION)
    }

    /// `leq` turns true as the right side grows, and false as the left one does.
    fn below(&mut self, lattice: &Lattice, a: &Expr, b: &Expr) -> Behaviour {
        match (self.expr(a), self.expr(b)) {
            (Behaviour::Fixed, Behaviour::Fixed) => Behaviour::Fixed,
            (Behaviour::Fixed, right) if right.flows_into(lattice) => {
                Behaviour::Grows(Lattice::Any)
            }
            (left, Behaviour::Fixed) if left.flows_into(lattice) => Behaviour::Grows(Lattice::All),
            _ => {
                self.reveal(a, BACK);
                self.reveal(b, BACK)
            }
        }
    }

    /// A function behaves on growing arguments as its body does.
    fn call(&mut self, id: FnId, args: &[Expr]) -> Behaviour {
        let mut lattices: Vec<Option<Lattice>> = Vec::with_capacity(args.len());
        for arg in args {
            let behaviour = self.expr(arg);
            let lattice = behaviour.lattice();
            if behaviour != Behaviour::Fixed && lattice.is_none() {
                self.reveal(arg, FUNCTION);
            }
            lattices.push(lattice);
        }
        let called = self.called(id, lattices);
        for (arg, _) in args.iter().zip(&called.reveals).filter(|(_, reveals)| **reveals) {
            self.reveal(arg, FUNCTION);
        }
        called.behaviour
    }

    /// A function on arguments that grow so, looked at once however often it is
    /// called so.
    fn called(&mut self, id: FnId, lattices: Vec<Option<Lattice>>) -> Called {
        let before = |known: &&Called| known.id == id && known.lattices == lattices;
        if let Some(known) = self.calls.iter().find(before) {
            return known.clone();
        }
        let mut called = Called {
            id,
            reveals: vec![false; lattices.len()],
            lattices: lattices.clone(),
            behaviour: Behaviour::Fixed,
        };
        let Some(function) = self.program.fns.get(id.index()) else { return called };
        let mut lattices = lattices;
        // What is revealed inside is fixed in the next attempt.
        while lattices.iter().any(Option::is_some) {
            let mut env = vec![None; function.vars.len()];
            for (param, lattice) in function.params.iter().zip(&lattices) {
                env[param.index()] = lattice.clone();
            }
            let mut inner = Reader::new(self.program, env);
            inner.calls = std::mem::take(&mut self.calls);
            let behaviour = inner.expr(&function.body);
            self.calls = inner.calls;
            if inner.reveals.is_empty() {
                called.behaviour = behaviour;
                break;
            }
            for (i, param) in function.params.iter().enumerate() {
                if inner.reveals.iter().any(|r| r.var == *param) {
                    called.reveals[i] = true;
                    lattices[i] = None;
                }
            }
        }
        self.calls.push(called.clone());
        called
    }

    /// A function that is not written in the language behaves as declared.
    fn native(&mut self, e: &Expr, native: &Native, args: &[Expr]) -> Behaviour {
        let behaviours: Vec<Behaviour> = args.iter().map(|a| self.expr(a)).collect();
        if behaviours.iter().all(|b| *b == Behaviour::Fixed) {
            return Behaviour::Fixed;
        }
        let declared = |i: usize| native.growth.args.get(i).copied().flatten();
        let known = behaviours.iter().enumerate().all(|(i, behaviour)| {
            *behaviour == Behaviour::Fixed || declared(i).is_some_and(|g| behaviour.grows(g))
        });
        let grown = native.growth.result.filter(|_| known);
        grown.and_then(|grows| Behaviour::growing(grows, &e.ty)).unwrap_or_else(|| {
            args.iter().for_each(|a| {
                self.reveal(a, FUNCTION);
            });
            Behaviour::Fixed
        })
    }

    fn builtin(&mut self, e: &Expr, func: Func, args: &[Expr]) -> Behaviour {
        let behaviours: Vec<Behaviour> = args.iter().map(|a| self.expr(a)).collect();
        if behaviours.iter().all(|b| *b == Behaviour::Fixed) {
            return Behaviour::Fixed;
        }
        let tys: Vec<Ty> = args.iter().map(|a| a.ty.clone()).collect();
        let growth = builtins::of(func).overload(&tys).map_or(Growth::Reveals, |o| o.grows);
        let into = match (growth, behaviours.as_slice()) {
            (Growth::Same, _) => {
                let joined = behaviours.into_iter().try_fold(Behaviour::Fixed, Behaviour::join);
                joined.filter(|j| match func {
                    Func::Min | Func::Max | Func::MinOf | Func::MaxOf => j.way().is_some(),
                    _ => match j {
                        Behaviour::Grows(Lattice::Set(_)) => true,
                        Behaviour::Grows(Lattice::Map(..)) => matches!(e.ty, Ty::Bag(_)),
                        _ => false,
                    },
                })
            }
            (Growth::IntoMaxNat, [Behaviour::Grows(Lattice::Set(_) | Lattice::Map(..))]) => {
                Some(Behaviour::along(Way::Up, &e.ty))
            }
            (Growth::IntoKeys, [Behaviour::Grows(Lattice::Map(k, _))]) => {
                Some(Behaviour::Grows(Lattice::Set(k.clone())))
            }
            _ => None,
        };
        into.unwrap_or_else(|| {
            args.iter().for_each(|a| {
                self.reveal(a, FUNCTION);
            });
            Behaviour::Fixed
        })
    }
}

/// Whether an aggregate stands in an expression.
pub(super) fn aggregates(e: &Expr) -> bool {
    let mut found = matches!(e.kind, ExprKind::Agg(_));
    parts(e, &mut |part| found = found || aggregates(part));
    found
}
