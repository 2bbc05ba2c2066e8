//! A plan made ready to run: steps with their index slots, what postings
//! carry, and the fused inner loops.

mod asked;
mod bound;
mod slots;

use std::collections::BTreeSet;

use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Bind;
use bloom_compiler::plan::ir::CellIn;
use bloom_compiler::plan::ir::Check;
use bloom_compiler::plan::ir::Code;
use bloom_compiler::plan::ir::Emit;
use bloom_compiler::plan::ir::ROW_ID;
use bloom_compiler::plan::ir::Reg;
use bloom_compiler::plan::ir::Shape;
use bloom_compiler::plan::ir::Step;
use bloom_compiler::plan::ir::Values;
use bloom_compiler::plan::ir::Window;

use crate::kernel::group::group;
use crate::kernel::link::asked::asked;
use crate::kernel::link::bound::bound;
use crate::kernel::link::slots::probed;
use crate::kernel::link::slots::slots;

pub use slots::Slot;
pub use slots::slots_on;

/// A step ready to run.
#[allow(missing_docs)]
pub enum Node {
    Scan {
        rel: usize,
        window: Window,
        checks: Vec<Check>,
        binds: Vec<Bind>,
    },
    Probe(Probe),
    Meet(Meet),
    Find {
        rel: usize,
        key: Vec<Reg>,
        checks: Vec<Check>,
        binds: Vec<Bind>,
    },
    Fetch {
        rel: usize,
        row: Reg,
        checks: Vec<Check>,
        binds: Vec<Bind>,
    },
    AntiFind {
        rel: usize,
        key: Vec<Reg>,
    },
    AntiProbe {
        slot: usize,
        key: Vec<Reg>,
    },
    AntiAny {
        rel: usize,
    },
    Any {
        rel: usize,
    },
    Semi {
        slot: usize,
        key: Vec<Reg>,
    },
    Equal {
        a: Reg,
        b: Reg,
    },
    Eval(Code),
    Test(Code, Reg),
    Each {
        from: Reg,
        element: Reg,
    },
    EachEntry {
        from: Reg,
        key: Reg,
        value: Reg,
    },
    EachInt {
        lo: Reg,
        hi: Reg,
        element: Reg,
    },
    Collect {
        row: Reg,
        shape: Shape,
        to: Reg,
    },
    Emit(Emit),
    Accumulate,
    /// Cut if these have a match.
    Absent(Vec<Node>),
    /// Each group of new rows that agree in these columns.
    ScanGroups {
        rel: usize,
        key: Vec<Bind>,
    },
    /// Each row of the present group.
    GroupRows {
        rel: usize,
        binds: Vec<Bind>,
        fused: Option<Vec<Source>>,
    },
}

/// A probe of an index.
#[allow(missing_docs)]
pub struct Probe {
    pub slot: usize,
    pub rel: usize,
    pub key: Vec<Reg>,
    pub checks: Vec<Check>,
    pub binds: Vec<Bind>,
    /// `checks` and `binds` by place in a carrying posting.
    pub carried_checks: Vec<Check>,
    pub carried_binds: Vec<(usize, Reg)>,
    /// The next step emits: where each word of the row and its cells comes from.
    pub fused: Option<Vec<Source>>,
}

/// An intersection of lists.
#[allow(missing_docs)]
pub struct Meet {
    pub to: Reg,
    /// Lists under registers; first those whose registers stay while the loop
    /// before this one goes round.
    pub under: Vec<Under>,
    pub staying: usize,
    /// Slots of which the word must be a key.
    pub keys: Vec<usize>,
    /// Its place among what the intersections of a run remember.
    pub memo: usize,
}

/// A list under registers.
#[allow(missing_docs)]
pub struct Under {
    pub slot: usize,
    pub rel: usize,
    pub key: Vec<Reg>,
}

/// Where a word of an emitted row comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Source {
    Reg(Reg),
    Posting(usize),
}

/// A variant ready to run.
#[allow(missing_docs)]
pub struct Variant {
    pub delta: Option<(usize, Window)>,
    pub nodes: Vec<Node>,
}

/// A rule ready to run.
#[allow(missing_docs)]
pub struct Rule {
    pub head: usize,
    pub regs: usize,
    pub variants: Vec<Variant>,
    pub finish: Vec<Node>,
    pub is_aggregate: bool,
    /// Whether its groups stay from one window to the next.
    pub grows: bool,
    /// All matches in the strict order, with the variables that have values
    /// before each node.
    pub audits: Vec<(Variant, Vec<Vec<usize>>)>,
    pub bound_in_finish: Vec<Vec<usize>>,
}

/// Everything ready to run.
#[derive(Default)]
#[allow(missing_docs)]
pub struct Linked {
    pub slots: Vec<Slot>,
    pub strata: Vec<Stratum>,
    /// For hidden relations: the slot of the index on the owner's row id.
    pub owner_slots: Vec<Option<usize>>,
    /// Those that there are.
    pub owned: Vec<usize>,
    /// For each relation, whether it must know which rows it has.
    pub asked: Vec<bool>,
}

/// A stratum ready to run.
#[allow(missing_docs)]
pub struct Stratum {
    pub rels: Vec<usize>,
    pub rules: Vec<Rule>,
    /// Relations that its rules join with others.
    pub joined: Vec<usize>,
    /// Index slots that its rules probe.
    pub slots: Vec<usize>,
    pub judged: bool,
}

/// Links a plan.
pub fn link(plan: &ir::Program) -> Linked {
    let lists_from = plan.rels.iter().map(|r| r.indexes.len()).collect();
    let mut linker = Linker { slots: slots(plan), lists_from, meets: 0 };
    let strata: Vec<Stratum> =
        plan.strata.iter().enumerate().map(|(s, x)| linker.stratum(s, x)).collect();
    let owner_slots = plan.rels.iter().enumerate().map(|(rel, r)| {
        r.owner?;
        let by_owner = |at: &usize| {
            let slot = &linker.slots[*at];
            slot.cols == [0] && slot.ordered.is_none()
        };
        slots_on(&linker.slots, rel).find(by_owner)
    });
    let owner_slots: Vec<Option<usize>> = owner_slots.collect();
    let owned = owner_slots.iter().flatten().copied().collect();
    let asked = asked(plan, &strata);
    Linked { owner_slots, owned, asked, slots: linker.slots, strata }
}

struct Linker {
    slots: Vec<Slot>,
    /// Per relation, the number of its indexes: its lists' slots come behind.
    lists_from: Vec<usize>,
    /// Intersections in the present variant.
    meets: usize,
}

impl Linker {
    fn stratum(&mut self, number: usize, stratum: &ir::Stratum) -> Stratum {
        let rules: Vec<Rule> = stratum.rules.iter().map(|rule| self.rule(number, rule)).collect();
        let mut used = BTreeSet::new();
        for rule in &rules {
            let audits = rule.audits.iter().map(|(audit, _)| audit);
            rule.variants.iter().chain(audits).for_each(|v| probed(&v.nodes, &mut used));
        }
        Stratum {
            joined: joined(stratum),
            rels: stratum.rels.iter().map(|r| r.index()).collect(),
            rules,
            slots: used.into_iter().collect(),
            judged: stratum.judged,
        }
    }

    fn rule(&mut self, number: usize, rule: &ir::Rule) -> Rule {
        let mut variant = |v: &ir::Variant| {
            self.meets = 0;
            Variant {
                delta: v.delta.map(|(rel, window)| (rel.index(), window)),
                nodes: group(self.nodes(number, &v.steps)),
            }
        };
        let variants = rule.variants.iter().map(&mut variant).collect();
        let audits = rule.audit.iter().chain(&rule.also_audit).map(|v| {
            let audit = variant(v);
            let before = bound(&rule.vars, &audit.nodes, BTreeSet::new());
            (audit, before)
        });
        let audits = audits.collect();
        let finish: Vec<Node> =
            rule.aggregate.iter().flat_map(|a| self.nodes(number, &a.finish)).collect();
        let start: BTreeSet<Reg> = rule.aggregate.iter().flat_map(|a| a.group.clone()).collect();
        Rule {
            head: rule.head.index(),
            regs: rule.regs,
            bound_in_finish: bound(&rule.vars, &finish, start),
            variants,
            finish,
            is_aggregate: rule.aggregate.is_some(),
            grows: rule.aggregate.as_ref().is_some_and(|aggregate| aggregate.grows),
            audits,
        }
    }

    fn nodes(&mut self, number: usize, steps: &[Step]) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::with_capacity(steps.len());
        let mut round: Vec<Reg> = Vec::new();
        for step in steps {
            let node = self.node(number, step, &round);
            // What the loop around the next step writes.
            if let Some(writes) = loops(&node) {
                round = writes;
            }
            nodes.push(node);
        }
        for i in 1..nodes.len() {
            let (before, after) = nodes.split_at_mut(i);
            if let (Node::Probe(probe), Node::Emit(emit)) = (&mut before[i - 1], &after[0]) {
                probe.fused = fuse(probe, emit);
            }
        }
        nodes
    }

    fn node(&mut self, number: usize, step: &Step, round: &[Reg]) -> Node {
        match step.clone() {
            Step::Scan { rel, window, checks, binds } => {
                Node::Scan { rel: rel.index(), window, checks, binds }
            }
            Step::Probe { rel, index, key, checks, binds } => {
                let slot = self.slot(number, rel.index(), index);
                Node::Probe(self.probe(slot, rel.index(), key, checks, binds))
            }
            Step::Intersect { to, of } => Node::Meet(self.meet(number, to, &of, round)),
            Step::Find { rel, key, checks, binds } => {
                Node::Find { rel: rel.index(), key, checks, binds }
            }
            Step::Fetch { rel, row, checks, binds } => {
                Node::Fetch { rel: rel.index(), row, checks, binds }
            }
            Step::AntiFind { rel, key } => Node::AntiFind { rel: rel.index(), key },
            Step::AntiProbe { rel, index, key } => {
                Node::AntiProbe { slot: self.slot(number, rel.index(), index), key }
            }
            Step::AntiAny { rel } => Node::AntiAny { rel: rel.index() },
            Step::Any { rel } => Node::Any { rel: rel.index() },
            Step::Semi { rel, index, key } => {
                Node::Semi { slot: self.slot(number, rel.index(), index), key }
            }
            Step::Equal { a, b } => Node::Equal { a, b },
            Step::Eval(code) => Node::Eval(code),
            Step::Test(code, reg) => Node::Test(code, reg),
            Step::Each { from, element } => Node::Each { from, element },
            Step::EachEntry { from, key, value } => Node::EachEntry { from, key, value },
            Step::EachInt { lo, hi, element } => Node::EachInt { lo, hi, element },
            Step::Collect { row, shape, to } => Node::Collect { row, shape, to },
            Step::Emit(emit) => Node::Emit(emit),
            Step::Accumulate => Node::Accumulate,
            Step::Absent { steps } => Node::Absent(self.nodes(number, &steps)),
        }
    }

    /// The slot of the `index`-th index of a relation: slots stand in that order.
    fn slot(&mut self, number: usize, rel: usize, index: usize) -> usize {
        let first = slots_on(&self.slots, rel).start;
        let slot = first + index;
        self.slots[slot].last = self.slots[slot].last.max(number);
        slot
    }

    fn meet(&mut self, number: usize, to: Reg, of: &[Values], round: &[Reg]) -> Meet {
        let memo = self.meets;
        self.meets += 1;
        let (mut under, mut keys) = (Vec::new(), Vec::new());
        for values in of {
            match values {
                Values::Keys { rel, list } => {
                    keys.push(self.slot(number, rel.index(), self.lists_from[rel.index()] + list));
                }
                Values::Under { rel, list, key } => {
                    let rel = rel.index();
                    let slot = self.slot(number, rel, self.lists_from[rel] + list);
                    under.push(Under { slot, rel, key: key.clone() });
                }
            }
        }
        let goes_round = |under: &Under| under.key.iter().any(|reg| round.contains(reg));
        under.sort_by_key(goes_round);
        let staying = under.iter().filter(|u| !goes_round(u)).count();
        Meet { to, under, staying, keys, memo }
    }

    fn probe(
        &self,
        slot: usize,
        rel: usize,
        key: Vec<Reg>,
        checks: Vec<Check>,
        binds: Vec<Bind>,
    ) -> Probe {
        let carry = self.slots[slot].carry.clone().unwrap_or_default();
        let place = |col: u16| carry.iter().position(|&c| c == usize::from(col));
        let carried_checks = checks
            .iter()
            .filter_map(|c| match *c {
                Check::Reg(col, reg) => Some(Check::Reg(place(col)? as u16, reg)),
                Check::Cols(a, b) => Some(Check::Cols(place(a)? as u16, place(b)? as u16)),
            })
            .collect();
        let carried_binds = binds.iter().filter_map(|b| Some((place(b.col)?, b.reg))).collect();
        Probe { slot, rel, key, checks, binds, carried_checks, carried_binds, fused: None }
    }
}

/// The relations that variants look up behind a first one, and that first one:
/// their sizes may ask for another order.
fn joined(stratum: &ir::Stratum) -> Vec<usize> {
    let mut all = BTreeSet::new();
    for variant in stratum.rules.iter().flat_map(|rule| &rule.variants) {
        let read = |step: &Step| match step {
            Step::Scan { rel, .. } | Step::Probe { rel, .. } | Step::Find { rel, .. } => {
                vec![rel.index()]
            }
            Step::Intersect { of, .. } => of
                .iter()
                .map(|values| match values {
                    Values::Keys { rel, .. } | Values::Under { rel, .. } => rel.index(),
                })
                .collect(),
            _ => Vec::new(),
        };
        let rels: Vec<usize> = variant.steps.iter().flat_map(read).collect();
        // Behind its news a rule with one more atom has no choice.
        if rels.len() > 2 || rels.len() == 2 && variant.delta.is_none() {
            all.extend(rels);
        }
    }
    all.into_iter().collect()
}

/// What a step writes that may go on more than once.
fn loops(node: &Node) -> Option<Vec<Reg>> {
    let all = |binds: &[Bind]| binds.iter().map(|b| b.reg).collect();
    match node {
        Node::Scan { binds, .. } => Some(all(binds)),
        Node::Probe(probe) => Some(all(&probe.binds)),
        Node::Meet(meet) => Some(vec![meet.to]),
        Node::Each { element, .. } | Node::EachInt { element, .. } => Some(vec![*element]),
        Node::EachEntry { key, value, .. } => Some(vec![*key, *value]),
        _ => None,
    }
}

/// A probe without checks whose row goes straight into the head needs no
/// registers.
fn fuse(probe: &Probe, emit: &Emit) -> Option<Vec<Source>> {
    let cell = |c: &CellIn| if let CellIn::Word(reg) = c { Some(*reg) } else { None };
    let cells: Option<Vec<Reg>> = emit.cells.iter().map(cell).collect();
    let words: Vec<Reg> = emit.row.iter().copied().chain(cells?).collect();
    if words.is_empty() || !probe.checks.is_empty() || probe.binds.iter().any(|b| b.col == ROW_ID) {
        return None;
    }
    let source = |reg: &Reg| {
        let place = probe.carried_binds.iter().rev().find(|(_, r)| r == reg);
        place.map_or(Source::Reg(*reg), |&(place, _)| Source::Posting(place))
    };
    let sources: Vec<Source> = words.iter().map(source).collect();
    (probe.carried_binds.len() == probe.binds.len()).then_some(sources)
}
