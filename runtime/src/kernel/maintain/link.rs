//! The upkeep of a plan made ready to run. Unlike the steps of a rule these
//! tell as of when they read, and look up rows that are gone. This room must not
//! know how they are run.

use std::collections::BTreeSet;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Bind;
use bloom_compiler::plan::ir::Check;
use bloom_compiler::plan::ir::Code;
use bloom_compiler::plan::ir::Reg;
use bloom_compiler::plan::ir::Step;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::plan::upkeep::Kept;
use bloom_compiler::plan::upkeep::Time;
use bloom_compiler::plan::upkeep::Timed;
use bloom_compiler::plan::upkeep::Upkeep;

use crate::kernel::link::Slot;
use crate::kernel::link::slots_on;

/// A step ready to run.
#[allow(missing_docs)]
pub enum Node {
    /// Rows as of a time that is not [`Time::Changed`].
    Scan {
        rel: usize,
        time: Time,
        checks: Vec<Check>,
        binds: Vec<Bind>,
    },
    /// Rows that were gained or lost; with `apart` each combination of what is
    /// bound once, whatever became of the row.
    Changed {
        rel: usize,
        apart: bool,
        checks: Vec<Check>,
        binds: Vec<Bind>,
    },
    Probe {
        slot: usize,
        look: usize,
        time: Time,
        key: Vec<Reg>,
        checks: Vec<Check>,
        binds: Vec<Bind>,
    },
    Find {
        look: usize,
        time: Time,
        key: Vec<Reg>,
        checks: Vec<Check>,
        binds: Vec<Bind>,
    },
    /// The steps inside read as of this time, whatever they say themselves.
    Absent {
        time: Time,
        inner: Vec<Node>,
    },
    Equal(Reg, Reg),
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
    /// A row of the head.
    Row(Vec<Reg>),
    /// A match for its group.
    Match,
}

/// Columns by which changed rows are looked up.
#[derive(PartialEq, Eq)]
pub struct Look {
    /// Of this relation.
    pub rel: usize,
    /// See above.
    pub cols: Vec<usize>,
}

/// What follows from changed rows of one relation.
pub struct Delta {
    /// The relation.
    pub of: usize,
    /// Steps.
    pub nodes: Vec<Node>,
}

/// A rule ready to be kept up.
pub struct Rule {
    /// Registers that any of its steps uses.
    pub regs: usize,
    /// All matches, one list of steps for each way to match.
    pub full: Vec<Vec<Node>>,
    /// What changes them.
    pub deltas: Vec<Delta>,
    /// Where matches are gathered in groups.
    pub gathers: Option<Gathers>,
}

/// How a rule gathers matches.
pub struct Gathers {
    /// The groups and their aggregates.
    pub spec: ir::Aggregate,
    /// Types of the group's variables.
    pub types: Vec<TypeId>,
    /// From results to rows.
    pub finish: Vec<Node>,
}

/// A stratum ready to be kept up.
pub struct Stratum {
    /// The one relation that it writes.
    pub head: usize,
    /// What it reads.
    pub reads: Vec<usize>,
    /// Indexes that it probes.
    pub slots: Vec<usize>,
    /// Look-ups of changed rows.
    pub looks: Vec<usize>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// All strata of a plan that are kept up.
#[derive(Default)]
pub struct Linked {
    /// By number; `None` for those that are not.
    pub strata: Vec<Option<Stratum>>,
    /// Look-ups by number.
    pub looks: Vec<Look>,
}

/// Links what a plan says of upkeep.
pub fn link(plan: &ir::Program, slots: &[Slot]) -> Linked {
    let mut linker = Linker { slots, looks: Vec::new(), stratum: None };
    let strata = plan.strata.iter().map(|stratum| linker.stratum(stratum)).collect();
    Linked { strata, looks: linker.looks }
}

struct Linker<'a> {
    slots: &'a [Slot],
    looks: Vec<Look>,
    /// What the present stratum reads: relations, slots, look-ups.
    stratum: Option<(BTreeSet<usize>, BTreeSet<usize>, BTreeSet<usize>)>,
}

impl Linker<'_> {
    fn stratum(&mut self, stratum: &ir::Stratum) -> Option<Stratum> {
        let [head] = stratum.rels[..] else { return None };
        let mut upkeeps = Vec::new();
        for rule in &stratum.rules {
            match &rule.kept {
                Some(Kept::Up(upkeep)) => upkeeps.push((rule, upkeep)),
                _ => return None,
            }
        }
        self.stratum = Some(Default::default());
        let rules: Option<Vec<Rule>> =
            upkeeps.iter().map(|(rule, upkeep)| self.rule(rule, upkeep)).collect();
        let (reads, slots, looks) = self.stratum.take().unwrap_or_default();
        Some(Stratum {
            head: head.index(),
            rules: rules?,
            reads: reads.into_iter().collect(),
            slots: slots.into_iter().collect(),
            looks: looks.into_iter().collect(),
        })
    }

    fn rule(&mut self, rule: &ir::Rule, upkeep: &Upkeep) -> Option<Rule> {
        let full = upkeep.full.iter().map(|steps| self.timed(steps, false)).collect::<Option<_>>();
        let mut deltas = Vec::new();
        for delta in &upkeep.deltas {
            let nodes = self.timed(&delta.steps, delta.flips)?;
            deltas.push(Delta { of: delta.of.index(), nodes });
        }
        let gathers = match &rule.aggregate {
            None => None,
            Some(spec) => {
                let finish = self.nodes(&spec.finish, Time::Now, false)?;
                Some(Gathers { spec: spec.clone(), types: upkeep.group.clone(), finish })
            }
        };
        Some(Rule { regs: rule.regs, full: full?, deltas, gathers })
    }

    fn timed(&mut self, steps: &[Timed], apart: bool) -> Option<Vec<Node>> {
        steps.iter().map(|timed| self.node(&timed.step, timed.time, apart)).collect()
    }

    fn nodes(&mut self, steps: &[Step], time: Time, apart: bool) -> Option<Vec<Node>> {
        steps.iter().map(|step| self.node(step, time, apart)).collect()
    }

    /// `None` for steps that no upkeep has.
    fn node(&mut self, step: &Step, time: Time, apart: bool) -> Option<Node> {
        let anti = |inner: Node| Some(Node::Absent { time, inner: vec![inner] });
        match step.clone() {
            Step::Scan { rel, checks, binds, .. } => {
                let rel = self.reads(rel);
                Some(match time {
                    Time::Changed => Node::Changed { rel, apart, checks, binds },
                    _ => Node::Scan { rel, time, checks, binds },
                })
            }
            Step::Probe { rel, index, key, checks, binds } => {
                Some(self.probe((rel, index), time, key, checks, binds))
            }
            Step::Find { rel, key, checks, binds } => {
                Some(self.find(rel, time, key, checks, binds))
            }
            Step::AntiFind { rel, key } => {
                anti(self.find(rel, Time::Now, key, Vec::new(), Vec::new()))
            }
            Step::AntiProbe { rel, index, key } => {
                anti(self.probe((rel, index), Time::Now, key, Vec::new(), Vec::new()))
            }
            Step::AntiAny { rel } => anti(self.any(rel, Time::Now)),
            // What changed rows say of no variable at all.
            Step::Any { rel } if time == Time::Changed => {
                let (rel, checks, binds) = (self.reads(rel), Vec::new(), Vec::new());
                Some(Node::Changed { rel, apart, checks, binds })
            }
            Step::Any { rel } => Some(self.any(rel, time)),
            Step::Semi { rel, index, key } => {
                Some(self.probe((rel, index), time, key, Vec::new(), Vec::new()))
            }
            Step::Absent { steps } => {
                let inner = self.nodes(&steps, Time::Now, false)?;
                Some(Node::Absent { time, inner })
            }
            Step::Equal { a, b } => Some(Node::Equal(a, b)),
            Step::Eval(code) => Some(Node::Eval(code)),
            Step::Test(code, reg) => Some(Node::Test(code, reg)),
            Step::Each { from, element } => Some(Node::Each { from, element }),
            Step::EachEntry { from, key, value } => Some(Node::EachEntry { from, key, value }),
            Step::EachInt { lo, hi, element } => Some(Node::EachInt { lo, hi, element }),
            Step::Emit(emit) => emit.cells.is_empty().then_some(Node::Row(emit.row)),
            Step::Accumulate => Some(Node::Match),
            Step::Intersect { .. } | Step::Fetch { .. } | Step::Collect { .. } => None,
        }
    }

    fn reads(&mut self, rel: RelId) -> usize {
        if let Some((reads, _, _)) = &mut self.stratum {
            reads.insert(rel.index());
        }
        rel.index()
    }

    fn any(&mut self, rel: RelId, time: Time) -> Node {
        let rel = self.reads(rel);
        Node::Scan { rel, time, checks: Vec::new(), binds: Vec::new() }
    }

    fn probe(
        &mut self,
        (rel, index): (RelId, usize),
        time: Time,
        key: Vec<Reg>,
        checks: Vec<Check>,
        binds: Vec<Bind>,
    ) -> Node {
        let rel = self.reads(rel);
        // Slots stand in the order of the relation's indexes.
        let slot = slots_on(self.slots, rel).start + index;
        if let Some((_, slots, _)) = &mut self.stratum {
            slots.insert(slot);
        }
        let look = self.look(rel, self.slots[slot].cols.clone());
        Node::Probe { slot, look, time, key, checks, binds }
    }

    fn find(
        &mut self,
        rel: RelId,
        time: Time,
        key: Vec<Reg>,
        checks: Vec<Check>,
        binds: Vec<Bind>,
    ) -> Node {
        let rel = self.reads(rel);
        let look = self.look(rel, (0..key.len()).collect());
        Node::Find { look, time, key, checks, binds }
    }

    fn look(&mut self, rel: usize, cols: Vec<usize>) -> usize {
        let look = Look { rel, cols };
        let known = self.looks.iter().position(|other| *other == look);
        let number = known.unwrap_or_else(|| {
            self.looks.push(look);
            self.looks.len() - 1
        });
        if let Some((_, _, looks)) = &mut self.stratum {
            looks.insert(number);
        }
        number
    }
}
