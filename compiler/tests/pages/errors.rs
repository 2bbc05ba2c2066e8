//! The pages of the codes cannot lie: each code has a page and each page a
//! code, the first program of a page raises exactly its code, and a program
//! marked `fixed` raises nothing.

use std::collections::BTreeSet;
use std::path::Path;

use libtest_mimic::Failed;
use libtest_mimic::Trial;

use bloom_compiler::diag::codes;

use crate::blocks;
use crate::blocks::Block;
use crate::markdown;

/// A trial for each.
pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("every page has a code", pages_have_codes),
        Trial::test("codes are ascending and slugs unique", table_is_sound),
        Trial::test("codes are found by their text", codes_are_found),
    ];
    for entry in codes::TABLE {
        let name = format!("{} {}", entry.code, entry.slug);
        trials.push(Trial::test(name, || check(entry)));
    }
    trials
}

fn check(entry: &codes::Entry) -> Result<(), Failed> {
    let code = entry.code.to_string();
    let title = format!("# {code}: {}", entry.slug);
    if entry.page.lines().next() != Some(title.as_str()) {
        return Err(format!("the page does not start with `{title}`").into());
    }
    let programs: Vec<Block> =
        blocks::blocks(entry.page).into_iter().filter(Block::is_program).collect();
    let Some((bad, rest)) = programs.split_first() else {
        return Err("the page shows no program".into());
    };
    if !rest.iter().any(|b| b.has("fixed")) {
        return Err("the page shows no program that is right".into());
    }
    let (sources, said) = markdown::diagnose(bad, &bad.text);
    // What fails only when it runs must be right until then.
    if bad.has("run") {
        if said.is_empty() {
            return Ok(());
        }
        let all: Vec<String> = said.iter().map(|d| markdown::show(&sources, d)).collect();
        return Err(format!("its program should fail only when it runs: {all:#?}").into());
    }
    if said.is_empty() || said.iter().any(|d| d.code != entry.code) {
        let all: Vec<String> = said.iter().map(|d| markdown::show(&sources, d)).collect();
        return Err(format!("its program should raise {code} alone: {all:#?}").into());
    }
    for good in rest.iter().filter(|b| b.has("fixed")) {
        let (sources, said) = markdown::diagnose(good, &good.text);
        if !said.is_empty() {
            let all: Vec<String> = said.iter().map(|d| markdown::show(&sources, d)).collect();
            return Err(format!("line {}: this should be right: {all:#?}", good.line).into());
        }
    }
    Ok(())
}

fn pages_have_codes() -> Result<(), Failed> {
    let known: BTreeSet<String> = codes::TABLE.iter().map(|e| e.code.to_string()).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("errors");
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let stem = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
        if !known.contains(&stem) {
            return Err(format!("{} has no code in the table", path.display()).into());
        }
    }
    Ok(())
}

fn table_is_sound() -> Result<(), Failed> {
    let mut slugs = BTreeSet::new();
    for pair in codes::TABLE.windows(2) {
        if pair[0].code >= pair[1].code {
            return Err(format!("{} does not stand before {}", pair[0].code, pair[1].code).into());
        }
    }
    for entry in codes::TABLE {
        if !slugs.insert(entry.slug) {
            return Err(format!("two codes are called {}", entry.slug).into());
        }
    }
    Ok(())
}

fn codes_are_found() -> Result<(), Failed> {
    for entry in codes::TABLE {
        let text = entry.code.to_string();
        let bare = text.trim_start_matches('B');
        let found = [text.as_str(), bare].map(|t| codes::find(t).map(|e| e.code));
        if found != [Some(entry.code); 2] {
            return Err(format!("{text} is not found by its text").into());
        }
    }
    Ok(())
}
