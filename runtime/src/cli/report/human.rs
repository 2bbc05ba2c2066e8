//! A report for reading: a line that sums up, each point on a screen of its own,
//! and what needs nobody at the end. Sentences about points come from `words`;
//! this room lays them out.

use bloom_compiler::calm::model::Answer;
use bloom_compiler::calm::model::Duty;
use bloom_compiler::calm::model::Fault;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::RelName;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::model::Rewrite;
use bloom_compiler::calm::model::Status;
use bloom_compiler::calm::model::Verdict;
use bloom_compiler::calm::model::What;
use bloom_compiler::calm::proof::Fact;
use bloom_compiler::calm::proof::Form;
use bloom_compiler::calm::proof::Search;
use bloom_compiler::calm::proof::Witness;
use bloom_compiler::source::Span;

use super::Scene;
use super::words;

/// Columns of a line.
const WIDTH: usize = 80;

/// Columns of the words that lines begin with.
const LEAD: usize = 13;

/// Characters of a fact, at most.
const FACT_MAX: usize = 120;

/// A space at which no line is broken.
const TIED: &str = "\u{a0}";

/// Facts that are listed one by one.
const FACTS_MAX: usize = 8;

/// The report.
pub fn text(scene: &Scene<'_>) -> String {
    let report = scene.report;
    let mut out = format!("{}: {}\n", scene.name, summary(report));
    if !report.complete {
        out.push_str(
            "The program has mistakes. This was read off what could be understood; there may be \
             more.\n",
        );
    }
    if let Some(since) = &scene.since {
        out.push_str(&format!("Since {}: {}.\n", since.file, compared(report, since.gone.len())));
    }
    for point in &report.points {
        out.push('\n');
        out.push_str(&told(scene, point));
    }
    for fault in &report.faults {
        out.push('\n');
        out.push_str(&wrong(scene, fault));
    }
    let tail = tail(scene);
    if !tail.is_empty() {
        out.push('\n');
        out.push_str(&tail);
    }
    out
}

fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

fn summary(report: &Report) -> String {
    let rules = count(report.rules, "rule", "rules");
    if report.verdicts.is_empty() {
        return format!("{rules}, and nothing that can be seen from outside");
    }
    let open = || report.points.iter().filter(|point| point.accepted.is_none());
    let waits = open().filter(|point| point.kind.coordinates()).count();
    let others = open().count() - waits;
    let accepted = report.points.len() - waits - others;
    let mut parts = Vec::new();
    if waits > 0 {
        parts.push(count(waits, "point to wait or agree", "points to wait or agree"));
    }
    if others > 0 {
        parts.push(count(others, "point that needs memory", "points that need memory"));
    }
    if accepted > 0 {
        parts.push(format!("{accepted} accepted"));
    }
    if !report.thresholds.is_empty() {
        parts.push(count(report.thresholds.len(), "threshold", "thresholds"));
    }
    let free = match report.free_rules {
        // What could not be understood may well wait.
        n if n == report.rules && !report.complete => format!("{rules}, and no point found so far"),
        n if n == report.rules => format!("{rules}, nobody waits for anybody"),
        1 => format!("{rules}, 1 of them waits for nobody"),
        n => format!("{rules}, {n} of them wait for nobody"),
    };
    if parts.is_empty() { format!("{free}.") } else { format!("{free}. {}.", parts.join(", ")) }
}

fn compared(report: &Report, gone: usize) -> String {
    let mut parts = Vec::new();
    for status in [Status::New, Status::Dearer, Status::Cheaper, Status::Unchanged] {
        let n = report.points.iter().filter(|point| point.status == status).count();
        if n > 0 {
            parts.push(format!("{n} {}", status.word()));
        }
    }
    if gone > 0 {
        parts.push(format!("{gone} gone"));
    }
    if parts.is_empty() { "no points, as before".to_string() } else { parts.join(", ") }
}

/// A point.
fn told(scene: &Scene<'_>, point: &Point) -> String {
    let mut out = format!(
        "{}  {}  {}  {}",
        point.id,
        words::answer(point),
        point.code.text(),
        scene.place(point.span)
    );
    if scene.since.is_some() {
        out.push_str(&format!("  ({})", point.status.word()));
    }
    out.push('\n');
    out.push_str(&excerpt(scene, point.span, words::label(point)));
    out.push('\n');
    if let Some(why) = &point.accepted {
        out.push_str(&lead("accepted", &format!("\"{why}\"")));
        return out;
    }
    out.push_str(&wrap(&words::trouble(point), 2, 2));
    out.push('\n');
    out.push_str(&example(point));
    out.push_str(&lead("the way", &way(point)));
    out.push_str(&lead("to wait", &words::wait(point)));
    if let Some(text) = words::matter(point) {
        out.push_str(&lead("what counts", &text));
    }
    out.push_str(&lead("cost", &point.cost.words));
    out.push_str(&lead("if one fails", &point.waits.if_down));
    if point.outputs.len() > 1 {
        let others: Vec<String> = point.outputs.iter().skip(1).map(RelName::text).collect();
        out.push_str(&lead("also for", &others.join(", ")));
    }
    let endless = scene.report.faults.iter().any(|fault| fault.span == point.span);
    let open = |duty: &&Duty| duty.point == point.id && !endless;
    for duty in scene.report.duties.iter().filter(open) {
        let relation = duty.relation.text();
        let text = match duty.key.as_slice() {
            [] => format!("nobody has promised that `{relation}` ends"),
            key => format!(
                "nobody has promised it: write `sealed by {}` at the declaration of `{relation}`",
                key.join(", ")
            ),
        };
        out.push_str(&lead("open", &text));
    }
    for other in &point.alternatives {
        let text = words::alternative(other.kind, &other.key, &other.why_not);
        out.push_str(&lead("not chosen", &text));
    }
    for text in &point.assumptions {
        out.push_str(&lead("assumed", text));
    }
    point.rewrites.iter().for_each(|rewrite| out.push_str(&help(rewrite)));
    out.push_str(&lead("more", &format!("bloom explain {}", point.code.text())));
    out
}

/// `action → log → items → total`
fn way(point: &Point) -> String {
    let mut names = vec![point.relation.text()];
    for step in &point.path {
        if names.last() != Some(&step.rule.text()) {
            names.push(step.rule.text());
        }
    }
    let shown = point.output.text();
    if names.last() != Some(&shown) {
        names.push(shown);
    }
    names.join(" → ")
}

fn example(point: &Point) -> String {
    match &point.witness {
        Search::NotAsked => String::new(),
        Search::Found(witness) => found(point, witness),
        Search::NotFound { tried, .. } => lead(
            "example",
            &format!("none was found ({tried}); that does not say that there is none"),
        ),
        Search::CannotRun(why) => lead("example", &format!("none was looked for: {why}")),
    }
}

/// The example, line by line in the order in which things happen.
fn found(point: &Point, witness: &Witness) -> String {
    let (before, last) = match witness.form {
        // The last two are those whose order it is about.
        Form::Orders | Form::Apart => split(&witness.have, 1 + witness.late.len()),
        Form::Together => split(&witness.have, 1),
        Form::Twice => split(&witness.have, witness.late.len()),
        Form::Late => (&witness.have[..], &[][..]),
    };
    let one = last.first().map(std::slice::from_ref).unwrap_or_default();
    let other = if last.len() > 1 { &last[1..] } else { &witness.late[..] };
    let shown = |facts: &[Fact]| if facts.is_empty() { "nothing".into() } else { listed(facts) };
    let mut lines = vec![("have", listed(before))];
    match witness.form {
        Form::Late => {
            lines.push(("shown", shown(&witness.shown)));
            lines.push(("late", listed(&witness.late)));
            lines.push(("gone", listed(&witness.gone)));
            lines.push(("instead", listed(&witness.instead)));
        }
        Form::Orders if !one.is_empty() => {
            lines.push(("one order", format!("{}, then {}", listed(one), listed(other))));
            lines.push(("shown", shown(&witness.shown)));
            lines.push(("the other", format!("{}, then {}", listed(other), listed(one))));
            lines.push(("shown", shown(&rest(witness))));
        }
        Form::Orders => {
            lines.push(("late", listed(&witness.late)));
            lines.push(("shown", shown(&witness.shown)));
            lines.push(("in time", shown(&rest(witness))));
        }
        Form::Apart => {
            lines.push(("at once", format!("{} and {}", listed(one), listed(other))));
            lines.push(("shown", shown(&witness.shown)));
            lines.push(("apart", format!("{}, then {}", listed(one), listed(other))));
            lines.push(("shown", shown(&rest(witness))));
        }
        Form::Together => {
            lines.push(("here", listed(last)));
            lines.push(("elsewhere", listed(&witness.late)));
            lines.push(("together", listed(&witness.instead)));
            lines.push(("broken", format!("invariant {}", point.output.text())));
        }
        Form::Twice => {
            lines.push(("once", listed(&witness.late)));
            lines.push(("shown", shown(&witness.shown)));
            lines.push(("twice", listed(&witness.late)));
            lines.push(("shown", shown(&rest(witness))));
        }
    }
    let mut out = "  the smallest example\n".to_string();
    for (word, text) in lines.into_iter().filter(|(_, text)| !text.is_empty()) {
        out.push_str(&lead(&format!("  {word}"), &text));
    }
    out
}

/// A fact on one line, if it is not too long for that.
fn short(fact: &Fact) -> String {
    let values: Vec<String> = fact.values.iter().map(|value| without_zeros(value)).collect();
    let text = format!("{}({})", fact.relation.text(), values.join(", "));
    match text.char_indices().nth(FACT_MAX) {
        Some((at, _)) => format!("{}…)", &text[..at]),
        None => text,
    }
    .replace(' ', TIED)
}

/// Uuids as short as they can be told apart: those that were made up by their
/// last digits, others by their first.
fn without_zeros(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let ends = |c: char| !c.is_ascii_hexdigit() && c != '-';
        let (word, after) = from.split_at(from.find(ends).unwrap_or(from.len()));
        match word.len() == 36 && word.matches('-').count() == 4 {
            true if word.starts_with("00000000-0000-") => {
                out.push_str(&format!("0…{}", word.trim_start_matches(['0', '-'])));
            }
            true => out.push_str(&format!("{}…", &word[..8])),
            false => out.push_str(word),
        }
        rest = after;
    }
    out + rest
}

/// The facts without the last `n` of them, and those.
fn split(facts: &[Fact], n: usize) -> (&[Fact], &[Fact]) {
    facts.split_at(facts.len().saturating_sub(n))
}

/// What the second run shows: what both do, and what is only there.
fn rest(witness: &Witness) -> Vec<Fact> {
    let both = witness.shown.iter().filter(|fact| !witness.gone.contains(fact));
    both.chain(&witness.instead).cloned().collect()
}

fn listed(facts: &[Fact]) -> String {
    let (first, more) = facts.split_at(facts.len().min(FACTS_MAX));
    let mut texts: Vec<String> = first.iter().map(short).collect();
    if !more.is_empty() {
        texts.push(format!("and {} more", more.len()));
    }
    texts.join(", ")
}

fn help(rewrite: &Rewrite) -> String {
    let after = match rewrite.points_after {
        0 => "nobody waits then".to_string(),
        n => format!("{} then", count(n, "point is left", "points are left")),
    };
    let mut out = lead("help", &format!("{} ({after})", rewrite.title));
    for line in rewrite.diff.lines() {
        out.push_str(&format!("{:LEAD$}  {line}\n", ""));
    }
    out
}

/// What is wrong with the program.
fn wrong(scene: &Scene<'_>, fault: &Fault) -> String {
    let code = fault.code.map(|code| format!("[{}]", code.text())).unwrap_or_default();
    let mut out = format!("error{code}: {}  {}\n", fault.title, scene.place(fault.span));
    out.push_str(&excerpt(scene, fault.span, &fault.label));
    out.push_str(&lead("help", &fault.help));
    out
}

/// The line of the text with the place marked.
fn excerpt(scene: &Scene<'_>, span: Span, label: &str) -> String {
    let file = scene.compiled.sources.file(span.file);
    let (line, col) = file.line_col(span.lo);
    let text = file.line(line);
    let to_end = text.chars().count().saturating_sub(col - 1);
    let marked = scene.compiled.sources.text(span).lines().next().unwrap_or("").chars().count();
    let number = line.to_string();
    format!(
        "  {number} │ {}\n  {:w$} │ {:skip$}{} {label}\n",
        text.replace('\t', " "),
        "",
        "",
        "^".repeat(marked.min(to_end).max(1)),
        w = number.len(),
        skip = col - 1
    )
}

/// A text behind a word.
fn lead(word: &str, text: &str) -> String {
    let body = wrap(text, 0, LEAD + 2).replace(TIED, " ");
    format!("  {word:LEAD$}{body}")
}

/// Breaks a text into lines: the first one is indented by `first` columns and the
/// others by `rest`, and what stands before the first is as wide as `rest`.
fn wrap(text: &str, first: usize, rest: usize) -> String {
    let mut out = " ".repeat(first);
    let mut used = rest;
    for (at, word) in text.split(' ').enumerate() {
        let width = word.chars().count();
        if at > 0 && used + 1 + width > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(rest));
            used = rest;
        } else if at > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += width;
    }
    out.push('\n');
    out
}

/// What needs nobody, what was declared, and what all rests on.
fn tail(scene: &Scene<'_>) -> String {
    let report = scene.report;
    let mut out = verdicts(report);
    for declared in &report.declared {
        let text = format!(
            "@{} at {}: \"{}\" ({})",
            declared.attribute,
            declared.on,
            declared.why,
            scene.place(declared.span)
        );
        out.push_str(&row("declared", &text));
    }
    for assumption in &report.assumptions {
        out.push_str(&row("assumed", &assumption.text));
    }
    for entry in scene.since.iter().flat_map(|since| &since.gone) {
        let text = format!("{}, which `{}` needed", entry.answer(), entry.output);
        out.push_str(&row("gone", &text));
    }
    let grows: Vec<String> = report.grows.iter().map(|grows| grows.relation.text()).collect();
    if !grows.is_empty() {
        out.push_str(&row("kept for ever", &grows.join(", ")));
    }
    out
}

/// One line for each answer; those that are free for the same reason share one.
fn verdicts(report: &Report) -> String {
    let mut rows: Vec<(&str, String, Vec<String>)> = Vec::new();
    for answer in [Answer::Free, Answer::Threshold, Answer::Waits] {
        for verdict in report.verdicts.iter().filter(|verdict| verdict.answer == answer) {
            let (word, because) = match answer {
                Answer::Waits if is_accepted(report, verdict) => {
                    ("accepted", verdict.points.join(", "))
                }
                Answer::Waits => ("waits", verdict.points.join(", ")),
                // What could not be understood may well change it.
                _ if !report.complete => ("not known", "the program has mistakes".to_string()),
                Answer::Threshold => ("threshold", verdict.because.clone()),
                _ => ("free", verdict.because.clone()),
            };
            let known = rows.iter_mut().find(|row| row.0 == word && row.1 == because);
            match known {
                Some(row) => row.2.push(name(verdict)),
                None => rows.push((word, because, vec![name(verdict)])),
            }
        }
    }
    let line = |(word, because, names): &(&str, String, Vec<String>)| {
        row(word, &format!("{}: {because}", names.join(", ")))
    };
    rows.iter().map(line).collect()
}

/// Whether the program accepts whatever may change it.
fn is_accepted(report: &Report, verdict: &Verdict) -> bool {
    let mut points = verdict.points.iter().filter_map(|id| report.point(id));
    points.all(|point| point.accepted.is_some())
}

fn name(verdict: &Verdict) -> String {
    match verdict.what {
        What::Output => verdict.name.text(),
        What::Invariant => format!("invariant {}", verdict.name.text()),
        What::Channel => format!("channel {}", verdict.name.text()),
    }
}

fn row(word: &str, text: &str) -> String {
    let body = wrap(text, 0, LEAD + 2);
    format!("{word:width$}{body}", width = LEAD + 2)
}
