//! A run of an example by the engine itself: each node takes in, tick by tick, what
//! the example says, and the slow evaluator does the same beside it. How the
//! example was found, and how it is shown, is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::calm::proof::Form;
use bloom_compiler::calm::proof::Run;
use bloom_compiler::calm::proof::Start;
use bloom_compiler::calm::proof::Taken;
use bloom_compiler::calm::proof::Watched;
use bloom_compiler::calm::proof::Witness;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::oracle;
use bloom_compiler::oracle::OracleLimits;
use bloom_compiler::oracle::Value;
use bloom_compiler::types::typed;

use crate::embed::failure;
use crate::kernel::Limits;
use crate::kernel::Machine;
use crate::kernel::Rows;
use crate::kernel::TickInput;
use crate::sim::values;
use crate::testing::node;
use crate::testing::rows;

/// Far beyond what examples do.
const LIMITS: OracleLimits =
    OracleLimits { rounds_max: 10_000, rows_max: 100_000, tries_max: 100_000_000 };

/// What a role runs.
pub type Played = (typed::Program, Strata);

/// What a tick came to.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// What is shown after it: of events all that was, too. `Err`: it failed, and
    /// why.
    pub shown: Result<BTreeSet<String>, String>,
    /// What the slow evaluator makes of it otherwise.
    pub dispute: Option<String>,
}

/// Plays a run: what every tick comes to.
pub fn play(run: &Run, watched: &Watched, programs: &[Played]) -> Vec<Step> {
    let members: Vec<(String, String)> = run
        .nodes
        .iter()
        .map(|start| (start.node.clone(), start.role.clone().unwrap_or("node".into())))
        .collect();
    let mut nodes: Vec<Pair<'_>> = Vec::new();
    for start in &run.nodes {
        let Some(played) = programs.get(start.role_at) else { return Vec::new() };
        nodes.push(Pair::new(start, played, &members));
    }
    let mut shown = BTreeSet::new();
    let mut steps = Vec::new();
    for taken in &run.ticks {
        let Some(node) = nodes.get_mut(taken.at) else { continue };
        let mut step = node.tick(taken);
        if let (Ok(_), true) = (&step.shown, taken.at == watched.at) {
            if !watched.is_event {
                shown.clear();
            }
            shown.extend(watched.rels.iter().flat_map(|rel| node.facts(*rel)));
        }
        if step.shown.is_ok() {
            step.shown = Ok(shown.clone());
        }
        steps.push(step);
    }
    steps
}

/// Where the engine ends with something else than the example says.
pub fn otherwise(witness: &Witness, run: &Run, steps: &[Step]) -> Option<String> {
    let failed = steps.iter().find_map(|step| step.shown.as_ref().err());
    if witness.form == Form::Together {
        let both = witness.runs.last() == Some(run);
        return match (both, failed) {
            (true, None) => Some("the engine finds nothing broken".to_string()),
            (false, Some(why)) => Some(format!("an operation fails though it is alone: {why}")),
            _ => None,
        };
    }
    if let Some(why) = failed {
        return Some(format!("a tick fails: {why}"));
    }
    let none = BTreeSet::new();
    let shown = steps.last().and_then(|step| step.shown.as_ref().ok()).unwrap_or(&none);
    // Collections have other names inside.
    let wanted: BTreeSet<String> =
        run.shown.iter().map(|fact| format!("({})", fact.values.join(", "))).collect();
    let values = |text: &String| text.find('(').map_or(String::new(), |at| text[at..].to_string());
    let found: BTreeSet<String> = shown.iter().map(values).collect();
    let listed = |all: &BTreeSet<String>| all.iter().cloned().collect::<Vec<_>>().join(", ");
    let told = || format!("the engine shows {}, the example {}", listed(&found), listed(&wanted));
    (wanted != found).then(told)
}

/// A node, computed twice.
struct Pair<'p> {
    program: &'p typed::Program,
    machine: Machine,
    second: oracle::Node<'p>,
}

impl<'p> Pair<'p> {
    fn new(start: &Start, (program, strata): &'p Played, members: &[(String, String)]) -> Self {
        let mut first = oracle::Input::default();
        for (rel, row) in &start.rows {
            first.rows.entry(*rel).or_default().push(row.clone());
        }
        let member = |(node, role): &(String, String)| {
            vec![Value::Node(node.clone()), Value::str(role.clone())]
        };
        for (at, rel) in program.rels.iter().enumerate() {
            let rows = match rel.given {
                Some(Given::Me) => vec![vec![Value::Node(start.node.clone())]],
                Some(Given::Members) => members.iter().map(member).collect(),
                _ => continue,
            };
            first.rows.insert(RelId(at as u32), rows);
        }
        let mut machine = Machine::new(program, node::engine(program, strata));
        for (rel, rows) in &first.rows {
            for row in rows {
                let words = words(&mut machine, *rel, row);
                node::load(machine.engine_mut(), *rel, &words);
            }
        }
        let second = oracle::Node::new(program, &strata.of_rule, strata.count, &first);
        Pair { program, machine, second }
    }

    fn tick(&mut self, taken: &Taken) -> Step {
        let mut all: BTreeMap<RelId, Vec<Vec<Value>>> = BTreeMap::new();
        for (rel, row) in &taken.rows {
            all.entry(*rel).or_default().push(row.clone());
        }
        for (at, rel) in self.program.rels.iter().enumerate() {
            let row = match rel.given {
                Some(Given::Now) => vec![Value::Time(taken.now)],
                Some(Given::Seed) => vec![Value::Int(taken.seed)],
                _ => continue,
            };
            all.insert(RelId(at as u32), vec![row]);
        }
        let mut input = TickInput::default();
        for (rel, rows) in &all {
            for row in rows {
                let words = words(&mut self.machine, *rel, row);
                input.insert.push(Rows { rel: *rel, count: 1, words });
            }
        }
        let second =
            self.second.tick(&oracle::TickInput { insert: all, ..Default::default() }, &LIMITS);
        self.machine.begin();
        if let Err(failed) = self.machine.tick(&input, &Limits::default()) {
            self.machine.rollback();
            let said = failure::diagnostic(&failed, self.program, self.machine.engine());
            let dispute = second.is_ok().then(|| "the slow evaluator does not fail".to_string());
            return Step { shown: Err(said.title), dispute };
        }
        self.machine.commit();
        let dispute = match second {
            Err(failure) => Some(format!("the slow evaluator fails: {}", failure.kind.name())),
            Ok(tick) => self.differing(&tick.state.rows),
        };
        Step { shown: Ok(BTreeSet::new()), dispute }
    }

    /// The collections of which the two have different rows.
    fn differing(&mut self, wanted: &[oracle::Rows]) -> Option<String> {
        let mut names = Vec::new();
        for (at, wanted) in wanted.iter().enumerate() {
            let found: oracle::Rows = self.rows(RelId(at as u32)).into_iter().collect();
            if found != *wanted {
                names.push(format!("`{}`", self.program.rels[at].name));
            }
        }
        let told = format!("the engine and the slow evaluator differ in {}", names.join(", "));
        (!names.is_empty()).then_some(told)
    }

    fn rows(&mut self, rel: RelId) -> Vec<Vec<Value>> {
        let engine = self.machine.engine_mut();
        let words = (engine.len(rel), engine.rows_as_they_lie(rel));
        rows::values(self.machine.engine(), rel, words)
    }

    fn facts(&mut self, rel: RelId) -> Vec<String> {
        let rows = self.rows(rel);
        let declared = &self.program.rels[rel.index()];
        rows.iter().map(|row| oracle::fact(declared, row, self.program)).collect()
    }
}

fn words(machine: &mut Machine, rel: RelId, row: &[Value]) -> Vec<u64> {
    let engine = machine.engine_mut();
    let plan = engine.plan();
    let types = plan.types.clone();
    let cols: Vec<_> = plan.rels[rel.index()].declared.iter().map(|column| column.ty).collect();
    values::words(&types, &cols, row, engine.interner_mut())
}
