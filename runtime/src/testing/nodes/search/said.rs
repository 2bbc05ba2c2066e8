//! What searches covered and found, in words.

use std::collections::BTreeSet;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;

use crate::search::Bounds;
use crate::search::Content;
use crate::search::Event;
use crate::search::Fault;
use crate::search::Guide;
use crate::search::Lineage;
use crate::search::Offer;
use crate::search::Parcel;
use crate::search::Schedules;
use crate::search::Troupe;
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
        n => out
            .push_str(&format!(", {}", many(u128::from(n), "crash").replace("crashs", "crashes"))),
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
        1 => "the only run that there is".to_owned(),
        u128::MAX => "all of more than 10^38 combinations of faults".to_owned(),
        n => format!("all {} combinations of faults", count(n)),
    };
    format!(
        "proved for {of}: {all}, in {} and {}",
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
            format!("In step {step} what {} sends to {} is lost.", name(from), name(to))
        }
        Fault::Crash { step, node } => format!("Before step {step} {} stops for ever.", name(node)),
    };
    match faults.is_empty() {
        true => vec!["Nothing has to go wrong for that.".to_owned()],
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

/// What going through all orders covered.
pub(super) fn orders(offer: &Offer, found: &Schedules, made: u64) -> String {
    let with = match (offer.loses, offer.repeats) {
        (false, false) => "",
        (true, false) => ", with all losses",
        (false, true) => ", with all copies",
        (true, true) => ", with all losses and copies",
    };
    if found.counterexample.is_some() {
        return format!("orders of arrival{with}, the shortest first");
    }
    let all = match found.schedules {
        1 => "the only schedule that there is".to_owned(),
        u128::MAX => "all of more than 10^38 schedules".to_owned(),
        n => format!("all {} schedules", count(n)),
    };
    format!(
        "proved: {all}{with}; {} and {} stand for them",
        many(u128::from(found.states), "state"),
        many(u128::from(made), "move")
    )
}

/// What happens in a schedule, a line each.
pub(super) fn events(play: &Play<'_>, troupe: &Troupe, events: &[Event]) -> Vec<String> {
    let name = |node: usize| play.cast.nodes.get(node).map_or("", |member| &member.name);
    let what = |parcel: Parcel| match troupe.content(parcel) {
        Some(Content::Message { from, channel, .. }) => {
            let channel = troupe.channel(*channel);
            format!("`{channel}` from {}", name(*from))
        }
        _ => "an event of the test".to_owned(),
    };
    let line = |event: &Event| match *event {
        Event::Start(_) => None,
        Event::Give(node, _) => Some(format!("{} is given an event of the test", name(node))),
        Event::Deliver(node, parcel) => Some(format!("{} hears {}", name(node), what(parcel))),
        Event::Repeat(node, parcel) => {
            Some(format!("{} hears {}, which will come again", name(node), what(parcel)))
        }
        Event::Lose(node, parcel) => Some(format!("{} to {} is lost", what(parcel), name(node))),
    };
    events.iter().filter_map(line).collect()
}

/// What guided runs covered.
pub(super) fn guided(guide: &Guide) -> String {
    let (runs, kept) = (u128::from(guide.runs()), guide.kept() as u128);
    format!(
        "{}, {} covered, {} kept to go on from",
        many(runs, "guided run"),
        many(guide.covered() as u128, "feature"),
        many(kept, "run")
    )
}

/// What going by what good runs rest on covers where nothing can be taken away.
pub(super) fn idle() -> String {
    "nothing can be taken away: the network neither loses messages nor stops nodes at times that \
     are left open"
        .to_owned()
}

/// What going by what good runs rest on covered.
pub(super) fn taken(runs: u64, is_done: bool) -> String {
    let runs = many(u128::from(runs), "run");
    match is_done {
        true => format!("{runs} by lineage, after which nothing was left to take away"),
        false => format!("{runs} by lineage"),
    }
}
