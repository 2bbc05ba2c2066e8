//! Rewrites held to their word: the diff of each that is offered gives the changed
//! text, that compiles, and its report has as many points as was said. How they
//! come about is not known here.

use std::fmt::Write;
use std::path::Path;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Meaning;
use bloom_compiler::driver;
use bloom_compiler::driver::Applied;
use bloom_compiler::driver::Budget;
use bloom_compiler::driver::Compiled;

use crate::blocks;
use crate::blocks::Block;
use crate::calm_spec;

/// The least number of rewrites that the canonical programs are offered.
const AT_LEAST: usize = 120;

/// The same of two of them put together, where that is a program.
const AT_LEAST_JOINED: usize = 30;

fn compiled(text: &str) -> Compiled {
    driver::check("program.bloom", text, &driver::Options::default())
}

/// A text after a unified diff; `None` where the two do not fit.
fn patched(text: &str, diff: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut out = String::new();
    let mut at = 0;
    for line in diff.split_inclusive('\n').filter(|line| !line.starts_with("\\ ")) {
        if line.starts_with("--- ") || line.starts_with("+++ ") {
            continue;
        }
        if let Some(hunk) = line.strip_prefix("@@ -") {
            let from: usize = hunk.split([',', ' ']).next()?.parse().ok()?;
            let from = from.saturating_sub(1).max(at);
            out.extend(lines.get(at..from)?.iter().copied());
            at = from;
        } else if let Some(new) = line.strip_prefix('+') {
            out.push_str(new);
        } else {
            let (old, is_kept) = match line.strip_prefix('-') {
                Some(old) => (old, false),
                None => (line.strip_prefix(' ')?, true),
            };
            (lines.get(at)?.trim_end() == old.trim_end()).then_some(())?;
            if is_kept {
                out.push_str(lines[at]);
            }
            at += 1;
        }
    }
    out.extend(lines.get(at..)?.iter().copied());
    Some(out)
}

/// What is wrong with a rewrite that is offered.
fn wrong(before: &str, offered: &Applied) -> Vec<String> {
    let mut out = Vec::new();
    let [(_, after)] = offered.files.as_slice() else { return vec!["one file changes".into()] };
    match patched(before, &offered.rewrite.diff) {
        Some(text) if text.trim_end() == after.trim_end() => {}
        Some(text) => out.push(format!("the diff gives another text:\n{text}")),
        None => out.push(format!("the diff does not fit:\n{}", offered.rewrite.diff)),
    }
    let changed = compiled(after);
    if let Some(error) = changed.diagnostics.iter().find(|one| one.is_error()) {
        out.push(format!("it does not compile: {}\n{after}", error.title));
    }
    let points = changed.report(&Assume::default()).points.len();
    if points != offered.rewrite.points_after {
        out.push(format!("{} points are said, {points} are there", offered.rewrite.points_after));
    }
    let same = matches!(offered.rewrite.meaning, Meaning::Same(_));
    if same != offered.rewrite.machine_applicable {
        out.push("what keeps the meaning may be applied, and nothing else".to_string());
    }
    if offered.rewrite.title.ends_with('.') || offered.rewrite.diff.is_empty() {
        out.push("a title is no sentence, and a rewrite changes something".to_string());
    }
    out
}

fn meaning(of: &Meaning) -> String {
    match of {
        Meaning::Same(_) => "same".to_string(),
        Meaning::Changes(what) => format!("changes: {what}"),
    }
}

#[test]
fn what_is_offered_holds_of_canonical_programs() {
    let (mut all, mut shown, mut bad) = (0, String::new(), Vec::new());
    for case in calm_spec::cases() {
        let program = compiled(&case.program);
        let report = program.report(&Assume::default());
        let offers = program.applied(&report, &Assume::default(), Budget::default());
        assert_eq!(offers, program.applied(&report, &Assume::default(), Budget::default()));
        for (point, offered) in report.points.iter().zip(&offers) {
            let kind = format!("{}({})", point.kind.word(), point.relation.text());
            let _ = writeln!(shown, "{} {} {kind}", case.name, point.id);
            for one in offered {
                all += 1;
                let rewrite = &one.rewrite;
                let _ = writeln!(
                    shown,
                    "  {} [{}] {}\n    {}",
                    rewrite.id,
                    rewrite.points_after,
                    rewrite.title,
                    meaning(&rewrite.meaning)
                );
                let wrong = wrong(&case.program, one);
                bad.extend(wrong.iter().map(|why| format!("{} {}: {why}", case.name, rewrite.id)));
            }
        }
    }
    assert!(bad.is_empty(), "{} of {all} are wrong:\n{}", bad.len(), bad.join("\n"));
    assert!(all >= AT_LEAST, "{all} rewrites are too few");
    insta::assert_snapshot!("rewrites_offered", shown);
}

/// Where a program has parts that have nothing to do with each other, what is said
/// of one of them is said of the whole.
#[test]
fn what_is_offered_holds_of_programs_with_many_parts() {
    let plain: Vec<String> = calm_spec::cases()
        .into_iter()
        .map(|case| case.program)
        .filter(|text| !text.contains("role ") && !text.contains("module "))
        .collect();
    let (mut all, mut bad) = (0, Vec::new());
    for two in plain.chunks(2).filter(|two| two.len() == 2) {
        let text = two.concat();
        let program = compiled(&text);
        if program.has_errors() {
            continue;
        }
        let report = program.report(&Assume::default());
        let offers = program.applied(&report, &Assume::default(), Budget::default());
        for one in offers.iter().flatten() {
            all += 1;
            let wrong = wrong(&text, one);
            bad.extend(wrong.iter().map(|why| format!("{}: {why}\n{text}", one.rewrite.id)));
        }
    }
    assert!(bad.is_empty(), "{} of {all} are wrong:\n{}", bad.len(), bad.join("\n"));
    assert!(all >= AT_LEAST_JOINED, "{all} rewrites are too few");
}

/// A thousand rules with fifty points are done with before the budget is used up.
#[test]
fn large_programs_are_offered_something_at_every_point() {
    let part = |n: usize| {
        let mut text = format!(
            "input vote{n}(topic: int, who: str);\ntable votes{n}(topic: int, who: str);\n\
             votes{n}(t, w) <= vote{n}(t, w);\nview tally{n}(topic: int => n: nat);\n\
             tally{n}(t, count(w)) <= votes{n}(t, w);\noutput three{n}(topic: int);\n\
             three{n}(t) <= tally{n}(t, n), n == 3;\noutput far{n}(topic: int, who: str);\n\
             far{n}(t, w) <= votes{n}(t, w);\n"
        );
        for more in 0..16 {
            text += &format!("far{n}(t, w) <= votes{n}(t, w), votes{n}(t + {more}, w);\n");
        }
        text
    };
    let text: String = (0..50).map(part).collect();
    let program = compiled(&text);
    let report = program.report(&Assume::default());
    assert_eq!((report.rules, report.points.len()), (1_000, 50));
    let offers = program.applied(&report, &Assume::default(), Budget::default());
    let of = |one: &Vec<Applied>| one.iter().any(|one| one.rewrite.id == "threshold");
    let helped = offers.iter().filter(|one| of(one)).count();
    assert_eq!(helped, 50);
    let none = program.applied(&report, &Assume::default(), Budget { rules: 0, oracle: 0 });
    assert!(none.iter().all(Vec::is_empty), "without a budget nothing is offered");
}

/// The pages of rewrites: what is offered for a program, with the changed text.
#[test]
fn rewrites_are_as_their_pages_say() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/rewrites.md");
    let page = std::fs::read_to_string(page).expect("the page can be read");
    let blocks = blocks::blocks(&page);
    let mut bad = Vec::new();
    let mut checked = 0;
    for three in blocks.chunks(3) {
        let [before, said, after] = three else { panic!("a page has blocks in threes") };
        assert!(before.is_program() && after.is_program() && said.lang() == "rewrite");
        checked += 1;
        bad.extend(
            differs(before, said, after)
                .map(|why| format!("line {}, {}: {why}", said.line, said.heading)),
        );
    }
    assert!(bad.is_empty(), "{} of {checked}:\n{}", bad.len(), bad.join("\n"));
}

fn differs(before: &Block, said: &Block, after: &Block) -> Option<String> {
    let program = compiled(&before.text);
    if let Some(error) = program.diagnostics.iter().find(|one| one.is_error()) {
        return Some(format!("the program is wrong: {}", error.title));
    }
    let report = program.report(&Assume::default());
    let offers = program.applied(&report, &Assume::default(), Budget::default());
    let id = said.words().next().unwrap_or("");
    let all = || offers.iter().flatten();
    let Some(found) = all().find(|one| one.rewrite.id == id) else {
        let ids: Vec<&str> = all().map(|one| one.rewrite.id.as_str()).collect();
        return Some(format!("`{id}` is not offered; offered are {ids:?}"));
    };
    let told =
        format!("points {}\n{}\n", found.rewrite.points_after, meaning(&found.rewrite.meaning));
    let text = found.files.first().map_or("", |(_, text)| text);
    let right = told == said.text && text == after.text;
    (!right).then(|| format!("it is:\n```rewrite {id}\n{told}```\n\n```bloom\n{text}```\n"))
}
