//! Sets, maps and bags.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::oracle::failure::Stop;
use crate::oracle::functions::Answer;
use crate::oracle::functions::count;
use crate::oracle::values::Value;
use crate::types::builtins::Func;
use crate::types::ty::Ty;
use crate::types::typed::Expr;

pub(super) fn call(func: Func, values: &[Value]) -> Answer {
    use Value::List;
    use Value::Map;
    use Value::Set;
    Some(Ok(match (func, values) {
        (Func::ToSet, [List(list)]) => Set(list.iter().cloned().collect()),
        (Func::ToList, [Set(set)]) => List(set.iter().cloned().collect()),
        (Func::ToList, [Map(map)]) => {
            let pair = |(k, v): (&Value, &Value)| Value::Tuple(vec![k.clone(), v.clone()]);
            List(map.iter().map(pair).collect())
        }
        (Func::ToMap, [List(pairs)]) => {
            let pair = |v: &Value| match v {
                Value::Tuple(parts) => Some((parts.first()?.clone(), parts.get(1)?.clone())),
                _ => None,
            };
            Map(pairs.iter().filter_map(pair).collect())
        }
        (Func::Size, [Set(set)]) => count(set.len()),
        (Func::Size, [Map(map)]) => count(map.len()),
        (Func::IsEmpty, [Set(set)]) => Value::Bool(set.is_empty()),
        (Func::IsEmpty, [Map(map)]) => Value::Bool(map.is_empty()),
        (Func::Union, [Set(a), Set(b)]) => Set(a | b),
        (Func::Intersect, [Set(a), Set(b)]) => {
            let both: BTreeSet<Value> = a & b;
            if both.is_empty() {
                return Some(Err(Stop::NoRow));
            }
            Set(both)
        }
        (Func::Difference, [Set(a), Set(b)]) => Set(a - b),
        (Func::Keys, [Map(map)]) => Set(map.keys().cloned().collect()),
        (Func::Values, [Map(map)]) => List(map.values().cloned().collect()),
        (Func::Get, [Map(map), key]) => Value::option(map.get(key).cloned()),
        (Func::GetOr, [Map(map), key, otherwise]) => map.get(key).unwrap_or(otherwise).clone(),
        (Func::Insert, [Map(map), key, value]) => {
            let mut map = map.clone();
            map.insert(key.clone(), value.clone());
            Map(map)
        }
        (Func::Insert, [Set(set), x]) => Set(set.iter().chain([x]).cloned().collect()),
        (Func::Remove, [Map(map), key]) => {
            let others = map.iter().filter(|(k, _)| *k != key);
            Map(others.map(|(k, v)| (k.clone(), v.clone())).collect())
        }
        (Func::Remove, [Set(set), x]) => Set(set.iter().filter(|y| *y != x).cloned().collect()),
        (Func::Merge, [Map(a), Map(b)]) => {
            Map(a.iter().chain(b).map(|(k, v)| (k.clone(), v.clone())).collect())
        }
        _ => return None,
    }))
}

/// Of two bags the multiplicities count, where of maps only the keys do.
pub(super) fn bags(func: Func, args: &[Expr], values: &[Value]) -> Answer {
    use Value::Map;
    if !args.iter().any(|a| matches!(a.ty, Ty::Bag(_))) {
        return None;
    }
    let times = |n: &Value| if let Value::Int(n) = n { *n } else { 0 };
    Some(Ok(match (func, values) {
        (Func::Size, [Map(bag)]) => {
            // Multiplicities are not negative, so the sum can only be too large.
            let size = bag.values().try_fold(0i64, |sum, n| sum.checked_add(times(n)));
            Value::Int(size.unwrap_or(i64::MAX))
        }
        (Func::Union, [Map(a), Map(b)]) => {
            let mut all = a.clone();
            for (x, n) in b {
                let most = all.get(x).map_or(n, |m| m.max(n)).clone();
                all.insert(x.clone(), most);
            }
            Map(all)
        }
        (Func::Intersect, [Map(a), Map(b)]) => {
            let both = a.iter().filter_map(|(x, n)| Some((x.clone(), n.min(b.get(x)?).clone())));
            let both: BTreeMap<Value, Value> = both.collect();
            if both.is_empty() {
                return Some(Err(Stop::NoRow));
            }
            Map(both)
        }
        _ => return None,
    }))
}
