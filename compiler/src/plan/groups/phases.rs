//! Phases: how often the frontier has to pass before a relation can be filled,
//! and whether rows of it are late. Both follow the rules, component by
//! component. What is done with that is not known here.

use std::collections::BTreeMap;

use crate::calm::strata::Edge;
use crate::calm::strata::Need;
use crate::calm::strata::Strata;
use crate::calm::strata::edges;
use crate::ids::RelId;
use crate::plan::groups::Group;
use crate::plan::groups::Moves;
use crate::types::typed::Program;

/// What was found of each relation.
pub struct Phases {
    /// All that rules read.
    pub edges: Vec<Edge>,
    /// By relation.
    pub of_rel: Vec<Phase>,
}

/// When a relation is filled. Phases run in the order of this type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Phase {
    /// How many gates stand before it.
    pub number: u32,
    /// Whether rows are late: in a phase, these come last.
    pub late: bool,
    /// Of what is not late: its stratum of the language.
    pub stratum: u32,
}

impl Phases {
    /// Finds the phases of a program.
    pub fn of(program: &Program, strata: &Strata, moves: &Moves<'_>) -> Phases {
        let edges = edges(program);
        let count = strata.scc_of_rel.iter().max().map_or(0, |last| *last as usize + 1);
        let component = |rel: RelId| strata.scc_of_rel[rel.index()] as usize;
        let mut into: Vec<Vec<&Edge>> = vec![Vec::new(); count];
        for edge in edges.iter().filter(|edge| component(edge.reads) != component(edge.head)) {
            into[component(edge.head)].push(edge);
        }
        let mut sent = vec![false; count];
        let sends = program.rules.iter().zip(moves.sends).filter(|(_, sends)| **sends);
        sends.for_each(|(rule, _)| sent[component(rule.head)] = true);
        let slow = moves.slow.iter().enumerate().filter(|(_, slow)| **slow);
        slow.for_each(|(rel, _)| sent[component(RelId(rel as u32))] = true);

        // Components are numbered so that each comes after those it reads.
        let mut found = vec![Phase::default(); count];
        for at in 0..count {
            let after = |edge: &&Edge| {
                let read = found[component(edge.reads)];
                read.number + u32::from(read.late && edge.need != Need::Growing)
            };
            let number = into[at].iter().map(after).max().unwrap_or(0);
            let follows = |edge: &&Edge| {
                let read = found[component(edge.reads)];
                read.late && read.number == number
            };
            let late = sent[at] || into[at].iter().any(follows);
            found[at] = Phase { number, late, stratum: 0 };
        }
        let phase = |rel: usize| {
            let phase = found[strata.scc_of_rel[rel] as usize];
            let stratum = if phase.late { 0 } else { strata.of_rel[rel] };
            Phase { stratum, ..phase }
        };
        Phases { of_rel: (0..program.rels.len()).map(phase).collect(), edges }
    }

    /// Relations of one phase together, and the group of each.
    pub fn groups(&self, program: &Program, strata: &Strata) -> (Vec<u32>, Vec<Group>) {
        let mut all: BTreeMap<Phase, Group> = BTreeMap::new();
        for rel in &strata.order {
            let phase = self.of_rel[rel.index()];
            let empty = Group { phase: phase.number, late: phase.late, ..Group::default() };
            all.entry(phase).or_insert(empty).rels.push(*rel);
        }
        for (index, rule) in program.rules.iter().enumerate() {
            let group = all.get_mut(&self.of_rel[rule.head.index()]);
            group.into_iter().for_each(|group| group.rules.push(index));
        }
        let number: BTreeMap<Phase, u32> = all.keys().copied().zip(0..).collect();
        let of_rel = self.of_rel.iter().map(|phase| number.get(phase).copied().unwrap_or(0));
        (of_rel.collect(), all.into_values().collect())
    }
}
