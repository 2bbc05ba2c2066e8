//! The phase: a typed program and its strata to a plan. This room must not
//! know how a rule is planned.

use crate::calm::strata::Strata;
use crate::ids::RelId;
use crate::names::hir::RelKind;
use crate::plan::context::Shared;
use crate::plan::growing;
use crate::plan::ir;
use crate::plan::maintain;
use crate::plan::news;
use crate::plan::rules;
use crate::plan::stages;
use crate::stack;
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
    /// Whether the program ticks: then rules start at events, and those over
    /// the state can go on from what is new in any relation that they read.
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
    if sizes.ticks {
        let news = apart.as_ref().map_or(&[][..], |apart| &apart.news);
        shared.live(&maintain::lives(program, news));
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
    let news = apart.as_ref().map_or(Vec::new(), |apart| apart.news.clone());
    let is_violation = |rel: &u32| program.rels[*rel as usize].kind == RelKind::Violation;
    let violations = (0..own as u32).filter(is_violation).map(RelId).collect();
    let chosen = chosen(program);
    let (rels, fns) = (shared.rels, shared.fns);
    let plan = ir::Program { consts, types, lattices, rels, strata, fns, news, violations, chosen };
    debug_assert_eq!(crate::plan::validate::validate(&plan), Ok(()));
    plan
}

fn chosen(program: &typed::Program) -> Vec<(RelId, bool)> {
    let rels = program.rels.iter().enumerate();
    let said = rels.filter_map(|(at, rel)| Some((RelId(at as u32), rel.followed?.dataflow)));
    said.collect()
}
