//! Types with unknowns, and unification. `nat` is `int` here: the sign of a
//! number is judged afterwards, when all types are known. This room knows
//! types only; it never sees an expression and never reports.

use crate::ids::EnumId;
use crate::ids::RecordId;
use crate::types::ty::Ty;

/// A type that may have unknown parts.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum T {
    Int,
    Float,
    Bool,
    Str,
    Bytes,
    Node,
    Time,
    Duration,
    Uuid,
    Json,
    Tuple(Vec<T>),
    List(Box<T>),
    Option(Box<T>),
    Record(RecordId),
    Enum(EnumId, Vec<T>),
    Set(Box<T>),
    Map(Box<T>, Box<T>),
    Bag(Box<T>),
    Unknown(u32),
    /// Already reported; equal to everything.
    Error,
}

/// What an unknown may become.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Class {
    /// Any type.
    Free,
    /// `str` or `node`: a text in quotes.
    Text,
    /// A set, a map or a bag: `{}`.
    Empty,
    /// A map or a bag, with the unknowns of its keys and values: `{k: n}`.
    Entries(u32, u32),
}

#[derive(Clone, Debug)]
enum Slot {
    Open(Class),
    Is(T),
}

/// What is known about the unknowns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unifier {
    slots: Vec<Slot>,
}

impl From<&Ty> for T {
    fn from(ty: &Ty) -> T {
        let many = |ts: &[Ty]| ts.iter().map(T::from).collect();
        match ty {
            Ty::Int | Ty::Nat => T::Int,
            Ty::Float => T::Float,
            Ty::Bool => T::Bool,
            Ty::Str => T::Str,
            Ty::Bytes => T::Bytes,
            Ty::Node => T::Node,
            Ty::Time => T::Time,
            Ty::Duration => T::Duration,
            Ty::Uuid => T::Uuid,
            Ty::Json => T::Json,
            Ty::Tuple(ts) => T::Tuple(many(ts)),
            Ty::List(t) => T::list(T::from(&**t)),
            Ty::Option(t) => T::option(T::from(&**t)),
            Ty::Record(id) => T::Record(*id),
            Ty::Enum(id, args) => T::Enum(*id, many(args)),
            // Declarations are instantiated before they come here.
            Ty::Param(_) => T::Error,
            Ty::Set(t) => T::set(T::from(&**t)),
            Ty::Map(k, v) => T::map(T::from(&**k), T::from(&**v)),
            Ty::Bag(t) => T::bag(T::from(&**t)),
            Ty::Error => T::Error,
        }
    }
}

impl T {
    /// `[t]`
    pub fn list(t: T) -> T {
        T::List(Box::new(t))
    }

    /// A declared type, with what stands for its parameters.
    pub fn instance(ty: &Ty, args: &[T]) -> T {
        let one = |t: &Ty| Box::new(T::instance(t, args));
        let many = |ts: &[Ty]| ts.iter().map(|t| T::instance(t, args)).collect();
        match ty {
            Ty::Param(n) => args.get(*n as usize).cloned().unwrap_or(T::Error),
            Ty::Tuple(ts) => T::Tuple(many(ts)),
            Ty::List(t) => T::List(one(t)),
            Ty::Option(t) => T::Option(one(t)),
            Ty::Set(t) => T::Set(one(t)),
            Ty::Map(k, v) => T::Map(one(k), one(v)),
            Ty::Enum(id, inner) => T::Enum(*id, many(inner)),
            other => T::from(other),
        }
    }

    /// `t?`
    pub fn option(t: T) -> T {
        T::Option(Box::new(t))
    }

    /// `Set<t>`
    pub fn set(t: T) -> T {
        T::Set(Box::new(t))
    }

    /// `Map<k, v>`
    pub fn map(k: T, v: T) -> T {
        T::Map(Box::new(k), Box::new(v))
    }

    /// `Bag<t>`
    pub fn bag(t: T) -> T {
        T::Bag(Box::new(t))
    }
}

impl Unifier {
    /// A new unknown that may become anything.
    pub fn fresh(&mut self) -> T {
        self.fresh_of(Class::Free)
    }

    /// A new unknown of a class.
    pub fn fresh_of(&mut self, class: Class) -> T {
        self.slots.push(Slot::Open(class));
        T::Unknown(self.slots.len() as u32 - 1)
    }

    /// The type of `{k: v}`: a map, or a bag where one is wanted.
    pub fn entries(&mut self, k: T, v: T) -> T {
        if !matches!(self.shallow(&v), T::Int | T::Unknown(_)) {
            return T::map(k, v);
        }
        let (key, value) = (self.named(k), self.named(v));
        self.fresh_of(Class::Entries(key, value))
    }

    /// An unknown that stands for the type.
    fn named(&mut self, t: T) -> u32 {
        if let T::Unknown(i) = t {
            return i;
        }
        self.slots.push(Slot::Is(t));
        self.slots.len() as u32 - 1
    }

    /// The type as far as it is known at its root; entries that nothing made a
    /// bag yet are those of a map.
    pub fn as_map(&self, t: &T) -> T {
        match self.class(t) {
            Some(Class::Entries(k, v)) => T::map(T::Unknown(k), T::Unknown(v)),
            _ => self.shallow(t),
        }
    }

    /// The type as far as it is known at its root.
    pub fn shallow(&self, t: &T) -> T {
        let mut t = t;
        while let T::Unknown(i) = t {
            match &self.slots[*i as usize] {
                Slot::Is(next) => t = next,
                Slot::Open(_) => break,
            }
        }
        t.clone()
    }

    /// The class of an unknown; `None` when the root is known.
    pub fn class(&self, t: &T) -> Option<Class> {
        match self.shallow(t) {
            T::Unknown(i) => match self.slots[i as usize] {
                Slot::Open(class) => Some(class),
                Slot::Is(_) => None,
            },
            _ => None,
        }
    }

    /// Whether nothing at all is known.
    pub fn is_free(&self, t: &T) -> bool {
        self.class(t) == Some(Class::Free)
    }

    /// JSON, or JSON that may be missing.
    pub fn is_json(&self, t: &T) -> bool {
        match self.shallow(t) {
            T::Json => true,
            T::Option(of) => matches!(self.shallow(&of), T::Json),
            _ => false,
        }
    }

    /// An option of which nothing more is known.
    pub fn may_be_json(&self, t: &T) -> bool {
        matches!(self.shallow(t), T::Option(of) if self.is_free(&of))
    }

    /// Makes both equal. On `false` they cannot be; parts that could be made
    /// equal may have been.
    pub fn unify(&mut self, a: &T, b: &T) -> bool {
        let (a, b) = (self.shallow(a), self.shallow(b));
        match (&a, &b) {
            // What depends on an error is one, so that nothing more is said.
            (T::Unknown(i), T::Error) | (T::Error, T::Unknown(i)) => {
                self.slots[*i as usize] = Slot::Is(T::Error);
                true
            }
            (T::Error, _) | (_, T::Error) => true,
            (T::Unknown(i), T::Unknown(j)) if i == j => true,
            (T::Unknown(i), T::Unknown(j)) => self.join_open(*i, *j),
            (T::Unknown(i), t) | (t, T::Unknown(i)) => self.assign(*i, t),
            (T::Tuple(xs), T::Tuple(ys)) => {
                xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| self.unify(x, y))
            }
            (T::List(x), T::List(y))
            | (T::Option(x), T::Option(y))
            | (T::Set(x), T::Set(y))
            | (T::Bag(x), T::Bag(y)) => self.unify(x, y),
            (T::Map(k, v), T::Map(l, w)) => self.unify(k, l) && self.unify(v, w),
            (T::Enum(e, xs), T::Enum(f, ys)) => {
                e == f && xs.iter().zip(ys).all(|(x, y)| self.unify(x, y))
            }
            _ => a == b,
        }
    }

    fn join_open(&mut self, i: u32, j: u32) -> bool {
        let (Slot::Open(a), Slot::Open(b)) =
            (self.slots[i as usize].clone(), self.slots[j as usize].clone())
        else {
            return false;
        };
        let class = match (a, b) {
            (Class::Free, c) | (c, Class::Free) => c,
            (Class::Empty, c @ Class::Entries(..)) | (c @ Class::Entries(..), Class::Empty) => c,
            (Class::Entries(k, v), Class::Entries(l, w)) => {
                let keys = self.unify(&T::Unknown(k), &T::Unknown(l));
                if !keys || !self.unify(&T::Unknown(v), &T::Unknown(w)) {
                    return false;
                }
                a
            }
            (x, y) if x == y => x,
            _ => return false,
        };
        self.slots[i as usize] = Slot::Is(T::Unknown(j));
        self.slots[j as usize] = Slot::Open(class);
        true
    }

    fn assign(&mut self, i: u32, t: &T) -> bool {
        let Slot::Open(class) = self.slots[i as usize] else { return false };
        let fits = match class {
            Class::Free => true,
            Class::Text => matches!(t, T::Str | T::Node),
            Class::Empty => matches!(t, T::Set(_) | T::Map(..) | T::Bag(_)),
            Class::Entries(k, v) => match t {
                T::Map(l, w) => self.unify(&T::Unknown(k), l) && self.unify(&T::Unknown(v), w),
                T::Bag(l) => self.unify(&T::Unknown(k), l) && self.unify(&T::Unknown(v), &T::Int),
                _ => false,
            },
        };
        if !fits || self.occurs(i, t) {
            return false;
        }
        self.slots[i as usize] = Slot::Is(t.clone());
        true
    }

    /// A type inside itself would have no end.
    fn occurs(&self, i: u32, t: &T) -> bool {
        match self.shallow(t) {
            T::Unknown(j) => {
                i == j
                    || match self.slots[j as usize] {
                        Slot::Open(Class::Entries(k, v)) => {
                            self.occurs(i, &T::Unknown(k)) || self.occurs(i, &T::Unknown(v))
                        }
                        _ => false,
                    }
            }
            T::Tuple(ts) | T::Enum(_, ts) => ts.iter().any(|t| self.occurs(i, t)),
            T::List(t) | T::Option(t) | T::Set(t) | T::Bag(t) => self.occurs(i, &t),
            T::Map(k, v) => self.occurs(i, &k) || self.occurs(i, &v),
            _ => false,
        }
    }

    /// Whether some part is still free. Texts and `{}` count as known.
    pub fn has_free(&self, t: &T) -> bool {
        match self.shallow(t) {
            T::Unknown(i) => match self.slots[i as usize] {
                Slot::Open(Class::Free) => true,
                Slot::Open(Class::Entries(k, v)) => {
                    self.has_free(&T::Unknown(k)) || self.has_free(&T::Unknown(v))
                }
                _ => false,
            },
            T::Tuple(ts) | T::Enum(_, ts) => ts.iter().any(|t| self.has_free(t)),
            T::List(t) | T::Option(t) | T::Set(t) | T::Bag(t) => self.has_free(&t),
            T::Map(k, v) => self.has_free(&k) || self.has_free(&v),
            _ => false,
        }
    }

    /// The type with every unknown replaced: a text is a `str`, `{}` a set,
    /// and what nothing depends on is `unknown`.
    fn close(&self, t: &T, unknown: &Ty) -> Ty {
        let many = |ts: &[T]| ts.iter().map(|t| self.close(t, unknown)).collect();
        let one = |t: &T| Box::new(self.close(t, unknown));
        match self.shallow(t) {
            T::Int => Ty::Int,
            T::Float => Ty::Float,
            T::Bool => Ty::Bool,
            T::Str => Ty::Str,
            T::Bytes => Ty::Bytes,
            T::Node => Ty::Node,
            T::Time => Ty::Time,
            T::Duration => Ty::Duration,
            T::Uuid => Ty::Uuid,
            T::Json => Ty::Json,
            T::Tuple(ts) => Ty::Tuple(many(&ts)),
            T::List(t) => Ty::List(one(&t)),
            T::Option(t) => Ty::Option(one(&t)),
            T::Record(id) => Ty::Record(id),
            T::Enum(id, args) => Ty::Enum(id, many(&args)),
            T::Set(t) => Ty::Set(one(&t)),
            T::Map(k, v) => Ty::Map(one(&k), one(&v)),
            T::Bag(t) => Ty::Bag(one(&t)),
            T::Unknown(i) => match self.slots[i as usize] {
                Slot::Open(Class::Text) => Ty::Str,
                Slot::Open(Class::Empty) => Ty::Set(Box::new(unknown.clone())),
                Slot::Open(Class::Entries(k, v)) => {
                    Ty::Map(one(&T::Unknown(k)), one(&T::Unknown(v)))
                }
                _ => unknown.clone(),
            },
            T::Error => Ty::Error,
        }
    }

    /// The type for the typed program. What is unknown to the end has no
    /// values anywhere (the element of `[]`), so `()` serves.
    pub fn ground(&self, t: &T) -> Ty {
        self.close(t, &Ty::Tuple(Vec::new()))
    }

    /// The type for messages: unknown parts are shown as `_`.
    pub fn display(&self, t: &T) -> Ty {
        self.close(t, &Ty::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_a_node_but_never_an_int() {
        let mut uni = Unifier::default();
        let text = uni.fresh_of(Class::Text);
        let other = uni.fresh();
        assert!(uni.unify(&text, &other));
        assert!(!uni.unify(&other, &T::Int));
        assert!(uni.unify(&other, &T::Node));
        assert_eq!(uni.ground(&text), Ty::Node);
    }

    #[test]
    fn a_text_alone_is_a_str_and_braces_alone_a_set() {
        let mut uni = Unifier::default();
        let text = uni.fresh_of(Class::Text);
        let empty = uni.fresh_of(Class::Empty);
        assert_eq!(uni.ground(&text), Ty::Str);
        assert!(matches!(uni.ground(&empty), Ty::Set(_)));
        assert!(!uni.unify(&text, &empty));
        let map = T::map(T::Str, T::Int);
        assert!(uni.unify(&map, &empty));
        assert_eq!(uni.ground(&empty), Ty::Map(Box::new(Ty::Str), Box::new(Ty::Int)));
    }

    #[test]
    fn a_type_does_not_contain_itself() {
        let mut uni = Unifier::default();
        let a = uni.fresh();
        let b = T::list(a.clone());
        assert!(!uni.unify(&a, &b));
        let c = uni.fresh();
        assert!(uni.unify(&c, &T::option(a.clone())));
        assert!(!uni.unify(&a, &T::Tuple(vec![T::Int, c])));
    }

    #[test]
    fn unknowns_meet_inside_types() {
        let mut uni = Unifier::default();
        let (a, b) = (uni.fresh(), uni.fresh());
        let left = T::Tuple(vec![a.clone(), T::list(T::Int)]);
        let right = T::Tuple(vec![T::Float, T::list(b.clone())]);
        assert!(uni.has_free(&left));
        assert!(uni.unify(&left, &right));
        assert!(!uni.has_free(&left));
        assert_eq!(uni.ground(&a), Ty::Float);
        assert_eq!(uni.ground(&b), Ty::Int);
        assert!(!uni.unify(&left, &T::Tuple(vec![T::Float])));
    }

    #[test]
    fn an_error_is_equal_to_everything() {
        let mut uni = Unifier::default();
        assert!(uni.unify(&T::Error, &T::set(T::Int)));
        assert!(uni.unify(&T::list(T::Error), &T::list(T::Bool)));
    }

    #[test]
    fn nat_is_int_here() {
        assert_eq!(T::from(&Ty::List(Box::new(Ty::Nat))), T::list(T::Int));
    }
}
