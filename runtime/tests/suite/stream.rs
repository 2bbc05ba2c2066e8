//! Programs that take rows in while they run, against the same programs over
//! rows that are all there: the same rows in the end, or a failure alike; and
//! what was shown early is shown once and stays true.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use bloom::dataflow::flow::Banks;
use bloom::dataflow::flow::Fresh;
use bloom::dataflow::flow::Left;
use bloom::dataflow::flow::Outlet;
use bloom::dataflow::flow::River;
use bloom::dataflow::flow::Trouble;
use bloom::dataflow::stock::Stock;
use bloom::kernel::Engine;
use bloom::kernel::Limits;
use bloom::value::interner::Interner;
use bloom::value::text;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;
use bloom_compiler::oracle::random;
use bloom_compiler::oracle::random::Case;
use bloom_compiler::oracle::random::Dice;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::flow::Flow;
use bloom_compiler::plan::flow::When;
use bloom_compiler::plan::flow::flow;
use bloom_compiler::types::typed;

use crate::oracle::Outcome;
use crate::oracle::Task;
use crate::oracle::difference;
use crate::oracle::facts;
use crate::oracle::sizes;
use crate::oracle::words;
use crate::programs;
use crate::programs::Counts;
use crate::spread::ambiguous;
use crate::spread::held;

/// A program with the rows that it is given.
struct Play<'a> {
    program: &'a typed::Program,
    strata: &'a Strata,
    input: &'a oracle::Input,
    flow: Flow,
    plan: plan::ir::Program,
}

/// Rows that were shown early, by relation, in the order in which they were.
type Early = BTreeMap<usize, Vec<String>>;

/// Takes down what is shown.
struct Eye {
    plan: plan::ir::Program,
    early: Mutex<Early>,
}

impl Outlet for Eye {
    fn rows(&self, rel: RelId, fresh: Fresh<'_>) {
        let plan = &self.plan;
        let schema = &plan.rels[rel.index()];
        let declared = &schema.declared;
        let mut early = self.early.lock().expect("nobody fails here");
        let shown = early.entry(rel.index()).or_default();
        if declared.is_empty() {
            shown.extend((0..fresh.count).map(|_| format!("{}()", schema.name)));
        }
        for row in fresh.words.chunks(declared.len().max(1)) {
            let columns = row.iter().zip(declared).map(|(word, column)| {
                let mut out = Vec::new();
                text::literal(&plan.types, column.ty, *word, fresh.engine.interner(), &mut out);
                String::from_utf8_lossy(&out).into_owned()
            });
            let columns: Vec<String> = columns.collect();
            shown.push(format!("{}({})", schema.name, columns.join(", ")));
        }
    }
}

/// One worker, many in turn, or many in threads.
#[derive(Clone, Copy, Debug)]
enum Who {
    One,
    Turn(usize),
    Threads(usize),
}

impl<'a> Play<'a> {
    fn new(
        program: &'a typed::Program,
        strata: &'a Strata,
        input: &'a oracle::Input,
        dice: &mut Dice,
    ) -> Play<'a> {
        let has_rows = |rel: &RelId| input.rows.get(rel).is_some_and(|rows| !rows.is_empty());
        let all = (0..program.rels.len() as u32).map(RelId);
        let sources: Vec<RelId> = all.clone().filter(has_rows).collect();
        let wanted = all.filter(|_| dice.below(2) == 0).collect::<Vec<RelId>>();
        let flow = flow(program, strata, &sources, &wanted);
        let plan = plan::build(program, strata, &Sizes::default());
        Play { program, strata, input, flow, plan }
    }

    fn run(&self, who: Who, dice: &mut Dice) -> Result<(Vec<String>, Early), String> {
        let limits = Limits {
            rows: Some(3_000_000),
            seconds: Some(20.0),
            replan_rows: Some(1),
            ..Limits::default()
        };
        let eye = Arc::new(Eye { plan: self.plan.clone(), early: Mutex::default() });
        let mut river = self.river(who, eye.clone(), &limits)?;
        let told = |trouble: Trouble| format!("{trouble:?}");
        let mut waiting: Vec<(RelId, Vec<Value>)> = Vec::new();
        for (rel, rows) in self.input.rows.iter().filter(|(rel, _)| self.flow.open.contains(rel)) {
            waiting.extend(rows.iter().map(|row| (*rel, row.clone())));
        }
        let guesses = sizes(self.program, self.input);
        let whole = |sizes: &Sizes| plan::build(self.program, &self.flow.strata, sizes);
        river.begin().map_err(told)?;
        let mut more = true;
        while more || !waiting.is_empty() {
            for _ in 0..dice.below(4) {
                if waiting.is_empty() {
                    break;
                }
                let (rel, row) = waiting.swap_remove(dice.below(waiting.len()));
                let words = self.words(rel, &[row], river.interner_mut());
                river.give(rel, &words, 1);
            }
            river.fed(Duration::ZERO);
            let guess = &guesses[dice.below(guesses.len())];
            let mut again = |_: &Engine| whole(guess);
            more = river.work(Some(&mut again)).map_err(told)?;
        }
        let mut again = |_: &Engine| whole(&guesses[1]);
        river.finish(Some(&mut again)).map_err(told)?;
        let all = 0..self.program.rels.len();
        let rows = match river.end().map_err(|broken| format!("{broken:?}"))? {
            Left::One(mut engine) => all.flat_map(|i| facts(&mut engine, i)).collect(),
            Left::Many(gathered, _) => held(self.program, self.strata, *gathered),
        };
        let early = eye.early.lock().expect("nobody fails here").clone();
        Ok((rows, early))
    }

    fn river(&self, who: Who, eye: Arc<Eye>, limits: &Limits) -> Result<River, String> {
        let all = (0..self.program.rels.len() as u32).map(RelId);
        let shown = all.filter(|rel| self.flow.is_shown_early(self.program, *rel)).collect();
        let banks = Banks { flow: self.flow.clone(), shown, outlet: eye };
        let mut engine = Engine::new(self.plan.clone());
        let mut stock = Stock::new();
        for rel in &self.flow.first {
            let rows = &self.input.rows[rel];
            let words = self.words(*rel, rows, engine.interner_mut());
            engine.load(*rel, &words);
            stock.add(*rel, words, rows.len());
        }
        ambiguous(engine.interner_mut());
        engine.judge_loaded().map_err(|failure| format!("{failure:?}"))?;
        let (workers, threads) = match who {
            Who::One => {
                engine.replan(plan::build(self.program, &self.flow.strata, &Sizes::default()));
                return Ok(River::alone(engine, banks, limits));
            }
            Who::Turn(workers) => (workers, false),
            Who::Threads(workers) => (workers, true),
        };
        let program = (self.program.clone(), self.strata.clone());
        let rows = (stock, std::mem::take(engine.interner_mut()), Sizes::default());
        River::spread(program, rows, banks, workers, threads, limits)
            .map_err(|broken| format!("{broken:?}"))
    }

    fn words(&self, rel: RelId, rows: &[Vec<Value>], interner: &mut Interner) -> Vec<u64> {
        let declared = &self.plan.rels[rel.index()].declared;
        words(&self.plan.types, declared, rows, interner)
    }
}

fn compare(case: &Case, counts: &Counts) -> Result<(), String> {
    let Some(Task { program, strata, input, wanted }) = &Task::of(case, counts) else {
        return Ok(());
    };
    let mut dice = Dice::new(case.source.len() as u64 + 977 * input.rows.len() as u64);
    let play = Play::new(program, strata, input, &mut dice);
    if play.flow.when.contains(&When::Along) {
        counts.add("along");
    }
    for who in [Who::One, Who::Turn(2), Who::Threads(3)] {
        let (found, early): (Outcome, Early) = match play.run(who, &mut dice) {
            Ok((rows, early)) => (Ok(rows), early),
            Err(failure) => (Err(failure), Early::new()),
        };
        if found.is_ok() != wanted.is_ok() || wanted.is_ok() && found != *wanted {
            return Err(format!("{who:?}: {}", difference(wanted, &found)));
        }
        let (Ok(found), Ok(_)) = (&found, wanted) else { continue };
        for (rel, shown) in early {
            let name = format!("{}(", program.rels[rel].name);
            let once: BTreeSet<&String> = shown.iter().collect();
            let all: BTreeSet<&String> =
                found.iter().filter(|row| row.starts_with(&name)).collect();
            if once.len() != shown.len() || once != all {
                return Err(format!("{who:?} shows {shown:?} of {all:?}"));
            }
        }
    }
    Ok(())
}

#[test]
fn rows_that_come_late_change_nothing() {
    let counts = programs::on_random(150, random::Programs, compare);
    counts.at_least("rows", 101);
    counts.at_least("along", 76);
}

#[test]
fn the_pages_come_to_the_same() {
    programs::on_pages(compare);
}
