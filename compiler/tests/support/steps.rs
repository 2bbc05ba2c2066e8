//! Ticks of a node as pages show them, one after the other:
//!
//! ```text
//! tick link("a", 1); -link("b", 2)    // taken in; a minus takes a row out before the tick
//!   path: ("a", 1) ("b", 2)           // all its rows, in value order; `nothing` for none
//!   sent msg: ("n1", 3)               // the rows of a channel or timer that are sent
//!   own: yes                          // whether the next tick comes by itself
//! tick at 5s
//!   fails: KeyConflict of link        // it is undone, the next line goes on from before
//! ```
//!
//! The first line is the first tick of a fresh node. `now` begins with 1 ns and
//! is one more in every tick, `me` is `n1`. Who runs the ticks is not known here.

// Each test program uses a part of it.
#![allow(dead_code)]

use std::collections::BTreeMap;

use bloom_compiler::diag::Severity;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Kind;
use bloom_compiler::oracle::OracleLimits;
use bloom_compiler::oracle::TickInput;
use bloom_compiler::oracle::Value;
use bloom_compiler::types::typed::Program;

/// What a tick shows: the rows of every collection as text, in value order,
/// and whether the next tick comes by itself.
#[derive(Clone, PartialEq, Debug)]
pub struct Shown {
    /// By the number of the collection, without their names.
    pub rows: Vec<Vec<String>>,
    /// Whether the next tick comes by itself.
    pub own: bool,
}

/// A tick as it went, or why it failed.
pub type Played = Result<Shown, String>;

/// A tick of a page.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it takes in.
    pub input: TickInput,
    /// What the page says of it, line by line: `path`, `("a", 1) ("b", 2)`.
    pub wanted: Vec<(String, String)>,
    /// The line itself.
    pub line: String,
}

/// The steps of a block about a program; `Err` names what cannot be read.
pub fn steps(source: &str, compiled: &Compiled, text: &str) -> Result<Vec<Step>, String> {
    let program = compiled.typed.as_ref().ok_or("there is no program")?;
    let mut steps: Vec<Step> = Vec::new();
    let mut now = 0;
    for whole in text.lines() {
        let line = whole.split(" // ").next().unwrap_or("").trim_end();
        if let Some(rest) = line.strip_prefix("tick") {
            now += 1;
            let mut rest = rest.trim();
            if let Some(at) = rest.strip_prefix("at ") {
                let (time, given) = at.split_once(' ').unwrap_or((at, ""));
                now = nanoseconds(time)?;
                rest = given;
            }
            let mut input = TickInput::default();
            let rels = program.rels.iter().enumerate().map(|(i, rel)| (RelId(i as u32), rel));
            for (id, rel) in rels {
                let row = match rel.given {
                    Some(Given::Now) => vec![Value::Time(now)],
                    Some(Given::Seed) => vec![Value::Int(now)],
                    Some(Given::Me) if steps.is_empty() => vec![Value::Node("n1".into())],
                    _ => continue,
                };
                input.insert.entry(id).or_default().push(row);
            }
            given(source, program, rest, &mut input)?;
            steps.push(Step { input, wanted: Vec::new(), line: whole.trim().into() });
        } else if !line.is_empty() {
            let read = line.trim().split_once(':').zip(steps.last_mut());
            let Some(((what, rows), step)) = read else {
                return Err(format!("`{line}` is neither a tick nor what holds in one"));
            };
            step.wanted.push((what.trim().into(), rows.trim().into()));
        }
    }
    Ok(steps)
}

fn nanoseconds(text: &str) -> Result<i64, String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let many: i64 = text[..text.len() - unit.len()].parse().map_err(|_| text.to_string())?;
    let one = match unit {
        "ns" => 1,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        _ => return Err(format!("`{text}` is no time")),
    };
    Ok(many * one)
}

/// Reads rows that are taken in: `a(1); -b("x", 2)`. Each becomes the fact of a
/// table with the same columns, behind the program, so that it reads as one.
fn given(source: &str, program: &Program, text: &str, into: &mut TickInput) -> Result<(), String> {
    let mut extended = source.to_string();
    let mut places = Vec::new();
    for row in text.split(';').map(str::trim).filter(|row| !row.is_empty()) {
        let (name, args) = row.split_once('(').ok_or(format!("`{row}` is no row"))?;
        let (name, out) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
        let visible =
            |rel: &bloom_compiler::types::typed::Rel| rel.name == name && !rel.kind.is_hidden();
        let rel = program.rels.iter().position(visible).ok_or(format!("no `{name}`"))?;
        let table = format!("given_{}", places.len());
        let like = match name {
            "startup" => "(boot: int)",
            "stdin" => "(line: str, n: int)",
            "members" => "(n: node, role: str)",
            _ => &format!(" like {name}"),
        };
        extended.push_str(&format!("table {table}{like};\n{table}({args};\n"));
        places.push((table, RelId(rel as u32), out));
    }
    if places.is_empty() {
        return Ok(());
    }
    let compiled = compile(&extended).map_err(|why| format!("{text}: {why}"))?;
    let (program, strata) = compiled.typed.as_ref().zip(compiled.strata.as_ref()).ok_or("none")?;
    // Only the facts of these tables are of interest.
    let mut facts = program.clone();
    let mut of_rule = strata.of_rule.clone();
    facts.rules.retain(|rule| program.rels[rule.head.index()].name.starts_with("given_"));
    of_rule.truncate(facts.rules.len());
    of_rule.fill(0);
    let state = oracle::run(&facts, &of_rule, 1, &Default::default(), &OracleLimits::default());
    let state = state.map_err(|failure| format!("{text}: {failure:?}"))?;
    for (table, rel, out) in places {
        let at = program.rels.iter().position(|rel| rel.name == table);
        let rows = at.and_then(|at| state.rows.get(at)).into_iter().flatten().cloned();
        let side = if out { &mut into.delete } else { &mut into.insert };
        side.entry(rel).or_default().extend(rows);
    }
    Ok(())
}

/// A program without errors, or the first of them.
pub fn compile(source: &str) -> Result<Compiled, String> {
    let compiled = driver::check("block.bloom", source, &driver::Options::default());
    let error = compiled.diagnostics.iter().find(|d| d.severity == Severity::Error);
    match error {
        Some(error) => Err(format!("{} {}", error.code, error.title)),
        None => Ok(compiled),
    }
}

/// What the page says otherwise than a tick went.
pub fn complaints(program: &Program, step: &Step, played: &Played) -> Vec<String> {
    let mut out = Vec::new();
    let mut say = |what: &str, wanted: &str, found: &str| {
        if wanted != found {
            out.push(format!("{}\n  wanted {what}: {wanted}\n  found  {what}: {found}", step.line));
        }
    };
    let fails = step.wanted.iter().find(|(what, _)| what == "fails");
    let shown = match (played, fails) {
        (Ok(shown), None) => shown,
        (found, wanted) => {
            let wanted = wanted.map_or("never", |(_, why)| why);
            say("fails", wanted, found.as_ref().err().map_or("never", String::as_str));
            return out;
        }
    };
    for (what, wanted) in &step.wanted {
        if what == "own" {
            say(what, wanted, if shown.own { "yes" } else { "no" });
            continue;
        }
        match number(program, what).and_then(|at| shown.rows.get(at)) {
            Some(rows) if rows.is_empty() => say(what, wanted, "nothing"),
            Some(rows) => say(what, wanted, &rows.join(" ")),
            None => say(what, wanted, "there is no such collection"),
        }
    }
    out
}

/// The collection that a page means by `path`, `sent msg`.
fn number(program: &Program, what: &str) -> Option<usize> {
    let Some(name) = what.strip_prefix("sent ") else {
        return program.rels.iter().position(|rel| rel.name == what && !rel.kind.is_hidden());
    };
    let sent = |kind: RelKind| matches!(kind, RelKind::Stage(Stage::Send, _));
    program.rels.iter().position(|rel| rel.name == name && sent(rel.kind))
}

/// Plays a tick by the oracle.
pub fn by_oracle(
    compiled: &Compiled,
    node: &mut oracle::Node<'_>,
    input: &TickInput,
    limits: &OracleLimits,
) -> Result<Played, oracle::Failure> {
    let Some(program) = &compiled.typed else { return Ok(Err("there is no program".into())) };
    match node.tick(input, limits) {
        Ok(tick) => Ok(Ok(Shown { rows: texts(program, &tick.state), own: tick.own })),
        Err(failure) if failure.kind == Kind::Limit => Err(failure),
        Err(failure) => Ok(Err(why(compiled, &failure))),
    }
}

fn texts(program: &Program, state: &oracle::State) -> Vec<Vec<String>> {
    let rels = program.rels.iter().zip(&state.rows);
    let text = |rel: &bloom_compiler::types::typed::Rel, row: &Vec<Value>| {
        oracle::fact(rel, row, program)[rel.name.len()..].to_string()
    };
    rels.map(|(rel, rows)| rows.iter().map(|row| text(rel, row)).collect()).collect()
}

/// Why a tick failed, in words that say nothing of who ran it.
fn why(compiled: &Compiled, failure: &oracle::Failure) -> String {
    let name = |rel: RelId| {
        let program = compiled.typed.as_ref();
        program.map_or(String::new(), |p| p.rels[rel.index()].name.clone())
    };
    match &failure.kind {
        Kind::KeyConflict(conflict) => format!("KeyConflict of {}", name(conflict.rel)),
        Kind::PointConflict(conflict) => format!("PointConflict of {}", name(conflict.rel)),
        Kind::Invariant(rel) => format!("Invariant {}", name(*rel)),
        // A sum overflows like anything else.
        Kind::SumOverflow => format!("Overflow at {}", compiled.sources.text(failure.span)),
        kind => format!("{} at {}", kind.name(), compiled.sources.text(failure.span)),
    }
}

/// Rows by the names of their collections, as a tick takes them in.
pub fn named(
    program: &Program,
    rows: &[(String, Vec<Vec<Value>>)],
) -> BTreeMap<RelId, Vec<Vec<Value>>> {
    let mut out: BTreeMap<RelId, Vec<Vec<Value>>> = BTreeMap::new();
    for (name, rows) in rows {
        let visible = program.rels.iter().position(|r| r.name == *name && !r.kind.is_hidden());
        if let Some(at) = visible {
            out.entry(RelId(at as u32)).or_default().extend(rows.clone());
        }
    }
    out
}
