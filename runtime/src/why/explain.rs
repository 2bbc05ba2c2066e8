//! The entry point: a question and a finished run in, an explanation out.

use std::collections::BTreeMap;

use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::Value;
use bloom_compiler::types::judge::Ready;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::Program;
use bloom_compiler::types::typed::Rule;

use crate::kernel::Engine;
use crate::why::absent::Wanted;
use crate::why::data::Absence;
use crate::why::data::Answer;
use crate::why::data::Explanation;
use crate::why::data::Options;
use crate::why::present::Walk;
use crate::why::solve::Solver;
use crate::why::solve::Used;
use crate::why::store::END;
use crate::why::store::RowId;
use crate::why::store::Store;
use crate::why::store::View;

/// How often what is missing for an absent fact is asked about in turn.
const DEEPER: usize = 1;

/// Explains the rows that a question names; see
/// [`bloom_compiler::driver::check_with_query`] for where questions come from.
/// `None` when the run did not keep its rounds ([`Engine::keep_ranks`]), or the
/// question is none.
pub fn explain(
    program: &Program,
    engine: &Engine,
    question: &Rule,
    options: &Options,
) -> Option<Explanation> {
    let [lit] = &question.body.lits[..] else { return None };
    let LitKind::Atom(atom) = &lit.kind else { return None };
    let store = Store::new(engine, engine.ranks()?, u64::MAX);
    let ready: Vec<Ready> = program.rules.iter().map(Ready::of).collect();
    let asked = Ready::of(question);
    let solver = Solver { program, store: &store, ready: &asked, view: View::END };
    // The first rows in value order.
    let mut first: BTreeMap<Vec<Value>, RowId> = BTreeMap::new();
    let mut count = 0;
    let open = vec![None; question.vars.len()];
    solver.matches(&question.body.lits, &open, &mut |_, trace| {
        if let Some((_, _, Used::Row(id))) = trace.last() {
            count += 1;
            first.insert(store.row(*id, END, |_| true), *id);
            if first.len() > options.rows.max(1) {
                first.pop_last();
            }
        }
        true
    });
    let rows = Found { first, count };
    let missing = |walk: &mut Walk| walk.absence(atom.rel, Wanted::by(atom, solver, &open), DEEPER);
    Some(answer(
        Walk::new(program, engine.plan(), &store, &ready, *options),
        atom.rel,
        rows,
        missing,
    ))
}

/// Explains one row of a collection, or why it is not there. `None` when the
/// run did not keep its rounds.
pub fn row(
    program: &Program,
    engine: &Engine,
    (rel, row): (RelId, &[Value]),
    options: &Options,
) -> Option<Explanation> {
    let store = Store::new(engine, engine.ranks()?, u64::MAX);
    let ready: Vec<Ready> = program.rules.iter().map(Ready::of).collect();
    let columns: Vec<(usize, Value)> = row.iter().cloned().enumerate().collect();
    let mut first = BTreeMap::new();
    for id in store.having(rel, &columns) {
        let found = store.row(id, END, |_| true);
        // Merging columns are no part of what rows are looked up by.
        if found == row {
            first.insert(found, id);
        }
    }
    let count = first.len();
    let columns = row.iter().cloned().map(Some).collect();
    let missing = |walk: &mut Walk| walk.absence(rel, Wanted { columns, parts: false }, DEEPER);
    let walk = Walk::new(program, engine.plan(), &store, &ready, *options);
    Some(answer(walk, rel, Found { first, count }, missing))
}

/// Explains the rows of a collection that have these values, or why there are
/// none. `None` when the run did not keep its rounds.
pub fn pattern(
    program: &Program,
    engine: &Engine,
    (rel, columns): (RelId, &[Option<Value>]),
    options: &Options,
) -> Option<Explanation> {
    let store = Store::new(engine, engine.ranks()?, u64::MAX);
    let ready: Vec<Ready> = program.rules.iter().map(Ready::of).collect();
    let given = columns.iter().enumerate();
    let given: Vec<(usize, Value)> =
        given.filter_map(|(at, value)| Some((at, value.clone()?))).collect();
    let mut first = BTreeMap::new();
    let mut count = 0;
    for id in store.having(rel, &given) {
        let found = store.row(id, END, |_| true);
        if given.iter().all(|(at, value)| found.get(*at) == Some(value)) {
            count += 1;
            first.insert(found, id);
            if first.len() > options.rows.max(1) {
                first.pop_last();
            }
        }
    }
    let columns = columns.to_vec();
    let missing = |walk: &mut Walk| walk.absence(rel, Wanted { columns, parts: false }, DEEPER);
    let walk = Walk::new(program, engine.plan(), &store, &ready, *options);
    Some(answer(walk, rel, Found { first, count }, missing))
}

/// The rows that a question names.
struct Found {
    /// The first ones, in value order.
    first: BTreeMap<Vec<Value>, RowId>,
    /// How many there are in all.
    count: usize,
}

fn answer<'a>(
    mut walk: Walk<'a>,
    rel: RelId,
    found: Found,
    missing: impl FnOnce(&mut Walk<'a>) -> Absence,
) -> Explanation {
    let answer = if found.first.is_empty() {
        Answer::Absent(missing(&mut walk))
    } else {
        let rows: Vec<usize> =
            found.first.values().map(|id| walk.node(*id, END, Some(0))).collect();
        let others = found.count - rows.len();
        Answer::Present { rows, others }
    };
    walk.run();
    let cuts = walk.cuts.iter().copied().collect();
    Explanation { rel, nodes: walk.nodes, answer, cuts }
}
