//! Programs spread over workers against the oracle: the same rows, or a failure
//! alike, however many workers there are.

use std::any::Any;

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
use bloom::value::interner::Interner;
use bloom::value::merge::Merge;
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
use bloom_compiler::plan::groups::Groups;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::types::show;
use bloom_compiler::types::typed;

use crate::oracle::Outcome;
use crate::oracle::Task;
use crate::oracle::difference;
use crate::oracle::engine_words;
use crate::oracle::facts;
use crate::oracle::failed;
use crate::oracle::sizes;
use crate::programs;
use crate::programs::Counts;

/// Rows from outside, in the words of an engine. Nobody has merged them.
pub fn stock(engine: &mut Engine, input: &oracle::Input) -> Stock {
    let mut stock = Stock::new();
    for (rel, rows) in &input.rows {
        stock.add(*rel, engine_words(engine, *rel, rows), rows.len());
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
    let mut start = Engine::new(plan::build(program, strata, sizes));
    let stock = stock(&mut start, input);
    ambiguous(start.interner_mut());
    let limits = Limits { rows: Some(3_000_000), seconds: Some(20.0), ..Limits::default() };
    let read = (stock, std::mem::take(start.interner_mut()), sizes.clone());
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

/// Gives an interner lists of words that could be values around those that are
/// made next: what all workers know as pairs of numbers is, in another type,
/// around what only one of them made.
pub fn ambiguous(interner: &mut Interner) {
    let (texts, lists) = interner.ids();
    let next = [texts, lists + 2 * NEXT * (FIRST + 1)];
    for id in next.into_iter().flat_map(|from| from..from + NEXT) {
        interner.words(&[id]);
        for first in 0..FIRST {
            interner.words(&[first, id]);
        }
    }
}

/// Ids that values made next may have, and words that may stand before one.
const NEXT: u64 = 40;
const FIRST: u64 = 3;

/// The facts of all collections, of rows that lie at many workers.
pub fn held(program: &typed::Program, strata: &Strata, mut gathered: Gathered) -> Vec<String> {
    let mut all = Engine::new(plan::build(program, strata, &Sizes::default()));
    let same = program.rels.len();
    let declared = |plan: &ir::Program| -> Vec<Vec<String>> {
        let show = |col: &ir::Declared| format!("{} {}", col.ty.0, show(&plan.types, col.ty));
        let all = plan.rels[..same].iter();
        all.map(|rel| rel.declared.iter().map(show).collect()).collect()
    };
    // Whoever knows one plan of a program reads rows of all others.
    assert_eq!(declared(all.plan()), declared(gathered.plan()), "types have other numbers");
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

fn compare(case: &Case, counts: &Counts) -> Result<(), String> {
    let Some(Task { program, strata, input, wanted }) = &Task::of(case, counts) else {
        return Ok(());
    };
    for (sizes, workers) in sizes(program, input).iter().zip([1, 2, 4]) {
        for threads in [false, true] {
            let found = by_workers(program, strata, input, sizes, workers, threads);
            if found != *wanted {
                return Err(format!("{workers} workers: {}", difference(wanted, &found)));
            }
        }
    }
    Ok(())
}

#[test]
fn workers_agree_on_random_programs() {
    programs::on_random(200, random::Programs, compare).at_least("rows", 151);
}

#[test]
fn workers_agree_on_the_pages() {
    programs::on_pages(compare);
}

#[test]
fn compound_values_mean_the_same_at_all_workers() {
    let source = "type Word = { x: int, w: str };
        enum Kind { Void, Plain(int), Named(Word), Both(Kind, Kind) }
        static table given(n: int);
        view made(n: int, w: Word);
        made(n, Word { x: n % 3, w: concat([\"word \", str(n)], \"\") }) <= given(n);
        output view records(k: int, w: Word, t: (int, Word), o: Word?);
        records(n % 7, w, (1, w), Some(w)) <= made(n, w);
        output view nested(k: int, t: ((int, Word), [Word]), n: int => m: Map<str, Set<Word>>);
        nested(n % 5, ((0, w), [w, w]), n, {w.w: {w}}) <= made(n, w);
        output view kinds(k: int, e: Kind);
        kinds(n % 5, Both(Named(w), Plain(n))) <= made(n, w);
        kinds(n % 5, Both(Void, Both(Named(w), Void))) <= made(n, w);
        output table sets(k: int => s: Set<Word>, m: Map<Word, Set<(int, Word)>>);
        sets(n % 4, {w}, {w: {(2, w)}}) <= made(n, w);
        output view back(k: int, e: Kind, w: Word);
        back(k, e, w) <= kinds(k, e), records(k, w, _, Some(w));
        output view ranks(k: int => w: Word, all: Set<Word>);
        ranks(k, max(w), collect(w)) <= records(k, w, _, _);
        output view bare(k: int, s: Set<Word>);
        bare(k, s) <= sets(k, s, _), not kinds(k, Void);";
    let numbers = (0..60).map(|n| vec![Value::Int(n)]).collect();
    let case = Case {
        source: source.to_owned(),
        facts: vec![("given".to_owned(), numbers)],
        ..Case::default()
    };
    let counts = Counts::default();
    compare(&case, &counts).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(counts.of("rows"), 1, "{counts:?}");
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
        Failure::Expr { source_rule, kind, span, vars, values } => {
            let values: Vec<(usize, String)> =
                values.iter().map(|(var, ty, word)| (*var, text(*ty, *word))).collect();
            format!("{kind:?} in rule {source_rule} at {span:?} with {vars:?} {values:?}")
        }
        Failure::PointConflict { rel, key, values: (a, b), ty, .. } => {
            let key: Vec<String> = key.iter().map(|(ty, word)| text(*ty, *word)).collect();
            format!("{} {key:?} is {} and {}", name(rel), text(*ty, *a), text(*ty, *b))
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
        "type Word = { n: int, w: str };\n\
         table given(n: int, word: Word, all: Set<(int, Word)>, by: Map<str, Set<Word?>>);\n\
         output part(n: int, word: Word, all: Set<(int, Word)>, by: Map<str, Set<Word?>>);\n\
         view word(n: int, w: Word);\n\
         word(n, Word { n: 1, w: concat([\"word \", str(n)], \"\") }) <= n in 0..40;\n\
         given(n, w, {(n, w), (0, w)}, {w.w: {Some(w)}}) <= word(n, w);\n\
         part(100 / (n - 17), w, all, by) <= given(n, w, all, by);\n",
        "type Word = { n: int, w: str };\n\
         view word(n: int, w: Word);\n\
         word(n, Word { n: 1, w: concat([\"word \", str(n)], \"\") }) <= n in 0..40;\n\
         type Held = { all: Set<(int, Word)>, by: Map<str, Word?> };\n\
         output most(n: (int, str) => held: Held);\n\
         most((n % 10, \"ten\"), Held { all: {(0, w)}, by: {w.w: Some(w)} }) <= word(n, w);\n",
        "type Word = { n: int, w: str };\n\
         view word(n: int, w: Word);\n\
         word(n, Word { n: 1, w: concat([\"word \", str(n)], \"\") }) <= n in 0..40;\n\
         output table same(n: (int, str) => of: Point<(Word, [Word])>);\n\
         same((n % 10, \"ten\"), (w, [w])) <= word(n, w);\n",
        "table given(n: int);\n\
         output few(n: int);\n\
         given(n) <= n in 0..40;\n\
         few(n) <= given(n), n % 9 == 4;\n\
         invariant small: not (few(n) and n >= 20);\n",
        // Which match is the least hangs on a variable that nothing else needs.
        "table r(a: int, n: int, b: int);\n\
         r(60, 0, 60); r(30, 2, 30); r(30, 2, 60);\n\
         output o(a: int, b: int);\n\
         o(w, v) <= r(t, _, u), r(u, m, v), r(v, n, w), m % m + 1 / n > t;\n",
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
