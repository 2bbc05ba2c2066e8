//! The phase: a typed program and its strata to a plan. This room must not
//! know how a rule is planned.

use crate::calm::strata::Strata;
use crate::ids::RelId;
use crate::names::hir::Given;
use crate::names::hir::RelKind;
use crate::plan::context::Shared;
use crate::plan::growing;
use crate::plan::ir;
use crate::plan::news;
use crate::plan::rules;
use crate::plan::stages;
use crate::stack;
use crate::types::judge;
use crate::types::typed;

/// What is known of the data. Nothing needs to be: sizes change the order of
/// joins and which indexes there are, never the relations.
#[derive(Clone, Debug, Default)]
pub struct Sizes {
    /// Rows of each relation.
    pub rows: Vec<Option<u64>>,
    /// Distinct values per relation and declared column; may be empty, and 0
    /// where unknown.
    pub distinct: Vec<Vec<u64>>,
    /// Ticks will follow each other: rules over state also say how their rows
    /// follow what changes.
    pub ticks: bool,
}

/// Plans a program without errors.
pub fn build(program: &typed::Program, strata: &Strata, sizes: &Sizes) -> ir::Program {
    stack::deep(|| plan(program, strata, sizes))
}

fn plan(program: &typed::Program, strata: &Strata, sizes: &Sizes) -> ir::Program {
    let own = program.rels.len();
    let apart = news::apart(program, strata);
    let (program, strata) = match &apart {
        Some(apart) => (&apart.program, &apart.strata),
        None => (program, strata),
    };
    let unfolded = growing::unfold(program, strata);
    let source = |rule: usize| {
        let sources = unfolded.as_ref().map(|unfolded| &unfolded.sources);
        sources.map_or(rule as u32, |sources| sources[rule])
    };
    let (program, strata) = match &unfolded {
        Some(unfolded) => (&unfolded.program, &unfolded.strata),
        None => (program, strata),
    };
    let components = stages::components(strata, program.rels.len());
    let mut shared = Shared::new(program, &components, sizes);
    let news = apart.as_ref().map_or(Vec::new(), |apart| apart.news.clone());
    if sizes.ticks {
        shared.kept = views(program, &news);
    }
    shared.rels[own..].iter_mut().for_each(|rel| rel.hidden = true);
    let mut all = Vec::new();
    for (number, rule) in program.rules.iter().enumerate() {
        all.extend(rules::rules(&mut shared, source(number), rule));
    }
    let components = shared.component.clone();
    let strata = stages::stages(strata, &components, &mut shared.rels, all);
    let consts = shared.take_consts();
    let (types, lattices) = shared.types.finish();
    let is_violation = |rel: &u32| program.rels[*rel as usize].kind == RelKind::Violation;
    let violations = (0..own as u32).filter(is_violation).map(RelId).collect();
    let (rels, fns) = (shared.rels, shared.fns);
    let plan = ir::Program { consts, types, lattices, rels, strata, fns, news, violations };
    debug_assert_eq!(crate::plan::validate::validate(&plan), Ok(()));
    plan
}

/// Whether a program goes on from tick to tick by itself: it puts something
/// aside for later, or waits for what comes.
pub fn ticks(program: &typed::Program) -> bool {
    let later = |rel: &typed::Rel| {
        matches!(
            rel.kind,
            RelKind::Stage(..) | RelKind::Channel | RelKind::Timer | RelKind::Periodic
        )
    };
    let mut found = false;
    for rule in &program.rules {
        found |= later(&program.rels[rule.head.index()]);
        judge::atoms(&rule.body.lits, &mut |atom, _| {
            let rel = &program.rels[atom.rel.index()];
            found |= later(rel) || rel.given == Some(Given::Stdin);
        });
    }
    found
}

/// For each relation whether it is a view over state: its rows follow from
/// tables and what else stays from tick to tick, and from nothing else.
fn views(program: &typed::Program, news: &[(RelId, RelId)]) -> Vec<bool> {
    let is_table = |rel: &typed::Rel| rel.kind.is_table();
    let mut state: Vec<bool> = program.rels.iter().map(|rel| !rel.event).collect();
    news.iter().for_each(|(_, new)| state[new.index()] = false);
    loop {
        let mut still = true;
        for rule in &program.rules {
            let head = rule.head.index();
            let mut reads_event = false;
            judge::atoms(&rule.body.lits, &mut |atom, _| reads_event |= !state[atom.rel.index()]);
            if reads_event && state[head] && !is_table(&program.rels[head]) {
                state[head] = false;
                still = false;
            }
        }
        if still {
            break;
        }
    }
    program.rels.iter().zip(state).map(|(rel, state)| state && !is_table(rel)).collect()
}
