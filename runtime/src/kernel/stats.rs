//! What a run did and what it holds.

use bloom_compiler::plan::follows;
use bloom_compiler::plan::ir;
use bloom_compiler::source::Span;

use crate::kernel::engine::Engine;

/// Of a rule.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct RuleStats {
    pub source: u32,
    pub name: String,
    pub span: Span,
    /// Complete matches of the body.
    pub matches: u64,
    /// Rows that were new, and cells that grew.
    pub new_rows: u64,
    /// Times a variant was run.
    pub runs: u64,
    pub cpu_seconds: f64,
    /// Of a view of a program that ticks: what becomes of it when something changes.
    pub follows: Option<String>,
}

impl RuleStats {
    /// Nothing done yet.
    pub fn new(plan: &ir::Program, rule: &ir::Rule) -> RuleStats {
        RuleStats {
            source: rule.source,
            name: rule.name.clone(),
            span: rule.span,
            matches: 0,
            new_rows: 0,
            runs: 0,
            cpu_seconds: 0.0,
            follows: follows(plan, rule),
        }
    }
}

/// Of a relation.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct RelationStats {
    pub name: String,
    pub rows: usize,
    pub bytes: usize,
    pub index_bytes: usize,
    pub hidden: bool,
}

/// Of a run.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Stats {
    pub strata: usize,
    pub rounds: u64,
    /// Times that the rest was planned anew, for more rows than were assumed.
    pub replans: u64,
    pub relations: Vec<RelationStats>,
    pub rules: Vec<RuleStats>,
    pub interner_bytes: usize,
    /// Where many workers ran: rows that went from one to another, and how often
    /// all had to wait for each other.
    pub together: Option<(u64, u64)>,
}

impl Engine {
    /// What its rules did.
    pub fn rules(&self) -> &[RuleStats] {
        &self.rules
    }

    /// What was done and what is held.
    pub fn stats(&self) -> Stats {
        let indexes = |rel: usize| -> usize {
            let of = self.linked.slots.iter().zip(&self.indexes).filter(|(s, _)| s.rel == rel);
            of.map(|(_, index)| index.bytes()).sum()
        };
        let relations = self.plan.rels.iter().enumerate().map(|(i, r)| RelationStats {
            name: r.name.clone(),
            rows: self.rels[i].live(),
            bytes: self.rels[i].bytes(),
            index_bytes: indexes(i),
            hidden: r.hidden,
        });
        Stats {
            strata: self.plan.strata.len(),
            rounds: self.rounds,
            replans: self.replans,
            relations: relations.collect(),
            rules: self.rules.clone(),
            interner_bytes: self.interner.bytes_used(),
            together: None,
        }
    }
}
