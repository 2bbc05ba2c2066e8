//! Rules over state as a dataflow can follow them: all matches of a rule, by
//! columns and registers, without the indexes and windows of the kernel; or why
//! that cannot be. Plain data, made from steps. Whether a view is followed this
//! way is not decided here.

use std::collections::BTreeSet;

use crate::ids::RelId;
use crate::plan::code::Code;
use crate::plan::code::Op;
use crate::plan::ir;
use crate::plan::ir::Bind;
use crate::plan::ir::CellIn;
use crate::plan::ir::Check;
use crate::plan::ir::Life;
use crate::plan::ir::Merge;
use crate::plan::ir::Program;
use crate::plan::ir::ROW_ID;
use crate::plan::ir::Reg;
use crate::plan::ir::Rel;
use crate::plan::ir::Shape;
use crate::plan::ir::Stratum;
use crate::plan::upkeep::Kept;
use crate::plan::validate::uses;

/// One way to match a rule.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// What is computed once, for all matches.
    pub prelude: Option<Code>,
    /// From nothing to a match.
    pub steps: Vec<Step>,
    /// The row, where the rule has no groups: all columns.
    pub row: Vec<Reg>,
}

/// A step of a way.
#[derive(Clone, Debug)]
pub enum Step {
    /// Every row of a relation that has these words in these columns.
    Rows {
        /// The relation.
        rel: RelId,
        /// Columns and registers that must be equal.
        key: Vec<(usize, Reg)>,
        /// Columns that must be equal.
        same: Vec<(usize, usize)>,
        /// What columns give to registers.
        binds: Vec<(usize, Reg)>,
    },
    /// Goes on where the steps have no match.
    Absent(Vec<Step>),
    /// Steps that read no rows.
    Run(Vec<ir::Step>),
}

/// Why a dataflow cannot follow a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unfit {
    /// It reads or writes sets, maps or bags that grow row by row.
    Collections(RelId),
    /// It reads or writes a column of which there may be one value only.
    Point(RelId),
    /// It counts or sums inside of its own recursion.
    Grows,
    /// It reads events, or what is put aside for later.
    Events(RelId),
    /// It is no view over state.
    NoView,
}

/// What a stratum computes, and by which ways.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// Relations that it writes.
    pub heads: Vec<RelId>,
    /// What else it reads.
    pub inputs: Vec<RelId>,
    /// By rule of the stratum.
    pub rules: Vec<Vec<Way>>,
}

/// The dataflow of a stratum, or the rule that has none and why.
pub fn flow(program: &Program, number: usize) -> Result<Flow, (usize, Unfit)> {
    let stratum = &program.strata[number];
    let mut flow = Flow { heads: stratum.rels.clone(), ..Flow::default() };
    for (at, rule) in stratum.rules.iter().enumerate() {
        flow.rules.push(rule_ways(program, stratum, rule).map_err(|why| (at, why))?);
    }
    let mut inputs = BTreeSet::new();
    flow.rules.iter().flatten().for_each(|way| read(&way.steps, &mut inputs));
    flow.inputs = inputs.into_iter().filter(|rel| !flow.heads.contains(rel)).collect();
    for rel in flow.heads.iter().chain(&flow.inputs) {
        let unfit = unfit(program, *rel);
        let own = |rule: &Vec<Way>| {
            let mut read_here = BTreeSet::new();
            rule.iter().for_each(|way| read(&way.steps, &mut read_here));
            read_here.contains(rel)
        };
        if let Some(why) = unfit {
            let at = flow.rules.iter().position(own);
            let writes = || stratum.rules.iter().position(|rule| rule.head == *rel);
            return Err((at.or_else(writes).unwrap_or(0), why));
        }
    }
    Ok(flow)
}

fn unfit(program: &Program, rel: RelId) -> Option<Unfit> {
    let of = &program.rels[rel.index()];
    let is_owned = |d: &ir::Declared| !is_words(&d.shape);
    let counts = |col: &ir::Col| matches!(col.merge, Some(Merge::Count(_)));
    match () {
        () if of.life == Life::Tick => Some(Unfit::Events(rel)),
        () if of.owner.is_some() || of.declared.iter().any(is_owned) => {
            Some(Unfit::Collections(rel))
        }
        () if of.cols.iter().any(counts) => Some(Unfit::Collections(rel)),
        () if !of.points.is_empty() => Some(Unfit::Point(rel)),
        () => None,
    }
}

fn is_words(shape: &Shape) -> bool {
    match shape {
        Shape::Word(_) => true,
        Shape::Tuple(_, parts) => parts.iter().all(is_words),
        Shape::Set { .. } | Shape::Map { .. } => false,
    }
}

fn rule_ways(program: &Program, stratum: &Stratum, rule: &ir::Rule) -> Result<Vec<Way>, Unfit> {
    if rule.aggregate.as_ref().is_some_and(|aggregate| aggregate.grows) {
        return Err(Unfit::Grows);
    }
    if let Some(why) = stratum.rels.iter().find_map(|rel| unfit(program, *rel)) {
        return Err(why);
    }
    let finish = rule.aggregate.iter().flat_map(|aggregate| &aggregate.finish);
    for step in finish {
        match step {
            ir::Step::Emit(emit) if !emit.cells.iter().all(is_word) => {
                return Err(Unfit::Collections(emit.rel));
            }
            _ => {}
        }
    }
    match &rule.kept {
        Some(Kept::Up(upkeep)) => {
            let steps = upkeep.full.iter().map(|timed| {
                let steps: Vec<ir::Step> = timed.iter().map(|timed| timed.step.clone()).collect();
                way(&program.rels, &steps)
            });
            steps.collect()
        }
        Some(Kept::Anew(_, ways)) => ways.clone(),
        None => Err(Unfit::NoView),
    }
}

fn is_word(cell: &CellIn) -> bool {
    matches!(cell, CellIn::Word(_))
}

fn read(steps: &[Step], out: &mut BTreeSet<RelId>) {
    for step in steps {
        match step {
            Step::Rows { rel, .. } => drop(out.insert(*rel)),
            Step::Absent(inner) => read(inner, out),
            Step::Run(_) => {}
        }
    }
}

/// One way from the steps that find all matches.
pub fn way(rels: &[Rel], steps: &[ir::Step]) -> Result<Way, Unfit> {
    let mut way = Way::default();
    let mut steps = steps;
    // What is computed once stands before all.
    if let [ir::Step::Eval(code), rest @ ..] = steps
        && code.ops.iter().all(|op| uses(op).1.iter().all(|reg| is_own(code, *reg)))
    {
        way.prelude = Some(code.clone());
        steps = rest;
    }
    if let Some(ir::Step::Emit(emit)) = steps.last() {
        way.row = emit.row.clone();
        for cell in &emit.cells {
            match cell {
                CellIn::Word(reg) => way.row.push(*reg),
                _ => return Err(Unfit::Collections(emit.rel)),
            }
        }
    }
    way.steps = writer(rels, steps)?;
    Ok(way)
}

fn is_own(code: &Code, reg: Reg) -> bool {
    code.ops.iter().any(|op| uses(op).0 == Some(reg))
}

fn writer(rels: &[Rel], steps: &[ir::Step]) -> Result<Vec<Step>, Unfit> {
    let mut out = Vec::new();
    for step in steps {
        one(rels, step, &mut out)?;
    }
    Ok(out)
}

fn one(rels: &[Rel], step: &ir::Step, out: &mut Vec<Step>) -> Result<(), Unfit> {
    let indexed = |rel: RelId, index: usize, key: &[Reg]| -> Vec<(usize, Reg)> {
        rels[rel.index()].indexes[index].iter().copied().zip(key.iter().copied()).collect()
    };
    let found = |key: &[Reg]| -> Vec<(usize, Reg)> { key.iter().copied().enumerate().collect() };
    match step {
        ir::Step::Scan { rel, checks, binds, .. } => rows(*rel, Vec::new(), checks, binds, out)?,
        ir::Step::Probe { rel, index, key, checks, binds } => {
            rows(*rel, indexed(*rel, *index, key), checks, binds, out)?;
        }
        ir::Step::Find { rel, key, checks, binds } => rows(*rel, found(key), checks, binds, out)?,
        ir::Step::Any { rel } => rows(*rel, Vec::new(), &[], &[], out)?,
        ir::Step::Semi { rel, index, key } => {
            rows(*rel, indexed(*rel, *index, key), &[], &[], out)?;
        }
        ir::Step::AntiFind { rel, key } => absent(*rel, found(key), out)?,
        ir::Step::AntiProbe { rel, index, key } => absent(*rel, indexed(*rel, *index, key), out)?,
        ir::Step::AntiAny { rel } => absent(*rel, Vec::new(), out)?,
        ir::Step::Absent { steps } => out.push(Step::Absent(writer(rels, steps)?)),
        ir::Step::Eval(code) | ir::Step::Test(code, _)
            if code.ops.iter().any(|op| matches!(op, Op::Owns { .. })) =>
        {
            let owns = code.ops.iter().find_map(|op| match op {
                Op::Owns { rel, .. } => Some(*rel),
                _ => None,
            });
            return Err(owns.map_or(Unfit::NoView, Unfit::Collections));
        }
        ir::Step::Equal { .. }
        | ir::Step::Eval(_)
        | ir::Step::Test(..)
        | ir::Step::Each { .. }
        | ir::Step::EachEntry { .. }
        | ir::Step::EachInt { .. } => match out.last_mut() {
            Some(Step::Run(steps)) => steps.push(step.clone()),
            _ => out.push(Step::Run(vec![step.clone()])),
        },
        ir::Step::Emit(_) | ir::Step::Accumulate => {}
        ir::Step::Fetch { rel, .. } => return Err(Unfit::Collections(*rel)),
        ir::Step::Collect { shape, .. } => return Err(collected(shape)),
        ir::Step::Intersect { .. } => return Err(Unfit::NoView),
    }
    Ok(())
}

fn collected(shape: &Shape) -> Unfit {
    match shape {
        Shape::Set { rel, .. } | Shape::Map { rel, .. } => Unfit::Collections(*rel),
        Shape::Word(_) | Shape::Tuple(..) => Unfit::NoView,
    }
}

fn absent(rel: RelId, key: Vec<(usize, Reg)>, out: &mut Vec<Step>) -> Result<(), Unfit> {
    let mut inner = Vec::new();
    rows(rel, key, &[], &[], &mut inner)?;
    out.push(Step::Absent(inner));
    Ok(())
}

fn rows(
    rel: RelId,
    mut key: Vec<(usize, Reg)>,
    checks: &[Check],
    binds: &[Bind],
    out: &mut Vec<Step>,
) -> Result<(), Unfit> {
    let mut same = Vec::new();
    for check in checks {
        match *check {
            Check::Reg(col, reg) => key.push((usize::from(col), reg)),
            Check::Cols(a, b) => same.push((usize::from(a), usize::from(b))),
        }
    }
    if binds.iter().any(|bind| bind.col == ROW_ID) {
        return Err(Unfit::Collections(rel));
    }
    key.sort_unstable();
    // A column that has to equal two registers: these are equal.
    let mut equal = Vec::new();
    for two in key.windows(2).filter(|two| two[0].0 == two[1].0) {
        equal.push(ir::Step::Equal { a: two[0].1, b: two[1].1 });
    }
    key.dedup_by_key(|(col, _)| *col);
    if !equal.is_empty() {
        match out.last_mut() {
            Some(Step::Run(steps)) => steps.append(&mut equal),
            _ => out.push(Step::Run(equal)),
        }
    }
    let binds = binds.iter().map(|bind| (usize::from(bind.col), bind.reg)).collect();
    out.push(Step::Rows { rel, key, same, binds });
    Ok(())
}

/// What steps that read no rows read and write of registers; the first are those
/// that are not written before.
pub fn registers(steps: &[ir::Step]) -> (Vec<Reg>, Vec<Reg>) {
    let (mut reads, mut writes): (BTreeSet<Reg>, BTreeSet<Reg>) = Default::default();
    let mut use_of = |read: &[Reg], write: &[Reg]| {
        reads.extend(read.iter().filter(|reg| !writes.contains(reg)));
        writes.extend(write);
    };
    for step in steps {
        match step {
            ir::Step::Equal { a, b } => use_of(&[*a, *b], &[]),
            ir::Step::Eval(code) => ops(code, &mut use_of),
            ir::Step::Test(code, reg) => {
                ops(code, &mut use_of);
                use_of(&[*reg], &[]);
            }
            ir::Step::Each { from, element } => use_of(&[*from], &[*element]),
            ir::Step::EachEntry { from, key, value } => use_of(&[*from], &[*key, *value]),
            ir::Step::EachInt { lo, hi, element } => use_of(&[*lo, *hi], &[*element]),
            _ => {}
        }
    }
    (reads.into_iter().collect(), writes.into_iter().collect())
}

fn ops(code: &Code, use_of: &mut dyn FnMut(&[Reg], &[Reg])) {
    for op in &code.ops {
        let (write, read, _) = uses(op);
        use_of(&read, write.as_slice());
    }
}
