//! A report for reading: a line that sums up, each point on a screen of its own,
//! and what needs nobody at the end. Sentences about points come from `words`;
//! this room lays them out.

use bloom_compiler::calm::model::Answer;
use bloom_compiler::calm::model::Duty;
use bloom_compiler::calm::model::Fault;
use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::RelName;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::model::Status;
use bloom_compiler::calm::model::Verdict;
use bloom_compiler::calm::model::What;
use bloom_compiler::calm::proof::Search;
use bloom_compiler::diag::suggest::and_list;
use bloom_compiler::source::Span;

use super::Scene;
use super::assume;
use super::example;
use super::known;
use super::rewrites;
use super::words;

/// Columns of a line.
const WIDTH: usize = 80;

/// Columns of the words that lines begin with.
pub(super) const LEAD: usize = 13;

/// A space at which no line is broken.
const TIED: &str = "\u{a0}";

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
    if let Some(text) = assume::sentence(scene.assume) {
        out.push_str(&wrap(&text, 0, 0));
    }
    if let Some(since) = &scene.since {
        let gone = since.compared.gone.len();
        out.push_str(&format!("Since {}: {}.\n", since.file, compared(report, gone)));
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

/// `1 point`, `2 points`
pub(super) fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

/// The first line, without the name of the file.
pub fn summary(report: &Report) -> String {
    let rules = count(report.rules, "rule", "rules");
    if report.verdicts.is_empty() {
        return format!("{rules}, and nothing that can be seen from outside");
    }
    let open = || report.points.iter().filter(|point| point.accepted.is_none());
    let waits = open().filter(|point| point.kind.coordinates()).count();
    let local = open().filter(|point| point.kind == Kind::Local).count();
    let gates = open().filter(|point| point.kind == Kind::Frontier).count();
    let others = open().count() - waits - local - gates;
    let accepted = report.points.len() - open().count();
    let mut parts = Vec::new();
    if waits > 0 {
        parts.push(count(waits, "point to wait or agree", "points to wait or agree"));
    }
    if others > 0 {
        parts.push(count(others, "point that needs memory", "points that need memory"));
    }
    if local > 0 {
        parts.push(count(local, "point that a placement makes free", "that placements make free"));
    }
    if gates > 0 {
        parts.push(count(gates, "gate between workers", "gates between workers"));
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

/// How many points are new, gone, and so on.
pub(super) fn compared(report: &Report, gone: usize) -> String {
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
    if let Some(since) = scene.since(point) {
        out.push_str(&format!("  ({})", words::since(since)));
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
    out.push_str(&shown(point));
    rows(scene, point).iter().for_each(|(word, text)| out.push_str(&lead(word, text)));
    for rewrite in &point.rewrites {
        out.push_str(&rewrites::told(scene, point, rewrite));
    }
    out.push_str(&lead("more", &format!("bloom explain {}", point.code.text())));
    out
}

/// What is to be known of a point, each with the word that it stands behind.
pub(super) fn rows(scene: &Scene<'_>, point: &Point) -> Vec<(&'static str, String)> {
    let mut out = vec![("the way", way(point)), ("to wait", words::wait(point))];
    out.extend(words::matter(point).map(|text| ("what counts", text)));
    out.push(("cost", point.cost.words.clone()));
    out.push(("if one fails", point.waits.if_down.clone()));
    if point.outputs.len() > 1 {
        let others: Vec<String> = point.outputs.iter().skip(1).map(RelName::text).collect();
        out.push(("also for", others.join(", ")));
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
        out.push(("open", text));
    }
    for other in &point.alternatives {
        out.push(("not chosen", words::alternative(other.kind, &other.key, &other.why_not)));
    }
    out.extend(point.assumptions.iter().map(|text| ("assumed", text.clone())));
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

fn shown(point: &Point) -> String {
    match no_example(&point.witness) {
        Some(text) => lead("example", &text),
        None if matches!(point.witness, Search::Found(_)) => found(point),
        None => String::new(),
    }
}

/// Why there is no example, if one was looked for.
pub(super) fn no_example(search: &Search) -> Option<String> {
    match search {
        Search::NotAsked | Search::Found(_) => None,
        Search::NotFound { tried, .. } => {
            Some(format!("none was found ({tried}); that does not say that there is none"))
        }
        Search::CannotRun(why) => Some(format!("none was looked for: {why}")),
    }
}

fn found(point: &Point) -> String {
    let mut out = "  the smallest example\n".to_string();
    for (word, text) in example::lines(point) {
        out.push_str(&lead(&format!("  {word}"), &text));
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
pub(super) fn lead(word: &str, text: &str) -> String {
    let body = wrap(&tied(text), 0, LEAD + 2).replace(TIED, " ");
    format!("  {word:LEAD$}{body}")
}

/// The text with its facts held together: no line is broken inside of brackets,
/// unless they are long.
fn tied(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_fact = || {
            let end = text[at..].find(')').unwrap_or(0);
            let begin = text[..at].rfind('(').unwrap_or(0);
            at - begin + end < WIDTH - LEAD
        };
        match c == ' ' && depth > 0 && is_fact() {
            true => out.push_str(TIED),
            false => out.push(c),
        }
    }
    out
}

/// Breaks a text into lines: the first one is indented by `first` columns and the
/// others by `rest`, and what stands before the first is as wide as `rest`.
pub(super) fn wrap(text: &str, first: usize, rest: usize) -> String {
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
    rest(scene).iter().map(|(word, text)| row(word, text)).collect()
}

/// The same, each with the word that it stands behind.
pub(super) fn rest(scene: &Scene<'_>) -> Vec<(&'static str, String)> {
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
        out.push(("declared", text));
    }
    out.extend(report.assumptions.iter().map(|one| ("assumed", one.text.clone())));
    for entry in scene.since.iter().flat_map(|since| &since.compared.gone) {
        let text =
            format!("{}, which {} needed", entry.answer(), and_list(&known::texts(&entry.outputs)));
        out.push(("gone", text));
    }
    let grows: Vec<String> = report.grows.iter().map(|grows| grows.relation.text()).collect();
    if !grows.is_empty() {
        out.push(("kept for ever", grows.join(", ")));
    }
    out
}

/// One line for each answer; those that are free for the same reason share one.
fn verdicts(report: &Report) -> Vec<(&'static str, String)> {
    let mut rows: Vec<(&'static str, String, Vec<String>)> = Vec::new();
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
    let line = |(word, because, names): (&'static str, String, Vec<String>)| {
        (word, format!("{}: {because}", names.join(", ")))
    };
    rows.into_iter().map(line).collect()
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

/// A line of what stands below the points.
pub(super) fn row(word: &str, text: &str) -> String {
    let body = wrap(text, 0, LEAD + 2);
    format!("{word:width$}{body}", width = LEAD + 2)
}
