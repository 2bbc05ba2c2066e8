//! How a run fails, and which of several failures is the one to report: the
//! least by rule, then by the values of the rule's variables. So a message
//! never depends on the order in which rows were joined.

use std::cmp::Ordering;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::source::Span;

use crate::kernel::relation::Relation;
use crate::kernel::scalar::Scalars;
use crate::value::interner::Interner;
use crate::value::order::compare;
use crate::value::order::sort_rows;
use crate::value::text;

/// Why a run failed.
#[derive(Clone, PartialEq, Debug)]
pub enum Failure {
    /// An expression.
    Expr {
        /// Number of the rule in the program.
        source_rule: u32,
        /// What is wrong.
        kind: FailKind,
        /// The expression.
        span: Span,
        /// The variables that had values, with their literals.
        vars: Vec<(String, String)>,
        /// The same as words, by the number of the variable.
        values: Vec<(usize, ir::TypeId, u64)>,
    },
    /// Two rows with one key and different values: words of the columns in
    /// declared order.
    KeyConflict {
        /// The relation.
        rel: RelId,
        /// Its key columns' words.
        key: Vec<u64>,
        /// One row.
        a: Vec<u64>,
        /// The other.
        b: Vec<u64>,
    },
    /// A point inside of a column was given two values.
    PointConflict {
        /// The relation.
        rel: RelId,
        /// Types and words of its key columns.
        key: Vec<(ir::TypeId, u64)>,
        /// Those of the keys of the maps that the point stands in.
        path: Vec<(ir::TypeId, u64)>,
        /// Type of the values.
        ty: ir::TypeId,
        /// The least and the greatest.
        values: (u64, u64),
    },
    /// What has to hold always does not hold.
    Invariant {
        /// The relation of its violations.
        rel: RelId,
    },
    /// A limit was met.
    Limit {
        /// The flag that sets it.
        which: &'static str,
        /// Its value.
        limit: String,
        /// Name of the rule that grows, and where it stands.
        rule: Option<String>,
        /// Where that rule stands.
        span: Option<Span>,
        /// What was going on.
        detail: String,
    },
}

/// The least failing match seen so far.
#[derive(Default)]
pub struct Least {
    found: Option<Found>,
}

struct Found {
    rule: u32,
    /// `(variable, type, word)`, by variable.
    values: Vec<(usize, ir::TypeId, u64)>,
    names: Vec<String>,
    span: Span,
    kind: FailKind,
}

impl Least {
    /// Hears of a failing match.
    pub fn see(
        &mut self,
        rule: &ir::Rule,
        bound: &[usize],
        regs: &[u64],
        (kind, span): (FailKind, Span),
        s: &Scalars,
    ) {
        let value = |&i: &usize| (i, rule.vars[i].1, regs[rule.vars[i].2 as usize]);
        let names = bound.iter().map(|&i| rule.vars[i].0.clone()).collect();
        let new = Found {
            rule: rule.source,
            values: bound.iter().map(value).collect(),
            names,
            span,
            kind,
        };
        let less = self.found.as_ref().is_none_or(|old| order(&new, old, s).is_lt());
        if less {
            self.found = Some(new);
        }
    }

    /// The failure, if there was one.
    pub fn take(&mut self, types: &[ir::Type], interner: &Interner) -> Option<Failure> {
        let found = self.found.take()?;
        let show = |(name, &(_, ty, word)): (&String, &(usize, ir::TypeId, u64))| {
            let mut out = Vec::new();
            text::literal(types, ty, word, interner, &mut out);
            (name.clone(), String::from_utf8_lossy(&out).into_owned())
        };
        Some(Failure::Expr {
            source_rule: found.rule,
            kind: found.kind,
            span: found.span,
            vars: found.names.iter().zip(&found.values).map(show).collect(),
            values: found.values,
        })
    }
}

fn order(a: &Found, b: &Found, s: &Scalars) -> Ordering {
    let values = || {
        for (x, y) in a.values.iter().zip(&b.values) {
            let order = x.0.cmp(&y.0).then_with(|| compare(s.types, x.1, x.2, y.2, s.interner));
            if order != Ordering::Equal {
                return order;
            }
        }
        a.values.len().cmp(&b.values.len())
    };
    let place = |f: &Found| (f.span.file.0, f.span.lo, f.span.hi, f.kind);
    a.rule.cmp(&b.rule).then_with(values).then_with(|| place(a).cmp(&place(b)))
}

/// The least pair of rows with one key and different values: physical words.
pub fn key_conflict(
    schema: &ir::Rel,
    relation: &Relation,
    types: &[ir::Type],
    interner: &Interner,
) -> Option<(Vec<u64>, Vec<u64>)> {
    if !relation.has_conflict() {
        return None;
    }
    let width = schema.keys + schema.values;
    let mut flat = Vec::with_capacity(relation.len() * width);
    for row in (0..relation.len()).filter(|&row| !relation.is_dead(row)) {
        relation.rows().copy_to(row, &mut flat);
    }
    let cols: Vec<ir::TypeId> = schema.cols[..width].iter().map(|c| c.ty).collect();
    let sorted = sort_rows(types, &cols, flat, interner);
    let rows: Vec<&[u64]> = sorted.chunks_exact(width).collect();
    let pair = rows.windows(2).find(|w| w[0][..schema.keys] == w[1][..schema.keys])?;
    Some((pair[0].to_vec(), pair[1].to_vec()))
}
