//! Examples of points, run by the engine: what a user sees of it, and that the
//! engine does with all of them what the judge of the compiler said.

use std::path::Path;

use bloom::testing::example;
use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::proof::Search;
use bloom_compiler::calm::witness;
use bloom_compiler::driver;

use crate::cli::bench::Bench;
use crate::cli::report::CART;
use crate::cli::report::STORE;

/// Examples that are run, at least.
const AT_LEAST: usize = 100;

const BANK: &str = "\
input deposit(id: int => account: str, cents: nat);
input withdraw(id: int => account: str, cents: nat);
table paid_in(id: int => account: str, cents: nat);
paid_in(i, a, c) <= deposit(i, a, c);
table paid_out(id: int => account: str, cents: nat);
paid_out(i, a, c) <= withdraw(i, a, c);
view funds(account: str => cents: nat);
funds(a, sum(c)) <= paid_in(_, a, c);
view taken(account: str => cents: nat);
taken(a, sum(c)) <= paid_out(_, a, c);
view overdrawn(account: str);
overdrawn(a) <= taken(a, t), funds(a, f) else f = 0, t > f;
invariant solvent: not overdrawn(_);
";

#[test]
fn an_example_is_run_by_the_engine() {
    let bench = Bench::new(&[("cart.bloom", CART), ("store.bloom", STORE), ("bank.bloom", BANK)]);
    for name in ["cart", "store", "bank"] {
        insta::assert_snapshot!(
            format!("replay_{name}"),
            bench.run(&format!("report {name}.bloom --replay P1"))
        );
    }
    insta::assert_snapshot!("example_bank", bench.run("report bank.bloom --no-rewrites"));
    let unknown =
        bench.run("report cart.bloom --replay P11") + &bench.run("report cart.bloom --replay x");
    insta::assert_snapshot!("replay_unknown", unknown);
}

/// The programs of the canonical pages.
fn programs() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compiler/spec/calm");
    let files = std::fs::read_dir(folder).expect("the canonical programs");
    let mut paths: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "md"));
    paths.sort();
    let mut out = Vec::new();
    for path in paths {
        let page = std::fs::read_to_string(&path).expect("a page can be read");
        for (at, part) in page.split("```bloom\n").enumerate().skip(1) {
            let text = part.split("```").next().unwrap_or_default();
            out.push((format!("{} {at}", path.display()), text.to_string()));
        }
    }
    out
}

#[test]
fn the_engine_does_what_examples_say() {
    let mut played = 0;
    let mut wrong = Vec::new();
    for (name, text) in programs() {
        let compiled = driver::check("program.bloom", &text, &driver::Options::default());
        let mut report = compiled.report(&Assume::default());
        compiled.examples(&mut report, witness::STEPS);
        let programs = compiled.played();
        for point in &report.points {
            let Search::Found(found) = &point.witness else { continue };
            played += 1;
            for run in &found.runs {
                let steps = example::play(run, &found.watched, &programs);
                let disputes = steps.iter().filter_map(|step| step.dispute.clone());
                let said: Vec<String> =
                    disputes.chain(example::otherwise(found, run, &steps)).collect();
                if !said.is_empty() {
                    wrong.push(format!("{name}, {}: {}", point.id, said.join("; ")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(played >= AT_LEAST, "{played} examples");
}
