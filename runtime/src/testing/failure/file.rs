//! The decisions of a run as a file that people can read and change: nodes and
//! channels by name, each decision with its sentence. What is wrong with a file
//! is said with its line and column. Nothing is read or written to disk here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::sim::ACKS;
use crate::sim::Door;
use crate::sim::Key;
use crate::sim::Map;
use crate::sim::NONE;
use crate::testing::failure::decisions::Decision;

/// The form of files.
pub const SCHEMA: &str = "bloom-choices/1";
/// How acknowledgements are called in the place of a channel.
const ACKNOWLEDGEMENTS: &str = "(acknowledgement)";

/// What is decided, and how a file calls it.
const DOORS: [(Door, &str); 19] = [
    (Door::Delay, "delay"),
    (Door::Loss, "loss"),
    (Door::Duplicate, "duplicate"),
    (Door::CopyDelay, "copy-delay"),
    (Door::Reorder, "reorder"),
    (Door::HeldUp, "held-up"),
    (Door::Gather, "gather"),
    (Door::Crash, "crash"),
    (Door::CrashFor, "crash-for"),
    (Door::Sync, "sync"),
    (Door::Unsynced, "unsynced"),
    (Door::Torn, "torn"),
    (Door::FaultAt, "fault-at"),
    (Door::FaultFor, "fault-for"),
    (Door::Swarm, "swarm"),
    (Door::SwarmAt, "swarm-at"),
    (Door::SwarmFor, "swarm-for"),
    (Door::SwarmWho, "swarm-who"),
    (Door::SwarmHow, "swarm-how"),
];

/// What stands above the decisions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Head {
    /// The title of the test.
    pub test: String,
    /// The file of the program.
    pub program: String,
    /// A number for its text.
    pub hash: String,
    /// What chance in the programs hangs on.
    pub seed: u64,
    /// Whether faults were added that the test does not name.
    pub swarm: bool,
}

/// What a file names.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The nodes, by number.
    pub nodes: &'a [String],
    /// The channels, by number.
    pub channels: &'a [String],
}

/// Something that is wrong with a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// Where, from 1.
    pub line: u64,
    /// Likewise.
    pub col: usize,
    /// What.
    pub text: String,
}

#[derive(Serialize)]
struct Item<'a> {
    door: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    whom: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    nth: u64,
    #[serde(skip_serializing_if = "is_zero")]
    again: u32,
    value: u64,
    text: &'a str,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// A number for a text: others for other texts, as good as always.
pub fn hash(text: &str) -> String {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
}

/// The file: a decision on each line.
pub fn write(head: &Head, decisions: &[Decision], names: Names<'_>) -> String {
    let node = |number: u32| names.nodes.get(number as usize).map(String::as_str);
    let item = |decision: &Decision| {
        let Key { door, who, whom, channel, nth, again } = decision.key;
        let door = DOORS.iter().find(|(of, _)| *of == door).map_or("", |(_, name)| name);
        let channel = match channel {
            ACKS => Some(ACKNOWLEDGEMENTS),
            channel => names.channels.get(channel as usize).map(String::as_str),
        };
        let (who, whom, value, text) = (node(who), node(whom), decision.value, &decision.text);
        // Texts and numbers always have a JSON form.
        serde_json::to_string(&Item { door, who, whom, channel, nth, again, value, text })
            .unwrap_or_default()
    };
    let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let mut out = format!(
        "{{\n  \"schema\": {},\n  \"test\": {},\n  \"program\": {},\n  \"hash\": {},\n  \"seed\": {},\n  \
         \"swarm\": {},\n  \"choices\": [",
        quoted(SCHEMA),
        quoted(&head.test),
        quoted(&head.program),
        quoted(&head.hash),
        head.seed,
        head.swarm
    );
    for (at, decision) in decisions.iter().enumerate() {
        out.push_str(if at == 0 { "\n    " } else { ",\n    " });
        out.push_str(&item(decision));
    }
    out.push_str(if decisions.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" });
    out
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole<'a> {
    #[serde(borrow)]
    schema: &'a RawValue,
    test: String,
    program: String,
    hash: String,
    seed: u64,
    #[serde(default)]
    swarm: bool,
    #[serde(borrow)]
    choices: Vec<&'a RawValue>,
}

/// A file that was read as far as it can be without knowing the test.
#[derive(Debug)]
pub struct File {
    /// What stands above the decisions.
    pub head: Head,
    text: String,
    /// Where the decisions stand.
    places: Vec<(usize, usize)>,
}

/// Reads a file.
pub fn read(text: &str) -> Result<File, Wrong> {
    let whole: Whole<'_> = serde_json::from_str(text).map_err(|error| Wrong {
        line: error.line().max(1) as u64,
        col: error.column().max(1),
        text: plain(&error),
    })?;
    let schema: Result<String, _> = serde_json::from_str(whole.schema.get());
    if schema.ok().as_deref() != Some(SCHEMA) {
        let at = offset(text, whole.schema);
        return Err(wrong(
            text,
            at,
            format!("this file is no {SCHEMA}, which is what is read here"),
        ));
    }
    let place = |raw: &&RawValue| {
        let at = offset(text, raw);
        (at, at + raw.get().len())
    };
    let places = whole.choices.iter().map(place).collect();
    let Whole { test, program, hash, seed, swarm, .. } = whole;
    let head = Head { test, program, hash, seed, swarm };
    Ok(File { head, text: text.to_owned(), places })
}

/// What the reader of JSON says, without its own place.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text.get(..at).unwrap_or_default().to_owned(),
        None => text,
    }
}

/// Where a piece of a text stands in it.
fn offset(text: &str, piece: &RawValue) -> usize {
    let at = (piece.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    at.min(text.len())
}

fn wrong(text: &str, at: usize, what: String) -> Wrong {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() as u64 + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let col = before.get(start..).unwrap_or_default().chars().count() + 1;
    Wrong { line, col, text: what }
}

impl File {
    /// The decisions, for a test with these nodes and channels.
    pub fn choices(&self, names: Names<'_>) -> Result<Map, Wrong> {
        let mut map = Map::new();
        for (from, to) in &self.places {
            let piece = self.text.get(*from..*to).unwrap_or_default();
            let (key, value) = self.choice(piece, *from, names)?;
            if map.insert(key, value).is_some() {
                return Err(wrong(&self.text, *from, "this is decided twice".to_owned()));
            }
        }
        // What is harmless need not be said.
        map.retain(|_, value| *value != 0);
        Ok(map)
    }

    fn choice(&self, piece: &str, from: usize, names: Names<'_>) -> Result<(Key, u64), Wrong> {
        let fields: BTreeMap<&str, &RawValue> =
            serde_json::from_str(piece).map_err(|error| wrong(&self.text, from, plain(&error)))?;
        let at = |raw: &RawValue| from + offset(piece, raw);
        let known = ["door", "who", "whom", "channel", "nth", "again", "value", "text"];
        if let Some((name, raw)) = fields.iter().find(|(name, _)| !known.contains(name)) {
            return Err(wrong(&self.text, at(raw), format!("`{name}` is no part of a choice")));
        }
        let word = |name: &str| match fields.get(name) {
            None => Ok(None),
            Some(raw) => serde_json::from_str::<String>(raw.get())
                .map(|word| Some((word, at(raw))))
                .map_err(|_| wrong(&self.text, at(raw), format!("`{name}` is a text"))),
        };
        let number = |name: &str, otherwise: Option<u64>| match (fields.get(name), otherwise) {
            (Some(raw), _) => raw
                .get()
                .parse::<u64>()
                .map_err(|_| wrong(&self.text, at(raw), format!("`{name}` is a number from 0 on"))),
            (None, Some(number)) => Ok(number),
            (None, None) => Err(wrong(&self.text, from, format!("`{name}` is missing"))),
        };
        let one_of = |name: &str, what: &str, all: &[String]| match word(name)? {
            None => Ok(NONE),
            Some((word, at)) => match all.iter().position(|known| *known == word) {
                Some(at) => Ok(at as u32),
                None => Err(wrong(&self.text, at, format!("the test has no {what} `{word}`"))),
            },
        };
        let Some((door, place)) = word("door")? else {
            return Err(wrong(&self.text, from, "`door` is missing: what is decided".to_owned()));
        };
        let Some((door, _)) = DOORS.iter().find(|(_, name)| *name == door) else {
            let known: Vec<&str> = DOORS.iter().map(|(_, name)| *name).collect();
            let text = format!(
                "nothing is called `{door}`; what is decided is one of {}",
                known.join(", ")
            );
            return Err(wrong(&self.text, place, text));
        };
        let channel = match word("channel")? {
            Some((name, _)) if name == ACKNOWLEDGEMENTS => ACKS,
            _ => one_of("channel", "channel", names.channels)?,
        };
        let again = number("again", Some(0))?;
        let key = Key {
            door: *door,
            who: one_of("who", "node", names.nodes)?,
            whom: one_of("whom", "node", names.nodes)?,
            channel,
            nth: number("nth", Some(0))?,
            again: u32::try_from(again)
                .map_err(|_| wrong(&self.text, from, "`again` is too large".to_owned()))?,
        };
        Ok((key, number("value", None)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> (Vec<String>, Vec<String>) {
        (vec!["a[0]".into(), "b[0]".into()], vec!["put".into()])
    }

    fn head() -> Head {
        let (test, program) = ("a \"test\"".to_owned(), "p.bloom".to_owned());
        Head { test, program, hash: hash("text"), seed: 17, swarm: false }
    }

    fn decision(key: Key, value: u64) -> Decision {
        Decision { key, value, text: "it is lost".into(), line: None, message: None, without: None }
    }

    #[test]
    fn what_is_written_is_read() {
        let (nodes, channels) = names();
        let names = Names { nodes: &nodes, channels: &channels };
        let loss = Key { door: Door::Loss, who: 0, whom: 1, channel: 0, nth: 2, again: 1 };
        let ack = Key { channel: ACKS, ..loss };
        let all =
            [decision(loss, 1), decision(ack, 1), decision(Key::of(Door::FaultAt, NONE, 0), 9)];
        let text = write(&head(), &all, names);
        let file = read(&text).expect("it was written");
        assert_eq!(file.head, head());
        let map: Map = all.iter().map(|decision| (decision.key, decision.value)).collect();
        assert_eq!(file.choices(names), Ok(map));
        let none = write(&head(), &[], names);
        assert_eq!(read(&none).expect("likewise").choices(names), Ok(Map::new()));
    }

    #[test]
    fn every_door_has_a_name() {
        let mut doors: Vec<u8> = DOORS.iter().map(|(door, _)| *door as u8).collect();
        doors.sort_unstable();
        assert_eq!(doors, (0..=Door::SwarmHow as u8).collect::<Vec<u8>>());
    }

    fn said(text: &str) -> String {
        let (nodes, channels) = names();
        let names = Names { nodes: &nodes, channels: &channels };
        let wrong = match read(text) {
            Ok(file) => file.choices(names).expect_err("it is wrong"),
            Err(wrong) => wrong,
        };
        format!("{}:{}: {}", wrong.line, wrong.col, wrong.text)
    }

    #[test]
    fn what_is_wrong_is_said_where_it_stands() {
        let (nodes, channels) = names();
        let names = Names { nodes: &nodes, channels: &channels };
        let loss = Key { door: Door::Loss, who: 0, whom: 1, channel: 0, nth: 2, again: 0 };
        let right = write(&head(), &[decision(loss, 1)], names);
        let with = |a: &str, b: &str| said(&right.replace(a, b));
        assert_eq!(
            with("bloom-choices/1", "bloom-choices/9"),
            "2:13: this file is no bloom-choices/1, which is what is read here"
        );
        assert_eq!(with("b[0]", "c[0]"), "9:40: the test has no node `c[0]`");
        assert_eq!(with("\"put\"", "\"get\""), "9:57: the test has no channel `get`");
        assert!(with("\"loss\"", "\"lose\"").starts_with("9:13: nothing is called `lose`"));
        assert_eq!(with("\"value\":1", "\"value\":-1"), "9:79: `value` is a number from 0 on");
        assert_eq!(with("\"value\":1,", ""), "9:5: `value` is missing");
        assert!(with("\"seed\": 17,", "\"seed\": \"x\",").starts_with("6:"));
        assert!(said("{").starts_with("1:1: EOF"));
    }
}
