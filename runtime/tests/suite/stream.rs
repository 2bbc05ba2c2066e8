//! Programs that take rows in while they run, against the same programs over
//! rows that are all there: the same rows in the end, or a failure alike; and
//! what was shown early is shown once and stays true.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use proptest::test_runner::TestCaseError;

use bloom::dataflow::flow::River;
use bloom::kernel::Engine;
use bloom::kernel::Failure;
use bloom::kernel::Limits;
use bloom::value::interner::Interner;
use bloom::value::text;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;
use bloom_compiler::oracle::random;
use bloom_compiler::oracle::random::Case;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::flow::Flow;
use bloom_compiler::plan::flow::When;
use bloom_compiler::plan::flow::flow;
use bloom_compiler::types::typed;

use crate::blocks::Block;
use crate::blocks::blocks;
use crate::oracle::Outcome;
use crate::oracle::by_kernel;
use crate::oracle::difference;
use crate::oracle::facts;
use crate::oracle::input;
use crate::oracle::sizes;
use crate::oracle::word;

/// Chance that is the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) as usize % n.max(1)
    }
}

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

    fn run(&self, workers: usize, dice: &mut Dice) -> Result<(Vec<String>, Early), Failure> {
        let limits = Limits {
            rows: Some(3_000_000),
            seconds: Some(20.0),
            replan_rows: Some(1),
            ..Limits::default()
        };
        let whole = |sizes: &Sizes| plan::build(self.program, &self.flow.strata, sizes);
        let mut engine = Engine::new(self.plan.clone());
        for rel in &self.flow.first {
            let words = self.words(*rel, &self.input.rows[rel], engine.interner_mut());
            engine.load(*rel, &words);
        }
        engine.judge_loaded()?;
        let empty = Engine::new(self.plan.clone());
        let mut river = if workers == 1 {
            engine.replan(whole(&Sizes::default()));
            River::alone(engine, &self.flow, &limits)?
        } else {
            let open = &self.flow.open;
            let program = (self.program, self.strata);
            River::spread(program, &Sizes::default(), open, &mut engine, workers, &limits)?
        };
        let mut waiting: Vec<(RelId, Vec<Value>)> = Vec::new();
        for (rel, rows) in self.input.rows.iter().filter(|(rel, _)| self.flow.open.contains(rel)) {
            waiting.extend(rows.iter().map(|row| (*rel, row.clone())));
        }
        let guesses = sizes(self.program, self.input);
        let mut early = Early::new();
        river.begin()?;
        self.look(&mut river, &mut early);
        let mut more = true;
        while more || !waiting.is_empty() {
            for _ in 0..dice.below(4) {
                if waiting.is_empty() {
                    break;
                }
                let (rel, row) = waiting.swap_remove(dice.below(waiting.len()));
                let Some(interner) = river.interner_mut() else { continue };
                let words = self.words(rel, &[row], interner);
                river.give(rel, &words, 1);
            }
            river.fed(Duration::ZERO);
            let guess = &guesses[dice.below(guesses.len())];
            let mut again = |_: &Engine| whole(guess);
            more = river.work(Some(&mut again))?;
            self.look(&mut river, &mut early);
        }
        river.close()?;
        let mut again = |_: &Engine| whole(&guesses[1]);
        river.finish(Some(&mut again))?;
        self.look(&mut river, &mut early);
        let mut all = river.gather(empty);
        let rows = (0..self.program.rels.len()).flat_map(|i| facts(&mut all, i)).collect();
        Ok((rows, early))
    }

    fn words(&self, rel: RelId, rows: &[Vec<Value>], interner: &mut Interner) -> Vec<u64> {
        let plan = &self.plan;
        let declared = &plan.rels[rel.index()].declared;
        let mut words = Vec::new();
        for row in rows {
            for (value, column) in row.iter().zip(declared) {
                words.push(word(&plan.types, column.ty, value, interner));
            }
        }
        words
    }

    /// Takes down what is shown.
    fn look(&self, river: &mut River, early: &mut Early) {
        let plan = &self.plan;
        for at in 0..self.program.rels.len() {
            let rel = RelId(at as u32);
            if !self.flow.is_shown_early(self.program, rel) {
                continue;
            }
            let declared = &plan.rels[at].declared;
            let shown = early.entry(at).or_default();
            let done: Result<(), ()> = river.fresh(rel, |fresh| {
                if declared.is_empty() {
                    shown.extend((0..fresh.count).map(|_| format!("{}()", plan.rels[at].name)));
                }
                for row in fresh.words.chunks(declared.len().max(1)) {
                    let columns = row.iter().zip(declared).map(|(word, column)| {
                        let mut out = Vec::new();
                        let interner = fresh.engine.interner();
                        text::literal(&plan.types, column.ty, *word, interner, &mut out);
                        String::from_utf8_lossy(&out).into_owned()
                    });
                    let columns: Vec<String> = columns.collect();
                    shown.push(format!("{}({})", plan.rels[at].name, columns.join(", ")));
                }
                Ok(())
            });
            assert_eq!(done, Ok(()));
        }
    }
}

type Counts = RefCell<BTreeMap<&'static str, usize>>;

fn compare(case: &Case, counts: &Counts) -> Result<(), String> {
    let count = |what: &'static str| *counts.borrow_mut().entry(what).or_default() += 1;
    let compiled = driver::check("random.bloom", &case.source, &driver::Options::default());
    let Some((program, strata)) = compiled.typed.as_ref().zip(compiled.strata.as_ref()) else {
        count("refused");
        return Ok(());
    };
    let input = input(program, case);
    let wanted = by_kernel(program, strata, &input, &Sizes::default());
    count(if wanted.is_ok() { "rows" } else { "failures" });
    let mut dice = Dice(case.source.len() as u64 + 977 * input.rows.len() as u64);
    let play = Play::new(program, strata, &input, &mut dice);
    if play.flow.when.contains(&When::Along) {
        count("along");
    }
    for workers in [1, 1, 2, 3] {
        let (found, early): (Outcome, Early) = match play.run(workers, &mut dice) {
            Ok((rows, early)) => (Ok(rows), early),
            Err(failure) => (Err(format!("{failure:?}")), Early::new()),
        };
        if found.is_ok() != wanted.is_ok() || wanted.is_ok() && found != wanted {
            return Err(format!("{workers} workers: {}", difference(&wanted, &found)));
        }
        let (Ok(found), Ok(_)) = (&found, &wanted) else { continue };
        for (rel, shown) in early {
            let name = format!("{}(", program.rels[rel].name);
            let once: BTreeSet<&String> = shown.iter().collect();
            let all: BTreeSet<&String> =
                found.iter().filter(|row| row.starts_with(&name)).collect();
            if once.len() != shown.len() || once != all {
                return Err(format!("{workers} workers show {shown:?} of {all:?}"));
            }
        }
    }
    Ok(())
}

#[test]
fn rows_that_come_late_change_nothing() {
    let counts = Counts::default();
    let result = random::runner(150).run(&random::Programs, |pieces| {
        compare(&pieces.case(), &counts).map_err(TestCaseError::fail)
    });
    println!("{:?}", counts.borrow());
    if let Err(error) = result {
        panic!("{error}");
    }
    let of = |what| counts.borrow().get(what).copied().unwrap_or(0);
    let enough = of("rows") > 100 && of("along") > 75;
    assert!(enough || std::env::var("BLOOM_CASES").is_ok(), "{:?}", counts.borrow());
}

#[test]
fn the_pages_come_to_the_same() {
    let page = include_str!("../../../compiler/spec/run.md");
    let mut wrong = Vec::new();
    let mut agreed = 0;
    for block in blocks(page).into_iter().filter(Block::is_program) {
        let case = Case { source: block.text, ..Case::default() };
        let heading = block.heading;
        match std::panic::catch_unwind(|| compare(&case, &Counts::default())) {
            Ok(Ok(())) => agreed += 1,
            Ok(Err(why)) => wrong.push(format!("{heading}: {why}")),
            Err(_) => wrong.push(format!("{heading}: panics")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(agreed >= 80, "{agreed} pages were run");
}
