//! Examples of points: every point of the canonical programs has one, or it
//! stands in a list that is read. What an example shows is decided by the judge;
//! here it is looked at whether it keeps its promises.

use std::collections::BTreeMap;
use std::fmt::Write;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::proof::Fact;
use bloom_compiler::calm::proof::Form;
use bloom_compiler::calm::proof::Search;
use bloom_compiler::calm::proof::Witness;
use bloom_compiler::calm::witness;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::oracle::Value;
use bloom_compiler::types::typed::Rel;
use bloom_compiler::types::typed::Role;

use crate::calm_spec;

/// Points of the canonical programs, at least.
const LEAST_POINTS: usize = 110;

fn compiled(text: &str) -> Compiled {
    driver::check("program.bloom", text, &driver::Options::default())
}

fn reported(compiled: &Compiled, steps: u64) -> Report {
    let mut report = compiled.report(&Assume::default());
    compiled.examples(&mut report, steps);
    report
}

fn listed(facts: &[Fact]) -> String {
    facts.iter().map(Fact::text).collect::<Vec<_>>().join(", ")
}

fn told(point: &Point) -> String {
    let key = point.key.join(", ");
    let mut out = format!("{}({} by {key})", point.kind.word(), point.relation.text());
    match &point.witness {
        Search::Found(found) => {
            let lines = [
                ("have", &found.have),
                ("shown", &found.shown),
                ("late", &found.late),
                ("gone", &found.gone),
                ("instead", &found.instead),
            ];
            let _ = write!(out, " {:?}", found.form);
            for (word, facts) in lines {
                let _ = write!(out, "\n    {word:8} {}", listed(facts));
            }
        }
        other => {
            let _ = write!(out, " {other:?}");
        }
    }
    out + "\n"
}

/// What is wrong with an example.
fn wrong(compiled: &Compiled, point: &Point, found: &Witness) -> Vec<String> {
    let mut out = Vec::new();
    let changes = !found.gone.is_empty() || !found.instead.is_empty();
    if found.late.is_empty() || !changes {
        out.push("nothing comes, or nothing changes".to_string());
    }
    if found.gone.iter().any(|fact| !found.shown.contains(fact)) {
        out.push("what is gone was not shown".to_string());
    }
    let is_together = found.form == Form::Together;
    if is_together != matches!(point.kind, Kind::Exclusive | Kind::Escrow) {
        out.push("operations that break an invariant meet, and no others".to_string());
    }
    if found.runs.len() != if is_together { 3 } else { 2 } {
        out.push(format!("{} runs", found.runs.len()));
    }
    let is_about = |fact: &Fact| fact.relation == point.relation;
    let mut taken = found.runs.iter().flat_map(|run| &run.ticks).flat_map(|tick| &tick.facts);
    if !taken.any(is_about) {
        out.push(format!("`{}` has no part in it", point.relation.text()));
    }
    if found.form == Form::Late && !found.late.iter().all(is_about) {
        out.push("another fact is late".to_string());
    }
    for run in &found.runs {
        let mut rows: BTreeMap<(usize, RelId, Vec<Value>), Vec<Value>> = BTreeMap::new();
        let loaded = run.nodes.iter().map(|start| (start.role_at, &start.rows));
        let taken = run.ticks.iter().map(|tick| (run.nodes[tick.at].role_at, &tick.rows));
        for (part, (rel, row)) in
            loaded.chain(taken).flat_map(|(part, rows)| rows.iter().map(move |row| (part, row)))
        {
            let declared = rel_of(compiled, part, *rel);
            let old = rows.insert((part, *rel, key(declared, row)), row.clone());
            if old.is_some_and(|old| old != *row) && declared.kind != RelKind::Channel {
                out.push(format!("two rows of one key in `{}`", declared.name));
            }
        }
    }
    out
}

fn rel_of(compiled: &Compiled, part: usize, rel: RelId) -> &Rel {
    let program = match compiled.roles.get(part) {
        Some(role) => &role.typed,
        None => compiled.typed.as_ref().expect("a program"),
    };
    &program.rels[rel.index()]
}

fn key(rel: &Rel, row: &[Value]) -> Vec<Value> {
    let cols = rel.cols.iter().zip(row);
    cols.filter(|(col, _)| col.role == Role::Key).map(|(_, value)| value.clone()).collect()
}

#[test]
fn every_point_of_the_canonical_programs_has_an_example() {
    let (mut points, mut faults, mut without) = (0, Vec::new(), String::new());
    for case in calm_spec::cases() {
        let compiled = compiled(&case.program);
        let report = reported(&compiled, witness::STEPS);
        for point in &report.points {
            points += 1;
            match &point.witness {
                Search::Found(found) => {
                    let wrong = wrong(&compiled, point, found);
                    if !wrong.is_empty() {
                        faults.push(format!("{}: {wrong:?}\n  {}", case.name, told(point)));
                    }
                }
                _ => {
                    let _ = write!(without, "{}: {}", case.name, told(point));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(points >= LEAST_POINTS, "{points} points");
    insta::assert_snapshot!("points_without_example", without);
}

#[test]
fn examples_read_well() {
    let mut out = String::new();
    for title in [
        "The disorderly cart",
        "The cart of many roles",
        "The store that overwrites",
        "Two in one tick",
        "An event at a threshold",
        "Withdrawals from a bank account",
        "A table that remembers what should have gone",
        "When it arrived",
        "Exactly so many",
        "The ad network",
    ] {
        let cases = calm_spec::cases();
        let case = cases.iter().find(|case| case.name.ends_with(title)).expect(title);
        let report = reported(&compiled(&case.program), witness::STEPS);
        let _ = writeln!(out, "{title}");
        for point in &report.points {
            let _ = write!(out, "  {}", told(point));
        }
    }
    insta::assert_snapshot!("examples", out);
}

#[test]
fn the_same_program_has_the_same_examples() {
    for case in calm_spec::cases().iter().step_by(7) {
        let compiled = compiled(&case.program);
        let one = reported(&compiled, witness::STEPS);
        assert_eq!(one, reported(&compiled, witness::STEPS), "{}", case.name);
    }
}

/// Without steps nothing is found, and nothing is said to be free for that.
#[test]
fn a_bound_that_is_reached_is_said() {
    let text = "input a(n: int);\ninput b(n: int);\noutput o(n: int);\no(n) <= a(n), not b(n);\n";
    let report = reported(&compiled(text), 10);
    assert_eq!(report.points.len(), 1);
    assert!(matches!(&report.points[0].witness, Search::NotFound { bound: 10, .. }));
    let broken = format!("{text}o(n) <= c(n);\n");
    let report = reported(&compiled(&broken), witness::STEPS);
    assert!(report.points.iter().all(|p| matches!(&p.witness, Search::CannotRun(_))));
}

/// A fact that another rule of the program refuses is no example.
#[test]
fn an_example_holds_in_the_whole_program() {
    let text = "input table a(n: int);\ninput table b(n: int);\noutput o(n: int);\n\
                o(n) <= a(n), not b(n);\ninvariant few: not (b(n) and n < 3);\n";
    let report = reported(&compiled(text), witness::STEPS);
    let point = report.points.iter().find(|point| point.kind == Kind::Seal).expect("a seal");
    let Search::Found(found) = &point.witness else { panic!("{:?}", point.witness) };
    assert_eq!(listed(&found.late), "b(3)");
}
