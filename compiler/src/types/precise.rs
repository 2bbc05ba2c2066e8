//! The sign of numbers. `nat` is a subtype of `int`: where types are equal up
//! to it, this room says which is narrower, what holds for two values at
//! once, and what fits where. It knows types only.

use crate::types::ty::Ty;

/// The type of a value that has one of two types (equal up to `nat`).
pub(crate) fn lub(a: &Ty, b: &Ty) -> Ty {
    merge(a, b, Ty::Int)
}

/// The type of a value that has both types (equal up to `nat`).
pub(crate) fn meet(a: &Ty, b: &Ty) -> Ty {
    merge(a, b, Ty::Nat)
}

/// `mixed` is what `nat` and `int` give together.
fn merge(a: &Ty, b: &Ty, mixed: Ty) -> Ty {
    let one = |x: &Ty, y: &Ty| Box::new(merge(x, y, mixed.clone()));
    match (a, b) {
        (Ty::Error, t) | (t, Ty::Error) => t.clone(),
        (Ty::Nat, Ty::Int) | (Ty::Int, Ty::Nat) => mixed,
        (Ty::Tuple(xs), Ty::Tuple(ys)) if xs.len() == ys.len() => {
            Ty::Tuple(xs.iter().zip(ys).map(|(x, y)| merge(x, y, mixed.clone())).collect())
        }
        (Ty::List(x), Ty::List(y)) => Ty::List(one(x, y)),
        (Ty::Option(x), Ty::Option(y)) => Ty::Option(one(x, y)),
        (Ty::Set(x), Ty::Set(y)) => Ty::Set(one(x, y)),
        (Ty::Map(k, v), Ty::Map(l, w)) => Ty::Map(one(k, l), one(v, w)),
        (Ty::Enum(e, xs), Ty::Enum(f, ys)) if e == f => {
            Ty::Enum(*e, xs.iter().zip(ys).map(|(x, y)| merge(x, y, mixed.clone())).collect())
        }
        (Ty::Bag(x), Ty::Bag(y)) => Ty::Bag(one(x, y)),
        _ => a.clone(),
    }
}

/// Every `int` read as `nat`: the type of a value that has no parts yet, such
/// as the elements of `[]`, and the first guess of a fixpoint.
pub(crate) fn narrowest(ty: &Ty) -> Ty {
    match ty {
        Ty::Int => Ty::Nat,
        Ty::Tuple(ts) => Ty::Tuple(ts.iter().map(narrowest).collect()),
        Ty::List(t) => Ty::List(Box::new(narrowest(t))),
        Ty::Option(t) => Ty::Option(Box::new(narrowest(t))),
        Ty::Set(t) => Ty::Set(Box::new(narrowest(t))),
        Ty::Map(k, v) => Ty::Map(Box::new(narrowest(k)), Box::new(narrowest(v))),
        Ty::Enum(id, args) => Ty::Enum(*id, args.iter().map(narrowest).collect()),
        Ty::Bag(t) => Ty::Bag(Box::new(narrowest(t))),
        other => other.clone(),
    }
}

/// Whether a value of type `a` may stand where `want` is wanted, given that
/// they are equal up to `nat`.
pub(crate) fn fits(a: &Ty, want: &Ty) -> bool {
    match (a, want) {
        (Ty::Int, Ty::Nat) => false,
        (Ty::Tuple(xs), Ty::Tuple(ys)) | (Ty::Enum(_, xs), Ty::Enum(_, ys)) => {
            xs.iter().zip(ys).all(|(x, y)| fits(x, y))
        }
        (Ty::List(x), Ty::List(y))
        | (Ty::Option(x), Ty::Option(y))
        | (Ty::Set(x), Ty::Set(y))
        | (Ty::Bag(x), Ty::Bag(y)) => fits(x, y),
        (Ty::Map(k, v), Ty::Map(l, w)) => fits(k, l) && fits(v, w),
        _ => true,
    }
}

/// Whether some part is an `int` that could turn out to be a `nat`.
pub(crate) fn has_int(ty: &Ty) -> bool {
    narrowest(ty) != *ty
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(t: Ty) -> Ty {
        Ty::List(Box::new(t))
    }

    #[test]
    fn either_widens_and_both_narrows() {
        assert_eq!(lub(&Ty::Nat, &Ty::Int), Ty::Int);
        assert_eq!(lub(&Ty::Nat, &Ty::Nat), Ty::Nat);
        assert_eq!(meet(&list(Ty::Nat), &list(Ty::Int)), list(Ty::Nat));
        assert_eq!(lub(&Ty::Error, &Ty::Str), Ty::Str);
    }

    #[test]
    fn a_nat_fits_an_int_but_not_the_other_way() {
        assert!(fits(&Ty::Nat, &Ty::Int));
        assert!(!fits(&Ty::Int, &Ty::Nat));
        assert!(fits(&list(Ty::Nat), &list(Ty::Int)));
        let pair = |a, b| Ty::Tuple(vec![a, b]);
        assert!(!fits(&pair(Ty::Str, Ty::Int), &pair(Ty::Str, Ty::Nat)));
    }

    #[test]
    fn the_first_guess_is_the_narrowest() {
        let ty = Ty::Map(Box::new(Ty::Str), Box::new(list(Ty::Int)));
        assert_eq!(narrowest(&ty), Ty::Map(Box::new(Ty::Str), Box::new(list(Ty::Nat))));
        assert!(has_int(&ty));
        assert!(!has_int(&narrowest(&ty)));
    }
}
