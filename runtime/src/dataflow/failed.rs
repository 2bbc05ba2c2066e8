//! Failures of workers: how one travels, and which of several is the one to
//! report: the least by stratum, then by rule and row, as with one worker. What
//! a failure is shown as is not known here.

use std::cmp::Ordering;

use bloom_compiler::calm::strata::Strata;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Shape;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::plan::spread::Spread;
use bloom_compiler::source::FileId;
use bloom_compiler::source::Span;
use serde::Deserialize;
use serde::Serialize;

use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::value::codec;
use crate::value::codec::Malformed;
use crate::value::order::compare;

/// A failure as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// When one worker would have met it: by the strata of the language, from 1.
    level: u32,
    what: What,
}

/// A value as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Carried {
    ty: TypeId,
    bytes: Vec<u8>,
}

/// A place in the source as it travels.
type Place = (u32, u32, u32);

/// In the order in which one worker looks for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    Limit {
        which: String,
        limit: String,
        rule: Option<String>,
        span: Option<Place>,
        detail: String,
    },
    Point {
        rel: usize,
        key: Vec<Carried>,
        path: Vec<Carried>,
        values: [Carried; 2],
    },
    Expr {
        rule: u32,
        kind: FailKind,
        said: Vec<u8>,
        span: Place,
        vars: Vec<(String, String)>,
        values: Vec<(usize, Carried)>,
    },
    Key {
        rel: usize,
        key: Vec<Carried>,
        a: Vec<Carried>,
        b: Vec<Carried>,
    },
    Invariant {
        rel: usize,
        nth: usize,
    },
}

/// Before everything that a stratum comes to.
const AT_ONCE: u32 = 0;

/// The names of limits; a failure holds one of these.
const LIMITS: [&str; 4] = ["--max-rounds", "--max-rows", "--max-memory", "--max-seconds"];

impl Failed {
    /// What an engine of a spread program met, in terms of the program as it was
    /// written, of which these are the strata.
    pub fn of(
        failure: Failure,
        engine: &Engine,
        spread: Option<&Spread>,
        strata: &Strata,
    ) -> Failed {
        let plan = engine.plan();
        let sources = spread.map_or(&[][..], |spread| &spread.sources);
        // What is wrong with a copy is wrong with what it is a copy of.
        let copy_of = |rel: RelId| spread.and_then(|spread| *spread.copy_of.get(rel.index())?);
        let named = |rel: RelId| copy_of(rel).unwrap_or(rel);
        let one = |(ty, word): (TypeId, u64)| {
            let mut bytes = Vec::new();
            codec::encode(&plan.types, &[ty], &[word], engine.interner(), &mut bytes);
            Carried { ty, bytes }
        };
        let many = |typed: Vec<(TypeId, u64)>| typed.into_iter().map(one).collect::<Vec<_>>();
        let what = match failure {
            Failure::Limit { which, limit, rule, span, detail } => {
                What::Limit { which: which.to_owned(), limit, rule, span: span.map(place), detail }
            }
            Failure::PointConflict { rel, key, path, ty, values: (a, b) } => What::Point {
                rel: named(rel).index(),
                key: many(key),
                path: many(path),
                values: [one((ty, a)), one((ty, b))],
            },
            Failure::Expr { source_rule, kind, span, vars, values } => What::Expr {
                rule: sources.get(source_rule as usize).copied().unwrap_or(source_rule),
                said: match kind {
                    FailKind::Native(_, text) => engine.interner().get_bytes(text).to_vec(),
                    _ => Vec::new(),
                },
                kind,
                span: place(span),
                vars,
                values: values.into_iter().map(|(var, ty, word)| (var, one((ty, word)))).collect(),
            },
            Failure::KeyConflict { rel, key, a, b } => {
                let (keys, fixed) = columns(&plan.rels[rel.index()]);
                let typed = |types: &[TypeId], words: Vec<u64>| {
                    many(types.iter().copied().zip(words).collect())
                };
                What::Key {
                    rel: named(rel).index(),
                    key: typed(&keys, key),
                    a: typed(&fixed, a),
                    b: typed(&fixed, b),
                }
            }
            Failure::Invariant { rel } => What::Invariant {
                rel: rel.index(),
                nth: plan.violations.iter().position(|one| *one == rel).unwrap_or(usize::MAX),
            },
        };
        let level = |of: &[u32], at: usize| of.get(at).map_or(AT_ONCE, |level| level + 1);
        let level = match &what {
            What::Limit { .. } => AT_ONCE,
            What::Point { rel, .. } | What::Key { rel, .. } => level(&strata.of_rel, *rel),
            What::Expr { rule, .. } => level(&strata.of_rule, *rule as usize),
            What::Invariant { .. } => u32::MAX,
        };
        Failed { level, what }
    }

    /// The same where rows were judged that were read: before the first rule.
    pub fn at_once(self) -> Failed {
        Failed { level: AT_ONCE, ..self }
    }

    /// The least of some failures, in the words of an engine of the same plan.
    pub fn least(all: Vec<Failed>, engine: &mut Engine) -> Result<Option<Failure>, Malformed> {
        let mut least: Option<(Failed, Failure)> = None;
        for failed in all {
            let failure = failed.failure(engine)?;
            let is_less = least.as_ref().is_none_or(|(old, of)| {
                let order = failed.rank().cmp(&old.rank());
                order.then_with(|| by_values(&failure, of, engine)).is_lt()
            });
            if is_less {
                least = Some((failed, failure));
            }
        }
        Ok(least.map(|(_, failure)| failure))
    }

    /// When one worker would have met it: what is of a stratum after this one of
    /// the language, from 1, comes too late to be told instead.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// Level, kind, and the relation or rule.
    fn rank(&self) -> (u32, u8, usize) {
        let (kind, at) = match &self.what {
            What::Limit { .. } => (0, 0),
            What::Point { rel, .. } => (1, *rel),
            What::Expr { rule, .. } => (2, *rule as usize),
            What::Key { rel, .. } => (3, *rel),
            What::Invariant { nth, .. } => (4, *nth),
        };
        (self.level, kind, at)
    }

    /// The failure, in the words of an engine.
    fn failure(&self, engine: &mut Engine) -> Result<Failure, Malformed> {
        let types = engine.plan().types.clone();
        let mut one = |carried: &Carried| -> Result<u64, Malformed> {
            if types.len() <= carried.ty.0 as usize {
                return Err(Malformed::Wrong("a known type"));
            }
            let row = codec::decode(&types, &[carried.ty], &carried.bytes, engine.interner_mut())?;
            row.first().copied().ok_or(Malformed::Ends)
        };
        let mut typed = |all: &[Carried]| -> Result<Vec<(TypeId, u64)>, Malformed> {
            all.iter().map(|carried| Ok((carried.ty, one(carried)?))).collect()
        };
        let words = |typed: Vec<(TypeId, u64)>| typed.into_iter().map(|(_, word)| word).collect();
        Ok(match &self.what {
            What::Limit { which, limit, rule, span: at, detail } => Failure::Limit {
                which: LIMITS.into_iter().find(|name| name == which).unwrap_or(LIMITS[0]),
                limit: limit.clone(),
                rule: rule.clone(),
                span: at.map(span),
                detail: detail.clone(),
            },
            What::Point { rel, key, path, values } => {
                let values = typed(values)?;
                let [(ty, a), (_, b)] = values[..] else { return Err(Malformed::Ends) };
                Failure::PointConflict {
                    rel: RelId(*rel as u32),
                    key: typed(key)?,
                    path: typed(path)?,
                    ty,
                    values: (a, b),
                }
            }
            What::Expr { rule, kind, said, span: at, vars, values } => {
                let (numbers, carried): (Vec<usize>, Vec<Carried>) = values.iter().cloned().unzip();
                let values = numbers.into_iter().zip(typed(&carried)?);
                let values = values.map(|(var, (ty, word))| (var, ty, word)).collect();
                let kind = match kind {
                    FailKind::Native(id, _) => {
                        FailKind::Native(*id, engine.interner_mut().bytes(said))
                    }
                    kind => *kind,
                };
                let (source_rule, vars) = (*rule, vars.clone());
                Failure::Expr { source_rule, kind, span: span(*at), vars, values }
            }
            What::Key { rel, key, a, b } => Failure::KeyConflict {
                rel: RelId(*rel as u32),
                key: words(typed(key)?),
                a: words(typed(a)?),
                b: words(typed(b)?),
            },
            What::Invariant { rel, .. } => Failure::Invariant { rel: RelId(*rel as u32) },
        })
    }
}

/// Which of two failures of one kind, at one relation or rule, is less.
fn by_values(a: &Failure, b: &Failure, engine: &Engine) -> Ordering {
    let types = &engine.plan().types;
    let word = |ty, x, y| compare(types, ty, x, y, engine.interner());
    let list = |x: &[(TypeId, u64)], y: &[(TypeId, u64)]| {
        let pairs = x.iter().zip(y);
        let each = pairs.map(|(x, y)| x.0.cmp(&y.0).then_with(|| word(x.0, x.1, y.1)));
        each.fold(Ordering::Equal, Ordering::then).then(x.len().cmp(&y.len()))
    };
    match (a, b) {
        (
            Failure::Expr { values: x, span: at, kind, .. },
            Failure::Expr { values: y, span, kind: other, .. },
        ) => {
            let pairs = x.iter().zip(y);
            let each = pairs.map(|(x, y)| x.0.cmp(&y.0).then_with(|| word(x.1, x.2, y.2)));
            let values = each.fold(Ordering::Equal, Ordering::then).then(x.len().cmp(&y.len()));
            values.then(place(*at).cmp(&place(*span))).then(kind.cmp(other))
        }
        (
            Failure::PointConflict { key: x, path: p, .. },
            Failure::PointConflict { key: y, path: q, .. },
        ) => list(x, y).then_with(|| list(p, q)),
        (
            Failure::KeyConflict { rel, key: x, a, b },
            Failure::KeyConflict { key: y, a: c, b: d, .. },
        ) => {
            let (keys, fixed) = columns(&engine.plan().rels[rel.index()]);
            let row = |types: &[TypeId], x: &[u64], y: &[u64]| {
                let each = types.iter().zip(x).zip(y).map(|((ty, x), y)| word(*ty, *x, *y));
                each.fold(Ordering::Equal, Ordering::then)
            };
            row(&keys, x, y).then_with(|| row(&fixed, a, c)).then_with(|| row(&fixed, b, d))
        }
        _ => Ordering::Equal,
    }
}

/// Types of the key columns, and of the declared columns that are fixed.
fn columns(rel: &ir::Rel) -> (Vec<TypeId>, Vec<TypeId>) {
    let fixed = rel.keys + rel.values;
    let keys = rel.cols.iter().take(rel.keys).map(|col| col.ty).collect();
    let declared = rel.declared.iter().filter(|col| match col.shape {
        Shape::Word(at) => at < fixed,
        _ => false,
    });
    (keys, declared.map(|col| col.ty).collect())
}

fn place(span: Span) -> Place {
    (span.file.0, span.lo, span.hi)
}

fn span((file, lo, hi): Place) -> Span {
    Span { file: FileId(file), lo, hi }
}
