//! Values of expressions. This room walks the typed tree as it stands; it
//! must not know relations, strata or any form of compiled code.

use std::collections::BTreeMap;

use crate::limits;
use crate::oracle::arith;
use crate::oracle::failure::Kind;
use crate::oracle::failure::Stop;
use crate::oracle::functions;
use crate::oracle::natives;
use crate::oracle::patterns;
use crate::oracle::text;
use crate::oracle::values::Value;
use crate::oracle::values::clashes;
use crate::oracle::values::join;
use crate::oracle::values::leq;
use crate::source::Span;
use crate::types::ty::Ty;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Literal;
use crate::types::typed::Logic;
use crate::types::typed::Part;
use crate::types::typed::Pat;
use crate::types::typed::Program;

/// Values of variables, by number.
pub type Env = Vec<Option<Value>>;

/// Where an expression stands: the program, the variables, and, in a head,
/// the values of the aggregates.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct Place<'a> {
    pub program: &'a Program,
    pub env: &'a Env,
    pub aggs: &'a [Value],
}

impl<'a> Place<'a> {
    /// A place without aggregates.
    pub fn new(program: &'a Program, env: &'a Env) -> Place<'a> {
        Place { program, env, aggs: &[] }
    }
}

/// The value of an expression; operands from left to right.
pub fn eval(expr: &Expr, at: Place<'_>) -> Result<Value, Stop> {
    let span = expr.span;
    Ok(match &expr.kind {
        ExprKind::Var(id) => {
            at.env.get(id.index()).cloned().flatten().ok_or(Stop::Unbound(span))?
        }
        ExprKind::Const(id) => {
            let none = Env::new();
            eval(&at.program.consts[id.index()].value, Place::new(at.program, &none))?
        }
        ExprKind::Literal(literal) => constant(literal),
        ExprKind::Agg(number) => at.aggs.get(*number).cloned().ok_or(Stop::Unbound(span))?,
        ExprKind::Interp(parts) => interpolate(parts, span, at)?,
        ExprKind::Tuple(..)
        | ExprKind::List(..)
        | ExprKind::Set(..)
        | ExprKind::Map(..)
        | ExprKind::Record(..)
        | ExprKind::Construct(..)
        | ExprKind::Some(..)
        | ExprKind::None => compound(expr, at)?,
        ExprKind::Neg(a, slack) => arith::negate(eval(a, at)?, *slack, span)?,
        ExprKind::Not(a) => Value::Bool(!truth(a, at)?),
        ExprKind::Logic(Logic::And, a, b) => Value::Bool(truth(a, at)? && truth(b, at)?),
        ExprKind::Logic(Logic::Or, a, b) => Value::Bool(truth(a, at)? || truth(b, at)?),
        ExprKind::Compare(cmp, a, b) => {
            let (a, b) = (eval(a, at)?, eval(b, at)?);
            Value::Bool(cmp.holds(&a, &b))
        }
        ExprKind::In(element, of) => {
            let element = eval(element, at)?;
            Value::Bool(contains(&eval(of, at)?, &element, span)?)
        }
        ExprKind::Join(lattice, a, b) => {
            let (a, b) = (eval(a, at)?, eval(b, at)?);
            match clashes(lattice, &a, &b) {
                Some(_) => return Err(Stop::Fail(Kind::Clash, span)),
                None => join(lattice, &a, &b),
            }
        }
        ExprKind::Leq(lattice, a, b) => {
            let (a, b) = (eval(a, at)?, eval(b, at)?);
            Value::Bool(leq(lattice, &a, &b))
        }
        ExprKind::Range(a, b) => range(eval(a, at)?, eval(b, at)?, span)?,
        ExprKind::Arith(op, a, b, slack) => {
            let (a, b) = (eval(a, at)?, eval(b, at)?);
            arith::arith(*op, a, b, *slack, span)?
        }
        ExprKind::If(cond, yes, no) => eval(if truth(cond, at)? { yes } else { no }, at)?,
        ExprKind::Match(subject, arms) => first_arm(eval(subject, at)?, arms, span, at)?,
        ExprKind::Try(option) => match eval(option, at)? {
            Value::Some(held) => *held,
            Value::None => return Err(Stop::NoRow),
            _ => return Err(broken("`?` is put to no option", span)),
        },
        ExprKind::Field(base, number) => field(eval(base, at)?, *number, span)?,
        ExprKind::Index(base, index) => element(eval(base, at)?, eval(index, at)?, span)?,
        ExprKind::Call(id, args) => call(id.index(), args, span, at)?,
        ExprKind::Builtin(func, args) => {
            let values = all(args, at)?;
            functions::apply(*func, args, values, span, at.program)?
        }
        ExprKind::Native(native, args) => {
            natives::call(native.id, &all(args, at)?, expr, at.program, span)?
        }
    })
}

/// The value of a `bool`.
pub fn truth(expr: &Expr, at: Place<'_>) -> Result<bool, Stop> {
    match eval(expr, at)? {
        Value::Bool(b) => Ok(b),
        _ => Err(broken("a condition is not a bool", expr.span)),
    }
}

/// The values of several expressions.
pub fn all(exprs: &[Expr], at: Place<'_>) -> Result<Vec<Value>, Stop> {
    exprs.iter().map(|e| eval(e, at)).collect()
}

/// A promise of the typed program that does not hold.
pub fn broken(what: &'static str, span: Span) -> Stop {
    Stop::Fail(Kind::Broken(what), span)
}

fn constant(literal: &Literal) -> Value {
    match literal {
        Literal::Int(i) => Value::Int(*i),
        Literal::Float(f) => Value::float(*f),
        Literal::Bool(b) => Value::Bool(*b),
        Literal::Str(s) => Value::Str(s.clone()),
        Literal::Bytes(b) => Value::Bytes(b.clone()),
        Literal::Node(n) => Value::Node(n.clone()),
        Literal::Duration(d) => Value::Duration(*d),
        Literal::Uuid(bytes) => Value::Uuid(*bytes),
    }
}

fn compound(expr: &Expr, at: Place<'_>) -> Result<Value, Stop> {
    Ok(match &expr.kind {
        ExprKind::Tuple(parts) => Value::Tuple(all(parts, at)?),
        ExprKind::List(parts) => Value::List(all(parts, at)?),
        // `{}` is a set or a map by its type.
        ExprKind::Set(parts) if parts.is_empty() && matches!(expr.ty, Ty::Map(..) | Ty::Bag(_)) => {
            Value::Map(BTreeMap::new())
        }
        ExprKind::Set(parts) => Value::Set(all(parts, at)?.into_iter().collect()),
        ExprKind::Map(entries) => {
            let mut map = BTreeMap::new();
            for (key, value) in entries {
                let key = eval(key, at)?;
                map.insert(key, eval(value, at)?);
            }
            Value::Map(map)
        }
        ExprKind::Record(_, fields) => Value::Record(all(fields, at)?),
        ExprKind::Construct(id, variant, payload) => {
            let value = Value::Enum(*variant, all(payload, at)?);
            let recursive = at.program.enums.get(id.index()).is_some_and(|e| e.recursive);
            if recursive && value.depth() > limits::VALUE_DEPTH_MAX {
                return Err(Stop::Fail(Kind::TooDeep, expr.span));
            }
            value
        }
        ExprKind::Some(inner) => Value::Some(Box::new(eval(inner, at)?)),
        ExprKind::None => Value::None,
        _ => return Err(broken("not a compound value", expr.span)),
    })
}

fn interpolate(parts: &[Part], span: Span, at: Place<'_>) -> Result<Value, Stop> {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Expr(e) => out.push_str(&text::plain(&eval(e, at)?, &e.ty, at.program)),
        }
    }
    bounded(out, span)
}

/// A text that the program built, unless it is too long.
pub fn bounded(text: String, span: Span) -> Result<Value, Stop> {
    if text.len() > limits::TEXT_BYTES_MAX {
        return Err(Stop::Fail(Kind::TooLong, span));
    }
    Ok(Value::Str(text))
}

fn contains(container: &Value, element: &Value, span: Span) -> Result<bool, Stop> {
    match container {
        Value::List(list) => Ok(list.contains(element)),
        Value::Set(set) => Ok(set.contains(element)),
        Value::Map(map) => Ok(map.contains_key(element)),
        _ => Err(broken("`in` wants a list, set or map", span)),
    }
}

fn range(a: Value, b: Value, span: Span) -> Result<Value, Stop> {
    let (Value::Int(a), Value::Int(b)) = (a, b) else {
        return Err(broken("`..` wants ints", span));
    };
    if i128::from(b) - i128::from(a) > i128::from(limits::RANGE_MAX) {
        return Err(Stop::Fail(Kind::TooLong, span));
    }
    Ok(Value::List((a..b).map(Value::Int).collect()))
}

fn first_arm(
    subject: Value,
    arms: &[(Pat, Expr)],
    span: Span,
    at: Place<'_>,
) -> Result<Value, Stop> {
    for (pat, body) in arms {
        let wanted = patterns::want(pat, at)?;
        let mut env = at.env.clone();
        if patterns::fits(&wanted, &subject, &mut env, at.program)? {
            return eval(body, Place { env: &env, ..at });
        }
    }
    Err(Stop::Fail(Kind::NoMatch, span))
}

fn field(base: Value, number: usize, span: Span) -> Result<Value, Stop> {
    match base {
        Value::Tuple(parts) | Value::Record(parts) => {
            parts.into_iter().nth(number).ok_or_else(|| broken("no such field", span))
        }
        _ => Err(broken("a value without fields", span)),
    }
}

fn element(base: Value, index: Value, span: Span) -> Result<Value, Stop> {
    match (base, index) {
        (Value::Map(mut map), key) => map.remove(&key).ok_or(Stop::NoRow),
        (Value::List(list), Value::Int(i)) => {
            let found = usize::try_from(i).ok().and_then(|i| list.into_iter().nth(i));
            found.ok_or(Stop::Fail(Kind::OutOfRange, span))
        }
        _ => Err(broken("a value without elements", span)),
    }
}

/// The value of a function. What fails inside is told of the call: there stand
/// the variables whose values are to blame.
fn call(number: usize, args: &[Expr], span: Span, at: Place<'_>) -> Result<Value, Stop> {
    let function = &at.program.fns[number];
    let mut env: Env = vec![None; function.vars.len()];
    for (param, value) in function.params.iter().zip(all(args, at)?) {
        env[param.index()] = Some(value);
    }
    eval(&function.body, Place::new(at.program, &env)).map_err(|stop| match stop {
        Stop::Fail(kind, _) => Stop::Fail(kind, span),
        other => other,
    })
}
