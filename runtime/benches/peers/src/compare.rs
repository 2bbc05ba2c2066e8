//! The comparison itself: inputs, runs in turns, sizes side by side. Every program is a child
//! process seen from outside. What the numbers look like on paper belongs to the report.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitCode;

use serde_json::Value;

use crate::args::Options;
use crate::cases::Case;
use crate::measure;
use crate::measure::Cost;
use crate::report;

/// Rows per output relation.
pub type Sizes = BTreeMap<String, u64>;

/// What was measured for one case.
#[derive(Debug)]
pub struct Outcome {
    /// Name of the case.
    pub case: &'static str,
    /// The sizes on which all programs must agree; those of the peer.
    pub sizes: Sizes,
    /// Cost of the peer.
    pub peer: Cost,
    /// Cost of Bloom, unless something went wrong.
    pub bloom: Option<Cost>,
    /// Cost of the loop written by hand, if there is one and it was asked for.
    pub plain: Option<Cost>,
    /// Failures and disagreements, in words.
    pub complaints: Vec<String>,
}

/// Runs all cases, prints the table and tells by the exit code whether everything ran and agreed.
pub fn compare(options: &Options) -> Result<ExitCode, String> {
    let this = std::env::current_exe().map_err(|error| format!("cannot find myself: {error}"))?;
    let bloom = match &options.bloom {
        Some(path) => path.clone(),
        None => this.with_file_name("bloom"),
    };
    if !bloom.is_file() {
        return Err(format!(
            "there is no {}; build it with `cargo build --release -p bloom`, or name it with \
             `--bloom`",
            bloom.display()
        ));
    }
    let tools = Tools { this, bloom, options };
    let mut outcomes = Vec::new();
    for case in &options.cases {
        eprintln!("{} ...", case.name);
        let outcome = tools.measure(case)?;
        for complaint in &outcome.complaints {
            eprintln!("{}: {complaint}", case.name);
        }
        outcomes.push(outcome);
    }
    print!("{}", report::markdown(&outcomes, options.plain));
    if let Some(path) = &options.json {
        let text = report::json(&outcomes, options.runs, options.scale.name());
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let good = outcomes.iter().all(|outcome| outcome.complaints.is_empty());
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Tools<'a> {
    this: PathBuf,
    bloom: PathBuf,
    options: &'a Options,
}

/// One program of a case and the runs it has behind it.
struct Contender {
    command: Command,
    sizes: fn(&measure::Finished) -> Result<Sizes, String>,
    runs: Vec<Cost>,
    result: Result<Sizes, String>,
}

impl Tools<'_> {
    fn measure(&self, case: &'static Case) -> Result<Outcome, String> {
        self.generate(case)?;
        let folder = case.folder(self.options.scale, &self.options.data);
        let mut peer = Contender::new(self.own("peer", case, &folder), printed_sizes);
        let mut bloom = Contender::new(self.bloom(case, &folder), reported_sizes);
        let mut plain = (self.options.plain && case.plain)
            .then(|| Contender::new(self.own("plain", case, &folder), printed_sizes));
        // In turns, and every other time in the opposite order: what else the machine does, and
        // what one run leaves behind for the next, then falls on all of them alike.
        for round in 0..self.options.runs {
            let mut turn: Vec<&mut Contender> =
                [&mut peer, &mut bloom].into_iter().chain(plain.as_mut()).collect();
            if round % 2 == 1 {
                turn.reverse();
            }
            for contender in turn {
                contender.run(self.options.max_seconds);
            }
        }
        let sizes = peer.result.clone().map_err(|error| format!("{}, peer: {error}", case.name))?;
        let mut complaints = Vec::new();
        let mut judge = |who: &str, contender: &Contender| match &contender.result {
            Err(error) => {
                complaints.push(format!("{who} failed: {error}"));
                None
            }
            Ok(found) => {
                complaints.extend(disagreements(who, &sizes, found));
                Some(measure::median(&contender.runs))
            }
        };
        Ok(Outcome {
            case: case.name,
            peer: measure::median(&peer.runs),
            bloom: judge("Bloom", &bloom),
            plain: plain.and_then(|plain| judge("the plain loop", &plain)),
            complaints,
            sizes,
        })
    }

    /// In a child process, for the sake of this one's peak (see [`Cost::peak_bytes`]).
    fn generate(&self, case: &Case) -> Result<(), String> {
        if case.folder(self.options.scale, &self.options.data).is_dir() {
            return Ok(());
        }
        let mut command = Command::new(&self.this);
        command.arg("gen").arg("--data").arg(&self.options.data);
        command.args(["--scale", self.options.scale.name(), "--cases", case.name]);
        measure::run(&mut command, self.options.max_seconds)
            .map_err(|error| error.to_string())
            .and_then(|finished| finished.check())
            .map_err(|error| format!("{}, generator: {error}", case.name))
    }

    fn own(&self, what: &str, case: &Case, folder: &Path) -> Command {
        let mut command = Command::new(&self.this);
        command.args([what, case.name]).arg(folder);
        command
    }

    fn bloom(&self, case: &Case, folder: &Path) -> Command {
        let mut command = Command::new(&self.bloom);
        command.arg("run").arg(case.bloom_program(&self.options.programs));
        command.arg("--facts").arg(folder).args(["--stats=json", "--no-output"]);
        command
    }
}

impl Contender {
    fn new(command: Command, sizes: fn(&measure::Finished) -> Result<Sizes, String>) -> Self {
        Contender { command, sizes, runs: Vec::new(), result: Ok(Sizes::new()) }
    }

    /// Runs once more, unless it has failed already: it would fail again.
    fn run(&mut self, max_seconds: u64) {
        if self.result.is_err() {
            return;
        }
        self.result = measure::run(&mut self.command, max_seconds)
            .map_err(|error| format!("cannot run: {error}"))
            .and_then(|finished| {
                finished.check()?;
                self.runs.push(finished.cost);
                (self.sizes)(&finished)
            });
    }
}

/// The outputs of the peer decide; a program may report other relations as well.
fn disagreements(who: &str, expected: &Sizes, found: &Sizes) -> Vec<String> {
    let complaint = |(relation, rows): (&String, &u64)| match found.get(relation) {
        Some(other) if other == rows => None,
        Some(other) => Some(format!(
            "SIZES DIFFER: `{relation}` has {rows} rows for the peer, {other} for {who}"
        )),
        None => Some(format!("SIZES DIFFER: `{relation}` is not reported by {who}")),
    };
    expected.iter().filter_map(complaint).collect()
}

/// Lines of a relation, a tab and a count.
fn printed_sizes(finished: &measure::Finished) -> Result<Sizes, String> {
    let read = |line: &str| {
        let (relation, rows) = line.split_once('\t')?;
        Some((relation.to_owned(), rows.parse().ok()?))
    };
    finished
        .stdout
        .lines()
        .map(|line| read(line).ok_or_else(|| format!("expected relation and count: `{line}`")))
        .collect()
}

/// The `relations` of Bloom's statistics.
fn reported_sizes(finished: &measure::Finished) -> Result<Sizes, String> {
    let stats = statistics(&finished.stderr)
        .ok_or_else(|| format!("no statistics on stderr:\n{}", finished.stderr.trim_end()))?;
    let size = |relation: &Value| {
        Some((relation.get("name")?.as_str()?.to_owned(), relation.get("rows")?.as_u64()?))
    };
    stats["relations"]
        .as_array()
        .and_then(|relations| relations.iter().map(size).collect())
        .ok_or_else(|| "the statistics list no sizes of relations".to_owned())
}

/// The first JSON object with relations; warnings may come before it, on lines of their own.
fn statistics(text: &str) -> Option<Value> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with('{') {
            let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
            match values.next() {
                Some(Ok(value)) if value.get("relations").is_some() => return Some(value),
                _ => {}
            }
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(pairs: &[(&str, u64)]) -> Sizes {
        pairs.iter().map(|(relation, rows)| ((*relation).to_owned(), *rows)).collect()
    }

    #[test]
    fn statistics_are_found_after_warnings() {
        let text = "warning: `x` is used once\n{ not json\n{\"v\": 1}\n\
                    {\n  \"relations\": [{\"name\": \"tc\", \"rows\": 7}]\n}\ndone\n";
        let stats = statistics(text).expect("they are there");
        assert_eq!(stats["relations"][0]["rows"], 7);
        assert!(statistics("{\"v\": 1}").is_none());
    }

    #[test]
    fn a_missing_relation_disagrees_like_a_wrong_one() {
        let expected = sizes(&[("a", 1), ("b", 2), ("c", 3)]);
        let found = sizes(&[("a", 1), ("b", 9), ("extra", 5)]);
        let complaints = disagreements("Bloom", &expected, &found);
        assert_eq!(complaints.len(), 2);
        assert!(complaints[0].contains("`b` has 2 rows for the peer, 9 for Bloom"));
        assert!(complaints[1].contains("`c` is not reported"));
    }
}
