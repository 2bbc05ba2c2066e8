//! A test gone through in all orders in which its messages can arrive, with the
//! losses and copies that its network allows. A counterexample is played once
//! more in a world: what happens there happens a millisecond apart, in that
//! order, and messages take as long as that makes them take.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::names::hir::RelKind;

use crate::search;
use crate::search::Content;
use crate::search::Event;
use crate::search::Moved;
use crate::search::Offer;
use crate::search::Stage;
use crate::search::State;
use crate::search::Trouble;
use crate::sim::Door;
use crate::sim::Fault;
use crate::sim::Key;
use crate::sim::Map;
use crate::testing::nodes::bind::Play;
use crate::testing::nodes::broken::SEARCHED;
use crate::testing::nodes::hunt;
use crate::testing::nodes::player::Player;
use crate::testing::nodes::search::Searched;
use crate::testing::nodes::search::refused;
use crate::testing::nodes::search::said;
use crate::testing::nodes::search::stand::Stand;
use crate::testing::nodes::search::steps::STEP;

/// Longer than any schedule: what takes so long does not arrive.
const FAR: i64 = 10_000 * STEP;

/// Goes through a test in all orders. A counterexample changes its story.
pub fn orders(play: &mut Play<'_>) -> Result<Searched, Box<Diagnostic>> {
    possible(play).map_err(|why| refused(play, Trouble::NotYet(why)))?;
    let found = search(play).map_err(|trouble| refused(play, trouble))?;
    let Found { covered, schedules, reached, counterexample } = found;
    let Some((events, told)) = counterexample else {
        let reached: Vec<u64> = reached.into_iter().map(u64::from).collect();
        let broken = hunt::never(play, &reached, SEARCHED)?;
        return Ok(Searched {
            is_of_choices: false,
            covered,
            happens: Vec::new(),
            broken,
            runs: schedules,
        });
    };
    let happens = events;
    let choices = retold(play, &told);
    let outcome = Player::new(play, false).replay(&choices, SEARCHED)?;
    if outcome.broken.is_none() {
        return Err(said::only_in_steps(play, &happens));
    }
    // The chart of the run shows the order.
    Ok(Searched {
        is_of_choices: false,
        covered,
        happens: Vec::new(),
        broken: outcome.broken,
        runs: schedules,
    })
}

/// Whether all that can happen in a test is that messages arrive.
fn possible(play: &Play<'_>) -> Result<(), String> {
    for member in &play.cast.nodes {
        for rel in &member.program.rels {
            let what = match rel.kind {
                RelKind::Timer => "timer",
                RelKind::Periodic => "periodic",
                _ => continue,
            };
            return Err(format!(
                "the role `{}` has the {what} `{}`; all orders of messages alone are gone through",
                member.role, rel.name
            ));
        }
    }
    for fault in &play.story.faults {
        let what = match fault {
            Fault::Delay { .. } | Fault::Loss(_) | Fault::Duplicate(_) | Fault::Reorder(_) => {
                continue;
            }
            Fault::Partition { .. } => "a partition",
            Fault::Crash { .. } => "a crash",
            Fault::Restart { .. } => "a restart",
            Fault::Skew { .. } => "a skewed clock",
            Fault::Slow { .. } => "a slow node",
        };
        return Err(format!(
            "the network of the test has {what}; losses and copies of messages alone are gone \
             through"
        ));
    }
    Ok(())
}

struct Found {
    covered: String,
    schedules: u128,
    reached: Vec<bool>,
    counterexample: Option<(Vec<String>, Told)>,
}

/// A schedule, as the times of its gifts and messages.
#[derive(Default)]
struct Told {
    /// By gift, its instant.
    gifts: Vec<(usize, i64)>,
    choices: Map,
    /// How long it all takes.
    length: i64,
}

fn search(play: &Play<'_>) -> Result<Found, Trouble> {
    let mut stand = Stand::new(play, STEP, false)?;
    let mut gifts: Vec<usize> = (0..play.story.gifts.len()).collect();
    gifts.sort_by_key(|at| play.story.gifts[*at].at);
    let mut given = vec![Vec::new(); play.cast.nodes.len()];
    for at in gifts {
        let parcel = stand.troupe.parcel(Content::Gift(at));
        given[play.story.gifts[at].node].push(parcel);
    }
    let has = |wanted: fn(&Fault) -> bool| play.story.faults.iter().any(wanted);
    let offer = Offer {
        given,
        loses: has(|fault| matches!(fault, Fault::Loss(share) if *share > 0.0)),
        repeats: has(|fault| matches!(fault, Fault::Duplicate(share) if *share > 0.0)),
    };
    let found = search::schedules(&mut stand, &offer)?;
    let covered = said::orders(&offer, &found, stand.troupe.made());
    let counterexample = match &found.counterexample {
        Some((events, _)) => {
            let told = told(&mut stand, events)?;
            Some((said::events(play, &stand.troupe, events), told))
        }
        None => None,
    };
    let (schedules, reached) = (found.schedules, stand.reached);
    Ok(Found { covered, schedules, reached, counterexample })
}

/// Messages so far, by sender, receiver and channel.
type Count = BTreeMap<(usize, usize, u32), u64>;

/// A message under way in a schedule.
struct Flying {
    parcel: search::Parcel,
    key: Key,
    sent: i64,
    /// Whether it has arrived once, and comes again.
    again: bool,
}

/// Plays a schedule once more, to see which message arrives when.
fn told(stand: &mut Stand<'_>, events: &[Event]) -> Result<Told, Trouble> {
    let nodes = stand.nodes();
    let mut states: Vec<Option<State>> = vec![None; nodes];
    let mut moves = vec![0u32; nodes];
    let mut count: Count = Count::new();
    let mut flight: VecDeque<Flying> = VecDeque::new();
    let mut told = Told::default();
    let mut now = 0;
    for event in events {
        let (node, takes) = match *event {
            Event::Start(node) => (node, None),
            Event::Give(node, parcel)
            | Event::Deliver(node, parcel)
            | Event::Repeat(node, parcel)
            | Event::Lose(node, parcel) => {
                now += STEP;
                (node, Some(parcel))
            }
        };
        if let (Event::Give(..), Some(Content::Gift(at))) =
            (event, takes.and_then(|parcel| stand.troupe.content(parcel)))
        {
            told.gifts.push((*at, now));
        } else if let Some(parcel) = takes {
            land(&mut flight, *event, parcel, now, &mut told.choices);
        }
        if matches!(event, Event::Lose(..)) {
            continue;
        }
        let takes: Vec<search::Parcel> = takes.into_iter().collect();
        let moved = stand.moved(node, states[node], moves[node], &takes)?;
        (states[node], moves[node]) = (Some(moved.state), moves[node] + 1);
        take_off(stand, &moved, now, &mut count, &mut flight);
    }
    for one in flight {
        // Under way to the end.
        let door = if one.again { Door::CopyDelay } else { Door::Delay };
        told.choices.insert(Key { door, ..one.key }, FAR as u64);
    }
    told.length = now;
    Ok(told)
}

fn take_off(
    stand: &Stand<'_>,
    moved: &Moved,
    now: i64,
    count: &mut Count,
    flight: &mut VecDeque<Flying>,
) {
    for (to, parcel) in &moved.sent {
        let Some(Content::Message { from, channel, .. }) = stand.troupe.content(*parcel) else {
            continue;
        };
        let nth = count.entry((*from, *to, *channel)).or_default();
        let (who, whom) = (*from as u32, *to as u32);
        let key = Key { door: Door::Delay, who, whom, channel: *channel, nth: *nth, again: 0 };
        *nth += 1;
        flight.push_back(Flying { parcel: *parcel, key, sent: now, again: false });
    }
}

/// Something arrives, or is lost; of equal messages a copy first.
fn land(
    flight: &mut VecDeque<Flying>,
    event: Event,
    parcel: search::Parcel,
    now: i64,
    choices: &mut Map,
) {
    let fresh = !matches!(event, Event::Deliver(..));
    let copy = flight.iter().position(|one| one.parcel == parcel && one.again && !fresh);
    let at = copy.or_else(|| flight.iter().position(|one| one.parcel == parcel && !one.again));
    let Some(at) = at else { return };
    let took = |one: &Flying| (now - one.sent) as u64;
    let one = &mut flight[at];
    match event {
        Event::Lose(..) => {
            choices.insert(Key { door: Door::Loss, ..one.key }, 1);
        }
        Event::Repeat(..) => {
            choices.insert(Key { door: Door::Duplicate, ..one.key }, 1);
            choices.insert(one.key, took(one));
            one.again = true;
            return;
        }
        _ => {
            let door = if one.again { Door::CopyDelay } else { Door::Delay };
            choices.insert(Key { door, ..one.key }, took(one));
        }
    }
    flight.remove(at);
}

/// Makes the story of a test that of one schedule; the decisions.
fn retold(play: &mut Play<'_>, told: &Told) -> Map {
    play.story.faults.clear();
    for (number, gift) in play.story.gifts.iter_mut().enumerate() {
        let at = told.gifts.iter().find(|(at, _)| *at == number);
        gift.at = at.map_or(FAR, |(_, at)| *at);
    }
    let settings = &mut play.story.settings;
    (settings.delay, settings.sync, settings.gather) = ((0, FAR), (0, 0), 0);
    (settings.batch, settings.swarm) = (1, false);
    (settings.liveness, settings.until) = (None, told.length + STEP);
    (settings.first_resend, settings.most_resend) = (FAR, FAR);
    told.choices.clone()
}
