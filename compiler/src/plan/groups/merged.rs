//! Strata for the planner: late relations of one phase are one component, so
//! that each of their rules can go on from what is new in any of them; all
//! others keep theirs. How rules are planned is not known here.

use std::collections::BTreeMap;

use crate::calm::strata::Strata;
use crate::ids::RelId;
use crate::plan::groups::phases::Phase;
use crate::plan::groups::phases::Phases;
use crate::types::typed::Program;

/// The strata of a program by its phases.
pub fn strata(program: &Program, strata: &Strata, phases: &Phases) -> Strata {
    let phase = |rel: RelId| phases.of_rel[rel.index()];
    // Late ones stand together whatever component they were of.
    let component = |rel: RelId| {
        let phase = phase(rel);
        (phase, if phase.late { 0 } else { strata.scc_of_rel[rel.index()] })
    };
    let mut order = strata.order.clone();
    order.sort_by_key(|rel| component(*rel));
    let mut levels: BTreeMap<Phase, u32> = BTreeMap::new();
    let mut components: BTreeMap<(Phase, u32), u32> = BTreeMap::new();
    for rel in &order {
        let level = levels.len() as u32;
        levels.entry(phase(*rel)).or_insert(level);
        let number = components.len() as u32;
        components.entry(component(*rel)).or_insert(number);
    }
    let rels = || (0..program.rels.len()).map(|rel| RelId(rel as u32));
    let of_rel: Vec<u32> =
        rels().map(|rel| levels.get(&phase(rel)).copied().unwrap_or(0)).collect();
    Strata {
        of_rule: program.rules.iter().map(|rule| of_rel[rule.head.index()]).collect(),
        count: levels.len() as u32,
        recursive: strata.recursive.clone(),
        order,
        scc_of_rel: rels()
            .map(|rel| components.get(&component(rel)).copied().unwrap_or(0))
            .collect(),
        of_rel,
    }
}
