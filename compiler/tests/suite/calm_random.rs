//! Random programs put to the test: of a few events all orders are run, and all
//! ways to share ticks. Whatever is taken back or hangs on the order must be
//! owed to a point of the report, with its relation and its key. How the
//! analysis comes to its points is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::calm::model::Answer;
use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Goal;
use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::model::Verdict;
use bloom_compiler::calm::model::What;
use bloom_compiler::calm::proof::Search;
use bloom_compiler::calm::witness;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;
use bloom_compiler::oracle::random;
use bloom_compiler::oracle::random::Case;
use bloom_compiler::oracle::random::Dice;
use bloom_compiler::oracle::random::Given;
use bloom_compiler::types::typed::Lit;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::Program;

use crate::calm_runs;
use crate::calm_runs::Content;
use crate::calm_runs::Event;
use crate::calm_runs::Runs;
use crate::calm_runs::rels;
use crate::cases;

/// Programs in an ordinary run.
const PROGRAMS: u32 = 60;
/// Sets of events of one program, each with its size.
const SETS: &[usize] = &[2, 3, 3, 4];
/// The part of the outputs that must be free, so that freedom is tried at all: one in so many.
const FREE_AT_LEAST: usize = 10;

/// What was seen of one program with one set of events.
#[derive(Default)]
struct Seen {
    /// What no point stands for.
    wrong: Vec<String>,
    /// Points whose difference was seen.
    shown: BTreeSet<String>,
    runs: usize,
}

/// The rows of a case, as the program numbers them: what is loaded, and events.
fn given(program: &Program, case: &Case) -> (oracle::Input, Vec<Event>) {
    let named = |name: &str| {
        let found = rels(program).find(|(_, rel)| rel.name == name && !rel.kind.is_hidden());
        found.map(|(id, _)| id)
    };
    let mut first = oracle::Input::default();
    for (name, rows) in &case.facts {
        if let Some(id) = named(name) {
            first.rows.insert(id, rows.clone());
        }
    }
    let mut events = Vec::new();
    for (name, rows) in case.ticks.iter().flat_map(|tick| &tick.insert) {
        let Some(id) = named(name) else { continue };
        events.extend(rows.iter().map(|row| (id, row.clone())));
    }
    (first, events)
}

/// Runs a case in all ways and holds what happens against the report.
fn judge(case: &Case) -> Option<(Report, Seen)> {
    let compiled = driver::check("random.bloom", &case.source, &driver::Options::default());
    let program = compiled.typed.as_ref().filter(|_| !compiled.has_errors())?;
    let (first, events) = given(program, case);
    let report = compiled.report(&Assume::default());
    let runs = calm_runs::all(&compiled, &first, &events)?;
    let mut seen = Seen { runs: runs.ends.len(), ..Seen::default() };
    for verdict in report.verdicts.iter().filter(|verdict| verdict.what != What::Invariant) {
        let points = verdict.points.iter().filter_map(|id| report.point(id)).collect();
        // An event that is given up takes with it what has nothing to do with the conflict.
        let behind = behind(program, verdict.rel);
        if runs.failed || runs.conflicts.iter().any(|rel| !behind.contains(rel)) {
            continue;
        }
        let judge = Judge { source: &case.source, program, events: &events, verdict, points };
        judge.taken_back(&runs, &mut seen);
        judge.disagreeing(&runs, &mut seen);
        judge.repeated(&runs, &mut seen);
    }
    Some((report, seen))
}

/// One observable with its points.
struct Judge<'a> {
    source: &'a str,
    program: &'a Program,
    events: &'a [Event],
    verdict: &'a Verdict,
    points: Vec<&'a Point>,
}

impl Judge<'_> {
    fn text(&self, events: &[&Event]) -> String {
        let fact =
            |(id, row): &&Event| oracle::fact(&self.program.rels[id.index()], row, self.program);
        events.iter().map(fact).collect::<Vec<_>>().join(", ")
    }

    fn row(&self, row: &[Value]) -> String {
        oracle::fact(&self.program.rels[self.verdict.rel.index()], row, self.program)
    }

    /// The values of a point's key in a row of its relation.
    fn key<'e>(&self, point: &Point, (id, row): &'e Event) -> Vec<&'e Value> {
        let cols = self.program.rels[id.index()].cols.iter().zip(row);
        cols.filter(|(col, _)| point.key.contains(&col.name)).map(|(_, value)| value).collect()
    }

    /// Whether waiting at a point would keep a row that these events take back: who
    /// waits for a part of a relation shows which part.
    fn holds_back(&self, point: &Point, events: &[&Event], row: &[Value]) -> bool {
        let shows = |event: &&&Event| {
            let key = self.key(point, event);
            // What is held back before it is shown, or written in the rule, need not show it.
            // So need not what the key of another collection tells.
            let late = point.rule != self.verdict.name || self.source.contains("=>");
            point.kind != Kind::Seal
                || late
                || key.iter().all(|key| row.iter().any(|v| holds(v, key)) || self.is_written(key))
        };
        events.iter().filter(|(id, _)| *id == point.rel).any(|event| shows(&event))
    }

    /// Whether a value stands in the program as a pattern or in a comparison.
    fn is_written(&self, value: &Value) -> bool {
        let Value::Int(value) = value else { return false };
        let bodies = self.source.lines().filter_map(|line| line.split_once('<'));
        let forms = ["= {}", "({}", ", {}"].map(|form| form.replace("{}", &value.to_string()));
        bodies.into_iter().any(|(_, body)| forms.iter().any(|form| body.contains(form)))
    }

    /// Whether an order of some events by their keys decides which of two comes first.
    fn is_ordered(&self, events: &[&Event]) -> bool {
        let orders = |kind| matches!(kind, Kind::Order | Kind::Exclusive);
        let mut keys = Vec::new();
        for event in events {
            let point = self.points.iter().find(|p| p.rel == event.0 && orders(p.kind));
            let Some(point) = point else { return false };
            keys.push(self.key(point, event));
        }
        keys.iter().all(|key| {
            keys.iter().all(|other| {
                let (short, long) =
                    if key.len() < other.len() { (key, other) } else { (other, key) };
                short.iter().all(|value| long.contains(value))
            })
        })
    }

    /// Notes what these events do to a row, and the points that stand for it.
    fn note(&self, stand: &[&&Point], seen: &mut Seen, what: &dyn Fn() -> String) {
        if stand.is_empty() {
            let points = self.points.iter().map(|point| {
                let (key, relation) = (point.key.join(", "), point.relation.text());
                format!(" {} {}({relation} by {key})", point.code.text(), point.kind.word())
            });
            seen.wrong.push(format!("{}; points:{}", what(), points.collect::<String>()));
        }
        seen.shown.extend(stand.iter().map(|point| point.id.clone()));
    }

    fn taken_back(&self, runs: &Runs, seen: &mut Seen) {
        if self.verdict.goal != Goal::Final || self.verdict.answer == Answer::Declared {
            return;
        }
        for (id, row, batch) in runs.gone.iter().filter(|(id, ..)| *id == self.verdict.rel) {
            let _same = id;
            let events = calm_runs::of(self.events, *batch);
            let stand: Vec<&&Point> =
                self.points.iter().filter(|point| self.holds_back(point, &events, row)).collect();
            self.note(&stand, seen, &|| {
                format!("{} is taken back by {}", self.row(row), self.text(&events))
            });
        }
    }

    /// Events of one batch, and the same one after the other.
    fn disagreeing(&self, runs: &Runs, seen: &mut Seen) {
        for (batches, content) in &runs.ends {
            for (at, batch) in batches.iter().enumerate() {
                // Every part of the batch, and what is left of it.
                let mut part = (batch - 1) & batch;
                while part != 0 {
                    let mut apart = batches.clone();
                    apart.splice(at..=at, [part, batch & !part]);
                    if let Some(other) = runs.ends.get(&apart) {
                        let events = calm_runs::of(self.events, *batch);
                        self.differing(content, other, &events, seen);
                    }
                    part = (part - 1) & batch;
                }
            }
        }
    }

    /// What two runs show that differ in whether these events came together.
    fn differing(&self, one: &Content, other: &Content, events: &[&Event], seen: &mut Seen) {
        let none = BTreeSet::new();
        let rows = |of: &Content| of.get(&self.verdict.rel).unwrap_or(&none).clone();
        let ordered = events.len() > 2 || self.is_ordered(events);
        for row in rows(one).symmetric_difference(&rows(other)) {
            let stands = |point: &&&Point| match point.kind {
                Kind::Order | Kind::Exclusive if !ordered => false,
                Kind::Persist => events.iter().any(|(id, _)| *id == point.rel),
                _ => self.holds_back(point, events, row),
            };
            let stand: Vec<&&Point> = self.points.iter().filter(stands).collect();
            self.note(&stand, seen, &|| {
                let (row, events) = (self.row(row), self.text(events));
                format!("{row} hangs on whether {events} come together, or one after the other")
            });
        }
    }

    fn repeated(&self, runs: &Runs, seen: &mut Seen) {
        for (at, _) in runs.again.iter().filter(|(_, id)| *id == self.verdict.rel) {
            let events = [&self.events[*at]];
            let same = |point: &&&Point| point.rel == events[0].0;
            let stand: Vec<&&Point> = self.points.iter().filter(same).collect();
            // What waits for something else is done once that is settled.
            if stand.is_empty() && !self.points.is_empty() {
                continue;
            }
            self.note(&stand, seen, &|| {
                format!("{} twice changes {}", self.text(&events), self.verdict.name.text())
            });
        }
    }
}

/// Whether a value is another one, or a set that has it.
fn holds(value: &Value, part: &Value) -> bool {
    match value {
        Value::Set(all) => all.contains(part) || value == part,
        _ => value == part,
    }
}

/// The collections that others are derived from, through any number of rules.
fn behind(program: &Program, rel: RelId) -> BTreeSet<RelId> {
    let mut out = BTreeSet::from([rel]);
    loop {
        let before = out.len();
        for (at, of) in rels(program) {
            if matches!(of.kind, RelKind::Stage(_, target) if out.contains(&target)) {
                out.insert(at);
            }
        }
        for rule in program.rules.iter().filter(|rule| out.contains(&rule.head)).collect::<Vec<_>>()
        {
            rule.body.lits.iter().for_each(|lit| atoms(lit, &mut out));
        }
        if out.len() == before {
            return out;
        }
    }
}

fn atoms(lit: &Lit, out: &mut BTreeSet<RelId>) {
    match &lit.kind {
        LitKind::Atom(atom) => {
            out.insert(atom.rel);
        }
        LitKind::Not(lits) | LitKind::All { lits, .. } => {
            lits.iter().for_each(|lit| atoms(lit, out))
        }
        LitKind::Or(branches) => branches.iter().flatten().for_each(|lit| atoms(lit, out)),
        LitKind::Else { atom, otherwise, .. } => {
            out.insert(atom.rel);
            otherwise.iter().for_each(|lit| atoms(lit, out));
        }
        LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => {}
    }
}

/// The first seed of those that are tried.
fn first_seed() -> u64 {
    std::env::var("BLOOM_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// What came of all programs.
#[derive(Default)]
struct Tally {
    /// How often the sets of each program are drawn.
    patience: usize,
    programs: usize,
    runs: usize,
    free: usize,
    waits: usize,
    /// By the points that there are, how many are wrong, and the shortest.
    wrong: BTreeMap<String, (usize, String)>,
    /// By kind, code and operator: points, and those of them whose difference was seen.
    points: BTreeMap<String, (usize, usize)>,
    unseen: BTreeMap<String, (usize, String)>,
}

/// A program with several sets of events.
fn program(seed: u64, tally: &mut Tally) {
    let small = random::small(seed);
    let mut dice = Dice::new(seed);
    let mut known: Option<Report> = None;
    let mut shown = BTreeSet::new();
    for many in SETS.iter().cycle().take(SETS.len() * tally.patience.max(1)) {
        let mut pieces = small.pieces.clone();
        pieces.ticks = vec![Given { insert: small.facts(&mut dice, *many), ..Given::default() }];
        let Some((report, seen)) = judge(&pieces.case()) else { break };
        tally.runs += seen.runs;
        shown.extend(seen.shown);
        known = Some(report);
        if !seen.wrong.is_empty() {
            let fails = |case: &Case| judge(case).is_some_and(|(_, seen)| !seen.wrong.is_empty());
            let least = pieces.shrink(fails).case();
            let why = judge(&least).map_or(Vec::new(), |(_, seen)| seen.wrong);
            let why = why.first().cloned().unwrap_or_default();
            let class: Vec<&str> = why.split("; points:").skip(1).collect();
            let class = class
                .concat()
                .split('(')
                .map(|part| part.rsplit(')').next().unwrap_or(part))
                .collect::<Vec<_>>()
                .join("");
            let text = format!("seed {seed}: {why}{least:?}");
            let (count, shortest) = tally.wrong.entry(class).or_insert_with(|| (0, text.clone()));
            *count += 1;
            if text.len() < shortest.len() {
                *shortest = text;
            }
            break;
        }
    }
    let Some(mut report) = known else { return };
    tally.programs += 1;
    if tally.patience > 0 {
        let source = small.pieces.case().source;
        let compiled = driver::check("random.bloom", &source, &driver::Options::default());
        compiled.examples(&mut report, witness::STEPS);
        let found = report.points.iter().filter(|p| matches!(p.witness, Search::Found(_)));
        shown.extend(found.map(|point| point.id.clone()));
    }
    for verdict in report.verdicts.iter().filter(|verdict| verdict.what != What::Invariant) {
        match verdict.answer {
            Answer::Waits => tally.waits += 1,
            _ => tally.free += 1,
        }
    }
    for point in &report.points {
        tally.point(seed, &small.pieces.case().source, point, shown.contains(&point.id));
    }
}

impl Tally {
    /// Counts a point by its class; the shortest that was never seen is kept.
    fn point(&mut self, seed: u64, source: &str, point: &Point, is_shown: bool) {
        let class = format!("{} {} {}", point.kind.word(), point.code.text(), point.operator);
        let count = self.points.entry(class.clone()).or_default();
        count.0 += 1;
        count.1 += usize::from(is_shown);
        if is_shown {
            return;
        }
        let (relation, key) = (point.relation.text(), point.key.join(", "));
        let (kind, output) = (point.kind.word(), point.output.text());
        let text = format!("seed {seed} {kind}({relation} by {key}) for {output}\n{source}");
        let least = self.unseen.entry(class).or_insert_with(|| (text.len(), text.clone()));
        if text.len() < least.0 {
            *least = (text.len(), text);
        }
    }
}

#[test]
fn points_stand_for_all_that_random_programs_do() {
    let patience = std::env::var("BLOOM_UNSEEN").ok().and_then(|text| text.parse().ok());
    let mut tally = Tally { patience: patience.unwrap_or(0), ..Tally::default() };
    let from = first_seed();
    for seed in from..from + u64::from(cases::cases(PROGRAMS).cases) {
        program(seed, &mut tally);
    }
    println!(
        "{} programs, {} runs, {} free outputs, {} that wait",
        tally.programs, tally.runs, tally.free, tally.waits
    );
    for (class, (all, shown)) in &tally.points {
        println!("{class}: {shown} of {all} were seen");
    }
    if tally.patience > 0 {
        for (class, (_, text)) in &tally.unseen {
            println!("== never seen: {class}\n{text}");
        }
    }
    let wrong: Vec<String> = tally
        .wrong
        .iter()
        .map(|(class, (count, shortest))| format!("== {count} times{class}\n{shortest}"))
        .collect();
    assert!(wrong.is_empty(), "what no point stands for:\n{}", wrong.join("\n"));
    assert!(tally.free * FREE_AT_LEAST > tally.waits, "{} free outputs are too few", tally.free);
}
