//! Which outputs are shown as they come, and in which words the others are told
//! to wait. A row that was shown must stay true: so the report has to call the
//! output free, and its rules must only add rows to it.

use bloom_compiler::calm::model::Answer;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::strata::Need;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan::flow::Flow;
use bloom_compiler::plan::flow::When;
use bloom_compiler::source::SourceMap;
use bloom_compiler::types::typed::Program;

use crate::cli::report::words;
use crate::cli::stats;

/// What became of the outputs, for statistics.
#[derive(serde::Serialize, Default)]
pub struct Streamed {
    /// Every output.
    pub outputs: Vec<Output>,
    /// Rows that were written.
    pub rows: u64,
    /// Those that were when the last of the input had come.
    pub rows_before_the_end: u64,
    /// CPU and wall time until the first was.
    pub first_row_cpu_seconds: Option<f64>,
    /// See above.
    pub first_row_seconds: Option<f64>,
}

/// An output.
#[derive(serde::Serialize, Clone)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Whether its rows were shown as they came.
    pub streamed: bool,
    /// Ids of the points of the report that it waits at.
    pub points: Vec<String>,
    /// Why it was streamed, or not.
    pub why: String,
    /// Rows of it that were shown as they came, and those of them that were
    /// when the last of the input had come.
    pub rows: u64,
    /// See above.
    pub rows_before_the_end: u64,
}

/// Outputs of which the report says that a row stays, whatever comes.
pub fn free(report: &Report, role: &str, shown: &[RelId], program: &Program) -> Vec<RelId> {
    shown.iter().copied().filter(|rel| waits(report, role, program, *rel).is_none()).collect()
}

/// Why the report does not call a relation free; `None` where it does, or where
/// it is no output: nobody made a promise about it then.
fn waits(
    report: &Report,
    role: &str,
    program: &Program,
    rel: RelId,
) -> Option<(Vec<String>, String)> {
    let name = &program.rels[rel.index()].name;
    let own = |of: &Option<String>| of.as_ref().is_none_or(|of| of == role);
    let mut all = report.verdicts.iter();
    let verdict = all.find(|one| one.name.name == *name && own(&one.name.role))?;
    match verdict.answer {
        Answer::Free | Answer::Threshold => None,
        Answer::Declared => Some((Vec::new(), format!("the report says: {}", verdict.because))),
        Answer::Waits => {
            let points = verdict.points.iter().filter_map(|id| report.point(id));
            let waits: Vec<String> = points.map(words::answer).collect();
            Some((verdict.points.clone(), format!("it waits for {}", waits.join(", "))))
        }
    }
}

/// What is said of an output, before anything has come.
pub fn output(
    rel: RelId,
    flow: &Flow,
    (report, role): (&Report, &str),
    program: &Program,
    sources: &SourceMap,
) -> Output {
    let (points, waits) = waits(report, role, program, rel).unzip();
    let mut points = points.unwrap_or_default();
    points.dedup();
    let held = match flow.when[rel.index()] {
        When::After(gate) => {
            let rule = &program.rules[gate.rule];
            let head = &program.rels[rule.head.index()].name;
            let reads = &program.rels[gate.reads.index()].name;
            let file = sources.file(gate.span.file);
            let line = file.line_col(gate.span.lo).0;
            let how = match gate.need {
                Need::Not | Need::Else | Need::All | Need::Growing => {
                    format!("needs to know every row of `{reads}`")
                }
                Need::Aggregate => format!("aggregates all rows of `{reads}`"),
                Need::Reveal => format!("reads values of `{reads}` that may still grow"),
            };
            Some(format!("`{head}` {how} ({}:{line})", file.name))
        }
        _ if !flow.is_shown_early(program, rel) => Some("a row of it may still grow".to_owned()),
        _ => None,
    };
    let streamed = held.is_none() && waits.is_none();
    let why = match (held, waits) {
        (Some(held), _) => held,
        (None, Some(waits)) => waits,
        (None, None) => match flow.when[rel.index()] {
            When::Before => "no row that comes later changes it".to_owned(),
            _ => "every rule only adds rows".to_owned(),
        },
    };
    let name = program.rels[rel.index()].name.clone();
    Output { name, streamed, points, why, rows: 0, rows_before_the_end: 0 }
}

/// The numbers as a table, with a line about the first row.
pub fn table(streamed: &Streamed) -> String {
    let mut out = String::from("\n");
    let head = ["output", "shown", "rows", "before the end of the input"];
    let mut lines = vec![head.map(str::to_owned)];
    for one in &streamed.outputs {
        let shown = if one.streamed { "as they came" } else { "at the end" };
        let number = |n: u64| if one.streamed { stats::count(n) } else { String::new() };
        let (rows, early) = (number(one.rows), number(one.rows_before_the_end));
        lines.push([one.name.clone(), shown.to_owned(), rows, early]);
    }
    stats::columns(&lines, &mut out);
    for one in &streamed.outputs {
        let at = match one.points.as_slice() {
            [] => String::new(),
            points => format!("{}: ", points.join(", ")),
        };
        out.push_str(&format!("{}: {at}{}\n", one.name, one.why));
    }
    if let (Some(cpu), Some(wall)) = (streamed.first_row_cpu_seconds, streamed.first_row_seconds) {
        let (cpu, wall) = (stats::time(cpu), stats::time(wall));
        out.push_str(&format!("the first row was out after {cpu} of CPU, {wall} in all\n"));
    }
    out
}

/// What is said where everything comes at the end.
pub fn nothing(outputs: &[Output]) -> Option<String> {
    if outputs.is_empty() || outputs.iter().any(|one| one.streamed) {
        return None;
    }
    let one = |one: &Output| format!("`{}`: {}", one.name, one.why);
    let all: Vec<String> = outputs.iter().map(one).collect();
    Some(format!("nothing is shown before all input has come. {}", all.join("; ")))
}
