//! `--replay P1`: the example of a point run by the engine, tick by tick, with what
//! is shown before and after. What examples are is known by the compiler.

use std::collections::BTreeSet;

use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::proof::Fact;
use bloom_compiler::calm::proof::Form;
use bloom_compiler::calm::proof::Run;
use bloom_compiler::calm::proof::Search;
use bloom_compiler::calm::proof::Witness;
use bloom_compiler::diag::suggest::closest;
use bloom_compiler::driver::Compiled;

use crate::cli::exit::Exit;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;
use crate::testing::example;
use crate::testing::example::Step;

use super::example::brief;
use super::example::cut;
use super::human::lead;
use super::words;

/// Runs the example of a point.
pub fn replay(compiled: &Compiled, report: &Report, id: &str, talk: &Talk) -> Result<(), Exit> {
    let Some(point) = report.point(id) else {
        return Err(talk.refuse(unknown(report, id)));
    };
    let Search::Found(witness) = &point.witness else {
        let why = match &point.witness {
            Search::CannotRun(why) => why.clone(),
            _ => "none was found, which does not say that there is none".to_string(),
        };
        return Err(talk.refuse(format!("{id} has no example: {why}")));
    };
    let programs = compiled.played();
    let mut out = format!("{id}  {}\n", words::answer(point));
    let mut disputes = Vec::new();
    for (title, run) in titles(witness).into_iter().zip(&witness.runs) {
        let steps = example::play(run, &witness.watched, &programs);
        out.push_str(&format!("\n{title}\n"));
        out.push_str(&told(run, &steps));
        disputes.extend(steps.iter().filter_map(|step| step.dispute.clone()));
        disputes.extend(example::otherwise(witness, run, &steps));
    }
    out.push('\n');
    out.push_str(&ended(point, witness));
    write_out(talk, out.as_bytes())?;
    if disputes.is_empty() {
        return write_out(talk, b"\nThe engine did this, and the slow evaluator agrees.\n");
    }
    disputes.sort();
    disputes.dedup();
    talk.error("this is a mistake in bloom itself; please report it with the program");
    disputes.iter().for_each(|dispute| talk.error(dispute));
    Err(Exit::Bug)
}

fn unknown(report: &Report, id: &str) -> String {
    let ids: Vec<&str> = report.points.iter().map(|point| point.id.as_str()).collect();
    if ids.is_empty() {
        return format!("there is no point {id}: nobody waits in this program");
    }
    match closest(id, ids.iter().copied()) {
        Some(near) => format!("there is no point {id}; did you mean {near}?"),
        None => format!("there is no point {id}; there are {}", ids.join(", ")),
    }
}

/// What each run is.
fn titles(witness: &Witness) -> Vec<&'static str> {
    match witness.form {
        Form::Late if is_waiting(witness) => vec!["Before it comes", "It comes late"],
        Form::Late => vec!["It comes late", "It comes in time"],
        Form::Orders => vec!["In one order", "In the other"],
        Form::Apart => vec!["In one tick", "One by one"],
        Form::Together => vec!["Here", "Elsewhere", "Both together"],
        Form::Twice => vec!["Once", "Twice"],
    }
}

/// Whether the first run is that without the late fact.
fn is_waiting(witness: &Witness) -> bool {
    match &witness.runs[..] {
        [first, second, ..] => {
            let taken = |run: &Run| run.ticks.iter().map(|tick| tick.facts.len()).sum::<usize>();
            taken(first) < taken(second)
        }
        _ => false,
    }
}

/// A run, tick by tick.
fn told(run: &Run, steps: &[Step]) -> String {
    let mut out = String::new();
    let mut before = BTreeSet::new();
    for start in &run.nodes {
        let facts: Vec<String> = start.facts.iter().map(brief).collect();
        if !facts.is_empty() {
            out.push_str(&lead("loaded", &facts.join(", ")));
        }
    }
    for (taken, step) in run.ticks.iter().zip(steps) {
        let is_news = step.shown.as_ref().map_or(true, |shown| *shown != before);
        if taken.facts.is_empty() && !is_news {
            continue;
        }
        if !taken.facts.is_empty() {
            let facts: Vec<String> = taken.facts.iter().map(brief).collect();
            let at = match run.nodes.len() {
                1 => String::new(),
                _ => run.nodes.get(taken.at).map(|of| format!("{}: ", of.node)).unwrap_or_default(),
            };
            out.push_str(&lead("comes", &format!("{at}{}", facts.join(", "))));
        }
        match &step.shown {
            Err(why) => out.push_str(&lead("refused", why)),
            Ok(shown) if *shown != before => {
                out.push_str(&lead("shows", &listed(shown)));
                before.clone_from(shown);
            }
            Ok(_) => {}
        }
    }
    out
}

fn listed(shown: &BTreeSet<String>) -> String {
    match shown.is_empty() {
        true => "nothing".to_string(),
        false => shown.iter().map(|text| cut(text)).collect::<Vec<_>>().join(", "),
    }
}

/// What is different in the end.
fn ended(point: &Point, witness: &Witness) -> String {
    let facts = |facts: &[Fact]| facts.iter().map(brief).collect::<Vec<_>>().join(", ");
    match witness.form {
        Form::Together => lead("broken", &format!("invariant {}", point.output.text())),
        _ => {
            let mut out = String::new();
            if !witness.gone.is_empty() {
                out.push_str(&lead("gone", &facts(&witness.gone)));
            }
            if !witness.instead.is_empty() {
                out.push_str(&lead("instead", &facts(&witness.instead)));
            }
            out
        }
    }
}
