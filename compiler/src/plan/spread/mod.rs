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
//! | `partial` | aggregates by parts |
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
mod partial;
mod simple;
mod sites;
mod tied;
mod vars;

pub use sites::positive;

use crate::calm::strata::Strata;
use crate::calm::strata::stratify;
use crate::ids::RelId;
use crate::plan::Sizes;
use crate::plan::groups::Groups;
use crate::plan::growing::Unfolded;
use crate::plan::maintain;
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
    /// Each worker has rows of its own, which stay there.
    Own,
}

/// Where a rule runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Site {
    /// Wherever its rows meet: at each worker over what that one has.
    Meeting,
    /// At the first worker.
    First,
    /// At every worker, each of which keeps what is at home with it.
    Each,
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
    /// Whether what each rule derives may belong to another worker.
    pub sends: Vec<bool>,
    /// Rows that relations are taken to have.
    pub rows: Vec<f64>,
    /// Relations and copies of them that are filled by loading: what is loaded
    /// into the first is loaded into the second too, where that is at home.
    pub loads: Vec<(RelId, RelId)>,
    /// The relation in which each worker has its number, from 0, as its only row.
    pub number: Option<RelId>,
    /// The rule of the source that each rule belongs to.
    pub sources: Vec<u32>,
    /// Relations of the program that was spread; what comes behind them helps.
    pub own: usize,
    /// By relation and by rule, its stratum of that program; helpers of relations
    /// have none.
    pub levels: (Vec<u32>, Vec<u32>),
}

/// Spreads a program without errors over workers. `rows` are the rows of each
/// relation, where they are known.
pub fn spread(program: &Program, strata: &Strata, rows: &[Option<u64>], workers: usize) -> Spread {
    divided(program, strata, rows, workers, maintain::ticks(program))
}

/// The same of a program that runs tick after tick, whatever it says of it, or
/// takes rows in while it runs.
pub fn ticking(program: &Program, strata: &Strata, rows: &[Option<u64>], workers: usize) -> Spread {
    divided(program, strata, rows, workers, true)
}

/// Where nothing changes any more once it is loaded, copies are loaded too, facts
/// are everybody's, and aggregates are found by parts.
fn divided(
    program: &Program,
    strata: &Strata,
    rows: &[Option<u64>],
    workers: usize,
    ticks: bool,
) -> Spread {
    let mut draft = Unfolded {
        program: program.clone(),
        strata: strata.clone(),
        sources: (0..program.rules.len() as u32).collect(),
    };
    let number = simple::simplify(&mut draft, workers > 1 && !ticks);
    let sizes = sites::Rows::new(&draft.program, rows, workers, number);
    cut::cut(&mut draft, &sizes);
    let sizes = sites::Rows::new(&draft.program, rows, workers, number);
    let loaded = loaded(&draft.program, ticks);
    let chosen = choose::choose(&draft.program, &sizes, &loaded, number);
    let mut spread = apply::apply(draft, chosen, &loaded);
    spread.own = program.rels.len();
    spread.number = number;
    spread.level(strata);
    spread.estimate(rows, workers);
    if workers <= 1 {
        spread.sends.fill(false);
    }
    spread.strata = match ticks {
        // What changes from tick to tick is followed component by component.
        true => stratify(&spread.program, &mut Vec::new()),
        false => Groups::of(&spread).strata,
    };
    spread
}

/// The relations that only facts and files fill.
fn loaded(program: &Program, ticks: bool) -> Vec<bool> {
    let mut loaded: Vec<bool> = program.rels.iter().map(|_| !ticks).collect();
    let rules = program.rules.iter().filter(|rule| !rule.is_fact);
    rules.for_each(|rule| loaded[rule.head.index()] = false);
    loaded
}

impl Spread {
    /// A program that one worker runs as it is.
    pub fn alone(program: &Program, strata: &Strata, rows: &[Option<u64>]) -> Spread {
        let (rels, rules) = (program.rels.len(), program.rules.len());
        Spread {
            program: program.clone(),
            strata: strata.clone(),
            places: vec![Place::First; rels],
            copy_of: vec![None; rels],
            sites: vec![Site::First; rules],
            sends: vec![false; rules],
            rows: sites::Rows::new(program, rows, 1, None).rows,
            loads: Vec::new(),
            number: None,
            own: rels,
            levels: (strata.of_rel.clone(), strata.of_rule.clone()),
            sources: (0..rules as u32).collect(),
        }
    }

    /// Notes the strata of the program that was spread.
    fn level(&mut self, strata: &Strata) {
        let of_rel = |(at, copy_of): (usize, &Option<RelId>)| {
            let of = copy_of.map_or(at, RelId::index);
            strata.of_rel.get(of).copied().filter(|_| of < self.own).unwrap_or(u32::MAX)
        };
        let of_rule = |rule: &u32| strata.of_rule.get(*rule as usize).copied().unwrap_or(u32::MAX);
        let rels = self.copy_of.iter().enumerate().map(of_rel).collect();
        self.levels = (rels, self.sources.iter().map(of_rule).collect());
    }

    fn estimate(&mut self, known: &[Option<u64>], workers: usize) {
        self.rows = sites::Rows::new(&self.program, known, workers, self.number).rows;
        for (of, copy) in &self.loads {
            self.rows[copy.index()] = self.rows[of.index()];
        }
    }

    /// What is known of the data, with copies.
    pub fn sizes(&self, known: &Sizes) -> Sizes {
        let mut sizes = known.clone();
        let count = self.program.rels.len();
        let own = self.copy_of.iter().position(Option::is_some).unwrap_or(count);
        sizes.rows.truncate(own);
        sizes.rows.resize(own, None);
        sizes.distinct.truncate(own);
        sizes.distinct.resize(own, Vec::new());
        if let Some(number) = self.number {
            sizes.rows[number.index()] = Some(1);
        }
        for of in &self.copy_of[own..] {
            let at = of.map_or(own, RelId::index);
            sizes.rows.push(sizes.rows.get(at).copied().flatten());
            sizes.distinct.push(sizes.distinct.get(at).cloned().unwrap_or_default());
        }
        sizes
    }
}
