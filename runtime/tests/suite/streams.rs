//! Streams of changes against the oracle, followed by dataflows wherever there
//! can be one, and by what costs less: rows that only come, rows that mostly go,
//! and both alike. Views are those of the tests of upkeep.

use bloom::kernel::Choice;
use bloom_compiler::oracle::Float;
use bloom_compiler::oracle::Value;
use bloom_compiler::oracle::random::Case;
use bloom_compiler::oracle::random::Given;
use bloom_compiler::oracle::random::Named;

use crate::programs::Counts;
use crate::programs::chosen;
use crate::ticks;
use crate::upkeep;
use crate::upkeep::Dice;

/// Columns of the tables: numbers, texts and floats.
const TABLES: &[(&str, &str)] =
    &[("a", "ii"), ("a", "ii"), ("a", "ii"), ("b", "is"), ("f", "if"), ("k", "ii"), ("one", "")];
const TICKS: u64 = 14;
/// Different values of a column.
const VALUES: u64 = 6;

/// What becomes of the rows of tables.
struct Stream {
    name: &'static str,
    /// Of a hundred changes, rows that go.
    goes: u64,
    /// Rows that are there from the start.
    before: u64,
}

fn value(kind: char, n: u64) -> Value {
    const FLOATS: &[f64] = &[0.1, -0.25, 1e300, f64::INFINITY, 3.5, f64::NAN];
    match kind {
        's' => Value::Str(format!("s{n}")),
        'f' => Value::Float(Float::new(FLOATS[n as usize % FLOATS.len()])),
        _ => Value::Int(n as i64 - 1),
    }
}

/// A row of a table. Most keys have one value: others would fail a tick.
fn row(dice: &mut Dice) -> (String, Vec<Value>) {
    let (name, kinds) = TABLES[dice.below(TABLES.len() as u64) as usize];
    let mut row: Vec<Value> = kinds.chars().map(|kind| value(kind, dice.below(VALUES))).collect();
    if name == "k" && dice.below(90) > 0 {
        row[1] = match row[0] {
            Value::Int(x) => Value::Int((x * 3 + 1) % VALUES as i64),
            _ => Value::None,
        };
    }
    (name.to_owned(), row)
}

fn add(to: &mut Named, (name, row): (String, Vec<Value>)) {
    match to.iter_mut().find(|(other, _)| *other == name) {
        Some((_, rows)) => rows.push(row),
        None => to.push((name, vec![row])),
    }
}

/// A program and its stream.
fn case(stream: &Stream, seed: u64) -> Case {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut case = Case { source: upkeep::source(&mut dice), ..Case::default() };
    let mut there = Vec::new();
    let mut first = Given::default();
    for _ in 0..stream.before {
        let row = row(&mut dice);
        there.push(row.clone());
        add(&mut first.insert, row);
    }
    case.ticks.push(first);
    for _ in 0..TICKS {
        let mut given = Given::default();
        for _ in 0..1 + dice.below(6) {
            if dice.below(100) >= stream.goes {
                let row = row(&mut dice);
                there.push(row.clone());
                add(&mut given.insert, row);
            } else if !there.is_empty() {
                let at = dice.below(there.len() as u64) as usize;
                add(&mut given.delete, there.swap_remove(at));
            }
        }
        case.ticks.push(given);
    }
    case
}

/// Plays streams of one kind; `BLOOM_CASES` says how many.
fn agree(stream: &Stream) {
    let (first, cases) = (chosen("BLOOM_SEED").unwrap_or(1), chosen("BLOOM_CASES").unwrap_or(60));
    let counts = Counts::default();
    for seed in first..first + cases {
        let case = case(stream, seed);
        for choice in [Choice::Dataflow, Choice::Cheaper] {
            if let Err(why) = ticks::compare(&case, &choice.into(), &counts) {
                panic!("{} seed {seed} {choice:?}\n{case:?}\n{why}", stream.name);
            }
        }
    }
    println!("{}: {counts:?}", stream.name);
    assert!(counts.of("ticks") as u64 > cases * TICKS, "{counts:?}");
}

#[test]
fn insert_only_streams_agree_with_the_oracle() {
    agree(&Stream { name: "insert-only", goes: 0, before: 0 });
}

#[test]
fn delete_heavy_streams_agree_with_the_oracle() {
    agree(&Stream { name: "delete-heavy", goes: 85, before: 60 });
}

#[test]
fn mixed_streams_agree_with_the_oracle() {
    agree(&Stream { name: "mixed", goes: 50, before: 20 });
}
