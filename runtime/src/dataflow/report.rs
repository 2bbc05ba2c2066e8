//! What workers did, added up. How it is shown is not known here.

use serde::Deserialize;
use serde::Serialize;

use bloom_compiler::plan::spread::Spread;

use crate::kernel::Engine;
use crate::kernel::RelationStats;
use crate::kernel::RuleStats;
use crate::kernel::Stats;

/// What some workers did and hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// By rule of the plan.
    rules: Vec<Rule>,
    /// By relation of the plan: rows, bytes, bytes of indexes.
    rels: Vec<(u64, u64, u64)>,
    rounds: u64,
    interner_bytes: u64,
    /// Rows that workers put out for others.
    pub moved: u64,
    /// How often workers waited for each other before they could go on.
    pub gates: u64,
    /// By relation: rows that were read and had been there already.
    pub equal: Vec<u64>,
}

/// What a rule did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Rule {
    matches: u64,
    new_rows: u64,
    runs: u64,
    cpu_seconds: f64,
}

impl Report {
    /// Of one worker.
    pub fn of(engine: &Engine) -> Report {
        let stats = engine.stats();
        let rule = |rule: &RuleStats| Rule {
            matches: rule.matches,
            new_rows: rule.new_rows,
            runs: rule.runs,
            cpu_seconds: rule.cpu_seconds,
        };
        let rel = |rel: &RelationStats| (rel.rows as u64, rel.bytes as u64, rel.index_bytes as u64);
        Report {
            rules: stats.rules.iter().map(rule).collect(),
            rels: stats.relations.iter().map(rel).collect(),
            rounds: stats.rounds,
            interner_bytes: stats.interner_bytes as u64,
            moved: engine.share().map_or(0, |share| share.moved()),
            gates: 0,
            equal: Vec::new(),
        }
    }

    /// Adds what another worker did.
    pub fn add(&mut self, other: &Report) {
        self.rules.resize(self.rules.len().max(other.rules.len()), Rule::default());
        for (own, other) in self.rules.iter_mut().zip(&other.rules) {
            own.matches += other.matches;
            own.new_rows += other.new_rows;
            own.runs += other.runs;
            own.cpu_seconds += other.cpu_seconds;
        }
        self.rels.resize(self.rels.len().max(other.rels.len()), (0, 0, 0));
        for (own, other) in self.rels.iter_mut().zip(&other.rels) {
            *own = (own.0 + other.0, own.1 + other.1, own.2 + other.2);
        }
        self.equal.resize(self.equal.len().max(other.equal.len()), 0);
        self.equal.iter_mut().zip(&other.equal).for_each(|(own, other)| *own += other);
        self.rounds += other.rounds;
        self.interner_bytes += other.interner_bytes;
        self.moved += other.moved;
        // All of them wait at the same gates.
        self.gates = self.gates.max(other.gates);
    }

    /// The same as of one worker: rules of the source, each with all of its
    /// steps; what only helps to spread a program is hidden.
    pub fn stats(&self, engine: &Engine, spread: &Spread) -> Stats {
        let mut all = engine.stats();
        let zipped = all.relations.iter_mut().enumerate().zip(&self.rels);
        for ((at, rel), (rows, bytes, index_bytes)) in zipped {
            (rel.rows, rel.bytes) = (*rows as usize, *bytes as usize);
            rel.index_bytes = *index_bytes as usize;
            rel.hidden |= at >= spread.own;
        }
        let mut rules: Vec<RuleStats> = Vec::new();
        for (rule, did) in all.rules.into_iter().zip(&self.rules) {
            let known = spread.sources.get(rule.source as usize).copied();
            let source = known.unwrap_or(rule.source);
            if source == u32::MAX {
                continue;
            }
            // The first rule of a source is the one that derives its rows.
            let is_last = (rule.source as usize) < spread.sources.len() && source == rule.source;
            let at = rules.iter().position(|other| other.source == source);
            let at = at.unwrap_or_else(|| {
                rules.push(RuleStats { source, matches: 0, new_rows: 0, runs: 0, ..rule.clone() });
                rules.len() - 1
            });
            let sum = &mut rules[at];
            sum.runs += did.runs;
            sum.cpu_seconds += did.cpu_seconds;
            sum.matches += did.matches;
            if is_last {
                (sum.name, sum.span) = (rule.name.clone(), rule.span);
                sum.new_rows += did.new_rows;
            }
        }
        all.rules = rules;
        all.together = Some((self.moved, self.gates));
        all.rounds = self.rounds;
        all.interner_bytes = self.interner_bytes as usize;
        all
    }
}
