//! Patterns: what a value must look like, and which variables it gives
//! values. This room must not know where the value comes from.

use crate::ids::VarId;
use crate::oracle::exprs::Env;
use crate::oracle::exprs::Place;
use crate::oracle::exprs::eval;
use crate::oracle::failure::Stop;
use crate::oracle::values::Value;
use crate::types::typed::Expr;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Program;

/// A pattern whose expressions are evaluated, as far as their variables have
/// values. Doing that before any value is looked at keeps a failure apart
/// from which values there are.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum Want<'a> {
    Any,
    Var(VarId),
    Tuple(Vec<Want<'a>>),
    Construct(usize, Vec<Want<'a>>),
    Some(Box<Want<'a>>),
    None,
    Equal(Value),
    /// Hangs on variables of the same pattern.
    Later(&'a Expr),
}

/// Evaluates the expressions of a pattern, from left to right.
pub fn want<'a>(pat: &'a Pat, at: Place<'_>) -> Result<Want<'a>, Stop> {
    let many = |pats: &'a [Pat]| pats.iter().map(|p| want(p, at)).collect::<Result<Vec<_>, _>>();
    Ok(match &pat.kind {
        PatKind::Wild => Want::Any,
        PatKind::Var(id) => Want::Var(*id),
        PatKind::Tuple(pats) => Want::Tuple(many(pats)?),
        PatKind::Construct(_, variant, pats) => Want::Construct(*variant, many(pats)?),
        PatKind::Some(inner) => Want::Some(Box::new(want(inner, at)?)),
        PatKind::None => Want::None,
        PatKind::Expr(e) => match eval(e, at) {
            Ok(value) => Want::Equal(value),
            Err(Stop::Unbound(_)) => Want::Later(e),
            Err(stop) => return Err(stop),
        },
    })
}

/// Whether a value fits; variables without a value take theirs.
pub fn fits(
    want: &Want<'_>,
    value: &Value,
    env: &mut Env,
    program: &Program,
) -> Result<bool, Stop> {
    fits_all(std::slice::from_ref(want), std::slice::from_ref(value), env, program)
}

/// Whether each of the values fits its pattern.
pub fn fits_all(
    wants: &[Want<'_>],
    values: &[Value],
    env: &mut Env,
    program: &Program,
) -> Result<bool, Stop> {
    let mut later = Vec::new();
    if !shape_all(wants, values, env, &mut later) {
        return Ok(false);
    }
    for (expr, value) in later {
        if eval(expr, Place::new(program, env))? != *value {
            return Ok(false);
        }
    }
    Ok(true)
}

type Later<'p, 'v> = Vec<(&'p Expr, &'v Value)>;

fn shape_all<'p, 'v>(
    wants: &[Want<'p>],
    values: &'v [Value],
    env: &mut Env,
    later: &mut Later<'p, 'v>,
) -> bool {
    wants.len() == values.len()
        && wants.iter().zip(values).all(|(want, value)| shape(want, value, env, later))
}

fn shape<'p, 'v>(
    want: &Want<'p>,
    value: &'v Value,
    env: &mut Env,
    later: &mut Later<'p, 'v>,
) -> bool {
    match (want, value) {
        (Want::Any, _) => true,
        (Want::Var(id), value) => match &env[id.index()] {
            Some(old) => old == value,
            None => {
                env[id.index()] = Some(value.clone());
                true
            }
        },
        (Want::Tuple(wants), Value::Tuple(values) | Value::Record(values)) => {
            shape_all(wants, values, env, later)
        }
        (Want::Construct(v, wants), Value::Enum(variant, values)) => {
            v == variant && shape_all(wants, values, env, later)
        }
        (Want::Some(inner), Value::Some(value)) => shape(inner, value, env, later),
        (Want::None, Value::None) => true,
        (Want::Equal(wanted), value) => wanted == value,
        (Want::Later(expr), value) => {
            later.push((expr, value));
            true
        }
        (Want::Tuple(_) | Want::Construct(..) | Want::Some(_) | Want::None, _) => false,
    }
}
