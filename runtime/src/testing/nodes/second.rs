//! A second opinion on what a test of many nodes asks: the slow evaluator of the
//! compiler runs the same small program from scratch over the rows that there
//! are, and must come to the same verdicts. What follows from a difference is
//! not known here.

use std::collections::BTreeMap;

use bloom_compiler::calm::strata;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Expectation;
use bloom_compiler::names::scenarios::Property;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Kind;
use bloom_compiler::oracle::OracleLimits;
use bloom_compiler::oracle::State;
use bloom_compiler::types::typed;

use crate::kernel::Engine;
use crate::testing::nodes::checks::Checks;
use crate::testing::rows;

/// Far beyond what tests do.
const LIMITS: OracleLimits =
    OracleLimits { rounds_max: 100_000, rows_max: 1_000_000, tries_max: 1_000_000_000 };

/// The evaluator.
pub(super) struct Second<'p> {
    program: &'p typed::Program,
    strata: Strata,
}

impl<'p> Second<'p> {
    pub fn new(program: &'p typed::Program) -> Second<'p> {
        Second { program, strata: strata::stratify(program, &mut Vec::new()) }
    }

    /// The first property on which the two do not agree, and how.
    pub fn disputes(
        &self,
        checks: &Checks,
        engine: &mut Engine,
        holds: &[bool],
    ) -> Option<(usize, String)> {
        let mut given = BTreeMap::new();
        for rel in checks.tables() {
            let words = (engine.len(rel), engine.rows_as_they_lie(rel));
            given.insert(rel, rows::values(engine, rel, words));
        }
        let first = oracle::Input { rows: given };
        let state =
            oracle::run(self.program, &self.strata.of_rule, self.strata.count, &first, &LIMITS);
        match state {
            Ok(state) => checks.properties.iter().zip(holds).enumerate().find_map(
                |(at, (property, engine))| {
                    let slow = is_so(&state, property);
                    let says = |holds: bool| if holds { "holds" } else { "does not hold" };
                    (slow != *engine).then(|| {
                        let (slow, fast) = (says(slow), says(*engine));
                        (
                            at,
                            format!(
                                "this {slow} for the slow evaluator, and {fast} for the engine"
                            ),
                        )
                    })
                },
            ),
            Err(failure) if failure.kind == Kind::Limit => None,
            Err(failure) => {
                let name = failure.kind.name();
                Some((0, format!("the slow evaluator fails with {name}, the engine does not")))
            }
        }
    }
}

fn is_so(state: &State, property: &Property) -> bool {
    let of = |rel: RelId| state.rows.get(rel.index());
    match property.holds {
        Expectation::Matches { found, negated } => {
            of(found).is_some_and(|rows| !rows.is_empty()) != negated
        }
        Expectation::Rows { rel, rows } => of(rel) == of(rows),
    }
}
