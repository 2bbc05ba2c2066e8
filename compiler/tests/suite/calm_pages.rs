//! The pages of the codes of reports cannot lie: the first program of a page has
//! what the page is about, and one marked `fixed` does not.

use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Code;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::pages;
use bloom_compiler::driver;

use crate::blocks;
use crate::blocks::Block;

/// Whether a report has what a code is about. Codes of notes and of refused
/// programs belong to no point.
fn has(code: Code, report: &Report) -> bool {
    match code {
        Code::NoKeySurvives => report.points.iter().any(|point| point.no_key.is_some()),
        Code::WaitsForEndless => report.faults.iter().any(|fault| fault.code == Some(code)),
        Code::CycleThroughNegation => !report.complete,
        Code::Threshold => !report.thresholds.is_empty(),
        Code::PlacementAssumed => !report.assumptions.is_empty(),
        Code::DeclaredNondeterminism => !report.declared.is_empty(),
        Code::GrowsForEver => !report.grows.is_empty(),
        code => report.points.iter().any(|point| point.code == code),
    }
}

#[test]
fn pages_of_points_show_what_they_say() {
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let page = pages::page(*code);
        let title = format!("# {}: {}", code.text(), code.title());
        if page.lines().next() != Some(title.as_str()) {
            wrong.push(format!("the page does not start with `{title}`"));
        }
        let programs: Vec<Block> =
            blocks::blocks(page).into_iter().filter(Block::is_program).collect();
        let fixed = programs.iter().filter(|block| block.has("fixed")).count();
        if fixed == 0 || programs.first().is_none_or(|block| block.has("fixed")) {
            wrong.push(format!("{}: no program that has it, or none without", code.text()));
        }
        for block in programs {
            let compiled = driver::check("page.bloom", &block.text, &driver::Options::default());
            let report = compiled.report(&Assume::default());
            let is_fixed = block.has("fixed");
            if has(*code, &report) == is_fixed {
                let found: Vec<String> = report.points.iter().map(|p| p.code.text()).collect();
                wrong.push(format!("{}, line {}: found {found:?}", code.text(), block.line));
            }
            let refused = compiled.diagnostics.iter().find(|one| one.is_error());
            if let Some(error) = refused.filter(|_| is_fixed || *code != Code::CycleThroughNegation)
            {
                wrong.push(format!("{}, line {}: {}", code.text(), block.line, error.title));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn codes_of_points_are_found_by_their_text() {
    assert_eq!(pages::explain("CALM002"), pages::explain("calm2"));
    assert!(pages::explain("CALM002").is_some_and(|page| page.is_ok()));
    assert!(pages::explain("CALM099").is_some_and(|page| page.is_err()));
    assert!(pages::explain("B0101").is_none());
    assert!(pages::list().starts_with("CALM001  negation of a growing input\n"));
}
