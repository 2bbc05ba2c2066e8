//! Canonical programs with something cut out, by chance: tokens, or whole
//! statements. Whatever is left is judged without a panic, and never called
//! complete where it has errors. What the verdicts are is not known here.

use std::ops::Range;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::driver;
use bloom_compiler::oracle::random::Dice;

use crate::calm_spec;
use crate::cases;

/// Mutants in an ordinary run.
const MUTANTS: u32 = 200;
/// The most pieces that are cut out of one program.
const CUTS_MAX: usize = 4;
/// The part of the mutants that must have errors, so that the test says something: one in so many.
const WRONG_AT_LEAST: usize = 3;

/// Where the tokens of a text stand: words, and every other sign alone.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut is_open = false;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let is_word = c.is_alphanumeric() || c == '_';
        match out.last_mut() {
            Some(last) if is_open && is_word => last.end = end,
            _ if c.is_whitespace() => {}
            _ => out.push(at..end),
        }
        is_open = is_word;
    }
    out
}

/// Where its statements stand, each with the semicolon behind it.
fn statements(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(';') {
        out.push(from..at + 1);
        from = at + 1;
    }
    out
}

/// The text with some pieces cut out.
fn cut(text: &str, dice: &mut Dice) -> String {
    let mut left = text.to_string();
    for _ in 0..=dice.below(CUTS_MAX) {
        let pieces = if dice.chance(30) { statements(&left) } else { tokens(&left) };
        let Some(piece) = dice.pick(&pieces) else { break };
        left.replace_range(piece.clone(), "");
    }
    left
}

#[test]
fn whatever_is_left_of_a_program_is_judged() {
    let programs = calm_spec::cases();
    let seed = std::env::var("BLOOM_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let many = u64::from(cases::cases(MUTANTS).cases);
    let (mut wrong, mut failed) = (0, Vec::new());
    for seed in seed..seed + many {
        let mut dice = Dice::new(seed);
        let Some(case) = dice.pick(&programs) else { continue };
        let text = cut(&case.program, &mut dice);
        let judged = std::panic::catch_unwind(|| {
            let compiled = driver::check("cut.bloom", &text, &driver::Options::default());
            (compiled.has_errors(), compiled.report(&Assume::default()).complete)
        });
        match judged {
            Ok((true, false)) => wrong += 1,
            Ok((false, true)) => {}
            Ok((true, true)) => failed.push(format!("seed {seed}: errors, and complete\n{text}")),
            Ok((false, false)) => failed.push(format!("seed {seed}: well, not complete\n{text}")),
            Err(_) => failed.push(format!("seed {seed}: a panic\n{text}")),
        }
    }
    failed.sort_by_key(String::len);
    let first: Vec<&String> = failed.iter().take(3).collect();
    assert!(failed.is_empty(), "{} of {many}, the shortest: {first:#?}", failed.len());
    assert!(wrong * WRONG_AT_LEAST as u64 > many, "{wrong} of {many} have errors: too few");
}
