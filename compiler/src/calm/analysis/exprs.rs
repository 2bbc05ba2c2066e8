//! How expressions follow the values in them: arithmetic, comparisons, lattice
//! functions. A comparison gives a `bool` that moves from false to true where
//! what it compares moves that way. Which values there are is not known here.

use crate::calm::model::Code;
use crate::calm::model::Variance;
use crate::names::native::Grows;
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
use crate::types::typed::PatKind;
use crate::types::typed::Program;

use super::value::Flow;
use super::value::Order;
use super::value::Place;
use super::value::Val;
use super::value::order_of;
use super::value::turned;

/// Functions inside of functions that are looked into.
const CALLS_MAX: usize = 32;

/// Reads expressions.
pub(crate) struct Reader<'a> {
    pub(crate) program: &'a Program,
    /// By variable.
    pub(crate) env: Vec<Val>,
    /// Of the rule's aggregates.
    pub(crate) aggs: Vec<Val>,
    /// The place at which something turns, but for its text.
    pub(crate) place: Place,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(program: &'a Program, vars: usize, place: Place) -> Reader<'a> {
        Reader { program, env: vec![Val::Fixed; vars], aggs: Vec::new(), place, depth: 0 }
    }

    fn at(&self, e: &Expr, operator: &str, code: Code) -> Place {
        let operator = operator.to_string();
        Place { span: e.span, operator, code, ..self.place.clone() }
    }

    fn all_fixed(&self, e: &Expr) -> bool {
        let mut fixed = match &e.kind {
            ExprKind::Var(v) => self.env.get(v.index()).is_none_or(Val::is_fixed),
            ExprKind::Agg(i) => self.aggs.get(*i).is_none_or(Val::is_fixed),
            _ => true,
        };
        parts(e, &mut |part| fixed = fixed && self.all_fixed(part));
        fixed
    }

    /// What becomes of a value that is used as a whole, whatever it is.
    fn revealed(&self, e: &Expr, operator: &str) -> Val {
        let place = self.at(e, operator, Code::AggregateShown);
        let mut flows = Vec::new();
        parts(e, &mut |part| flows.extend(self.expr(part).flows()));
        Val::moves(Order::None, turned(flows, Variance::Any, &place))
    }

    pub(crate) fn expr(&self, e: &Expr) -> Val {
        use ExprKind as E;
        if self.all_fixed(e) {
            return Val::Fixed;
        }
        match &e.kind {
            E::Var(v) => self.env.get(v.index()).cloned().unwrap_or(Val::Fixed),
            E::Agg(i) => self.aggs.get(*i).cloned().unwrap_or(Val::Fixed),
            E::Tuple(es) => Val::Parts(es.iter().map(|e| self.expr(e)).collect()),
            E::Map(entries) if entries.iter().all(|(k, _)| self.all_fixed(k)) => {
                let vals = entries.iter().map(|(_, v)| self.expr(v)).collect();
                Val::Entries(Box::new(Val::join(vals, &self.at(e, "{…}", Code::LatticeRevealed))))
            }
            E::Neg(inner, _) | E::Not(inner) => match self.expr(inner) {
                Val::Moves { order, flows, .. } if order.flipped() != Order::None => {
                    Val::moves(order.flipped(), flows)
                }
                other => other.any(&self.at(e, "-", Code::AggregateShown)),
            },
            E::Logic(op, a, b) => {
                let word = if *op == Logic::And { "and" } else { "or" };
                let place = self.at(e, word, Code::ThresholdWrongWay);
                Val::join(vec![self.expr(a), self.expr(b)], &place)
            }
            E::Compare(cmp, a, b) => self.compare(e, *cmp, a, b),
            E::In(a, b) => self.member(e, a, b),
            E::Arith(op, a, b, _) => self.arith(e, *op, a, b),
            E::If(c, a, b) if self.all_fixed(c) => {
                let place = self.at(e, "if", Code::AggregateShown);
                Val::join(vec![self.expr(a), self.expr(b)], &place)
            }
            E::Match(on, arms) if self.all_fixed(on) => {
                let place = self.at(e, "match", Code::AggregateShown);
                Val::join(arms.iter().map(|(_, arm)| self.expr(arm)).collect(), &place)
            }
            E::Field(inner, i) => self.field(e, inner, *i),
            E::Index(map, key) if self.all_fixed(key) => match self.expr(map) {
                Val::Entries(of) => *of,
                Val::Moves { order: Order::Lat(Lattice::Map(_, l)), flows, .. } => {
                    Val::moves(order_of(&l), flows)
                }
                other => other.any(&self.at(e, "[…]", Code::LatticeRevealed)),
            },
            E::Call(f, args) => self.call(e, f.index(), args),
            E::Builtin(func, args) => self.builtin(e, *func, args),
            E::Native(native, args) => self.native(e, &native.growth, args),
            E::Join(lattice, a, b) => {
                let order = order_of(lattice);
                let place = self.at(e, "join", Code::LatticeRevealed);
                let mut flows = self.expr(a).along(&order, &place);
                flows.extend(self.expr(b).along(&order, &place));
                Val::moves(order, flows)
            }
            E::Leq(lattice, a, b) => {
                let order = order_of(lattice);
                let place = self.at(e, "leq", Code::ThresholdWrongWay);
                let mut flows = self.expr(b).along(&order, &place);
                let down = self.expr(a).along(&order, &place);
                flows.extend(turned(down, Variance::Minus, &place));
                Val::moves(Order::Up, flows)
            }
            E::Set(es) if es.iter().all(|e| self.all_fixed(e)) => Val::Fixed,
            _ => self.revealed(e, "value"),
        }
    }

    /// Of a comparison: plus where it becomes true and stays so.
    fn compare(&self, e: &Expr, cmp: Cmp, a: &Expr, b: &Expr) -> Val {
        let place = self.at(e, cmp.sign(), Code::ThresholdWrongWay);
        let (left, right) = (self.expr(a), self.expr(b));
        let (up, down) = match cmp {
            Cmp::Ge | Cmp::Gt => (left, right),
            Cmp::Le | Cmp::Lt => (right, left),
            Cmp::Eq | Cmp::Ne => {
                let exact = self.at(e, cmp.sign(), Code::AggregateShown);
                if let Some(val) = reached(&left, b).or_else(|| reached(&right, a)) {
                    return match cmp {
                        Cmp::Eq => val,
                        _ => Val::moves(val.order().flipped(), val.flows()),
                    };
                }
                let mut flows = left.flows();
                flows.extend(right.flows());
                return Val::moves(Order::Up, turned(flows, Variance::Any, &exact));
            }
        };
        let mut flows = up.along(&Order::Up, &place);
        flows.extend(down.along(&Order::Down, &place));
        Val::moves(Order::Up, flows)
    }

    fn member(&self, e: &Expr, a: &Expr, b: &Expr) -> Val {
        let place = self.at(e, "in", Code::LatticeRevealed);
        let of = self.expr(b);
        let grows = matches!(of.order(), Order::Lat(Lattice::Set(_) | Lattice::Map(..)))
            || matches!(of, Val::Entries(_));
        if !self.all_fixed(a) || !grows {
            return self.revealed(e, "in");
        }
        Val::moves(Order::Up, turned(of.flows(), Variance::Plus, &place))
    }

    fn arith(&self, e: &Expr, op: Arith, a: &Expr, b: &Expr) -> Val {
        let place = self.at(e, op.sign(), Code::AggregateShown);
        let (left, right) = (self.expr(a), self.expr(b));
        let mut val = match op {
            Arith::Add => Val::join(vec![left, right], &place),
            Arith::Sub => Val::join(vec![left, flip(right, &place)], &place),
            Arith::Mul if right.is_fixed() => scaled(left, sign_of(b), &place),
            Arith::Mul if left.is_fixed() => scaled(right, sign_of(a), &place),
            Arith::Mul if a.ty == Ty::Nat && b.ty == Ty::Nat => {
                Val::join(vec![left, right], &place)
            }
            Arith::Div if right.is_fixed() => scaled(left, sign_of(b), &place),
            _ => return self.revealed(e, op.sign()),
        };
        if let Val::Moves { nonneg, .. } = &mut val {
            *nonneg = e.ty == Ty::Nat;
        }
        val
    }

    fn field(&self, e: &Expr, inner: &Expr, i: usize) -> Val {
        match self.expr(inner) {
            Val::Parts(parts) => parts.into_iter().nth(i).unwrap_or(Val::Fixed),
            Val::Moves { order: Order::Lat(Lattice::Pair(l, m)), flows, .. } => {
                Val::moves(order_of(if i == 0 { &l } else { &m }), flows)
            }
            Val::Moves { order: Order::Lat(Lattice::Lex(l, _)), flows, .. } if i == 0 => {
                Val::moves(order_of(&l), flows)
            }
            Val::Moves { order: order @ (Order::Up | Order::Down), flows, .. } if i == 0 => {
                Val::moves(order, flows)
            }
            other => other.any(&self.at(e, ".", Code::LatticeRevealed)),
        }
    }

    fn call(&self, e: &Expr, f: usize, args: &[Expr]) -> Val {
        let Some(of) = self.program.fns.get(f) else { return self.revealed(e, "call") };
        if self.depth >= CALLS_MAX {
            return self.revealed(e, "call");
        }
        let mut inner = Reader::new(self.program, of.vars.len(), self.place.clone());
        inner.depth = self.depth + 1;
        for (param, arg) in of.params.iter().zip(args) {
            if let Some(slot) = inner.env.get_mut(param.index()) {
                *slot = self.expr(arg);
            }
        }
        let mut val = inner.expr(&of.body);
        // What turns inside of the function turns where it is called.
        replace_places(&mut val, e);
        val
    }

    fn builtin(&self, e: &Expr, func: Func, args: &[Expr]) -> Val {
        let types: Vec<Ty> = args.iter().map(|a| a.ty.clone()).collect();
        let grows = builtins::of(func).overload(&types).map(|o| o.grows);
        let place = self.at(e, builtins::of(func).name, Code::LatticeRevealed);
        let vals: Vec<Val> = args.iter().map(|a| self.expr(a)).collect();
        match (func, grows) {
            (Func::Min | Func::Max, _) => Val::join(vals, &place),
            (_, Some(Growth::Same)) => Val::join(vals, &place),
            (_, Some(Growth::IntoMaxNat)) => match vals.first().map(Val::order) {
                Some(Order::Lat(Lattice::Set(_) | Lattice::Map(..))) => {
                    let flows = vals.into_iter().flat_map(|v| v.flows()).collect();
                    Val::Moves { order: Order::Up, flows, nonneg: true }
                }
                _ => self.revealed(e, builtins::of(func).name),
            },
            (_, Some(Growth::IntoKeys)) => match vals.first().map(Val::order) {
                Some(Order::Lat(Lattice::Map(k, _))) => {
                    let flows = vals.into_iter().flat_map(|v| v.flows()).collect();
                    Val::moves(Order::Lat(Lattice::Set(k)), flows)
                }
                _ => self.revealed(e, builtins::of(func).name),
            },
            (Func::Difference, _) => difference(vals, &place),
            (Func::IsEmpty, _) => match vals.first().map(Val::order) {
                Some(Order::Lat(Lattice::Set(_) | Lattice::Map(..))) => {
                    Val::moves(Order::Down, vals.into_iter().flat_map(|v| v.flows()).collect())
                }
                _ => self.revealed(e, "is_empty"),
            },
            (Func::Int | Func::Float | Func::Floor | Func::Ceil | Func::Round | Func::Nat, _)
                if args.len() == 1 && matches!(args[0].ty, Ty::Int | Ty::Nat | Ty::Float) =>
            {
                vals.into_iter().next().unwrap_or(Val::Fixed)
            }
            _ => self.revealed(e, builtins::of(func).name),
        }
    }

    fn native(&self, e: &Expr, growth: &crate::names::native::Growth, args: &[Expr]) -> Val {
        let Some(result) = growth.result else { return self.revealed(e, "call") };
        let place = self.at(e, "call", Code::LatticeRevealed);
        let mut flows = Vec::new();
        for (at, arg) in args.iter().enumerate() {
            let val = self.expr(arg);
            match growth.args.get(at).copied().flatten() {
                Some(grows) => flows.extend(val.along(&order_named(grows, &arg.ty), &place)),
                None => flows.extend(turned(val.flows(), Variance::Any, &place)),
            }
        }
        Val::moves(order_named(result, &e.ty), flows)
    }

    /// What a pattern gives its variables when it is put against a value; the
    /// flows that it reveals by looking inside.
    pub(crate) fn bind(&mut self, pat: &Pat, val: Val, at: &Place) -> Vec<Flow> {
        match &pat.kind {
            PatKind::Wild => Vec::new(),
            PatKind::Var(v) => {
                if let Some(slot) = self.env.get_mut(v.index()) {
                    *slot = val;
                }
                Vec::new()
            }
            PatKind::Tuple(pats) => {
                let parts = components(&val, pats.len(), at);
                let mut out = Vec::new();
                match parts {
                    Some(parts) => {
                        for (pat, part) in pats.iter().zip(parts) {
                            out.extend(self.bind(pat, part, at));
                        }
                    }
                    None => {
                        out.extend(turned(val.flows(), Variance::Any, at));
                        for pat in pats {
                            out.extend(self.bind(pat, Val::Fixed, at));
                        }
                    }
                }
                out
            }
            PatKind::Construct(_, _, pats) => {
                pats.iter().for_each(|pat| drop(self.bind(pat, Val::Fixed, at)));
                turned(val.flows(), Variance::Any, at)
            }
            PatKind::Some(inner) => {
                self.bind(inner, Val::Fixed, at);
                turned(val.flows(), Variance::Any, at)
            }
            PatKind::None => turned(val.flows(), Variance::Any, at),
            PatKind::Expr(e) => {
                if let Some(reached) = reached(&val, e) {
                    return reached.along(&Order::Up, at);
                }
                let mut flows = val.flows();
                flows.extend(self.expr(e).flows());
                turned(flows, Variance::Any, at)
            }
        }
    }
}

/// A set without the elements of another one: it grows with the first and
/// shrinks with the second.
fn difference(vals: Vec<Val>, place: &Place) -> Val {
    let set = |val: &Val| match val.order() {
        Order::Lat(set @ Lattice::Set(_)) => Some(set),
        _ => None,
    };
    let Some(set) = vals.iter().find_map(set) else {
        let flows = vals.iter().flat_map(Val::flows).collect();
        return Val::moves(Order::None, turned(flows, Variance::Any, place));
    };
    let order = Order::Lat(set);
    let mut flows = Vec::new();
    for (at, val) in vals.iter().enumerate().filter(|(_, val)| !val.is_fixed()) {
        let sign = if at == 0 { Variance::Plus } else { Variance::Minus };
        flows.extend(turned(val.along(&order, place), sign, place));
    }
    Val::moves(order, flows)
}

/// `true` of what becomes true, `false` of what becomes false: reached and kept.
/// As a bool that moves from false to true.
fn reached(val: &Val, e: &Expr) -> Option<Val> {
    let ExprKind::Literal(Literal::Bool(value)) = e.kind else { return None };
    let Val::Moves { order, flows, .. } = val else { return None };
    match (order, value) {
        (Order::Up, true) | (Order::Down, false) => Some(Val::moves(Order::Up, flows.clone())),
        (Order::Down, true) | (Order::Up, false) => Some(Val::moves(Order::Down, flows.clone())),
        _ => None,
    }
}

fn components(val: &Val, count: usize, at: &Place) -> Option<Vec<Val>> {
    match val {
        Val::Fixed => Some(vec![Val::Fixed; count]),
        Val::Parts(parts) if parts.len() == count => Some(parts.clone()),
        Val::Moves { order: Order::Lat(Lattice::Pair(l, m)), flows, .. } if count == 2 => {
            Some(vec![
                Val::moves(order_of(l), flows.clone()),
                Val::moves(order_of(m), flows.clone()),
            ])
        }
        // Of what compares from the left only the first part moves one way.
        Val::Moves { order: Order::Lat(Lattice::Lex(l, _)), flows, .. } if count == 2 => {
            let second = Val::moves(Order::None, turned(flows.clone(), Variance::Any, at));
            Some(vec![Val::moves(order_of(l), flows.clone()), second])
        }
        Val::Moves { order: order @ (Order::Up | Order::Down), flows, .. } if count > 0 => {
            let rest = Val::moves(Order::None, turned(flows.clone(), Variance::Any, at));
            let mut parts = vec![rest; count];
            parts[0] = Val::moves(order.clone(), flows.clone());
            Some(parts)
        }
        _ => None,
    }
}

fn flip(val: Val, place: &Place) -> Val {
    match val {
        Val::Fixed => Val::Fixed,
        Val::Moves { order, flows, .. } if order.flipped() != Order::None => {
            Val::moves(order.flipped(), flows)
        }
        other => other.any(place),
    }
}

/// Times or divided by something of this sign.
fn scaled(val: Val, by: Variance, place: &Place) -> Val {
    match by {
        Variance::Plus => val,
        Variance::Minus => flip(val, place),
        Variance::Zero | Variance::Any => val.any(place),
    }
}

/// Whether a fixed number is never negative, never positive, or nobody knows.
fn sign_of(e: &Expr) -> Variance {
    match &e.kind {
        ExprKind::Literal(Literal::Int(n)) if *n < 0 => Variance::Minus,
        ExprKind::Literal(Literal::Int(_)) => Variance::Plus,
        ExprKind::Literal(Literal::Float(x)) if *x < 0.0 => Variance::Minus,
        ExprKind::Literal(Literal::Float(_)) => Variance::Plus,
        ExprKind::Literal(Literal::Duration(n)) if *n >= 0 => Variance::Plus,
        _ if e.ty == Ty::Nat => Variance::Plus,
        _ => Variance::Any,
    }
}

fn order_named(grows: Grows, ty: &Ty) -> Order {
    match grows {
        Grows::Max | Grows::Any => Order::Up,
        Grows::Min | Grows::All => Order::Down,
        Grows::Set => Order::Lat(Lattice::Set(ty.clone())),
    }
}

fn replace_places(val: &mut Val, e: &Expr) {
    match val {
        Val::Fixed => {}
        Val::Moves { flows, .. } => {
            for via in flows.iter_mut().filter_map(|flow| flow.via.as_mut()) {
                if via.span.file != e.span.file
                    || via.span.lo < e.span.lo
                    || via.span.hi > e.span.hi
                {
                    via.span = e.span;
                }
            }
        }
        Val::Parts(parts) => parts.iter_mut().for_each(|part| replace_places(part, e)),
        Val::Entries(of) => replace_places(of, e),
    }
}
