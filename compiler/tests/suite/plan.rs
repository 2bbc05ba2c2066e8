//! Plans of small programs, as `explain --stage plan` shows them: join orders,
//! look-ups, windows, what is read through hidden relations, and audits. Every
//! plan also keeps the plan's own promises.

use bloom_compiler::driver;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::validate::validate;

/// Plans a program whose relations have these sizes: rows, then distinct
/// values per column.
fn planned(text: &str, known: &[(&str, u64, &[u64])]) -> ir::Program {
    let compiled = driver::check("test.bloom", text, &driver::Options::default());
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    let (Some(typed), Some(strata)) = (compiled.typed, compiled.strata) else {
        panic!("no strata");
    };
    let mut sizes = Sizes::default();
    for rel in &typed.rels {
        let of = known.iter().find(|(name, _, _)| *name == rel.name);
        sizes.rows.push(of.map(|(_, rows, _)| *rows));
        sizes.distinct.push(of.map(|(_, _, distinct)| distinct.to_vec()).unwrap_or_default());
    }
    let plan = plan::build(&typed, &strata, &sizes);
    assert_eq!(validate(&plan), Ok(()));
    let blind = plan::build(&typed, &strata, &Sizes::default());
    let layout = |plan: &ir::Program| {
        let rels = plan.rels.iter().map(|r| format!("{} {:?} {:?}", r.name, r.cols, r.declared));
        rels.collect::<Vec<_>>()
    };
    assert_eq!(layout(&plan), layout(&blind), "the layout does not depend on sizes");
    assert_eq!(format!("{:?}", plan.types), format!("{:?}", blind.types));
    plan
}

fn shown(text: &str, known: &[(&str, u64, &[u64])]) -> String {
    plan::plan_text(&planned(text, known))
}

#[test]
fn transitive_closure_probes_the_edges() {
    insta::assert_snapshot!(shown(
        "table edge(a: int, b: int);
         output path(a: int, b: int);
         path(a, b) <= edge(a, b);
         path(a, c) <= path(a, b), edge(b, c);",
        &[("edge", 3000, &[1500, 1500])],
    ));
}

#[test]
fn circles_are_found_by_intersection() {
    insta::assert_snapshot!(shown(
        "table edge(a: int, b: int);
         table start(a: int);
         output tri(a: int, b: int, c: int);
         tri(a, b, c) <= edge(a, b), edge(b, c), edge(a, c), a < c;
         output from(c: int);
         from(c) <= start(a), edge(a, b), edge(b, c), edge(c, a);
         output ring(a: int, c: int);
         ring(a, c) <= edge(a, b), edge(b, c), edge(c, d), edge(d, a);
         view near(a: int, b: int);
         near(a, b) <= edge(a, b);
         near(a, c) <= near(a, b), near(b, c), edge(a, c);",
        &[("edge", 30000, &[3000, 3000]), ("start", 3, &[3])],
    ));
}

#[test]
fn bodies_without_a_circle_have_no_intersection() {
    let text = shown(
        "table e(a: int, b: int);
         output path(a: int, d: int);
         path(a, d) <= e(a, b), e(b, c), e(c, d), e(b, a);
         output star(a: int);
         star(a) <= e(a, _), e(_, a), e(a, a);",
        &[("e", 30000, &[3000, 3000])],
    );
    assert!(!text.contains("intersect"), "{text}");
}

#[test]
fn the_program_may_fix_the_order() {
    insta::assert_snapshot!(shown(
        "table e(a: int, b: int);
         table few(a: int);
         output out(a: int, b: int);
         @plan(e, few) out(a, b) <= few(a), e(a, b);
         output tri(a: int, b: int, c: int);
         @plan(3, 2, 1) tri(a, b, c) <= e(a, b), e(b, c), e(a, c);",
        &[("e", 30000, &[3000, 3000]), ("few", 3, &[3])],
    ));
}

#[test]
fn same_generation_uses_one_index() {
    insta::assert_snapshot!(shown(
        "table parent(child: int, of: int);
         output sg(x: int, y: int);
         sg(x, y) <= parent(x, p), parent(y, p), x != y;
         sg(x, y) <= parent(x, a), sg(a, b), parent(y, b);",
        &[("parent", 10000, &[10000, 3000])],
    ));
}

#[test]
fn points_to_joins_from_each_news() {
    insta::assert_snapshot!(shown(
        "table addr(y: int, x: int); table assign(y: int, x: int);
         table load(y: int, x: int); table store(y: int, x: int);
         output pt(y: int, x: int);
         pt(y, x) <= addr(y, x);
         pt(y, x) <= assign(y, z), pt(z, x);
         pt(y, w) <= load(y, x), pt(x, z), pt(z, w);
         pt(z, w) <= store(y, x), pt(y, z), pt(x, w);",
        &[("addr", 500, &[400, 400]), ("assign", 1000, &[600, 600]), ("load", 300, &[200, 200])],
    ));
}

#[test]
fn mutual_recursion_over_aliases() {
    insta::assert_snapshot!(shown(
        "table assign(d: int, s: int); table dereference(v: int, a: int);
         output flow(x: int, y: int);
         view alias(x: int, y: int); view memory(x: int, y: int);
         flow(y, x) <= assign(y, x);
         flow(x, y) <= flow(x, z), flow(z, y);
         flow(x, y) <= assign(x, z), memory(z, y);
         memory(x, w) <= dereference(y, x), alias(y, z), dereference(z, w);
         alias(x, y) <= flow(z, x), flow(z, y);
         alias(x, y) <= flow(z, x), memory(z, w), flow(w, y);",
        &[("assign", 2000, &[1500, 1500]), ("dereference", 5000, &[2000, 2000])],
    ));
}

#[test]
fn shortest_paths_have_an_audit() {
    insta::assert_snapshot!(shown(
        "table link(a: str, b: str, cost: int);
         view route(a: str, b: str, cost: Min<int>);
         route(a, b, c) <= link(a, b, c);
         route(a, d, c1 + c2) <= route(a, b, c1), link(b, d, c2);
         output near(b: str, cost: int);
         near(b, c) <= route(\"home\", b, c);",
        &[("link", 3000, &[1000, 1000, 100])],
    ));
}

#[test]
fn absences_are_antijoins_where_one_lookup_decides() {
    insta::assert_snapshot!(shown(
        "table p(x: int, y: int); table q(x: int, y: int); table r(x: int); table k(x: int => v: int);
         output o(x: int);
         o(x) <= p(x, _), not r(x);
         o(x) <= p(x, _), not q(x, _);
         o(x) <= p(x, _), not k(x, _);
         o(x) <= p(x, _), not r(_);
         o(x) <= p(x, y), not (q(x, z) and r(z));
         o(x) <= p(x, y), not (q(y, z) and z > x);
         o(x) <= p(x, y), not k(x, y);
         o(x) <= p(x, y), all z in [x, y]: r(z);",
        &[],
    ));
}

#[test]
fn alternatives_are_rules_or_variants() {
    insta::assert_snapshot!(shown(
        "table p(x: int); table q(x: int, n: int); table r(x: int);
         output o(x: int); output t(x: int, n: int); output best(x: int, n: int);
         o(x) <= p(x), (r(x) or q(x, _));
         t(x, n) <= p(x), q(x, n) else n = 0;
         best(x, max(n)) <= p(x), q(x, n) else n = 0;",
        &[],
    ));
}

#[test]
fn aggregates_see_all_rows_or_one() {
    insta::assert_snapshot!(shown(
        "table sale(shop: str, item: str, n: int); table open(shop: str, day: int);
         output total(shop: str, n: int); output most(shop: str, n: int);
         output mean(shop: str, n: float);
         total(s, sum(n)) <= sale(s, _, n), open(s, _);
         most(s, max(n)) <= sale(s, _, n), open(s, _);
         mean(s, float(count()) + avg(n)) <= sale(s, _, n);",
        &[],
    ));
}

#[test]
fn sets_grow_row_by_row() {
    insta::assert_snapshot!(shown(
        "table edge(a: int, b: int);
         view from(a: int, s: Set<int>);
         from(a, {b}) <= edge(a, b);
         from(a, s) <= edge(a, b), from(b, s);
         output reach(a: int, b: int);
         reach(a, b) <= from(a, s), b in s;
         output wide(a: int);
         view big(a: int);
         big(a) <= from(a, s), size(s) >= 3;
         wide(a) <= big(a);
         output whole(a: int, s: [int]);
         whole(a, to_list(s)) <= from(a, s);",
        &[],
    ));
}

#[test]
fn maps_grow_entry_by_entry() {
    insta::assert_snapshot!(shown(
        "table link(a: str, b: str, c: int);
         view cost(a: str, m: Map<str, Min<int>>);
         cost(a, {b: c}) <= link(a, b, c);
         cost(a, {k: v + c}) <= link(a, b, c), cost(b, m), (k, v) in m;
         cost(a, m) <= link(a, b, 0), cost(b, m);
         output home(a: str, c: int);
         home(a, m[\"home\"]) <= cost(a, m);
         table seen(n: str, p: Pair<Max<int>, Set<str>> =>);
         view both(n: str, v: Max<int>, s: Set<str>);
         both(a, v, s) <= pairs(a, (v, s));
         view pairs(n: str, p: Pair<Max<int>, Set<str>>);
         pairs(a, (c, {b})) <= link(a, b, c);
         pairs(a, p) <= link(a, b, _), pairs(b, p);",
        &[],
    ));
}

#[test]
fn patterns_take_values_apart_and_build_them() {
    insta::assert_snapshot!(shown(
        "enum Op { Put(str, int), Get(str) }
         table log(n: int, op: Op); table key(k: str); table pos(p: (int, int));
         output put(k: str, v: int); output got(k: str); output twice(a: int);
         fn half(n: int): int = if n > 0 then n / 2 else 0;
         put(k, half(v)) <= log(_, Put(k, v));
         got(k) <= key(k), log(_, Get(k));
         twice(a) <= pos((a, a)), a in 0..10;
         twice(a) <= pos((a, b)), pos((b, a)), match (a) { 1 => true, x => x > b };",
        &[],
    ));
}

#[test]
fn failing_code_is_audited_in_the_strict_order() {
    insta::assert_snapshot!(shown(
        "table q(a: int, b: int); table r(a: int);
         output p(x: int);
         p(a / b) <= q(a, b), b != 0;
         p(x) <= q(a, b), x = a / b, r(x), x > 3;
         p(a) <= q(a, b), not (r(x) and x / b > 1);",
        &[],
    ));
}

#[test]
fn what_grows_is_a_relation_of_matches_and_cells() {
    insta::assert_snapshot!(shown(
        "static table knows(p: str, q: str, why: str);
         view comes(p: str);
         comes(\"ann\");
         comes(p) <= friends(p, n), n >= 3;
         view friends(p: str => n: nat);
         friends(p, count()) <= knows(p, q, _), comes(q);
         output guests(p: str, n: nat);
         guests(p, n) <= friends(p, n);",
        &[("knows", 1000, &[300, 300, 1])],
    ));
}

#[test]
fn rows_that_are_matches_need_no_relation_of_matches() {
    let plan = planned(
        "static table owns(by: str, company: str => percent: nat);
         view stake(by: str, through: str, company: str => percent: nat);
         stake(x, x, y, p) <= owns(x, y, p);
         stake(x, z, y, p) <= control(x, z), z != x, owns(z, y, p);
         view total(by: str, company: str => percent: nat);
         total(x, y, sum(p)) <= stake(x, _, y, p);
         view control(by: str, company: str);
         control(x, y) <= total(x, y, p), p > 50;",
        &[],
    );
    let names: Vec<&str> = plan.rels.iter().map(|rel| rel.name.as_str()).collect();
    assert_eq!(names, ["owns", "stake", "total", "control", "total.growing"]);
    let growing = |rule: &&ir::Rule| rule.aggregate.as_ref().is_some_and(|a| a.grows);
    let rule = plan.strata.iter().flat_map(|s| &s.rules).find(growing);
    let deltas = rule.map(|rule| rule.variants.iter().map(|v| v.delta).collect::<Vec<_>>());
    let stake = bloom_compiler::ids::RelId(1);
    assert_eq!(deltas, Some(vec![Some((stake, ir::Window::New))]));
}

#[test]
fn what_does_not_recur_runs_once() {
    let plan = planned(
        "table a(x: int); view b(x: int); view c(x: int); output d(x: int);
         b(x) <= a(x); c(x) <= b(x); c(x) <= d(x); d(x) <= c(x);",
        &[],
    );
    let shape: Vec<(usize, bool)> = plan.strata.iter().map(|s| (s.rels.len(), s.judged)).collect();
    assert_eq!(shape, [(1, false), (2, true)]);
    let deltas: Vec<usize> = plan
        .strata
        .iter()
        .flat_map(|s| &s.rules)
        .map(|r| r.variants.iter().filter(|v| v.delta.is_some()).count())
        .collect();
    assert_eq!(deltas, [0, 0, 1, 1]);
}
