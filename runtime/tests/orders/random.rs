//! Random programs of two roles in many orders: clients send what they are given to a server, and
//! the server answers. What is free in them agrees; what of it waits is counted. What makes a
//! program free is not known here.

use std::fmt::Write;

use bloom_compiler::oracle::random::Dice;
use libtest_mimic::Failed;

use crate::pages;
use crate::wanted;

/// Programs in an ordinary run.
const PROGRAMS: u64 = 12;
/// Sets of inputs of each.
const SETS: u64 = 4;

/// Runs them.
pub fn agree() -> Result<(), Failed> {
    let first = wanted("BLOOM_SEED").unwrap_or(0);
    let (mut wrong, mut runs, mut programs, mut differs) = (Vec::new(), 0, 0, 0);
    for seed in first..first + wanted("BLOOM_CASES").unwrap_or(PROGRAMS) {
        let text = program(seed);
        let Some(outcome) = pages::judged(&text, SETS).unwrap_or(None) else { continue };
        programs += 1;
        runs += outcome.runs;
        differs += outcome.differs.len();
        if !outcome.wrong.is_empty() {
            wrong.push(format!("seed {seed}: {}", outcome.wrong.join("\n")));
        }
    }
    println!(
        "{programs} programs of two roles, {runs} runs, {differs} outputs that were seen to differ"
    );
    wrong.sort_by_key(String::len);
    match wrong.first() {
        Some(why) => Err(format!("{} are wrong, the shortest: {why}", wrong.len()).into()),
        None if programs * 4 < PROGRAMS => Err(format!("{programs} programs are too few").into()),
        None => Ok(()),
    }
}

/// A program: what clients send, what the server makes of it, what comes back.
fn program(seed: u64) -> String {
    let mut dice = Dice::new(seed ^ 0x7717_0bed);
    let replicated = dice.chance(60);
    let mut text = String::from(
        "channel put(@to: node, from: node, k: int, v: int);\n\
         channel other(@to: node, from: node, k: int, v: int);\n\
         channel back(@to: node, k: int, v: int);\n",
    );
    let group = if replicated { "replicated " } else { "" };
    writeln!(text, "role store {group}{{").unwrap_or_default();
    store(&mut text, &mut dice);
    text.push_str("}\n");
    let (params, to) = if replicated { ("", "@store") } else { ("(server: node)", "server") };
    writeln!(text, "role client{params} {{").unwrap_or_default();
    text.push_str("  input say(k: int, v: int);\n  input tell(k: int, v: int);\n");
    writeln!(text, "  put({to}, me, k, v) <~ say(k, v);").unwrap_or_default();
    match dice.below(3) {
        0 => writeln!(text, "  other({to}, me, k, v) <~ tell(k, v);"),
        1 => writeln!(
            text,
            "  table said(k: int, v: int);\n\
             \x20 said(k, v) <= say(k, v);\n\
             \x20 other({to}, me, k, v) <~ tell(k, v), {}said({});",
            if dice.chance(50) { "not " } else { "" },
            if dice.chance(50) { "k, _" } else { "k, v" }
        ),
        _ => writeln!(
            text,
            "  table said(k: int, v: int);\n\
             \x20 said(k, v) <= say(k, v);\n\
             \x20 view most(k: int => n: nat);\n\
             \x20 most(k, count(v)) <= said(k, v);\n\
             \x20 other({to}, me, k, n) <~ most(k, n), n {} 2;",
            [">=", "<", "=="][dice.below(3)]
        ),
    }
    .unwrap_or_default();
    client(&mut text, &mut dice);
    text.push_str("}\n");
    text
}

/// What the server keeps, answers and shows.
fn store(text: &mut String, dice: &mut Dice) {
    let kept = [
        "  table kept(k: int, v: int);\n  kept(k, v) <= put(_, _, k, v);\n",
        "  table kept(k: int => v: int);\n  kept(k, v) <+- put(_, _, k, v);\n",
        "  table kept(k: int, v: Max<int>);\n  kept(k, v) <= put(_, _, k, v);\n",
        "  table all(k: int, v: int);\n\
         \x20 all(k, v) <= put(_, _, k, v);\n\
         \x20 view kept(k: int => v: int);\n\
         \x20 kept(k, count(v)) <= all(k, v);\n",
        "  table all(k: int, v: int);\n\
         \x20 all(k, v) <= put(_, _, k, v);\n\
         \x20 view kept(k: int, v: int);\n\
         \x20 kept(k, v) <= all(k, v), not gone(k, _);\n",
    ];
    text.push_str(kept[dice.below(kept.len())]);
    text.push_str("  table gone(k: int, v: int);\n  gone(k, v) <= other(_, _, k, v);\n");
    text.push_str("  table asked(c: node, k: int);\n  asked(c, k) <= other(_, c, k, _);\n");
    let answers = [
        "  back(c, k, v) <~ asked(c, k), kept(k, v);\n",
        "  back(c, k, 1) <~ asked(c, k), kept(k, v), v >= 2;\n",
        "  back(c, k, v) <~ other(_, c, k, _), kept(k, v);\n",
        "  back(c, k, 0) <~ asked(c, k), not kept(k, _);\n",
        "  back(c, k, v) <~ put(_, c, k, v);\n",
        "  back(c, k, v) <~ asked(c, k), kept(k, v), gone(k, v);\n",
    ];
    text.push_str(answers[dice.below(answers.len())]);
    let shows = [
        "  output held(k: int, v: int);\n  held(k, v) <= kept(k, v);\n",
        "  @eventually output held(k: int, v: int);\n  held(k, v) <= kept(k, v);\n",
        "  output many(k: int);\n  many(k) <= kept(k, v), v >= 2;\n",
        "  output lost(k: int);\n  lost(k) <= gone(k, _), not kept(k, _);\n",
        "  output came(k: int, v: int);\n  came(k, v) <= put(_, _, k, v), gone(k, _);\n",
    ];
    text.push_str(shows[dice.below(shows.len())]);
}

/// What clients make of answers.
fn client(text: &mut String, dice: &mut Dice) {
    let shows = [
        "  output seen(k: int, v: int);\n  seen(k, v) <= back(_, k, v);\n",
        "  table heard(k: int, v: int);\n\
         \x20 heard(k, v) <= back(_, k, v);\n\
         \x20 output seen(k: int, n: int);\n\
         \x20 seen(k, count(v)) <= heard(k, v);\n",
        "  table heard(k: int, v: int);\n\
         \x20 heard(k, v) <= back(_, k, v);\n\
         \x20 @eventually output seen(k: int, n: int);\n\
         \x20 seen(k, count(v)) <= heard(k, v);\n",
        "  table best(k: int, v: Max<int>);\n\
         \x20 best(k, v) <= back(_, k, v);\n\
         \x20 output seen(k: int);\n\
         \x20 seen(k) <= best(k, v), v >= 2;\n",
        "  table heard(k: int, v: int);\n\
         \x20 heard(k, v) <= back(_, k, v);\n\
         \x20 table told(k: int, v: int);\n\
         \x20 told(k, v) <= tell(k, v);\n\
         \x20 output open(k: int);\n\
         \x20 open(k) <= told(k, _), not heard(k, _);\n",
        "  table last(k: int => v: int);\n\
         \x20 last(k, v) <+- back(_, k, v);\n\
         \x20 output seen(k: int, v: int);\n\
         \x20 seen(k, v) <= last(k, v);\n",
    ];
    text.push_str(shows[dice.below(shows.len())]);
}
