//! Outcomes on paper: a Markdown table for people, JSON for keeping. Ratios are Bloom divided by
//! the peer, so below 1 is better. It must not measure or judge: no ratio is an error here.

use std::fmt::Write;

use serde_json::Value;
use serde_json::json;

use crate::compare::Outcome;
use crate::measure::Cost;

const MEGABYTE: f64 = 1e6;

/// The table and what it comes to.
pub fn markdown(outcomes: &[Outcome], plain: bool) -> String {
    let mut head = vec![
        "case",
        "rows",
        "peer CPU s",
        "Bloom CPU s",
        "CPU ratio",
        "peer MB",
        "Bloom MB",
        "MB ratio",
    ];
    if plain {
        head.extend(["plain CPU s", "plain MB"]);
    }
    let mut text = line(&head);
    let rule: Vec<&str> = (0..head.len()).map(|at| if at == 0 { "---" } else { "--:" }).collect();
    text += &line(&rule);
    for outcome in outcomes {
        text += &line(&cells(outcome, plain));
    }
    text.push('\n');
    text += &summary("CPU", outcomes, cpu_ratio);
    text += &summary("Memory", outcomes, memory_ratio);
    text
}

fn line<S: AsRef<str>>(cells: &[S]) -> String {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn cells(outcome: &Outcome, plain: bool) -> Vec<String> {
    let rows: Vec<String> = outcome.sizes.values().map(|rows| grouped(*rows)).collect();
    let seconds = |cost: Option<Cost>| show(cost.map(|cost| cost.cpu_seconds), 3);
    let megabytes = |cost: Option<Cost>| show(cost.map(|cost| megabytes(&cost)), 1);
    let mut cells = vec![
        outcome.case.to_owned(),
        rows.join(" / "),
        seconds(Some(outcome.peer)),
        seconds(outcome.bloom),
        show(cpu_ratio(outcome), 2),
        megabytes(Some(outcome.peer)),
        megabytes(outcome.bloom),
        show(memory_ratio(outcome), 2),
    ];
    if plain {
        cells.extend([seconds(outcome.plain), megabytes(outcome.plain)]);
    }
    cells
}

fn show(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

fn megabytes(cost: &Cost) -> f64 {
    cost.peak_bytes as f64 / MEGABYTE
}

/// 1234567 as 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn ratio(ours: Option<Cost>, theirs: &Cost, of: fn(&Cost) -> f64) -> Option<f64> {
    // A run too short for the clock has no ratio.
    let (ours, theirs) = (of(&ours?), of(theirs));
    (ours > 0.0 && theirs > 0.0).then(|| ours / theirs)
}

fn cpu_ratio(outcome: &Outcome) -> Option<f64> {
    ratio(outcome.bloom, &outcome.peer, |cost| cost.cpu_seconds)
}

fn memory_ratio(outcome: &Outcome) -> Option<f64> {
    ratio(outcome.bloom, &outcome.peer, megabytes)
}

type Ratio = fn(&Outcome) -> Option<f64>;

fn geometric_mean(outcomes: &[Outcome], ratio: Ratio) -> Option<f64> {
    let logarithms: Vec<f64> = outcomes.iter().filter_map(ratio).map(f64::ln).collect();
    let count = logarithms.len() as f64;
    (count > 0.0).then(|| (logarithms.iter().sum::<f64>() / count).exp())
}

fn worst(outcomes: &[Outcome], ratio: Ratio) -> Option<(&'static str, f64)> {
    let ratios = outcomes.iter().filter_map(|outcome| Some((outcome.case, ratio(outcome)?)));
    ratios.max_by(|left, right| left.1.total_cmp(&right.1))
}

fn summary(what: &str, outcomes: &[Outcome], ratio: Ratio) -> String {
    let mut text = String::new();
    let (Some(mean), Some((case, most))) =
        (geometric_mean(outcomes, ratio), worst(outcomes, ratio))
    else {
        return format!("{what}: nothing to compare\n");
    };
    let measured = outcomes.iter().filter(|outcome| ratio(outcome).is_some()).count();
    let above = outcomes.iter().filter(|outcome| ratio(outcome) > Some(1.0)).count();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{what}: geometric mean {mean:.2} over {measured} of {} cases, worst {case} {most:.2}, \
         above 1 in {above}",
        outcomes.len()
    );
    text
}

/// Everything measured, for comparisons between days.
pub fn json(outcomes: &[Outcome], runs: usize, scale: &str) -> String {
    let cost = |cost: Cost| {
        json!({
            "cpu_seconds": cost.cpu_seconds,
            "wall_seconds": cost.wall_seconds,
            "peak_bytes": cost.peak_bytes,
        })
    };
    let case = |outcome: &Outcome| {
        json!({
            "case": outcome.case,
            "rows": outcome.sizes,
            "peer": cost(outcome.peer),
            "bloom": outcome.bloom.map(cost),
            "plain": outcome.plain.map(cost),
            "cpu_ratio": cpu_ratio(outcome),
            "memory_ratio": memory_ratio(outcome),
            "complaints": outcome.complaints,
        })
    };
    let cases: Vec<Value> = outcomes.iter().map(case).collect();
    let worst = |ratio| worst(outcomes, ratio).map(|(case, ratio)| json!([case, ratio]));
    let document = json!({
        "v": 1,
        "scale": scale,
        "runs": runs,
        "cases": cases,
        "cpu_ratio_geometric_mean": geometric_mean(outcomes, cpu_ratio),
        "cpu_ratio_worst": worst(cpu_ratio),
        "memory_ratio_geometric_mean": geometric_mean(outcomes, memory_ratio),
        "memory_ratio_worst": worst(memory_ratio),
    });
    format!("{document:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(case: &'static str, peer: f64, bloom: Option<f64>) -> Outcome {
        let cost = |cpu_seconds| Cost { cpu_seconds, wall_seconds: 1.0, peak_bytes: 2_000_000 };
        Outcome {
            case,
            sizes: [("p".to_owned(), 1_234_567)].into(),
            peer: cost(peer),
            bloom: bloom.map(cost),
            plain: None,
            complaints: Vec::new(),
        }
    }

    #[test]
    fn a_table_with_a_failed_case_still_has_a_mean() {
        let outcomes =
            [outcome("x", 1.0, Some(2.0)), outcome("y", 2.0, Some(1.0)), outcome("z", 1.0, None)];
        let text = markdown(&outcomes, false);
        assert!(text.contains("| x | 1,234,567 | 1.000 | 2.000 | 2.00 | 2.0 | 2.0 | 1.00 |"));
        assert!(text.contains("| z | 1,234,567 | 1.000 | – | – | 2.0 | – | – |"));
        assert!(text.contains("CPU: geometric mean 1.00 over 2 of 3 cases, worst x 2.00"));
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let texts = [0, 12, 999, 1_000, 1_234_567].map(grouped);
        assert_eq!(texts, ["0", "12", "999", "1,000", "1,234,567"]);
    }
}
