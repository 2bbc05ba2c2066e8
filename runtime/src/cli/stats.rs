//! What a run took: rows, bytes and CPU by relation and rule, as a table for
//! people or as JSON for programs. It measures the process from outside and
//! must not reach into the engine.

use std::fmt::Write;
use std::time::Instant;

use bloom_compiler::source::SourceMap;

use crate::cli::args::StatsForm;
use crate::cli::stream::told;
use crate::cli::stream::told::Streamed;
use crate::cli::system;
use crate::embed::failure::size;
use crate::kernel::Stats;

/// Rules shown in the table.
const RULES_SHOWN: usize = 20;

/// CPU and wall time of a phase.
#[derive(Clone, Copy, Default, Debug)]
#[allow(missing_docs)]
pub struct Took {
    pub cpu: f64,
    pub wall: f64,
}

/// Measures phases one after the other.
#[derive(Clone, Copy)]
pub struct Watch {
    cpu: f64,
    wall: Instant,
}

impl Watch {
    /// Begins.
    pub fn start() -> Watch {
        Watch { cpu: system::cpu_seconds(), wall: Instant::now() }
    }

    /// What passed so far, without a lap.
    pub fn passed(&self) -> Took {
        let (cpu, wall) = (system::cpu_seconds(), Instant::now());
        Took { cpu: cpu - self.cpu, wall: (wall - self.wall).as_secs_f64() }
    }

    /// What passed since the last lap.
    pub fn lap(&mut self) -> Took {
        let (cpu, wall) = (system::cpu_seconds(), Instant::now());
        let took = Took { cpu: cpu - self.cpu, wall: (wall - self.wall).as_secs_f64() };
        (self.cpu, self.wall) = (cpu, wall);
        took
    }
}

/// The phases of a run.
#[derive(Clone, Copy, Default, Debug)]
#[allow(missing_docs)]
pub struct Phases {
    pub compile: Took,
    pub load: Took,
    pub run: Took,
    pub write: Took,
}

#[derive(serde::Serialize)]
struct Report<'a> {
    schema: &'static str,
    strata: usize,
    rounds: u64,
    replans: u64,
    relations: Vec<RelationItem<'a>>,
    rules: Vec<RuleItem<'a>>,
    interner_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gates: Option<u64>,
    compile_seconds: f64,
    load_seconds: f64,
    run_seconds: f64,
    write_seconds: f64,
    compile_cpu_seconds: f64,
    load_cpu_seconds: f64,
    run_cpu_seconds: f64,
    write_cpu_seconds: f64,
    peak_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<&'a Streamed>,
}

#[derive(serde::Serialize)]
struct RelationItem<'a> {
    name: &'a str,
    rows: usize,
    bytes: usize,
    index_bytes: usize,
    hidden: bool,
}

#[derive(serde::Serialize)]
struct RuleItem<'a> {
    head: &'a str,
    file: &'a str,
    line: usize,
    matches: u64,
    new_rows: u64,
    runs: u64,
    cpu_seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    follows: Option<&'a str>,
}

/// The report as text.
pub fn show(form: StatsForm, stats: &Stats, phases: &Phases, sources: &SourceMap) -> String {
    match form {
        StatsForm::Json => json(stats, phases, sources, None),
        StatsForm::Table => table(stats, phases, sources),
    }
}

/// The same of a run that showed rows as they came.
pub fn show_streamed(
    form: StatsForm,
    stats: &Stats,
    phases: &Phases,
    sources: &SourceMap,
    streamed: &Streamed,
) -> String {
    match form {
        StatsForm::Json => json(stats, phases, sources, Some(streamed)),
        StatsForm::Table => table(stats, phases, sources) + &told::table(streamed),
    }
}

fn json(stats: &Stats, phases: &Phases, sources: &SourceMap, stream: Option<&Streamed>) -> String {
    let report = Report {
        schema: "bloom-stats/1",
        strata: stats.strata,
        rounds: stats.rounds,
        replans: stats.replans,
        relations: stats
            .relations
            .iter()
            .map(|r| RelationItem {
                name: &r.name,
                rows: r.rows,
                bytes: r.bytes,
                index_bytes: r.index_bytes,
                hidden: r.hidden,
            })
            .collect(),
        rules: stats
            .rules
            .iter()
            .map(|r| {
                let file = sources.file(r.span.file);
                RuleItem {
                    head: &r.name,
                    file: &file.name,
                    line: file.line_col(r.span.lo).0,
                    matches: r.matches,
                    new_rows: r.new_rows,
                    runs: r.runs,
                    cpu_seconds: r.cpu_seconds,
                    follows: r.follows.as_deref(),
                }
            })
            .collect(),
        interner_bytes: stats.interner_bytes,
        moved_rows: stats.together.map(|(moved, _)| moved),
        gates: stats.together.map(|(_, gates)| gates),
        compile_seconds: phases.compile.wall,
        load_seconds: phases.load.wall,
        run_seconds: phases.run.wall,
        write_seconds: phases.write.wall,
        compile_cpu_seconds: phases.compile.cpu,
        load_cpu_seconds: phases.load.cpu,
        run_cpu_seconds: phases.run.cpu,
        write_cpu_seconds: phases.write.cpu,
        peak_bytes: system::peak_bytes(),
        stream,
    };
    // Numbers, texts and lists always have a JSON form.
    serde_json::to_string(&report).unwrap_or_default() + "\n"
}

fn table(stats: &Stats, phases: &Phases, sources: &SourceMap) -> String {
    let mut out = String::new();
    let mut relations = vec![["relation".into(), "rows".into(), "memory".into(), "indexes".into()]];
    for r in stats.relations.iter().filter(|r| !r.hidden || r.rows > 0) {
        let name = if r.hidden { format!("({})", r.name) } else { r.name.clone() };
        relations.push([name, count(r.rows as u64), size(r.bytes), size(r.index_bytes)]);
    }
    columns(&relations, &mut out);
    let mut order: Vec<usize> = (0..stats.rules.len()).collect();
    order.sort_by(|a, b| {
        let cpu = |i: &usize| stats.rules[*i].cpu_seconds;
        cpu(b).total_cmp(&cpu(a)).then(a.cmp(b))
    });
    let mut rules =
        vec![["rule".into(), "matches".into(), "new rows".into(), "runs".into(), "CPU".into()]];
    for &i in order.iter().take(RULES_SHOWN) {
        let r = &stats.rules[i];
        let line = sources.file(r.span.file).line_col(r.span.lo).0;
        let name = format!("{}:{line}", r.name);
        rules.push([name, count(r.matches), count(r.new_rows), count(r.runs), time(r.cpu_seconds)]);
    }
    out.push('\n');
    columns(&rules, &mut out);
    if order.len() > RULES_SHOWN {
        let _ = writeln!(out, "and {} rules that took less", order.len() - RULES_SHOWN);
    }
    follows(stats, sources, &mut out);
    out.push('\n');
    let mut times = vec![["phase".into(), "CPU".into(), "wall".into()]];
    for (name, took) in [
        ("compile", phases.compile),
        ("load", phases.load),
        ("run", phases.run),
        ("write", phases.write),
    ] {
        times.push([name.to_owned(), time(took.cpu), time(took.wall)]);
    }
    columns(&times, &mut out);
    let _ = writeln!(
        out,
        "\n{} strata, {} rounds, planned anew {} times, {} of texts and compound values, \
         peak memory {}",
        stats.strata,
        count(stats.rounds),
        stats.replans,
        size(stats.interner_bytes),
        size(system::peak_bytes() as usize)
    );
    if let Some((moved, gates)) = stats.together {
        let _ = writeln!(
            out,
            "{} rows went from one worker to another; gates at which all waited: {}",
            count(moved),
            count(gates)
        );
    }
    out
}

/// What becomes of views when something changes, in programs that tick.
fn follows(stats: &Stats, sources: &SourceMap, out: &mut String) {
    let rules = stats.rules.iter().filter_map(|rule| Some((rule, rule.follows.as_ref()?)));
    for (nth, (rule, follows)) in rules.enumerate() {
        let line = sources.file(rule.span.file).line_col(rule.span.lo).0;
        let gap = if nth == 0 { "\n" } else { "" };
        let _ = writeln!(out, "{gap}{}:{line} is {follows}", rule.name);
    }
}

/// Lines with aligned columns: the first to the left, the others to the right.
pub fn columns<const N: usize>(rows: &[[String; N]], out: &mut String) {
    let width = |i: usize| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    for row in rows {
        let _ = write!(out, "{:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            let _ = write!(out, "  {cell:>width$}");
        }
        out.push('\n');
    }
}

/// `1_234_567`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

/// `12.3 ms`, `1.25 s`.
pub fn time(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.1} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_reading() {
        assert_eq!(count(1_234_567), "1_234_567");
        assert_eq!(count(12), "12");
        assert_eq!(time(0.0123), "12.3 ms");
    }
}
