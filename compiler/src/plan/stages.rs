//! Strata of the plan: each recursive component of relations is one, so that
//! rules that do not take part in a recursion run once, over finished
//! relations. This room must not know rules' insides.
//!
//! Failures are judged per stratum of the language, which may be many of these.

use std::collections::BTreeMap;

use crate::calm::strata::Strata;
use crate::ids::RelId;
use crate::plan::ir;
use crate::plan::ir::Rel;
use crate::plan::ir::Rule;
use crate::plan::ir::Stratum;

/// Number of the component of each relation. Relations that the analysis did
/// not number stand alone.
pub fn components(strata: &Strata, count: usize) -> Vec<u32> {
    let most = strata.scc_of_rel.iter().max().map_or(0, |most| most + 1);
    (0..count).map(|rel| strata.scc_of_rel.get(rel).copied().unwrap_or(most + rel as u32)).collect()
}

/// Groups the rules by component, in the order of execution, and tells each
/// relation which stratum completes it.
pub fn stages(
    strata: &Strata,
    components: &[u32],
    rels: &mut [Rel],
    rules: Vec<Rule>,
) -> Vec<Stratum> {
    // Relations in order of who reads whom; those of a lower stratum first.
    let mut order: Vec<RelId> = strata.order.clone();
    let known: std::collections::BTreeSet<RelId> = order.iter().copied().collect();
    order.extend(
        (0..rels.len() as u32)
            .map(RelId)
            .filter(|rel| !known.contains(rel) && !rels[rel.index()].hidden),
    );
    let level = |rel: RelId| strata.of_rel.get(rel.index()).copied().unwrap_or(0);
    order.sort_by_key(|rel| level(*rel));

    let mut by_component: BTreeMap<u32, Vec<Rule>> = BTreeMap::new();
    for rule in rules {
        by_component.entry(components[rule.head.index()]).or_default().push(rule);
    }
    let mut together: BTreeMap<u32, Vec<RelId>> = BTreeMap::new();
    for rel in &order {
        together.entry(components[rel.index()]).or_default().push(*rel);
    }
    let owned = owned(rels);
    let mut out: Vec<(u32, Stratum)> = Vec::new();
    for first in &order {
        let component = components[first.index()];
        let Some(rules) = by_component.remove(&component) else { continue };
        let stratum = out.len() as u32;
        let mut members: Vec<RelId> = Vec::new();
        for rel in together.get(&component).into_iter().flatten() {
            members.push(*rel);
            hidden_of(*rel, &owned, &mut members);
        }
        members.iter().for_each(|rel| rels[rel.index()].stratum = stratum);
        out.push((level(*first), Stratum { rels: members, rules, judged: false }));
    }
    let levels: Vec<u32> = out.iter().map(|(level, _)| *level).collect();
    let judge = |(index, (level, stratum)): (usize, (u32, ir::Stratum))| Stratum {
        judged: levels.get(index + 1) != Some(&level),
        ..stratum
    };
    out.into_iter().enumerate().map(judge).collect()
}

/// The hidden relations that rows of each relation own.
fn owned(rels: &[Rel]) -> BTreeMap<RelId, Vec<RelId>> {
    let mut owned: BTreeMap<RelId, Vec<RelId>> = BTreeMap::new();
    for (index, rel) in rels.iter().enumerate() {
        if let Some((owner, _)) = rel.owner {
            owned.entry(owner).or_default().push(RelId(index as u32));
        }
    }
    owned
}

/// Hidden relations that rows of a relation own, whatever depth.
fn hidden_of(owner: RelId, owned: &BTreeMap<RelId, Vec<RelId>>, out: &mut Vec<RelId>) {
    for hidden in owned.get(&owner).into_iter().flatten() {
        out.push(*hidden);
        hidden_of(*hidden, owned, out);
    }
}
