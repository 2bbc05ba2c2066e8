//! What searches covered and found, in words.

use std::collections::BTreeSet;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;

use crate::search::Bounds;
use crate::search::Fault;
use crate::search::Lineage;
use crate::search::Verdict;
use crate::testing::nodes::bind::Play;

/// `12,480`
pub(super) fn count(n: u128) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 state`, `2 states`
pub(super) fn many(n: u128, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", count(n)) }
}

/// `6 steps, losses up to step 3, 1 crash`
fn bounds(bounds: Bounds) -> String {
    let mut out = many(u128::from(bounds.last), "step");
    match bounds.losses {
        0 => out.push_str(", no losses"),
        step => out.push_str(&format!(", losses up to step {step}")),
    }
    match bounds.crashes {
        0 => out.push_str(", no crashes"),
        n => out.push_str(&format!(", {}", many(u128::from(n), "crash").replace("crashs", "crashes"))),
    }
    out
}

/// What going through all steps covered.
pub(super) fn steps(within: Bounds, found: &Verdict, made: u64) -> String {
    let of = bounds(within);
    if found.counterexample.is_some() {
        return of;
    }
    let all = match found.combinations {
        u128::MAX => "more than 10^38 combinations of faults".to_owned(),
        n => many(n, "combination").replace("combinations", "combinations of faults"),
    };
    format!(
        "proved for {of}: all {all}, in {} and {}",
        many(u128::from(found.states), "state"),
        many(u128::from(made), "move")
    )
}

/// What going by lineage covered.
pub(super) fn lineage(within: Bounds, found: &Lineage, made: u64) -> String {
    let of = bounds(within);
    if found.counterexample.is_some() {
        return of;
    }
    let (runs, moves) = (many(u128::from(found.runs), "run"), many(u128::from(made), "move"));
    format!("proved for {of}: whatever good runs rest on was taken away, in {runs} and {moves}")
}

/// The faults of a counterexample, a line each.
pub(super) fn faults(play: &Play<'_>, faults: &BTreeSet<Fault>) -> Vec<String> {
    let name = |node: &usize| play.cast.nodes.get(*node).map_or("", |member| &member.name);
    let line = |fault: &Fault| match fault {
        Fault::Loss { step, from, to } => {
            format!("in step {step} what {} sends to {} is lost", name(from), name(to))
        }
        Fault::Crash { step, node } => format!("before step {step} {} stops for ever", name(node)),
    };
    match faults.is_empty() {
        true => vec!["nothing has to go wrong for that".to_owned()],
        false => faults.iter().map(line).collect(),
    }
}

/// A counterexample that the world of the simulator does not have: there, what
/// arrives at one instant need not share a tick.
pub(super) fn only_in_steps(play: &Play<'_>, happens: &[String]) -> Box<Diagnostic> {
    let span = play.written().map(|test| test.title_span).unwrap_or_default();
    let title = "this does not hold when all nodes move in steps";
    let told = Diagnostic::error(codes::PROPERTY_FAILED, span, title).at("in this test");
    let told = happens.iter().fold(told, |told, line| told.note(line.clone()));
    Box::new(told.note(
        "In a run of the simulator with the same faults it holds: there, messages that arrive at \
         the same instant may have ticks of their own.",
    ))
}
