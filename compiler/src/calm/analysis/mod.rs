//! The analysis of coordination: who has to wait for whom so that nothing that
//! was shown is taken back. It is pure and takes any program, also one with
//! errors, of which it judges what could be read.
//!
//! | room | owns |
//! |---|---|
//! | `system` `rules` | the programs of all roles as one |
//! | `clauses` | rules with their alternatives written out |
//! | `absorb` `rows` | what others say already, left out |
//! | `acks` | guards that only hold back what was received |
//! | `inline` | views that ask again for what is asked for |
//! | `growth` | what comes from outside, and what follows from it |
//! | `value` `exprs` | how values move while facts arrive |
//! | `columns` | which columns hold values that move |
//! | `walk` `conds` | what a body does with what it reads |
//! | `depend` | what determines what in a rule |
//! | `unique` | what the rules that make a row let its columns determine |
//! | `tables` `shifts` `firm` `apart` | what operations do to tables, and whether keys determine values |
//! | `origin` | whether two events are one |
//! | `reading` | small questions about expressions |
//! | `graph` `edges` `events` `values` | dependences, each with what it does to a sign |
//! | `observe` | outputs, messages, invariants, and what they promise |
//! | `bounds` | counts that cannot pass a bound |
//! | `invariant` | operations that break an invariant together |
//! | `cut` | the fewest places to wait |
//! | `keys` | by which columns |
//! | `points` `held` | inputs, places and keys put together |
//! | `report` `notes` `words` `proofs` | what is told of it |
//! | `modules` | what holds of a module wherever it is used |
//! | `placed` | what a placement makes free |
//! | `named` | what can be assumed of which collections |

mod absorb;
mod acks;
mod apart;
mod bounds;
mod clauses;
mod columns;
mod conds;
mod cut;
mod depend;
mod edges;
mod events;
mod exprs;
mod firm;
mod graph;
mod growth;
mod held;
mod inline;
mod invariant;
mod keys;
mod modules;
mod named;
mod notes;
mod observe;
mod origin;
mod placed;
mod points;
mod proofs;
mod reading;
mod report;
mod rows;
mod rules;
mod shifts;
mod system;
mod tables;
mod unique;
mod value;
mod values;
mod walk;
mod words;

use std::collections::BTreeSet;

use crate::calm::model::Report;
use crate::source::Span;

pub use named::Named;
pub use named::collections;
pub(crate) use report::hash as fingerprint;
pub use system::Part;
pub use system::System;

/// Judges a system. The same system gives the same report.
pub fn analyse(system: &System<'_>) -> Report {
    let mut rels = system::Rels::of(system);
    let written = clauses::clauses(system, &rels);
    rels.learn(&written);
    let told: BTreeSet<Span> = written.iter().map(|clause| rels.written(clause.span)).collect();
    let mut clauses = absorb::absorb(&rels, written);
    inline::inline(&rels, &mut clauses);
    acks::leave_out(&rels, &mut clauses);
    let clauses = rules::Rules::of(&rels, clauses);
    let growth = growth::growth(system, &rels, &clauses);
    let columns = columns::columns(&rels, &clauses, &growth);
    let shifts = shifts::Shifts::of(&rels, &clauses, &growth);
    let mut builder = edges::Builder::new(&rels, &clauses, &growth, &columns, &shifts);
    builder.build();
    let observed = observe::observed(&rels, &clauses);
    let mut found = points::points(&builder, &observed);
    let broken = invariant::points(system, &builder, &observed, &mut found);
    let teller =
        report::Teller { system, builder: &builder, observed: &observed, rules: told.len() };
    let mut report = teller.report(found, &broken);
    report.modules = modules::summaries(system, &builder);
    placed::place(system, &mut report);
    report
}
