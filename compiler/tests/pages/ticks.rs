//! What happens tick after tick: every program of `spec/ticks/*.md` with a
//! block of ticks behind it is played by the oracle and must do what the block
//! says. This room only compares; what is right stands in the pages.

use std::path::Path;

use libtest_mimic::Failed;
use libtest_mimic::Trial;

use bloom_compiler::oracle;
use bloom_compiler::oracle::OracleLimits;

use crate::blocks;
use crate::blocks::Block;
use crate::steps;

/// A trial for each.
pub fn trials() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/ticks");
    let mut pages: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of the ticks can be read")
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .collect();
    pages.sort();
    let mut trials = Vec::new();
    for path in pages {
        let stem = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
        let text = std::fs::read_to_string(&path).expect("a page can be read");
        let mut program = Block::default();
        for block in blocks::blocks(&text) {
            if block.is_program() {
                program = block;
                continue;
            }
            let name = format!("ticks/{stem}:{} {}", block.line, block.heading);
            let of = program.clone();
            trials.push(Trial::test(name, move || check(&of, &block)));
        }
    }
    trials
}

fn check(program: &Block, wanted: &Block) -> Result<(), Failed> {
    if wanted.lang() != "ticks" {
        return Err(format!("`{}` is neither a program nor ticks", wanted.info).into());
    }
    let compiled = steps::compile(&program.text)?;
    let steps = steps::steps(&program.text, &compiled, &wanted.text)?;
    let (typed, strata) =
        compiled.typed.as_ref().zip(compiled.strata.as_ref()).ok_or("there is no program")?;
    let mut node = oracle::Node::new(typed, &strata.of_rule, strata.count, &Default::default());
    let limits = OracleLimits { rounds_max: 1_000, ..OracleLimits::default() };
    let mut complaints = Vec::new();
    for step in &steps {
        let played = steps::by_oracle(&compiled, &mut node, &step.input, &limits);
        let played = played.map_err(|failure| format!("{}: {failure:?}", step.line))?;
        complaints.extend(steps::complaints(typed, step, &played));
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}
