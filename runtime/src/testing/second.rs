//! A second opinion on every tick: the slow evaluator of the compiler, which
//! shares nothing with the engine, is given the same and must find the same.
//! A difference is a mistake of one of them, whatever a test expects.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::calm::strata::Strata;
use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Kind;
use bloom_compiler::oracle::OracleLimits;
use bloom_compiler::oracle::Value;
use bloom_compiler::types::typed;

use crate::kernel::Engine;
use crate::kernel::Rows;
use crate::kernel::TickInput;
use crate::testing::node::ME;
use crate::testing::rows;
use crate::testing::verdict::Side;

/// Far beyond what tests do.
const LIMITS: OracleLimits =
    OracleLimits { rounds_max: 100_000, rows_max: 1_000_000, tries_max: 1_000_000_000 };

/// The evaluator with its own state.
pub struct Second<'p> {
    program: &'p typed::Program,
    node: oracle::Node<'p>,
    /// A tick was too large for one of the two.
    gave_up: bool,
}

/// What the two do not agree on.
#[derive(Debug)]
pub struct Dispute {
    /// In one sentence.
    pub what: String,
    /// Rows that only the slow evaluator has, and only the engine.
    pub rows: Vec<(Side, String)>,
}

/// What one of them made of a tick.
pub enum Outcome {
    /// All rows.
    Rows(Vec<Vec<Vec<Value>>>),
    Failed(String),
    TooLarge,
}

impl Outcome {
    /// Of the engine. A limit of the run is no matter of what is right.
    pub fn failed(why: &Diagnostic) -> Outcome {
        match why.code {
            codes::LIMIT_REACHED => Outcome::TooLarge,
            code => Outcome::Failed(format!("{code}: {}", why.title)),
        }
    }
}

impl<'p> Second<'p> {
    /// Before the first tick.
    pub fn new(program: &'p typed::Program, strata: &'p Strata, role: &str) -> Second<'p> {
        let me = Value::Node(ME.to_owned());
        let mut first = oracle::Input::default();
        for (i, rel) in program.rels.iter().enumerate() {
            let row = match rel.given {
                Some(Given::Me) => vec![me.clone()],
                Some(Given::Members) => vec![me.clone(), Value::str(role)],
                _ => continue,
            };
            first.rows.insert(RelId(i as u32), vec![row]);
        }
        let node = oracle::Node::new(program, &strata.of_rule, strata.count, &first);
        Second { program, node, gave_up: false }
    }

    /// The same tick.
    pub fn tick(&mut self, input: &TickInput, engine: &Engine) -> Outcome {
        if self.gave_up {
            return Outcome::TooLarge;
        }
        let values = |all: &[Rows]| {
            let mut out: BTreeMap<RelId, Vec<Vec<Value>>> = BTreeMap::new();
            for Rows { rel, count, words } in all {
                let rows = rows::values(engine, *rel, (*count, words.clone()));
                out.entry(*rel).or_default().extend(rows);
            }
            out
        };
        let input =
            oracle::TickInput { insert: values(&input.insert), delete: values(&input.delete) };
        match self.node.tick(&input, &LIMITS) {
            Ok(tick) => Outcome::Rows(
                tick.state.rows.into_iter().map(|rows| rows.into_iter().collect()).collect(),
            ),
            Err(failure) if failure.kind == Kind::Limit => {
                self.gave_up = true;
                Outcome::TooLarge
            }
            Err(failure) => Outcome::Failed(failure.kind.name().to_owned()),
        }
    }

    /// What is different, if anything.
    pub fn compare(&mut self, second: Outcome, first: Outcome) -> Option<Dispute> {
        let says = |what: String| Some(Dispute { what, rows: Vec::new() });
        let (wanted, found) = match (second, first) {
            (Outcome::TooLarge, _) => return None,
            (_, Outcome::TooLarge) => {
                // One has had a tick that the other has not.
                self.gave_up = true;
                return None;
            }
            (Outcome::Failed(_), Outcome::Failed(_)) => return None,
            (Outcome::Failed(why), Outcome::Rows(_)) => {
                return says(format!("the slow evaluator fails with {why}, the engine does not"));
            }
            (Outcome::Rows(_), Outcome::Failed(why)) => {
                return says(format!("the engine fails with {why}, the slow evaluator does not"));
            }
            (Outcome::Rows(wanted), Outcome::Rows(found)) => (wanted, found),
        };
        let mut rows = Vec::new();
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for ((rel, wanted), found) in self.program.rels.iter().zip(wanted).zip(found) {
            let wanted: BTreeSet<Vec<Value>> = wanted.into_iter().collect();
            let found: BTreeSet<Vec<Value>> = found.into_iter().collect();
            let mut add = |side: Side, row: &Vec<Value>| {
                names.insert(&rel.name);
                rows.push((side, oracle::fact(rel, row, self.program)));
            };
            wanted.difference(&found).for_each(|row| add(Side::Missing, row));
            found.difference(&wanted).for_each(|row| add(Side::Extra, row));
        }
        if rows.is_empty() {
            return None;
        }
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let what = format!("the engine and the slow evaluator differ in {}", names.join(", "));
        Some(Dispute { what, rows })
    }
}
