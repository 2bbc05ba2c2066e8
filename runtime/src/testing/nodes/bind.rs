//! A test of many nodes, made ready to be run any number of times: who plays,
//! what happens to them, what they are given, what has to hold. How a run goes
//! is not known here.

use std::collections::BTreeMap;
use std::sync::Arc;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::driver;
use bloom_compiler::driver::Played;
use bloom_compiler::driver::Scenarios;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Test;
use bloom_compiler::names::hir::TestFact;
use bloom_compiler::names::scenarios;
use bloom_compiler::names::scenarios::Nodes;
use bloom_compiler::names::scenarios::Scenario;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::maintain;

use crate::embed::defaults;
use crate::embed::failure;
use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::sim;
use crate::sim::Cast;
use crate::sim::Fault;
use crate::sim::Member;
use crate::sim::Story;
use crate::sim::When;
use crate::testing::node;
use crate::testing::nodes::checks::Checks;
use crate::testing::rows;

/// Schedules that are tried where a test does not say.
const SEEDS: u64 = 100;
/// How long the liveness phase lasts where nothing has to hold in the end: what
/// must never happen might happen while nodes come back.
const CALM: i64 = 5_000_000_000;

/// A test of many nodes, ready to be run.
pub struct Play<'a> {
    /// The program over all nodes, and its tests.
    pub scenarios: &'a Scenarios,
    /// The number of the test there.
    pub test: usize,
    /// Who plays.
    pub cast: Cast,
    /// What happens to them.
    pub story: Story,
    /// How many schedules the test wants.
    pub seeds: u64,
    pub(super) checks: Checks,
}

/// Rows that facts of tests state, by the hidden collection of each.
type Stated = BTreeMap<RelId, Vec<Value>>;

impl<'a> Play<'a> {
    /// Makes a test ready; what it states without having a value is the error.
    pub fn new(
        scenarios: &'a Scenarios,
        test: usize,
        limits: &Limits,
    ) -> Result<Play<'a>, Box<Diagnostic>> {
        let list = &scenarios.program.tests.list;
        let none = Scenario::default();
        let scenario = list.get(test).and_then(|test| test.scenario.as_ref()).unwrap_or(&none);
        let checks = Checks::new(scenarios, scenario);
        let stated = stated(scenarios, scenario, limits)?;
        let played = scenarios.casts.get(test).map_or(&[][..], Vec::as_slice);
        let mut cast = Cast::new(Vec::new());
        cast.limits = limits.clone();
        for (group, played) in scenario.groups.iter().zip(played) {
            let plan = plan(played);
            let periods = periods(played, &plan)?;
            for index in 0..group.count {
                cast.nodes.push(Member {
                    name: format!("{}[{index}]", group.role),
                    role: group.role.clone(),
                    program: Arc::clone(&played.program),
                    plan: Arc::clone(&plan),
                    tables: Vec::new(),
                    periods: periods.clone(),
                    show: checks.shown(&group.role),
                });
            }
        }
        let mut story = Story {
            faults: scenario.faults.iter().filter_map(|(fault, _)| bound(fault, &cast)).collect(),
            ..Story::default()
        };
        story.settings.liveness = Some(checks.within().unwrap_or(CALM));
        give(scenarios, scenario, &stated, &mut cast, &mut story);
        let seeds = scenario.seeds.unwrap_or(SEEDS);
        Ok(Play { scenarios, test, cast, story, seeds, checks })
    }

    /// The test as it is written.
    pub fn written(&self) -> Option<&'a Test> {
        self.scenarios.program.tests.list.get(self.test)
    }

    /// The bounds within which the test wants to be gone through in steps, if it
    /// does.
    pub fn steps(&self) -> Option<scenarios::Steps> {
        let scenario = self.written()?.scenario.as_ref()?;
        scenario.faults.iter().find_map(|(fault, _)| match fault {
            scenarios::Fault::Lockstep(steps) => Some(*steps),
            _ => None,
        })
    }

    /// What must hold, in the order of the text.
    pub fn properties(&self) -> &[scenarios::Property] {
        &self.checks.properties
    }
}

/// The plan of a role's program, for ticks one after the other.
fn plan(played: &Played) -> Arc<ir::Program> {
    let sizes = vec![None; played.program.rels.len()];
    Arc::new(maintain::plan(&played.program, sizes))
}

fn periods(played: &Played, plan: &Arc<ir::Program>) -> Result<Vec<(RelId, i64)>, Box<Diagnostic>> {
    if played.program.rels.iter().all(|rel| rel.every.is_none()) {
        return Ok(Vec::new());
    }
    defaults::periods(&played.program, &Engine::new(ir::Program::clone(plan)))
}

/// The values of everything that a test states.
fn stated(
    scenarios: &Scenarios,
    scenario: &Scenario,
    limits: &Limits,
) -> Result<Stated, Box<Diagnostic>> {
    let facts: Vec<&TestFact> = scenario.given.iter().flat_map(|gift| &gift.facts).collect();
    let mut stated = Stated::new();
    if facts.is_empty() {
        return Ok(stated);
    }
    let wanted: Vec<RelId> = facts.iter().map(|fact| fact.row).collect();
    let small = driver::expected(&scenarios.program, &wanted);
    let mut engine = node::engine(&small.program, &small.strata);
    engine
        .run(limits)
        .map_err(|failed| Box::new(failure::diagnostic(&failed, &small.program, &engine)))?;
    for fact in facts {
        let words = (engine.len(fact.row), engine.rows_as_they_lie(fact.row));
        let Some(row) = rows::values(&engine, fact.row, words).into_iter().next() else {
            let title = "what stands here has no value, so there is no row to give";
            let told = Diagnostic::error(codes::NOT_TO_BE_GIVEN, fact.span, title);
            return Err(Box::new(told.help("write values that are there always")));
        };
        stated.insert(fact.row, row);
    }
    Ok(stated)
}

/// Puts what nodes are given into the story; rows of static tables are there
/// from the start.
fn give(
    scenarios: &Scenarios,
    scenario: &Scenario,
    stated: &Stated,
    cast: &mut Cast,
    story: &mut Story,
) {
    for gift in &scenario.given {
        let name = format!("{}[{}]", gift.role, gift.index);
        let Some(node) = cast.nodes.iter().position(|member| member.name == name) else { continue };
        let member = &mut cast.nodes[node];
        let mut rows = Vec::new();
        for fact in &gift.facts {
            let own = scenarios.rels.get(&fact.rel).map(|(_, rel)| *rel);
            // The first value is the node.
            let row = stated.get(&fact.row).map(|row| row.iter().skip(1).cloned().collect());
            let (Some(rel), Some(row)) = (own, row) else { continue };
            let kind = member.program.rels.get(rel.index()).map(|rel| rel.kind);
            match kind {
                Some(RelKind::StaticTable) => member.tables.push((rel, row)),
                _ => rows.push((rel, row)),
            }
        }
        if !rows.is_empty() {
            story.gifts.push(sim::Gift { node, at: gift.at, rows });
        }
    }
}

/// A fault with the numbers of its nodes.
fn bound(fault: &scenarios::Fault, cast: &Cast) -> Option<Fault> {
    use scenarios::Fault as Line;
    let when = |when: &scenarios::When| When { at: when.at, lasts: when.lasts };
    let of = |nodes: &[Nodes]| numbers(nodes, &[], cast);
    Some(match fault {
        Line::Delay(least, most) => Fault::Delay { least: *least, most: *most },
        Line::Loss(share) => Fault::Loss(*share),
        Line::Duplicate(share) => Fault::Duplicate(*share),
        Line::Reorder(share) => Fault::Reorder(*share),
        Line::Partition(one, other, at) | Line::OneWay(one, other, at) => Fault::Partition {
            one: numbers(one, other, cast),
            other: numbers(other, one, cast),
            both: matches!(fault, Line::Partition(..)),
            when: when(at),
        },
        Line::Crash(nodes, at, amnesia) => {
            Fault::Crash { nodes: of(nodes), when: when(at), amnesia: *amnesia }
        }
        Line::Restart(nodes, at) => Fault::Restart { nodes: of(nodes), when: when(at) },
        Line::Skew(nodes, by) => Fault::Skew { nodes: of(nodes), by: *by },
        Line::Slow(nodes, by, at) => Fault::Slow { nodes: of(nodes), by: *by, when: when(at) },
        // Bounds of a search, not of a run.
        Line::Lockstep(_) => return None,
    })
}

/// The nodes that one side of a line names; `rest` are all that the line does
/// not name.
fn numbers(side: &[Nodes], other: &[Nodes], cast: &Cast) -> Vec<usize> {
    let named = |member: &Member, nodes: &Nodes| match nodes {
        Nodes::One(role, index) => member.name == format!("{role}[{index}]"),
        Nodes::Role(role) => member.role == *role,
        Nodes::Rest => false,
    };
    let by_line = |member: &Member| side.iter().chain(other).any(|nodes| named(member, nodes));
    let by_side = |member: &Member| {
        side.iter().any(|nodes| named(member, nodes))
            || side.contains(&Nodes::Rest) && !by_line(member)
    };
    let all = cast.nodes.iter().enumerate();
    all.filter(|(_, member)| by_side(member)).map(|(at, _)| at).collect()
}
