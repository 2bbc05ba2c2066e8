//! What a tick has to look at: for every rule what it reads and how, and which
//! events it cannot do without. Taken from the steps of a linked plan, so that
//! it is right for whatever the plan came to. Rows are not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;

use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Bind;
use bloom_compiler::plan::ir::Check;
use bloom_compiler::plan::ir::Code;
use bloom_compiler::plan::ir::Life;
use bloom_compiler::plan::ir::Op;
use bloom_compiler::plan::ir::ROW_ID;
use bloom_compiler::plan::ir::Shape;

use crate::kernel::link::Linked;
use crate::kernel::link::Node;
use crate::kernel::link::Rule;
use crate::kernel::link::slots_on;

/// How much of a relation a rule reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Read {
    /// Rows that are there.
    Rows,
    /// Also their cells.
    Cells,
    /// What is there and what is not.
    Whole,
}

/// What is known of a rule before it runs.
pub struct Reads {
    /// Where its rows go when the tick ends.
    pub head: usize,
    /// See above.
    pub life: Life,
    /// For each variant, the relations of events without which it has no match.
    pub needs: Vec<Vec<usize>>,
    /// Whether all its variants need an event.
    pub fires: bool,
    /// Whether it reads events, but not all its variants need one.
    pub always: bool,
    /// Whether it is for the first tick only.
    pub once: bool,
    /// What it reads, events aside.
    pub of: Vec<(usize, Read)>,
}

/// A stratum in ticks.
pub struct Order {
    /// Number of its first rule among those of the program.
    pub first: usize,
    /// By rule.
    pub rules: Vec<Reads>,
    /// Its relations that follow from others.
    pub views: Vec<usize>,
    /// Whether rows of these are owned by rows.
    pub is_shaped: bool,
    /// Whether it aggregates inside its own recursion.
    pub grows: bool,
    /// Whether rules read what is written here.
    pub is_recursive: bool,
    /// Relations of other strata with a variant for what is new in them.
    pub gains: Vec<usize>,
}

/// All strata.
#[derive(Default)]
pub struct Schedule {
    /// By relation.
    pub lives: Vec<Life>,
    /// By relation, the indexes on it.
    pub slots: Vec<Range<usize>>,
    /// By relation, what its rows own.
    pub owned: Vec<Vec<usize>>,
    /// Relations that no stratum writes.
    pub unwritten: Vec<usize>,
    /// Relations whose rows go with the tick, and all others.
    pub events: Vec<usize>,
    /// See above.
    pub state: Vec<usize>,
    /// By stratum.
    pub strata: Vec<Order>,
}

impl Schedule {
    /// Of a plan for ticks.
    pub fn of(plan: &ir::Program, linked: &Linked) -> Schedule {
        let lives: Vec<Life> = plan.rels.iter().map(|rel| rel.life).collect();
        let mut owned = vec![Vec::new(); lives.len()];
        for (rel, schema) in plan.rels.iter().enumerate() {
            if let Some((owner, _)) = schema.owner {
                owned[owner.index()].push(rel);
            }
        }
        let written: BTreeSet<usize> =
            linked.strata.iter().flat_map(|s| s.rels.iter().copied()).collect();
        let (events, state) = (0..lives.len()).partition(|&rel| lives[rel] == Life::Tick);
        let mut schedule = Schedule {
            slots: (0..lives.len()).map(|rel| slots_on(&linked.slots, rel)).collect(),
            unwritten: (0..lives.len()).filter(|rel| !written.contains(rel)).collect(),
            lives,
            owned,
            events,
            state,
            strata: Vec::new(),
        };
        let mut first = 0;
        for (stratum, specs) in linked.strata.iter().zip(&plan.strata) {
            let rules = stratum.rules.iter().zip(&specs.rules);
            let rules: Vec<Reads> = rules
                .map(|(rule, spec)| Reads { once: spec.once, ..schedule.reads(plan, linked, rule) })
                .collect();
            let is_view = |rel: &usize| schedule.lives[*rel] == Life::Follows;
            let views: Vec<usize> = stratum.rels.iter().copied().filter(is_view).collect();
            let is_shaped =
                |rel: &usize| !schedule.owned[*rel].is_empty() || plan.rels[*rel].owner.is_some();
            let variants = stratum.rules.iter().flat_map(|rule| &rule.variants);
            let deltas = variants.filter_map(|variant| variant.delta.map(|(rel, _)| rel));
            let (own, gains): (BTreeSet<usize>, BTreeSet<usize>) =
                deltas.partition(|rel| stratum.rels.contains(rel));
            let order = Order {
                first,
                is_shaped: views.iter().any(is_shaped),
                views,
                rules,
                grows: stratum.rules.iter().any(|rule| rule.grows),
                is_recursive: !own.is_empty(),
                gains: gains.into_iter().collect(),
            };
            first += stratum.rules.len();
            schedule.strata.push(order);
        }
        schedule
    }

    fn reads(&self, plan: &ir::Program, linked: &Linked, rule: &Rule) -> Reads {
        let mut seen = Seen { plan, linked, of: BTreeMap::new() };
        let mut needs = Vec::new();
        for variant in &rule.variants {
            let mut rels = Vec::new();
            seen.nodes(&variant.nodes, Some(&mut rels));
            rels.retain(|rel| self.lives[*rel] == Life::Tick);
            rels.sort_unstable();
            rels.dedup();
            needs.push(rels);
        }
        self.keep_sure(plan, linked, rule, &mut needs);
        seen.nodes(&rule.finish, None);
        let least = if rule.is_aggregate { Read::Whole } else { Read::Rows };
        let fires = !needs.is_empty() && needs.iter().all(|needs| !needs.is_empty());
        let reads_events = seen.of.keys().any(|rel| self.lives[*rel] == Life::Tick);
        let of = seen.of.into_iter().map(|(rel, read)| (rel, read.max(least)));
        Reads {
            head: rule.head,
            life: self.lives[rule.head],
            always: reads_events && !fires,
            fires,
            once: false,
            needs,
            of: of.filter(|(rel, _)| self.lives[*rel] != Life::Tick).collect(),
        }
    }

    /// What a rule can fail before it reads, it does not need: the failure is
    /// there without a row of it.
    fn keep_sure(
        &self,
        plan: &ir::Program,
        linked: &Linked,
        rule: &Rule,
        needs: &mut [Vec<usize>],
    ) {
        for (nth, needs) in needs.iter_mut().enumerate() {
            // Ways to match an aggregated body have an audit each.
            let audit = rule.audits.get(if rule.is_aggregate { nth } else { 0 });
            let Some((audit, _)) = audit else { continue };
            let before = audit.nodes.iter().take_while(|node| !may_fail(node)).count();
            let mut sure = Vec::new();
            let mut seen = Seen { plan, linked, of: BTreeMap::new() };
            seen.nodes(&audit.nodes[..before], Some(&mut sure));
            needs.retain(|rel| sure.contains(rel));
        }
    }
}

/// Whether a step of an audit can fail. Calls say nothing of themselves.
fn may_fail(node: &Node) -> bool {
    match node {
        Node::Eval(code) | Node::Test(code, _) => code.may_fail(&|_| true),
        Node::Absent(inner) => inner.iter().any(may_fail),
        _ => false,
    }
}

struct Seen<'a> {
    plan: &'a ir::Program,
    linked: &'a Linked,
    of: BTreeMap<usize, Read>,
}

impl Seen<'_> {
    fn note(&mut self, rel: usize, read: Read) {
        let known = self.of.entry(rel).or_insert(read);
        *known = read.max(*known);
    }

    /// Notes what steps read; `needs` takes the relations that must have a row.
    /// Without it the steps stand where a row may be wanted to be absent.
    fn nodes(&mut self, nodes: &[Node], mut needs: Option<&mut Vec<usize>>) {
        for node in nodes {
            let mut wanted = Vec::new();
            match node {
                Node::Scan { rel, checks, binds, .. }
                | Node::Find { rel, checks, binds, .. }
                | Node::Fetch { rel, checks, binds, .. } => {
                    wanted.push((*rel, self.cells(*rel, checks, binds)));
                }
                Node::Probe(probe) => {
                    wanted.push((probe.rel, self.cells(probe.rel, &probe.checks, &probe.binds)));
                }
                Node::Meet(meet) => {
                    let slots = meet.under.iter().map(|under| under.slot);
                    let slots = slots.chain(meet.keys.iter().copied());
                    wanted.extend(slots.map(|slot| (self.linked.slots[slot].rel, Read::Rows)));
                }
                Node::ScanGroups { rel, key: binds } | Node::GroupRows { rel, binds, .. } => {
                    wanted.push((*rel, self.cells(*rel, &[], binds)));
                }
                Node::Any { rel } => wanted.push((*rel, Read::Rows)),
                Node::Semi { slot, .. } => {
                    wanted.push((self.linked.slots[*slot].rel, Read::Rows));
                }
                Node::AntiFind { rel, .. } | Node::AntiAny { rel } => self.note(*rel, Read::Whole),
                Node::AntiProbe { slot, .. } => {
                    self.note(self.linked.slots[*slot].rel, Read::Whole);
                }
                Node::Absent(inner) => self.nodes(inner, None),
                Node::Collect { shape, .. } => self.shape(shape),
                Node::Eval(code) | Node::Test(code, _) => self.code(code),
                Node::Equal { .. }
                | Node::Each { .. }
                | Node::EachEntry { .. }
                | Node::EachInt { .. }
                | Node::Emit(_)
                | Node::Accumulate => {}
            }
            for (rel, read) in wanted {
                let read = if needs.is_some() { read } else { Read::Whole };
                self.note(rel, read);
                if let Some(needs) = &mut needs {
                    needs.push(rel);
                }
            }
        }
    }

    fn cells(&self, rel: usize, checks: &[Check], binds: &[Bind]) -> Read {
        let schema = &self.plan.rels[rel];
        let fixed = schema.keys + schema.values;
        let is_cell = |col: u16| col != ROW_ID && usize::from(col) >= fixed;
        let checks_cell = checks.iter().any(|check| match *check {
            Check::Reg(col, _) => is_cell(col),
            Check::Cols(a, b) => is_cell(a) || is_cell(b),
        });
        let reads = checks_cell || binds.iter().any(|bind| is_cell(bind.col));
        if reads { Read::Cells } else { Read::Rows }
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Word(_) => {}
            Shape::Tuple(_, parts) => parts.iter().for_each(|part| self.shape(part)),
            Shape::Set { rel, element, .. } => {
                self.note(rel.index(), Read::Whole);
                self.shape(element);
            }
            Shape::Map { rel, key, value, .. } => {
                self.note(rel.index(), Read::Whole);
                self.shape(key);
                self.shape(value);
            }
        }
    }

    fn code(&mut self, code: &Code) {
        for op in &code.ops {
            if let Op::Owns { rel, .. } = op {
                self.note(rel.index(), Read::Whole);
            }
        }
    }
}
