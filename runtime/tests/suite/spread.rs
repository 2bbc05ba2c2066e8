//! Programs spread over workers against one worker alone: the same rows, or a
//! failure alike, however many workers there are.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::test_runner::TestCaseError;

use bloom::dataflow::crew::Crew;
use bloom::dataflow::evaluation::Setup;
use bloom::dataflow::job::Answer;
use bloom::dataflow::job::Broken;
use bloom::dataflow::job::Gate;
use bloom::dataflow::job::Job;
use bloom::dataflow::job::Mail;
use bloom::dataflow::job::Order;
use bloom::dataflow::job::Post;
use bloom::dataflow::job::ready;
use bloom::dataflow::report::Report;
use bloom::dataflow::stock::Stock;
use bloom::dataflow::team::Team;
use bloom::dataflow::whole::Gathered;
use bloom::dataflow::whole::Whole;
use bloom::kernel::Engine;
use bloom::kernel::Failure;
use bloom::kernel::Limits;
use bloom::value::merge::Merge;
use bloom::value::text;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::random;
use bloom_compiler::oracle::random::Case;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::groups::Groups;
use bloom_compiler::plan::ir;
use bloom_compiler::types::typed;

use crate::blocks::Block;
use crate::blocks::blocks;
use crate::oracle::Outcome;
use crate::oracle::by_kernel;
use crate::oracle::difference;
use crate::oracle::facts;
use crate::oracle::failed;
use crate::oracle::input;
use crate::oracle::loaded;
use crate::oracle::sizes;

/// What an engine was loaded with, as it was read.
fn stock(engine: &mut Engine, rels: usize) -> Stock {
    let mut stock = Stock::new();
    for rel in (0..rels).map(|rel| RelId(rel as u32)) {
        let count = engine.len(rel);
        if count > 0 {
            stock.add(rel, engine.rows_as_they_lie(rel), count);
        }
    }
    stock
}

fn by_workers(
    program: &typed::Program,
    strata: &Strata,
    input: &oracle::Input,
    sizes: &Sizes,
    workers: usize,
    threads: bool,
) -> Outcome {
    let mut start = loaded(program, strata, input, sizes);
    let limits = Limits { rows: Some(3_000_000), seconds: Some(20.0), ..Limits::default() };
    let read = (
        stock(&mut start, program.rels.len()),
        std::mem::take(start.interner_mut()),
        sizes.clone(),
    );
    let setup = Setup::new((program.clone(), strata.clone()), read, (workers, 0..workers), &limits);
    let mut whole = match threads {
        true => Whole::in_threads(setup).expect("threads start"),
        false => Whole::in_one_thread(setup),
    };
    let (_, mut failure) = whole.order(Order::Load).expect("workers go on");
    let mut gates = 0;
    if failure.is_none() {
        let report;
        (report, failure) = whole.order(Order::Run).expect("workers go on");
        gates = report.gates;
    }
    let gathered = whole.end().expect("workers end");
    if let (None, Some(spread)) = (&failure, gathered.spread()) {
        let planned = Groups::of(spread).frontiers();
        assert_eq!(gates, planned as u64, "gates that were passed, and those of the plan");
    }
    if let Some(failure) = failure {
        return Err(failed(program, &failure));
    }
    Ok(held(program, strata, gathered))
}

/// The facts of all collections, of rows that lie at many workers.
pub fn held(program: &typed::Program, strata: &Strata, mut gathered: Gathered) -> Vec<String> {
    let mut all = Engine::new(plan::build(program, strata, &Sizes::default()));
    for rel in (0..program.rels.len()).map(|rel| RelId(rel as u32)) {
        let declared = &gathered.plan().rels[rel.index()].declared;
        let cols: Vec<ir::TypeId> = declared.iter().map(|col| col.ty).collect();
        let mut words = gathered.rows(rel);
        if cols.is_empty() && gathered.len(rel) > 0 {
            all.load_unit(rel);
        }
        // Types have the numbers of the plan that the columns are of.
        let types = gathered.plan().types.clone();
        let mut merge = Merge::new(&types, gathered.interner());
        for row in words.chunks_exact_mut(cols.len().max(1)) {
            for (word, ty) in row.iter_mut().zip(&cols) {
                *word = merge.word(*ty, *word, all.interner_mut());
            }
        }
        all.load(rel, &words);
    }
    (0..program.rels.len()).flat_map(|i| facts(&mut all, i)).collect()
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
    let all = sizes(program, &input);
    let wanted = by_kernel(program, strata, &input, &all[0]);
    count(if wanted.is_ok() { "rows" } else { "failures" });
    for (sizes, workers) in all.iter().zip([1, 2, 4]) {
        for threads in [false, true] {
            let found = by_workers(program, strata, &input, sizes, workers, threads);
            if found != wanted {
                return Err(format!("{workers} workers: {}", difference(&wanted, &found)));
            }
        }
    }
    Ok(())
}

#[test]
fn workers_agree_on_random_programs() {
    let counts = Counts::default();
    let result = random::runner(200).run(&random::Programs, |pieces| {
        compare(&pieces.case(), &counts).map_err(TestCaseError::fail)
    });
    println!("{:?}", counts.borrow());
    if let Err(error) = result {
        panic!("{error}");
    }
    let rows = counts.borrow().get("rows").copied().unwrap_or(0);
    assert!(rows > 150 || std::env::var("BLOOM_CASES").is_ok(), "{rows} programs were compared");
}

#[test]
fn workers_agree_on_the_pages() {
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

/// What two workers say of a program, in threads and in one thread.
fn said(source: &str, limits: &Limits, workers: usize) -> Vec<String> {
    let compiled = driver::check("said.bloom", source, &driver::Options::default());
    let (program, strata) = compiled.typed.as_ref().zip(compiled.strata.as_ref()).expect("it fits");
    [false, true]
        .map(|threads| {
            let plan = plan::build(program, strata, &Sizes::default());
            let mut start = Engine::new(plan);
            let interner = std::mem::take(start.interner_mut());
            let read = (Stock::new(), interner, Sizes::default());
            let with = (program.clone(), strata.clone());
            let setup = Setup::new(with, read, (workers, 0..workers), limits);
            let mut whole = match threads {
                true => Whole::in_threads(setup).expect("threads start"),
                false => Whole::in_one_thread(setup),
            };
            whole.order(Order::Load).expect("workers go on");
            let (_, failure) = whole.order(Order::Run).expect("workers go on");
            let gathered = whole.end().expect("workers end");
            match failure {
                None => "done".to_owned(),
                Some(failure) => shown(&failure, program, gathered.first()),
            }
        })
        .to_vec()
}

/// The failure of one worker.
fn said_alone(source: &str) -> String {
    let compiled = driver::check("said.bloom", source, &driver::Options::default());
    let (program, strata) = compiled.typed.as_ref().zip(compiled.strata.as_ref()).expect("it fits");
    let mut engine = Engine::new(plan::build(program, strata, &Sizes::default()));
    let failure = engine.run(&Limits::default()).expect_err("it fails");
    shown(&failure, program, &engine)
}

/// A failure with the values in it.
fn shown(failure: &Failure, program: &typed::Program, engine: &Engine) -> String {
    let name = |rel: &RelId| program.rels[rel.index()].name.clone();
    let text = |ty: ir::TypeId, word: u64| {
        let mut out = Vec::new();
        text::literal(&engine.plan().types, ty, word, engine.interner(), &mut out);
        String::from_utf8_lossy(&out).into_owned()
    };
    match failure {
        Failure::Expr { source_rule, kind, span, vars, .. } => {
            format!("{kind:?} in rule {source_rule} at {span:?} with {vars:?}")
        }
        Failure::KeyConflict { rel, a, b, .. } => {
            let declared = &engine.plan().rels[rel.index()].declared;
            let row = |words: &[u64]| -> Vec<String> {
                declared.iter().zip(words).map(|(col, word)| text(col.ty, *word)).collect()
            };
            format!("{} has {:?} and {:?}", name(rel), row(a), row(b))
        }
        Failure::Invariant { rel } => name(rel),
        Failure::Limit { which, limit, .. } => format!("{which} {limit}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn the_least_failure_is_told_by_any_number_of_workers() {
    let programs = [
        "table given(n: int, word: str);\n\
         output part(n: int, word: str);\n\
         given(n, concat([\"word \", str(n)], \"\")) <= n in 0..40;\n\
         part(100 / (n - 17), w) <= given(n, w);\n\
         part(7 / (n - 5), w) <= given(n, w);\n",
        "table given(n: int, word: str);\n\
         output most(n: int => word: str);\n\
         given(n, concat([\"word \", str(n)], \"\")) <= n in 0..40;\n\
         most(n % 10, w) <= given(n, w);\n",
        "table given(n: int);\n\
         output few(n: int);\n\
         given(n) <= n in 0..40;\n\
         few(n) <= given(n), n % 9 == 4;\n\
         invariant small: not (few(n) and n >= 20);\n",
    ];
    for source in programs {
        let compiled = driver::check("said.bloom", source, &driver::Options::default());
        if compiled.typed.is_none() || compiled.strata.is_none() {
            panic!("{:?}", compiled.diagnostics);
        }
        let wanted = said_alone(source);
        for workers in [1, 2, 4] {
            for found in said(source, &Limits::default(), workers) {
                assert_eq!(found, wanted, "{workers} workers");
            }
        }
    }
}

#[test]
fn a_limit_holds_for_all_workers_together() {
    let source = "output tc(a: int, b: int);\n\
                  table arc(a: int, b: int);\n\
                  arc(n, n + 1) <= n in 0..100;\n\
                  tc(x, y) <= arc(x, y);\n\
                  tc(x, y) <= tc(x, z), arc(z, y);\n";
    let rows = |most| Limits { rows: Some(most), ..Limits::default() };
    for workers in [1, 2, 4] {
        // 100 arcs and 5,050 paths; copies do not count.
        assert_eq!(said(source, &rows(5_150), workers), ["done", "done"], "{workers} workers");
        for found in said(source, &rows(5_000), workers) {
            assert_eq!(found, "--max-rows 5000");
        }
    }
}

/// A job that breaks in the middle of an order.
struct Breaks {
    me: usize,
    panics: bool,
}

impl Job for Breaks {
    fn begin(&mut self, _: &Order) -> Result<(), Broken> {
        Ok(())
    }

    fn take(&mut self, _: usize, _: Mail) -> Result<(), Broken> {
        Ok(())
    }

    fn work(&mut self, _: &mut Post) -> Result<bool, Broken> {
        match (self.me, self.panics) {
            (1, true) => panic!("it fell over"),
            (1, false) => Err(Broken("it fell over".to_owned())),
            _ => Ok(false),
        }
    }

    fn pass(&mut self, _: &mut Post) -> Result<Gate, Broken> {
        Ok(Gate::Next)
    }

    fn answer(&mut self) -> Result<Answer, Broken> {
        Ok(Answer::Done(Report::default()))
    }

    fn leave(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

#[test]
fn a_worker_that_breaks_ends_the_others() {
    for panics in [false, true] {
        let jobs = || (0..3).map(|me| Breaks { me, panics }).collect::<Vec<_>>();
        let wanted = Broken("worker 1 came to an end: it fell over".to_owned());
        let mut team = Team::new(jobs());
        assert_eq!(team.order(&Order::Run).map(|_| ()), Err(wanted.clone()));
        let works = jobs().into_iter().map(ready).collect();
        let mut crew = Crew::start(works).expect("threads start");
        assert_eq!(crew.order(Order::Run).map(|_| ()), Err(wanted.clone()));
        assert_eq!(crew.stop().map(|_| ()), Err(wanted));
    }
}

#[test]
fn a_crew_that_nobody_stops_ends_by_itself() {
    let jobs = (0..2).map(|me| ready(Breaks { me: me + 2, panics: false }));
    drop(Crew::start(jobs.collect()).expect("threads start"));
}
