//! What the ticks of a random program take in: events, and rows of tables that
//! come and go. This room must not know rules.

use std::collections::BTreeSet;

use crate::oracle::random::case::Given;
use crate::oracle::random::case::Named;
use crate::oracle::random::dice::Dice;
use crate::oracle::random::schema;
use crate::oracle::random::schema::Kind;
use crate::oracle::random::schema::Rel;
use crate::oracle::values::Value;

/// Between two ticks, in nanoseconds: what random instants are multiples of.
const STEP: i64 = 30_000_000_000;

/// Several ticks over these collections, of which some have rows before the
/// first tick.
pub fn ticks(dice: &mut Dice, outside: &[Rel], before: &Named, wild: bool) -> Vec<Given> {
    let mut known: Named = before.clone();
    let mut ticks = Vec::new();
    for number in 0..3 + dice.below(6) {
        let now = Value::Time(STEP * number as i64 / 2);
        let mut given = Given::default();
        given.insert.push(("now".into(), vec![vec![now.clone()]]));
        given.insert.push(("seed".into(), vec![vec![Value::Int(number as i64)]]));
        if number == 0 {
            given.insert.push(("me".into(), vec![vec![Value::Node("n1".into())]]));
        }
        for rel in outside {
            let is_event = rel.kind == Kind::Input;
            let rows = match rel.name.as_str() {
                "startup" if number > 0 => Vec::new(),
                "startup" => vec![vec![Value::Int(0)]],
                "beat" if dice.chance(50) => vec![vec![now.clone()]],
                "beat" => Vec::new(),
                _ if dice.chance(if is_event { 55 } else { 20 }) => rows(dice, rel, &known, wild),
                _ => Vec::new(),
            };
            if !is_event && dice.chance(25) {
                let row = dice.pick(rows_of(&known, rel)).cloned();
                given.delete.extend(row.map(|row| (rel.name.clone(), vec![row])));
            }
            if !rows.is_empty() {
                known.push((rel.name.clone(), rows.clone()));
                given.insert.push((rel.name.clone(), rows));
            }
        }
        ticks.push(given);
    }
    ticks
}

/// Those given first.
fn rows_of<'a>(known: &'a Named, rel: &Rel) -> &'a [Vec<Value>] {
    known.iter().find(|(name, _)| *name == rel.name).map_or(&[], |(_, rows)| rows)
}

/// One or two rows, of a table with values for keys that are new.
fn rows(dice: &mut Dice, rel: &Rel, known: &Named, wild: bool) -> Vec<Vec<Value>> {
    let of_rel = known.iter().filter(|(name, _)| *name == rel.name);
    let mut keys: BTreeSet<Vec<Value>> =
        of_rel.flat_map(|(_, rows)| rows.iter().map(|row| rel.key(row))).collect();
    let mut out: Vec<Vec<Value>> = Vec::new();
    for _ in 0..1 + dice.below(2) {
        let row: Vec<Value> =
            rel.cols.iter().map(|(ty, _)| schema::value(dice, ty, wild)).collect();
        let new_key = keys.insert(rel.key(&row));
        if (new_key || !rel.has_values() || dice.chance(3)) && !out.contains(&row) {
            out.push(row);
        }
    }
    out
}
