//! Programs that could be run at once, fed tick by tick instead: whoever does the
//! work, and whoever follows the views, in every tick all collections must have
//! the rows that the oracle's have. Rows come at any time, go, and come back.

use bloom::dataflow::node::Workers;
use bloom::kernel::Choice;
use bloom_compiler::oracle::random;
use bloom_compiler::oracle::random::Case;
use bloom_compiler::oracle::random::Dice;
use bloom_compiler::oracle::random::Given;

use crate::programs;
use crate::programs::Counts;
use crate::ticks;
use crate::ticks::Manner;

/// Ticks that take something in.
const TICKS: usize = 6;

/// How rows come and go.
#[derive(Clone, Copy, Debug)]
enum Stream {
    /// They come in several ticks, and stay.
    Inserts,
    /// All come at once, and most go one after the other.
    Deletes,
    /// They come, may go, and may come back.
    Mixed,
}

const STREAMS: [Stream; 3] = [Stream::Inserts, Stream::Deletes, Stream::Mixed];

/// Every way in which a node can go about its ticks.
fn manners() -> Vec<(&'static str, Manner)> {
    let many = |count, threads| Manner {
        workers: Workers { threads, ..ticks::workers(count) },
        ..Manner::default()
    };
    vec![
        ("the kernel", Choice::Kernel.into()),
        ("dataflows", Choice::Dataflow.into()),
        ("2 workers", many(2, false)),
        ("4 threads", many(4, true)),
    ]
}

/// The case with its rows in several ticks.
fn dealt(case: &Case, how: Stream) -> Case {
    let mut dice = Dice::new(case.source.len() as u64);
    let mut ticks = vec![Given::default(); TICKS];
    let mut first = Vec::new();
    for (name, rows) in &case.facts {
        // Events are gone after their tick; static tables have their rows before the first.
        let is = |word: &str| case.source.contains(&format!("{word} {name}("));
        if is("static table") {
            first.push((name.clone(), rows.clone()));
            continue;
        }
        for row in rows {
            let mut put = |tick: usize, comes: bool| {
                let given = &mut ticks[tick];
                let side = if comes { &mut given.insert } else { &mut given.delete };
                side.push((name.clone(), vec![row.clone()]));
            };
            match how {
                Stream::Inserts => put(dice.below(TICKS), true),
                _ if is("input") => (0..TICKS).for_each(|tick| {
                    if dice.chance(40) {
                        put(tick, true);
                    }
                }),
                Stream::Deletes => {
                    put(0, true);
                    if dice.chance(80) {
                        put(1 + dice.below(TICKS - 1), false);
                    }
                }
                Stream::Mixed => {
                    let mut comes = true;
                    for tick in 0..TICKS {
                        if dice.chance(35) {
                            put(tick, comes);
                            comes = !comes;
                        }
                    }
                }
            }
        }
    }
    Case { source: case.source.clone(), facts: first, ticks }
}

fn compare(case: &Case, counts: &Counts) -> Result<(), String> {
    for (name, manner) in manners() {
        ticks::compare(case, &manner, counts).map_err(|why| format!("{name}: {why}"))?;
    }
    Ok(())
}

#[test]
fn all_agree_on_random_programs() {
    let counts = programs::on_random(40, random::Programs, |case, counts| {
        for stream in STREAMS {
            let dealt = dealt(case, stream);
            compare(&dealt, counts).map_err(|why| format!("{stream:?}: {why}\n{dealt:?}"))?;
        }
        Ok(())
    });
    counts.at_least("ticks", 1_000);
}

/// They have no rows but their own, which come in the first tick; nothing may
/// change in the second.
#[test]
fn all_agree_on_the_pages() {
    programs::on_pages(|case, counts| {
        let ticks = vec![Given::default(); 2];
        compare(&Case { ticks, ..case.clone() }, counts)
    });
}

#[test]
fn all_agree_on_programs_over_time() {
    programs::on_random(60, random::Timed, compare).at_least("ticks", 900);
}
