//! Whether a run may begin that would have to wait for other nodes: which
//! waiting is wanted, and what is said where it cannot be had. Where a program
//! waits is found by the compiler; how a node runs is not known here.

use std::path::Path;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Goal;
use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Point;
use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::driver::Compiled;
use clap::ValueEnum;

use crate::cli::report::words;

/// Places that one message shows; the report shows all.
const SHOWN: usize = 4;

/// Which waiting for other nodes a run carries out.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coordination {
    /// wherever the report finds that it has to
    #[default]
    Auto,
    /// only where the program asks for it; elsewhere it must not be needed
    Declared,
    /// nowhere: what a node has is taken for all there is
    None,
}

/// Why a program is not run in this way, if it is not.
pub fn refused(compiled: &Compiled, wanted: Coordination, path: &Path) -> Vec<Diagnostic> {
    if wanted == Coordination::None || !compiled.is_one_of_many() {
        return Vec::new();
    }
    let report = compiled.report(&Assume::default());
    let faults = compiled.faults(&report);
    if !faults.is_empty() {
        return faults;
    }
    let is_open = |point: &&Point| point.accepted.is_none() && point.kind.coordinates();
    let open: Vec<&Point> = report.points.iter().filter(is_open).collect();
    let unasked = |point: &&&Point| !compiled.asks_for(&report, point);
    let undeclared: Vec<&Point> = open.iter().filter(unasked).copied().collect();
    let told = match (wanted, undeclared.as_slice(), open.as_slice()) {
        (Coordination::Declared, [first, rest @ ..], _) => Some(not_declared(first, rest)),
        (_, _, [first, rest @ ..]) => Some(not_yet(first, rest)),
        (_, _, []) => None,
    };
    let shown = path.display();
    let more = |told: Diagnostic| {
        told.note(format!(
            "`bloom report {shown}` tells of each place who would wait for whom, and what to write \
             so that nobody has to."
        ))
    };
    told.map(more).into_iter().collect()
}

/// The waiting is found, and nothing here can do it.
fn not_yet(first: &Point, rest: &[&Point]) -> Diagnostic {
    let title = match rest.len() {
        0 => format!("not supported yet: waiting for other nodes, `{}`", wait(first)),
        n => format!("not supported yet: waiting for other nodes, at {} places", n + 1),
    };
    let told = Diagnostic::error(codes::LATER_COORDINATION, first.span, title);
    shown(told, first, rest).help(format!(
        "`--coordination none` runs it all the same, and then this can happen; to run it without, {}",
        accepting(first)
    ))
}

/// It is wanted only where the program asks, and it does not.
fn not_declared(first: &Point, rest: &[&Point]) -> Diagnostic {
    let title = match rest.len() {
        0 => format!(
            "nodes would have to wait, `{}`, where the program does not ask for it",
            wait(first)
        ),
        n => format!(
            "nodes would have to wait at {} places where the program does not ask for it",
            n + 1
        ),
    };
    let told = Diagnostic::error(codes::WAIT_NOT_DECLARED, first.span, title);
    let relation = first.relation.text();
    let key = first.key.join(", ");
    let ask = match (first.kind, first.key.is_empty()) {
        (Kind::Seal, false) => {
            format!("write `sealed by {key}` at the declaration of `{relation}`")
        }
        (Kind::Seal, true) => format!("write `sealed` at the declaration of `{relation}`"),
        (Kind::Order, false) => {
            format!("write `serial by {key}` at the declaration of `{relation}`")
        }
        (Kind::Order, true) => format!("write `serial` at the declaration of `{relation}`"),
        _ => "no declaration asks for an owner, so leave it to `--coordination auto`".to_string(),
    };
    shown(told, first, rest).help(format!("{ask}; or {}", accepting(first)))
}

/// The places, and what happens at the first without waiting.
fn shown(told: Diagnostic, first: &Point, rest: &[&Point]) -> Diagnostic {
    let place = |point: &Point| format!("{} `{}`: {}", point.id, wait(point), words::label(point));
    let mut told = told.at(place(first)).note(words::trouble(first));
    for point in rest.iter().take(SHOWN - 1) {
        told = told.label(point.span, place(point));
    }
    match rest.len().saturating_sub(SHOWN - 1) {
        0 => told,
        1 => told.note("There is 1 more such place."),
        n => told.note(format!("There are {n} more such places.")),
    }
}

/// What a user may write to promise less.
fn accepting(point: &Point) -> String {
    let rule = "accept it by `@nondet(\"why\")` before the rule";
    let output = &point.output.name;
    match (point.kind, point.goal) {
        (Kind::Seal, Goal::Final) => {
            format!("{rule}, or let `{output}` promise less by `@eventually` before it")
        }
        (_, Goal::Final | Goal::Eventually) => {
            format!("{rule}, or let `{output}` promise less by `@snapshot(\"why\")` before it")
        }
        _ => rule.to_string(),
    }
}

fn wait(point: &Point) -> String {
    words::answer(point)
}
