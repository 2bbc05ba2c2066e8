//! What can be found while rows still come: a program whose collections fill
//! bit by bit is put into three parts. What hangs on no row that is still to
//! come is completed *before*; what more rows only add to runs *along*, as one
//! stratum that goes on for as long as rows come; what denies, aggregates or
//! reads as finished anything of that comes *after*. How rows come, and how rules
//! are planned, is not known here.
//!
//! What is made is another order of the same rules. Putting circles of relations
//! together changes no row: within one stratum every rule is run for what is new
//! in each relation that it reads, which is what a circle needs and all others
//! can bear.

use crate::calm::strata::Edge;
use crate::calm::strata::Need;
use crate::calm::strata::Strata;
use crate::calm::strata::edges;
use crate::ids::RelId;
use crate::names::hir::RelKind;
use crate::plan::ir;
use crate::source::Span;
use crate::types::typed::Program;

/// When a relation is filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Nothing that is still to come changes it.
    Before,
    /// It only gains rows while others come.
    Along,
    /// Only when nothing comes any more, because of this.
    After(Gate),
}

/// Why something has to wait: a rule needs all of what it reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gate {
    /// The rule.
    pub rule: usize,
    /// What it reads.
    pub reads: RelId,
    /// How it reads it.
    pub need: Need,
    /// Where.
    pub span: Span,
}

/// A program in three parts.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The order of its relations.
    pub strata: Strata,
    /// The part of each relation.
    pub when: Vec<When>,
    /// Relations from outside that are to be whole before the first rule runs.
    pub first: Vec<RelId>,
    /// Relations from outside that may fill while rules run.
    pub open: Vec<RelId>,
}

impl Flow {
    /// Whether a row of a relation, once it is there, stays as it is, so that it
    /// can be shown before the others are known.
    pub fn is_shown_early(&self, program: &Program, rel: RelId) -> bool {
        let schema = &program.rels[rel.index()];
        let is_late = matches!(self.when[rel.index()], When::After(_));
        !is_late && !schema.has_cells() && !schema.has_growth()
    }

    /// The stratum of a plan that runs while rows come, if there is one. The plan
    /// was made of these strata.
    pub fn along(&self, plan: &ir::Program) -> Option<usize> {
        let is_open =
            |stratum: &ir::Stratum| self.open.iter().any(|rel| stratum.rels.contains(rel));
        plan.strata.iter().position(is_open)
    }
}

/// Puts a program without errors into its parts. `sources` are the relations that
/// rows from outside come into; `wanted` those of which rows are wanted early: a
/// table that does not change while the program runs is loaded first where that
/// lets one of them fill along.
pub fn flow(program: &Program, strata: &Strata, sources: &[RelId], wanted: &[RelId]) -> Flow {
    let edges = edges(program);
    let graph = Graph { program, edges: &edges };
    let mut open = vec![false; program.rels.len()];
    sources.iter().for_each(|rel| open[rel.index()] = true);
    let mut first = Vec::new();
    let mut when = graph.parts(&open);
    while let Some(table) = wanted.iter().find_map(|rel| graph.better_first(&when, &open, *rel)) {
        open[table.index()] = false;
        first.push(table);
        when = graph.parts(&open);
    }
    first.sort_unstable();
    let open = sources.iter().copied().filter(|rel| open[rel.index()]).collect();
    Flow { strata: ordered(strata, &when), when, first, open }
}

struct Graph<'a> {
    program: &'a Program,
    edges: &'a [Edge],
}

impl Graph<'_> {
    fn parts(&self, open: &[bool]) -> Vec<When> {
        let fed = self.reached(open.to_vec());
        let part = |fed: &bool| if *fed { When::Along } else { When::Before };
        let mut when: Vec<When> = fed.iter().map(part).collect();
        for edge in self.edges.iter().filter(|edge| edge.need != Need::Growing) {
            let Edge { rule, reads, need, span, .. } = *edge;
            if fed[reads.index()] && when[edge.head.index()] == When::Along {
                when[edge.head.index()] = When::After(Gate { rule, reads, need, span });
            }
        }
        loop {
            let mut changed = false;
            for edge in self.edges {
                let reads = when[edge.reads.index()];
                if matches!(reads, When::After(_)) && when[edge.head.index()] == When::Along {
                    when[edge.head.index()] = reads;
                    changed = true;
                }
            }
            if !changed {
                return when;
            }
        }
    }

    /// Everything that hangs on these relations.
    fn reached(&self, mut from: Vec<bool>) -> Vec<bool> {
        loop {
            let mut changed = false;
            for edge in self.edges {
                if from[edge.reads.index()] && !from[edge.head.index()] {
                    from[edge.head.index()] = true;
                    changed = true;
                }
            }
            if !changed {
                return from;
            }
        }
    }

    /// Everything that a relation hangs on, itself too.
    fn below(&self, rel: RelId) -> Vec<bool> {
        let mut below = vec![false; self.program.rels.len()];
        below[rel.index()] = true;
        loop {
            let mut changed = false;
            for edge in self.edges {
                if below[edge.head.index()] && !below[edge.reads.index()] {
                    below[edge.reads.index()] = true;
                    changed = true;
                }
            }
            if !changed {
                return below;
            }
        }
    }

    /// A table that keeps a relation waiting and need not: all that the gate
    /// hangs on are tables that do not change, and there is something else that
    /// rows can come from meanwhile.
    fn better_first(&self, when: &[When], open: &[bool], rel: RelId) -> Option<RelId> {
        let When::After(gate) = when[rel.index()] else { return None };
        let of = |rel: RelId| -> Vec<RelId> {
            let below = self.below(rel);
            let all = (0..below.len()).filter(|at| below[*at] && open[*at]);
            all.map(|at| RelId(at as u32)).collect()
        };
        let before = of(gate.reads);
        let others = of(rel).into_iter().any(|source| !before.contains(&source));
        let fixed = before.iter().all(|table| self.is_fixed(*table));
        before.first().copied().filter(|_| others && fixed)
    }

    /// Whether a table is loaded once and then stays as it is.
    fn is_fixed(&self, rel: RelId) -> bool {
        let is_table =
            matches!(self.program.rels[rel.index()].kind, RelKind::StaticTable | RelKind::Table);
        is_table && !self.program.rules.iter().any(|rule| rule.head == rel && !rule.is_fact)
    }
}

/// The order in which the parts are completed: the one in the middle is one
/// circle.
fn ordered(strata: &Strata, when: &[When]) -> Strata {
    let circle = strata.scc_of_rel.iter().max().map_or(0, |last| last + 1);
    let levels = strata.count;
    let mut out = strata.clone();
    for (at, when) in when.iter().enumerate() {
        match when {
            When::Before => {}
            When::Along => {
                out.of_rel[at] = levels;
                out.scc_of_rel[at] = circle;
                out.recursive[at] = true;
            }
            When::After(_) => out.of_rel[at] += levels + 1,
        }
    }
    out.count = 2 * levels + 1;
    out
}
