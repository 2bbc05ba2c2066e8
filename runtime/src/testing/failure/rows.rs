//! The rows of a chart from what happened: messages with their ends, what the
//! test gave, and what befell nodes and network.

use std::collections::BTreeSet;

use bloom_compiler::ids::RelId;
use bloom_compiler::oracle;

use crate::sim;
use crate::sim::Happening;
use crate::sim::Id;
use crate::sim::Lost;
use crate::sim::Member;
use crate::sim::What as Happened;
use crate::testing::failure::chart::Chart;
use crate::testing::failure::chart::Ending;
use crate::testing::failure::chart::Mark;
use crate::testing::failure::chart::Row;
use crate::testing::failure::chart::What;
use crate::testing::failure::flights::Flights;
use crate::testing::failure::history;
use crate::testing::failure::history::History;
use crate::testing::failure::times::nth;
use crate::testing::failure::times::time;

/// What a chart is to show; `None`: everything.
pub struct Shown<'a> {
    /// Messages.
    pub messages: Option<&'a BTreeSet<u64>>,
    /// Gifts of the test.
    pub gifts: Option<&'a BTreeSet<usize>>,
    /// Nodes that have a part in it beside those of messages and gifts; what
    /// befalls others is not shown.
    pub nodes: Option<&'a BTreeSet<usize>>,
}

/// What does not hold, for the last row.
pub struct Wrong {
    /// When.
    pub at: i64,
    /// Whose tick it was.
    pub node: Option<usize>,
    /// In a few words.
    pub text: String,
}

/// The chart of a run.
pub fn chart(history: &History, gifts: &[sim::Gift], shown: &Shown<'_>, wrong: Wrong) -> Chart {
    let names: Vec<String> = history.cast.nodes.iter().map(|node| node.name.clone()).collect();
    let flights = Flights::of(&history.trace);
    let mut maker =
        Maker { history, gifts, shown, flights, down: BTreeSet::new(), rows: Vec::new() };
    let mut left_out = BTreeSet::new();
    for (id, happening) in history.trace.iter().enumerate() {
        maker.happening(id, happening);
        if let Happened::Sent { message, .. } = &happening.what
            && !maker.is_shown(*message)
        {
            left_out.insert(*message);
        }
    }
    let mut rows = maker.rows;
    if let Some(nodes) = shown.nodes {
        let mut has_part = nodes.clone();
        for row in &rows {
            if !is_misfortune(&row.what) {
                has_part.extend(Chart::lanes_of(&row.what));
            }
        }
        rows.retain(|row| {
            !is_misfortune(&row.what)
                || Chart::lanes_of(&row.what).iter().any(|lane| has_part.contains(lane))
        });
    }
    let what = match wrong.node {
        Some(lane) => What::At { lane, mark: Mark::Wrong },
        None => What::Over,
    };
    rows.push(Row { at: wrong.at, what, text: wrong.text, details: Vec::new() });
    Chart::of(&names, rows, left_out.len())
}

/// Whether it is something that befalls a node.
fn is_misfortune(what: &What) -> bool {
    matches!(what, What::At { mark: Mark::Down | Mark::Up | Mark::Fault, .. })
}

struct Maker<'a> {
    history: &'a History,
    gifts: &'a [sim::Gift],
    shown: &'a Shown<'a>,
    flights: Flights,
    /// Nodes that are down.
    down: BTreeSet<usize>,
    rows: Vec<Row>,
}

impl Maker<'_> {
    fn is_shown(&self, message: u64) -> bool {
        self.shown.messages.is_none_or(|messages| messages.contains(&message))
    }

    fn put(&mut self, at: i64, what: What, text: String, details: Vec<String>) {
        self.rows.push(Row { at, what, text, details });
    }

    fn at(&mut self, happening: &Happening, mark: Mark, text: String) {
        self.put(happening.at, What::At { lane: happening.node, mark }, text, Vec::new());
    }

    fn name(&self, node: usize) -> &str {
        self.history.member(node).map_or("", |member| &member.name)
    }

    fn names(&self, nodes: &[usize]) -> String {
        let names: Vec<&str> = nodes.iter().map(|node| self.name(*node)).collect();
        names.join(", ")
    }

    /// What a message says.
    fn fact(&self, message: u64) -> String {
        let Some(message) = self.history.messages.get(&message) else { return String::new() };
        let Some((member, rel)) = channel(self.history, message) else {
            return message.channel.clone();
        };
        // To whom it goes is told by its arrow.
        let declared = member.program.rels.get(rel.index());
        let address = declared.and_then(|rel| rel.at);
        let cols = declared.map_or(&[][..], |rel| &rel.cols).iter().zip(&message.row).enumerate();
        let shown = cols.filter(|(at, _)| Some(*at) != address);
        let shown = shown.map(|(_, (col, value))| oracle::show(value, &col.ty, &member.program));
        format!("{}({})", message.channel, shown.collect::<Vec<_>>().join(", "))
    }

    fn happening(&mut self, id: Id, happening: &Happening) {
        match &happening.what {
            Happened::Given { gift } => self.given(happening, *gift),
            Happened::Sent { message, to, .. } if self.is_shown(*message) => {
                self.sent(id, happening, *message, *to);
            }
            Happened::Resent { message, to, .. } if self.is_shown(*message) => {
                self.sent(id, happening, *message, Some(*to));
            }
            Happened::Arrived { message } | Happened::Again { message }
                if self.is_shown(*message) =>
            {
                self.arrived(id, happening, *message);
            }
            Happened::Lost { message, why: Lost::Crashed } if self.is_shown(*message) => {
                let text = format!("{} was not taken in yet, and is lost", self.fact(*message));
                self.at(happening, Mark::Fault, text);
            }
            Happened::Partition { from, to, both, number, .. } => {
                let text = self.partition(from, to, *both);
                let (from, to) = (from.clone(), to.clone());
                let what = What::Parted { number: *number, from, to, both: *both };
                self.put(happening.at, what, text, Vec::new());
            }
            Happened::Heal { number } => {
                let what = What::Healed { number: *number };
                self.put(happening.at, what, "the partition is over".to_owned(), Vec::new());
            }
            Happened::Burst { by } => {
                let text = match by {
                    0 => "messages take no longer than ever from here on".to_owned(),
                    by => format!("messages take {} longer from here on", time(*by)),
                };
                self.put(happening.at, What::Across, text, Vec::new());
            }
            Happened::Calm => {
                let text = "from here on nothing is lost, and all nodes are up".to_owned();
                self.put(happening.at, What::Across, text, Vec::new());
            }
            _ => self.befalls(happening),
        }
    }

    /// What befalls a node.
    fn befalls(&mut self, happening: &Happening) {
        let name = self.name(happening.node).to_owned();
        match &happening.what {
            Happened::Halted { code } => {
                self.at(happening, Mark::Down, format!("{name} ends by itself, with code {code}"));
            }
            Happened::Down { amnesia, lost, .. } => {
                self.down.insert(happening.node);
                let more = match (amnesia, lost) {
                    (true, _) => ", and its disk is empty".to_owned(),
                    (false, 0) => String::new(),
                    (false, 1) => "; its last tick was not on disk yet and is lost".to_owned(),
                    (false, n) => format!("; its last {n} ticks were not on disk yet and are lost"),
                };
                self.at(happening, Mark::Down, format!("{name} stops{more}"));
            }
            // Of first starts there is nothing to tell.
            Happened::Up { .. } if !self.down.remove(&happening.node) => {}
            Happened::Up { .. } => self.at(happening, Mark::Up, format!("{name} starts again")),
            Happened::Skew { by } => {
                let way = if *by < 0 { "behind" } else { "ahead" };
                let by = time(by.saturating_abs());
                self.at(happening, Mark::Fault, format!("the clock of {name} is {by} {way}"));
            }
            Happened::Slow { by: 0 } => {
                self.at(happening, Mark::Fault, format!("{name} is no longer slow"));
            }
            Happened::Slow { by } => {
                let text = format!("{name} is slow: each tick takes {} longer", time(*by));
                self.at(happening, Mark::Fault, text);
            }
            _ => {}
        }
    }

    fn partition(&self, from: &[usize], to: &[usize], both: bool) -> String {
        let (from, to) = (self.names(from), self.names(to));
        match both {
            true => format!("partition: {from} | {to}"),
            false => format!("partition: nothing passes from {from} to {to}"),
        }
    }

    fn given(&mut self, happening: &Happening, gift: usize) {
        if self.shown.gifts.is_some_and(|gifts| !gifts.contains(&gift)) {
            return;
        }
        let (Some(gift), Some(member)) =
            (self.gifts.get(gift), self.history.member(happening.node))
        else {
            return;
        };
        let fact = |(rel, row): &(RelId, Vec<bloom_compiler::oracle::Value>)| {
            history::fact(&member.program, *rel, row)
        };
        let facts: Vec<String> = gift.rows.iter().map(fact).collect();
        self.at(happening, Mark::Given, facts.join("; "));
    }

    fn sent(&mut self, id: Id, happening: &Happening, message: u64, to: Option<usize>) {
        let mut text = self.fact(message);
        let Some(to) = to else {
            return self.at(happening, Mark::Fault, format!("{text}: there is no such node"));
        };
        let end = self.flights.end(id);
        let more = self.flights.in_vain(message);
        if let Happened::Resent { again, .. } = happening.what {
            if self.shown.messages.is_some() && !matches!(end, Some((_, Ok(_)))) {
                // Told where it was sent first.
                return;
            }
            text.push_str(&match again {
                1 => ", sent again".to_owned(),
                n => format!(", sent again for the {} time", nth(u64::from(n) - 1)),
            });
        }
        let end = match end {
            Some((at, Ok(_))) => Ending::Later(at),
            Some((at, Err(why))) => {
                let mut why = lost(why, self.name(to), at);
                if more > 0 && self.shown.messages.is_some() {
                    why.push_str(&match more {
                        1 => ", and once more".to_owned(),
                        n => format!(", and {n} times more"),
                    });
                }
                Ending::Lost(why)
            }
            None => Ending::Open,
        };
        let details = self.details(message);
        let what = What::Sent { id: id as u64, from: happening.node, to, end };
        self.put(happening.at, what, text, details);
    }

    fn arrived(&mut self, id: Id, happening: &Happening, message: u64) {
        let Some((flight, is_copy)) = self.flights.of_arrival(id) else { return };
        let Some(sent) = self.history.trace.get(flight) else { return };
        let mut text = self.fact(message);
        if is_copy {
            text.push_str(", a copy");
        }
        let is_known = matches!(happening.what, Happened::Again { .. });
        if is_known {
            text.push_str(", known already");
        }
        let is_shown = !is_known || self.shown.messages.is_none();
        if is_copy && !is_shown {
            return;
        }
        // A copy is a row of its own, whatever comes before it.
        let id = if is_copy { u64::MAX } else { flight as u64 };
        let what = What::Arrived { id, from: sent.node, to: happening.node, sent: sent.at };
        let details = self.details(message);
        self.put(happening.at, what, text, details);
    }

    fn details(&self, message: u64) -> Vec<String> {
        let Some(message) = self.history.messages.get(&message) else { return Vec::new() };
        let mut all = vec![match message.is_group {
            true => "a group message: it is sent again until it is acknowledged".to_owned(),
            false => "a plain message: it is sent once".to_owned(),
        }];
        let tick = message.tick.and_then(|tick| self.history.ticks.get(tick));
        if let Some(tick) = tick {
            let from = self.name(message.from);
            all.push(format!("sent in tick {} of {from}, at {}", tick.number, time(message.at)));
        }
        for (at, fate) in &message.fates {
            let to = message.to.map_or("", |to| self.name(to));
            all.push(match fate {
                history::Fate::Arrived => format!("arrives at {}", time(*at)),
                history::Fate::Taken(tick) => {
                    let number = self.history.ticks.get(*tick).map_or(0, |tick| tick.number);
                    format!("taken in by tick {number} of {to}, at {}", time(*at))
                }
                history::Fate::Lost(why) => {
                    format!("lost at {}: {}", time(*at), lost(*why, to, *at))
                }
                history::Fate::Resent => format!("sent again at {}", time(*at)),
                history::Fate::Again => format!("arrives once more at {}", time(*at)),
            });
        }
        all
    }
}

/// The sender of a message, and the channel in its program.
fn channel<'h>(history: &'h History, message: &history::Message) -> Option<(&'h Member, RelId)> {
    let member = history.member(message.from)?;
    let mut rels = member.program.rels.iter();
    let at = rels.position(|rel| rel.name == message.channel && !rel.kind.is_hidden())?;
    Some((member, RelId(at as u32)))
}

/// The row of a message as a fact.
pub fn fact(history: &History, message: &history::Message) -> String {
    match channel(history, message) {
        Some((member, rel)) => history::fact(&member.program, rel, &message.row),
        None => message.channel.clone(),
    }
}

/// Why a message did not arrive, as a clause.
pub fn lost(why: Lost, to: &str, at: i64) -> String {
    match why {
        Lost::Chance => "the network lost it".to_owned(),
        Lost::Partition => "it could not pass the partition".to_owned(),
        Lost::Down => format!("{to} was down when it arrived, at {}", time(at)),
        Lost::Crashed => format!("{to} stopped before a tick took it in, at {}", time(at)),
        Lost::Full => format!("too many messages waited for {to}"),
        Lost::Unreachable => "there is no such node".to_owned(),
    }
}
