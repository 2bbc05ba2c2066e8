//! What of a program shows before a slow input has ended.

use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan::flow::When;
use bloom_compiler::plan::flow::flow;

fn parts(text: &str, wanted: &[&str]) -> String {
    let compiled = driver::check("p.bloom", text, &driver::Options::default());
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    let (program, strata) = compiled.typed.as_ref().zip(compiled.strata.as_ref()).unwrap();
    let named =
        |name: &str| RelId(program.rels.iter().position(|rel| rel.name == name).unwrap() as u32);
    let sources = (0..program.rels.len() as u32).map(RelId);
    let sources: Vec<RelId> =
        sources.filter(|rel| program.rels[rel.index()].is_loadable()).collect();
    let wanted: Vec<RelId> = wanted.iter().map(|name| named(name)).collect();
    let flow = flow(program, strata, &sources, &wanted);
    let name = |rel: RelId| program.rels[rel.index()].name.clone();
    let mut out = Vec::new();
    for (at, when) in flow.when.iter().enumerate() {
        let early = flow.is_shown_early(program, RelId(at as u32));
        out.push(match when {
            When::Before => format!("{} before", program.rels[at].name),
            When::Along if early => format!("{} along", program.rels[at].name),
            When::Along => format!("{} grows", program.rels[at].name),
            When::After(gate) => {
                format!("{} after {}", program.rels[at].name, name(gate.reads))
            }
        });
    }
    out.join(", ")
}

#[test]
fn aggregates_wait_and_what_only_adds_does_not() {
    let text = "input table edge(a: int, b: int);
                output path(a: int, b: int);
                path(a, b) <= edge(a, b);
                path(a, c) <= path(a, b), edge(b, c);
                output total(n: nat);
                total(count()) <= path(_, _);
                output far(a: int => n: Min<int>);
                far(a, b) <= path(a, b);
                output near(a: int);
                near(a) <= far(a, n), n < 3;
                output one(n: int);
                one(1);";
    assert_eq!(
        parts(text, &[]),
        "edge along, path along, total after path, far grows, near along, one before"
    );
}

#[test]
fn tables_that_are_denied_come_first_where_that_helps() {
    let text = "static table bad(a: int);
                input table seen(a: int);
                output fine(a: int);
                fine(a) <= seen(a), not bad(a);
                output all_bad(n: nat);
                all_bad(count()) <= bad(_);";
    let held = "bad along, seen along, fine after bad, all_bad after bad";
    assert_eq!(parts(text, &[]), held);
    assert_eq!(parts(text, &["all_bad"]), held);
    assert_eq!(
        parts(text, &["fine", "all_bad"]),
        "bad before, seen along, fine along, all_bad before"
    );
}
