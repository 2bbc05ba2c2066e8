//! One program over many workers: every relation is divided among them, and
//! every rule is written so that each worker can run it over what it has. Where
//! the parts of a body do not meet at one worker, a copy of a relation that is
//! divided otherwise, or a relation for what was found so far, brings them
//! together. What comes out is a program like any other, with a place for every
//! relation; a worker knows nothing of the others but where rows belong.
//!
//! | room | owns |
//! |---|---|
//! | `simple` | bodies as plain conjunctions, aggregates over what one worker has |
//! | `cut` | bodies whose parts meet at no one worker, in steps |
//! | `sites` | where a rule could run, and what it would read there |
//! | `choose` | which of these costs least, all rules together |
//! | `tied` | what lies where something else does |
//! | `apply` | copies, and rules that read them |
//! | `vars` | variables of expressions and literals |
//!
//! Dividing joins by the values of a shared variable is the hash-partitioned
//! evaluation of Datalog of Wolfson and Silberschatz, "Distributed processing of
//! logic programs" (SIGMOD 1988). What it costs to choose: rules × variables ×
//! a few passes.

mod apply;
mod choose;
mod cut;
mod simple;
mod sites;
mod tied;
mod vars;

use crate::calm::strata::Strata;
use crate::calm::strata::stratify;
use crate::ids::RelId;
use crate::plan::growing::Unfolded;
use crate::types::typed::Program;

/// Where the rows of a relation are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// At the worker that the values of these declared columns name.
    Hash(Vec<usize>),
    /// At every worker.
    Everywhere,
    /// At the first worker.
    First,
}

/// Where a rule runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Site {
    /// Wherever its rows meet: at each worker over what that one has.
    Meeting,
    /// At the first worker.
    First,
}

/// A program for many workers.
#[derive(Clone, Debug)]
pub struct Spread {
    /// The program, with copies and relations between steps behind its own.
    pub program: Program,
    /// Its strata.
    pub strata: Strata,
    /// Where each relation's rows are.
    pub places: Vec<Place>,
    /// Of copies: what they are copies of.
    pub copy_of: Vec<Option<RelId>>,
    /// Where each rule runs.
    pub sites: Vec<Site>,
    /// The rule of the source that each rule belongs to.
    pub sources: Vec<u32>,
    /// Relations of the program that was spread; what comes behind them helps.
    pub own: usize,
}

/// Spreads a program without errors over workers. `rows` are the rows of each
/// relation, where they are known.
pub fn spread(program: &Program, strata: &Strata, rows: &[Option<u64>], workers: usize) -> Spread {
    let mut draft = Unfolded {
        program: program.clone(),
        strata: strata.clone(),
        sources: (0..program.rules.len() as u32).collect(),
    };
    simple::simplify(&mut draft);
    let sizes = sites::Sizes::new(&draft.program, rows, workers);
    cut::cut(&mut draft, &sizes);
    let sizes = sites::Sizes::new(&draft.program, rows, workers);
    let chosen = choose::choose(&draft.program, &sizes);
    let mut spread = apply::apply(draft, chosen);
    spread.own = program.rels.len();
    spread.strata = stratify(&spread.program, &mut Vec::new());
    spread
}

/// The same of a program that runs tick after tick, whatever it says of it.
pub fn ticking(program: &Program, strata: &Strata, rows: &[Option<u64>], workers: usize) -> Spread {
    spread(program, strata, rows, workers)
}
