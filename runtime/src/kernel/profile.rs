//! Where a run spent its time, variant by variant. Only a run that was asked
//! for it keeps this: the clock is read around variants and strata, never
//! inside them.

use std::time::Duration;

use bloom_compiler::plan::ir;
use bloom_compiler::source::Span;

use crate::kernel::engine::Engine;
use crate::kernel::index::Index;
use crate::kernel::link::Slot;

/// A run.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Profile {
    pub strata: Vec<StratumProfile>,
    /// Bytes of indexes by relation, when most were held: they go when no later
    /// stratum reads them.
    pub index_bytes: Vec<usize>,
}

/// A stratum.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct StratumProfile {
    /// The relations that it completes.
    pub rels: Vec<String>,
    /// Windows that were promoted.
    pub rounds: u64,
    /// All of it: rules, and the windows and indexes between them.
    pub time: Duration,
    pub rules: Vec<RuleProfile>,
}

/// A rule of the plan; of a rule with `or` there are several.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct RuleProfile {
    pub name: String,
    pub span: Span,
    pub variants: Vec<VariantProfile>,
}

/// A way to evaluate a rule.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct VariantProfile {
    /// The relation whose news it is run for; none: it is run once.
    pub delta: Option<String>,
    pub runs: u64,
    /// Complete matches of the body.
    pub matches: u64,
    /// Rows that were new, and cells that grew.
    pub new_rows: u64,
    pub time: Duration,
}

/// Which variant is meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub stratum: usize,
    pub rule: usize,
    pub variant: usize,
}

impl Engine {
    /// Makes the run keep where it spends its time.
    pub fn keep_profile(&mut self) {
        self.profile = Some(Profile::default());
    }

    /// Where time went, in a run that kept it.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }
}

impl Profile {
    /// Of a plan that was not run yet.
    pub(super) fn of(plan: &ir::Program) -> Profile {
        let name = |rel: &bloom_compiler::ids::RelId| plan.rels[rel.index()].name.clone();
        let variant = |variant: &ir::Variant| VariantProfile {
            delta: variant.delta.map(|(rel, _)| name(&rel)),
            ..VariantProfile::default()
        };
        let rule = |rule: &ir::Rule| RuleProfile {
            name: rule.name.clone(),
            span: rule.span,
            variants: rule.variants.iter().map(variant).collect(),
        };
        let stratum = |stratum: &ir::Stratum| StratumProfile {
            rels: stratum.rels.iter().map(name).collect(),
            rules: stratum.rules.iter().map(rule).collect(),
            ..StratumProfile::default()
        };
        let strata = plan.strata.iter().map(stratum).collect();
        Profile { strata, index_bytes: vec![0; plan.rels.len()] }
    }

    /// A stratum is complete, or met a limit.
    pub(super) fn end_stratum(&mut self, number: usize, rounds: u64, time: Duration) {
        (self.strata[number].rounds, self.strata[number].time) = (rounds, time);
    }

    /// Looks at the indexes before those that nobody reads again go.
    pub(super) fn weigh(&mut self, slots: &[Slot], indexes: &[Index]) {
        let mut now = vec![0; self.index_bytes.len()];
        for (slot, index) in slots.iter().zip(indexes) {
            if let Some(bytes) = now.get_mut(slot.rel) {
                *bytes += index.bytes();
            }
        }
        for (most, now) in self.index_bytes.iter_mut().zip(now) {
            *most = now.max(*most);
        }
    }

    /// A variant was run once.
    pub(super) fn add(&mut self, at: At, matches: u64, new_rows: u64, time: Duration) {
        let rules = &mut self.strata[at.stratum].rules;
        if let Some(variant) = rules[at.rule].variants.get_mut(at.variant) {
            variant.runs += 1;
            variant.matches += matches;
            variant.new_rows += new_rows;
            variant.time += time;
        }
    }
}

impl RuleProfile {
    /// The time of all variants.
    pub fn time(&self) -> Duration {
        self.variants.iter().map(|variant| variant.time).sum()
    }
}
