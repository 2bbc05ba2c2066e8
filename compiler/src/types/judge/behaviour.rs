//! What a value does within a tick: it stays, or it grows in some lattice. How
//! expressions make one behaviour of others is not known here.

use crate::names::native::Grows;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;

/// What becomes of the value of an expression within a tick.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Behaviour {
    /// One value.
    Fixed,
    /// Larger and larger values of the lattice.
    Grows(Lattice),
    /// A tuple, by component; not all of them fixed.
    Parts(Vec<Behaviour>),
    /// A map with keys of the type that are fixed, and entries that behave so;
    /// which lattice they grow in shows only where the map is put.
    Entries(Ty, Box<Behaviour>),
}

/// Up: later values are larger. Down: they are smaller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    Still,
    Up,
    Down,
}

impl Way {
    pub(super) fn flip(self) -> Way {
        match self {
            Way::Still => Way::Still,
            Way::Up => Way::Down,
            Way::Down => Way::Up,
        }
    }

    /// Both together, unless they pull apart.
    pub(super) fn with(self, other: Way) -> Option<Way> {
        match (self, other) {
            (Way::Still, way) | (way, Way::Still) => Some(way),
            (a, b) => (a == b).then_some(a),
        }
    }
}

impl Behaviour {
    /// The way in the plain order of the values, where there is one.
    pub(super) fn way(&self) -> Option<Way> {
        match self {
            Behaviour::Fixed => Some(Way::Still),
            Behaviour::Grows(Lattice::Max(_)) => Some(Way::Up),
            Behaviour::Grows(Lattice::Min(_)) => Some(Way::Down),
            Behaviour::Grows(_) | Behaviour::Parts(_) | Behaviour::Entries(..) => None,
        }
    }

    /// A value of the lattice that is still growing. A point that has a value
    /// keeps it.
    pub(super) fn of(lattice: Lattice) -> Behaviour {
        match lattice {
            Lattice::Point(_) => Behaviour::Fixed,
            other => Behaviour::Grows(other),
        }
    }

    pub(super) fn along(way: Way, ty: &Ty) -> Behaviour {
        match way {
            Way::Still => Behaviour::Fixed,
            Way::Up => Behaviour::Grows(Lattice::Max(ty.clone())),
            Way::Down => Behaviour::Grows(Lattice::Min(ty.clone())),
        }
    }

    /// Whether it grows in a lattice of that name.
    pub(super) fn grows(&self, grows: Grows) -> bool {
        match self {
            Behaviour::Grows(lattice) => matches!(
                (lattice, grows),
                (Lattice::Max(_), Grows::Max)
                    | (Lattice::Min(_), Grows::Min)
                    | (Lattice::Any, Grows::Any)
                    | (Lattice::All, Grows::All)
                    | (Lattice::Set(_), Grows::Set)
            ),
            _ => false,
        }
    }

    /// Values of the type that grow in the lattice of that name; `None` where
    /// there are none.
    pub(super) fn growing(grows: Grows, ty: &Ty) -> Option<Behaviour> {
        let lattice = match (grows, ty) {
            (Grows::Max, _) => Lattice::Max(ty.clone()),
            (Grows::Min, _) => Lattice::Min(ty.clone()),
            (Grows::Any, Ty::Bool) => Lattice::Any,
            (Grows::All, Ty::Bool) => Lattice::All,
            (Grows::Set, Ty::Set(element)) => Lattice::Set((**element).clone()),
            _ => return None,
        };
        Some(Behaviour::Grows(lattice))
    }

    /// One lattice for the whole value.
    pub(super) fn lattice(&self) -> Option<Lattice> {
        match self {
            Behaviour::Grows(lattice) => Some(lattice.clone()),
            Behaviour::Parts(parts) => match parts.as_slice() {
                [Behaviour::Grows(l), Behaviour::Grows(m)] => {
                    Some(Lattice::Pair(Box::new(l.clone()), Box::new(m.clone())))
                }
                _ => None,
            },
            Behaviour::Fixed | Behaviour::Entries(..) => None,
        }
    }

    /// Whether the value may flow into a column of the lattice while it grows.
    pub(super) fn flows_into(&self, target: &Lattice) -> bool {
        match (self, target) {
            (Behaviour::Fixed, _) => true,
            (Behaviour::Grows(own), target) => same(own, target),
            // A version grows, and what stands beside it: the pair does.
            (Behaviour::Parts(parts), Lattice::Pair(l, m) | Lattice::Lex(l, m)) => {
                match parts.as_slice() {
                    [first, second] => first.flows_into(l) && second.flows_into(m),
                    _ => false,
                }
            }
            // Tuples compare from the left, so each component may move as the
            // whole does.
            (Behaviour::Parts(parts), Lattice::Max(_)) => all_go(parts, Way::Up),
            (Behaviour::Parts(parts), Lattice::Min(_)) => all_go(parts, Way::Down),
            (Behaviour::Entries(keys, entry), Lattice::Map(k, l)) => {
                keys.widen() == k.widen() && entry.flows_into(l)
            }
            (Behaviour::Parts(_) | Behaviour::Entries(..), _) => false,
        }
    }

    /// Of one of two: the values of both branches.
    pub(super) fn join(self, other: Behaviour) -> Option<Behaviour> {
        match (self, other) {
            (Behaviour::Fixed, other) | (other, Behaviour::Fixed) => Some(other),
            (Behaviour::Grows(l), Behaviour::Grows(m)) => {
                same(&l, &m).then_some(Behaviour::Grows(l))
            }
            (Behaviour::Entries(k, p), Behaviour::Entries(j, q)) if k.widen() == j.widen() => {
                Some(Behaviour::Entries(k, Box::new(p.join(*q)?)))
            }
            (Behaviour::Entries(k, p), Behaviour::Grows(Lattice::Map(j, l)))
            | (Behaviour::Grows(Lattice::Map(j, l)), Behaviour::Entries(k, p))
                if k.widen() == j.widen() =>
            {
                Some(Behaviour::Entries(k, Box::new(p.join(Behaviour::of(*l))?)))
            }
            (Behaviour::Parts(ps), Behaviour::Grows(Lattice::Pair(l, m)))
            | (Behaviour::Grows(Lattice::Pair(l, m)), Behaviour::Parts(ps)) => {
                let whole = vec![Behaviour::of(*l), Behaviour::of(*m)];
                Behaviour::Parts(ps).join(Behaviour::Parts(whole))
            }
            (Behaviour::Parts(ps), Behaviour::Parts(qs)) if ps.len() == qs.len() => {
                let joined: Option<Vec<_>> =
                    ps.into_iter().zip(qs).map(|(p, q)| p.join(q)).collect();
                joined.map(Behaviour::Parts)
            }
            _ => None,
        }
    }
}

fn all_go(parts: &[Behaviour], way: Way) -> bool {
    parts.iter().all(|p| p.way().is_some_and(|w| w == Way::Still || w == way))
}

/// Equal up to `nat`.
pub(super) fn same(a: &Lattice, b: &Lattice) -> bool {
    match (a, b) {
        (Lattice::Max(s), Lattice::Max(t))
        | (Lattice::Min(s), Lattice::Min(t))
        | (Lattice::Set(s), Lattice::Set(t)) => s.widen() == t.widen(),
        (Lattice::Any, Lattice::Any) | (Lattice::All, Lattice::All) => true,
        (Lattice::Map(k, l), Lattice::Map(j, m)) => k.widen() == j.widen() && same(l, m),
        (Lattice::Pair(l, m), Lattice::Pair(n, o)) | (Lattice::Lex(l, m), Lattice::Lex(n, o)) => {
            same(l, n) && same(m, o)
        }
        (Lattice::Point(s), Lattice::Point(t)) => s.widen() == t.widen(),
        _ => false,
    }
}
