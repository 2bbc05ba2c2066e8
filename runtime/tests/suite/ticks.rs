//! A node's ticks against the oracle: the pages that say what happens tick
//! after tick must hold for the machine too, and in every tick all collections
//! must have the rows that the oracle's have, also those that no program names.

use std::collections::BTreeMap;
use std::path::Path;

use bloom::dataflow::node::Body;
use bloom::dataflow::node::Workers;
use bloom::kernel::Choice;
use bloom::kernel::Engine;
use bloom::kernel::Failure;
use bloom::kernel::Limits;
use bloom::kernel::Rows;
use bloom::kernel::TickInput as MachineInput;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::OracleLimits;
use bloom_compiler::oracle::TickInput;
use bloom_compiler::oracle::random;
use bloom_compiler::oracle::random::Case;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::types::typed;

use crate::blocks::Block;
use crate::blocks::blocks;
use crate::oracle::engine_words;
use crate::oracle::texts;
use crate::programs;
use crate::programs::Counts;
use crate::steps;
use crate::steps::Played;
use crate::steps::Shown;

/// Beyond these a program says nothing: it is left out, and counted.
const LIMITS: OracleLimits = OracleLimits { rounds_max: 300, rows_max: 2_000, tries_max: 300_000 };

/// What ticks of a program, before its first tick.
pub fn machine(compiled: &Compiled, workers: &Workers) -> Option<Body> {
    Manner { workers: workers.clone(), ..Manner::default() }.machine(compiled)
}

/// How a machine goes about its ticks.
#[derive(Clone, Default)]
pub struct Manner {
    /// Who follows views.
    pub choice: Choice,
    /// How many workers there are.
    pub workers: Workers,
    /// Who begins them, if they are not all here.
    pub begins: Option<fn(&typed::Program, Engine, &Workers) -> Body>,
}

impl Manner {
    /// What ticks of a program, before its first tick.
    fn machine(&self, compiled: &Compiled) -> Option<Body> {
        let (program, strata) = compiled.typed.as_ref().zip(compiled.strata.as_ref())?;
        let engine = Engine::new(plan::build(program, strata, &Sizes::default()));
        let mut body = self.begins.unwrap_or(Body::new)(program, engine, &self.workers);
        body.choose(self.choice);
        Some(body)
    }
}

impl From<Choice> for Manner {
    fn from(choice: Choice) -> Manner {
        Manner { choice, ..Manner::default() }
    }
}

/// So many workers in this thread, of which everything can be seen.
pub fn workers(count: usize) -> Workers {
    Workers { count, ..Workers::default() }
}

/// What the machine takes in, in words.
pub fn words(machine: &mut Body, input: &TickInput) -> MachineInput {
    let mut rows = |side: &BTreeMap<RelId, Vec<Vec<oracle::Value>>>| {
        let each = side.iter().map(|(rel, rows)| {
            let words = engine_words(machine.engine_mut(), *rel, rows);
            Rows { rel: *rel, count: rows.len(), words }
        });
        each.collect()
    };
    MachineInput { delete: rows(&input.delete), insert: rows(&input.insert) }
}

/// Plays a tick, a chain of its own; `None`: it is too large to say anything.
pub fn by_machine(compiled: &Compiled, machine: &mut Body, input: &TickInput) -> Option<Played> {
    let program = compiled.typed.as_ref()?;
    let limits = Limits { rows: Some(3_000_000), seconds: Some(20.0), ..Limits::default() };
    let input = words(machine, input);
    machine.begin();
    let end = machine.tick(&input, &limits);
    let name = |rel: RelId| program.rels[rel.index()].name.clone();
    let failure = match end {
        Ok(end) => {
            machine.commit();
            let rels = 0..program.rels.len();
            let rows = rels.map(|rel| texts(machine.engine_mut(), rel)).collect();
            return Some(Ok(Shown { rows, own: end.own }));
        }
        Err(failure) => failure,
    };
    machine.rollback();
    let why = match machine.told(failure, &limits) {
        Failure::KeyConflict { rel, .. } => format!("KeyConflict of {}", name(rel)),
        Failure::PointConflict { rel, .. } => format!("PointConflict of {}", name(rel)),
        Failure::Invariant { rel } => format!("Invariant {}", name(rel)),
        Failure::Expr { kind, span, .. } => {
            format!("{kind:?} at {}", compiled.sources.text(span))
        }
        Failure::Limit { .. } => return None,
    };
    Some(Err(why))
}

/// How two runs of a tick differ.
pub fn difference(compiled: &Compiled, wanted: &Played, found: &Played) -> Option<String> {
    let (Ok(a), Ok(b)) = (wanted, found) else {
        let differ = wanted.is_ok() || found.is_ok() || wanted != found;
        let said = |played: &Played| played.as_ref().err().cloned().unwrap_or("went well".into());
        return differ.then(|| format!("wanted: {}\nfound:  {}", said(wanted), said(found)));
    };
    let rels = compiled.typed.iter().flat_map(|program| &program.rels);
    let mut out = Vec::new();
    for ((rel, a), b) in rels.zip(&a.rows).zip(&b.rows) {
        if a != b {
            let what = format!("{} ({})", rel.name, rel.kind.words());
            out.push(format!("{what}\n  wanted {}\n  found  {}", a.join(" "), b.join(" ")));
        }
    }
    if a.own != b.own {
        out.push(format!("a tick by itself: wanted {}, found {}", a.own, b.own));
    }
    (!out.is_empty()).then(|| out.join("\n"))
}

/// Plays the steps of a page.
pub fn check(program: &Block, wanted: &Block, manner: &Manner) -> Result<(), String> {
    let compiled = steps::compile(&program.text)?;
    let steps = steps::steps(&program.text, &compiled, &wanted.text)?;
    let (typed, strata) =
        compiled.typed.as_ref().zip(compiled.strata.as_ref()).ok_or("there is no program")?;
    let mut node = oracle::Node::new(typed, &strata.of_rule, strata.count, &Default::default());
    let mut machine = manner.machine(&compiled).ok_or("there is no machine")?;
    let limits = OracleLimits { rounds_max: 1_000, ..OracleLimits::default() };
    for step in &steps {
        let by_oracle = steps::by_oracle(&compiled, &mut node, &step.input, &limits);
        let by_oracle = by_oracle.map_err(|failure| format!("{failure:?}"))?;
        let played = by_machine(&compiled, &mut machine, &step.input).ok_or("too large")?;
        let mut complaints = steps::complaints(typed, step, &played);
        complaints.extend(difference(&compiled, &by_oracle, &played));
        if !complaints.is_empty() {
            return Err(format!("{}\n{}", step.line, complaints.join("\n")));
        }
    }
    Ok(())
}

/// Plays a random case.
pub fn compare(case: &Case, manner: &Manner, counts: &Counts) -> Result<(), String> {
    let compiled = driver::check("random.bloom", &case.source, &driver::Options::default());
    let Some((program, strata)) = compiled.typed.as_ref().zip(compiled.strata.as_ref()) else {
        counts.add("refused");
        return Ok(());
    };
    counts.add("programs");
    let first = oracle::Input { rows: steps::named(program, &case.facts) };
    let mut node = oracle::Node::new(program, &strata.of_rule, strata.count, &first);
    let mut machine = manner.machine(&compiled).ok_or("there is no machine")?;
    for (number, given) in case.ticks.iter().enumerate() {
        let insert = steps::named(program, &given.insert);
        let input = TickInput { insert, delete: steps::named(program, &given.delete) };
        let Ok(wanted) = steps::by_oracle(&compiled, &mut node, &input, &LIMITS) else {
            counts.add("too large");
            return Ok(());
        };
        // The machine is given all that the first tick begins with in that tick.
        let mut given = input.clone();
        if number == 0 {
            for (rel, rows) in &first.rows {
                given.insert.entry(*rel).or_default().extend(rows.clone());
            }
        }
        let Some(found) = by_machine(&compiled, &mut machine, &given) else {
            return Err(format!("tick {number} is too large for the machine"));
        };
        counts.add(if wanted.is_ok() { "ticks" } else { "failures" });
        if let Some(difference) = difference(&compiled, &wanted, &found) {
            return Err(format!("tick {number}\n{difference}"));
        }
        // Both nodes are then as new.
        if number == 0 && wanted.is_err() {
            counts.add("fail at once");
            return Ok(());
        }
    }
    Ok(())
}

#[test]
fn the_machine_agrees_on_random_programs() {
    let compare = |case: &Case, counts: &Counts| compare(case, &Manner::default(), counts);
    programs::on_random(300, random::Timed, compare).at_least("ticks", 901);
}

#[test]
fn the_machine_agrees_on_the_pages() {
    on_every_page(|program, wanted| check(program, wanted, &Manner::default()));
}

#[test]
fn many_workers_agree_on_random_programs() {
    let counts = programs::on_random(120, random::Timed, |case, counts| {
        let alike = |threads: bool, count: usize| {
            let workers = Workers { threads, ..workers(count) };
            compare(case, &Manner { workers, ..Manner::default() }, counts)
                .map_err(|why| format!("{count} workers: {why}"))
        };
        alike(false, 2)?;
        alike(false, 3)?;
        alike(true, 4)
    });
    counts.at_least("ticks", 901);
}

#[test]
fn many_workers_agree_on_the_pages() {
    for count in [2, 3, 4] {
        let manner = Manner { workers: workers(count), ..Manner::default() };
        on_every_page(|program, wanted| check(program, wanted, &manner));
    }
}

/// Plays the steps of all pages of ticks, each with the program before them.
pub fn on_every_page(play: impl Fn(&Block, &Block) -> Result<(), String> + Sync) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compiler/spec/ticks");
    let pages = std::fs::read_dir(&folder).expect("the folder of the ticks can be read");
    let mut pages: Vec<_> = pages.filter_map(|page| page.ok().map(|p| p.path())).collect();
    pages.sort();
    let mut all = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).expect("a page can be read");
        let mut program = Block::default();
        for block in blocks(&text) {
            if block.is_program() {
                program = block;
                continue;
            }
            let place = format!("{}:{} {}", page.display(), block.line, block.heading);
            all.push((place, (program.clone(), block)));
        }
    }
    assert!(all.len() >= 20, "all pages are played: {}", all.len());
    programs::all_agree(&all, |(program, block)| play(program, block));
}
