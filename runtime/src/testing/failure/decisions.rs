//! Each decision of a run in plain words, as the user of a test sees it: the
//! message that was lost, the tick at which a node stopped. What a number means
//! is known from what happened in the run.

use bloom_compiler::source::Span;

use crate::sim::ACKS;
use crate::sim::Door;
use crate::sim::Key;
use crate::sim::Map;
use crate::sim::What;
use crate::testing::failure::history::History;
use crate::testing::failure::rows::fact;
use crate::testing::failure::times::nth;
use crate::testing::failure::times::time;

/// A decision in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// What was decided.
    pub key: Key,
    /// The number that was chosen.
    pub value: u64,
    /// In words, as a sentence without its point.
    pub text: String,
    /// The line of the test that let it happen.
    pub line: Option<Span>,
    /// The message that it is about.
    pub message: Option<u64>,
    /// What would be otherwise without it, where that was looked at.
    pub without: Option<String>,
}

/// The decisions of a run in words, in the order of their names. `lines` are the
/// lines of the test for the faults of the story.
pub fn decisions(
    history: &History,
    channels: &[String],
    lines: &[Span],
    choices: &Map,
) -> Vec<Decision> {
    let told = |(key, value): (&Key, &u64)| {
        let message = message(history, key);
        let line = match key.door {
            Door::FaultAt | Door::FaultFor => lines.get(key.nth as usize).copied(),
            _ => None,
        };
        let teller = Teller { history, channels, key, value: *value };
        Decision {
            key: *key,
            value: *value,
            text: teller.text(message),
            line,
            message,
            without: None,
        }
    };
    choices.iter().map(told).collect()
}

/// The number of the message that a decision is about.
fn message(history: &History, key: &Key) -> Option<u64> {
    history.trace.iter().find_map(|happening| match &happening.what {
        What::Sent { message, to, channel, nth, .. } => {
            let is_it = happening.node == key.who as usize
                && *to == Some(key.whom as usize)
                && *channel == key.channel
                && *nth == key.nth;
            is_it.then_some(*message)
        }
        _ => None,
    })
}

struct Teller<'a> {
    history: &'a History,
    channels: &'a [String],
    key: &'a Key,
    value: u64,
}

impl Teller<'_> {
    fn node(&self, node: u32) -> &str {
        self.history.member(node as usize).map_or("a node", |member| &member.name)
    }

    /// What the decision is about, as the subject of a sentence.
    fn subject(&self, message: Option<u64>) -> String {
        let (from, to) = (self.node(self.key.who), self.node(self.key.whom));
        let again = match self.key.again {
            0 => String::new(),
            1 => ", sent again,".to_owned(),
            n => format!(", sent again for the {} time,", nth(u64::from(n) - 1)),
        };
        if self.key.channel == ACKS {
            let nth = nth(self.key.nth);
            return format!("the {nth} acknowledgement from {from} to {to}");
        }
        match message.and_then(|message| self.history.messages.get(&message)) {
            Some(message) => {
                let fact = fact(self.history, message);
                format!("{fact}, sent by {from} to {to} at {}{again}", time(message.at))
            }
            None => {
                let channel = self.channels.get(self.key.channel as usize);
                let channel = channel.map_or("", String::as_str);
                let nth = nth(self.key.nth);
                format!("the {nth} message on `{channel}` from {from} to {to}{again}")
            }
        }
    }

    fn text(&self, message: Option<u64>) -> String {
        let subject = |rest: &str| format!("{}: {rest}", self.subject(message));
        let length = time(i64::try_from(self.value).unwrap_or(i64::MAX));
        let who = self.node(self.key.who);
        let number = nth(self.key.nth);
        match self.key.door {
            Door::Delay => subject(&format!("takes {length} longer than the least")),
            Door::Loss => subject("the network loses it"),
            Door::Duplicate => subject("arrives twice"),
            Door::CopyDelay => subject(&format!("its copy takes {length} longer than the least")),
            Door::Reorder => subject("is held up"),
            Door::HeldUp => subject(&format!("is held up for {length}")),
            Door::Gather => {
                format!(
                    "{who} waits {length} before its {number} step, so that more comes together"
                )
            }
            Door::Sync => {
                format!("the {number} step of {who} takes {length} longer to be on disk")
            }
            Door::Crash => format!("{who} stops at its {number} step"),
            Door::CrashFor => format!("{who} is down for {length} longer than the least"),
            Door::Unsynced => {
                format!("when {who} stops for the {number} time, what is not on disk yet is lost")
            }
            Door::Torn => {
                format!("when {who} stops for the {number} time, it is writing to its disk")
            }
            Door::FaultAt => format!("this happens at {length}"),
            Door::FaultFor => format!("it lasts {length} longer than the least"),
            Door::Swarm => format!("a fault is added: {}", kind(self.key.again)),
            Door::SwarmAt => format!("{} happens at {length}", kind(self.key.again)),
            Door::SwarmFor => {
                format!("{} lasts {length} longer than the least", kind(self.key.again))
            }
            Door::SwarmWho => {
                let node = u32::try_from(self.value).unwrap_or(u32::MAX);
                format!("{} is about {}", kind(self.key.again), self.node(node))
            }
            Door::SwarmHow => format!("{} is not the least", kind(self.key.again)),
        }
    }
}

/// Faults that are added to those of a test, as keys number them.
fn kind(number: u32) -> &'static str {
    const KINDS: [&str; 12] = [
        "messages are lost",
        "messages arrive twice",
        "messages are held up",
        "a partition in two halves",
        "a node cut off",
        "a node cut off one way",
        "a node that stops",
        "a node that loses its disk",
        "a node that restarts",
        "a clock that is wrong",
        "a node that is slow",
        "a while in which messages are slow",
    ];
    KINDS.get(number as usize).copied().unwrap_or("another fault")
}
