//! What programs compute: every program of `spec/run.md` is run by the oracle
//! and must give the rows, or fail as, the block behind it says. This room
//! only compares; what is right stands in the page.

use libtest_mimic::Failed;
use libtest_mimic::Trial;

use bloom_compiler::diag::Severity;
use bloom_compiler::driver::Compiled;
use bloom_compiler::oracle;

use crate::blocks;
use crate::blocks::Block;
use crate::markdown;

/// A trial for each.
pub fn trials() -> Vec<Trial> {
    let page = include_str!("../../spec/run.md");
    let modules = include_str!("../../spec/modules.md");
    let mut trials = Vec::new();
    let mut program: Option<Block> = None;
    for block in blocks::blocks(page).into_iter().chain(blocks::blocks(modules)) {
        match (block.info.as_str(), &program) {
            ("rows" | "failure", Some(of)) => {
                let of = of.clone();
                let name = format!("run:{} {}", of.line, of.heading);
                trials.push(Trial::test(name, move || check(&of, &block)));
                program = None;
            }
            _ => program = Some(block),
        }
    }
    trials
}

fn check(program: &Block, wanted: &Block) -> Result<(), Failed> {
    let compiled = markdown::compiled(program);
    for diagnostic in &compiled.diagnostics {
        if diagnostic.severity == Severity::Error {
            return Err(markdown::show(&compiled.sources, diagnostic).into());
        }
    }
    let found = run(&compiled).ok_or("the compiler gave no typed program and no error")?;
    if found.trim() == wanted.text.trim() {
        return Ok(());
    }
    Err(format!("wanted\n{}\nfound\n{found}", wanted.text).into())
}

/// The rows of all outputs, or the failure, as the page shows them.
fn run(compiled: &Compiled) -> Option<String> {
    let (program, strata) = compiled.typed.as_ref().zip(compiled.strata.as_ref())?;
    let input = oracle::Input::default();
    let limits = oracle::OracleLimits { rounds_max: 1_000, ..oracle::OracleLimits::default() };
    let mut out = String::new();
    match oracle::run(program, &strata.of_rule, strata.count, &input, &limits) {
        Ok(state) => {
            for (rel, rows) in program.rels.iter().zip(&state.rows) {
                if rel.is_shown() {
                    for row in rows {
                        out.push_str(&oracle::fact(rel, row, program));
                        out.push('\n');
                    }
                }
            }
        }
        Err(failure) => {
            let text = compiled.sources.text(failure.span);
            out = format!("{}: {text}\n", failure.kind.name());
        }
    }
    Some(out)
}
