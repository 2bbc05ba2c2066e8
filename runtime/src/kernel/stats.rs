//! What a run did and what it holds.

use bloom_compiler::source::Span;

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
}

impl RuleStats {
    /// Nothing done yet.
    pub fn new(source: u32, name: String, span: Span) -> RuleStats {
        RuleStats { source, name, span, matches: 0, new_rows: 0, runs: 0, cpu_seconds: 0.0 }
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
}
