//! A profile as JSON, `bloom-profile/1`.

use serde::Serialize;

use crate::cli::profile::Report;
use crate::kernel::RuleProfile;

#[derive(Serialize)]
struct Root<'a> {
    schema: &'static str,
    program: &'a str,
    seconds: f64,
    rounds: u64,
    strata: Vec<StratumItem<'a>>,
    relations: Vec<RelationItem<'a>>,
    interner_bytes: usize,
}

#[derive(Serialize)]
struct StratumItem<'a> {
    relations: &'a [String],
    seconds: f64,
    rounds: u64,
    rules: Vec<RuleItem<'a>>,
}

#[derive(Serialize)]
struct RuleItem<'a> {
    head: &'a str,
    file: &'a str,
    line: usize,
    text: String,
    seconds: f64,
    variants: Vec<VariantItem<'a>>,
}

#[derive(Serialize)]
struct VariantItem<'a> {
    news_of: Option<&'a str>,
    seconds: f64,
    runs: u64,
    matches: u64,
    new_rows: u64,
}

#[derive(Serialize)]
struct RelationItem<'a> {
    name: &'a str,
    rows: usize,
    bytes: usize,
    index_bytes: usize,
    hidden: bool,
}

/// The profile for programs.
pub fn show(report: &Report) -> String {
    let strata = report.profile.strata.iter().map(|stratum| StratumItem {
        relations: &stratum.rels,
        seconds: stratum.time.as_secs_f64(),
        rounds: stratum.rounds,
        rules: stratum
            .rules
            .iter()
            .map(|one| {
                let (file, line) = report.place(one.span);
                let seconds = one.time().as_secs_f64();
                let (text, variants) = (report.text(one.span), variants(one));
                RuleItem { head: &one.name, file, line, text, seconds, variants }
            })
            .collect(),
    });
    let relations = report.stats.relations.iter().map(|relation| RelationItem {
        name: &relation.name,
        rows: relation.rows,
        bytes: relation.bytes,
        index_bytes: relation.index_bytes,
        hidden: relation.hidden,
    });
    let root = Root {
        schema: "bloom-profile/1",
        program: &report.program,
        seconds: report.time().as_secs_f64(),
        rounds: report.stats.rounds,
        strata: strata.collect(),
        relations: relations.collect(),
        interner_bytes: report.stats.interner_bytes,
    };
    // Numbers, texts and lists always have a JSON form.
    serde_json::to_string_pretty(&root).unwrap_or_default() + "\n"
}

fn variants(rule: &RuleProfile) -> Vec<VariantItem<'_>> {
    let mut items = Vec::with_capacity(rule.variants.len());
    for variant in &rule.variants {
        items.push(VariantItem {
            news_of: variant.delta.as_deref(),
            seconds: variant.time.as_secs_f64(),
            runs: variant.runs,
            matches: variant.matches,
            new_rows: variant.new_rows,
        });
    }
    items
}
