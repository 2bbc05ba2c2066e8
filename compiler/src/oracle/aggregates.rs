//! Aggregates over the matches of a group. This room sees values only; it
//! must not know bodies, rows, or how a group came to be.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::oracle::arith::float_mean;
use crate::oracle::arith::float_sum;
use crate::oracle::arith::int_mean;
use crate::oracle::exprs::Place;
use crate::oracle::exprs::all;
use crate::oracle::exprs::broken;
use crate::oracle::exprs::eval;
use crate::oracle::failure::Kind;
use crate::oracle::failure::Stop;
use crate::oracle::values::Value;
use crate::types::ty::Ty;
use crate::types::typed::Agg;
use crate::types::typed::AggFn;

/// What one match gives to one aggregate.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Share {
    pub args: Vec<Value>,
    pub by: Vec<Value>,
}

/// What a match gives to an aggregate.
pub fn share(agg: &Agg, at: Place<'_>) -> Result<Share, Stop> {
    let args = all(&agg.args, at)?;
    let by = agg.by.iter().map(|(e, _)| eval(e, at)).collect::<Result<Vec<_>, _>>()?;
    Ok(Share { args, by })
}

/// The values of an aggregate for a group that has at least one match: one,
/// or with `argmin` and `argmax` as many as are tied.
pub fn fold(agg: &Agg, shares: &[Share]) -> Result<Vec<Value>, Stop> {
    let values = || shares.iter().filter_map(|s| s.args.last().cloned());
    let truths = |wanted: bool| values().any(|v| v == Value::Bool(wanted));
    let one = |value: Option<Value>| value.into_iter().collect::<Vec<_>>();
    Ok(match agg.func {
        AggFn::Count => one(Some(number(shares.len()))),
        AggFn::CountDistinct => one(Some(number(values().collect::<BTreeSet<_>>().len()))),
        AggFn::Sum => one(Some(sum(agg, values())?)),
        AggFn::Avg => one(Some(average(agg, values(), shares.len())?)),
        AggFn::Min | AggFn::Choose => one(values().min()),
        AggFn::Max => one(values().max()),
        AggFn::Any => one(Some(Value::Bool(truths(true)))),
        AggFn::All => one(Some(Value::Bool(!truths(false)))),
        AggFn::Collect => one(Some(Value::Set(values().collect()))),
        AggFn::List => one(Some(Value::List(sorted(agg, shares)))),
        AggFn::Top => {
            let mut list = sorted(agg, shares);
            // Were the length to differ between matches, the least would do.
            let length = shares.iter().filter_map(|s| s.args.first()).min();
            let Some(Value::Int(length)) = length else {
                return Err(broken("`top` wants a number", agg.span));
            };
            list.truncate(usize::try_from(*length).unwrap_or(0));
            one(Some(Value::List(list)))
        }
        AggFn::ArgMin => best(agg, shares, Ordering::Less),
        AggFn::ArgMax => best(agg, shares, Ordering::Greater),
    })
}

fn number(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// The exact sum of the ints or durations, in a type that cannot overflow.
fn whole(values: impl Iterator<Item = Value>) -> Option<i128> {
    let mut total = 0i128;
    for value in values {
        match value {
            Value::Int(i) | Value::Duration(i) => total += i128::from(i),
            _ => return None,
        }
    }
    Some(total)
}

fn floats(values: impl Iterator<Item = Value>) -> impl Iterator<Item = f64> {
    values.filter_map(|v| if let Value::Float(f) = v { Some(f.get()) } else { None })
}

fn sum(agg: &Agg, values: impl Iterator<Item = Value>) -> Result<Value, Stop> {
    if agg.ty == Ty::Float {
        return Ok(Value::float(float_sum(floats(values))));
    }
    let total = whole(values).ok_or_else(|| broken("`sum` wants numbers", agg.span))?;
    let total = i64::try_from(total).map_err(|_| Stop::Fail(Kind::SumOverflow, agg.span))?;
    Ok(if agg.ty == Ty::Duration { Value::Duration(total) } else { Value::Int(total) })
}

fn average(agg: &Agg, values: impl Iterator<Item = Value>, n: usize) -> Result<Value, Stop> {
    let values: Vec<Value> = values.collect();
    if n == 0 {
        return Err(broken("a group without matches", agg.span));
    }
    Ok(Value::float(match whole(values.iter().cloned()) {
        Some(total) => int_mean(total, n as u64),
        None => float_mean(floats(values.into_iter()), n as u64),
    }))
}

fn by_order(agg: &Agg, a: &Share, b: &Share) -> Ordering {
    for ((a, b), (_, descending)) in a.by.iter().zip(&b.by).zip(&agg.by) {
        let order = if *descending { b.cmp(a) } else { a.cmp(b) };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

fn sorted(agg: &Agg, shares: &[Share]) -> Vec<Value> {
    let mut order: Vec<&Share> = shares.iter().collect();
    order.sort_by(|a, b| by_order(agg, a, b).then_with(|| a.args.last().cmp(&b.args.last())));
    order.into_iter().filter_map(|s| s.args.last().cloned()).collect()
}

/// The distinct values that no other beats.
fn best(agg: &Agg, shares: &[Share], wanted: Ordering) -> Vec<Value> {
    let unbeaten = |s: &&Share| shares.iter().all(|o| by_order(agg, o, s) != wanted);
    let values: BTreeSet<Value> =
        shares.iter().filter(unbeaten).filter_map(|s| s.args.last().cloned()).collect();
    values.into_iter().collect()
}
