//! What is known of the coordination of a program, apart from its text: what can be
//! observed and what it waits for. It is what a lock keeps, what is read from a
//! report of before, and what two versions of a program are compared by. This room
//! must not know in which form it is kept, nor how a change is told.

use bloom_compiler::calm::model::Answer;
use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::RelName;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::model::Status;
use bloom_compiler::calm::model::Verdict;
use bloom_compiler::calm::model::What;
use serde::Deserialize;
use serde::Serialize;

use super::words;

/// What is known of a program.
pub struct Known {
    /// Everything that can be observed; `None` where this was not kept.
    pub outputs: Option<Vec<Shown>>,
    /// Where somebody waits.
    pub points: Vec<Entry>,
}

/// A collection by the name in its declaration.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Name {
    /// That name.
    pub name: String,
    /// The role whose own it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

impl Name {
    /// As reports tell it.
    pub fn of(rel: &RelName) -> Name {
        Name { name: rel.name.clone(), role: rel.role.clone() }
    }

    /// `action`, or `store.action` where it is a role's own.
    pub fn text(&self) -> String {
        called(&self.name, &self.role)
    }
}

/// Names as they are told.
pub fn texts(names: &[Name]) -> Vec<String> {
    names.iter().map(Name::text).collect()
}

fn called(name: &str, role: &Option<String>) -> String {
    RelName { role: role.clone(), name: name.to_string() }.text()
}

/// Something that can be observed, and what was found of it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// The role whose own it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// `output`, `invariant`, `channel`.
    pub what: String,
    /// What it promises: `final`, `eventually`, …
    pub goal: String,
    /// `free`, `threshold`, `waits`, `declared`.
    pub answer: String,
}

/// A point that is known.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Entry {
    /// The head of the rule.
    pub rule: String,
    /// The role whose own the head is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_role: Option<String>,
    /// What happens there.
    pub operator: String,
    /// What is waited for.
    pub kind: String,
    /// The collection from outside.
    pub relation: String,
    /// The role whose own it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation_role: Option<String>,
    /// By which columns.
    pub key: Vec<String>,
    /// Everything shown that hangs on it.
    pub outputs: Vec<Name>,
    /// The reason for which it is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// What names it across versions.
    pub fingerprint: String,
}

impl Known {
    /// What a report says; points are in its order.
    pub fn of(report: &Report) -> Known {
        Known {
            outputs: Some(report.verdicts.iter().map(Shown::of).collect()),
            points: report.points.iter().map(Entry::of).collect(),
        }
    }

    /// The points that something waits at.
    pub fn points_of(&self, shown: &Shown) -> impl Iterator<Item = &Entry> {
        let name = Name { name: shown.name.clone(), role: shown.role.clone() };
        self.points.iter().filter(move |entry| entry.outputs.contains(&name))
    }
}

impl Shown {
    fn of(verdict: &Verdict) -> Shown {
        let answer = match verdict.answer {
            Answer::Free => "free",
            Answer::Threshold => "threshold",
            Answer::Waits => "waits",
            Answer::Declared => "declared",
        };
        let what = match verdict.what {
            What::Output => "output",
            What::Invariant => "invariant",
            What::Channel => "channel",
        };
        Shown {
            name: verdict.name.name.clone(),
            role: verdict.name.role.clone(),
            what: what.to_string(),
            goal: verdict.goal.word().to_string(),
            answer: answer.to_string(),
        }
    }

    /// Whether both are about the same thing of the program.
    pub fn is_about(&self, other: &Shown) -> bool {
        self.text() == other.text() && self.what == other.what
    }

    /// Its name as it is told.
    pub fn text(&self) -> String {
        called(&self.name, &self.role)
    }
}

impl Entry {
    fn of(point: &Point) -> Entry {
        let mut outputs: Vec<Name> = point.outputs.iter().map(Name::of).collect();
        outputs.sort();
        outputs.dedup();
        Entry {
            rule: point.rule.name.clone(),
            rule_role: point.rule.role.clone(),
            operator: point.operator.clone(),
            kind: point.kind.word().to_string(),
            relation: point.relation.name.clone(),
            relation_role: point.relation.role.clone(),
            key: point.key.clone(),
            outputs,
            accepted: point.accepted.clone(),
            fingerprint: point.fingerprint.clone(),
        }
    }

    /// `seal(action by session)`
    pub fn answer(&self) -> String {
        words::answered(&self.kind, &called(&self.relation, &self.relation_role), &self.key)
    }

    /// The head of the rule, as it is told.
    pub fn rule_text(&self) -> String {
        called(&self.rule, &self.rule_role)
    }

    /// Whether it is about the same place and the same facts, though they may be
    /// waited for in another way.
    fn is_about(&self, other: &Entry) -> bool {
        let relation = |entry: &Entry| called(&entry.relation, &entry.relation_role);
        self.rule_text() == other.rule_text()
            && self.operator == other.operator
            && relation(self) == relation(other)
    }
}

/// Two versions, compared.
pub struct Compared {
    /// What became of each point of the newer one, in its order.
    pub points: Vec<Since>,
    /// Points of the older one that are there no more.
    pub gone: Vec<Entry>,
}

/// A point, compared with what was known before.
pub struct Since {
    /// What became of it.
    pub status: Status,
    /// What was there in its place.
    pub before: Option<Entry>,
    /// Outputs that wait there and did not before: all of them at a new point.
    pub more: Vec<Name>,
    /// Outputs that waited there and do so no more.
    pub less: Vec<Name>,
}

impl Since {
    /// Whether somebody waits who did not before, or for more than before.
    pub fn is_new(&self) -> bool {
        self.status != Status::Accepted
            && (matches!(self.status, Status::New | Status::Dearer) || !self.more.is_empty())
    }
}

/// Holds what is known now against what was known before.
pub fn compare(before: &Known, now: &Known) -> Compared {
    let is_kept = |entry: &Entry| now.points.iter().any(|p| p.fingerprint == entry.fingerprint);
    let (kept, mut gone): (Vec<Entry>, Vec<Entry>) =
        before.points.iter().cloned().partition(is_kept);
    let outputs_kept = before.outputs.is_some();
    let mut points = Vec::with_capacity(now.points.len());
    for entry in &now.points {
        let old = kept.iter().find(|old| old.fingerprint == entry.fingerprint).cloned();
        let (status, old) = match old {
            // Whoever takes an acceptance back has a point that nobody knows.
            Some(old) if old.accepted.is_some() => (Status::New, Some(old)),
            Some(old) => (Status::Unchanged, Some(old)),
            None => match replaced(entry, &mut gone) {
                Some((status, old)) => (status, Some(old)),
                None => (Status::New, None),
            },
        };
        points.push(since(entry, status, old, outputs_kept));
    }
    Compared { points, gone }
}

fn since(now: &Entry, status: Status, before: Option<Entry>, outputs_kept: bool) -> Since {
    let outputs = |entry: &Entry| entry.outputs.clone();
    let was_open = before.as_ref().filter(|old| old.accepted.is_none());
    let mut more = outputs(now);
    let mut less = Vec::new();
    if let Some(old) = was_open {
        more.retain(|name| outputs_kept && !old.outputs.contains(name));
        less = outputs(old);
        less.retain(|name| outputs_kept && !now.outputs.contains(name));
    }
    let status = match status {
        _ if now.accepted.is_some() => Status::Accepted,
        Status::Unchanged if !more.is_empty() => Status::New,
        status => status,
    };
    Since { status, before, more, less }
}

/// The point that is gone and whose place another one took.
fn replaced(now: &Entry, gone: &mut Vec<Entry>) -> Option<(Status, Entry)> {
    for at in 0..gone.len() {
        let before = &gone[at];
        if before.accepted.is_some() || !now.is_about(before) {
            continue;
        }
        if let Some(status) = price(before, now) {
            return Some((status, gone.remove(at)));
        }
    }
    None
}

/// Compares the prices of two ways of waiting for the same, if they compare.
fn price(before: &Entry, now: &Entry) -> Option<Status> {
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

/// Kinds from cheap to dear; those at which nobody waits come before them all.
fn rank(kind: &str) -> usize {
    let kinds = [Kind::Seal, Kind::Escrow, Kind::Exclusive, Kind::Order];
    kinds.iter().position(|known| known.word() == kind).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(fingerprint: &str, kind: &str, key: &[&str], outputs: &[&str]) -> Entry {
        let outputs = outputs.iter().map(|name| Name { name: name.to_string(), role: None });
        Entry {
            rule: "total".to_string(),
            rule_role: None,
            operator: "else".to_string(),
            kind: kind.to_string(),
            relation: "action".to_string(),
            relation_role: None,
            key: key.iter().map(|name| name.to_string()).collect(),
            outputs: outputs.collect(),
            accepted: None,
            fingerprint: fingerprint.to_string(),
        }
    }

    fn one(before: Entry, now: Entry) -> (Status, Vec<String>, usize) {
        let known = |entry| Known { outputs: Some(Vec::new()), points: vec![entry] };
        let mut found = compare(&known(before), &known(now));
        let first = found.points.remove(0);
        (first.status, texts(&first.more), found.gone.len())
    }

    #[test]
    fn what_an_output_more_waits_for_is_new() {
        let (a, b) = (entry("1", "seal", &["s"], &["x"]), entry("1", "seal", &["s"], &["x", "y"]));
        assert_eq!(one(a.clone(), a.clone()), (Status::Unchanged, Vec::new(), 0));
        assert_eq!(one(a.clone(), b.clone()), (Status::New, vec!["y".to_string()], 0));
        assert_eq!(one(b.clone(), a.clone()), (Status::Unchanged, Vec::new(), 0));
        let known = |entry: &Entry| Known { outputs: None, points: vec![entry.clone()] };
        let found = compare(&known(&a), &Known::of(&Report::default()));
        assert_eq!(found.gone, vec![a.clone()]);
        let found = compare(&known(&a), &known(&b));
        assert!(!found.points[0].is_new(), "what was not kept cannot be compared");
    }

    #[test]
    fn prices_compare_at_one_place() {
        let seal = entry("1", "seal", &["s"], &["x"]);
        let whole = entry("2", "seal", &[], &["x"]);
        let order = entry("3", "order", &["s"], &["x"]);
        let other = entry("4", "seal", &["t"], &["x"]);
        assert_eq!(one(seal.clone(), whole.clone()).0, Status::Dearer);
        assert_eq!(one(whole, seal.clone()).0, Status::Cheaper);
        assert_eq!(one(seal.clone(), order.clone()).0, Status::Dearer);
        assert_eq!(one(order, seal.clone()).0, Status::Cheaper);
        assert_eq!(one(seal.clone(), other).0, Status::New);
        let accepted = Entry { accepted: Some("why".to_string()), ..seal.clone() };
        assert_eq!(one(seal.clone(), accepted.clone()).0, Status::Accepted);
        assert_eq!(one(accepted, seal).0, Status::New);
    }
}
