//! Whether a plan keeps the promises that `ir` makes. A broken one is a
//! mistake of the planner, never of a program.

use std::collections::BTreeSet;

use crate::ids::RelId;
use crate::plan::ir::Bind;
use crate::plan::ir::CellIn;
use crate::plan::ir::Check;
use crate::plan::ir::Code;
use crate::plan::ir::List;
use crate::plan::ir::Op;
use crate::plan::ir::Program;
use crate::plan::ir::ROW_ID;
use crate::plan::ir::Reg;
use crate::plan::ir::Rel;
use crate::plan::ir::Rule;
use crate::plan::ir::Shape;
use crate::plan::ir::Step;
use crate::plan::ir::TextPart;
use crate::plan::ir::Values;
use crate::plan::ir::Variant;
use crate::plan::ir::Window;
use crate::plan::upkeep;
use crate::plan::upkeep::Kept;
use crate::plan::upkeep::Timed;
use crate::plan::upkeep::Upkeep;

/// One more than the last column that is no cell.
fn list_end(rel: &Rel) -> usize {
    rel.keys + rel.values
}

/// The first broken promise.
pub fn validate(program: &Program) -> Result<(), String> {
    for rel in &program.rels {
        if rel.keys + rel.values > rel.cols.len() {
            return Err(format!("{}: more keys and values than columns", rel.name));
        }
        if rel.indexes.iter().flatten().any(|col| *col >= rel.keys + rel.values) {
            return Err(format!("{}: an index over a cell", rel.name));
        }
        let in_list = |list: &List| list.key.iter().any(|col| *col >= list_end(rel));
        if rel
            .lists
            .iter()
            .any(|l| in_list(l) || l.value >= list_end(rel) || l.key.contains(&l.value))
        {
            return Err(format!("{}: a list of what it cannot have", rel.name));
        }
        if rel
            .cols
            .iter()
            .enumerate()
            .any(|(i, c)| c.merge.is_some() != (i >= rel.keys + rel.values))
        {
            return Err(format!("{}: cells must come last", rel.name));
        }
    }
    for stratum in &program.strata {
        for rule in &stratum.rules {
            let context = |e: String| format!("{} (rule {}): {e}", rule.name, rule.source);
            check_rule(program, rule).map_err(context)?;
            if !stratum.rels.contains(&rule.head) {
                return Err(context("its head is not completed by its stratum".into()));
            }
        }
    }
    match program.strata.last() {
        Some(last) if !last.judged => Err("the last stratum is not judged".into()),
        _ => Ok(()),
    }
}

fn check_rule(program: &Program, rule: &Rule) -> Result<(), String> {
    for variant in &rule.variants {
        check_variant(program, rule, variant, false)?;
    }
    for audit in rule.audit.iter().chain(&rule.also_audit) {
        check_variant(program, rule, audit, true)?;
    }
    if let Some(Kept::Up(upkeep)) = &rule.kept {
        check_upkeep(program, rule, upkeep)?;
    }
    if let Some(aggregate) = &rule.aggregate {
        let mut walk = Walk { program, regs: rule.regs, written: BTreeSet::new() };
        walk.written.extend(aggregate.group.iter().copied());
        walk.written.extend(aggregate.aggs.iter().map(|agg| agg.to));
        walk.steps(&aggregate.finish)?;
        match aggregate.finish.last() {
            Some(Step::Emit(emit)) if aggregate.grows && emit.cells.is_empty() => {
                return Err("what grows ends in a row that does not merge".into());
            }
            Some(Step::Emit(_)) => {}
            _ => return Err("a group does not end in a row".into()),
        }
    }
    Ok(())
}

fn check_upkeep(program: &Program, rule: &Rule, upkeep: &Upkeep) -> Result<(), String> {
    let steps = |steps: &[Timed]| steps.iter().map(|timed| timed.step.clone()).collect();
    let all = upkeep.full.iter().map(|full| (None, steps(full)));
    let deltas = upkeep.deltas.iter().map(|delta| {
        let delta_of = (delta.of, Window::New);
        (Some(delta_of), steps(&delta.steps))
    });
    for (delta, steps) in all.chain(deltas) {
        // What is asked of the windows of an aggregate is not asked here.
        check_variant(program, rule, &Variant { delta, steps }, true)?;
    }
    upkeep::validate(upkeep)
}

fn check_variant(
    program: &Program,
    rule: &Rule,
    variant: &Variant,
    is_audit: bool,
) -> Result<(), String> {
    let mut walk = Walk { program, regs: rule.regs, written: BTreeSet::new() };
    walk.steps(&variant.steps)?;
    let ends = match (variant.steps.last(), &rule.aggregate) {
        (Some(Step::Emit(emit)), None) => emit.rel == rule.head,
        (Some(Step::Accumulate), Some(aggregate)) => {
            let parts = aggregate.aggs.iter().flat_map(|agg| {
                agg.arg.into_iter().chain(agg.limit).chain(agg.by.iter().map(|(reg, _, _)| *reg))
            });
            walk.reads(parts.chain(aggregate.group.iter().copied()))?;
            let once = matches!(variant.delta, Some((_, Window::New)));
            is_audit || once == aggregate.grows && (once || variant.delta.is_none())
        }
        _ => false,
    };
    if !ends {
        return Err("a variant ends in nothing".into());
    }
    let windows = variant.steps.iter().filter_map(|step| match step {
        Step::Scan { rel, window, .. } if *window != Window::All => Some((*rel, *window)),
        _ => None,
    });
    if windows.collect::<Vec<_>>() != variant.delta.into_iter().collect::<Vec<_>>() {
        return Err("a variant scans other windows than its delta".into());
    }
    Ok(())
}

/// What has been written so far.
struct Walk<'a> {
    program: &'a Program,
    regs: usize,
    written: BTreeSet<Reg>,
}

impl Walk<'_> {
    fn read(&self, reg: Reg) -> Result<(), String> {
        match self.written.contains(&reg) {
            true => Ok(()),
            false => Err(format!("register {reg} is read before it is written")),
        }
    }

    fn reads(&self, regs: impl IntoIterator<Item = Reg>) -> Result<(), String> {
        regs.into_iter().try_for_each(|reg| self.read(reg))
    }

    fn write(&mut self, reg: Reg) -> Result<(), String> {
        self.written.insert(reg);
        match (reg as usize) < self.regs && reg < Reg::MAX - 1 {
            true => Ok(()),
            false => Err(format!("register {reg} is beyond the rule's {}", self.regs)),
        }
    }

    fn row(&mut self, rel: RelId, checks: &[Check], binds: &[Bind]) -> Result<(), String> {
        let cols = self.program.rels[rel.index()].cols.len();
        let inside = |col: u16| (col as usize) < cols;
        for check in checks {
            let fine = match check {
                Check::Reg(col, reg) => {
                    self.read(*reg)?;
                    inside(*col)
                }
                Check::Cols(a, b) => inside(*a) && inside(*b),
            };
            if !fine {
                return Err("a check of no column".into());
            }
        }
        for bind in binds {
            if bind.col != ROW_ID && !inside(bind.col) {
                return Err("a binding of no column".into());
            }
            self.write(bind.reg)?;
        }
        Ok(())
    }

    fn indexed(&self, rel: RelId, index: usize, key: &[Reg]) -> Result<(), String> {
        self.reads(key.iter().copied())?;
        match self.program.rels[rel.index()].indexes.get(index) {
            Some(cols) if cols.len() == key.len() => Ok(()),
            _ => Err("a probe of no index".into()),
        }
    }

    fn values(&self, values: &Values) -> Result<(), String> {
        let (rel, list, width) = match values {
            Values::Keys { rel, list } => (rel, list, 1),
            Values::Under { rel, list, key } => {
                self.reads(key.iter().copied())?;
                (rel, list, key.len())
            }
        };
        match self.program.rels[rel.index()].lists.get(*list) {
            Some(list) if list.key.len() == width => Ok(()),
            _ => Err("values of no list".into()),
        }
    }

    fn keyed(&self, rel: RelId, key: &[Reg]) -> Result<(), String> {
        self.reads(key.iter().copied())?;
        match self.program.rels[rel.index()].keys == key.len() {
            true => Ok(()),
            false => Err("a look-up without the whole key".into()),
        }
    }

    fn steps(&mut self, steps: &[Step]) -> Result<(), String> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Scan { rel, checks, binds, .. } => self.row(*rel, checks, binds),
            Step::Probe { rel, index, key, checks, binds } => {
                self.indexed(*rel, *index, key)?;
                self.row(*rel, checks, binds)
            }
            Step::Intersect { to, of } => {
                of.iter().try_for_each(|values| self.values(values))?;
                self.write(*to)
            }
            Step::Find { rel, key, checks, binds } => {
                self.keyed(*rel, key)?;
                self.row(*rel, checks, binds)
            }
            Step::Fetch { rel, row, checks, binds } => {
                self.read(*row)?;
                self.row(*rel, checks, binds)
            }
            Step::AntiFind { rel, key } => self.keyed(*rel, key),
            Step::AntiProbe { rel, index, key } | Step::Semi { rel, index, key } => {
                self.indexed(*rel, *index, key)
            }
            Step::AntiAny { .. } | Step::Any { .. } | Step::Accumulate => Ok(()),
            Step::Absent { steps } => {
                let before = self.written.clone();
                self.steps(steps)?;
                self.written = before;
                Ok(())
            }
            Step::Equal { a, b } => self.reads([*a, *b]),
            Step::Eval(code) => self.code(code),
            Step::Test(code, reg) => {
                self.code(code)?;
                self.read(*reg)
            }
            Step::Each { from, element } => {
                self.read(*from)?;
                self.write(*element)
            }
            Step::EachEntry { from, key, value } => {
                self.read(*from)?;
                self.write(*key)?;
                self.write(*value)
            }
            Step::EachInt { lo, hi, element } => {
                self.reads([*lo, *hi])?;
                self.write(*element)
            }
            Step::Collect { row, shape, to } => {
                self.read(*row)?;
                match shape {
                    Shape::Set { .. } | Shape::Map { .. } => self.write(*to),
                    _ => Err("collects what is no collection".into()),
                }
            }
            Step::Emit(emit) => {
                let rel = &self.program.rels[emit.rel.index()];
                self.reads(emit.row.iter().copied())?;
                if emit.row.len() != rel.keys + rel.values
                    || emit.cells.len() != rel.cols.len() - emit.row.len()
                {
                    return Err("a row of another width".into());
                }
                emit.cells.iter().try_for_each(|cell| self.cell(cell))
            }
        }
    }

    fn cell(&self, cell: &CellIn) -> Result<(), String> {
        match cell {
            CellIn::Nothing => Ok(()),
            CellIn::Word(reg) | CellIn::Elements(reg) | CellIn::Entries(reg, _) => self.read(*reg),
            CellIn::Element(regs) => self.reads(regs.iter().copied()),
            CellIn::Entry(key, cells) => {
                self.reads(key.iter().copied())?;
                cells.iter().try_for_each(|cell| self.cell(cell))
            }
        }
    }

    /// Code must be fine op by op; what a jump leaps over counts as written,
    /// for its other way writes it too.
    fn code(&mut self, code: &Code) -> Result<(), String> {
        if code.ops.len() != code.spans.len() {
            return Err("code without spans".into());
        }
        for op in &code.ops {
            let (writes, reads, jump) = uses(op);
            self.reads(reads)?;
            if jump.is_some_and(|to| to as usize > code.ops.len()) {
                return Err("a jump out of the code".into());
            }
            if let Some(reg) = writes {
                self.write(reg)?;
            }
        }
        Ok(())
    }
}

/// What an operation writes, reads, and where it may lead.
pub fn uses(op: &Op) -> (Option<Reg>, Vec<Reg>, Option<u32>) {
    match op {
        Op::Const { d, .. } | Op::None { d } => (Some(*d), vec![], None),
        Op::Move { d, a }
        | Op::NegInt { d, a, .. }
        | Op::NegFloat { d, a }
        | Op::Not { d, a }
        | Op::Some { d, a }
        | Op::Field { d, a, .. }
        | Op::IsVariant { d, a, .. }
        | Op::Payload { d, a, .. }
        | Op::IsSome { d, a }
        | Op::Inner { d, a } => (Some(*d), vec![*a], None),
        Op::Int { d, a, b, .. }
        | Op::Float { d, a, b, .. }
        | Op::Same { d, a, b, .. }
        | Op::CompareInt { d, a, b, .. }
        | Op::Compare { d, a, b, .. }
        | Op::Join { d, a, b, .. }
        | Op::Leq { d, a, b, .. }
        | Op::InList { d, a, of: b }
        | Op::InSet { d, a, of: b, .. }
        | Op::InMap { d, a, of: b, .. }
        | Op::IndexList { d, a, at: b }
        | Op::IndexMap { d, a, at: b, .. }
        | Op::Owns { d, row: a, element: b, .. }
        | Op::Range { d, lo: a, hi: b } => (Some(*d), vec![*a, *b], None),
        Op::Jump { to } => (None, vec![], Some(*to)),
        Op::JumpIf { a, to } | Op::JumpIfNot { a, to } => (None, vec![*a], Some(*to)),
        Op::Words { d, of } | Op::Set { d, of, .. } | Op::Enum { d, of, .. } => {
            (Some(*d), of.clone(), None)
        }
        Op::Map { d, of, .. } => (Some(*d), of.iter().flat_map(|(k, v)| [*k, *v]).collect(), None),
        Op::Text { d, parts } => {
            let values = parts.iter().filter_map(|part| match part {
                TextPart::Text(_) => None,
                TextPart::Value(reg, _) => Some(*reg),
            });
            (Some(*d), values.collect(), None)
        }
        Op::Call { d, args, .. } => (Some(*d), args.clone(), None),
        Op::Builtin { d, args, .. } | Op::Native { d, args, .. } => {
            (Some(*d), args.iter().map(|(r, _)| *r).collect(), None)
        }
        Op::NoRow | Op::Fail(_) => (None, vec![], None),
    }
}
