//! Small values to make facts of: few of each type, those that the program
//! names among them, each with what it costs to use it in place of the plainest one.
//! What rows are made of them is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::rc::Rc;

use crate::calm::witness::small::Small;
use crate::oracle::Float;
use crate::oracle::Json;
use crate::oracle::Value;
use crate::types::parts::parts;
use crate::types::ty::Ty;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Literal;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Program;

/// Values of one type, at most.
const VALUES_MAX: usize = 14;
/// Constants of the program that are used, at most.
const CONSTANTS_MAX: usize = 6;
/// Facts of a kind that are there together, at most.
const SIZE_MAX: i64 = 64;
/// How deep values are inside each other.
const DEPTH_MAX: u32 = 3;
/// Noon of a day, in nanoseconds.
const NOON: i64 = 1_767_268_800_000_000_000;
const MINUTE: i64 = 60_000_000_000;

/// A value and what it costs.
pub(super) type Priced = (u32, Value);

/// The texts that stand for anything.
pub(super) const TEXTS: [&str; 4] = ["a", "b", "c", "d"];

/// What values are made of.
pub(super) struct Domain {
    ints: BTreeSet<i64>,
    texts: BTreeSet<String>,
    floats: BTreeSet<Float>,
    durations: BTreeSet<i64>,
    nodes: Vec<String>,
}

impl Domain {
    /// Of these programs, and nodes with these names.
    pub(super) fn of(smalls: &[Rc<Small>], nodes: Vec<String>) -> Domain {
        let mut domain = Domain {
            ints: BTreeSet::new(),
            texts: BTreeSet::new(),
            floats: BTreeSet::new(),
            durations: BTreeSet::new(),
            nodes,
        };
        for small in smalls {
            let mut see = |e: &Expr| domain.see(e);
            for rule in &small.program.rules {
                rule.args.iter().for_each(&mut see);
                for agg in &rule.aggs {
                    agg.args.iter().for_each(&mut see);
                    agg.by.iter().for_each(|(e, _)| see(e));
                }
                each_expr(&rule.body.lits, &mut see);
            }
            small.program.fns.iter().for_each(|f| see(&f.body));
            small.program.consts.iter().for_each(|c| see(&c.value));
        }
        domain
    }

    fn see(&mut self, e: &Expr) {
        if let ExprKind::Literal(literal) = &e.kind {
            match literal {
                Literal::Int(i) => drop(self.ints.insert(*i)),
                Literal::Str(text) => drop(self.texts.insert(text.clone())),
                Literal::Float(f) => drop(self.floats.insert(Float::new(*f))),
                Literal::Duration(d) => drop(self.durations.insert(*d)),
                Literal::Node(_) | Literal::Bool(_) | Literal::Bytes(_) | Literal::Uuid(_) => {}
            }
        }
        parts(e, &mut |part| self.see(part));
        if let ExprKind::Match(_, arms) = &e.kind {
            arms.iter().for_each(|(pat, _)| each_in_pat(pat, &mut |e| self.see(e)));
        }
    }

    /// How many facts of a kind there may have to be, by the numbers that the
    /// program names.
    pub(super) fn sizes(&self) -> Vec<usize> {
        let sizes = self.ints.iter().copied().filter(|n| (2..=SIZE_MAX).contains(n));
        let around = sizes.flat_map(|n| [n - 1, n]).filter(|n| *n > 1);
        around.collect::<BTreeSet<i64>>().into_iter().map(|n| n as usize).collect()
    }

    /// The value with this number of a type that has many, all of them different.
    pub(super) fn nth(&self, ty: &Ty, n: usize) -> Option<Value> {
        Some(match ty {
            Ty::Int | Ty::Nat => Value::Int(n as i64 + 1),
            Ty::Str => match TEXTS.get(n) {
                Some(text) => Value::str(*text),
                None => Value::str(format!("x{}", n + 1)),
            },
            Ty::Node => Value::Node(format!("n{}", n + 1)),
            Ty::Uuid => uuid(n as u8 + 1),
            _ => return None,
        })
    }

    /// Values of a type, the plainest first.
    pub(super) fn values(&self, ty: &Ty, program: &Program) -> Vec<Priced> {
        self.within(ty, program, DEPTH_MAX)
    }

    fn within(&self, ty: &Ty, program: &Program, depth: u32) -> Vec<Priced> {
        let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
        let inner = |ty: &Ty| self.within(ty, program, depth);
        let mut all: Vec<Priced> = match ty {
            Ty::Int => self.ints(i64::MIN),
            Ty::Nat => self.ints(0),
            Ty::Float => {
                let named = self.floats.iter().map(|f| f.get());
                let named = named.flat_map(|f| [f - 1.0, f, f + 1.0]).map(|f| (1, f));
                let few = [(0, 1.0), (1, 2.0), (2, 0.0)];
                few.into_iter().chain(named).map(|(cost, f)| (cost, Value::float(f))).collect()
            }
            Ty::Bool => vec![(0, Value::Bool(true)), (0, Value::Bool(false))],
            Ty::Str => self.texts(),
            Ty::Bytes => (0..3).map(|n| (n, Value::Bytes(vec![b'a' + n as u8]))).collect(),
            Ty::Node => self.nodes(),
            Ty::Time => {
                let at = |n: i64| Value::Time(NOON + n * MINUTE);
                let named = self.durations.iter().map(|d| Value::Time(NOON.saturating_add(*d)));
                let near = (0..3).map(|n| (n as u32, at(n)));
                near.chain(named.map(|time| (1, time))).collect()
            }
            Ty::Duration => {
                let named = self.durations.iter().map(|d| (1, Value::Duration(*d)));
                (0..3).map(|n| (n as u32, Value::Duration((n + 1) * MINUTE))).chain(named).collect()
            }
            Ty::Uuid => (0..3).map(|n| (n, uuid(n as u8 + 1))).collect(),
            Ty::Json => (0..3).map(|n| (n as u32, Value::Json(Json::Int(n + 1)))).collect(),
            Ty::Tuple(of) => combine(&of.iter().map(inner).collect::<Vec<_>>(), Value::Tuple),
            Ty::Record(id) => {
                let fields = &program.records[id.index()].fields;
                let of: Vec<_> = fields.iter().map(|(_, ty)| inner(ty)).collect();
                combine(&of, Value::Record)
            }
            Ty::Enum(id, args) => {
                let of = &program.enums[id.index()];
                let variant = |at: usize| {
                    let payload: Vec<_> = of.payload(at, args).iter().map(inner).collect();
                    let with = combine(&payload, |parts| Value::Enum(at, parts));
                    with.into_iter().map(move |(cost, value)| (cost + at.min(1) as u32, value))
                };
                (0..of.variants.len()).flat_map(variant).collect()
            }
            Ty::Option(of) => {
                let some = inner(of).into_iter().map(|(c, v)| (c, Value::option(Some(v))));
                some.chain([(1, Value::None)]).collect()
            }
            Ty::List(of) => groups(&inner(of), Value::List),
            Ty::Set(of) => groups(&inner(of), |all| Value::Set(all.into_iter().collect())),
            Ty::Map(key, of) => self.maps(&inner(key), &inner(of)),
            Ty::Bag(of) => self.maps(&inner(of), &inner(&Ty::Nat)),
            Ty::Param(_) | Ty::Error => Vec::new(),
        };
        all.sort_by_key(|priced| priced.0);
        let mut seen = BTreeSet::new();
        all.retain(|(_, value)| seen.insert(value.clone()));
        all.truncate(VALUES_MAX);
        all
    }

    fn ints(&self, least: i64) -> Vec<Priced> {
        let few = [(0, 1), (1, 2), (1, 0), (2, 3), (2, -1)];
        let named = self
            .ints
            .iter()
            .rev()
            .take(CONSTANTS_MAX)
            .flat_map(|&n| [(1, n), (1, n.saturating_add(1)), (2, n.saturating_sub(1))]);
        let all = few.into_iter().chain(named).filter(|(_, n)| *n >= least);
        all.map(|(cost, n)| (cost, Value::Int(n))).collect()
    }

    fn texts(&self) -> Vec<Priced> {
        let few = TEXTS.iter().enumerate().map(|(at, text)| (at as u32, Value::str(*text)));
        let named = self.texts.iter().take(CONSTANTS_MAX);
        few.chain(named.map(|text| (1, Value::str(text.clone())))).collect()
    }

    fn nodes(&self) -> Vec<Priced> {
        let named = self.nodes.iter().enumerate().take(4);
        let named = named.map(|(at, node)| (at as u32, Value::Node(node.clone())));
        named.collect()
    }

    fn maps(&self, keys: &[Priced], values: &[Priced]) -> Vec<Priced> {
        let map = |entries: &[(usize, usize)]| {
            let mut cost = 0;
            let mut all = BTreeMap::new();
            for (key, value) in entries {
                let (key, value) = (keys.get(*key)?, values.get(*value)?);
                cost += key.0 + value.0;
                all.insert(key.1.clone(), value.1.clone());
            }
            Some((cost + u32::from(all.len() != 1), Value::Map(all)))
        };
        let forms: [&[(usize, usize)]; 6] =
            [&[(0, 0)], &[], &[(0, 1)], &[(1, 0)], &[(0, 0), (1, 0)], &[(0, 1), (1, 0)]];
        forms.into_iter().filter_map(map).collect()
    }
}

/// Whether a text is one of those that stand for anything.
pub(super) fn is_made(text: &str) -> bool {
    let rest = text.strip_prefix('x').unwrap_or_default();
    TEXTS.contains(&text) || !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit())
}

/// A number as a uuid.
pub(super) fn uuid(n: u8) -> Value {
    let mut bytes = [0; 16];
    bytes[15] = n;
    Value::Uuid(bytes)
}

/// One of each part: all plain, or one of them another.
fn combine(of: &[Vec<Priced>], make: impl Fn(Vec<Value>) -> Value) -> Vec<Priced> {
    let Some(plain) = of.iter().map(|part| part.first().cloned()).collect::<Option<Vec<Priced>>>()
    else {
        return Vec::new();
    };
    let values = |parts: &[Priced]| parts.iter().map(|part| part.1.clone()).collect::<Vec<_>>();
    let cost = |parts: &[Priced]| parts.iter().map(|part| part.0).sum::<u32>();
    let mut out = vec![(cost(&plain), make(values(&plain)))];
    for (at, part) in of.iter().enumerate() {
        for other in part.iter().skip(1).take(4) {
            let mut parts = plain.clone();
            parts[at] = other.clone();
            out.push((cost(&parts).max(1), make(values(&parts))));
        }
    }
    out
}

/// One element, two of them, none, another.
fn groups(of: &[Priced], make: impl Fn(Vec<Value>) -> Value) -> Vec<Priced> {
    let some = |at: &[usize]| {
        let parts: Option<Vec<&Priced>> = at.iter().map(|at| of.get(*at)).collect();
        let parts = parts?;
        let cost = parts.iter().map(|part| part.0).sum::<u32>() + u32::from(at.len() != 1);
        Some((cost, make(parts.into_iter().map(|part| part.1.clone()).collect())))
    };
    let forms: [&[usize]; 5] = [&[0], &[0, 1], &[], &[1], &[0, 1, 2]];
    forms.into_iter().filter_map(some).collect()
}

/// Calls `f` with every outermost expression of a body.
fn each_expr(lits: &[Lit], f: &mut dyn FnMut(&Expr)) {
    for lit in lits {
        match &lit.kind {
            LitKind::Atom(atom) => atom.args.iter().for_each(|pat| each_in_pat(pat, f)),
            LitKind::Not(lits) => each_expr(lits, f),
            LitKind::Cond(e) => f(e),
            LitKind::Bind(pat, e) | LitKind::In(pat, e) => {
                each_in_pat(pat, f);
                f(e);
            }
            LitKind::Or(branches) => branches.iter().for_each(|lits| each_expr(lits, f)),
            LitKind::Else { atom, otherwise, .. } => {
                atom.args.iter().for_each(|pat| each_in_pat(pat, f));
                each_expr(otherwise, f);
            }
            LitKind::All { range, lits, .. } => {
                f(range);
                each_expr(lits, f);
            }
        }
    }
}

fn each_in_pat(pat: &Pat, f: &mut dyn FnMut(&Expr)) {
    match &pat.kind {
        PatKind::Expr(e) => f(e),
        PatKind::Tuple(pats) | PatKind::Construct(_, _, pats) => {
            pats.iter().for_each(|pat| each_in_pat(pat, f));
        }
        PatKind::Some(pat) => each_in_pat(pat, f),
        PatKind::Wild | PatKind::Var(_) | PatKind::None => {}
    }
}
