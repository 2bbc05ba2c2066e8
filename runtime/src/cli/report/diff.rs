//! `bloom report --diff OLD NEW`: what changed from one version to the other, as a
//! value and as JSON (`calm-diff/1`, described in docs/schema/calm-diff-1.json). What
//! is said of a change is told elsewhere.

use std::path::Path;

use bloom_compiler::calm::model::Status;
use serde_json::Value;
use serde_json::json;

use super::Form;
use super::ReportArgs;
use super::deny::Open;
use super::give;
use super::known;
use super::known::Compared;
use super::known::Entry;
use super::known::Known;
use super::known::Shown;
use super::known::Since;
use super::side;
use super::side::Side;
use super::told;
use crate::cli::exit::Exit;
use crate::cli::talk::Talk;

/// The name of the form.
const SCHEMA: &str = "calm-diff/1";

/// Two versions.
pub struct Diff {
    /// The older one.
    pub old: Side,
    /// The newer one.
    pub new: Side,
    /// What became of the points.
    pub points: Compared,
    /// What became of the outputs, by name; empty where one side did not keep them.
    pub outputs: Vec<Output>,
}

/// An output in both versions.
pub struct Output {
    /// Before, if it was there.
    pub old: Option<State>,
    /// Now, if it is there.
    pub new: Option<State>,
}

/// What is known of an output.
#[derive(Clone, PartialEq, Eq)]
pub struct State {
    /// The verdict.
    pub shown: Shown,
    /// What it waits for, without what is accepted: `seal(action by session)`.
    pub waits: Vec<String>,
    /// What could change it and is accepted.
    pub accepted: Vec<String>,
}

impl State {
    fn of(known: &Known, shown: &Shown) -> State {
        let answers = |is_accepted: bool| {
            let points = known.points_of(shown);
            let mut all: Vec<String> = points
                .filter(|entry| entry.accepted.is_some() == is_accepted)
                .map(Entry::answer)
                .collect();
            all.sort();
            all.dedup();
            all
        };
        State { shown: shown.clone(), waits: answers(false), accepted: answers(true) }
    }
}

impl Output {
    /// Whether anything about it is another.
    pub fn is_changed(&self) -> bool {
        self.old != self.new
    }

    fn shown(&self) -> Option<&Shown> {
        self.new.as_ref().or(self.old.as_ref()).map(|state| &state.shown)
    }

    /// Its name, as it is told.
    fn text(&self) -> String {
        self.shown().map(Shown::text).unwrap_or_default()
    }

    fn status(&self) -> &'static str {
        match (&self.old, &self.new) {
            (None, _) => "new",
            (_, None) => "gone",
            _ if self.is_changed() => "changed",
            _ => "unchanged",
        }
    }
}

impl Diff {
    fn of(old: Side, new: Side) -> Diff {
        let points = known::compare(&old.known, &new.known);
        let outputs = outputs(&old.known, &new.known);
        Diff { old, new, points, outputs }
    }

    /// The points of the newer version, with what became of them.
    pub fn pairs(&self) -> impl Iterator<Item = (&Entry, &Since)> {
        self.new.known.points.iter().zip(&self.points.points)
    }

    /// Where a point of the newer version is, if that is known.
    pub fn place(&self, entry: &Entry) -> Option<&str> {
        let at = self.new.known.points.iter().position(|known| known == entry)?;
        self.new.places.get(at).map(String::as_str)
    }

    /// How many points became this.
    pub fn count(&self, status: Status) -> usize {
        match status {
            Status::Gone => self.points.gone.len(),
            status => self.points.points.iter().filter(|since| since.status == status).count(),
        }
    }
}

fn outputs(old: &Known, new: &Known) -> Vec<Output> {
    let (Some(before), Some(now)) = (&old.outputs, &new.outputs) else { return Vec::new() };
    let find = |all: &[Shown], one: &Shown| all.iter().find(|other| other.is_about(one)).cloned();
    let mut out: Vec<Output> = now
        .iter()
        .map(|shown| Output {
            old: find(before, shown).map(|was| State::of(old, &was)),
            new: Some(State::of(new, shown)),
        })
        .collect();
    let gone = before.iter().filter(|shown| find(now, shown).is_none());
    out.extend(gone.map(|shown| Output { old: Some(State::of(old, shown)), new: None }));
    out.sort_by_cached_key(Output::text);
    out
}

/// Compares.
pub fn diff(
    args: &ReportArgs,
    old: &Path,
    new: &Path,
    set: &[(String, String)],
    talk: &Talk,
) -> Result<(), Exit> {
    let to_text = match args.format {
        Form::Human => told::text,
        Form::Json => json_text,
        _ => {
            return Err(talk.refuse(
                "--diff tells what changed as `--format human` or `json`; for the other forms \
                 report the new version with --baseline",
            ));
        }
    };
    let (old, new) = (side::side(old, set, talk)?, side::side(new, set, talk)?);
    for one in [&old, &new] {
        if one.known.outputs.is_none() {
            talk.note(&format!(
                "{} is of an older form, which does not keep the outputs: they are not compared",
                one.name
            ));
        }
    }
    let diff = Diff::of(old, new);
    give(args, &to_text(&diff), talk)?;
    let denied = args.deny.denied(&open(&diff));
    denied.iter().for_each(|why| talk.error(why));
    if denied.is_empty() { Ok(()) } else { Err(Exit::Program) }
}

/// The points that can be denied.
fn open(diff: &Diff) -> Vec<Open> {
    let points = diff.pairs().filter(|(entry, _)| entry.accepted.is_none());
    let one = |(entry, since): (&Entry, &Since)| Open {
        name: entry.answer(),
        kind: entry.kind.clone(),
        is_whole: entry.key.is_empty(),
        is_new: since.is_new(),
    };
    points.map(one).collect()
}

fn json_text(diff: &Diff) -> String {
    let mut points: Vec<Value> = diff
        .pairs()
        .map(|(entry, since)| {
            json!({
                "status": since.status.word(),
                "old": since.before,
                "new": entry,
                "place": diff.place(entry),
                "more": since.more,
                "less": since.less,
            })
        })
        .collect();
    points.extend(diff.points.gone.iter().map(|entry| {
        json!({
            "status": Status::Gone.word(),
            "old": entry,
            "new": null,
            "place": null,
            "more": [],
            "less": entry.outputs,
        })
    }));
    let changed = diff.outputs.iter().filter(|output| output.is_changed()).count();
    let root = json!({
        "schema": SCHEMA,
        "old": {"name": diff.old.name, "points": diff.old.known.points.len()},
        "new": {"name": diff.new.name, "points": diff.new.known.points.len()},
        "summary": {
            "new": diff.count(Status::New),
            "gone": diff.count(Status::Gone),
            "dearer": diff.count(Status::Dearer),
            "cheaper": diff.count(Status::Cheaper),
            "accepted": diff.count(Status::Accepted),
            "unchanged": diff.count(Status::Unchanged),
            "outputs_changed": changed,
        },
        "points": points,
        "outputs": diff.outputs.iter().map(output).collect::<Vec<_>>(),
    });
    format!("{root:#}\n")
}

fn output(output: &Output) -> Value {
    let state = |state: &State| {
        json!({
            "what": state.shown.what,
            "goal": state.shown.goal,
            "answer": state.shown.answer,
            "waits": state.waits,
            "accepted": state.accepted,
        })
    };
    json!({
        "name": output.shown().map(|shown| &shown.name),
        "role": output.shown().and_then(|shown| shown.role.as_ref()),
        "status": output.status(),
        "old": output.old.as_ref().map(state),
        "new": output.new.as_ref().map(state),
    })
}
