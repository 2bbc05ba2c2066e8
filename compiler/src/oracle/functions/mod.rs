//! The functions of the language, one by one, on plain values. This folder
//! must not know which of them grow, or how an engine computes them.

mod hashing;
mod json;
mod lists;
mod numbers;
mod regexes;
mod sets;
mod texts;
mod times;

use crate::oracle::exprs::bounded;
use crate::oracle::exprs::broken;
use crate::oracle::failure::Kind;
use crate::oracle::failure::Stop;
use crate::oracle::json::Json;
use crate::oracle::text;
use crate::oracle::values::Value;
use crate::source::Span;
use crate::types::builtins::Func;
use crate::types::typed::Expr;
use crate::types::typed::Program;

/// The value of a function for these arguments. The expressions of the
/// arguments are there for their types.
pub fn apply(
    func: Func,
    args: &[Expr],
    values: Vec<Value>,
    span: Span,
    program: &Program,
) -> Result<Value, Stop> {
    if let Some(result) = of_any(func, args, &values, span, program) {
        return result;
    }
    match numbers::call(func, &values, span)
        .or_else(|| texts::call(func, &values, span))
        .or_else(|| regexes::call(func, &values, span))
        .or_else(|| lists::call(func, &values, span))
        .or_else(|| sets::bags(func, args, &values))
        .or_else(|| sets::call(func, &values))
        .or_else(|| times::call(func, &values, span))
        .or_else(|| json::call(func, &values, span))
        .or_else(|| hashing::call(func, &values, span))
    {
        Some(result) => result,
        None => Err(broken("a function was given what it does not take", span)),
    }
}

/// `None`: it is not this room's.
type Answer = Option<Result<Value, Stop>>;

/// Functions of values of any type.
fn of_any(func: Func, args: &[Expr], values: &[Value], span: Span, program: &Program) -> Answer {
    let (value, arg) = values.first().zip(args.first())?;
    if json::may_be_missing(func, &arg.ty) {
        return json::or_null(func, values, span);
    }
    match (func, value) {
        (Func::Str, Value::Json(_)) => None,
        (Func::Str, _) => Some(bounded(text::plain(value, &arg.ty, program), span)),
        (Func::Json, _) => match Json::of(value, &arg.ty, program) {
            Some(json) => Some(Ok(Value::Json(json))),
            None => fail(Kind::TooLong, span),
        },
        (Func::SumOf, Value::List(list)) => Some(lists::sum(list, &arg.ty, span)),
        (Func::Hash, _) => Some(Ok(hashing::hash(value, &arg.ty, program))),
        (Func::Owners, _) => hashing::owners(values, args, program),
        (Func::UuidOf, _) => Some(Ok(hashing::uuid_of(value, &arg.ty, program))),
        _ => None,
    }
}

fn fail(kind: Kind, span: Span) -> Answer {
    Some(Err(Stop::Fail(kind, span)))
}

fn count(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn strings<'a>(parts: impl Iterator<Item = &'a str>) -> Value {
    Value::List(parts.map(Value::str).collect())
}
