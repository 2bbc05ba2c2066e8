//! Every point of every example is shown: its smallest example is run raw by the engine, and the
//! two runs of it end differently. What cannot be shown is listed with the reason, so that whoever
//! changes the list reads it. How examples are found is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom::testing::example;
use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::proof::Form;
use bloom_compiler::calm::proof::Search;
use bloom_compiler::calm::proof::Witness;
use bloom_compiler::calm::witness;
use bloom_compiler::driver::Compiled;
use libtest_mimic::Failed;

use crate::examples;
use crate::trying;
use crate::wanted;

/// Points that no example shows: `example | point | reason`.
const UNSEEN: &str = include_str!("unseen.txt");
/// A reason that begins so is held to: in many orders the output is seen to differ.
const IN_ORDERS: &str = "in many orders";

/// Looks at all points of all examples.
pub fn shown() -> Result<(), Failed> {
    let mut listed: BTreeMap<(String, String), &str> = BTreeMap::new();
    for line in UNSEEN.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let parts: Vec<&str> = line.splitn(3, " | ").collect();
        let [example, point, reason] = parts[..] else {
            return Err(format!("`{line}` is not `example | point | reason`").into());
        };
        listed.insert((example.to_string(), point.to_string()), reason);
    }
    let (mut wrong, mut stale, mut all) = (Vec::new(), Vec::new(), 0);
    let mut known = BTreeSet::new();
    for folder in examples::folders() {
        let name = examples::name(&folder);
        let compiled = examples::compiled(&folder)?;
        let mut report = compiled.report(&Assume::default());
        compiled.examples(&mut report, witness::STEPS);
        let mut late = BTreeSet::new();
        for point in &report.points {
            all += 1;
            let text = text(point);
            let key = (name.clone(), text.clone());
            match (played(&compiled, point), listed.get(&key)) {
                (Ok(()), None) => {}
                (Ok(()), Some(_)) => {
                    stale.push(format!("{name} | {text} is shown, take it off"));
                    known.insert(key);
                }
                (Err(why), None) => wrong.push(format!("{name} | {text} | {why}")),
                (Err(_), Some(reason)) => {
                    known.insert(key);
                    if reason.starts_with(IN_ORDERS) {
                        late.insert(point.output.text());
                    }
                }
            }
        }
        wrong.extend(unmoved(&folder, &compiled, &late)?);
    }
    let gone = listed.keys().filter(|key| !known.contains(key));
    stale.extend(gone.map(|(example, point)| format!("{example} | {point} is not there")));
    // A list that says too much misleads nobody today; the night has it put right.
    if wanted("BLOOM_ORDERS").is_some() {
        wrong.append(&mut stale);
    }
    stale.iter().for_each(|line| println!("{line}"));
    println!("{all} points of examples, {} of them without an example", listed.len());
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// A point in a line.
fn text(point: &Point) -> String {
    let by = match point.key.is_empty() {
        true => String::new(),
        false => format!(" by {}", point.key.join(", ")),
    };
    let (kind, relation) = (point.kind.word(), point.relation.text());
    format!("{kind}({relation}{by}) at `{}` of {}", point.operator, point.rule.text())
}

/// Runs the example of a point by the engine; the error says why it shows nothing.
fn played(compiled: &Compiled, point: &Point) -> Result<(), String> {
    let found = match &point.witness {
        Search::Found(found) => found,
        Search::NotFound { tried, .. } => return Err(format!("not found: {tried}")),
        Search::CannotRun(why) => return Err(why.clone()),
        Search::NotAsked => return Err("nobody looked".into()),
    };
    let programs = compiled.played();
    let mut ends = Vec::new();
    for run in &found.runs {
        let steps = example::play(run, &found.watched, &programs);
        if let Some(dispute) = steps.iter().find_map(|step| step.dispute.clone()) {
            return Err(format!("the two evaluators disagree: {dispute}"));
        }
        let failed = steps.iter().any(|step| step.shown.is_err());
        let end = steps.into_iter().rev().find_map(|step| step.shown.ok()).unwrap_or_default();
        ends.push((end, failed));
    }
    match differs(found, &ends) {
        true => Ok(()),
        false => Err("the engine ends with the same in all runs".into()),
    }
}

/// Whether the runs end as the example says: operations that break a promise fail together and not
/// alone, everything else ends with other rows.
fn differs(found: &Witness, ends: &[(BTreeSet<String>, bool)]) -> bool {
    match (found.form, ends) {
        (Form::Together, [alone @ .., (_, both)]) => *both && alone.iter().all(|(_, one)| !one),
        (_, [one, other, ..]) => one.0 != other.0,
        _ => false,
    }
}

/// Of these outputs those that no order of many moves. Few orders say nothing.
fn unmoved(
    folder: &std::path::Path,
    compiled: &Compiled,
    late: &BTreeSet<String>,
) -> Result<Vec<String>, String> {
    let mut still = late.clone();
    if wanted("BLOOM_ORDERS").is_none() || late.is_empty() {
        return Ok(Vec::new());
    }
    for stage in examples::stages(folder, compiled)? {
        let outcome = trying::try_all(&stage, trying::orders());
        still.retain(|name| !outcome.differs.contains(name));
    }
    let name = examples::name(folder);
    Ok(still.into_iter().map(|output| format!("{name}: no order moves `{output}`")).collect())
}
