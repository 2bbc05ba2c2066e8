//! What changed from one version of a program to another, in plain words: first
//! the points, then what shows. What there is to tell is worked out elsewhere.

use bloom_compiler::calm::model::Status;
use bloom_compiler::diag::suggest::and_list;

use super::diff::Diff;
use super::diff::Output;
use super::diff::State;
use super::human::count;
use super::human::row;
use super::human::wrap;
use super::known::Entry;
use super::known::Name;
use super::known::Since;
use super::known::texts;

/// The changes.
pub fn text(diff: &Diff) -> String {
    let head = format!("From {} to {}: {}.", diff.old.name, diff.new.name, summary(diff));
    let mut out = wrap(&head, 0, 0);
    let points = points(diff);
    let outputs: String =
        diff.outputs.iter().filter(|output| output.is_changed()).map(output_line).collect();
    for part in [points, outputs].iter().filter(|part| !part.is_empty()) {
        out.push('\n');
        out.push_str(part);
    }
    out
}

fn summary(diff: &Diff) -> String {
    let mut parts = Vec::new();
    let words = [
        (Status::New, "new"),
        (Status::Dearer, "dearer"),
        (Status::Cheaper, "cheaper"),
        (Status::Gone, "gone"),
    ];
    for (status, word) in words {
        match diff.count(status) {
            0 => {}
            1 => parts.push(format!("1 point is {word}")),
            n => parts.push(format!("{n} points are {word}")),
        }
    }
    match diff.outputs.iter().filter(|output| output.is_changed()).count() {
        0 => {}
        1 => parts.push("1 verdict changes".to_string()),
        n => parts.push(format!("{n} verdicts change")),
    }
    if parts.is_empty() {
        let points = count(diff.new.known.points.len(), "point", "points");
        return format!("nothing changes ({points}, as before)");
    }
    parts.join(", ")
}

fn points(diff: &Diff) -> String {
    let mut out = String::new();
    for (entry, since) in diff.pairs() {
        let name = named(diff, entry);
        for (word, text) in told(entry, since) {
            out.push_str(&row(word, &format!("{name}: {text}")));
        }
    }
    for entry in &diff.points.gone {
        let what = match entry.accepted {
            Some(_) => "what was accepted is there no more".to_string(),
            None => do_what(&entry.outputs, "needs it no more", "need it no more"),
        };
        let text = format!("{} in the rule of `{}`: {what}", entry.answer(), entry.rule_text());
        out.push_str(&row("gone", &text));
    }
    out
}

/// "`a` waits", "`a` and `b` wait"
fn do_what(names: &[Name], one: &str, many: &str) -> String {
    format!("{} {}", and_list(&texts(names)), if names.len() == 1 { one } else { many })
}

fn named(diff: &Diff, entry: &Entry) -> String {
    match diff.place(entry) {
        Some(place) => format!("{} at {place}", entry.answer()),
        None => format!("{} in the rule of `{}`", entry.answer(), entry.rule_text()),
    }
}

/// What became of a point, in lines that begin with a word.
fn told(entry: &Entry, since: &Since) -> Vec<(&'static str, String)> {
    let before = since.before.as_ref();
    let mut out = Vec::new();
    let more = |how: &str| format!("{} {how}", do_what(&since.more, "waits", "wait"));
    let was = before.map(Entry::answer).unwrap_or_default();
    match since.status {
        Status::New => {
            let how = match before {
                Some(old) if old.accepted.is_some() => "for it; it was accepted before",
                Some(_) => "for it too now",
                None => "for it now",
            };
            out.push(("new", more(how)));
        }
        Status::Dearer => out.push(("dearer", format!("it was {was}"))),
        Status::Cheaper => out.push(("cheaper", format!("it was {was}"))),
        Status::Accepted if before.is_none_or(|old| old.accepted.is_none()) => {
            let why = entry.accepted.as_deref().unwrap_or_default();
            out.push(("accepted", format!("\"{why}\"")));
        }
        Status::Accepted | Status::Unchanged | Status::Gone => {}
    }
    if matches!(since.status, Status::Dearer | Status::Cheaper) && !since.more.is_empty() {
        out.push(("new", more("for it too now")));
    }
    if !since.less.is_empty() {
        out.push(("gone", do_what(&since.less, "waits for it no more", "wait for it no more")));
    }
    out
}

/// What became of an output.
fn output_line(output: &Output) -> String {
    let name = |state: &State| match state.shown.what.as_str() {
        "output" => format!("`{}`", state.shown.text()),
        what => format!("{what} `{}`", state.shown.text()),
    };
    let text = match (&output.old, &output.new) {
        (Some(old), Some(new)) => changed(&name(new), old, new),
        (None, Some(new)) => format!("{} is new; it {}", name(new), does(new)),
        (Some(old), None) => format!("{} is gone; it {}", name(old), did(old)),
        (None, None) => return String::new(),
    };
    wrap(&text, 0, 2)
}

fn changed(name: &str, old: &State, new: &State) -> String {
    let promise = match (&old.shown.goal, &new.shown.goal) {
        (was, is) if was == is => String::new(),
        (was, is) => format!("; it promised `{was}` before and promises `{is}` now"),
    };
    match (did(old), does(new)) {
        (was, is) if is == does(old) && was == did(new) => {
            format!("{name} {is}, as before{promise}")
        }
        (was, is) => format!("{name} {was}; now it {is}{promise}"),
    }
}

fn does(state: &State) -> String {
    match state.shown.answer.as_str() {
        "free" => "waits for nobody".to_string(),
        "threshold" => "waits for data, and for nobody's word".to_string(),
        "waits" if !state.waits.is_empty() => format!("waits: {}", state.waits.join(", ")),
        "waits" => format!("may change, which is accepted: {}", state.accepted.join(", ")),
        _ => "is taken as the program declares it".to_string(),
    }
}

fn did(state: &State) -> String {
    match state.shown.answer.as_str() {
        "free" => "waited for nobody".to_string(),
        "threshold" => "waited for data, and for nobody's word".to_string(),
        "waits" if !state.waits.is_empty() => format!("waited: {}", state.waits.join(", ")),
        "waits" => format!("could change, which was accepted: {}", state.accepted.join(", ")),
        _ => "was taken as the program declared it".to_string(),
    }
}
