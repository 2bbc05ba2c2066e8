//! Programs divided among workers: what of each page `spec/workers.md` says is
//! where, is sent, runs together and waits, and how long it takes to find out.

use std::time::Duration;

use bloom_compiler::driver;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::groups::Divided;
use bloom_compiler::plan::groups::text;
use bloom_compiler::source::Span;

use crate::blocks;
use crate::blocks::Block;

/// Programs that the page has at least.
const AT_LEAST: usize = 14;

/// A program of so many rules is divided in less than a second.
const RULES: usize = 1_000;

fn shown(source: &str, workers: usize) -> String {
    let compiled = driver::check("page.bloom", source, &driver::Options::default());
    let (Some(program), Some(strata)) = (&compiled.typed, &compiled.strata) else {
        return format!("{:?}", compiled.diagnostics);
    };
    let divided = Divided::new(program, strata, &[], workers);
    let spread = &divided.spread;
    let plan = plan::build(&spread.program, &spread.strata, &spread.sizes(&Sizes::default()));
    let last = plan.strata.len().saturating_sub(1);
    let waits = spread.waits(&plan);
    let gates = waits.iter().take(last).filter(|waits| **waits).count();
    assert_eq!(gates, divided.groups.frontiers(), "strata that wait, and gates\n{source}");
    let place = |span: Span| {
        let (line, col) = compiled.sources.file(span.file).line_col(span.lo);
        format!("{line}:{col}")
    };
    text::text(&divided, program, &place)
}

/// `BLOOM_UPDATE=1` writes what is found into the page; read it.
#[test]
fn programs_are_divided_as_the_page_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/spec/workers.md");
    let mut page = std::fs::read_to_string(path).expect("the page is there");
    let all = blocks::blocks(&page);
    let mut wrong = Vec::new();
    let mut program: Option<&Block> = None;
    let mut count = 0;
    for block in &all {
        if block.is_program() {
            program = Some(block);
            continue;
        }
        let Some(of) = program.filter(|_| block.lang() == "plan") else { continue };
        let workers = block.value("workers").and_then(|n| n.parse().ok()).expect("a number");
        let found = shown(&of.text, workers);
        count += 1;
        if found != block.text {
            wrong.push(format!("line {}: {}\n{found}", block.line, block.heading));
            page = page.replacen(
                &format!("```{}\n{}```", block.info, block.text),
                &format!("```{}\n{found}```", block.info),
                1,
            );
        }
    }
    if std::env::var("BLOOM_UPDATE").is_ok() {
        std::fs::write(path, &page).expect("the page can be written");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= AT_LEAST, "{count} programs");
}

#[test]
fn many_rules_are_divided_quickly() {
    let mut source = String::from("table e0(a: int, b: int);\ntable f(a: int, b: int);\n");
    for at in 1..=RULES / 4 {
        let before = at - 1;
        source.push_str(&format!(
            "view e{at}(a: int, b: int);\ne{at}(a, c) <= e{before}(a, b), f(b, c);\ne{at}(a, c) <= \
             e{before}(a, b), e{at}(b, c);\nview n{at}(a: int, n: nat);\nn{at}(a, count()) <= \
             e{at}(a, _);\nview no{at}(a: int);\nno{at}(a) <= f(a, _), not e{at}(_, a);\n"
        ));
    }
    let compiled = driver::check("many.bloom", &source, &driver::Options::default());
    let (Some(program), Some(strata)) = (&compiled.typed, &compiled.strata) else {
        panic!("{:?}", compiled.diagnostics);
    };
    let before = cpu();
    let divided = Divided::new(program, strata, &[], 4);
    let spent = cpu() - before;
    assert!(divided.groups.groups.len() > 1);
    // Without optimizations, with other tests beside it.
    assert!(spent < Duration::from_secs(3), "{spent:?} for {RULES} rules");
    println!("{spent:?} for {RULES} rules");
}

/// What this thread computed so far.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}
