//! The indexes and lists that the steps of a plan read, one slot each, with
//! what their postings carry. This room must not know how steps run.

use std::collections::BTreeSet;
use std::ops::Range;

use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Bind;
use bloom_compiler::plan::ir::Check;
use bloom_compiler::plan::ir::Step;
use bloom_compiler::plan::upkeep::Kept;

use crate::kernel::index::Index;
use crate::kernel::link::Node;
use crate::kernel::link::Probe;

/// An index that rules probe.
pub struct Slot {
    /// Its relation.
    pub rel: usize,
    /// Its columns.
    pub cols: Vec<usize>,
    /// Columns that postings should carry.
    pub carry: Option<Vec<usize>>,
    /// For a list: the column whose words are in order.
    pub ordered: Option<usize>,
    /// The last stratum that probes it.
    pub last: usize,
}

impl Slot {
    /// Whether an index made for the other serves this one.
    pub fn is_alike(&self, other: &Slot) -> bool {
        self.rel == other.rel
            && self.cols == other.cols
            && self.carry == other.carry
            && self.ordered == other.ordered
    }

    /// The index, empty.
    pub fn index(&self) -> Index {
        match self.ordered {
            Some(value) => Index::list(self.cols.clone(), value),
            None => Index::new(self.cols.clone(), self.carry.clone()),
        }
    }
}

/// One slot per index of a relation, with the columns its probes want.
pub(super) fn slots(plan: &ir::Program) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    let mut wanted: Vec<Option<BTreeSet<usize>>> = Vec::new();
    for (rel, r) in plan.rels.iter().enumerate() {
        for cols in &r.indexes {
            slots.push(Slot { rel, cols: cols.clone(), carry: None, ordered: None, last: 0 });
            wanted.push(Some(BTreeSet::new()));
        }
        for list in &r.lists {
            let (cols, ordered) = (list.key.clone(), Some(list.value));
            slots.push(Slot { rel, cols, carry: None, ordered, last: 0 });
            wanted.push(Some(BTreeSet::new()));
        }
        if r.owner.is_some() && !r.indexes.contains(&vec![0]) {
            slots.push(Slot { rel, cols: vec![0], carry: None, ordered: None, last: usize::MAX });
            wanted.push(Some(BTreeSet::new()));
        }
    }
    for rule in plan.strata.iter().flat_map(|s| &s.rules) {
        let audits = rule.audit.iter().chain(&rule.also_audit);
        let mut steps: Vec<&Step> =
            rule.variants.iter().chain(audits).flat_map(|v| &v.steps).collect();
        while let Some(step) = steps.pop() {
            if let Step::Absent { steps: inner } = step {
                steps.extend(inner);
            }
            let Step::Probe { rel, index, checks, binds, .. } = step else { continue };
            let at = slot_of(&slots, rel.index(), &plan.rels[rel.index()].indexes[*index]);
            let fixed = plan.rels[rel.index()].keys + plan.rels[rel.index()].values;
            for col in columns(checks, binds) {
                if usize::from(col) >= fixed {
                    wanted[at] = None;
                } else if let Some(set) = &mut wanted[at] {
                    set.insert(usize::from(col));
                }
            }
        }
    }
    for at in plan.strata.iter().flat_map(|s| &s.rules).flat_map(kept) {
        // Upkeep asks when a row came.
        let (rel, index) = at;
        wanted[slot_of(&slots, rel, &plan.rels[rel].indexes[index])] = None;
    }
    for (slot, mut want) in slots.iter_mut().zip(wanted) {
        if let Some(value) = slot.ordered {
            slot.carry = Some(vec![value]);
            continue;
        }
        if plan.rels[slot.rel].owner.is_some() && slot.cols == [0] {
            // Whole collections are read through this one: a set wants its
            // elements, a map its rows.
            slot.last = usize::MAX;
            if plan.rels[slot.rel].cols.len() > 2 {
                want = None;
            } else if let Some(set) = &mut want {
                set.insert(1);
            }
        }
        slot.carry = want.map(|set| set.into_iter().collect());
    }
    slots
}

/// The indexes that the upkeep of a rule probes: relation and number.
fn kept(rule: &ir::Rule) -> Vec<(usize, usize)> {
    let Some(Kept::Up(upkeep)) = &rule.kept else { return Vec::new() };
    let deltas = upkeep.deltas.iter().map(|delta| &delta.steps);
    let timed = upkeep.full.iter().chain(deltas).flatten();
    let mut steps: Vec<&Step> = timed.map(|timed| &timed.step).collect();
    let mut out = Vec::new();
    while let Some(step) = steps.pop() {
        match step {
            Step::Absent { steps: inner } => steps.extend(inner),
            Step::Probe { rel, index, .. }
            | Step::AntiProbe { rel, index, .. }
            | Step::Semi { rel, index, .. } => out.push((rel.index(), *index)),
            _ => {}
        }
    }
    out
}

fn columns<'a>(checks: &'a [Check], binds: &'a [Bind]) -> impl Iterator<Item = u16> + 'a {
    let checked = checks.iter().flat_map(|c| match *c {
        Check::Reg(col, _) => [col, col],
        Check::Cols(a, b) => [a, b],
    });
    checked.chain(binds.iter().map(|b| b.col))
}

fn slot_of(slots: &[Slot], rel: usize, cols: &[usize]) -> usize {
    let same = |at: &usize| slots[*at].cols == cols && slots[*at].ordered.is_none();
    slots_on(slots, rel).find(same).expect("plan invariant 5")
}

/// The slots of a relation; they stand together.
pub fn slots_on(slots: &[Slot], rel: usize) -> Range<usize> {
    slots.partition_point(|s| s.rel < rel)..slots.partition_point(|s| s.rel <= rel)
}

/// The slots that nodes probe, those inside others too.
pub(super) fn probed(nodes: &[Node], used: &mut BTreeSet<usize>) {
    for node in nodes {
        match node {
            Node::Probe(Probe { slot, .. })
            | Node::AntiProbe { slot, .. }
            | Node::Semi { slot, .. } => {
                used.insert(*slot);
            }
            Node::Meet(meet) => {
                used.extend(meet.under.iter().map(|under| under.slot).chain(meet.keys.clone()));
            }
            Node::Absent(inner) => probed(inner, used),
            _ => {}
        }
    }
}
