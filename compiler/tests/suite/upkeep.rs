//! How plans keep views up from tick to tick, as `explain --stage plan` shows
//! it. Every plan also keeps the plan's own promises.

use bloom_compiler::driver;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::upkeep::Kept;
use bloom_compiler::plan::upkeep::Why;
use bloom_compiler::plan::validate::validate;

fn planned(text: &str) -> ir::Program {
    let compiled = driver::check("test.bloom", text, &driver::Options::default());
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    let (Some(typed), Some(strata)) = (compiled.typed, compiled.strata) else {
        panic!("no strata");
    };
    let plan = plan::build(&typed, &strata, &Sizes { ticks: true, ..Sizes::default() });
    assert_eq!(validate(&plan), Ok(()));
    plan
}

/// Only what keeps views up.
fn shown(text: &str) -> String {
    let text = plan::plan_text(&planned(text));
    let mut out = String::new();
    let mut on = false;
    for line in text.lines() {
        on = match line.len() - line.trim_start().len() {
            0 => false,
            2 => line.contains("(rule"),
            4 => ["changed", "maintained", "recomputed"].iter().any(|w| line.trim().starts_with(w)),
            _ => on,
        };
        if on {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[test]
fn a_join_reads_before_and_behind_its_changes() {
    insta::assert_snapshot!(shown(
        "table edge(a: int, b: int);
         view two(a: int, c: int);
         two(a, c) <= edge(a, b), edge(b, c);",
    ));
}

#[test]
fn an_absence_flips() {
    insta::assert_snapshot!(shown(
        "table item(x: int, y: int); table gone(x: int, why: str);
         view left(x: int);
         left(x) <= item(x, _), not gone(x, _);
         left(x) <= item(_, x), not gone(x, \"lost\"), not gone(0, _);",
    ));
}

#[test]
fn aggregates_have_accumulators() {
    insta::assert_snapshot!(shown(
        "table sale(shop: str, euro: int); table closed(shop: str);
         view total(shop: str, n: int, euro: int);
         total(s, count(), sum(e)) <= sale(s, e), not closed(s);",
    ));
}

#[test]
fn what_is_not_kept_says_why() {
    let why = |text: &str, head: &str| -> Vec<Option<Why>> {
        let plan = planned(text);
        let rules = plan.strata.iter().flat_map(|s| &s.rules).filter(|r| r.name == head);
        let of = |rule: &ir::Rule| match &rule.kept {
            Some(Kept::Anew(why, _)) => Some(*why),
            Some(Kept::Up(_)) => None,
            None => panic!("{head} is a view over state"),
        };
        rules.map(of).collect()
    };
    let recursive = "table edge(a: int, b: int);
         view path(a: int, b: int);
         path(a, b) <= edge(a, b);
         path(a, c) <= path(a, b), edge(b, c);";
    assert_eq!(why(recursive, "path"), [None, Some(Why::Recursive)]);
    let merging = "table bid(item: str, n: int);
         view best(item: str => n: Max<int>);
         best(i, n) <= bid(i, n);";
    assert!(matches!(why(merging, "best")[..], [Some(Why::Merges(_))]));
    let absent = "table a(x: int); table b(x: int, y: int); table c(y: int);
         view v(x: int);
         v(x) <= a(x), not (b(x, y) and c(y));";
    assert_eq!(why(absent, "v"), [Some(Why::Absence)]);
    let other = "table a(x: int); table name(x: int, s: str);
         view v(x: int, s: str);
         v(x, s) <= a(x), name(x, s) else s = \"nobody\";";
    assert_eq!(why(other, "v"), [None, None]);
}

#[test]
fn one_rule_that_is_not_kept_is_enough() {
    let plan = planned(
        "table edge(a: int, b: int);
         view path(a: int, b: int);
         path(a, b) <= edge(a, b);
         path(a, c) <= path(a, b), edge(b, c);",
    );
    let rules: Vec<&ir::Rule> = plan.strata.iter().flat_map(|s| &s.rules).collect();
    let said: Vec<Option<String>> = rules.iter().map(|rule| plan::follows(&plan, rule)).collect();
    let because = |why: &str| Some(format!("recomputed when something changed, because {why}"));
    assert_eq!(
        said,
        [
            because("another rule of `path` has to be"),
            because("the rule is recursive; by a dataflow where that costs less")
        ]
    );
}

#[test]
fn rules_over_events_are_not_kept() {
    let plan = planned(
        "table t(x: int); input e(x: int); scratch s(x: int); output o(x: int);
         s(x) <= e(x), t(x);
         o(x) <= s(x);
         t(x) <+ e(x);
         t(x) <= s(x);",
    );
    let rules = plan.strata.iter().flat_map(|s| &s.rules);
    for rule in rules {
        assert!(rule.kept.is_none(), "{}", rule.name);
    }
}

#[test]
fn a_program_that_does_not_tick_says_nothing() {
    let text = "table t(x: int); view v(x: int); v(x) <= t(x);";
    let compiled = driver::check("test.bloom", text, &driver::Options::default());
    let (Some(typed), Some(strata)) = (compiled.typed, compiled.strata) else {
        panic!("no strata");
    };
    let plan = plan::build(&typed, &strata, &Sizes::default());
    assert!(plan.strata.iter().flat_map(|s| &s.rules).all(|rule| rule.kept.is_none()));
}
