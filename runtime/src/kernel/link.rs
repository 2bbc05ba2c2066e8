//! A plan made ready to run: steps with their index slots, what postings
//! carry, and the fused inner loops.

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
use bloom_compiler::plan::ir::Window;

use crate::kernel::group::group;

/// An index that rules probe.
pub struct Slot {
    /// Its relation.
    pub rel: usize,
    /// Its columns.
    pub cols: Vec<usize>,
    /// Columns that postings should carry.
    pub carry: Option<Vec<usize>>,
    /// The last stratum that probes it.
    pub last: usize,
}

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
}

/// A stratum ready to run.
#[allow(missing_docs)]
pub struct Stratum {
    pub rels: Vec<usize>,
    pub rules: Vec<Rule>,
    /// Index slots that its rules probe.
    pub slots: Vec<usize>,
    pub judged: bool,
}

/// Links a plan.
pub fn link(plan: &ir::Program) -> Linked {
    let mut linker = Linker { slots: slots(plan) };
    let strata = plan.strata.iter().enumerate().map(|(s, x)| linker.stratum(s, x)).collect();
    let owner_slots = plan.rels.iter().enumerate().map(|(rel, r)| {
        r.owner?;
        linker.slots.iter().position(|s| s.rel == rel && s.cols == [0])
    });
    Linked { owner_slots: owner_slots.collect(), slots: linker.slots, strata }
}

/// One slot per index of a relation, with the columns its probes want.
fn slots(plan: &ir::Program) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    let mut wanted: Vec<Option<BTreeSet<usize>>> = Vec::new();
    for (rel, r) in plan.rels.iter().enumerate() {
        for cols in &r.indexes {
            slots.push(Slot { rel, cols: cols.clone(), carry: None, last: 0 });
            wanted.push(Some(BTreeSet::new()));
        }
        if r.owner.is_some() && !r.indexes.contains(&vec![0]) {
            slots.push(Slot { rel, cols: vec![0], carry: None, last: usize::MAX });
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
    for (slot, mut want) in slots.iter_mut().zip(wanted) {
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

fn columns<'a>(checks: &'a [Check], binds: &'a [Bind]) -> impl Iterator<Item = u16> + 'a {
    let checked = checks.iter().flat_map(|c| match *c {
        Check::Reg(col, _) => [col, col],
        Check::Cols(a, b) => [a, b],
    });
    checked.chain(binds.iter().map(|b| b.col))
}

fn slot_of(slots: &[Slot], rel: usize, cols: &[usize]) -> usize {
    slots.iter().position(|s| s.rel == rel && s.cols == cols).expect("plan invariant 5")
}

/// The slots that nodes probe, those inside others too.
fn probed(nodes: &[Node], used: &mut BTreeSet<usize>) {
    for node in nodes {
        match node {
            Node::Probe(Probe { slot, .. })
            | Node::AntiProbe { slot, .. }
            | Node::Semi { slot, .. } => {
                used.insert(*slot);
            }
            Node::Absent(inner) => probed(inner, used),
            _ => {}
        }
    }
}

struct Linker {
    slots: Vec<Slot>,
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
            rels: stratum.rels.iter().map(|r| r.index()).collect(),
            rules,
            slots: used.into_iter().collect(),
            judged: stratum.judged,
        }
    }

    fn rule(&mut self, number: usize, rule: &ir::Rule) -> Rule {
        let mut variant = |v: &ir::Variant| Variant {
            delta: v.delta.map(|(rel, window)| (rel.index(), window)),
            nodes: group(self.nodes(number, &v.steps)),
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
            audits,
        }
    }

    fn nodes(&mut self, number: usize, steps: &[Step]) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::with_capacity(steps.len());
        for step in steps {
            nodes.push(self.node(number, step));
        }
        for i in 1..nodes.len() {
            let (before, after) = nodes.split_at_mut(i);
            if let (Node::Probe(probe), Node::Emit(emit)) = (&mut before[i - 1], &after[0]) {
                probe.fused = fuse(probe, emit);
            }
        }
        nodes
    }

    fn node(&mut self, number: usize, step: &Step) -> Node {
        match step.clone() {
            Step::Scan { rel, window, checks, binds } => {
                Node::Scan { rel: rel.index(), window, checks, binds }
            }
            Step::Probe { rel, index, key, checks, binds } => {
                let slot = self.slot(number, rel.index(), index);
                Node::Probe(self.probe(slot, rel.index(), key, checks, binds))
            }
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
        let first = self.slots.iter().position(|s| s.rel == rel).expect("plan invariant 5");
        let slot = first + index;
        self.slots[slot].last = self.slots[slot].last.max(number);
        slot
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

/// For each node, which variables have values before it.
fn bound(
    vars: &[(String, ir::TypeId, Reg)],
    nodes: &[Node],
    mut written: BTreeSet<Reg>,
) -> Vec<Vec<usize>> {
    let mut all = Vec::with_capacity(nodes.len());
    for node in nodes {
        all.push((0..vars.len()).filter(|&i| written.contains(&vars[i].2)).collect());
        match node {
            Node::Scan { binds, .. }
            | Node::Find { binds, .. }
            | Node::Fetch { binds, .. }
            | Node::ScanGroups { key: binds, .. }
            | Node::GroupRows { binds, .. } => {
                written.extend(binds.iter().map(|b| b.reg));
            }
            Node::Probe(probe) => written.extend(probe.binds.iter().map(|b| b.reg)),
            Node::Eval(code) | Node::Test(code, _) => {
                written.extend(code.ops.iter().filter_map(target));
            }
            Node::Each { element, .. } | Node::EachInt { element, .. } => {
                written.insert(*element);
            }
            Node::EachEntry { key, value, .. } => written.extend([*key, *value]),
            Node::Collect { to, .. } => {
                written.insert(*to);
            }
            Node::AntiFind { .. }
            | Node::AntiProbe { .. }
            | Node::AntiAny { .. }
            | Node::Any { .. }
            | Node::Semi { .. }
            | Node::Equal { .. }
            | Node::Emit(_)
            | Node::Accumulate
            | Node::Absent(_) => {}
        }
    }
    all
}

fn target(op: &ir::Op) -> Option<Reg> {
    use ir::Op;
    match op {
        Op::Const { d, .. }
        | Op::Move { d, .. }
        | Op::Int { d, .. }
        | Op::NegInt { d, .. }
        | Op::Float { d, .. }
        | Op::NegFloat { d, .. }
        | Op::Same { d, .. }
        | Op::CompareInt { d, .. }
        | Op::Compare { d, .. }
        | Op::Not { d, .. }
        | Op::Join { d, .. }
        | Op::Leq { d, .. }
        | Op::Words { d, .. }
        | Op::Set { d, .. }
        | Op::Map { d, .. }
        | Op::Enum { d, .. }
        | Op::Some { d, .. }
        | Op::None { d }
        | Op::Field { d, .. }
        | Op::IsVariant { d, .. }
        | Op::Payload { d, .. }
        | Op::IsSome { d, .. }
        | Op::Inner { d, .. }
        | Op::InList { d, .. }
        | Op::InSet { d, .. }
        | Op::InMap { d, .. }
        | Op::IndexList { d, .. }
        | Op::IndexMap { d, .. }
        | Op::Owns { d, .. }
        | Op::Range { d, .. }
        | Op::Text { d, .. }
        | Op::Call { d, .. }
        | Op::Builtin { d, .. } => Some(*d),
        Op::Jump { .. } | Op::JumpIf { .. } | Op::JumpIfNot { .. } | Op::NoRow | Op::Fail(_) => {
            None
        }
    }
}
