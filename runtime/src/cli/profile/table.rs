//! A profile as aligned lines.

use std::fmt::Write;

use crate::cli::profile::Report;
use crate::cli::profile::counted;
use crate::cli::profile::variant_name;
use crate::cli::stats::columns;
use crate::cli::stats::count;
use crate::cli::stats::size;
use crate::cli::stats::time;

/// The profile for people.
pub fn show(report: &Report) -> String {
    let mut out = String::new();
    let header = ["rule", "time", "%", "matches", "new rows", "runs"].map(str::to_owned);
    for (number, stratum) in report.strata() {
        let _ = writeln!(
            out,
            "stratum {number}: {}   {}, {:.1} %, {}",
            stratum.rels.join(", "),
            time(stratum.time.as_secs_f64()),
            report.share(stratum.time),
            counted(stratum.rounds, "round", "rounds")
        );
        let mut rules: Vec<_> = stratum.rules.iter().collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.time()));
        let mut rows = vec![header.clone()];
        for rule in &rules {
            let (file, line) = report.place(rule.span);
            let name = format!("  {} {file}:{line}", rule.name);
            let all = |of: fn(&crate::kernel::VariantProfile) -> u64| {
                rule.variants.iter().map(of).sum::<u64>()
            };
            rows.push([
                name,
                time(rule.time().as_secs_f64()),
                format!("{:.1}", report.share(rule.time())),
                count(all(|v| v.matches)),
                count(all(|v| v.new_rows)),
                count(all(|v| v.runs)),
            ]);
            if rule.variants.len() > 1 {
                rows.extend(rule.variants.iter().map(|variant| {
                    [
                        format!("    {}", variant_name(variant.delta.as_deref())),
                        time(variant.time.as_secs_f64()),
                        format!("{:.1}", report.share(variant.time)),
                        count(variant.matches),
                        count(variant.new_rows),
                        count(variant.runs),
                    ]
                }));
            }
        }
        columns(&rows, &mut out);
        for rule in rules.iter().take(3) {
            let _ = writeln!(out, "  {}: {}", report.place(rule.span).1, report.text(rule.span));
        }
        out.push('\n');
    }
    let mut relations = vec![["relation", "rows", "memory", "indexes"].map(str::to_owned)];
    for r in report.stats.relations.iter().filter(|r| !r.hidden || r.rows > 0) {
        let name = if r.hidden { format!("({})", r.name) } else { r.name.clone() };
        relations.push([name, count(r.rows as u64), size(r.bytes), size(r.index_bytes)]);
    }
    columns(&relations, &mut out);
    let _ = writeln!(
        out,
        "\n{} in {}, {}",
        time(report.time().as_secs_f64()),
        counted(report.profile.strata.len() as u64, "stratum", "strata"),
        counted(report.stats.rounds, "round", "rounds")
    );
    out
}
