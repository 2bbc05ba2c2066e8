//! Small questions about expressions and bodies: which variables stand in them,
//! what can be told from a value, what an `else` gives. Nothing is judged here.

use crate::calm::model::Variance;
use crate::ids::VarId;
use crate::types::builtins::Func;
use crate::types::judge::reads;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::typed::Arith;
use crate::types::typed::Cmp;
use crate::types::typed::Const;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Literal;
use crate::types::typed::Part;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

use super::value::Flow;
use super::value::Node;
use super::value::Order;
use super::value::Val;
use super::walk::Moving;

/// Calls `f` with every variable of a body, as often as it stands there.
pub(crate) fn vars_of(lits: &[Lit], f: &mut dyn FnMut(VarId)) {
    for lit in lits {
        match &lit.kind {
            LitKind::Atom(atom) => atom.args.iter().for_each(|p| pat_vars(p, f)),
            LitKind::Not(lits) => vars_of(lits, f),
            LitKind::Cond(e) => reads(e, &mut |v, _| f(v)),
            LitKind::Bind(p, e) | LitKind::In(p, e) => {
                pat_vars(p, f);
                reads(e, &mut |v, _| f(v));
            }
            LitKind::Or(branches) => branches.iter().for_each(|lits| vars_of(lits, f)),
            LitKind::Else { atom, otherwise, .. } => {
                atom.args.iter().for_each(|p| pat_vars(p, f));
                vars_of(otherwise, f);
            }
            LitKind::All { range, lits, .. } => {
                reads(range, &mut |v, _| f(v));
                vars_of(lits, f);
            }
        }
    }
}

pub(crate) fn pat_vars(pat: &Pat, f: &mut dyn FnMut(VarId)) {
    match &pat.kind {
        PatKind::Var(v) => f(*v),
        PatKind::Expr(e) => reads(e, &mut |v, _| f(v)),
        PatKind::Tuple(pats) | PatKind::Construct(_, _, pats) => {
            pats.iter().for_each(|p| pat_vars(p, f));
        }
        PatKind::Some(p) => pat_vars(p, f),
        PatKind::Wild | PatKind::None => {}
    }
}

/// The variables that can be told from the value of an expression.
pub(crate) fn told(e: &Expr, out: &mut Vec<VarId>) {
    match &e.kind {
        ExprKind::Var(v) => out.push(*v),
        ExprKind::Tuple(es)
        | ExprKind::List(es)
        | ExprKind::Record(_, es)
        | ExprKind::Construct(_, _, es) => es.iter().for_each(|e| told(e, out)),
        ExprKind::Some(e) | ExprKind::Neg(e, _) => told(e, out),
        ExprKind::Arith(Arith::Add | Arith::Sub, a, b, _) if e.ty != Ty::Float => {
            match (&a.kind, &b.kind) {
                (_, ExprKind::Literal(_) | ExprKind::Const(_)) => told(a, out),
                (ExprKind::Literal(_) | ExprKind::Const(_), _) => told(b, out),
                _ => {}
            }
        }
        ExprKind::Arith(Arith::Mul, a, b, _) if e.ty != Ty::Float => {
            let scales = |e: &Expr| matches!(e.kind, ExprKind::Literal(Literal::Int(n)) if n != 0);
            match (scales(a), scales(b)) {
                (_, true) => told(a, out),
                (true, _) => told(b, out),
                _ => {}
            }
        }
        // One value in a text stands between texts that are always the same.
        ExprKind::Interp(parts) => {
            let mut values = parts.iter().filter_map(|part| match part {
                Part::Expr(e) => Some(e),
                Part::Text(_) => None,
            });
            if let (Some(e), None) = (values.next(), values.next()) {
                told(e, out);
            }
        }
        ExprKind::Builtin(Func::Str | Func::Hex | Func::Reverse | Func::UuidOf, args) => {
            args.iter().for_each(|e| told(e, out));
        }
        _ => {}
    }
}

/// Whether a value that merges is the least there is, and so changes nothing.
pub(crate) fn least(role: &Role, e: &Expr) -> bool {
    match (role, &e.kind) {
        (Role::Cell(Lattice::Any), ExprKind::Literal(Literal::Bool(false))) => true,
        (Role::Cell(Lattice::All), ExprKind::Literal(Literal::Bool(true))) => true,
        (Role::Cell(Lattice::Set(_)), ExprKind::Set(es)) => es.is_empty(),
        (Role::Cell(Lattice::Map(..)), ExprKind::Map(es)) => es.is_empty(),
        _ => false,
    }
}

/// Whether a value is never negative, by its type or by a condition beside it.
pub(crate) fn not_below_zero(lits: &[Lit], e: &Expr) -> bool {
    let limit = |e: &Expr| matches!(e.kind, ExprKind::Literal(Literal::Int(n)) if n >= 0);
    let same = |a: &Expr| match (&a.kind, &e.kind) {
        (ExprKind::Var(a), ExprKind::Var(b)) => a == b,
        _ => false,
    };
    let bounds = |lit: &Lit| match &lit.kind {
        LitKind::Cond(Expr { kind: ExprKind::Compare(cmp, a, b), .. }) => match cmp {
            Cmp::Gt | Cmp::Ge => same(a) && limit(b),
            Cmp::Lt | Cmp::Le => limit(a) && same(b),
            Cmp::Eq | Cmp::Ne => false,
        },
        _ => false,
    };
    e.ty == Ty::Nat || lits.iter().any(bounds)
}

/// What a condition is, where that hangs on constants alone.
pub(crate) fn truth(consts: &[Const], e: &Expr) -> Option<bool> {
    match &e.kind {
        ExprKind::Literal(Literal::Bool(value)) => Some(*value),
        // A constant is made of constants before it.
        ExprKind::Const(id) => match &consts.get(id.index())?.value.kind {
            ExprKind::Literal(Literal::Bool(value)) => Some(*value),
            _ => None,
        },
        ExprKind::Not(inner) => truth(consts, inner).map(|value| !value),
        _ => None,
    }
}

/// Whether a condition is passed, and not only an element found.
pub(crate) fn compares(e: &Expr) -> bool {
    !matches!(e.kind, ExprKind::In(..))
}

/// What an `else` gives a variable.
pub(crate) fn default_of(otherwise: &[Lit], var: VarId) -> Option<&Expr> {
    otherwise.iter().find_map(|lit| match &lit.kind {
        LitKind::Bind(Pat { kind: PatKind::Var(v), .. }, e) if *v == var => Some(e),
        _ => None,
    })
}

/// A value that is the default until there is a row.
pub(crate) fn else_value(
    moving: &Option<Moving>,
    ty: &Ty,
    default: Option<&Expr>,
    col: Node,
    rows: &dyn Fn(Variance) -> Flow,
) -> Val {
    let least = default.is_some_and(|e| match &e.kind {
        ExprKind::Literal(Literal::Int(0)) => {
            *ty == Ty::Nat || moving.as_ref().is_some_and(|m| m.nonneg)
        }
        ExprKind::Literal(Literal::Bool(false)) => true,
        ExprKind::Set(es) => es.is_empty(),
        ExprKind::Map(es) => es.is_empty(),
        ExprKind::Literal(Literal::Str(text)) => text.is_empty(),
        _ => false,
    });
    let greatest = default.is_some_and(|e| {
        matches!(e.kind, ExprKind::Literal(Literal::Bool(true))) && *ty == Ty::Bool
    });
    let order = match moving {
        Some(moving) => moving.order.clone(),
        None if matches!(ty, Ty::Set(_)) => Order::None,
        None if greatest => Order::Down,
        None => Order::Up,
    };
    let sign = match (&order, least, greatest) {
        (Order::Up | Order::Lat(_), true, _) | (Order::Down, _, true) => Variance::Plus,
        _ => Variance::Any,
    };
    let mut flows = vec![rows(sign)];
    if moving.is_some() {
        let via = rows(sign).via;
        flows.push(Flow { node: col, sign: Variance::Plus, via });
    }
    Val::Moves { order, flows, nonneg: least }
}
