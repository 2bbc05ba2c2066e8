//! `calm.lock`: the points of a program as they are known, one entry each, so
//! that a change to the program shows as a change of its points. Entries are
//! sorted by fingerprint, which rearranging the text does not change; places in
//! the text are not kept.

use std::io::Read;
use std::path::Path;

use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::model::Status;
use serde::Deserialize;
use serde::Serialize;

const SCHEMA: &str = "calm-lock/1";

/// A file longer than this is none of ours.
const MAX_BYTES: u64 = 64 << 20;

/// Points that are known.
#[derive(Serialize, Deserialize)]
pub struct Lock {
    schema: String,
    points: Vec<Entry>,
}

/// A point that is known.
#[derive(Serialize, Deserialize, Clone)]
pub struct Entry {
    /// What names it across versions.
    pub fingerprint: String,
    /// What is waited for.
    pub kind: String,
    /// The collection from outside.
    pub relation: String,
    /// By which columns.
    pub key: Vec<String>,
    /// The head of the rule.
    pub rule: String,
    /// What happens there.
    pub operator: String,
    /// What hangs on it.
    pub output: String,
    /// The reason for which it is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
}

impl Entry {
    fn of(point: &Point) -> Entry {
        Entry {
            fingerprint: point.fingerprint.clone(),
            kind: point.kind.word().to_string(),
            relation: point.relation.text(),
            key: point.key.clone(),
            rule: point.rule.text(),
            operator: point.operator.clone(),
            output: point.output.text(),
            accepted: point.accepted.clone(),
        }
    }

    /// `seal(action by session)`
    pub fn answer(&self) -> String {
        super::words::answered(&self.kind, &self.relation, &self.key)
    }

    /// Whether it is about the same place and the same facts, though they may be
    /// waited for in another way.
    fn is_about(&self, other: &Entry) -> bool {
        self.rule == other.rule
            && self.operator == other.operator
            && self.relation == other.relation
    }
}

/// The lock of a report.
pub fn text(report: &Report) -> String {
    let mut points: Vec<Entry> = report.points.iter().map(Entry::of).collect();
    points.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
    let lock = Lock { schema: SCHEMA.to_string(), points };
    // Texts always have a JSON form.
    serde_json::to_string_pretty(&lock).unwrap_or_default() + "\n"
}

/// Reads a lock, or says why not.
pub fn read(path: &Path) -> Result<Lock, String> {
    let name = path.display();
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text))
        .map_err(|error| {
            format!("cannot read {name}: {error}; `bloom report … --write-lock {name}` makes it")
        })?;
    let lock: Lock = serde_json::from_str(&text)
        .map_err(|error| format!("{name} is not a lock of points: {error}"))?;
    if lock.schema != SCHEMA {
        return Err(format!("{name} is of the form `{}`, not `{SCHEMA}`", lock.schema));
    }
    Ok(lock)
}

impl Lock {
    /// Gives each point its status; what is left are points that are gone.
    pub fn compare(self, points: &mut [Point]) -> Vec<Entry> {
        let now: Vec<&str> = points.iter().map(|point| point.fingerprint.as_str()).collect();
        let stay = |entry: &Entry| now.contains(&entry.fingerprint.as_str());
        let (known, mut gone): (Vec<Entry>, Vec<Entry>) = self.points.into_iter().partition(stay);
        for point in points {
            let before = known.iter().find(|entry| entry.fingerprint == point.fingerprint);
            point.status = match before {
                _ if point.accepted.is_some() => Status::Accepted,
                // Whoever takes an acceptance back has a point that nobody knows.
                Some(entry) if entry.accepted.is_some() => Status::New,
                Some(_) => Status::Unchanged,
                None => changed(&Entry::of(point), &mut gone),
            };
        }
        gone
    }
}

/// Whether a point took the place of one that is gone.
fn changed(now: &Entry, gone: &mut Vec<Entry>) -> Status {
    for at in 0..gone.len() {
        let before = &gone[at];
        if before.accepted.is_some() || !now.is_about(before) {
            continue;
        }
        if let Some(status) = dearer(before, now) {
            gone.remove(at);
            return status;
        }
    }
    Status::New
}

/// Compares the prices of two ways of waiting for the same, if they compare.
fn dearer(before: &Entry, now: &Entry) -> Option<Status> {
    let (old, new) = (rank(&before.kind), rank(&now.kind));
    if old != new {
        return Some(if new > old { Status::Dearer } else { Status::Cheaper });
    }
    // More columns make smaller parts, and fewer wait for each other.
    let within = |part: &Entry, whole: &Entry| part.key.iter().all(|col| whole.key.contains(col));
    match (within(now, before), within(before, now)) {
        (true, false) => Some(Status::Dearer),
        (false, true) => Some(Status::Cheaper),
        _ => None,
    }
}

/// Kinds from cheap to dear.
fn rank(kind: &str) -> usize {
    let kinds = [Kind::Seal, Kind::Escrow, Kind::Exclusive, Kind::Order];
    kinds.iter().position(|known| known.word() == kind).map_or(0, |at| at + 1)
}
