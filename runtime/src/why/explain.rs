//! The entry point: a question and a finished run in, an explanation out.

use std::collections::BTreeMap;

use bloom_compiler::oracle::Value;
use bloom_compiler::types::judge::Ready;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::Program;
use bloom_compiler::types::typed::Rule;

use crate::kernel::Engine;
use crate::why::absent::Wanted;
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
    let mut walk = Walk::new(program, engine.plan(), &store, &ready, *options);
    let answer = if first.is_empty() {
        let wanted = Wanted::by(atom, solver, &open);
        Answer::Absent(walk.absence(atom.rel, wanted, DEEPER))
    } else {
        let rows: Vec<usize> = first.values().map(|id| walk.node(*id, END, Some(0))).collect();
        let others = count - rows.len();
        Answer::Present { rows, others }
    };
    walk.run();
    let cuts = walk.cuts.iter().copied().collect();
    Some(Explanation { rel: atom.rel, nodes: walk.nodes, answer, cuts })
}
